//! Copy-move by dense matching: regions of a picture that are copies of others in it, shifted, turned, scaled or
//! mirrored.
//!
//! **What it detects.** Of each pixel's surroundings a descriptor that neither turning nor mirroring changes is
//! matched against all others of the picture. Where the matches of a region follow one affine map, detail is
//! compared along that map: a copy agrees in noise and texture, a look-alike does not.
//!
//! **Assumptions.** The copy is larger than some hundred pixels, has detail that later compression left, and lies
//! apart from its source.
//!
//! **Steps.** Zernike moments (`indicia_ops::zernike`), PatchMatch with linear predictors
//! (`indicia_ops::patchmatch`), dense linear fitting (`field.rs`); then the verification that both copy-move
//! methods share (`copies`): the map is fitted to the pixels, the region is grown by the correlation of fine
//! detail, its blocks are weighed against the best other place nearby, and the rim of what counts as copied is drawn
//! pixel by pixel.
//!
//! **Deviations.** See `page.md`.
//!
//! **References.** D. Cozzolino, G. Poggi, L. Verdoliva, "Efficient Dense-Field Copy-Move Forgery Detection", IEEE
//! TIFS 10(11), 2015, doi 10.1109/TIFS.2015.2455334.

pub mod algorithm;
mod field;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Method, MethodInfo, RankedBy, Result, Source, Status, Topic, ViewNeed,
};
use indicia_ops::{Luma8, Rgb8};

use crate::copies::{SMALLEST, Scene, report};

/// Registration of `signal.copy-move`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.copy-move",
    title: "Copy-move, dense matching",
    summary: "Finds regions that were copied within the picture, shifted, turned, scaled or mirrored",
    applies: "Pictures of at least 64 pixels a side that are not flat all over",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "D. Cozzolino, G. Poggi, L. Verdoliva, \"Efficient Dense-Field Copy-Move Forgery Detection\", IEEE \
                   Transactions on Information Forensics and Security 10(11), 2015",
        url: "https://doi.org/10.1109/TIFS.2015.2455334",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Preview,
    topic: Topic::Copies,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(CopyMove))
    },
};

struct CopyMove;

impl Method for CopyMove {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine(&*evidence.view::<Rgb8>(())?, &*evidence.view::<Luma8>(())?))
    }
}

fn examine(rgb: &Rgb8, luma: &Luma8) -> Examination {
    if luma.width.min(luma.height) < SMALLEST {
        return Examination::not_applicable(format!(
            "needs {SMALLEST} pixels a side, this is {}x{}",
            luma.width, luma.height
        ));
    }
    let scene = Scene::new(&luma.samples, luma.width);
    match algorithm::copies(&scene) {
        Some(copies) => report(INFO.id, rgb, &scene, &copies),
        None => Examination::not_applicable("the picture is flat: there is no detail to match"),
    }
}
