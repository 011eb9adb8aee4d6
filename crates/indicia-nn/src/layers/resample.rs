//! Bicubic resampling of grids of tokens, as PyTorch's `interpolate` defines it.
//!
//! Resampling is linear along each axis, so it is two products with matrices whose rows are the kernel's weights;
//! gradients pass through them.

use burn::tensor::{Device, Tensor, TensorData};

/// The kernel of a bicubic resampling (Keys 1981).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// `a` = -0.75 over four neighbours, whatever the scale; samples beyond the border repeat its last.
    Bicubic,
    /// `a` = -0.5, as wide as the scale when it shrinks; samples beyond the border do not count.
    BicubicAntialiased,
}

/// Weights of each of `old` samples in each of `new` samples, `[new, old]` in rows; `scale` is the distance
/// between new samples in old ones. Pixels are areas (`align_corners=False`).
pub fn axis_weights(old: usize, new: usize, scale: f64, kernel: Kernel) -> Vec<f32> {
    let mut weights = vec![0.0; new * old];
    for (at, row) in weights.chunks_exact_mut(old).enumerate() {
        let centre = (at as f64 + 0.5) * scale;
        match kernel {
            Kernel::Bicubic => {
                let position = centre - 0.5;
                let first = position.floor();
                for tap in -1..=2 {
                    let sample = (first as isize + tap).clamp(0, old as isize - 1) as usize;
                    row[sample] += cubic(position - first - tap as f64, -0.75) as f32;
                }
            }
            Kernel::BicubicAntialiased => {
                let stretch = scale.max(1.0);
                let support = 2.0 * stretch;
                let from = ((centre - support + 0.5) as isize).max(0) as usize;
                let to = ((centre + support + 0.5) as usize).min(old);
                let values: Vec<_> =
                    (from..to).map(|i| cubic((i as f64 - centre + 0.5) / stretch, -0.5)).collect();
                let sum: f64 = values.iter().sum();
                for (sample, value) in row[from..to].iter_mut().zip(values) {
                    *sample = (value / sum) as f32;
                }
            }
        }
    }
    weights
}

fn cubic(distance: f64, a: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * a
    } else {
        0.0
    }
}

/// Resamples a grid `[rows, columns, channels]` to `new` rows and columns; `scales` are the distances between new
/// samples in old ones, `old / new` where nothing else is asked.
pub fn resample_grid(grid: Tensor<3>, new: [usize; 2], scales: [f64; 2], kernel: Kernel) -> Tensor<3> {
    let [rows, columns, channels] = grid.dims();
    let device = grid.device();
    let tall = matrix(rows, new[0], scales[0], kernel, &device)
        .matmul(grid.reshape([rows, columns * channels]))
        .reshape([new[0], columns, channels]);
    matrix(columns, new[1], scales[1], kernel, &device).unsqueeze::<3>().matmul(tall)
}

fn matrix(old: usize, new: usize, scale: f64, kernel: Kernel, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(axis_weights(old, new, scale, kernel), [new, old]), device)
}
