//! Multiple-choice exams for models of vision and language, as Forensics-Bench gives them (Wang et al.,
//! Forensics-Bench: A Comprehensive Forgery Detection Benchmark Suite for Large Vision Language Models, CVPR
//! 2025): questions in the tab-separated layout of VLMEvalKit, options told from free text, accuracy by
//! category and by five views of the categories.
//!
//! Extraction and scoring follow the released code; what it does that a reader would not expect is named at
//! [`Rules`] and [`evaluate`]. A judging language model, which the released code asks when one is configured,
//! is not used: its own offline setting (`exact_matching`) is what is followed.

mod category;
mod extract;
mod grid;
mod item;
mod perspective;
mod pictures;
mod report;
mod table;
#[cfg(test)]
mod tests;

pub use category::{Category, VIEWS};
pub use extract::{Chosen, Extraction, How, Rules, extract};
pub use grid::{summary, values};
pub use item::{ExamItem, ExamReader};
pub use perspective::{Answered, DEFINITIONS, measure};
pub use report::{Answers, Contestant, ExamReport, Kind, Settings, Unanswered, evaluate};
pub use table::{Converted, convert, write_predictions};
