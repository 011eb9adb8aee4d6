//! What a Vision Transformer is made of.

use burn::config::Config;
use indicia_core::Error;

use crate::layers::{Activation, BlockConfig};

/// How one vector is made of all tokens.
#[derive(Config, Debug, Copy, PartialEq, Eq)]
pub enum Pool {
    /// The class token.
    Class,
    /// The mean of the patch tokens.
    Mean,
    /// A learned query that looks at all tokens (SigLIP).
    Attention,
}

/// The layer that follows pooling.
#[derive(Config, Debug, Copy, PartialEq, Eq)]
pub struct Head {
    /// Width of what it gives: the space shared with text, or classes.
    pub width: usize,
    /// Whether it has a bias.
    pub bias: bool,
}

/// Configuration of a [`super::VisionTransformer`].
///
/// Defaults are those of ViT as timm builds it; [`super::preset`] has the published combinations.
#[derive(Config, Debug)]
pub struct VitConfig {
    /// Side of a patch, pixels.
    pub patch: usize,
    /// Width of the tokens.
    pub dim: usize,
    /// Number of blocks.
    pub depth: usize,
    /// Heads of each attention; divides `dim`.
    pub heads: usize,
    /// Side of the square picture that the table of positions is for, pixels.
    #[config(default = 224)]
    pub image: usize,
    /// Channels of a picture.
    #[config(default = 3)]
    pub channels: usize,
    /// Hidden width of feed-forward layers; four times `dim` if not given.
    pub hidden: Option<usize>,
    /// Their activation.
    #[config(default = "Activation::Gelu")]
    pub activation: Activation,
    /// Whether they are gated (SwiGLU with [`Activation::Silu`]).
    #[config(default = false)]
    pub gated: bool,
    /// Whether query, key and value are one matrix.
    #[config(default = true)]
    pub fused_qkv: bool,
    /// Whether these have a bias.
    #[config(default = true)]
    pub qkv_bias: bool,
    /// Whether a class token goes before the patches.
    #[config(default = true)]
    pub class_token: bool,
    /// Whether the table of positions has an entry for it.
    #[config(default = true)]
    pub class_position: bool,
    /// Register tokens between class and patches (Darcet et al. 2024); they have no position.
    #[config(default = 0)]
    pub registers: usize,
    /// Whether the projection of patches has a bias; CLIP's has none.
    #[config(default = true)]
    pub patch_bias: bool,
    /// Whether a norm goes before the first block (CLIP).
    #[config(default = false)]
    pub norm_pre: bool,
    /// Initial gain of the branches of blocks; none without a learned gain.
    pub layer_scale: Option<f64>,
    /// Added to the variance in all norms.
    #[config(default = 1e-6)]
    pub epsilon: f64,
    /// How one vector is made of all tokens.
    #[config(default = "Pool::Class")]
    pub pool: Pool,
    /// Whether the last norm is of the pooled vector, not of each token.
    #[config(default = false)]
    pub norm_after_pool: bool,
    /// The layer after pooling, if any.
    pub head: Option<Head>,
    /// Whether positions for other sizes are resampled with antialiasing.
    #[config(default = true)]
    pub position_antialias: bool,
    /// Added to the new number of patches where the scale of positions for other sizes is computed; 0.1 in
    /// DINOv2 without registers.
    #[config(default = 0.0)]
    pub position_offset: f64,
    /// Dropout after projections, in [0, 1).
    #[config(default = 0.0)]
    pub dropout: f64,
    /// Dropout of attention weights, in [0, 1).
    #[config(default = 0.0)]
    pub attention_dropout: f64,
    /// Stochastic depth of the last block, in [0, 1); it grows from zero at the first.
    #[config(default = 0.0)]
    pub drop_path: f64,
}

impl VitConfig {
    /// Rows and columns of the table of positions.
    pub fn grid(&self) -> usize {
        self.image / self.patch
    }

    /// Tokens before the patches: class token and registers.
    pub fn prefix(&self) -> usize {
        usize::from(self.class_token) + self.registers
    }

    /// Hidden width of feed-forward layers.
    pub fn hidden_width(&self) -> usize {
        self.hidden.unwrap_or(4 * self.dim)
    }

    /// Refuses combinations that no network can have.
    ///
    /// # Errors
    /// `configuration`, naming the field.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::configuration(why));
        for (name, value) in
            [("patch", self.patch), ("dim", self.dim), ("depth", self.depth), ("channels", self.channels)]
        {
            if value == 0 {
                return refuse(format!("{name} of a vision transformer must be at least 1, got 0"));
            }
        }
        if self.heads == 0 || !self.dim.is_multiple_of(self.heads) {
            return refuse(format!("heads must divide dim {}, got {}", self.dim, self.heads));
        }
        if self.image < self.patch {
            return refuse(format!("image must be at least patch {}, got {}", self.patch, self.image));
        }
        if self.pool == Pool::Class && !self.class_token {
            return refuse("pool is the class token, which class_token leaves out".into());
        }
        for (name, rate) in [
            ("dropout", self.dropout),
            ("attention_dropout", self.attention_dropout),
            ("drop_path", self.drop_path),
        ] {
            if !(0.0..1.0).contains(&rate) {
                return refuse(format!("{name} must be in [0, 1), got {rate}"));
            }
        }
        Ok(())
    }

    pub(super) fn block(&self, at: usize) -> BlockConfig {
        let depth = (self.depth - 1).max(1) as f64;
        BlockConfig::new(self.dim, self.heads, self.hidden_width(), self.activation)
            .with_gated(self.gated)
            .with_fused_qkv(self.fused_qkv)
            .with_qkv_bias(self.qkv_bias)
            .with_layer_scale(self.layer_scale)
            .with_epsilon(self.epsilon)
            .with_dropout(self.dropout)
            .with_attention_dropout(self.attention_dropout)
            .with_drop_path(self.drop_path * at as f64 / depth)
    }
}
