//! How strong details are, by cells: means of the absolute values of short filters.

use indicia_ops::{Plane, filter, mirrored};
use multiversion::multiversion;
use ndarray::Array2;
use rayon::prelude::*;

/// Side of a cell in pixels.
pub(super) const CELL: usize = 4;

/// Second difference at the finest scale: `[1 -2 1]`, of norm √6.
pub(super) const FINE: [i32; 3] = [1, -2, 1];

/// Second difference one octave lower: `[1 2 1] * [1 0 -2 0 1]`, of norm √28.
const COARSE: [i32; 7] = [1, 2, -1, -4, -1, 2, 1];

/// Second difference two octaves lower: `[1 4 6 4 1] * [1 0 0 0 -2 0 0 0 1]`, of norm √412.
const COARSER: [i32; 13] = [1, 4, 6, 4, -1, -8, -12, -8, -1, 4, 6, 4, 1];

/// Mean of the absolute value of a standard normal variable, √(2/π).
const NORMAL_MEAN: f32 = 0.797_884_6;

/// Standard deviation in cells of the smoothing of the means. It lets the windows of neighbours overlap.
const WINDOW: f32 = 0.5;

/// Weights of red, green and blue in the two colour differences of BT.601, in units of 1/1000.
const COLOUR: [[i32; 3]; 2] = [[-169, -331, 500], [500, -419, -81]];

/// Luma from which, or up to which, a pixel counts as clipped.
const CLIPPED: [u8; 2] = [4, 251];

/// What was measured around a cell. Levels are deviations, of 255, that white noise of this strength would
/// have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Of luma, diagonal details of the finest scale.
    pub(super) fine: f32,
    /// The same one octave lower.
    pub(super) coarse: f32,
    /// The same two octaves lower.
    pub(super) coarser: f32,
    /// Of the colour differences, finest scale; mean of both.
    pub(super) colour: f32,
    /// Share of clipped pixels.
    pub(super) clipped: f32,
}

impl Cell {
    /// Whether noise can be seen in it: at most half its pixels are clipped.
    pub(super) fn usable(self) -> bool {
        self.clipped <= 0.5
    }
}

/// Measures every cell of a picture: 8-bit luma and interleaved 8-bit RGB of `width` columns, rows from the
/// top.
pub(super) fn measure(luma: &[u8], rgb: &[u8], width: usize) -> Array2<Cell> {
    let level = |means: Array2<f32>, norm: f32| {
        let (rows, columns) = means.dim();
        let plane = Plane { width: columns, height: rows, samples: means.into_iter().collect() };
        let scale = 1.0 / (norm * NORMAL_MEAN);
        let samples = filter::gaussian(&plane, WINDOW).samples.into_iter().map(|v| v * scale).collect();
        Array2::from_shape_vec((rows, columns), samples).expect("as many values as cells")
    };
    // The outer product of a kernel with itself has the square of its norm.
    let fine = level(details(luma, width, &FINE), 6.0);
    let coarse = level(details(luma, width, &COARSE), 28.0);
    let coarser = level(details(luma, width, &COARSER), 412.0);
    let colour = level(colour_details(rgb, width), 6.0);
    let clipped = around(&clipped(luma, width));
    Array2::from_shape_fn(fine.dim(), |at| Cell {
        fine: fine[at],
        coarse: coarse[at],
        coarser: coarser[at],
        colour: colour[at],
        clipped: clipped[at],
    })
}

/// Means by cells of the absolute values of a separable filter along both axes; borders are mirrored with the
/// end sample repeated.
pub(super) fn details(samples: &[u8], width: usize, kernel: &[i32]) -> Array2<f32> {
    let reach = kernel.len() / 2;
    means(samples.len().checked_div(width).unwrap_or(0), width, 1, reach, |y, height, line, sums| {
        for (i, &weight) in kernel.iter().enumerate() {
            let from = mirrored((y + i) as isize - reach as isize, height) * width;
            add(&mut line[reach..reach + width], &samples[from..from + width], weight);
        }
        mirror(line, width, 1, reach);
        along(sums, line, kernel);
    })
}

/// Means by cells of the absolute second differences along both axes of the two colour differences, the mean
/// of both.
pub(super) fn colour_details(rgb: &[u8], width: usize) -> Array2<f32> {
    let row = 3 * width;
    let both = means(rgb.len().checked_div(row).unwrap_or(0), width, 3, 1, |y, height, line, sums| {
        for (i, &weight) in FINE.iter().enumerate() {
            let from = mirrored((y + i) as isize - 1, height) * row;
            add(&mut line[3..3 + row], &rgb[from..from + row], weight);
        }
        mirror(line, width, 3, 1);
        along_colours(sums, line);
    });
    both.mapv(|sum| sum / 2000.0)
}

/// Means by cells of what `row` adds to the sums of the columns: it is given a row's number, their count, a
/// line of zeros that holds `reach` more pixels of `channels` samples at both ends, and the sums.
fn means(
    height: usize,
    width: usize,
    channels: usize,
    reach: usize,
    row: impl Fn(usize, usize, &mut [i32], &mut [i32]) + Sync,
) -> Array2<f32> {
    let (rows, columns) = (height.div_ceil(CELL), width.div_ceil(CELL));
    let values: Vec<f32> = (0..rows)
        .into_par_iter()
        .map_init(
            || (vec![0_i32; (width + 2 * reach) * channels], vec![0_i32; width]),
            |(line, sums), cell| {
                let ys = cell * CELL..(cell * CELL + CELL).min(height);
                sums.fill(0);
                for y in ys.clone() {
                    line.fill(0);
                    row(y, height, line, sums);
                }
                let mean = |sums: &[i32]| sums.iter().sum::<i32>() as f32 / (sums.len() * ys.len()) as f32;
                sums.chunks(CELL).map(mean).collect::<Vec<_>>()
            },
        )
        .flatten_iter()
        .collect();
    Array2::from_shape_vec((rows, columns), values).expect("one value a cell")
}

/// Fills the ends of a line of `width` pixels with what lies mirrored within it.
fn mirror(line: &mut [i32], width: usize, channels: usize, reach: usize) {
    for x in (0..reach).chain(reach + width..width + 2 * reach) {
        let from = reach + mirrored(x as isize - reach as isize, width);
        for channel in 0..channels {
            line[x * channels + channel] = line[from * channels + channel];
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add(line: &mut [i32], samples: &[u8], weight: i32) {
    for (sum, &sample) in line.iter_mut().zip(samples) {
        *sum += weight * i32::from(sample);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn along(sums: &mut [i32], line: &[i32], kernel: &[i32]) {
    const LANES: usize = 16;
    for (block, at) in sums.chunks_mut(LANES).zip((0..).step_by(LANES)) {
        let mut values = [0_i32; LANES];
        for (i, weight) in kernel.iter().enumerate() {
            values.iter_mut().zip(&line[at + i..]).for_each(|(sum, value)| *sum += weight * value);
        }
        block.iter_mut().zip(values).for_each(|(sum, value)| *sum += value.abs());
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn along_colours(sums: &mut [i32], line: &[i32]) {
    let pixels = line.as_chunks::<3>().0;
    for (sum, near) in sums.iter_mut().zip(pixels.windows(3)) {
        let second = |c: usize| near[0][c] - 2 * near[1][c] + near[2][c];
        let (r, g, b) = (second(0), second(1), second(2));
        for weights in COLOUR {
            *sum += (weights[0] * r + weights[1] * g + weights[2] * b).abs();
        }
    }
}

/// Share of clipped pixels by cells.
fn clipped(luma: &[u8], width: usize) -> Array2<f32> {
    means(luma.len().checked_div(width).unwrap_or(0), width, 1, 0, |y, _, _, sums| {
        let row = &luma[y * width..(y + 1) * width];
        sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += i32::from(v < CLIPPED[0] || v > CLIPPED[1]));
    })
}

/// Means over the 3 by 3 cells around each, those outside left out.
fn around(values: &Array2<f32>) -> Array2<f32> {
    let (rows, columns) = values.dim();
    let span = |at: usize, len: usize| at.saturating_sub(1)..(at + 2).min(len);
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let near = values.slice(ndarray::s![span(row, rows), span(column, columns)]);
        near.sum() / near.len() as f32
    })
}
