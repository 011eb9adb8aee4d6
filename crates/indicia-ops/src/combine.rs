//! Weighted sums of rows, the inner loop of every separable filter.

use multiversion::multiversion;

/// Samples whose sums are kept in registers at once.
const LANES: usize = 32;

/// `out[x] = sum over i of weights[i] * sources[i][x]`, added in the order of the sources. Every source is at
/// least as long as `out`. The order of the additions is fixed and no product is fused, so machines agree.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn combine(out: &mut [f32], sources: &[&[f32]], weights: &[f32]) {
    let (blocks, rest) = out.as_chunks_mut::<LANES>();
    let tail = blocks.len() * LANES;
    for (block, at) in blocks.iter_mut().zip((0..).step_by(LANES)) {
        let mut sum = [0.0; LANES];
        for (source, &weight) in sources.iter().zip(weights) {
            let Some(values) = source[at..].first_chunk::<LANES>() else { continue };
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        *block = sum;
    }
    for (x, out) in rest.iter_mut().enumerate() {
        *out = sources.iter().zip(weights).fold(0.0, |sum, (source, weight)| sum + weight * source[tail + x]);
    }
}

#[cfg(test)]
mod tests {
    use super::combine;

    #[test]
    fn blocks_and_their_rest_give_the_weighted_sum() {
        let a: Vec<f32> = (0..40).map(|v| v as f32).collect();
        let b = vec![2.0; 40];
        let mut out = vec![9.0; 37];
        combine(&mut out, &[&a[3..], &b], &[0.5, -1.0]);
        assert!(out.iter().enumerate().all(|(x, &v)| v == 0.5 * (x as f32 + 3.0) - 2.0));
    }
}
