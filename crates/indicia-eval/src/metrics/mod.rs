//! Metrics, a module for each kind of output that is measured.

pub mod binary;
pub mod choice;
mod definition;
pub mod multiclass;
pub mod pixel;
pub mod retrieval;
mod section;
pub mod spans;
pub mod text;

pub use definition::Definition;
pub use section::Section;
