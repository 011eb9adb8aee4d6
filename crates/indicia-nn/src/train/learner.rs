use burn::module::Module;
use burn::tensor::{Device, Tensor};
use indicia_core::Result;
use indicia_eval::metrics::binary::Ranking;
use serde::{Deserialize, Serialize};

use crate::data::Data;

/// What a learner's data are made of.
pub type SampleOf<L> = <<L as Learner>::Data as Data>::Sample;

/// What [`Run`](super::Run) needs to know of a network that is to be trained.
pub trait Learner: Sync {
    /// The network.
    type Module: Module + 'static;
    /// What it learns from.
    type Data: Data;

    /// A network with its first weights. The device was seeded; nothing else may be random.
    ///
    /// # Errors
    /// When its settings are unusable.
    fn build(&self, device: &Device) -> Result<Self::Module>;

    /// The loss of a batch.
    ///
    /// # Errors
    /// When the samples do not suit the network.
    fn loss(&self, module: &Self::Module, samples: &[SampleOf<Self>], device: &Device) -> Result<Loss>;

    /// Metrics over batches of validation samples; `module` is one for inference.
    ///
    /// # Errors
    /// Those of the batches, and when the samples do not suit the network.
    fn validate(
        &self,
        module: &Self::Module,
        batches: &mut dyn Iterator<Item = Result<Vec<SampleOf<Self>>>>,
        device: &Device,
    ) -> Result<Vec<Metric>>;

    /// Names and shapes of what goes in and comes out for a batch, for people.
    ///
    /// # Errors
    /// When the samples do not suit the network.
    fn shapes(
        &self,
        module: &Self::Module,
        samples: &[SampleOf<Self>],
        device: &Device,
    ) -> Result<Vec<(String, Vec<usize>)>>;
}

/// The loss of a batch.
#[derive(Debug, Clone)]
pub struct Loss {
    /// What is made small: the mean over the batch, one number.
    pub total: Tensor<1>,
    /// Its parts, one number each, for the log.
    pub parts: Vec<(&'static str, Tensor<1>)>,
}

/// A number that validation gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name, `snake_case`.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Direction.
    pub higher_is_better: bool,
}

impl Metric {
    /// A metric of which more is better.
    pub fn higher(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value, higher_is_better: true }
    }

    /// A metric of which less is better.
    pub fn lower(name: &str, value: f64) -> Self {
        Self { name: name.to_owned(), value, higher_is_better: false }
    }
}

/// Metrics of scores for two classes: `auc` where both are there, and `accuracy` at score 0, as for logits.
///
/// # Errors
/// `Input` for a score that is no number.
pub fn binary_metrics(scores: &[f64], labels: &[bool]) -> Result<Vec<Metric>> {
    let right = scores.iter().zip(labels).filter(|(s, l)| (**s > 0.0) == **l).count();
    let mut metrics = vec![Metric::higher("accuracy", right as f64 / scores.len().max(1) as f64)];
    if let Some(auc) = Ranking::from_items(scores, labels, None)?.auc() {
        metrics.insert(0, Metric::higher("auc", auc));
    }
    Ok(metrics)
}
