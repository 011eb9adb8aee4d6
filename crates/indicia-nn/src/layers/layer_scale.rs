//! A learned gain for each channel of a residual branch.

use burn::module::{Module, Param};
use burn::nn::Initializer;
use burn::tensor::{Device, Tensor};

/// Multiplies each channel by a learned number (Touvron et al., "Going deeper with image transformers", ICCV
/// 2021).
#[derive(Module, Debug)]
pub struct LayerScale {
    /// Gain of each channel, `[dim]`.
    pub gamma: Param<Tensor<1>>,
}

impl LayerScale {
    /// A scale whose `dim` gains all start at `value`.
    pub fn new(dim: usize, value: f64, device: &Device) -> Self {
        Self { gamma: Initializer::Constant { value }.init([dim], device) }
    }

    /// Scales `[batch, tokens, dim]`.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        input * self.gamma.val().unsqueeze()
    }
}
