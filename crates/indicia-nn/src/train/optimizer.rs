//! Optimisers with groups of parameters.

use burn::module::{Module, Param, ParamGroup, ParamId};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, AdamWConfig, LearningRate, ModuleOptimizer, Optimizer, SgdConfig};
use burn::tensor::{Device, Tensor};
use indicia_core::{Error, Result};

use crate::paths::{Look, look_at};

use super::{OptimizerConfig, OptimizerKind, TrainConfig};

/// A parameter of a module.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Path within the module.
    pub path: String,
    /// What an optimiser knows it by.
    pub id: ParamId,
    /// Number of its sides.
    pub rank: usize,
    /// Numbers that it has.
    pub count: usize,
    /// Whether it is trained.
    pub trained: bool,
}

impl Look for Vec<Parameter> {
    fn look<const D: usize>(&mut self, path: String, param: &Param<Tensor<D>>) {
        let tensor = param.base();
        let (count, trained) = (tensor.shape().num_elements(), tensor.is_require_grad());
        self.push(Parameter { path, id: param.id, rank: D, count, trained });
    }
}

/// All parameters and running statistics of a module, in its own order.
pub fn parameters<M: Module>(module: &M) -> Vec<Parameter> {
    let mut found = vec![];
    look_at(module, &mut found);
    found
}

/// Parameters whose paths a regular expression fits.
fn fitting<'a>(all: &'a [Parameter], key: &str, pattern: &str) -> Result<(ParamGroup, Vec<&'a Parameter>)> {
    let group = ParamGroup::from_regex(pattern).map_err(|e| {
        Error::configuration(format!("train.{key}: {pattern:?} is no regular expression: {e:?}"))
    })?;
    let fits: Vec<_> = all.iter().filter(|p| group.matches(&p.id, Some(&p.path))).collect();
    if fits.is_empty() {
        let some: Vec<_> = all.iter().take(4).map(|p| p.path.as_str()).collect();
        return Err(Error::configuration(format!(
            "train.{key}: {pattern:?} fits no parameter; they are called such as {}",
            some.join(", ")
        )));
    }
    Ok((group, fits))
}

/// Makes parameters whose paths fit one of the regular expressions keep their values. Norms and dropout whose
/// switch fits behave as for inference.
///
/// # Errors
/// `Configuration` for an expression that is none or fits nothing, and if nothing is left to train.
pub fn freeze<M: Module>(module: M, patterns: &[String]) -> Result<M> {
    let mut module = module;
    for pattern in patterns {
        let (group, _) = fitting(&parameters(&module), "freeze", pattern)?;
        module = module.freeze_group(group);
    }
    if !parameters(&module).iter().any(|p| p.trained) {
        return Err(Error::configuration("no parameter is left to train (train.freeze)"));
    }
    Ok(module)
}

/// An optimiser whose learning rate is multiplied.
#[derive(Clone)]
struct Scaled<O> {
    inner: O,
    scale: f64,
}

impl<O: Optimizer> Optimizer for Scaled<O> {
    type State<const D: usize> = O::State<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        self.inner.step(lr * self.scale, tensor, grad, state)
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        O::to_device(state, device)
    }
}

/// The optimiser for a module: vectors do not decay unless told to, and parameters have the learning rates that
/// the configuration gives them.
///
/// # Errors
/// `Configuration` for a regular expression that is none or fits nothing.
pub fn optimizer<M: Module>(module: &M, config: &TrainConfig) -> Result<ModuleOptimizer> {
    let all = parameters(module);
    let mut scales = vec![1.0; all.len()];
    for entry in &config.lr_scale {
        let (_, fits) = fitting(&all, "lr_scale.path", &entry.path)?;
        for (scale, parameter) in scales.iter_mut().zip(&all) {
            if fits.iter().any(|p| p.id == parameter.id) {
                *scale = entry.scale;
            }
        }
    }
    let decays = |p: &Parameter| p.rank > 1 || config.optimizer.decay_vectors;
    let mut groups: Vec<(f64, bool, Vec<ParamId>)> = vec![];
    for (parameter, scale) in all.iter().zip(scales) {
        let decays = decays(parameter);
        match groups.iter_mut().find(|g| g.0 == scale && g.1 == decays) {
            Some(group) => group.2.push(parameter.id),
            None => groups.push((scale, decays, vec![parameter.id])),
        }
    }
    let numbers = &config.optimizer;
    Ok(match numbers.kind {
        OptimizerKind::AdamW => assemble(groups, |decay| adamw(numbers, decay)),
        OptimizerKind::Adam => assemble(groups, |decay| {
            AdamConfig::new()
                .with_beta_1(numbers.beta1 as f32)
                .with_beta_2(numbers.beta2 as f32)
                .with_epsilon(numbers.epsilon as f32)
                .with_weight_decay(decay_of(numbers, decay))
                .build()
        }),
        OptimizerKind::Sgd => assemble(groups, |decay| {
            let momentum =
                MomentumConfig { momentum: numbers.momentum, dampening: 0.0, nesterov: numbers.nesterov };
            SgdConfig::new()
                .with_momentum((numbers.momentum > 0.0).then_some(momentum))
                .with_weight_decay(decay_of(numbers, decay))
                .build()
        }),
    })
}

fn adamw(numbers: &OptimizerConfig, decay: bool) -> burn::optim::AdamW {
    AdamWConfig::new()
        .with_beta_1(numbers.beta1 as f32)
        .with_beta_2(numbers.beta2 as f32)
        .with_epsilon(numbers.epsilon as f32)
        .with_weight_decay(if decay { numbers.weight_decay as f32 } else { 0.0 })
        .build()
}

fn decay_of(numbers: &OptimizerConfig, decay: bool) -> Option<WeightDecayConfig> {
    let decay = if decay { numbers.weight_decay } else { 0.0 };
    (decay > 0.0).then(|| WeightDecayConfig::new(decay as f32))
}

fn assemble<O: Optimizer>(
    groups: Vec<(f64, bool, Vec<ParamId>)>,
    make: impl Fn(bool) -> O,
) -> ModuleOptimizer {
    let base = ModuleOptimizer::from(Scaled { inner: make(true), scale: 1.0 });
    groups.into_iter().fold(base, |all, (scale, decay, ids)| {
        all.with_group(ParamGroup::from_ids(ids), Scaled { inner: make(decay), scale }, None)
    })
}
