use indicia_ops::a_contrario::log10_binomial_tail;

/// One-sided upper 95 % bound of a proportion after `hits` in `trials`, by Clopper and Pearson (Biometrika
/// 26, 1934): the largest rate under which so few hits have a probability of 5 %. 1 without trials.
pub fn upper_bound(hits: u64, trials: u64) -> f64 {
    if hits >= trials {
        return 1.0;
    }
    // P[X <= hits] falls as the rate rises.
    let at_most = |rate: f64| 1.0 - 10_f64.powf(log10_binomial_tail(trials, hits + 1, rate));
    let (mut low, mut high) = (hits as f64 / trials as f64, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if middle <= 0.0 || middle >= 1.0 {
            break;
        }
        if at_most(middle) > 0.05 { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::upper_bound;

    #[test]
    fn bounds_are_those_of_clopper_and_pearson() {
        // No hits: 1 - 0.05^(1/n). The others by summing exact binomial terms.
        assert!((upper_bound(0, 58) - 0.050_339_3).abs() < 1e-6, "{}", upper_bound(0, 58));
        assert!((upper_bound(0, 1) - 0.95).abs() < 1e-9);
        assert!((upper_bound(1, 10) - 0.394_163).abs() < 1e-6, "{}", upper_bound(1, 10));
        assert!((upper_bound(3, 300) - 0.025_641_4).abs() < 1e-6, "{}", upper_bound(3, 300));
        assert_eq!([upper_bound(0, 0), upper_bound(5, 5)], [1.0, 1.0]);
    }
}
