//! Resampling: finds parts of a picture that were scaled or turned otherwise than the rest.
//!
//! Interpolated pixels are predicted better from their neighbours at some places than at others, with a period that
//! the factor of scaling and the angle give (Popescu and Farid 2005). With a fixed predictor the map of likely
//! interpolated pixels is quick to compute, and the period shows as peaks of its spectrum (Kirchner 2008). Here the
//! spectrum is read in windows, and each is compared with the picture's own state: the median over all windows.
//!
//! Assumptions: the part was interpolated and the rest was not, or by another factor; what came after left the trace.
//!
//! Steps, deviations from the papers and limits: see `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Map, Method, MethodInfo,
    RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Luma8;
use ndarray::Array2;

use crate::exhibit::{table, too_small};
use algorithm::{COMMON, SIDE, Windows};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.resampling",
    title: "Traces of resampling",
    summary: "Parts whose traces of scaling or turning differ from the rest of the picture.",
    applies: "Any picture of at least 128 by 128 pixels that is not flat and not a JPEG.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "M. Kirchner, Fast and reliable resampling detection by spectral analysis of fixed linear \
                       predictor residue, ACM Multimedia and Security Workshop, 2008",
            url: "https://doi.org/10.1145/1411328.1411333",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "A. C. Popescu, H. Farid, Exposing digital forgeries by detecting traces of resampling, IEEE \
                       Transactions on Signal Processing 53(2), 2005",
            url: "https://doi.org/10.1109/TSP.2004.839932",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Geometry,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(Resampling))
    },
};

/// Smallest side of a picture that is looked at, in pixels: several windows must fit.
const SMALLEST: usize = 2 * SIDE;

/// How far the picture's strongest frequency must rise over its others, in robust deviations, for the statement to
/// call the whole picture resampled.
const WHOLE: f64 = 20.0;

struct Resampling;

/// The largest contrast, with its row and column.
fn strongest(windows: &Windows) -> (f64, (usize, usize)) {
    let mut best = (f32::MIN, (0, 0));
    for (at, &value) in windows.contrast.indexed_iter() {
        if value > best.0 {
            best = (value, at);
        }
    }
    (f64::from(best.0), best.1)
}

/// The map: a cell for each step, with the value of the window whose centre is nearest.
fn map(windows: &Windows, width: usize, height: usize) -> Map {
    let step = windows.step;
    let (rows, columns) = windows.contrast.dim();
    let near = |cell: usize, len: usize| {
        // Centre of the cell minus half a window, rounded to a step.
        ((cell * step + step).saturating_sub(SIDE / 2) / step).min(len - 1)
    };
    let shape = (height.div_ceil(step), width.div_ceil(step));
    Map {
        values: Array2::from_shape_fn(shape, |(y, x)| windows.contrast[(near(y, rows), near(x, columns))]),
        cell: step,
        width,
        height,
        outside: 0.0,
        low: 0.5,
        high: 3.0,
        direction: Direction::HigherIsSuspicious,
    }
}

fn factor(frequency: (usize, usize)) -> String {
    let [(scale, turn), (other, _), (reduced, _)] = algorithm::factors(frequency);
    if turn < 1.0 {
        format!("enlarged by {scale:.2} or {other:.2}, or reduced to {reduced:.2}")
    } else {
        format!(
            "enlarged by {scale:.2} and turned by {turn:.0} degrees, or another that gives the same period"
        )
    }
}

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    let windows = algorithm::measure(&luma.samples, width, height);
    if windows.contrast.iter().all(|v| *v == 0.0) {
        return Examination::not_applicable("the picture is flat or so coarse that nothing can be predicted");
    }
    Examination::Findings(vec![finding(&windows, width, height)])
}

fn finding(windows: &Windows, width: usize, height: usize) -> Finding {
    let (score, (row, column)) = strongest(windows);
    let (common, height_of_common) = windows.common;
    let whole = if height_of_common > COMMON && windows.common_excess > WHOLE {
        format!("The whole picture looks resampled: {}. ", factor(common))
    } else {
        "The picture as a whole shows no trace of resampling. ".to_owned()
    };
    let own = windows.frequency[(row, column)];
    let (x, y) = (column * windows.step + SIDE / 2, row * windows.step + SIDE / 2);
    let statement = format!(
        "{whole}The part around column {x}, row {y} departs most from the rest, by {score:.1} times the \
         level around its frequency; fine regular texture can do that too."
    );
    let line = |part: String, (u, v): (usize, usize), strength: f32| {
        let cycles = |f: usize| format!("{:.3}", f as f64 / SIDE as f64);
        vec![part, cycles(u), cycles(v), format!("{strength:.2}"), factor((u, v))]
    };
    let rows = vec![
        line("whole picture".to_owned(), common, height_of_common),
        line(format!("around column {x}, row {y}"), own, windows.contrast[(row, column)]),
    ];
    Finding {
        score: Some(Score::raw(
            "strongest departure of a part's resampling trace, times the level around it",
            score,
        )),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Departure from the picture's resampling".into(),
                legend: format!(
                    "For windows of {SIDE} by {SIDE} pixels, how far a periodic trace of interpolation rises above \
                     the same frequency in the rest of the picture, or falls below one that the whole picture has, \
                     in units of the level around that frequency. Suspicious is a connected part with one value; \
                     regular texture such as cloth or brick gives high values as well."
                ),
                data: ExhibitData::Map(Arc::new(map(windows, width, height))),
            },
            table(
                "frequencies",
                "Strongest periodic traces",
                "The frequency whose trace is strongest in the whole picture (1 is none), and in the part that \
                 departs most (0 is none), and what scaling would leave it.",
                &["part", "cycles a pixel across", "cycles a pixel down", "strength", "would be"],
                rows,
            ),
        ],
        ..Finding::observation(INFO.id, statement)
    }
}

impl Method for Resampling {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        if evidence.kind() == Kind::Jpeg {
            return Ok(Examination::not_applicable("compression by JPEG covers the traces of resampling"));
        }
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
