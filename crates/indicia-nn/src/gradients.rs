//! Compares gradients with finite differences.
//!
//! A layer whose backward pass is missing trains without a word of complaint: its parameters stay where they
//! were. Every network is therefore held against the definition of the derivative, parameter by parameter.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};

use crate::paths::{Look, look_at};

/// How one parameter's gradient compares.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Path within the module, as `encoder.block.0.weight`.
    pub path: String,
    /// Gradient by backward pass and by central difference of each entry that was looked at; `None` if the
    /// backward pass gave the parameter none.
    pub entries: Option<Vec<(f64, f64)>>,
}

impl Comparison {
    /// Largest difference between both gradients over the larger of `floor` and the largest of either;
    /// infinite without a gradient.
    pub fn error(&self, floor: f64) -> f64 {
        let Some(entries) = &self.entries else { return f64::INFINITY };
        let size = entries.iter().flat_map(|&(a, b)| [a.abs(), b.abs()]).fold(floor, f64::max);
        entries.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
    }
}

/// Compares the gradients of `loss` at up to `entries` entries of every parameter that is to be trained.
///
/// `module` is one in training state, on a device with automatic differentiation; `loss` gives one number and
/// must be the same function at every call: no dropout, no running statistics. `step` is half the distance of
/// the central difference; with `f32`, 1e-2 to 1e-3 of the parameters' size is best.
pub fn compare<M: Module>(
    module: &M,
    entries: usize,
    step: f32,
    loss: impl Fn(&M) -> Tensor<1>,
) -> Vec<Comparison> {
    let backward = loss(module).backward();
    let gradients = GradientsParams::from_grads(backward, module);
    let mut reader = Reader { gradients: &gradients, entries, found: vec![] };
    look_at(module, &mut reader);
    let found = reader.found;
    let value = |shifts: BTreeMap<ParamId, (usize, f32)>| -> f64 {
        let moved = module.clone().map(&mut Shift { shifts });
        loss(&moved).into_scalar::<f32>().into()
    };
    found
        .into_iter()
        .map(|(path, id, places)| Comparison {
            path,
            entries: places.map(|places| {
                places
                    .into_iter()
                    .map(|(at, gradient)| {
                        let [up, down] = [step, -step].map(|by| value([(id, (at, by))].into()));
                        (gradient, (up - down) / (2.0 * f64::from(step)))
                    })
                    .collect()
            }),
        })
        .collect()
}

/// Panics with the parameters that receive no gradient, or one that differs from the finite difference by more
/// than `tolerance` of the parameter's largest gradient.
///
/// Arguments as for [`compare`]; gradients all below `1e-4` count as that large.
pub fn assert_all<M: Module>(
    module: &M,
    entries: usize,
    step: f32,
    tolerance: f64,
    loss: impl Fn(&M) -> Tensor<1>,
) {
    let compared = compare(module, entries, step, loss);
    assert!(!compared.is_empty(), "the module has no parameter that is trained");
    let wrong: Vec<_> = compared
        .iter()
        .filter(|c| c.error(1e-4) > tolerance)
        .map(|c| format!("{}: {:?}", c.path, c.entries))
        .collect();
    assert!(wrong.is_empty(), "gradients differ from finite differences:\n{}", wrong.join("\n"));
}

type Places = Option<Vec<(usize, f64)>>;

struct Reader<'a> {
    gradients: &'a GradientsParams,
    entries: usize,
    found: Vec<(String, ParamId, Places)>,
}

impl Look for Reader<'_> {
    fn look<const D: usize>(&mut self, path: String, param: &Param<Tensor<D>>) {
        if !param.val().is_require_grad() {
            return;
        }
        let places = self.gradients.get::<D>(param.id).map(|gradient| {
            let values = gradient.into_data().convert::<f32>().try_to_vec::<f32>().expect("just converted");
            // Spread over the whole parameter, first and last entry included.
            let last = values.len().saturating_sub(1);
            let count = self.entries.clamp(1, values.len());
            let mut at: Vec<_> = (0..count).map(|i| i * last / (count - 1).max(1)).collect();
            // The largest gradient is always looked at: small ones drown in rounding.
            let largest = (0..values.len()).max_by(|&a, &b| values[a].abs().total_cmp(&values[b].abs()));
            at.extend(largest);
            at.into_iter().map(|i| (i, f64::from(values[i]))).collect()
        });
        self.found.push((path, param.id, places));
    }
}

struct Shift {
    shifts: BTreeMap<ParamId, (usize, f32)>,
}

impl ModuleMapper for Shift {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(&(at, by)) = self.shifts.get(&param.id) else { return param };
        param.map(|tensor| {
            let device = tensor.device();
            let shape = tensor.shape();
            let mut values = tensor.into_data().convert::<f32>().try_to_vec::<f32>().expect("just converted");
            values[at] += by;
            Tensor::from_data(TensorData::new(values, shape), &device).require_grad()
        })
    }
}

#[cfg(test)]
mod tests {
    use burn::nn::{Linear, LinearConfig};

    use super::*;
    use crate::device::cpu;

    fn square(layer: &Linear) -> Tensor<1> {
        let input = Tensor::<2>::from_data([[1.0, 2.0], [-3.0, 0.5]], &layer.weight.device());
        layer.forward(input).powi_scalar(2).sum()
    }

    #[test]
    fn a_linear_layer_has_the_gradient_of_its_definition() {
        let device = cpu().autodiff();
        let layer = LinearConfig::new(2, 3).init(&device);
        let compared = compare(&layer, 3, 1e-2, square);
        let paths: Vec<_> = compared.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["weight", "bias"]);
        assert_eq!(compared[0].entries.as_ref().unwrap().len(), 4);
        assert_all(&layer, 6, 1e-2, 1e-3, square);
    }

    #[test]
    #[should_panic(expected = "weight: None")]
    fn a_parameter_without_gradient_is_named() {
        let device = cpu().autodiff();
        let layer = LinearConfig::new(2, 3).init(&device);
        assert_all(&layer, 2, 1e-2, 1e-3, |l: &Linear| l.bias.as_ref().unwrap().val().sum());
    }

    #[test]
    #[should_panic(expected = "gradients differ")]
    fn a_wrong_gradient_is_found() {
        let device = cpu().autodiff();
        let layer = LinearConfig::new(2, 3).init(&device);
        // Detached from the graph, the square's one factor is a constant for the backward pass.
        assert_all(&layer, 2, 1e-2, 1e-3, |l: &Linear| {
            let out = l.forward(Tensor::<2>::ones([1, 2], &l.weight.device()));
            (out.clone().detach() * out).sum()
        });
    }
}
