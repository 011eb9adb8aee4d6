use indicia_core::Result;
use rayon::slice::ParallelSliceMut;
use serde::Serialize;

use super::{Estimate, IntervalMethod, NORMAL_975};
use crate::metrics::binary::Ranking;

/// Area under the ROC curve with its variance after DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988),
/// in n log n steps as Sun and Xu (IEEE Signal Processing Letters 21, 2014) do, ties counted half.
///
/// Items are taken as independent: where groups of items share a source, use the bootstrap over groups.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DeLong {
    /// The area.
    pub auc: f64,
    /// Its variance.
    pub variance: f64,
    /// Normal 95 % interval, cut to between 0 and 1.
    pub ci95: [f64; 2],
}

/// Two areas over the same items, compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DeLongDifference {
    /// Area of the first detector less that of the second.
    pub difference: f64,
    /// Variance of the difference.
    pub variance: f64,
    /// Normal 95 % interval of the difference, cut to between -1 and 1.
    pub ci95: [f64; 2],
    /// The difference in standard errors; absent where the variance is 0.
    pub z: Option<f64>,
    /// Two-sided p-value; 1 for two detectors that rank alike, absent where they differ without variance.
    pub p_value: Option<f64>,
}

/// Structural components: for every positive the share of negatives below it, for every negative the share of
/// positives above it.
struct Components {
    auc: f64,
    of_positives: Vec<f64>,
    of_negatives: Vec<f64>,
}

/// The area, and for every item its structural component: of a positive the share of negatives below it, of a
/// negative the share of positives above it. `None` where a class has fewer than two items.
///
/// # Errors
///
/// `Input` where the lengths differ or a score is NaN.
pub(super) fn structural_components(scores: &[f64], labels: &[bool]) -> Result<Option<(f64, Vec<f64>)>> {
    let ranking = Ranking::from_items(scores, labels, None)?;
    let (positives, negatives) = (ranking.positives(), ranking.negatives());
    // A sample variance needs two items of a class.
    let Some(auc) = ranking.auc().filter(|_| positives >= 2.0 && negatives >= 2.0) else {
        return Ok(None);
    };
    let mut order: Vec<(f64, u32)> = scores.iter().copied().zip(0..).collect();
    order.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut items = order.into_iter().peekable();
    let mut shares = vec![0.0; scores.len()];
    let (mut below, mut above) = (0.0, positives);
    for cell in ranking.cells() {
        above -= cell.positive;
        let of_positive = (below + cell.negative / 2.0) / negatives;
        let of_negative = (above + cell.positive / 2.0) / positives;
        below += cell.negative;
        while let Some((_, item)) = items.next_if(|(score, _)| *score <= cell.score) {
            shares[item as usize] = if labels[item as usize] { of_positive } else { of_negative };
        }
    }
    Ok(Some((auc, shares)))
}

impl Components {
    fn new(scores: &[f64], labels: &[bool]) -> Result<Option<Self>> {
        let Some((auc, shares)) = structural_components(scores, labels)? else { return Ok(None) };
        let of_class = |class: bool| {
            let items = shares.iter().zip(labels).filter(|(_, label)| **label == class);
            items.map(|(share, _)| *share).collect()
        };
        Ok(Some(Self { auc, of_positives: of_class(true), of_negatives: of_class(false) }))
    }
}

/// Sample covariance of two sets of components over the same items, divided by their number.
fn covariance_of_mean(a: &[f64], mean_a: f64, b: &[f64], mean_b: f64) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    let n = a.len() as f64;
    sum / (n - 1.0) / n
}

fn covariance(a: &Components, b: &Components) -> f64 {
    covariance_of_mean(&a.of_positives, a.auc, &b.of_positives, b.auc)
        + covariance_of_mean(&a.of_negatives, a.auc, &b.of_negatives, b.auc)
}

impl DeLong {
    /// Measures one detector. `None` where a class has fewer than two items.
    ///
    /// # Errors
    ///
    /// `Input` where the lengths differ or a score is NaN.
    pub fn of(scores: &[f64], labels: &[bool]) -> Result<Option<Self>> {
        Ok(Components::new(scores, labels)?.map(|components| {
            let (auc, variance) = (components.auc, covariance(&components, &components));
            let half = NORMAL_975 * variance.sqrt();
            Self { auc, variance, ci95: [(auc - half).max(0.0), (auc + half).min(1.0)] }
        }))
    }

    /// The area with its interval.
    pub fn estimate(&self) -> Estimate {
        Estimate::new(self.auc, Some(self.ci95), IntervalMethod::DeLong)
    }

    /// Compares two detectors that scored the same items. `None` where a class has fewer than two items.
    ///
    /// # Errors
    ///
    /// `Input` where the lengths differ or a score is NaN.
    pub fn compare(a: &[f64], b: &[f64], labels: &[bool]) -> Result<Option<DeLongDifference>> {
        let (Some(a), Some(b)) = (Components::new(a, labels)?, Components::new(b, labels)?) else {
            return Ok(None);
        };
        let difference = a.auc - b.auc;
        // Rounding may leave a trace below 0 where the two rank alike.
        let variance = (covariance(&a, &a) + covariance(&b, &b) - 2.0 * covariance(&a, &b)).max(0.0);
        let error = variance.sqrt();
        let half = NORMAL_975 * error;
        let z = (variance > 0.0).then(|| difference / error);
        let p_value = match z {
            Some(z) => Some(libm::erfc(z.abs() / std::f64::consts::SQRT_2)),
            None => (difference == 0.0).then_some(1.0),
        };
        let ci95 = [(difference - half).max(-1.0), (difference + half).min(1.0)];
        Ok(Some(DeLongDifference { difference, variance, ci95, z, p_value }))
    }
}
