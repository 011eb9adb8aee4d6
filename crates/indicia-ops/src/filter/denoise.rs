//! The wavelet denoiser of camera identification: locally adaptive Wiener filtering of detail coefficients.
//!
//! References: M. K. Mihcak, I. Kozintsev, K. Ramchandran, Spatially adaptive statistical modeling of wavelet
//! image coefficients and its application to denoising, ICASSP 1999; J. Lukas, J. Fridrich, M. Goljan, Digital
//! camera identification from sensor pattern noise, IEEE TIFS 1(2), 2006.

use multiversion::multiversion;
use rayon::prelude::*;

use crate::plane::Plane;
use crate::wavelet::{Daubechies, Decomposition};

/// Half the side of the largest window.
const REACH: usize = 4;

/// What the denoiser takes for noise of variance `sigma * sigma`: the plane minus its denoised version.
///
/// The plane is transformed over `levels` levels, every detail coefficient is attenuated ([`attenuate`]), the
/// approximation is dropped, and the rest transformed back. With [`Daubechies::Eight`], 4 levels and a sigma
/// of 5 this is `noise_extract` of polimi-ispl/prnu-python on samples from 0 to 255. `sigma` is above 0.
pub fn residual(plane: &Plane, wavelet: Daubechies, levels: usize, sigma: f32) -> Plane {
    let mut parts = Decomposition::forward(plane, wavelet, levels);
    parts.approximation.samples.fill(0.0);
    for details in &mut parts.details {
        for band in [&mut details.horizontal, &mut details.vertical, &mut details.diagonal] {
            *band = attenuate(band, sigma * sigma);
        }
    }
    parts.inverse()
}

/// The noise share of the coefficients of a band: `c * v / (v + s)` with `v` the noise variance and `s` the
/// local variance of the signal, the least over windows of side 3, 5, 7 and 9 of `max(0, mean of c * c - v)`.
/// Outside the band coefficients count as 0. `variance` is above 0.
pub fn attenuate(band: &Plane, variance: f32) -> Plane {
    let (width, height) = (band.width, band.height);
    let mut out = Plane::zeros(width, height);
    if out.samples.is_empty() {
        return out;
    }
    let zeros = vec![0.0; width];
    out.samples.par_chunks_mut(width).enumerate().for_each_init(
        || vec![vec![0.0; width + 2 * REACH]; REACH],
        |sums, (y, row)| {
            let rows: [&[f32]; 2 * REACH + 1] = std::array::from_fn(|i| {
                (y + i).checked_sub(REACH).filter(|&y| y < height).map_or(&*zeros, |y| band.row(y))
            });
            column_sums(sums, &rows);
            attenuate_row(row, band.row(y), sums, variance);
        },
    );
    out
}

/// Sums of squares down the columns over 3, 5, 7 and 9 rows around the middle one, after `REACH` zeros.
#[multiversion(targets("x86_64+avx2"))]
fn column_sums(sums: &mut [Vec<f32>], rows: &[&[f32]; 9]) {
    let [three, five, seven, nine] = sums else { return };
    let width = rows[4].len();
    let (three, five) = (&mut three[REACH..REACH + width], &mut five[REACH..REACH + width]);
    let (seven, nine) = (&mut seven[REACH..REACH + width], &mut nine[REACH..REACH + width]);
    let rows = rows.map(|row| &row[..width]);
    for x in 0..width {
        let square = |i: usize| rows[i][x] * rows[i][x];
        three[x] = square(3) + square(4) + square(5);
        five[x] = three[x] + (square(2) + square(6));
        seven[x] = five[x] + (square(1) + square(7));
        nine[x] = seven[x] + (square(0) + square(8));
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn attenuate_row(out: &mut [f32], row: &[f32], sums: &[Vec<f32>], variance: f32) {
    let [three, five, seven, nine] = sums else { return };
    let width = out.len();
    let row = &row[..width];
    // Windows as slices that all start at the sample's own index, so that bounds are checked once a row.
    let three: [&[f32]; 3] = std::array::from_fn(|i| &three[REACH - 1 + i..][..width]);
    let five: [&[f32]; 5] = std::array::from_fn(|i| &five[REACH - 2 + i..][..width]);
    let seven: [&[f32]; 7] = std::array::from_fn(|i| &seven[REACH - 3 + i..][..width]);
    let nine: [&[f32]; 9] = std::array::from_fn(|i| &nine[i..][..width]);
    for x in 0..width {
        let least = (three[0][x] + three[1][x] + three[2][x]) * (1.0 / 9.0);
        let sum = five[0][x] + five[1][x] + five[2][x] + five[3][x] + five[4][x];
        let least = least.min(sum * (1.0 / 25.0));
        let sum = (seven[0][x] + seven[1][x] + seven[2][x] + seven[3][x])
            + (seven[4][x] + seven[5][x] + seven[6][x]);
        let least = least.min(sum * (1.0 / 49.0));
        let sum = (nine[0][x] + nine[1][x] + nine[2][x] + nine[3][x])
            + (nine[4][x] + nine[5][x] + nine[6][x] + nine[7][x])
            + nine[8][x];
        let least = least.min(sum * (1.0 / 81.0));
        out[x] = row[x] * variance / ((least - variance).max(0.0) + variance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_coefficient_is_judged_by_the_widest_window() {
        // Mean squares 400/9, 400/25, 400/49, 400/81 in its windows; the least is below the variance of 5.
        let mut band = Plane::zeros(11, 11);
        band.samples[60] = 20.0;
        assert_eq!(attenuate(&band, 5.0).samples[60], 20.0);
        // With a variance of 4 the signal's is 400/81 - 4.
        let expected = 20.0 * 4.0 / (400.0 / 81.0);
        assert!((attenuate(&band, 4.0).samples[60] - expected).abs() < 1e-4);
        // In a corner the window holds zeros from outside and divides by its full size.
        let corner = Plane { width: 1, height: 1, samples: vec![20.0] };
        assert!((attenuate(&corner, 4.0).samples[0] - expected).abs() < 1e-4);
    }

    /// `tests/denoise.py` made the fixture from PyWavelets; its head says how.
    #[test]
    fn residuals_agree_with_prnu_python() {
        let mut compared = 0;
        for line in include_str!("../../tests/denoise.csv").lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let number = |i: usize| fields[i].parse::<usize>().unwrap();
            let (width, height) = (number(1), number(2));
            let wavelet = if fields[0] == "db8" { Daubechies::Eight } else { Daubechies::Four };
            let samples: Vec<u8> = (0..width * height)
                .map(|i| {
                    let (x, y) = (i % width, i / width);
                    let noise = (x * 7919 + y * 104_729 + x * y * 31) % 23;
                    ((x * x + y * y * 2) / 97 % 200 + noise) as u8
                })
                .collect();
            let found = residual(&Plane::from_bytes(width, height, &samples), wavelet, 4, 5.0);
            for field in &fields[3..] {
                let (at, expected) = field.split_once(':').unwrap();
                let expected: f32 = expected.parse().unwrap();
                let value = found.samples[at.parse::<usize>().unwrap()];
                assert!((value - expected).abs() < 2e-3, "{line}: at {at} {value}");
                compared += 1;
            }
        }
        assert!(compared > 500, "{compared}");
    }
}
