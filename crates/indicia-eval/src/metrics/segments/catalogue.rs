use crate::metrics::Definition;

/// Proposals at which recall is measured.
pub(super) const PROPOSALS: [usize; 4] = [10, 20, 50, 100];

macro_rules! recall {
    ($count:literal) => {
        Definition::higher(
            concat!("ar", $count),
            concat!("AR@", $count),
            concat!(
                "Share of true segments that one of the first ",
                $count,
                " predictions of the video reaches, mean over temporal IoU 0.5, 0.55, ..., 0.95; types aside."
            ),
        )
    };
}

macro_rules! average {
    ($count:literal) => {
        Definition::higher(
            concat!("ar_an", $count),
            concat!("AR@AN=", $count),
            concat!(
                "As ar",
                $count,
                ", with ",
                $count,
                " predictions a video on average, each video giving the same share of its own (ActivityNet)."
            ),
        )
    };
}

/// All metrics of segments. Those of one type are named alike, without the last four.
pub const METRICS: &[Definition] = &[
    Definition::higher("ap50", "AP@0.5", "Average precision at temporal IoU 0.5, mean over types."),
    Definition::higher("ap75", "AP@0.75", "Average precision at temporal IoU 0.75, mean over types."),
    Definition::higher("ap95", "AP@0.95", "Average precision at temporal IoU 0.95, mean over types."),
    Definition::higher(
        "ap50_95",
        "AP@0.5:0.95",
        "Average precision, mean over temporal IoU 0.5, 0.55, ..., 0.95 and types (ActivityNet's average mAP).",
    ),
    recall!("10"),
    recall!("20"),
    recall!("50"),
    recall!("100"),
    average!("10"),
    average!("20"),
    average!("50"),
    average!("100"),
];

/// How many values average precision has.
pub(super) const PRECISION: usize = 4;

/// How many values a type has.
pub(super) const OF_TYPE: usize = PRECISION + PROPOSALS.len();
