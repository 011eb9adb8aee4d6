//! Median filter: equal neighbours in texture, which a median leaves.
//!
//! A median gives each pixel the value of one of those around it, and neighbours often get the same one. Where there
//! is texture, an unfiltered picture has about as many neighbours one level apart as equal ones, a blurred one
//! likewise; after a median equal ones prevail (streaking). Medians remove grain, dust and the traces of other
//! changes.
//!
//! Steps, deviations, limits and measured results: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method, MethodInfo,
    RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Luma8;

use crate::exhibit::too_small;
use algorithm::CELL;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.median-filter",
    title: "Median filter",
    summary: "Equal neighbours in texture, which a median filter leaves in the picture or a part.",
    applies: "Pictures of at least 64 by 64 pixels with texture; compression soon hides the trace.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "M. Kirchner, J. Fridrich, On detection of median filtering in digital images, Media Forensics \
                       and Security II, SPIE 7541, 2010",
            url: "https://doi.org/10.1117/12.839100",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "G. Cao, Y. Zhao, R. Ni, L. Yu, H. Tian, Forensic detection of median filtering in digital \
                       images, IEEE International Conference on Multimedia and Expo, 2010",
            url: "https://doi.org/10.1109/ICME.2010.5583869",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Processing,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(MedianFilter))
    },
};

/// Smallest side of a picture that is examined, in pixels.
const SMALLEST: usize = 64;

/// Share of the cells whose square must have texture and small differences enough.
const LEAST_JUDGED: f64 = 0.05;

/// Share of the judged squares that lie below the score: a filtered part of a tenth of them raises it.
const SCORED: f64 = 0.9;

struct MedianFilter;

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    let ratios = algorithm::ratios(&algorithm::count(&luma.samples, width));
    let judged = ratios.iter().flatten().count();
    if (judged as f64) < LEAST_JUDGED * ratios.len() as f64 {
        return Examination::not_applicable("too little texture to compare neighbours in");
    }
    let [middle, high] =
        [0.5, SCORED].map(|share| algorithm::level(&ratios, share).expect("some are judged"));
    let statement = format!(
        "In texture, equal neighbours are {:.2} times as many as those one level apart in the median part, and {:.2} \
         times in the tenth that has most; a median filter raises this well above 1.",
        middle.exp(),
        high.exp()
    );
    let map = Map {
        values: ratios.map(|ratio| ratio.unwrap_or(middle)),
        cell: CELL,
        width,
        height,
        outside: middle,
        low: -1.0,
        high: 2.0,
        direction: Direction::HigherIsSuspicious,
    };
    Examination::Findings(vec![Finding {
        score: Some(Score::raw("equal neighbours to those one level apart, natural logarithm", f64::from(high))),
        exhibits: vec![Exhibit {
            id: "map".into(),
            title: "Equal neighbours in texture".into(),
            legend: "Natural logarithm of how many neighbours are equal for each pair one level apart, over 40 by 40 \
                     pixels around each cell of 8 by 8, textured cells only: 0 as many, 0.7 twice as many. Parts \
                     without texture have the picture's median."
                .into(),
            data: ExhibitData::Map(Arc::new(map)),
        }],
        ..Finding::observation(INFO.id, statement)
    }])
}

impl Method for MedianFilter {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
