//! Metrics, a module for each kind of output that is measured.

pub mod binary;
pub mod boxes;
pub mod choice;
mod definition;
mod detection;
pub mod multiclass;
pub mod open_set;
pub mod pixel;
pub mod retrieval;
mod section;
pub mod segments;
pub mod spans;
pub mod text;

pub use definition::Definition;
pub use section::Section;
