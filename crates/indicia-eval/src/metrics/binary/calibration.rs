use serde::Serialize;

use super::ranking::Cell;
use super::score::Losses;

/// Number of bins of the reliability curve and of the calibration errors (Guo et al., ICML 2017).
pub const BIN_COUNT: usize = 15;

/// Items whose probability is in one of [`BIN_COUNT`] bins of equal width.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Lower end of the bin, which it does not contain, save for 0 in the first. The upper end, which it
    /// contains, is the lower end of the next, or 1.
    pub lower: f64,
    /// Weight of the items in it.
    pub weight: f64,
    /// Their mean probability; absent without items.
    pub mean_probability: Option<f64>,
    /// The share of positives among them; absent without items.
    pub positive_share: Option<f64>,
}

/// How far the probabilities and likelihood ratios of a detector can be taken at their word.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// Mean squared difference of probability and label.
    pub brier: f64,
    /// Mean negative natural logarithm of the label's probability; infinite where an impossible label occurs.
    pub log_loss: f64,
    /// Cost of the likelihood ratios in bits; infinite where a certain one is wrong, absent with one class.
    pub cllr: Option<f64>,
    /// Expected calibration error over bins of equal width.
    pub ece: f64,
    /// Expected calibration error over bins of equal weight.
    pub ece_adaptive: f64,
    /// The reliability curve.
    pub bins: Vec<ReliabilityBin>,
}

/// Sums over the items of a bin.
#[derive(Clone, Copy, Default)]
struct Bin {
    weight: f64,
    probability: f64,
    positive: f64,
}

impl Bin {
    fn add(&mut self, cell: &Cell, probability: f64) {
        let weight = cell.positive + cell.negative;
        self.weight += weight;
        self.probability += weight * probability;
        self.positive += cell.positive;
    }
}

/// Which bin of equal width a probability is in; one at an edge is in the lower of the two bins.
pub(super) fn bin_of(probability: f64) -> usize {
    let upper_end = (probability * BIN_COUNT as f64).ceil() as usize;
    upper_end.saturating_sub(1).min(BIN_COUNT - 1)
}

/// Weighted mean of |mean probability - share of positives| over bins.
fn expected_error(bins: &[Bin], total: f64) -> f64 {
    bins.iter().map(|bin| (bin.probability - bin.positive).abs()).sum::<f64>() / total
}

impl Calibration {
    /// Measures cells by rising score with what their scores cost. `None` without weight.
    pub(super) fn of<'a>(
        cells: impl Iterator<Item = (&'a Cell, Losses)>,
        positives: f64,
        negatives: f64,
    ) -> Option<Self> {
        let total = positives + negatives;
        if total <= 0.0 {
            return None;
        }
        let (mut brier, mut log, mut cllr) = (0.0, 0.0, [0.0; 2]);
        let (mut width, mut mass) = ([Bin::default(); BIN_COUNT], [Bin::default(); BIN_COUNT]);
        let mut before = 0.0;
        for (cell, losses) in cells {
            for (class, weight) in [cell.negative, cell.positive].into_iter().enumerate() {
                // An infinite cost of no items is no cost.
                if weight > 0.0 {
                    brier += weight * losses.brier[class];
                    log += weight * losses.log[class];
                    cllr[class] += weight * losses.cllr[class];
                }
            }
            width[bin_of(losses.probability)].add(cell, losses.probability);
            // Equal scores stay together, in the bin that their middle falls into.
            let weight = cell.positive + cell.negative;
            let middle = (before + weight / 2.0) / total;
            mass[bin_of(middle)].add(cell, losses.probability);
            before += weight;
        }
        let bins = width.iter().enumerate().map(|(index, bin)| ReliabilityBin {
            lower: index as f64 / BIN_COUNT as f64,
            weight: bin.weight,
            mean_probability: (bin.weight > 0.0).then(|| bin.probability / bin.weight),
            positive_share: (bin.weight > 0.0).then(|| bin.positive / bin.weight),
        });
        Some(Self {
            brier: brier / total,
            log_loss: log / total,
            cllr: (positives > 0.0 && negatives > 0.0)
                .then(|| (cllr[0] / negatives + cllr[1] / positives) / 2.0),
            ece: expected_error(&width, total),
            ece_adaptive: expected_error(&mass, total),
            bins: bins.collect(),
        })
    }
}
