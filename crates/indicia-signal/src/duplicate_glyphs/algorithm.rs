//! Pairs of glyphs that are more alike than printing and scanning leave them, on plain arrays.

use indicia_ops::text::{Glyph, TextLines, median, spread};
use rayon::prelude::*;

/// Least height of a glyph in pixels; smaller ones are too alike.
const LEAST_HEIGHT: usize = 8;
/// Side of the grid on which shapes are compared first.
const GRID: usize = 4;
/// Glyphs of the most similar shape that each is compared with pixel by pixel.
const CANDIDATES: usize = 12;
/// Fewest such glyphs: without others of its shape nothing says how alike its copies should be.
const FEWEST: usize = 6;
/// Largest mean difference of the ink of two shapes on the grid, as a share of a cell.
const SHAPE: f32 = 0.12;
/// Difference in levels of 8 bits that saving again leaves between copies.
const SAVED: f32 = 1.0;
/// A page whose typical glyph differs by less from its nearest like was never scanned.
const DIGITAL: f32 = 2.0;
/// Spread of likeness that pages have anyway, as a logarithm.
const FLOOR: f32 = 0.1;

/// Two glyphs and how much more alike they are than the glyphs of the page mostly are to their nearest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pair {
    /// Indices of the glyphs, the first one first.
    pub glyphs: (usize, usize),
    /// Root mean square difference of their pixels in levels of 8 bits.
    pub difference: f32,
    /// Robust standard deviations by which the logarithm of their likeness exceeds the page's median.
    pub departure: f32,
}

/// What a page holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Likeness {
    /// No glyph has enough others of its shape.
    TooFew,
    /// Glyphs of a shape are equal all over.
    Digital,
    /// Mutually nearest pairs, the most alike for its kind first.
    Pairs(Vec<Pair>),
}

/// Share of ink in each cell of a grid over the glyph's rectangle.
fn shape(glyph: &Glyph, text: &TextLines) -> [f32; GRID * GRID] {
    let (w, h) = (glyph.area.width() as f32, glyph.area.height() as f32);
    let mut cells = [0.0; GRID * GRID];
    for run in &text.runs[glyph.runs.clone()] {
        let row = ((run.y as usize - glyph.area.top) * GRID / glyph.area.height()).min(GRID - 1);
        for x in run.left as usize..run.right as usize {
            cells[row * GRID + ((x - glyph.area.left) * GRID / glyph.area.width()).min(GRID - 1)] += 1.0;
        }
    }
    cells.map(|ink| ink * (GRID * GRID) as f32 / (w * h))
}

/// Mean luma of each cell of the same grid, which orders glyphs whose ink has one shape.
fn shade(glyph: &Glyph, luma: &[u8], width: usize) -> [f32; GRID * GRID] {
    let (area, mut cells) = (&glyph.area, [0.0; GRID * GRID]);
    for y in area.top..area.bottom {
        let row = ((y - area.top) * GRID / area.height()).min(GRID - 1);
        for x in area.left..area.right {
            cells[row * GRID + ((x - area.left) * GRID / area.width()).min(GRID - 1)] +=
                f32::from(luma[y * width + x]);
        }
    }
    cells.map(|sum| sum * (GRID * GRID) as f32 / (area.height() * area.width()) as f32)
}

/// Mean absolute difference of the cells of two grids.
fn apart(a: &[f32; GRID * GRID], b: &[f32; GRID * GRID]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>() / (GRID * GRID) as f32
}

/// Root mean square difference of the pixels of two glyphs of nearly one size and one pixel around them,
/// their mean difference taken off, at the best of nine places one pixel apart. `None` at the picture's edge.
fn difference(a: &Glyph, b: &Glyph, luma: &[u8], text: &TextLines) -> Option<f32> {
    let columns = a.area.width().min(b.area.width()) + 2;
    let rows = a.area.height().min(b.area.height()) + 2;
    let inside = |g: &Glyph, reach: usize| {
        g.area.left > reach
            && g.area.top > reach
            && g.area.left + columns + reach <= text.width
            && g.area.top + rows + reach <= text.height
    };
    if !inside(a, 1) || !inside(b, 2) {
        return None;
    }
    let at = |dx: usize, dy: usize| {
        let (mut sum, mut squares) = (0_i64, 0_i64);
        for y in 0..rows {
            let first = (a.area.top - 1 + y) * text.width + a.area.left - 1;
            let second = (b.area.top - 2 + dy + y) * text.width + b.area.left - 2 + dx;
            let pairs = luma[first..first + columns].iter().zip(&luma[second..second + columns]);
            for (a, b) in pairs {
                let step = i64::from(*a) - i64::from(*b);
                sum += step;
                squares += step * step;
            }
        }
        let count = (rows * columns) as f32;
        let mean = sum as f32 / count;
        (squares as f32 / count - mean * mean).max(0.0).sqrt()
    };
    (0..9).map(|i| at(i % 3, i / 3)).min_by(f32::total_cmp)
}

/// Compares glyphs of like shape.
pub(crate) fn examine(text: &TextLines, luma: &[u8]) -> Likeness {
    let usable: Vec<usize> = (0..text.glyphs.len())
        .filter(|&i| {
            let area = &text.glyphs[i].area;
            area.height() >= LEAST_HEIGHT && area.width() <= 3 * area.height() && area.width() >= 4
        })
        .collect();
    let shapes: Vec<_> = usable.iter().map(|&i| shape(&text.glyphs[i], text)).collect();
    let shades: Vec<_> = usable.iter().map(|&i| shade(&text.glyphs[i], luma, text.width)).collect();
    // Of each glyph: its nearest, their difference, and the median of differences.
    let nearest: Vec<Option<(usize, f32, f32)>> = (0..usable.len())
        .into_par_iter()
        .map(|i| {
            let own = &text.glyphs[usable[i]];
            let mut like: Vec<(f32, f32, usize)> = (0..usable.len())
                .filter(|&j| {
                    let area = &text.glyphs[usable[j]].area;
                    j != i
                        && area.width().abs_diff(own.area.width()) <= 1
                        && area.height().abs_diff(own.area.height()) <= 1
                })
                .map(|j| (apart(&shapes[i], &shapes[j]), apart(&shades[i], &shades[j]), j))
                .filter(|(shape, ..)| *shape <= SHAPE)
                .collect();
            like.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
            like.truncate(CANDIDATES);
            let found: Vec<(f32, usize)> = like
                .iter()
                .filter_map(|&(.., j)| Some((difference(own, &text.glyphs[usable[j]], luma, text)?, j)))
                .collect();
            let mut all: Vec<f32> = found.iter().map(|(difference, _)| *difference).collect();
            let middle = median(&mut all)?;
            let best = found.into_iter().min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
            (all.len() >= FEWEST).then_some((best.1, best.0, middle))
        })
        .collect();
    let known: Vec<(f32, f32)> = nearest.iter().flatten().map(|&(_, best, middle)| (best, middle)).collect();
    if known.len() < FEWEST {
        return Likeness::TooFew;
    }
    let mut best: Vec<f32> = known.iter().map(|(best, _)| *best).collect();
    if median(&mut best).is_none_or(|typical| typical < DIGITAL) {
        return Likeness::Digital;
    }
    let likeness = |best: f32, middle: f32| ((middle + SAVED) / (best + SAVED)).ln();
    let mut page: Vec<f32> = known.iter().map(|&(best, middle)| likeness(best, middle)).collect();
    let (level, deviation) = spread(&mut page).expect("there are values");
    let mut pairs: Vec<Pair> = vec![];
    for (i, found) in nearest.iter().enumerate() {
        let Some((j, best, middle)) = *found else { continue };
        let Some((back, _, other)) = nearest[j] else { continue };
        if i < j && back == i {
            let departure = (likeness(best, middle.min(other)) - level) / deviation.hypot(FLOOR);
            pairs.push(Pair { glyphs: (usable[i], usable[j]), difference: best, departure });
        }
    }
    pairs.sort_by(|a, b| b.departure.total_cmp(&a.departure).then(a.glyphs.cmp(&b.glyphs)));
    Likeness::Pairs(pairs)
}
