//! Filling from similar patches, coarse to fine: Y. Wexler, E. Shechtman, M. Irani, "Space-time completion of
//! video", IEEE Trans. PAMI 29, 2007, with the randomised search of C. Barnes et al., "PatchMatch", ACM TOG
//! 28(3), 2009. Every patch of 7x7 that touches the hole looks for the most similar one that does not; the
//! hole's pixels are weighted means of what those patches say.

use indicia_core::Picture;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use indicia_ops::morphology::dilate_square;

use super::diffusion;
use crate::forge::mask::Patch;
use crate::forge::step::crop;

const RADIUS: usize = 3;
/// Rounds of search and vote at the coarsest scale and at the finest.
const MOST_ROUNDS: usize = 8;
const LEAST_ROUNDS: usize = 2;
/// Holes of more pixels than this get one round without random search at that scale: places found at coarser
/// scales hardly change there.
const LARGE_HOLE: usize = 60_000;
/// Most pixels around the hole's rectangle in which patches are looked for.
const AROUND: usize = 400;
/// Trust in a pixel of the hole falls by this factor with each pixel from the border (Wexler et al., gamma).
const GAMMA: f32 = 1.3;
/// Trust in the hole's first content, which is smooth, at the coarsest scale.
const BARELY: f32 = 0.01;
/// Shortest side of a coarser scale.
const SHORTEST: usize = 4 * RADIUS;

/// The picture with the hole filled; the rest stays as it is. Where no whole patch lies beside the hole it is
/// filled by diffusion.
pub(super) fn fill(picture: &Picture, hole: &Patch, seed: u64) -> Picture {
    let margin = hole.width.max(hole.height).clamp(8 * RADIUS, AROUND);
    let around = hole.widened(margin, picture.width, picture.height);
    let mut out = diffusion::fill(picture, hole);
    let cut = crop(&out, around.x, around.y, around.width, around.height);
    let colour = cut.rgb.as_chunks::<3>().0.iter().map(|p| p.map(f32::from)).collect();
    let Some(finest) = Level::new(cut.width, colour, around.alpha.iter().map(|a| *a > 0).collect()) else {
        return out;
    };
    let mut levels = vec![finest];
    while let Some(coarser) = levels.last().and_then(Level::halved) {
        levels.push(coarser);
    }
    let coarsest = levels.len() - 1;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut field: Option<(usize, Vec<u32>)> = None;
    for (at, level) in levels.iter_mut().enumerate().rev() {
        level.begin(field.as_ref(), &mut rng);
        if field.is_some() {
            // The content of the coarser scale in this scale's pixels.
            level.vote(1);
        }
        let large = level.targets.len() > LARGE_HOLE;
        let more = (MOST_ROUNDS - LEAST_ROUNDS) * at / coarsest.max(1);
        let rounds = if large { 1 } else { LEAST_ROUNDS + more };
        let trust = level.weight.clone();
        if at == coarsest {
            level.distrust();
        }
        for round in 0..rounds {
            level.search(round % 2 == 1, !large, &mut rng);
            level.weight.clone_from(&trust);
            // In the end few patches speak for a pixel, which keeps it sharp.
            level.vote(if round + 1 == rounds { 1 } else { RADIUS });
        }
        field = Some((level.width, std::mem::take(&mut level.field)));
    }
    let pixels = out.rgb.as_chunks_mut::<3>().0;
    let finest = &levels[0];
    for i in (0..finest.hole.len()).filter(|i| finest.hole[*i]) {
        let place = (around.y + i / around.width) * picture.width + around.x + i % around.width;
        pixels[place] = finest.colour[i].map(|v| (v + 0.5) as u8);
    }
    out
}

/// One scale.
struct Level {
    width: usize,
    colour: Vec<[f32; 3]>,
    hole: Vec<bool>,
    /// How much each pixel counts.
    weight: Vec<f32>,
    /// Middles of patches that lie inside and hold no pixel of the hole.
    source: Vec<bool>,
    /// Those middles in order.
    sources: Vec<u32>,
    /// Middles of patches that touch the hole, in order.
    targets: Vec<u32>,
    /// The source of each target; of no meaning elsewhere.
    field: Vec<u32>,
    /// Squared distance of each target's patch to its source's.
    cost: Vec<f32>,
}

impl Level {
    /// `None` if there is no whole patch beside the hole.
    fn new(width: usize, colour: Vec<[f32; 3]>, hole: Vec<bool>) -> Option<Self> {
        let height = hole.len() / width;
        let touched = dilate_square(&hole, width, RADIUS);
        let inner = |i: usize| {
            let (x, y) = (i % width, i / width);
            x >= RADIUS && y >= RADIUS && x + RADIUS < width && y + RADIUS < height
        };
        let source: Vec<bool> = touched.iter().enumerate().map(|(i, t)| !t && inner(i)).collect();
        let places = |of: &[bool]| (0..of.len()).filter(|i| of[*i]).map(|i| i as u32).collect::<Vec<_>>();
        let (sources, targets) = (places(&source), places(&touched));
        let (field, cost) = (vec![0; hole.len()], vec![f32::INFINITY; hole.len()]);
        let weight = weights(&hole, width);
        let level = Self { width, colour, hole, weight, source, sources, targets, field, cost };
        (!level.sources.is_empty()).then_some(level)
    }

    /// Half the size; `None` if a patch then sees across the hole already, or there is too little around it.
    fn halved(&self) -> Option<Self> {
        let (width, height) = (self.width / 2, self.hole.len() / self.width / 2);
        let open: Vec<bool> = self.hole.iter().map(|h| !h).collect();
        let deep = dilate_square(&open, self.width, RADIUS).contains(&false);
        if !deep || width.min(height) < SHORTEST {
            return None;
        }
        let four = |i: usize| {
            let first = 2 * (i / width) * self.width + 2 * (i % width);
            [first, first + 1, first + self.width, first + self.width + 1]
        };
        let mean = |i: usize| {
            let [a, b, c, d] = four(i).map(|j| self.colour[j]);
            [0, 1, 2].map(|k| (a[k] + b[k] + c[k] + d[k]) / 4.0)
        };
        let colour = (0..width * height).map(mean).collect();
        let hole = (0..width * height).map(|i| four(i).iter().any(|j| self.hole[*j])).collect();
        Self::new(width, colour, hole)
    }

    /// Gives each target a source: twice the coarser scale's, if there is one, else a random one.
    fn begin(&mut self, coarser: Option<&(usize, Vec<u32>)>, rng: &mut ChaCha8Rng) {
        for t in self.targets.iter().map(|t| *t as usize) {
            let (x, y) = (t % self.width, t / self.width);
            let doubled = coarser.and_then(|(width, field)| {
                let (cx, cy) = (x / 2, y / 2);
                // The last row and column of an odd size have no coarser pixel.
                let source = *field.get(cy * width + cx).filter(|_| cx < *width)? as usize;
                let place = (2 * (source / width) + y % 2) * self.width + 2 * (source % width) + x % 2;
                self.source.get(place).copied().unwrap_or(false).then_some(place as u32)
            });
            let random = || self.sources[rng.random_range(0..self.sources.len())];
            let source = doubled.unwrap_or_else(random);
            self.field[t] = source;
        }
        for t in self.targets.iter().map(|t| *t as usize) {
            self.cost[t] = self.distance(t, self.field[t] as usize, f32::INFINITY);
        }
    }

    /// Lets the hole's content count for next to nothing.
    fn distrust(&mut self) {
        let inside = self.weight.iter_mut().zip(&self.hole).filter(|(_, hole)| **hole);
        inside.for_each(|(weight, _)| *weight *= BARELY);
    }

    /// Weighted squared distance between the patches around a target, as far as it lies inside, and a source; at
    /// least `limit` once it reaches that.
    fn distance(&self, target: usize, source: usize, limit: f32) -> f32 {
        let height = self.hole.len() / self.width;
        let (x, y) = (target % self.width, target / self.width);
        let (left, right) = (x.min(RADIUS), (self.width - 1 - x).min(RADIUS));
        let (up, down) = (y.min(RADIUS), (height - 1 - y).min(RADIUS));
        let count = left + right + 1;
        let mut total = 0.0;
        for row in 0..=up + down {
            let from = |middle: usize| middle + row * self.width - up * self.width - left;
            let (a, b) = (from(target), from(source));
            let weights = &self.weight[a..a + count];
            for ((a, b), weight) in
                self.colour[a..a + count].iter().zip(&self.colour[b..b + count]).zip(weights)
            {
                let [red, green, blue] = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
                total += weight * (red * red + green * green + blue * blue);
            }
            if total >= limit {
                break;
            }
        }
        total
    }

    /// One round over all targets: the neighbours' sources moved along, then random places ever nearer.
    fn search(&mut self, backwards: bool, random: bool, rng: &mut ChaCha8Rng) {
        let (width, height) = (self.width as i64, (self.hole.len() / self.width) as i64);
        let step = if backwards { 1 } else { -1 };
        for n in 0..self.targets.len() {
            let t = self.targets[if backwards { self.targets.len() - 1 - n } else { n }] as usize;
            // Votes have changed colours since the cost was computed.
            let mut best = (self.distance(t, self.field[t] as usize, f32::INFINITY), self.field[t]);
            let (x, y) = (t as i64 % width, t as i64 / width);
            for (dx, dy) in [(step, 0), (0, step)] {
                let (nx, ny) = (x + dx, y + dy);
                if nx < 0 || ny < 0 || nx >= width || ny >= height {
                    continue;
                }
                let neighbour = (ny * width + nx) as usize;
                if self.cost[neighbour].is_finite() {
                    let source = i64::from(self.field[neighbour]);
                    self.try_source(t, source % width - dx, source / width - dy, &mut best);
                }
            }
            let mut reach = width.max(height);
            while random && reach >= 1 {
                let source = i64::from(best.1);
                let x = source % width + rng.random_range(-reach..=reach);
                let y = source / width + rng.random_range(-reach..=reach);
                self.try_source(t, x, y, &mut best);
                reach /= 2;
            }
            (self.cost[t], self.field[t]) = best;
        }
    }

    fn try_source(&self, target: usize, x: i64, y: i64, best: &mut (f32, u32)) {
        let (width, height) = (self.width as i64, (self.hole.len() / self.width) as i64);
        if x < 0 || y < 0 || x >= width || y >= height {
            return;
        }
        let source = (y * width + x) as usize;
        if self.source[source] && source as u32 != best.1 {
            let distance = self.distance(target, source, best.0);
            if distance < best.0 {
                *best = (distance, source as u32);
            }
        }
    }

    /// Colours of the hole from the sources of the patches whose middles lie at most `reach` away.
    fn vote(&mut self, reach: usize) {
        let (width, height) = (self.width as i64, (self.hole.len() / self.width) as i64);
        let mut costs: Vec<f32> = self.targets.iter().map(|t| self.cost[*t as usize]).collect();
        let place = costs.len() * 3 / 4;
        // Wexler et al.: the 75th percentile of distances is twice the kernel's variance.
        let spread = costs.select_nth_unstable_by(place, f32::total_cmp).1.max(1.0);
        let reach = reach as i64;
        let said: Vec<(usize, [f32; 3])> = (0..self.hole.len())
            .filter(|i| self.hole[*i])
            .map(|i| {
                let (x, y) = (i as i64 % width, i as i64 / width);
                let (mut sum, mut total) = ([0.0; 3], 0.0);
                for dy in -reach..=reach {
                    for dx in -reach..=reach {
                        let (tx, ty) = (x - dx, y - dy);
                        if tx < 0 || ty < 0 || tx >= width || ty >= height {
                            continue;
                        }
                        let target = (ty * width + tx) as usize;
                        let from = i64::from(self.field[target]) + dy * width + dx;
                        let weight = self.weight[target] * (-self.cost[target] / spread).exp().max(1e-6);
                        let colour = self.colour[from as usize];
                        sum.iter_mut().zip(colour).for_each(|(sum, v)| *sum += weight * v);
                        total += weight;
                    }
                }
                (i, sum.map(|v| v / total))
            })
            .collect();
        for (i, colour) in said {
            self.colour[i] = colour;
        }
    }
}

/// 1 outside the hole, and less with each pixel from its border.
fn weights(hole: &[bool], width: usize) -> Vec<f32> {
    let mut weight = vec![1.0; hole.len()];
    let mut outside: Vec<bool> = hole.iter().map(|hole| !hole).collect();
    let mut trust = 1.0;
    while outside.contains(&false) && trust > 1e-3 {
        trust /= GAMMA;
        weight.iter_mut().zip(&outside).filter(|(_, outside)| !**outside).for_each(|(w, _)| *w = trust);
        outside = dilate_square(&outside, width, 1);
    }
    weight
}
