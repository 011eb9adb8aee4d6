//! Writing a module as safetensors.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use burn::module::Module;
use burn::store::burn_pack::Tensor as Lazy;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot};
use burn::tensor::DType;
use indicia_core::{Error, Result};

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
    let io = |e| Error::io_from(format!("cannot write {}", path.display()), e);
    let tensors = collected(module, storage)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let partial = folder.join(format!(".{name}.{}.partial", std::process::id()));
    let written = (|| {
        let mut out = BufWriter::new(File::create(&partial).map_err(io)?);
        safetensors::write(&mut out, &tensors, metadata)?;
        out.flush().map_err(io)?;
        out.get_ref().sync_all().map_err(io)?;
        std::fs::rename(&partial, path).map_err(io)
    })();
    if written.is_err() {
        // The file may never have been made; what matters is the first error.
        let _ = std::fs::remove_file(&partial);
    }
    written
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
