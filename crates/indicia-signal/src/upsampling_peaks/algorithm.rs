//! The averaged spectrum of what a fixed predictor leaves, and its peaks at fractions of the sampling frequency.

use indicia_ops::Plane;
use indicia_ops::periodogram::{Pairs, Periodogram, prediction_error};
use rayon::prelude::*;

/// Pixels on the side of a window.
pub(super) const SIDE: usize = 128;

/// Peaks are sought at multiples of 1/16 of the sampling frequency along both axes.
pub(super) const FRACTION: usize = 16;

/// Reach of the surroundings that a frequency is compared with, in units of `1 / SIDE`.
const REACH: usize = 5;

/// Power below which nothing is compared, of grey levels squared: rounding alone leaves more.
const FLOOR: f32 = 1e-4;

/// Windows in all are at most about this many.
const WINDOWS: usize = 1_000;

/// Windows with less power than this, in grey levels squared, are flat.
const FLAT: f32 = 1e-2;

/// A peak at a fraction of the sampling frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    /// Frequency along the rows and down the columns (and its quarter turn), in units of `1 / FRACTION`.
    pub at: (usize, usize),
    /// Height over its surroundings in robust deviations of all frequencies, as it is.
    pub height: f64,
    /// The same without what the blocks of JPEG explain.
    pub unexplained: f64,
}

/// The picture's averaged spectrum.
pub(super) struct Average {
    /// `(SIDE / 2 + 1) * SIDE` powers, as [`Periodogram::power`] orders them, each window's scaled to mean 1.
    pub power: Vec<f32>,
    /// The peaks, the largest unexplained one first.
    pub peaks: Vec<Peak>,
}

/// Averages the spectra of the windows of a picture of at least [`SIDE`] pixels on each side. `None` where every
/// window is flat.
pub(super) fn measure(samples: &[u8], width: usize, height: usize) -> Option<Average> {
    let errors = prediction_error(samples, width, height);
    let plane = Plane { width, height, samples: errors.par_iter().map(|&e| 0.25 * f32::from(e)).collect() };
    drop(errors);
    let mut step = SIDE / 2;
    while (width / step) * (height / step) > WINDOWS {
        step *= 2;
    }
    let (columns, rows) = ((width - SIDE) / step + 1, (height - SIDE) / step + 1);
    let periodogram = Periodogram::new(SIDE);
    // One sum a row of windows, added in order, so that the result does not depend on threads.
    let sums: Vec<(Vec<f32>, usize)> = (0..rows)
        .into_par_iter()
        .map(|row| {
            let (mut scratch, mut power) = (periodogram.scratch(), vec![0.0; periodogram.len()]);
            let (mut sum, mut count) = (vec![0.0_f32; periodogram.len()], 0);
            for column in 0..columns {
                periodogram.power(&plane, column * step, row * step, &mut scratch, &mut power);
                let mean = power.iter().sum::<f32>() / power.len() as f32;
                if mean > FLAT {
                    sum.iter_mut().zip(&power).for_each(|(sum, power)| *sum += power / mean);
                    count += 1;
                }
            }
            (sum, count)
        })
        .collect();
    let count: usize = sums.iter().map(|s| s.1).sum();
    if count == 0 {
        return None;
    }
    let mut power = vec![0.0_f32; periodogram.len()];
    for (sum, _) in &sums {
        power.iter_mut().zip(sum).for_each(|(power, sum)| *power += sum / count as f32);
    }
    let peaks = peaks(&power);
    Some(Average { power, peaks })
}

/// The peaks of an averaged spectrum, the largest unexplained one first.
fn peaks(power: &[f32]) -> Vec<Peak> {
    let relative = Pairs::of(SIDE, power).relative(REACH, FLOOR);
    let mut cleaned = relative.clone();
    cleaned.without_blocks();
    let mut logarithms: Vec<f64> = relative.values.iter().map(|&v| f64::from(v.max(1e-6)).ln()).collect();
    let middle = logarithms.len() / 2;
    let middle = *logarithms.select_nth_unstable_by(middle, f64::total_cmp).1;
    let mut off: Vec<f64> = logarithms.iter().map(|v| (v - middle).abs()).collect();
    let half = off.len() / 2;
    // At least what an average of some hundred independent windows leaves.
    let spread = (*off.select_nth_unstable_by(half, f64::total_cmp).1 / 0.6745).max(0.05);
    let height = |value: f32| (f64::from(value.max(1e-6)).ln() - middle) / spread;
    let step = SIDE / FRACTION;
    let mut out: Vec<Peak> = Pairs::frequencies(FRACTION)
        .map(|(u, v)| {
            let (at, bin) = ((u, v), (u * step, v * step));
            Peak {
                at,
                height: height(relative.at(bin.0, bin.1)),
                unexplained: height(cleaned.at(bin.0, bin.1)),
            }
        })
        .collect();
    out.sort_by(|a, b| b.unexplained.total_cmp(&a.unexplained));
    out
}
