//! Units of text that depart from those around them.

use rayon::prelude::*;

use super::{Area, spread};

/// Units of like size that a unit is compared with.
const NEIGHBOURS: usize = 24;
/// Fewest units that one can be compared with.
const FEWEST: usize = 6;
/// Units before and after one in reading order among which its neighbours are sought.
const WINDOW: usize = 300;
/// Heights of units that are compared first, as shares of the unit's own.
const ALIKE: std::ops::RangeInclusive<f32> = 0.7..=1.43;

/// A word or glyph with what was measured on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit<const D: usize> {
    /// Where it is.
    pub area: Area,
    /// Height of its letters in pixels: only units of like height are compared if there are enough.
    pub height: f32,
    /// What was measured; `None` where it could not be.
    pub features: [Option<f32>; D],
}

/// By how many robust standard deviations each feature of each unit departs from the median of the nearest
/// 24 units of like height (of any height if there are fewer than six); 0 where it was not measured or there
/// are too few to compare with. `floors` is the standard deviation that is ordinary in a page of one hand: it
/// is added (in squares) to what the neighbours show, so that neighbours that happen to be equal do not make
/// small departures large. Units are in reading order.
pub fn departures<const D: usize>(units: &[Unit<D>], floors: &[f32; D]) -> Vec<[f32; D]> {
    units.par_iter().enumerate().map(|(i, unit)| departure(units, i, unit, floors)).collect()
}

fn departure<const D: usize>(units: &[Unit<D>], i: usize, unit: &Unit<D>, floors: &[f32; D]) -> [f32; D] {
    let around = i.saturating_sub(WINDOW)..(i + WINDOW + 1).min(units.len());
    let near = |alike: bool| {
        let mut near: Vec<(usize, usize)> = around
            .clone()
            .filter(|&j| j != i && (!alike || ALIKE.contains(&(units[j].height / unit.height.max(1.0)))))
            .map(|j| (distance(&unit.area, &units[j].area), j))
            .collect();
        if near.len() > NEIGHBOURS {
            near.select_nth_unstable(NEIGHBOURS);
            near.truncate(NEIGHBOURS);
        }
        near
    };
    let mut neighbours = near(true);
    if neighbours.len() < FEWEST {
        neighbours = near(false);
    }
    let mut values = Vec::with_capacity(NEIGHBOURS);
    std::array::from_fn(|d| {
        values.clear();
        values.extend(neighbours.iter().filter_map(|(_, j)| units[*j].features[d]));
        let (Some(value), true) = (unit.features[d], values.len() >= FEWEST) else { return 0.0 };
        let (middle, deviation) = spread(&mut values).expect("there are values");
        (value - middle) / deviation.hypot(floors[d])
    })
}

/// Twice the distance between the centres, the rows counted double: a line is of one hand more likely than a column.
fn distance(a: &Area, b: &Area) -> usize {
    let x = (a.left + a.right).abs_diff(b.left + b.right);
    let y = (a.top + a.bottom).abs_diff(b.top + b.bottom);
    x + 2 * y
}
