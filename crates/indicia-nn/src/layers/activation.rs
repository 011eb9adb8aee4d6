//! Activation functions of transformers.

use burn::config::Config;
use burn::tensor::{Tensor, activation};

use super::elementwise::{apply, gated, gelu, takes};

/// An activation function, applied to each number by itself.
#[derive(Config, Debug, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x Φ(x)` with the normal distribution's exact `Φ` (Hendrycks and Gimpel 2016).
    Gelu,
    /// `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`, the same paper's approximation, as SigLIP uses it.
    GeluTanh,
    /// `x σ(1.702 x)`, as OpenAI's CLIP uses it.
    QuickGelu,
    /// `x σ(x)`, the gate of SwiGLU (Shazeer 2020).
    Silu,
    /// `max(x, 0)`.
    Relu,
}

/// `2 √(2/π)`: as `½ (1 + tanh z) = σ(2 z)`, GELU's approximation needs the logistic function alone.
const TWICE: f64 = 1.595_769_121_605_730_7;
const CUBIC: f64 = 0.044715;

impl Activation {
    /// Applies the function; the shape stays. Gradients are first derivatives: a gradient of a gradient does not
    /// pass through.
    pub fn forward<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        if !takes(&input) {
            return self.on_any_device(input);
        }
        match self {
            Self::Gelu => apply(input, gelu),
            Self::GeluTanh => apply(input, |x| gated(x, TWICE as f32, CUBIC as f32)),
            Self::QuickGelu => apply(input, |x| gated(x, 1.702, 0.0)),
            Self::Silu => apply(input, |x| gated(x, 1.0, 0.0)),
            Self::Relu => self.on_any_device(input),
        }
    }

    pub(super) fn on_any_device<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Gelu => activation::gelu(input),
            Self::GeluTanh => {
                let bent = input.clone().square().mul_scalar(TWICE * CUBIC).add_scalar(TWICE);
                input.clone() * activation::sigmoid(input * bent)
            }
            Self::QuickGelu => input.clone() * activation::sigmoid(input.mul_scalar(1.702)),
            Self::Silu => activation::silu(input),
            Self::Relu => activation::relu(input),
        }
    }
}
