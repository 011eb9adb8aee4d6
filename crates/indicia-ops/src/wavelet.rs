//! Two-dimensional orthonormal wavelet transform with Daubechies' filters, half-sample symmetric extension.
//!
//! Definition and lengths are those of PyWavelets with `mode="symmetric"`: a signal of n samples gives
//! `(n + taps - 1) / 2` coefficients a band, and any size is allowed.
//!
//! Reference: I. Daubechies, Ten Lectures on Wavelets, SIAM, 1992, table 6.1.

use rayon::prelude::*;

use crate::combine::combine;
use crate::plane::{Plane, mirrored};

/// A Daubechies wavelet of least phase, by its number of vanishing moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Daubechies {
    /// 4 vanishing moments, 8 taps: PyWavelets' `db4`, "Daubechies 8" where taps are counted.
    Four,
    /// 8 vanishing moments, 16 taps: PyWavelets' `db8`.
    Eight,
}

const FOUR: [f32; 8] = [
    0.230_377_81,
    0.714_846_6,
    0.630_880_8,
    -0.027_983_77,
    -0.187_034_82,
    0.030_841_382,
    0.032_883_01,
    -0.010_597_402,
];

const EIGHT: [f32; 16] = [
    0.054_415_843,
    0.312_871_6,
    0.675_630_75,
    0.585_354_7,
    -0.015_829_105,
    -0.284_015_54,
    0.000_472_484_57,
    0.128_747_43,
    -0.017_369_302,
    -0.044_088_254,
    0.013_981_028,
    0.008_746_094,
    -0.004_870_353,
    -0.000_391_740_37,
    0.000_675_449_4,
    -0.000_117_476_78,
];

impl Daubechies {
    /// The scaling filter, sum √2: the low-pass filter of the inverse transform.
    pub fn scaling(self) -> &'static [f32] {
        match self {
            Self::Four => &FOUR,
            Self::Eight => &EIGHT,
        }
    }

    /// Low-pass and high-pass filter of the forward transform.
    fn analysis(self) -> [Vec<f32>; 2] {
        let scaling = self.scaling();
        let low = scaling.iter().rev().copied().collect();
        let high = scaling.iter().enumerate().map(|(i, &c)| if i % 2 == 0 { -c } else { c }).collect();
        [low, high]
    }

    /// Low-pass and high-pass filter of the inverse transform: the analysis filters reversed.
    fn synthesis(self) -> [Vec<f32>; 2] {
        self.analysis().map(|filter| filter.into_iter().rev().collect())
    }

    /// Coefficients a band of a signal of `len` samples.
    pub fn coefficients(self, len: usize) -> usize {
        if len == 0 { 0 } else { (len + self.scaling().len() - 1) / 2 }
    }
}

/// The detail bands of one level. Names follow PyWavelets.
#[derive(Debug, Clone, PartialEq)]
pub struct Details {
    /// Horizontal details: high-pass down the columns, low-pass along the rows.
    pub horizontal: Plane,
    /// Vertical details: low-pass down the columns, high-pass along the rows.
    pub vertical: Plane,
    /// Diagonal details: high-pass in both directions.
    pub diagonal: Plane,
}

/// A plane in its wavelet coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The wavelet.
    pub wavelet: Daubechies,
    /// Columns and rows of the plane.
    pub size: (usize, usize),
    /// What is left after the last level.
    pub approximation: Plane,
    /// Detail bands, the finest level first.
    pub details: Vec<Details>,
}

impl Decomposition {
    /// Transforms `plane` over `levels` levels. Levels beyond the one at which a side has fewer samples than
    /// the filter has taps are computed on mirrored samples, as PyWavelets does with a warning.
    pub fn forward(plane: &Plane, wavelet: Daubechies, levels: usize) -> Self {
        let size = (plane.width, plane.height);
        let mut details = vec![];
        let mut approximation = None;
        for _ in 0..levels {
            let (next, bands) = analyse(approximation.as_ref().unwrap_or(plane), wavelet);
            approximation = Some(next);
            details.push(bands);
        }
        Self { wavelet, size, approximation: approximation.unwrap_or_else(|| plane.clone()), details }
    }

    /// The plane again.
    pub fn inverse(self) -> Plane {
        let mut sizes = vec![self.size];
        sizes.extend(self.details.iter().map(|d| (d.diagonal.width, d.diagonal.height)));
        let mut plane = self.approximation;
        for (details, &size) in self.details.into_iter().zip(&sizes).rev() {
            plane = synthesise(&plane, &details, self.wavelet, size);
        }
        plane
    }
}

/// One level of the forward transform: approximation and details.
pub fn analyse(plane: &Plane, wavelet: Daubechies) -> (Plane, Details) {
    let (width, height) = (plane.width, plane.height);
    if plane.samples.is_empty() {
        let empty = || Plane::zeros(0, 0);
        return (empty(), Details { horizontal: empty(), vertical: empty(), diagonal: empty() });
    }
    let filters = wavelet.analysis();
    let taps = filters[0].len();
    let (columns, rows) = (wavelet.coefficients(width), wavelet.coefficients(height));
    let mut bands: [Plane; 4] = std::array::from_fn(|_| Plane::zeros(columns, rows));
    let [ll, lh, hl, hh] = bands.each_mut().map(|band| band.samples.par_chunks_mut(columns));
    // Where the sample that tap j of coefficient k reads lies: 2 k + 1 - j, from 2 - taps on.
    let first = 2 - taps as isize;
    let padded: Vec<usize> =
        (0..2 * columns + taps - 2).map(|i| mirrored(i as isize + first, width)).collect();
    let half = columns + taps / 2;
    ll.zip(lh).zip(hl).zip(hh).enumerate().for_each_init(
        || (vec![0.0; width], vec![0.0; half], vec![0.0; half]),
        |(line, even, odd), (k, (((ll, lh), hl), hh))| {
            let sources: Vec<&[f32]> =
                (0..taps).map(|j| plane.row(mirrored(2 * k as isize + 1 - j as isize, height))).collect();
            for (filter, [low, high]) in filters.iter().zip([[ll, lh], [hl, hh]]) {
                combine(line, &sources, filter);
                for (pair, (even, odd)) in padded.chunks_exact(2).zip(even.iter_mut().zip(odd.iter_mut())) {
                    (*even, *odd) = (line[pair[0]], line[pair[1]]);
                }
                // Tap j reads padded sample 2 k + taps - 1 - j.
                let shifted: Vec<&[f32]> = (0..taps)
                    .map(|j| taps - 1 - j)
                    .map(|at| if at % 2 == 0 { &even[at / 2..] } else { &odd[at / 2..] })
                    .collect();
                combine(low, &shifted, &filters[0]);
                combine(high, &shifted, &filters[1]);
            }
        },
    );
    let [approximation, vertical, horizontal, diagonal] = bands;
    (approximation, Details { horizontal, vertical, diagonal })
}

/// Standard deviation of white noise in a plane: the median absolute value of the finest diagonal details, with 4
/// vanishing moments, over 0.6745 (the median of a standard normal variable's). Content raises it; 0 for an empty plane.
///
/// Reference: D. L. Donoho, I. M. Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 81(3), 1994.
pub fn noise_deviation(plane: &Plane) -> f32 {
    let (_, details) = analyse(plane, Daubechies::Four);
    let mut sizes: Vec<f32> = details.diagonal.samples.iter().map(|v| v.abs()).collect();
    if sizes.is_empty() {
        return 0.0;
    }
    let middle = sizes.len() / 2;
    *sizes.select_nth_unstable_by(middle, f32::total_cmp).1 / 0.674_489_75
}

/// One level of the inverse transform, to a plane of `size` (columns, rows).
fn synthesise(approximation: &Plane, details: &Details, wavelet: Daubechies, size: (usize, usize)) -> Plane {
    let mut out = Plane::zeros(size.0, size.1);
    if out.samples.is_empty() {
        return out;
    }
    let [low, high] = wavelet.synthesis();
    // Sample y reads coefficient y / 2 + half - 1 - i with tap 2 i + y mod 2.
    let half = low.len() / 2;
    let phases: [Vec<f32>; 2] = [0, 1].map(|phase| {
        let of = |filter: &[f32]| filter.iter().skip(phase).step_by(2).copied().collect::<Vec<_>>();
        [of(&low), of(&high)].concat()
    });
    let pairs = size.0.div_ceil(2);
    let columns = details.diagonal.width;
    out.samples.par_chunks_mut(size.0).enumerate().for_each_init(
        || [columns, columns, pairs, pairs].map(|len| vec![0.0; len]),
        |[low, high, even, odd], (y, row)| {
            let taps = |i: usize| y / 2 + half - 1 - i;
            for (out, coarse, fine) in [
                (&mut *low, approximation, &details.horizontal),
                (&mut *high, &details.vertical, &details.diagonal),
            ] {
                let sources: Vec<&[f32]> = (0..half)
                    .map(|i| &coarse.row(taps(i))[..columns])
                    .chain((0..half).map(|i| fine.row(taps(i))))
                    .collect();
                combine(out, &sources, &phases[y % 2]);
            }
            let shifted: Vec<&[f32]> = [&*low, &*high]
                .into_iter()
                .flat_map(|band| (0..half).map(|i| &band[half - 1 - i..]))
                .collect();
            combine(even, &shifted, &phases[0]);
            combine(odd, &shifted, &phases[1]);
            for (pair, (even, odd)) in row.chunks_mut(2).zip(even.iter().zip(odd.iter())) {
                pair[0] = *even;
                if let Some(second) = pair.get_mut(1) {
                    *second = *odd;
                }
            }
        },
    );
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn filters_are_orthonormal_and_kill_polynomials() {
        for (wavelet, moments) in [(Daubechies::Four, 4), (Daubechies::Eight, 8)] {
            let [low, high] = wavelet.analysis();
            assert!((low.iter().sum::<f32>() - 2_f32.sqrt()).abs() < 1e-6);
            for shift in (0..low.len()).step_by(2) {
                let product =
                    |a: &[f32], b: &[f32]| a[shift..].iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
                let one = if shift == 0 { 1.0 } else { 0.0 };
                assert!((product(&low, &low) - one).abs() < 1e-6);
                assert!((product(&high, &high) - one).abs() < 1e-6);
                assert!(product(&low, &high).abs() < 1e-6);
            }
            for power in 0..moments {
                let at = |i: usize| ((i as f64 + 0.5) / low.len() as f64).powi(power);
                let moment: f64 = high.iter().enumerate().map(|(i, &c)| f64::from(c) * at(i)).sum();
                assert!(moment.abs() < 1e-6, "moment {power}: {moment}");
            }
        }
    }

    #[test]
    fn a_constant_has_no_details() {
        let plane = Plane { width: 9, height: 5, samples: vec![3.0; 45] };
        let done = Decomposition::forward(&plane, Daubechies::Four, 2);
        assert!(done.details.iter().all(|d| d.diagonal.samples.iter().all(|v| v.abs() < 1e-5)));
        // Each level multiplies a constant by √2 in each direction.
        assert!(done.approximation.samples.iter().all(|v| (v - 12.0).abs() < 1e-4));
    }

    #[test]
    fn stripes_lie_in_the_band_of_their_direction() {
        // Rows of 0 and 8 in turn change down the columns only: a high-pass value of ±4 √2 times √2.
        let samples = (0..32 * 32).map(|i| if i / 32 % 2 == 0 { 0.0 } else { 8.0 }).collect();
        let (_, details) = analyse(&Plane { width: 32, height: 32, samples }, Daubechies::Four);
        let middle = |plane: &Plane| plane.row(9)[9].abs();
        assert!((middle(&details.horizontal) - 8.0).abs() < 1e-4);
        assert!(middle(&details.vertical) < 1e-4 && middle(&details.diagonal) < 1e-4);
    }

    #[test]
    fn the_deviation_of_signs_is_near_their_size() {
        // Random signs of size 6: not normal, but sums of 64 products of them nearly are.
        let mut state = 9_u64;
        let sign = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 63 == 0 { 6.0 } else { -6.0 }
        };
        let plane = Plane { width: 128, height: 128, samples: (0..128 * 128).map(sign).collect() };
        let found = noise_deviation(&plane);
        assert!((found - 6.0).abs() < 0.6, "{found}");
        assert_eq!(noise_deviation(&Plane::zeros(0, 0)), 0.0);
    }

    #[test]
    fn an_empty_plane_stays_empty() {
        let empty = Plane::zeros(0, 7);
        assert_eq!(Decomposition::forward(&empty, Daubechies::Eight, 3).inverse().samples, [0.0; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_inverse_gives_the_plane_back(width in 1_usize..60, height in 1_usize..40, levels in 0_usize..5, seed in 0_u32..1000) {
            let value = |i: usize| (((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed * 977)) >> 24) as f32;
            let plane = Plane { width, height, samples: (0..width * height).map(value).collect() };
            for wavelet in [Daubechies::Four, Daubechies::Eight] {
                let again = Decomposition::forward(&plane, wavelet, levels).inverse();
                prop_assert_eq!((again.width, again.height), (width, height));
                for (a, b) in again.samples.iter().zip(&plane.samples) {
                    prop_assert!((a - b).abs() < 2e-3, "{} {}", a, b);
                }
            }
        }
    }
}
