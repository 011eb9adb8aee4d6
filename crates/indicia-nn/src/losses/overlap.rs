//! Losses of overlap between a map of probabilities and a mask.

use burn::tensor::Tensor;

/// How overlap is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Added to numerator and denominator. With 0 an empty mask costs 1 whatever is predicted, and gives no
    /// gradient (MMFusion's released code); with 1 an empty mask asks for an empty prediction.
    pub smooth: f64,
    /// Squares in the denominator of Dice (F. Milletari et al., 3DV 2016) instead of plain sums.
    pub squares: bool,
}

impl Default for Overlap {
    fn default() -> Self {
        Self { smooth: 1.0, squares: false }
    }
}

/// What a denominator is at least.
const FLOOR: f64 = 1e-9;

/// 1 - (2 sum p t + s) / (sum p + sum t + s) for every item of the batch, then the mean: Dice loss. With
/// [`Overlap::squares`] the denominator has p^2 and t^2.
///
/// `probabilities` and `targets` from 0 to 1 and of one shape, the first axis the batch; `valid`, of that shape,
/// is 0 where nothing counts.
pub fn dice<const D: usize>(
    probabilities: Tensor<D>,
    targets: Tensor<D>,
    valid: Option<Tensor<D>>,
    how: Overlap,
) -> Tensor<1> {
    let (p, t) = items(probabilities, targets, valid);
    let both = sum(p.clone() * t.clone());
    let sizes = match how.squares {
        true => sum(p.clone() * p) + sum(t.clone() * t),
        false => sum(p) + sum(t),
    };
    let ratio = both.mul_scalar(2.0).add_scalar(how.smooth) / sizes.add_scalar(how.smooth).clamp_min(FLOOR);
    -ratio.mean() + 1.0
}

/// 1 - (sum p t + s) / (sum p + sum t - sum p t + s) for every item of the batch, then the mean: soft Jaccard loss.
///
/// Arguments as for [`dice`].
pub fn iou<const D: usize>(
    probabilities: Tensor<D>,
    targets: Tensor<D>,
    valid: Option<Tensor<D>>,
    smooth: f64,
) -> Tensor<1> {
    let (p, t) = items(probabilities, targets, valid);
    let both = sum(p.clone() * t.clone());
    let either = sum(p) + sum(t) - both.clone();
    let ratio = both.add_scalar(smooth) / either.add_scalar(smooth).clamp_min(FLOOR);
    -ratio.mean() + 1.0
}

/// Both as `[batch, everything else]`, 0 where nothing counts.
fn items<const D: usize>(p: Tensor<D>, t: Tensor<D>, valid: Option<Tensor<D>>) -> (Tensor<2>, Tensor<2>) {
    let dims = p.dims();
    let rest: usize = dims[1..].iter().product();
    let flat = |x: Tensor<D>| x.reshape([dims[0], rest]);
    match valid.map(flat) {
        Some(valid) => (flat(p) * valid.clone(), flat(t) * valid),
        None => (flat(p), flat(t)),
    }
}

fn sum(items: Tensor<2>) -> Tensor<1> {
    items.sum_dim(1).squeeze_dim(1)
}
