//! Noise, compression and sharpness around words, and noise of the paper, on plain arrays.

use indicia_ops::text::{Area, TextLines, Unit, departures, spread};
use ndarray::Array2;
use rayon::prelude::*;

use crate::text_lines::margin;

/// Number of features of a word.
pub(crate) const FEATURES: usize = 6;

/// Names of the features, in their order.
pub(crate) const NAMES: [&str; FEATURES] =
    ["paper noise", "flat paper", "error level of paper", "error level of ink", "block borders", "sharpness"];

/// Standard deviation of each feature that a page of one history has anyway: all but the share of flat paper are
/// logarithms.
const FLOORS: [f32; FEATURES] = [0.15, 0.08, 0.15, 0.12, 0.15, 0.08];

/// Weight of each feature's departure in the sum: strokes tell more than the little paper around them.
pub(crate) const WEIGHTS: [f32; FEATURES] = [1.3, 1.0, 1.3, 2.0, 0.3, 2.0];

/// Side of the cells in which the paper's noise is measured: a JPEG block.
pub(crate) const CELL: usize = 8;
/// Pixels of paper that a cell must have to be measured.
const FEWEST: u32 = 24;
/// Cells to each side with which a cell is compared.
const REACH: usize = 9;
/// Spread of a cell's logarithmic noise that paper has anyway.
const CELL_FLOOR: f32 = 0.25;

/// The picture as this method reads it.
pub(crate) struct Page<'a> {
    /// 8-bit luma.
    pub luma: &'a [u8],
    /// Error level: luma's absolute change when the picture is saved again, a value a pixel.
    pub error: &'a [u8],
    /// Where the text is.
    pub text: &'a TextLines,
}

/// A vector of departures for each word.
pub(crate) fn words(page: &Page<'_>) -> Vec<[f32; FEATURES]> {
    let units: Vec<Unit<FEATURES>> = page
        .text
        .words
        .par_iter()
        .map(|word| {
            let area = word.area.widened(2 * margin(word.area.height()), page.text.width, page.text.height);
            Unit { area: word.area, height: word.area.height() as f32, features: page.measure(&area) }
        })
        .collect();
    departures(&units, &FLOORS)
}

#[derive(Default)]
struct Sum {
    total: f32,
    count: u32,
}

impl Sum {
    fn add(&mut self, value: f32) {
        self.total += value;
        self.count += 1;
    }

    fn mean(&self) -> Option<f32> {
        (self.count >= FEWEST).then(|| self.total / self.count as f32)
    }
}

impl Page<'_> {
    fn measure(&self, area: &Area) -> [Option<f32>; FEATURES] {
        let (width, height) = (self.text.width, self.text.height);
        let ink = &self.text.ink;
        let (mut noise, mut flat, mut paper_error, mut ink_error) =
            (Sum::default(), Sum::default(), Sum::default(), Sum::default());
        let (mut border, mut inner, mut paper, mut dark) =
            (Sum::default(), Sum::default(), Sum::default(), Sum::default());
        let mut steps = [0_u32; 256];
        for y in area.top.max(1)..area.bottom.min(height - 1) {
            for x in area.left.max(1)..area.right.min(width - 1) {
                let i = y * width + x;
                let (left, right, up, down) = (i - 1, i + 1, i - width, i + width);
                let value = |j: usize| f32::from(self.luma[j]);
                let step =
                    self.luma[left].abs_diff(self.luma[right]).max(self.luma[up].abs_diff(self.luma[down]));
                steps[usize::from(step)] += 1;
                if ink[i] {
                    dark.add(value(i));
                    ink_error.add(f32::from(self.error[i]));
                    continue;
                }
                paper.add(value(i));
                if ink[left] || ink[right] || ink[up] || ink[down] {
                    ink_error.add(f32::from(self.error[i]));
                    continue;
                }
                let residual =
                    (value(i) - (value(left) + value(right) + value(up) + value(down)) / 4.0).abs();
                noise.add(residual);
                flat.add(f32::from(residual == 0.0));
                paper_error.add(f32::from(self.error[i]));
                let jump = (value(left) - value(i)).abs();
                if x % 8 == 0 { border.add(jump) } else { inner.add(jump) }
            }
        }
        let contrast = match (paper.mean(), dark.mean()) {
            (Some(paper), Some(dark)) if paper > dark => Some(paper - dark),
            _ => None,
        };
        // The step that a fiftieth of the pixels exceeds.
        let mut left = steps.iter().sum::<u32>() / 50;
        let sharp = steps.iter().rposition(|count| {
            let enough = *count > left;
            left = left.saturating_sub(*count);
            enough
        });
        let log = |value: f32, least: f32| (value + least).ln();
        [
            noise.mean().map(|v| log(v, 0.2)),
            flat.mean(),
            paper_error.mean().map(|v| log(v, 0.2)),
            contrast.zip(ink_error.mean()).map(|(c, v)| log(100.0 * v / c, 1.0)),
            border.mean().zip(inner.mean()).map(|(b, i)| log(b, 0.3) - log(i, 0.3)),
            contrast.zip(sharp).map(|(c, v)| log(v as f32 / c, 0.05)),
        ]
    }

    /// How much quieter the paper is than around, cell by cell of [`CELL`] pixels, at least 0: the logarithm of
    /// the mean residual of a cell's paper against the median and spread of the cells around, averaged over a
    /// cell and its neighbours; 0 where there is too little paper.
    pub(crate) fn cells(&self) -> Array2<f32> {
        let (width, height) = (self.text.width, self.text.height);
        let (columns, rows) = (width.div_ceil(CELL), height.div_ceil(CELL));
        let mut noise: Vec<Option<f32>> = vec![None; rows * columns];
        noise.par_chunks_mut(columns.max(1)).enumerate().for_each(|(row, out)| {
            for (column, out) in out.iter_mut().enumerate() {
                let area = Area {
                    left: column * CELL,
                    top: row * CELL,
                    right: (column * CELL + CELL).min(width),
                    bottom: (row * CELL + CELL).min(height),
                };
                *out = self.paper_noise(&area);
            }
        });
        let mut out = vec![0.0; rows * columns];
        out.par_chunks_mut(columns.max(1)).enumerate().for_each(|(row, out)| {
            let mut values = Vec::with_capacity((2 * REACH + 1).pow(2));
            for (column, out) in out.iter_mut().enumerate() {
                let Some(own) = noise[row * columns + column] else { continue };
                values.clear();
                for y in (row.saturating_sub(REACH)..(row + REACH + 1).min(rows)).step_by(2) {
                    let near = column.saturating_sub(REACH)..(column + REACH + 1).min(columns);
                    values.extend(noise[y * columns..][near].iter().flatten());
                }
                if values.len() < 12 {
                    continue;
                }
                let (middle, deviation) = spread(&mut values).expect("there are values");
                *out = (own - middle) / deviation.hypot(CELL_FLOOR);
            }
        });
        let smooth = |(row, column): (usize, usize)| {
            let near = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
            let cells = near(row, rows).flat_map(|y| near(column, columns).map(move |x| y * columns + x));
            let (sum, count) = cells.fold((0.0, 0.0), |(sum, count), i| (sum + out[i], count + 1.0));
            (-sum / count).max(0.0_f32)
        };
        Array2::from_shape_fn((rows, columns), smooth)
    }

    fn paper_noise(&self, area: &Area) -> Option<f32> {
        let (width, height) = (self.text.width, self.text.height);
        let mut sum = Sum::default();
        for y in area.top.max(1)..area.bottom.min(height - 1) {
            for x in area.left.max(1)..area.right.min(width - 1) {
                let i = y * width + x;
                let around = [i - 1, i + 1, i - width, i + width];
                if self.text.ink[i] || around.iter().any(|j| self.text.ink[*j]) {
                    continue;
                }
                let mean: f32 = around.iter().map(|j| f32::from(self.luma[*j])).sum::<f32>() / 4.0;
                sum.add((f32::from(self.luma[i]) - mean).abs());
            }
        }
        sum.mean().map(|v| (v + 0.2).ln())
    }
}
