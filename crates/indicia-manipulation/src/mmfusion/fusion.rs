//! The modules between two streams, of CMX (J. Zhang, H. Liu, K. Yang, X. Hu, R. Liu, R. Stiefelhagen, "CMX:
//! Cross-Modal Fusion for RGB-X Semantic Segmentation with Transformers", IEEE T-ITS 24(12), 2023, sections III-B
//! and III-C).

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor, activation};
use indicia_nn::convolution::{Convolution, batch_norm, linear, linear_with, to_map, to_tokens};

/// Both streams' channels to two weights for each channel.
#[derive(Module, Debug)]
pub struct ChannelWeights {
    /// Mean and maximum of both streams to an inner layer.
    pub first: Linear,
    /// To the weights.
    pub second: Linear,
}

/// Both streams to two weights for each place.
#[derive(Module, Debug)]
pub struct SpatialWeights {
    /// 1 by 1.
    pub first: Conv2d,
    /// 1 by 1.
    pub second: Conv2d,
}

/// Each stream takes from the other what is weighed by channel and by place, half of each.
#[derive(Module, Debug)]
pub struct FeatureRectify {
    /// By channel.
    pub channel_weights: ChannelWeights,
    /// By place.
    pub spatial_weights: SpatialWeights,
}

impl FeatureRectify {
    pub(super) fn new(width: usize, reduction: usize, device: &Device) -> Self {
        let inner = width / reduction;
        Self {
            channel_weights: ChannelWeights {
                first: linear(4 * width, 4 * inner, device),
                second: linear(4 * inner, 2 * width, device),
            },
            spatial_weights: SpatialWeights {
                first: Convolution::same(2 * width, inner, 1).init(device),
                second: Convolution::same(inner, 2, 1).init(device),
            },
        }
    }

    /// Two maps `[batch, channels, height, width]` to two of that shape.
    pub fn forward(&self, a: Tensor<4>, b: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
        let [batch, width, rows, columns] = a.dims();
        let both = Tensor::cat(vec![a.clone(), b.clone()], 1);
        let flat = both.clone().reshape([batch, 2 * width, rows * columns]);
        let mean = flat.clone().mean_dim(2).squeeze_dim::<2>(2);
        let largest = flat.max_dim(2).squeeze_dim::<2>(2);
        let hidden =
            activation::relu(self.channel_weights.first.forward(Tensor::cat(vec![mean, largest], 1)));
        let channel = activation::sigmoid(self.channel_weights.second.forward(hidden));
        let channel =
            |which: usize| channel.clone().narrow(1, which * width, width).reshape([batch, width, 1, 1]);
        let hidden = activation::relu(self.spatial_weights.first.forward(both));
        let place = activation::sigmoid(self.spatial_weights.second.forward(hidden));
        let weights = |which: usize| (channel(which) + place.clone().narrow(1, which, 1)).mul_scalar(0.5);
        (a.clone() + weights(1) * b.clone(), b + weights(0) * a)
    }
}

/// Keys and values of both streams.
#[derive(Module, Debug)]
pub struct CrossAttention {
    /// Of the first stream.
    pub kv1: Linear,
    /// Of the second.
    pub kv2: Linear,
    heads: usize,
}

impl CrossAttention {
    /// Tokens `[batch, places, channels]` of both streams, each as seen through the other's context: the softmax
    /// over rows of K'V, a matrix of channels by channels, so that the cost is linear in the places.
    fn forward(&self, a: Tensor<3>, b: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
        let [batch, places, width] = a.dims();
        let of_head = width / self.heads;
        let heads = |x: Tensor<3>| x.reshape([batch, places, self.heads, of_head]).swap_dims(1, 2);
        let scale = 1.0 / (of_head as f64).sqrt();
        let context = |x: Tensor<3>, kv: &Linear| {
            let kv = kv.forward(x);
            let (k, v) = (heads(kv.clone().narrow(2, 0, width)), heads(kv.narrow(2, width, width)));
            activation::softmax(k.swap_dims(2, 3).matmul(v).mul_scalar(scale), 2)
        };
        let (of_a, of_b) = (context(a.clone(), &self.kv1), context(b.clone(), &self.kv2));
        let seen = |x: Tensor<3>, context: Tensor<4>| {
            heads(x).matmul(context).swap_dims(1, 2).reshape([batch, places, width])
        };
        (seen(a, of_b), seen(b, of_a))
    }
}

/// Each stream's tokens, renewed through the other's context.
#[derive(Module, Debug)]
pub struct CrossPath {
    /// To what stays and what crosses, first stream.
    pub channel_proj1: Linear,
    /// Second stream.
    pub channel_proj2: Linear,
    /// What crosses.
    pub cross_attn: CrossAttention,
    /// Back to the width, first stream.
    pub end_proj1: Linear,
    /// Second stream.
    pub end_proj2: Linear,
    /// First stream.
    pub norm1: LayerNorm,
    /// Second stream.
    pub norm2: LayerNorm,
}

/// Two maps in one to one of half the channels.
#[derive(Module, Debug)]
pub struct ChannelEmbed {
    /// 1 by 1 without bias, beside the others.
    pub residual: Conv2d,
    /// 1 by 1.
    pub reduce: Conv2d,
    /// 3 by 3 on each channel.
    pub depthwise: Conv2d,
    /// 1 by 1, after a ReLU.
    pub expand: Conv2d,
    /// After it.
    pub inner_norm: BatchNorm,
    /// Of the sum.
    pub norm: BatchNorm,
}

/// Both streams to one map.
#[derive(Module, Debug)]
pub struct FeatureFusion {
    /// Exchange.
    pub cross: CrossPath,
    /// Merging.
    pub channel_emb: ChannelEmbed,
}

impl FeatureFusion {
    pub(super) fn new(width: usize, heads: usize, reduction: usize, epsilon: f64, device: &Device) -> Self {
        let inner = width / reduction;
        let norm = || LayerNormConfig::new(width).with_epsilon(epsilon).init(device);
        let cross = CrossPath {
            channel_proj1: linear(width, 2 * inner, device),
            channel_proj2: linear(width, 2 * inner, device),
            cross_attn: CrossAttention {
                kv1: linear_with(inner, 2 * inner, false, device),
                kv2: linear_with(inner, 2 * inner, false, device),
                heads,
            },
            end_proj1: linear(2 * inner, width, device),
            end_proj2: linear(2 * inner, width, device),
            norm1: norm(),
            norm2: norm(),
        };
        let channel_emb = ChannelEmbed {
            residual: Convolution::same(2 * width, width, 1).without_bias().init(device),
            reduce: Convolution::same(2 * width, inner, 1).init(device),
            depthwise: Convolution::depthwise(inner).init(device),
            expand: Convolution::same(inner, width, 1).init(device),
            inner_norm: batch_norm(width, epsilon, device),
            norm: batch_norm(width, epsilon, device),
        };
        Self { cross, channel_emb }
    }

    /// Two maps `[batch, channels, height, width]` to one of that shape.
    pub fn forward(&self, a: Tensor<4>, b: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = a.dims();
        let cross = &self.cross;
        let split = |x: Tensor<3>, projection: &Linear| {
            let x = activation::relu(projection.forward(x));
            let half = x.dims()[2] / 2;
            (x.clone().narrow(2, 0, half), x.narrow(2, half, half))
        };
        let (a, b) = (to_tokens(a), to_tokens(b));
        let (stays_a, crosses_a) = split(a.clone(), &cross.channel_proj1);
        let (stays_b, crosses_b) = split(b.clone(), &cross.channel_proj2);
        let (seen_a, seen_b) = cross.cross_attn.forward(crosses_a, crosses_b);
        let end = |x: Tensor<3>, stays, seen, projection: &Linear, norm: &LayerNorm| {
            norm.forward(x + projection.forward(Tensor::cat(vec![stays, seen], 2)))
        };
        let a = end(a, stays_a, seen_a, &cross.end_proj1, &cross.norm1);
        let b = end(b, stays_b, seen_b, &cross.end_proj2, &cross.norm2);
        let both = to_map(Tensor::cat(vec![a, b], 2), [height, width]);
        let embed = &self.channel_emb;
        let inner = embed.depthwise.forward(embed.reduce.forward(both.clone()));
        let inner = embed.inner_norm.forward(embed.expand.forward(activation::relu(inner)));
        embed.norm.forward(embed.residual.forward(both) + inner)
    }
}

/// Multiply-adds of both modules for every place; the layers that see the whole map once are left out.
pub(super) fn multiply_adds(width: usize, heads: usize, reduction: usize) -> u64 {
    let inner = width / reduction;
    let rectify = 2 * width * inner + 2 * inner;
    let exchange =
        2 * (width * 2 * inner + inner * 2 * inner + 2 * inner * inner / heads + 2 * inner * width);
    let merge = 2 * width * width + 2 * width * inner + 9 * inner + inner * width;
    (rectify + exchange + merge) as u64
}
