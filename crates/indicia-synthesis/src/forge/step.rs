use indicia_codec::jpeg::{self, recompress};
use indicia_core::Picture;
use indicia_core::{Error, Result};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::mask::Mask;
use super::{filter, sampling};
use crate::corrupt::normal::normal;
use crate::resample::bicubic;

/// Longest side that a resize may ask for.
const LONGEST: usize = 65_535;
/// Standard deviations above this are refused: their kernels would take minutes.
const STRONGEST_BLUR: f64 = 100.0;

/// Sampling of the colour planes of a JPEG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subsampling {
    /// Full size.
    #[serde(rename = "4:4:4")]
    S444,
    /// Half the columns.
    #[serde(rename = "4:2:2")]
    S422,
    /// Half the columns and rows.
    #[serde(rename = "4:2:0")]
    S420,
}

impl Subsampling {
    /// Name as histories and tables write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::S444 => "4:4:4",
            Self::S422 => "4:2:2",
            Self::S420 => "4:2:0",
        }
    }
}

impl From<Subsampling> for jpeg::Subsampling {
    fn from(value: Subsampling) -> Self {
        match value {
            Subsampling::S444 => Self::S444,
            Subsampling::S422 => Self::S422,
            Subsampling::S420 => Self::S420,
        }
    }
}

/// One thing that happens to a whole picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Saved as JPEG and read back, as libjpeg-turbo does it.
    Jpeg {
        /// libjpeg's quality, 1 to 100.
        quality: u8,
        /// Sampling of the colour planes.
        subsampling: Subsampling,
    },
    /// Cut to a rectangle.
    Crop {
        /// First column.
        x: usize,
        /// First row.
        y: usize,
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Resized by Keys' cubic kernel, widened for reduction.
    Resize {
        /// New columns.
        width: usize,
        /// New rows.
        height: usize,
    },
    /// Smoothed by a Gaussian.
    Blur {
        /// Standard deviation in pixels.
        sigma: f64,
    },
    /// Median of each channel.
    Median {
        /// Half the side of the square, 1 for 3x3.
        radius: usize,
    },
    /// Sharpened: the picture plus `amount` times its difference to a blur with a standard deviation of 1.
    Sharpen {
        /// Strength.
        amount: f64,
    },
    /// Gaussian noise added to each sample.
    Noise {
        /// Standard deviation in grey levels.
        sigma: f64,
        /// Seed.
        seed: u64,
    },
    /// Each channel becomes `128 + gain * (v - 128) + offset`, then colours are drawn apart from their luma
    /// (BT.601) by `saturation`.
    Colour {
        /// Gains of red, green and blue; 1 changes nothing.
        gain: [f64; 3],
        /// Grey levels added to red, green and blue.
        offset: [f64; 3],
        /// Factor of the distance from luma; 1 changes nothing.
        saturation: f64,
    },
    /// Reduced by a factor and enlarged again to its size.
    DownUp {
        /// Factor, 1 or more.
        factor: f64,
    },
}

impl Step {
    /// Applies the step.
    ///
    /// # Errors
    /// `Input` if a number lies outside its range or the picture.
    pub fn apply(&self, picture: &Picture) -> Result<Picture> {
        let Picture { width, height, rgb } = picture;
        let refuse = |expected: &str| {
            Err(Error::input(format!("expected {expected}, got {self:?} of {width}x{height} pixels")))
        };
        let same = |rgb| Ok(Picture { width: *width, height: *height, rgb });
        match self {
            Self::Jpeg { quality, subsampling } => {
                if !(1..=100).contains(quality) {
                    return refuse("a quality of 1 to 100");
                }
                same(recompress(rgb, *width, *height, *quality, (*subsampling).into()))
            }
            Self::Crop { x, y, width: columns, height: rows } => {
                let fits = |from: &usize, count: &usize, size: &usize| {
                    *count > 0 && from.checked_add(*count).is_some_and(|end| end <= *size)
                };
                if !fits(x, columns, width) || !fits(y, rows, height) {
                    return refuse("a crop inside the picture");
                }
                Ok(crop(picture, *x, *y, *columns, *rows))
            }
            Self::Resize { width, height } => {
                if !(1..=LONGEST).contains(width) || !(1..=LONGEST).contains(height) || rgb.is_empty() {
                    return refuse("sides of 1 to 65535");
                }
                bicubic(picture, *width, *height)
            }
            Self::Blur { sigma } => {
                if !(0.0..=STRONGEST_BLUR).contains(sigma) {
                    return refuse("a blur of 0 to 100 pixels");
                }
                same(filter::gaussian::<3>(rgb, *width, *sigma))
            }
            Self::Median { radius } => {
                if *radius > 10 {
                    return refuse("a median of radius 0 to 10");
                }
                same(filter::median(rgb, *width, *radius))
            }
            Self::Sharpen { amount } => {
                if !amount.is_finite() {
                    return refuse("a finite amount");
                }
                let soft = filter::gaussian::<3>(rgb, *width, 1.0);
                let sharp = |(v, soft): (&u8, &u8)| {
                    let (v, soft) = (f64::from(*v), f64::from(*soft));
                    (v + amount * (v - soft) + 0.5) as u8
                };
                same(rgb.par_iter().zip(&soft).map(sharp).collect())
            }
            Self::Noise { sigma, seed } => {
                if !(0.0..=255.0).contains(sigma) {
                    return refuse("noise of 0 to 255 grey levels");
                }
                same(noise(rgb, *width, *sigma, *seed))
            }
            Self::Colour { gain, offset, saturation } => {
                if gain.iter().chain(offset).chain([saturation]).any(|v| !v.is_finite()) {
                    return refuse("finite numbers");
                }
                same(colour(rgb, *gain, *offset, *saturation))
            }
            Self::DownUp { factor } => {
                if !(1.0..=64.0).contains(factor) || rgb.is_empty() {
                    return refuse("a factor of 1 to 64");
                }
                let side = |n: usize| ((n as f64 / factor).round() as usize).max(1);
                let small = bicubic(picture, side(*width), side(*height))?;
                bicubic(&small, *width, *height)
            }
        }
    }

    /// Applies the step's geometry to a mask of the same picture.
    pub fn apply_to_mask(&self, mask: &Mask) -> Mask {
        match self {
            Self::Crop { x, y, width, height } => {
                let rows = mask.samples.chunks_exact(mask.width).skip(*y).take(*height);
                let samples = rows.flat_map(|row| row[*x..x + width].iter().copied()).collect();
                Mask { width: *width, height: *height, samples }
            }
            Self::Resize { width, height } => sampling::resize_nearest(mask, *width, *height),
            _ => mask.clone(),
        }
    }
}

/// Applies steps one after the other.
///
/// # Errors
/// Those of [`Step::apply`].
pub fn apply_all(steps: &[Step], picture: &Picture) -> Result<Picture> {
    let Some((first, rest)) = steps.split_first() else { return Ok(picture.clone()) };
    rest.iter().try_fold(first.apply(picture)?, |picture, step| step.apply(&picture))
}

/// A rectangle of a picture, which must hold it.
pub(super) fn crop(picture: &Picture, x: usize, y: usize, width: usize, height: usize) -> Picture {
    let rows = picture.rgb.chunks_exact(picture.width * 3).skip(y).take(height);
    let rgb = rows.flat_map(|row| row[x * 3..(x + width) * 3].iter().copied()).collect();
    Picture { width, height, rgb }
}

/// Each row has a stream of its own, so that the noise is the same for any number of threads.
fn noise(rgb: &[u8], width: usize, sigma: f64, seed: u64) -> Vec<u8> {
    let mut out = rgb.to_vec();
    out.par_chunks_mut((width * 3).max(1)).enumerate().for_each(|(row, out)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(row as u64);
        for v in out {
            *v = (f32::from(*v) + sigma as f32 * normal(rng.random()) + 0.5) as u8;
        }
    });
    out
}

fn colour(rgb: &[u8], gain: [f64; 3], offset: [f64; 3], saturation: f64) -> Vec<u8> {
    let mut out = rgb.to_vec();
    out.as_chunks_mut::<3>().0.par_iter_mut().for_each(|pixel| {
        let mut v = [0, 1, 2].map(|k| 128.0 + gain[k] * (f64::from(pixel[k]) - 128.0) + offset[k]);
        let luma = 0.299 * v[0] + 0.587 * v[1] + 0.114 * v[2];
        v = v.map(|v| luma + saturation * (v - luma));
        *pixel = v.map(|v| (v + 0.5) as u8);
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(width: usize, height: usize) -> Picture {
        let rgb = (0..width * height * 3).map(|i| (i * 7 % 256) as u8).collect();
        Picture { width, height, rgb }
    }

    #[test]
    fn steps_do_what_they_say_on_a_pixel() {
        let pixel = Picture { width: 1, height: 1, rgb: vec![100, 120, 140] };
        let of = |step: Step| step.apply(&pixel).unwrap().rgb;
        let colour = |gain, offset, saturation| Step::Colour { gain: [gain; 3], offset, saturation };
        assert_eq!(of(colour(2.0, [0.0, 10.0, 200.0], 1.0)), [72, 122, 255]);
        // Luma is 0.299 * 100 + 0.587 * 120 + 0.114 * 140 = 116.3.
        assert_eq!(of(colour(1.0, [0.0; 3], 0.0)), [116; 3]);
        assert_eq!(of(Step::Noise { sigma: 0.0, seed: 1 }), pixel.rgb);
        assert_eq!(of(Step::Sharpen { amount: 3.0 }), pixel.rgb);
        assert_eq!(of(Step::Resize { width: 2, height: 1 }), [100, 120, 140, 100, 120, 140]);
    }

    #[test]
    fn noise_has_the_strength_that_was_asked_for() {
        let flat = Picture { width: 100, height: 100, rgb: vec![128; 30_000] };
        let noisy = Step::Noise { sigma: 5.0, seed: 9 }.apply(&flat).unwrap();
        let mean = noisy.rgb.iter().map(|v| f64::from(*v)).sum::<f64>() / 30_000.0;
        let square = noisy.rgb.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / 30_000.0;
        // Four standard errors: 5 / sqrt(30000) and 25 * sqrt(2 / 30000).
        assert!((mean - 128.0).abs() < 0.12, "{mean}");
        assert!((square - 25.0 - 1.0 / 12.0).abs() < 0.82, "{square}");
        assert_ne!(noisy.rgb[..300], noisy.rgb[300..600]);
    }

    #[test]
    fn a_mask_goes_where_the_picture_goes() {
        let mut mask = Mask::empty(6, 4);
        mask.samples[2 * 6 + 3] = 255;
        let crop = Step::Crop { x: 2, y: 1, width: 3, height: 2 };
        assert_eq!(crop.apply_to_mask(&mask).samples, [0, 0, 0, 0, 255, 0]);
        let picture = ramp(6, 4);
        let at = |p: &Picture, x: usize, y: usize| p.rgb.as_chunks::<3>().0[y * p.width + x];
        assert_eq!(at(&crop.apply(&picture).unwrap(), 1, 1), at(&picture, 3, 2));
        assert_eq!(Step::Blur { sigma: 2.0 }.apply_to_mask(&mask), mask);
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        let huge = usize::MAX;
        for step in [
            Step::Jpeg { quality: 0, subsampling: Subsampling::S420 },
            Step::Jpeg { quality: 101, subsampling: Subsampling::S420 },
            Step::Crop { x: huge, y: 0, width: 2, height: 1 },
            Step::Crop { x: 0, y: 0, width: 0, height: 1 },
            Step::Resize { width: 0, height: 1 },
            Step::Resize { width: huge, height: 1 },
            Step::Blur { sigma: f64::NAN },
            Step::Blur { sigma: -1.0 },
            Step::Median { radius: huge },
            Step::Sharpen { amount: f64::INFINITY },
            Step::Noise { sigma: 256.0, seed: 0 },
            Step::Colour { gain: [f64::NAN; 3], offset: [0.0; 3], saturation: 1.0 },
            Step::DownUp { factor: 0.5 },
        ] {
            let error = step.apply(&ramp(4, 4)).unwrap_err();
            assert_eq!(error.kind(), indicia_core::ErrorKind::Input, "{step:?}");
        }
    }
}
