//! Feature vectors in an order that lets the arithmetic run over many of them at once.

use multiversion::multiversion;
use rayon::prelude::*;

/// Samples that lie side by side.
pub(super) const TILE: usize = 128;
/// Tiles whose sums are added before they meet others: the same whatever the number of threads.
const GROUP: usize = 16;

/// Vectors of `dims` numbers in tiles of [`TILE`]: in a tile, all first numbers, then all second ones. The last
/// tile is filled with zeros, which every sum gives the weight 0.
#[derive(Clone)]
pub(super) struct Samples {
    pub(super) dims: usize,
    pub(super) count: usize,
    pub(super) values: Vec<f64>,
}

/// Weighted sums over samples.
pub(super) struct Moments {
    /// Sum of weights.
    pub(super) weight: f64,
    /// Mean.
    pub(super) mean: Vec<f64>,
    /// Covariance, divided by the sum of weights; both triangles.
    pub(super) covariance: Vec<f64>,
}

impl Samples {
    /// The vectors `sample(i)` for `i < count`.
    pub(super) fn collect(dims: usize, count: usize, sample: impl Fn(usize, &mut [f64]) + Sync) -> Self {
        let mut values = vec![0.0; count.div_ceil(TILE) * TILE * dims];
        values.par_chunks_mut(TILE * dims).enumerate().for_each(|(tile, values)| {
            let mut vector = vec![0.0; dims];
            for k in 0..TILE.min(count - tile * TILE) {
                sample(tile * TILE + k, &mut vector);
                vector.iter().enumerate().for_each(|(d, v)| values[d * TILE + k] = *v);
            }
        });
        Self { dims, count, values }
    }

    /// Component `dim` of sample `i`.
    pub(super) fn at(&self, i: usize, dim: usize) -> f64 {
        self.values[(i / TILE * self.dims + dim) * TILE + i % TILE]
    }

    pub(super) fn vector(&self, i: usize) -> Vec<f64> {
        (0..self.dims).map(|dim| self.at(i, dim)).collect()
    }

    /// The samples with these numbers.
    pub(super) fn pick(&self, numbers: &[usize]) -> Self {
        Self::collect(self.dims, numbers.len(), |i, out| {
            out.iter_mut().enumerate().for_each(|(dim, out)| *out = self.at(numbers[i], dim));
        })
    }

    /// Mean and covariance under `weights`, one a sample. Products are taken about `origin`, which should lie
    /// near the mean. `None` if no weight is above 0.
    pub(super) fn moments(&self, origin: &[f64], weights: &[f64]) -> Option<Moments> {
        let d = self.dims;
        let size = 1 + d + d * d;
        let add = |mut a: Vec<f64>, b: Vec<f64>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        };
        // Small sets are summed on the spot: they come thousands of times, from threads of their own.
        let partial = |(values, weights): (&[f64], &[f64])| {
            let mut sums = vec![0.0; size];
            let mut scratch = vec![0.0; 2 * TILE * d];
            for (values, weights) in values.chunks(TILE * d).zip(weights.chunks(TILE)) {
                let mut w = [0.0; TILE];
                w[..weights.len()].copy_from_slice(weights);
                add_moments(values, &w, origin, &mut scratch, &mut sums);
            }
            sums
        };
        let groups: Vec<Vec<f64>> = if self.count <= GROUP * TILE {
            vec![partial((&self.values, weights))]
        } else {
            self.values
                .par_chunks(GROUP * TILE * d)
                .zip(weights.par_chunks(GROUP * TILE))
                .map(partial)
                .collect()
        };
        let sums = groups.into_iter().reduce(add)?;
        let weight = sums[0];
        if weight.is_nan() || weight <= 0.0 {
            return None;
        }
        let shift: Vec<f64> = sums[1..=d].iter().map(|s| s / weight).collect();
        let mut covariance = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..=i {
                let value = sums[1 + d + i * d + j] / weight - shift[i] * shift[j];
                covariance[i * d + j] = value;
                covariance[j * d + i] = value;
            }
        }
        let mean = origin.iter().zip(&shift).map(|(o, s)| o + s).collect();
        Some(Moments { weight, mean, covariance })
    }

    /// `rows * (x - origin)` for each sample x; `rows` holds as many rows of `dims` as the result has
    /// dimensions.
    pub(super) fn project(&self, origin: &[f64], rows: &[f64]) -> Self {
        let (d, dims) = (self.dims, rows.len() / self.dims);
        let mut values = vec![0.0; self.values.len() / d * dims];
        values.par_chunks_mut(TILE * dims).zip(self.values.par_chunks(TILE * d)).for_each(|(out, values)| {
            for (out, row) in out.chunks_exact_mut(TILE).zip(rows.chunks_exact(d)) {
                combine(values, origin, row, out);
            }
        });
        Self { dims, count: self.count, values }
    }

    /// Squared Mahalanobis distances from `mean` under the covariance whose lower Cholesky factor is `lower`.
    pub(super) fn distances(&self, mean: &[f64], lower: &[f64], out: &mut Vec<f64>) {
        let d = self.dims;
        out.resize(self.count.div_ceil(TILE) * TILE, 0.0);
        let tile = |(out, values): (&mut [f64], &[f64])| {
            let mut scratch = vec![0.0; TILE * d];
            solve(values, mean, lower, &mut scratch, out);
        };
        if self.count <= GROUP * TILE {
            out.chunks_mut(TILE).zip(self.values.chunks(TILE * d)).for_each(tile);
        } else {
            out.par_chunks_mut(TILE).zip(self.values.par_chunks(TILE * d)).for_each(tile);
        }
        out.truncate(self.count);
    }
}

/// Adds a tile's weight, weighted sums and weighted products (lower triangle) to `sums`.
#[multiversion(targets("x86_64+avx2"))]
fn add_moments(values: &[f64], weights: &[f64; TILE], origin: &[f64], scratch: &mut [f64], sums: &mut [f64]) {
    let d = origin.len();
    let (centred, weighted) = scratch.split_at_mut(TILE * d);
    for (i, origin) in origin.iter().enumerate() {
        let at = i * TILE..(i + 1) * TILE;
        let values = &values[at.clone()];
        let (centred, weighted) = (&mut centred[at.clone()], &mut weighted[at]);
        for k in 0..TILE {
            centred[k] = values[k] - origin;
            weighted[k] = centred[k] * weights[k];
        }
    }
    sums[0] += weights.iter().sum::<f64>();
    for (i, weighted) in weighted.chunks_exact(TILE).enumerate() {
        sums[1 + i] += weighted.iter().sum::<f64>();
        for (j, centred) in centred.chunks_exact(TILE).take(i + 1).enumerate() {
            // Sixteen sums side by side, so that the additions need not wait for each other.
            let mut sum = [0.0; 16];
            for (a, b) in weighted.as_chunks::<16>().0.iter().zip(centred.as_chunks::<16>().0) {
                for lane in 0..16 {
                    sum[lane] += a[lane] * b[lane];
                }
            }
            sums[1 + d + i * d + j] += sum.iter().sum::<f64>();
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn combine(values: &[f64], origin: &[f64], row: &[f64], out: &mut [f64]) {
    for ((values, origin), factor) in values.chunks_exact(TILE).zip(origin).zip(row) {
        for (out, value) in out.iter_mut().zip(values) {
            *out += factor * (value - origin);
        }
    }
}

/// Squared length of the solution of `lower z = x - mean`, for each sample of a tile.
#[multiversion(targets("x86_64+avx2"))]
fn solve(values: &[f64], mean: &[f64], lower: &[f64], z: &mut [f64], out: &mut [f64]) {
    let d = mean.len();
    out.fill(0.0);
    for i in 0..d {
        let (done, rest) = z.split_at_mut(i * TILE);
        let z = &mut rest[..TILE];
        let values = &values[i * TILE..(i + 1) * TILE];
        for k in 0..TILE {
            z[k] = values[k] - mean[i];
        }
        for (j, done) in done.chunks_exact(TILE).enumerate() {
            let factor = lower[i * d + j];
            for k in 0..TILE {
                z[k] -= factor * done[k];
            }
        }
        let inverse = 1.0 / lower[i * d + i];
        for k in 0..TILE {
            z[k] *= inverse;
            out[k] += z[k] * z[k];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Samples {
        let points = [[1.0, 2.0], [3.0, 2.0], [1.0, 6.0], [3.0, 6.0]];
        Samples::collect(2, 4, |i, out| out.copy_from_slice(&points[i]))
    }

    #[test]
    fn moments_are_as_by_hand() {
        let moments = points().moments(&[0.0, 0.0], &[1.0; 4]).unwrap();
        assert_eq!((moments.weight, moments.mean), (4.0, vec![2.0, 4.0]));
        assert_eq!(moments.covariance, [1.0, 0.0, 0.0, 4.0]);
        // Only (1, 2) and (3, 6) count: full correlation.
        let moments = points().moments(&[2.0, 4.0], &[0.5, 0.0, 0.0, 0.5]).unwrap();
        assert_eq!((moments.weight, moments.mean), (1.0, vec![2.0, 4.0]));
        assert_eq!(moments.covariance, [1.0, 2.0, 2.0, 4.0]);
        assert!(points().moments(&[0.0; 2], &[0.0; 4]).is_none());
        assert!(Samples::collect(2, 0, |_, _| ()).moments(&[0.0; 2], &[]).is_none());
    }

    #[test]
    fn distances_are_as_by_hand() {
        // Covariance [[4, 2], [2, 10]] has the factor [[2, 0], [1, 3]]: (3, 6) from (1, 2) solves to (1, 1).
        let mut out = vec![];
        points().distances(&[1.0, 2.0], &[2.0, 0.0, 1.0, 3.0], &mut out);
        assert_eq!(out.len(), 4);
        assert!(out[0].abs() < 1e-15 && (out[3] - 2.0).abs() < 1e-12, "{out:?}");
    }

    #[test]
    fn projection_and_selection_keep_the_order() {
        let turned = points().project(&[1.0, 1.0], &[0.0, 1.0]);
        assert_eq!((turned.dims, turned.count), (1, 4));
        assert_eq!((0..4).map(|i| turned.at(i, 0)).collect::<Vec<_>>(), [1.0, 1.0, 5.0, 5.0]);
        let picked = points().pick(&[3, 0]);
        assert_eq!((picked.vector(0), picked.vector(1)), (vec![3.0, 6.0], vec![1.0, 2.0]));
    }

    #[test]
    fn many_tiles_sum_to_the_same() {
        let n = GROUP * TILE + 77;
        let many = Samples::collect(1, n, |i, out| out[0] = (i % 10) as f64);
        let moments = many.moments(&[4.0], &vec![1.0; n]).unwrap();
        let mean = (0..n).map(|i| (i % 10) as f64).sum::<f64>() / n as f64;
        let variance = (0..n).map(|i| ((i % 10) as f64 - mean).powi(2)).sum::<f64>() / n as f64;
        assert!((moments.mean[0] - mean).abs() < 1e-12 && (moments.covariance[0] - variance).abs() < 1e-12);
    }
}
