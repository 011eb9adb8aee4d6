//! Number of zero DCT coefficients of every 8x8 window of a picture.

use indicia_ops::dct8::{SCALE, unscaled};

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

/// Coefficients of exactly 1/2 are common (one window in seven has one) and are no zeros. Where they are
/// not whole multiples of 1/8, rounding could put them just below: the threshold stays clear of it.
const CLEAR_OF_TIES: f32 = 1.0 - 1e-5;

/// What the unscaled coefficient (v, u) has to stay below for the orthonormal one to stay below 1/2:
/// `4 SCALE[v] SCALE[u]`; 0 for the DC coefficient, which is not counted.
const fn thresholds() -> [[f32; 8]; 8] {
    let mut t = [[0.0; 8]; 8];
    let mut v = 0;
    while v < 8 {
        let mut u = 0;
        while u < 8 {
            t[v][u] = 4.0 * CLEAR_OF_TIES * SCALE[v] * SCALE[u];
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
    debug_assert!(windows <= TILE);
    let columns = windows + 7;
    let mut samples = [[0_u8; COLUMNS]; 8];
    for (copy, row) in samples.iter_mut().zip(rows) {
        copy[..columns].copy_from_slice(&row[..columns]);
    }
    for i in 0..COLUMNS {
        let s = &samples;
        let column = unscaled([
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
            let c = unscaled([v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]]);
            let mut zeros = 0;
            for u in 0..8 {
                zeros += i32::from(c[u].abs() < threshold[u]);
            }
            tile.zeros[i] += zeros;
        }
    }
}
