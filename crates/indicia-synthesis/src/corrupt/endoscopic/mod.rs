//! What happens in endoscopy.
//!
//! Sixteen corruptions are published: those of the package endoscopycorruptions, with which EndoDepth
//! (Reyes-Amezcua et al., 2024, arXiv 2409.19930) tests depth prediction. FedAgain, of the same first author
//! (arXiv 2603.19512), tests kidney stone recognition with sixteen at five severities, taken to be these.
//! Eleven of them are the common ones of
//! that name (its darkness is a negative brightness); five are here. What stands between the lens and the
//! tissue is not among them, so that smoke, blood, bubbles and the like are models of our own, in linear light
//! where light is lost or added. The lists are `endoscopic` and `endoscopic_scene` of
//! [`MODALITIES`](super::medical::MODALITIES).

mod debris;
mod field;
mod flashes;
mod fluid;
mod light;
mod optics;
mod published;
mod veil;

pub(super) use debris::DEBRIS;
pub(super) use flashes::SPECULAR_FLASHES;
pub(super) use fluid::{BLOOD_TINT, BUBBLES};
pub(super) use optics::{INSTRUMENT_SHADOW, INTERLACING, OVER_EXPOSURE, UNDER_EXPOSURE, VIGNETTING};
pub(super) use published::{
    COLOR_CHANGES, ISO_NOISE, LENS_DISTORTION, RESOLUTION_CHANGE, SPECULAR_REFLECTION,
};
pub(super) use veil::{LENS_FOGGING, SMOKE};

use indicia_core::{Geometry, Picture, Result};

use super::{Context, Corruption, Output, Parameter, Suite};

/// Where the sixteen published ones come from.
pub(super) const PUBLISHED: &str =
    "endoscopycorruptions 1.0.0 (EndoDepth, Reyes-Amezcua et al., arXiv 2409.19930, 2024)";
/// Where the others come from.
pub(super) const OUR_OWN: &str = "our own";

/// An entry of our own.
const fn own(
    id: &'static str,
    title: &'static str,
    text: &'static str,
    parameters: &'static [Parameter],
    severities: &'static [&'static [f64]],
    run: fn(Picture, &[f64], &Context<'_>) -> Result<Output>,
) -> Corruption {
    Corruption {
        id,
        title,
        text,
        suite: Suite::Endoscopic,
        source: OUR_OWN,
        agreement: "",
        geometry: Geometry::Same,
        parameters,
        severities,
        run,
        place: None,
        spread: None,
    }
}

#[cfg(test)]
mod tests;
