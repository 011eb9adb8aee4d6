use serde_json::Value;

use super::*;
use crate::metrics::Section;
use crate::stats::Bootstrap;

const QUICK: Bootstrap = Bootstrap { replicates: 40, seed: 1 };

fn pair(query: u32, score: f64, is_true: bool) -> Pair {
    Pair { query, score, is_true }
}

fn measure(pairs: &[Pair], truths: &[u32]) -> Section {
    let groups: Vec<u32> = (0..truths.len() as u32).collect();
    evaluate(pairs, truths, &groups, QUICK).unwrap()
}

#[track_caller]
fn close(section: &Section, id: &str, expected: f64) {
    let got = section.get(id).unwrap_or_else(|| panic!("{id} has no value")).value;
    assert!((got - expected).abs() < 1e-12, "{id}: expected {expected}, got {got}");
}

#[test]
fn three_queries_by_hand() {
    // Ranked: true 0.9, wrong 0.8, true 0.7, wrong 0.6, true 0.5. Query 1 has a second true reference that was
    // not returned; query 2 has none.
    let pairs = [
        pair(0, 0.7, true),
        pair(1, 0.9, true),
        pair(2, 0.8, false),
        pair(0, 0.6, false),
        pair(0, 0.5, true),
    ];
    let section = measure(&pairs, &[2, 2, 0]);
    close(&section, "mu_ap", (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 4.0);
    close(&section, "recall_at_p90", 1.0 / 4.0);
    close(&section, "recall_at_1", 2.0 / 4.0);
    close(&section, "recall_at_5", 3.0 / 4.0);
    close(&section, "map", ((1.0 + 2.0 / 3.0) / 2.0 + 1.0 / 2.0) / 2.0);
    close(&section, "mrr", 1.0);
    let counts = [3, 2, 3, 5, 4, 3];
    assert_eq!(section.counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), counts);
}

#[test]
fn equal_scores_count_against_the_detector() {
    let pairs = [pair(0, 0.0, true), pair(0, -0.0, false), pair(0, 0.0, false)];
    let section = measure(&pairs, &[1]);
    close(&section, "mu_ap", 1.0 / 3.0);
    close(&section, "mrr", 1.0 / 3.0);
    close(&section, "recall_at_1", 0.0);
    close(&section, "recall_at_p90", 0.0);
}

#[test]
fn nothing_returned_and_nothing_true() {
    let section = measure(&[], &[1, 0]);
    close(&section, "mu_ap", 0.0);
    close(&section, "mrr", 0.0);
    assert!(measure(&[pair(0, 1.0, false)], &[0]).metrics.iter().all(|(_, value)| value.is_none()));
    assert!(measure(&[], &[]).metrics.iter().all(|(_, value)| value.is_none()));
}

#[test]
fn resamples_hold_whole_queries() {
    // Alike queries: true above wrong in each, and no resample changes that much; one group has no interval.
    let pairs: Vec<Pair> = (0..10).flat_map(|q| [pair(q, 1.0, true), pair(q, 0.0, false)]).collect();
    let truths = [1; 10];
    let section = measure(&pairs, &truths);
    assert_eq!(section.get("mu_ap").unwrap().ci95, Some([1.0, 1.0]));
    let one = evaluate(&pairs, &truths, &[3; 10], QUICK).unwrap();
    assert!(one.metrics.iter().all(|(_, value)| value.unwrap().ci95.is_none()));
    let worse: Vec<Pair> = pairs.iter().map(|p| Pair { is_true: p.is_true && p.query < 5, ..*p }).collect();
    let [low, high] = measure(&worse, &truths).get("recall_at_1").unwrap().ci95.unwrap();
    assert!(low < 0.5 && high > 0.5);
}

#[test]
fn faults_are_named() {
    let fault = |pairs: &[Pair], truths: &[u32], groups: &[u32]| {
        evaluate(pairs, truths, groups, QUICK).unwrap_err().to_string()
    };
    assert!(fault(&[pair(0, f64::NAN, true)], &[1], &[0]).contains("pair 0, got NaN"));
    assert!(fault(&[pair(1, 0.0, true)], &[1], &[0]).contains("expected a query below 1 in pair 0, got 1"));
    assert!(fault(&[pair(0, 0.0, true)], &[0], &[0]).contains("at most 0 true pairs of query 0, got 1"));
    assert!(fault(&[], &[1], &[]).contains("expected as many groups as queries (1), got 0"));
}

#[test]
fn parity_with_scikit_learn() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/sklearn.json")).unwrap();
    for case in reference["cases"].as_array().unwrap() {
        let numbers =
            |key: &str| case[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect::<Vec<_>>();
        let (query, score, is_true) = (numbers("query"), numbers("score"), numbers("true"));
        let pairs: Vec<Pair> =
            (0..query.len()).map(|i| pair(query[i] as u32, score[i], is_true[i] == 1.0)).collect();
        let mut truths = vec![0; *query.last().unwrap() as usize + 1];
        pairs.iter().for_each(|p| truths[p.query as usize] += u32::from(p.is_true));
        close(&measure(&pairs, &truths), "map", case["map_without_missed"].as_f64().unwrap());
        truths[0] += case["missed"].as_u64().unwrap() as u32;
        let section = measure(&pairs, &truths);
        close(&section, "mu_ap", case["mu_ap"].as_f64().unwrap());
        close(&section, "recall_at_p90", case["recall_at_p90"].as_f64().unwrap());
    }
}
