//! Smoothing of interleaved 8-bit samples.

use rayon::prelude::*;

/// Pixels from the middle to the end of the kernel for a standard deviation: three of them.
pub(super) fn radius(sigma: f64) -> usize {
    if sigma > 0.0 { (3.0 * sigma).ceil() as usize } else { 0 }
}

fn kernel(sigma: f64) -> Vec<f32> {
    let radius = radius(sigma) as i64;
    let weights: Vec<f64> =
        (-radius..=radius).map(|d| (-((d * d) as f64) / (2.0 * sigma * sigma)).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / total) as f32).collect()
}

/// Gaussian blur of 8-bit samples of `C` channels in rows of `width` pixels; the border is repeated. Results
/// are rounded to the nearest whole number.
pub(super) fn gaussian<const C: usize>(samples: &[u8], width: usize, sigma: f64) -> Vec<u8> {
    smooth::<C, _, _>(samples, width, sigma, |v| (v + 0.5) as u8)
}

/// Gaussian blur of samples of any type; `finish` makes results of the sums.
pub(super) fn smooth<const C: usize, T, U>(
    samples: &[T],
    width: usize,
    sigma: f64,
    finish: impl Fn(f32) -> U + Sync,
) -> Vec<U>
where
    T: Copy + Into<f32> + Sync,
    U: Copy + Default + Send,
{
    if samples.is_empty() || sigma.is_nan() || sigma <= 0.0 {
        return samples.iter().map(|v| finish((*v).into())).collect();
    }
    let (kernel, radius) = (kernel(sigma), radius(sigma));
    let stride = width * C;
    let mut across = vec![0_f32; samples.len()];
    across.par_chunks_mut(stride).zip(samples.par_chunks(stride)).for_each_init(
        Vec::new,
        |padded: &mut Vec<f32>, (out, row)| {
            padded.clear();
            padded.extend((0..radius * C).map(|i| row[i % C].into()));
            padded.extend(row.iter().map(|v| (*v).into()));
            padded.extend((0..radius * C).map(|i| row[stride - C + i % C].into()));
            for (k, weight) in kernel.iter().enumerate() {
                out.iter_mut().zip(&padded[k * C..]).for_each(|(out, v)| *out += weight * v);
            }
        },
    );
    let height = samples.len() / stride;
    let mut out = vec![U::default(); samples.len()];
    out.par_chunks_mut(stride).enumerate().for_each_init(
        || vec![0_f32; stride],
        |sum, (y, out)| {
            sum.fill(0.0);
            for (k, weight) in kernel.iter().enumerate() {
                let from = (y + k).saturating_sub(radius).min(height - 1) * stride;
                sum.iter_mut().zip(&across[from..from + stride]).for_each(|(sum, v)| *sum += weight * v);
            }
            out.iter_mut().zip(sum).for_each(|(out, sum)| *out = finish(*sum));
        },
    );
    out
}

/// Median of each channel over the square of side `2 * radius + 1`; squares are cut off at the border.
pub(super) fn median(rgb: &[u8], width: usize, radius: usize) -> Vec<u8> {
    let stride = width * 3;
    let height = rgb.len().checked_div(stride).unwrap_or(0);
    let mut out = vec![0; rgb.len()];
    out.par_chunks_mut(stride.max(1)).enumerate().for_each_init(Vec::new, |values, (y, out)| {
        let rows = y.saturating_sub(radius)..(y + radius + 1).min(height);
        for (i, out) in out.iter_mut().enumerate() {
            let (x, channel) = (i / 3, i % 3);
            let columns = x.saturating_sub(radius)..(x + radius + 1).min(width);
            values.clear();
            values.extend(
                rows.clone().flat_map(|y| columns.clone().map(move |x| rgb[y * stride + x * 3 + channel])),
            );
            let middle = values.len() / 2;
            *out = *values.select_nth_unstable(middle).1;
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_the_kernel_and_flat_stays_flat() {
        let mut point = vec![0; 49];
        point[24] = 255;
        let out = gaussian::<1>(&point, 7, 1.0);
        // exp(-d^2 / 2) over its sum for d = -3..3.
        let w: Vec<f64> = (0..4).map(|d| (-f64::from(d * d) / 2.0).exp()).collect();
        let total = w[0] + 2.0 * (w[1] + w[2] + w[3]);
        for (at, weight) in [(24, w[0] * w[0]), (25, w[0] * w[1]), (16, w[1] * w[1]), (22, w[0] * w[2])] {
            assert_eq!(out[at], (255.0 * weight / (total * total)).round() as u8);
        }
        assert_eq!(gaussian::<3>(&[7, 8, 9].repeat(10), 5, 2.5), [7, 8, 9].repeat(10));
        assert_eq!(gaussian::<3>(&[1, 2, 3], 1, 4.0), [1, 2, 3]);
        assert!(gaussian::<3>(&[], 0, 1.0).is_empty());
    }

    #[test]
    fn the_median_removes_a_speck() {
        let mut rgb = vec![10; 75];
        rgb[36] = 200;
        assert_eq!(median(&rgb, 5, 1), vec![10; 75]);
        assert_eq!(median(&[1, 2, 3, 5, 6, 7], 2, 1), [5, 6, 7, 5, 6, 7]);
        assert!(median(&[], 0, 1).is_empty());
    }
}
