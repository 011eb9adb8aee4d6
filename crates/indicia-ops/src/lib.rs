//! Mathematics that several methods need.

mod luma;
mod rgb;

pub use luma::Luma8;
pub use rgb::Rgb8;
