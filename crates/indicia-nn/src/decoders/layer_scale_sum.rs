//! The head of NFA-ViT: projected stages, added with a learned gain for every channel.
//!
//! L. Cai et al., "Zooming In on Fakes: A Novel Dataset for Localized AI-Generated Image Detection with Forgery
//! Amplification Approach", 2025 (BR-Gen), after the layer scale of H. Touvron et al., "Going deeper with Image
//! Transformers", ICCV 2021. Names of the released code.

use burn::module::{Initializer, Module, Param};
use burn::nn::conv::Conv2d;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor};

use crate::convolution::{Convolution, resize};

/// The head.
#[derive(Module, Debug)]
pub struct LayerScaleSum {
    /// Gains of stage 1; 1e-6 at first.
    pub gamma1: Param<Tensor<1>>,
    /// Gains of stage 2.
    pub gamma2: Param<Tensor<1>>,
    /// Gains of stage 3.
    pub gamma3: Param<Tensor<1>>,
    /// Gains of stage 4.
    pub gamma4: Param<Tensor<1>>,
    /// Projection of stage 1.
    pub conv_layer1: Conv2d,
    /// Projection of stage 2.
    pub conv_layer2: Conv2d,
    /// Projection of stage 3.
    pub conv_layer3: Conv2d,
    /// Projection of stage 4.
    pub conv_layer4: Conv2d,
    /// Over channels of the sum.
    pub norm: LayerNorm,
    /// To the output.
    pub conv_last: Conv2d,
}

impl LayerScaleSum {
    /// With fresh weights: stages of `widths` channels, projected to `width` (512 as published), `classes` maps out
    /// (1 as published). The released module holds `gamma5` and `gamma6` as well, which nothing uses.
    pub fn new(widths: [usize; 4], width: usize, classes: usize, device: &Device) -> Self {
        let gain = || Initializer::Constant { value: 1e-6 }.init([width], device);
        let project = |stage: usize| Convolution::same(widths[stage], width, 1).init(device);
        Self {
            gamma1: gain(),
            gamma2: gain(),
            gamma3: gain(),
            gamma4: gain(),
            conv_layer1: project(0),
            conv_layer2: project(1),
            conv_layer3: project(2),
            conv_layer4: project(3),
            norm: LayerNormConfig::new(width).with_epsilon(1e-6).init(device),
            conv_last: Convolution::same(width, classes, 1).init(device),
        }
    }

    /// Four maps to logits `[batch, classes, height, width]` of the first one's size.
    pub fn forward(&self, maps: [Tensor<4>; 4]) -> Tensor<4> {
        let [_, _, height, width] = maps[0].dims();
        let gains = [&self.gamma1, &self.gamma2, &self.gamma3, &self.gamma4];
        let projections = [&self.conv_layer1, &self.conv_layer2, &self.conv_layer3, &self.conv_layer4];
        let parts = maps.into_iter().zip(gains).zip(projections).map(|((map, gain), projection)| {
            let gain = gain.val();
            let channels = gain.dims()[0];
            // The gain before enlarging: it commutes, and there is less to multiply.
            resize(projection.forward(map) * gain.reshape([1, channels, 1, 1]), [height, width])
        });
        let sum = parts.reduce(|a, b| a + b).expect("there are four stages");
        let sum = self.norm.forward(sum.permute([0, 2, 3, 1])).permute([0, 3, 1, 2]);
        self.conv_last.forward(sum)
    }
}
