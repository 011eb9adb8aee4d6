use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the findings together support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conclusion {
    /// Positive evidence of authenticity, such as a valid manifest of a trusted signer.
    SupportsAuthentic,
    /// Nothing that is strong enough either way. The usual and honest answer.
    Inconclusive,
    /// Evidence that the content was altered.
    SupportsManipulation,
    /// Evidence that the content was generated.
    SupportsSynthesis,
}

impl Conclusion {
    /// True if the evidence speaks against the content being an authentic recording.
    pub fn is_against_authenticity(self) -> bool {
        matches!(self, Self::SupportsManipulation | Self::SupportsSynthesis)
    }

    /// The conclusion in words.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::SupportsAuthentic => "supports authentic",
            Self::Inconclusive => "inconclusive",
            Self::SupportsManipulation => "supports manipulation",
            Self::SupportsSynthesis => "supports synthesis",
        }
    }
}

/// Grades of support after the ENFSI guideline for evaluative reporting (2015), by the likelihood ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Likelihood ratio 2 to 10.
    Weak,
    /// 10 to 100.
    Moderate,
    /// 100 to 1,000.
    ModeratelyStrong,
    /// 1,000 to 10,000.
    Strong,
    /// 10,000 to 1,000,000.
    VeryStrong,
    /// Above 1,000,000.
    ExtremelyStrong,
}

impl Strength {
    /// The grade of a log10 likelihood ratio; `None` below a ratio of 2.
    pub fn of(log10_likelihood_ratio: f64) -> Option<Self> {
        match log10_likelihood_ratio {
            ratio if ratio >= 6.0 => Some(Self::ExtremelyStrong),
            ratio if ratio >= 4.0 => Some(Self::VeryStrong),
            ratio if ratio >= 3.0 => Some(Self::Strong),
            ratio if ratio >= 2.0 => Some(Self::ModeratelyStrong),
            ratio if ratio >= 1.0 => Some(Self::Moderate),
            ratio if ratio >= std::f64::consts::LOG10_2 => Some(Self::Weak),
            _ => None,
        }
    }
}

/// What the findings together say, why, and how often such an answer would be wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The conclusion.
    pub conclusion: Conclusion,
    /// Grade of support. Only given where a calibrated likelihood ratio exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub strength: Option<Strength>,
    /// The conclusion and its ground in one or two sentences.
    pub statement: String,
    /// Indices into the report's findings of those that moved the verdict.
    pub basis: Vec<usize>,
    /// Indices into the report's parts of those that moved the verdict.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub basis_parts: Vec<usize>,
    /// Upper bound on the expected number of false alarms against authenticity in one authentic image, over
    /// the statistical methods that voted or could have voted. `None` where none of them applied.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected_false_alarms: Option<f64>,
    /// What this verdict does not cover, each in a sentence.
    pub limits: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::Strength;

    #[test]
    fn grades_begin_at_their_likelihood_ratios() {
        let of = |ratio: f64| Strength::of(ratio.log10());
        assert_eq!([of(0.001), of(1.0), of(1.9)], [None; 3]);
        assert_eq!([of(2.0), of(9.9)], [Some(Strength::Weak); 2]);
        assert_eq!([of(10.0), of(99.0)], [Some(Strength::Moderate); 2]);
        assert_eq!([of(101.0), of(1001.0)], [Some(Strength::ModeratelyStrong), Some(Strength::Strong)]);
        assert_eq!(
            [of(10_001.0), of(1_000_001.0)],
            [Some(Strength::VeryStrong), Some(Strength::ExtremelyStrong)]
        );
    }
}
