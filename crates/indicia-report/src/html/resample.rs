//! Pictures, maps and masks made small enough for a page.

use indicia_core::{Direction, Map, Mask, Picture};
use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

/// The picture with its long side at most `limit` pixels, each pixel the mean of the area that it covers.
/// A picture that is small enough comes back as it is.
pub fn shrink(picture: &Picture, limit: usize) -> Picture {
    let Picture { width, height, .. } = *picture;
    let long = width.max(height);
    if long <= limit {
        return picture.clone();
    }
    let side = |n: usize| ((n as f64 * limit as f64 / long as f64).round() as usize).max(1);
    let (out_width, out_height) = (side(width), side(height));
    let columns: Vec<_> = (0..out_width).map(|x| Span::of(x, out_width, width)).collect();
    let mut rgb = vec![0; out_width * out_height * 3];
    rgb.par_chunks_exact_mut(out_width * 3).enumerate().for_each(|(y, out)| {
        let rows = Span::of(y, out_height, height);
        // First the rows that this one covers, added up with their weights, then the columns.
        let mut sums = vec![0_f32; width * 3];
        for (row, weight) in rows.weights() {
            let samples = &picture.rgb[row * width * 3..(row + 1) * width * 3];
            for (sum, sample) in sums.iter_mut().zip(samples) {
                *sum += weight * f32::from(*sample);
            }
        }
        for (pixel, span) in out.chunks_exact_mut(3).zip(&columns) {
            let mut sum = [0_f32; 3];
            for (column, weight) in span.weights() {
                for (channel, sum) in sum.iter_mut().enumerate() {
                    *sum += weight * sums[column * 3 + channel];
                }
            }
            let area = rows.length() * span.length();
            for (sample, sum) in pixel.iter_mut().zip(sum) {
                *sample = (sum / area).round().clamp(0.0, 255.0) as u8;
            }
        }
    });
    Picture { width: out_width, height: out_height, rgb }
}

/// A stretch of a line of samples, with fractions of the first and last.
struct Span {
    start: f64,
    end: f64,
}

impl Span {
    fn of(index: usize, parts: usize, length: usize) -> Self {
        let step = length as f64 / parts as f64;
        Self { start: index as f64 * step, end: ((index + 1) as f64 * step).min(length as f64) }
    }

    fn length(&self) -> f32 {
        (self.end - self.start) as f32
    }

    fn weights(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        (self.start.floor() as usize..self.end.ceil() as usize).map(|at| {
            let (left, right) = (self.start.max(at as f64), self.end.min((at + 1) as f64));
            (at, (right - left) as f32)
        })
    }
}

/// A map as palette indices, 0 at or under its low end and 255 at or over its high end.
#[derive(Debug, PartialEq)]
pub struct Levels {
    /// Columns of cells.
    pub columns: usize,
    /// Rows of cells.
    pub rows: usize,
    /// Side of a cell in pixels of the picture.
    pub cell: usize,
    /// One byte a cell, rows from the top.
    pub levels: Vec<u8>,
    /// How many cells of the map's own, along a side, became one: 1 if none were put together.
    pub merged: usize,
    /// The map has two values only, and cells put together have the larger one.
    pub binary: bool,
}

/// The map at no more than `limit` cells a side. Cells that are put together have their mean; those of a map
/// with two values, which is a mask, their maximum. `None` if the map has no cell.
pub fn levels(map: &Map, limit: usize) -> Option<Levels> {
    let (rows, columns) = map.values.dim();
    if rows == 0 || columns == 0 {
        return None;
    }
    let merged = rows.max(columns).div_ceil(limit);
    let binary = map.direction == Direction::HigherIsSuspicious && has_two_values(&map.values);
    let (out_rows, out_columns) = (rows.div_ceil(merged), columns.div_ceil(merged));
    let mut levels = vec![0; out_rows * out_columns];
    levels.par_chunks_exact_mut(out_columns).enumerate().for_each(|(y, out)| {
        let band = map.values.slice(s![y * merged..((y + 1) * merged).min(rows), ..]);
        for (x, level) in out.iter_mut().enumerate() {
            let cells = band.slice(s![.., x * merged..((x + 1) * merged).min(columns)]);
            let value = if merged == 1 { cells[[0, 0]] } else { join(cells, binary) };
            *level = level_of(value, map.low, map.high);
        }
    });
    Some(Levels { columns: out_columns, rows: out_rows, cell: map.cell * merged, levels, merged, binary })
}

fn join(cells: ArrayView2<'_, f32>, binary: bool) -> f32 {
    if binary {
        return cells.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    }
    let sum: f32 = cells.rows().into_iter().map(|row| row.iter().sum::<f32>()).sum();
    sum / cells.len() as f32
}

fn has_two_values(values: &Array2<f32>) -> bool {
    let mut iter = values.iter().copied();
    let Some(first) = iter.next() else { return false };
    let mut second = None;
    iter.all(|value| value == first || *second.get_or_insert(value) == value)
}

fn level_of(value: f32, low: f32, high: f32) -> u8 {
    if high > low {
        // A value that is not a number becomes 0.
        ((f64::from(value) - f64::from(low)) / (f64::from(high) - f64::from(low)) * 255.0).round() as u8
    } else if value > low {
        255
    } else {
        0
    }
}

/// A mask in cells of `cell` by `cell` pixels: a cell is set if any of its pixels is.
pub fn coarse_mask(mask: &Mask, cell: usize) -> Array2<bool> {
    let (rows, columns) = mask.pixels().dim();
    let mut out = Array2::from_elem((rows.div_ceil(cell), columns.div_ceil(cell)), false);
    for (y, row) in mask.pixels().outer_iter().enumerate() {
        for (x, set) in row.iter().enumerate() {
            if *set {
                out[[y / cell, x / cell]] = true;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn gray(width: usize, height: usize, values: &[u8]) -> Picture {
        Picture { width, height, rgb: values.iter().flat_map(|v| [*v; 3]).collect() }
    }

    #[test]
    fn a_shrunk_pixel_is_the_mean_of_its_area() {
        assert_eq!(shrink(&gray(4, 2, &[0, 10, 20, 30, 4, 14, 24, 34]), 2), gray(2, 1, &[7, 27]));
        // 3 to 2: the middle pixel goes half to each side. (10 + 40 / 2) / 1.5 = 20, (40 / 2 + 100) / 1.5 = 80.
        assert_eq!(shrink(&gray(3, 1, &[10, 40, 100]), 2), gray(2, 1, &[20, 80]));
    }

    #[test]
    fn a_small_picture_stays_and_a_long_one_keeps_a_pixel() {
        let small = gray(2, 2, &[1, 2, 3, 4]);
        assert_eq!(shrink(&small, 2), small);
        let long = shrink(&gray(1, 10_000, &[9; 10_000]), 100);
        assert_eq!(long, gray(1, 100, &[9; 100]));
    }

    #[test]
    fn levels_run_from_low_to_high_and_clip() {
        let map =
            Map { low: -1.0, high: 1.0, ..Map::per_pixel(array![[-9.0, -1.0, 0.0, 1.0, 9.0]], 0.0, 1.0) };
        let levels = levels(&map, 100).unwrap();
        assert_eq!(levels.levels, [0, 0, 128, 255, 255]);
        assert_eq!((levels.columns, levels.rows, levels.cell, levels.merged), (5, 1, 1, 1));
    }

    #[test]
    fn a_flat_scale_or_a_value_that_is_no_number_is_not_fatal() {
        assert_eq!(
            [level_of(0.5, 0.5, 0.5), level_of(0.6, 0.5, 0.5), level_of(f32::NAN, 0.0, 1.0)],
            [0, 255, 0]
        );
        assert_eq!(level_of(0.0, f32::MIN, f32::MAX), 128);
        assert!(levels(&Map::per_pixel(Array2::zeros((0, 3)), 0.0, 1.0), 10).is_none());
    }

    #[test]
    fn cells_are_put_together_by_mean_and_masks_by_maximum() {
        let map = Map { cell: 8, ..Map::per_pixel(array![[0.0, 0.2, 1.0], [0.4, 0.2, 0.0]], 0.0, 1.0) };
        let small = levels(&map, 2).unwrap();
        // (0 + 0.2 + 0.4 + 0.2) / 4 = 0.2 of 255 = 51; (1 + 0) / 2 rounds up to 128.
        assert_eq!((small.levels.as_slice(), small.cell, small.merged), ([51, 128].as_slice(), 16, 2));
        let mask = Map::per_pixel(array![[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]], 0.0, 1.0);
        let small = levels(&mask, 2).unwrap();
        assert_eq!((small.levels.as_slice(), small.binary), ([0, 255].as_slice(), true));
    }

    #[test]
    fn a_coarse_mask_keeps_every_set_pixel() {
        let mask = Mask::new(array![[false, false, false], [false, false, false], [false, false, true]]);
        assert_eq!(coarse_mask(&mask, 2), array![[false, false], [false, true]]);
    }
}
