//! Metrics, a module for each kind of output that is measured.

pub mod binary;
pub mod boxes;
mod definition;
mod detection;
pub mod multiclass;
pub mod open_set;
pub mod pixel;
mod section;
pub mod segments;

pub use definition::Definition;
pub use section::Section;
