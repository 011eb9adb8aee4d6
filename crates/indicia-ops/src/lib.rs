//! Mathematics that several methods need.

pub mod a_contrario;
mod block_grid;
mod box_sum;
pub mod compression_history;
mod luma;
pub mod morphology;
pub mod phash;
mod rgb;

pub use block_grid::{BlockGrid, dct};
pub use box_sum::box_sum;
pub use luma::{Luma8, luma_of_rgb};
pub use rgb::Rgb8;
