//! Copy-move by keypoints: regions of a picture that are copies of others in it, strongly turned or scaled too.
//!
//! **What it detects.** Places that are found again after turning and scaling are described by the directions of
//! the gradients around them. Pairs of places with like descriptors vote for the map from one to the other; where
//! several agree, detail is compared along the map as in `signal.copy-move`.
//!
//! **Assumptions.** The copy holds at least three places with contrast whose surroundings occur nowhere else.
//!
//! **Steps.** Keypoints and descriptors (`pyramid.rs`, `sift.rs`), generalised nearest neighbours, groups of pairs
//! and RANSAC (`matching.rs`), then the verification that both copy-move methods share (`copies`).
//!
//! **Deviations.** See `page.md`.
//!
//! **References.** D. G. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004, doi
//! 10.1023/B:VISI.0000029664.99615.94; I. Amerini, L. Ballan, R. Caldelli, A. Del Bimbo, G. Serra, "A SIFT-based
//! forensic method for copy-move attack detection and transformation recovery", IEEE TIFS 6(3), 2011, doi
//! 10.1109/TIFS.2011.2129512.

pub mod algorithm;
mod matching;
mod pyramid;
mod sift;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Method, MethodInfo, RankedBy, Result, Source, Status, Topic, ViewNeed,
};
use indicia_ops::{Luma8, Rgb8};

use crate::copies::{SMALLEST, Scene, report};

/// Registration of `signal.copy-move-keypoints`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.copy-move-keypoints",
    title: "Copy-move, keypoints",
    summary: "Finds regions that were copied within the picture, strongly turned or scaled too",
    applies: "Pictures of at least 64 pixels a side with places of contrast",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "I. Amerini, L. Ballan, R. Caldelli, A. Del Bimbo, G. Serra, \"A SIFT-Based Forensic Method for \
                       Copy-Move Attack Detection and Transformation Recovery\", IEEE Transactions on Information \
                       Forensics and Security 6(3), 2011",
            url: "https://doi.org/10.1109/TIFS.2011.2129512",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "D. G. Lowe, \"Distinctive Image Features from Scale-Invariant Keypoints\", International \
                       Journal of Computer Vision 60(2), 2004",
            url: "https://doi.org/10.1023/B:VISI.0000029664.99615.94",
            fidelity: Fidelity::Adapted,
        },
    ],
    status: Status::Preview,
    topic: Topic::Copies,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(CopyMoveKeypoints))
    },
};

struct CopyMoveKeypoints;

impl Method for CopyMoveKeypoints {
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
        None => Examination::not_applicable("no keypoint: the picture has no detail to match"),
    }
}
