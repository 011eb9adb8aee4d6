//! Pixels that are darker or brighter than all of their neighbours.

use multiversion::multiversion;
use ndarray::Array2;
use rayon::prelude::*;

/// Of each pixel, 1 if its luma is strictly below that of its eight neighbours, 2 if strictly above all, else
/// 0. Pixels at the border lack neighbours and get 0.
pub(super) fn extremes(samples: &[u8], width: usize) -> Vec<u8> {
    let mut out = vec![0; samples.len()];
    let height = samples.len().checked_div(width).unwrap_or(0);
    if width < 3 || height < 3 {
        return out;
    }
    out[width..(height - 1) * width].par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        let line = |i: usize| &samples[(y + i) * width..(y + i + 1) * width];
        mark(&mut row[1..width - 1], [line(0), line(1), line(2)]);
    });
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn mark(out: &mut [u8], rows: [&[u8]; 3]) {
    let inner = out.len();
    let at: [[&[u8]; 3]; 3] = rows.map(|row| [&row[..inner], &row[1..][..inner], &row[2..][..inner]]);
    for (x, out) in out.iter_mut().enumerate() {
        let around = [
            at[0][0][x],
            at[0][1][x],
            at[0][2][x],
            at[1][0][x],
            at[1][2][x],
            at[2][0][x],
            at[2][1][x],
            at[2][2][x],
        ];
        let least = around.iter().fold(u8::MAX, |m, &v| m.min(v));
        let most = around.iter().fold(u8::MIN, |m, &v| m.max(v));
        let own = at[1][1][x];
        *out = u8::from(own < least) | (u8::from(own > most) << 1);
    }
}

/// Side of a cell of the map in pixels.
pub(super) const CELL: usize = 16;

/// Share of marked pixels by cell.
pub(super) fn shares(marks: &[u8], width: usize, height: usize) -> Array2<f32> {
    let (rows, columns) = (height.div_ceil(CELL), width.div_ceil(CELL));
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let xs = column * CELL..((column + 1) * CELL).min(width);
        let ys = row * CELL..((row + 1) * CELL).min(height);
        let count = xs.len() * ys.len();
        let marked: usize =
            ys.map(|y| marks[y * width..][xs.clone()].iter().filter(|m| **m != 0).count()).sum();
        marked as f32 / count as f32
    })
}
