//! Metrics, a module for each kind of output that is measured.

pub mod binary;
mod definition;
pub mod multiclass;
pub mod open_set;
pub mod pixel;
mod section;

pub use definition::Definition;
pub use section::Section;
