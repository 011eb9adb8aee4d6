//! Splices and copies.

use indicia_core::{Error, Picture, Result};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{TRIES, broken, jpeg, off_grid, pixels, region, uniform};
use crate::forge::edit::{Copied, CopyMove, Edit, Splice, Transform};
use crate::forge::kinds::{Histories, Kind, RegionHistory};
use crate::forge::mask::Patch;
use crate::forge::region::Shape;
use crate::forge::step::Step;

/// Most of a donor that a region covers.
const MOST_OF_DONOR: f64 = 0.6;

/// What a donor goes through; `save` is the background's first JPEG.
pub(super) fn donor_steps(histories: &Histories, save: Option<&Step>, rng: &mut ChaCha8Rng) -> Vec<Step> {
    let mut steps = vec![];
    let as_background = || save.cloned();
    let history = match histories.region {
        RegionHistory::Once => None,
        RegionHistory::AsBackground => as_background(),
        RegionHistory::Any => match rng.random_range(0..3) {
            0 => None,
            1 => as_background(),
            _ => histories.quality_first.map(|range| jpeg(range, rng)),
        },
    };
    steps.extend(history);
    if let Some(range) = histories.region_noise {
        steps.push(Step::Noise { sigma: uniform(range, rng), seed: rng.random() });
    }
    steps
}

/// A splice of `donor`, which has gone through `steps`.
pub(super) fn splice(
    histories: &Histories,
    steps: &[Step],
    donor: &Picture,
    picture: &Picture,
    rng: &mut ChaCha8Rng,
) -> Result<Edit> {
    let kind = Kind::Splice;
    let transformed = !histories.plain && rng.random();
    let (scale, rotation, flip) = transform(kind, transformed, rng);
    let area =
        (kind.draw("share", rng) * pixels(picture) / (scale * scale)).min(MOST_OF_DONOR * pixels(donor));
    let (region, patch) = region(kind, donor, area, &Shape::ALL, rng)?;
    let place = destination(&patch, scale, rotation, picture, rng)
        .ok_or_else(|| Error::input("the region does not fit into the picture"))?;
    let mut transform = Transform { dx: place.0, dy: place.1, scale, rotation, flip };
    if transform.is_shift() {
        (transform.dx, transform.dy) = on_grid(histories, &patch, place, picture, rng);
    }
    let match_colour = if histories.plain || rng.random() { 0.0 } else { kind.draw("match_colour", rng) };
    let feather = if histories.plain { 0.0 } else { feather(kind, rng) };
    Ok(Edit::Splice(Splice { region, donor_steps: steps.to_vec(), transform, match_colour, feather }))
}

/// Copies of a region of the picture.
pub(super) fn copy_move(histories: &Histories, picture: &Picture, rng: &mut ChaCha8Rng) -> Result<Edit> {
    let kind = Kind::CopyMove;
    let area = kind.draw("share", rng) * pixels(picture);
    let (region, patch) = region(kind, picture, area, &Shape::ALL, rng)?;
    let wanted = [1, 1, 1, 1, 1, 1, 1, 2, 2, 3][rng.random_range(0..10)];
    let feather = if histories.plain { 0.0 } else { feather(kind, rng) };
    let mut taken = vec![Box::of(&patch, 0, 0, 1.0, 0.0)];
    let mut copies = vec![];
    for _ in 0..TRIES * wanted {
        let transformed = !histories.plain && rng.random();
        let (scale, rotation, flip) = transform(kind, transformed, rng);
        let Some((dx, dy)) = destination(&patch, scale, rotation, picture, rng) else { continue };
        let place = Box::of(&patch, dx, dy, scale, rotation);
        if taken.iter().any(|other| other.overlaps(&place)) {
            continue;
        }
        taken.push(place);
        let brightness = if transformed { kind.draw("brightness", rng).round() } else { 0.0 };
        copies.push(Copied { transform: Transform { dx, dy, scale, rotation, flip }, brightness });
        if copies.len() == wanted {
            break;
        }
    }
    if copies.is_empty() {
        return Err(Error::input("no room for a copy beside its source was found"));
    }
    Ok(Edit::CopyMove(CopyMove { region, copies, feather }))
}

/// One soft edge in two.
fn feather(kind: Kind, rng: &mut ChaCha8Rng) -> f64 {
    if rng.random() { kind.draw("feather", rng) } else { 0.0 }
}

/// Scale, rotation and mirroring, one at least if the region is to be transformed.
fn transform(kind: Kind, transformed: bool, rng: &mut ChaCha8Rng) -> (f64, f64, bool) {
    if !transformed {
        return (1.0, 0.0, false);
    }
    let which = rng.random_range(1..8);
    let scale = if which & 1 > 0 { kind.draw("scale", rng) } else { 1.0 };
    let rotation = if which & 2 > 0 { kind.draw("rotation", rng) } else { 0.0 };
    (scale, rotation, which & 4 > 0)
}

/// The rectangle around a region after its transform, in pixel edges.
struct Box {
    low: (f64, f64),
    high: (f64, f64),
}

impl Box {
    fn of(patch: &Patch, dx: i64, dy: i64, scale: f64, rotation: f64) -> Self {
        let (cx, cy) = patch.centre();
        let (x, y) = (cx + dx as f64, cy + dy as f64);
        let (across, down) = reach(patch, scale, rotation);
        Self { low: (x - across, y - down), high: (x + across, y + down) }
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.low.0 < other.high.0
            && other.low.0 < self.high.0
            && self.low.1 < other.high.1
            && other.low.1 < self.high.1
    }
}

/// Half of the sides of a region's rectangle after its transform.
fn reach(patch: &Patch, scale: f64, rotation: f64) -> (f64, f64) {
    let (sin, cos) = rotation.to_radians().sin_cos();
    let (w, h) = (patch.width as f64 / 2.0 * scale, patch.height as f64 / 2.0 * scale);
    (w * cos.abs() + h * sin.abs(), w * sin.abs() + h * cos.abs())
}

/// A random move that brings the whole region into the picture; `None` if it is too large.
fn destination(
    patch: &Patch,
    scale: f64,
    rotation: f64,
    picture: &Picture,
    rng: &mut ChaCha8Rng,
) -> Option<(i64, i64)> {
    let (cx, cy) = patch.centre();
    let (across, down) = reach(patch, scale, rotation);
    let mut draw = |centre: f64, reach: f64, side: usize| {
        let (low, high) = ((reach - centre).ceil() as i64, (side as f64 - reach - centre).floor() as i64);
        (low <= high).then(|| rng.random_range(low..=high))
    };
    Some((draw(cx, across, picture.width)?, draw(cy, down, picture.height)?))
}

/// The move changed by less than 8 pixels, so that the region's JPEG grid lies on or off the final one as asked
/// for, as far as the picture has room.
fn on_grid(
    histories: &Histories,
    patch: &Patch,
    (dx, dy): (i64, i64),
    picture: &Picture,
    rng: &mut ChaCha8Rng,
) -> (i64, i64) {
    let off = if broken(histories.region_grid, rng) { off_grid(rng) } else { (0, 0) };
    let set = |move_: i64, off: usize, from: usize, count: usize, side: usize| {
        let on = move_ - (move_ - off as i64).rem_euclid(8);
        let fits = |m: &i64| m + from as i64 >= 0 && m + (from + count) as i64 <= side as i64;
        [on, on + 8, on - 8].into_iter().find(fits).unwrap_or(move_)
    };
    (
        set(dx, off.0, patch.x, patch.width, picture.width),
        set(dy, off.1, patch.y, patch.height, picture.height),
    )
}
