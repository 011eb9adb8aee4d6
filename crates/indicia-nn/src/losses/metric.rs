//! Losses of distances between embeddings `[items, dimensions]`.

use burn::tensor::{Int, Tensor, activation};

use super::weighted_mean;

/// What is measured between two embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// Root of the sum of squared differences; 1e-12 is added below the root, which has no gradient at 0.
    Euclidean,
    /// Sum of squared differences.
    Squared,
}

impl Distance {
    fn between(self, a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
        let difference = a - b;
        let squared = (difference.clone() * difference).sum_dim(1).squeeze_dim::<1>(1);
        match self {
            Self::Euclidean => squared.add_scalar(1e-12).sqrt(),
            Self::Squared => squared,
        }
    }
}

/// Mean of y d^2 / 2 + (1 - y) max(0, margin - d)^2 / 2 over pairs, d their Euclidean distance, y 1 for pairs of
/// one kind and 0 for others: contrastive loss (R. Hadsell, S. Chopra, Y. LeCun, CVPR 2006, eq. 4, whose Y is
/// 1 - y).
pub fn contrastive(a: Tensor<2>, b: Tensor<2>, same: Tensor<1>, margin: f64) -> Tensor<1> {
    let squared = Distance::Squared.between(a.clone(), b.clone());
    let short = activation::relu(-Distance::Euclidean.between(a, b) + margin);
    let other = same.ones_like() - same.clone();
    (same * squared + other * short.clone() * short).mean().div_scalar(2.0)
}

/// Mean of max(0, d(anchor, positive) - d(anchor, negative) + margin): triplet loss (F. Schroff, D. Kalenichenko,
/// J. Philbin, CVPR 2015, eq. 3, with squared distances; PyTorch's has Euclidean ones).
pub fn triplet(
    anchor: Tensor<2>,
    positive: Tensor<2>,
    negative: Tensor<2>,
    margin: f64,
    distance: Distance,
) -> Tensor<1> {
    let near = distance.between(anchor.clone(), positive);
    let far = distance.between(anchor, negative);
    activation::relu(near - far + margin).mean()
}

/// Supervised contrastive loss (P. Khosla et al., NeurIPS 2020, eq. 2): for every item i with others of its label,
/// the mean over these p of -log(exp(z_i.z_p / T) / sum over all a but i of exp(z_i.z_a / T)), then the mean over
/// such i. Embeddings are brought to length 1 here; `temperature` T is above 0 (0.1 in the paper).
pub fn supervised_contrastive(embeddings: Tensor<2>, labels: Tensor<1, Int>, temperature: f64) -> Tensor<1> {
    let [items, _] = embeddings.dims();
    let device = embeddings.device();
    let length = (embeddings.clone() * embeddings.clone()).sum_dim(1).add_scalar(1e-12).sqrt();
    let z = embeddings / length;
    let itself = Tensor::<2>::eye(items, &device);
    let scores = z.clone().matmul(z.transpose()).div_scalar(temperature);
    // An item is no choice of its own: its weight in the softmax is exp(-1e9), 0.
    let logs = activation::log_softmax(scores - itself.clone().mul_scalar(1e9), 1);
    let across: Tensor<2, Int> = labels.clone().unsqueeze_dim::<2>(0).repeat_dim(0, items);
    let down: Tensor<2, Int> = labels.unsqueeze_dim::<2>(1).repeat_dim(1, items);
    let positive = across.equal(down).float() - itself.clone();
    // The item's own entry is some -1e9: 0 times it is 0, but nothing is lost by clearing it first.
    let logs = logs * (itself.ones_like() - itself);
    let count = positive.clone().sum_dim(1).squeeze_dim::<1>(1);
    let of_item = -(logs * positive).sum_dim(1).squeeze_dim::<1>(1) / count.clone().clamp_min(1.0);
    weighted_mean(of_item, count.clamp_max(1.0))
}
