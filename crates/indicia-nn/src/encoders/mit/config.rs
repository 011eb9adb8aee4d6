//! Sizes of a Mix Transformer.

use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::convolution::Convolution;

/// What a Mix Transformer is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MitConfig {
    /// Channels of the picture.
    pub channels: usize,
    /// Channels of each stage.
    pub widths: [usize; 4],
    /// Blocks of each stage.
    pub depths: [usize; 4],
    /// Heads of attention of each stage; each must divide the stage's width.
    pub heads: [usize; 4],
    /// By how much the map that gives keys and values is reduced in each direction.
    pub reductions: [usize; 4],
    /// Hidden channels of the feed-forward layers, as a multiple of the width.
    pub expansion: usize,
    /// Side and stride of the first patches.
    pub patch: [usize; 2],
    /// Share of branches dropped in training in the last block; earlier blocks drop less, the first none.
    pub drop_path: f64,
    /// Added to the variance in the norms of blocks and stages.
    pub norm_epsilon: f64,
    /// Added to the variance in the norms of patches.
    pub embed_epsilon: f64,
    /// Added to the variance in the norms of reduced maps.
    pub attention_epsilon: f64,
}

impl MitConfig {
    const fn named(widths: [usize; 4], depths: [usize; 4]) -> Self {
        Self {
            channels: 3,
            widths,
            depths,
            heads: [1, 2, 5, 8],
            reductions: [8, 4, 2, 1],
            expansion: 4,
            patch: [7, 4],
            drop_path: 0.1,
            norm_epsilon: 1e-6,
            embed_epsilon: 1e-5,
            attention_epsilon: 1e-5,
        }
    }

    /// 3.3 million parameters (table 7 of the paper counts 3.7 with a decoder of 256 channels).
    pub const B0: Self = Self::named([32, 64, 160, 256], [2, 2, 2, 2]);
    /// Twice the width of B0.
    pub const B1: Self = Self::named([64, 128, 320, 512], [2, 2, 2, 2]);
    /// Deeper than B1.
    pub const B2: Self = Self::named([64, 128, 320, 512], [3, 4, 6, 3]);
    /// Deeper than B2.
    pub const B3: Self = Self::named([64, 128, 320, 512], [3, 4, 18, 3]);
    /// Deeper than B3.
    pub const B4: Self = Self::named([64, 128, 320, 512], [3, 8, 27, 3]);
    /// Deeper than B4.
    pub const B5: Self = Self::named([64, 128, 320, 512], [3, 6, 40, 3]);

    /// Widths times `factor`, rounded to multiples of the heads, at least one channel a head.
    pub fn scaled(mut self, factor: f64) -> Self {
        for (width, heads) in self.widths.iter_mut().zip(self.heads) {
            let of_head = (*width as f64 * factor / heads as f64).round() as usize;
            *width = of_head.max(1) * heads;
        }
        self
    }

    /// With another number of input channels.
    pub fn with_channels(self, channels: usize) -> Self {
        Self { channels, ..self }
    }

    /// # Errors
    /// `Configuration` if a width is not a multiple of its number of heads, or anything is zero that must not be.
    pub fn check(&self) -> Result<()> {
        for stage in 0..4 {
            let (width, heads) = (self.widths[stage], self.heads[stage]);
            if width == 0 || heads == 0 || width % heads != 0 {
                return Err(Error::configuration(format!(
                    "stage {stage} of the encoder has {width} channels and {heads} heads, expected a multiple"
                )));
            }
        }
        if self.channels == 0
            || self.expansion == 0
            || self.reductions.contains(&0)
            || self.patch.contains(&0)
        {
            return Err(Error::configuration(
                "the encoder has no input channel, or an expansion, reduction or patch of 0".to_owned(),
            ));
        }
        if !(0.0..1.0).contains(&self.drop_path) {
            return Err(Error::configuration(format!(
                "the encoder drops a share of {} of its branches, expected 0 to below 1",
                self.drop_path
            )));
        }
        Ok(())
    }

    /// The patches of a stage.
    pub(super) fn patches(&self, stage: usize) -> Convolution {
        let (input, [side, stride]) = match stage {
            0 => (self.channels, self.patch),
            _ => (self.widths[stage - 1], [3, 2]),
        };
        Convolution::same(input, self.widths[stage], side).stride(stride)
    }

    /// Linear from 0 in the first block to `drop_path` in the last.
    pub(super) fn drop_path_rates(&self) -> Vec<f64> {
        let blocks: usize = self.depths.iter().sum();
        (0..blocks).map(|i| self.drop_path * i as f64 / (blocks - 1).max(1) as f64).collect()
    }

    /// Height and width of the four maps for a picture of `height` by `width`.
    pub fn sizes(&self, height: usize, width: usize) -> [[usize; 2]; 4] {
        let mut size = [height, width];
        [0, 1, 2, 3].map(|stage| {
            let patches = self.patches(stage);
            size = size.map(|n| patches.size(n));
            size
        })
    }

    /// Multiply-adds for one picture of `height` by `width`: convolutions, linear layers and both products of
    /// attention; not norms, activations and sums.
    pub fn multiply_adds(&self, height: usize, width: usize) -> u64 {
        let sizes = self.sizes(height, width);
        let mut before = [height, width];
        let mut total = 0;
        for stage in 0..4 {
            let [rows, columns] = sizes[stage];
            total += self.patches(stage).multiply_adds(before[0], before[1]);
            before = sizes[stage];
            let (c, r, hidden) =
                (self.widths[stage], self.reductions[stage], self.widths[stage] * self.expansion);
            let tokens = (rows * columns) as u64;
            let keys = (rows.max(r) / r * (columns.max(r) / r)) as u64;
            let reduce = if r > 1 { keys * (c * c * r * r) as u64 } else { 0 };
            // q and proj of every token, k and v of reduced ones, scores and their use.
            let attention =
                tokens * (2 * c * c) as u64 + keys * (2 * c * c) as u64 + 2 * tokens * keys * c as u64;
            let feed = tokens * (2 * c * hidden + 9 * hidden) as u64;
            total += self.depths[stage] as u64 * (reduce + attention + feed);
        }
        total
    }
}
