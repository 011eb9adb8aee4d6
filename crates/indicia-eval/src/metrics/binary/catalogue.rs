use serde::Serialize;

use super::resample::Sample;

/// What a metric cannot be measured without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// Items labelled positive.
    Positives,
    /// Items labelled negative.
    Negatives,
    /// A decision per item, or a threshold.
    Decisions,
    /// Scores that are probabilities or log likelihood ratios.
    Probabilities,
}

impl Need {
    pub(super) fn unmet_by(self, sample: &Sample) -> Option<&'static str> {
        let (met, reason) = match self {
            Self::Positives => (sample.ranking.positives() > 0.0, "no items are labelled positive"),
            Self::Negatives => (sample.ranking.negatives() > 0.0, "no items are labelled negative"),
            Self::Decisions => {
                (sample.confusion.is_some(), "raw scores were given without a threshold or decisions")
            }
            Self::Probabilities => {
                (sample.calibration.is_some(), "the scores are neither probabilities nor likelihood ratios")
            }
        };
        (!met).then_some(reason)
    }
}

/// What a metric is.
#[derive(Debug, Clone, Serialize)]
pub struct MetricInfo {
    /// Name in tables and JSON.
    pub id: &'static str,
    /// Name for readers.
    pub name: &'static str,
    /// One sentence that says what is measured.
    pub definition: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// Least value.
    pub least: f64,
    /// Greatest value; absent where there is none.
    pub greatest: Option<f64>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Whether resampling pushes the value to one side, so that its interval is centred.
    pub centred: bool,
    /// When value and interval mislead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caution: Option<&'static str>,
    /// What it cannot be measured without.
    pub needs: &'static [Need],
    #[serde(skip)]
    pub(super) measure: fn(&Sample) -> Option<f64>,
}

const BOTH: &[Need] = &[Need::Positives, Need::Negatives];
const DECIDED: &[Need] = &[Need::Decisions];
const DECIDED_POSITIVES: &[Need] = &[Need::Decisions, Need::Positives];
const DECIDED_NEGATIVES: &[Need] = &[Need::Decisions, Need::Negatives];
const DECIDED_BOTH: &[Need] = &[Need::Decisions, Need::Positives, Need::Negatives];
const PROBABLE: &[Need] = &[Need::Probabilities];
const PROBABLE_BOTH: &[Need] = &[Need::Probabilities, Need::Positives, Need::Negatives];

const CHOSEN: Option<&str> = Some("Better than on new items, the more so the fewer the items.");
const CALIBRATED: Option<&str> =
    Some("Too low on few items, as the calibration is fitted to them; the interval does not make up for it.");
const BINNED: Option<&str> =
    Some("Too high on few items, by the scatter within bins; the interval does not make up for it.");

/// A metric of which more is better, from 0 to 1; the table changes what is different.
const fn fraction(
    id: &'static str,
    name: &'static str,
    definition: &'static str,
    needs: &'static [Need],
    measure: fn(&Sample) -> Option<f64>,
) -> MetricInfo {
    MetricInfo {
        id,
        name,
        definition,
        unit: "fraction",
        least: 0.0,
        greatest: Some(1.0),
        higher_is_better: true,
        centred: false,
        caution: None,
        needs,
        measure,
    }
}

/// Every metric of binary detectors, in the order of reports.
pub static METRICS: [MetricInfo; 25] = [
    fraction(
        "auc",
        "AUC",
        "Area under the ROC curve: the probability that a positive item scores above a negative one, ties counted half.",
        BOTH,
        |s| s.ranking.auc(),
    ),
    fraction(
        "ap",
        "Average precision",
        "Sum over falling thresholds of the precision times the step in recall, without interpolation.",
        BOTH,
        |s| s.ranking.average_precision(),
    ),
    MetricInfo {
        least: f64::NEG_INFINITY,
        unit: "share of the way from chance to 1, by logarithms",
        ..fraction(
            "ap_adjusted",
            "Prevalence-adjusted average precision",
            "1 - ln AP / ln prevalence, which is 0 at chance whatever the prevalence.",
            BOTH,
            |s| s.ranking.adjusted_average_precision(),
        )
    },
    MetricInfo {
        higher_is_better: false,
        ..fraction(
            "eer",
            "Equal error rate",
            "Error rate where the ROC curve, its points joined by straight lines, has equal false positive and false negative rates.",
            BOTH,
            |s| s.ranking.equal_error_rate(),
        )
    },
    MetricInfo {
        higher_is_better: false,
        ..fraction(
            "eer_nearest",
            "Equal error rate, nearest point",
            "False positive rate of the ROC point at which false positive and false negative rates differ least, as DeepfakeBench reports it.",
            BOTH,
            |s| s.ranking.nearest_equal_error_rate(),
        )
    },
    MetricInfo {
        caution: Some("With fewer than 500 negatives the interval is too narrow."),
        ..fraction(
            "tpr_at_fpr_0.01",
            "TPR at 1 % FPR",
            "Highest true positive rate of the thresholds whose false positive rate is at most 1 %, without interpolation.",
            BOTH,
            |s| s.ranking.true_positive_rate_at(0.01),
        )
    },
    MetricInfo {
        caution: Some("With fewer than 5000 negatives the interval is too narrow."),
        ..fraction(
            "tpr_at_fpr_0.001",
            "TPR at 0.1 % FPR",
            "Highest true positive rate of the thresholds whose false positive rate is at most 0.1 %, without interpolation.",
            BOTH,
            |s| s.ranking.true_positive_rate_at(0.001),
        )
    },
    MetricInfo {
        higher_is_better: false,
        ..fraction(
            "fpr_at_tpr_0.95",
            "FPR at 95 % TPR",
            "Lowest false positive rate of the thresholds whose true positive rate is at least 95 %, without interpolation.",
            BOTH,
            |s| s.ranking.false_positive_rate_at(0.95),
        )
    },
    fraction("accuracy", "Accuracy", "Share of items decided rightly.", DECIDED, |s| s.confusion?.accuracy()),
    fraction(
        "balanced_accuracy",
        "Balanced accuracy",
        "Mean of recall and specificity.",
        DECIDED_BOTH,
        |s| s.confusion?.balanced_accuracy(),
    ),
    fraction(
        "precision",
        "Precision",
        "Share of positives among the items called positive.",
        DECIDED_POSITIVES,
        |s| s.confusion?.precision(),
    ),
    fraction(
        "recall",
        "Recall",
        "Share of the positives called positive: the accuracy on forged items.",
        DECIDED_POSITIVES,
        |s| s.confusion?.recall(),
    ),
    fraction(
        "specificity",
        "Specificity",
        "Share of the negatives called negative: the accuracy on authentic items.",
        DECIDED_NEGATIVES,
        |s| s.confusion?.specificity(),
    ),
    MetricInfo {
        higher_is_better: false,
        ..fraction(
            "false_positive_rate",
            "False positive rate",
            "Share of the negatives called positive: false alarms.",
            DECIDED_NEGATIVES,
            |s| s.confusion?.false_positive_rate(),
        )
    },
    fraction("f1", "F1", "Harmonic mean of precision and recall.", DECIDED_POSITIVES, |s| s.confusion?.f1()),
    MetricInfo {
        least: -1.0,
        unit: "correlation",
        ..fraction(
            "mcc",
            "Matthews correlation",
            "Correlation of decisions and labels, 0 where all items are called the same.",
            DECIDED_BOTH,
            |s| s.confusion?.mcc(),
        )
    },
    MetricInfo {
        centred: true,
        caution: CHOSEN,
        ..fraction(
            "best_accuracy",
            "Accuracy at the best threshold (optimistic)",
            "Highest accuracy of any threshold; optimistic, as the threshold is chosen on the items that it is judged on.",
            BOTH,
            |s| s.ranking.best_accuracy().map(|best| best.value),
        )
    },
    MetricInfo {
        centred: true,
        caution: CHOSEN,
        ..fraction(
            "best_f1",
            "F1 at the best threshold (optimistic)",
            "Highest F1 of any threshold; optimistic, as the threshold is chosen on the items that it is judged on.",
            BOTH,
            |s| s.ranking.best_f1().map(|best| best.value),
        )
    },
    MetricInfo {
        unit: "bits",
        greatest: None,
        higher_is_better: false,
        ..fraction(
            "cllr",
            "Cllr",
            "Mean of the costs log2(1 + 1/LR) of positives and log2(1 + LR) of negatives, each class weighing half; 1 says nothing.",
            PROBABLE_BOTH,
            |s| s.calibration.as_ref()?.cllr,
        )
    },
    MetricInfo {
        unit: "bits",
        higher_is_better: false,
        centred: true,
        caution: CALIBRATED,
        ..fraction(
            "min_cllr",
            "Minimum Cllr",
            "Cllr after the best monotone calibration on the same items (pool adjacent violators): what discrimination alone loses.",
            BOTH,
            |s| s.ranking.min_cllr(),
        )
    },
    MetricInfo {
        unit: "bits",
        greatest: None,
        higher_is_better: false,
        centred: true,
        caution: Some(
            "Too high on few items, as the minimum is too low on them; the interval does not make up for it.",
        ),
        ..fraction(
            "cllr_calibration",
            "Calibration loss",
            "Cllr less minimum Cllr: what wrong calibration loses.",
            PROBABLE_BOTH,
            |s| Some(s.calibration.as_ref()?.cllr? - s.ranking.min_cllr()?),
        )
    },
    MetricInfo {
        higher_is_better: false,
        centred: true,
        caution: BINNED,
        ..fraction(
            "ece",
            "Expected calibration error",
            "Weighted mean over 15 bins of equal width of |mean probability of the positive class - share of positives|.",
            PROBABLE,
            |s| s.calibration.as_ref().map(|calibration| calibration.ece),
        )
    },
    MetricInfo {
        higher_is_better: false,
        centred: true,
        caution: BINNED,
        ..fraction(
            "ece_adaptive",
            "Adaptive calibration error",
            "The same over 15 bins of equal weight, equal scores kept together.",
            PROBABLE,
            |s| s.calibration.as_ref().map(|calibration| calibration.ece_adaptive),
        )
    },
    MetricInfo {
        unit: "squared probability",
        higher_is_better: false,
        ..fraction(
            "brier",
            "Brier score",
            "Mean squared difference of probability and label.",
            PROBABLE,
            |s| s.calibration.as_ref().map(|calibration| calibration.brier),
        )
    },
    MetricInfo {
        unit: "nats",
        greatest: None,
        higher_is_better: false,
        ..fraction(
            "log_loss",
            "Log loss",
            "Mean negative natural logarithm of the probability of the label.",
            PROBABLE,
            |s| s.calibration.as_ref().map(|calibration| calibration.log_loss),
        )
    },
];

/// The metric of this id.
pub fn metric(id: &str) -> Option<&'static MetricInfo> {
    METRICS.iter().find(|metric| metric.id == id)
}
