//! What happens to medical images, by the device that makes them: the corruptions of MedMNIST-C (Di Salvo,
//! Doerrich and Ledig, 2024), as its library medmnistc 0.1.0 computes them, and its table of which belong to
//! which data set, at which strength.
//!
//! Those that have another definition than the common corruption of that name have a name of their own here;
//! [`Condition::name`] keeps the one of the library. What the library draws with a fixed number of pixels is
//! meant for pictures of 224 by 224, the only size it is published for; on others it is scaled with the
//! shorter side.

mod blur;
mod dermatoscopy;
mod enhance;
mod letters;
mod microscopy;
pub(super) mod ops;
mod registry;

pub(super) use blur::{GAUSSIAN_BLUR_WINDOW, PIXELATE_BOX, ZOOM_BLUR_CENTRED};
pub(super) use dermatoscopy::{BLACK_CORNER, CHARACTERS};
pub(super) use enhance::{
    BRIGHTNESS_DOWN, BRIGHTNESS_UP, CONTRAST_DOWN, CONTRAST_UP, GAMMA_CORR_DOWN, GAMMA_CORR_UP, GRAYSCALE,
};
pub(super) use microscopy::{BUBBLE, STAIN_DEPOSIT};
pub(super) use registry::expand;
pub use registry::{Condition, MODALITIES, Modality, modality};

use indicia_core::{Geometry, Picture, Result};

use super::{Context, Corruption, Output, Parameter, Suite};

/// An entry of this suite; its agreement is added where it was measured.
const fn entry(
    id: &'static str,
    title: &'static str,
    text: &'static str,
    geometry: Geometry,
    parameters: &'static [Parameter],
    severities: &'static [&'static [f64]],
    run: fn(Picture, &[f64], &Context<'_>) -> Result<Output>,
) -> Corruption {
    Corruption {
        id,
        title,
        text,
        suite: Suite::Medical,
        source: "MedMNIST-C (Di Salvo, Doerrich and Ledig, arXiv 2406.17536, 2024), medmnistc 0.1.0",
        agreement: "",
        geometry,
        parameters,
        severities,
        run,
        place: None,
        spread: None,
    }
}

/// Pixels for one pixel of a picture of 224 by 224.
fn scale(picture: &Picture) -> f64 {
    picture.width.min(picture.height) as f64 / 224.0
}

#[cfg(test)]
pub(super) mod tests;
