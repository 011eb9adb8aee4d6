use indicia_core::Result;
use serde::{Deserialize, Serialize};

use crate::metrics::binary::Ranking;

/// A rising map from scores to log10 likelihood ratios: straight between its knots, level beyond them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Curve {
    /// Score and log10 likelihood ratio, both rising.
    knots: Vec<(f64, f64)>,
}

/// A score on the way into a [`Curve`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted {
    /// The score, a number.
    pub score: f64,
    /// Whether it is an altered item's.
    pub altered: bool,
    /// How much it counts, at least 0.
    pub weight: f64,
}

/// What a curve may say at most, as log10 likelihood ratios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// Lowest, negative.
    pub low: f64,
    /// Highest, positive.
    pub high: f64,
}

impl Bounds {
    /// What so many independent sources of a class support. If none of `n` authentic sources reaches a score,
    /// its rate among authentic ones may still be as high as `1 - 0.05^(1/n)` (95 %), so that no ratio above
    /// the inverse of it is supported; alike for altered ones.
    pub fn of_sources(authentic: u64, altered: u64) -> Self {
        let limit = |sources| -super::upper_bound(0, sources).log10();
        Self { low: -limit(altered), high: limit(authentic) }
    }
}

/// Pseudo-count that keeps the ratio of a step with one class finite (Krichevsky and Trofimov, 1981).
const PSEUDO: f64 = 0.5;

impl Curve {
    /// The best rising curve for these scores (pool adjacent violators) with ratios kept within `bounds`. The
    /// weights of each class should sum to the number of its independent sources. Each pooled step gives one
    /// knot at the median of its scores.
    ///
    /// # Errors
    /// `Input` for a score that is NaN or a weight that is negative or not finite.
    pub fn learn(scores: impl IntoIterator<Item = Weighted>, bounds: Bounds) -> Result<Self> {
        let cells = scores.into_iter().map(|w| {
            let (positive, negative) = if w.altered { (w.weight, 0.0) } else { (0.0, w.weight) };
            (w.score, positive, negative)
        });
        let ranking = Ranking::from_cells(cells)?;
        let total = |sum: f64| sum + 2.0 * PSEUDO;
        let (altered, authentic) = (total(ranking.positives()), total(ranking.negatives()));
        let mut knots: Vec<(f64, f64)> = vec![];
        for block in ranking.pooled() {
            let ratio = (block.positive + PSEUDO) / altered / ((block.negative + PSEUDO) / authentic);
            let ratio = ratio.log10().clamp(bounds.low, bounds.high);
            // Pseudo-counts pull small steps towards a ratio of 1, across their neighbours: the curve rises.
            let ratio = knots.last().map_or(ratio, |before| ratio.max(before.1));
            knots.push((rounded(middle(&ranking, block.least, block.most)), rounded(ratio)));
        }
        Ok(Self { knots })
    }

    /// The log10 likelihood ratio of a score; 0 of a curve without knots.
    pub fn at(&self, score: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.0 <= score);
        let before = after.checked_sub(1).map(|i| self.knots[i]);
        match (before, self.knots.get(after).copied()) {
            (None, None) => 0.0,
            (Some(knot), None) | (None, Some(knot)) => knot.1,
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (score - x0) / (x1 - x0),
        }
    }

    /// True if it says nothing of any score.
    pub fn is_flat(&self) -> bool {
        self.knots.iter().all(|knot| knot.1 <= 0.0)
    }
}

/// The nearest number of six significant digits: calibrations are files that people read.
pub(super) fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// Weighted median of the scores from `least` to `most`.
fn middle(ranking: &Ranking, least: f64, most: f64) -> f64 {
    let cells = ranking.cells();
    let first = cells.partition_point(|cell| cell.score < least);
    let last = cells.partition_point(|cell| cell.score <= most);
    let within = &cells[first..last];
    let half = within.iter().map(|cell| cell.positive + cell.negative).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for cell in within {
        below += cell.positive + cell.negative;
        if below >= half {
            return cell.score;
        }
    }
    most
}
