//! Layers that look at noise instead of content: fixed, constrained and pretrained filters.
//!
//! - [`Srm`]: the three high-pass kernels of the spatial rich model, in the two wirings in use.
//! - [`Bayar`]: a learned convolution whose kernels predict a sample from its neighbours and subtract it.
//! - [`Noiseprint`]: the architecture of Noiseprint++, for weights that a user has the right to use.
//!
//! All take pictures `[batch, 3, height, width]` and keep height and width.

mod bayar;
mod noiseprint;
mod srm;

pub use bayar::{Bayar, BayarGradient};
pub use noiseprint::{HiddenLayer, Noiseprint};
pub use srm::{Srm, SrmWiring};
