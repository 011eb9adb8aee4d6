//! Pictures to look at, of a bounded size.

use indicia_core::Picture;
use rayon::prelude::*;

/// Longest side of a picture that a view shows, in pixels.
pub(crate) const LONGEST: usize = 1600;

/// How many pixels of a side are shown as one, so that the longest side stays within [`LONGEST`].
pub(crate) fn reduction(width: usize, height: usize) -> usize {
    width.max(height).div_ceil(LONGEST).max(1)
}

/// A picture in which each pixel is the mean of `value` over a square of [`reduction`] pixels a side, cut at
/// the edge, taken through `finish` and rounded. `value` gets the index of a pixel, rows from the top.
pub(crate) fn reduced(
    width: usize,
    height: usize,
    value: impl Fn(usize) -> [f32; 3] + Sync,
    finish: impl Fn(f32) -> f32 + Sync,
) -> Picture {
    let side = reduction(width, height);
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let mut rgb = vec![0_u8; columns * rows * 3];
    if !rgb.is_empty() {
        rgb.par_chunks_mut(3 * columns).enumerate().for_each(|(row, out)| {
            let ys = row * side..((row + 1) * side).min(height);
            for (column, pixel) in out.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let xs = column * side..((column + 1) * side).min(width);
                let mut sums = [0.0_f32; 3];
                for y in ys.clone() {
                    for x in xs.clone() {
                        sums.iter_mut().zip(value(y * width + x)).for_each(|(sum, v)| *sum += v);
                    }
                }
                let count = (ys.len() * xs.len()) as f32;
                *pixel = sums.map(|sum| finish(sum / count).round().clamp(0.0, 255.0) as u8);
            }
        });
    }
    Picture { width: columns, height: rows, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pictures_are_means_of_squares() {
        // 3202 columns need three pixels in one; the last column has one pixel left.
        let picture = reduced(3202, 3, |i| [(i % 3202 % 3) as f32, 2.0, 0.0], |v| 10.0 * v);
        assert_eq!((picture.width, picture.height), (1068, 1));
        assert_eq!(picture.rgb[..3], [10, 20, 0]);
        assert_eq!(picture.rgb[3 * 1067..], [0, 20, 0]);
        assert_eq!(reduction(1600, 4), 1);
        assert!(reduced(0, 5, |_| [1.0; 3], |v| v).rgb.is_empty());
    }
}
