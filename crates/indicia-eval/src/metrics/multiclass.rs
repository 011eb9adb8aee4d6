//! Metrics of attribution: which of several classes an item is of.

use indicia_core::{Error, Result};
use ndarray::ArrayView2;
use serde::Serialize;

use super::binary::{Confusion, Ranking};
use crate::stats::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Most classes: their confusion matrix is held for every thread.
const MAX_CLASSES: usize = 1000;

/// What a detector of several classes says of every item.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// Number of classes; labels and decisions are below it.
    pub classes: usize,
    /// Decided class per item.
    pub decisions: &'a [usize],
    /// Scores, items by classes, higher is more likely.
    pub scores: Option<ArrayView2<'a, f64>>,
}

/// All that is measured of a detector of several classes. Values are fractions, higher is better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MulticlassReport {
    /// Number of items.
    pub items: usize,
    /// Number of groups that are drawn together.
    pub groups: usize,
    /// Items by label (row) and decision (column).
    pub confusion: Vec<Vec<u32>>,
    /// Share of items decided rightly.
    pub accuracy: Option<Estimate>,
    /// Mean over the classes that occur as labels of the share of their items decided rightly.
    pub balanced_accuracy: Option<Estimate>,
    /// Mean F1, each class against the rest, over the classes that occur as labels or decisions, as
    /// scikit-learn averages.
    pub macro_f1: Option<Estimate>,
    /// Mean area under the ROC curve, each class against the rest; absent without scores and where a class
    /// has no items. Without interval: every resample would rank as often as there are classes.
    pub macro_auc: Option<f64>,
}

/// Accuracy, balanced accuracy and macro F1 of a confusion matrix; `None` without items.
fn summarise(matrix: &[u32], classes: usize) -> Option<[f64; 3]> {
    let sum = |cells: &mut dyn Iterator<Item = &u32>| cells.map(|&count| f64::from(count)).sum::<f64>();
    let total = sum(&mut matrix.iter());
    let right = sum(&mut matrix.iter().step_by(classes + 1));
    if total <= 0.0 {
        return None;
    }
    let (mut recalls, mut labelled, mut f1, mut occurring) = (0.0, 0.0, 0.0, 0.0);
    for class in 0..classes {
        let positives = sum(&mut matrix[class * classes..(class + 1) * classes].iter());
        let called = sum(&mut matrix[class..].iter().step_by(classes));
        let hits = f64::from(matrix[class * classes + class]);
        let confusion = Confusion {
            true_positives: hits,
            false_positives: called - hits,
            false_negatives: positives - hits,
            true_negatives: total - positives - called + hits,
        };
        if let Some(recall) = confusion.recall() {
            recalls += recall;
            labelled += 1.0;
        }
        if positives > 0.0 || called > 0.0 {
            f1 += confusion.f1().unwrap_or(0.0);
            occurring += 1.0;
        }
    }
    Some([right / total, recalls / labelled, f1 / occurring])
}

/// Measures attribution. Items of one group are resampled together; without groups every item stands for
/// itself.
///
/// # Errors
///
/// `Input` for lengths that differ, classes out of range and NaN scores; `Limits` for more than 1000 classes.
pub fn evaluate(
    predictions: &Predictions<'_>,
    labels: &[usize],
    groups: Option<&[u32]>,
    bootstrap: &Bootstrap,
) -> Result<MulticlassReport> {
    let Predictions { classes, decisions, scores } = *predictions;
    if classes > MAX_CLASSES {
        return Err(Error::limits(format!("expected at most {MAX_CLASSES} classes, got {classes}")));
    }
    for (what, values) in [("label", labels), ("decision", decisions)] {
        if values.len() != labels.len() {
            return Err(Error::input(format!(
                "expected as many {what}s as labels ({}), got {}",
                labels.len(),
                values.len()
            )));
        }
        if let Some(item) = values.iter().position(|&class| class >= classes) {
            return Err(Error::input(format!(
                "expected a class below {classes} as {what} of item {item}, got {}",
                values[item]
            )));
        }
    }
    let groups = match groups {
        None => Groups::of_single_items(labels.len())?,
        Some(ids) if ids.len() == labels.len() => Groups::from_ids(ids)?,
        Some(ids) => {
            let (items, got) = (labels.len(), ids.len());
            return Err(Error::input(format!("expected as many groups as labels ({items}), got {got}")));
        }
    };

    let cell = |item: usize| labels[item] * classes + decisions[item];
    let mut matrix = vec![0_u32; classes * classes];
    for item in 0..labels.len() {
        matrix[cell(item)] += 1;
    }
    let replicates = if groups.len() < 2 {
        Vec::new()
    } else {
        bootstrap.run(
            groups.len(),
            || vec![0_u32; classes * classes],
            |matrix, draws| {
                matrix.fill(0);
                for (range, &draws) in groups.ranges().zip(draws).filter(|(_, draws)| **draws > 0) {
                    for &item in &groups.items()[range] {
                        matrix[cell(item as usize)] += draws;
                    }
                }
                summarise(matrix, classes)
            },
        )
    };
    let values = summarise(&matrix, classes);
    let estimate = |index: usize| {
        let column = replicates.iter().map(|values| Some(values.as_ref()?[index]));
        Some(Estimate::new(values?[index], percentile_interval(column), IntervalMethod::Bootstrap))
    };
    Ok(MulticlassReport {
        items: labels.len(),
        groups: groups.len(),
        accuracy: estimate(0),
        balanced_accuracy: estimate(1),
        macro_f1: estimate(2),
        macro_auc: scores.map(|scores| macro_auc(scores, labels, classes)).transpose()?.flatten(),
        confusion: matrix.chunks(classes.max(1)).map(<[u32]>::to_vec).collect(),
    })
}

fn check_scores(scores: ArrayView2<'_, f64>, items: usize, classes: usize) -> Result<()> {
    if scores.dim() != (items, classes) {
        let (rows, columns) = scores.dim();
        return Err(Error::input(format!("expected scores of {items}x{classes}, got {rows}x{columns}")));
    }
    match scores.indexed_iter().find(|(_, score)| score.is_nan()) {
        Some(((item, class), _)) => {
            Err(Error::input(format!("expected a number as score of item {item} for class {class}, got NaN")))
        }
        None => Ok(()),
    }
}

fn macro_auc(scores: ArrayView2<'_, f64>, labels: &[usize], classes: usize) -> Result<Option<f64>> {
    check_scores(scores, labels.len(), classes)?;
    let mut sum = 0.0;
    for class in 0..classes {
        let of_class: Vec<f64> = scores.column(class).to_vec();
        let is_class: Vec<bool> = labels.iter().map(|&label| label == class).collect();
        let Some(auc) = Ranking::from_items(&of_class, &is_class, None)?.auc() else { return Ok(None) };
        sum += auc;
    }
    Ok((classes > 0).then(|| sum / classes as f64))
}

/// Share of items whose label is among the `count` classes of the highest scores; a class that ties with the
/// label counts as above it. `None` without items.
///
/// # Errors
///
/// `Input` where the scores are not items by classes, a label is not below the number of classes, or a score
/// is NaN.
pub fn top_accuracy(scores: ArrayView2<'_, f64>, labels: &[usize], count: usize) -> Result<Option<f64>> {
    check_scores(scores, labels.len(), scores.ncols())?;
    let mut hits = 0_usize;
    for (item, (row, &label)) in scores.rows().into_iter().zip(labels).enumerate() {
        let Some(&own) = row.get(label) else {
            let classes = scores.ncols();
            return Err(Error::input(format!(
                "expected a class below {classes} as label of item {item}, got {label}"
            )));
        };
        // The label's own score is among those that are at least as high.
        hits += usize::from(row.iter().filter(|&&score| score >= own).count() <= count);
    }
    Ok((!labels.is_empty()).then(|| hits as f64 / labels.len() as f64))
}
