//! Changes of a pixel's colour by its own value.

use indicia_core::{Geometry, Picture};
use rayon::prelude::*;

use super::blur::sample;
use super::{Corruption, Output, Parameter, Suite};

/// Pixels that are worked on together.
const CHUNK: usize = 1 << 14;

fn each_pixel(mut picture: Picture, change: impl Fn(&mut [u8]) + Sync) -> Output {
    picture.rgb.par_chunks_mut(CHUNK * 3).for_each(|pixels| pixels.chunks_exact_mut(3).for_each(&change));
    Output::Picture(picture)
}

fn each_sample(mut picture: Picture, table: impl Fn(u8) -> u8) -> Output {
    let table: [u8; 256] = std::array::from_fn(|v| table(v as u8));
    picture.rgb.par_chunks_mut(CHUNK * 3).for_each(|samples| {
        samples.iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
    });
    Output::Picture(picture)
}

/// See its text.
pub(super) static BRIGHTNESS: Corruption = Corruption {
    id: "brightness",
    title: "Brightness",
    text: "Adds to the value of every pixel in HSV, which keeps hue and saturation; negative numbers darken.",
    suite: Suite::Common,
    source: "brightness of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 0.5 % of samples",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("added", "full scale", -1.0, 1.0)],
    severities: &[&[0.1], &[0.2], &[0.3], &[0.4], &[0.5]],
    run: |picture, values, _| {
        let added = values[0] as f32 * 255.0;
        Ok(each_pixel(picture, |pixel| {
            let value = f32::from(pixel[0].max(pixel[1]).max(pixel[2]));
            let new = (value + added).clamp(0.0, 255.0);
            // At the same hue and saturation, all channels are in proportion to the value. Black has neither.
            for channel in pixel {
                *channel = sample(if value > 0.0 { f32::from(*channel) * new / value } else { new });
            }
        }))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static CONTRAST: Corruption = Corruption {
    id: "contrast",
    title: "Contrast",
    text: "Scales the distance of every sample from the mean of its channel.",
    suite: Suite::Common,
    source: "contrast of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("factor", "1", 0.0, 10.0)],
    severities: &[&[0.4], &[0.3], &[0.2], &[0.1], &[0.05]],
    run: |picture, values, _| {
        let factor = values[0];
        let tables = means(&picture).map(|mean| {
            let new = |v: usize| ((v as f64 - mean) * factor + mean) as f32;
            std::array::from_fn::<u8, 256, _>(|v| sample(new(v)))
        });
        Ok(each_pixel(picture, |pixel| {
            pixel.iter_mut().zip(&tables).for_each(|(v, table)| *v = table[usize::from(*v)]);
        }))
    },
    place: None,
    spread: None,
};

/// Mean of every channel.
pub(super) fn means(picture: &Picture) -> [f64; 3] {
    let sum = |pixels: &[u8]| {
        pixels
            .chunks_exact(3)
            .fold([0_u64; 3], |[r, g, b], p| [r + u64::from(p[0]), g + u64::from(p[1]), b + u64::from(p[2])])
    };
    let add = |a: [u64; 3], b: [u64; 3]| std::array::from_fn(|c| a[c] + b[c]);
    let sums = picture.rgb.par_chunks(CHUNK * 3).map(sum).reduce(|| [0; 3], add);
    sums.map(|sum| sum as f64 / (picture.width * picture.height) as f64)
}

/// See its text.
pub(super) static GAMMA: Corruption = Corruption {
    id: "gamma",
    title: "Gamma",
    text: "Raises every sample, as a share of full scale, to a power; above 1 darkens.",
    suite: Suite::Common,
    source: "GammaContrast of imgaug 0.4.0 (which cuts fractions off); severities ours",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("gamma", "1", 0.05, 20.0)],
    severities: &[&[1.25], &[1.5], &[2.0], &[2.5], &[3.0]],
    run: |picture, values, _| {
        let gamma = values[0];
        Ok(each_sample(picture, |v| sample((libm::pow(f64::from(v) / 255.0, gamma) * 255.0) as f32)))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static POSTERIZE: Corruption = Corruption {
    id: "posterize",
    title: "Posterisation",
    text: "Keeps the upper bits of every sample and clears the rest.",
    suite: Suite::Common,
    source: "ImageOps.posterize of Pillow 10.4; severities ours",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("bits", "bits", 1.0, 8.0).whole()],
    severities: &[&[6.0], &[5.0], &[4.0], &[3.0], &[2.0]],
    run: |picture, values, _| {
        let kept = !(0xFF_u8.checked_shr(values[0] as u32).unwrap_or(0));
        Ok(each_sample(picture, |v| v & kept))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static SATURATE: Corruption = Corruption {
    id: "saturate",
    title: "Saturation",
    text: "Scales the saturation of every pixel in HSV and adds to it; below 1 fades colours. Gray counts as a red without saturation, so what is added reddens it.",
    suite: Suite::Common,
    source: "saturate of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 9 % of samples at severity 3 and 1 % at others",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("factor", "1", 0.0, 100.0),
        Parameter::new("added", "full scale", -1.0, 1.0).or(0.0),
    ],
    severities: &[&[0.3, 0.0], &[0.1, 0.0], &[2.0, 0.0], &[5.0, 0.1], &[20.0, 0.2]],
    run: |picture, values, _| {
        let (factor, added) = (values[0] as f32, values[1] as f32);
        Ok(each_pixel(picture, |pixel| {
            let high = f32::from(pixel[0].max(pixel[1]).max(pixel[2]));
            let low = f32::from(pixel[0].min(pixel[1]).min(pixel[2]));
            let old = if high > 0.0 { (high - low) / high } else { 0.0 };
            let new = (old * factor + added).clamp(0.0, 1.0);
            if old > 0.0 {
                // At the same hue and value, all channels lie below the value in proportion to the saturation.
                for channel in pixel {
                    *channel = sample(high - (high - f32::from(*channel)) * (new / old));
                }
            } else {
                pixel[1..].fill(sample(high * (1.0 - new)));
            }
        }))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static SOLARIZE: Corruption = Corruption {
    id: "solarize",
    title: "Solarisation",
    text: "Inverts every sample from a threshold upwards.",
    suite: Suite::Common,
    source: "ImageOps.solarize of Pillow 10.4; severities ours",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("threshold", "levels", 0.0, 256.0).whole()],
    severities: &[&[224.0], &[192.0], &[160.0], &[128.0], &[96.0]],
    run: |picture, values, _| {
        let threshold = values[0] as u16;
        Ok(each_sample(picture, |v| if u16::from(v) >= threshold { 255 - v } else { v }))
    },
    place: None,
    spread: None,
};
