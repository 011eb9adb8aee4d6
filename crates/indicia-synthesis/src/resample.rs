//! Resizing as Pillow does it: a filter as wide as the reduction, weights in fixed point, rows first, 8-bit
//! samples between the two passes.

use indicia_core::{Limits, Picture, Result};
use rayon::prelude::*;

/// Bits of a weight's fraction (Pillow's `PRECISION_BITS`).
const FRACTION: u32 = 22;

/// Interpolation filters, by their name in Pillow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Box,
    Bilinear,
    Bicubic,
    Lanczos,
}

impl Filter {
    fn support(self) -> f64 {
        match self {
            Self::Box => 0.5,
            Self::Bilinear => 1.0,
            Self::Bicubic => 2.0,
            Self::Lanczos => 3.0,
        }
    }

    /// The filter's weight at a distance, in its own unit.
    pub(crate) fn at(self, x: f64) -> f64 {
        let sinc = |x: f64| {
            let x = x * std::f64::consts::PI;
            if x == 0.0 { 1.0 } else { libm::sin(x) / x }
        };
        let off = x.abs();
        match self {
            Self::Box if x > -0.5 && x <= 0.5 => 1.0,
            Self::Bilinear if off < 1.0 => 1.0 - off,
            // Keys (1981) with a = -1/2.
            Self::Bicubic if off < 1.0 => (1.5 * off - 2.5) * off * off + 1.0,
            Self::Bicubic if off < 2.0 => ((off - 5.0) * off + 8.0) * off * -0.5 + 2.0,
            Self::Lanczos if (-3.0..3.0).contains(&x) => sinc(x) * sinc(x / 3.0),
            _ => 0.0,
        }
    }
}

/// Weights of one output place: where they begin and how many there are in the common list.
struct Weights {
    taps: Vec<(usize, usize, usize)>,
    weights: Vec<i32>,
}

impl Weights {
    /// For `out` places over the stretch `from..to` of `input` places.
    fn new(filter: Filter, input: usize, (from, to): (f64, f64), out: usize) -> Self {
        let scale = (to - from) / out as f64;
        let wide = scale.max(1.0);
        let support = filter.support() * wide;
        let mut found = Self { taps: Vec::with_capacity(out), weights: vec![] };
        for i in 0..out {
            let centre = from + (i as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5).max(0.0) as usize).min(input).max(first + 1);
            let raw: Vec<f64> = (first..end).map(|x| filter.at((x as f64 - centre + 0.5) / wide)).collect();
            let sum: f64 = raw.iter().sum();
            let scale = f64::from(1 << FRACTION) / if sum == 0.0 { 1.0 } else { sum };
            found.taps.push((first, found.weights.len(), end - first));
            found.weights.extend(raw.iter().map(|w| {
                let w = w * scale;
                (if w < 0.0 { w - 0.5 } else { w + 0.5 }) as i32
            }));
        }
        found
    }

    fn of(&self, i: usize) -> (usize, &[i32]) {
        let (first, start, count) = self.taps[i];
        (first, &self.weights[start..start + count])
    }
}

fn sample(sum: i32) -> u8 {
    (sum >> FRACTION).clamp(0, 255) as u8
}

/// Brings a picture to another size.
///
/// # Errors
/// `Limits` if the size exceeds them, `Input` if a side is 0.
pub(crate) fn resize(
    picture: &Picture,
    width: usize,
    height: usize,
    filter: Filter,
    limits: &Limits,
) -> Result<Picture> {
    let whole = [(0.0, picture.width as f64), (0.0, picture.height as f64)];
    resize_part(picture, whole, width, height, filter, limits)
}

/// Brings a picture to another size by the cubic filter, within the default limits.
///
/// # Errors
/// As [`resize`].
pub(crate) fn bicubic(picture: &Picture, width: usize, height: usize) -> Result<Picture> {
    resize(picture, width, height, Filter::Bicubic, &Limits::default())
}

/// Brings a part of a picture, columns and rows from one place to another, to another size.
///
/// # Errors
/// As [`resize`].
pub(crate) fn resize_part(
    picture: &Picture,
    [columns, rows]: [(f64, f64); 2],
    width: usize,
    height: usize,
    filter: Filter,
    limits: &Limits,
) -> Result<Picture> {
    limits.check_picture(width as u64, height as u64, 3)?;
    limits.check_picture(width as u64, picture.height as u64, 3)?;
    let same = |n: usize, out: usize, (from, to): (f64, f64)| n == out && from == 0.0 && to == n as f64;
    let across = if same(picture.width, width, columns) {
        picture.rgb.clone()
    } else {
        let weights = Weights::new(filter, picture.width, columns, width);
        let mut out = vec![0; width * picture.height * 3];
        let lines = picture.rgb.par_chunks(picture.width * 3);
        out.par_chunks_mut(width * 3).zip(lines).for_each(|(out, line)| {
            for (x, out) in out.chunks_exact_mut(3).enumerate() {
                let (first, weights) = weights.of(x);
                let mut sum = [1 << (FRACTION - 1); 3];
                for (pixel, weight) in line[first * 3..].chunks_exact(3).zip(weights) {
                    for (sum, sample) in sum.iter_mut().zip(pixel) {
                        *sum += weight * i32::from(*sample);
                    }
                }
                out.iter_mut().zip(sum).for_each(|(out, sum)| *out = sample(sum));
            }
        });
        out
    };
    if same(picture.height, height, rows) {
        return Ok(Picture { width, height, rgb: across });
    }
    let weights = Weights::new(filter, picture.height, rows, height);
    let mut rgb = vec![0; width * height * 3];
    rgb.par_chunks_mut(width * 3).enumerate().for_each_init(
        || vec![0; width * 3],
        |sums, (y, out)| {
            let (first, weights) = weights.of(y);
            sums.fill(1 << (FRACTION - 1));
            for (line, weight) in across[first * width * 3..].chunks_exact(width * 3).zip(weights) {
                for (sum, sample) in sums.iter_mut().zip(line) {
                    *sum += weight * i32::from(*sample);
                }
            }
            out.iter_mut().zip(&*sums).for_each(|(out, sum)| *out = sample(*sum));
        },
    );
    Ok(Picture { width, height, rgb })
}

/// Brings a picture to another size by the nearest pixel, pixel centres on pixel centres.
///
/// # Errors
/// As [`resize`].
pub(crate) fn resize_nearest(
    picture: &Picture,
    width: usize,
    height: usize,
    limits: &Limits,
) -> Result<Picture> {
    limits.check_picture(width as u64, height as u64, 3)?;
    let places = |from: usize, to: usize| {
        // Steps are added up as Pillow does: where a centre falls between two pixels, rounding decides.
        let step = from as f64 / to as f64;
        let mut at = step * 0.5;
        let next = |_| {
            let place = (at as usize).min(from - 1);
            at += step;
            place
        };
        (0..to).map(next).collect::<Vec<usize>>()
    };
    let (columns, rows) = (places(picture.width, width), places(picture.height, height));
    let mut rgb = vec![0; width * height * 3];
    rgb.par_chunks_mut(width * 3).enumerate().for_each(|(y, out)| {
        let line = &picture.rgb[rows[y] * picture.width * 3..];
        for (out, x) in out.chunks_exact_mut(3).zip(&columns) {
            out.copy_from_slice(&line[x * 3..x * 3 + 3]);
        }
    });
    Ok(Picture { width, height, rgb })
}

/// A side times a factor, rounded, at least 1.
pub(crate) fn times(side: usize, factor: f64) -> usize {
    ((side as f64 * factor).round() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: usize, values: &[u8]) -> Picture {
        let rgb = values.iter().flat_map(|v| [*v; 3]).collect();
        Picture { width, height: values.len() / width, rgb }
    }

    fn resized(values: &[u8], width: usize, filter: Filter) -> Vec<u8> {
        let out = resize(&gray(values.len(), values), width, 1, filter, &Limits::default()).unwrap();
        out.rgb.chunks(3).map(|p| p[0]).collect()
    }

    #[test]
    fn halving_averages_and_doubling_repeats() {
        assert_eq!(resized(&[10, 20, 30, 50], 2, Filter::Box), [15, 40]);
        assert_eq!(resized(&[10, 30], 4, Filter::Bilinear), [10, 15, 25, 30]);
        for filter in [Filter::Box, Filter::Bilinear, Filter::Bicubic, Filter::Lanczos] {
            assert_eq!(resized(&[7, 7, 7, 7, 7], 3, filter), [7, 7, 7]);
            assert_eq!(resized(&[9], 3, filter), [9, 9, 9]);
        }
    }

    #[test]
    fn nearest_takes_the_pixel_under_the_centre() {
        let out = resize_nearest(&gray(4, &[1, 2, 3, 4, 5, 6, 7, 8]), 2, 1, &Limits::default()).unwrap();
        assert_eq!(out, gray(2, &[6, 8]));
    }

    #[test]
    fn sizes_beyond_the_limits_are_refused() {
        let small = Limits { pixels: 100, ..Limits::default() };
        assert!(resize(&gray(2, &[1, 2]), 1000, 1, Filter::Box, &small).is_err());
        assert!(resize_nearest(&gray(2, &[1, 2]), 1000, 1, &small).is_err());
        assert_eq!((times(10, 0.25), times(1, 0.1)), (3, 1));
    }
}
