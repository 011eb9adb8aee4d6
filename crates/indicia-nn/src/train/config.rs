use indicia_core::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Schedule;

/// How weights follow their gradients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum OptimizerKind {
    /// Adam with weight decay apart from the gradient (Loshchilov and Hutter, ICLR 2019).
    #[default]
    AdamW,
    /// Adam (Kingma and Ba, ICLR 2015); weight decay is added to the gradient.
    Adam,
    /// Stochastic gradient descent with momentum, as PyTorch has it.
    Sgd,
}

/// The optimiser and its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Which.
    pub kind: OptimizerKind,
    /// Highest learning rate.
    pub lr: f64,
    /// Weight decay of matrices and kernels.
    pub weight_decay: f64,
    /// Whether vectors (biases, scales and shifts of norms) decay too.
    pub decay_vectors: bool,
    /// Decay of the mean of gradients, of `adam` and `adamw`.
    pub beta1: f64,
    /// Decay of the mean of squared gradients, of `adam` and `adamw`.
    pub beta2: f64,
    /// What is added to the root of that mean.
    pub epsilon: f64,
    /// Momentum of `sgd`.
    pub momentum: f64,
    /// Nesterov's momentum, of `sgd`.
    pub nesterov: bool,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::default(),
            lr: 1e-3,
            weight_decay: 0.01,
            decay_vectors: false,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            momentum: 0.9,
            nesterov: false,
        }
    }
}

/// A learning rate of its own for some parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LrScale {
    /// Regular expression for the paths of parameters.
    pub path: String,
    /// What their learning rate is multiplied by.
    pub scale: f64,
}

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// How often each item is seen, on average.
    pub epochs: u64,
    /// Steps in all, instead of `epochs`; 0 for `epochs`.
    pub steps: u64,
    /// Items that go through the network at once.
    pub batch: usize,
    /// Batches whose gradients make one step.
    pub accumulate: usize,
    /// The optimiser.
    pub optimizer: OptimizerConfig,
    /// The learning rate over the run.
    pub schedule: Schedule,
    /// Largest norm of all gradients together; larger ones are scaled down. 0 for none.
    pub clip: f64,
    /// Decay of the moving average of the weights, which is then validated and saved. 0 for none.
    pub ema: f64,
    /// Regular expressions for paths of parameters that keep their values.
    pub freeze: Vec<String>,
    /// Learning rates of some parameters; the last that fits counts.
    pub lr_scale: Vec<LrScale>,
    /// The metric of validation that tells the best weights.
    pub metric: String,
    /// Validations without a better metric after which training stops. 0 for never.
    pub patience: u64,
    /// Steps between validations; 0 for once an epoch.
    pub validate_every: u64,
    /// Steps between checkpoints; 0 for one after each validation.
    pub checkpoint_every: u64,
    /// Steps between lines of the log.
    pub log_every: u64,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 10,
            steps: 0,
            batch: 32,
            accumulate: 1,
            optimizer: OptimizerConfig::default(),
            schedule: Schedule::default(),
            clip: 0.0,
            ema: 0.0,
            freeze: vec![],
            lr_scale: vec![],
            metric: "auc".to_owned(),
            patience: 0,
            validate_every: 0,
            checkpoint_every: 0,
            log_every: 10,
            seed: 1,
        }
    }
}

impl TrainConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// `Configuration` that names the key.
    pub fn check(&self) -> Result<()> {
        let wrong = |key: &str, got: String, expected: &str| {
            Err(Error::configuration(format!("train.{key} is {got}, expected {expected}")))
        };
        if self.epochs == 0 && self.steps == 0 {
            return wrong("epochs", "0".into(), "at least 1, or train.steps");
        }
        for (key, value) in [("epochs", self.epochs), ("steps", self.steps)] {
            if value > 1 << 40 {
                return wrong(key, value.to_string(), "at most 2^40");
            }
        }
        for (key, value, most) in [("batch", self.batch, 65_536), ("accumulate", self.accumulate, 65_536)] {
            if !(1..=most).contains(&value) {
                return wrong(key, value.to_string(), "1 to 65536");
            }
        }
        if self.log_every == 0 {
            return wrong("log_every", "0".into(), "at least 1");
        }
        if !(self.clip >= 0.0 && self.clip.is_finite()) {
            return wrong("clip", self.clip.to_string(), "a number of at least 0");
        }
        if !(0.0..1.0).contains(&self.ema) {
            return wrong("ema", self.ema.to_string(), "a number from 0 to below 1");
        }
        let optimizer = &self.optimizer;
        if !(optimizer.lr > 0.0 && optimizer.lr.is_finite()) {
            return wrong("optimizer.lr", optimizer.lr.to_string(), "a number above 0");
        }
        if !(optimizer.weight_decay >= 0.0 && optimizer.weight_decay.is_finite()) {
            return wrong(
                "optimizer.weight_decay",
                optimizer.weight_decay.to_string(),
                "a number of at least 0",
            );
        }
        let below_one = [
            ("optimizer.beta1", optimizer.beta1),
            ("optimizer.beta2", optimizer.beta2),
            ("optimizer.momentum", optimizer.momentum),
        ];
        for (key, value) in below_one {
            if !(0.0..1.0).contains(&value) {
                return wrong(key, value.to_string(), "a number from 0 to below 1");
            }
        }
        if !(optimizer.epsilon > 0.0 && optimizer.epsilon.is_finite()) {
            return wrong("optimizer.epsilon", optimizer.epsilon.to_string(), "a number above 0");
        }
        if let Some(scale) = self.lr_scale.iter().find(|s| !(s.scale >= 0.0 && s.scale.is_finite())) {
            return wrong("lr_scale.scale", scale.scale.to_string(), "a number of at least 0");
        }
        self.schedule.check()
    }

    /// Items of one step.
    pub fn items_per_step(&self) -> u64 {
        (self.batch * self.accumulate) as u64
    }

    /// Steps in which so many items are seen once.
    pub fn steps_per_epoch(&self, items: usize) -> u64 {
        (items as u64).div_ceil(self.items_per_step()).max(1)
    }

    /// Steps of the run over so many items.
    pub fn total_steps(&self, items: usize) -> u64 {
        if self.steps > 0 { self.steps } else { self.epochs.saturating_mul(self.steps_per_epoch(items)) }
    }
}

/// Reads a configuration in TOML.
///
/// # Errors
/// `Configuration` with line, key and the known keys for one that is not known, and for values of the wrong type.
pub fn read_config<C: DeserializeOwned>(text: &str) -> Result<C> {
    toml::from_str(text).map_err(|e| Error::configuration(format!("the configuration cannot be read: {e}")))
}
