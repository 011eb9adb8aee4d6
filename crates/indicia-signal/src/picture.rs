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
    let fill = |y: usize, [red, green, blue]: &mut Lines| {
        let pixels = red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut());
        for (i, ((r, g), b)) in (y * width..).zip(pixels) {
            [*r, *g, *b] = value(i);
        }
    };
    reduced_rows(width, height, fill, |_, mean| finish(mean))
}

/// One row of a picture: red, green and blue, a value a pixel each.
pub(crate) type Lines = [Vec<f32>; 3];

/// As [`reduced`], from whole rows: `fill` gets the row's number and writes its values; `finish` gets the channel
/// beside the mean. Nothing but one row a thread is held at full size.
pub(crate) fn reduced_rows(
    width: usize,
    height: usize,
    fill: impl Fn(usize, &mut Lines) + Sync,
    finish: impl Fn(usize, f32) -> f32 + Sync,
) -> Picture {
    let side = reduction(width, height);
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let mut rgb = vec![0_u8; columns * rows * 3];
    if !rgb.is_empty() {
        let lines = || -> Lines { std::array::from_fn(|_| vec![0.0; width]) };
        rgb.par_chunks_mut(3 * columns).enumerate().for_each_init(lines, |lines, (row, out)| {
            let ys = row * side..((row + 1) * side).min(height);
            let mut sums = vec![[0.0_f32; 3]; columns];
            for y in ys.clone() {
                fill(y, lines);
                for (channel, line) in lines.iter().enumerate() {
                    for (sum, values) in sums.iter_mut().zip(line.chunks(side)) {
                        values.iter().for_each(|v| sum[channel] += v);
                    }
                }
            }
            for ((column, sum), pixel) in sums.iter().enumerate().zip(out.as_chunks_mut::<3>().0) {
                let count = (ys.len() * side.min(width - column * side)) as f32;
                *pixel = std::array::from_fn(|c| finish(c, sum[c] / count).round().clamp(0.0, 255.0) as u8);
            }
        });
    }
    Picture { width: columns, height: rows, rgb }
}

/// Rows, evenly spread, from which the scale of a view is taken: at most 64 of them.
pub(crate) fn sampled_rows(height: usize) -> impl Iterator<Item = usize> {
    (0..height).step_by(height.div_ceil(64).max(1))
}

/// The value below which `share` of the values lie (nearest rank), 0 of none. Reorders them.
pub(crate) fn quantile(values: &mut [f32], share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let at = ((share * values.len() as f64) as usize).min(values.len() - 1);
    *values.select_nth_unstable_by(at, f32::total_cmp).1
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

    #[test]
    fn scales_come_from_a_few_rows() {
        assert_eq!(sampled_rows(3).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(sampled_rows(6400).last(), Some(6300));
        assert_eq!(sampled_rows(0).count(), 0);
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0, 9.0], 0.5), 3.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
