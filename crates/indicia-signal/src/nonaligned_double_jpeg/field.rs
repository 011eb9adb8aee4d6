//! A picture's blocks at every shift of the grid, with the scale of their coefficients around them.

use indicia_ops::dct8::{self, MOST_WINDOWS, Windows};
use multiversion::multiversion;
use rayon::prelude::*;

use super::likelihood::{FREQUENCIES, Model, PerStep, READ, ROWS, STEPS, level};

/// Side of a block and of a cell.
pub(super) const CELL: usize = 8;

/// Log likelihood ratios summed over blocks, by frequency, shift `8 * y + x` and step.
#[derive(Clone)]
pub(super) struct Sums(pub Vec<PerStep>);

impl Sums {
    pub fn zero() -> Self {
        Self(vec![[0.0; STEPS.len()]; READ * 64])
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, part) in self.0.iter_mut().zip(&other.0) {
            add(sum, part);
        }
    }

    /// Sums of one frequency at every shift.
    pub fn of(&self, frequency: usize) -> &[PerStep] {
        &self.0[64 * frequency..][..64]
    }
}

#[inline(always)]
pub(super) fn add(sum: &mut PerStep, part: &PerStep) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
}

/// The picture, the model of its last save, and the local scale of each frequency.
pub(super) struct Field<'a> {
    pub luma: &'a [u8],
    pub width: usize,
    pub height: usize,
    pub model: Model,
    /// Cells of 8x8 pixels in a row, the last one perhaps cut off.
    pub wide: usize,
    /// Rows of cells.
    pub high: usize,
    /// Level of the mean magnitude of each frequency over the blocks around a cell, at all shifts.
    levels: Vec<[u8; READ]>,
}

impl<'a> Field<'a> {
    /// # Panics
    /// If the picture is smaller than a block, or `luma` is not `width` by `height`.
    pub fn new(luma: &'a [u8], width: usize, height: usize, model: Model) -> Self {
        assert!(width >= CELL && height >= CELL && luma.len() == width * height);
        let (wide, high) = (width.div_ceil(CELL), height.div_ceil(CELL));
        let mut field = Self { luma, width, height, model, wide, high, levels: vec![] };
        let means: Vec<_> =
            (0..high).into_par_iter().flat_map_iter(|row| mean_magnitudes(&field, row)).collect();
        field.levels = smoothed(&means, wide, high).into_iter().map(|means| means.map(level)).collect();
        field
    }

    /// Share of the cells around which some frequency has a mean magnitude of at least `least`.
    pub fn varied(&self, least: f32) -> f64 {
        let least = level(least);
        let cells = self.levels.iter().filter(|levels| levels.iter().any(|&l| l >= least)).count();
        cells as f64 / self.levels.len() as f64
    }

    /// The cell that the middle of the block at `(y, x)` lies in.
    #[inline(always)]
    fn cell(&self, y: usize, x: usize) -> usize {
        ((y + CELL / 2) / CELL).min(self.high - 1) * self.wide + ((x + CELL / 2) / CELL).min(self.wide - 1)
    }

    /// Number of blocks at a shift, `(across, down)`.
    pub fn blocks(&self, shift: usize) -> (usize, usize) {
        let along = |size: usize, shift: usize| size.saturating_sub(shift) / CELL;
        (along(self.width, shift % 8), along(self.height, shift / 8))
    }

    /// Evidence of all blocks, at every shift, whose top left corner lies in the square of side `side` at
    /// `(top, left)` and whose middle lies in a cell that `gate` has set.
    pub fn sums(&self, (top, left): (usize, usize), side: usize, gate: Option<&[bool]>) -> Sums {
        let mut sums = Sums::zero();
        let bottom = (top + side).min(self.height - (CELL - 1));
        let right = (left + side).min(self.width - (CELL - 1));
        if top < bottom && left < right {
            add_square(self, (top, bottom), (left, right), gate, &mut sums.0);
        }
        sums
    }

    /// The cell of each block of row `j` at a shift, and what its coefficients say of every step.
    fn row(&self, shift: usize, j: usize) -> impl Iterator<Item = (usize, [Option<&PerStep>; READ])> {
        let y = shift / 8 + j * CELL;
        (0..self.blocks(shift).0).map(move |i| {
            let x = shift % 8 + i * CELL;
            let at = |k: usize| f32::from(self.luma[(y + k / 8) * self.width + x + k % 8]);
            let coefficients = dct8::forward(&std::array::from_fn(at));
            let cell = self.cell(y, x);
            let evidence = std::array::from_fn(|k| {
                let table = self.model.at(k, shift);
                table.of(coefficients[FREQUENCIES[k]], self.levels[cell][k])
            });
            (cell, evidence)
        })
    }

    /// Log likelihood ratio of every block at a shift for one step a frequency (indices into [`STEPS`];
    /// `None`: not counted), in rows.
    pub fn ratios(&self, shift: usize, steps: &[Option<usize>; READ]) -> Vec<f32> {
        let one = |(evidence, step): (&Option<&PerStep>, &Option<usize>)| Some((*evidence)?[(*step)?]);
        let row = |j: usize| {
            self.row(shift, j)
                .map(move |(_, evidence)| evidence.iter().zip(steps).filter_map(one).sum::<f32>())
        };
        (0..self.blocks(shift).1).into_par_iter().flat_map_iter(row).collect()
    }

    /// Sum over the blocks at a shift whose middle lies in a set cell of the log likelihood ratio of every
    /// step, by frequency.
    pub fn evidence(&self, shift: usize, gate: &[bool]) -> [PerStep; READ] {
        let row = |j: usize| {
            let mut sums = [[0.0; STEPS.len()]; READ];
            for (_, evidence) in self.row(shift, j).filter(|(cell, _)| gate[*cell]) {
                for (sum, part) in sums.iter_mut().zip(evidence) {
                    part.into_iter().for_each(|part| add(sum, part));
                }
            }
            sums
        };
        // Rows are added in order: the sum does not depend on threads.
        let rows: Vec<_> = (0..self.blocks(shift).1).into_par_iter().map(row).collect();
        let mut sums = [[0.0; STEPS.len()]; READ];
        for row in &rows {
            for (sum, part) in sums.iter_mut().zip(row) {
                add(sum, part);
            }
        }
        sums
    }

    /// Values of the blocks at a shift on the cells of the final grid: of each cell, the mean over the up to
    /// four blocks that it overlaps, by the overlap; 0 where there is none.
    pub fn on_cells(&self, shift: usize, blocks: &[f32]) -> Vec<f32> {
        let (across, down) = self.blocks(shift);
        let parts = |cell: usize, shift: usize, count: usize| {
            // The cell's first `shift` samples belong to the block before.
            let before = cell.checked_sub(1).filter(|&b| shift > 0 && b < count).map(|b| (b, shift as f32));
            let own = Some((cell, (CELL - shift) as f32)).filter(|&(b, _)| b < count);
            before.into_iter().chain(own)
        };
        let mut cells = Vec::with_capacity(self.wide * self.high);
        for row in 0..self.high {
            for column in 0..self.wide {
                let (mut sum, mut weight) = (0.0, 0.0);
                for (j, high) in parts(row, shift / 8, down) {
                    for (i, wide) in parts(column, shift % 8, across) {
                        sum += high * wide * blocks[j * across + i];
                        weight += high * wide;
                    }
                }
                cells.push(if weight > 0.0 { sum / weight } else { 0.0 });
            }
        }
        cells
    }
}

/// Rows of eight samples each that the windows of row `y` cover, from column `x` on.
#[inline(always)]
fn rows_at<'a>(field: &Field<'a>, y: usize, x: usize) -> [&'a [u8]; 8] {
    std::array::from_fn(|k| &field.luma[(y + k) * field.width + x..(y + k + 1) * field.width])
}

/// Mean magnitude of each frequency over the blocks, at all shifts, whose middle lies in each cell of a row.
/// Every second row of windows is read: half of the shifts describe the surroundings as well.
#[multiversion(targets("x86_64+avx2"))]
fn mean_magnitudes(field: &Field<'_>, row: usize) -> Vec<[f32; READ]> {
    let mut windows = Windows::new();
    let mut sums = vec![[0.0_f32; READ]; field.wide];
    let mut counts = vec![0_u32; field.wide];
    let count = field.width - (CELL - 1);
    let first = (row * CELL).saturating_sub(CELL / 2);
    // The last row of cells may lie below the middle of every block.
    let end = (row * CELL + CELL / 2).min(field.height - (CELL - 1));
    for y in (first..end).step_by(2) {
        for left in (0..count).step_by(MOST_WINDOWS) {
            let n = MOST_WINDOWS.min(count - left);
            windows.forward(rows_at(field, y, left), n, ROWS);
            let mut i = 0;
            while i < n {
                let cell = (left + i + CELL / 2) / CELL;
                let end = (cell * CELL + CELL / 2).min(left + n) - left;
                for (sum, frequency) in sums[cell].iter_mut().zip(FREQUENCIES) {
                    let values = &windows.coefficients[frequency / 8][frequency % 8][i..end];
                    *sum += values.iter().map(|c| c.abs()).sum::<f32>();
                }
                counts[cell] += (end - i) as u32;
                i = end;
            }
        }
    }
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = sum.map(|s| if count > 0 { s / count as f32 } else { -1.0 });
    }
    sums
}

/// Weighted mean over the 3x3 cells around each (weights 1, 2, 1 in both directions) of those that have a
/// value (are not negative).
fn smoothed(means: &[[f32; READ]], wide: usize, high: usize) -> Vec<[f32; READ]> {
    let mut out = Vec::with_capacity(means.len());
    for row in 0..high {
        for column in 0..wide {
            let (mut sums, mut weight) = ([0.0; READ], 0.0);
            for y in row.saturating_sub(1)..(row + 2).min(high) {
                for x in column.saturating_sub(1)..(column + 2).min(wide) {
                    let part = &means[y * wide + x];
                    let w = [2.0, 1.0][y.abs_diff(row)] * [2.0, 1.0][x.abs_diff(column)];
                    if part[0] >= 0.0 {
                        weight += w;
                        sums.iter_mut().zip(part).for_each(|(sum, p)| *sum += w * p);
                    }
                }
            }
            out.push(sums.map(|sum| if weight > 0.0 { sum / weight } else { 0.0 }));
        }
    }
    out
}

/// Adds the evidence of the blocks whose top left corner has a row and a column in these ranges.
#[multiversion(targets("x86_64+avx2"))]
fn add_square(
    field: &Field<'_>,
    (top, bottom): (usize, usize),
    (left, right): (usize, usize),
    gate: Option<&[bool]>,
    sums: &mut [PerStep],
) {
    let mut windows = Windows::new();
    for y in top..bottom {
        for left in (left..right).step_by(MOST_WINDOWS) {
            let n = MOST_WINDOWS.min(right - left);
            let row = field.cell(y, 0);
            let open = |x: usize| gate.is_none_or(|gate| gate[row + (x + CELL / 2) / CELL]);
            if !(left..left + n).any(open) {
                continue;
            }
            windows.forward(rows_at(field, y, left), n, ROWS);
            for (k, frequency) in FREQUENCIES.into_iter().enumerate() {
                let coefficients = &windows.coefficients[frequency / 8][frequency % 8][..n];
                for (x, &coefficient) in (left..).zip(coefficients) {
                    let shift = 8 * (y % 8) + x % 8;
                    if open(x) {
                        let level = field.levels[row + (x + CELL / 2) / CELL][k];
                        if let Some(evidence) = field.model.at(k, shift).of(coefficient, level) {
                            add(&mut sums[64 * k + shift], evidence);
                        }
                    }
                }
            }
        }
    }
}
