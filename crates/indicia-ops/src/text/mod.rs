//! Where a page has its text: ink, glyphs, words and lines.
//!
//! Dark text on lighter paper is found by Sauvola's threshold (J. Sauvola, M. Pietikäinen, "Adaptive document
//! image binarization", Pattern Recognition 33, 2000), the ink's eight-connected components are joined to
//! glyphs (a dot with its stem, strokes that lie over each other), glyphs that stand beside each other to words
//! and lines. A line follows its last glyphs, so it may be skewed. Light text on dark paper is not found.

mod binarize;
mod components;
mod layout;
mod outliers;
mod robust;
#[cfg(test)]
mod tests;

use std::ops::Range;

use indicia_core::{Evidence, Result, View};

use crate::Luma8;

pub use binarize::sauvola;
pub use components::{Run, runs_of};
pub use outliers::{Unit, departures};
pub use robust::{median, spread};

/// Lines of at least [`LINE_GLYPHS`] glyphs that make a document.
const DOCUMENT_LINES: usize = 3;
/// Glyphs of such lines that make a document.
const DOCUMENT_GLYPHS: usize = 24;
/// Share of those glyphs that must stand on even paper. Scenery has ink-like components in rows too, but not
/// on even ground.
const EVEN_SHARE: f64 = 0.6;
/// Glyphs of a line that counts.
const LINE_GLYPHS: usize = 4;
/// Largest mean absolute deviation of the luma of a glyph's paper, as a share of the contrast of its ink.
const EVEN: f32 = 0.14;

/// A rectangle in pixels, its right and lower edge excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// First column to the right of it.
    pub right: usize,
    /// First row below it.
    pub bottom: usize,
}

impl Area {
    /// Columns.
    pub fn width(&self) -> usize {
        self.right - self.left
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// Larger by `margin` on all sides, as far as a picture of `width` by `height` reaches.
    pub fn widened(&self, margin: usize, width: usize, height: usize) -> Self {
        Self {
            left: self.left.saturating_sub(margin),
            top: self.top.saturating_sub(margin),
            right: (self.right + margin).min(width),
            bottom: (self.bottom + margin).min(height),
        }
    }

    /// The smallest rectangle around both.
    pub fn join(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Rows that two share.
    fn shared_rows(&self, other: &Self) -> usize {
        self.bottom.min(other.bottom).saturating_sub(self.top.max(other.top))
    }

    /// Columns that two share.
    fn shared_columns(&self, other: &Self) -> usize {
        self.right.min(other.right).saturating_sub(self.left.max(other.left))
    }
}

/// A letter, digit or mark, or several that touch.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// Rectangle around its ink.
    pub area: Area,
    /// Pixels of ink.
    pub ink: usize,
    /// Pixel sides between its ink and paper.
    pub perimeter: usize,
    /// Its ink, a part of [`TextLines::runs`].
    pub runs: Range<usize>,
}

/// Glyphs that stand close together in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Word {
    /// Rectangle around its glyphs.
    pub area: Area,
    /// Its glyphs from left to right, a part of [`TextLines::glyphs`].
    pub glyphs: Range<usize>,
    /// Its line, an index of [`TextLines::lines`].
    pub line: usize,
}

/// Words beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Rectangle around its words.
    pub area: Area,
    /// Its words from left to right, a part of [`TextLines::words`].
    pub words: Range<usize>,
    /// Its glyphs from left to right, a part of [`TextLines::glyphs`].
    pub glyphs: Range<usize>,
    /// Median height of its glyphs, marks left out, in pixels.
    pub height: f32,
}

/// The text of a page.
#[derive(Debug, Clone)]
pub struct TextLines {
    /// Columns of the picture.
    pub width: usize,
    /// Rows of the picture.
    pub height: usize,
    /// For each pixel whether it is darker than its surroundings, text or not.
    pub ink: Vec<bool>,
    /// Horizontal pieces of the glyphs.
    pub runs: Vec<Run>,
    /// Glyphs, line by line and from left to right.
    pub glyphs: Vec<Glyph>,
    /// Words, line by line and from left to right.
    pub words: Vec<Word>,
    /// Lines from top to bottom.
    pub lines: Vec<Line>,
    /// Whether this is a page with text rather than a picture in which some things look like glyphs.
    pub document: bool,
}

impl View for TextLines {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        let luma = evidence.view::<Luma8>(())?;
        Ok(Self::of(&luma.samples, luma.width))
    }
}

impl TextLines {
    /// Finds the text of a picture of 8-bit luma in rows of `width`.
    ///
    /// # Panics
    /// If the number of samples is not a multiple of `width`.
    pub fn of(luma: &[u8], width: usize) -> Self {
        assert!(width == 0 && luma.is_empty() || luma.len().is_multiple_of(width), "rows of {width}");
        let height = luma.len().checked_div(width).unwrap_or(0);
        let ink = sauvola(luma, width);
        let mut text = layout::arrange(&ink, width, height);
        text.ink = ink;
        text.document = text.is_document(luma);
        text
    }

    /// Enough lines of enough glyphs, most of which stand on paper that is even beside their contrast.
    fn is_document(&self, luma: &[u8]) -> bool {
        let lines: Vec<_> = self.lines.iter().filter(|line| line.glyphs.len() >= LINE_GLYPHS).collect();
        let glyphs: usize = lines.iter().map(|line| line.glyphs.len()).sum();
        if lines.len() < DOCUMENT_LINES || glyphs < DOCUMENT_GLYPHS {
            return false;
        }
        let even = |glyph: &&Glyph| self.unevenness(glyph, luma).is_some_and(|share| share <= EVEN);
        let even = lines.iter().flat_map(|line| &self.glyphs[line.glyphs.clone()]).filter(even).count();
        even as f64 >= EVEN_SHARE * glyphs as f64
    }

    /// Mean absolute deviation of the luma of the paper around a glyph as a share of the ink's contrast.
    /// `None` without paper or contrast.
    fn unevenness(&self, glyph: &Glyph, luma: &[u8]) -> Option<f32> {
        let around = glyph.area.widened(2 + glyph.area.height() / 4, self.width, self.height);
        let (mut histogram, mut paper) = ([0_u32; 256], 0_u32);
        let (mut ink, mut dark) = (0_u32, 0_u32);
        for y in around.top..around.bottom {
            for x in around.left..around.right {
                let i = y * self.width + x;
                if self.ink[i] {
                    (ink, dark) = (ink + 1, dark + u32::from(luma[i]));
                } else {
                    histogram[usize::from(luma[i])] += 1;
                    paper += 1;
                }
            }
        }
        if ink == 0 || paper < 8 {
            return None;
        }
        let mut before = 0;
        let middle = histogram.iter().position(|count| {
            before += count;
            2 * before >= paper
        })?;
        let deviation: f32 =
            histogram.iter().enumerate().map(|(v, n)| *n as f32 * v.abs_diff(middle) as f32).sum();
        let contrast = middle as f32 - dark as f32 / ink as f32;
        (contrast > 0.0).then(|| deviation / paper as f32 / contrast)
    }
}
