//! A decoder with skips.
//!
//! O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", MICCAI
//! 2015, as it is attached to hierarchical encoders: bilinear enlarging, concatenation, two convolutions.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

use crate::convolution::{ConvNormRelu, Convolution, resize};

/// Two convolutions on an enlarged map and the skip.
#[derive(Module, Debug)]
pub struct UnetStep {
    /// Both maps to the step's width.
    pub first: ConvNormRelu,
    /// Width to width.
    pub second: ConvNormRelu,
}

/// Three steps from the coarsest of four maps to the finest.
#[derive(Module, Debug)]
pub struct UnetDecoder {
    /// Towards stage 3, 2 and 1.
    pub steps: Vec<UnetStep>,
    /// 1 by 1 to classes.
    pub last: Conv2d,
}

impl UnetDecoder {
    /// With fresh weights: stages of `widths` channels, steps of `steps` channels (towards stage 3, 2 and 1).
    pub fn new(widths: [usize; 4], steps: [usize; 3], classes: usize, device: &Device) -> Self {
        let mut from = widths[3];
        let made = steps.iter().enumerate().map(|(i, &width)| {
            let input = from + widths[2 - i];
            from = width;
            UnetStep {
                first: ConvNormRelu::new(Convolution::same(input, width, 3).without_bias(), 1e-5, device),
                second: ConvNormRelu::new(Convolution::same(width, width, 3).without_bias(), 1e-5, device),
            }
        });
        Self { steps: made.collect(), last: Convolution::same(steps[2], classes, 1).init(device) }
    }

    /// Four maps to logits `[batch, classes, height, width]` of the first one's size.
    pub fn forward(&self, maps: [Tensor<4>; 4]) -> Tensor<4> {
        let [first, second, third, fourth] = maps;
        let out = self.steps.iter().zip([third, second, first]).fold(fourth, |map, (step, skip)| {
            let [_, _, height, width] = skip.dims();
            let both = Tensor::cat(vec![resize(map, [height, width]), skip], 1);
            step.second.forward(step.first.forward(both))
        });
        self.last.forward(out)
    }
}
