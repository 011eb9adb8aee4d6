use crate::metrics::Definition;

/// Precision, recall, F1 and F2 of each way to compare, then the others.
macro_rules! table {
    ([$($id:literal, $name:literal, $unit:literal, $right:literal, $how:literal;)*] $($other:expr),*) => {
        &[
            $(
                Definition::higher(
                    concat!($id, "_precision"),
                    concat!($name, " precision"),
                    concat!("Share of predicted ", $unit, " that ", $right, $how, "."),
                ),
                Definition::higher(
                    concat!($id, "_recall"),
                    concat!($name, " recall"),
                    concat!("Share of true ", $unit, " that ", $right, $how, "."),
                ),
                Definition::higher(
                    concat!($id, "_f1"),
                    concat!($name, " F1"),
                    concat!("Harmonic mean of ", $id, "_precision and ", $id, "_recall", $how, "."),
                ),
                Definition::higher(
                    concat!($id, "_f2"),
                    concat!($name, " F2"),
                    concat!("F2 of ", $id, "_precision and ", $id, "_recall (recall weighs four times as much)", $how, "."),
                ),
            )*
            $($other),*
        ]
    };
}

/// How many ways there are to compare spans.
pub(super) const WAYS: usize = 9;

/// All metrics of spans. Those of one type are named alike.
pub const METRICS: &[Definition] = table![[
    "exact", "Exact", "spans", "the other side has with the same start, end and type", "";
    "overlap", "Overlap", "spans", "share a character with a span of the same type", "";
    "token", "Token", "tokens", "the other side marks with the same type", "";
    "macro_exact", "Macro exact", "spans", "the other side has with the same start, end and type", ", mean over types";
    "macro_overlap", "Macro overlap", "spans", "share a character with a span of the same type", ", mean over types";
    "macro_token", "Macro token", "tokens", "the other side marks with the same type", ", mean over types";
    "binary_exact", "Binary exact", "spans", "the other side has with the same start and end", ", whatever the types";
    "binary_overlap", "Binary overlap", "spans", "share a character with any span", ", whatever the types";
    "binary_token", "Binary token", "tokens", "the other side marks too", ", whatever the types";
    ]
    Definition::higher(
        "char_recall",
        "Character recall",
        "Share of the characters of true spans that any predicted span covers, whatever the types.",
    ),
    Definition::higher(
        "covered_recall",
        "Covered recall",
        "Share of true spans of which predicted spans together cover at least 80 % of the characters, whatever the types.",
    ),
    Definition::higher(
        "covered_f2",
        "Covered F2",
        "F2 of binary_overlap_precision and covered_recall (recall weighs four times as much).",
    )
];

/// The definition of a metric that is there.
pub(super) fn named(id: &str) -> Option<&'static Definition> {
    METRICS.iter().find(|definition| definition.id == id)
}
