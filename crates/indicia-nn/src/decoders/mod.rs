//! Decoders: features of an encoder's stages to maps of logits.
//!
//! All take four maps `[batch, channels of the stage, height, width]`, finest first, and give logits at the size
//! of the finest; [`crate::convolution::resize`] brings them to the picture's.

mod layer_scale_sum;
mod segformer;
mod unet;

pub use layer_scale_sum::LayerScaleSum;
pub use segformer::{FuseConv, Projection, SegformerHead, SegformerHeadConfig, renames_from_transformers};
pub use unet::{UnetDecoder, UnetStep};

#[cfg(test)]
mod tests;
