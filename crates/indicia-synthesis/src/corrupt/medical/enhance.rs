//! Brightness, contrast and gamma as MedMNIST-C defines them, and the gray pictures that it stores.

use indicia_core::Geometry::Same;
use indicia_core::Picture;

use super::entry;
use super::ops::{by_table, each_pixel, gray};
use crate::corrupt::{Corruption, Output, Parameter};

const FACTOR: &[Parameter] = &[Parameter::new("factor", "1", 0.0, 10.0)];
const EXPONENT: &[Parameter] = &[Parameter::new("gamma", "1", 0.0, 10.0)];
const EXACT: &str = "equal, sample by sample";

/// Brightness multiplied, above 1.
pub(in crate::corrupt) static BRIGHTNESS_UP: Corruption = Corruption {
    agreement: EXACT,
    ..entry(
        "brightness_up",
        "Brighter",
        "Multiplies every sample by a factor above 1; what passes white is lost.",
        Same,
        FACTOR,
        &[&[1.1], &[1.2], &[1.3], &[1.4], &[1.5]],
        |picture, values, _| Ok(Output::Picture(brightness(picture, values[0] as f32))),
    )
};

/// Brightness multiplied, below 1.
pub(in crate::corrupt) static BRIGHTNESS_DOWN: Corruption = Corruption {
    agreement: EXACT,
    ..entry(
        "brightness_down",
        "Darker",
        "Multiplies every sample by a factor below 1.",
        Same,
        FACTOR,
        &[&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]],
        |picture, values, _| Ok(Output::Picture(brightness(picture, values[0] as f32))),
    )
};

/// Contrast about the mean gray level, above 1.
pub(in crate::corrupt) static CONTRAST_UP: Corruption = Corruption {
    agreement: EXACT,
    ..entry(
        "contrast_up",
        "More contrast",
        "Stretches samples away from the picture's mean gray level by a factor above 1.",
        Same,
        FACTOR,
        &[&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]],
        |picture, values, _| Ok(Output::Picture(contrast(picture, values[0] as f32))),
    )
};

/// Contrast about the mean gray level, below 1.
pub(in crate::corrupt) static CONTRAST_DOWN: Corruption = Corruption {
    agreement: EXACT,
    ..entry(
        "contrast_down",
        "Less contrast",
        "Draws samples towards the picture's mean gray level by a factor below 1.",
        Same,
        FACTOR,
        &[&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]],
        |picture, values, _| Ok(Output::Picture(contrast(picture, values[0] as f32))),
    )
};

/// Gamma above 1.
pub(in crate::corrupt) static GAMMA_CORR_UP: Corruption = Corruption {
    agreement: EXACT,
    ..entry(
        "gamma_corr_up",
        "Gamma above 1",
        "Raises samples, as shares of full scale, to a power above 1: shadows and middle tones become darker.",
        Same,
        EXPONENT,
        &[&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]],
        |picture, values, _| Ok(Output::Picture(by_table(picture, &gamma(values[0])))),
    )
};

/// Gamma below 1.
pub(in crate::corrupt) static GAMMA_CORR_DOWN: Corruption = Corruption {
    agreement: EXACT,
    ..entry(
        "gamma_corr_down",
        "Gamma below 1",
        "Raises samples, as shares of full scale, to a power below 1: shadows and middle tones become brighter.",
        Same,
        EXPONENT,
        &[&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]],
        |picture, values, _| Ok(Output::Picture(by_table(picture, &gamma(values[0])))),
    )
};

/// The gray picture of a colour one.
pub(in crate::corrupt) static GRAYSCALE: Corruption = Corruption {
    source: "Pillow's mode L, into which MedMNIST-C brings the results of gray data sets",
    agreement: EXACT,
    ..entry(
        "grayscale",
        "Gray levels",
        "Replaces every pixel by its gray level, with the weights of ITU-R BT.601.",
        Same,
        &[],
        &[],
        |picture, _, _| Ok(Output::Picture(each_pixel(picture, |_, _, rgb| [gray(rgb); 3]))),
    )
};

fn brightness(picture: Picture, factor: f32) -> Picture {
    by_table(picture, &std::array::from_fn(|v| blend(0, v as u8, factor)))
}

fn contrast(picture: Picture, factor: f32) -> Picture {
    let pixels = picture.width * picture.height;
    let sum: u64 = picture.rgb.chunks_exact(3).map(|p| u64::from(gray([p[0], p[1], p[2]]))).sum();
    let mean = (sum as f64 / pixels.max(1) as f64 + 0.5) as u8;
    by_table(picture, &std::array::from_fn(|v| blend(mean, v as u8, factor)))
}

/// Pillow's `Image.blend`: in single precision, limited, the fraction cut off.
fn blend(base: u8, sample: u8, factor: f32) -> u8 {
    (f32::from(base) + factor * (f32::from(sample) - f32::from(base))) as u8
}

/// The table of torchvision's `adjust_gamma` for pictures of Pillow.
fn gamma(exponent: f64) -> [u8; 256] {
    std::array::from_fn(|v| ((255.0 + 1.0 - 1e-3) * libm::pow(v as f64 / 255.0, exponent)) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_blended_limited_and_cut() {
        assert_eq!(
            [(0, 100, 1.5), (0, 200, 1.5), (0, 101, 0.5)].map(|(a, b, f)| blend(a, b, f)),
            [150, 255, 50]
        );
        assert_eq!([(100, 40, 2.0), (100, 60, 0.5)].map(|(a, b, f)| blend(a, b, f)), [0, 80]);
    }

    #[test]
    fn gamma_keeps_black_and_white() {
        for exponent in [0.4, 1.0, 2.0] {
            assert_eq!((gamma(exponent)[0], gamma(exponent)[255]), (0, 255));
        }
        // 255.999 * (128/255)^2 = 64.50.
        assert_eq!((gamma(2.0)[128], gamma(1.0)[77]), (64, 77));
    }
}
