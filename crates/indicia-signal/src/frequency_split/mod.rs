//! Frequency split: the picture's low and high frequencies apart.
//!
//! The low part shows light and shade without detail, the high part detail and grain without light. A part whose
//! light does not fit, or whose grain is finer or coarser than that of like surfaces, shows there. Nothing is
//! claimed.
//!
//! Steps, deviations and limits: `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Finding, Method, MethodInfo, Parameter, RankedBy, Result,
    Source, Status, Topic, ViewNeed,
};
use indicia_ops::Luma8;

use crate::exhibit::shown;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.frequency-split",
    title: "Frequency split",
    summary: "Low and high frequencies apart: light without detail, grain without light; to look at.",
    applies: "Any picture of at least 2 by 2 pixels.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "sherloq, a digital photo forensic toolset (its frequency split)",
        url: "https://github.com/GuidoBartoli/sherloq",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[Parameter {
        name: "sigma",
        description: "standard deviation of the Gaussian that keeps the low frequencies",
        unit: "px",
        min: 0.5,
        max: 16.0,
        default: 2.0,
        integer: false,
    }],
    build: |context| Ok(Box::new(FrequencySplit::build(context)?)),
};

struct FrequencySplit {
    sigma: f32,
}

impl FrequencySplit {
    fn build(context: &BuildContext) -> Result<Self> {
        Ok(Self { sigma: INFO.parameter_values(context)?.number("sigma") as f32 })
    }

    fn examine_luma(&self, luma: &Luma8) -> Examination {
        let (width, height) = (luma.width, luma.height);
        if width.min(height) < 2 {
            return Examination::not_applicable(format!(
                "needs at least 2 by 2 pixels, this is {width}x{height}"
            ));
        }
        let parts = algorithm::split(luma, self.sigma);
        // Half the amplitude passes at this period: exp(-2 (pi sigma f)^2) = 1/2.
        let period = f64::from(self.sigma) * std::f64::consts::PI * (2.0 / std::f64::consts::LN_2).sqrt();
        let statement = format!(
            "Detail of less than {period:.1} pixels a period has a size of {:.1} of 255 (root mean square); light \
             and grain are shown apart.",
            parts.size
        );
        let low = "Luma after a Gaussian filter: light and shade without detail. Look for a part that is lit from \
                   another side, or sharper or softer shadows than beside it.";
        let high = format!(
            "Size of what the filter took away, as root mean square over the pixels that each pixel of the view \
             stands for; white is {:.1} of 255. Like surfaces have like grain.",
            parts.white
        );
        Examination::Findings(vec![Finding {
            exhibits: vec![
                shown("low", "Low frequencies", low, parts.low),
                shown("high", "High frequencies", high, parts.high),
            ],
            ..Finding::observation(INFO.id, statement)
        }])
    }
}

impl Method for FrequencySplit {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(self.examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
