//! Published networks by name, and small ones to train here.

use indicia_core::Error;

use super::{Head, Pool, VitConfig};
use crate::layers::Activation;

/// A network's name, whose it is, and what it is made of.
#[derive(Debug)]
pub struct Preset {
    /// Name, as a user gives it.
    pub name: &'static str,
    /// Where weights of this form were published; none for our own sizes.
    pub published: Option<&'static str>,
    build: fn() -> VitConfig,
}

impl Preset {
    /// The configuration.
    pub fn config(&self) -> VitConfig {
        (self.build)()
    }
}

/// The configuration of a name in [`PRESETS`].
///
/// # Errors
/// `configuration` with all names if there is none of that name.
pub fn preset(name: &str) -> Result<VitConfig, Error> {
    let found = PRESETS.iter().find(|preset| preset.name == name);
    found.map(Preset::config).ok_or_else(|| {
        let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
        Error::configuration(format!("no vision transformer is named {name}; there are {}", names.join(", ")))
    })
}

/// All names.
pub const PRESETS: &[Preset] = &[
    published("clip-vit-b-32", "openai/clip-vit-base-patch32", || clip(32, 768, 12, 12, 512)),
    published("clip-vit-b-16", "openai/clip-vit-base-patch16", || clip(16, 768, 12, 12, 512)),
    published("clip-vit-l-14", "openai/clip-vit-large-patch14", || clip(14, 1024, 24, 16, 768)),
    published("clip-vit-l-14-336", "openai/clip-vit-large-patch14-336", || {
        clip(14, 1024, 24, 16, 768).with_image(336)
    }),
    published("openclip-vit-b-32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", || {
        clip(32, 768, 12, 12, 512).with_activation(Activation::Gelu)
    }),
    published("openclip-vit-l-14", "laion/CLIP-ViT-L-14-laion2B-s32B-b82K", || {
        clip(14, 1024, 24, 16, 768).with_activation(Activation::Gelu)
    }),
    published("openclip-vit-h-14", "laion/CLIP-ViT-H-14-laion2B-s32B-b79K", || {
        clip(14, 1280, 32, 16, 1024).with_activation(Activation::Gelu)
    }),
    published("openclip-vit-bigg-14", "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k", || {
        clip(14, 1664, 48, 16, 1280).with_activation(Activation::Gelu).with_hidden(Some(8192))
    }),
    published("dinov2-vit-s-14", "facebook/dinov2-small", || dinov2(384, 12, 6)),
    published("dinov2-vit-b-14", "facebook/dinov2-base", || dinov2(768, 12, 12)),
    published("dinov2-vit-l-14", "facebook/dinov2-large", || dinov2(1024, 24, 16)),
    published("dinov2-vit-g-14", "facebook/dinov2-giant", || giant(dinov2(1536, 40, 24))),
    published("dinov2-vit-s-14-reg", "facebook/dinov2-with-registers-small", || {
        registers(dinov2(384, 12, 6))
    }),
    published("dinov2-vit-b-14-reg", "facebook/dinov2-with-registers-base", || {
        registers(dinov2(768, 12, 12))
    }),
    published("dinov2-vit-l-14-reg", "facebook/dinov2-with-registers-large", || {
        registers(dinov2(1024, 24, 16))
    }),
    published("dinov2-vit-g-14-reg", "facebook/dinov2-with-registers-giant", || {
        registers(giant(dinov2(1536, 40, 24)))
    }),
    published("siglip-b-16", "google/siglip-base-patch16-224", || siglip(16, 768, 12, 12)),
    published("siglip-b-16-384", "google/siglip-base-patch16-384", || {
        siglip(16, 768, 12, 12).with_image(384)
    }),
    published("siglip-l-16-256", "google/siglip-large-patch16-256", || {
        siglip(16, 1024, 24, 16).with_image(256)
    }),
    published("siglip-so400m-14-384", "google/siglip-so400m-patch14-384", || {
        siglip(14, 1152, 27, 16).with_image(384).with_hidden(Some(4304))
    }),
    published("deit-tiny-16", "timm/deit_tiny_patch16_224", || classifier(192, 3)),
    published("deit-small-16", "timm/deit_small_patch16_224", || classifier(384, 6)),
    published("deit-base-16", "timm/deit_base_patch16_224", || classifier(768, 12)),
    published("vit-tiny-16", "timm/vit_tiny_patch16_224", || classifier(192, 3)),
    published("vit-small-16", "timm/vit_small_patch16_224", || classifier(384, 6)),
    published("vit-base-16", "timm/vit_base_patch16_224", || classifier(768, 12)),
    published("vit-large-16", "timm/vit_large_patch16_224", || VitConfig {
        depth: 24,
        ..classifier(1024, 16)
    }),
    ours("vit-micro-8", || VitConfig::new(8, 96, 4, 3).with_image(64)),
    ours("vit-mini-8", || VitConfig::new(8, 192, 6, 3).with_image(64)),
    ours("vit-mini-16", || VitConfig::new(16, 192, 6, 3)),
];

const fn published(name: &'static str, source: &'static str, build: fn() -> VitConfig) -> Preset {
    Preset { name, published: Some(source), build }
}

const fn ours(name: &'static str, build: fn() -> VitConfig) -> Preset {
    Preset { name, published: None, build }
}

fn clip(patch: usize, dim: usize, depth: usize, heads: usize, width: usize) -> VitConfig {
    VitConfig::new(patch, dim, depth, heads)
        .with_activation(Activation::QuickGelu)
        .with_patch_bias(false)
        .with_norm_pre(true)
        .with_epsilon(1e-5)
        .with_head(Some(Head { width, bias: false }))
        .with_position_antialias(false)
}

fn dinov2(dim: usize, depth: usize, heads: usize) -> VitConfig {
    VitConfig::new(14, dim, depth, heads)
        .with_image(518)
        .with_layer_scale(Some(1.0))
        .with_position_antialias(false)
        .with_position_offset(0.1)
}

fn registers(config: VitConfig) -> VitConfig {
    config.with_registers(4).with_position_antialias(true).with_position_offset(0.0)
}

fn giant(config: VitConfig) -> VitConfig {
    // Two thirds of four times the width, up to a multiple of eight.
    config.with_gated(true).with_activation(Activation::Silu).with_hidden(Some(4096))
}

fn siglip(patch: usize, dim: usize, depth: usize, heads: usize) -> VitConfig {
    VitConfig::new(patch, dim, depth, heads)
        .with_activation(Activation::GeluTanh)
        .with_class_token(false)
        .with_pool(Pool::Attention)
        .with_position_antialias(false)
}

fn classifier(dim: usize, heads: usize) -> VitConfig {
    VitConfig::new(16, dim, 12, heads).with_head(Some(Head { width: 1000, bias: true }))
}
