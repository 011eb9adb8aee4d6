//! Weights in eight bits.
//!
//! Each output channel (a row along the first dimension, in PyTorch's layout) has a scale `s = max|w| / 127`, and
//! each of its weights is stored as `round(w / s)`, from -127 to 127. It comes back as `s` times that, at most
//! `s / 2 = max|w| / 254` from what it was. A tensor `NAME` stored so has its scales beside it as
//! `NAME.int8_scale`, one `f32` a channel.

use std::collections::BTreeMap;

use burn::store::bridge;
use burn::store::burn_pack::{Error as PackError, Tensor as Lazy};
use burn::tensor::{DType, DataError, TensorData};
use indicia_core::{Error, Result};

const SCALE: &str = ".int8_scale";

/// Channels with fewer weights keep their own precision: the scales would take what the bits save.
const FEWEST: usize = 16;

/// True for what is worth storing in eight bits: weights of linear layers and convolutions.
pub(super) fn fits(name: &str, tensor: &Lazy) -> bool {
    let channels = tensor.shape.first().copied().unwrap_or(0);
    let each = tensor.shape.iter().skip(1).product::<usize>();
    name.ends_with("weight")
        && tensor.dtype.is_float()
        && tensor.shape.len() > 1
        && channels > 0
        && each >= FEWEST
}

/// The weights in eight bits and their scales.
pub(super) fn quantised(name: &str, tensor: &Lazy) -> Result<[Lazy; 2]> {
    let failed = |e: PackError| Error::internal(format!("cannot read {name}: {e}"));
    let values = bridge::to_data(tensor).map_err(failed)?.try_to_vec_as::<f32>();
    let values = values.map_err(|e| Error::internal(format!("cannot read {name}: {e}")))?;
    let channels = tensor.shape[0];
    let each = values.len() / channels;
    let mut scales = Vec::with_capacity(channels);
    let mut bits = Vec::with_capacity(values.len());
    for channel in values.chunks_exact(each) {
        if let Some(bad) = channel.iter().find(|v| !v.is_finite()) {
            return Err(Error::configuration(format!(
                "{name} holds {bad}, and cannot be stored in eight bits"
            )));
        }
        let largest = channel.iter().fold(0f32, |most, v| most.max(v.abs()));
        // A scale of 0 or one below the normal numbers would not divide.
        let scale = if largest >= f32::MIN_POSITIVE * 127.0 { largest / 127.0 } else { 1.0 };
        scales.push(scale);
        bits.extend(channel.iter().map(|v| (v / scale).round().clamp(-127.0, 127.0) as i8));
    }
    let shape = tensor.shape.clone();
    Ok([
        bridge::from_data(TensorData::new(bits, shape), name.to_owned(), None),
        bridge::from_data(TensorData::new(scales, [channels]), format!("{name}{SCALE}"), None),
    ])
}

/// Tensors as they were before they were stored in eight bits, as `f32`; others as they are.
///
/// # Errors
/// `Configuration` if scales do not fit their tensor.
pub(super) fn restored(mut tensors: BTreeMap<String, Lazy>, file: &str) -> Result<BTreeMap<String, Lazy>> {
    let scaled: Vec<String> =
        tensors.keys().filter_map(|k| k.strip_suffix(SCALE)).map(str::to_owned).collect();
    for name in scaled {
        let Some(scale) = tensors.remove(&format!("{name}{SCALE}")) else { continue };
        let fit = tensors.get(&name).filter(|t| {
            t.dtype == DType::I8
                && scale.dtype == DType::F32
                && t.shape.len() > 1
                && scale.shape[..] == t.shape[..1]
                && t.shape[0] > 0
        });
        let Some(bits) = fit.cloned() else {
            let got = tensors.get(&name).map(|t| format!("{:?} {:?}", t.dtype, &t.shape[..]));
            return Err(Error::configuration(format!(
                "{file}: scales {:?} {:?} do not fit {name} {}",
                scale.dtype,
                &scale.shape[..],
                got.as_deref().unwrap_or("(missing)")
            )));
        };
        let shape = bits.shape.clone();
        let declared = shape.clone();
        let restored = bridge::deferred(name.clone(), DType::F32, shape, None, move || {
            let odd = |e: DataError| PackError::ValidationError(e.to_string());
            let scales = bridge::to_data(&scale)?.try_to_vec::<f32>().map_err(odd)?;
            let bits = bridge::to_data(&bits)?.try_to_vec::<i8>().map_err(odd)?;
            let each = bits.len() / scales.len();
            let values =
                bits.iter().enumerate().map(|(i, b)| f32::from(*b) * scales[i / each.max(1)]).collect();
            Ok(TensorData::new::<f32, _>(values, declared.clone()))
        });
        tensors.insert(name, restored);
    }
    Ok(tensors)
}
