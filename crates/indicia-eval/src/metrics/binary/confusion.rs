use serde::Serialize;

/// Weights of the four outcomes of a decision. Whole numbers where every item weighs one.
///
/// Ratios are `None` where their denominator is empty, and where a class that they speak about is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Confusion {
    /// Positive items called positive.
    pub true_positives: f64,
    /// Negative items called positive.
    pub false_positives: f64,
    /// Negative items called negative.
    pub true_negatives: f64,
    /// Positive items called negative.
    pub false_negatives: f64,
}

fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator > 0.0).then(|| numerator / denominator)
}

impl Confusion {
    /// Adds an item of this weight.
    pub fn add(&mut self, label: bool, decision: bool, weight: f64) {
        let outcome = match (label, decision) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_positives,
            (false, false) => &mut self.true_negatives,
            (true, false) => &mut self.false_negatives,
        };
        *outcome += weight;
    }

    /// Weight of the items labelled positive.
    pub fn positives(&self) -> f64 {
        self.true_positives + self.false_negatives
    }

    /// Weight of the items labelled negative.
    pub fn negatives(&self) -> f64 {
        self.true_negatives + self.false_positives
    }

    /// Fraction of all items decided rightly.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.true_positives + self.true_negatives, self.positives() + self.negatives())
    }

    /// Mean of recall and specificity.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.recall()? + self.specificity()?) / 2.0)
    }

    /// TP / (TP + FP); absent where nothing is called positive and where there are no positives to find.
    pub fn precision(&self) -> Option<f64> {
        if self.positives() <= 0.0 {
            return None;
        }
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// TP / P, the true positive rate.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positives, self.positives())
    }

    /// TN / N, the true negative rate.
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.true_negatives, self.negatives())
    }

    /// FP / N, the rate of false alarms.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(self.false_positives, self.negatives())
    }

    /// 2 TP / (2 TP + FP + FN); absent without positives.
    pub fn f1(&self) -> Option<f64> {
        if self.positives() <= 0.0 {
            return None;
        }
        let twice = 2.0 * self.true_positives;
        ratio(twice, twice + self.false_positives + self.false_negatives)
    }

    /// TP / (TP + FP + FN), the intersection over union; absent without positives.
    pub fn iou(&self) -> Option<f64> {
        if self.positives() <= 0.0 {
            return None;
        }
        ratio(self.true_positives, self.positives() + self.false_positives)
    }

    /// Matthews' correlation coefficient, from -1 to 1. Absent with one class only; 0 where all items are
    /// called the same, as in scikit-learn.
    pub fn mcc(&self) -> Option<f64> {
        let (positives, negatives) = (self.positives(), self.negatives());
        if positives <= 0.0 || negatives <= 0.0 {
            return None;
        }
        let called_positive = self.true_positives + self.false_positives;
        let called_negative = self.true_negatives + self.false_negatives;
        if called_positive <= 0.0 || called_negative <= 0.0 {
            return Some(0.0);
        }
        let covariance =
            self.true_positives * self.true_negatives - self.false_positives * self.false_negatives;
        // Roots one at a time: the product of four counts of pixels would lose digits first.
        let spread = (positives * negatives).sqrt() * (called_positive * called_negative).sqrt();
        Some(covariance / spread)
    }
}
