//! Constrained convolution.
//!
//! B. Bayar, M. C. Stamm, "Constrained Convolutional Neural Networks: A New Approach Towards General Purpose Image
//! Manipulation Detection", IEEE Transactions on Information Forensics and Security 13(11), 2018,
//! doi 10.1109/TIFS.2018.2825953: the centre of each kernel is -1 and the others sum to 1, so that the layer
//! predicts a sample from its neighbours and gives the error of the prediction.

use burn::module::{Initializer, Module, Param};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

/// What the gradient makes of the division by the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BayarGradient {
    /// The division is part of the function: the gradient is that of the layer as a function of its weights.
    #[default]
    Full,
    /// The sums are constants, as in released code (MMFusion, and the authors' own), which divides the stored
    /// weights in place outside the graph. Equal to the released gradient if [`Bayar::project`] has run since
    /// the last step of the optimiser.
    Released,
}

/// 5 by 5 kernels of weights that are divided by their sum, with -1 in the centre; zeros beyond the border.
#[derive(Module, Debug)]
pub struct Bayar {
    /// `[out, in, 24]`: the free weights of each kernel in rows, the centre left out. Drawn from 0 to 1 at first.
    /// Released code calls the first axis "in" and reshapes instead of transposing, so that it is "out" in
    /// effect; shapes are equal for the published 3 to 3.
    pub kernel: Param<Tensor<3>>,
    #[module(skip)]
    gradient: BayarGradient,
}

impl Bayar {
    /// A layer from `input` to `output` channels, 3 to 3 as published.
    pub fn new(input: usize, output: usize, gradient: BayarGradient, device: &Device) -> Self {
        let kernel = Initializer::Uniform { min: 0.0, max: 1.0 }.init([output, input, 24], device);
        Self { kernel, gradient }
    }

    /// Multiply-adds per sample of one channel of the picture.
    pub fn multiply_adds(&self) -> u64 {
        let [output, input, _] = self.kernel.dims();
        (25 * input * output) as u64
    }

    /// The kernels in use, `[out, in, 5, 5]`: each sums to 0. Weights whose sum is 0 give no finite kernel.
    pub fn weights(&self) -> Tensor<4> {
        let kernel = self.kernel.val();
        let [output, input, _] = kernel.dims();
        let sum = kernel.clone().sum_dim(2);
        let scaled = kernel / if self.gradient == BayarGradient::Released { sum.detach() } else { sum };
        let centre = Tensor::full([output, input, 1], -1.0, &scaled.device());
        let before = scaled.clone().narrow(2, 0, 12);
        let after = scaled.narrow(2, 12, 12);
        Tensor::cat(vec![before, centre, after], 2).reshape([output, input, 5, 5])
    }

    /// The layer with its stored weights divided by their sums: what released code does at every use.
    pub fn project(mut self) -> Self {
        self.kernel = self.kernel.map(|kernel| {
            let (device, required) = (kernel.device(), kernel.is_require_grad());
            let kernel = kernel.detach();
            let kernel = (kernel.clone() / kernel.sum_dim(2)).to_device(&device).detach();
            kernel.set_require_grad(required)
        });
        self
    }

    /// `[batch, in, height, width]` to `[batch, out, height, width]`.
    pub fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        conv2d(picture, self.weights(), None, ConvOptions::new([1, 1], [2, 2], [1, 1], 1))
    }
}

#[cfg(test)]
mod tests {
    use burn::optim::GradientsParams;
    use burn::tensor::TensorData;

    use super::*;
    use crate::device::cpu;
    use crate::gradients::assert_all;
    use crate::parity;

    fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data_as::<f32>().try_to_vec().unwrap()
    }

    /// One kernel with weights 1 to 24, whose sum is 300.
    fn counted(gradient: BayarGradient, device: &Device) -> Bayar {
        let kernel: Vec<f32> = (1..=24).map(|i| i as f32).collect();
        let kernel = Param::from_data(TensorData::new(kernel, [1, 1, 24]), device);
        Bayar { kernel, gradient }
    }

    #[test]
    fn a_kernel_is_its_weights_over_their_sum_around_minus_one() {
        let layer = counted(BayarGradient::Full, &cpu());
        let weights = values(layer.weights());
        assert_eq!(weights[12], -1.0);
        assert!((weights[0] - 1.0 / 300.0).abs() < 1e-7 && (weights[13] - 13.0 / 300.0).abs() < 1e-7);
        assert!((weights[24] - 24.0 / 300.0).abs() < 1e-7);
        assert!(weights.iter().sum::<f32>().abs() < 1e-6);
        // Inside a constant picture the prediction is right; at its corner the zeros beyond are part of it.
        let out = values(layer.forward(Tensor::ones([1, 1, 5, 5], &cpu())));
        assert!(out[12].abs() < 1e-6);
        let corner: f32 = [13, 14, 17, 18, 19, 22, 23, 24].iter().map(|&i| weights[i]).sum();
        assert!((out[0] - (corner - 1.0)).abs() < 1e-6);
        assert_eq!(layer.multiply_adds(), 25);
    }

    #[test]
    fn projecting_keeps_the_layer_and_makes_sums_one() {
        let layer = counted(BayarGradient::Full, &cpu().autodiff());
        let projected = layer.clone().project();
        let stored = values(projected.kernel.val());
        assert!((stored[23] - 24.0 / 300.0).abs() < 1e-7);
        assert!(projected.kernel.val().is_require_grad());
        let (a, b) = (values(layer.weights()), values(projected.weights()));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn the_full_gradient_is_that_of_the_function() {
        let device = cpu().autodiff();
        let layer = Bayar::new(3, 3, BayarGradient::Full, &device);
        let picture = parity::picture("bayar", [1, 3, 6, 7], &device).div_scalar(256.0);
        assert_all(&layer, 12, 1e-2, 2e-2, |l| {
            l.forward(picture.clone()).powi_scalar(2).sum().mul_scalar(1e2)
        });
    }

    #[test]
    fn the_released_gradient_takes_sums_for_constants() {
        let device = cpu().autodiff();
        let gradient = |kind| {
            let layer = counted(kind, &device).project();
            let picture = parity::picture("bayar", [1, 1, 6, 7], &device).div_scalar(256.0);
            let loss = layer.forward(picture).powi_scalar(2).sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &layer);
            (values(gradients.get::<3>(layer.kernel.id).unwrap()), values(layer.kernel.val()))
        };
        let (released, kernel) = gradient(BayarGradient::Released);
        let (full, _) = gradient(BayarGradient::Full);
        // With weights k of sum one and released gradient g, the full one is g - g.k in every entry.
        let along: f32 = released.iter().zip(&kernel).map(|(g, k)| g * k).sum();
        let size = released.iter().fold(0.0_f32, |m, g| m.max(g.abs()));
        assert!(along.abs() > 0.05 * size);
        assert!(released.iter().zip(&full).all(|(g, f)| (g - along - f).abs() < 1e-3 * size));
    }
}
