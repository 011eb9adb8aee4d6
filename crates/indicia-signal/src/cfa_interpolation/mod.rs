//! CFA interpolation: the phase of the camera's colour mosaic, and parts that follow another one.
//!
//! **What it detects.** A camera records one colour a pixel and interpolates the other two. Interpolated samples
//! are predicted better from their neighbours than recorded ones, and recorded ones lie on a lattice of
//! period two. A part pasted from another picture, or moved by an odd number of pixels, has its own phase.
//!
//! **Assumptions.** A Bayer mosaic, and traces that survived: no resizing after the camera and little
//! compression.
//!
//! **Steps.** Errors of predicting green from its four neighbours and red and blue from their four diagonal ones
//! (`algorithm.rs`); each cell of 8 by 8 pixels votes for the places of green whose errors are larger, and for
//! those of red and blue; a binomial test finds the picture's phase and windows that contradict it.
//!
//! **Deviations.** Ferrara and others compare variances in blocks by a mixture of Gaussians; here the larger of
//! the two sums is one vote, which needs no model of content. Bammey and others count intermediate values in
//! squares of 2 by 2; errors of prediction were found as good or better, and votes of whole cells depend less
//! on each other.
//!
//! **References.** P. Ferrara, T. Bianchi, A. De Rosa, A. Piva, "Image Forgery Localization via Fine-Grained
//! Analysis of CFA Artifacts", IEEE TIFS 7(5), 2012, doi 10.1109/TIFS.2012.2202227; Q. Bammey, R. Grompone
//! von Gioi, J.-M. Morel, "Image Forgeries Detection through Mosaic Analysis: the Intermediate Values
//! Algorithm", Image Processing On Line 11, 2021, doi 10.5201/ipol.2021.355.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    BuildContext, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Mask,
    Method, MethodInfo, Parameter, RankedBy, Region, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Rgb8;
use indicia_ops::a_contrario::by_chance;
use ndarray::{Array2, s};

use algorithm::{CELL, Phase, Sums, Window, contradictions, foreign_evidence, main_phase, votes};

/// log10 of the number of false alarms below which a phase counts as found.
const FOUND: f64 = -3.0;
/// Share of the cells that must agree on red and blue before a window may contradict them. Interpolation that
/// corrects by gradients turns the sign of their errors with the content, and agrees less.
const LEAST_CHROMA_SHARE: f64 = 0.75;
/// log10 of the number of false alarms below which a window is marked.
const MARKED: f64 = -2.0;
/// Cells to each side that the map takes together.
const REACH: usize = 3;

/// Registration of `signal.cfa-interpolation`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.cfa-interpolation",
    title: "CFA interpolation",
    summary: "Finds parts whose colour mosaic has another phase than that of the picture",
    applies: "Pictures that show the interpolation of a Bayer mosaic: camera pictures at their recorded size, \
              little compressed",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "P. Ferrara, T. Bianchi, A. De Rosa, A. Piva, \"Image Forgery Localization via Fine-Grained \
                       Analysis of CFA Artifacts\", IEEE Transactions on Information Forensics and Security \
                       7(5), 2012",
            url: "https://doi.org/10.1109/TIFS.2012.2202227",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "Q. Bammey, R. Grompone von Gioi, J.-M. Morel, \"Image Forgeries Detection through Mosaic \
                       Analysis: the Intermediate Values Algorithm\", Image Processing On Line 11, 2021",
            url: "https://doi.org/10.5201/ipol.2021.355",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Sensor,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[
        Parameter {
            name: "least_share",
            description: "share of the cells that must vote for a phase before it is the picture's",
            unit: "1",
            min: 0.5,
            max: 0.99,
            default: 0.53,
            integer: false,
        },
        Parameter {
            name: "allowance",
            description: "share of a window's cells that texture alone may turn against the picture's phase",
            unit: "1",
            min: 0.5,
            max: 0.95,
            default: 0.55,
            integer: false,
        },
    ],
    build: |context| Ok(Box::new(CfaInterpolation::build(context)?)),
};

struct CfaInterpolation {
    least_share: f64,
    allowance: f64,
}

/// One of the two things that cells vote on, with the picture's answer.
struct Question {
    name: &'static str,
    phase: Phase,
    sums: Sums,
}

impl CfaInterpolation {
    fn build(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        Ok(Self { least_share: values.number("least_share"), allowance: values.number("allowance") })
    }

    fn examine_rgb(&self, rgb: &Rgb8) -> Examination {
        let (width, height) = (rgb.width, rgb.height);
        let votes = votes(&rgb.samples, width);
        let shape = votes.green.dim();
        if shape.0.min(shape.1) < 16 {
            return Examination::not_applicable(format!(
                "needs {0}x{0} pixels, this is {width}x{height}",
                16 * CELL
            ));
        }
        let found = |phase: &Phase| phase.log10_nfa < FOUND && phase.share >= self.least_share;
        let Some(green) = main_phase(&votes.green, 1.0).filter(found) else {
            return Examination::not_applicable(
                "no trace of a colour mosaic: the picture was resized or compressed too much, or no camera made it",
            );
        };
        let mut questions =
            vec![Question { name: "green", phase: green, sums: Sums::of(&votes.green, green.sign) }];
        // Green leaves two places of a square for red and blue.
        let chroma = &votes.chroma[usize::from(green.sign > 0)];
        let clear = |phase: &Phase| found(phase) && phase.share >= LEAST_CHROMA_SHARE;
        if let Some(phase) = main_phase(chroma, 1.0).filter(clear) {
            questions.push(Question { name: "red and blue", phase, sums: Sums::of(chroma, phase.sign) });
        }
        Examination::Findings(vec![self.finding(&questions, shape, (width, height))])
    }

    fn finding(
        &self,
        questions: &[Question],
        shape: (usize, usize),
        (width, height): (usize, usize),
    ) -> Finding {
        let mut windows: Vec<(&Question, Window)> = vec![];
        let mut tests = 0.0;
        for question in questions {
            let (found, all) = contradictions(&question.sums, shape, questions.len(), self.allowance);
            windows.extend(found.into_iter().map(|window| (question, window)));
            tests = all;
        }
        windows.sort_by(|a, b| a.1.log10_nfa.total_cmp(&b.1.log10_nfa));
        // Without any window against the rest, the tail is 1.
        let strongest = windows.first().map_or(tests, |(_, window)| window.log10_nfa);
        let marked: Vec<&Window> = windows.iter().map(|(_, w)| w).filter(|w| w.log10_nfa < MARKED).collect();
        let shares: Vec<String> = questions
            .iter()
            .map(|q| format!("{:.0} % of the cells agree on the places of {}", 100.0 * q.phase.share, q.name))
            .collect();
        let shares = shares.join(", ");
        let statement = match windows.first().filter(|_| !marked.is_empty()) {
            Some((question, window)) => format!(
                "The picture shows the interpolation of a colour mosaic ({shares}); in a window of {0}x{0} pixels, \
                 {1} of {2} cells put {3} elsewhere. {4}",
                window.side * CELL,
                window.against,
                window.votes,
                question.name,
                by_chance(window.log10_nfa)
            ),
            None => format!(
                "The picture shows the interpolation of a colour mosaic ({shares}), and no part contradicts it."
            ),
        };
        let region = if marked.is_empty() {
            Region::Whole
        } else {
            let mut mask = Array2::from_elem((height, width), false);
            for window in marked {
                let (y, x, side) = (window.row * CELL, window.column * CELL, window.side * CELL);
                mask.slice_mut(s![y..y + side, x..x + side]).fill(true);
            }
            Region::Mask(Mask::new(mask))
        };
        let of = |name: &str| questions.iter().find(|q| q.name == name).map(|q| (&q.sums, q.phase.share));
        let evidence = foreign_evidence(shape, REACH, of("green"), of("red and blue"));
        let values = evidence.map(|e| 0.5 + 0.5 * e / (1.0 + e.abs()));
        let map = |values, outside, direction| {
            ExhibitData::Map(Arc::new(Map {
                values,
                cell: CELL,
                width,
                height,
                outside,
                low: 0.0,
                high: 1.0,
                direction,
            }))
        };
        let first = &questions[0];
        let trace = Array2::from_shape_fn(shape, |(row, column)| {
            let span = |at: usize, n: usize| (at.saturating_sub(REACH), (at + REACH + 1).min(n));
            let [support, against] = first.sums.within(span(row, shape.0), span(column, shape.1));
            ((support + 1) as f64 / (support + against + 2) as f64) as f32
        });
        let across = (2 * REACH + 1) * CELL;
        Finding {
            score: Some(Score::raw("minus log10 NFA of the strongest contradiction", -strongest)),
            region,
            exhibits: vec![
                Exhibit {
                    id: "map".into(),
                    title: "Another phase of the mosaic".into(),
                    legend: format!(
                        "Logarithm e of how much better another phase explains the votes within {across} pixels \
                         than the picture's, as (1 + e / (1 + |e|)) / 2: above 0.5 another one is likelier."
                    ),
                    data: map(values, 0.5, Direction::HigherIsSuspicious),
                },
                Exhibit {
                    id: "trace".into(),
                    title: "Trace of the mosaic".into(),
                    legend: format!(
                        "Share of the cells within {across} pixels that put {} where most of the picture does; \
                         about 0.5 where there is no trace, as in flat, saturated or smoothed parts.",
                        first.name
                    ),
                    data: map(trace, 0.5, Direction::Contrast),
                },
            ],
            ..Finding::observation(INFO.id, statement)
        }
    }
}

impl Method for CfaInterpolation {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(self.examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}
