use indicia_core::{Error, Result};

use crate::metrics::binary::ScoreKind;

impl ScoreKind {
    /// Name in tables and JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Probability => "probability",
            Self::LogLikelihoodRatio => "log_likelihood_ratio",
        }
    }

    /// By its name.
    ///
    /// # Errors
    /// `Input` that lists the names.
    pub fn parse(id: &str) -> Result<Self> {
        let known = [Self::Raw, Self::Probability, Self::LogLikelihoodRatio];
        known.into_iter().find(|kind| kind.id() == id).ok_or_else(|| {
            Error::input(format!("expected raw, probability or log_likelihood_ratio, got {id:?}"))
        })
    }
}
