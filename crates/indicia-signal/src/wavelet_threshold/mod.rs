//! Wavelet threshold: the finest wavelet coefficients, those below a threshold apart from those above.
//!
//! Below lies grain, above lie edges. A part that was smoothed, painted or cut from another picture has another
//! grain; one that was sharpened or pasted hard has other edges. Nothing is claimed.
//!
//! Steps, deviations and limits: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    BuildContext, Evidence, Examination, Exhibit, Fidelity, Finding, Method, MethodInfo, Parameter, RankedBy,
    Result, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Luma8;

use crate::exhibit::{shown, table, too_small};
use crate::picture::reduced;
use algorithm::{LEVELS, UNIT};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.wavelet-threshold",
    title: "Wavelet threshold",
    summary: "Fine wavelet coefficients below and above a threshold: grain and edges apart; to look at.",
    applies: "Any picture of at least 16 by 16 pixels.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "D. L. Donoho, I. M. Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika \
                       81(3), 1994",
            url: "https://doi.org/10.1093/biomet/81.3.425",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "sherloq, a digital photo forensic toolset (its wavelet threshold)",
            url: "https://github.com/GuidoBartoli/sherloq",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[Parameter {
        name: "threshold",
        description: "threshold in robust standard deviations of the finest diagonal coefficients",
        unit: "1",
        min: 0.5,
        max: 20.0,
        default: 3.0,
        integer: false,
    }],
    build: |context| Ok(Box::new(WaveletThreshold::build(context)?)),
};

/// Smallest side of a picture that is looked at, in pixels: twice the filter's taps.
const SMALLEST: usize = 16;

struct WaveletThreshold {
    threshold: f32,
}

impl WaveletThreshold {
    fn build(context: &BuildContext) -> Result<Self> {
        Ok(Self { threshold: INFO.parameter_values(context)?.number("threshold") as f32 })
    }

    fn examine_luma(&self, luma: &Luma8) -> Examination {
        let (width, height) = (luma.width, luma.height);
        if let Some(refusal) = too_small(width, height, SMALLEST) {
            return refusal;
        }
        // Rounding to whole numbers alone gives a deviation of 0.29.
        let sigma = algorithm::deviation(luma).max(0.3);
        let threshold = self.threshold * sigma;
        let codes = algorithm::codes(luma, threshold);
        let above = codes.iter().flatten().filter(|&&v| v > UNIT).count();
        let share = 100.0 * above as f64 / (3 * codes.len()).max(1) as f64;
        let (columns, rows) = (width / 2, height / 2);
        let grain =
            |i: usize| codes[i].map(|v| if v <= UNIT { f32::from(v) * 255.0 / f32::from(UNIT) } else { 0.0 });
        let edges = |i: usize| codes[i].map(|v| if v > UNIT { f32::from(v) } else { 0.0 });
        let colours = "red answers to horizontal, green to vertical and blue to diagonal detail";
        let below = format!(
            "Sizes of the finest coefficients up to {threshold:.1} of 255, which is white; larger ones are left out \
             and black; {colours}. Grain should be alike on like surfaces; smoothed and painted parts are dark."
        );
        let beyond = format!(
            "Sizes of the finest coefficients above {threshold:.1} of 255, white at {:.1}; {colours}. Edges of like \
             sharpness have like colours and widths.",
            threshold * LEVELS
        );
        let statement = format!(
            "The finest detail has a grain of {sigma:.1} of 255, and {share:.1} % of its coefficients stand out of it; \
             both are shown apart."
        );
        Examination::Findings(vec![Finding {
            exhibits: vec![
                shown(
                    "below",
                    "Coefficients below the threshold",
                    below,
                    reduced(columns, rows, grain, |v| v),
                ),
                shown(
                    "above",
                    "Coefficients above the threshold",
                    beyond,
                    reduced(columns, rows, edges, |v| v),
                ),
                shares(&codes),
            ],
            ..Finding::observation(INFO.id, statement)
        }])
    }
}

fn shares(codes: &[[u8; 3]]) -> Exhibit {
    let rows = ["horizontal", "vertical", "diagonal"].iter().enumerate().map(|(band, name)| {
        let count = |from: u8| codes.iter().filter(|c| c[band] > from).count();
        let share = |count: usize| format!("{:.2} %", 100.0 * count as f64 / codes.len().max(1) as f64);
        vec![(*name).to_owned(), share(codes.len() - count(0)), share(count(UNIT))]
    });
    let legend = format!(
        "Coefficients of each direction that are nearly nothing (below {:.3} of the threshold), and above it.",
        0.5 / f32::from(UNIT)
    );
    let columns = ["detail", "nearly nothing", "above"];
    table("shares", "Shares by direction", legend, &columns, rows.collect())
}

impl Method for WaveletThreshold {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(self.examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
