//! Architecture of the Noiseprint++ extractor.
//!
//! F. Guillaro, D. Cozzolino, A. Sud, N. Dufour, L. Verdoliva, "TruFor: Leveraging All-Round Clues for Trustworthy
//! Image Forgery Detection and Localization", CVPR 2023: a denoiser (DnCNN; Zhang et al., IEEE TIP 26(7), 2017)
//! trained so that its output depends on the camera and on the history of compression and resizing. The weights
//! belong to their authors, for research only, and are not part of this software.

use burn::module::Module;
use burn::nn::BatchNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor, activation};

use crate::convolution::{Convolution, batch_norm};
use crate::parity::Renames;

/// Convolution, batch normalisation, ReLU.
#[derive(Module, Debug)]
pub struct HiddenLayer {
    /// 3 by 3, without bias.
    pub conv: Conv2d,
    /// With running statistics.
    pub norm: BatchNorm,
}

/// Convolutions 3 by 3 from three channels to one at full resolution: the first and last with bias, those
/// between with batch normalisation; ReLU after all but the last.
#[derive(Module, Debug)]
pub struct Noiseprint {
    /// Three channels to the width.
    pub first: Conv2d,
    /// Width to width.
    pub hidden: Vec<HiddenLayer>,
    /// Width to one channel.
    pub last: Conv2d,
    residual: bool,
}

impl Noiseprint {
    /// The published size: 17 convolutions of 64 channels, 0.56 million parameters.
    ///
    /// `residual`: add the first channel of the picture to the output, as NFA-ViT does; TruFor and MMFusion do
    /// not.
    pub fn published(residual: bool, device: &Device) -> Self {
        Self::new(17, 64, residual, device)
    }

    /// `depth` convolutions, at least two, of `width` channels. Frozen: it normalises by its running statistics
    /// on every device and no gradient reaches its weights.
    pub fn new(depth: usize, width: usize, residual: bool, device: &Device) -> Self {
        let hidden = |_| HiddenLayer {
            conv: Convolution::same(width, width, 3).without_bias().init(device),
            norm: batch_norm(width, 1e-5, device),
        };
        Self {
            first: Convolution::same(3, width, 3).init(device),
            hidden: (0..depth.saturating_sub(2)).map(hidden).collect(),
            last: Convolution::same(width, 1, 3).init(device),
            residual,
        }
        .freeze()
    }

    /// Multiply-adds per sample of one channel of the picture.
    pub fn multiply_adds(&self) -> u64 {
        let [width, ..] = self.first.weight.dims();
        (9 * (3 * width + self.hidden.len() * width * width + width)) as u64
    }

    /// `[batch, 3, height, width]`, samples 0 to 1, to `[batch, 1, height, width]`.
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let mut x = activation::relu(self.first.forward(picture.clone()));
        for layer in &self.hidden {
            x = activation::relu(layer.norm.forward(layer.conv.forward(x)));
        }
        let x = self.last.forward(x);
        if self.residual { x + picture.narrow(1, 0, 1) } else { x }
    }

    /// From the published keys, numbers within one sequence of convolutions, normalisations and activations
    /// (`0.weight`, `2.weight`, `3.running_mean`, ...), under `prefix`, to ours under `ours`.
    pub fn renames(&self, prefix: &str, ours: &str) -> Renames {
        let pair = |number: usize, name: &str| (format!(r"^{prefix}{number}\."), format!("{ours}{name}."));
        let depth = self.hidden.len();
        let mut renames = vec![pair(0, "first")];
        for i in 0..depth {
            renames.push(pair(3 * i + 2, &format!("hidden.{i}.conv")));
            renames.push(pair(3 * i + 3, &format!("hidden.{i}.norm")));
        }
        renames.push(pair(3 * depth + 2, "last"));
        renames
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::cpu;
    use crate::parity::{self, Entry, Sampled};

    #[derive(serde::Deserialize)]
    struct Fixture {
        keys: Vec<Entry>,
        output: Sampled,
    }

    #[test]
    fn the_published_size_has_its_published_parameters() {
        let network = Noiseprint::published(false, &cpu());
        // 3*9*64 + 64, fifteen times 64*9*64 and four vectors of 64, 64*9 + 1.
        let learned = 3 * 9 * 64 + 64 + 15 * (64 * 9 * 64 + 2 * 64) + 64 * 9 + 1;
        assert_eq!(network.num_params(), learned + 15 * 2 * 64);
        assert_eq!(network.multiply_adds(), 9 * (3 * 64 + 15 * 64 * 64 + 64));
    }

    #[test]
    fn values_are_those_of_the_reference() {
        let fixture: Fixture = serde_json::from_str(include_str!("fixtures/noiseprint.json")).unwrap();
        let device = cpu();
        for device in [device.clone(), device.autodiff()] {
            let mut network = Noiseprint::new(5, 8, false, &device);
            let renames = network.renames("", "");
            parity::load(&mut network, &fixture.keys, &renames).unwrap();
            let picture = parity::picture("noiseprint", [1, 3, 13, 17], &device).div_scalar(256.0);
            let difference = fixture.output.difference(network.freeze().forward(picture));
            assert!(difference < 1e-5, "{difference}");
        }
    }

    #[test]
    fn the_residual_adds_the_first_channel() {
        let device = cpu();
        let plain = Noiseprint::new(3, 4, false, &device);
        let mut added = plain.clone();
        added.residual = true;
        let picture = parity::picture("residual", [2, 3, 1, 5], &device);
        let difference =
            added.forward(picture.clone()) - plain.forward(picture.clone()) - picture.narrow(1, 0, 1);
        assert!(difference.abs().max().into_scalar::<f32>() < 1e-4);
    }
}
