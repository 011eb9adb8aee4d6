//! Noise.

use indicia_core::{Geometry, Picture};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::normal::normal;
use super::random::Poisson;
use super::{Context, Corruption, Output, Parameter, Suite};

/// See its text.
pub(super) static GAUSSIAN_NOISE: Corruption = Corruption {
    id: "gaussian_noise",
    title: "Gaussian noise",
    text: "Adds independent normal noise to every sample.",
    suite: Suite::Common,
    source: "gaussian_noise of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "mean within 5 standard errors, deviation within 2 %, same shares below four levels, at five gray levels",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("deviation", "full scale", 0.0, 2.0)],
    severities: &[&[0.08], &[0.12], &[0.18], &[0.26], &[0.38]],
    run: |picture, values, context| {
        let deviation = values[0] as f32 * 255.0;
        Ok(each_row(picture, context, |row, random| {
            for sample in row {
                *sample = cut(f32::from(*sample) + deviation * normal(random.random()));
            }
        }))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static IMPULSE_NOISE: Corruption = Corruption {
    id: "impulse_noise",
    title: "Impulse noise",
    text: "Sets a share of samples to black or white, each half the time, channel by channel (salt and pepper).",
    suite: Suite::Common,
    source: "impulse_noise of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "mean within 5 standard errors, deviation within 2 %, same shares below four levels, at five gray levels",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("share", "1", 0.0, 1.0)],
    severities: &[&[0.03], &[0.06], &[0.09], &[0.17], &[0.27]],
    run: |picture, values, context| {
        let share = (values[0] * 4_294_967_296.0) as u64;
        Ok(each_row(picture, context, |row, random| {
            for sample in row {
                let u = u64::from(random.random::<u32>());
                if u < share {
                    *sample = if u < share / 2 { 0 } else { 255 };
                }
            }
        }))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static SHOT_NOISE: Corruption = Corruption {
    id: "shot_noise",
    title: "Shot noise",
    text: "Draws every sample from the Poisson distribution of as many photons as full scale is worth.",
    suite: Suite::Common,
    source: "shot_noise of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "mean within 5 standard errors, deviation within 2 %, same shares below four levels, at five gray levels",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("photons", "photons at full scale", 1.0, 700.0)],
    severities: &[&[60.0], &[25.0], &[12.0], &[5.0], &[3.0]],
    run: |picture, values, context| {
        let photons = values[0];
        let of_level: Vec<Poisson> = (0..256).map(|v| Poisson::new(f64::from(v) / 255.0 * photons)).collect();
        let level = (255.0 / photons) as f32;
        Ok(each_row(picture, context, |row, random| {
            for sample in row {
                let count = of_level[usize::from(*sample)].draw(random.random());
                *sample = super::blur::sample(count as f32 * level);
            }
        }))
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static SPECKLE_NOISE: Corruption = Corruption {
    id: "speckle_noise",
    title: "Speckle noise",
    text: "Adds to every sample itself times independent normal noise.",
    suite: Suite::Common,
    source: "speckle_noise of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "mean within 5 standard errors, deviation within 2 %, same shares below four levels, at five gray levels",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("deviation", "1", 0.0, 4.0)],
    severities: &[&[0.15], &[0.2], &[0.35], &[0.45], &[0.6]],
    run: |picture, values, context| {
        let deviation = values[0] as f32;
        Ok(each_row(picture, context, |row, random| {
            for sample in row {
                let value = f32::from(*sample);
                *sample = cut(value + value * deviation * normal(random.random()));
            }
        }))
    },
    place: None,
    spread: None,
};

/// Changes every row with random numbers of its own.
fn each_row(
    mut picture: Picture,
    context: &Context<'_>,
    change: impl Fn(&mut [u8], &mut ChaCha8Rng) + Sync,
) -> Output {
    picture
        .rgb
        .par_chunks_mut(picture.width * 3)
        .enumerate()
        .for_each(|(y, row)| change(row, &mut context.seed.row(y)));
    Output::Picture(picture)
}

/// A sample from a value on the scale of 255, limited, its fraction cut off.
#[inline]
pub(super) fn cut(value: f32) -> u8 {
    // The conversion saturates.
    value as u8
}
