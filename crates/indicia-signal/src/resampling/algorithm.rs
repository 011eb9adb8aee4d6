//! Periodic traces of interpolation, window by window.

use indicia_ops::Plane;
use indicia_ops::periodogram::{Pairs, Periodogram, prediction_error};
use ndarray::Array2;
use rayon::prelude::*;

/// Pixels on the side of a window.
pub(super) const SIDE: usize = 64;

/// Pairs of frequencies closer to 0 than this, in units of `1 / SIDE` cycles a pixel, are left out: content.
const LOWEST: usize = 5;

/// Reach of the surroundings that a frequency is compared with, in units of `1 / SIDE`.
const REACH: usize = 4;

/// A frequency counts as no more than so many times its surroundings, so that one texture does not outweigh
/// all else.
const LARGEST: f32 = 12.0;

/// Power around a frequency below which a window is flat.
const FLOOR: f32 = 1e-4;

/// Windows in all are at most about this many; the step between them grows with the picture.
const WINDOWS: usize = 12_000;

/// What one window, averaged with those around it, says.
pub(super) struct Windows {
    /// Pixels between windows.
    pub step: usize,
    /// How far the strongest frequency of each window rises above the picture's own state.
    pub contrast: Array2<f32>,
    /// The frequency, in units of `1 / SIDE` cycles a pixel.
    pub frequency: Array2<(usize, usize)>,
    /// Strongest frequency of the whole picture and its height over those around it, 1 without a trace.
    pub common: ((usize, usize), f32),
    /// By how much that frequency rises over all others of the picture, in robust deviations.
    pub common_excess: f64,
}

/// Kirchner's map of likely interpolated pixels: `exp(-e²)` of the prediction error `e`.
pub(super) fn likelihood(samples: &[u8], width: usize, height: usize) -> Plane {
    // Errors come in quarters; beyond 4 grey levels nothing is left.
    let table: Vec<f32> = (0..=16).map(|q| (-(q * q) as f32 / 16.0).exp()).chain([0.0]).collect();
    let errors = prediction_error(samples, width, height);
    let value = |e: &i16| table[usize::from(e.unsigned_abs()).min(17)];
    Plane { width, height, samples: errors.par_iter().map(value).collect() }
}

/// Whether a pair of frequencies may be a trace: neither content nor of the blocks of JPEG.
fn is_read((u, v): (usize, usize)) -> bool {
    u * u + v * v >= LOWEST * LOWEST && !Pairs::is_of_blocks(SIDE, (u, v))
}

/// Pixels between windows.
fn step(width: usize, height: usize) -> usize {
    let mut step = 16;
    while (width / step) * (height / step) > WINDOWS && step < SIDE {
        step *= 2;
    }
    step
}

/// Compares the windows of a picture of at least [`SIDE`] pixels on each side.
pub(super) fn measure(samples: &[u8], width: usize, height: usize) -> Windows {
    let plane = likelihood(samples, width, height);
    let step = step(width, height);
    let (columns, rows) = ((width - SIDE) / step + 1, (height - SIDE) / step + 1);
    let periodogram = Periodogram::new(SIDE);
    let count = Pairs::count(SIDE);
    let mut spectra = vec![0.0_f32; columns * rows * count];
    spectra.par_chunks_mut(count).enumerate().for_each_init(
        || (periodogram.scratch(), vec![0.0; periodogram.len()]),
        |(scratch, power), (i, out)| {
            periodogram.power(&plane, i % columns * step, i / columns * step, scratch, power);
            let pairs = Pairs::of(SIDE, power).relative(REACH, FLOOR);
            out.iter_mut().zip(&pairs.values).for_each(|(out, value)| *out = value.min(LARGEST));
        },
    );
    let radius = (SIDE / 2 / step).max(1);
    let across = averages(&spectra, (columns, rows), count, radius, true);
    drop(spectra);
    let local = averages(&across, (columns, rows), count, radius, false);
    drop(across);
    let common = medians(&local, count);
    let frequencies: Vec<(usize, usize)> = Pairs::frequencies(SIDE).collect();
    let found: Vec<(f32, usize)> = local
        .par_chunks(count)
        .map(|spectrum| {
            let mut best = (0.0, 0);
            for (i, (&value, &level)) in spectrum.iter().zip(&common).enumerate() {
                if is_read(frequencies[i]) && value - level > best.0 {
                    best = (value - level, i);
                }
            }
            best
        })
        .collect();
    let read = (0..count).filter(|&i| is_read(frequencies[i]));
    let top = read.clone().max_by(|&a, &b| common[a].total_cmp(&common[b])).unwrap_or(0);
    let (middle, spread) = robust(read.map(|i| f64::from(common[i])).collect());
    let height = common[top];
    let mut contrast: Vec<f32> = found.iter().map(|f| f.0).collect();
    let mut frequency: Vec<_> = found.iter().map(|f| frequencies[f.1]).collect();
    if height > COMMON {
        // The picture has a trace: windows that lack it contradict the rest as well.
        for ((own, frequency), spectrum) in
            contrast.iter_mut().zip(&mut frequency).zip(local.chunks_exact(count))
        {
            let lack = height - spectrum[top].max(1.0);
            if lack > *own {
                (*own, *frequency) = (lack, frequencies[top]);
            }
        }
    }
    let array =
        |values: Vec<f32>| Array2::from_shape_vec((rows, columns), values).expect("one value a window");
    Windows {
        step,
        contrast: array(contrast),
        frequency: Array2::from_shape_vec((rows, columns), frequency).expect("one value a window"),
        common: (frequencies[top], height),
        common_excess: (f64::from(height) - middle) / spread.max(1e-3),
    }
}

/// Height of a frequency over those around it, in the median over all windows, from which it is the picture's
/// own trace.
pub(super) const COMMON: f32 = 2.5;

/// Spectra averaged over the `2 * radius + 1` windows around each along its row, or down its column, cut at the
/// border.
fn averages(
    spectra: &[f32],
    (columns, rows): (usize, usize),
    count: usize,
    radius: usize,
    along_row: bool,
) -> Vec<f32> {
    let mut out = vec![0.0; spectra.len()];
    out.par_chunks_mut(count).enumerate().for_each(|(i, out)| {
        let (column, row) = (i % columns, i / columns);
        let (place, len) = if along_row { (column, columns) } else { (row, rows) };
        let near = place.saturating_sub(radius)..(place + radius + 1).min(len);
        let weight = 1.0 / near.len() as f32;
        for other in near {
            let at = if along_row { row * columns + other } else { other * columns + column };
            let values = &spectra[at * count..][..count];
            out.iter_mut().zip(values).for_each(|(out, value)| *out += weight * value);
        }
    });
    out
}

/// Median over all spectra of each frequency.
fn medians(spectra: &[f32], count: usize) -> Vec<f32> {
    (0..count)
        .into_par_iter()
        .map(|i| {
            let mut values: Vec<f32> = spectra.iter().skip(i).step_by(count).copied().collect();
            let middle = values.len() / 2;
            *values.select_nth_unstable_by(middle, f32::total_cmp).1
        })
        .collect()
}

/// Median and robust deviation (median absolute deviation over 0.6745); zeros without values.
pub(super) fn robust(mut values: Vec<f64>) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let half = values.len() / 2;
    let middle = *values.select_nth_unstable_by(half, f64::total_cmp).1;
    values.iter_mut().for_each(|v| *v = (*v - middle).abs());
    (middle, *values.select_nth_unstable_by(half, f64::total_cmp).1 / 0.6745)
}

/// Enlargements and turns in degrees of a square lattice that give the frequency, in units of `1 / SIDE`, the
/// likeliest first: enlarged by less than 2, by more, reduced. Frequencies repeat with every whole cycle a pixel, so
/// that one peak cannot tell them apart.
pub(super) fn factors((u, v): (usize, usize)) -> [(f64, f64); 3] {
    let (a, b) = (u.max(v) as f64 / SIDE as f64, u.min(v) as f64 / SIDE as f64);
    // The partner of a pair is a quarter turn away, so that the first quadrant holds one of (a, b) and (b, a) up to
    // mirroring; the larger component is that along the axis.
    [1.0 - a, a, 1.0 + a].map(|along| (1.0 / along.hypot(b), b.atan2(along).to_degrees()))
}
