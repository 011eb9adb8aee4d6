//! Comparison with reference implementations.
//!
//! Both sides make parameters and pictures from names alone, by a formula (`fixtures/seeded.py` is the other
//! side): a fixture then holds the names and shapes of a reference's parameters and samples of its outputs, and
//! stays small whatever the network's size. A network is loaded by the reference's own names, so that a test of
//! values is a test of names as well.

use burn::module::{Module, Param};
use burn::store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{Device, Tensor, TensorData};
use indicia_core::{Error, Result};

use crate::paths::{Change, change_all};

/// A key and the shape of its tensor.
pub type Entry = (String, Vec<usize>);

/// Pairs of a regular expression and what replaces its match: from published names to those of our modules.
pub type Renames = Vec<(String, String)>;

/// Numbers of -1 up to 1 that follow from `key`: `count` of them.
pub fn raw(key: &str, count: usize) -> impl Iterator<Item = f64> {
    let seed = key
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |seed, byte| (seed ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    (1..=count as u64).map(move |i| {
        let mut x = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        (x >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

/// The parameter of a name: scaled by what the last part of its key says it is.
pub fn parameter(key: &str, shape: &[usize]) -> Vec<f32> {
    let fan_in: usize = shape.iter().skip(1).product();
    let scaled = |v: f64| match key.rsplit('.').next() {
        Some("running_var") => 1.0 + v / 2.0,
        Some("running_mean") => v / 5.0,
        Some("kernel") => (v + 1.0) / 2.0,
        _ if shape.len() > 1 => v * (3.0 / fan_in as f64).sqrt(),
        Some("bias" | "beta") => v / 10.0,
        _ => 1.0 + v / 5.0,
    };
    raw(key, shape.iter().product()).map(|v| scaled(v) as f32).collect()
}

/// A picture of whole levels 0 to 255, `[batch, channels, height, width]`: a slope and noise.
pub fn picture(key: &str, shape: [usize; 4], device: &Device) -> Tensor<4> {
    let [_, _, height, width] = shape;
    let values: Vec<f32> = raw(key, shape.iter().product())
        .enumerate()
        .map(|(i, v)| {
            let (y, x) = (i / width % height, i % width);
            let slope = (x + y) as f64 / (height + width) as f64;
            (192.0 * slope + 64.0 * (v + 1.0) / 2.0).floor() as f32
        })
        .collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The parameters of `entries` as bytes of a safetensors file.
pub fn safetensors(entries: &[Entry]) -> Vec<u8> {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    for (key, shape) in entries {
        let start = data.len();
        data.extend(parameter(key, shape).iter().flat_map(|v| v.to_le_bytes()));
        let end = data.len();
        header.push(format!(r#""{key}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
    }
    let mut header = format!("{{{}}}", header.join(","));
    // The format wants the data aligned to eight bytes.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

/// Loads the parameters of `entries`, made by [`parameter`], into `module`; every parameter of the module must
/// be among them, and every entry in the module.
///
/// # Errors
/// `Configuration` with the keys that are missing, unused, or of another shape.
pub fn load<M: Module + ModuleSnapshot>(module: &mut M, entries: &[Entry], renames: &Renames) -> Result<()> {
    let mut store = SafetensorsStore::from_bytes(Some(safetensors(entries)))
        .with_from_adapter(PyTorchToBurnAdapter)
        .allow_partial(true)
        .validate(false);
    for (from, to) in renames {
        store = store.with_key_remapping(from, to);
    }
    let wrong = |what: String| Error::configuration(format!("seeded parameters do not fit: {what}"));
    let result = module.load_from(&mut store).map_err(|e| wrong(e.to_string()))?;
    let faults: Vec<String> = result.errors.iter().map(ToString::to_string).collect();
    if !faults.is_empty() || !result.missing.is_empty() || !result.unused.is_empty() {
        return Err(wrong(format!(
            "{}; missing {:?}; unused {:?}",
            faults.join(", "),
            result.missing,
            result.unused
        )));
    }
    Ok(())
}

/// A copy of `module` whose parameters follow from their paths: larger than fresh weights, so that no gradient
/// drowns in rounding when it is compared with finite differences.
pub fn seeded<M: Module>(module: M) -> M {
    change_all(module, &mut Seed)
}

struct Seed;

impl Change for Seed {
    fn change<const D: usize>(&mut self, path: String, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = parameter(&path, &param.dims());
        param.map(|tensor| {
            let data = TensorData::new(values, tensor.shape());
            Tensor::from_data(data, &tensor.device()).set_require_grad(tensor.is_require_grad())
        })
    }
}

/// What a fixture says of one output.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Sampled {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Distance of the sampled entries in the flattened tensor.
    pub step: usize,
    /// The entries.
    pub values: Vec<f64>,
    /// Mean of all entries.
    pub mean: f64,
    /// Mean of the squares of all entries.
    pub mean_square: f64,
}

impl Sampled {
    /// Largest difference of a sampled entry, the mean or the root of the mean square, divided by the larger of
    /// the reference's root mean square and 1.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn difference<const D: usize>(&self, tensor: Tensor<D>) -> f64 {
        assert_eq!(tensor.dims().to_vec(), self.shape, "shape");
        let values: Vec<f32> = tensor.into_data_as::<f32>().try_to_vec().expect("just converted");
        let count = values.len() as f64;
        let all = || values.iter().map(|&v| f64::from(v));
        let mean = all().sum::<f64>() / count;
        let square = all().map(|v| v * v).sum::<f64>() / count;
        let scale = self.mean_square.sqrt().max(1.0);
        assert_eq!(self.values.len(), values.len().div_ceil(self.step), "sampled entries");
        all()
            .step_by(self.step)
            .zip(&self.values)
            .map(|(a, b)| (a - b).abs())
            .chain([(mean - self.mean).abs(), (square.sqrt() - self.mean_square.sqrt()).abs()])
            // A value that is not a number must not pass for a small difference.
            .fold(0.0, |worst, d| if d.is_nan() { f64::INFINITY } else { f64::max(worst, d) })
            / scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convolution::{Convolution, linear};
    use crate::device::cpu;

    #[test]
    fn numbers_are_those_of_the_other_side() {
        // Printed by fixtures/seeded.py: raw("a.weight", 3).
        let expected = [0.341_063_618_659_973_14, -0.541_661_143_302_917_5, 0.806_667_685_508_728];
        let found: Vec<f64> = raw("a.weight", 3).collect();
        assert_eq!(found, expected);
        assert_eq!(parameter("n.weight", &[1]), [(1.0 + raw("n.weight", 1).next().unwrap() / 5.0) as f32]);
        assert_eq!(parameter("n.weight", &[1, 3]).len(), 3);
    }

    #[test]
    fn layers_load_by_name_and_nothing_is_left_over() {
        let device = cpu();
        let entry = |key: &str, shape: &[usize]| (key.to_owned(), shape.to_vec());
        let mut layer = linear(3, 2, &device);
        load(&mut layer, &[entry("weight", &[2, 3]), entry("bias", &[2])], &vec![]).unwrap();
        let out: Vec<f32> = layer
            .forward(Tensor::<2>::from_data([[1.0, 0.0, 0.0]], &device))
            .into_data()
            .try_to_vec()
            .unwrap();
        let (weight, bias) = (parameter("weight", &[2, 3]), parameter("bias", &[2]));
        assert_eq!(out, [weight[0] + bias[0], weight[3] + bias[1]]);
        let mut conv = Convolution::same(1, 1, 3).init(&device);
        let e = load(&mut conv, &[entry("weight", &[1, 1, 3, 3])], &vec![]).unwrap_err().to_string();
        assert!(e.contains("missing") && e.contains("bias"), "{e}");
        let e = load(&mut conv, &[entry("weight", &[1, 1, 5, 5]), entry("bias", &[1])], &vec![])
            .unwrap_err()
            .to_string();
        assert!(e.contains("weight"), "{e}");
    }

    #[test]
    fn a_picture_is_a_slope_of_whole_levels() {
        let values: Vec<f32> = picture("p", [1, 3, 9, 7], &cpu()).into_data().try_to_vec().unwrap();
        assert!(values.iter().all(|v| v.fract() == 0.0 && (0.0..256.0).contains(v)));
        assert!(values[62] > values[0]);
    }
}
