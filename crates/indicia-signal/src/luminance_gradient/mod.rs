//! Luminance gradient: direction and strength of the change of luma, as colours.
//!
//! Light that falls on a scene from one side brightens what faces it. Edges and shading of a part that was lit
//! differently, and a part whose grain was smoothed or copied, show in other colours than like surfaces beside
//! it. Nothing is claimed.
//!
//! Steps, deviations and limits: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Finding, Method, MethodInfo, RankedBy, Result, Source, Status, Topic,
    ViewNeed,
};
use indicia_ops::Luma8;

use crate::exhibit::shown;
use crate::picture::reduced_rows;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.luminance-gradient",
    title: "Luminance gradient",
    summary: "Direction and strength of the change of brightness as colours; to look at, not a test.",
    applies: "Any picture of at least 2 by 2 pixels.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "I. Sobel, G. Feldman, A 3x3 isotropic gradient operator for image processing, 1968",
            url: "https://www.researchgate.net/publication/239398674",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "sherloq, a digital photo forensic toolset (its luminance gradient)",
            url: "https://github.com/GuidoBartoli/sherloq",
            fidelity: Fidelity::Adapted,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(LuminanceGradient))
    },
};

struct LuminanceGradient;

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if width.min(height) < 2 {
        return Examination::not_applicable(format!(
            "needs at least 2 by 2 pixels, this is {width}x{height}"
        ));
    }
    let typical = algorithm::typical_strength(luma);
    let picture = reduced_rows(
        width,
        height,
        |y, lines| algorithm::colours(luma, y, typical.max(1.0), lines),
        |_, mean| mean,
    );
    let statement = format!(
        "Brightness changes by {typical:.1} of 255 a pixel on average; in the view, colours tell in which direction."
    );
    let legend = "Red is high where it grows brighter to the right and low where to the left, green where it \
                  grows brighter downward or upward, blue where the change is strong; plain parts are dark \
                  yellow. Surfaces that face the same way in the same light have the same colour; a part with \
                  another colour, a smoother one or a cut edge deserves a look.";
    Examination::Findings(vec![Finding {
        exhibits: vec![shown("gradient", "Luminance gradient", legend, picture)],
        ..Finding::observation(INFO.id, statement)
    }])
}

impl Method for LuminanceGradient {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
