//! Votes of pixels for the origin of the JPEG grid.

use multiversion::multiversion;
use rayon::prelude::*;

use super::zeros::{TILE, Tile, count_tile};

/// Value of a pixel that votes for no grid.
pub const NO_VOTE: u8 = 0xFF;

/// Pixels along each border that have no vote: not all of their windows lie in the picture.
pub const BORDER: usize = 7;

/// Low byte of a key: the grid, or all ones for none. High byte: the number of zeros.
const NO_GRID: u16 = 0xFF;

/// For each pixel, the origin of the 8x8 window around it with the most DCT zeros.
///
/// `luma` is a picture of `width` columns. A vote is `(x mod 8) + 8 * (y mod 8)` of the window's top left
/// corner, 0 to 63, or [`NO_VOTE`]: where two windows share the largest number of zeros, where that window's
/// rows or columns are all alike, where no window has a zero, and within [`BORDER`] pixels of the border.
///
/// # Panics
/// If the length of `luma` is not a multiple of `width`.
pub fn grid_votes(luma: &[u8], width: usize) -> Vec<u8> {
    let mut votes = vec![NO_VOTE; luma.len()];
    if luma.is_empty() {
        return votes;
    }
    assert_eq!(luma.len() % width, 0, "{} samples in rows of {width}", luma.len());
    let height = luma.len() / width;
    if width <= 2 * BORDER || height <= 2 * BORDER {
        return votes;
    }
    // A band computes seven rows of windows more than it has rows of votes.
    let rows = (height / (2 * rayon::current_num_threads())).clamp(64, 512);
    votes.par_chunks_mut(rows * width).enumerate().for_each(|(band, votes)| {
        let top = band * rows;
        let bottom = (top + votes.len() / width).min(height - BORDER);
        vote_band(luma, width, top, bottom, votes);
    });
    votes
}

/// Votes of the rows from `top` to before `bottom`, written to `votes`, which begins with row `top`. Rows
/// within [`BORDER`] rows of the upper border keep their value; `bottom` stays clear of the lower border.
#[multiversion(targets("x86_64+avx2"))]
fn vote_band(luma: &[u8], width: usize, top: usize, bottom: usize, votes: &mut [u8]) {
    let windows = width - 7;
    let first_vote = top.max(BORDER);
    let mut tile = Tile::new();
    // The best windows along the row, of the last eight rows of windows.
    let mut best: [Vec<u16>; 8] = Default::default();
    best.fill(vec![NO_GRID; windows]);
    for y in first_vote - BORDER..bottom {
        let keys = &mut best[y % 8][..];
        for x in (0..windows).step_by(TILE) {
            let count = TILE.min(windows - x);
            let mut rows = [&luma[..0]; 8];
            for (k, row) in rows.iter_mut().enumerate() {
                *row = &luma[(y + k) * width + x..(y + k + 1) * width];
            }
            count_tile(rows, count, &mut tile);
            write_keys(&rows, y, &tile.zeros[..count], &mut keys[x..x + count]);
        }
        best_of_eight(keys);
        if y >= first_vote {
            let row = (y - top) * width;
            write_votes(&best, &mut votes[row + BORDER..row + width - BORDER]);
        }
    }
}

/// Keys of a tile of windows whose top left corners are the first columns of `rows[0]`, which is row `y`. The
/// first of them lies in a column that is a multiple of 8.
#[inline(always)]
fn write_keys(rows: &[&[u8]; 8], y: usize, zeros: &[i32], keys: &mut [u16]) {
    let row_of_grid = (y % 8 * 8) as u16;
    let mut most = 0;
    for (i, (key, &zeros)) in keys.iter_mut().zip(zeros).enumerate() {
        *key = (zeros as u16) << 8 | row_of_grid | (i % 8) as u16;
        most = most.max(zeros);
    }
    // A window whose rows or columns are all alike has at least 56 zeros.
    if most >= 56 {
        for (i, key) in keys.iter_mut().enumerate() {
            if *key >= 56 << 8 && is_constant_along_an_axis(rows, i) {
                *key |= NO_GRID;
            }
        }
    }
    for key in keys {
        *key |= if *key < 0x100 { NO_GRID } else { 0 };
    }
}

/// True if the rows of the window that begins in column `x` are all alike, or its columns are.
fn is_constant_along_an_axis(rows: &[&[u8]; 8], x: usize) -> bool {
    let words = rows.map(|row| row[x..x + 8].iter().fold(0_u64, |word, &v| word << 8 | u64::from(v)));
    words.iter().all(|&w| w == words[0])
        || words.iter().all(|&w| w == (w & 0xFF).wrapping_mul(0x0101_0101_0101_0101))
}

/// The better of two windows, or of two sets of windows: more zeros win; equal zeros of different windows
/// are a tie and name no grid. Two windows that can meet here have different grids, so that sets may
/// overlap.
#[inline(always)]
fn better(a: u16, b: u16) -> u16 {
    let tie = (a ^ b).wrapping_sub(1) < 0xFF;
    a.max(b) | if tie { NO_GRID } else { 0 }
}

/// Replaces each key but the last seven by the best of the eight that begin with it.
#[inline(always)]
fn best_of_eight(keys: &mut [u16]) {
    for step in [1, 2, 4] {
        for i in 0..keys.len() - step {
            keys[i] = better(keys[i], keys[i + step]);
        }
    }
}

/// Votes of a row of pixels but for its borders, from the eight rows of windows that reach it.
#[inline(always)]
fn write_votes(best: &[Vec<u16>; 8], votes: &mut [u8]) {
    let columns = votes.len();
    let rows: [&[u16]; 8] = [
        &best[0][..columns],
        &best[1][..columns],
        &best[2][..columns],
        &best[3][..columns],
        &best[4][..columns],
        &best[5][..columns],
        &best[6][..columns],
        &best[7][..columns],
    ];
    for (i, vote) in votes.iter_mut().enumerate() {
        let mut key = rows[0][i];
        for row in &rows[1..] {
            key = better(key, row[i]);
        }
        *vote = key as u8;
    }
}
