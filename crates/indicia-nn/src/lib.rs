//! Networks: encoders, adapters, decoders, losses, training, checkpoints.
//!
//! Built on `burn`, which is re-exported so that method families use the same version. Tensors carry their
//! backend in their device: [`device::cpu`] is always there, graphics cards are features of this crate.
//!
//! A published network keeps the published names of its parameters wherever that is possible, so that a
//! checkpoint's keys need few renames (`checkpoint`). Shapes in docs are written `[batch, channels, height,
//! width]`; pictures go in as `f32`.

pub mod adapters;
pub mod checkpoint;
pub mod convolution;
pub mod data;
pub mod decoders;
pub mod device;
pub mod encoders;
pub mod filters;
pub mod gradients;
pub mod layers;
pub mod losses;
pub mod pack;
pub mod parity;
mod paths;
pub mod train;

pub use burn;
