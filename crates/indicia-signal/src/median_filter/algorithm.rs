//! Streaking: in what is left of texture after a median, neighbours are equal more often than one level apart.

use indicia_ops::box_sum;
use ndarray::Array2;
use rayon::prelude::*;

/// Side of a cell in pixels.
pub(super) const CELL: usize = 8;

/// Cells on either side of a cell whose differences count for it: squares of 5 cells, 40 pixels.
const REACH: usize = 2;

/// Least variance of a textured cell, in squared levels. Plain cells have equal neighbours in every picture.
const LEAST_VARIANCE: f32 = 25.0;

/// Luma up to which, or from which on, a cell that holds it counts as clipped and is left out.
const CLIPPED: [u8; 2] = [2, 253];

/// Fewest differences of 0 and 1 in a square that is judged.
const FEWEST: f32 = 60.0;

/// Differences of neighbours in a cell, along rows and down columns.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    /// Equal neighbours.
    pub(super) zero: f32,
    /// Neighbours one level apart.
    pub(super) one: f32,
}

/// Counts of every whole cell of 8-bit luma; zeros where it is plain or clipped.
pub(super) fn count(samples: &[u8], width: usize) -> Array2<Counts> {
    let height = samples.len().checked_div(width).unwrap_or(0);
    let (rows, columns) = (height / CELL, width / CELL);
    let cell = |row: usize, column: usize| {
        let line = |y: usize| -> &[u8; CELL] {
            let from = (row * CELL + y) * width + column * CELL;
            samples[from..].first_chunk().expect("the cell is whole")
        };
        let (mut sum, mut squares, mut clipped) = (0_u32, 0_u32, false);
        let (mut zero, mut one) = (0_u32, 0_u32);
        for y in 0..CELL {
            let own = line(y);
            for &v in own {
                sum += u32::from(v);
                squares += u32::from(v) * u32::from(v);
                clipped |= v <= CLIPPED[0] || v >= CLIPPED[1];
            }
            let mut pair = |a: u8, b: u8| match a.abs_diff(b) {
                0 => zero += 1,
                1 => one += 1,
                _ => {}
            };
            own.windows(2).for_each(|w| pair(w[0], w[1]));
            if y > 0 {
                own.iter().zip(line(y - 1)).for_each(|(&a, &b)| pair(a, b));
            }
        }
        let count = (CELL * CELL) as f32;
        let mean = sum as f32 / count;
        if clipped || squares as f32 / count - mean * mean < LEAST_VARIANCE {
            Counts::default()
        } else {
            Counts { zero: zero as f32, one: one as f32 }
        }
    };
    let values: Vec<Counts> = (0..rows)
        .into_par_iter()
        .flat_map_iter(|row| (0..columns).map(move |column| (row, column)))
        .map(|(row, column)| cell(row, column))
        .collect();
    Array2::from_shape_vec((rows, columns), values).expect("a value a cell")
}

/// Natural logarithm of the ratio of equal neighbours to neighbours one level apart, over the square around each
/// cell. `None` where too few differences of textured cells are that small.
pub(super) fn ratios(counts: &Array2<Counts>) -> Array2<Option<f32>> {
    let zero = box_sum(&counts.map(|c| c.zero), REACH);
    let one = box_sum(&counts.map(|c| c.one), REACH);
    ndarray::Zip::from(&zero)
        .and(&one)
        .map_collect(|&zero, &one| (zero + one >= FEWEST).then(|| ((zero + 1.0) / (one + 1.0)).ln()))
}

/// The value below which `share` of the judged squares lie; `None` without any.
pub(super) fn level(ratios: &Array2<Option<f32>>, share: f64) -> Option<f32> {
    let mut values: Vec<f32> = ratios.iter().flatten().copied().collect();
    (!values.is_empty()).then(|| crate::picture::quantile(&mut values, share))
}
