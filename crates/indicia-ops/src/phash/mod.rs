//! The perceptual hash of pictures that most of the field uses: 64 signs of low DCT frequencies.
//!
//! Definition: that of `imagehash.phash` 4.x with its defaults, over Pillow, after C. Zauner, "Implementation
//! and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1: the gray picture brought to 32
//! by 32, its two-dimensional DCT-II, the 8 by 8 lowest frequencies, a bit for each that is greater than their
//! median. (Zauner's own pHash library skips the first row and column and smooths before; its hashes differ.)
//!
//! Gray and resampling are Pillow's, to the bit: integer luma, Lanczos kernel of three lobes stretched by the
//! scale, weights in 22-bit fixed point, across first and then down, rounded to 8 bits after each. Pillow 13
//! goes down first in pictures that are higher than wide, which moves a few bits of busy ones; here the order
//! is that of Pillow up to 12.3, with which stored hashes were made.

mod gray;
mod near;
mod resample;

use std::fmt;

use indicia_core::{Evidence, Result, View};

use crate::Rgb8;

pub use near::{NearPairs, near_pairs};

/// Side of the picture that is transformed.
const SIDE: usize = 32;
/// Frequencies kept in each direction.
const LOW: usize = 8;
/// Frequencies that are nearer to 0 than this are 0: in flat pictures only rounding is left of them, and it
/// must not decide a bit.
const ROUNDING: f64 = 1e-7;

/// A 64-bit perceptual hash. Pictures with few bits between them look alike; nearly flat pictures have
/// hashes that say little.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PerceptualHash(pub u64);

impl PerceptualHash {
    /// Of interleaved 8-bit RGB, rows from the top. `None` if a side is 0 or the length differs.
    pub fn of_rgb(rgb: &[u8], width: usize, height: usize) -> Option<Self> {
        let expected = width.checked_mul(height)?.checked_mul(3)?;
        if expected == 0 || rgb.len() != expected {
            return None;
        }
        let gray = gray::pillow_luma(rgb);
        Some(of_small(&resample::lanczos(&gray, width, height, SIDE, SIDE)))
    }

    /// Number of bits that differ, 0 to 64.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for PerceptualHash {
    /// 16 hexadecimal digits, as `str(imagehash.phash(...))`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl View for PerceptualHash {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        let rgb = evidence.view::<Rgb8>(())?;
        Self::of_rgb(&rgb.samples, rgb.width, rgb.height)
            .ok_or_else(|| indicia_core::Error::internal("a decoded picture without pixels"))
    }
}

/// The hash of a gray picture of `SIDE` by `SIDE`.
fn of_small(gray: &[u8]) -> PerceptualHash {
    // cosines[k][n] of the DCT-II without normalisation, as SciPy has it: 2 sum x[n] cos(pi k (2n + 1) / 2N).
    let cosines: Vec<[f64; SIDE]> = (0..LOW)
        .map(|k| {
            std::array::from_fn(|n| {
                2.0 * (std::f64::consts::PI * (k * (2 * n + 1)) as f64 / (2 * SIDE) as f64).cos()
            })
        })
        .collect();
    let mut down = [[0.0; SIDE]; LOW];
    for (row, cosines) in down.iter_mut().zip(&cosines) {
        for (line, cosine) in gray.chunks_exact(SIDE).zip(cosines) {
            for (sum, value) in row.iter_mut().zip(line) {
                *sum += f64::from(*value) * cosine;
            }
        }
    }
    let mut low = [0.0; LOW * LOW];
    for (out, (row, cosines)) in
        low.iter_mut().zip(down.iter().flat_map(|row| cosines.iter().map(move |c| (row, c))))
    {
        let sum: f64 = row.iter().zip(cosines).map(|(value, cosine)| value * cosine).sum();
        *out = if sum.abs() < ROUNDING { 0.0 } else { sum };
    }
    let mut sorted = low;
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = LOW * LOW / 2;
    let median = f64::midpoint(sorted[middle - 1], sorted[middle]);
    PerceptualHash(low.iter().fold(0, |bits, value| bits << 1 | u64::from(*value > median)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_picture_has_the_first_bit_only_and_black_has_none() {
        // Every frequency but the first is 0, and so is the median.
        assert_eq!(PerceptualHash::of_rgb(&[77; 5 * 4 * 3], 5, 4), Some(PerceptualHash(1 << 63)));
        assert_eq!(PerceptualHash::of_rgb(&[0; 3], 1, 1), Some(PerceptualHash(0)));
        assert_eq!(PerceptualHash::of_rgb(&[0; 3], 0, 1), None);
        assert_eq!(PerceptualHash::of_rgb(&[0; 4], 1, 1), None);
    }

    #[test]
    fn one_frequency_across_gives_its_bit() {
        // Column n is 128 + 100 cos(pi (2n + 1) / 64): frequencies (0, 0) and (0, 1) alone, up to rounding to
        // whole numbers, are far above the median.
        let column = |n: usize| {
            let angle = std::f64::consts::PI * (2 * n + 1) as f64 / 64.0;
            (128.0 + 100.0 * angle.cos()).round() as u8
        };
        let gray: Vec<u8> = (0..32).flat_map(|_| (0..32).map(column)).collect();
        let hash = of_small(&gray);
        assert_eq!(hash.0 >> 62, 0b11);
        // Rows are equal, so that no frequency down but the first is there.
        assert_eq!(hash.0 & ((1 << 56) - 1), 0);
        let turned: Vec<u8> = gray.iter().map(|v| 255 - v).collect();
        assert_eq!(of_small(&turned).0 >> 62, 0b10);
    }

    /// `width`, `height`, formula number, hash of `imagehash.phash`: made by `tests/phash.py`.
    #[derive(Debug)]
    struct Case(usize, usize, usize, u64);

    fn cases() -> Vec<Case> {
        let lines = include_str!("../../tests/phash.csv").lines().skip(1);
        let case = |line: &str| {
            let f: Vec<&str> = line.split(',').collect();
            let number = |i: usize| f[i].parse().unwrap();
            Case(number(0), number(1), number(2), u64::from_str_radix(f[3], 16).unwrap())
        };
        lines.map(case).collect()
    }

    /// The pictures of `tests/phash.py`: a wrapping integer formula a sample, smooth, textured or noisy.
    fn picture(width: usize, height: usize, formula: usize) -> Vec<u8> {
        let mut out = vec![];
        for y in 0..height {
            for x in 0..width {
                for c in 0..3 {
                    out.push(match formula {
                        0 => x * 255 / width.max(2) + y * (c + 1) / 3,
                        1 => (x * x + y * y * (c + 2)) / 97,
                        2 => (x * 7919 + y * 104_729 + c * 1_299_709) % 65_521 / 13,
                        _ => {
                            if (x / 9 + y / 5 + c) % 3 == 0 {
                                230
                            } else {
                                (x + 2 * y) / 4
                            }
                        }
                    } as u8);
                }
            }
        }
        out
    }

    #[test]
    fn hashes_equal_imagehash_to_the_bit() {
        let cases = cases();
        assert!(cases.len() > 30);
        for case in cases {
            let Case(width, height, formula, expected) = case;
            let hash = PerceptualHash::of_rgb(&picture(width, height, formula), width, height).unwrap();
            assert_eq!(hash.to_string(), format!("{expected:016x}"), "{case:?}");
        }
    }
}
