//! Patches and blocks.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::module::attention;
use burn::tensor::ops::{AttentionModuleOptions, PadMode};
use burn::tensor::{Device, Tensor, activation};

use super::MitConfig;
use crate::convolution::{Convolution, DropUnits, Unit, linear, to_map, to_tokens};

pub(super) fn norm(width: usize, epsilon: f64, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width).with_epsilon(epsilon).init(device)
}

/// Overlapping patches: a strided convolution and a norm.
#[derive(Module, Debug)]
pub struct PatchEmbed {
    /// The convolution.
    pub proj: Conv2d,
    /// The norm over channels.
    pub norm: LayerNorm,
}

impl PatchEmbed {
    pub(super) fn new(patches: Convolution, epsilon: f64, device: &Device) -> Self {
        Self { proj: patches.init(device), norm: norm(patches.output, epsilon, device) }
    }

    /// A map to tokens `[batch, height * width, channels]` and their height and width.
    pub fn forward(&self, map: Tensor<4>) -> (Tensor<3>, [usize; 2]) {
        let map = self.proj.forward(map);
        let [_, _, height, width] = map.dims();
        (self.norm.forward(to_tokens(map)), [height, width])
    }
}

/// Attention to a reduced map.
#[derive(Module, Debug)]
pub struct Attention {
    /// Queries of every token.
    pub q: Linear,
    /// Keys and values of reduced tokens, joined.
    pub kv: Linear,
    /// The output.
    pub proj: Linear,
    /// The reduction, absent where there is none.
    pub sr: Option<Conv2d>,
    /// The norm after the reduction.
    pub norm: Option<LayerNorm>,
    heads: usize,
}

impl Attention {
    fn new(width: usize, heads: usize, reduction: usize, epsilon: f64, device: &Device) -> Self {
        let reduce =
            Convolution { padding: 0, ..Convolution::same(width, width, reduction).stride(reduction) };
        Self {
            q: linear(width, width, device),
            kv: linear(width, 2 * width, device),
            proj: linear(width, width, device),
            sr: (reduction > 1).then(|| reduce.init(device)),
            norm: (reduction > 1).then(|| norm(width, epsilon, device)),
            heads,
        }
    }

    /// Tokens `[batch, height * width, channels]` to tokens of that shape.
    pub fn forward(&self, tokens: Tensor<3>, size: [usize; 2]) -> Tensor<3> {
        let [batch, count, width] = tokens.dims();
        let heads = |x: Tensor<3>| {
            let [_, count, _] = x.dims();
            x.reshape([batch, count, self.heads, width / self.heads]).swap_dims(1, 2)
        };
        let q = heads(self.q.forward(tokens.clone()));
        let reduced = match (&self.sr, &self.norm) {
            (Some(sr), Some(norm)) => {
                let map = at_least(to_map(tokens, size), sr.kernel_size);
                norm.forward(to_tokens(sr.forward(map)))
            }
            _ => tokens,
        };
        let kv = self.kv.forward(reduced);
        let k = heads(kv.clone().narrow(2, 0, width));
        let v = heads(kv.narrow(2, width, width));
        let scale = (self.heads as f64 / width as f64).sqrt();
        let options = AttentionModuleOptions { scale: Some(scale), softcap: None, is_causal: false };
        let out = attention(q, k, v, None, None, options);
        self.proj.forward(out.swap_dims(1, 2).reshape([batch, count, width]))
    }
}

/// A map of at least `size`, zeros below and to the right of a smaller one.
fn at_least(map: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [_, _, height, width] = map.dims();
    let (below, right) = (size[0].saturating_sub(height), size[1].saturating_sub(width));
    match below + right {
        0 => map,
        _ => map.pad((0, right, 0, below), PadMode::Constant(0.0)),
    }
}

/// The convolution that stands for position codes.
#[derive(Module, Debug)]
pub struct DepthwiseConv {
    /// 3 by 3 on each channel.
    pub dwconv: Conv2d,
}

/// Linear, depthwise convolution, GELU, linear.
#[derive(Module, Debug)]
pub struct FeedForward {
    /// Width to hidden width.
    pub fc1: Linear,
    /// On the hidden map.
    pub dwconv: DepthwiseConv,
    /// Hidden width to width.
    pub fc2: Linear,
}

impl FeedForward {
    fn new(width: usize, hidden: usize, device: &Device) -> Self {
        Self {
            fc1: linear(width, hidden, device),
            dwconv: DepthwiseConv { dwconv: Convolution::depthwise(hidden).init(device) },
            fc2: linear(hidden, width, device),
        }
    }

    /// Tokens to tokens of the same shape.
    pub fn forward(&self, tokens: Tensor<3>, size: [usize; 2]) -> Tensor<3> {
        let hidden = self.dwconv.dwconv.forward(to_map(self.fc1.forward(tokens), size));
        self.fc2.forward(activation::gelu(to_tokens(hidden)))
    }
}

/// Attention and feed-forward layer, each after a norm and added to its input.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub norm1: LayerNorm,
    /// Attention.
    pub attn: Attention,
    /// Before the feed-forward layer.
    pub norm2: LayerNorm,
    /// Feed-forward layer.
    pub mlp: FeedForward,
    drop_path: DropUnits,
}

impl Block {
    pub(super) fn new(config: &MitConfig, stage: usize, drop_path: f64, device: &Device) -> Self {
        let (width, heads, reduction) = (config.widths[stage], config.heads[stage], config.reductions[stage]);
        Self {
            norm1: norm(width, config.norm_epsilon, device),
            attn: Attention::new(width, heads, reduction, config.attention_epsilon, device),
            norm2: norm(width, config.norm_epsilon, device),
            mlp: FeedForward::new(width, width * config.expansion, device),
            drop_path: DropUnits::new(drop_path, Unit::Item),
        }
    }

    /// Tokens `[batch, height * width, channels]` to tokens of that shape.
    pub fn forward(&self, tokens: Tensor<3>, size: [usize; 2]) -> Tensor<3> {
        let attended = self.attn.forward(self.norm1.forward(tokens.clone()), size);
        let tokens = tokens + self.drop_path.forward(attended);
        let fed = self.mlp.forward(self.norm2.forward(tokens.clone()), size);
        tokens + self.drop_path.forward(fed)
    }
}
