use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Weights of a logistic regression over the positive parts of the methods' log10 likelihood ratios.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// Weight by method id, at least 0; methods without weight are left out.
    pub weights: BTreeMap<String, f64>,
}

impl Fusion {
    /// The fused score: the weighted sum of the positive parts of `ratios`. Methods that are absent add
    /// nothing. At least 0; not itself a likelihood ratio.
    pub fn score<'a>(&self, ratios: impl IntoIterator<Item = (&'a str, f64)>) -> f64 {
        ratios.into_iter().filter_map(|(id, ratio)| Some(self.weights.get(id)? * ratio.max(0.0))).sum()
    }
}

/// Rounds of coordinate descent at most, and the change of a weight that ends it.
const ROUNDS: usize = 200;
const SETTLED: f64 = 1e-5;

/// Minimises the weighted logistic loss plus `ridge / 2` times the squared weights, by Newton steps along one
/// weight after the other; weights stay at least 0, the intercept is free. `columns` holds one feature each,
/// as long as `altered` and `weights`. Returns the intercept and one weight a column.
pub(super) fn logistic(
    columns: &[Vec<f32>],
    altered: &[bool],
    weights: &[f64],
    ridge: f64,
) -> (f64, Vec<f64>) {
    let mut margins = vec![0.0_f64; altered.len()];
    let mut intercept = 0.0;
    let mut solution = vec![0.0_f64; columns.len()];
    for _ in 0..ROUNDS {
        let mut change = 0.0_f64;
        let step = newton(&margins, altered, weights, |_| 1.0, 0.0, 0.0);
        intercept += step;
        margins.iter_mut().for_each(|m| *m += step);
        for (column, weight) in columns.iter().zip(&mut solution) {
            let step = newton(&margins, altered, weights, |i| f64::from(column[i]), *weight, ridge);
            let next = (*weight + step).max(0.0);
            let step = next - *weight;
            if step != 0.0 {
                *weight = next;
                margins.iter_mut().zip(column).for_each(|(m, &x)| *m += step * f64::from(x));
            }
            change = change.max(step.abs());
        }
        if change.max(step.abs()) < SETTLED {
            break;
        }
    }
    (intercept, solution)
}

/// The Newton step along one feature, at most 1 either way so that a flat stretch throws nothing off.
fn newton(
    margins: &[f64],
    altered: &[bool],
    weights: &[f64],
    feature: impl Fn(usize) -> f64,
    at: f64,
    ridge: f64,
) -> f64 {
    let (mut gradient, mut curvature) = (ridge * at, ridge);
    for (i, (&margin, &weight)) in margins.iter().zip(weights).enumerate() {
        let x = feature(i);
        if x != 0.0 {
            let p = 1.0 / (1.0 + (-margin).exp());
            gradient += weight * (p - f64::from(u8::from(altered[i]))) * x;
            curvature += weight * p * (1.0 - p) * x * x;
        }
    }
    if curvature > 1e-12 { (-gradient / curvature).clamp(-1.0, 1.0) } else { 0.0 }
}
