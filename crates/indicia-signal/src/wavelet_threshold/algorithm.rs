//! Sizes of the finest details of luma, computed in strips of rows and kept in a byte each.

use indicia_ops::wavelet::{Daubechies, Details, analyse};
use indicia_ops::{Luma8, Plane, mirrored};
use rayon::prelude::*;

use crate::picture::quantile;

/// Code of a coefficient of the threshold's size.
pub(super) const UNIT: u8 = 64;

/// Largest size that has a code of its own, in thresholds.
pub(super) const LEVELS: f32 = 255.0 / UNIT as f32;

/// Rows of pixel pairs that are computed together.
const STRIP: usize = 64;

/// A pair of pixels p reads coefficient `p + LATE` along an axis where the filter is a low-pass, and p where it is
/// a high-pass: there the energies of the filters' taps are centred half a pixel from the pair's middle.
const LATE: usize = 2;

/// Even number of rows read beyond a strip on either side, enough for all taps of the coefficients that are kept.
const MARGIN: usize = 8;

/// Details of the strip, and the row of its coefficients that belongs to its first pair of rows.
fn details(luma: &Luma8, pairs: std::ops::Range<usize>) -> (Details, usize) {
    let first = 2 * pairs.start as isize - MARGIN as isize;
    let lines = first..(2 * pairs.end + MARGIN) as isize;
    let mut samples = Vec::with_capacity(luma.width * lines.len());
    for y in lines.clone() {
        let row = &luma.samples[mirrored(y, luma.height) * luma.width..][..luma.width];
        samples.extend(row.iter().map(|&v| f32::from(v)));
    }
    let plane = Plane { width: luma.width, height: lines.len(), samples };
    (analyse(&plane, Daubechies::Four).1, MARGIN / 2)
}

/// Robust deviation of the finest diagonal details over at most 16 strips: their median size over 0.6745.
pub(super) fn deviation(luma: &Luma8) -> f32 {
    let strips = (luma.height / 2).div_ceil(STRIP);
    let chosen: Vec<usize> = (0..strips).step_by(strips.div_ceil(16).max(1)).collect();
    let mut sizes: Vec<f32> = chosen
        .into_par_iter()
        .flat_map_iter(|strip| {
            let pairs = strip * STRIP..((strip + 1) * STRIP).min(luma.height / 2);
            let (details, first) = details(luma, pairs.clone());
            let rows = first..first + pairs.len();
            let values = rows.flat_map(|row| details.diagonal.row(row)[..luma.width / 2].to_vec());
            values.map(f32::abs).collect::<Vec<_>>()
        })
        .collect();
    quantile(&mut sizes, 0.5) / 0.674_489_75
}

/// For each pair of pixels by pair of rows (an odd last one is left out), the sizes of its horizontal, vertical and
/// diagonal detail: [`UNIT`] is `threshold`, 255 is [`LEVELS`] thresholds and more.
pub(super) fn codes(luma: &Luma8, threshold: f32) -> Vec<[u8; 3]> {
    let (columns, rows) = (luma.width / 2, luma.height / 2);
    let mut out = vec![[0; 3]; columns * rows];
    let scale = f32::from(UNIT) / threshold;
    out.par_chunks_mut((columns * STRIP).max(1)).enumerate().for_each(|(strip, out)| {
        let top = strip * STRIP;
        let (details, first) = details(luma, top..(top + STRIP).min(rows));
        for (y, out) in out.chunks_exact_mut(columns).enumerate() {
            let horizontal = &details.horizontal.row(first + y)[LATE..];
            let vertical = details.vertical.row(first + y + LATE);
            let diagonal = details.diagonal.row(first + y);
            for (((out, h), v), d) in out.iter_mut().zip(horizontal).zip(vertical).zip(diagonal) {
                // The conversion saturates.
                *out = [h, v, d].map(|c| (scale * c.abs() + 0.5) as u8);
            }
        }
    });
    out
}
