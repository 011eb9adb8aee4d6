//! Mathematics that several methods need.

pub mod a_contrario;
pub mod linear;
mod luma;
pub mod morphology;
pub mod phash;
mod rgb;

pub use luma::{Luma8, luma_of_rgb};
pub use rgb::Rgb8;
