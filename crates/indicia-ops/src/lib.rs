//! Mathematics that several methods need.

pub mod a_contrario;
mod combine;
pub mod filter;
pub mod dct8;
mod luma;
pub mod morphology;
pub mod phash;
mod plane;
mod rgb;
pub mod wavelet;

pub use luma::{Luma8, luma_of_rgb};
pub use plane::Plane;
pub use rgb::Rgb8;
