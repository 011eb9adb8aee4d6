//! Mathematics that several methods need.

pub mod a_contrario;
pub mod forgery_vcr;
pub mod linear;
mod luma;
pub mod morphology;
pub mod phash;
mod rgb;
pub mod srm;

pub use luma::{Luma8, luma_of_rgb};
pub use rgb::Rgb8;
