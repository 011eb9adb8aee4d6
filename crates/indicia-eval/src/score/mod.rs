//! Scores anyone's predictions: a table with a path, a label and a score, with maps, boxes, spans.

mod intern;
mod predictions;

pub use predictions::{Predictions, Reading, Series};
