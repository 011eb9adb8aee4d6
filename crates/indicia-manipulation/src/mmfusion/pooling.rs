//! From maps to eight numbers (F. Guillaro et al., "TruFor", CVPR 2023, section 3.3).

use burn::tensor::{Tensor, activation};

/// Soft minimum, soft maximum, mean and mean square of a map, with weights: `[batch, 1, height, width]` to
/// `[batch, 4]`.
///
/// `log_weights`, of that shape, need not be normalised. With weights w that sum to 1 the soft minimum is
/// -log sum w exp(-x) and the soft maximum log sum w exp(x).
pub fn statistics(map: Tensor<4>, log_weights: Option<Tensor<4>>) -> Tensor<2> {
    let flat = |x: Tensor<4>| {
        let [batch, channels, height, width] = x.dims();
        x.reshape([batch, channels * height * width])
    };
    let x = flat(map);
    let logs = activation::log_softmax(log_weights.map_or_else(|| x.zeros_like(), flat), 1);
    let weights = logs.clone().exp();
    let smallest = -log_sum_exp(logs.clone() - x.clone());
    let largest = log_sum_exp(logs + x.clone());
    let mean = (weights.clone() * x.clone()).sum_dim(1);
    let square = (weights * x.clone() * x).sum_dim(1);
    Tensor::cat(vec![smallest, largest, mean, square], 1)
}

fn log_sum_exp(x: Tensor<2>) -> Tensor<2> {
    let largest = x.clone().max_dim(1).detach();
    (x - largest.clone()).exp().sum_dim(1).log() + largest
}

#[cfg(test)]
mod tests {
    use indicia_nn::device::cpu;

    use super::*;

    fn map(values: [f32; 2]) -> Tensor<4> {
        Tensor::from_data([[[values]]], &cpu())
    }

    #[track_caller]
    fn close(found: Tensor<2>, expected: [f64; 4]) {
        let found: Vec<f32> = found.into_data().try_to_vec().unwrap();
        assert!(
            found.iter().zip(expected).all(|(&a, b)| (f64::from(a) - b).abs() < 1e-5),
            "{found:?}, {expected:?}"
        );
    }

    #[test]
    fn statistics_are_as_by_hand() {
        let e = f64::exp;
        let plain = [-((e(-1.0) + e(-3.0)) / 2.0).ln(), ((e(1.0) + e(3.0)) / 2.0).ln(), 2.0, 5.0];
        close(statistics(map([1.0, 3.0]), None), plain);
        // Weights 1/4 and 3/4, from logarithms that are not normalised.
        let weighted =
            [-((e(-1.0) + 3.0 * e(-3.0)) / 4.0).ln(), ((e(1.0) + 3.0 * e(3.0)) / 4.0).ln(), 2.5, 7.0];
        close(statistics(map([1.0, 3.0]), Some(map([7.0, 7.0 + 3_f32.ln()]))), weighted);
        // Logits far out neither overflow nor vanish.
        close(statistics(map([500.0, 500.0]), None), [500.0, 500.0, 500.0, 250_000.0]);
    }
}
