use serde::{Deserialize, Serialize};

use super::filter;

/// Which opacities a mask counts as altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskRule {
    /// Every pixel that the edit touched, however faintly: opacity above 0.
    #[default]
    Any,
    /// Pixels that the edit holds by half or more: opacity of at least 128 of 255.
    Half,
}

impl MaskRule {
    fn holds(self, alpha: u8) -> bool {
        match self {
            Self::Any => alpha > 0,
            Self::Half => alpha >= 128,
        }
    }
}

/// A mask: 255 where altered, else 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` samples.
    pub samples: Vec<u8>,
}

impl Mask {
    /// A mask with nothing in it.
    pub fn empty(width: usize, height: usize) -> Self {
        Self { width, height, samples: vec![0; width * height] }
    }

    /// Pixels that are set.
    pub fn area(&self) -> usize {
        self.samples.iter().filter(|s| **s > 0).count()
    }

    /// Sets the pixels of a patch that the rule counts; those outside the mask are left out.
    pub fn paint(&mut self, patch: &Patch, rule: MaskRule) {
        self.put(patch, rule, 255);
    }

    /// Clears the pixels of a patch that the rule counts.
    pub fn clear(&mut self, patch: &Patch, rule: MaskRule) {
        self.put(patch, rule, 0);
    }

    fn put(&mut self, patch: &Patch, rule: MaskRule, value: u8) {
        let rows = patch.alpha.chunks_exact(patch.width.max(1));
        for (y, row) in (patch.y..self.height).zip(rows) {
            let out = &mut self.samples[y * self.width..(y + 1) * self.width];
            for (out, alpha) in out.iter_mut().skip(patch.x).zip(row) {
                if rule.holds(*alpha) {
                    *out = value;
                }
            }
        }
    }
}

/// Opacity on a rectangle of a picture, 0 to 255; outside the rectangle it is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` opacities.
    pub alpha: Vec<u8>,
}

impl Patch {
    /// A fully opaque rectangle.
    pub fn solid(x: usize, y: usize, width: usize, height: usize) -> Self {
        Self { x, y, width, height, alpha: vec![255; width * height] }
    }

    /// Opacity at a place of the picture.
    pub fn at(&self, x: i64, y: i64) -> u8 {
        let (x, y) = (x - self.x as i64, y - self.y as i64);
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
            return 0;
        }
        self.alpha[y as usize * self.width + x as usize]
    }

    /// Pixels with any opacity.
    pub fn area(&self) -> usize {
        self.alpha.iter().filter(|a| **a > 0).count()
    }

    /// Centre of the rectangle in pixel edges: a patch of 2x2 at the origin has (1, 1).
    pub fn centre(&self) -> (f64, f64) {
        (self.x as f64 + self.width as f64 / 2.0, self.y as f64 + self.height as f64 / 2.0)
    }

    /// The smallest rectangle that holds the same opacities; `None` if there are none.
    pub fn trimmed(&self) -> Option<Self> {
        let rows = || self.alpha.chunks_exact(self.width.max(1));
        let any = |row: &[u8]| row.iter().any(|a| *a > 0);
        let top = rows().position(any)?;
        let bottom = rows().rposition(any)? + 1;
        let first = |row: &[u8]| row.iter().position(|a| *a > 0);
        let last = |row: &[u8]| row.iter().rposition(|a| *a > 0);
        let left = rows().filter_map(first).min()?;
        let right = rows().filter_map(last).max()? + 1;
        let alpha = rows().skip(top).take(bottom - top).flat_map(|row| &row[left..right]).copied().collect();
        Some(Self { x: self.x + left, y: self.y + top, width: right - left, height: bottom - top, alpha })
    }

    /// The patch on a rectangle that is larger by `margin` on all sides, as far as a picture of
    /// `width` x `height` reaches.
    pub fn widened(&self, margin: usize, width: usize, height: usize) -> Self {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        let right = (self.x + self.width + margin).min(width).max(x);
        let bottom = (self.y + self.height + margin).min(height).max(y);
        let mut out = Self { x, y, width: right - x, height: bottom - y, alpha: vec![] };
        out.alpha.resize(out.width * out.height, 0);
        for row in self.y..(self.y + self.height).min(bottom) {
            let count = (self.x + self.width).min(right).saturating_sub(self.x);
            let (from, to) = ((row - self.y) * self.width, (row - y) * out.width + self.x - x);
            out.alpha[to..to + count].copy_from_slice(&self.alpha[from..from + count]);
        }
        out
    }

    /// Edges softened by a Gaussian of standard deviation `sigma` pixels, inside a picture of
    /// `width` x `height`. 0 changes nothing.
    pub fn feathered(&self, sigma: f64, width: usize, height: usize) -> Self {
        let mut out = self.widened(filter::radius(sigma), width, height);
        out.soften(sigma);
        out
    }

    /// Edges softened inside the patch's own rectangle.
    pub(super) fn soften(&mut self, sigma: f64) {
        if sigma > 0.0 {
            self.alpha = filter::gaussian::<1>(&self.alpha, self.width, sigma);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_trimmed_widened_and_painted() {
        let patch = Patch { x: 2, y: 1, width: 3, height: 3, alpha: vec![0, 0, 0, 0, 9, 200, 0, 0, 0] };
        let small = patch.trimmed().unwrap();
        assert_eq!(small, Patch { x: 3, y: 2, width: 2, height: 1, alpha: vec![9, 200] });
        // Room to the right ends with the picture of 5 columns.
        let wide = small.widened(1, 5, 9);
        assert_eq!((wide.x, wide.y, wide.width, wide.height), (2, 1, 3, 3));
        assert_eq!(wide.alpha, patch.alpha);
        assert_eq!((small.at(3, 2), small.at(5, 2), small.at(3, -1)), (9, 0, 0));
        assert_eq!(Patch { alpha: vec![0; 9], ..patch.clone() }.trimmed(), None);

        let mut mask = Mask::empty(4, 3);
        mask.paint(&patch, MaskRule::Any);
        assert_eq!(mask.samples, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255]);
        let mut mask = Mask::empty(5, 3);
        mask.paint(&patch, MaskRule::Half);
        assert_eq!((mask.area(), mask.samples[14]), (1, 255));
        mask.clear(&patch, MaskRule::Any);
        assert_eq!(mask.area(), 0);
    }

    #[test]
    fn feathering_spreads_and_keeps_the_middle() {
        let patch = Patch::solid(10, 10, 9, 9);
        assert_eq!(patch.feathered(0.0, 40, 40), patch);
        let soft = patch.feathered(1.0, 40, 40);
        assert_eq!((soft.x, soft.width), (7, 15));
        assert_eq!(soft.at(14, 14), 255);
        // Beside a straight edge the sum of the kernel's near side: (1 + w0) / 2 and (1 - w0) / 2.
        let (inside, outside) = (soft.at(10, 14), soft.at(9, 14));
        assert_eq!(u16::from(inside) + u16::from(outside), 255);
        assert!((177..=179).contains(&inside), "{inside}");
    }
}
