//! MMFusion: a picture beside several views of its noise, fused for a map and a score.
//!
//! K. Triaridis, V. Mezaris, "Exploring Multi-Modal Fusion for Image Manipulation Detection and Localization", MMM
//! 2024, arXiv 2312.01790. Built on CMX (J. Zhang et al., IEEE T-ITS 24(12),
//! 2023) and on TruFor's head for confidence and score (F. Guillaro et al., CVPR 2023).
//!
//! 1. Views of the noise: Noiseprint++, a Bayar convolution, SRM residuals ([`View`]).
//! 2. *Early* fusion mixes the views into one picture that runs a second encoder beside that of the colours; *late*
//!    fusion runs an encoder for every view beside the colours, whose encoder is shared ([`Fusion`]).
//! 3. After each of four stages the two streams correct each other ([`FeatureRectify`]) and are fused by attention
//!    of linear cost ([`FeatureFusion`]).
//! 4. A SegFormer head gives two classes for every sample; a second one gives confidence; minimum, maximum, mean
//!    and mean square of both, soft and weighted, give eight numbers and those the score of the picture
//!    ([`pooling`]).
//!
//! [`MmFusionConfig::published`] has the sizes, names and quirks of the released code (IDT-ITI/MMFusion-IML), so
//! that the authors' checkpoints fit ([`renames`]): samples are divided by 256 everywhere and only the colours are
//! normalised; SRM residuals of such small numbers are cut at 2, hence hardly; Noiseprint++ is repeated to three
//! channels; norms add 1e-3; and in early fusion the embedded patches that are added to the next stage's input are
//! reshaped without being transposed, which scatters them over channels and places
//! ([`MmFusionConfig::released`]). [`MmFusionConfig::small`] has none of these quirks.
//!
//! The re-weighting decoder of the authors' later article is not in the released code and not here.

mod config;
mod fusion;
mod keys;
pub mod loss;
mod mixer;
mod network;
pub mod pooling;

pub use config::{Fusion, MixerConfig, MmFusionConfig, View};
pub use fusion::{FeatureFusion, FeatureRectify};
pub use keys::renames;
pub use mixer::{EarlyConv, Mixer, Stem};
pub use network::{Detector, MmFusion, Output, Stream};

#[cfg(test)]
mod tests;
