//! A small convolutional network that tells synthetic pictures from camera pictures by their noise and their
//! pixels.
//!
//! Two views of a square go in: the pixels, and what 30 fixed high-pass kernels leave of the luma, cut off at a
//! few grey levels so that edges do not drown the noise. Depthwise-separable convolutions with residual
//! connections follow, a mean over the square, and one number: the logit of being synthetic. 0.3 million
//! parameters at the default width.
//!
//! Assumptions: training and test pictures come from like sources; nothing is claimed about generators that were
//! not trained on.
//!
//! References: J. Fridrich, J. Kodovsky, IEEE TIFS 7(3), 2012 (the kernels); J. Ye, J. Ni, Y. Yi, IEEE TIFS
//! 12(11), 2017 (kernels as a first layer, truncation); A. Howard et al., MobileNets, arXiv:1704.04861, 2017
//! (separable convolutions). The network itself is our own.

mod network;
#[cfg(test)]
mod tests;

use indicia_core::{Error, Result};
use indicia_nn::burn::tensor::{Device, Tensor, TensorData};
use indicia_nn::data::{ImageConfig, Images, Masks, Needs, Sample};
use indicia_nn::train::{ImageTask, ImageTrainer, Learner, Loss, Metric, TrainerInfo, binary_metrics};
use serde::{Deserialize, Serialize};

pub use network::ResidualCnn;

/// Settings worth starting from.
const CONFIG: &str = include_str!("config.toml");

/// The trainer.
pub static TRAINER: ImageTrainer<Classifier> = ImageTrainer::new(TrainerInfo {
    id: "synthetic.residual-cnn",
    summary: "A small convolutional network over pixels and high-pass residuals that tells synthetic pictures \
              from camera pictures.",
    config: CONFIG,
});

/// The network's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Model {
    /// Channels after the first layer, a multiple of 2; later ones have up to 8 times as many.
    pub width: usize,
    /// Largest residual that is kept, grey levels.
    pub truncation: f64,
    /// Share of features that are dropped before the last layer in training.
    pub dropout: f64,
}

impl Default for Model {
    fn default() -> Self {
        Self { width: 32, truncation: 8.0, dropout: 0.2 }
    }
}

impl Model {
    fn check(&self) -> Result<()> {
        if !(2..=512).contains(&self.width) || !self.width.is_multiple_of(2) {
            let got = self.width;
            return Err(Error::configuration(format!(
                "model.width is {got}, expected an even number from 2 to 512"
            )));
        }
        if !(self.truncation > 0.0 && self.truncation <= 255.0) {
            let got = self.truncation;
            return Err(Error::configuration(format!(
                "model.truncation is {got}, expected above 0, at most 255"
            )));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            let got = self.dropout;
            return Err(Error::configuration(format!("model.dropout is {got}, expected from 0 to below 1")));
        }
        Ok(())
    }
}

/// The network with its loss: binary cross-entropy of the logit.
#[derive(Debug, Clone)]
pub struct Classifier {
    model: Model,
}

/// Samples as `[batch, 3, size, size]` from 0 to 1, and labels as `[batch]`.
fn batch(samples: &[Sample], device: &Device) -> Result<(Tensor<4>, Tensor<1>)> {
    let size = samples.first().map_or(0, |s| s.size);
    if size == 0 || samples.iter().any(|s| s.size != size) {
        return Err(Error::internal("a batch holds squares of one size"));
    }
    let values: Vec<f32> = samples.iter().flat_map(|s| s.planes.iter().copied()).collect();
    let labels: Vec<f32> = samples.iter().map(|s| if s.label { 1.0 } else { 0.0 }).collect();
    let pictures = Tensor::from_data(TensorData::new(values, [samples.len(), 3, size, size]), device);
    Ok((pictures, Tensor::from_data(TensorData::new(labels, [samples.len()]), device)))
}

/// Mean over the batch of `max(x, 0) - x y + ln(1 + exp(-|x|))`, the binary cross-entropy of logits `x` and
/// labels `y`, both `[batch]`.
fn cross_entropy(logits: Tensor<1>, labels: Tensor<1>) -> Tensor<1> {
    let soft = logits.clone().abs().neg().exp().log1p();
    (logits.clone().clamp_min(0.0) - logits * labels + soft).mean()
}

impl Learner for Classifier {
    type Module = ResidualCnn;
    type Data = Images;

    fn build(&self, device: &Device) -> Result<ResidualCnn> {
        Ok(ResidualCnn::new(&self.model, device))
    }

    fn loss(&self, module: &ResidualCnn, samples: &[Sample], device: &Device) -> Result<Loss> {
        let (pictures, labels) = batch(samples, device)?;
        Ok(Loss { total: cross_entropy(module.forward(pictures), labels), parts: vec![] })
    }

    fn validate(
        &self,
        module: &ResidualCnn,
        batches: &mut dyn Iterator<Item = Result<Vec<Sample>>>,
        device: &Device,
    ) -> Result<Vec<Metric>> {
        let (mut scores, mut labels, mut sum) = (vec![], vec![], 0.0);
        for samples in batches {
            let samples = samples?;
            if samples.is_empty() {
                continue;
            }
            let (pictures, truth) = batch(&samples, device)?;
            let logits = module.forward(pictures);
            let loss = cross_entropy(logits.clone(), truth).into_scalar::<f32>();
            sum += f64::from(loss) * samples.len() as f64;
            scores.extend(numbers(logits)?);
            labels.extend(samples.iter().map(|s| s.label));
        }
        let mut metrics = binary_metrics(&scores, &labels)?;
        metrics.push(Metric::lower("validation_loss", sum / labels.len().max(1) as f64));
        Ok(metrics)
    }

    fn shapes(
        &self,
        module: &ResidualCnn,
        samples: &[Sample],
        device: &Device,
    ) -> Result<Vec<(String, Vec<usize>)>> {
        let (pictures, _) = batch(samples, device)?;
        let input = pictures.dims().to_vec();
        let features = module.features(pictures).dims().to_vec();
        Ok(vec![
            ("pictures".to_owned(), input),
            ("features".to_owned(), features),
            ("logits".to_owned(), vec![samples.len()]),
        ])
    }
}

fn numbers(logits: Tensor<1>) -> Result<Vec<f64>> {
    let values = logits.into_data().convert::<f32>().try_to_vec::<f32>();
    let values = values.map_err(|e| Error::internal(format!("logits: {e:?}")))?;
    Ok(values.into_iter().map(f64::from).collect())
}

impl ImageTask for Classifier {
    type Model = Model;

    const NEEDS: Needs = Needs { masks: Masks::Unused, both_classes: true };

    fn new(model: &Model, data: &ImageConfig) -> Result<Self> {
        model.check()?;
        if data.size < 8 {
            let got = data.size;
            return Err(Error::configuration(format!(
                "data.size is {got}, this network needs at least 8 pixels"
            )));
        }
        Ok(Self { model: model.clone() })
    }

    fn predict(&self, module: &ResidualCnn, samples: &[Sample], device: &Device) -> Result<Vec<f64>> {
        let (pictures, _) = batch(samples, device)?;
        numbers(module.forward(pictures))
    }
}
