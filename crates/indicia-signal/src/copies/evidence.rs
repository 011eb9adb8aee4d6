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
const BLOCKS: usize = 150;
/// Variance that counts as noise, in squared grey levels.
pub const NOISE: f32 = 0.15;
/// Smallest share of a block's energy that a difference is taken to have.
const FLOOR: f64 = 0.02;
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
    /// best place nearby, and that at the match, less 0.35 a block.
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
    let mut seen: Vec<(f64, f64)> =
        chosen.par_iter().filter_map(|&centre| block(fine, map, centre)).collect();
    if seen.is_empty() {
        return Evidence::default();
    }
    let gain = |&(here, rival): &(f64, f64)| {
        let ratio = (1.0 - rival + FLOOR) / (1.0 - here + FLOOR);
        ratio.ln().clamp(GAIN.0, GAIN.1) - TOLL
    };
    let excess = seen.iter().map(gain).sum::<f64>() * step as f64;
    let middle = seen.len() / 2;
    let agreement = seen.select_nth_unstable_by(middle, |a, b| a.0.total_cmp(&b.0)).1.0;
    let rival = seen.select_nth_unstable_by(middle, |a, b| a.1.total_cmp(&b.1)).1.1;
    Evidence { blocks: (seen.len() * step) as f64, excess, agreement, rival }
}

/// Agreement of one block with its match, and the best with another place around. `None` for blocks without
/// detail and at the border.
fn block(fine: &Plane, map: &Affine, (x, y): (usize, usize)) -> Option<(f64, f64)> {
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
    let wide = 2 * reach + 1;
    let around: Vec<f32> = (0..wide * wide)
        .map(|i| {
            let (dx, dy) = ((i % wide) as f64 - reach as f64, (i / wide) as f64 - reach as f64);
            let (u, v) = map.at(x as f64 + dx, y as f64 + dy);
            fine.cubic(u, v).unwrap_or(0.0)
        })
        .collect();
    // Energy of the block at each place, at the place's centre.
    let mut energies: Vec<f32> = around.iter().map(|v| v * v).collect();
    box_sum(&mut energies, wide, BLOCK);
    let (mut at_match, mut rival) = (0.0, 0.0_f32);
    for sy in 0..PLACES {
        let products = products(&here, &around[sy * wide..], wide);
        let energies = &energies[(sy + BLOCK) * wide + BLOCK..];
        for (sx, (both, other)) in products.iter().zip(energies).enumerate() {
            let agreement = 2.0 * both / (energy + other.max(0.0) + 2.0 * noise);
            let far = sx.abs_diff(AROUND).max(sy.abs_diff(AROUND));
            if far > NEAR {
                rival = rival.max(agreement);
            } else if far == 0 {
                at_match = agreement;
            }
        }
    }
    Some((f64::from(at_match), f64::from(rival)))
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
