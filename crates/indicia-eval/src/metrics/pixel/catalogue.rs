use serde::Serialize;

/// What a metric over pixels is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PixelMetric {
    /// Name in JSON and in protocols.
    pub id: &'static str,
    /// Name for readers.
    pub name: &'static str,
    /// Definition in a sentence.
    pub definition: &'static str,
    /// Whether more is better.
    pub higher_is_better: bool,
}

const fn higher(id: &'static str, name: &'static str, definition: &'static str) -> PixelMetric {
    PixelMetric { id, name, definition, higher_is_better: true }
}

const fn lower(id: &'static str, name: &'static str, definition: &'static str) -> PixelMetric {
    PixelMetric { id, name, definition, higher_is_better: false }
}

/// Metrics of one forged picture; what is reported is their mean over forged pictures.
pub const PER_IMAGE: [PixelMetric; 11] = [
    higher("f1", "F1", "F1 of altered pixels at the fixed threshold, mean over forged pictures."),
    higher(
        "iou",
        "IoU",
        "Intersection over union of altered pixels at the fixed threshold, mean over forged pictures.",
    ),
    higher(
        "mcc",
        "MCC",
        "Matthews correlation of called and altered pixels at the fixed threshold, mean over forged pictures.",
    ),
    higher(
        "balanced_accuracy",
        "Balanced accuracy",
        "Mean share of altered and of authentic pixels called rightly at the fixed threshold, mean over forged pictures.",
    ),
    higher(
        "best_f1",
        "F1, best per picture",
        "Highest F1 of any threshold, chosen for each picture on its own truth (optimistic), mean over forged pictures.",
    ),
    higher(
        "best_iou",
        "IoU, best per picture",
        "Highest IoU of any threshold, chosen for each picture on its own truth (optimistic), mean over forged pictures.",
    ),
    higher("auc", "AUC", "Area under the ROC curve of the pixels of a picture, mean over forged pictures."),
    higher("ap", "AP", "Average precision of the pixels of a picture, mean over forged pictures."),
    higher(
        "soft_f1",
        "F1, weighted",
        "F1 with each pixel called altered to the degree of its value between 0 and 1, mean over forged pictures.",
    ),
    higher(
        "soft_iou",
        "IoU, weighted",
        "IoU with each pixel called altered to the degree of its value between 0 and 1, mean over forged pictures.",
    ),
    higher(
        "soft_mcc",
        "MCC, weighted",
        "MCC with each pixel called altered to the degree of its value between 0 and 1, mean over forged pictures.",
    ),
];

/// Metrics over all pictures together.
pub(super) const OVERALL: [PixelMetric; 8] = [
    higher(
        "one_threshold_f1",
        "F1, best single threshold",
        "Highest mean F1 over forged pictures of one threshold for all, of 256 from 0 to 1, chosen on the test pictures (optimistic).",
    ),
    higher(
        "pooled_f1",
        "F1, pooled",
        "F1 at the fixed threshold over the pixels of all forged pictures together.",
    ),
    higher(
        "pooled_iou",
        "IoU, pooled",
        "IoU at the fixed threshold over the pixels of all forged pictures together.",
    ),
    higher(
        "pooled_mcc",
        "MCC, pooled",
        "MCC at the fixed threshold over the pixels of all forged pictures together.",
    ),
    higher(
        "pooled_auc",
        "AUC, pooled",
        "Area under the ROC curve over the pixels of all forged pictures together.",
    ),
    higher("pooled_ap", "AP, pooled", "Average precision over the pixels of all forged pictures together."),
    lower(
        "false_alarm_pixels",
        "False-alarm pixels",
        "Share of the pixels of an authentic picture called altered at the fixed threshold, mean over authentic pictures.",
    ),
    lower(
        "false_alarm_images",
        "False-alarm pictures",
        "Share of the authentic pictures with more pixels called altered than the protocol allows (1 % unless stated).",
    ),
];

/// All metrics over pixels.
pub fn definitions() -> impl Iterator<Item = &'static PixelMetric> {
    PER_IMAGE.iter().chain(&OVERALL)
}
