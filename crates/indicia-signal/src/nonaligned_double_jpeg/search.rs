//! The grid and first steps that most of the picture followed, and those that a part of it followed instead.

use indicia_codec::jpeg::standard_tables;
use rayon::prelude::*;

use super::field::{CELL, Field, Sums};
use super::likelihood::{FREQUENCIES, PerStep, READ, STEPS, nearest_step};

/// A grid, and for each read frequency the step that fits best, as an index into [`STEPS`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct History {
    /// `8 * y + x`, 0 for the final grid.
    pub shift: usize,
    /// `None` where no step is supported.
    pub steps: [Option<usize>; READ],
    /// Sum of the log likelihood ratios of these steps, beyond what other shifts get for the same steps.
    pub evidence: f64,
    /// The standard table that explains the evidence, if one does; the steps are then that table's.
    pub quality: Option<u8>,
}

/// What a pass over the picture finds.
pub(super) struct Found {
    /// For every shift, over all blocks.
    pub whole: Vec<History>,
    /// For every shift, the place of four tiles with most evidence.
    pub local: Vec<History>,
}

/// Tiles of a picture: at most this many, of a side that is a multiple of [`SMALLEST_TILE`].
const MOST_TILES: usize = 4096;
/// Side of the smallest tile in pixels.
const SMALLEST_TILE: usize = 16;

/// Sums the evidence of all blocks whose middle lies in a set cell of `gate`, at every shift, over the
/// picture and over every square of two by two tiles.
pub(super) fn pass(field: &Field<'_>, gate: Option<&[bool]>) -> Found {
    let mut side = SMALLEST_TILE;
    while field.width.div_ceil(side) * field.height.div_ceil(side) > MOST_TILES {
        side += SMALLEST_TILE;
    }
    let (across, down) = (field.width.div_ceil(side), field.height.div_ceil(side));
    let mut whole = Sums::zero();
    let mut local: Vec<History> = (0..64).map(none).collect();
    let mut above: Vec<Sums> = vec![];
    for row in 0..down {
        let tile = |column: usize| field.sums((row * side, column * side), side, gate);
        let tiles: Vec<_> = (0..across).into_par_iter().map(tile).collect();
        for tile in &tiles {
            whole.add(tile);
        }
        // Squares of the last and this row; a picture of one row or column of tiles has smaller ones.
        if row > 0 || down == 1 {
            let square = |column: usize| {
                let mut sum = Sums::zero();
                for tiles in [&above, &tiles] {
                    tiles.iter().skip(column).take(2).for_each(|tile| sum.add(tile));
                }
                histories(&sum)
            };
            let found: Vec<_> = (0..across.max(2) - 1).into_par_iter().map(square).collect();
            for history in found.into_iter().flatten() {
                let best = &mut local[history.shift];
                if history.evidence > best.evidence {
                    *best = history;
                }
            }
        }
        above = tiles;
    }
    Found { whole: histories(&whole), local }
}

fn none(shift: usize) -> History {
    History { shift, steps: [None; READ], evidence: 0.0, quality: None }
}

/// The best step of each frequency, at every shift. What the other shifts have on average for a step is no
/// evidence of a grid and is taken off where it is positive: flat parts and wrong assumptions about the
/// density look alike at all shifts.
fn histories(sums: &Sums) -> Vec<History> {
    let mut out: Vec<_> = (0..64).map(none).collect();
    for k in 0..READ {
        let all = sums.of(k);
        let total: [f32; STEPS.len()] = std::array::from_fn(|step| all.iter().map(|sum| sum[step]).sum());
        for (history, own) in out.iter_mut().zip(all) {
            let null = |step: usize| ((total[step] - own[step]) / 63.0).max(0.0);
            let excess = std::array::from_fn(|step| own[step] - null(step));
            let (step, evidence) = best(&excess);
            history.steps[k] = step;
            history.evidence += f64::from(evidence);
        }
    }
    out
}

/// The step with most evidence, if it has any, and how much.
pub(super) fn best(evidence: &PerStep) -> (Option<usize>, f32) {
    let mut best = (None, 0.0);
    for (step, &value) in evidence.iter().enumerate() {
        if value > best.1 {
            best = (Some(step), value);
        }
    }
    best
}

/// Log likelihood ratio of a block beyond which it counts no more: single blocks shall not decide.
const MOST: f32 = 20.0;

/// A history's log likelihood ratios on the cells of the final grid.
pub(super) fn ratios_on_cells(field: &Field<'_>, history: &History) -> Vec<f32> {
    let mut blocks = field.ratios(history.shift, &history.steps);
    blocks.iter_mut().for_each(|ratio| *ratio = ratio.clamp(-MOST, MOST));
    field.on_cells(history.shift, &blocks)
}

/// The history with the steps that fit best over the blocks of the set cells. Where one of libjpeg's standard
/// tables comes near the evidence of freely chosen steps, its steps are taken.
pub(super) fn refined(field: &Field<'_>, history: &History, gate: &[bool]) -> History {
    let sums = field.evidence(history.shift, gate);
    let found = sums.map(|sum| best(&sum));
    let evidence: f64 = found.iter().map(|(_, evidence)| f64::from(*evidence)).sum();
    let free = History { steps: found.map(|(step, _)| step), evidence, quality: None, ..*history };
    let mut standard = (0, [None; READ], 0.0);
    for quality in (1..=100).rev() {
        let table = standard_tables(quality)[0];
        let steps = FREQUENCIES.map(|frequency| nearest_step(table[frequency]));
        let parts = sums.iter().zip(&steps).filter_map(|(sum, step)| Some(f64::from(sum[(*step)?])));
        let sum: f64 = parts.sum();
        if sum > standard.2 {
            standard = (quality, steps, sum);
        }
    }
    let (quality, steps, sum) = standard;
    if sum > FITS * evidence {
        History { steps, evidence: sum, quality: Some(quality), ..free }
    } else {
        free
    }
}

/// Share of the evidence of freely chosen steps that a standard table needs, to be taken for the first one.
const FITS: f64 = 0.8;

/// Mean over the 3x3 cells around each.
pub(super) fn mean3(values: &[f32], wide: usize) -> Vec<f32> {
    let high = values.len() / wide;
    let mut out = Vec::with_capacity(values.len());
    for row in 0..high {
        for column in 0..wide {
            let (mut sum, mut count) = (0.0, 0.0);
            for y in row.saturating_sub(1)..(row + 2).min(high) {
                for x in column.saturating_sub(1)..(column + 2).min(wide) {
                    sum += values[y * wide + x];
                    count += 1.0;
                }
            }
            out.push(sum / count);
        }
    }
    out
}

/// Blocks of a picture at one shift.
pub(super) fn block_count(field: &Field<'_>) -> f64 {
    (field.width / CELL * (field.height / CELL)) as f64
}
