//! Attribution with rejection: which of the known classes an item is of, or none of them.

use indicia_core::{Error, Result};

use super::Definition;
use crate::stats::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Metrics of attribution with rejection, in the order of reports.
pub static METRICS: [Definition; 6] = [
    Definition::higher(
        "auroc",
        "AUROC of known against unknown",
        "Probability that an item of a known class has a higher confidence than one of an unknown class, ties counted half.",
    ),
    Definition::lower(
        "fpr95",
        "FPR at 95 % of the known",
        "Share of items of unknown classes that are accepted at the highest confidence at which 95 % of the items of known classes are, without interpolation.",
    ),
    Definition::higher(
        "closed_set_accuracy",
        "Closed-set accuracy",
        "Share of items of known classes that are put into their class, whatever the confidence.",
    ),
    Definition::higher(
        "oscr",
        "OSCR area",
        "Area under the curve of the share of items of known classes that are accepted and put into their class over the share of items of unknown classes that are accepted (Dhamija et al., 2018), its points joined by straight lines.",
    ),
    Definition::higher(
        "f1",
        "Open-set macro F1",
        "Mean F1 over the known classes that occur and over unknown as one class more; an item whose predicted class is none of the known ones is called unknown.",
    ),
    Definition::higher(
        "f1_at_tpr95",
        "Open-set macro F1 at 95 % of the known",
        "The same, with items below the confidence at which 95 % of the items of known classes are accepted called unknown too; optimistic, as that confidence is chosen on the items that it is judged on.",
    ),
];

/// What a detector says of an item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Class of the item; `None` if it is none of the known ones.
    pub class: Option<u32>,
    /// Decided class; `None` if the item was rejected.
    pub predicted: Option<u32>,
    /// Higher is surer that it is of a known class.
    pub confidence: f64,
}

type Values = [Option<f64>; METRICS.len()];

/// Measures attribution with rejection, each metric of [`METRICS`] with its interval of the bootstrap over
/// groups. Classes are numbered below `classes`.
///
/// # Errors
/// `Input` for lengths that differ, a NaN confidence, or a class out of range.
pub fn evaluate(
    items: &[Decision],
    classes: usize,
    groups: &[u32],
    bootstrap: Bootstrap,
) -> Result<[Option<Estimate>; METRICS.len()]> {
    if items.len() != groups.len() {
        let (wanted, got) = (items.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as items ({wanted}), got {got}")));
    }
    for (number, item) in items.iter().enumerate() {
        if item.confidence.is_nan() {
            return Err(Error::input(format!("expected a number as confidence of item {number}, got NaN")));
        }
        let beyond = |class: &u32| *class as usize >= classes;
        if let Some(class) = [item.class, item.predicted].into_iter().flatten().find(beyond) {
            return Err(Error::input(format!(
                "expected a class below {classes} of item {number}, got {class}"
            )));
        }
    }
    let groups = Groups::from_ids(groups)?;
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    order.sort_by(|a, b| items[*b as usize].confidence.total_cmp(&items[*a as usize].confidence));
    let all = measure(items, classes, &order, &vec![1; items.len()]);
    let drawn = if groups.len() < 2 {
        vec![]
    } else {
        bootstrap.run(
            groups.len(),
            || vec![0; items.len()],
            |weights, draws| {
                for (range, draws) in groups.ranges().zip(draws) {
                    groups.items()[range].iter().for_each(|item| weights[*item as usize] = *draws);
                }
                measure(items, classes, &order, weights)
            },
        )
    };
    Ok(std::array::from_fn(|i| {
        let ci95 = percentile_interval(drawn.iter().map(|values| values[i]));
        all[i].map(|value| Estimate::new(value, ci95, IntervalMethod::Bootstrap))
    }))
}

/// The metrics of weighted items; `order` is that of falling confidence.
fn measure(items: &[Decision], classes: usize, order: &[u32], weights: &[u32]) -> Values {
    let (mut known, mut unknown, mut right) = (0.0, 0.0, 0.0);
    for (item, &weight) in items.iter().zip(weights) {
        let weight = f64::from(weight);
        match item.class {
            None => unknown += weight,
            Some(_) => {
                known += weight;
                right += if item.class == item.predicted { weight } else { 0.0 };
            }
        }
    }
    let (mut above, mut right_above, mut accepted) = (0.0, 0.0, 0.0);
    let (mut area, mut right_area) = (0.0, 0.0);
    let mut at_95 = None;
    let same = |a: &u32, b: &u32| items[*a as usize].confidence == items[*b as usize].confidence;
    for tied in order.chunk_by(same) {
        let (mut here, mut right_here, mut unknown_here) = (0.0, 0.0, 0.0);
        for &index in tied {
            let (item, weight) = (&items[index as usize], f64::from(weights[index as usize]));
            match item.class {
                None => unknown_here += weight,
                Some(_) => {
                    here += weight;
                    right_here += if item.class == item.predicted { weight } else { 0.0 };
                }
            }
        }
        area += unknown_here * (above + here / 2.0);
        right_area += unknown_here * (right_above + right_here / 2.0);
        above += here;
        right_above += right_here;
        accepted += unknown_here;
        if at_95.is_none() && known > 0.0 && above / known >= 0.95 {
            at_95 = Some((accepted, items[tied[0] as usize].confidence));
        }
    }
    let both = known > 0.0 && unknown > 0.0;
    [
        both.then(|| area / (known * unknown)),
        at_95.filter(|_| both).map(|(accepted, _)| accepted / unknown),
        (known > 0.0).then(|| right / known),
        both.then(|| right_area / (known * unknown)),
        macro_f1(items, classes, weights, f64::NEG_INFINITY),
        at_95.and_then(|(_, confidence)| macro_f1(items, classes, weights, confidence)),
    ]
}

/// Mean F1 over the known classes and unknown, of those that occur as class or decision. Items below the
/// confidence are called unknown.
fn macro_f1(items: &[Decision], classes: usize, weights: &[u32], least: f64) -> Option<f64> {
    let place = |class: Option<u32>| class.map_or(classes, |class| class as usize);
    // True positives, items, calls.
    let mut counts = vec![[0.0; 3]; classes + 1];
    for (item, &weight) in items.iter().zip(weights) {
        let class = place(item.class);
        let called = place(item.predicted.filter(|_| item.confidence >= least));
        let weight = f64::from(weight);
        counts[class][1] += weight;
        counts[called][2] += weight;
        counts[class][0] += if class == called { weight } else { 0.0 };
    }
    let occurring = counts.iter().filter(|[_, items, called]| items + called > 0.0);
    let (sum, count) = occurring.fold((0.0, 0.0), |(sum, count), [hits, items, called]| {
        (sum + 2.0 * hits / (items + called), count + 1.0)
    });
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(items: &[(Option<u32>, Option<u32>, f64)]) -> Vec<Option<f64>> {
        let decision = |&(class, predicted, confidence): &_| Decision { class, predicted, confidence };
        let items: Vec<_> = items.iter().map(decision).collect();
        let groups: Vec<u32> = (0..items.len() as u32).collect();
        let found = evaluate(&items, 2, &groups, Bootstrap { replicates: 50, seed: 1 }).unwrap();
        found.into_iter().map(|estimate| estimate.map(|e| e.value)).collect()
    }

    #[test]
    fn hand_computed() {
        // Known: right at 0.9, wrong at 0.8, right at 0.4; unknown: 0.6 (called 0), 0.4 (called 1).
        let found = values(&[
            (Some(0), Some(0), 0.9),
            (Some(1), Some(0), 0.8),
            (Some(1), Some(1), 0.4),
            (None, Some(0), 0.6),
            (None, Some(1), 0.4),
        ]);
        // Pairs of known above unknown: (2 of 3) for 0.6, 2.5 of 3 for 0.4.
        let auroc = (2.0 + 2.5) / 6.0;
        // All known are accepted at 0.4 only: both unknown are too.
        // Of the known put rightly: 1 above 0.6, 1 and half of 1 above 0.4.
        let oscr = (1.0 + 1.5) / 6.0;
        // Class 0: 1 hit, 1 item, 3 calls: 2/4. Class 1: 1 hit, 2 items, 2 calls: 2/4. Unknown: 0 of 2.
        let f1 = (0.5 + 0.5 + 0.0) / 3.0;
        let expected = [auroc, 1.0, 2.0 / 3.0, oscr, f1, f1];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found.unwrap() - expected).abs() < 1e-12, "{found:?} {expected}");
        }
    }

    #[test]
    fn rejections_count_as_unknown() {
        let found = values(&[
            (Some(0), Some(0), 0.9),
            (Some(1), None, 0.1),
            (None, None, 0.2),
            (None, Some(1), 0.05),
        ]);
        // Class 0: 1. Class 1: none of 1 item and 1 call. Unknown: 1 hit, 2 items, 2 calls: 2/4.
        assert_eq!(found[4], Some((1.0 + 0.0 + 0.5) / 3.0));
        // At 0.1 all known are accepted and 0.05 is not: unknown has 2 hits, 2 items, 3 calls; class 1 has an
        // item and no call.
        assert_eq!(found[5], Some((1.0 + 0.0 + 0.8) / 3.0));
        assert_eq!(found[1], Some(0.5));
        assert_eq!(found[2], Some(0.5));
    }

    #[test]
    fn perfect_and_degenerate() {
        let perfect = [(Some(0), Some(0), 0.9), (Some(1), Some(1), 0.8), (None, None, 0.1)];
        assert_eq!(values(&perfect), [1.0, 0.0, 1.0, 1.0, 1.0, 1.0].map(Some));
        assert_eq!(values(&[]), [None; 6]);
        let only_known = values(&perfect[..2]);
        assert_eq!((only_known[0], only_known[2], only_known[3]), (None, Some(1.0), None));
        let only_unknown = values(&perfect[2..]);
        assert_eq!((only_unknown[0], only_unknown[2], only_unknown[4]), (None, None, Some(1.0)));
        let nan = Decision { class: None, predicted: None, confidence: f64::NAN };
        let none = Bootstrap { replicates: 0, seed: 0 };
        assert!(evaluate(&[nan], 1, &[0], none).unwrap_err().to_string().contains("item 0, got NaN"));
        let beyond = Decision { class: Some(3), predicted: None, confidence: 0.0 };
        assert!(evaluate(&[beyond], 2, &[0], none).unwrap_err().to_string().contains("below 2 of item 0"));
    }
}
