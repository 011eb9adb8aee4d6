//! Small pieces that convolutional and hierarchical networks are made of.

use burn::module::{Flag, Initializer, Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Device, Distribution, Tensor, activation};

/// What a convolution is made from; `into` gives one with normal weights of variance 2 / fan out and no bias at
/// first (He et al., ICCV 2015, as in SegFormer and CMX).
#[derive(Debug, Clone, Copy)]
pub struct Convolution {
    /// Channels in.
    pub input: usize,
    /// Channels out.
    pub output: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Zeros on every side.
    pub padding: usize,
    /// Groups of channels that do not mix.
    pub groups: usize,
    /// With a bias?
    pub bias: bool,
}

impl Convolution {
    /// `kernel` by `kernel` with stride 1 and, for odd kernels, an output of the input's size.
    pub const fn same(input: usize, output: usize, kernel: usize) -> Self {
        Self { input, output, kernel, stride: 1, padding: kernel / 2, groups: 1, bias: true }
    }

    /// 3 by 3 on each channel by itself.
    pub const fn depthwise(channels: usize) -> Self {
        Self { groups: channels, ..Self::same(channels, channels, 3) }
    }

    /// With another stride.
    pub const fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// Without a bias.
    pub const fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// Rows or columns of the output for `size` of the input; 0 if the kernel does not fit.
    pub const fn size(&self, size: usize) -> usize {
        match (size + 2 * self.padding).checked_sub(self.kernel) {
            Some(room) => room / self.stride + 1,
            None => 0,
        }
    }

    /// Multiply-adds for one picture of `height` by `width`.
    pub const fn multiply_adds(&self, height: usize, width: usize) -> u64 {
        let kernel = self.kernel * self.kernel * (self.input / self.groups) * self.output;
        (self.size(height) * self.size(width)) as u64 * kernel as u64
    }

    /// The layer with fresh weights.
    pub fn init(&self, device: &Device) -> Conv2d {
        let padding = PaddingConfig2d::Explicit(self.padding, self.padding, self.padding, self.padding);
        let mut layer = Conv2dConfig::new([self.input, self.output], [self.kernel; 2])
            .with_stride([self.stride; 2])
            .with_padding(padding)
            .with_groups(self.groups)
            .with_bias(false)
            .with_initializer(Initializer::KaimingNormal { gain: 2_f64.sqrt(), fan_out_only: true })
            .init(device);
        layer.bias = self.bias.then(|| Initializer::Zeros.init([self.output], device));
        layer
    }
}

/// A linear layer with normal weights of deviation 0.02 and no bias at first.
pub fn linear(input: usize, output: usize, device: &Device) -> Linear {
    linear_with(input, output, true, device)
}

/// [`linear`], with a bias or without one.
pub fn linear_with(input: usize, output: usize, bias: bool, device: &Device) -> Linear {
    let mut layer = LinearConfig::new(input, output)
        .with_bias(false)
        .with_initializer(Initializer::Normal { mean: 0.0, std: 0.02 })
        .init(device);
    layer.bias = bias.then(|| Initializer::Zeros.init([output], device));
    layer
}

/// Batch normalisation of `channels`.
pub fn batch_norm(channels: usize, epsilon: f64, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels).with_epsilon(epsilon).init(device)
}

/// A convolution without bias, batch normalisation and ReLU.
#[derive(Module, Debug)]
pub struct ConvNormRelu {
    /// The convolution.
    pub conv: Conv2d,
    /// The normalisation.
    pub bn: BatchNorm,
}

impl ConvNormRelu {
    /// With fresh weights.
    pub fn new(convolution: Convolution, epsilon: f64, device: &Device) -> Self {
        Self { conv: convolution.init(device), bn: batch_norm(convolution.output, epsilon, device) }
    }

    /// `[batch, in, height, width]` to `[batch, out, height', width']`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        activation::relu(self.bn.forward(self.conv.forward(input)))
    }
}

/// Bilinear resizing to `size` (height, width) with half-pixel centres, as PyTorch's `interpolate` with
/// `align_corners=False`.
pub fn resize(input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    let [_, _, height, width] = input.dims();
    if [height, width] == size {
        return input;
    }
    let options = InterpolateOptions::new(InterpolateMode::Bilinear).with_align_corners(false);
    interpolate(input, options.with_output_size(size))
}

/// `[batch, height * width, channels]` to `[batch, channels, height, width]`.
///
/// # Panics
/// If the number of tokens is not `height * width`.
pub fn to_map(tokens: Tensor<3>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [batch, _, channels] = tokens.dims();
    tokens.swap_dims(1, 2).reshape([batch, channels, height, width])
}

/// `[batch, channels, height, width]` to `[batch, height * width, channels]`.
pub fn to_tokens(map: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = map.dims();
    map.reshape([batch, channels, height * width]).swap_dims(1, 2)
}

/// What is dropped together in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The whole branch of one item: stochastic depth (Huang et al., ECCV 2016).
    Item,
    /// A channel of one item: spatial dropout (Tompson et al., CVPR 2015).
    Channel,
}

/// Drops whole items or channels in training and scales what stays, so that the mean is kept.
///
/// Does nothing on a device without automatic differentiation, and nothing once frozen.
#[derive(Module, Debug)]
pub struct DropUnits {
    /// The share that is dropped, from 0 to below 1.
    pub probability: f64,
    #[module(skip)]
    unit: Unit,
    training: Param<Flag>,
}

impl DropUnits {
    /// # Panics
    /// If `probability` is not from 0 to below 1.
    pub fn new(probability: f64, unit: Unit) -> Self {
        assert!((0.0..1.0).contains(&probability), "a share of {probability}, expected 0 to below 1");
        Self { probability, unit, training: Param::from_bool(true) }
    }

    /// The input's shape is kept; its first axis is the item, its second the channel.
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        let device = input.device();
        if self.probability == 0.0 || !self.training.is_enabled() || !device.is_autodiff() {
            return input;
        }
        let mut shape = [1; D];
        shape[0] = input.dims()[0];
        if self.unit == Unit::Channel {
            shape[1] = input.dims()[1];
        }
        let keep = 1.0 - self.probability;
        let mask = Tensor::random(shape, Distribution::Bernoulli(keep), &device);
        input * mask.div_scalar(keep)
    }
}

#[cfg(test)]
mod tests {
    use burn::module::Module;

    use super::*;
    use crate::device::cpu;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn sizes_and_multiply_adds_are_as_by_hand() {
        let embed = Convolution { kernel: 7, stride: 4, padding: 3, ..Convolution::same(3, 8, 7) };
        assert_eq!([1, 4, 5, 8, 512].map(|n| embed.size(n)), [1, 1, 2, 2, 128]);
        assert_eq!(embed.multiply_adds(8, 5), 2 * 2 * 7 * 7 * 3 * 8);
        let reduce = Convolution { padding: 0, ..Convolution::same(8, 8, 4).stride(4) };
        assert_eq!([3, 4, 7, 8].map(|n| reduce.size(n)), [0, 1, 1, 2]);
        assert_eq!(Convolution::depthwise(6).multiply_adds(2, 3), 6 * 9 * 6);
        let device = cpu();
        let [_, channels, height, width] =
            embed.init(&device).forward(Tensor::zeros([1, 3, 9, 5], &device)).dims();
        assert_eq!([channels, height, width], [8, 3, 2]);
    }

    #[test]
    fn resizing_has_half_pixel_centres() {
        let row = Tensor::<4>::from_data([[[[0.0, 1.0]]]], &cpu());
        // Centres of four samples lie at -0.25, 0.25, 0.75 and 1.25 of the two.
        assert_eq!(values(resize(row, [1, 4])), [0.0, 0.25, 0.75, 1.0]);
    }

    #[test]
    fn tokens_and_maps_are_each_others_inverse() {
        let map = Tensor::<4>::from_data([[[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]], &cpu());
        let tokens = to_tokens(map.clone());
        assert_eq!(values(tokens.clone()), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(values(to_map(tokens, [1, 3])), values(map));
    }

    #[test]
    fn dropping_keeps_items_whole_and_the_mean() {
        let device = cpu().autodiff();
        let input = Tensor::<3>::ones([4000, 2, 3], &device);
        let dropped = values(DropUnits::new(0.25, Unit::Item).forward(input.clone()));
        assert!(dropped.chunks(6).all(|item| item.iter().all(|&v| v == item[0])));
        let mean = dropped.iter().sum::<f32>() / dropped.len() as f32;
        assert!((mean - 1.0).abs() < 0.05, "{mean}");
        let channels = values(DropUnits::new(0.25, Unit::Channel).forward(input.clone()));
        assert!(channels.chunks(3).all(|channel| channel.iter().all(|&v| v == channel[0])));
        assert!(channels.chunks(6).any(|item| item[0] != item[3]));
        let frozen = DropUnits::new(0.25, Unit::Item).freeze();
        assert_eq!(values(frozen.forward(input)), [1.0; 24000]);
        assert_eq!(
            values(DropUnits::new(0.5, Unit::Item).forward(Tensor::<2>::ones([1, 9], &cpu()))),
            [1.0; 9]
        );
    }
}
