//! Scores anyone's predictions: a table with a path, a label and a score, with maps, boxes, spans.

mod intern;
mod kind;
mod predictions;
mod subset;

pub use predictions::{Predictions, Reading, Series};
pub use subset::{Coverage, Example, Options, Scores, VideoRule};
