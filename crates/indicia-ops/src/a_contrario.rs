//! Binomial tails for a-contrario tests, in log space.
//!
//! An a-contrario method asks how often chance alone would give what was seen: number of tests times a
//! binomial tail is the number of false alarms (NFA) expected in one image. The tails that matter are far
//! below the smallest `f64`, so everything here is a logarithm.

use std::f64::consts::{LN_10, PI};

/// log10 of `P[X >= k]` for `X ~ Bin(n, p)`.
///
/// Zero for `k = 0`, minus infinity for `k > n`. The tail is summed term by term from `k` away from the
/// mean, starting at the probability of `k` in C. Loader's saddle-point form ("Fast and Accurate Computation
/// of Binomial Probabilities", 2000), which loses no digits for large `n`. The number of terms is a small
/// multiple of the standard deviation. Tested against 60-digit sums for `n` up to 1e9 and tails down to
/// 1e-1,800,000,000.
///
/// # Panics
/// If `p` is not inside (0, 1).
pub fn log10_binomial_tail(n: u64, k: u64, p: f64) -> f64 {
    assert!(p > 0.0 && p < 1.0, "probability of success is {p}, expected a number inside (0, 1)");
    if k == 0 {
        return 0.0;
    }
    if k > n {
        return f64::NEG_INFINITY;
    }
    if k as f64 > n as f64 * p {
        return (ln_binomial_probability(n, k, p) + upper_sum(n, k, p).ln()) / LN_10;
    }
    // Below the mean the complement is the smaller part.
    let below = (ln_binomial_probability(n, k - 1, p) + lower_sum(n, k - 1, p).ln()).exp();
    (-below).ln_1p() / LN_10
}

/// `P[X >= k] / P[X = k]` for k above the mean, where every ratio of neighbours is below 1.
fn upper_sum(n: u64, k: u64, p: f64) -> f64 {
    let odds = p / (1.0 - p);
    let (mut term, mut sum) = (1.0, 1.0);
    for i in k..n {
        term *= (n - i) as f64 / (i + 1) as f64 * odds;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// `P[X <= k] / P[X = k]` for k below the mean.
fn lower_sum(n: u64, k: u64, p: f64) -> f64 {
    let odds = (1.0 - p) / p;
    let (mut term, mut sum) = (1.0, 1.0);
    for i in (1..=k).rev() {
        term *= i as f64 / (n - i + 1) as f64 * odds;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum
}

/// Natural logarithm of `P[X = k]` for `X ~ Bin(n, p)` and `k <= n` (Loader 2000, equations 1 and 5).
fn ln_binomial_probability(n: u64, k: u64, p: f64) -> f64 {
    let (nf, kf, q) = (n as f64, k as f64, 1.0 - p);
    if k == 0 {
        return nf * (-p).ln_1p();
    }
    if k == n {
        return nf * p.ln();
    }
    let rest = (n - k) as f64;
    stirling_error(n)
        - stirling_error(k)
        - stirling_error(n - k)
        - deviance(kf, nf * p)
        - deviance(rest, nf * q)
        + 0.5 * (nf / (2.0 * PI * kf * rest)).ln()
}

/// `ln n! - ln(sqrt(2 pi n) (n/e)^n)` for n >= 1.
fn stirling_error(n: u64) -> f64 {
    let x = n as f64;
    if n < 16 {
        // 15! is exact in f64.
        let factorial: f64 = (1..=n).map(|i| i as f64).product();
        return factorial.ln() - (0.5 * (2.0 * PI * x).ln() + x * x.ln() - x);
    }
    let s = 1.0 / (x * x);
    (1.0 / 12.0 - s * (1.0 / 360.0 - s * (1.0 / 1260.0 - s * (1.0 / 1680.0 - s / 1188.0)))) / x
}

/// `x ln(x/m) + m - x`, without cancellation where x is near m.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for j in 1..1000 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// A number of false alarms (its log10) as a sentence: how often chance alone is expected to give something
/// as strong.
pub fn by_chance(log10_nfa: f64) -> String {
    let images = 10_f64.powf(-log10_nfa);
    match log10_nfa {
        n if n >= 0.0 => "By chance alone, something as strong is expected in every image.".to_owned(),
        n if n > -6.0 => {
            // Two digits are as many as the model behind the number deserves.
            let unit = 10_f64.powf((images.log10().floor() - 1.0).max(0.0));
            let images = (images / unit).round() * unit;
            format!("By chance alone, something as strong is expected once in {images} images.")
        }
        n => format!(
            "By chance alone, something as strong is expected less than once in a million images (NFA 10^{n:.0})."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_false_alarms_become_sentences() {
        assert!(by_chance(0.3).contains("in every image"));
        assert!(by_chance(-0.5).contains("once in 3 images"));
        assert!(by_chance(-2.0).contains("once in 100 images"));
        assert!(by_chance(-3.59).contains("once in 3900 images"));
        assert!(by_chance(-414.2).contains("less than once in a million images (NFA 10^-414)"));
    }

    #[test]
    fn small_tails_are_as_computed_by_hand() {
        let tail = |n, k, p| 10_f64.powf(log10_binomial_tail(n, k, p));
        assert_eq!(log10_binomial_tail(0, 0, 0.5), 0.0);
        assert_eq!(log10_binomial_tail(4, 0, 0.5), 0.0);
        assert_eq!(log10_binomial_tail(4, 5, 0.5), f64::NEG_INFINITY);
        for (k, sixteenths) in [(1, 15.0), (2, 11.0), (3, 5.0), (4, 1.0)] {
            assert!((tail(4, k, 0.5) - sixteenths / 16.0).abs() < 1e-14, "{k}");
        }
        assert!((tail(2, 2, 1.0 / 64.0) - 1.0 / 4096.0).abs() < 1e-18);
        assert!((tail(2, 1, 1.0 / 64.0) - 127.0 / 4096.0).abs() < 1e-16);
    }

    #[test]
    #[allow(clippy::approx_constant, clippy::excessive_precision, reason = "reference values as printed")]
    fn tails_equal_reference_values() {
        // (n, k, p, log10 P[X >= k])
        let values: &[(u64, u64, f64, f64)] = &include!("a_contrario_reference.in");
        assert!(values.len() >= 30);
        for &(n, k, p, expected) in values {
            let got = log10_binomial_tail(n, k, p);
            let error = ((got - expected) / expected).abs();
            assert!(error < 1e-9, "n {n} k {k} p {p}: got {got}, expected {expected}, relative {error:e}");
        }
    }

    #[test]
    fn tails_fall_with_k_and_never_exceed_one() {
        for (n, p) in [(1, 0.3), (10, 0.5), (700, 1.0 / 64.0), (5000, 0.5)] {
            let tails: Vec<_> = (0..=n + 1).map(|k| log10_binomial_tail(n, k, p)).collect();
            assert!(tails.windows(2).all(|t| t[1] <= t[0] && t[0] <= 0.0), "n {n} p {p}");
        }
    }
}
