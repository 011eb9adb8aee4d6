use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// What the scores of a detector mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// Any numbers; higher is more suspicious.
    #[default]
    Raw,
    /// Probability of the positive class, from 0 to 1.
    Probability,
    /// Natural logarithm of the likelihood ratio of positive against negative; may be infinite.
    LogLikelihoodRatio,
}

/// What a score says as a probability and what it costs, by label (negative, positive).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Losses {
    pub probability: f64,
    /// Squared error of the probability.
    pub brier: [f64; 2],
    /// Negative natural logarithm of the probability of the label.
    pub log: [f64; 2],
    /// Cost of the likelihood ratio in bits.
    pub cllr: [f64; 2],
}

/// ln(1 + eˣ) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn logit(p: f64) -> f64 {
    p.ln() - (-p).ln_1p()
}

impl ScoreKind {
    /// Threshold that the kind brings with it: 0.5 for probabilities, 0 for log likelihood ratios.
    pub fn natural_threshold(self) -> Option<f64> {
        match self {
            Self::Raw => None,
            Self::Probability => Some(0.5),
            Self::LogLikelihoodRatio => Some(0.0),
        }
    }

    pub(super) fn check(self, index: usize, score: f64) -> Result<()> {
        if score.is_nan() {
            return Err(Error::input(format!("expected a number as score of item {index}, got NaN")));
        }
        if self == Self::Probability && !(0.0..=1.0).contains(&score) {
            return Err(Error::input(format!(
                "expected a probability from 0 to 1 as score of item {index}, got {score}"
            )));
        }
        Ok(())
    }

    /// Probability that a score stands for; `prior` is the probability of the positive class at which
    /// likelihood ratios are turned into probabilities. `None` for raw scores.
    pub(super) fn probability(self, score: f64, prior: f64) -> Option<f64> {
        match self {
            Self::Raw => None,
            Self::Probability => Some(score),
            Self::LogLikelihoodRatio => Some(1.0 / (1.0 + (-score - logit(prior)).exp())),
        }
    }

    /// Probability and costs of a score; `prior` is also what probabilities assume, and is taken out of them
    /// to get likelihood ratios. `None` for raw scores.
    pub(super) fn losses(self, score: f64, prior: f64) -> Option<Losses> {
        let probability = self.probability(score, prior)?;
        let (log_odds, log_ratio) = match self {
            Self::LogLikelihoodRatio => (score + logit(prior), score),
            _ => (logit(score), logit(score) - logit(prior)),
        };
        let bits = |nats: f64| nats / std::f64::consts::LN_2;
        Some(Losses {
            probability,
            brier: [probability * probability, (1.0 - probability) * (1.0 - probability)],
            log: [softplus(log_odds), softplus(-log_odds)],
            cllr: [bits(softplus(log_ratio)), bits(softplus(-log_ratio))],
        })
    }
}
