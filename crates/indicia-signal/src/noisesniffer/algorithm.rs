//! Noisesniffer on arrays: from RGB to regions of cells whose share of quiet blocks chance does not explain.

use indicia_ops::a_contrario::log10_binomial_tail;

pub use super::blocks::frequency_bound;
use super::blocks::{Plane, count_channel};

/// Parameters of the publication.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Side of a block in pixels (w): 3, 5, 7 or 8.
    pub block: usize,
    /// Blocks in a bin of like means (b).
    pub bin: usize,
    /// Share of a bin's blocks that are kept as the most homogeneous (n), in (0, 1].
    pub homogeneous: f64,
    /// Share of the kept blocks that are marked as the least noisy (m), in (0, 1).
    pub quiet: f64,
    /// Side of a cell in pixels (W).
    pub cell: usize,
}

/// Number of kept and of marked blocks whose top left corners lie in each cell, summed over channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCounts {
    /// Side of a cell in pixels.
    pub cell: usize,
    /// Cells in a row, `width / cell + 1`.
    pub columns: usize,
    /// Rows of cells, `height / cell + 1`.
    pub rows: usize,
    /// Kept blocks (V), by row.
    pub kept: Vec<u64>,
    /// Marked blocks (S), by row.
    pub marked: Vec<u64>,
}

impl CellCounts {
    fn new(width: usize, height: usize, cell: usize) -> Self {
        let (columns, rows) = (width / cell + 1, height / cell + 1);
        Self { cell, columns, rows, kept: vec![0; columns * rows], marked: vec![0; columns * rows] }
    }

    pub(super) fn empty(&self) -> Self {
        let zeros = vec![0; self.kept.len()];
        Self { kept: zeros.clone(), marked: zeros, ..*self }
    }

    fn index(&self, (y, x): (usize, usize)) -> usize {
        y / self.cell * self.columns + x / self.cell
    }

    pub(super) fn keep(&mut self, block: (usize, usize)) {
        let index = self.index(block);
        self.kept[index] += 1;
    }

    pub(super) fn mark(&mut self, block: (usize, usize)) {
        let index = self.index(block);
        self.marked[index] += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.kept.iter_mut().zip(&other.kept).for_each(|(a, b)| *a += b);
        self.marked.iter_mut().zip(&other.marked).for_each(|(a, b)| *a += b);
    }

    pub(super) fn plus(mut self, other: Self) -> Self {
        self.add(&other);
        self
    }
}

/// Counts the kept and marked blocks of a picture of `width` columns, `rgb` being three bytes a pixel. All
/// zero for pictures smaller than a block or longer than 2^32 pixels.
///
/// # Panics
/// If the length of `rgb` is not a multiple of `3 * width`, or [`frequency_bound`] does not know the block.
pub fn count_blocks(rgb: &[u8], width: usize, parameters: &Parameters) -> CellCounts {
    assert!(frequency_bound(parameters.block).is_some(), "side {} of a block", parameters.block);
    let height = (rgb.len() / 3).checked_div(width).unwrap_or(0);
    assert_eq!(rgb.len(), 3 * width * height, "{} samples in rows of {width} pixels", rgb.len());
    let mut counts = CellCounts::new(width, height, parameters.cell);
    let w = parameters.block;
    if width < w || height < w || u32::try_from(width * height).is_err() {
        return counts;
    }
    let valid = valid_blocks(rgb, width, w);
    let mut samples = vec![0; width * height];
    for channel in 0..3 {
        for (sample, pixel) in samples.iter_mut().zip(rgb.as_chunks::<3>().0) {
            *sample = pixel[channel];
        }
        let plane = Plane { samples: &samples, width, valid: &valid };
        count_channel(&plane, parameters, &mut counts);
    }
    counts
}

/// Which blocks hold no pixel with the largest or smallest value of any channel (algorithm 1).
fn valid_blocks(rgb: &[u8], width: usize, w: usize) -> Vec<bool> {
    let pixels = rgb.as_chunks::<3>().0;
    let (mut low, mut high) = ([255; 3], [0; 3]);
    for pixel in pixels {
        for c in 0..3 {
            low[c] = pixel[c].min(low[c]);
            high[c] = pixel[c].max(high[c]);
        }
    }
    let columns = width - w + 1;
    let good: Vec<bool> = pixels
        .iter()
        .map(|p| {
            (p[0] > low[0])
                & (p[0] < high[0])
                & (p[1] > low[1])
                & (p[1] < high[1])
                & (p[2] > low[2])
                & (p[2] < high[2])
        })
        .collect();
    let mut valid = vec![true; columns * (pixels.len() / width - w + 1)];
    for (y, valid) in valid.chunks_exact_mut(columns).enumerate() {
        for row in good[y * width..(y + w) * width].chunks_exact(width) {
            for k in 0..w {
                valid.iter_mut().zip(&row[k..]).for_each(|(valid, &good)| *valid &= good);
            }
        }
    }
    valid
}

/// A region of cells with more marked blocks than chance explains.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseRegion {
    /// Row and column of its cells, the seed first.
    pub cells: Vec<(usize, usize)>,
    /// Kept blocks.
    pub kept: u64,
    /// Marked blocks.
    pub marked: u64,
    /// log10 of its number of false alarms.
    pub log10_nfa: f64,
}

/// Grows regions from every cell whose share of marked blocks exceeds `parameters.quiet`, and returns those
/// with a number of false alarms below 1, in the order of their seeds. A cell of a region that was returned
/// is no seed again, yet may be taken into another region.
pub fn noise_regions(
    counts: &CellCounts,
    (width, height): (usize, usize),
    parameters: &Parameters,
) -> Vec<NoiseRegion> {
    let area = (parameters.block * parameters.block) as u64;
    // Blocks overlap: so many count as one.
    let log10_tail =
        |marked: u64, kept: u64| log10_binomial_tail(kept.div_ceil(area), marked / area, parameters.quiet);
    let mut taken = vec![false; counts.kept.len()];
    let mut member = vec![false; counts.kept.len()];
    let mut regions = vec![];
    for seed in 0..counts.kept.len() {
        let (kept, marked) = (counts.kept[seed], counts.marked[seed]);
        if taken[seed] || kept == 0 || marked as f64 / kept as f64 <= parameters.quiet {
            continue;
        }
        let mut cells = vec![seed];
        let (mut kept, mut marked, mut tail) = (kept, marked, log10_tail(marked, kept));
        member[seed] = true;
        loop {
            let before = cells.len();
            let mut next = 0;
            while next < cells.len() {
                for neighbour in neighbours(cells[next], counts) {
                    if member[neighbour] {
                        continue;
                    }
                    let with = (kept + counts.kept[neighbour], marked + counts.marked[neighbour]);
                    let tail_with = log10_tail(with.1, with.0);
                    let size = cells.len() as f64;
                    if tail - size.log10() > 4_f64.log10() + tail_with - (size + 1.0).log10() {
                        member[neighbour] = true;
                        cells.push(neighbour);
                        ((kept, marked), tail) = (with, tail_with);
                    }
                }
                next += 1;
            }
            if cells.len() == before {
                break;
            }
        }
        cells.iter().for_each(|&cell| member[cell] = false);
        let log10_nfa = log10_tests(cells.len(), width, height, parameters) + tail;
        if log10_nfa < 0.0 {
            cells.iter().for_each(|&cell| taken[cell] = true);
            let cells = cells.iter().map(|&cell| (cell / counts.columns, cell % counts.columns)).collect();
            regions.push(NoiseRegion { cells, kept, marked, log10_nfa });
        }
    }
    regions
}

/// log10 of the number of tests for regions of so many cells: `w^2 / 2 (X Y / W^2)^2` times the number of
/// polyominoes, about `0.316915 / R * 4.06257^R`.
fn log10_tests(cells: usize, width: usize, height: usize, parameters: &Parameters) -> f64 {
    let size = cells as f64;
    let places = (width * height) as f64 / (parameters.cell * parameters.cell) as f64;
    let polyominoes = (0.316_915 / size).log10() + size * 4.062_570_f64.log10();
    (0.5 * (parameters.block * parameters.block) as f64).log10() + 2.0 * places.log10() + polyominoes
}

/// The cells below, above, right and left of a cell, in this order.
fn neighbours(cell: usize, counts: &CellCounts) -> impl Iterator<Item = usize> {
    let (row, column) = (cell / counts.columns, cell % counts.columns);
    [
        (row + 1 < counts.rows).then(|| cell + counts.columns),
        (row > 0).then(|| cell - counts.columns),
        (column + 1 < counts.columns).then(|| cell + 1),
        (column > 0).then(|| cell - 1),
    ]
    .into_iter()
    .flatten()
}
