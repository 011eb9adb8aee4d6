//! Local minima and maxima: how many pixels are darker or brighter than all of their neighbours, by block.
//!
//! In white noise two pixels of nine are. Smoothing, enlarging and strong compression leave fewer, sharpening
//! and added noise more; a part with another history often shows by its share. Nothing is claimed, for
//! texture decides as much as history.
//!
//! Reference: sherloq's min/max deviation; `page.md` says what differs.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method, MethodInfo,
    RankedBy, Result, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Luma8;

use crate::exhibit::{shown, too_small};
use crate::picture::reduced;
use algorithm::CELL;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.min-max-deviation",
    title: "Local minima and maxima",
    summary: "Pixels darker or brighter than all of their neighbours, fewer where a part was smoothed or enlarged.",
    applies: "Any picture of at least 16 by 16 pixels.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "sherloq, a digital photo forensic toolset (its min/max deviation)",
        url: "https://github.com/GuidoBartoli/sherloq",
        fidelity: Fidelity::Inspired,
    }],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(MinMaxDeviation))
    },
};

/// Smallest side of a picture that is looked at, in pixels.
const SMALLEST: usize = 16;

/// Share of extremes in white noise without ties.
const WHITE: f32 = 2.0 / 9.0;

struct MinMaxDeviation;

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    let marks = algorithm::extremes(&luma.samples, width);
    let count = |mark: u8| marks.iter().filter(|m| **m == mark).count() as f64;
    let inner = ((width - 2) * (height - 2)) as f64;
    let statement = format!(
        "{:.1} % of the pixels are darker and {:.1} % brighter than all of their neighbours (11.1 % each in \
         white noise); a part whose share differs from that of alike parts may have been smoothed, enlarged or \
         sharpened.",
        100.0 * count(1) / inner,
        100.0 * count(2) / inner
    );
    let colours = |i: usize| match marks[i] {
        1 => [0.0, 80.0, 255.0],
        2 => [255.0, 160.0, 0.0],
        _ => [0.0; 3],
    };
    let map = Map {
        values: algorithm::shares(&marks, width, height),
        cell: CELL,
        width,
        height,
        outside: 0.0,
        low: 0.0,
        high: WHITE,
        direction: Direction::Contrast,
    };
    let exhibits = vec![
        Exhibit {
            id: "map".into(),
            title: "Share of local minima and maxima".into(),
            legend:
                "Share by cell of 16 by 16 pixels; the colours end at 2/9, the share in white noise. Compare \
                     parts of like texture."
                    .into(),
            data: ExhibitData::Map(Arc::new(map)),
        },
        shown(
            "extremes",
            "Local minima and maxima",
            "Blue: darker than all eight neighbours. Orange: brighter than all. A reduced view shows how many there \
             are.",
            reduced(width, height, colours, |v| v),
        ),
    ];
    Examination::Findings(vec![Finding { exhibits, ..Finding::observation(INFO.id, statement) }])
}

impl Method for MinMaxDeviation {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
