//! Reflectance: texture without light, and highlights apart from surface colour.
//!
//! Light, texture and highlights of one scene agree: highlights lie where surfaces turn to the light, and texture
//! goes on under shadows. Pasted and generated parts often break this. Nothing is claimed.
//!
//! The mathematics is in [`indicia_ops::reflectance`]; steps, deviations and limits: `page.md`.

#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Finding, Method, MethodInfo, Picture, RankedBy, Result, Source, Status,
    Topic, ViewNeed,
};
use indicia_ops::reflectance::{illumination, retinex, specular};
use indicia_ops::{Plane, Rgb8, luma_of_rgb};

use crate::exhibit::{shown, too_small};
use crate::picture::{reduced, reduction};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.reflectance",
    title: "Reflectance",
    summary: "Texture without light (Retinex) and highlights apart from surface colour; to look at, not a test.",
    applies: "Any picture of at least 8 by 8 pixels; without colour, highlights are not told.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "D. J. Jobson, Z. Rahman, G. A. Woodell, A multiscale Retinex for bridging the gap between \
                       color images and the human observation of scenes, IEEE Transactions on Image Processing \
                       6(7), 1997",
            url: "https://doi.org/10.1109/83.597272",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "H.-L. Shen, Z.-H. Zheng, Real-time highlight removal using intensity ratio, Applied Optics \
                       52(19), 2013",
            url: "https://doi.org/10.1364/AO.52.004483",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "S. A. Shafer, Using color to separate reflection components, Color Research and Application \
                       10(4), 1985",
            url: "https://doi.org/10.1002/col.5080100409",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(Reflectance))
    },
};

/// Smallest side of a picture that is looked at, in pixels.
const SMALLEST: usize = 8;

/// Scales of the Retinex in pixels of a picture of [`FULL`] on the longer side; they shrink and grow with it.
const SCALES: [f32; 3] = [15.0, 80.0, 250.0];
const FULL: f32 = 1024.0;

/// Natural logarithm at which texture is white or black: four times as bright or dark as around.
const REACH: f32 = 1.386;

/// Gain of the highlights in their view.
const GAIN: f32 = 2.0;

struct Reflectance;

fn examine_rgb(rgb: &Rgb8) -> Examination {
    if let Some(refusal) = too_small(rgb.width, rgb.height, SMALLEST) {
        return refusal;
    }
    // All of this is light and texture of many pixels: the picture is reduced first.
    let pixels = rgb.samples.as_chunks::<3>().0;
    let small = reduced(rgb.width, rgb.height, |i| pixels[i].map(f32::from), |v| v);
    let (width, height) = (small.width, small.height);
    let luma = Plane::from_bytes(width, height, &luma_of_rgb(&small.rgb));
    let scale = width.max(height) as f32 / FULL;
    let sigmas = SCALES.map(|sigma| sigma * scale);
    let texture = retinex(&luma, &sigmas);
    let light = illumination(&luma, sigmas[0]);
    let specular = specular(&small.rgb);
    let lit = specular.iter().filter(|&&v| v >= 16.0).count();
    let share = 100.0 * lit as f64 / specular.len() as f64;
    let gray = |value: &dyn Fn(usize) -> f32| {
        let rgb = (0..width * height).flat_map(|i| [value(i).round().clamp(0.0, 255.0) as u8; 3]);
        Picture { width, height, rgb: rgb.collect() }
    };
    let diffuse = small.rgb.iter().enumerate().map(|(i, &v)| (f32::from(v) - specular[i / 3]).round() as u8);
    let [narrow, middle, wide] = sigmas.map(|s| s * reduction(rgb.width, rgb.height) as f32);
    let statement = format!(
        "{share:.1} % of the picture are brighter by 16 of 255 and more than their colour explains, as highlights are; \
         texture, light and highlights are shown apart."
    );
    let exhibits = vec![
        shown(
            "texture",
            "Texture without light",
            format!(
                "Retinex of luma over {narrow:.0}, {middle:.0} and {wide:.0} pixels: middle gray is as bright as \
                 around, white four times as bright. Texture should go on under shadows and be of one contrast on \
                 one surface."
            ),
            gray(&|i| 127.5 * (1.0 + texture.samples[i] / REACH)),
        ),
        shown(
            "light",
            "Light",
            format!(
                "Luma smoothed over {narrow:.0} pixels: light and large surfaces. Shading of objects beside each \
                 other should come from the same sides."
            ),
            gray(&|i| light.samples[i]),
        ),
        shown(
            "specular",
            "Highlights",
            format!(
                "What each pixel has of white light beyond what its colour explains, {GAIN} levels a level. \
                 Highlights of one light lie on like sides of like shapes; pale surfaces of a colourful kind show \
                 too, and gray ones never do."
            ),
            gray(&|i| GAIN * specular[i]),
        ),
        shown(
            "diffuse",
            "Surface without highlights",
            "The picture less its highlights: colours should stay even across them.",
            Picture { width, height, rgb: diffuse.collect() },
        ),
    ];
    Examination::Findings(vec![Finding { exhibits, ..Finding::observation(INFO.id, statement) }])
}

impl Method for Reflectance {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}
