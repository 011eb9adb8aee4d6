//! The Fourier spectrum of a picture, and its mean over rings and sectors.

use indicia_ops::Plane;
use indicia_ops::fft::Spectrum;
use rayon::prelude::*;

/// Rings between frequency 0 and half the sampling frequency.
pub(super) const RINGS: usize = 32;

/// Sectors of half a turn.
pub(super) const SECTORS: usize = 18;

/// Frequencies below this, in cycles a pixel, count for no sector: they are few and content.
const LOWEST: f64 = 0.05;

/// Largest size up to `size` whose prime factors are 2, 3, 5 and 7, which transforms are fast for.
pub(super) fn fast_size_below(size: usize) -> usize {
    (1..=size).rev().find(|&n| indicia_ops::fft::fast_size(n) == n).unwrap_or(0)
}

/// Spectrum of the middle of the picture, cut to fast sizes, less its mean and under a Hann window along both sides.
pub(super) fn transform(samples: &[u8], width: usize, height: usize) -> Spectrum {
    let (columns, rows) = (fast_size_below(width), fast_size_below(height));
    let (left, top) = ((width - columns) / 2, (height - rows) / 2);
    let hann = |size: usize| -> Vec<f32> {
        let at = |i: usize| std::f32::consts::TAU * (i as f32 + 0.5) / size as f32;
        (0..size).map(|i| 0.5 - 0.5 * at(i).cos()).collect()
    };
    let (across, down) = (hann(columns), hann(rows));
    let row = |y: usize| &samples[(top + y) * width + left..][..columns];
    let sum: u64 = (0..rows).map(|y| row(y).iter().map(|&s| u64::from(s)).sum::<u64>()).sum();
    let mean = (sum as f64 / (columns * rows).max(1) as f64) as f32;
    let mut plane = Plane::zeros(columns, rows);
    plane.samples.par_chunks_mut(columns.max(1)).enumerate().for_each(|(y, out)| {
        for ((out, &sample), weight) in out.iter_mut().zip(row(y)).zip(&across) {
            *out = (f32::from(sample) - mean) * weight * down[y];
        }
    });
    Spectrum::forward(&plane)
}

/// Mean power by distance from frequency 0 and by direction.
pub(super) struct Profile {
    /// By ring, from frequency 0 to half the sampling frequency; 0 without a frequency.
    pub rings: [f64; RINGS],
    /// By direction of the wave, from across over down-right to down; half a turn in all.
    pub sectors: [f64; SECTORS],
}

/// Means over the rings and sectors. Power is scaled so that white noise of variance s has power s.
pub(super) fn profile(spectrum: &Spectrum) -> Profile {
    let (width, height) = (spectrum.width, spectrum.height);
    let mut sums = [(0.0_f64, 0_u32); RINGS + SECTORS];
    // One sum a column, added in order, so that the result does not depend on threads.
    let columns: Vec<_> = spectrum
        .values
        .par_chunks(height.max(1))
        .enumerate()
        .map(|(u, column)| {
            let mut sums = [(0.0_f64, 0_u32); RINGS + SECTORS];
            for (v, value) in column.iter().enumerate() {
                let signed = if 2 * v > height { v as f64 - height as f64 } else { v as f64 };
                let (x, y) = (u as f64 / width as f64, signed / height as f64);
                let (far, power) = (x.hypot(y), f64::from(value.norm_sqr()));
                let mut add = |at: usize| sums[at] = (sums[at].0 + power, sums[at].1 + 1);
                if far < 0.5 {
                    add((far * 2.0 * RINGS as f64) as usize);
                    if far >= LOWEST {
                        let turn = y.atan2(x) / std::f64::consts::PI;
                        let sector = (turn.rem_euclid(1.0) * SECTORS as f64 + 0.5) as usize;
                        add(RINGS + sector % SECTORS);
                    }
                }
            }
            sums
        })
        .collect();
    for column in columns {
        sums.iter_mut().zip(column).for_each(|(sum, own)| *sum = (sum.0 + own.0, sum.1 + own.1));
    }
    // The Hann window's mean square is 3/8 along each side.
    let scale = 1.0 / ((width * height).max(1) as f64 * 9.0 / 64.0);
    let mean = |at: usize| scale * sums[at].0 / f64::from(sums[at].1.max(1));
    Profile { rings: std::array::from_fn(mean), sectors: std::array::from_fn(|i| mean(RINGS + i)) }
}
