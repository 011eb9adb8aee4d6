//! Predictions in the order of falling scores. Resampling changes how often each counts and not their order.

use super::ALL_BITS;

/// A prediction with what became of it, a bit for every threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Its score.
    pub score: f64,
    /// Group of its item, as the draws are numbered.
    pub group: u32,
    /// Thresholds at which it is right.
    pub right: u16,
    /// Thresholds at which it counts, right or wrong.
    pub counted: u16,
}

impl Entry {
    /// Higher scores first.
    pub fn by_falling_score(&self, other: &Self) -> std::cmp::Ordering {
        falling(self.score, other.score)
    }
}

/// The order of falling scores. There is no NaN, and 0 and -0 are equal.
pub fn falling(a: f64, b: f64) -> std::cmp::Ordering {
    b.partial_cmp(&a).unwrap_or(std::cmp::Ordering::Equal)
}

/// Predictions that are alike to a metric, and how many there are in a (resampled) set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many.
    pub weight: u32,
    /// Thresholds at which they are right.
    pub right: u16,
    /// Thresholds at which they count.
    pub counted: u16,
    /// Whether a curve has a point after them.
    pub last: bool,
}

/// How predictions of equal scores are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// In the order of the items.
    InOrder,
    /// Together: a threshold takes all or none.
    Together,
}

/// Ranked predictions.
#[derive(Debug, Clone)]
pub struct Curve {
    steps: Vec<Step>,
    /// Groups of the entries, those of a step together.
    groups: Vec<u32>,
    /// Where the groups of every step end.
    ends: Vec<usize>,
}

/// Predictions that are resampled as they are. With more, neighbours are merged for the resampling.
pub const EXACT_ENTRIES: usize = 1024;

impl Curve {
    /// Of entries in the order of falling scores. More than `exact` entries are merged into cells: of n right
    /// (or wrong) ones, a cell with r before it holds at most sqrt(r (n - r) / n), the standard deviation of
    /// that rank under resampling.
    pub fn new(entries: &[Entry], ties: Ties, exact: usize) -> Self {
        let counted = || entries.iter().filter(|entry| entry.counted & ALL_BITS != 0);
        let kind = |entry: &Entry| usize::from(entry.right != 0);
        let mut totals = [0.0; 2];
        counted().for_each(|entry| totals[kind(entry)] += 1.0);
        let merged = totals[0] + totals[1] > exact as f64;
        let limit = |class: usize, before: f64| {
            let total: f64 = totals[class];
            (before * (total - before) / total).sqrt().max(1.0)
        };

        let mut this = Self { steps: vec![], groups: vec![], ends: vec![] };
        let (mut before, mut inside) = ([0.0; 2], [0.0; 2]);
        let mut cell: Vec<Entry> = vec![];
        for entry in counted() {
            let class = kind(entry);
            let ends = match cell.last() {
                None => false,
                Some(last) if ties == Ties::Together && last.score == entry.score => false,
                Some(_) if merged => inside[class] + 1.0 > limit(class, before[class]),
                Some(_) => true,
            };
            if ends {
                this.push_cell(&mut cell);
                for class in 0..2 {
                    before[class] += inside[class];
                    inside[class] = 0.0;
                }
            }
            inside[class] += 1.0;
            cell.push(*entry);
        }
        this.push_cell(&mut cell);
        this
    }

    /// Takes the entries of a cell, which from here on have no order.
    fn push_cell(&mut self, cell: &mut Vec<Entry>) {
        cell.sort_unstable_by_key(|entry| (entry.right, entry.counted, entry.group));
        for alike in cell.chunk_by(|a, b| (a.right, a.counted) == (b.right, b.counted)) {
            let Entry { right, counted, .. } = alike[0];
            self.steps.push(Step { weight: 0, right, counted, last: false });
            self.groups.extend(alike.iter().map(|entry| entry.group));
            self.ends.push(self.groups.len());
        }
        if let Some(step) = self.steps.last_mut() {
            step.last = true;
        }
        cell.clear();
    }

    /// Fills `steps` with those of a set that has each group as often as `draws` says.
    pub fn weigh(&self, draws: &[u32], steps: &mut Vec<Step>) {
        steps.clear();
        steps.extend_from_slice(&self.steps);
        let mut start = 0;
        for (step, &end) in steps.iter_mut().zip(&self.ends) {
            step.weight = self.groups[start..end].iter().map(|group| draws[*group as usize]).sum();
            start = end;
        }
    }
}
