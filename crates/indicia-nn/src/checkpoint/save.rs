//! Writing a module as safetensors.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::store::burn_pack::Tensor as Lazy;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot};
use burn::tensor::DType;
use indicia_core::Result;
use indicia_eval::files::WholeFile;

use super::{int8, safetensors, transform};

/// How weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// As they are.
    #[default]
    Full,
    /// Floats as `bf16`: half the bytes, 8 significant bits, off by at most 2^-8 of each value.
    Bf16,
    /// Weights of linear layers and convolutions in 8 bits with a scale for each output channel: a quarter of the
    /// bytes, off by at most 1/254 of the channel's largest value. Everything else as it is.
    Int8,
}

/// Writes the parameters of a module as safetensors in PyTorch's names and layout, whole or not at all. Equal
/// modules give equal bytes.
///
/// # Errors
/// `Io` if the file cannot be written; `Configuration` for [`Storage::Int8`] of weights that are not finite.
pub fn save<M: Module>(
    module: &M,
    path: &Path,
    storage: Storage,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let tensors = collected(module, storage)?;
    let mut out = WholeFile::within(path)?;
    safetensors::write(&mut out, &tensors, metadata)?;
    out.finish()
}

/// As [`save`], into memory.
///
/// # Errors
/// As [`save`].
pub fn to_bytes<M: Module>(
    module: &M,
    storage: Storage,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    safetensors::write(&mut bytes, &collected(module, storage)?, metadata)?;
    Ok(bytes)
}

fn collected<M: Module>(module: &M, storage: Storage) -> Result<BTreeMap<String, Lazy>> {
    let mut tensors = BTreeMap::new();
    for tensor in module.valid().collect(None, Some(Box::new(BurnToPyTorchAdapter)), true) {
        let name = tensor.name.clone();
        match storage {
            Storage::Bf16 if tensor.dtype.is_float() => {
                tensors.insert(name, transform::cast(tensor, DType::BF16));
            }
            Storage::Int8 if int8::fits(&name, &tensor) => {
                for part in int8::quantised(&name, &tensor)? {
                    tensors.insert(part.name.clone(), part);
                }
            }
            _ => {
                tensors.insert(name, tensor);
            }
        }
    }
    Ok(tensors)
}
