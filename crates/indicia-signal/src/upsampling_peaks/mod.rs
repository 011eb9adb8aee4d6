//! Peaks of up-sampling: periodic traces that generators leave at fractions of the sampling frequency.
//!
//! Generators enlarge by factors of two. Each enlargement repeats the spectrum and leaves peaks at 1/2, 1/4, 1/8 of
//! the sampling frequency and so on (Zhang, Karaman and Chang 2019; Corvi and others 2023). They are sought in the
//! spectrum of what a fixed predictor leaves, averaged over windows. The 8 by 8 blocks of JPEG have peaks at all
//! multiples of 1/8; what they explain is taken off.
//!
//! Steps, deviations from the papers and limits: see `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Finding, Method, MethodInfo, Picture, RankedBy, Result, Score, Source,
    Status, Topic, ViewNeed,
};
use indicia_ops::Luma8;

use crate::exhibit::{self, table, too_small};
use algorithm::{Average, FRACTION, Peak, SIDE};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.upsampling-peaks",
    title: "Peaks of up-sampling",
    summary: "Spectral peaks at fractions of the sampling frequency, as generators leave them.",
    applies: "Any picture of at least 256 by 256 pixels that is not flat.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "X. Zhang, S. Karaman, S.-F. Chang, Detecting and simulating artifacts in GAN fake images, IEEE \
                       International Workshop on Information Forensics and Security, 2019",
            url: "https://doi.org/10.1109/WIFS47025.2019.9035107",
            fidelity: Fidelity::Inspired,
        },
        Source {
            citation: "R. Corvi, D. Cozzolino, G. Poggi, K. Nagano, L. Verdoliva, Intriguing properties of synthetic \
                       images: from generative adversarial networks to diffusion models, CVPR Workshops, 2023",
            url: "https://arxiv.org/abs/2304.06408",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Generation,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(UpsamplingPeaks))
    },
};

/// Smallest side of a picture that is looked at, in pixels: an average needs several windows.
const SMALLEST: usize = 2 * SIDE;

/// Peaks that the table lists.
const LISTED: usize = 8;

/// Height from which the statement speaks of a peak, in robust deviations.
const CLEAR: f64 = 8.0;

struct UpsamplingPeaks;

/// The spectrum in grey, frequency 0 in the middle: its logarithm between a hundredth and 100 times the mean.
fn shown(power: &[f32]) -> Picture {
    let half = SIDE / 2;
    let pixel = |i: usize| {
        let (u, v) = ((i % SIDE + half) % SIDE, (i / SIDE + half) % SIDE);
        let value =
            if u <= half { power[u * SIDE + v] } else { power[(SIDE - u) * SIDE + (SIDE - v) % SIDE] };
        [((value.max(1e-6).log10() + 2.0) / 4.0 * 255.0).round().clamp(0.0, 255.0) as u8; 3]
    };
    Picture { width: SIDE, height: SIDE, rgb: (0..SIDE * SIDE).flat_map(pixel).collect() }
}

/// A frequency in lowest terms.
fn fraction(of: usize) -> String {
    let mut parts = (of, FRACTION);
    while parts.0 > 0 && parts.0.is_multiple_of(2) {
        parts = (parts.0 / 2, parts.1 / 2);
    }
    if of == 0 { "0".to_owned() } else { format!("{}/{}", parts.0, parts.1) }
}

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    match algorithm::measure(&luma.samples, width, height) {
        None => Examination::not_applicable("the picture is flat"),
        Some(average) => Examination::Findings(vec![finding(&average)]),
    }
}

fn finding(average: &Average) -> Finding {
    let strongest = average.peaks[0];
    let name = |peak: Peak| format!("({}, {})", fraction(peak.at.0), fraction(peak.at.1));
    let statement = if strongest.unexplained > CLEAR {
        format!(
            "The spectrum has a peak at {} of the sampling frequency, {:.1} robust deviations above its surroundings, \
             that blocks of JPEG do not explain; enlargement by a generator or an editor leaves such peaks.",
            name(strongest),
            strongest.unexplained
        )
    } else {
        "The spectrum has no clear peak at fractions of the sampling frequency that blocks of JPEG do not explain; \
         most generators leave none after JPEG."
            .to_owned()
    };
    let row =
        |peak: &Peak| vec![name(*peak), format!("{:.1}", peak.height), format!("{:.1}", peak.unexplained)];
    Finding {
        score: Some(Score::raw(
            "strongest unexplained spectral peak, robust deviations",
            strongest.unexplained,
        )),
        exhibits: vec![
            exhibit::shown(
                "spectrum",
                "Averaged spectrum of the prediction error",
                format!(
                    "Power by frequency on a logarithmic scale, averaged over windows of {SIDE} by {SIDE} pixels, \
                     frequency 0 in the middle, half the sampling frequency at the edges. Lone bright points that \
                     repeat at equal distances are traces of blocks or of enlargement."
                ),
                shown(&average.power),
            ),
            table(
                "peaks",
                "Peaks at fractions of the sampling frequency",
                "Height over the surroundings, in robust deviations of all frequencies, as it is and without what \
                 blocks of JPEG explain; each stands for two frequencies a quarter turn apart.",
                &["frequency (across, down)", "height", "unexplained"],
                average.peaks.iter().take(LISTED).map(row).collect(),
            ),
        ],
        ..Finding::observation(INFO.id, statement)
    }
}

impl Method for UpsamplingPeaks {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
