//! Scores anyone's predictions: a table with a path, a label and a score, with maps, boxes, spans.

mod boxes;
mod classes;
mod content;
mod exam;
mod intern;
mod kind;
mod objects;
mod open_set;
mod pixel;
mod predictions;
mod report;
mod sections;
mod segments;
mod subset;
#[cfg(test)]
mod tests;

pub use classes::ClassReport;
pub use open_set::OpenSet;
pub use predictions::{Predictions, Reading, Series};
pub use report::{definition, definitions};
pub use subset::{Coverage, Example, Options, Scores, VideoRule, score};
pub(crate) use subset::{Items, groups, kind_of, rows_by_series, score_rows, scored};
