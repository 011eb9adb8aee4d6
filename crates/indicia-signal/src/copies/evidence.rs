//! How much better a region matches its copy than anything else nearby: what tells copies from look-alikes.

use multiversion::multiversion;
use rayon::prelude::*;

use super::{Affine, Plane, box_sum};

/// Half the side of a block.
const BLOCK: usize = 5;
/// Side of a block, in pixels.
const SIDE: usize = 2 * BLOCK + 1;
/// How far around the match other places are tried, in pixels.
const AROUND: usize = 32;
/// Places of a row that are tried.
const PLACES: usize = 2 * AROUND + 1;
/// Shifts up to this still see the match itself.
const NEAR: usize = 3;
/// Blocks that are looked at.
const BLOCKS: usize = 80;
/// Variance that counts as noise, in squared grey levels.
pub const NOISE: f32 = 0.15;
/// Variance of differences that rounding to whole grey levels makes.
const ROUNDING: f32 = 0.1;
/// Share of a block's energy that a difference is taken to have besides its own, if that is large enough; so little
/// differs by chance where smooth edges meet.
const FLOOR: f64 = 0.02;
/// That share is at most so many times the difference at the match: pixels that are equal are no chance.
const TIMES: f64 = 4.0;
/// What a block must gain to speak for a copy: look-alikes gain less on average.
const TOLL: f64 = 0.35;
/// Bounds of what a block may gain.
const GAIN: (f64, f64) = (-1.0, 3.0);

/// What the blocks of a region say together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Blocks with detail, as many as fit into the region side by side.
    pub blocks: f64,
    /// Sum over blocks of the natural logarithm of the ratio between the share of energy that differs at the next
    /// best place nearby, and that at the match, each with a floor added, less 0.35 a block.
    pub excess: f64,
    /// Median agreement of blocks at the match.
    pub agreement: f64,
    /// Median agreement of blocks at the next best place nearby.
    pub rival: f64,
}

/// Weighs the blocks around `centres`, which lie a block's side apart.
pub fn weigh(fine: &Plane, map: &Affine, centres: &[(usize, usize)]) -> Evidence {
    let step = centres.len().div_ceil(BLOCKS).max(1);
    let chosen: Vec<_> = centres.iter().copied().step_by(step).collect();
    let mut seen: Vec<Block> = chosen.par_iter().filter_map(|&centre| block(fine, map, centre)).collect();
    if seen.is_empty() {
        return Evidence::default();
    }
    let excess = seen.iter().map(Block::gain).sum::<f64>() * step as f64;
    let middle = seen.len() / 2;
    let agreement = seen.select_nth_unstable_by(middle, |a, b| a.here.total_cmp(&b.here)).1.here;
    let rival = seen.select_nth_unstable_by(middle, |a, b| a.rival.total_cmp(&b.rival)).1.rival;
    Evidence { blocks: (seen.len() * step) as f64, excess, agreement, rival }
}

/// How a block compares with its match and with the next best place around.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// Agreement at the match, and the best elsewhere.
    here: f64,
    rival: f64,
    /// Share of the energy that differs at either place.
    differs: f64,
    differs_rival: f64,
    /// Share of the energy that rounding makes.
    rounding: f64,
}

impl Block {
    /// What the block speaks for a copy, in natural units.
    fn gain(&self) -> f64 {
        let floor = FLOOR.min(TIMES * self.differs).max(self.rounding);
        let ratio = (self.differs_rival + floor) / (self.differs + floor);
        ratio.ln().clamp(GAIN.0, GAIN.1) - TOLL
    }
}

/// Compares one block. `None` for blocks without detail and at the border.
fn block(fine: &Plane, map: &Affine, (x, y): (usize, usize)) -> Option<Block> {
    let inside = |i: usize, n: usize| i >= BLOCK && i + BLOCK < n;
    if !inside(x, fine.width) || !inside(y, fine.height) {
        return None;
    }
    let mut here = [[0.0_f32; SIDE]; SIDE];
    for (dy, row) in here.iter_mut().enumerate() {
        row.copy_from_slice(&fine.values[(y + dy - BLOCK) * fine.width + x - BLOCK..][..SIDE]);
    }
    let energy: f32 = here.iter().flatten().map(|v| v * v).sum();
    let noise = (SIDE * SIDE) as f32 * NOISE;
    if energy < 2.0 * noise {
        return None;
    }
    let reach = AROUND + BLOCK;
    let whole = map.is_whole();
    let wide = 2 * reach + 1;
    let around: Vec<f32> = (0..wide * wide)
        .map(|i| {
            let (dx, dy) = ((i % wide) as f64 - reach as f64, (i / wide) as f64 - reach as f64);
            let (u, v) = map.at(x as f64 + dx, y as f64 + dy);
            fine.between(u, v, whole).unwrap_or(0.0)
        })
        .collect();
    // Energy of the block at each place, at the place's centre.
    let mut energies: Vec<f32> = around.iter().map(|v| v * v).collect();
    box_sum(&mut energies, wide, BLOCK);
    // Until a place agrees at all, nothing of it does.
    let mut out = Block { differs_rival: 1.0, ..Block::default() };
    for sy in 0..PLACES {
        let products = products(&here, &around[sy * wide..], wide);
        let energies = &energies[(sy + BLOCK) * wide + BLOCK..];
        for (sx, (both, other)) in products.iter().zip(energies).enumerate() {
            let sum = energy + other.max(0.0);
            let agreement = f64::from(2.0 * both / (sum + 2.0 * noise));
            let differs = f64::from((1.0 - 2.0 * both / sum).max(0.0));
            let far = sx.abs_diff(AROUND).max(sy.abs_diff(AROUND));
            if far > NEAR {
                if agreement > out.rival {
                    (out.rival, out.differs_rival) = (agreement, differs);
                }
            } else if far == 0 {
                (out.here, out.differs) = (agreement, differs);
                out.rounding = f64::from((SIDE * SIDE) as f32 * ROUNDING / sum);
            }
        }
    }
    Some(out)
}

/// Sums of products of a block with the blocks at all places of one row.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn products(block: &[[f32; SIDE]; SIDE], around: &[f32], wide: usize) -> [f32; PLACES] {
    let mut sums = [0.0; PLACES];
    for (row, line) in block.iter().zip(around.chunks(wide)) {
        for (k, a) in row.iter().enumerate() {
            sums.iter_mut().zip(&line[k..k + PLACES]).for_each(|(sum, b)| *sum += a * b);
        }
    }
    sums
}
