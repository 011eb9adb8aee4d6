//! The Vision Transformer, in the forms that CLIP, OpenCLIP, DINOv2, SigLIP, DeiT and timm's ViT give it.
//!
//! Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021; Radford et al. (CLIP), ICML 2021; Touvron et al.
//! (DeiT), ICML 2021; Oquab et al. (DINOv2), TMLR 2024; Darcet et al., "Vision transformers need registers", ICLR
//! 2024; Zhai et al. (SigLIP), ICCV 2023. DeiT's distilled form with its second class token is not here.
//!
//! # Parameters
//! Names are timm's: `patch_embed.proj`, `cls_token`, `reg_token`, `pos_embed`, `norm_pre`,
//! `blocks.N.{norm1, attn.{qkv, proj}, ls1.gamma, norm2, mlp.{fc1, fc2}, ls2.gamma}`, `norm`, `fc_norm`,
//! `attn_pool.{latent, q, kv, proj, norm, mlp}`, `head`. With three matrices in place of `qkv`, which adapters
//! that treat them apart need, these are `q`, `k` and `v`. A gated layer's two halves are one `fc1`, gate first.
//! timm folds the class token's position into the token where there are registers
//! ([`VitConfig::class_position`] off); other sources keep it in the table.
//!
//! # Positions at other sizes
//! The table is resampled bicubically ([`crate::layers::resample`]). Families differ:
//! - timm's ViT and DeiT, DINOv2 with registers: with antialiasing, to the new number of patches;
//! - DINOv2 without registers: without antialiasing, and the distance between samples is
//!   `old / (new + 0.1)` ([`VitConfig::position_offset`]), a guard against rounding in its first publication that
//!   its weights were used with ever since. Hugging Face's port leaves it out;
//! - CLIP and SigLIP: without antialiasing, to the new number of patches (Hugging Face; the first publications
//!   take one size alone).
//!
//! The entry of the class token is never resampled.

mod config;
mod pool;
mod presets;

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, Initializer, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor};
use indicia_core::Error;

pub use config::{Head, Pool, VitConfig};
pub use pool::AttentionPool;
pub use presets::{PRESETS, Preset, preset};

use crate::adapters::project;
use crate::layers::resample::{Kernel, resample_grid};
use crate::layers::{Block, Mask, PatchEmbed, PatchEmbedConfig};

/// A Vision Transformer.
#[derive(Module, Debug)]
pub struct VisionTransformer {
    /// Patches to tokens.
    pub patch_embed: PatchEmbed,
    /// Class token, `[1, 1, dim]`.
    pub cls_token: Option<Param<Tensor<3>>>,
    /// Register tokens, `[1, registers, dim]`.
    pub reg_token: Option<Param<Tensor<3>>>,
    /// Positions, `[1, patches, dim]`, with the class token's before them if it has one.
    pub pos_embed: Param<Tensor<3>>,
    /// Before the first block.
    pub norm_pre: Option<LayerNorm>,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Of each token after the last block.
    pub norm: Option<LayerNorm>,
    /// Pooling by attention.
    pub attn_pool: Option<AttentionPool>,
    /// Of the pooled vector.
    pub fc_norm: Option<LayerNorm>,
    /// After pooling.
    pub head: Option<Linear>,
    dropout: Dropout,
    #[module(skip)]
    config: VitConfig,
}

/// What a forward pass is to keep. Blocks count from 1; 0 is what the first one sees.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep<'a> {
    /// Blocks whose tokens are kept, ascending.
    pub tokens: &'a [usize],
    /// Blocks whose attention maps are kept, ascending.
    pub maps: &'a [usize],
    /// Whether the map of pooling by attention is kept.
    pub pool_map: bool,
}

/// What a Vision Transformer makes of pictures.
#[derive(Debug, Clone)]
pub struct VitOutput {
    /// All tokens after the last norm, `[batch, prefix + patches, dim]`: class token, registers, patches in rows.
    pub tokens: Tensor<3>,
    /// Tokens as the kept blocks gave them, before any norm, in that order.
    pub kept: Vec<Tensor<3>>,
    /// Attention of the kept blocks, `[batch, heads, queries, keys]`.
    pub maps: Vec<Tensor<4>>,
    /// Attention of the pooling query, `[batch, heads, 1, tokens]`.
    pub pool_map: Option<Tensor<4>>,
    /// One vector for each picture, `[batch, dim]`, after its norm.
    pub pooled: Tensor<2>,
    /// The head's output, `[batch, width]`, where there is a head.
    pub projected: Option<Tensor<2>>,
    /// Rows and columns of patches.
    pub grid: [usize; 2],
    /// Whether the first token is a class token.
    pub class_token: bool,
}

impl VitConfig {
    /// Builds the network with random weights: projections as their layers say, tokens and positions from a normal
    /// distribution of deviation 0.02.
    ///
    /// # Errors
    /// `configuration` if [`VitConfig::check`] refuses.
    pub fn init(&self, device: &Device) -> Result<VisionTransformer, Error> {
        self.check()?;
        let norm = || LayerNormConfig::new(self.dim).with_epsilon(self.epsilon).init(device);
        let token = |count| Initializer::Normal { mean: 0.0, std: 0.02 }.init([1, count, self.dim], device);
        let places = self.grid().pow(2) + usize::from(self.class_token && self.class_position);
        Ok(VisionTransformer {
            patch_embed: PatchEmbedConfig::new(self.patch, self.dim)
                .with_channels(self.channels)
                .with_bias(self.patch_bias)
                .init(device),
            cls_token: self.class_token.then(|| token(1)),
            reg_token: (self.registers > 0).then(|| token(self.registers)),
            pos_embed: token(places),
            norm_pre: self.norm_pre.then(norm),
            blocks: (0..self.depth).map(|at| self.block(at).init(device)).collect(),
            norm: (!self.norm_after_pool).then(norm),
            attn_pool: (self.pool == Pool::Attention).then(|| AttentionPool::new(self, device)),
            fc_norm: self.norm_after_pool.then(norm),
            head: self
                .head
                .map(|head| LinearConfig::new(self.dim, head.width).with_bias(head.bias).init(device)),
            dropout: DropoutConfig::new(self.dropout).init(),
            config: self.clone(),
        })
    }
}

impl VisionTransformer {
    /// What the network is made of.
    pub fn config(&self) -> &VitConfig {
        &self.config
    }

    /// All that the network gives for `[batch, channels, height, width]`, normalised as its weights expect.
    ///
    /// Any size of at least one patch is taken; positions are resampled, and what is left at the right and bottom
    /// beyond whole patches is not looked at.
    ///
    /// # Panics
    /// If a picture is smaller than a patch or has other channels than the network.
    pub fn forward(&self, images: Tensor<4>, keep: Keep<'_>) -> VitOutput {
        self.forward_beside(images, keep, |_, _, _| None)
    }

    /// As [`VisionTransformer::forward`], with `beside` called in each block between its halves with the block
    /// (from 1), the tokens `[batch, prefix + patches, dim]` and the grid of patches; what it gives is added beside
    /// the feed-forward half.
    pub fn forward_beside(
        &self,
        images: Tensor<4>,
        keep: Keep<'_>,
        beside: impl Fn(usize, &Tensor<3>, [usize; 2]) -> Option<Tensor<3>>,
    ) -> VitOutput {
        let (tokens, grid) = self.embed(images);
        let (tokens, kept, maps) =
            self.run(tokens, keep, self.blocks.len(), |at, seen| beside(at, seen, grid));
        let tokens = match &self.norm {
            Some(norm) => norm.forward(tokens),
            None => tokens,
        };
        let (pooled, pool_map) = self.pool(tokens.clone(), keep.pool_map);
        VitOutput {
            projected: self.head.as_ref().map(|head| project(head, pooled.clone())),
            tokens,
            kept,
            maps,
            pool_map,
            pooled,
            grid,
            class_token: self.config.class_token,
        }
    }

    /// Tokens of the named blocks alone, ascending, before any norm; blocks after the last are not run.
    pub fn tokens(&self, images: Tensor<4>, blocks: &[usize]) -> Vec<Tensor<3>> {
        let last = blocks.last().copied().unwrap_or(0);
        let (tokens, _) = self.embed(images);
        self.run(tokens, Keep { tokens: blocks, ..Keep::default() }, last, |_, _| None).1
    }

    /// The four matrices of each block's attention, one where query, key and value are fused, in order.
    pub fn attention_layers(&self) -> impl Iterator<Item = &Linear> {
        self.blocks.iter().flat_map(|block| {
            let attn = &block.attn;
            [&attn.qkv, &attn.q, &attn.k, &attn.v].into_iter().flatten().chain([&attn.proj])
        })
    }

    fn embed(&self, images: Tensor<4>) -> (Tensor<3>, [usize; 2]) {
        let config = &self.config;
        let (patches, grid) = self.patch_embed.forward(images);
        let [batch, _, dim] = patches.dims();
        let (class_place, places) = self.positions(grid);
        let mut parts = vec![];
        if let Some(class) = &self.cls_token {
            let class = match class_place {
                Some(place) => class.val() + place,
                None => class.val(),
            };
            parts.push(class.expand([batch, 1, dim]));
        }
        if let Some(registers) = &self.reg_token {
            parts.push(registers.val().expand([batch, config.registers, dim]));
        }
        parts.push(patches + places);
        let tokens = if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) };
        let tokens = self.dropout.forward(tokens);
        match &self.norm_pre {
            Some(norm) => (norm.forward(tokens), grid),
            None => (tokens, grid),
        }
    }

    /// Positions of the class token, if it has one, and of a grid of patches, `[1, patches, dim]`.
    fn positions(&self, grid: [usize; 2]) -> (Option<Tensor<3>>, Tensor<3>) {
        let config = &self.config;
        let table = self.pos_embed.val();
        let [_, count, dim] = table.dims();
        let side = config.grid();
        let before = count - side * side;
        let class = (before > 0).then(|| table.clone().narrow(1, 0, before));
        let places = if before > 0 { table.narrow(1, before, side * side) } else { table };
        if grid == [side; 2] {
            return (class, places);
        }
        let kernel = if config.position_antialias { Kernel::BicubicAntialiased } else { Kernel::Bicubic };
        let scales = grid.map(|new| side as f64 / (new as f64 + config.position_offset));
        let places = resample_grid(places.reshape([side, side, dim]), grid, scales, kernel);
        (class, places.reshape([1, grid[0] * grid[1], dim]))
    }

    fn run(
        &self,
        mut tokens: Tensor<3>,
        keep: Keep<'_>,
        last: usize,
        beside: impl Fn(usize, &Tensor<3>) -> Option<Tensor<3>>,
    ) -> (Tensor<3>, Vec<Tensor<3>>, Vec<Tensor<4>>) {
        let (mut kept, mut maps) = (vec![], vec![]);
        if keep.tokens.contains(&0) {
            kept.push(tokens.clone());
        }
        for (block, at) in self.blocks.iter().zip(1..=last) {
            let want_map = keep.maps.contains(&at);
            let (next, map) = block.forward(tokens, Mask::None, want_map, |seen| beside(at, seen));
            tokens = next;
            maps.extend(map);
            if keep.tokens.contains(&at) {
                kept.push(tokens.clone());
            }
        }
        (tokens, kept, maps)
    }

    fn pool(&self, tokens: Tensor<3>, want_map: bool) -> (Tensor<2>, Option<Tensor<4>>) {
        let [_, count, _] = tokens.dims();
        let prefix = self.config.prefix();
        let (pooled, map) = match &self.attn_pool {
            Some(pool) => pool.forward(tokens, want_map),
            None if self.config.pool == Pool::Class => (tokens.narrow(1, 0, 1).squeeze_dim(1), None),
            None => (tokens.narrow(1, prefix, count - prefix).mean_dim(1).squeeze_dim(1), None),
        };
        match &self.fc_norm {
            Some(norm) => (norm.forward(pooled), map),
            None => (pooled, map),
        }
    }
}

impl VitOutput {
    /// Class token after the last norm, `[batch, dim]`.
    pub fn class(&self) -> Option<Tensor<2>> {
        self.class_token.then(|| self.tokens.clone().narrow(1, 0, 1).squeeze_dim(1))
    }

    /// Patch tokens after the last norm, `[batch, rows * columns, dim]`.
    pub fn patches(&self) -> Tensor<3> {
        self.patches_of(&self.tokens)
    }

    /// The patch tokens among all tokens of a block, `[batch, rows * columns, dim]`.
    pub fn patches_of(&self, tokens: &Tensor<3>) -> Tensor<3> {
        let count = self.grid[0] * self.grid[1];
        let [_, all, _] = tokens.dims();
        tokens.clone().narrow(1, all - count, count)
    }

    /// Patch tokens after the last norm as a map, `[batch, dim, rows, columns]`.
    pub fn patch_map(&self) -> Tensor<4> {
        let patches = self.patches();
        let [batch, _, dim] = patches.dims();
        patches.swap_dims(1, 2).reshape([batch, dim, self.grid[0], self.grid[1]])
    }
}

#[cfg(test)]
mod tests;
