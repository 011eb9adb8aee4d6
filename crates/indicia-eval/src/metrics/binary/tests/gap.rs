use super::super::*;
use crate::stats::Bootstrap;

/// A subgroup of `positives` forged and as many authentic items, of which the first `found` and `alarms` score
/// above 0.5; its groups begin at `first`.
fn made(positives: usize, found: usize, alarms: usize, first: u32) -> Part {
    let score = |i: usize, high: usize| if i < high { 0.9 } else { 0.1 };
    let scores = (0..positives).map(|i| score(i, found)).chain((0..positives).map(|i| score(i, alarms)));
    let labels = (0..2 * positives).map(|i| i < positives);
    (scores.collect(), labels.collect(), (first..first + 2 * positives as u32).collect())
}

type Part = (Vec<f64>, Vec<bool>, Vec<u32>);

fn subgroup((scores, labels, groups): &Part) -> Subgroup<'_> {
    let predictions = Predictions { scores, kind: ScoreKind::Probability, decisions: None, threshold: None };
    Subgroup { predictions, labels, groups }
}

fn gaps_of(parts: &[Part], replicates: usize) -> Vec<(&'static str, Option<Gap>)> {
    let subgroups: Vec<_> = parts.iter().map(subgroup).collect();
    let options = Options { bootstrap: Bootstrap { replicates, seed: 3 }, ..Options::default() };
    gaps(&subgroups, &options).unwrap().into_iter().map(|(info, gap)| (info.id, gap)).collect()
}

fn find(gaps: &[(&'static str, Option<Gap>)], id: &str) -> Option<Gap> {
    gaps.iter().find(|(of, _)| *of == id).unwrap().1.clone()
}

#[test]
fn best_less_worst_with_small_ones_named() {
    let subgroups = [made(40, 36, 4, 0), made(40, 24, 2, 100), made(40, 30, 10, 200), made(10, 0, 10, 300)];
    let found = gaps_of(&subgroups, 500);
    let recall = find(&found, "recall").unwrap();
    assert_eq!((recall.best, recall.worst), ((0, 0.9), (1, 0.6)));
    assert!((recall.gap.value - 0.3).abs() < 1e-12);
    assert_eq!(recall.too_few, [3]);
    let [low, high] = recall.gap.ci95.unwrap();
    // The difference of two independent shares of 40 items has a standard deviation of 0.09.
    assert!(low > 0.08 && low < 0.2 && high > 0.4 && high < 0.5, "{low} {high}");
    // Of a rate of errors the lowest is best.
    let alarms = find(&found, "false_positive_rate").unwrap();
    assert_eq!((alarms.best, alarms.worst), ((1, 0.05), (2, 0.25)));
}

#[test]
fn shared_authentic_items_have_no_gap() {
    let (scores, labels, groups) = made(30, 20, 6, 0);
    let mut other = made(30, 10, 6, 0);
    other.2[..30].iter_mut().for_each(|group| *group += 500);
    let found = gaps_of(&[(scores, labels, groups), other], 200);
    let alarms = find(&found, "false_positive_rate").unwrap();
    assert_eq!((alarms.gap.value, alarms.gap.ci95), (0.0, Some([0.0, 0.0])));
}

#[test]
fn fewer_than_two_have_no_gap() {
    assert_eq!(find(&gaps_of(&[made(40, 1, 1, 0), made(5, 1, 1, 90)], 10), "auc"), None);
    assert_eq!(find(&gaps_of(&[], 10), "auc"), None);
}
