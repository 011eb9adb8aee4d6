//! Metrics of a decision among several classes.

use serde::Serialize;

use crate::stats::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Definitions of what [`classify`] gives: id and sentence.
pub const DEFINITIONS: [(&str, &str); 3] = [
    ("class_accuracy", "Share of items put into their class."),
    ("class_balanced_accuracy", "Mean over classes of the share of their items that is put into them."),
    (
        "macro_f1",
        "Mean over classes of the harmonic mean of precision and recall; classes that occur only as a prediction count with 0.",
    ),
];

/// Metrics of a decision among classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// Share of items put into their class.
    pub class_accuracy: Estimate,
    /// Mean recall over the classes that occur.
    pub class_balanced_accuracy: Estimate,
    /// Mean F1 over the classes that occur or are predicted.
    pub macro_f1: Estimate,
    /// Names of the classes, in the order of the confusion table.
    pub classes: Vec<String>,
    /// Items by true class (row) and predicted class (column).
    pub confusion: Vec<Vec<u32>>,
}

/// Measures decisions. `truth` and `predicted` index `classes`; items are drawn by their groups.
pub fn classify(
    truth: &[u32],
    predicted: &[u32],
    classes: Vec<String>,
    groups: &Groups,
    bootstrap: Bootstrap,
) -> ClassReport {
    let count = classes.len();
    let tally = |counts: &mut Vec<f64>, item: usize, weight: f64| {
        counts[truth[item] as usize * count + predicted[item] as usize] += weight;
    };
    let mut all = vec![0.0; count * count];
    (0..truth.len()).for_each(|item| tally(&mut all, item, 1.0));
    let values = measure(&all, count);
    let drawn = bootstrap.run(
        groups.len(),
        || vec![0.0; count * count],
        |counts, draws| {
            counts.fill(0.0);
            for (range, draw) in groups.ranges().zip(draws).filter(|(_, draw)| **draw > 0) {
                for &item in &groups.items()[range] {
                    tally(counts, item as usize, f64::from(*draw));
                }
            }
            measure(counts, count)
        },
    );
    let estimate = |i: usize| {
        let ci95 = percentile_interval(drawn.iter().map(|d| Some(d[i])));
        Estimate::new(values[i], ci95.filter(|_| groups.len() > 1), IntervalMethod::Bootstrap)
    };
    ClassReport {
        class_accuracy: estimate(0),
        class_balanced_accuracy: estimate(1),
        macro_f1: estimate(2),
        confusion: all.chunks(count.max(1)).map(|row| row.iter().map(|n| *n as u32).collect()).collect(),
        classes,
    }
}

/// Accuracy, balanced accuracy and macro F1 of a confusion table.
fn measure(counts: &[f64], classes: usize) -> [f64; 3] {
    let row = |c: usize| counts[c * classes..(c + 1) * classes].iter().sum::<f64>();
    let column = |c: usize| (0..classes).map(|r| counts[r * classes + c]).sum::<f64>();
    let right = |c: usize| counts[c * classes + c];
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let total: f64 = counts.iter().sum();
    let occurs = (0..classes).filter(|c| row(*c) > 0.0);
    let named = (0..classes).filter(|c| row(*c) + column(*c) > 0.0);
    [
        (0..classes).map(right).sum::<f64>() / total,
        mean(occurs.map(|c| right(c) / row(c)).collect()),
        mean(named.map(|c| 2.0 * right(c) / (row(c) + column(c))).collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let names = || ["a", "b", "c"].map(String::from).to_vec();
        let groups = Groups::of_single_items(5).unwrap();
        let bootstrap = Bootstrap { replicates: 50, ..Bootstrap::default() };
        // a: 2 of 3 right, b: 1 of 2 right; c is never the truth and once predicted.
        let report = classify(&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 2], names(), &groups, bootstrap);
        let close = |e: Estimate, v: f64| assert!((e.value - v).abs() < 1e-12, "{e:?} {v}");
        close(report.class_accuracy, 0.6);
        close(report.class_balanced_accuracy, (2.0 / 3.0 + 0.5) / 2.0);
        close(report.macro_f1, (4.0 / 5.0 + 2.0 / 4.0 + 0.0) / 3.0);
        assert_eq!(report.confusion, [[2, 1, 0], [0, 1, 1], [0, 0, 0]]);
        let [low, high] = report.class_accuracy.ci95.unwrap();
        assert!(low < 0.6 && high > 0.6);
    }
}
