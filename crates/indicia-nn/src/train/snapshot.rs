//! The numbers of a module, and back.

use std::collections::BTreeMap;

use burn::module::{Module, Param, ParamId};
use burn::tensor::{DType, Tensor, TensorData};
use indicia_core::{Error, Result};

use crate::paths::{Change, Look, change_all, look_at};

/// A parameter's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Path within the module, as `encoder.block.0.weight`.
    pub path: String,
    /// What an optimiser knows it by.
    pub id: u64,
    /// Sides.
    pub shape: Vec<usize>,
    /// Values, the last side fastest.
    pub values: Vec<f32>,
}

impl Look for Vec<Named> {
    fn look<const D: usize>(&mut self, path: String, param: &Param<Tensor<D>>) {
        let tensor = param.base();
        let shape = tensor.dims().to_vec();
        let values = tensor.into_data().convert::<f32>().try_to_vec::<f32>().expect("just converted");
        self.push(Named { path, id: param.id.val(), shape, values });
    }
}

/// All numbers of a module, running statistics of norms included, in its own order. Types narrower than `f32`
/// are widened without loss.
pub fn snapshot<M: Module>(module: &M) -> Vec<Named> {
    // `valid` takes in what running statistics still hold back.
    let mut found = vec![];
    look_at(&module.valid(), &mut found);
    found
}

struct Writer {
    values: BTreeMap<String, Named>,
    wrong: Vec<String>,
}

impl Change for Writer {
    fn change<const D: usize>(&mut self, path: String, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let expected = param.lazy_shape().to_vec();
        let Some(named) = self.values.remove(&path) else {
            self.wrong.push(format!("{path} is missing"));
            return param;
        };
        if named.shape != expected {
            self.wrong.push(format!("{path} has shape {:?}, expected {expected:?}", named.shape));
            return param;
        }
        let (_, old, mapper) = param.consume();
        let dtype: DType = old.dtype();
        let data = TensorData::new(named.values, named.shape).convert_dtype(dtype);
        let new = Tensor::<D>::from_data(data, &old.device()).set_require_grad(old.is_require_grad());
        Param::from_mapped_value(ParamId::from(named.id), new, mapper)
    }
}

/// Puts the numbers of a snapshot into a module of the same form. Parameters take the snapshot's ids too.
///
/// # Errors
/// `Configuration` that names what is missing, too much, or of another shape.
pub fn restore<M: Module>(module: M, values: Vec<Named>) -> Result<M> {
    let values = values.into_iter().map(|named| (named.path.clone(), named)).collect();
    let mut writer = Writer { values, wrong: vec![] };
    let module = change_all(module, &mut writer);
    let mut wrong = writer.wrong;
    wrong.extend(writer.values.into_keys().map(|path| format!("{path} is not known")));
    if wrong.is_empty() {
        return Ok(module);
    }
    let more = if wrong.len() > 5 { format!(" and {} more", wrong.len() - 5) } else { String::new() };
    Err(Error::configuration(format!(
        "the weights are of another network: {}{more}",
        wrong[..wrong.len().min(5)].join("; ")
    )))
}
