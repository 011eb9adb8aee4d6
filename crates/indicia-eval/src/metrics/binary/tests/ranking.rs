use super::super::*;
use super::close;

fn ranking(scores: &[f64], labels: &[u8]) -> Ranking {
    let labels: Vec<bool> = labels.iter().map(|&label| label == 1).collect();
    Ranking::from_items(scores, &labels, None).unwrap()
}

/// Positives at 0.9, 0.6, 0.6 and 0.2; negatives at 0.8, 0.6 and 0.1.
fn seven() -> Ranking {
    ranking(&[0.9, 0.8, 0.6, 0.6, 0.6, 0.2, 0.1], &[1, 0, 1, 1, 0, 1, 0])
}

#[test]
fn ranks_by_hand() {
    let ranking = seven();
    assert_eq!(ranking.cells().len(), 5);
    assert_eq!((ranking.positives(), ranking.negatives()), (4.0, 3.0));
    // Pairs won: 0.9 wins 3; each 0.6 wins 1 and ties 1; 0.2 wins 1.
    close(ranking.auc(), (3.0 + 1.5 + 1.5 + 1.0) / 12.0);
    // Recall steps 1/4 at precision 1, 2/4 at 3/5, 1/4 at 4/6.
    close(ranking.average_precision(), 0.25 + 0.5 * 0.6 + 0.25 * 4.0 / 6.0);
    // ROC: (0, 1/4), (1/3, 1/4), (2/3, 3/4), (2/3, 1), (1, 1). FPR = FNR on the third segment: FPR goes
    // 1/3 to 2/3 while FNR goes 3/4 to 1/4: 1/3 + t/3 = 3/4 - t/2, so t = 1/2.
    close(ranking.equal_error_rate(), 0.5);
    // Gaps |FNR - FPR|: 1, 3/4, 5/12, 5/12, 2/3, 1. The first of the two least has FPR 1/3.
    close(ranking.nearest_equal_error_rate(), 1.0 / 3.0);
    close(ranking.true_positive_rate_at(0.01), 0.25);
    close(ranking.true_positive_rate_at(2.0 / 3.0), 1.0);
    close(ranking.false_positive_rate_at(0.95), 2.0 / 3.0);
    close(ranking.false_positive_rate_at(0.25), 0.0);
    // F1: 2/5, 2/6, 6/9, 8/10, 8/11.
    assert_eq!(ranking.best_f1(), Some(Best { value: 0.8, threshold: 0.2 }));
    // Accuracy: 3/7, 4/7, 3/7, 4/7, 5/7, 4/7.
    assert_eq!(ranking.best_accuracy(), Some(Best { value: 5.0 / 7.0, threshold: 0.2 }));
    close(ranking.adjusted_average_precision(), 1.0 - (0.55_f64 + 1.0 / 6.0).ln() / (4.0_f64 / 7.0).ln());
}

#[test]
fn perfect_and_reversed() {
    let perfect = ranking(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 1, 1]);
    close(perfect.auc(), 1.0);
    close(perfect.average_precision(), 1.0);
    close(perfect.equal_error_rate(), 0.0);
    close(perfect.min_cllr(), 0.0);
    close(perfect.true_positive_rate_at(0.0), 1.0);
    let reversed = ranking(&[4.0, 3.0, 2.0, 1.0], &[0, 0, 1, 1]);
    close(reversed.auc(), 0.0);
    close(reversed.equal_error_rate(), 1.0);
    close(reversed.average_precision(), (1.0 / 3.0 + 0.5) / 2.0);
    // All violate the order, so all are pooled: a ratio of 1 costs one bit.
    close(reversed.min_cllr(), 1.0);
    let tied = ranking(&[5.0; 4], &[0, 1, 1, 0]);
    close(tied.auc(), 0.5);
    close(tied.equal_error_rate(), 0.5);
    close(tied.min_cllr(), 1.0);
    close(tied.average_precision(), 0.5);
}

#[test]
fn min_cllr_by_hand() {
    // By score: N, P, N, P. The middle two are pooled at a ratio of 1; the outer two cost nothing:
    // (1/2 log2 2 + 1/2 log2 2) / 2.
    close(ranking(&[1.0, 2.0, 3.0, 4.0], &[0, 1, 0, 1]).min_cllr(), 0.5);
    // N | P N N | P P: the pooled block has 1 of 3 positives and 2 of 3 negatives, ratio 1/2.
    let expected = (3.0_f64.log2() / 3.0 + 2.0 / 3.0 * 1.5_f64.log2()) / 2.0;
    close(ranking(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[0, 1, 0, 0, 1, 1]).min_cllr(), expected);
}

#[test]
fn cells_weigh_as_their_items() {
    let cells = [(0.6, 2.0, 1.0), (0.9, 1.0, 0.0), (0.8, 0.0, 1.0), (0.2, 1.0, 0.0), (0.1, 0.0, 1.0)];
    assert_eq!(Ranking::from_cells(cells).unwrap(), seven());
    let zero = Ranking::from_cells([(0.0, 1.0, 0.0), (-0.0, 0.0, 1.0), (3.0, 0.0, 0.0)]).unwrap();
    assert_eq!(zero.cells(), [Cell { score: 0.0, positive: 1.0, negative: 1.0 }]);
}

#[test]
fn one_class_and_none() {
    let only = ranking(&[1.0, 2.0], &[0, 0]);
    assert_eq!((only.auc(), only.average_precision(), only.min_cllr()), (None, None, None));
    assert_eq!((only.equal_error_rate(), only.true_positive_rate_at(0.1)), (None, None));
    assert_eq!(only.confusion_at(1.5).false_positive_rate(), Some(0.5));
    let empty = ranking(&[], &[]);
    assert_eq!((empty.auc(), empty.confusion_at(0.0).accuracy()), (None, None));
    assert_eq!(empty.operating_points().count(), 1);
}

#[test]
fn faults_name_the_item() {
    let error = Ranking::from_items(&[1.0, f64::NAN], &[true, false], None).unwrap_err();
    assert_eq!(error.to_string(), "expected a number as score of item 1, got NaN");
    let error = Ranking::from_items(&[1.0, 2.0], &[true], None).unwrap_err();
    assert_eq!(error.to_string(), "expected as many labels as scores (2), got 1");
    assert!(Ranking::from_items(&[1.0], &[true], Some(&[-1.0])).is_err());
    assert!(Ranking::from_cells([(1.0, f64::INFINITY, 0.0)]).is_err());
}

#[test]
fn confusion_by_hand() {
    let confusion = seven().confusion_at(0.6);
    let expected =
        Confusion { true_positives: 3.0, false_positives: 2.0, true_negatives: 1.0, false_negatives: 1.0 };
    assert_eq!(confusion, expected);
    close(confusion.accuracy(), 4.0 / 7.0);
    close(confusion.balanced_accuracy(), (0.75 + 1.0 / 3.0) / 2.0);
    close(confusion.precision(), 0.6);
    close(confusion.recall(), 0.75);
    close(confusion.specificity(), 1.0 / 3.0);
    close(confusion.false_positive_rate(), 2.0 / 3.0);
    close(confusion.f1(), 6.0 / 9.0);
    close(confusion.iou(), 0.5);
    close(confusion.mcc(), (3.0 - 2.0) / (4.0_f64 * 3.0 * 5.0 * 2.0).sqrt());
    let nothing = seven().confusion_at(f64::INFINITY);
    assert_eq!((nothing.precision(), nothing.f1(), nothing.mcc()), (None, Some(0.0), Some(0.0)));
}

#[test]
fn curves_by_hand() {
    let roc = seven().roc_curve(100).unwrap();
    let third = 1.0 / 3.0;
    assert_eq!(roc.false_positive_rate, [0.0, 0.0, third, 2.0 * third, 2.0 * third, 1.0]);
    assert_eq!(roc.true_positive_rate, [0.0, 0.25, 0.25, 0.75, 1.0, 1.0]);
    assert_eq!(roc.threshold, [f64::INFINITY, 0.9, 0.8, 0.6, 0.2, 0.1]);
    let curve = seven().precision_recall_curve(100).unwrap();
    assert_eq!(curve.recall, [0.25, 0.25, 0.75, 1.0, 1.0]);
    assert_eq!(curve.precision, [1.0, 0.5, 0.6, 4.0 / 6.0, 4.0 / 7.0]);
    // A limit keeps the ends, and then the corner farthest from the line between them.
    let two = seven().roc_curve(0).unwrap();
    assert_eq!((two.false_positive_rate.len(), two.threshold[0]), (2, f64::INFINITY));
    let roc = ranking(&[1.0, 2.0, 3.0, 4.0], &[0, 0, 1, 1]).roc_curve(3).unwrap();
    assert_eq!(roc.true_positive_rate, [0.0, 1.0, 1.0]);
    assert_eq!(roc.false_positive_rate, [0.0, 0.0, 1.0]);
}

/// A long curve in few points has nearly the area of the whole curve.
#[test]
fn short_curves_keep_their_shape() {
    let count = 60_000;
    let scores: Vec<f64> = (0..count).map(|item| f64::from(item * 7919 % 60_013)).collect();
    let labels: Vec<bool> = scores.iter().map(|score| score * score % 3.7e9 > 1.3e9).collect();
    let ranking = Ranking::from_items(&scores, &labels, None).unwrap();
    let roc = ranking.roc_curve(200).unwrap();
    assert!(roc.threshold.len() <= 200);
    let area: f64 = (1..roc.threshold.len())
        .map(|index| {
            let width = roc.false_positive_rate[index] - roc.false_positive_rate[index - 1];
            width * (roc.true_positive_rate[index] + roc.true_positive_rate[index - 1]) / 2.0
        })
        .sum();
    let auc = ranking.auc().unwrap();
    assert!((area - auc).abs() < 1e-3, "area {area}, AUC {auc}");
    assert_eq!((roc.false_positive_rate.last(), roc.true_positive_rate.last()), (Some(&1.0), Some(&1.0)));
    assert!(ranking.precision_recall_curve(200).unwrap().threshold.len() <= 200);
}

proptest::proptest! {
    #[test]
    fn ranks_as_pairs_do(items in proptest::collection::vec((0_u8..12, proptest::bool::ANY), 0..40)) {
        let scores: Vec<f64> = items.iter().map(|(score, _)| f64::from(*score)).collect();
        let labels: Vec<bool> = items.iter().map(|(_, label)| *label).collect();
        let ranking = Ranking::from_items(&scores, &labels, None).unwrap();
        let of_class = |class: bool| items.iter().filter(move |item| item.1 == class).map(|item| item.0);
        let pairs = of_class(true).count() * of_class(false).count();
        let won: f64 = of_class(true)
            .flat_map(|positive| of_class(false).map(move |negative| (positive, negative)))
            .map(|(positive, negative)| match positive.cmp(&negative) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 1.0,
            })
            .sum();
        if pairs == 0 {
            assert_eq!(ranking.auc(), None);
            return Ok(());
        }
        close(ranking.auc(), won / pairs as f64);
        let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
        let turned = Ranking::from_items(&turned, &labels, None).unwrap();
        close(turned.auc(), 1.0 - won / pairs as f64);
        close(turned.equal_error_rate(), 1.0 - ranking.equal_error_rate().unwrap());
        // All that is a rate, or bits of a calibrated detector, is from 0 to 1.
        for value in [ranking.average_precision(), ranking.equal_error_rate(), ranking.min_cllr()] {
            assert!((0.0..=1.0 + 1e-12).contains(&value.unwrap()));
        }
        let best = ranking.best_f1().unwrap();
        close(ranking.confusion_at(best.threshold).f1(), best.value);
        let best = ranking.best_accuracy().unwrap();
        close(ranking.confusion_at(best.threshold).accuracy(), best.value);
    }
}
