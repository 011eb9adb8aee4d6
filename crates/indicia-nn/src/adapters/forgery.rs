//! The forgery-aware adapter of FatFormer.
//!
//! Liu et al., "Forgery-aware adaptive transformer for generalizable synthetic image detection", CVPR 2024
//! (<https://github.com/Michel-liu/FatFormer>). It sits beside the feed-forward half of every third block of CLIP
//! and adds to it what tokens show in space and in frequency. Fields carry the published names; of the two
//! attentions, `in_proj_weight`, `in_proj_bias` and `out_proj` are here `qkv.weight`, `qkv.bias` and `proj`.

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::{
    Dropout, DropoutConfig, GroupNorm, GroupNormConfig, Initializer, LayerNorm, LayerNormConfig, Linear,
    LinearConfig,
};
use burn::tensor::{Device, Tensor, activation::relu, module::linear};

use super::{haar, inverse_haar};
use crate::layers::{Attention, AttentionConfig, Mask};

/// Configuration of a [`ForgeryAwareAdapter`]; defaults as published.
#[derive(Config, Debug)]
pub struct ForgeryAwareAdapterConfig {
    /// Width of the tokens.
    #[config(default = 1024)]
    pub dim: usize,
    /// Width of the image path.
    #[config(default = 64)]
    pub bottleneck: usize,
    /// Dropout, in [0, 1).
    #[config(default = 0.1)]
    pub dropout: f64,
    /// Constant gain of the image path.
    #[config(default = 0.1)]
    pub scale: f64,
    /// Heads of both attentions.
    #[config(default = 8)]
    pub heads: usize,
    /// Groups of the norm of the bands; divides `dim`.
    #[config(default = 128)]
    pub groups: usize,
}

/// Image path: a bottleneck. Frequency path: the patch grid's four Haar bands, attention among the bands of each
/// place, attention among the places of each band, a feed-forward layer, and back; its learned gain starts at
/// zero.
#[derive(Module, Debug)]
pub struct ForgeryAwareAdapter {
    /// Image path to the narrow width, `[bottleneck, dim, 1]`.
    pub first_conv_layer: Conv1d,
    /// And back, `[dim, bottleneck, 1]`.
    pub second_conv_layer: Conv1d,
    /// Gain of the frequency path, `[1]`.
    pub freq_scale: Param<Tensor<1>>,
    /// Norm of the bands, over channels in groups.
    pub dwt_norm: GroupNorm,
    /// Attention among the bands of one place (so named in publication).
    pub intra_band: Attention,
    /// After it.
    pub norm_intra: LayerNorm,
    /// Attention among the places of one band.
    pub inter_band: Attention,
    /// After it.
    pub norm_inter: LayerNorm,
    /// Feed-forward, to four times the width.
    pub linear1: Linear,
    /// And back.
    pub linear2: Linear,
    /// After it.
    pub norm3: LayerNorm,
    dropout: Dropout,
    scale: f64,
}

impl ForgeryAwareAdapterConfig {
    /// Builds the adapter.
    pub fn init(&self, device: &Device) -> ForgeryAwareAdapter {
        let &Self { dim, bottleneck, heads, .. } = self;
        let attention = || AttentionConfig::new(dim, heads).init(device);
        let norm = || LayerNormConfig::new(dim).init(device);
        ForgeryAwareAdapter {
            first_conv_layer: Conv1dConfig::new(dim, bottleneck, 1).init(device),
            second_conv_layer: Conv1dConfig::new(bottleneck, dim, 1).init(device),
            freq_scale: Initializer::Zeros.init([1], device),
            dwt_norm: GroupNormConfig::new(self.groups, dim).init(device),
            intra_band: attention(),
            norm_intra: norm(),
            inter_band: attention(),
            norm_inter: norm(),
            linear1: LinearConfig::new(dim, 4 * dim).init(device),
            linear2: LinearConfig::new(4 * dim, dim).init(device),
            norm3: norm(),
            dropout: DropoutConfig::new(self.dropout).init(),
            scale: self.scale,
        }
    }
}

impl ForgeryAwareAdapter {
    /// Maps the tokens `[batch, 1 + rows * columns, dim]` between both halves of a block to what is to be added
    /// beside its feed-forward half. The first is the class token, which has no part in frequency; `grid` is
    /// `[rows, columns]` of the others, both even.
    ///
    /// # Panics
    /// If the grid does not fit.
    pub fn forward(&self, tokens: Tensor<3>, grid: [usize; 2]) -> Tensor<3> {
        let [batch, count, dim] = tokens.dims();
        let [rows, columns] = grid;
        assert_eq!(count, 1 + rows * columns, "tokens are one class token and a grid of {rows} x {columns}");
        let patches = tokens.clone().narrow(1, 1, count - 1).reshape([batch, rows, columns, dim]);
        let seen =
            self.frequency(patches).reshape([batch, count - 1, dim]) * self.freq_scale.val().unsqueeze();
        let class = Tensor::zeros([batch, 1, dim], &tokens.device());
        self.image(tokens) + Tensor::cat(vec![class, seen], 1)
    }

    fn image(&self, tokens: Tensor<3>) -> Tensor<3> {
        let narrow = self.dropout.forward(relu(pointwise(&self.first_conv_layer, tokens)));
        pointwise(&self.second_conv_layer, narrow).mul_scalar(self.scale)
    }

    fn frequency(&self, patches: Tensor<4>) -> Tensor<4> {
        let bands = haar(patches);
        let [batch, four, rows, columns, dim] = bands.dims();
        let places = rows * columns;
        let bands = bands.reshape([batch, four * places, dim]).swap_dims(1, 2);
        let bands = self.dwt_norm.forward(bands).swap_dims(1, 2);

        let among_bands: Tensor<3> = bands
            .clone()
            .reshape([batch, four, places, dim])
            .swap_dims(1, 2)
            .reshape([batch * places, four, dim]);
        let mixed: Tensor<4> =
            self.intra_band.forward(among_bands, Mask::None, false).0.reshape([batch, places, four, dim]);
        let mixed = mixed.swap_dims(1, 2).reshape([batch, four * places, dim]);
        let bands = self.norm_intra.forward(bands + self.dropout.forward(mixed));

        let among_places = bands.clone().reshape([batch * four, places, dim]);
        let mixed = self.inter_band.forward(among_places, Mask::None, false).0;
        let mixed = mixed.reshape([batch, four * places, dim]);
        let bands = self.norm_inter.forward(bands + self.dropout.forward(mixed));

        let wide = self.dropout.forward(relu(self.linear1.forward(bands.clone())));
        let fed = self.dropout.forward(self.linear2.forward(wide));
        let bands = self.norm3.forward(bands + fed);
        inverse_haar(bands.reshape([batch, four, rows, columns, dim]))
    }
}

/// A convolution of one tap over `[batch, tokens, channels]`, which is a product with its weight.
fn pointwise(layer: &Conv1d, tokens: Tensor<3>) -> Tensor<3> {
    let weight: Tensor<2> = layer.weight.val().squeeze_dim(2);
    linear(tokens, weight.transpose(), layer.bias.as_ref().map(|bias| bias.val()))
}
