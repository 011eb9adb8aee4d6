//! The all-MLP head of SegFormer (E. Xie et al., NeurIPS 2021, section 3.2), names of the released code.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Device, Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::convolution::{Convolution, DropUnits, Unit, batch_norm, linear, resize, to_map, to_tokens};
use crate::parity::Renames;

/// What a head is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegformerHeadConfig {
    /// Channels of the four stages.
    pub widths: [usize; 4],
    /// Channels that every stage is projected to: 256 for B0 and B1, 768 (SegFormer) or 512 (MMFusion) above.
    pub width: usize,
    /// Channels of the output.
    pub classes: usize,
    /// Share of channels dropped before the last layer in training.
    pub dropout: f64,
    /// Added to the variance in the batch normalisation.
    pub epsilon: f64,
}

impl SegformerHeadConfig {
    /// The released settings, 0.1 of channels dropped.
    pub const fn new(widths: [usize; 4], width: usize, classes: usize) -> Self {
        Self { widths, width, classes, dropout: 0.1, epsilon: 1e-5 }
    }

    /// Multiply-adds for maps of these heights and widths.
    pub fn multiply_adds(&self, sizes: [[usize; 2]; 4]) -> u64 {
        let of_stage = |stage: usize| {
            let tokens = (sizes[stage][0] * sizes[stage][1]) as u64;
            // The projection, and this stage's part of the fusing layer.
            tokens * (self.width * (self.widths[stage] + self.width)) as u64
        };
        let finest = (sizes[0][0] * sizes[0][1] * self.width * self.classes) as u64;
        (0..4).map(of_stage).sum::<u64>() + finest
    }
}

/// A stage's linear layer.
#[derive(Module, Debug)]
pub struct Projection {
    /// Stage width to head width.
    pub proj: Linear,
}

/// The layer that fuses the projected stages, with its normalisation.
#[derive(Module, Debug)]
pub struct FuseConv {
    /// 1 by 1 without bias on the projections of stages 4, 3, 2 and 1, in this order.
    pub conv: Conv2d,
    /// Batch normalisation.
    pub bn: BatchNorm,
}

/// The head.
#[derive(Module, Debug)]
pub struct SegformerHead {
    /// Of stage 1.
    pub linear_c1: Projection,
    /// Of stage 2.
    pub linear_c2: Projection,
    /// Of stage 3.
    pub linear_c3: Projection,
    /// Of stage 4.
    pub linear_c4: Projection,
    /// All stages to one map.
    pub linear_fuse: FuseConv,
    /// To classes.
    pub linear_pred: Conv2d,
    dropout: DropUnits,
}

impl SegformerHead {
    /// With fresh weights.
    pub fn new(config: &SegformerHeadConfig, device: &Device) -> Self {
        let project = |stage: usize| Projection { proj: linear(config.widths[stage], config.width, device) };
        Self {
            linear_c1: project(0),
            linear_c2: project(1),
            linear_c3: project(2),
            linear_c4: project(3),
            linear_fuse: FuseConv {
                conv: Convolution::same(4 * config.width, config.width, 1).without_bias().init(device),
                bn: batch_norm(config.width, config.epsilon, device),
            },
            linear_pred: Convolution::same(config.width, config.classes, 1).init(device),
            dropout: DropUnits::new(config.dropout, Unit::Channel),
        }
    }

    /// Four maps to logits `[batch, classes, height, width]` of the first one's size.
    ///
    /// The fusing layer is applied to each stage before it is enlarged and the results are added, which is the
    /// published function (enlarging commutes with a 1 by 1 convolution) with a third of its work.
    pub fn forward(&self, maps: [Tensor<4>; 4]) -> Tensor<4> {
        let [_, _, height, width] = maps[0].dims();
        let inner = self.linear_fuse.conv.weight.dims()[0];
        let weight = self.linear_fuse.conv.weight.val().reshape([inner, 4 * inner]).transpose();
        let projections = [&self.linear_c1, &self.linear_c2, &self.linear_c3, &self.linear_c4];
        let parts = maps.into_iter().zip(projections).enumerate().map(|(stage, (map, projection))| {
            let [_, _, rows, columns] = map.dims();
            let part = weight.clone().narrow(0, (3 - stage) * inner, inner);
            let tokens = projection.proj.forward(to_tokens(map)).matmul(part.unsqueeze());
            resize(to_map(tokens, [rows, columns]), [height, width])
        });
        let fused = parts.reduce(|a, b| a + b).expect("there are four stages");
        let fused = activation::relu(self.linear_fuse.bn.forward(fused));
        self.linear_pred.forward(self.dropout.forward(fused))
    }
}

/// From the names of Hugging Face's `SegformerDecodeHead`, under `prefix`, to ours.
pub fn renames_from_transformers(prefix: &str) -> Renames {
    let prefix = prefix.replace('.', r"\.");
    let pair = |from: &str, to: &str| (format!("^{prefix}{from}"), to.to_owned());
    let mut renames: Renames = (0..4)
        .map(|i| pair(&format!(r"linear_c\.{i}\.proj\."), &format!("linear_c{}.proj.", i + 1)))
        .collect();
    renames.push(pair(r"linear_fuse\.", "linear_fuse.conv."));
    renames.push(pair(r"batch_norm\.", "linear_fuse.bn."));
    renames.push(pair(r"classifier\.", "linear_pred."));
    renames
}
