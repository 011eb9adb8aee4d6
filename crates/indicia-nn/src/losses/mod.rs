//! Losses: one number `[1]` from outputs and targets, to be made small.
//!
//! Every function states its definition; what is left out of a mean (ignored classes, weights of 0) is left out of
//! its denominator as well, and a mean of nothing is 0, so that an empty batch gives no gradient instead of NaN.

mod classification;
mod metric;
mod overlap;

pub use classification::{CrossEntropy, binary_cross_entropy, cross_entropy, cross_entropy_map, focal};
pub use metric::{Distance, contrastive, supervised_contrastive, triplet};
pub use overlap::{Overlap, dice, iou};

use burn::tensor::Tensor;

/// Mean with weights, 0 if all of them are.
fn weighted_mean(values: Tensor<1>, weights: Tensor<1>) -> Tensor<1> {
    (values * weights.clone()).sum() / weights.sum().clamp_min(1e-12)
}

#[cfg(test)]
mod tests;
