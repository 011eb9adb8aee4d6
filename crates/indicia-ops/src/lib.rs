//! Mathematics that several methods need.

pub mod a_contrario;
mod luma;
pub mod morphology;
pub mod patchmatch;
pub mod phash;
mod rgb;
pub mod zernike;

pub use luma::{Luma8, luma_of_rgb};
pub use rgb::Rgb8;
