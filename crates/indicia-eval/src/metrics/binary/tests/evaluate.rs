use indicia_core::ErrorKind;

use super::super::*;
use super::close;
use crate::stats::{Bootstrap, DeLong, Estimate, IntervalMethod};

fn options(replicates: usize) -> Options {
    Options { bootstrap: Bootstrap { replicates, seed: 4 }, ..Options::default() }
}

fn predictions(scores: &[f64], kind: ScoreKind) -> Predictions<'_> {
    Predictions { scores, kind, decisions: None, threshold: None }
}

fn value(report: &BinaryReport, id: &str) -> Option<f64> {
    report.metrics.get(id).map(|estimate| estimate.value)
}

/// Scores of two overlapping classes, `levels` distinct values, and their labels, the same on every call.
fn overlapping(items: usize, levels: u64, shift: f64) -> (Vec<f64>, Vec<bool>) {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..items)
        .map(|_| {
            let label = random() < 0.4;
            let score = (random() + random() + if label { shift } else { 0.0 }) / (2.0 + shift);
            ((score * levels as f64).floor() / levels as f64, label)
        })
        .unzip()
}

#[test]
fn costs_by_hand() {
    // Probabilities 0.8 of a positive, 0.4 of a positive, 0.2 of a negative.
    let scores = [0.8, 0.4, 0.2];
    let labels = [true, true, false];
    let report = evaluate(&predictions(&scores, ScoreKind::Probability), &labels, None, &options(0)).unwrap();
    close(value(&report, "brier"), (0.04 + 0.36 + 0.04) / 3.0);
    close(value(&report, "log_loss"), -(0.8_f64.ln() + 0.4_f64.ln() + 0.8_f64.ln()) / 3.0);
    // Ratios 4, 2/3 and 1/4: log2 of 5/4, 5/2 and 5/4.
    let expected = ((1.25_f64.log2() + 2.5_f64.log2()) / 2.0 + 1.25_f64.log2()) / 2.0;
    close(value(&report, "cllr"), expected);
    close(value(&report, "min_cllr"), 0.0);
    close(value(&report, "cllr_calibration"), expected);
    // Every item is alone in its bin.
    close(value(&report, "ece"), (0.2 + 0.6 + 0.2) / 3.0);
    close(value(&report, "ece_adaptive"), 1.0 / 3.0);
    close(value(&report, "accuracy"), 2.0 / 3.0);
    assert_eq!(report.counts, Counts { positives: 2, negatives: 1, groups: 3 });
    assert_eq!(report.threshold, Some(0.5));
    assert!(report.metrics.iter().all(|(_, result)| result.is_ok_and(|e| e.ci95.is_none())));
    // Probabilities that assume 0.8: their odds are divided by 4 for the ratios 1, 1/6 and 1/16.
    let prior = Options { prior: 0.8, ..options(0) };
    let report = evaluate(&predictions(&scores, ScoreKind::Probability), &labels, None, &prior).unwrap();
    let expected = ((1.0 + 7.0_f64.log2()) / 2.0 + (17.0_f64 / 16.0).log2()) / 2.0;
    close(value(&report, "cllr"), expected);
    close(value(&report, "brier"), 0.44 / 3.0);
}

#[test]
fn bins_of_equal_width_by_hand() {
    // 0.5 and 0.52 share a bin (7/15 to 8/15) with one positive; 1 is in the last bin, 0 in the first.
    let scores = [0.5, 0.52, 1.0, 0.0];
    let labels = [true, false, true, true];
    let report = evaluate(&predictions(&scores, ScoreKind::Probability), &labels, None, &options(0)).unwrap();
    close(value(&report, "ece"), (2.0 * 0.01 + 0.0 + 1.0) / 4.0);
    let bins = report.curves.reliability.as_ref().unwrap();
    assert_eq!((bins.len(), bins[7].weight, bins[14].weight, bins[0].weight), (15, 2.0, 1.0, 1.0));
    close(bins[7].mean_probability, 0.51);
    assert_eq!((bins[7].positive_share, bins[1].positive_share), (Some(0.5), None));
    // An edge belongs to the bin below it: 0.2 is the upper end of the third bin.
    let edge = predictions(&[0.2, 0.2001], ScoreKind::Probability);
    let edge = evaluate(&edge, &[true, false], None, &options(0)).unwrap();
    let edge = edge.curves.reliability.unwrap();
    assert_eq!((edge[2].weight, edge[3].weight, edge[3].lower), (1.0, 1.0, 0.2));
    // A positive at probability 0 costs without end, which is no value.
    assert_eq!(value(&report, "cllr"), None);
    let reason = report.metrics.reason_of_absence("log_loss");
    assert_eq!(reason, Some("infinite: a score that is certain is wrong"));
}

#[test]
fn certain_and_right_costs_nothing() {
    let scores = [f64::INFINITY, 0.0, f64::NEG_INFINITY];
    let labels = [true, false, false];
    let report = evaluate(&predictions(&scores, ScoreKind::LogLikelihoodRatio), &labels, None, &options(20));
    let report = report.unwrap();
    // The one ratio of 1 costs one bit of a class of two.
    close(value(&report, "cllr"), 0.25);
    close(value(&report, "accuracy"), 2.0 / 3.0);
    close(value(&report, "brier"), 0.25 / 3.0);
}

#[test]
fn raw_scores_have_no_probability() {
    let (scores, labels) = overlapping(50, 1000, 0.5);
    let raw = predictions(&scores, ScoreKind::Raw);
    let report = evaluate(&raw, &labels, None, &options(50)).unwrap();
    for id in ["cllr", "ece", "ece_adaptive", "brier", "log_loss", "cllr_calibration"] {
        let reason = report.metrics.reason_of_absence(id);
        assert_eq!(reason, Some("the scores are neither probabilities nor likelihood ratios"), "{id}");
    }
    let reason = report.metrics.reason_of_absence("accuracy");
    assert_eq!(reason, Some("raw scores were given without a threshold or decisions"));
    assert!(value(&report, "min_cllr").is_some() && value(&report, "auc").is_some());
    let at = evaluate(&Predictions { threshold: Some(0.5), ..raw }, &labels, None, &options(50)).unwrap();
    let decisions: Vec<bool> = scores.iter().map(|&score| score >= 0.5).collect();
    let given =
        evaluate(&Predictions { decisions: Some(&decisions), ..raw }, &labels, None, &options(50)).unwrap();
    assert_eq!((at.threshold, given.threshold), (Some(0.5), None));
    assert_eq!(at.confusion, given.confusion);
    for (info, result) in at.metrics.iter() {
        assert_eq!(
            result,
            given.metrics.get(info.id).ok_or_else(|| { given.metrics.reason_of_absence(info.id).unwrap() }),
            "{}",
            info.id
        );
    }
}

#[test]
fn one_class_keeps_what_it_can() {
    let scores = [0.1, 0.7, 0.2, 0.3];
    let all = predictions(&scores, ScoreKind::Probability);
    let report = evaluate(&all, &[false; 4], None, &options(200)).unwrap();
    close(value(&report, "accuracy"), 0.75);
    close(value(&report, "false_positive_rate"), 0.25);
    close(value(&report, "brier"), (0.01 + 0.49 + 0.04 + 0.09) / 4.0);
    assert!(report.metrics.get("accuracy").unwrap().ci95.is_some());
    for id in ["auc", "ap", "eer", "recall", "precision", "f1", "min_cllr", "cllr", "mcc"] {
        assert_eq!(report.metrics.reason_of_absence(id), Some("no items are labelled positive"), "{id}");
    }
    assert_eq!((report.curves.roc, report.curves.precision_recall), (None, None));
    let report = evaluate(&all, &[true; 4], None, &options(0)).unwrap();
    close(value(&report, "recall"), 0.25);
    close(value(&report, "precision"), 1.0);
    assert_eq!(report.metrics.reason_of_absence("auc"), Some("no items are labelled negative"));
    let low = predictions(&[0.1, 0.2], ScoreKind::Probability);
    let report = evaluate(&low, &[true, false], None, &options(0)).unwrap();
    assert_eq!(report.metrics.reason_of_absence("precision"), Some("nothing is called positive"));
    let none = predictions(&[], ScoreKind::Probability);
    let report = evaluate(&none, &[], Some(&[]), &options(10)).unwrap();
    assert!(report.metrics.iter().all(|(_, result)| result.is_err()));
    assert_eq!(report.metrics.reason_of_absence("accuracy"), Some("there are no items"));
}

#[test]
fn faults_name_the_item() {
    let fault = |scores: &[f64], kind, labels: &[bool]| {
        let error = evaluate(&predictions(scores, kind), labels, None, &options(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        error.to_string()
    };
    let got = fault(&[0.0, f64::NAN], ScoreKind::Raw, &[true, false]);
    assert_eq!(got, "expected a number as score of item 1, got NaN");
    let got = fault(&[0.0, 1.0, 1.5], ScoreKind::Probability, &[true; 3]);
    assert_eq!(got, "expected a probability from 0 to 1 as score of item 2, got 1.5");
    let got = fault(&[0.0], ScoreKind::Raw, &[]);
    assert_eq!(got, "expected as many labels as scores (1), got 0");
    let raw = predictions(&[0.5], ScoreKind::Raw);
    let error = evaluate(&raw, &[true], Some(&[1, 2]), &options(0)).unwrap_err();
    assert_eq!(error.to_string(), "expected as many groups as scores (1), got 2");
    let decided = Predictions { decisions: Some(&[]), ..raw };
    assert!(evaluate(&decided, &[true], None, &options(0)).is_err());
    let prior = Options { prior: 1.0, ..options(0) };
    assert_eq!(evaluate(&raw, &[true], None, &prior).unwrap_err().kind(), ErrorKind::Configuration);
    let nan = Predictions { threshold: Some(f64::NAN), ..raw };
    assert_eq!(evaluate(&nan, &[true], None, &options(0)).unwrap_err().kind(), ErrorKind::Configuration);
}

#[test]
fn intervals_agree_with_delong_and_wilson() {
    let (scores, labels) = overlapping(2000, 1 << 30, 0.6);
    let all = predictions(&scores, ScoreKind::Probability);
    let report = evaluate(&all, &labels, None, &options(2000)).unwrap();
    let near = |estimate: &Estimate, expected: [f64; 2]| {
        let width = expected[1] - expected[0];
        for (got, expected) in estimate.ci95.unwrap().into_iter().zip(expected) {
            assert!((got - expected).abs() < 0.06 * width, "expected {expected}, got {got}");
        }
    };
    near(report.metrics.get("auc").unwrap(), DeLong::of(&scores, &labels).unwrap().unwrap().ci95);
    let confusion = report.confusion.unwrap();
    let right = confusion.true_positives + confusion.true_negatives;
    let wilson = crate::stats::wilson_interval(right as u64, 2000).unwrap();
    near(report.metrics.get("accuracy").unwrap(), wilson);
    for (info, result) in report.metrics.iter() {
        let Estimate { value, ci95: Some([lower, upper]), interval: Some(interval) } = *result.unwrap()
        else {
            panic!("no interval of {}", info.id)
        };
        assert!(lower <= value && value <= upper, "{}: {value} not in {lower} to {upper}", info.id);
        assert_eq!(interval == IntervalMethod::CentredBootstrap, info.centred);
        assert!(info.least <= value && info.greatest.is_none_or(|greatest| value <= greatest));
    }
}

/// Merging is for the resamples only, and their intervals are those of resamples without merging.
#[test]
fn merged_resamples_agree_with_exact_ones() {
    let items = 30_000;
    let (scores, labels) = overlapping(items, 1 << 40, 0.6);
    let all = predictions(&scores, ScoreKind::Probability);
    let ids: Vec<u32> = (0..items as u32).map(|item| item / 2).collect();
    let merged = evaluate(&all, &labels, None, &options(600)).unwrap();
    let grouped = evaluate(&all, &labels, Some(&ids), &options(600)).unwrap();
    assert!(merged.bootstrap_merged && grouped.bootstrap_merged);
    assert_eq!((merged.counts.groups, grouped.counts.groups), (items, items / 2));
    // The same items with their scores cut to 4000 values are resampled exactly.
    let cut: Vec<f64> = scores.iter().map(|score| (score * 4000.0).floor() / 4000.0).collect();
    let exact = evaluate(&predictions(&cut, ScoreKind::Probability), &labels, None, &options(600)).unwrap();
    assert!(!exact.bootstrap_merged);
    for (info, result) in merged.metrics.iter() {
        let estimate = result.unwrap();
        assert_eq!(Some(estimate.value), value(&grouped, info.id), "{}", info.id);
        let [lower, upper] = estimate.ci95.unwrap();
        for other in [exact.metrics.get(info.id), grouped.metrics.get(info.id)] {
            let [other_lower, other_upper] = other.unwrap().ci95.unwrap();
            let ratio = (upper - lower) / (other_upper - other_lower);
            assert!((0.8..1.25).contains(&ratio), "{}: widths are as {ratio}", info.id);
        }
    }
}

#[test]
fn groups_widen_intervals_and_fix_seeds() {
    let (scores, labels) = overlapping(400, 1 << 20, 0.6);
    // Every item five times: values stay, and an interval that knows of it stays too.
    let scores5: Vec<f64> = scores.iter().flat_map(|&score| [score; 5]).collect();
    let labels5: Vec<bool> = labels.iter().flat_map(|&label| [label; 5]).collect();
    let ids: Vec<u32> = (0..400).flat_map(|id| [id * 7; 5]).collect();
    let one = evaluate(&predictions(&scores, ScoreKind::Raw), &labels, None, &options(500)).unwrap();
    let all = predictions(&scores5, ScoreKind::Raw);
    let grouped = evaluate(&all, &labels5, Some(&ids), &options(500)).unwrap();
    let apart = evaluate(&all, &labels5, None, &options(500)).unwrap();
    let width = |report: &BinaryReport, id: &str| {
        let [lower, upper] = report.metrics.get(id).unwrap().ci95.unwrap();
        upper - lower
    };
    for id in ["auc", "ap", "eer", "best_accuracy"] {
        let got = value(&grouped, id).unwrap();
        close(value(&one, id), got);
        assert!((width(&one, id) - width(&grouped, id)).abs() < 1e-9, "{id}");
        assert!(width(&apart, id) < 0.65 * width(&grouped, id), "{id}");
    }
    let again = evaluate(&all, &labels5, Some(&ids), &options(500)).unwrap();
    assert_eq!(grouped.metrics.get("auc"), again.metrics.get("auc"));
    let lone = evaluate(&all, &labels5, Some(&[1; 2000]), &options(500)).unwrap();
    assert_eq!((lone.counts.groups, lone.metrics.get("auc").unwrap().ci95), (1, None));
}

#[test]
fn compares_over_the_same_resamples() {
    let (scores, labels) = overlapping(600, 1 << 20, 0.6);
    // A second detector that sees the same with noise.
    let (noise, _) = overlapping(600, 1 << 16, 0.0);
    let worse: Vec<f64> = scores.iter().zip(&noise).map(|(score, noise)| (score + noise) / 2.0).collect();
    let (a, b) = (predictions(&scores, ScoreKind::Probability), predictions(&worse, ScoreKind::Probability));
    let comparison = compare(&a, &b, &labels, None, &options(2000)).unwrap();
    let delong = comparison.delong.unwrap();
    let auc = comparison.get("auc").unwrap();
    close(Some(auc.difference.value), delong.difference);
    close(Some(auc.first - auc.second), auc.difference.value);
    let width = delong.ci95[1] - delong.ci95[0];
    for (got, expected) in auc.difference.ci95.unwrap().into_iter().zip(delong.ci95) {
        assert!((got - expected).abs() < 0.08 * width, "expected {expected}, got {got}");
    }
    // Pairing leaves less than either detector's own interval on its own would.
    let report = evaluate(&a, &labels, None, &options(2000)).unwrap();
    let own = report.metrics.get("auc").unwrap().ci95.unwrap();
    assert!(width < 1.4 * (own[1] - own[0]));
    assert!(auc.p_value.unwrap() < 0.01 && delong.p_value.unwrap() < 0.01);

    let same = compare(&a, &a, &labels, None, &options(100)).unwrap();
    let auc = same.get("auc").unwrap();
    assert_eq!((auc.difference.value, auc.difference.ci95), (0.0, Some([0.0, 0.0])));
    assert_eq!(auc.p_value, Some(1.0));
    let raw = predictions(&scores, ScoreKind::Raw);
    let comparison = compare(&a, &raw, &labels, None, &options(10)).unwrap();
    assert!(comparison.get("brier").is_none() && comparison.get("auc").is_some());
    assert!(compare(&a, &predictions(&[0.5], ScoreKind::Raw), &labels, None, &options(0)).is_err());
}

/// The p-value of detectors that do not differ is spread evenly, so that few are small.
#[test]
fn no_difference_is_seldom_found() {
    let mut small = 0;
    for seed in 0..60 {
        let (scores, labels) = overlapping(6000 + seed, 1 << 20, 0.6);
        let (scores, labels) = (&scores[seed * 90..seed * 90 + 400], &labels[seed * 90..seed * 90 + 400]);
        let (noise, _) = overlapping(1000 + seed * 7, 1 << 16, 0.0);
        let noisy = |skip: usize| -> Vec<f64> {
            scores.iter().zip(&noise[skip + seed..]).map(|(score, noise)| score + noise / 3.0).collect()
        };
        let (a, b) = (noisy(0), noisy(450));
        let (a, b) = (predictions(&a, ScoreKind::Raw), predictions(&b, ScoreKind::Raw));
        let comparison = compare(&a, &b, labels, None, &options(200)).unwrap();
        small += u32::from(comparison.get("auc").unwrap().p_value.unwrap() < 0.05);
    }
    // 3 are expected; 10 or more have a probability of about 0.001.
    assert!(small < 10, "{small} of 60");
}

#[test]
fn writes_one_object() {
    let scores = [0.9, 0.4, 0.2, 0.7];
    let labels = [true, true, false, false];
    let raw = predictions(&scores, ScoreKind::Raw);
    let report = evaluate(&raw, &labels, None, &options(100)).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["metrics"]["auc"]["value"], 0.75);
    assert_eq!(json["metrics"]["auc"]["ci95"].as_array().unwrap().len(), 2);
    assert_eq!(json["metrics"]["cllr"], serde_json::Value::Null);
    assert_eq!(json["metrics"].as_object().unwrap().len(), METRICS.len());
    assert_eq!(json["absent"]["cllr"], report.metrics.reason_of_absence("cllr").unwrap());
    assert_eq!(json["absent"].get("auc"), None);
    assert_eq!(json["counts"]["positives"], 2);
    assert_eq!(json["kind"], "raw");
    assert_eq!(json["curves"]["roc"]["threshold"][0], serde_json::Value::Null);
    let comparison = compare(&raw, &raw, &labels, None, &options(100)).unwrap();
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["metrics"]["auc"]["difference"]["value"], 0.0);
    assert_eq!(json["delong"]["p_value"], 1.0);
}

#[test]
fn the_catalogue_is_in_order() {
    for (index, info) in METRICS.iter().enumerate() {
        assert!(METRICS[..index].iter().all(|other| other.id != info.id), "{} twice", info.id);
        assert!(info.definition.ends_with('.') && info.least < info.greatest.unwrap_or(f64::INFINITY));
        assert_eq!(metric(info.id).unwrap().name, info.name);
    }
    assert!(metric("aucc").is_none());
}
