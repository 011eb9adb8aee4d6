//! What the published network is trained on.

use burn::tensor::{Int, Tensor, activation};
use indicia_nn::losses::{CrossEntropy, Overlap, binary_cross_entropy, cross_entropy_map, dice};

/// The label of samples that do not count.
pub const IGNORED: i64 = -1;

/// Phase 1: 0.3 times cross-entropy with weights 0.5 (untouched) and 2.5 (changed) plus 0.7 times Dice loss of the
/// probability of change.
///
/// `logits` `[batch, 2, height, width]`; `mask` `[batch, height, width]` of 0, 1 and [`IGNORED`]. `smooth` is added
/// to both sides of Dice's ratio: 0 as released, where a picture without any change costs 0.7 and teaches through
/// cross-entropy alone.
pub fn localisation(logits: Tensor<4>, mask: Tensor<3, Int>, smooth: f64) -> Tensor<1> {
    let how = CrossEntropy { weights: vec![0.5, 2.5], ignore: Some(IGNORED) };
    let entropy = cross_entropy_map(logits.clone(), mask.clone(), &how);
    let changed: Tensor<3> = activation::softmax(logits, 1).narrow(1, 1, 1).squeeze_dim(1);
    let valid = mask.clone().not_equal_scalar(IGNORED).float();
    let overlap = dice(changed, mask.float(), Some(valid), Overlap { smooth, squares: false });
    entropy.mul_scalar(0.3) + overlap.mul_scalar(0.7)
}

/// Phase 2: squared difference of the raw confidence and the probability of the true class, averaged over samples
/// that count, plus half the binary cross-entropy of the score.
///
/// `confidence` `[batch, 1, height, width]`; `scores` `[batch]`, logits; `labels` `[batch]`, 1 for changed pictures.
/// No gradient goes to `logits`, as in the published training, where all but the confidence and the score is frozen.
pub fn detection(
    logits: Tensor<4>,
    mask: Tensor<3, Int>,
    confidence: Tensor<4>,
    scores: Tensor<1>,
    labels: Tensor<1>,
) -> Tensor<1> {
    let changed: Tensor<3> = activation::softmax(logits.detach(), 1).narrow(1, 1, 1).squeeze_dim(1);
    let valid = mask.clone().not_equal_scalar(IGNORED).float();
    let mask = mask.float();
    let truth = mask.clone() * changed.clone() + (-mask + 1.0) * (-changed + 1.0);
    let difference = confidence.squeeze_dim::<3>(1) - truth;
    let squared = (difference.clone() * difference * valid.clone()).sum() / valid.sum().clamp_min(1.0);
    squared + binary_cross_entropy(scores, labels, None).mul_scalar(0.5)
}

#[cfg(test)]
mod tests {
    use indicia_nn::device::cpu;

    use super::*;

    #[track_caller]
    fn close(loss: Tensor<1>, expected: f64) {
        let found = f64::from(loss.into_scalar::<f32>());
        assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}");
    }

    /// One picture of three samples with probabilities of change 1/2, 3/4 and 1/2.
    fn logits() -> Tensor<4> {
        Tensor::from_data([[[[0.0, 0.0, 1.0]], [[0.0, 3_f32.ln(), 1.0]]]], &cpu())
    }

    fn mask() -> Tensor<3, Int> {
        Tensor::from_data([[[0, 1, -1]]], &cpu())
    }

    #[test]
    fn both_phases_are_as_by_hand() {
        let entropy = (0.5 * 2_f64.ln() + 2.5 * (4.0 / 3.0_f64).ln()) / 3.0;
        close(localisation(logits(), mask(), 0.0), 0.3 * entropy + 0.7 * (1.0 - 2.0 * 0.75 / (1.25 + 1.0)));
        close(localisation(logits(), mask(), 1.0), 0.3 * entropy + 0.7 * (1.0 - 2.5 / 3.25));
        let confidence = Tensor::from_data([[[[0.25, 1.0, 9.0]]]], &cpu());
        // True classes have 1/2 and 3/4.
        let squares = (0.25_f64.powi(2) + 0.25_f64.powi(2)) / 2.0;
        let (scores, labels) = (Tensor::from_data([0.0], &cpu()), Tensor::from_data([1.0], &cpu()));
        close(detection(logits(), mask(), confidence, scores, labels), squares + 0.5 * 2_f64.ln());
    }
}
