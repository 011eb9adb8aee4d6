//! Keypoints and their descriptors after D. G. Lowe, "Distinctive image features from scale-invariant keypoints",
//! IJCV 60(2), 2004.

use rayon::prelude::*;

use super::pyramid::{Octave, SCALES, octaves};
use crate::copies::Plane;

/// Least difference of Gaussians of a keypoint, in grey levels.
const CONTRAST: f32 = 1.0;
/// Largest ratio of principal curvatures.
const CURVATURE: f32 = 10.0;
/// Cells of a descriptor along a side.
const CELLS: usize = 4;
/// Directions of a cell.
const DIRECTIONS: usize = 8;
/// Numbers of a descriptor.
pub const LENGTH: usize = CELLS * CELLS * DIRECTIONS;
/// Bins of the histogram of directions around a keypoint.
const BINS: usize = 36;

/// A place that is found again after turning and scaling.
#[derive(Debug, Clone, PartialEq)]
pub struct Keypoint {
    /// Column.
    pub x: f64,
    /// Row.
    pub y: f64,
    /// Standard deviation of the Gaussian at whose scale it lies, in pixels.
    pub scale: f64,
    /// Direction in radians, from columns towards rows.
    pub angle: f64,
    /// Size of the difference of Gaussians.
    pub contrast: f32,
    /// Histograms of directions, in the keypoint's own frame.
    pub descriptor: [u8; LENGTH],
}

/// A keypoint before its direction is known.
struct Extremum {
    x: f32,
    y: f32,
    /// Scale within the octave: standard deviation in the octave's pixels.
    sigma: f32,
    level: usize,
    contrast: f32,
}

/// The keypoints of a picture with the largest contrast, at most `most` places; places with several directions
/// give several keypoints.
pub fn keypoints(picture: &Plane, most: usize) -> Vec<Keypoint> {
    let octaves = octaves(picture);
    let mut places: Vec<(usize, Extremum)> = octaves
        .iter()
        .enumerate()
        .flat_map(|(k, octave)| extrema(octave).into_iter().map(move |e| (k, e)))
        .collect();
    places.sort_by(|a, b| b.1.contrast.total_cmp(&a.1.contrast));
    places.truncate(most);
    places
        .par_iter()
        .flat_map_iter(|(k, place)| {
            let octave = &octaves[*k];
            let size = f64::from(1_u32 << k);
            let level = &octave.levels[place.level];
            directions(level, place).into_iter().map(move |angle| Keypoint {
                // Pixels of an octave are every second of the one before.
                x: f64::from(place.x) * size,
                y: f64::from(place.y) * size,
                scale: f64::from(place.sigma) * size,
                angle: f64::from(angle),
                contrast: place.contrast,
                descriptor: describe(level, place, angle),
            })
        })
        .collect()
}

/// Extrema of the differences of Gaussians of an octave, placed between pixels and scales.
fn extrema(octave: &Octave) -> Vec<Extremum> {
    let (width, height) = (octave.levels[0].width, octave.levels[0].height);
    if width < 16 || height < 16 {
        return vec![];
    }
    (1..=SCALES)
        .flat_map(|s| (5..height - 5).map(move |y| (s, y)))
        .collect::<Vec<_>>()
        .into_par_iter()
        .flat_map_iter(|(s, y)| (5..width - 5).filter_map(move |x| extremum(octave, s, x, y)))
        .collect()
}

fn extremum(octave: &Octave, s: usize, x: usize, y: usize) -> Option<Extremum> {
    let width = octave.levels[0].width;
    let i = y * width + x;
    let value = octave.differences[s][i];
    if value.abs() < 0.8 * CONTRAST {
        return None;
    }
    let sign = value.signum();
    let value = value.abs();
    for (k, plane) in octave.differences[s - 1..=s + 1].iter().enumerate() {
        for row in [i - width, i, i + width] {
            for (j, &near) in plane[row - 1..=row + 1].iter().enumerate() {
                if sign * near >= value && (k, row, j) != (1, i, 1) {
                    return None;
                }
            }
        }
    }
    place(octave, s, x, y)
}

/// The top of the quadratic through an extremum's neighbours, if it has contrast and does not lie along an edge.
fn place(octave: &Octave, mut s: usize, mut x: usize, mut y: usize) -> Option<Extremum> {
    let (width, height) = (octave.levels[0].width, octave.levels[0].height);
    for _ in 0..4 {
        let d = |ds: isize, dy: isize, dx: isize| {
            let (row, column) = ((y as isize + dy) as usize, (x as isize + dx) as usize);
            octave.differences[(s as isize + ds) as usize][row * width + column]
        };
        let centre = 2.0 * d(0, 0, 0);
        let gradient = [
            0.5 * (d(0, 0, 1) - d(0, 0, -1)),
            0.5 * (d(0, 1, 0) - d(0, -1, 0)),
            0.5 * (d(1, 0, 0) - d(-1, 0, 0)),
        ];
        let xx = d(0, 0, 1) + d(0, 0, -1) - centre;
        let yy = d(0, 1, 0) + d(0, -1, 0) - centre;
        let ss = d(1, 0, 0) + d(-1, 0, 0) - centre;
        let xy = 0.25 * (d(0, 1, 1) - d(0, 1, -1) - d(0, -1, 1) + d(0, -1, -1));
        let xs = 0.25 * (d(1, 0, 1) - d(1, 0, -1) - d(-1, 0, 1) + d(-1, 0, -1));
        let ys = 0.25 * (d(1, 1, 0) - d(1, -1, 0) - d(-1, 1, 0) + d(-1, -1, 0));
        let step = solve([[xx, xy, xs], [xy, yy, ys], [xs, ys, ss]], gradient)?;
        if step.iter().all(|v| v.abs() <= 0.5) {
            let slope: f32 = step.iter().zip(gradient).map(|(a, b)| a * b).sum();
            let contrast = (0.5 * centre + 0.5 * slope).abs();
            let (trace, det) = (xx + yy, xx * yy - xy * xy);
            let edge = det <= 0.0 || trace * trace * CURVATURE >= (CURVATURE + 1.0).powi(2) * det;
            if contrast < CONTRAST || edge {
                return None;
            }
            let sigma = Octave::sigma(s as f32 + step[2]);
            let level = (s as f32 + step[2]).round() as usize;
            return Some(Extremum { x: x as f32 + step[0], y: y as f32 + step[1], sigma, level, contrast });
        }
        let moved = |v: usize, step: f32| (v as f32 + step.clamp(-1.0, 1.0).round()) as usize;
        (x, y, s) = (moved(x, step[0]), moved(y, step[1]), moved(s, step[2]));
        if !(1..=SCALES).contains(&s) || !(5..width - 5).contains(&x) || !(5..height - 5).contains(&y) {
            return None;
        }
    }
    None
}

/// `-m^-1 g` by Cramer's rule.
fn solve(m: [[f32; 3]; 3], g: [f32; 3]) -> Option<[f32; 3]> {
    let det = |m: [[f32; 3]; 3]| {
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    };
    let whole = det(m);
    if whole.abs() < 1e-12 {
        return None;
    }
    Some(std::array::from_fn(|k| {
        let mut with = m;
        (0..3).for_each(|i| with[i][k] = -g[i]);
        det(with) / whole
    }))
}

/// Size and direction of the gradient at a pixel that is not at the border.
fn gradient(level: &Plane, x: usize, y: usize) -> (f32, f32) {
    let i = y * level.width + x;
    let dx = level.values[i + 1] - level.values[i - 1];
    let dy = level.values[i + level.width] - level.values[i - level.width];
    (dx.hypot(dy), dy.atan2(dx))
}

/// The pixels within `radius` of a place, the border left out.
fn around(level: &Plane, place: &Extremum, radius: f32) -> impl Iterator<Item = (usize, usize)> {
    let span = |centre: f32, n: usize| {
        let low = (centre - radius).ceil().max(1.0) as usize;
        let high = (centre + radius).floor().min(n as f32 - 2.0).max(0.0) as usize;
        low..=high
    };
    let columns = span(place.x, level.width);
    span(place.y, level.height).flat_map(move |y| columns.clone().map(move |x| (x, y)))
}

/// Directions of the peaks of the histogram of gradients around a place.
fn directions(level: &Plane, place: &Extremum) -> Vec<f32> {
    let width = 1.5 * place.sigma;
    let mut bins = [0.0_f32; BINS];
    let per_bin = std::f32::consts::TAU / BINS as f32;
    for (x, y) in around(level, place, 3.0 * width) {
        let (dx, dy) = (x as f32 - place.x, y as f32 - place.y);
        let (size, angle) = gradient(level, x, y);
        let weight = size * (-(dx * dx + dy * dy) / (2.0 * width * width)).exp();
        let at = (angle / per_bin).rem_euclid(BINS as f32);
        let (low, share) = (at.floor(), at - at.floor());
        bins[low as usize % BINS] += weight * (1.0 - share);
        bins[(low as usize + 1) % BINS] += weight * share;
    }
    for _ in 0..2 {
        let before = bins;
        for (k, bin) in bins.iter_mut().enumerate() {
            *bin = (before[(k + BINS - 1) % BINS] + before[k] + before[(k + 1) % BINS]) / 3.0;
        }
    }
    let highest = bins.iter().copied().fold(0.0, f32::max);
    (0..BINS)
        .filter_map(|k| {
            let (left, here, right) = (bins[(k + BINS - 1) % BINS], bins[k], bins[(k + 1) % BINS]);
            let peak = here > left && here >= right && here >= 0.8 * highest && highest > 0.0;
            peak.then(|| (k as f32 + 0.5 * (left - right) / (left - 2.0 * here + right)) * per_bin)
        })
        .collect()
}

/// Histograms of gradients in 4 by 4 cells of three standard deviations, turned to `angle`.
fn describe(level: &Plane, place: &Extremum, angle: f32) -> [u8; LENGTH] {
    let cell = 3.0 * place.sigma;
    let (sin, cos) = angle.sin_cos();
    let mut sums = [0.0_f32; LENGTH];
    let half = CELLS as f32 / 2.0;
    for (x, y) in around(level, place, cell * (half + 0.5) * std::f32::consts::SQRT_2) {
        let (dx, dy) = ((x as f32 - place.x) / cell, (y as f32 - place.y) / cell);
        let (u, v) = (cos * dx + sin * dy, cos * dy - sin * dx);
        let (column, row) = (u + half - 0.5, v + half - 0.5);
        if column <= -1.0 || row <= -1.0 || column >= CELLS as f32 || row >= CELLS as f32 {
            continue;
        }
        let (size, direction) = gradient(level, x, y);
        let weight = size * (-(u * u + v * v) / (2.0 * half * half)).exp();
        let turn = (direction - angle) / std::f32::consts::TAU * DIRECTIONS as f32;
        let turn = turn.rem_euclid(DIRECTIONS as f32);
        let (c0, r0, t0) = (column.floor(), row.floor(), turn.floor());
        for (r, wr) in [(r0, 1.0 - (row - r0)), (r0 + 1.0, row - r0)] {
            for (c, wc) in [(c0, 1.0 - (column - c0)), (c0 + 1.0, column - c0)] {
                if r < 0.0 || c < 0.0 || r >= CELLS as f32 || c >= CELLS as f32 {
                    continue;
                }
                let first = (r as usize * CELLS + c as usize) * DIRECTIONS;
                for (t, wt) in [(t0, 1.0 - (turn - t0)), (t0 + 1.0, turn - t0)] {
                    sums[first + t as usize % DIRECTIONS] += weight * wr * wc * wt;
                }
            }
        }
    }
    // Unit length, large values cut so that no single edge decides, unit length again.
    for cut in [0.2, f32::MAX] {
        let length = sums.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
        sums.iter_mut().for_each(|v| *v = (*v / length).min(cut));
    }
    sums.map(|v| (512.0 * v).min(255.0) as u8)
}

/// The descriptor of the same place in the mirrored picture.
pub fn mirrored(descriptor: &[u8; LENGTH]) -> [u8; LENGTH] {
    std::array::from_fn(|i| {
        let (row, column, turn) = (i / DIRECTIONS / CELLS, i / DIRECTIONS % CELLS, i % DIRECTIONS);
        let from = (CELLS - 1 - row) * CELLS + column;
        descriptor[from * DIRECTIONS + (DIRECTIONS - turn) % DIRECTIONS]
    })
}
