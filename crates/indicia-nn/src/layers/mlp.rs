//! The feed-forward half of a transformer block.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::Activation;
use crate::adapters::project;

/// Configuration of an [`Mlp`].
#[derive(Config, Debug)]
pub struct MlpConfig {
    /// Width of the tokens.
    pub dim: usize,
    /// Width that the second layer reads.
    pub hidden: usize,
    /// Activation function.
    pub activation: Activation,
    /// Whether the first layer gives a gate beside the values: `fc2(activation(a) b)` with `[a, b] = fc1(x)`.
    #[config(default = false)]
    pub gated: bool,
    /// Dropout after both layers, in [0, 1).
    #[config(default = 0.0)]
    pub dropout: f64,
}

/// Two layers with an activation between them, or its gated form (Shazeer, "GLU variants improve transformer",
/// 2020), which DINOv2's largest model uses with SiLU.
#[derive(Module, Debug)]
pub struct Mlp {
    /// `dim` to `hidden`, twice that if gated.
    pub fc1: Linear,
    /// `hidden` to `dim`.
    pub fc2: Linear,
    dropout: Dropout,
    #[module(skip)]
    activation: Activation,
    gated: bool,
}

impl MlpConfig {
    /// Builds the layers, weights by Glorot's uniform distribution and biases zero.
    pub fn init(&self, device: &Device) -> Mlp {
        let linear = |from, to| {
            let mut layer = LinearConfig::new(from, to)
                .with_initializer(Initializer::XavierUniform { gain: 1.0 })
                .init(device);
            layer.bias = Some(Initializer::Zeros.init([to], device));
            layer
        };
        let width = if self.gated { 2 * self.hidden } else { self.hidden };
        Mlp {
            fc1: linear(self.dim, width),
            fc2: linear(self.hidden, self.dim),
            dropout: DropoutConfig::new(self.dropout).init(),
            activation: self.activation,
            gated: self.gated,
        }
    }
}

impl Mlp {
    /// Maps each token of `[batch, tokens, dim]` by itself.
    pub fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        let wide = project(&self.fc1, input);
        let wide = if self.gated {
            let [gate, value]: [Tensor<3>; 2] =
                wide.chunk(2, 2).try_into().expect("the first layer is twice as wide");
            self.activation.forward(gate) * value
        } else {
            self.activation.forward(wide)
        };
        self.dropout.forward(project(&self.fc2, self.dropout.forward(wide)))
    }
}
