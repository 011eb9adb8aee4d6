//! Pictures to tokens.

use burn::config::Config;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor, module::linear};

/// Configuration of a [`PatchEmbed`].
#[derive(Config, Debug)]
pub struct PatchEmbedConfig {
    /// Side of a patch, pixels.
    pub patch: usize,
    /// Width of the tokens.
    pub dim: usize,
    /// Channels of the picture.
    #[config(default = 3)]
    pub channels: usize,
    /// Whether the projection has a bias.
    #[config(default = true)]
    pub bias: bool,
}

/// Cuts a picture into square patches and projects each to a token.
///
/// The projection is kept as the convolution that checkpoints hold. As its patches do not overlap, it is computed
/// as one product of matrices that gives tokens in their final order.
#[derive(Module, Debug)]
pub struct PatchEmbed {
    /// Weight `[dim, channels, patch, patch]`, bias `[dim]`.
    pub proj: Conv2d,
}

impl PatchEmbedConfig {
    /// Builds the layer with burn's initial weights of a convolution.
    pub fn init(&self, device: &Device) -> PatchEmbed {
        let proj = Conv2dConfig::new([self.channels, self.dim], [self.patch; 2])
            .with_stride([self.patch; 2])
            .with_bias(self.bias)
            .init(device);
        PatchEmbed { proj }
    }
}

impl PatchEmbed {
    /// Side of a patch, pixels.
    pub fn patch(&self) -> usize {
        self.proj.kernel_size[0]
    }

    /// Maps `[batch, channels, height, width]` to tokens `[batch, rows * columns, dim]` in rows, and gives
    /// `[rows, columns]`. What is left at the right and bottom beyond whole patches is not looked at, as with a
    /// convolution.
    ///
    /// # Panics
    /// If the picture is smaller than a patch.
    pub fn forward(&self, images: Tensor<4>) -> (Tensor<3>, [usize; 2]) {
        let p = self.patch();
        let [batch, channels, height, width] = images.dims();
        let [rows, columns] = [height / p, width / p];
        assert!(rows > 0 && columns > 0, "a picture of {height} x {width} holds no patch of {p} x {p}");
        let images = if rows * p == height && columns * p == width {
            images
        } else {
            images.slice([0..batch, 0..channels, 0..rows * p, 0..columns * p])
        };
        let patches: Tensor<3> = images
            .reshape([batch, channels, rows, p, columns, p])
            .permute([0, 2, 4, 1, 3, 5])
            .reshape([batch, rows * columns, channels * p * p]);
        let weight = self.proj.weight.val();
        let dim = weight.dims()[0];
        let weight = weight.reshape([dim, channels * p * p]).transpose();
        (linear(patches, weight, self.proj.bias.as_ref().map(|b| b.val())), [rows, columns])
    }
}
