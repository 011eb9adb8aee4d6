use indicia_core::{Error, Picture, Result};
use indicia_ops::luma_of_rgb;
use serde::{Deserialize, Serialize};

use super::{Edited, blend, pixels_of};
use crate::forge::mask::Patch;

/// A pixel is ink if its luma lies below this share of the mean around it (D. Bradley, G. Roth, "Adaptive
/// thresholding using the integral image", Journal of Graphics Tools 12, 2007: 15 percent below).
const INK: f64 = 0.85;
/// Side of that neighbourhood as a share of the picture's width (the paper's 1/8), in pixels at most.
const NEIGHBOURHOOD: usize = 8;
/// Heights of glyphs in pixels.
const GLYPH_HEIGHT: std::ops::RangeInclusive<usize> = 6..=160;
/// Connected components that are looked at; a page has some thousands.
const MOST_GLYPHS: usize = 30_000;
/// A line of text has at least so many glyphs.
const LINE_GLYPHS: usize = 4;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rect {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rect {
    fn right(&self) -> usize {
        self.x + self.width
    }

    fn bottom(&self) -> usize {
        self.y + self.height
    }

    /// The smallest rectangle around both.
    fn join(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// True if the two share a pixel.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Larger by `margin` on all sides, as far as the picture reaches.
    pub fn widened(&self, margin: usize, width: usize, height: usize) -> Self {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        let (right, bottom) = ((self.right() + margin).min(width), (self.bottom() + margin).min(height));
        Self { x, y, width: right - x, height: bottom - y }
    }

    /// Rows that two share, as a share of the lower one's height.
    fn beside(&self, other: &Self) -> f64 {
        let shared = self.bottom().min(other.bottom()).saturating_sub(self.y.max(other.y));
        shared as f64 / self.height.min(other.height).max(1) as f64
    }
}

/// Glyphs that stand close together in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Rectangle around it.
    pub area: Rect,
    /// Its connected components from left to right.
    pub glyphs: Vec<Rect>,
}

/// Words beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct TextLine {
    /// Rectangle around it.
    pub area: Rect,
    /// Its words from left to right.
    pub words: Vec<Word>,
}

/// Where a page has its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Its lines from top to bottom.
    pub lines: Vec<TextLine>,
    /// For each pixel whether it is ink.
    ink: Vec<bool>,
    width: usize,
}

impl Layout {
    /// Finds lines of dark text on a lighter page: adaptive threshold, connected components, neighbours
    /// joined to words and lines. What does not look like text (components of very unequal height, too few)
    /// is left out.
    pub fn of(picture: &Picture) -> Self {
        let (width, height) = (picture.width, picture.height);
        let ink = ink(&luma_of_rgb(&picture.rgb), width);
        let mut glyphs: Vec<Rect> = components(&ink, width)
            .into_iter()
            .filter(|(area, pixels)| {
                let full = *pixels as f64 / (area.width * area.height) as f64;
                GLYPH_HEIGHT.contains(&area.height)
                    && area.height <= height / 8
                    && area.width <= 4 * area.height
                    && (0.1..0.95).contains(&full)
            })
            .map(|(area, _)| area)
            .take(MOST_GLYPHS)
            .collect();
        glyphs.sort_by_key(|g| (g.x, g.y));
        let words = chain(glyphs.into_iter().map(|g| (g, g)), 0.45);
        let words = words.into_iter().map(|(area, glyphs)| (area, Word { area, glyphs }));
        let mut lines: Vec<TextLine> = chain(words, 2.5)
            .into_iter()
            .map(|(area, words)| TextLine { area, words })
            .filter(TextLine::is_text)
            .collect();
        lines.sort_by_key(|line| (line.area.y, line.area.x));
        Self { lines, ink, width }
    }

    /// True if no pixel of the rectangle outside `own` is ink.
    pub fn is_free(&self, area: &Rect, own: &Rect) -> bool {
        (area.y..area.bottom()).all(|y| {
            (area.x..area.right()).all(|x| {
                let inside = x >= own.x && x < own.right() && y >= own.y && y < own.bottom();
                inside || !self.ink[y * self.width + x]
            })
        })
    }

    /// Pixels of two rectangles of one size at which just one has ink, as a share of those at which any has.
    pub fn difference(&self, a: &Rect, b: &Rect) -> f64 {
        let at = |area: &Rect, x: usize, y: usize| self.ink[(area.y + y) * self.width + area.x + x];
        let (mut any, mut one) = (0, 0);
        for (x, y) in (0..a.height).flat_map(|y| (0..a.width).map(move |x| (x, y))) {
            let (a, b) = (at(a, x, y), at(b, x, y));
            any += usize::from(a | b);
            one += usize::from(a ^ b);
        }
        one as f64 / any.max(1) as f64
    }
}

impl TextLine {
    /// Glyphs of similar height, enough of them.
    fn is_text(&self) -> bool {
        let mut heights: Vec<usize> = self.words.iter().flat_map(|w| &w.glyphs).map(|g| g.height).collect();
        if heights.len() < LINE_GLYPHS {
            return false;
        }
        heights.sort_unstable();
        let median = heights[heights.len() / 2] as f64;
        let similar = heights.iter().filter(|h| (0.55..=1.6).contains(&(**h as f64 / median))).count() as f64;
        // Small and large letters differ by a third and stand on one line; scenery does neither.
        similar >= 0.8 * heights.len() as f64 && self.area.height as f64 <= 2.2 * median
    }
}

/// Pixels darker than their surroundings.
fn ink(luma: &[u8], width: usize) -> Vec<bool> {
    let height = luma.len() / width.max(1);
    let radius = (width / NEIGHBOURHOOD / 2).clamp(8, 64);
    let stride = width + 1;
    let mut sums = vec![0_u64; stride * (height + 1)];
    for y in 0..height {
        let mut row = 0;
        for x in 0..width {
            row += u64::from(luma[y * width + x]);
            sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
        }
    }
    let is_ink = |i: usize| {
        let (x, y) = (i % width, i / width);
        let (left, right) = (x.saturating_sub(radius), (x + radius + 1).min(width));
        let (top, bottom) = (y.saturating_sub(radius), (y + radius + 1).min(height));
        let sum = sums[bottom * stride + right] + sums[top * stride + left]
            - sums[top * stride + right]
            - sums[bottom * stride + left];
        let count = (right - left) * (bottom - top);
        f64::from(luma[i]) * (count as f64) < sum as f64 * INK
    };
    (0..luma.len()).map(is_ink).collect()
}

/// Rectangles and pixel counts of the eight-connected components of at least 8 pixels, in order of their
/// first pixel.
fn components(ink: &[bool], width: usize) -> Vec<(Rect, usize)> {
    let height = ink.len() / width.max(1);
    let mut seen = vec![false; ink.len()];
    let mut found = vec![];
    let mut open = vec![];
    for start in 0..ink.len() {
        if !ink[start] || seen[start] {
            continue;
        }
        seen[start] = true;
        open.push(start);
        let (mut left, mut right, mut top, mut bottom, mut count) = (width, 0, height, 0, 0);
        while let Some(i) = open.pop() {
            let (x, y) = (i % width, i / width);
            (left, right) = (left.min(x), right.max(x + 1));
            (top, bottom) = (top.min(y), bottom.max(y + 1));
            count += 1;
            for ny in y.saturating_sub(1)..(y + 2).min(height) {
                for nx in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = ny * width + nx;
                    if ink[next] && !std::mem::replace(&mut seen[next], true) {
                        open.push(next);
                    }
                }
            }
        }
        if count >= 8 {
            found.push((Rect { x: left, y: top, width: right - left, height: bottom - top }, count));
        }
    }
    found
}

/// Joins things, given from left to right, with the chain that ends less than `gap` heights before them and
/// shares half of their rows. Each chain with the rectangle around it.
fn chain<T>(things: impl Iterator<Item = (Rect, T)>, gap: f64) -> Vec<(Rect, Vec<T>)> {
    let mut things: Vec<_> = things.collect();
    things.sort_by_key(|(area, _)| (area.x, area.y));
    let mut chains: Vec<(Rect, Rect, Vec<T>)> = vec![];
    // Chains that ended too far to the left are not looked at again.
    let mut open: Vec<usize> = vec![];
    for (area, thing) in things {
        let reach = |end: &Rect| (gap * end.height.max(area.height) as f64) as usize;
        let furthest = (gap * *GLYPH_HEIGHT.end() as f64) as usize;
        open.retain(|c| chains[*c].0.right() + furthest >= area.x);
        let near = open.iter().copied().filter(|c| {
            let (whole, last, _) = &chains[*c];
            whole.right() + reach(last) >= area.x && last.beside(&area) >= 0.5
        });
        match near.max_by_key(|c| (chains[*c].0.right(), std::cmp::Reverse(*c))) {
            Some(c) => {
                let (whole, last, list) = &mut chains[c];
                *whole = whole.join(&area);
                // Commas and dots do not decide where the line is.
                if 2 * area.height >= last.height {
                    *last = area;
                }
                list.push(thing);
            }
            None => {
                open.push(chains.len());
                chains.push((area, area, vec![thing]));
            }
        }
    }
    chains.into_iter().map(|(whole, _, list)| (whole, list)).collect()
}

/// The content of a rectangle put over another of the same size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Where content is taken from.
    pub from: Rect,
    /// First column of where it goes.
    pub x: usize,
    /// First row of where it goes.
    pub y: usize,
}

impl Move {
    /// Where it goes.
    pub fn to(&self) -> Rect {
        Rect { x: self.x, y: self.y, ..self.from }
    }
}

/// Rectangles of text moved on a page, all taken from the page as it was. The paper's colour under each is
/// brought to that of the place where it goes; every pixel of those rectangles counts as altered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// The moves.
    pub moves: Vec<Move>,
}

impl Moves {
    pub(super) fn apply(&self, picture: &Picture) -> Result<Edited> {
        let mut edited = Edited { picture: picture.clone(), altered: vec![], copied_from: vec![] };
        for step in &self.moves {
            let (from, to) = (patch(&step.from, picture)?, patch(&step.to(), picture)?);
            let mut pixels = pixels_of(picture, &from);
            let (paper, paper_there) = (paper(&pixels), paper(&pixels_of(picture, &to)));
            for pixel in &mut pixels {
                for k in 0..3 {
                    pixel[k] = (f64::from(pixel[k]) + paper_there[k] - paper[k] + 0.5) as u8;
                }
            }
            blend(&mut edited.picture, &to, &pixels);
            edited.altered.push(to);
            edited.copied_from.push(from);
        }
        Ok(edited)
    }
}

fn patch(area: &Rect, picture: &Picture) -> Result<Patch> {
    let fits = |from: usize, count: usize, size: usize| {
        count > 0 && from.checked_add(count).is_some_and(|end| end <= size)
    };
    if !fits(area.x, area.width, picture.width) || !fits(area.y, area.height, picture.height) {
        let (w, h) = (picture.width, picture.height);
        return Err(Error::input(format!("expected a rectangle inside {w}x{h} pixels, got {area:?}")));
    }
    Ok(Patch::solid(area.x, area.y, area.width, area.height))
}

/// Colour of the paper: the mean of the lighter half of the pixels, by their sum of channels.
fn paper(pixels: &[[u8; 3]]) -> [f64; 3] {
    let light = |p: &[u8; 3]| p.iter().map(|v| u32::from(*v)).sum::<u32>();
    let mut order: Vec<&[u8; 3]> = pixels.iter().collect();
    order.sort_by_key(|p| (light(p), **p));
    let lighter = &order[order.len() / 2..];
    [0, 1, 2].map(|k| lighter.iter().map(|p| f64::from(p[k])).sum::<f64>() / lighter.len().max(1) as f64)
}
