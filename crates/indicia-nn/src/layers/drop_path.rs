//! Stochastic depth.

use burn::module::{Flag, Module, Param};
use burn::tensor::{Distribution, Tensor};

/// Leaves a residual branch out for whole items at random while training (Huang et al., "Deep networks with
/// stochastic depth", ECCV 2016); kept branches grow by `1 / (1 - rate)`.
///
/// Acts on devices with automatic differentiation only, and not on frozen modules, as `burn::nn::Dropout` does.
#[derive(Module, Debug)]
pub struct DropPath {
    /// Share of items that lose the branch, in [0, 1).
    pub rate: f64,
    /// Whether to behave as during training.
    pub training: Param<Flag>,
}

impl DropPath {
    /// A layer that drops `rate` of the items, in [0, 1).
    ///
    /// # Panics
    /// If the rate is outside that range.
    pub fn new(rate: f64) -> Self {
        assert!((0.0..1.0).contains(&rate), "the rate of stochastic depth must lie in [0, 1), got {rate}");
        Self { rate, training: Param::from_bool(true) }
    }

    /// Drops items of `[batch, tokens, dim]`.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        if self.rate == 0.0 || !self.training.is_enabled() || !input.device().is_autodiff() {
            return input;
        }
        let keep = 1.0 - self.rate;
        let [batch, _, _] = input.dims();
        let kept = Tensor::<3>::random([batch, 1, 1], Distribution::Bernoulli(keep), &input.device());
        input * kept.div_scalar(keep)
    }
}
