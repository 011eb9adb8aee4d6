use indicia_core::Result;

use super::{Options, Predictions, boxes, choice, exam, open_set, retrieval, segments, spans, text};
use crate::metrics::{self, Definition, Section};

/// A kind of output that predictions can hold besides scores, maps and classes.
pub(super) struct SectionKind {
    /// Name in JSON and before the point in protocols.
    pub name: &'static str,
    /// Its metrics.
    pub definitions: &'static [Definition],
    /// Measures the rows (by index) of one series; `None` if they hold nothing of this kind.
    pub score: fn(&Predictions, &[u32], &Options<'_>) -> Result<Option<Section>>,
}

/// Every kind, in the order in which they are reported.
pub(super) static SECTIONS: &[SectionKind] = &[
    SectionKind { name: "boxes", definitions: metrics::boxes::METRICS, score: boxes::score },
    SectionKind { name: "segments", definitions: metrics::segments::METRICS, score: segments::score },
    SectionKind { name: "spans", definitions: metrics::spans::METRICS, score: spans::score },
    SectionKind { name: "text", definitions: metrics::text::METRICS, score: text::score },
    SectionKind { name: "retrieval", definitions: metrics::retrieval::METRICS, score: retrieval::score },
    SectionKind { name: "choice", definitions: metrics::choice::METRICS, score: choice::score },
    SectionKind { name: "open_set", definitions: &metrics::open_set::METRICS, score: open_set::score },
    SectionKind { name: "exam", definitions: &crate::exam::DEFINITIONS, score: exam::score },
];

/// Measures what the rows of one series hold besides scores, maps and classes.
pub(super) fn score(predictions: &Predictions, used: &[u32], options: &Options<'_>) -> Result<Vec<Section>> {
    SECTIONS.iter().filter_map(|kind| (kind.score)(predictions, used, options).transpose()).collect()
}
