//! How strong the correlation should be in a window that carries the fingerprint: a polynomial of second
//! degree in the window's features, fitted to pictures of the camera (Chen et al. 2008).

use serde::{Deserialize, Serialize};

use super::local::{Features, REACH, Windows};

/// Terms of the polynomial: 1, four features, ten products of two.
const TERMS: usize = 15;

/// Fewest windows to fit the terms to.
const LEAST: usize = 10 * TERMS;

/// Weight of the squared coefficients beside the mean squared error of standardised terms.
const RIDGE: f64 = 1e-3;

/// The predictor of a camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictor {
    /// Coefficients of the terms.
    coefficients: Vec<f64>,
    /// Least and largest value of each feature in the pictures that it was fitted to: beyond, the nearest of
    /// them counts.
    range: [[f32; 2]; 4],
    /// Mean prediction and root mean square error where it was fitted.
    pub mean: f64,
    /// See `mean`.
    pub error: f64,
    /// Windows that it was fitted to.
    pub windows: usize,
}

/// Windows to fit a predictor to.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<(Features, f32)>);

impl Samples {
    /// Adds the windows of a picture that lie side by side and carry something.
    pub fn add(&mut self, windows: &Windows) {
        let (high, wide) = windows.correlation.dim();
        let step = REACH + 1;
        for y in (REACH..high.saturating_sub(REACH)).step_by(step) {
            for x in (REACH..wide.saturating_sub(REACH)).step_by(step) {
                self.0.push((windows.features[[y, x]], windows.correlation[[y, x]]));
            }
        }
    }
}

impl Predictor {
    /// Fits a predictor; `None` if there are too few windows, or the correlation is not above 0 on average.
    pub fn fit(samples: &Samples) -> Option<Self> {
        let samples = &samples.0;
        if samples.len() < LEAST {
            return None;
        }
        let range = std::array::from_fn(|i| {
            let values = samples.iter().map(|(f, _)| f[i]);
            [values.clone().fold(f32::INFINITY, f32::min), values.fold(f32::NEG_INFINITY, f32::max)]
        });
        let count = samples.len() as f64;
        let rows: Vec<[f64; TERMS]> = samples.iter().map(|(f, _)| terms(f)).collect();
        let mut mean = [0.0; TERMS];
        rows.iter().for_each(|row| (0..TERMS).for_each(|i| mean[i] += row[i] / count));
        let target = samples.iter().map(|(_, c)| f64::from(*c)).sum::<f64>() / count;
        if target <= 0.0 {
            return None;
        }
        let mut spread = [0.0; TERMS];
        rows.iter().for_each(|row| (0..TERMS).for_each(|i| spread[i] += (row[i] - mean[i]).powi(2) / count));
        let spread = spread.map(|v| if v > 1e-18 { v.sqrt() } else { 1.0 });
        let mut matrix = [[0.0; TERMS + 1]; TERMS];
        for (row, (_, c)) in rows.iter().zip(samples) {
            let z: [f64; TERMS] = std::array::from_fn(|i| (row[i] - mean[i]) / spread[i]);
            for i in 0..TERMS {
                for j in 0..TERMS {
                    matrix[i][j] += z[i] * z[j] / count;
                }
                matrix[i][TERMS] += z[i] * (f64::from(*c) - target) / count;
            }
        }
        (0..TERMS).for_each(|i| matrix[i][i] += RIDGE);
        let scaled = solve(matrix);
        let mut coefficients: Vec<f64> = (0..TERMS).map(|i| scaled[i] / spread[i]).collect();
        coefficients[0] += target - coefficients.iter().zip(&mean).map(|(c, m)| c * m).sum::<f64>();
        let mut predictor = Self { coefficients, range, mean: target, error: 0.0, windows: samples.len() };
        let squares = samples.iter().map(|(f, c)| f64::from(predictor.predict(f) - c).powi(2)).sum::<f64>();
        predictor.error = (squares / count).sqrt();
        Some(predictor)
    }

    /// The correlation to expect, at least 0.
    pub fn predict(&self, features: &Features) -> f32 {
        let inside: Features = std::array::from_fn(|i| features[i].clamp(self.range[i][0], self.range[i][1]));
        let value: f64 = terms(&inside).iter().zip(&self.coefficients).map(|(t, c)| t * c).sum();
        (value as f32).clamp(0.0, 1.0)
    }

    /// Whether every number is one that a fit can give.
    pub fn is_sound(&self) -> bool {
        self.coefficients.len() == TERMS
            && self.coefficients.iter().all(|c| c.is_finite())
            && self.range.iter().all(|[low, high]| low <= high)
            && self.mean > 0.0
            && self.error >= 0.0
    }
}

fn terms(features: &Features) -> [f64; TERMS] {
    let f = features.map(f64::from);
    let mut out = [1.0; TERMS];
    out[1..5].copy_from_slice(&f);
    let mut next = 5;
    for i in 0..4 {
        for j in i..4 {
            out[next] = f[i] * f[j];
            next += 1;
        }
    }
    out
}

/// Solves a symmetric positive definite system, the right side in the last column, by Gaussian elimination.
fn solve(mut matrix: [[f64; TERMS + 1]; TERMS]) -> [f64; TERMS] {
    for i in 0..TERMS {
        for k in i + 1..TERMS {
            let factor = matrix[k][i] / matrix[i][i];
            for j in i..=TERMS {
                matrix[k][j] -= factor * matrix[i][j];
            }
        }
    }
    let mut out = [0.0; TERMS];
    for i in (0..TERMS).rev() {
        let known: f64 = (i + 1..TERMS).map(|j| matrix[i][j] * out[j]).sum();
        out[i] = (matrix[i][TERMS] - known) / matrix[i][i];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_found_again() {
        let value = |i: usize, k: u32| {
            ((i as u32).wrapping_mul(2_654_435_761).rotate_left(k) >> 8) as f32 / (1 << 24) as f32
        };
        let expected = |f: &Features| 0.1 + 0.3 * f[0] - 0.1 * f[1] + 0.2 * f[2] * f[3];
        let features: Vec<Features> = (0..2000).map(|i| [0, 5, 11, 17].map(|k| value(i, k))).collect();
        let predictor =
            Predictor::fit(&Samples(features.iter().map(|f| (*f, expected(f))).collect())).unwrap();
        assert!(predictor.is_sound() && predictor.error < 0.01, "{predictor:?}");
        for f in &features[..20] {
            assert!(
                (predictor.predict(f) - expected(f)).abs() < 0.02,
                "{} {}",
                predictor.predict(f),
                expected(f)
            );
        }
        // Beyond the range the nearest value counts.
        let edge = predictor.predict(&[1.0, 0.5, 0.5, 0.5]);
        assert!((predictor.predict(&[9.0, 0.5, 0.5, 0.5]) - edge).abs() < 1e-3);
    }

    #[test]
    fn too_little_gives_none() {
        assert!(Predictor::fit(&Samples(vec![([0.5; 4], 0.2); LEAST - 1])).is_none());
        assert!(Predictor::fit(&Samples(vec![([0.5; 4], -0.2); LEAST])).is_none());
        let flat = Predictor::fit(&Samples(vec![([0.5; 4], 0.2); LEAST])).unwrap();
        assert!((flat.predict(&[0.1; 4]) - 0.2).abs() < 1e-5);
    }
}
