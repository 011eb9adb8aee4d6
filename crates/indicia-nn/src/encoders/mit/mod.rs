//! Mix Transformer, the encoder of SegFormer.
//!
//! E. Xie, W. Wang, Z. Yu, A. Anandkumar, J. M. Alvarez, P. Luo, "SegFormer: Simple and Efficient Design for
//! Semantic Segmentation with Transformers", NeurIPS 2021. Four stages at strides 4, 8, 16 and 32: overlapping
//! patches, attention whose keys and values come from a reduced map, and feed-forward layers with a depthwise
//! convolution in place of position codes. Parameters have the names of the released code
//! (`patch_embed1.proj`, `block1.0.attn.q`, `block1.0.mlp.dwconv.dwconv`, `norm1`), so that its checkpoints load
//! without renames; [`renames_from_transformers`] is for those of Hugging Face.
//!
//! Any number of input channels, and any picture of at least one sample: maps smaller than a reduction are
//! filled with zeros up to it, where the released code fails.

mod block;
mod config;

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::{Device, Tensor};
use indicia_core::Result;

pub use block::{Attention, Block, DepthwiseConv, FeedForward, PatchEmbed};
pub use config::MitConfig;

use crate::convolution::to_map;
use crate::parity::Renames;

/// The encoder.
#[derive(Module, Debug)]
pub struct Mit {
    /// Patches of 7 by 7 at stride 4.
    pub patch_embed1: PatchEmbed,
    /// Patches of 3 by 3 at stride 2.
    pub patch_embed2: PatchEmbed,
    /// Patches of 3 by 3 at stride 2.
    pub patch_embed3: PatchEmbed,
    /// Patches of 3 by 3 at stride 2.
    pub patch_embed4: PatchEmbed,
    /// Blocks of the first stage.
    pub block1: Vec<Block>,
    /// Blocks of the second stage.
    pub block2: Vec<Block>,
    /// Blocks of the third stage.
    pub block3: Vec<Block>,
    /// Blocks of the fourth stage.
    pub block4: Vec<Block>,
    /// After the first stage.
    pub norm1: LayerNorm,
    /// After the second stage.
    pub norm2: LayerNorm,
    /// After the third stage.
    pub norm3: LayerNorm,
    /// After the fourth stage.
    pub norm4: LayerNorm,
}

/// What one stage gives.
#[derive(Debug, Clone)]
pub struct StageOutput {
    /// The embedded patches before any block, `[batch, height * width, channels]`.
    pub embedded: Tensor<3>,
    /// The stage's output, `[batch, channels, height, width]`.
    pub map: Tensor<4>,
}

impl Mit {
    /// With fresh weights.
    ///
    /// # Errors
    /// `Configuration` if a width is not a multiple of its number of heads, or anything is zero that must not be.
    pub fn new(config: &MitConfig, device: &Device) -> Result<Self> {
        config.check()?;
        let rates = config.drop_path_rates();
        let embed = |stage| PatchEmbed::new(config.patches(stage), config.embed_epsilon, device);
        let blocks = |stage: usize| {
            let before: usize = config.depths[..stage].iter().sum();
            (0..config.depths[stage]).map(|i| Block::new(config, stage, rates[before + i], device)).collect()
        };
        let norm = |stage: usize| block::norm(config.widths[stage], config.norm_epsilon, device);
        Ok(Self {
            patch_embed1: embed(0),
            patch_embed2: embed(1),
            patch_embed3: embed(2),
            patch_embed4: embed(3),
            block1: blocks(0),
            block2: blocks(1),
            block3: blocks(2),
            block4: blocks(3),
            norm1: norm(0),
            norm2: norm(1),
            norm3: norm(2),
            norm4: norm(3),
        })
    }

    /// One stage, 0 to 3, on the map of the stage before, or on the picture.
    ///
    /// # Panics
    /// If there is no such stage.
    pub fn stage(&self, stage: usize, input: Tensor<4>) -> StageOutput {
        let (embed, blocks, norm) = match stage {
            0 => (&self.patch_embed1, &self.block1, &self.norm1),
            1 => (&self.patch_embed2, &self.block2, &self.norm2),
            2 => (&self.patch_embed3, &self.block3, &self.norm3),
            3 => (&self.patch_embed4, &self.block4, &self.norm4),
            _ => panic!("stage {stage}, expected 0 to 3"),
        };
        let (embedded, size) = embed.forward(input);
        let tokens = blocks.iter().fold(embedded.clone(), |tokens, block| block.forward(tokens, size));
        StageOutput { embedded, map: to_map(norm.forward(tokens), size) }
    }

    /// `[batch, channels, height, width]` to four maps `[batch, width of the stage, height / 4 to 32, ...]`, sizes
    /// rounded up.
    pub fn forward(&self, picture: Tensor<4>) -> [Tensor<4>; 4] {
        let first = self.stage(0, picture).map;
        let second = self.stage(1, first.clone()).map;
        let third = self.stage(2, second.clone()).map;
        let fourth = self.stage(3, third.clone()).map;
        [first, second, third, fourth]
    }
}

/// From the names of Hugging Face's `SegformerModel`, under `prefix` (`segformer.encoder.`, `encoder.`), to ours.
///
/// Its separate `key` and `value` must be joined to `kv` (rows of `key` first) before: a change of values, not of
/// names.
pub fn renames_from_transformers(prefix: &str) -> Renames {
    let prefix = prefix.replace('.', r"\.");
    let mut renames = Vec::new();
    // Numbers begin with 1 in the released code.
    for stage in 0..4 {
        let number = stage + 1;
        let block = format!(r"^{prefix}block\.{stage}\.(\d+)\.");
        let mut pair = |from: String, to: String| renames.push((from, to));
        pair(format!(r"^{prefix}patch_embeddings\.{stage}\.proj\."), format!("patch_embed{number}.proj."));
        pair(
            format!(r"^{prefix}patch_embeddings\.{stage}\.layer_norm\."),
            format!("patch_embed{number}.norm."),
        );
        pair(format!(r"^{prefix}layer_norm\.{stage}\."), format!("norm{number}."));
        for (theirs, ours) in [
            (r"layer_norm_1\.", "norm1."),
            (r"layer_norm_2\.", "norm2."),
            (r"attention\.self\.query\.", "attn.q."),
            (r"attention\.self\.kv\.", "attn.kv."),
            (r"attention\.self\.sr\.", "attn.sr."),
            (r"attention\.self\.layer_norm\.", "attn.norm."),
            (r"attention\.output\.dense\.", "attn.proj."),
            (r"mlp\.dense1\.", "mlp.fc1."),
            (r"mlp\.dwconv\.dwconv\.", "mlp.dwconv.dwconv."),
            (r"mlp\.dense2\.", "mlp.fc2."),
        ] {
            pair(format!("{block}{theirs}"), format!("block{number}.$1.{ours}"));
        }
    }
    renames
}

#[cfg(test)]
mod tests;
