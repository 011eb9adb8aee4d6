//! What three denoisers take away, on planes.

use indicia_ops::filter::{Median, median};
use indicia_ops::{Plane, mirrored};
use multiversion::multiversion;
use rayon::prelude::*;

/// Sample minus the median of its 3 by 3 square.
pub(super) fn median_residual(samples: &[u8], width: usize, height: usize) -> Plane {
    let smooth = median(samples, width, Median::Three);
    let samples = samples.iter().zip(&smooth).map(|(&a, &b)| f32::from(a) - f32::from(b)).collect();
    Plane { width, height, samples }
}

/// Patches are squares of side `2 * PATCH + 1`.
const PATCH: usize = 2;

/// Patches are compared with those shifted by up to this many pixels in each direction.
const SEARCH: usize = 3;

/// Mean square difference of patches at which they weigh nothing, in noise variances. Two patches of equal
/// content differ by 2 on average.
const CUT: f32 = 6.0;

/// The plane minus its non-local mean: each sample is replaced by the mean over a square of 7 by 7 samples,
/// each weighed by how alike its surroundings of 5 by 5 are, `(1 - d / (6 sigma²))²` for a mean square
/// difference `d` below `6 sigma²` and 0 above. The sample itself weighs as much as the most alike other, or
/// 1 if there is none. Borders are mirrored. `sigma` is above 0.
pub(super) fn non_local_residual(plane: &Plane, sigma: f32) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let mut out = Plane::zeros(width, height);
    if out.samples.is_empty() {
        return out;
    }
    let margin = SEARCH + PATCH;
    let padded = pad(plane, margin);
    let scale = 1.0 / (((2 * PATCH + 1) * (2 * PATCH + 1)) as f32 * CUT * sigma * sigma);
    out.samples.par_chunks_mut(width).enumerate().for_each_init(
        || Scratch {
            columns: vec![0.0; width + 2 * PATCH],
            weights: vec![0.0; width],
            values: vec![0.0; width],
            most: vec![0.0; width],
        },
        |scratch, (y, row)| non_local_row(row, &padded, y, scale, scratch),
    );
    out
}

/// The plane with `margin` mirrored samples on each side.
fn pad(plane: &Plane, margin: usize) -> Plane {
    let (width, height) = (plane.width + 2 * margin, plane.height + 2 * margin);
    let columns: Vec<usize> =
        (0..width).map(|x| mirrored(x as isize - margin as isize, plane.width)).collect();
    let mut out = Plane::zeros(width, height);
    out.samples.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let source = plane.row(mirrored(y as isize - margin as isize, plane.height));
        row.iter_mut().zip(&columns).for_each(|(value, &x)| *value = source[x]);
    });
    out
}

struct Scratch {
    /// Sums of squared differences down the rows of a patch, by column.
    columns: Vec<f32>,
    weights: Vec<f32>,
    values: Vec<f32>,
    most: Vec<f32>,
}

#[multiversion(targets("x86_64+avx2"))]
fn non_local_row(out: &mut [f32], padded: &Plane, y: usize, scale: f32, scratch: &mut Scratch) {
    const SIDE: usize = 2 * PATCH + 1;
    let width = out.len();
    let Scratch { columns, weights, values, most } = scratch;
    weights.fill(0.0);
    values.fill(0.0);
    most.fill(0.0);
    for dy in 0..=2 * SEARCH {
        for dx in (0..=2 * SEARCH).filter(|&dx| (dx, dy) != (SEARCH, SEARCH)) {
            let here: [&[f32]; SIDE] =
                std::array::from_fn(|i| &padded.row(y + SEARCH + i)[SEARCH..][..width + 2 * PATCH]);
            let there: [&[f32]; SIDE] =
                std::array::from_fn(|i| &padded.row(y + dy + i)[dx..][..width + 2 * PATCH]);
            for (x, column) in columns.iter_mut().enumerate() {
                let square = |i: usize| {
                    let difference = here[i][x] - there[i][x];
                    difference * difference
                };
                *column = square(0) + square(1) + square(2) + square(3) + square(4);
            }
            let sums: [&[f32]; SIDE] = std::array::from_fn(|i| &columns[i..][..width]);
            let centre = &there[PATCH][PATCH..][..width];
            let accumulators = weights.iter_mut().zip(values.iter_mut()).zip(most.iter_mut());
            for (x, ((weight, value), most)) in accumulators.enumerate() {
                let sum = sums[0][x] + sums[1][x] + sums[2][x] + sums[3][x] + sums[4][x];
                let alike = (1.0 - sum * scale).max(0.0);
                let alike = alike * alike;
                *weight += alike;
                *value += alike * centre[x];
                *most = most.max(alike);
            }
        }
    }
    let own = &padded.row(y + SEARCH + PATCH)[SEARCH + PATCH..][..width];
    for (x, out) in out.iter_mut().enumerate() {
        let own_weight = if most[x] > 0.0 { most[x] } else { 1.0 };
        *out = own[x] - (values[x] + own_weight * own[x]) / (weights[x] + own_weight);
    }
}
