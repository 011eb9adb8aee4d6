//! Number of zero DCT coefficients of every 8x8 window of a picture.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

/// Windows of one row that are counted together. Their columns stay in the first-level cache.
pub(super) const TILE: usize = 256;

/// A row's columns that the windows of a tile cover: seven more than windows.
const COLUMNS: usize = TILE + 8;

/// Working memory of [`count_tile`].
pub(super) struct Tile {
    /// Vertical transforms of the columns, by frequency.
    vertical: [[f32; COLUMNS]; 8],
    /// Zeros of each window.
    pub(super) zeros: [i32; TILE],
}

impl Tile {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self { vertical: [[0.0; COLUMNS]; 8], zeros: [0; TILE] })
    }
}

/// Unscaled eight-point DCT-II (Arai, Agui and Nakajima, 1988): output k is `2 sqrt(2) * AAN[k]` times the
/// orthonormal coefficient. Outputs 0 and 4 are sums and differences of the inputs only, so that whole
/// numbers stay exact.
#[inline(always)]
fn dct8(x: [f32; 8]) -> [f32; 8] {
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

/// Scale of output k of [`dct8`]: 1 for k = 0, else `sqrt(2) cos(k pi / 16)`.
const AAN: [f32; 8] = [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_4];

/// Coefficients of exactly 1/2 are common (one window in seven has one) and are no zeros. Where they are
/// not whole multiples of 1/8, rounding could put them just below: the threshold stays clear of it.
const CLEAR_OF_TIES: f32 = 1.0 - 1e-5;

/// What the unscaled coefficient (v, u) has to stay below for the orthonormal one to stay below 1/2:
/// `4 AAN[v] AAN[u]`; 0 for the DC coefficient, which is not counted.
const fn thresholds() -> [[f32; 8]; 8] {
    let mut t = [[0.0; 8]; 8];
    let mut v = 0;
    while v < 8 {
        let mut u = 0;
        while u < 8 {
            t[v][u] = 4.0 * CLEAR_OF_TIES * AAN[v] * AAN[u];
            u += 1;
        }
        v += 1;
    }
    t[0][0] = 0.0;
    t
}

const THRESHOLDS: [[f32; 8]; 8] = thresholds();

/// Counts into `tile.zeros` the AC coefficients of magnitude below 1/2 of the orthonormal 8x8 DCT-II of the
/// windows whose top left corners are the first `windows` columns of `rows[0]`. The `rows` are eight
/// successive rows of luma, each of at least `windows + 7` samples. Entries beyond `windows` are
/// meaningless.
#[inline(always)]
pub(super) fn count_tile(rows: [&[u8]; 8], windows: usize, tile: &mut Tile) {
    debug_assert!(windows <= TILE && AAN[1] < SQRT_2);
    let columns = windows + 7;
    let mut samples = [[0_u8; COLUMNS]; 8];
    for (copy, row) in samples.iter_mut().zip(rows) {
        copy[..columns].copy_from_slice(&row[..columns]);
    }
    for i in 0..COLUMNS {
        let s = &samples;
        let column = dct8([
            f32::from(s[0][i]),
            f32::from(s[1][i]),
            f32::from(s[2][i]),
            f32::from(s[3][i]),
            f32::from(s[4][i]),
            f32::from(s[5][i]),
            f32::from(s[6][i]),
            f32::from(s[7][i]),
        ]);
        for (vertical, value) in tile.vertical.iter_mut().zip(column) {
            vertical[i] = value;
        }
    }
    tile.zeros.fill(0);
    for (vertical, threshold) in tile.vertical.iter().zip(&THRESHOLDS) {
        for i in 0..TILE {
            let v = &vertical[i..i + 8];
            let c = dct8([v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]]);
            let mut zeros = 0;
            for u in 0..8 {
                zeros += i32::from(c[u].abs() < threshold[u]);
            }
            tile.zeros[i] += zeros;
        }
    }
}
