//! Scores anyone's predictions: a table with a path, a label and a score, with maps, boxes, spans, texts,
//! or with ranked references.

mod choice;
mod intern;
mod kind;
mod pixel;
mod predictions;
mod report;
mod retrieval;
mod sections;
mod spans;
mod subset;
#[cfg(test)]
mod tests;
mod text;

pub use predictions::{Predictions, Reading, Series};
pub use report::{definition, definitions};
pub use subset::{ClassReport, Coverage, Example, Options, Scores, VideoRule, score};
pub(crate) use subset::{Items, kind_of, rows_by_series, score_rows, scored};
