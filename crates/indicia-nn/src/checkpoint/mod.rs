//! Files of weights: read safely, renamed by rules, put into modules, written.
//!
//! [`Checkpoint::open`] reads safetensors and what `torch.save` wrote (since PyTorch 1.6 and before) into named
//! tensors whose values are read when they are asked for. What a file is, its content decides. A pickle is first
//! walked without doing what it says and refused by name if it calls anything but the rebuilding of tensors and
//! plain containers ([`pickle`]); of a nested dictionary the part that holds the weights is chosen.
//!
//! ```text
//! file -> Checkpoint::open -> rename(&Renames::builtin("openai-clip")) -> apply(module) -> module and report
//! module -> save -> file
//! ```
//!
//! Names and layouts are PyTorch's throughout: a linear weight is `[out, in]`, a norm has `weight` and `bias`,
//! and `burn-store`'s adapter turns them into burn's own on their way into a module and back.

mod apply;
mod container;
mod int8;
mod nested;
pub mod pickle;
mod rename;
pub(crate) mod safetensors;
mod save;
mod transform;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};

use burn::store::bridge;
use burn::store::burn_pack::Tensor as Lazy;
use burn::store::pytorch_reader::PytorchReader;
use burn::tensor::{DType, TensorData};
use indicia_core::{Error, Result, guarded};

pub use apply::{Applied, Rules};
pub use container::Format;
pub use rename::Renames;
pub use save::{Storage, save, to_bytes};

/// Prefixes that wrappers of a network add to every name: `DataParallel` and `torch.compile`.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

/// Named tensors of a file, in PyTorch's layout, read when their values are asked for.
#[derive(Clone)]
pub struct Checkpoint {
    name: String,
    tensors: BTreeMap<String, Lazy>,
    metadata: BTreeMap<String, String>,
    under: String,
}

impl std::fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Checkpoint({}, {} tensors)", self.name, self.tensors.len())
    }
}

/// What is known of a tensor without reading it.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Extents, outermost first; empty for a number alone.
    pub shape: Vec<usize>,
    /// Type of its elements.
    pub dtype: DType,
}

impl Checkpoint {
    /// Reads the names of a file's tensors. Of nested dictionaries, the one that holds the weights is taken: by
    /// its usual name (`state_dict`, `model`, `net`, ...), or because it is the only one with tensors. Prefixes
    /// that wrappers add to every name (`module.`) are left out.
    ///
    /// # Errors
    /// `Io` if the file cannot be read. `Configuration` if it is damaged, is no file of weights, calls anything
    /// but the rebuilding of tensors, or holds several sets of tensors (then with their keys, to be given to
    /// [`Checkpoint::open_at`]).
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(path, None)
    }

    /// As [`Checkpoint::open`], with the dictionary at `key` of the file, such as `extractor_state_dict`; dots
    /// lead into dictionaries within dictionaries.
    ///
    /// # Errors
    /// As [`Checkpoint::open`], and `Configuration` if the file has no such key or is not nested.
    pub fn open_at(path: &Path, key: &str) -> Result<Self> {
        Self::read(path, Some(key))
    }

    /// Reads safetensors that are in memory, such as those in the binary. `name` stands for the file in errors.
    ///
    /// # Errors
    /// `Configuration` if they are damaged.
    pub fn from_safetensors(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>, name: &str) -> Result<Self> {
        Self::from_source(safetensors::Source::Memory(bytes), name)
    }

    /// Reads safetensors from where they are.
    pub(crate) fn from_source(source: safetensors::Source, name: &str) -> Result<Self> {
        let (tensors, metadata) = safetensors::read(source, name)?;
        let tensors = int8::restored(tensors, name)?;
        Ok(Self { name: name.to_owned(), tensors, metadata, under: String::new() }.unwrapped())
    }

    fn read(path: &Path, key: Option<&str>) -> Result<Self> {
        let shown = path.display().to_string();
        match container::inspect(path)? {
            Format::Safetensors if key.is_some() => {
                let what = "safetensors are not nested, but a key was named";
                Err(Error::configuration(format!("{shown}: {what}")))
            }
            Format::Safetensors => {
                let file = File::open(path).map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?;
                let length =
                    file.metadata().map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?.len();
                Self::from_source(
                    safetensors::Source::File { file: Mutex::new(file), start: 0, length },
                    &shown,
                )
            }
            Format::Zip | Format::Legacy | Format::Pickle => Self::from_pytorch(path, &shown, key),
        }
    }

    fn from_pytorch(path: &Path, shown: &str, key: Option<&str>) -> Result<Self> {
        let unusable = |what: String| Error::configuration(format!("{shown}: {what}"));
        let length =
            std::fs::metadata(path).map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?.len();
        let structure = guarded("reading a PyTorch file", || {
            PytorchReader::read_pickle_data(path, None).map_err(|e| unusable(e.to_string()))
        })?;
        let keys = nested::path(&structure, key).map_err(unusable)?;
        drop(structure);
        let reader = guarded("reading a PyTorch file", || {
            PytorchReader::new(path).map_err(|e| unusable(e.to_string()))
        })?;
        let under = keys.join(".");
        let prefix = if under.is_empty() { String::new() } else { format!("{under}.") };
        let mut tensors = BTreeMap::new();
        for (name, tensor) in reader.into_tensors() {
            let Some(name) = name.strip_prefix(&prefix) else { continue };
            // A view that repeats one number, and a storage of packed zeros, are many bytes for few in the file.
            let most = length.saturating_mul(8).saturating_add(64 << 20);
            if tensor.byte_len() as u64 > most {
                let bytes = tensor.byte_len();
                return Err(unusable(format!("refused: {name} takes {bytes} bytes, in a file of {length}")));
            }
            let name = name.to_owned();
            let mut tensor = bridge::from_pytorch(tensor);
            tensor.name.clone_from(&name);
            tensors.insert(name, tensor);
        }
        Ok(Self { name: shown.to_owned(), tensors, metadata: BTreeMap::new(), under }.unwrapped())
    }

    fn unwrapped(mut self) -> Self {
        while let Some(wrapper) = WRAPPERS.into_iter().find(|w| self.tensors.keys().all(|k| k.starts_with(w)))
        {
            if self.tensors.is_empty() {
                break;
            }
            self = self.below(wrapper);
        }
        self
    }

    /// The tensors whose names begin with `prefix`, without it: those of one part of a network.
    #[must_use]
    pub fn below(&self, prefix: &str) -> Self {
        let inner =
            |(name, tensor): (&String, &Lazy)| Some((name.strip_prefix(prefix)?.to_owned(), tensor.clone()));
        Self { tensors: self.tensors.iter().filter_map(inner).collect(), ..self.clone() }
    }

    /// Path of the file, as errors show it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Keys of the dictionary that was taken, joined by dots; empty for the outermost.
    pub fn under(&self) -> &str {
        &self.under
    }

    /// What a file of safetensors says of itself.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// Number of tensors.
    pub fn len(&self) -> usize {
        self.tensors.len()
    }

    /// True without tensors.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// Names of the tensors, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Shape and elements of a tensor.
    pub fn about(&self, name: &str) -> Option<About> {
        self.tensors.get(name).map(|t| About { shape: t.shape.to_vec(), dtype: t.dtype })
    }

    /// Reads the values of a tensor.
    ///
    /// # Errors
    /// `Configuration` if there is none of that name or its values are damaged.
    pub fn values(&self, name: &str) -> Result<TensorData> {
        let tensor = self.tensors.get(name).ok_or_else(|| {
            let known: Vec<String> = self.tensors.keys().cloned().collect();
            let known = nested::shortened(&known);
            Error::configuration(format!("{}: no tensor {name:?}, there are: {known}", self.name))
        })?;
        guarded("reading a tensor", || {
            bridge::to_data(tensor).map_err(|e| Error::configuration(format!("{}: {name}: {e}", self.name)))
        })
    }

    /// Renames and regroups the tensors by rules.
    ///
    /// # Errors
    /// `Configuration` if two tensors would get one name, or a rule does not fit the tensor it is for.
    pub fn rename(&self, renames: &Renames) -> Result<Self> {
        let tensors = renames.apply(self.tensors.clone());
        let tensors = tensors.map_err(|what| Error::configuration(format!("{}: {what}", self.name)))?;
        Ok(Self { tensors, ..self.clone() })
    }
}

#[cfg(test)]
mod tests;
