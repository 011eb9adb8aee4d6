//! Noise level from the principal components of small blocks.
//!
//! Reference: S. Pyatykh, J. Hesser, L. Zheng, Image noise level estimation by principal component analysis,
//! IEEE Transactions on Image Processing 22(2), 2013.

/// Side of a block in pixels.
pub(super) const SIDE: usize = 5;

/// Samples of a block.
const SIZE: usize = SIDE * SIDE;

/// Blocks read at most; a picture with more is read with larger strides.
const BLOCKS: usize = 20_000;

/// Fewest blocks from which an estimate is made: a covariance of 25 samples needs a multiple of 25.
const FEWEST: usize = 200;

/// The paper's parameters: factor and quantile of the upper bound, smallest share of blocks and its step,
/// count of the smallest eigenvalues that must agree, and their tolerance.
const UPPER: f64 = 3.1;
const UPPER_QUANTILE: f64 = 0.0005;
const SMALLEST_SHARE: f64 = 0.06;
const SHARE_STEP: f64 = 0.05;
const SMALLEST_EIGENVALUES: usize = 7;
const TOLERANCE: f64 = 49.0;
const ROUNDS: usize = 10;

/// Standard deviation of the noise of the part of an 8-bit picture, `width` columns, whose pixels `keep`
/// selects: a block counts if its corners are kept and none of its pixels is clipped. `None` with fewer than
/// 200 such blocks.
pub(super) fn level(samples: &[u8], width: usize, keep: impl Fn(usize, usize) -> bool) -> Option<f64> {
    let height = samples.len().checked_div(width)?;
    if width < SIDE || height < SIDE {
        return None;
    }
    let (right, bottom) = (width - SIDE + 1, height - SIDE + 1);
    let kept = |x: usize, y: usize| {
        let far = SIDE - 1;
        keep(x, y) && keep(x + far, y) && keep(x, y + far) && keep(x + far, y + far)
    };
    let block = |x: usize, y: usize| -> Option<[f64; SIZE]> {
        let mut values = [0.0; SIZE];
        for (i, value) in values.iter_mut().enumerate() {
            let sample = samples[(y + i / SIDE) * width + x + i % SIDE];
            if sample == 0 || sample == 255 {
                return None;
            }
            *value = f64::from(sample);
        }
        Some(values)
    };
    let all: usize =
        (0..bottom).step_by(4).map(|y| (0..right).step_by(4).filter(|&x| kept(x, y)).count()).sum();
    // All counts a sixteenth of the places.
    let stride = ((16 * all) as f64 / BLOCKS as f64).sqrt().ceil().max(1.0) as usize;
    let mut blocks: Vec<(f64, [f64; SIZE])> = vec![];
    for y in (0..bottom).step_by(stride) {
        for x in (0..right).step_by(stride).filter(|&x| kept(x, y)) {
            if let Some(values) = block(x, y) {
                blocks.push((variance(&values), values));
            }
        }
    }
    if blocks.len() < FEWEST {
        return None;
    }
    blocks.sort_by(|a, b| a.0.total_cmp(&b.0));
    Some(from_sorted(&blocks).max(0.0).sqrt())
}

/// Mean square deviation of a block's samples from their mean, with `n - 1`.
fn variance(values: &[f64; SIZE]) -> f64 {
    let mean = values.iter().sum::<f64>() / SIZE as f64;
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (SIZE - 1) as f64
}

/// Noise variance from blocks in the order of their variance: the smallest eigenvalue of the covariance of
/// the largest share of quiet blocks whose seven smallest eigenvalues agree.
fn from_sorted(blocks: &[(f64, [f64; SIZE])]) -> f64 {
    let mut spectra = vec![];
    let mut share = 1.0;
    while share >= SMALLEST_SHARE {
        let count = ((share * blocks.len() as f64) as usize).max(2);
        spectra.push((count, eigenvalues(covariance(&blocks[..count]))));
        share -= SHARE_STEP;
    }
    let quiet = blocks[((UPPER_QUANTILE * blocks.len() as f64) as usize).min(blocks.len() - 1)].0;
    let mut bound = UPPER * quiet;
    // The paper starts from the bound, and takes what it finds for the next bound until that stays.
    let mut found = bound;
    for _ in 0..ROUNDS {
        let chosen = spectra.iter().find(|(count, spectrum)| {
            let spread = spectrum[SMALLEST_EIGENVALUES - 1] - spectrum[0];
            spread < TOLERANCE * bound / (*count as f64).sqrt() && spectrum[0] <= UPPER * quiet
        });
        found = chosen.or(spectra.last()).map_or(bound, |(_, spectrum)| spectrum[0]);
        if (found - bound).abs() < 1e-6 {
            break;
        }
        bound = found;
    }
    found
}

/// Covariance of blocks, of which there is at least one.
fn covariance(blocks: &[(f64, [f64; SIZE])]) -> [[f64; SIZE]; SIZE] {
    let count = blocks.len() as f64;
    let mut mean = [0.0; SIZE];
    for (_, values) in blocks {
        mean.iter_mut().zip(values).for_each(|(m, v)| *m += v / count);
    }
    let mut out = [[0.0; SIZE]; SIZE];
    for (_, values) in blocks {
        let centred: [f64; SIZE] = std::array::from_fn(|i| values[i] - mean[i]);
        for (row, a) in out.iter_mut().zip(&centred) {
            row.iter_mut().zip(&centred).for_each(|(sum, b)| *sum += a * b);
        }
    }
    out.map(|row| row.map(|sum| sum / (count - 1.0).max(1.0)))
}

/// Eigenvalues of a symmetric matrix in ascending order, by Jacobi's cyclic rotations.
fn eigenvalues<const N: usize>(mut a: [[f64; N]; N]) -> [f64; N] {
    for _ in 0..30 {
        let outside: f64 =
            (0..N).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i][j].powi(2)).sum();
        let inside: f64 = (0..N).map(|i| a[i][i].powi(2)).sum();
        if outside <= 1e-20 * inside {
            break;
        }
        for p in 0..N {
            for q in p + 1..N {
                if a[p][q] == 0.0 {
                    continue;
                }
                let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for k in 0..N {
                    let (x, y) = (a[k][p], a[k][q]);
                    (a[k][p], a[k][q]) = (c * x - s * y, s * x + c * y);
                }
                for k in 0..N {
                    let (x, y) = (a[p][k], a[q][k]);
                    (a[p][k], a[q][k]) = (c * x - s * y, s * x + c * y);
                }
            }
        }
    }
    let mut values: [f64; N] = std::array::from_fn(|i| a[i][i]);
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::gaussian_noise;

    #[test]
    fn eigenvalues_of_a_small_matrix_are_those_by_hand() {
        // [[2, 1], [1, 2]] has 1 and 3; a third axis stands alone.
        let found = eigenvalues([[2.0, 1.0, 0.0], [1.0, 2.0, 0.0], [0.0, 0.0, 7.0]]);
        for (value, expected) in found.iter().zip([1.0, 3.0, 7.0]) {
            assert!((value - expected).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn the_level_of_noise_on_a_wave_is_found() {
        for sigma in [2.0, 6.0] {
            let noise = gaussian_noise(160 * 160, 7);
            let samples: Vec<u8> = (0..160 * 160)
                .map(|i| {
                    let (x, y) = ((i % 160) as f64, (i / 160) as f64);
                    let wave = 120.0 + 50.0 * (x / 17.0).sin() * (y / 23.0).cos();
                    (wave + sigma * noise[i]).round().clamp(0.0, 255.0) as u8
                })
                .collect();
            let found = level(&samples, 160, |_, _| true).unwrap();
            assert!((found - sigma).abs() < 0.12 * sigma, "{found} for {sigma}");
        }
    }

    #[test]
    fn too_few_blocks_give_no_level() {
        assert_eq!(level(&[], 0, |_, _| true), None);
        assert_eq!(level(&[9; 12], 4, |_, _| true), None);
        assert_eq!(level(&[255; 6400], 80, |_, _| true), None);
        assert_eq!(level(&[9; 6400], 80, |_, _| true), Some(0.0));
        assert_eq!(level(&[9; 6400], 80, |x, _| x > 78), None);
    }
}
