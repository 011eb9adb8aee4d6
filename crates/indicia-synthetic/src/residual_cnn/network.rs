use indicia_nn::burn;
use indicia_nn::burn::module::Module;
use indicia_nn::burn::nn::conv::{Conv2d, Conv2dConfig};
use indicia_nn::burn::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d,
};
use indicia_nn::burn::tensor::module::conv2d;
use indicia_nn::burn::tensor::ops::ConvOptions;
use indicia_nn::burn::tensor::{Device, Tensor, TensorData, activation};
use indicia_ops::srm::SRM_30;

use super::Model;

/// A depthwise and a pointwise convolution, a norm, and the way around them where shapes allow.
#[derive(Module, Debug)]
struct Separable {
    depthwise: Conv2d,
    pointwise: Conv2d,
    norm: BatchNorm,
    around: bool,
}

impl Separable {
    fn new(input: usize, output: usize, stride: usize, device: &Device) -> Self {
        let depthwise = Conv2dConfig::new([input, input], [3, 3])
            .with_groups(input)
            .with_stride([stride, stride])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(false);
        let pointwise = Conv2dConfig::new([input, output], [1, 1]).with_bias(false);
        Self {
            depthwise: depthwise.init(device),
            pointwise: pointwise.init(device),
            norm: BatchNormConfig::new(output).init(device),
            around: input == output && stride == 1,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let out = self.pointwise.forward(self.depthwise.forward(input.clone()));
        let out = activation::relu(self.norm.forward(out));
        if self.around { out + input } else { out }
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct ResidualCnn {
    /// Fixed kernels, `[30, 1, 5, 5]`; part of the code, not of the weights.
    kernels: Tensor<4>,
    truncation: f64,
    pixels: Conv2d,
    residuals: Conv2d,
    norm: BatchNorm,
    blocks: Vec<Separable>,
    dropout: Dropout,
    head: Linear,
}

impl ResidualCnn {
    /// The network with first weights.
    pub fn new(model: &Model, device: &Device) -> Self {
        let weights: Vec<f32> = SRM_30.iter().flat_map(|k| (0..25).map(|i| k.weight(i / 5, i % 5))).collect();
        let width = model.width;
        let block = |input: usize, output: usize, stride: usize| {
            Separable::new(width * input, width * output, stride, device)
        };
        Self {
            kernels: Tensor::from_data(TensorData::new(weights, [30, 1, 5, 5]), device),
            truncation: model.truncation,
            pixels: Conv2dConfig::new([3, width / 2], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(false)
                .init(device),
            residuals: Conv2dConfig::new([30, width / 2], [1, 1]).with_bias(false).init(device),
            norm: BatchNormConfig::new(width).init(device),
            blocks: vec![
                block(1, 2, 2),
                block(2, 2, 1),
                block(2, 4, 2),
                block(4, 4, 1),
                block(4, 4, 1),
                block(4, 8, 2),
                block(8, 8, 1),
                block(8, 8, 1),
            ],
            dropout: DropoutConfig::new(model.dropout).init(),
            head: LinearConfig::new(8 * width, 1).init(device),
        }
    }

    /// Features of pictures `[batch, 3, height, width]` from 0 to 1: `[batch, channels]`.
    pub fn features(&self, pictures: Tensor<4>) -> Tensor<2> {
        let [red, green, blue] = [0, 1, 2].map(|channel| pictures.clone().narrow(1, channel, 1));
        // Luma in grey levels, as JPEG has it.
        let luma = red * (0.299 * 255.0) + green * (0.587 * 255.0) + blue * (0.114 * 255.0);
        let options = ConvOptions::new([1, 1], [2, 2], [1, 1], 1);
        let residuals = conv2d(luma, self.kernels.clone(), None, options)
            .clamp(-self.truncation, self.truncation)
            .div_scalar(self.truncation);
        let centred = (pictures - 0.5) * 4.0;
        let first = Tensor::cat(vec![self.pixels.forward(centred), self.residuals.forward(residuals)], 1);
        let first = activation::relu(self.norm.forward(first));
        let last = self.blocks.iter().fold(first, |x, block| block.forward(x));
        last.mean_dims(&[2, 3]).flatten(1, 3)
    }

    /// Logits of being synthetic, `[batch]`.
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<1> {
        let features = self.dropout.forward(self.features(pictures));
        self.head.forward(features).flatten(0, 1)
    }
}
