//! Weights as files.

use std::path::Path;

use burn::module::Module;
use burn::store::{BurnToPyTorchAdapter, ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
use indicia_core::{Error, Result};

/// Writes the weights of a module as safetensors, with names and layouts as PyTorch has them.
///
/// # Errors
/// `Io` with the path.
pub fn save_weights<M: Module>(module: &M, path: &Path) -> Result<()> {
    let mut store = SafetensorsStore::from_file(path).overwrite(true).with_to_adapter(BurnToPyTorchAdapter);
    // `valid` takes in what running statistics still hold back.
    module
        .valid()
        .save_into(&mut store)
        .map_err(|e| Error::io(format!("cannot write {}: {e}", path.display())))
}

/// Reads weights into a module of the same form.
///
/// # Errors
/// `Configuration` if the file cannot be read or holds the weights of another network.
pub fn load_weights<M: Module>(module: M, path: &Path) -> Result<M> {
    let mut module = module;
    let mut store = SafetensorsStore::from_file(path).with_from_adapter(PyTorchToBurnAdapter);
    module.load_from(&mut store).map_err(|e| {
        Error::configuration(format!("{} holds no weights of this network: {e}", path.display()))
    })?;
    Ok(module)
}
