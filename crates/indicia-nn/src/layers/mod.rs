//! Layers that several networks share, beyond those of `burn::nn`.
//!
//! Fields carry the names of timm's parameters (`qkv`, `proj`, `fc1`, `fc2`, `gamma`), so that a checkpoint's
//! keys are found without renaming. Every product with a weight goes through [`crate::adapters::project`], which
//! sees adapters of low rank hung on that weight.

mod activation;
mod attention;
mod block;
mod drop_path;
mod elementwise;
mod layer_scale;
mod mlp;
mod patch_embed;
pub mod resample;

pub use activation::Activation;
pub use attention::{Attention, AttentionConfig, Mask, attend};
pub use block::{Block, BlockConfig};
pub use drop_path::DropPath;
pub use layer_scale::LayerScale;
pub use mlp::{Mlp, MlpConfig};
pub use patch_embed::{PatchEmbed, PatchEmbedConfig};

#[cfg(test)]
pub(crate) mod tests;
