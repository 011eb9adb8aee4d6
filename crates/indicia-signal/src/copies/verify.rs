//! Verifies hypotheses: refines each map, grows the region that follows it, and weighs it.

use indicia_ops::morphology::{close_square, dilate_square};

use super::evidence::{Evidence, NOISE, weigh};
use super::refine::{exact_agreement, refine, shift, snap, thin};
use super::rim::trim;
use super::{ACCEPTED, Affine, Plane, box_sum};

/// Half the side of the window over which detail is correlated, in pixels.
const WINDOW: usize = 5;
/// Agreement of detail above which a pixel follows the map, before it is known how well the region agrees.
const FOLLOWS: f32 = 0.55;
/// Least and largest agreement above which a pixel follows the map, once that is known. Half the region's median
/// is what a window gets whose half lies inside: lossy copies would lose their rims to a fixed bound.
const FOLLOWS_KNOWN: (f32, f32) = (0.4, 0.5);
/// Least distance between a pixel and its copy, in pixels.
pub const APART: f64 = 14.0;
/// Shortest side of a picture that both methods read, in pixels.
pub const SMALLEST: usize = 64;
/// Hypotheses that are looked at.
const MOST: usize = 48;
/// Agreement of a hypothesis' points below which it is dropped, before its map is refined and after.
const UNLIKE: (f64, f64) = (0.1, 0.4);
/// Largest angle between a surface of water and the rows, in radians.
const LEVEL: f64 = 0.35;
/// Agreement from which what is mirrored across a steeper line is a copy: things are not that symmetric.
const EXACT: f64 = 0.9;
/// Smallest grown region, in pixels.
pub const AREA: usize = 120;

/// An affine map that may have copied a region.
#[derive(Debug, Clone)]
pub struct Hypothesis {
    /// From one of the two places to the other.
    pub map: Affine,
    /// Points that seem to follow it.
    pub seeds: Vec<(f64, f64)>,
}

/// The picture at the size at which copies are verified.
pub struct Scene {
    /// Grey levels.
    pub luma: Plane,
    /// Detail of `luma`.
    pub fine: Plane,
    /// Side of its pixels in pixels of the picture.
    pub factor: usize,
}

/// Pixels of the largest scene; larger pictures are reduced.
const SCENE: usize = 4_000_000;
/// Longest side of a scene.
const SIDE: usize = i16::MAX as usize;

impl Scene {
    /// Of a picture's luma.
    pub fn new(samples: &[u8], width: usize) -> Self {
        let longest = width.max(samples.len() / width.max(1));
        let small = |k: &usize| samples.len() / (k * k) <= SCENE && longest / k <= SIDE;
        let factor = (1..).find(small).expect("some factor is large enough");
        let luma = Plane::reduced(samples, width, factor);
        let fine = luma.fine(4);
        Self { luma, fine, factor }
    }
}

/// A region and its copy, in pixels of the scene.
#[derive(Debug, Clone)]
pub struct Copied {
    /// From the region to its copy.
    pub map: Affine,
    /// First column and row of the box that holds the region.
    pub origin: (usize, usize),
    /// Columns of the box.
    pub width: usize,
    /// Which pixels of the box belong to the region.
    pub mask: Vec<bool>,
    /// Agreement of detail around each pixel of the box with its copy, at most 1.
    pub agreement: Vec<f32>,
    /// What its blocks say; of a reflection nothing speaks for a copy, so that its excess is 0 at most.
    pub evidence: Evidence,
    /// The copy lies straight across a level line, or less exactly across another, mirrored.
    pub reflection: bool,
    /// Pixels of the region.
    pub area: usize,
}

impl Copied {
    /// Centre of the region and of its copy.
    pub fn centres(&self) -> [(f64, f64); 2] {
        let (mut sx, mut sy) = (0.0, 0.0);
        for (x, y) in self.pixels() {
            sx += x as f64;
            sy += y as f64;
        }
        let n = self.area.max(1) as f64;
        [(sx / n, sy / n), self.map.at(sx / n, sy / n)]
    }

    /// Median agreement of the region's pixels.
    fn level(&self) -> f32 {
        let mut inside: Vec<f32> =
            self.agreement.iter().zip(&self.mask).filter(|(_, set)| **set).map(|(c, _)| *c).collect();
        let middle = inside.len() / 2;
        if inside.is_empty() { 0.0 } else { *inside.select_nth_unstable_by(middle, f32::total_cmp).1 }
    }

    /// Pixels of the region.
    pub fn pixels(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let place = |i: usize| (self.origin.0 + i % self.width, self.origin.1 + i / self.width);
        self.mask.iter().enumerate().filter(|(_, set)| **set).map(move |(i, _)| place(i))
    }

    /// Whether the region holds a point.
    pub fn holds(&self, x: f64, y: f64) -> bool {
        self.index(x, y).is_some_and(|i| self.mask[i])
    }

    /// Index of the box's pixel at a point.
    pub fn index(&self, x: f64, y: f64) -> Option<usize> {
        let (x, y) = (x.round() - self.origin.0 as f64, y.round() - self.origin.1 as f64);
        if x < 0.0 || y < 0.0 || x >= self.width as f64 {
            return None;
        }
        let i = y as usize * self.width + x as usize;
        (i < self.mask.len()).then_some(i)
    }
}

/// What becomes of `hypotheses`, whose pixels are `finer` times as large as the scene's, the strongest evidence
/// first. Hypotheses that say the same as an earlier one are left out.
pub fn verify_all(scene: &Scene, hypotheses: &[Hypothesis], finer: f64) -> Vec<Copied> {
    let mut out: Vec<Copied> = vec![];
    let place = |(x, y): (f64, f64)| ((x + 0.5) * finer - 0.5, (y + 0.5) * finer - 0.5);
    for hypothesis in hypotheses.iter().take(MOST) {
        let map = hypothesis.map.to_finer(finer);
        let seeds: Vec<_> = hypothesis.seeds.iter().copied().map(place).collect();
        if out.iter().any(|copied| repeats(copied, &map, &seeds)) {
            continue;
        }
        let copied = verify(scene, map, &seeds);
        out.extend(copied);
    }
    out.sort_by(|a, b| b.evidence.excess.total_cmp(&a.evidence.excess));
    out.iter_mut().filter(|c| c.evidence.excess >= ACCEPTED).for_each(|c| trim(&scene.luma, c));
    out
}

/// True if most of the seeds lie in a region found before and go where it goes, or the other way round.
fn repeats(copied: &Copied, map: &Affine, seeds: &[(f64, f64)]) -> bool {
    let seeds = thin(seeds, 200);
    let Some(back) = copied.map.inverse() else { return false };
    let close = |(x, y): (f64, f64), (u, v): (f64, f64)| (x - u).hypot(y - v) < 5.0;
    let known = seeds.iter().filter(|&&(x, y)| {
        let there = map.at(x, y);
        let forth = copied.holds(x, y) && close(copied.map.at(x, y), there);
        let back = back.at(x, y);
        forth || copied.holds(back.0, back.1) && close(back, there)
    });
    2 * known.count() > seeds.len()
}

/// Refines, grows and weighs one map, in pixels of the scene. `None` if nothing follows it.
fn verify(scene: &Scene, map: Affine, seeds: &[(f64, f64)]) -> Option<Copied> {
    let fine = &scene.fine;
    // Most hypotheses of self-similar textures end at one of these bounds.
    let shifted = shift(fine, map, seeds);
    if exact_agreement(fine, &shifted, seeds) < UNLIKE.0 {
        return None;
    }
    let map = refine(fine, shifted, seeds);
    if exact_agreement(fine, &map, seeds) < UNLIKE.1 {
        return None;
    }
    let first = grow(fine, snap(fine, map, seeds), seeds, FOLLOWS)?;
    let points: Vec<_> = first.pixels().map(|(x, y)| (x as f64, y as f64)).collect();
    let map = snap(fine, refine(fine, first.map, &points), &points);
    let (least, most) = FOLLOWS_KNOWN;
    let mut copied = grow(fine, map, &points, (0.5 * first.level()).clamp(least, most))?;
    let side = 2 * WINDOW + 1;
    let centres: Vec<_> = copied.pixels().filter(|(x, y)| x % side == 0 && y % side == 0).collect();
    copied.evidence = weigh(fine, &copied.map, &centres);
    let [(x, y), _] = copied.centres();
    let natural = |axis: f64| axis.abs() < LEVEL || copied.evidence.agreement < EXACT;
    copied.reflection = copied.map.reflection_axis(x, y).is_some_and(natural);
    if copied.reflection {
        copied.evidence.excess = copied.evidence.excess.min(0.0);
    }
    Some(copied)
}

/// The region around `seeds` whose agreement is above `follows`.
fn grow(fine: &Plane, map: Affine, seeds: &[(f64, f64)], follows: f32) -> Option<Copied> {
    map.inverse().filter(|_| map.plausible())?;
    let bound = |values: &mut dyn Iterator<Item = f64>, n: usize| {
        let (low, high) = values.fold((f64::MAX, 0.0), |(low, high), v| (v.min(low), v.max(high)));
        (low.clamp(0.0, n as f64 - 1.0) as usize, high.clamp(0.0, n as f64 - 1.0) as usize + 1)
    };
    let (mut x0, mut x1) = bound(&mut seeds.iter().map(|p| p.0), fine.width);
    let (mut y0, mut y1) = bound(&mut seeds.iter().map(|p| p.1), fine.height);
    let mut margin = 24;
    loop {
        (x0, x1) = (x0.saturating_sub(margin), (x1 + margin).min(fine.width));
        (y0, y1) = (y0.saturating_sub(margin), (y1 + margin).min(fine.height));
        let width = x1 - x0;
        let agreement = agreement(fine, &map, (x0, y0, x1, y1));
        let mask = followers(&agreement, follows, width, &seeds_in(seeds, (x0, y0, x1, y1)));
        let area = mask.iter().filter(|&&set| set).count();
        if area < AREA {
            return None;
        }
        let touches = |x: usize, y: usize| {
            (x0 > 0 && x < 4)
                || (x1 < fine.width && x + 4 >= width)
                || (y0 > 0 && y < 4)
                || (y1 < fine.height && y + y0 + 4 >= y1)
        };
        if mask.iter().enumerate().any(|(i, &set)| set && touches(i % width, i / width)) {
            margin = margin.max((width.max(y1 - y0)) / 3);
            continue;
        }
        let evidence = Evidence::default();
        return Some(Copied {
            map,
            origin: (x0, y0),
            width,
            mask,
            agreement,
            evidence,
            reflection: false,
            area,
        });
    }
}

/// Indices of the box's pixels that are seeds.
fn seeds_in(seeds: &[(f64, f64)], (x0, y0, x1, y1): (usize, usize, usize, usize)) -> Vec<usize> {
    let inside = |v: f64, low: usize, high: usize| {
        (v.round() >= low as f64 && v.round() < high as f64).then(|| v.round() as usize - low)
    };
    seeds.iter().filter_map(|&(x, y)| Some(inside(y, y0, y1)? * (x1 - x0) + inside(x, x0, x1)?)).collect()
}

/// Agreement of detail around each pixel of a box with that around its image: `2 ab / (a^2 + b^2 + noise)`, sums
/// over windows.
fn agreement(fine: &Plane, map: &Affine, (x0, y0, x1, y1): (usize, usize, usize, usize)) -> Vec<f32> {
    let width = x1 - x0;
    let count = width * (y1 - y0);
    let (mut both, mut energy) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let whole = map.is_whole();
    for y in y0..y1 {
        for x in x0..x1 {
            let (u, v) = map.at(x as f64, y as f64);
            let there = fine.between(u, v, whole);
            let there = there.filter(|_| (u - x as f64).hypot(v - y as f64) >= APART);
            let a = fine.values[y * fine.width + x];
            both.push(there.map_or(0.0, |b| 2.0 * a * b));
            energy.push(a * a + there.map_or(a * a, |b| b * b) + 2.0 * NOISE);
        }
    }
    box_sum(&mut both, width, WINDOW);
    box_sum(&mut energy, width, WINDOW);
    both.iter_mut().zip(&energy).for_each(|(b, e)| *b /= e);
    both
}

/// Pixels above `follows` that hang together with a seed, thin parts left out and holes filled.
fn followers(agreement: &[f32], follows: f32, width: usize, seeds: &[usize]) -> Vec<bool> {
    let above: Vec<bool> = agreement.iter().map(|&c| c > follows).collect();
    let closed = close_square(&above, width, 3, |_, _| true);
    let thick = open_square(&closed, width, 3);
    let starts: Vec<usize> = seeds.iter().copied().filter(|&i| thick[i]).collect();
    let mut kept = flood(&thick, width, starts);
    fill_holes(&mut kept, width);
    kept
}

/// Opening: what squares of side `2 * radius + 1` inside the set cover.
fn open_square(set: &[bool], width: usize, radius: usize) -> Vec<bool> {
    let not = |set: Vec<bool>| set.into_iter().map(|v| !v).collect::<Vec<_>>();
    let inner = not(dilate_square(&not(set.to_vec()), width, radius));
    dilate_square(&inner, width, radius)
}

/// The parts of `set`, connected over sides, that hold one of `starts`.
pub fn flood(set: &[bool], width: usize, starts: Vec<usize>) -> Vec<bool> {
    let mut reached = vec![false; set.len()];
    let mut open = starts;
    open.iter().for_each(|&i| reached[i] = true);
    while let Some(i) = open.pop() {
        let sides = [
            (i % width > 0).then(|| i - 1),
            (i % width + 1 < width).then_some(i + 1),
            i.checked_sub(width),
            (i + width < set.len()).then_some(i + width),
        ];
        for j in sides.into_iter().flatten() {
            if set[j] && !reached[j] {
                reached[j] = true;
                open.push(j);
            }
        }
    }
    reached
}

/// Sets what the border of the box cannot be reached from.
pub fn fill_holes(set: &mut [bool], width: usize) {
    let clear: Vec<bool> = set.iter().map(|v| !v).collect();
    let border = |&i: &usize| i % width == 0 || i % width + 1 == width || i < width || i + width >= set.len();
    let starts = (0..set.len()).filter(border).filter(|&i| clear[i]).collect();
    let outside = flood(&clear, width, starts);
    set.iter_mut().zip(outside).for_each(|(set, outside)| *set = !outside);
}
