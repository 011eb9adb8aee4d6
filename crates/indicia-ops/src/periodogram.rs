//! Power spectra of small windows, and how far single frequencies rise above those around them.

use std::sync::Arc;

use multiversion::multiversion;
use rayon::prelude::*;
use realfft::{RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::plane::{Plane, mirrored};

/// Sample minus the prediction from its eight neighbours with the fixed weights of Kirchner (2008), in quarters:
/// `4 e`, a whole number. Borders are mirrored.
///
/// # Panics
/// If there are not `width * height` samples.
pub fn prediction_error(samples: &[u8], width: usize, height: usize) -> Vec<i16> {
    assert_eq!(samples.len(), width * height, "{} samples for {width}x{height}", samples.len());
    let mut out = vec![0; samples.len()];
    out.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        let source = |dy: isize| {
            let y = mirrored(y as isize + dy, height);
            &samples[y * width..(y + 1) * width]
        };
        error_row(row, [source(-1), source(0), source(1)]);
    });
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn error_row(out: &mut [i16], rows: [&[u8]; 3]) {
    let width = out.len();
    let error = |left: usize, x: usize, right: usize| {
        let at = |row: usize, x: usize| i16::from(rows[row][x]);
        let corners = at(0, left) + at(0, right) + at(2, left) + at(2, right);
        4 * at(1, x) - 2 * (at(0, x) + at(2, x) + at(1, left) + at(1, right)) + corners
    };
    for x in 1..width.saturating_sub(1) {
        out[x] = error(x - 1, x, x + 1);
    }
    for x in [0, width - 1] {
        out[x] = error(x.saturating_sub(1), x, (x + 1).min(width - 1));
    }
}

/// Computes power spectra of square windows.
pub struct Periodogram {
    side: usize,
    window: Vec<f32>,
    along: Arc<dyn RealToComplex<f32>>,
    down: Arc<dyn Fft<f32>>,
}

/// Working memory of [`Periodogram::power`].
pub struct Scratch {
    row: Vec<f32>,
    half: Vec<Complex<f32>>,
    columns: Vec<Complex<f32>>,
    work: Vec<Complex<f32>>,
}

impl Periodogram {
    /// For windows of `side` by `side` samples.
    ///
    /// # Panics
    /// If the side is odd or below 4.
    pub fn new(side: usize) -> Self {
        assert!(side >= 4 && side.is_multiple_of(2), "windows of {side}");
        let hann = |i: usize| 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 0.5) / side as f32).cos();
        Self {
            side,
            window: (0..side).map(hann).collect(),
            along: RealFftPlanner::new().plan_fft_forward(side),
            down: FftPlanner::new().plan_fft_forward(side),
        }
    }

    /// Frequencies of a spectrum: `side / 2 + 1` along the rows by `side`.
    pub fn len(&self) -> usize {
        (self.side / 2 + 1) * self.side
    }

    /// Never: there is always a frequency.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Working memory for one thread.
    pub fn scratch(&self) -> Scratch {
        let zero = Complex::new(0.0, 0.0);
        let work = self.along.get_scratch_len().max(self.down.get_inplace_scratch_len());
        Scratch {
            row: vec![0.0; self.side],
            half: vec![zero; self.side / 2 + 1],
            columns: vec![zero; self.len()],
            work: vec![zero; work],
        }
    }

    /// Power of the window at column `x` and row `y`, its mean taken off, under a Hann window along both sides.
    /// The frequency `u / side` along rows and `v / side` down columns is at `u * side + v`. White noise of
    /// variance s has the power s on average.
    ///
    /// # Panics
    /// If the window is not inside the plane, or `out` is not of [`Periodogram::len`].
    pub fn power(&self, plane: &Plane, x: usize, y: usize, scratch: &mut Scratch, out: &mut [f32]) {
        let side = self.side;
        let row = |i: usize| &plane.row(y + i)[x..x + side];
        let mean = (0..side).map(|i| row(i).iter().sum::<f32>()).sum::<f32>() / (side * side) as f32;
        let Scratch { row: input, half, columns, work } = scratch;
        for (i, down) in self.window.iter().enumerate() {
            for ((input, value), along) in input.iter_mut().zip(row(i)).zip(&self.window) {
                *input = (value - mean) * down * along;
            }
            let work = &mut work[..self.along.get_scratch_len()];
            self.along.process_with_scratch(input, half, work).expect("buffers have the plan's sizes");
            half.iter().enumerate().for_each(|(u, value)| columns[u * side + i] = *value);
        }
        self.down.process_with_scratch(columns, work);
        let energy: f32 = self.window.iter().map(|w| w * w).sum();
        let scale = 1.0 / (energy * energy);
        assert_eq!(out.len(), columns.len(), "one value a frequency");
        out.iter_mut().zip(columns).for_each(|(out, value)| *out = scale * value.norm_sqr());
    }
}

/// Power by pairs of frequencies that are a quarter turn apart, as those of the two axes of a square lattice
/// are: the frequency (u, v) of the first quadrant with (-v, u).
///
/// `at(u, v)` has `u` from 1 and `v` from 0 to `side / 2`; both in units of `1 / side` cycles a pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// Side of the windows.
    pub side: usize,
    /// `side / 2` columns u of `side / 2 + 1` values v.
    pub values: Vec<f32>,
}

impl Pairs {
    /// How many pairs windows of `side` have.
    pub fn count(side: usize) -> usize {
        side / 2 * (side / 2 + 1)
    }

    /// The means of both powers of each pair of a [`Periodogram`].
    ///
    /// # Panics
    /// If there are not as many powers as windows of `side` have.
    pub fn of(side: usize, power: &[f32]) -> Self {
        assert_eq!(power.len(), (side / 2 + 1) * side, "powers of windows of {side}");
        let values =
            Self::frequencies(side).map(|(u, v)| 0.5 * (power[u * side + v] + power[v * side + side - u]));
        Self { side, values: values.collect() }
    }

    /// The frequencies of `values`, in order.
    pub fn frequencies(side: usize) -> impl Iterator<Item = (usize, usize)> {
        let half = side / 2;
        (1..=half).flat_map(move |u| (0..=half).map(move |v| (u, v)))
    }

    /// The value at (u, v).
    ///
    /// # Panics
    /// If `u` is 0 or either is above half the side.
    pub fn at(&self, u: usize, v: usize) -> f32 {
        assert!(v <= self.side / 2, "frequency {u},{v} of {}", self.side);
        self.values[(u - 1) * (self.side / 2 + 1) + v]
    }

    /// Each value over the mean of those at most `reach` and more than 1 away along either axis; 1 where these
    /// are below `floor`.
    pub fn relative(&self, reach: usize, floor: f32) -> Self {
        let (wide, high) = (self.side / 2 + 1, self.side / 2);
        // Sums of all values above and left of a place.
        let mut sums = vec![0.0_f64; (wide + 1) * (high + 1)];
        for row in 0..high {
            let mut sum = 0.0;
            for column in 0..wide {
                sum += f64::from(self.values[row * wide + column]);
                sums[(row + 1) * (wide + 1) + column + 1] = sums[row * (wide + 1) + column + 1] + sum;
            }
        }
        let around = |row: usize, column: usize, reach: usize| {
            let (top, bottom) = (row.saturating_sub(reach), (row + reach + 1).min(high));
            let (left, right) = (column.saturating_sub(reach), (column + reach + 1).min(wide));
            let at = |row: usize, column: usize| sums[row * (wide + 1) + column];
            (
                at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left),
                ((bottom - top) * (right - left)) as f64,
            )
        };
        let value = |i: usize| {
            let (row, column) = (i / wide, i % wide);
            let ((all, of_all), (own, of_own)) = (around(row, column, reach), around(row, column, 1));
            let level = ((all - own) / (of_all - of_own)) as f32;
            if level > floor { self.values[i] / level } else { 1.0 }
        };
        Self { side: self.side, values: (0..self.values.len()).map(value).collect() }
    }

    /// Whether both frequencies are within 1 of multiples of 1/8 cycles a pixel, where blocks of JPEG have peaks.
    pub fn is_of_blocks(side: usize, (u, v): (usize, usize)) -> bool {
        [u, v].iter().all(|f| (f + 1) % (side / 8) <= 2)
    }

    /// Takes out what the 8 by 8 blocks of JPEG explain: pairs within 1 of odd multiples of 1/8 are set to 1,
    /// and from those within 1 of other multiples of 1/8 is taken by how much the largest of the former rises
    /// above 1. Blocks have all of these frequencies; a lattice of two or four pixels has only the latter.
    pub fn without_blocks(&mut self) {
        let step = self.side / 8;
        let is_odd = |f: usize| (f + step / 2) / step % 2 == 1;
        let (mut odd, mut even) = (vec![], vec![]);
        for (i, (u, v)) in Self::frequencies(self.side).enumerate() {
            if Self::is_of_blocks(self.side, (u, v)) {
                if is_odd(u) || is_odd(v) { &mut odd } else { &mut even }.push(i);
            }
        }
        let blocks = odd.iter().fold(1.0_f32, |most, &i| most.max(self.values[i])) - 1.0;
        odd.iter().for_each(|&i| self.values[i] = 1.0);
        even.iter().for_each(|&i| self.values[i] = (self.values[i] - blocks).max(1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_sample_shows_the_weights() {
        let mut samples = vec![10; 25];
        samples[12] = 14;
        let error = prediction_error(&samples, 5, 5);
        assert_eq!(error[10..15], [0, -8, 16, -8, 0]);
        assert_eq!(error[5..10], [0, 4, -8, 4, 0]);
        assert_eq!(prediction_error(&[7], 1, 1), [0]);
        assert!(prediction_error(&[], 0, 0).is_empty());
        // A plane that rises evenly is predicted.
        let ramp: Vec<u8> = (0..30).map(|i| (3 * (i % 6) + 5 * (i / 6)) as u8).collect();
        assert!(prediction_error(&ramp, 6, 5)[7..11].iter().all(|e| *e == 0));
    }

    #[test]
    fn a_cosine_gives_its_peak_and_noise_its_variance() {
        let side = 32;
        let periodogram = Periodogram::new(side);
        let (mut scratch, mut power) = (periodogram.scratch(), vec![0.0; periodogram.len()]);
        let turn = std::f32::consts::TAU / 32.0;
        let wave = |i: usize| (turn * (5 * (i % 40) + 9 * (i / 40)) as f32).cos();
        let plane = Plane { width: 40, height: 40, samples: (0..1600).map(wave).collect() };
        periodogram.power(&plane, 3, 4, &mut scratch, &mut power);
        let largest = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b])).unwrap();
        assert_eq!((largest / side, largest % side), (5, 9));
        // |sum of the window|² / 4 over the energy of the window: (16 * 16)² / 4 / (12 * 12).
        assert!((power[largest] - 65536.0 / 4.0 / 144.0).abs() < 0.01, "{}", power[largest]);
        let pairs = Pairs::of(side, &power);
        assert!((pairs.at(5, 9) - power[largest] / 2.0).abs() < 1e-3);
        // The partner of (9, -5) is (5, 9) itself.
        let mut turned = vec![0.0; periodogram.len()];
        turned[9 * side + side - 5] = 6.0;
        assert_eq!(Pairs::of(side, &turned).at(5, 9), 3.0);
    }

    #[test]
    fn a_peak_is_measured_against_those_around_it_and_blocks_are_taken_out() {
        let side = 64;
        let mut pairs = Pairs { side, values: vec![2.0; Pairs::count(side)] };
        let place = |u: usize, v: usize| (u - 1) * 33 + v;
        pairs.values[place(16, 0)] = 20.0;
        let relative = pairs.relative(4, 1e-6);
        assert!((relative.at(16, 0) - 10.0).abs() < 1e-5);
        assert!((relative.at(17, 1) - 1.0).abs() < 1e-5, "one next to it does not count");
        assert!(relative.at(18, 1) < 1.0);
        assert!(
            pairs
                .relative(4, 3.0)
                .values
                .iter()
                .enumerate()
                .all(|(i, v)| *v == 1.0 || i == place(16, 0) || *v < 1.0)
        );
        let mut lattice = relative.clone();
        lattice.without_blocks();
        assert!((lattice.at(16, 0) - 10.0).abs() < 1e-5);
        let mut blocks = relative;
        blocks.values[place(8, 0)] = 12.0;
        blocks.without_blocks();
        assert_eq!([blocks.at(8, 0), blocks.at(16, 0)], [1.0, 1.0]);
    }
}
