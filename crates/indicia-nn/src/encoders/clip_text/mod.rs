//! CLIP's text transformer.
//!
//! Radford et al., "Learning transferable visual models from natural language supervision", ICML 2021. A causal
//! transformer over at most 77 tokens; a text's vector is that of its end token. It takes the ids of tokens, or
//! embeddings where some were learned instead of looked up, as prompts of FatFormer and CoOp are.
//!
//! Blocks are those of the Vision Transformer and bear the same names; beside them `token_embedding.weight`,
//! `pos_embed`, `norm` and `head`, published as `positional_embedding`, `ln_final` and `text_projection` (the
//! first publication keeps the last as the transpose of a `Linear`'s weight).

use burn::config::Config;
use burn::module::{Module, Param};
use burn::nn::{Embedding, EmbeddingConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor};
use indicia_core::Error;

use crate::adapters::project;
use crate::layers::{Activation, Block, BlockConfig, Mask};

/// Configuration of a [`ClipText`]; defaults as published for ViT-B.
#[derive(Config, Debug)]
pub struct ClipTextConfig {
    /// Number of known tokens.
    #[config(default = 49408)]
    pub vocabulary: usize,
    /// Longest text, tokens.
    #[config(default = 77)]
    pub context: usize,
    /// Width of the tokens.
    #[config(default = 512)]
    pub dim: usize,
    /// Number of blocks.
    #[config(default = 12)]
    pub depth: usize,
    /// Heads of each attention; divides `dim`.
    #[config(default = 8)]
    pub heads: usize,
    /// Hidden width of feed-forward layers; four times `dim` if not given.
    pub hidden: Option<usize>,
    /// Their activation.
    #[config(default = "Activation::QuickGelu")]
    pub activation: Activation,
    /// Whether query, key and value are one matrix.
    #[config(default = true)]
    pub fused_qkv: bool,
    /// Width of the space shared with pictures; no projection if not given.
    pub width: Option<usize>,
    /// Added to the variance in all norms.
    #[config(default = 1e-5)]
    pub epsilon: f64,
}

impl ClipTextConfig {
    /// The text half of a vision preset's pair: `clip-vit-b-32`, `clip-vit-b-16`, `clip-vit-l-14`,
    /// `clip-vit-l-14-336`, `openclip-vit-b-32`, `openclip-vit-l-14`, `openclip-vit-h-14`, `openclip-vit-bigg-14`.
    ///
    /// # Errors
    /// `configuration` for any other name.
    pub fn preset(name: &str) -> Result<Self, Error> {
        let (dim, depth, heads, width) = match name {
            "clip-vit-b-32" | "clip-vit-b-16" | "openclip-vit-b-32" => (512, 12, 8, 512),
            "clip-vit-l-14" | "clip-vit-l-14-336" | "openclip-vit-l-14" => (768, 12, 12, 768),
            "openclip-vit-h-14" => (1024, 24, 16, 1024),
            "openclip-vit-bigg-14" => (1280, 32, 20, 1280),
            _ => return Err(Error::configuration(format!("no text transformer is named {name}"))),
        };
        let activation = if name.starts_with("openclip") { Activation::Gelu } else { Activation::QuickGelu };
        Ok(Self::new()
            .with_dim(dim)
            .with_depth(depth)
            .with_heads(heads)
            .with_width(Some(width))
            .with_activation(activation))
    }

    /// Builds the network with random weights.
    ///
    /// # Errors
    /// `configuration` if `heads` does not divide `dim` or a size is 0.
    pub fn init(&self, device: &Device) -> Result<ClipText, Error> {
        let &Self { vocabulary, context, dim, depth, heads, .. } = self;
        if heads == 0 || dim == 0 || !dim.is_multiple_of(heads) {
            return Err(Error::configuration(format!("heads must divide dim {dim}, got {heads}")));
        }
        if vocabulary == 0 || context == 0 {
            return Err(Error::configuration(
                "a text transformer needs a vocabulary and a context".to_owned(),
            ));
        }
        let block = BlockConfig::new(dim, heads, self.hidden.unwrap_or(4 * dim), self.activation)
            .with_fused_qkv(self.fused_qkv)
            .with_epsilon(self.epsilon);
        Ok(ClipText {
            token_embedding: EmbeddingConfig::new(vocabulary, dim)
                .with_initializer(Initializer::Normal { mean: 0.0, std: 0.02 })
                .init(device),
            pos_embed: Initializer::Normal { mean: 0.0, std: 0.01 }.init([context, dim], device),
            blocks: (0..depth).map(|_| block.init(device)).collect(),
            norm: LayerNormConfig::new(dim).with_epsilon(self.epsilon).init(device),
            head: self.width.map(|width| LinearConfig::new(dim, width).with_bias(false).init(device)),
        })
    }
}

/// CLIP's text transformer.
#[derive(Module, Debug)]
pub struct ClipText {
    /// Vector of each token.
    pub token_embedding: Embedding,
    /// Vector of each place, `[context, dim]`.
    pub pos_embed: Param<Tensor<2>>,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// After the last block.
    pub norm: LayerNorm,
    /// To the space shared with pictures.
    pub head: Option<Linear>,
}

/// What the text transformer makes of texts.
#[derive(Debug, Clone)]
pub struct TextOutput {
    /// All tokens after the last norm, `[batch, tokens, dim]`.
    pub tokens: Tensor<3>,
    /// Tokens as the kept blocks gave them, before any norm.
    pub kept: Vec<Tensor<3>>,
    /// The end token after the last norm, `[batch, dim]`.
    pub pooled: Tensor<2>,
    /// The end token in the space shared with pictures, `[batch, width]`.
    pub projected: Option<Tensor<2>>,
}

impl ClipText {
    /// Ids `[batch, tokens]` to vectors. The end token is the largest id of each text, as in CLIP's vocabulary.
    /// `keep` names blocks whose tokens are kept, ascending from 1, with 0 for what the first one sees.
    ///
    /// # Panics
    /// If a text is longer than the context, or an id outside the vocabulary.
    pub fn forward(&self, ids: Tensor<2, Int>, keep: &[usize]) -> TextOutput {
        let [batch, _] = ids.dims();
        let ends = ids.clone().argmax(1).reshape([batch]);
        self.forward_embedded(self.token_embedding.forward(ids), ends, keep)
    }

    /// As [`ClipText::forward`] from embeddings `[batch, tokens, dim]` without positions, and the place of each
    /// text's end token, `[batch]`.
    pub fn forward_embedded(&self, embedded: Tensor<3>, ends: Tensor<1, Int>, keep: &[usize]) -> TextOutput {
        let [batch, count, dim] = embedded.dims();
        let [context, _] = self.pos_embed.dims();
        assert!(count <= context, "a text of {count} tokens is longer than the context of {context}");
        let places = self.pos_embed.val().narrow(0, 0, count).unsqueeze();
        let mut tokens = embedded + places;
        let mut kept = vec![];
        if keep.contains(&0) {
            kept.push(tokens.clone());
        }
        for (block, at) in self.blocks.iter().zip(1..) {
            tokens = block.forward(tokens, Mask::Causal, false, |_| None).0;
            if keep.contains(&at) {
                kept.push(tokens.clone());
            }
        }
        let tokens = self.norm.forward(tokens);
        let ends = ends.reshape([batch, 1, 1]).expand([batch, 1, dim]);
        let pooled: Tensor<2> = tokens.clone().gather(1, ends).squeeze_dim(1);
        let projected = self.head.as_ref().map(|head| project(head, pooled.clone()));
        TextOutput { tokens, kept, pooled, projected }
    }
}

#[cfg(test)]
mod tests;
