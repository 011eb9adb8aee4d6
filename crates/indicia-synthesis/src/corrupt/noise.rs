//! Noise.

use indicia_core::{Geometry, Picture};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::normal::normal;
use super::{Context, Corruption, Output, Parameter, Suite};

/// See its text.
pub(super) static GAUSSIAN_NOISE: Corruption = Corruption {
    id: "gaussian_noise",
    title: "Gaussian noise",
    text: "Adds independent normal noise to every sample.",
    suite: Suite::Common,
    source: "gaussian_noise of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "",
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
