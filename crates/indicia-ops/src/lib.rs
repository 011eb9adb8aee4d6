//! Mathematics that several methods need.

pub mod a_contrario;
mod combine;
pub mod filter;
mod luma;
pub mod morphology;
pub mod phash;
mod plane;
mod rgb;
pub mod wavelet;

pub use luma::{Luma8, luma_of_rgb};
pub use plane::{Plane, mirrored};
pub use rgb::Rgb8;
