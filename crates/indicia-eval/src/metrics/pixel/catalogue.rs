use crate::metrics::Definition;

/// Metrics of one forged picture; what is reported is their mean over forged pictures.
pub const PER_IMAGE: [Definition; 11] = [
    Definition::higher("f1", "F1", "F1 of altered pixels at the fixed threshold, mean over forged pictures."),
    Definition::higher(
        "iou",
        "IoU",
        "Intersection over union of altered pixels at the fixed threshold, mean over forged pictures.",
    ),
    Definition::higher(
        "mcc",
        "MCC",
        "Matthews correlation of called and altered pixels at the fixed threshold, mean over forged pictures.",
    ),
    Definition::higher(
        "balanced_accuracy",
        "Balanced accuracy",
        "Mean share of altered and of authentic pixels called rightly at the fixed threshold, mean over forged pictures.",
    ),
    Definition::higher(
        "best_f1",
        "F1, best per picture",
        "Highest F1 of any threshold, chosen for each picture on its own truth (optimistic), mean over forged pictures.",
    ),
    Definition::higher(
        "best_iou",
        "IoU, best per picture",
        "Highest IoU of any threshold, chosen for each picture on its own truth (optimistic), mean over forged pictures.",
    ),
    Definition::higher(
        "auc",
        "AUC",
        "Area under the ROC curve of the pixels of a picture, mean over forged pictures.",
    ),
    Definition::higher(
        "ap",
        "AP",
        "Average precision of the pixels of a picture, mean over forged pictures.",
    ),
    Definition::higher(
        "soft_f1",
        "F1, weighted",
        "F1 with each pixel called altered to the degree of its value between 0 and 1, mean over forged pictures.",
    ),
    Definition::higher(
        "soft_iou",
        "IoU, weighted",
        "IoU with each pixel called altered to the degree of its value between 0 and 1, mean over forged pictures.",
    ),
    Definition::higher(
        "soft_mcc",
        "MCC, weighted",
        "MCC with each pixel called altered to the degree of its value between 0 and 1, mean over forged pictures.",
    ),
];

/// Metrics over all pictures together.
pub(super) const OVERALL: [Definition; 8] = [
    Definition::higher(
        "one_threshold_f1",
        "F1, best single threshold",
        "Highest mean F1 over forged pictures of one threshold for all, of 256 from 0 to 1, chosen on the test pictures (optimistic).",
    ),
    Definition::higher(
        "pooled_f1",
        "F1, pooled",
        "F1 at the fixed threshold over the pixels of all forged pictures together.",
    ),
    Definition::higher(
        "pooled_iou",
        "IoU, pooled",
        "IoU at the fixed threshold over the pixels of all forged pictures together.",
    ),
    Definition::higher(
        "pooled_mcc",
        "MCC, pooled",
        "MCC at the fixed threshold over the pixels of all forged pictures together.",
    ),
    Definition::higher(
        "pooled_auc",
        "AUC, pooled",
        "Area under the ROC curve over the pixels of all forged pictures together.",
    ),
    Definition::higher(
        "pooled_ap",
        "AP, pooled",
        "Average precision over the pixels of all forged pictures together.",
    ),
    Definition::lower(
        "false_alarm_pixels",
        "False-alarm pixels",
        "Share of the pixels of an authentic picture called altered at the fixed threshold, mean over authentic pictures.",
    ),
    Definition::lower(
        "false_alarm_images",
        "False-alarm pictures",
        "Share of the authentic pictures with more pixels called altered than the protocol allows (1 % unless stated).",
    ),
];

/// All metrics over pixels.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    PER_IMAGE.iter().chain(&OVERALL)
}
