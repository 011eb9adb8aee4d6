//! From counts of codes to distances, on plain arrays.

use indicia_ops::linear::{cholesky, symmetric_eigen};
use ndarray::Array2;
use rayon::prelude::*;

use super::codes::{BlockCounts, FEATURES};
use super::mixture::{Fit, fit};
use super::samples::Samples;

/// Features of overlapping windows, one window every block.
pub(super) struct Windows {
    /// Rows of windows.
    pub(super) rows: usize,
    /// Columns of windows.
    pub(super) columns: usize,
    /// Square roots of the frequencies of codes, [`FEATURES`] a window.
    pub(super) features: Vec<[f32; FEATURES]>,
    /// Share of the window's pixels that count.
    pub(super) weights: Vec<f32>,
}

impl Windows {
    /// Numbers of the windows of which at least the share `least` counts.
    pub(super) fn valid(&self, least: f64) -> Vec<usize> {
        (0..self.weights.len()).filter(|&i| f64::from(self.weights[i]) >= least).collect()
    }

    /// A map of windows from a value for each of `windows`, `None` elsewhere.
    pub(super) fn spread(&self, windows: &[usize], values: &[f64]) -> Array2<Option<f64>> {
        let mut map = Array2::from_elem((self.rows, self.columns), None);
        for (&window, &value) in windows.iter().zip(values) {
            map[(window / self.columns, window % self.columns)] = Some(value);
        }
        map
    }
}

/// Windows of `side` by `side` blocks; `None` if none fits. As published, each block's frequencies count alike
/// however few of its pixels do, and their mean is divided by the window's weight.
pub(super) fn windows(blocks: &BlockCounts, side: usize) -> Option<Windows> {
    let rows = (blocks.rows + 1).checked_sub(side).filter(|&n| n > 0)?;
    let columns = (blocks.columns + 1).checked_sub(side).filter(|&n| n > 0)?;
    let mut features = vec![[0.0; FEATURES]; rows * columns];
    let mut weights = vec![0.0; rows * columns];
    let pixels = (blocks.stride * blocks.stride) as f64;
    features.par_chunks_mut(columns).zip(weights.par_chunks_mut(columns)).enumerate().for_each(
        |(row, (features, weights))| {
            // Sums over the rows of the window, then over its columns.
            let mut sums = vec![[0.0; FEATURES + 1]; blocks.columns];
            for row in row..row + side {
                let at = row * blocks.columns..(row + 1) * blocks.columns;
                let (counts, weights) = (&blocks.counts[at.clone()], &blocks.weights[at]);
                for ((sum, counts), &weight) in sums.iter_mut().zip(counts).zip(weights) {
                    let scale = 1.0 / f64::from(weight.max(1));
                    sum.iter_mut().zip(counts).for_each(|(s, &c)| *s += f64::from(c) * scale);
                    sum[FEATURES] += f64::from(weight) / pixels;
                }
            }
            for (column, (features, weight)) in features.iter_mut().zip(weights).enumerate() {
                let mut sum = [0.0; FEATURES + 1];
                for column in &sums[column..column + side] {
                    sum.iter_mut().zip(column).for_each(|(s, c)| *s += c);
                }
                *weight = (sum[FEATURES] / (side * side) as f64) as f32;
                let scale = 1.0 / sum[FEATURES].max(1e-20);
                features.iter_mut().zip(sum).for_each(|(f, s)| *f = (s * scale).sqrt() as f32);
            }
        },
    );
    Some(Windows { rows, columns, features, weights })
}

/// Whitened coordinates of the windows along the `dims` directions of largest variance, and how many of these
/// have a variance. `None` for fewer than two windows or no variance at all.
pub(super) fn whiten(windows: &Windows, which: &[usize], dims: usize) -> Option<Samples> {
    if which.len() < 2 {
        return None;
    }
    let features = Samples::collect(FEATURES, which.len(), |i, out| {
        let from = &windows.features[which[i]];
        out.iter_mut().zip(from).for_each(|(out, &v)| *out = f64::from(v));
    });
    let moments = features.moments(&features.vector(0), &vec![1.0; which.len()])?;
    let (values, vectors) = symmetric_eigen(&moments.covariance, FEATURES);
    // Directions with no more variance than rounding leaves cannot be whitened.
    let kept = values.iter().take(dims).take_while(|&&v| v > 1e-12 * values[0] && v > 1e-14).count();
    if kept == 0 {
        return None;
    }
    let rows: Vec<f64> = (0..kept)
        .flat_map(|k| {
            let scale = 1.0 / values[k].sqrt();
            vectors[k * FEATURES..(k + 1) * FEATURES].iter().map(move |v| v * scale)
        })
        .collect();
    Some(features.project(&moments.mean, &rows))
}

/// The published statistic: squared Mahalanobis distances of the whitened windows from the Gaussian of a
/// mixture with outliers of constant density. Zeros where no start of the mixture succeeds.
///
/// The publication leaves the features uncentred; as distances from a fitted mean do not depend on the
/// origin, centring them here changes rounding only.
pub(super) fn mixture_distances(samples: &Samples, how: &Fit) -> (Vec<f64>, f64) {
    match fit(samples, how) {
        Some(gaussian) => {
            let mut out = vec![];
            samples.distances(&gaussian.mean, &gaussian.lower, &mut out);
            (out, 1.0 - gaussian.share)
        }
        None => (vec![0.0; samples.count], 0.0),
    }
}

/// Squared Mahalanobis distances from the mean of the `share` of samples that lie nearest, under their
/// covariance, found by `rounds` of concentration from the mean of all (the C-step of P. J. Rousseeuw, K. Van
/// Driessen, "A Fast Algorithm for the Minimum Covariance Determinant Estimator", Technometrics 41(3), 1999).
pub(super) fn trimmed_distances(samples: &Samples, share: f64, rounds: usize) -> Vec<f64> {
    let (n, d) = (samples.count, samples.dims);
    let mut weights = vec![1.0; n];
    let mut distances = vec![0.0; n];
    for _ in 0..=rounds {
        let Some(moments) = samples.moments(&vec![0.0; d], &weights) else { break };
        let mut covariance = moments.covariance;
        let trace: f64 = (0..d).map(|i| covariance[i * d + i]).sum();
        (0..d).for_each(|i| covariance[i * d + i] += 1e-9 * trace / d as f64);
        let Some(lower) = cholesky(&covariance, d) else { break };
        samples.distances(&moments.mean, &lower, &mut distances);
        let limit = quantile(&distances, share);
        weights.iter_mut().zip(&distances).for_each(|(w, &d)| *w = if d <= limit { 1.0 } else { 0.0 });
    }
    distances
}

/// The value that the share `q` of `values` does not exceed, 0 of no values.
pub(super) fn quantile(values: &[f64], q: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let mut values = values.to_vec();
    let at = ((values.len() - 1) as f64 * q).round() as usize;
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

/// Stretched to 0 to 1 and cut to the 256 levels of the released code; 0 where there is no value or all are
/// equal.
pub(super) fn stretch(map: &Array2<Option<f64>>) -> Array2<f32> {
    let known = || map.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    map.map(|value| match value {
        Some(value) if high > low => (255.0 * (value - low) / (high - low)).floor() as f32 / 255.0,
        _ => 0.0,
    })
}

/// Place of the window whose centre is nearest to pixel `at` along one side, of `count` windows of `side`
/// blocks of `stride` pixels; the border repeats the outermost windows.
pub(super) fn nearest_window(at: usize, count: usize, side: usize, stride: usize) -> usize {
    // The centre of window i is at border + (side * stride - 1) / 2 + i * stride; halves of pixels never tie.
    let first = super::codes::BORDER + (side * stride) / 2 - stride / 2;
    (at.saturating_sub(first) / stride).min(count - 1)
}
