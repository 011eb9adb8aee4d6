//! Mean, covariance and axes of a picture's colours.

use indicia_ops::linear::symmetric_eigen;
use rayon::prelude::*;

/// The axes of a cloud of colours.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axes {
    /// Mean red, green and blue, of 255.
    pub(super) mean: [f64; 3],
    /// Unit vectors, the one of the largest variance first. The entry of the largest size is positive.
    pub(super) directions: [[f64; 3]; 3],
    /// Variances along them, at least 0.
    pub(super) variances: [f64; 3],
    /// Directions in single precision with the projection of the mean, ready for [`Axes::project`].
    ready: [[f32; 4]; 3],
}

impl Axes {
    /// Where a colour lies along the three axes, from the mean, in levels.
    pub(super) fn project(&self, [r, g, b]: [u8; 3]) -> [f32; 3] {
        let [r, g, b] = [r, g, b].map(f32::from);
        self.ready.map(|[x, y, z, mean]| x * r + y * g + z * b - mean)
    }
}

/// Pixels whose sums fit 32 bits at their largest products.
const CHUNK: usize = 3 * 32_768;

/// The axes of interleaved 8-bit RGB. Sums are of whole numbers: exact on any number of threads.
pub(super) fn axes(rgb: &[u8]) -> Axes {
    let sums = rgb
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut sums = [0_u32; 9];
            for pixel in chunk.as_chunks::<3>().0 {
                let [r, g, b] = pixel.map(u32::from);
                for (sum, v) in sums.iter_mut().zip([r, g, b, r * r, r * g, r * b, g * g, g * b, b * b]) {
                    *sum += v;
                }
            }
            sums.map(u64::from)
        })
        .reduce(|| [0; 9], |a, b| std::array::from_fn(|i| a[i] + b[i]));
    let count = (rgb.len() / 3).max(1) as u64;
    let mean = [0, 1, 2].map(|i| sums[i] as f64 / count as f64);
    // Products fit 128 bits exactly, and so does their difference.
    let covariance = |at: usize, i: usize, j: usize| {
        let exact = i128::from(sums[at]) * i128::from(count) - i128::from(sums[i]) * i128::from(sums[j]);
        exact as f64 / (count as f64 * count as f64)
    };
    let (rr, rg, rb) = (covariance(3, 0, 0), covariance(4, 0, 1), covariance(5, 0, 2));
    let (gg, gb, bb) = (covariance(6, 1, 1), covariance(7, 1, 2), covariance(8, 2, 2));
    let (values, vectors) = symmetric_eigen(&[rr, rg, rb, rg, gg, gb, rb, gb, bb], 3);
    let directions = [0, 1, 2].map(|k| [vectors[3 * k], vectors[3 * k + 1], vectors[3 * k + 2]]);
    let ready = directions.map(|d| {
        let along: f64 = d.iter().zip(mean).map(|(a, b)| a * b).sum();
        [d[0] as f32, d[1] as f32, d[2] as f32, along as f32]
    });
    Axes { mean, directions, variances: [0, 1, 2].map(|k| values[k].max(0.0)), ready }
}
