//! Two-dimensional Fourier transform of real planes in single precision.
//!
//! `F[v][u] = sum over y, x of f[y][x] exp(-2 pi i (u x / width + v y / height))`, as `numpy.fft.rfft2`
//! computes it: unscaled forward, divided by the number of samples backward. Any size is allowed; sides whose
//! prime factors are small are fastest ([`fast_size`]).

use rayon::prelude::*;
use realfft::RealFftPlanner;
use rustfft::FftPlanner;

pub use rustfft::num_complex::Complex;

use crate::plane::Plane;

/// Columns or rows that are moved together when a plane is turned, so that whole cache lines are read.
const GROUP: usize = 16;

/// Half of the spectrum of a real plane: the frequencies `u` of 0 to `width / 2` along the rows. The others
/// are the conjugates of these ([`Spectrum::at`]).
///
/// Frequencies are stored column after column: that of `u` and `v` at `u * height + v`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Columns of the plane.
    pub width: usize,
    /// Rows of the plane.
    pub height: usize,
    /// `(width / 2 + 1) * height` values; none for an empty plane.
    pub values: Vec<Complex<f32>>,
}

impl Spectrum {
    /// The spectrum of `plane`.
    pub fn forward(plane: &Plane) -> Self {
        let (width, height) = (plane.width, plane.height);
        if plane.samples.is_empty() {
            return Self { width, height, values: vec![] };
        }
        let columns = width / 2 + 1;
        let zero = Complex::new(0.0, 0.0);
        let along = RealFftPlanner::<f32>::new().plan_fft_forward(width);
        let mut rows = vec![zero; columns * height];
        rows.par_chunks_mut(columns).zip(plane.samples.par_chunks(width)).for_each_init(
            || (along.make_input_vec(), along.make_scratch_vec()),
            |(input, scratch), (out, row)| {
                input.copy_from_slice(row);
                along.process_with_scratch(input, out, scratch).expect("buffers have the plan's sizes");
            },
        );
        let down = FftPlanner::<f32>::new().plan_fft_forward(height);
        let mut values = vec![zero; columns * height];
        values.par_chunks_mut(GROUP * height).enumerate().for_each_init(
            || vec![zero; down.get_inplace_scratch_len()],
            |scratch, (group, out)| {
                turn(&rows, columns, group * GROUP, out, height);
                down.process_with_scratch(out, scratch);
            },
        );
        Self { width, height, values }
    }

    /// The plane again.
    pub fn inverse(self) -> Plane {
        let Self { width, height, mut values } = self;
        let mut out = Plane::zeros(width, height);
        if values.is_empty() {
            return out;
        }
        let columns = width / 2 + 1;
        let zero = Complex::new(0.0, 0.0);
        let down = FftPlanner::<f32>::new().plan_fft_inverse(height);
        values.par_chunks_mut(GROUP * height).for_each_init(
            || vec![zero; down.get_inplace_scratch_len()],
            |scratch, group| down.process_with_scratch(group, scratch),
        );
        let along = RealFftPlanner::<f32>::new().plan_fft_inverse(width);
        let scale = 1.0 / (width as f32 * height as f32);
        out.samples.par_chunks_mut(GROUP * width).enumerate().for_each_init(
            || (vec![zero; GROUP * columns], along.make_scratch_vec()),
            |(rows, scratch), (group, out)| {
                let rows = &mut rows[..out.len() / width * columns];
                turn(&values, height, group * GROUP, rows, columns);
                for (row, out) in rows.chunks_exact_mut(columns).zip(out.chunks_exact_mut(width)) {
                    // What rounding leaves there cannot belong to a real row.
                    row[0].im = 0.0;
                    if width % 2 == 0 {
                        row[columns - 1].im = 0.0;
                    }
                    along.process_with_scratch(row, out, scratch).expect("buffers have the plan's sizes");
                    out.iter_mut().for_each(|value| *value *= scale);
                }
            },
        );
        out
    }

    /// The value at column frequency `u` and row frequency `v`, counted modulo the size: -1 is the last.
    ///
    /// # Panics
    /// If the plane is empty.
    pub fn at(&self, u: isize, v: isize) -> Complex<f32> {
        let u = u.rem_euclid(self.width as isize) as usize;
        let v = v.rem_euclid(self.height as isize) as usize;
        if u <= self.width / 2 {
            self.values[u * self.height + v]
        } else {
            self.values[(self.width - u) * self.height + (self.height - v) % self.height].conj()
        }
    }

    /// A number for each frequency of the whole spectrum, frequency 0 in the middle, at column `width / 2`
    /// and row `height / 2`: `Complex::norm` for magnitudes, `Complex::arg` for phases.
    pub fn centred(&self, number: impl Fn(Complex<f32>) -> f32 + Sync) -> Plane {
        let (width, height) = (self.width, self.height);
        let mut out = Plane::zeros(width, height);
        let (half, middle) = ((width / 2) as isize, (height / 2) as isize);
        out.samples.par_chunks_mut(width.max(1)).zip(0_isize..height as isize).for_each(|(row, y)| {
            for (x, value) in (0..).zip(row) {
                *value = number(self.at(x - half, y - middle));
            }
        });
        out
    }

    /// Divides every value by its magnitude, so that phases alone are left; zeros stay.
    pub fn whiten(&mut self) {
        self.values.par_iter_mut().for_each(|value| {
            let norm = value.norm();
            if norm > 0.0 {
                *value /= norm;
            }
        });
    }

    /// Multiplies by the conjugate of `other`, frequency by frequency: the spectrum of the circular cross-
    /// correlation of both planes ([`correlate`]).
    ///
    /// # Panics
    /// If the sizes differ.
    pub fn multiply_conjugate(&mut self, other: &Self) {
        assert_eq!((self.width, self.height), (other.width, other.height), "spectra of one size");
        self.values.par_iter_mut().zip(&other.values).for_each(|(a, b)| *a *= b.conj());
    }
}

/// Circular cross-correlation: `out[t][s] = sum over y, x of a[y + t][x + s] b[y][x]`, indices modulo the
/// size. Where `b` is `a` moved by (s, t) up and to the left, the peak is at column s and row t.
///
/// # Panics
/// If the sizes differ.
pub fn correlate(a: &Plane, b: &Plane) -> Plane {
    let mut spectrum = Spectrum::forward(a);
    spectrum.multiply_conjugate(&Spectrum::forward(b));
    spectrum.inverse()
}

/// The least size from `size` on whose prime factors are 2, 3, 5 and 7: the transforms of such sizes are fast.
pub fn fast_size(size: usize) -> usize {
    let smooth = |mut n: usize| {
        for prime in [2, 3, 5, 7] {
            while n.is_multiple_of(prime) {
                n /= prime;
            }
        }
        n == 1
    };
    (size.max(1)..).find(|&n| smooth(n)).expect("there is a power of 2 above")
}

/// Writes columns `first..` of a matrix with rows of `wide` values as rows of `high` values into `out`.
fn turn(matrix: &[Complex<f32>], wide: usize, first: usize, out: &mut [Complex<f32>], high: usize) {
    let count = out.len() / high;
    for (y, row) in matrix.chunks_exact(wide).enumerate() {
        for (i, &value) in row[first..first + count].iter().enumerate() {
            out[i * high + y] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plane(width: usize, height: usize, seed: u32) -> Plane {
        let value =
            |i: usize| (((i as u32).wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(977)) >> 24) as f32;
        Plane { width, height, samples: (0..width * height).map(value).collect() }
    }

    #[test]
    fn two_by_two_is_sums_and_differences() {
        let spectrum = Spectrum::forward(&Plane { width: 2, height: 2, samples: vec![1.0, 2.0, 4.0, 8.0] });
        let found = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(u, v)| spectrum.at(u, v).re);
        assert_eq!(found, [15.0, -5.0, -9.0, 3.0]);
        assert_eq!(spectrum.centred(|v| v.norm()).samples, [3.0, 9.0, 5.0, 15.0]);
    }

    #[test]
    fn a_wave_has_one_frequency_and_its_conjugate() {
        let (width, height) = (12, 7);
        let turn = std::f32::consts::TAU;
        let phase = |x: usize, y: usize| turn * (2.0 * x as f32 / 12.0 + 3.0 * y as f32 / 7.0) + 0.5;
        let samples = (0..width * height).map(|i| phase(i % width, i / width).cos()).collect();
        let spectrum = Spectrum::forward(&Plane { width, height, samples });
        for u in 0..width as isize {
            for v in 0..height as isize {
                let value = spectrum.at(u, v);
                let expected = match (u, v) {
                    (2, 3) => Complex::from_polar(42.0, 0.5),
                    (10, 4) => Complex::from_polar(42.0, -0.5),
                    _ => Complex::new(0.0, 0.0),
                };
                assert!((value - expected).norm() < 1e-3, "{u},{v}: {value}");
            }
        }
        assert_eq!(spectrum.at(-10, -4), spectrum.at(2, 3));
    }

    #[test]
    fn a_moved_plane_peaks_where_it_was_moved() {
        let a = plane(20, 9, 3);
        let mut b = a.clone();
        for y in 0..9 {
            for x in 0..20 {
                b.samples[y * 20 + x] = a.samples[(y + 2) % 9 * 20 + (x + 17) % 20];
            }
        }
        let found = correlate(&a, &b);
        let energy: f32 = a.samples.iter().map(|v| v * v).sum();
        let peak = (0..180).max_by(|&i, &j| found.samples[i].total_cmp(&found.samples[j])).unwrap();
        assert_eq!((peak % 20, peak / 20), (17, 2));
        assert!((found.samples[peak] / energy - 1.0).abs() < 1e-5);
        // Phases alone give 1 there and 0 elsewhere.
        let mut spectrum = Spectrum::forward(&a);
        spectrum.multiply_conjugate(&Spectrum::forward(&b));
        spectrum.whiten();
        let found = spectrum.inverse();
        let one = |i: usize| if i == peak { 1.0 } else { 0.0 };
        assert!(found.samples.iter().enumerate().all(|(i, v)| (v - one(i)).abs() < 1e-4));
    }

    #[test]
    fn sizes_with_small_factors_stay() {
        assert_eq!([0, 1, 11, 4000, 3008].map(fast_size), [1, 1, 12, 4000, 3024]);
    }

    #[test]
    fn an_empty_plane_stays_empty() {
        let spectrum = Spectrum::forward(&Plane::zeros(0, 4));
        assert_eq!(spectrum.centred(|v| v.norm()), Plane::zeros(0, 4));
        assert_eq!(spectrum.inverse(), Plane::zeros(0, 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn sums_are_those_of_the_definition_and_the_inverse_gives_the_plane_back(
            width in 1_usize..40, height in 1_usize..40, seed in 0_u32..1000, u in 0_usize..40, v in 0_usize..40,
        ) {
            let plane = plane(width, height, seed);
            let spectrum = Spectrum::forward(&plane);
            let (u, v) = (u % width, v % height);
            let sum: Complex<f64> = plane.samples.iter().enumerate().map(|(i, &value)| {
                let (x, y) = (i % width, i / width);
                let turns = (u * x) as f64 / width as f64 + (v * y) as f64 / height as f64;
                Complex::from_polar(f64::from(value), -std::f64::consts::TAU * turns)
            }).sum();
            let found = spectrum.at(u as isize, v as isize);
            let off = (f64::from(found.re) - sum.re).hypot(f64::from(found.im) - sum.im);
            prop_assert!(off < 0.05, "{} {}", found, sum);
            for (a, b) in spectrum.inverse().samples.iter().zip(&plane.samples) {
                prop_assert!((a - b).abs() < 1e-3, "{} {}", a, b);
            }
        }
    }
}
