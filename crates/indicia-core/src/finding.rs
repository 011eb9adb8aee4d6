use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Exhibit, Region, Result, Topic};

/// What a finding says of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Claim {
    /// Positive evidence that the content is what its signer made.
    Authentic,
    /// The content was altered.
    Manipulated,
    /// The content was generated.
    Synthetic,
    /// Something an examiner should see; it claims nothing by itself.
    Observation,
}

/// Whether a finding may move the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It counts: its rate of false alarms is controlled, or it contradicts the file's own signed or
    /// structural statements.
    Vote,
    /// It is shown and does not count: no calibration exists for it.
    Exhibit,
}

/// How strong a finding is. Nothing here is a probability unless it was calibrated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// Name of the raw statistic.
    pub name: String,
    /// The raw statistic, finite. Higher is stronger evidence for the claim, except where
    /// [`Score::log10_nfa`] is given: there the lower the stronger, and that field is to be read.
    pub statistic: f64,
    /// log10 of the number of false alarms expected an image (a-contrario methods). Finite.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log10_nfa: Option<f64>,
    /// log10 of the likelihood ratio, where a calibration for a stated population exists. Finite.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub log10_likelihood_ratio: Option<f64>,
}

impl Score {
    /// A raw statistic without calibration.
    pub fn raw(name: impl Into<String>, statistic: f64) -> Self {
        Self { name: name.into(), statistic, log10_nfa: None, log10_likelihood_ratio: None }
    }

    /// Strength of the evidence on the method's own scale, higher being stronger: the log10 likelihood ratio
    /// if there is one, else minus log10 of the number of false alarms, else the statistic.
    pub fn strength(&self) -> f64 {
        self.log10_likelihood_ratio.or_else(|| self.log10_nfa.map(|nfa| -nfa)).unwrap_or(self.statistic)
    }
}

/// One thing that a method found: what, how strong, where, and what to look at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Finding {
    /// Id of the method; `fused` for what all of them say together.
    pub method: String,
    /// The question that it helps to answer.
    pub topic: Topic,
    /// What it says.
    pub claim: Claim,
    /// Whether it may move the verdict.
    pub standing: Standing,
    /// How strong it is; `None` for a plain fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// Where it is.
    pub region: Region,
    /// One sentence for a reader who knows neither method nor file.
    pub statement: String,
    /// What to look at.
    pub exhibits: Vec<Exhibit>,
}

impl Finding {
    /// An observation about the whole input, without a score. The examiner sets the topic to the method's.
    pub fn observation(method: &str, statement: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            topic: Topic::View,
            claim: Claim::Observation,
            standing: Standing::Exhibit,
            score: None,
            region: Region::Whole,
            statement: statement.into(),
            exhibits: vec![],
        }
    }
}

/// Answer of a method.
#[derive(Debug, Clone)]
pub enum Examination {
    /// It applies; this is what it found, possibly nothing.
    Findings(Vec<Finding>),
    /// It has nothing to say about evidence of this sort. Neither a failure nor a low score.
    NotApplicable {
        /// The reason, in a short phrase: `needs a JPEG, this is a PNG`.
        why: String,
    },
}

impl Examination {
    /// Shorthand for [`Examination::NotApplicable`].
    pub fn not_applicable(why: impl Into<String>) -> Self {
        Self::NotApplicable { why: why.into() }
    }

    /// What a method's answer amounts to: a method that asked for what does not exist in this evidence, such
    /// as a picture, does not apply.
    ///
    /// # Errors
    /// Those of `outcome`, [`Error::Absent`] apart.
    pub fn settle(outcome: Result<Self>) -> Result<Self> {
        match outcome {
            Err(Error::Absent(why)) => Ok(Self::not_applicable(why.to_string())),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Score;

    #[test]
    fn strength_prefers_what_is_calibrated() {
        let raw = Score::raw("share", 0.25);
        assert_eq!(raw.strength(), 0.25);
        let counted = Score { log10_nfa: Some(-3.0), ..raw };
        assert_eq!(counted.strength(), 3.0);
        assert_eq!(Score { log10_likelihood_ratio: Some(1.5), ..counted }.strength(), 1.5);
    }
}
