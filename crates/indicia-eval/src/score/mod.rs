//! Scores anyone's predictions: a table with a path, a label and a score, with maps, boxes, spans.

pub(crate) mod intern;
mod kind;
mod pixel;
mod predictions;
mod report;
mod sections;
mod subset;
#[cfg(test)]
mod tests;

pub use predictions::{Predictions, Reading, Series};
pub use report::{definition, definitions};
pub use subset::{ClassReport, Coverage, Example, Options, Scores, VideoRule, score};
pub(crate) use subset::{Items, kind_of, rows_by_series, score_rows, scored};
