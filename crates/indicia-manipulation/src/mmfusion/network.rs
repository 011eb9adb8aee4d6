//! The network.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::{Device, Tensor, TensorData, activation};
use indicia_core::{Error, Result};
use indicia_nn::convolution::{linear, resize, to_map};
use indicia_nn::decoders::SegformerHead;
use indicia_nn::encoders::mit::Mit;
use indicia_nn::filters::{Bayar, BayarGradient, Noiseprint, Srm, SrmWiring};

use super::fusion::{FeatureFusion, FeatureRectify};
use super::mixer::{Mixer, Stem};
use super::pooling::statistics;
use super::{Fusion, MixerConfig, MmFusionConfig, View};

/// A stream of noise beside the colours.
#[derive(Module, Debug)]
pub struct Stream {
    /// Its encoder.
    pub encoder: Mit,
    /// After each stage.
    pub rectify: Vec<FeatureRectify>,
    /// After each stage.
    pub fuse: Vec<FeatureFusion>,
}

/// Eight numbers to a score.
#[derive(Module, Debug)]
pub struct Detector {
    /// To 128.
    pub first: Linear,
    /// To one.
    pub second: Linear,
    dropout: Dropout,
}

/// What the network gives.
#[derive(Debug, Clone)]
pub struct Output {
    /// Logits of untouched and of changed, `[batch, 2, height, width]`.
    pub map: Tensor<4>,
    /// Raw confidence in the map, `[batch, 1, height, width]`; its logistic function is from 0 to 1.
    pub confidence: Option<Tensor<4>>,
    /// Logits of the picture having been changed, `[batch]`.
    pub score: Option<Tensor<1>>,
}

impl Output {
    /// Probability of change at every sample, `[batch, height, width]`.
    pub fn probability(&self) -> Tensor<3> {
        activation::softmax(self.map.clone(), 1).narrow(1, 1, 1).squeeze_dim(1)
    }
}

/// The network.
#[derive(Module, Debug)]
pub struct MmFusion {
    /// A view.
    pub noiseprint: Option<Noiseprint>,
    /// A view.
    pub bayar: Option<Bayar>,
    #[module(skip)]
    srm: Option<Srm>,
    /// Early fusion at full resolution.
    pub mixer: Option<Mixer>,
    /// Early fusion at half resolution.
    pub stem: Option<Stem>,
    /// Of the colours.
    pub encoder: Mit,
    /// One in early fusion, one for every view in late fusion.
    pub streams: Vec<Stream>,
    /// To two classes.
    pub decode_head: SegformerHead,
    /// To confidence.
    pub conf_head: Option<SegformerHead>,
    /// To the score.
    pub detection: Option<Detector>,
    dropout: Dropout,
    gain: f64,
    late: bool,
    adds_patches: bool,
    released: bool,
}

/// Means and deviations of red, green and blue over ImageNet, in the scale of the encoder's published weights.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

impl MmFusion {
    /// With fresh weights; Noiseprint++ is frozen.
    ///
    /// # Errors
    /// `Configuration` if the sizes do not fit each other.
    pub fn new(config: &MmFusionConfig, device: &Device) -> Result<Self> {
        config.check()?;
        let has = |view| config.views.contains(&view);
        let gradient = if config.released { BayarGradient::Released } else { BayarGradient::Full };
        let early = config.fusion == Fusion::Early && !config.views.is_empty();
        let (mut mixer, mut stem) = (None, None);
        match config.mixer {
            MixerConfig::Convolutions { width, depth, dropout } if early => {
                mixer = Some(Mixer::new(config.views.len(), (width, depth), dropout, config.epsilon, device));
            }
            MixerConfig::Stem { width } if early => {
                stem = Some(Stem::new(3 * config.views.len(), width, config.epsilon, device));
            }
            _ => {}
        }
        let stages = || config.encoder.widths.into_iter().zip(config.encoder.heads);
        let stream = |_| -> Result<Stream> {
            Ok(Stream {
                encoder: Mit::new(&config.stream_encoder(), device)?,
                rectify: stages()
                    .map(|(width, _)| FeatureRectify::new(width, config.reduction, device))
                    .collect(),
                fuse: stages()
                    .map(|(width, heads)| {
                        FeatureFusion::new(width, heads, config.reduction, config.epsilon, device)
                    })
                    .collect(),
            })
        };
        let srm = Srm { wiring: SrmWiring::Summed { clip: Some(config.srm_clip as f32) } };
        Ok(Self {
            noiseprint: has(View::Noiseprint)
                .then(|| Noiseprint::new(config.noiseprint[0], config.noiseprint[1], false, device)),
            bayar: has(View::Bayar).then(|| Bayar::new(3, 3, gradient, device)),
            srm: has(View::Srm).then_some(srm),
            mixer,
            stem,
            encoder: Mit::new(&config.encoder, device)?,
            streams: (0..config.streams()).map(stream).collect::<Result<_>>()?,
            decode_head: SegformerHead::new(&config.head(2), device),
            conf_head: config.detector.then(|| SegformerHead::new(&config.head(1), device)),
            detection: config.detector.then(|| Detector {
                first: linear(8, 128, device),
                second: linear(128, 1, device),
                dropout: DropoutConfig::new(config.score_dropout).init(),
            }),
            dropout: DropoutConfig::new(config.dropout).init(),
            gain: config.gain,
            late: config.fusion == Fusion::Late,
            adds_patches: early && config.views.len() > 1,
            released: config.released,
        })
    }

    /// The views in order, each `[batch, 3, height, width]`, of a picture in levels from 0 to 255.
    pub fn views(&self, picture: Tensor<4>) -> Vec<Tensor<4>> {
        let small = picture.div_scalar(256.0);
        let mut views = Vec::new();
        if let Some(noiseprint) = &self.noiseprint {
            views.push(noiseprint.forward(small.clone()).repeat_dim(1, 3));
        }
        let scaled = if self.gain == 1.0 { small } else { small.mul_scalar(self.gain) };
        if let Some(bayar) = &self.bayar {
            views.push(bayar.forward(scaled.clone()));
        }
        if let Some(srm) = &self.srm {
            views.push(srm.forward(scaled));
        }
        views
    }

    /// The fused maps of four stages for a picture `[batch, 3, height, width]` in levels from 0 to 255.
    ///
    /// # Errors
    /// `Input` if the picture has no sample, or not three channels.
    pub fn features(&self, picture: Tensor<4>) -> Result<[Tensor<4>; 4]> {
        let shape = picture.dims();
        if shape[1] != 3 || shape.contains(&0) {
            return Err(Error::input(format!(
                "a picture of shape {shape:?}, expected [batch, 3, height, width] above 0"
            )));
        }
        let views = self.views(picture.clone());
        let mut noise = match (&self.mixer, &self.stem) {
            _ if self.late => views,
            (Some(mixer), _) => vec![mixer.forward(views)],
            (_, Some(stem)) => vec![stem.forward(Tensor::cat(views, 1))],
            _ if views.is_empty() => vec![],
            _ => vec![Tensor::cat(views, 1)],
        };
        let colours = normalised(picture.div_scalar(256.0));
        if self.streams.is_empty() {
            return Ok(self.encoder.forward(colours));
        }
        // The first stage of the colours is the same in all streams; later ones follow its correction by each.
        let mut colours = vec![self.encoder.stage(0, colours).map; self.streams.len()];
        let stages = [0, 1, 2, 3].map(|stage| {
            let fused = self.streams.iter().zip(noise.iter_mut().zip(&mut colours)).map(
                |(stream, (noise, colours))| {
                    let of_colours = match stage {
                        0 => colours.clone(),
                        _ => self.encoder.stage(stage, colours.clone()).map,
                    };
                    let of_noise = stream.encoder.stage(stage, noise.clone());
                    let (a, b) = stream.rectify[stage].forward(of_colours, of_noise.map);
                    *colours = a.clone();
                    *noise = if self.adds_patches {
                        self.with_patches(of_noise.embedded, b.clone())
                    } else {
                        b.clone()
                    };
                    stream.fuse[stage].forward(a, b)
                },
            );
            let fused: Vec<_> = fused.collect();
            if fused.len() == 1 {
                fused.into_iter().next().expect("just counted")
            } else {
                Tensor::cat(fused, 1)
            }
        });
        Ok(stages)
    }

    fn with_patches(&self, embedded: Tensor<3>, map: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = map.dims();
        let patches = to_map(embedded, [height, width]);
        let patches = match self.released {
            // The released code reshapes [batch, channels, height, width] as if channels came last.
            true => patches.reshape([batch, height, width, channels]).permute([0, 3, 1, 2]),
            false => patches,
        };
        patches + map
    }

    /// The map alone: [`Output::map`] of a picture `[batch, 3, height, width]` in levels from 0 to 255, any height
    /// and width from 1.
    ///
    /// # Errors
    /// `Input` if the picture has no sample, or not three channels.
    pub fn localise(&self, picture: Tensor<4>) -> Result<Tensor<4>> {
        let [_, _, height, width] = picture.dims();
        let features = self.dropped(self.features(picture)?);
        Ok(resize(self.decode_head.forward(features), [height, width]))
    }

    /// Everything, of a picture `[batch, 3, height, width]` in levels from 0 to 255, any height and width from 1.
    ///
    /// # Errors
    /// `Input` if the picture has no sample, or not three channels.
    pub fn forward(&self, picture: Tensor<4>) -> Result<Output> {
        let [_, _, height, width] = picture.dims();
        let features = self.dropped(self.features(picture)?);
        let map = resize(self.decode_head.forward(features.clone()), [height, width]);
        let confidence = self.conf_head.as_ref().map(|head| resize(head.forward(features), [height, width]));
        let score = match (&self.detection, &confidence) {
            (Some(detection), Some(confidence)) => Some(detection.forward(&map, confidence)),
            _ => None,
        };
        Ok(Output { map, confidence, score })
    }

    fn dropped(&self, features: [Tensor<4>; 4]) -> [Tensor<4>; 4] {
        if self.late { features.map(|map| self.dropout.forward(map)) } else { features }
    }
}

impl Detector {
    /// The score of maps as in [`Output`], which may be joined from those of tiles.
    pub fn forward(&self, map: &Tensor<4>, confidence: &Tensor<4>) -> Tensor<1> {
        let of_confidence = statistics(confidence.clone(), None);
        let difference = map.clone().narrow(1, 1, 1) - map.clone().narrow(1, 0, 1);
        let of_map = statistics(difference, Some(activation::log_sigmoid(confidence.clone())));
        let hidden = activation::relu(self.first.forward(Tensor::cat(vec![of_confidence, of_map], 1)));
        self.second.forward(self.dropout.forward(hidden)).squeeze_dim(1)
    }
}

fn normalised(picture: Tensor<4>) -> Tensor<4> {
    let device = picture.device();
    let of =
        |values: [f32; 3]| Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, 3, 1, 1]), &device);
    (picture - of(MEAN)) / of(DEVIATION)
}
