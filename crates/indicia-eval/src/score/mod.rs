//! Scores anyone's predictions: a table with a path, a label and a score, with maps, classes, boxes, time
//! segments, spans, texts, ranked references or choices. Every row names its item by `path`; what is there decides what is measured.
//!
//! | Predicted | Truth (here or in the table of truth) | What a cell holds |
//! |---|---|---|
//! | `score`, `decision` | `label` | numbers; 0 or 1 |
//! | `predicted_mask` | `mask` | paths of maps |
//! | `predicted_class` | `class` | names |
//! | `predicted_boxes` | `boxes` | `[{"box": [x, y, width, height], "type": "gun", "score": 0.9}, ...]` or `[[x, y, width, height, score], ...]`, pixels; `[]` for none |
//! | `predicted_segments` | `segments` | `[{"start": 1.5, "end": 3.0, "score": 0.8}, ...]` or `[[1.5, 3.0, 0.8], ...]`, seconds; `[]` for none |
//! | `predicted_spans` | `spans` | `[{"start": 3, "end": 9, "type": "NAME"}, ...]` or `[[3, 9, "NAME"], ...]`, characters; `[]` for none. With `text` or `tokens` (`[[0, 4], ...]`) tokens are measured too |
//! | `predicted_text` | `text` | a text, or for the truth a JSON list of texts |
//! | `predicted_reference` with `score` | `reference` | a name, or for the truth a JSON list of names; a row for each returned reference of a query, an empty cell if none was returned |
//! | `predicted_answer` | `answer` | the chosen and the right option; `pair` names two questions that must both be right |
//!
//! `detector`, `condition`, `trained_on`, `seed` and `score_kind` tell series apart; `group` names items that
//! are drawn together for intervals; `status` (`not_applicable`, `failed`) says why an item has no answer.

mod boxes;
mod choice;
mod classes;
mod content;
mod exam;
pub(crate) mod intern;
mod kind;
mod objects;
mod open_set;
mod pixel;
mod predictions;
mod report;
mod retrieval;
mod sections;
mod segments;
mod spans;
mod subset;
#[cfg(test)]
mod tests;
mod text;

pub use classes::ClassReport;
pub use open_set::OpenSet;
pub use predictions::{Predictions, Reading, Series};
pub use report::{definition, definitions};
pub use subset::{Coverage, Example, Options, Scores, VideoRule, score};
pub(crate) use subset::{Items, groups, kind_of, rows_by_series, score_rows, scored};
