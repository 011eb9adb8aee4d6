//! Metrics of a map over a picture against a mask of what was altered.
//!
//! Every picture is measured exactly, by sorting its pixels; figures over the pixels of all pictures come from
//! a histogram whose bins are at most 1/2048 of a value wide.

mod catalogue;
mod image;
mod pool;
mod protocol;
mod sort;
mod summary;
mod sweep;
#[cfg(test)]
mod tests;

pub use catalogue::{PER_IMAGE, definitions};
pub use image::{ImagePixels, measure};
pub use pool::Pool;
pub use protocol::{PixelProtocol, Trimap};
pub use summary::{PixelReport, summarise};
