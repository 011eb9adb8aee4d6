//! One picture of several views, for early fusion.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::{Device, Tensor};
use indicia_nn::convolution::{ConvNormRelu, Convolution};

/// Convolutions 3 by 3 with batch normalisation and ReLU, each twice as wide as the one before, and one of 1 by 1 to
/// three channels.
#[derive(Module, Debug)]
pub struct EarlyConv {
    /// The convolutions.
    pub convs: Vec<ConvNormRelu>,
    /// To three channels.
    pub last: Conv2d,
}

impl EarlyConv {
    fn new(input: usize, width: usize, depth: usize, epsilon: f64, device: &Device) -> Self {
        let mut from = input;
        let convs = (0..depth).map(|i| {
            let convolution = Convolution::same(from, width << i, 3);
            from = width << i;
            ConvNormRelu::new(convolution, epsilon, device)
        });
        Self { convs: convs.collect(), last: Convolution::same(from, 3, 1).init(device) }
    }

    /// `[batch, channels, height, width]` to `[batch, 3, height, width]`.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.last.forward(self.convs.iter().fold(input, |x, conv| conv.forward(x)))
    }
}

/// Multiply-adds of an [`EarlyConv`] for every sample.
pub(super) fn multiply_adds(input: usize, width: usize, depth: usize) -> u64 {
    let mut from = input;
    let mut total = 0;
    for i in 0..depth {
        total += 9 * from * (width << i);
        from = width << i;
    }
    (total + 3 * from) as u64
}

/// A block for every view and one over all of them.
#[derive(Module, Debug)]
pub struct Mixer {
    /// Of each view.
    pub blocks: Vec<EarlyConv>,
    /// Over all.
    pub mixer: EarlyConv,
    dropout: Dropout,
}

impl Mixer {
    pub(super) fn new(
        views: usize,
        (width, depth): (usize, usize),
        dropout: f64,
        epsilon: f64,
        device: &Device,
    ) -> Self {
        Self {
            blocks: (0..views).map(|_| EarlyConv::new(3, width, depth, epsilon, device)).collect(),
            mixer: EarlyConv::new(3 * views, width, depth, epsilon, device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// Views `[batch, 3, height, width]` to one picture of that shape.
    pub fn forward(&self, views: Vec<Tensor<4>>) -> Tensor<4> {
        let each = views.into_iter().zip(&self.blocks).map(|(view, block)| block.forward(view)).collect();
        self.mixer.forward(self.dropout.forward(Tensor::cat(each, 1)))
    }
}

/// Two convolutions of 3 by 3, the first with stride 2.
#[derive(Module, Debug)]
pub struct Stem {
    /// With stride 2.
    pub first: ConvNormRelu,
    /// With stride 1.
    pub second: ConvNormRelu,
}

impl Stem {
    pub(super) fn new(input: usize, width: usize, epsilon: f64, device: &Device) -> Self {
        let first = Convolution::same(input, width, 3).stride(2).without_bias();
        Self {
            first: ConvNormRelu::new(first, epsilon, device),
            second: ConvNormRelu::new(Convolution::same(width, width, 3).without_bias(), epsilon, device),
        }
    }

    /// `[batch, channels, height, width]` to `[batch, stem, height / 2, width / 2]`, sizes rounded up.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.second.forward(self.first.forward(input))
    }
}
