use super::NORMAL_975;

/// Wilson's 95 % score interval of a proportion, without continuity correction (Wilson, JASA 22, 1927).
/// `None` without trials and where there are more successes than trials.
pub fn wilson_interval(successes: u64, trials: u64) -> Option<[f64; 2]> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z2 = NORMAL_975 * NORMAL_975;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = NORMAL_975 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // The ends at no and at all successes are 0 and 1 by the formula; rounding must not move them.
    let lower = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let upper = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Some([lower, upper])
}
