//! Multi-head attention.

use burn::config::Config;
use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Initializer, Linear, LinearConfig};
use burn::tensor::activation::softmax;
use burn::tensor::module::{attention, linear};
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{Bool, Device, Tensor};

use crate::adapters::{is_adapted, project};

/// Which keys a query may look at.
#[derive(Debug, Clone, Copy, Default)]
pub enum Mask<'a> {
    /// All.
    #[default]
    None,
    /// Itself and those before it.
    Causal,
    /// All, with this added to the scaled products: `[batch or 1, heads or 1, queries, keys]`.
    Additive(&'a Tensor<4>),
}

/// Configuration of an [`Attention`].
#[derive(Config, Debug)]
pub struct AttentionConfig {
    /// Width of the tokens.
    pub dim: usize,
    /// Number of heads; divides `dim`.
    pub heads: usize,
    /// Whether query, key and value are one matrix `qkv`, or three.
    #[config(default = true)]
    pub fused: bool,
    /// Whether these have a bias.
    #[config(default = true)]
    pub bias: bool,
    /// Dropout of attention weights, in [0, 1).
    #[config(default = 0.0)]
    pub dropout: f64,
    /// Dropout of the result, in [0, 1).
    #[config(default = 0.0)]
    pub projection_dropout: f64,
}

/// Multi-head attention (Vaswani et al., "Attention is all you need", NeurIPS 2017).
#[derive(Module, Debug)]
pub struct Attention {
    /// Query, key and value as one matrix, `dim` to `3 dim`; absent if they are three.
    pub qkv: Option<Linear>,
    /// Query, where it is a matrix of its own.
    pub q: Option<Linear>,
    /// Key, likewise.
    pub k: Option<Linear>,
    /// Value, likewise.
    pub v: Option<Linear>,
    /// Of the heads' results side by side.
    pub proj: Linear,
    dropout: Dropout,
    projection_dropout: Dropout,
    heads: usize,
}

impl AttentionConfig {
    /// Builds the layer, weights by Glorot's uniform distribution and biases zero.
    ///
    /// # Panics
    /// If `heads` does not divide `dim`.
    pub fn init(&self, device: &Device) -> Attention {
        let &Self { dim, heads, .. } = self;
        assert!(heads > 0 && dim.is_multiple_of(heads), "{heads} heads do not divide a width of {dim}");
        let layer = |to, bias: bool| {
            let mut layer = LinearConfig::new(dim, to)
                .with_bias(false)
                .with_initializer(Initializer::XavierUniform { gain: 1.0 })
                .init(device);
            layer.bias = bias.then(|| Initializer::Zeros.init([to], device));
            layer
        };
        let single = || (!self.fused).then(|| layer(dim, self.bias));
        Attention {
            qkv: self.fused.then(|| layer(3 * dim, self.bias)),
            q: single(),
            k: single(),
            v: single(),
            proj: layer(dim, true),
            dropout: DropoutConfig::new(self.dropout).init(),
            projection_dropout: DropoutConfig::new(self.projection_dropout).init(),
            heads,
        }
    }
}

impl Attention {
    /// Number of heads.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// Self-attention over `[batch, tokens, dim]`; with `want_map` also the attention
    /// `[batch, heads, queries, keys]`, whose rows sum to 1.
    pub fn forward(
        &self,
        input: Tensor<3>,
        mask: Mask<'_>,
        want_map: bool,
    ) -> (Tensor<3>, Option<Tensor<4>>) {
        let [batch, tokens, dim] = input.dims();
        let parts = match &self.qkv {
            // With gradients, three products with slices of the matrix cost less than slices of their result,
            // each of which would come back as a tensor of the whole size.
            Some(qkv) if is_adapted(qkv) || !input.is_autodiff() => {
                let all = project(qkv, input).reshape([batch, tokens, 3, self.heads, dim / self.heads]);
                // Split by heads before they are taken apart, so that each part is copied once.
                let all = all.permute([2, 0, 3, 1, 4]);
                let parts = [0, 1, 2].map(|part| all.clone().narrow(0, part, 1).squeeze_dim(0));
                return self.finish(parts, mask, want_map);
            }
            Some(qkv) => self.parts(qkv).map(|(weight, bias)| linear(input.clone(), weight, bias)),
            None => self.single().map(|layer| project(layer, input.clone())),
        };
        self.finish(parts.map(|part| self.by_heads(part)), mask, want_map)
    }

    /// Attention of `queries` `[batch, queries, dim]` to `memory` `[batch, keys, dim]`.
    ///
    /// An adapter on a fused matrix counts as merged into it.
    pub fn forward_cross(
        &self,
        queries: Tensor<3>,
        memory: Tensor<3>,
        mask: Mask<'_>,
        want_map: bool,
    ) -> (Tensor<3>, Option<Tensor<4>>) {
        let inputs = [queries, memory.clone(), memory];
        let mut inputs = inputs.into_iter();
        let mut next = || inputs.next().expect("three inputs for three matrices");
        let parts = match &self.qkv {
            Some(qkv) => self.parts(qkv).map(|(weight, bias)| linear(next(), weight, bias)),
            None => self.single().map(|layer| project(layer, next())),
        };
        self.finish(parts.map(|part| self.by_heads(part)), mask, want_map)
    }

    fn single(&self) -> [&Linear; 3] {
        [&self.q, &self.k, &self.v]
            .map(|layer| layer.as_ref().expect("three matrices where there is not one"))
    }

    fn parts(&self, qkv: &Linear) -> [(Tensor<2>, Option<Tensor<1>>); 3] {
        let weight = qkv.weight.val();
        let bias = qkv.bias.as_ref().map(|bias| bias.val());
        let dim = weight.dims()[0];
        [0, 1, 2].map(|part| {
            let bias = bias.clone().map(|bias| bias.narrow(0, part * dim, dim));
            (weight.clone().narrow(1, part * dim, dim), bias)
        })
    }

    fn by_heads(&self, part: Tensor<3>) -> Tensor<4> {
        let [batch, tokens, dim] = part.dims();
        part.reshape([batch, tokens, self.heads, dim / self.heads]).swap_dims(1, 2)
    }

    fn finish(
        &self,
        [q, k, v]: [Tensor<4>; 3],
        mask: Mask<'_>,
        want_map: bool,
    ) -> (Tensor<3>, Option<Tensor<4>>) {
        let [batch, heads, queries, width] = q.dims();
        let dropped = self.dropout.prob > 0.0 && self.dropout.training.is_enabled() && q.is_autodiff();
        let (mixed, map) = if dropped {
            let map = attention_map(q, k, mask);
            (self.dropout.forward(map.clone()).matmul(v), want_map.then_some(map))
        } else {
            attend(q, k, v, mask, want_map)
        };
        let mixed = mixed.swap_dims(1, 2).reshape([batch, queries, heads * width]);
        (self.projection_dropout.forward(project(&self.proj, mixed)), map)
    }
}

/// `softmax(q kᵀ / √d + mask) v` of `[batch, heads, tokens, d]`; with `want_map` also the softmax.
pub fn attend(
    q: Tensor<4>,
    k: Tensor<4>,
    v: Tensor<4>,
    mask: Mask<'_>,
    want_map: bool,
) -> (Tensor<4>, Option<Tensor<4>>) {
    if want_map {
        let map = attention_map(q, k, mask);
        return (map.clone().matmul(v), Some(map));
    }
    if q.is_autodiff() {
        // The fused kernel has no backward pass; burn falls back to passes over the products of all pairs. Here
        // the sum divides the result, which is smaller than the products, and the largest product, which the
        // result does not depend on, is a constant.
        let scores = scores(q, k, mask);
        let largest = scores.clone().detach().max_dim(3);
        let weights = (scores - largest).exp();
        let sum = weights.clone().sum_dim(3);
        return (weights.matmul(v) / sum, None);
    }
    let options = AttentionModuleOptions { is_causal: matches!(mask, Mask::Causal), ..Default::default() };
    let bias = match mask {
        Mask::Additive(bias) => Some(bias.clone()),
        Mask::None | Mask::Causal => None,
    };
    (attention(q, k, v, None, bias, options), None)
}

fn attention_map(q: Tensor<4>, k: Tensor<4>, mask: Mask<'_>) -> Tensor<4> {
    softmax(scores(q, k, mask), 3)
}

fn scores(q: Tensor<4>, k: Tensor<4>, mask: Mask<'_>) -> Tensor<4> {
    let [_, _, queries, width] = q.dims();
    let keys = k.dims()[2];
    // The queries are scaled, not the products: there are fewer of them.
    let q = q.mul_scalar((width as f64).powf(-0.5));
    let scores = q.matmul(k.transpose());
    match mask {
        Mask::None => scores,
        Mask::Causal => {
            // Aligned at the last query, which sees all keys.
            let offset = keys as i64 - queries as i64;
            let later = Tensor::<2, Bool>::tril_mask([queries, keys], offset, &scores.device());
            scores.mask_fill(later.unsqueeze(), f32::NEG_INFINITY)
        }
        Mask::Additive(bias) => scores + bias.clone(),
    }
}
