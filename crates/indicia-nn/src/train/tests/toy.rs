//! A learner that is small and has everything that a run must keep: norms with running statistics, dropout,
//! samples that differ from pass to pass.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};
use indicia_core::{Error, Result};
use rand::RngExt;
use serde_json::json;

use super::super::*;
use crate::data::{Balance, Data, random};
use crate::device;

/// Points in the plane; label 1 outside of a circle.
pub struct Points {
    pub count: usize,
    pub fixed: bool,
    pub delay: Duration,
    pub unreadable: Vec<usize>,
}

#[derive(Debug, Clone)]
pub struct Point2 {
    pub at: [f32; 2],
    pub label: f32,
}

impl Data for Points {
    type Sample = Point2;

    fn len(&self) -> usize {
        self.count
    }

    fn stratum(&self, index: usize) -> (u32, u32) {
        ((index % 2) as u32, 0)
    }

    fn name(&self, index: usize) -> String {
        format!("point {index}")
    }

    fn load(&self, index: usize, pass: Option<u64>) -> Result<Point2> {
        std::thread::sleep(self.delay);
        if self.unreadable.contains(&index) {
            return Err(Error::input("not there"));
        }
        let pass = if self.fixed { 0 } else { pass.map_or(0, |p| p + 1) };
        let rng = &mut random("point", &[&index.to_le_bytes(), &pass.to_le_bytes()]);
        let label = (index % 2) as f32;
        let radius = 0.7 * rng.random::<f32>() + label * 0.8;
        let angle = rng.random::<f32>() * std::f32::consts::TAU;
        Ok(Point2 { at: [radius * angle.cos(), radius * angle.sin()], label })
    }
}

#[derive(Module, Debug)]
pub struct Net {
    pub first: Linear,
    pub norm: BatchNorm,
    pub dropout: Dropout,
    pub second: Linear,
}

impl Net {
    pub fn forward(&self, input: Tensor<2>) -> Tensor<1> {
        let hidden = self.dropout.forward(activation::relu(self.norm.forward(self.first.forward(input))));
        self.second.forward(hidden).flatten(0, 1)
    }
}

pub struct Toy {
    pub dropout: f64,
    /// The call of the loss at which it is no number.
    pub broken_at: Option<usize>,
    pub calls: Mutex<usize>,
}

impl Toy {
    pub fn new(dropout: f64) -> Self {
        Self { dropout, broken_at: None, calls: Mutex::new(0) }
    }
}

fn tensors(samples: &[Point2], device: &Device) -> (Tensor<2>, Tensor<1>) {
    let at: Vec<f32> = samples.iter().flat_map(|s| s.at).collect();
    let labels: Vec<f32> = samples.iter().map(|s| s.label).collect();
    (
        Tensor::from_data(TensorData::new(at, [samples.len(), 2]), device),
        Tensor::from_data(TensorData::new(labels, [samples.len()]), device),
    )
}

impl Learner for Toy {
    type Module = Net;
    type Data = Points;

    fn build(&self, device: &Device) -> Result<Net> {
        Ok(Net {
            first: LinearConfig::new(2, 16).init(device),
            norm: BatchNormConfig::new(16).init(device),
            dropout: DropoutConfig::new(self.dropout).init(),
            second: LinearConfig::new(16, 1).init(device),
        })
    }

    fn loss(&self, module: &Net, samples: &[Point2], device: &Device) -> Result<Loss> {
        let mut calls = self.calls.lock().unwrap();
        *calls += 1;
        let (input, labels) = tensors(samples, device);
        let logits = module.forward(input);
        let soft = logits.clone().abs().neg().exp().log1p();
        let mut total = (activation::relu(logits.clone()) - logits * labels + soft).mean();
        if self.broken_at == Some(*calls) {
            total = total * f32::NAN;
        }
        Ok(Loss { parts: vec![("twice", total.clone() * 2.0)], total })
    }

    fn validate(
        &self,
        module: &Net,
        batches: &mut dyn Iterator<Item = Result<Vec<Point2>>>,
        device: &Device,
    ) -> Result<Vec<Metric>> {
        let (mut scores, mut labels) = (vec![], vec![]);
        for samples in batches {
            let samples = samples?;
            if samples.is_empty() {
                continue;
            }
            let logits = module.forward(tensors(&samples, device).0);
            scores.extend(logits.into_data().try_to_vec::<f32>().unwrap().into_iter().map(f64::from));
            labels.extend(samples.iter().map(|s| s.label > 0.5));
        }
        binary_metrics(&scores, &labels)
    }

    fn shapes(&self, _: &Net, samples: &[Point2], _: &Device) -> Result<Vec<(String, Vec<usize>)>> {
        Ok(vec![("points".to_owned(), vec![samples.len(), 2])])
    }
}

/// Hears what is said, and stops a run after a step if told to.
#[derive(Default)]
pub struct Ear {
    pub said: Mutex<Vec<String>>,
    pub stop_after: Option<u64>,
    pub stop: AtomicBool,
}

impl Watch for Ear {
    fn step(&self, progress: &Progress) {
        if self.stop_after == Some(progress.step) {
            self.stop.store(true, Ordering::SeqCst);
        }
    }

    fn say(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }
}

pub struct Setup {
    pub toy: Toy,
    pub points: Arc<Points>,
    pub config: TrainConfig,
    pub ear: Ear,
    pub max_unreadable: usize,
    pub threads: usize,
}

impl Setup {
    pub fn new(text: &str) -> Self {
        Self {
            toy: Toy::new(0.2),
            points: Arc::new(Points { count: 60, fixed: false, delay: Duration::ZERO, unreadable: vec![] }),
            config: read_config(text).unwrap(),
            ear: Ear::default(),
            max_unreadable: 2,
            threads: 2,
        }
    }

    pub fn run(&self, folder: &Path, resume: bool) -> Result<Outcome<Net>> {
        Run {
            learner: &self.toy,
            train: Arc::clone(&self.points),
            validation: Arc::clone(&self.points),
            balance: Balance::Class,
            config: &self.config,
            max_unreadable: self.max_unreadable,
            identity: json!({ "points": self.points.count, "dropout": self.toy.dropout }),
            folder,
            resume,
            threads: self.threads,
            device: device::cpu(),
            stop: &self.ear.stop,
            watch: &self.ear,
        }
        .execute()
    }
}
