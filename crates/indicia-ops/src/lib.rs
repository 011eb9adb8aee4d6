//! Mathematics that several methods need.

pub mod a_contrario;
mod luma;
pub mod morphology;
mod rgb;

pub use luma::Luma8;
pub use rgb::Rgb8;
