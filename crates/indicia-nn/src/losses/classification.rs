//! Losses of classifiers, of whole pictures and of every place of a map.

use burn::tensor::{Int, Tensor, TensorData, activation};

use super::weighted_mean;

/// Mean of -t log s(x) - (1 - t) log(1 - s(x)), s the logistic function: binary cross-entropy of logits.
///
/// `targets` from 0 to 1, of the logits' shape; `weights`, not negative, of that shape too: the mean is weighted.
pub fn binary_cross_entropy<const D: usize>(
    logits: Tensor<D>,
    targets: Tensor<D>,
    weights: Option<Tensor<D>>,
) -> Tensor<1> {
    let losses = binary(logits, targets).flatten::<1>(0, D - 1);
    match weights {
        Some(weights) => weighted_mean(losses, weights.flatten(0, D - 1)),
        None => losses.mean(),
    }
}

fn binary<const D: usize>(logits: Tensor<D>, targets: Tensor<D>) -> Tensor<D> {
    let rest = targets.ones_like() - targets.clone();
    -(targets * activation::log_sigmoid(logits.clone()) + rest * activation::log_sigmoid(-logits))
}

/// Mean of a(t) (1 - p)^gamma (-log p), p the probability given to the true class, a(1) = alpha and
/// a(0) = 1 - alpha: focal loss (T.-Y. Lin et al., ICCV 2017, eq. 5; there alpha 0.25 and gamma 2). Without
/// alpha both are 1.
///
/// `targets` are 0 or 1, of the logits' shape; `gamma` at least 0, where 0 is binary cross-entropy.
pub fn focal<const D: usize>(
    logits: Tensor<D>,
    targets: Tensor<D>,
    alpha: Option<f64>,
    gamma: f64,
) -> Tensor<1> {
    let rest = targets.ones_like() - targets.clone();
    let losses = binary(logits.clone(), targets.clone());
    // log(1 - p) instead of 1 - p: a power of exactly 0 has no finite gradient below gamma 1.
    let wrong = targets.clone() * activation::log_sigmoid(-logits.clone())
        + rest.clone() * activation::log_sigmoid(logits);
    let losses = losses * wrong.mul_scalar(gamma).exp();
    match alpha {
        Some(alpha) => (losses * (targets.mul_scalar(alpha) + rest.mul_scalar(1.0 - alpha))).mean(),
        None => losses.mean(),
    }
}

/// How [`cross_entropy`] counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CrossEntropy {
    /// Weight of each class; empty for equal ones.
    pub weights: Vec<f32>,
    /// The label that is left out, often -1 or 255.
    pub ignore: Option<i64>,
}

/// Sum of w(y) (-log p(y)) over sum of w(y), p the softmax of logits `[n, classes]`, y the labels `[n]` that are
/// not ignored: as PyTorch's, but 0 where everything is ignored.
///
/// # Panics
/// If there are weights, but not one a class. Labels out of range that are not ignored are the caller's fault.
pub fn cross_entropy(logits: Tensor<2>, labels: Tensor<1, Int>, how: &CrossEntropy) -> Tensor<1> {
    let [_, classes] = logits.dims();
    let device = logits.device();
    let (labels, ignored) = match how.ignore {
        Some(ignore) => {
            let ignored = labels.clone().equal_scalar(ignore);
            (labels.mask_fill(ignored.clone(), 0), Some(ignored))
        }
        None => (labels, None),
    };
    let logs = activation::log_softmax(logits, 1);
    let losses = -logs.gather(1, labels.clone().unsqueeze_dim(1)).squeeze_dim::<1>(1);
    let weights = match how.weights.is_empty() {
        true => losses.ones_like().detach(),
        false => {
            assert_eq!(how.weights.len(), classes, "weights of classes");
            Tensor::<1>::from_data(TensorData::new(how.weights.clone(), [classes]), &device).select(0, labels)
        }
    };
    let weights = match ignored {
        Some(ignored) => weights.mask_fill(ignored, 0.0),
        None => weights,
    };
    weighted_mean(losses, weights)
}

/// [`cross_entropy`] of maps: logits `[batch, classes, height, width]`, labels `[batch, height, width]`.
pub fn cross_entropy_map(logits: Tensor<4>, labels: Tensor<3, Int>, how: &CrossEntropy) -> Tensor<1> {
    let [batch, classes, height, width] = logits.dims();
    let flat = logits.permute([0, 2, 3, 1]).reshape([batch * height * width, classes]);
    cross_entropy(flat, labels.flatten(0, 2), how)
}
