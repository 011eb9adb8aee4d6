//! Pairs of keypoints that look alike, and the affine maps that many of them follow.

use indicia_ops::patchmatch::Random;
use multiversion::multiversion;
use rayon::prelude::*;

use super::sift::{Keypoint, LENGTH, mirrored};
use crate::copies::{Affine, Hypothesis};

/// Largest ratio of the distance of a match to that of the next best (g2NN).
const RATIO: f32 = 0.6;
/// Nearest neighbours that are looked at.
const NEIGHBOURS: usize = 6;
/// Squared distance of descriptors beyond which nothing matches.
const FAR: u32 = 250 * 250;
/// Fewest pairs of a map.
const PAIRS: usize = 3;
/// Maps that are looked for.
const MAPS: usize = 24;
/// Pairs that are looked at.
const MOST: usize = 4000;

/// Two keypoints that look alike, in one direction.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    from: (f64, f64),
    to: (f64, f64),
    /// The map that takes one keypoint's place, direction and scale to the other's.
    map: Affine,
}

/// Pairs of keypoints at least `apart` pixels from each other, in both directions.
pub fn pairs(keypoints: &[Keypoint], apart: f64) -> Vec<Pair> {
    let flipped: Vec<[u8; LENGTH]> = keypoints.iter().map(|k| mirrored(&k.descriptor)).collect();
    let mut found: Vec<(u32, usize, usize, bool)> = keypoints
        .par_iter()
        .enumerate()
        .flat_map_iter(|(i, here)| {
            let neighbours = |mirror: bool| {
                let descriptor = if mirror { &flipped[i] } else { &here.descriptor };
                let mut best = [(FAR, usize::MAX); NEIGHBOURS + 1];
                for (j, (there, distance)) in
                    keypoints.iter().zip(distances(descriptor, keypoints)).enumerate()
                {
                    if distance >= best[NEIGHBOURS].0 || (here.x - there.x).hypot(here.y - there.y) < apart {
                        continue;
                    }
                    let at = best.partition_point(|b| b.0 <= distance);
                    best[at..].rotate_right(1);
                    best[at] = (distance, j);
                }
                // Matches end where the distance jumps.
                let jump = |k: &usize| (best[*k].0 as f32) < RATIO * RATIO * best[*k + 1].0 as f32;
                let count = (0..NEIGHBOURS).rfind(jump).map_or(0, |k| k + 1);
                best[..count].iter().map(|&(d, j)| (d, i, j, mirror)).collect::<Vec<_>>()
            };
            let mut all = neighbours(false);
            all.extend(neighbours(true));
            all
        })
        .collect();
    found.sort_unstable();
    found.truncate(MOST / 2);
    let mut both: Vec<(usize, usize, bool)> =
        found.iter().flat_map(|&(_, i, j, mirror)| [(i, j, mirror), (j, i, mirror)]).collect();
    both.sort_unstable();
    both.dedup();
    both.into_iter().map(|(i, j, mirror)| pair(&keypoints[i], &keypoints[j], mirror)).collect()
}

/// Squared distances of a descriptor to those of all keypoints.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn distances(descriptor: &[u8; LENGTH], keypoints: &[Keypoint]) -> Vec<u32> {
    let mut out = Vec::with_capacity(keypoints.len());
    for keypoint in keypoints {
        out.push(squared(descriptor, &keypoint.descriptor));
    }
    out
}

/// Squared distance of two descriptors.
#[inline(always)]
pub fn squared(a: &[u8; LENGTH], b: &[u8; LENGTH]) -> u32 {
    let mut sum = 0_i32;
    for (&a, &b) in a.iter().zip(b) {
        // Differences of 16 bits are multiplied and added in pairs by one instruction.
        let difference = i16::from(a) - i16::from(b);
        sum += i32::from(difference) * i32::from(difference);
    }
    sum as u32
}

fn pair(from: &Keypoint, to: &Keypoint, mirror: bool) -> Pair {
    // Into the frame of one keypoint, mirrored if need be, and out of the other's.
    let scale = to.scale / from.scale;
    let flip = if mirror { -1.0 } else { 1.0 };
    let ((s, c), (t, d)) = (from.angle.sin_cos(), to.angle.sin_cos());
    let (a, b) = (scale * (d * c + flip * t * s), scale * (d * s - flip * t * c));
    let (e, f) = (scale * (t * c - flip * d * s), scale * (t * s + flip * d * c));
    let map = Affine([a, b, to.x - a * from.x - b * from.y, e, f, to.y - e * from.x - f * from.y]);
    Pair { from: (from.x, from.y), to: (to.x, to.y), map }
}

/// Maps that at least three pairs follow, those with the most pairs first.
pub fn maps(pairs: &[Pair]) -> Vec<Hypothesis> {
    let mut left: Vec<Pair> = pairs.iter().copied().filter(|p| p.map.plausible()).collect();
    let mut out = vec![];
    while out.len() < MAPS && left.len() >= PAIRS {
        let votes: Vec<usize> =
            left.par_iter().map(|p| left.iter().filter(|other| agree(p, other)).count()).collect();
        let best = (0..left.len()).max_by_key(|&i| (votes[i], usize::MAX - i)).expect("pairs are left");
        if votes[best] < PAIRS {
            break;
        }
        let leader = left[best];
        let group: Vec<Pair> = left.iter().copied().filter(|p| agree(&leader, p)).collect();
        let points: Vec<[f64; 4]> = group.iter().map(|p| [p.from.0, p.from.1, p.to.0, p.to.1]).collect();
        let map = consensus(&points).unwrap_or(leader.map);
        let follows = |p: &Pair| map.error(&[p.from.0, p.from.1, p.to.0, p.to.1]) < 3.0;
        let seeds = left.iter().filter(|p| follows(p)).flat_map(|p| disc(p.from)).collect::<Vec<_>>();
        left.retain(|p| !follows(p) && !agree(&leader, p));
        if seeds.len() >= PAIRS * DISC.pow(2) {
            out.push(Hypothesis { map, seeds });
        }
    }
    out.sort_by_key(|hypothesis: &Hypothesis| std::cmp::Reverse(hypothesis.seeds.len()));
    out
}

/// Points a side of the square around a keypoint that seeds a region.
const DISC: usize = 5;

/// A square of points around a keypoint, three pixels apart.
fn disc((x, y): (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    let at = |k: usize| 3.0 * (k as f64 - (DISC / 2) as f64);
    (0..DISC * DISC).map(move |k| (x + at(k % DISC), y + at(k / DISC)))
}

/// True if one pair's map takes the other's first point about to its second, at about the same scale and turn.
fn agree(one: &Pair, other: &Pair) -> bool {
    let far = (one.from.0 - other.from.0).hypot(one.from.1 - other.from.1);
    if far > 400.0 || one.map.error(&[other.from.0, other.from.1, other.to.0, other.to.1]) > 6.0 + 0.12 * far
    {
        return false;
    }
    let (a, b) = (one.map, other.map);
    let ratio = a.scale() / b.scale();
    let turn = (a.rotation() - b.rotation() + 540.0).rem_euclid(360.0) - 180.0;
    a.mirrors() == b.mirrors() && (0.7..1.43).contains(&ratio) && turn.abs() < 20.0
}

/// The affine map of three pairs that most pairs follow (M. A. Fischler, R. C. Bolles, "Random sample consensus",
/// CACM 24(6), 1981), fitted to all of those.
fn consensus(points: &[[f64; 4]]) -> Option<Affine> {
    let mut random = Random::new(points.len() as u64);
    let mut best = (0, None);
    for _ in 0..200 {
        let three: [[f64; 4]; 3] = std::array::from_fn(|_| points[random.below(points.len())]);
        let Some(map) = Affine::fit(&three).filter(Affine::plausible) else { continue };
        let count = points.iter().filter(|p| map.error(p) < 2.5).count();
        if count > best.0 {
            best = (count, Some(map));
        }
    }
    let map = best.1?;
    let near: Vec<_> = points.iter().copied().filter(|p| map.error(p) < 2.5).collect();
    Affine::fit(&near).filter(Affine::plausible).or(Some(map))
}
