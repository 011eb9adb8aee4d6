//! Ghosts on one grid of blocks: which coefficients an earlier quantisation allows, and the differences to
//! recompressed versions.

use indicia_codec::jpeg::standard_tables;
use indicia_ops::{BlockGrid, box_sum};
use ndarray::Array2;
use rayon::prelude::*;

/// Largest magnitude of a quantised coefficient that is read; larger ones are rare.
const LARGEST: usize = 255;

/// What decoding to 8-bit colour may move a coefficient, beyond half a step: about twice the deviation of
/// 0.4 that rounding three colours leaves in an orthonormal coefficient.
const ROUNDING: f32 = 0.9;

/// A step must be so many times the tolerance, or chance would allow most coefficients.
const COARSER: f32 = 3.0;

/// Frequencies that must be coarser for a quality to be tried.
const LEAST_FREQUENCIES: usize = 6;

/// Coefficients that a picture must have to be read at a quality.
const LEAST_COEFFICIENTS: u64 = 200;

/// A block's evidence is cut at so many nats: a block counts as one thing, however much texture it has.
const BLOCK_LIMIT: f32 = 4.0;

/// Radius of the windows over which evidence is added, in blocks: 5 by 5 blocks are 40 by 40 pixels.
const WINDOW: usize = 2;

/// Radius of the windows of the map, in blocks.
const MAP_WINDOW: usize = 1;

/// Share of coefficients off the lattice, of that expected by chance, that a ghost of a region is tried with.
const REGION_SHARE: f32 = 0.3;

/// Non-zero AC coefficients of every block, and where the grid lies.
pub(crate) struct Sparse {
    /// Blocks in a row.
    pub wide: usize,
    /// Rows of blocks.
    pub high: usize,
    /// Where each block's entries begin, and where the last end.
    offsets: Vec<u32>,
    /// Frequency (natural index) and magnitude.
    entries: Vec<(u8, u8)>,
    steps: [u16; 64],
}

impl Sparse {
    /// Reads the grid. Blocks that `skip` are left without entries.
    pub fn new(grid: &BlockGrid<'_>, skip: &[bool]) -> Self {
        let mut offsets = Vec::with_capacity(grid.blocks.len() + 1);
        let mut entries = vec![];
        offsets.push(0);
        for (i, block) in grid.blocks.iter().enumerate() {
            if !skip.get(i).copied().unwrap_or(false) {
                entries.extend((1..64_u8).zip(&block[1..]).filter_map(|(at, value)| {
                    let magnitude = usize::from(value.unsigned_abs());
                    (1..=LARGEST).contains(&magnitude).then_some((at, magnitude as u8))
                }));
            }
            offsets.push(entries.len() as u32);
        }
        Self { wide: grid.wide, high: grid.high, offsets, entries, steps: grid.steps }
    }
}

/// What an earlier quantisation with one table says of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing: near 0, or the frequency is not coarse enough.
    Silent = 0,
    /// Near a multiple of the earlier step.
    On = 1,
    /// Away from every multiple.
    Off = 2,
}

/// Coefficients of every block on and off the lattice of one quality's luma table.
pub(crate) struct Lattice {
    /// libjpeg quality.
    pub quality: u8,
    /// Coefficients that say something, by block.
    pub read: Array2<f32>,
    /// Those of them that lie off the lattice, by block.
    pub off: Array2<f32>,
    /// Sum of `read`.
    pub total: u64,
    /// Share of `off` in `read`, over the picture.
    pub share: f64,
    /// The share that values spread evenly would have.
    pub chance: f64,
}

/// Tolerance around a multiple of an earlier step: half the file's step and what rounding adds.
fn tolerance(step: u16) -> f32 {
    0.5 * f32::from(step) + ROUNDING
}

/// Where `magnitude` steps of `step` lie on the lattice of `first`.
pub(crate) fn place(magnitude: usize, step: u16, first: u16) -> Place {
    let (tolerance, first) = (tolerance(step), f32::from(first));
    let value = magnitude as f32 * f32::from(step);
    if first < COARSER * tolerance || value <= tolerance {
        return Place::Silent;
    }
    let distance = (value - (value / first).round() * first).abs();
    if distance <= tolerance { Place::On } else { Place::Off }
}

/// Reads the lattice of a quality; `None` if too few of its steps are coarser than the file's, or too few
/// coefficients say something.
pub(crate) fn lattice(sparse: &Sparse, quality: u8) -> Option<Lattice> {
    let first = standard_tables(quality)[0];
    let coarser = |at: usize| f32::from(first[at]) >= COARSER * tolerance(sparse.steps[at]);
    if (1..64).filter(|&at| coarser(at)).count() < LEAST_FREQUENCIES {
        return None;
    }
    let mut places = vec![Place::Silent; 64 * (LARGEST + 1)];
    let mut by_chance = [0.0_f64; 64];
    for at in (1..64).filter(|&at| coarser(at)) {
        by_chance[at] = f64::from(1.0 - 2.0 * tolerance(sparse.steps[at]) / f32::from(first[at]));
        for magnitude in 1..=LARGEST {
            places[at * (LARGEST + 1) + magnitude] = place(magnitude, sparse.steps[at], first[at]);
        }
    }
    let size = (sparse.high, sparse.wide);
    let (mut read, mut off) = (Array2::zeros(size), Array2::zeros(size));
    let mut by_frequency = [0_u64; 64];
    let (mut total, mut total_off) = (0_u64, 0_u64);
    let cells = read.iter_mut().zip(off.iter_mut()).zip(sparse.offsets.windows(2));
    for ((read, off), range) in cells {
        let (mut n, mut m) = (0_u32, 0_u32);
        for &(at, magnitude) in &sparse.entries[range[0] as usize..range[1] as usize] {
            let place = places[usize::from(at) * (LARGEST + 1) + usize::from(magnitude)];
            let says = u32::from(place != Place::Silent);
            n += says;
            m += u32::from(place == Place::Off);
            by_frequency[usize::from(at & 63)] += u64::from(says);
        }
        (*read, *off) = (n as f32, m as f32);
        total += u64::from(n);
        total_off += u64::from(m);
    }
    if total < LEAST_COEFFICIENTS {
        return None;
    }
    let chance = by_frequency.iter().zip(by_chance).map(|(&n, p)| n as f64 * p).sum::<f64>() / total as f64;
    // A count is added on both sides, so that no share is exactly 0 or 1.
    let share = (total_off as f64 + 1.0) / (total as f64 + 2.0);
    Some(Lattice { quality, read, off, total, share, chance })
}

impl Lattice {
    /// How clearly the whole picture follows the lattice: the missing part of the share expected by chance,
    /// times the square root of the number of coefficients.
    pub fn clarity(&self) -> f64 {
        (1.0 - self.share / self.chance) * (self.total as f64).sqrt()
    }

    /// Nats for every block in favour of the share `here` of coefficients off the lattice against `there`.
    fn evidence(&self, here: f32, there: f32) -> Array2<f32> {
        let off = (here / there).ln();
        let on = ((1.0 - here) / (1.0 - there)).ln();
        ndarray::Zip::from(&self.read).and(&self.off).map_collect(|&n, &m| m * off + (n - m) * on)
    }

    /// Where the picture follows the lattice: evidence of every block that it does not.
    pub fn departure(&self) -> Array2<f32> {
        let chance = self.chance as f32;
        self.evidence(chance, (self.share as f32).clamp(0.02, 0.9 * chance))
    }

    /// Where the picture does not follow the lattice: evidence of every block that it does.
    pub fn ghost(&self) -> Array2<f32> {
        let chance = self.chance as f32;
        self.evidence(REGION_SHARE * chance, chance)
    }

    /// True if most of the windows that say something look as after the lattice's quantisation.
    pub fn prevails(&self) -> bool {
        let read = box_sum(&self.read, WINDOW);
        let evidence = box_sum(&self.ghost(), WINDOW);
        let (mut windows, mut ghosts) = (0, 0);
        for (_, &evidence) in read.iter().zip(&evidence).filter(|(read, _)| **read > 0.5) {
            windows += 1;
            ghosts += usize::from(evidence > 0.0);
        }
        2 * ghosts > windows
    }

    /// The map of an evidence: sums over small windows, divided by the root of the number of coefficients
    /// there, so that texture alone does not decide.
    pub fn map(&self, evidence: &Array2<f32>) -> Array2<f32> {
        let mut map = box_sum(evidence, MAP_WINDOW);
        let read = box_sum(&self.read, MAP_WINDOW);
        map.zip_mut_with(&read, |value, n| *value /= n.max(0.0).sqrt() + 3.0);
        map
    }
}

/// The strongest evidence in any window, in nats, at least 0: with blocks that count at most [`BLOCK_LIMIT`] each,
/// and with all that blocks say, which tells like qualities apart where the first is at its limit.
pub(crate) fn strongest(evidence: &Array2<f32>) -> (f64, f64) {
    let most = |values: &Array2<f32>| f64::from(box_sum(values, WINDOW).iter().copied().fold(0.0, f32::max));
    (most(&cut(evidence)), most(evidence))
}

/// Evidence of blocks that count at most [`BLOCK_LIMIT`] each.
pub(crate) fn cut(evidence: &Array2<f32>) -> Array2<f32> {
    evidence.mapv(|v| v.clamp(-BLOCK_LIMIT, BLOCK_LIMIT))
}

/// The most that the first of [`strongest`] can be.
pub(crate) const MOST_EVIDENCE: f64 = 25.0 * BLOCK_LIMIT as f64;

/// Mean squared difference of every block's luma and its version recompressed with each of `tables`, before
/// rounding to pixels (Parseval), averaged over windows of the given radius and scaled so that every block
/// runs from 0 to 1 over the tables (Farid 2009, equations 5 and 6).
pub(crate) fn differences(grid: &BlockGrid<'_>, tables: &[[u16; 64]], radius: usize) -> Vec<Array2<f32>> {
    let steps = grid.steps.map(f32::from);
    let mut maps: Vec<Array2<f32>> = tables
        .par_iter()
        .map(|table| {
            let first = table.map(|step| f32::from(step.max(1)));
            let values = grid.blocks.iter().map(|block| {
                let mut sum = 0.0;
                for at in 0..64 {
                    let value = f32::from(block[at]) * steps[at];
                    let rest = value - (value / first[at]).round_ties_even() * first[at];
                    sum += rest * rest;
                }
                sum / 64.0
            });
            let values = Array2::from_shape_vec((grid.high, grid.wide), values.collect());
            box_sum(&values.expect("a grid has wide times high blocks"), radius)
        })
        .collect();
    let mut low = Array2::from_elem((grid.high, grid.wide), f32::INFINITY);
    let mut high = Array2::from_elem((grid.high, grid.wide), 0.0_f32);
    for map in &maps {
        low.zip_mut_with(map, |low, &v| *low = low.min(v));
        high.zip_mut_with(map, |high, &v| *high = high.max(v));
    }
    for map in &mut maps {
        ndarray::Zip::from(map).and(&low).and(&high).for_each(|v, &low, &high| {
            *v = if high > low { (*v - low) / (high - low) } else { 0.0 };
        });
    }
    maps
}
