//! Filters of planes: Gaussian, box, median, and the wavelet denoiser of camera fingerprints. All borders are
//! mirrored with the end samples repeated, except where the filter says otherwise.

mod denoise;
mod median;
mod smooth;

pub use denoise::{attenuate, residual};
pub use median::{Median, median};
pub use smooth::{box_mean, gaussian};
