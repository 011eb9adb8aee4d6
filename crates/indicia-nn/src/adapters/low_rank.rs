//! Products with weights that carry adapters of low rank.

use burn::module::LoraAdapter;
use burn::nn::Linear;
use burn::tensor::{Tensor, module::linear};

use super::svd::SvdResidual;

/// Whether an adapter of low rank hangs on the layer's weight.
pub fn is_adapted(layer: &Linear) -> bool {
    layer.weight.reparameterization::<LoraAdapter>().is_some()
        || layer.weight.reparameterization::<SvdResidual>().is_some()
}

/// The layer's forward pass, `[..., from]` to `[..., to]`.
///
/// What `Linear::forward` gives too. That, however, would add an adapter's product to the weight first, and its
/// backward pass would take the gradient of the whole weight, frozen or not. Here the two narrow factors meet the
/// input one after the other.
pub fn project<const D: usize>(layer: &Linear, input: Tensor<D>) -> Tensor<D> {
    let factors = if let Some(lora) = layer.weight.adapter() {
        let scale = lora.scale;
        Some((lora.a.val(), lora.b.val().mul_scalar(scale)))
    } else {
        layer.weight.reparameterization::<SvdResidual>().map(SvdResidual::factors)
    };
    let Some((down, up)) = factors else { return layer.forward(input) };
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    linear(input.clone(), layer.weight.base(), bias) + linear(linear(input, down, None), up, None)
}
