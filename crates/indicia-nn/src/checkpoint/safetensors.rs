//! Files of the safetensors layout: eight bytes with the length of a header in JSON, the header, the values.
//!
//! The header is parsed and checked by the crate `safetensors`; values are read where they lie, one tensor at a
//! time. `burn-store` would map the file into memory, which ends the process when somebody shortens the file
//! meanwhile, and parse the header again for every tensor.
//!
//! The writer is our own for the sake of its order: that of the crate writes metadata in an order that changes
//! from run to run, and a pack's digest must not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use burn::store::bridge;
use burn::store::burn_pack::{Error as PackError, Tensor as Lazy};
use burn::tensor::{BoolStore, Bytes, DType, Shape, TensorData};
use indicia_core::{Error, Result};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

/// Longest header that is read. Ten thousand tensors with long names need two million bytes.
pub const HEADER: u64 = 64 << 20;

/// Where the bytes of a file are.
pub enum Source {
    /// In a file, from an offset on.
    File {
        /// The open file.
        file: Mutex<File>,
        /// First byte.
        start: u64,
        /// Number of bytes.
        length: u64,
    },
    /// In memory.
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
}

impl Source {
    fn length(&self) -> u64 {
        match self {
            Self::File { length, .. } => *length,
            Self::Memory(bytes) => (**bytes).as_ref().len() as u64,
        }
    }

    /// `length` bytes from `offset` on, which the caller has checked against the length of the source.
    fn read(&self, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
        match self {
            Self::File { file, start, .. } => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start + offset))?;
                let mut bytes = vec![0; length as usize];
                file.read_exact(&mut bytes)?;
                Ok(bytes)
            }
            Self::Memory(bytes) => {
                let range = offset as usize..(offset + length) as usize;
                let bytes = (**bytes).as_ref().get(range);
                bytes.map(<[u8]>::to_vec).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
            }
        }
    }
}

/// The tensors and the metadata of a file, by name.
pub type Content = (BTreeMap<String, Lazy>, BTreeMap<String, String>);

/// Reads the header; values are read when they are asked for.
///
/// # Errors
/// `Configuration` with `name` if the header is damaged or does not fit the file, or a tensor has elements of a
/// type that is not read; `Io` if it cannot be read.
pub fn read(source: Source, name: &str) -> Result<Content> {
    let length = source.length();
    let io = |e| Error::io_from(format!("cannot read {name}"), e);
    let damaged = |what: String| Error::configuration(format!("{name}: damaged safetensors: {what}"));
    if length < 8 {
        return Err(damaged(format!("{length} bytes, expected at least 8")));
    }
    let mut start = [0; 8];
    start.copy_from_slice(&source.read(0, 8).map_err(io)?);
    let header = u64::from_le_bytes(start);
    if header > HEADER || header > length - 8 {
        return Err(damaged(format!("a header of {header} bytes in a file of {length}")));
    }
    let text = source.read(8, header).map_err(io)?;
    let parsed: Metadata = serde_json::from_slice(&text).map_err(|e| damaged(e.to_string()))?;
    let values = length - 8 - header;
    if parsed.data_len() as u64 != values {
        return Err(damaged(format!("{values} bytes of values, expected {}", parsed.data_len())));
    }
    let metadata = parsed.metadata().clone().unwrap_or_default().into_iter().collect();
    let source = Arc::new(source);
    let mut tensors = BTreeMap::new();
    for key in parsed.offset_keys() {
        let Some(info) = parsed.info(&key) else { continue };
        let Some(dtype) = element(info.dtype) else {
            let what = format!("{name}: {key} has elements of type {:?}, which are not read", info.dtype);
            return Err(Error::configuration(what));
        };
        let shape = Shape::from(info.shape.clone());
        let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
        let (source, declared) = (Arc::clone(&source), shape.clone());
        let tensor = bridge::deferred(key.clone(), dtype, shape, None, move || {
            let mut bytes =
                source.read(8 + header + from, to - from).map_err(|e| PackError::IoError(e.to_string()))?;
            if matches!(dtype, DType::Bool(_)) {
                bytes.iter_mut().for_each(|b| *b = u8::from(*b != 0));
            }
            TensorData::try_from_bytes(Bytes::from_bytes_vec(bytes), declared.clone(), dtype)
                .map_err(|e| PackError::ValidationError(e.to_string()))
        });
        tensors.insert(key, tensor);
    }
    Ok((tensors, metadata))
}

fn element(dtype: Dtype) -> Option<DType> {
    Some(match dtype {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        Dtype::I64 => DType::I64,
        Dtype::I32 => DType::I32,
        Dtype::I16 => DType::I16,
        Dtype::I8 => DType::I8,
        Dtype::U64 => DType::U64,
        Dtype::U32 => DType::U32,
        Dtype::U16 => DType::U16,
        Dtype::U8 => DType::U8,
        Dtype::BOOL => DType::Bool(BoolStore::Native),
        _ => return None,
    })
}

/// The layout's word for a type of elements, and the bytes of one.
fn word(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::F64 => "F64",
        DType::F32 | DType::Flex32 => "F32",
        DType::F16 => "F16",
        DType::BF16 => "BF16",
        DType::I64 => "I64",
        DType::I32 => "I32",
        DType::I16 => "I16",
        DType::I8 => "I8",
        DType::U64 => "U64",
        DType::U32 => "U32",
        DType::U16 => "U16",
        DType::U8 => "U8",
        DType::Bool(BoolStore::Native) => "BOOL",
        _ => return None,
    })
}

/// Writes tensors and metadata in the order of their names, values aligned to eight bytes within the file.
///
/// # Errors
/// `Internal` for elements that the layout has no word for or values that cannot be had, `Io` if writing fails.
pub fn write(
    out: &mut impl Write,
    tensors: &BTreeMap<String, Lazy>,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".into(), serde_json::json!(metadata));
    }
    // Wide elements first, so that each tensor is aligned to its own.
    let mut order: Vec<(&String, &Lazy)> = tensors.iter().collect();
    order.sort_by_key(|(name, tensor)| (std::cmp::Reverse(tensor.dtype.size()), *name));
    let mut at = 0;
    for (name, tensor) in &order {
        let Some(word) = word(tensor.dtype) else {
            return Err(Error::internal(format!("{name} has elements of type {:?}", tensor.dtype)));
        };
        let end = at + tensor.byte_len();
        let info =
            serde_json::json!({ "dtype": word, "shape": &tensor.shape[..], "data_offsets": [at, end] });
        header.insert((*name).clone(), info);
        at = end;
    }
    let mut text = serde_json::Value::Object(header).to_string();
    while !text.len().is_multiple_of(8) {
        text.push(' ');
    }
    let io = |e| Error::io_from("cannot write the weights", e);
    out.write_all(&(text.len() as u64).to_le_bytes()).map_err(io)?;
    out.write_all(text.as_bytes()).map_err(io)?;
    for (name, tensor) in order {
        let bytes = tensor.to_bytes().map_err(|e| Error::internal(format!("cannot read {name}: {e}")))?;
        out.write_all(&bytes).map_err(io)?;
    }
    Ok(())
}
