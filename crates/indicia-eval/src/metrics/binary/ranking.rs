use indicia_core::{Error, Result};
use rayon::slice::ParallelSliceMut;

use super::Confusion;

/// Items of one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The score that they share.
    pub score: f64,
    /// Weight of the positive ones.
    pub positive: f64,
    /// Weight of the negative ones.
    pub negative: f64,
}

/// Neighbouring scores that share a step of [`Ranking::pooled`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Lowest score.
    pub least: f64,
    /// Highest score.
    pub most: f64,
    /// Weight of the positive ones.
    pub positive: f64,
    /// Weight of the negative ones.
    pub negative: f64,
}

/// What is called positive when everything with at least this score is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OperatingPoint {
    /// Lowest score that is called positive; infinite where nothing is.
    pub threshold: f64,
    /// Weight of positives called positive.
    pub true_positives: f64,
    /// Weight of negatives called positive.
    pub false_positives: f64,
}

/// The highest value that some threshold reaches, and the highest such threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The value of the metric.
    pub value: f64,
    /// Everything with at least this score is called positive.
    pub threshold: f64,
}

/// Items in the order of their scores, equal scores together in one [`Cell`]: all that the metrics of ranks
/// and thresholds need, sorted once. Weights are counts or any other amounts of at least 0.
///
/// Metrics that compare the classes are `None` where the weight of a class is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    cells: Vec<Cell>,
    positives: f64,
    negatives: f64,
}

/// One item on its way into a [`Ranking`].
fn cell_of(score: f64, label: bool, weight: f64) -> Cell {
    // Adding 0 turns -0 into 0, so that the two are one score.
    let score = score + 0.0;
    if label {
        Cell { score, positive: weight, negative: 0.0 }
    } else {
        Cell { score, positive: 0.0, negative: weight }
    }
}

impl Ranking {
    /// From one score and label per item, and one weight per item or weight 1 each.
    ///
    /// # Errors
    ///
    /// `Input` where the lengths differ, a score is NaN, or a weight is negative or not finite.
    pub fn from_items(scores: &[f64], labels: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        check_length("labels", labels.len(), scores.len())?;
        if let Some(weights) = weights {
            check_length("weights", weights.len(), scores.len())?;
        }
        Self::from_sparse(scores.iter().zip(labels).enumerate().map(|(index, (&score, &label))| {
            cell_of(score, label, weights.map_or(1.0, |weights| weights[index]))
        }))
    }

    /// From (score, positive weight, negative weight) in any order; equal scores are merged. This is how a
    /// histogram becomes a ranking.
    ///
    /// # Errors
    ///
    /// `Input` where a score is NaN, or a weight is negative or not finite.
    pub fn from_cells(cells: impl IntoIterator<Item = (f64, f64, f64)>) -> Result<Self> {
        Self::from_sparse(cells.into_iter().map(|(score, positive, negative)| Cell {
            score: score + 0.0,
            positive,
            negative,
        }))
    }

    fn from_sparse(cells: impl Iterator<Item = Cell>) -> Result<Self> {
        let mut checked = Vec::with_capacity(cells.size_hint().0);
        let mut sorted = true;
        for (index, cell) in cells.enumerate() {
            if cell.score.is_nan() {
                return Err(Error::input(format!("expected a number as score of item {index}, got NaN")));
            }
            for weight in [cell.positive, cell.negative] {
                if !(weight >= 0.0 && weight.is_finite()) {
                    return Err(Error::input(format!(
                        "expected a finite weight of at least 0 for item {index}, got {weight}"
                    )));
                }
            }
            sorted &= checked.last().is_none_or(|last: &Cell| last.score <= cell.score);
            checked.push(cell);
        }
        let mut cells = checked;
        if !sorted {
            cells.par_sort_unstable_by(|a, b| a.score.total_cmp(&b.score));
        }
        cells.retain(|cell| cell.positive + cell.negative > 0.0);
        cells.dedup_by(|next, kept| {
            let equal = next.score == kept.score;
            if equal {
                kept.positive += next.positive;
                kept.negative += next.negative;
            }
            equal
        });
        cells.shrink_to_fit();
        let mut ranking = Self { cells, positives: 0.0, negatives: 0.0 };
        ranking.sum();
        Ok(ranking)
    }

    fn sum(&mut self) {
        self.positives = self.cells.iter().map(|cell| cell.positive).sum();
        self.negatives = self.cells.iter().map(|cell| cell.negative).sum();
    }

    /// Changes the weights of the cells, leaving their scores.
    pub(super) fn reweigh(&mut self, change: impl FnOnce(&mut [Cell])) {
        change(&mut self.cells);
        self.sum();
    }

    /// The cells, by rising score.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Weight of all positives.
    pub fn positives(&self) -> f64 {
        self.positives
    }

    /// Weight of all negatives.
    pub fn negatives(&self) -> f64 {
        self.negatives
    }

    fn both_classes(&self) -> Option<(f64, f64)> {
        (self.positives > 0.0 && self.negatives > 0.0).then_some((self.positives, self.negatives))
    }

    /// Every operating point from "nothing is called positive" to "everything is": one more than cells.
    pub fn operating_points(&self) -> impl Iterator<Item = OperatingPoint> + '_ {
        let none = OperatingPoint { threshold: f64::INFINITY, true_positives: 0.0, false_positives: 0.0 };
        let rest = self.cells.iter().rev().scan(none, |point, cell| {
            point.threshold = cell.score;
            point.true_positives += cell.positive;
            point.false_positives += cell.negative;
            Some(*point)
        });
        std::iter::once(none).chain(rest)
    }

    /// Outcomes when everything with at least this score is called positive.
    pub fn confusion_at(&self, threshold: f64) -> Confusion {
        let first = self.cells.partition_point(|cell| cell.score < threshold);
        let mut confusion = Confusion::default();
        for (cells, decision) in [(&self.cells[..first], false), (&self.cells[first..], true)] {
            confusion.add(true, decision, cells.iter().map(|cell| cell.positive).sum());
            confusion.add(false, decision, cells.iter().map(|cell| cell.negative).sum());
        }
        confusion
    }

    /// Area under the ROC curve: the probability that a positive scores above a negative, ties counted half
    /// (Mann and Whitney, 1947).
    pub fn auc(&self) -> Option<f64> {
        let (positives, negatives) = self.both_classes()?;
        let (mut below, mut area) = (0.0, 0.0);
        for cell in &self.cells {
            area += cell.positive * (below + cell.negative / 2.0);
            below += cell.negative;
        }
        Some(area / (positives * negatives))
    }

    /// Average precision: the sum over falling thresholds of precision times the step in recall, without
    /// interpolation, as scikit-learn's `average_precision_score`.
    pub fn average_precision(&self) -> Option<f64> {
        let (positives, _) = self.both_classes()?;
        let (mut found, mut called, mut sum) = (0.0, 0.0, 0.0);
        for cell in self.cells.iter().rev() {
            found += cell.positive;
            called += cell.positive + cell.negative;
            // Cells may have lost all weight in a resample, before anything is called positive too.
            if cell.positive > 0.0 {
                sum += cell.positive * (found / called);
            }
        }
        Some(sum / positives)
    }

    /// Average precision on a scale on which chance is 0 whatever the prevalence: 1 - ln AP / ln prevalence.
    pub fn adjusted_average_precision(&self) -> Option<f64> {
        let average_precision = self.average_precision()?;
        let prevalence = self.positives / (self.positives + self.negatives);
        Some(1.0 - average_precision.ln() / prevalence.ln())
    }

    /// Equal error rate: where the ROC curve, its points joined by straight lines, has as many false
    /// positives as false negatives (as rates).
    pub fn equal_error_rate(&self) -> Option<f64> {
        let (positives, negatives) = self.both_classes()?;
        let mut before = (0.0, 1.0);
        for point in self.operating_points() {
            let after = (point.false_positives / negatives, 1.0 - point.true_positives / positives);
            if after.0 >= after.1 {
                let (gap, next_gap): (f64, f64) = (before.1 - before.0, after.0 - after.1);
                let step = if gap + next_gap > 0.0 { gap / (gap + next_gap) } else { 0.0 };
                return Some(before.0 + step * (after.0 - before.0));
            }
            before = after;
        }
        // Not reached: the last point calls everything positive, and 1 >= 0. Kept as the limit of rounding.
        Some(before.0)
    }

    /// Equal error rate without interpolation: the false positive rate of the operating point at which the
    /// two error rates differ least, the first such point from above (as DeepfakeBench reports it).
    pub fn nearest_equal_error_rate(&self) -> Option<f64> {
        let (positives, negatives) = self.both_classes()?;
        let mut nearest = (f64::INFINITY, 0.0);
        for point in self.operating_points() {
            // Both rates times both classes: exact for counts, so that equal gaps are seen to be equal.
            let missed = (positives - point.true_positives) * negatives;
            let gap = (missed - point.false_positives * positives).abs();
            if gap < nearest.0 {
                nearest = (gap, point.false_positives / negatives);
            }
        }
        Some(nearest.1)
    }

    /// Highest true positive rate of the operating points whose false positive rate is at most `bound`; no
    /// interpolation.
    pub fn true_positive_rate_at(&self, bound: f64) -> Option<f64> {
        let (positives, negatives) = self.both_classes()?;
        let within = self.operating_points().take_while(|point| point.false_positives / negatives <= bound);
        within.last().map(|point| point.true_positives / positives)
    }

    /// Lowest false positive rate of the operating points whose true positive rate is at least `bound`; no
    /// interpolation.
    pub fn false_positive_rate_at(&self, bound: f64) -> Option<f64> {
        let (positives, negatives) = self.both_classes()?;
        let first = self.operating_points().find(|point| point.true_positives / positives >= bound)?;
        Some(first.false_positives / negatives)
    }

    /// Highest F1 of any threshold. Optimistic: the threshold is chosen on the items that it is judged on.
    pub fn best_f1(&self) -> Option<Best> {
        let (positives, _) = self.both_classes()?;
        self.best(|point| {
            2.0 * point.true_positives / (point.true_positives + point.false_positives + positives)
        })
    }

    /// Highest accuracy of any threshold, that of calling nothing positive included. Optimistic: the
    /// threshold is chosen on the items that it is judged on.
    pub fn best_accuracy(&self) -> Option<Best> {
        let (positives, negatives) = self.both_classes()?;
        let total = positives + negatives;
        self.best(|point| (point.true_positives + (negatives - point.false_positives)) / total)
    }

    fn best(&self, value: impl Fn(&OperatingPoint) -> f64) -> Option<Best> {
        let mut best: Option<Best> = None;
        for point in self.operating_points() {
            let value = value(&point);
            if best.is_none_or(|best| value > best.value) {
                best = Some(Best { value, threshold: point.threshold });
            }
        }
        best
    }

    /// The best monotone step function from scores to shares of positives, by rising score: neighbours whose
    /// shares fall are pooled (pool adjacent violators).
    pub fn pooled(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        for cell in &self.cells {
            let mut block = Block {
                least: cell.score,
                most: cell.score,
                positive: cell.positive,
                negative: cell.negative,
            };
            // A block whose share of positives is not above that of the block below it is pooled with it.
            while let Some(below) = blocks.last() {
                if below.positive * block.negative < block.positive * below.negative {
                    break;
                }
                block = Block {
                    least: below.least,
                    most: block.most,
                    positive: block.positive + below.positive,
                    negative: block.negative + below.negative,
                };
                blocks.pop();
            }
            blocks.push(block);
        }
        blocks
    }

    /// Cllr after the best monotone calibration on the same items (pool adjacent violators): what is lost by
    /// discrimination alone, from 0 to 1 bits (Brümmer and du Preez, 2006).
    pub fn min_cllr(&self) -> Option<f64> {
        let (positives, negatives) = self.both_classes()?;
        let (mut of_positives, mut of_negatives) = (0.0, 0.0);
        for Block { positive, negative, .. } in self.pooled() {
            // A block of one class has an infinite ratio on the right side, which costs nothing.
            if positive > 0.0 && negative > 0.0 {
                let ratio = (positive / positives) / (negative / negatives);
                of_positives += positive * (1.0 / ratio).ln_1p();
                of_negatives += negative * ratio.ln_1p();
            }
        }
        let nats = (of_positives / positives + of_negatives / negatives) / 2.0;
        Some(nats / std::f64::consts::LN_2)
    }
}

fn check_length(what: &str, got: usize, scores: usize) -> Result<()> {
    if got == scores {
        return Ok(());
    }
    Err(Error::input(format!("expected as many {what} as scores ({scores}), got {got}")))
}
