//! A narrow branch beside a block.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, activation::relu};

/// `scale · up(dropout(relu(down(x))))`, to be added to what it sees or beside the block's feed-forward half
/// (Houlsby et al., "Parameter-efficient transfer learning for NLP", ICML 2019; the parallel form with a constant
/// scale after Chen et al., "AdaptFormer", NeurIPS 2022).
#[derive(Module, Debug)]
pub struct BottleneckAdapter {
    /// To the narrow width.
    pub down: Linear,
    /// Back; starts at zero, so that the network starts as it was.
    pub up: Linear,
    dropout: Dropout,
    scale: f64,
}

impl BottleneckAdapter {
    /// An adapter of tokens of width `dim` through `narrow`, with a dropout rate in [0, 1).
    pub fn new(dim: usize, narrow: usize, dropout: f64, scale: f64, device: &Device) -> Self {
        Self {
            down: LinearConfig::new(dim, narrow).init(device),
            up: LinearConfig::new(narrow, dim).with_initializer(Initializer::Zeros).init(device),
            dropout: DropoutConfig::new(dropout).init(),
            scale,
        }
    }

    /// Maps `[batch, tokens, dim]` to what is to be added.
    pub fn forward(&self, tokens: Tensor<3>) -> Tensor<3> {
        let narrow = self.dropout.forward(relu(self.down.forward(tokens)));
        self.up.forward(narrow).mul_scalar(self.scale)
    }
}
