//! Difference of a picture and its recompressed copy, on plain arrays.

use ndarray::Array2;
use rayon::prelude::*;

/// Largest absolute difference over red, green and blue of every pixel, 0 to 255, height by width. Both
/// pictures are interleaved 8-bit RGB of `width * height` pixels; what one lacks is not compared and gives 0.
pub(crate) fn difference(a: &[u8], b: &[u8], width: usize, height: usize) -> Array2<f32> {
    let mut out = Array2::zeros((height, width));
    if let (Some(values), true) = (out.as_slice_mut(), width > 0) {
        values.par_chunks_mut(width).zip(a.par_chunks(3 * width)).zip(b.par_chunks(3 * width)).for_each(
            |((row, a), b)| {
                for ((value, a), b) in row.iter_mut().zip(a.chunks_exact(3)).zip(b.chunks_exact(3)) {
                    let [red, green, blue] = std::array::from_fn(|c| a[c].abs_diff(b[c]));
                    *value = f32::from(red.max(green).max(blue));
                }
            },
        );
    }
    out
}

/// Counts of the values 0 to 255.
pub(crate) fn counts(values: &Array2<f32>) -> [u64; 256] {
    let mut counts = [0; 256];
    for value in values {
        counts[*value as u8 as usize] += 1;
    }
    counts
}

/// The smallest value that at most `share` of the counted values exceed.
pub(crate) fn exceeded_by(counts: &[u64; 256], share: f64) -> u8 {
    let total: u64 = counts.iter().sum();
    let allowed = (share * total as f64) as u64;
    let mut above = 0;
    for value in (1..=255_u8).rev() {
        above += counts[usize::from(value)];
        if above > allowed {
            return value;
        }
    }
    0
}
