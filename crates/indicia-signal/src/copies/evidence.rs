//! How much better a region matches its copy than anything else nearby: what tells copies from look-alikes.

use super::{Affine, Plane};

/// Half the side of a block.
const BLOCK: usize = 5;
/// How far around the match other places are tried, in pixels.
const AROUND: usize = 32;
/// Shifts up to this still see the match itself.
const NEAR: isize = 3;
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
    let mut seen: Vec<(f64, f64)> =
        centres.iter().step_by(step).filter_map(|&centre| block(fine, map, centre)).collect();
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
    const SIDE: usize = 2 * BLOCK + 1;
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
    let agreement = |sx: usize, sy: usize| {
        let (mut both, mut other) = (0.0, 0.0);
        for (row, line) in here.iter().zip(around[sy * wide + sx..].chunks(wide)) {
            for (a, b) in row.iter().zip(&line[..SIDE]) {
                both += a * b;
                other += b * b;
            }
        }
        f64::from(2.0 * both / (energy + other + 2.0 * noise))
    };
    let mut rival = 0.0_f64;
    for sy in 0..=2 * AROUND {
        for sx in 0..=2 * AROUND {
            let from = |s: usize| (s as isize - AROUND as isize).abs();
            if from(sx).max(from(sy)) > NEAR {
                rival = rival.max(agreement(sx, sy));
            }
        }
    }
    Some((agreement(AROUND, AROUND), rival))
}
