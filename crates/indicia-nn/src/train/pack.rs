//! Weights as files.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use indicia_core::Result;

use crate::checkpoint::{Checkpoint, Rules, Storage, save};

/// Writes the weights of a module as safetensors, with names and layouts as PyTorch has them. Equal weights give
/// equal bytes.
///
/// # Errors
/// `Io` with the path.
pub fn save_weights<M: Module>(module: &M, path: &Path) -> Result<()> {
    save(module, path, Storage::Full, &BTreeMap::new())
}

/// Reads weights into a module of the same form.
///
/// # Errors
/// `Io` if the file cannot be read. `Configuration` if it is no file of weights, or holds those of another network.
pub fn load_weights<M: Module>(module: M, path: &Path) -> Result<M> {
    Ok(Checkpoint::open(path)?.apply(module, &Rules::default())?.0)
}
