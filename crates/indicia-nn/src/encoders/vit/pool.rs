//! Pooling by attention.

use burn::module::{Module, Param};
use burn::nn::{Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

use super::VitConfig;
use crate::adapters::project;
use crate::layers::{Mask, Mlp, MlpConfig, attend};

/// A learned query that looks at all tokens, then a feed-forward layer beside it (Zhai et al., "Sigmoid loss for
/// language image pre-training", ICCV 2023).
#[derive(Module, Debug)]
pub struct AttentionPool {
    /// The query before its projection, `[1, 1, dim]`.
    pub latent: Param<Tensor<3>>,
    /// Projection of the query.
    pub q: Linear,
    /// Keys and values as one matrix.
    pub kv: Linear,
    /// Of the heads' results side by side.
    pub proj: Linear,
    /// Before the feed-forward layer.
    pub norm: LayerNorm,
    /// The feed-forward layer.
    pub mlp: Mlp,
    heads: usize,
}

impl AttentionPool {
    pub(super) fn new(config: &VitConfig, device: &Device) -> Self {
        let dim = config.dim;
        let linear = |to| {
            LinearConfig::new(dim, to).with_initializer(Initializer::XavierUniform { gain: 1.0 }).init(device)
        };
        Self {
            latent: Initializer::Normal { mean: 0.0, std: (dim as f64).powf(-0.5) }.init([1, 1, dim], device),
            q: linear(dim),
            kv: linear(2 * dim),
            proj: linear(dim),
            norm: LayerNormConfig::new(dim).with_epsilon(config.epsilon).init(device),
            mlp: MlpConfig::new(dim, config.hidden_width(), config.activation).init(device),
            heads: config.heads,
        }
    }

    /// Maps `[batch, tokens, dim]` to `[batch, dim]`; with `want_map` also the attention
    /// `[batch, heads, 1, tokens]`.
    pub fn forward(&self, tokens: Tensor<3>, want_map: bool) -> (Tensor<2>, Option<Tensor<4>>) {
        let [batch, count, dim] = tokens.dims();
        let split = |part: Tensor<3>| {
            let count = part.dims()[1];
            part.reshape([batch, count, self.heads, dim / self.heads]).swap_dims(1, 2)
        };
        let query = project(&self.q, self.latent.val()).expand([batch, 1, dim]);
        let both = project(&self.kv, tokens);
        let key = both.clone().slice([0..batch, 0..count, 0..dim]);
        let value = both.slice([0..batch, 0..count, dim..2 * dim]);
        let (mixed, map) = attend(split(query), split(key), split(value), Mask::None, want_map);
        let pooled = project(&self.proj, mixed.swap_dims(1, 2).reshape([batch, 1, dim]));
        let pooled = pooled.clone() + self.mlp.forward(self.norm.forward(pooled));
        (pooled.reshape([batch, dim]), map)
    }
}
