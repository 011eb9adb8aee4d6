//! Mathematics that several methods need.

pub mod a_contrario;
mod block_grid;
mod box_sum;
mod combine;
pub mod compression_history;
pub mod dct8;
pub mod fft;
pub mod filter;
pub mod forgery_vcr;
pub mod linear;
mod luma;
pub mod morphology;
pub mod patchmatch;
pub mod periodogram;
pub mod phash;
mod plane;
pub mod reflectance;
mod rgb;
pub mod srm;
pub mod text;
pub mod wavelet;
pub mod zernike;

pub use block_grid::{BlockGrid, dct};
pub use box_sum::box_sum;
pub use luma::{Luma8, luma_of_rgb};
pub use plane::{Plane, mirrored};
pub use rgb::Rgb8;
