//! Parity with scikit-learn, lir and MLstatkit on `fixtures/reference.json`, made by `fixtures/make.py`.

use serde_json::Value;

use super::super::*;
use super::close;
use crate::metrics::multiclass;
use crate::stats::{Bootstrap, DeLong};

fn cases(kind: &str) -> Vec<Value> {
    let reference: Value = serde_json::from_str(include_str!("../fixtures/reference.json")).unwrap();
    let cases = reference[kind].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap_or(f64::INFINITY)).collect()
}

fn classes(value: &Value) -> Vec<usize> {
    numbers(value).into_iter().map(|class| class as usize).collect()
}

fn labels(case: &Value) -> Vec<bool> {
    numbers(&case["labels"]).into_iter().map(|label| label == 1.0).collect()
}

fn all_close(got: impl IntoIterator<Item = f64>, expected: &Value) {
    let (got, expected): (Vec<f64>, Vec<f64>) = (got.into_iter().collect(), numbers(expected));
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.into_iter().zip(expected) {
        assert!(got == expected || (got - expected).abs() < 1e-12, "expected {expected}, got {got}");
    }
}

#[test]
fn ranks_with_ties_and_weights() {
    for case in cases("ranked") {
        let (scores, weights) = (numbers(&case["scores"]), numbers(&case["weights"]));
        let ranking = Ranking::from_items(&scores, &labels(&case), Some(&weights)).unwrap();
        close(ranking.auc(), case["auc"].as_f64().unwrap());
        close(ranking.average_precision(), case["ap"].as_f64().unwrap());
        let points: Vec<OperatingPoint> = ranking.operating_points().collect();
        all_close(points.iter().map(|point| point.threshold), &case["thresholds"]);
        let (positives, negatives) = (ranking.positives(), ranking.negatives());
        all_close(points.iter().map(|point| point.false_positives / negatives), &case["fpr"]);
        all_close(points.iter().map(|point| point.true_positives / positives), &case["tpr"]);
        let called: Vec<&OperatingPoint> = points.iter().skip(1).collect();
        all_close(called.iter().map(|point| point.true_positives / positives), &case["recall"]);
        let precision =
            |point: &&OperatingPoint| point.true_positives / (point.true_positives + point.false_positives);
        all_close(called.iter().map(precision), &case["precision"]);
    }
}

#[test]
fn decisions_and_probabilities() {
    for case in cases("probable") {
        let scores = numbers(&case["scores"]);
        let labels = labels(&case);
        let predictions =
            Predictions { scores: &scores, kind: ScoreKind::Probability, decisions: None, threshold: None };
        let options = Options { bootstrap: Bootstrap { replicates: 0, seed: 0 }, ..Options::default() };
        let report = evaluate(&predictions, &labels, None, &options).unwrap();
        let value = |id: &str| report.metrics.get(id).map(|estimate| estimate.value);
        let expected = case["metrics"].as_object().unwrap();
        assert_eq!(expected.len(), 12);
        for (id, expected) in expected {
            close(value(id), expected.as_f64().unwrap());
        }
        let confusion = report.confusion.unwrap();
        assert_eq!(Some(confusion.true_positives), case["confusion"]["tp"].as_f64());
        assert_eq!(Some(confusion.false_negatives), case["confusion"]["fn"].as_f64());
        let bins = report.curves.reliability.unwrap();
        let shares = bins.iter().filter_map(|bin| bin.positive_share);
        all_close(shares, &case["reliability"]["positive_share"]);
        let means = bins.iter().filter_map(|bin| bin.mean_probability);
        all_close(means, &case["reliability"]["mean_probability"]);
        // The same as log likelihood ratios: Cllr and decisions stay, and at even odds the probabilities too.
        let ratios: Vec<f64> = scores.iter().map(|p| p.ln() - (1.0 - p).ln()).collect();
        let predictions = Predictions { scores: &ratios, kind: ScoreKind::LogLikelihoodRatio, ..predictions };
        let report = evaluate(&predictions, &labels, None, &options).unwrap();
        for (id, expected) in expected {
            close(report.metrics.get(id).map(|estimate| estimate.value), expected.as_f64().unwrap());
        }
    }
}

#[test]
fn delong() {
    for case in cases("paired") {
        let (first, second, labels) = (numbers(&case["first"]), numbers(&case["second"]), labels(&case));
        let difference = DeLong::compare(&first, &second, &labels).unwrap().unwrap();
        close(difference.z, case["z"].as_f64().unwrap());
        close(difference.p_value, case["p_value"].as_f64().unwrap());
        close(Some(difference.variance), case["variance"].as_f64().unwrap());
        for (scores, auc, ci95) in
            [(&first, "first_auc", "first_ci95"), (&second, "second_auc", "second_ci95")]
        {
            let measured = DeLong::of(scores, &labels).unwrap().unwrap();
            close(Some(measured.auc), case[auc].as_f64().unwrap());
            all_close(measured.ci95, &case[ci95]);
        }
    }
}

#[test]
fn attribution() {
    for case in cases("attributed") {
        let (labels, decisions) = (classes(&case["labels"]), classes(&case["decisions"]));
        let rows: Vec<f64> = case["scores"].as_array().unwrap().iter().flat_map(numbers).collect();
        let scores = ndarray::ArrayView2::from_shape((labels.len(), 4), &rows).unwrap();
        let predictions = multiclass::Predictions { classes: 4, decisions: &decisions, scores: Some(scores) };
        let report = multiclass::evaluate(&predictions, &labels, None, &Bootstrap::default()).unwrap();
        for (row, expected) in report.confusion.iter().zip(case["confusion"].as_array().unwrap()) {
            all_close(row.iter().map(|&count| f64::from(count)), expected);
        }
        for (estimate, id) in [
            (report.accuracy, "accuracy"),
            (report.balanced_accuracy, "balanced_accuracy"),
            (report.macro_f1, "macro_f1"),
        ] {
            let estimate = estimate.unwrap();
            close(Some(estimate.value), case[id].as_f64().unwrap());
            let [lower, upper] = estimate.ci95.unwrap();
            assert!(lower < estimate.value && estimate.value < upper);
        }
        close(report.macro_auc, case["macro_auc"].as_f64().unwrap());
        let top = multiclass::top_accuracy(scores, &labels, 2).unwrap();
        close(top, case["top_2"].as_f64().unwrap());
        assert_eq!(multiclass::top_accuracy(scores, &labels, 4).unwrap(), Some(1.0));
    }
}

#[test]
fn attribution_of_odd_inputs() {
    let bootstrap = Bootstrap { replicates: 10, seed: 0 };
    let evaluate = |classes: usize, labels: &[usize], decisions: &[usize]| {
        let predictions = multiclass::Predictions { classes, decisions, scores: None };
        multiclass::evaluate(&predictions, labels, None, &bootstrap)
    };
    let report = evaluate(3, &[], &[]).unwrap();
    assert_eq!((report.accuracy, report.items), (None, 0));
    // Class 1 is decided but never a label: F1 of classes 0 and 1 are 2/3 and 0, recall of class 0 is 1/2.
    let report = evaluate(3, &[0, 0], &[0, 1]).unwrap();
    close(report.macro_f1.map(|estimate| estimate.value), 1.0 / 3.0);
    close(report.balanced_accuracy.map(|estimate| estimate.value), 0.5);
    assert_eq!(evaluate(0, &[], &[]).unwrap().confusion.len(), 0);
    let error = evaluate(2, &[0, 2], &[0, 0]).unwrap_err();
    assert_eq!(error.to_string(), "expected a class below 2 as label of item 1, got 2");
    assert!(evaluate(2, &[0], &[0, 1]).is_err());
    assert!(evaluate(1001, &[], &[]).is_err());
}
