//! The 8x8 discrete cosine transform (DCT-II) of JPEG: of blocks, and of the windows at every shift.
//!
//! Orthonormal: the transform keeps energies, and a flat block of value x has the DC coefficient 8 x. The
//! kernel is that of Y. Arai, T. Agui and M. Nakajima (1988), whose outputs are scaled by factors that the
//! callers take out once.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

/// Eight-point DCT-II without its scale: output k is `2 sqrt(2) * SCALE[k]` times the orthonormal
/// coefficient. Outputs 0 and 4 are sums and differences of the inputs only, so that whole numbers stay
/// exact.
#[inline(always)]
pub fn unscaled(x: [f32; 8]) -> [f32; 8] {
    const C2_MINUS_C6: f32 = 0.541_196_1; // sqrt(2) cos(6 pi / 16)
    const C2_PLUS_C6: f32 = 1.306_563; // sqrt(2) cos(2 pi / 16)
    const C6: f32 = 0.382_683_43; // cos(6 pi / 16)
    let (s0, s1, s2, s3) = (x[0] + x[7], x[1] + x[6], x[2] + x[5], x[3] + x[4]);
    let (d0, d1, d2, d3) = (x[0] - x[7], x[1] - x[6], x[2] - x[5], x[3] - x[4]);
    let (e0, e1, e2, e3) = (s0 + s3, s1 + s2, s1 - s2, s0 - s3);
    let z1 = (e2 + e3) * FRAC_1_SQRT_2;
    let (a, b, c) = (d3 + d2, d2 + d1, d1 + d0);
    let z5 = (a - c) * C6;
    let z2 = C2_MINUS_C6 * a + z5;
    let z4 = C2_PLUS_C6 * c + z5;
    let z3 = b * FRAC_1_SQRT_2;
    let (z11, z13) = (d0 + z3, d0 - z3);
    [e0 + e1, z11 + z4, e3 + z1, z13 - z2, e0 - e1, z13 + z2, e3 - z1, z11 - z4]
}

/// Scale of output k of [`unscaled`]: 1 for k = 0, else `sqrt(2) cos(k pi / 16)`.
pub const SCALE: [f32; 8] =
    [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_4];

/// What brings output k of [`unscaled`] to the orthonormal coefficient.
const NORM: [f32; 8] = {
    let mut norm = [0.0; 8];
    let mut k = 0;
    while k < 8 {
        norm[k] = 1.0 / (2.0 * SQRT_2 * SCALE[k]);
        k += 1;
    }
    norm
};

/// Entry (k, i) of the orthonormal eight-point DCT-II: the value of the wave of frequency k at sample i.
pub fn basis(k: usize, i: usize) -> f64 {
    let norm = if k == 0 { 0.125_f64.sqrt() } else { 0.5 };
    norm * ((2 * i + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
}

/// Coefficients of a block of samples, both in rows: entry `8 * v + u` belongs to vertical frequency v and
/// horizontal frequency u.
pub fn forward(samples: &[f32; 64]) -> [f32; 64] {
    let mut out = [0.0; 64];
    for u in 0..8 {
        let column = unscaled(std::array::from_fn(|y| samples[8 * y + u]));
        for (v, value) in column.into_iter().enumerate() {
            out[8 * v + u] = value * NORM[v];
        }
    }
    for row in out.as_chunks_mut::<8>().0 {
        let values = unscaled(*row);
        *row = std::array::from_fn(|u| values[u] * NORM[u]);
    }
    out
}

/// Samples of a block of coefficients: the inverse of [`forward`].
pub fn inverse(coefficients: &[f32; 64]) -> [f32; 64] {
    let waves: [[f32; 8]; 8] = std::array::from_fn(|k| std::array::from_fn(|i| basis(k, i) as f32));
    let mut rows = [0.0; 64];
    for (row, coefficients) in rows.as_chunks_mut::<8>().0.iter_mut().zip(coefficients.as_chunks::<8>().0) {
        *row = std::array::from_fn(|x| (0..8).map(|u| coefficients[u] * waves[u][x]).sum());
    }
    std::array::from_fn(|i| (0..8).map(|v| rows[8 * v + i % 8] * waves[v][i / 8]).sum())
}

/// Windows that one call of [`Windows::forward`] transforms at most. Their columns stay in the first-level
/// cache.
pub const MOST_WINDOWS: usize = 256;

/// A row's columns that those windows cover: seven more than windows, in whole vectors.
const COLUMNS: usize = MOST_WINDOWS + 8;

/// Coefficients of the 8x8 windows at successive columns, every shift of the grid among them.
#[derive(Debug, Clone)]
pub struct Windows {
    /// Vertical transforms of the columns, by frequency.
    vertical: [[f32; COLUMNS]; 8],
    /// Entry `[v][u][i]` is the orthonormal coefficient of vertical frequency v and horizontal frequency u
    /// of window i.
    pub coefficients: [[[f32; MOST_WINDOWS]; 8]; 8],
}

impl Windows {
    /// Room for the coefficients.
    pub fn new() -> Box<Self> {
        Box::new(Self { vertical: [[0.0; COLUMNS]; 8], coefficients: [[[0.0; MOST_WINDOWS]; 8]; 8] })
    }

    /// Transforms the `windows` windows whose top left corners are the first columns of `rows[0]`, for
    /// vertical frequencies below `high`. Other entries keep what they held. Inlined, so that a caller's
    /// instruction set counts.
    ///
    /// # Panics
    /// If `windows` is above [`MOST_WINDOWS`], `high` above 8, or a row has less than `windows + 7` samples.
    #[inline(always)]
    pub fn forward(&mut self, rows: [&[u8]; 8], windows: usize, high: usize) {
        let columns = windows + 7;
        assert!(windows <= MOST_WINDOWS && high <= 8);
        let rows = rows.map(|row| &row[..columns]);
        for i in 0..columns {
            let column = unscaled([
                f32::from(rows[0][i]),
                f32::from(rows[1][i]),
                f32::from(rows[2][i]),
                f32::from(rows[3][i]),
                f32::from(rows[4][i]),
                f32::from(rows[5][i]),
                f32::from(rows[6][i]),
                f32::from(rows[7][i]),
            ]);
            for v in 0..8 {
                self.vertical[v][i] = column[v];
            }
        }
        for v in 0..high {
            let norms = NORM.map(|norm| norm * NORM[v]);
            let source = &self.vertical[v];
            let [o0, o1, o2, o3, o4, o5, o6, o7] = &mut self.coefficients[v];
            for i in 0..windows {
                let x = &source[i..i + 8];
                let c = unscaled([x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]]);
                o0[i] = c[0] * norms[0];
                o1[i] = c[1] * norms[1];
                o2[i] = c[2] * norms[2];
                o3[i] = c[3] * norms[3];
                o4[i] = c[4] * norms[4];
                o5[i] = c[5] * norms[5];
                o6[i] = c[6] * norms[6];
                o7[i] = c[7] * norms[7];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples without structure, 0 to 255.
    fn samples(n: usize) -> Vec<u8> {
        (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8).collect()
    }

    /// The definition, in double precision.
    fn defined(samples: impl Fn(usize, usize) -> f64) -> [f64; 64] {
        std::array::from_fn(|k| {
            let (v, u) = (k / 8, k % 8);
            (0..64).map(|i| samples(i / 8, i % 8) * basis(v, i / 8) * basis(u, i % 8)).sum()
        })
    }

    #[test]
    fn a_flat_block_and_a_wave_have_one_coefficient() {
        let flat = forward(&[10.0; 64]);
        assert_eq!(flat[0], 80.0);
        assert!(flat[1..].iter().all(|c| c.abs() < 1e-5));
        let wave = forward(&std::array::from_fn(|i| (basis(2, i / 8) * basis(5, i % 8)) as f32));
        for (k, c) in wave.into_iter().enumerate() {
            let expected = if k == 8 * 2 + 5 { 1.0 } else { 0.0 };
            assert!((c - expected).abs() < 1e-6, "{k}: {c}");
        }
    }

    #[test]
    fn forward_is_the_definition_and_inverse_undoes_it() {
        let values = samples(64);
        let block: [f32; 64] = std::array::from_fn(|i| f32::from(values[i]));
        let got = forward(&block);
        let expected = defined(|y, x| f64::from(values[8 * y + x]));
        assert!(got.iter().zip(expected).all(|(g, e)| (f64::from(*g) - e).abs() < 1e-3));
        let back = inverse(&got);
        assert!(back.iter().zip(block).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn windows_hold_the_coefficients_of_every_shift() {
        let width = 30;
        let values = samples(8 * width);
        let mut windows = Windows::new();
        windows.forward(std::array::from_fn(|y| &values[y * width..][..width]), width - 7, 5);
        for i in 0..width - 7 {
            let expected = defined(|y, x| f64::from(values[y * width + i + x]));
            for v in 0..8 {
                for u in 0..8 {
                    let expected = if v < 5 { expected[8 * v + u] } else { 0.0 };
                    let got = windows.coefficients[v][u][i];
                    assert!((f64::from(got) - expected).abs() < 1e-3, "{i} {v},{u}: {got} {expected}");
                }
            }
        }
    }
}
