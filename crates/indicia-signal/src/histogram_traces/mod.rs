//! Histogram traces: gaps and peaks that changed contrast leaves in the counts of levels.
//!
//! A camera's picture has a smooth histogram. A mapping of levels (contrast, gamma, levels, equalisation) leaves
//! levels that nothing maps to and levels to which several map: gaps and peaks. They last until the picture is
//! smoothed, reduced or compressed strongly. The whole picture and squares of it are measured.
//!
//! Steps, deviations, limits and measured results: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_codec::jpeg::Jpeg;
use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Map, Method, MethodInfo,
    RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::{Luma8, Rgb8};

use crate::exhibit::{table, too_small};
use algorithm::{Bin, CELL, FEWEST_BINS, Histogram, Mapping};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.histogram-traces",
    title: "Histogram traces",
    summary: "Gaps and peaks in the counts of levels, which a change of contrast leaves.",
    applies: "Pictures with 40 well-filled levels; lossless ones, for JPEG soon hides it; not JPEGs of coarse steps.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "M. C. Stamm, K. J. R. Liu, Forensic detection of image manipulation using statistical \
                       intrinsic fingerprints, IEEE Transactions on Information Forensics and Security 5(3), 2010",
            url: "https://doi.org/10.1109/TIFS.2010.2053202",
            fidelity: Fidelity::Inspired,
        },
        Source {
            citation: "G. Cao, Y. Zhao, R. Ni, X. Li, Contrast enhancement-based forensics in digital images, IEEE \
                       Transactions on Information Forensics and Security 9(3), 2014",
            url: "https://doi.org/10.1109/TIFS.2014.2300937",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Processing,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<Luma8>(), ViewNeed::of::<Jpeg>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(HistogramTraces))
    },
};

/// Smallest side of a picture that is examined, in pixels: a square of the map.
const SMALLEST: usize = 2 * CELL;

/// Largest first luma step of a JPEG that is examined. Flat blocks have levels an eighth of it apart, so coarser
/// steps leave gaps of their own.
const LARGEST_STEP: u16 = 16;

/// Correlation from which a mapping is named.
const CLEAR: f32 = 0.7;

/// Roughness from which the statement speaks of traces.
const TRACES: f32 = 0.2;

struct HistogramTraces;

/// What one channel's histogram gave.
struct Channel {
    histogram: Histogram,
    bins: Vec<Bin>,
    roughness: f32,
}

fn examine_views(rgb: &Rgb8, luma: &Luma8) -> Examination {
    let (width, height) = (rgb.width, rgb.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    let channels = algorithm::histograms(&rgb.samples, luma).map(|histogram| {
        let bins = algorithm::usable(&histogram);
        let roughness = if bins.len() < FEWEST_BINS { 0.0 } else { algorithm::roughness(&bins) };
        Channel { histogram, bins, roughness }
    });
    if channels.iter().all(|c| c.bins.len() < FEWEST_BINS) {
        return Examination::not_applicable(format!(
            "fewer than {FEWEST_BINS} levels are filled well enough to compare"
        ));
    }
    let [red, green, blue, own] = [0, 1, 2, 3].map(|i| channels[i].roughness);
    let strength = ((red + green + blue) / 3.0).max(own);
    let clearest = channels.iter().max_by(|a, b| a.roughness.total_cmp(&b.roughness)).expect("four channels");
    let mapping = (strength >= TRACES)
        .then(|| algorithm::mapping(&clearest.bins))
        .flatten()
        .filter(|&(_, correlation)| correlation >= CLEAR);
    let percent = 100.0 * strength;
    let mut statement = if strength >= TRACES {
        format!(
            "The counts of levels jump by {percent:.0} % between neighbours beyond chance, as after a change of \
             contrast, gamma or levels."
        )
    } else {
        format!("The counts of levels are smooth to {percent:.1} %: no trace of a change of contrast.")
    };
    match mapping {
        Some((Mapping::Gamma(gamma), _)) => {
            statement.push_str(&format!(" Their pattern is that of a gamma of {gamma:.2}."));
        }
        Some((Mapping::Stretch(levels), _)) => {
            statement.push_str(&format!(
                " Their pattern is that of a range of {levels} levels stretched over 255."
            ));
        }
        None => {}
    }
    let map = Map {
        values: algorithm::local(&rgb.samples, width),
        cell: CELL,
        width,
        height,
        outside: 0.0,
        low: 0.0,
        high: 1.0,
        direction: Direction::HigherIsSuspicious,
    };
    Examination::Findings(vec![Finding {
        score: Some(Score::raw("roughness of the histogram", f64::from(strength))),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Roughness by part".into(),
                legend: "How far the counts of levels of each square of 64 by 64 pixels depart from their neighbours, \
                         root mean square, chance taken off: 0 is smooth, above 2 every other level is empty. A \
                         part whose contrast was changed stands out; squares of few levels are 0, and flat squares \
                         of compressed pictures can be rough."
                    .into(),
                data: ExhibitData::Map(Arc::new(map)),
            },
            counts(&channels),
        ],
        ..Finding::observation(INFO.id, statement)
    }])
}

fn counts(channels: &[Channel; 4]) -> Exhibit {
    let rows = ["red", "green", "blue", "luma"].iter().zip(channels).map(|(name, channel)| {
        let (gaps, peaks) = algorithm::gaps_and_peaks(&channel.histogram, &channel.bins);
        let count = |n: usize| n.to_string();
        vec![
            (*name).to_owned(),
            count(channel.bins.len()),
            count(gaps),
            count(peaks),
            format!("{:.3}", channel.roughness),
        ]
    });
    table(
        "histograms",
        "Gaps and peaks",
        "Levels filled well enough to compare; those with less than a third and with more than five thirds of what \
         is around them; and the roughness, root mean square of the departures beyond chance.",
        &["channel", "levels", "gaps", "peaks", "roughness"],
        rows.collect(),
    )
}

impl Method for HistogramTraces {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        if evidence.kind() == Kind::Jpeg {
            let jpeg = evidence.view::<Jpeg>(())?;
            let step = jpeg.components.first().map_or(1, |c| c.steps[0]);
            if step > LARGEST_STEP {
                return Ok(Examination::not_applicable(format!(
                    "compression in steps of {step} leaves gaps of its own, {LARGEST_STEP} is the coarsest examined"
                )));
            }
        }
        Ok(examine_views(&*evidence.view::<Rgb8>(())?, &*evidence.view::<Luma8>(())?))
    }
}
