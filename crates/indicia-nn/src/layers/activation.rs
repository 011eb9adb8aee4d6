//! Activation functions of transformers.

use burn::config::Config;
use burn::tensor::{Tensor, activation};

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

impl Activation {
    /// Applies the function; the shape stays.
    pub fn forward<const D: usize>(self, input: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Gelu => activation::gelu(input),
            // As ½ (1 + tanh z) = σ(2 z), one pass of the logistic function does it, and no power.
            Self::GeluTanh => {
                let twice = 2.0 * (2.0 / std::f64::consts::PI).sqrt();
                let bent = input.clone().powi_scalar(2).mul_scalar(twice * 0.044715).add_scalar(twice);
                input.clone() * activation::sigmoid(input * bent)
            }
            Self::QuickGelu => input.clone() * activation::sigmoid(input.mul_scalar(1.702)),
            Self::Silu => activation::silu(input),
            Self::Relu => activation::relu(input),
        }
    }
}
