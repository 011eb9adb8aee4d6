//! The block that vision and text transformers stack.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use super::{Activation, Attention, AttentionConfig, DropPath, LayerScale, Mask, Mlp, MlpConfig};

/// Configuration of a [`Block`].
#[derive(Config, Debug)]
pub struct BlockConfig {
    /// Width of the tokens.
    pub dim: usize,
    /// Heads of the attention.
    pub heads: usize,
    /// Hidden width of the feed-forward half.
    pub hidden: usize,
    /// Its activation function.
    pub activation: Activation,
    /// Whether it is gated.
    #[config(default = false)]
    pub gated: bool,
    /// Whether query, key and value are one matrix.
    #[config(default = true)]
    pub fused_qkv: bool,
    /// Whether they have a bias.
    #[config(default = true)]
    pub qkv_bias: bool,
    /// Initial gain of both branches; none without a learned gain.
    pub layer_scale: Option<f64>,
    /// Added to the variance in both norms.
    #[config(default = 1e-6)]
    pub epsilon: f64,
    /// Dropout after projections, in [0, 1).
    #[config(default = 0.0)]
    pub dropout: f64,
    /// Dropout of attention weights, in [0, 1).
    #[config(default = 0.0)]
    pub attention_dropout: f64,
    /// Stochastic depth, in [0, 1).
    #[config(default = 0.0)]
    pub drop_path: f64,
}

/// A pre-norm block: `x + ls1(attn(norm1(x)))`, then `x + ls2(mlp(norm2(x)))`.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub norm1: LayerNorm,
    /// Self-attention.
    pub attn: Attention,
    /// Gain of the attention branch.
    pub ls1: Option<LayerScale>,
    /// Before the feed-forward half.
    pub norm2: LayerNorm,
    /// The feed-forward half.
    pub mlp: Mlp,
    /// Gain of the feed-forward branch.
    pub ls2: Option<LayerScale>,
    drop_path: DropPath,
}

impl BlockConfig {
    /// Builds the block.
    pub fn init(&self, device: &Device) -> Block {
        let norm = || LayerNormConfig::new(self.dim).with_epsilon(self.epsilon).init(device);
        let scale = || self.layer_scale.map(|value| LayerScale::new(self.dim, value, device));
        Block {
            norm1: norm(),
            attn: AttentionConfig::new(self.dim, self.heads)
                .with_fused(self.fused_qkv)
                .with_bias(self.qkv_bias)
                .with_dropout(self.attention_dropout)
                .with_projection_dropout(self.dropout)
                .init(device),
            ls1: scale(),
            norm2: norm(),
            mlp: MlpConfig::new(self.dim, self.hidden, self.activation)
                .with_gated(self.gated)
                .with_dropout(self.dropout)
                .init(device),
            ls2: scale(),
            drop_path: DropPath::new(self.drop_path),
        }
    }
}

impl Block {
    /// Maps `[batch, tokens, dim]`; with `want_map` also the attention `[batch, heads, tokens, tokens]`.
    ///
    /// `beside` sees the tokens between both halves; what it gives is added beside the feed-forward branch, which
    /// is where adapters of the parallel kind sit.
    pub fn forward(
        &self,
        input: Tensor<3>,
        mask: Mask<'_>,
        want_map: bool,
        beside: impl FnOnce(&Tensor<3>) -> Option<Tensor<3>>,
    ) -> (Tensor<3>, Option<Tensor<4>>) {
        let (mixed, map) = self.attn.forward(self.norm1.forward(input.clone()), mask, want_map);
        let tokens = input + self.drop_path.forward(scaled(&self.ls1, mixed));
        let side = beside(&tokens);
        let fed = self.mlp.forward(self.norm2.forward(tokens.clone()));
        let tokens = tokens + self.drop_path.forward(scaled(&self.ls2, fed));
        let tokens = match side {
            Some(side) => tokens + side,
            None => tokens,
        };
        (tokens, map)
    }
}

fn scaled(scale: &Option<LayerScale>, branch: Tensor<3>) -> Tensor<3> {
    match scale {
        Some(scale) => scale.forward(branch),
        None => branch,
    }
}
