//! Operations on tensors whose values are not read yet.

use burn::store::bridge;
use burn::store::burn_pack::{Error as PackError, Tensor as Lazy};
use burn::tensor::{Bytes, DType, Shape, TensorData};

/// Elements of these have a number of whole bytes each, laid out row by row.
fn plain(tensor: &Lazy) -> Result<usize, String> {
    match tensor.dtype {
        DType::QFloat(_) => Err(format!("{} is quantised", tensor.name)),
        dtype => Ok(dtype.size()),
    }
}

fn data(bytes: Vec<u8>, shape: Shape, dtype: DType) -> Result<TensorData, PackError> {
    let made = TensorData::try_from_bytes(Bytes::from_bytes_vec(bytes), shape, dtype);
    made.map_err(|e| PackError::ValidationError(e.to_string()))
}

/// The same values under another name and with other extents of the same product.
pub(super) fn reshaped(tensor: &Lazy, shape: Vec<usize>) -> Result<Lazy, String> {
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    if count(&shape) != count(&tensor.shape) {
        return Err(format!(
            "{} has the shape {:?}, which does not fit {shape:?}",
            tensor.name,
            &tensor.shape[..]
        ));
    }
    let (source, shape, dtype) = (tensor.clone(), Shape::from(shape), tensor.dtype);
    let declared = shape.clone();
    Ok(bridge::deferred(tensor.name.clone(), dtype, shape, None, move || {
        data(source.to_bytes()?.to_vec(), declared.clone(), dtype)
    }))
}

/// A matrix `[rows, columns]` as `[columns, rows]`.
pub(super) fn transposed(tensor: &Lazy) -> Result<Lazy, String> {
    let size = plain(tensor)?;
    let [rows, columns] = tensor.shape[..] else {
        return Err(format!("{} has the shape {:?}, expected a matrix", tensor.name, &tensor.shape[..]));
    };
    let (source, dtype) = (tensor.clone(), tensor.dtype);
    let shape = Shape::from(vec![columns, rows]);
    let declared = shape.clone();
    Ok(bridge::deferred(tensor.name.clone(), dtype, shape, None, move || {
        let bytes = source.to_bytes()?;
        let mut out = Vec::with_capacity(bytes.len());
        for column in 0..columns {
            for row in 0..rows {
                let at = (row * columns + column) * size;
                out.extend_from_slice(&bytes[at..at + size]);
            }
        }
        data(out, declared.clone(), dtype)
    }))
}

/// `count` equal parts along the first dimension.
pub(super) fn split(tensor: &Lazy, count: usize) -> Result<Vec<Lazy>, String> {
    plain(tensor)?;
    let shape = tensor.shape.to_vec();
    let Some(rows) = shape.first().copied().filter(|rows| rows.is_multiple_of(count)) else {
        return Err(format!(
            "{} has the shape {shape:?}, which does not split into {count} parts",
            tensor.name
        ));
    };
    let mut part = shape;
    part[0] = rows / count;
    let length = tensor.byte_len() / count;
    Ok((0..count)
        .map(|i| {
            let (source, dtype, declared) = (tensor.clone(), tensor.dtype, Shape::from(part.clone()));
            bridge::deferred(tensor.name.clone(), dtype, declared.clone(), None, move || {
                let bytes = source.to_bytes()?;
                data(bytes[i * length..(i + 1) * length].to_vec(), declared.clone(), dtype)
            })
        })
        .collect())
}

/// Tensors that differ at most in their first extent, one after the other along it.
pub(super) fn joined(parts: &[Lazy]) -> Result<Lazy, String> {
    let Some(first) = parts.first() else { return Err("nothing to join".into()) };
    plain(first)?;
    let mut shape = first.shape.to_vec();
    if shape.is_empty() {
        return Err(format!("{} is a number alone and cannot be joined", first.name));
    }
    shape[0] = 0;
    for part in parts {
        if part.dtype != first.dtype || part.shape.len() != shape.len() || part.shape[1..] != first.shape[1..]
        {
            let both = [first, part].map(|t| format!("{} {:?} {:?}", t.name, t.dtype, &t.shape[..]));
            return Err(format!("{} and {} cannot be joined", both[0], both[1]));
        }
        shape[0] += part.shape[0];
    }
    let (sources, dtype, shape) = (parts.to_vec(), first.dtype, Shape::from(shape));
    let declared = shape.clone();
    Ok(bridge::deferred(first.name.clone(), dtype, shape, None, move || {
        let mut bytes = vec![];
        for source in &sources {
            bytes.extend_from_slice(&source.to_bytes()?);
        }
        data(bytes, declared.clone(), dtype)
    }))
}

/// Converts the elements.
pub(super) fn cast(tensor: Lazy, to: DType) -> Lazy {
    if tensor.dtype == to {
        return tensor;
    }
    let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
    bridge::deferred(name, to, shape, None, move || {
        bridge::to_data(&tensor)?.try_cast(to).map_err(|e| PackError::ValidationError(e.to_string()))
    })
}
