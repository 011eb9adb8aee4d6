mod applying;
mod files;
mod hostile;
mod renaming;
mod saving;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation::relu};
use serde_json::Value;

use super::*;
use crate::device::cpu;

/// A file that `fixtures/checkpoint/make.py` wrote.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/checkpoint").join(name)
}

fn json(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture(name)).unwrap()).unwrap()
}

/// As the script computes it, from each value and its place.
fn checksum(data: &TensorData) -> f64 {
    let values = data.try_to_vec_as::<f64>().unwrap();
    values.iter().enumerate().map(|(i, v)| v * ((i * 7919 % 101) + 1) as f64).sum()
}

/// The script's small network.
#[derive(Module, Debug)]
struct Net {
    conv: Conv2d,
    bn: BatchNorm,
    fc: Linear,
    norm: LayerNorm,
}

impl Net {
    fn new(device: &Device) -> Self {
        Self {
            conv: Conv2dConfig::new([3, 4], [3, 3]).init(device),
            bn: BatchNormConfig::new(4).init(device),
            fc: LinearConfig::new(4, 5).init(device),
            norm: LayerNormConfig::new(5).init(device),
        }
    }

    fn forward(&self, picture: Tensor<4>) -> Tensor<2> {
        let features = relu(self.bn.forward(self.conv.forward(picture)));
        let [batch, channels, _, _] = features.dims();
        let pooled = features.mean_dim(3).mean_dim(2).reshape([batch, channels]);
        self.norm.forward(self.fc.forward(pooled))
    }

    /// The output on the script's picture.
    fn output(&self) -> Vec<f32> {
        let values: Vec<f32> = (0..216).map(|i| (i * 37 % 64) as f32 / 64.0).collect();
        let picture = Tensor::from_data(TensorData::new(values, [2, 3, 6, 6]), &cpu());
        self.forward(picture).into_data().try_to_vec_as().unwrap()
    }
}

/// Largest difference from the output that PyTorch gave.
fn difference(net: &Net) -> f32 {
    let expected: Vec<Vec<f32>> = serde_json::from_value(json("net.json")["output"].clone()).unwrap();
    net.output().iter().zip(expected.concat()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
