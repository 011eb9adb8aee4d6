//! Median and spread that few odd values cannot move.

/// Median of finite values, the mean of the middle two of an even number; `None` of none. Reorders them.
pub fn median(values: &mut [f32]) -> Option<f32> {
    let (middle, odd) = (values.len() / 2, values.len() % 2 == 1);
    if values.is_empty() {
        return None;
    }
    let (below, upper, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    let upper = *upper;
    if odd {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    Some(f32::midpoint(lower, upper))
}

/// Median of finite values and their median absolute deviation from it, times 1.4826 (a normal
/// distribution's standard deviation); `None` of none. Overwrites them.
pub fn spread(values: &mut [f32]) -> Option<(f32, f32)> {
    let middle = median(values)?;
    values.iter_mut().for_each(|v| *v = (*v - middle).abs());
    Some((middle, 1.4826 * median(values)?))
}
