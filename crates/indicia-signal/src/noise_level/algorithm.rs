//! Local noise level by cells, and how far each departs from what its texture lets expect.

use ndarray::Array2;
use rayon::prelude::*;

use super::bands::Cell;

/// Median of the absolute value of a standard normal variable.
pub(super) const NORMAL_MAD: f32 = 0.674_489_75;

/// Added to the levels before their logarithm: about the deviation that rounding to whole numbers gives, at
/// the finest scale and lower, where a pixel's rounding error meets twice the picture's own.
const ROUNDING: [f32; 2] = [0.3, 0.6];

/// The straight line that the bulk of a picture's cells follows: logarithm of the fine level over the mean
/// logarithm of the two coarser ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) offset: f32,
    pub(super) slope: f32,
    /// Median logarithm of the fine level.
    pub(super) level: f32,
}

/// Logarithms of a cell's levels: the mean of the two coarser scales, and the finest.
fn logarithms(cell: Cell) -> (f32, f32) {
    let coarse = ((cell.coarse + ROUNDING[1]) * (cell.coarser + ROUNDING[1])).ln() / 2.0;
    (coarse, (cell.fine + ROUNDING[0]).ln())
}

/// Cells from which the line and the medians are learned, at most; of more, every second, third and so on.
const LEARNED_FROM: usize = 65_536;

/// The usable cells that stand for a picture.
fn representatives(cells: &Array2<Cell>) -> impl Iterator<Item = Cell> {
    let step = cells.len().div_ceil(LEARNED_FROM).max(1);
    cells.iter().step_by(step).copied().filter(|c| c.usable())
}

/// Largest slope of the line. Noise has slope 1; a steeper line would explain a noisy part by its own cells.
const STEEPEST: f64 = 1.3;

/// Least slope of the scale below which residuals are not told from rounding.
const SCALE_FLOOR: f64 = 0.02;

/// Fits the line by iterated least squares with Tukey's biweight at 3 robust deviations. Cells above the line
/// weigh a fifth less, for what is searched lies above. `None` without a usable cell.
pub(super) fn fit(cells: &Array2<Cell>) -> Option<Line> {
    let points: Vec<(f64, f64)> =
        representatives(cells).map(logarithms).map(|(x, y)| (f64::from(x), f64::from(y))).collect();
    let mut levels: Vec<f64> = points.iter().map(|p| p.1).collect();
    let level = quantile(&mut levels, 0.5)? as f32;
    let mut weights = vec![1.0; points.len()];
    let (mut offset, mut slope) = (0.0, 0.0);
    for _ in 0..12 {
        let sum: f64 = weights.iter().sum();
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| {
            points.iter().zip(&weights).map(|(p, w)| w * of(p)).sum::<f64>() / sum
        };
        let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
        let covariance = sum * mean(&|p| (p.0 - x) * (p.1 - y));
        slope = (covariance / (sum * mean(&|p| (p.0 - x).powi(2)) + 1e-3)).clamp(0.0, STEEPEST);
        offset = y - slope * x;
        let residuals: Vec<f64> = points.iter().map(|p| p.1 - offset - slope * p.0).collect();
        let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
        let reach = 3.0 * (quantile(&mut sizes, 0.5)? / f64::from(NORMAL_MAD) + SCALE_FLOOR);
        for (weight, r) in weights.iter_mut().zip(&residuals) {
            let inside = if r.abs() < reach { (1.0 - (r / reach).powi(2)).powi(2) } else { 1e-6 };
            *weight = if *r > 0.0 { 0.8 * inside } else { inside };
        }
    }
    Some(Line { offset: offset as f32, slope: slope as f32, level })
}

/// The value below which `share` of the values lie, by the nearest rank. Reorders them.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let at = (share * values.len() as f64) as usize;
    if values.is_empty() {
        return None;
    }
    let at = at.min(values.len() - 1);
    Some(*values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// How the levels of a picture's colour differences are spread: logarithms of level and rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colours {
    /// Median.
    pub(super) level: f32,
    /// Median absolute deviation over 0.6745, and the least spread that is told from chance.
    pub(super) spread: f32,
}

/// Least spread of the logarithms of the colour differences' levels that is told from chance.
const SPREAD_FLOOR: f64 = 0.3;

/// Measures the spread of the colour differences' levels. `None` without a usable cell.
pub(super) fn colours(cells: &Array2<Cell>) -> Option<Colours> {
    let mut values: Vec<f64> = representatives(cells).map(|c| f64::from(colour_logarithm(c))).collect();
    let level = quantile(&mut values, 0.5)?;
    let mut sizes: Vec<f64> = values.iter().map(|v| (v - level).abs()).collect();
    let spread = quantile(&mut sizes, 0.5)? / f64::from(NORMAL_MAD) + SPREAD_FLOOR;
    Some(Colours { level: level as f32, spread: spread as f32 })
}

fn colour_logarithm(cell: Cell) -> f32 {
    (cell.colour + ROUNDING[0]).ln()
}

/// How far a cell lies above what the picture lets expect.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Departure {
    /// Above what its texture lets expect, in natural logarithms.
    pub(super) unexplained: f32,
    /// Above the median level, in natural logarithms.
    pub(super) above: f32,
    /// Of the colour differences above their median, in spreads beyond the first; at least 0.
    pub(super) colour: f32,
}

/// Value of a cell in which no noise can be seen.
const SILENT: Departure = Departure { unexplained: -1.0, above: -1.0, colour: 0.0 };

/// The departures of all cells.
pub(super) fn departures(cells: &Array2<Cell>, line: Line, colours: Colours) -> Array2<Departure> {
    cells.map(|&cell| {
        if !cell.usable() {
            return SILENT;
        }
        let (x, y) = logarithms(cell);
        Departure {
            unexplained: y - line.offset - line.slope * x,
            above: y - line.level,
            colour: ((colour_logarithm(cell) - colours.level) / colours.spread - 1.0).max(0.0),
        }
    })
}

/// Weight of the level itself beside what texture does not explain of it. The first marks the region, the
/// second keeps texture out.
const LEVEL_WEIGHT: f32 = 0.5;

/// Weight of the colour differences. They add and never take away: noise that is alike in red, green and blue,
/// and noise in a file that holds colours at half the resolution, does not show in them.
const COLOUR_WEIGHT: f32 = 0.3;

/// Suspicion by cell, before it is smoothed: `unexplained + above / 2 + 0.3 colour`.
pub(super) fn suspicion(departures: &Array2<Departure>) -> Array2<f32> {
    departures.map(|d| d.unexplained + LEVEL_WEIGHT * d.above + COLOUR_WEIGHT * d.colour)
}

/// Side of a tile in cells. The score reads tiles: a quarter as many values, each of more pixels.
pub(super) const TILE: usize = 2;

/// Mean departures of tiles of 2 by 2 cells, fewer at the right and lower edge.
pub(super) fn tiles(departures: &Array2<Departure>) -> Array2<Departure> {
    let (rows, columns) = departures.dim();
    Array2::from_shape_fn((rows.div_ceil(TILE), columns.div_ceil(TILE)), |(row, column)| {
        let ys = row * TILE..(row * TILE + TILE).min(rows);
        let xs = column * TILE..(column * TILE + TILE).min(columns);
        let tile = departures.slice(ndarray::s![ys, xs]);
        let mean = |of: fn(&Departure) -> f32| tile.iter().map(of).sum::<f32>() / tile.len() as f32;
        Departure {
            unexplained: mean(|d| d.unexplained),
            above: mean(|d| d.above),
            colour: mean(|d| d.colour),
        }
    })
}

/// Side in tiles of the square whose quietest quarter is looked at for the score: 7 in a picture of 2400
/// tiles, growing with their number so that it is 15 at 12 megapixels, odd. Larger pictures have more squares
/// to choose the largest from; larger squares keep that choice from raising the score.
pub(super) fn square_side(tiles: usize) -> usize {
    let side = 7.0 * (tiles as f64 / 2400.0).powf(0.1875);
    (2 * (side / 2.0).floor() as usize + 1).max(7)
}

/// A square of tiles and how far its quietest quarter departs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    /// The lesser of `unexplained` and 0.7 of `above`, each the lower quartile over the square.
    pub(super) excess: f32,
    /// 0.3 of the lower quartile of `colour`.
    pub(super) colour: f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

impl Peak {
    /// How far the square departs, in luma and colour differences together.
    pub(super) fn score(self) -> f32 {
        self.excess + self.colour
    }
}

/// Share of the level's departure that counts: a part must be louder and louder than its texture explains.
const ABOVE_WEIGHT: f32 = 0.7;

/// The square that departs most: `side` tiles, centred on each tile in turn and cut at the picture's edge.
/// Quartiles over the square ask that three quarters of it depart, so that an edge or a leaf does not count.
pub(super) fn peak(tiles: &Array2<Departure>, side: usize) -> Option<Peak> {
    let (rows, columns) = tiles.dim();
    let reach = side / 2;
    let step = (side / 5).max(1);
    (0..rows.div_ceil(step))
        .into_par_iter()
        .filter_map(|r| {
            let row = r * step;
            let ys = row.saturating_sub(reach)..(row + reach + 1).min(rows);
            let mut best: Option<Peak> = None;
            let mut values = vec![];
            for column in (0..columns).step_by(step) {
                let xs = column.saturating_sub(reach)..(column + reach + 1).min(columns);
                let square = tiles.slice(ndarray::s![ys.clone(), xs]);
                let mut quarter = |of: fn(&Departure) -> f32| {
                    values.clear();
                    values.extend(square.iter().map(of));
                    quarter(&mut values)
                };
                let excess = quarter(|d| d.unexplained).min(ABOVE_WEIGHT * quarter(|d| d.above));
                let colour = COLOUR_WEIGHT * quarter(|d| d.colour);
                let peak = Peak { excess, colour, row, column };
                if best.is_none_or(|p| peak.score() > p.score()) {
                    best = Some(peak);
                }
            }
            best
        })
        .reduce_with(|a, b| {
            let later = b.score() > a.score() || (b.score() == a.score() && b.row < a.row);
            if later { b } else { a }
        })
}

/// Lower quartile of a list that is not empty.
fn quarter(values: &mut [f32]) -> f32 {
    let at = values.len() / 4;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}
