use crate::metrics::Definition;

/// False positives a picture at which free-response curves are read (LUNA16).
pub(super) const FPPI: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

macro_rules! sensitivity {
    ($rate:literal) => {
        Definition::higher(
            concat!("sensitivity_at_fppi_", $rate),
            concat!("Sensitivity at ", $rate, " FP"),
            concat!(
                "Share of true boxes hit by predictions at ", $rate,
                " false positives a picture, by linear interpolation; more hits of one true box count neither way."
            ),
        )
    };
}

/// All metrics of boxes. Those of one type are named alike, without the last.
pub const METRICS: &[Definition] = &[
    Definition::higher("map50", "mAP50", "Average precision at IoU 0.5, mean over types (COCO's AP50)."),
    Definition::higher("map75", "mAP75", "Average precision at IoU 0.75, mean over types (COCO's AP75)."),
    Definition::higher(
        "map50_95",
        "mAP50:95",
        "Average precision, mean over IoU 0.5, 0.55, ..., 0.95 and types (COCO's AP).",
    ),
    Definition::higher("map_small", "mAP small", "map50_95 of objects of at most 32 x 32 pixels."),
    Definition::higher("map_medium", "mAP medium", "map50_95 of objects of 32 x 32 to 96 x 96 pixels."),
    Definition::higher("map_large", "mAP large", "map50_95 of objects of at least 96 x 96 pixels."),
    Definition::higher(
        "ar1",
        "AR@1",
        "Recall with one prediction a picture and type, mean over IoU 0.5, 0.55, ..., 0.95 and types.",
    ),
    Definition::higher("ar10", "AR@10", "As ar1 with 10 predictions."),
    Definition::higher("ar100", "AR@100", "As ar1 with 100 predictions."),
    Definition::higher("ar_small", "AR small", "ar100 of objects of at most 32 x 32 pixels."),
    Definition::higher("ar_medium", "AR medium", "ar100 of objects of 32 x 32 to 96 x 96 pixels."),
    Definition::higher("ar_large", "AR large", "ar100 of objects of at least 96 x 96 pixels."),
    sensitivity!("0.125"),
    sensitivity!("0.25"),
    sensitivity!("0.5"),
    sensitivity!("1"),
    sensitivity!("2"),
    sensitivity!("4"),
    sensitivity!("8"),
    Definition::higher(
        "cpm",
        "CPM",
        "Competition performance metric: mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false positives a picture (LUNA16).",
    ),
    Definition::higher(
        "precision",
        "Precision",
        "Share of predicted boxes from the threshold on that match a true box of their type at IoU 0.5.",
    ),
    Definition::higher(
        "recall",
        "Recall",
        "Share of true boxes matched at IoU 0.5 by predictions from the threshold on.",
    ),
    Definition::higher("f1", "F1", "Harmonic mean of precision and recall at the threshold."),
    Definition::higher(
        "hungarian_iou",
        "Hungarian IoU",
        "Highest sum of IoU of one-to-one pairs of true and predicted boxes, divided by the larger number of them; mean over pictures with either, crowds and types aside. Of predictions from the threshold on, the 100 of the highest scores.",
    ),
];

/// How many values COCO's part has.
pub(super) const COCO: usize = 12;

/// How many values a type has: all but the last.
pub(super) const OF_TYPE: usize = METRICS.len() - 1;
