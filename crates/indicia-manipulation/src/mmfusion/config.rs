//! Sizes and switches.

use indicia_core::{Error, Result};
use indicia_nn::convolution::Convolution;
use indicia_nn::decoders::SegformerHeadConfig;
use indicia_nn::encoders::mit::MitConfig;
use serde::{Deserialize, Serialize};

/// A view of a picture's noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Noiseprint++, frozen; needs its authors' weights.
    Noiseprint,
    /// A learned, constrained convolution.
    Bayar,
    /// Fixed high-pass residuals.
    Srm,
}

/// When views meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fusion {
    /// Before the encoder: one stream of noise.
    Early,
    /// After it: one stream for every view.
    Late,
}

/// How early fusion makes one picture of all views.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MixerConfig {
    /// At full resolution, as published: for each view `depth` convolutions of `width`, twice `width` and so on,
    /// then one more such block over all of them, to three channels.
    Convolutions {
        /// Channels of the first convolution; 24 as published.
        width: usize,
        /// Convolutions 3 by 3; 3 as published.
        depth: usize,
        /// Share dropped between; 0.33 as published.
        dropout: f64,
    },
    /// Two convolutions of `width` channels, the first with stride 2, before patches of half the stride: residuals are
    /// rectified at half resolution, before their sign is lost to averages, at little cost.
    Stem {
        /// Channels of both.
        width: usize,
    },
    /// The views' channels go into the encoder as they are.
    Concatenation,
}

/// What a network is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MmFusionConfig {
    /// The views in order, each at most once; none for colours alone.
    pub views: Vec<View>,
    /// When they meet.
    pub fusion: Fusion,
    /// How, in early fusion.
    pub mixer: MixerConfig,
    /// Convolutions and channels of Noiseprint++.
    pub noiseprint: [usize; 2],
    /// The encoder of the colours.
    pub encoder: MitConfig,
    /// The encoders of noise; their input channels and patches follow from the views and the mixer.
    pub noise_encoder: MitConfig,
    /// By how much the modules between the streams reduce their inner channels; 1 as published.
    pub reduction: usize,
    /// Channels of both heads.
    pub decoder_width: usize,
    /// Share of fused features dropped in late fusion.
    pub dropout: f64,
    /// Share of channels dropped in the heads.
    pub head_dropout: f64,
    /// Share dropped before the score's last layer.
    pub score_dropout: f64,
    /// Added to variances between the streams, in mixers and in heads.
    pub epsilon: f64,
    /// With confidence and score?
    pub detector: bool,
    /// Views but Noiseprint++ look at samples / 256 times this.
    pub gain: f64,
    /// Largest SRM residual of those.
    pub srm_clip: f64,
    /// As released: patches are reshaped without being transposed before they are added to the next stage's
    /// input, and the gradient of the Bayar convolution takes sums for constants.
    pub released: bool,
}

impl MmFusionConfig {
    /// The released network: three views, MiT-B2, heads of 512 channels.
    pub fn published(fusion: Fusion) -> Self {
        let encoder =
            MitConfig { norm_epsilon: 1e-3, embed_epsilon: 1e-3, attention_epsilon: 1e-3, ..MitConfig::B2 };
        // The norm of early fusion's patches is a class of its own, which the change of every norm's epsilon
        // passes by.
        let embed_epsilon = if fusion == Fusion::Early { 1e-6 } else { 1e-3 };
        Self {
            views: vec![View::Noiseprint, View::Bayar, View::Srm],
            fusion,
            mixer: MixerConfig::Convolutions { width: 24, depth: 3, dropout: 0.33 },
            noiseprint: [17, 64],
            noise_encoder: MitConfig { embed_epsilon, ..encoder.clone() },
            encoder,
            reduction: 1,
            decoder_width: 512,
            dropout: 0.33,
            head_dropout: 0.1,
            score_dropout: 0.5,
            epsilon: 1e-3,
            detector: true,
            gain: 1.0,
            srm_clip: 2.0,
            released: true,
        }
    }

    /// A network of our own for the processor: views without borrowed weights, one or two narrow blocks a stage,
    /// stages at strides 8 to 64 instead of 4 to 32, and noise rectified at half resolution before that. Views see
    /// levels from 0 to 255 and SRM residuals are cut at 2 for each of three channels.
    pub fn small(fusion: Fusion) -> Self {
        let encoder = MitConfig {
            widths: [24, 48, 96, 120],
            depths: [1, 1, 2, 1],
            heads: [1, 2, 4, 5],
            expansion: 2,
            patch: [11, 8],
            ..MitConfig::B0
        };
        Self {
            views: vec![View::Bayar, View::Srm],
            mixer: MixerConfig::Stem { width: 12 },
            noise_encoder: MitConfig { depths: [1, 2, 2, 1], ..encoder.clone() },
            encoder,
            reduction: 2,
            decoder_width: 48,
            dropout: 0.1,
            epsilon: 1e-5,
            gain: 256.0,
            srm_clip: 6.0,
            released: false,
            ..Self::published(fusion)
        }
    }

    /// Streams of noise.
    pub fn streams(&self) -> usize {
        match self.fusion {
            _ if self.views.is_empty() => 0,
            Fusion::Early => 1,
            Fusion::Late => self.views.len(),
        }
    }

    /// The encoder of a stream of noise, with the input that it gets.
    pub fn stream_encoder(&self) -> MitConfig {
        let encoder = self.noise_encoder.clone();
        match (self.fusion, self.mixer) {
            (Fusion::Late, _) | (_, MixerConfig::Convolutions { .. }) => encoder.with_channels(3),
            (Fusion::Early, MixerConfig::Stem { width }) => {
                let stride = encoder.patch[1] / 2;
                MitConfig { patch: [stride + 1, stride], ..encoder.with_channels(width) }
            }
            (Fusion::Early, MixerConfig::Concatenation) => encoder.with_channels(3 * self.views.len()),
        }
    }

    /// A head over the fused features with `classes` outputs.
    pub fn head(&self, classes: usize) -> SegformerHeadConfig {
        let widths = self.encoder.widths.map(|width| width * self.streams().max(1));
        SegformerHeadConfig {
            dropout: self.head_dropout,
            epsilon: self.epsilon,
            ..SegformerHeadConfig::new(widths, self.decoder_width, classes)
        }
    }

    /// # Errors
    /// `Configuration` if the sizes do not fit each other.
    pub fn check(&self) -> Result<()> {
        self.encoder.check()?;
        if self.streams() > 0 {
            self.stream_encoder().check()?;
        }
        let wrong = |what: String| Err(Error::configuration(format!("mmfusion: {what}")));
        if self.encoder.channels != 3 {
            return wrong(format!("colours of {} channels, expected 3", self.encoder.channels));
        }
        if !self.views.is_sorted_by(|a, b| a < b) {
            return wrong(format!(
                "views {:?}, expected each once, in the order of the released code",
                self.views
            ));
        }
        let patches = [self.encoder.patch, self.noise_encoder.patch];
        if patches[0][1] != patches[1][1]
            || patches.iter().any(|[side, stride]| side % 2 == 0 || stride % 4 != 0)
        {
            return wrong(format!("patches {patches:?}, expected odd sides and one stride, a multiple of 4"));
        }
        if self.encoder.widths != self.noise_encoder.widths || self.encoder.heads != self.noise_encoder.heads
        {
            return wrong("encoders of colours and of noise differ in widths or heads".to_owned());
        }
        for (width, heads) in self.encoder.widths.into_iter().zip(self.encoder.heads) {
            if self.reduction == 0 || !width.is_multiple_of(self.reduction * heads) {
                return wrong(format!(
                    "{width} channels reduced by {} do not split into {heads} heads",
                    self.reduction
                ));
            }
        }
        if self.decoder_width == 0 || self.noiseprint[0] < 2 || self.noiseprint[1] == 0 {
            return wrong("a head or extractor without channels".to_owned());
        }
        for share in [self.dropout, self.head_dropout, self.score_dropout] {
            if !(0.0..1.0).contains(&share) {
                return wrong(format!("a share of {share} dropped, expected 0 to below 1"));
            }
        }
        Ok(())
    }

    /// Multiply-adds for one picture of `height` by `width`: convolutions, linear layers and products of
    /// attention; not norms, activations, sums and resizing.
    pub fn multiply_adds(&self, height: usize, width: usize) -> u64 {
        let samples = (height * width) as u64;
        let [depth, channels] = self.noiseprint;
        let of_view = |view: &View| match view {
            View::Noiseprint => 9 * (4 * channels + (depth - 2) * channels * channels) as u64,
            View::Bayar => 225,
            View::Srm => 75,
        };
        let mut total: u64 = samples * self.views.iter().map(of_view).sum::<u64>();
        let mut input = [height, width];
        if self.fusion == Fusion::Early && !self.views.is_empty() {
            let views = self.views.len();
            match self.mixer {
                MixerConfig::Convolutions { width, depth, .. } => {
                    let one = super::mixer::multiply_adds(3, width, depth);
                    total +=
                        samples * (views as u64 * one + super::mixer::multiply_adds(3 * views, width, depth));
                }
                MixerConfig::Stem { width: inner } => {
                    let first = Convolution::same(3 * views, inner, 3).stride(2);
                    total += first.multiply_adds(height, width);
                    input = input.map(|n| first.size(n));
                    total += Convolution::same(inner, inner, 3).multiply_adds(input[0], input[1]);
                }
                MixerConfig::Concatenation => {}
            }
        }
        let streams = self.streams() as u64;
        // In late fusion every stream has its own run of the shared encoder; the first stage is the same in all.
        total += self.encoder.multiply_adds(height, width) * streams.max(1);
        if streams > 1 {
            let first = MitConfig { depths: [self.encoder.depths[0], 0, 0, 0], ..self.encoder.clone() };
            let none = MitConfig { depths: [0; 4], ..self.encoder.clone() };
            let blocks = first.multiply_adds(height, width) - none.multiply_adds(height, width);
            let patches = Convolution::same(3, self.encoder.widths[0], self.encoder.patch[0])
                .stride(self.encoder.patch[1])
                .multiply_adds(height, width);
            total -= (streams - 1) * (blocks + patches);
        }
        total += self.stream_encoder().multiply_adds(input[0], input[1]) * streams;
        let sizes = self.encoder.sizes(height, width);
        for stage in 0..4 {
            let places = (sizes[stage][0] * sizes[stage][1]) as u64;
            let between = super::fusion::multiply_adds(
                self.encoder.widths[stage],
                self.encoder.heads[stage],
                self.reduction,
            );
            total += streams * places * between;
        }
        total += self.head(2).multiply_adds(sizes);
        if self.detector {
            total += self.head(1).multiply_adds(sizes);
        }
        total
    }
}
