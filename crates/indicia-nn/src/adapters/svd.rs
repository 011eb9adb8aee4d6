//! Training the smallest singular directions of a weight alone.
//!
//! Yan et al., "Orthogonal subspace decomposition for generalizable AI-generated image detection" (Effort), ICML
//! 2025 (<https://github.com/YZY-stack/Effort-AIGI-Detection>): a weight `W = U S Vᵀ` is split into its first
//! components, which stay as they are, and its last, whose three factors are trained. What pictures mean keeps its
//! directions; what tells synthetic ones apart gets others.
//!
//! Published parameters of a layer and where they are here, for a layer `q`:
//!
//! | published | here |
//! |---|---|
//! | `weight_main` `[out, in]` | `q.weight` (transposed, as every `Linear` of burn) |
//! | `U_residual`, `S_residual`, `V_residual` | `q.weight.svd.U_residual`, ... in their published shapes |
//! | `U_r`, `S_r`, `V_r` | `q.weight.svd.U_r`, ... if [`SvdResidualConfig::basis`] is set |
//! | `bias` | `q.bias` |

use burn::module::{Module, Param, ParamGroup, ParamId, Reparameterization, Reparameterizer};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use faer::Mat;

/// Splits weights into main and residual; `Module::apply_reparameterization` takes it.
///
/// Every other parameter is frozen; a head that is to be trained is thawed afterwards, or not part of the module.
#[derive(Debug, Clone)]
pub struct SvdResidualConfig {
    /// How many of the smallest singular components are trained; 1 as published.
    pub trained: usize,
    /// Which weights; only matrices count.
    pub group: ParamGroup,
    /// Whether the frozen factors are kept, which [`regularisers`] need for orthogonality.
    pub basis: bool,
    /// Whether the weights that are there are split. If not, all factors are zero until a checkpoint of a
    /// split network is read, and no decomposition is computed.
    pub decompose: bool,
}

impl SvdResidualConfig {
    /// The published choice: one component trained, no frozen factors kept, for the weights of `group`.
    pub fn new(group: ParamGroup) -> Self {
        Self { trained: 1, group, basis: false, decompose: true }
    }
}

/// The trained residual of a weight. The weight itself holds the main part.
#[derive(Module, Debug)]
pub struct SvdResidual {
    /// Left vectors, `[out, trained]`.
    pub U_residual: Param<Tensor<2>>,
    /// Singular values, `[trained]`.
    pub S_residual: Param<Tensor<1>>,
    /// Right vectors in rows, `[trained, in]`.
    pub V_residual: Param<Tensor<2>>,
    /// Left vectors of the main part, `[out, kept]`; frozen.
    pub U_r: Option<Param<Tensor<2>>>,
    /// Singular values of the main part, `[kept]`; frozen.
    pub S_r: Option<Param<Tensor<1>>>,
    /// Right vectors of the main part in rows, `[kept, in]`; frozen.
    pub V_r: Option<Param<Tensor<2>>>,
    /// Sum of squares of the residual's singular values at the split.
    energy: Option<f64>,
}

impl Reparameterization for SvdResidual {
    const NAME: &'static str = "svd";

    fn apply<const D: usize>(&self, base: Tensor<D>) -> Tensor<D> {
        let (down, up) = self.factors();
        let shape = base.shape();
        base + down.matmul(up).reshape(shape)
    }
}

impl SvdResidual {
    /// `[in, trained]` and `[trained, out]`, whose product is the residual as burn lays out weights.
    pub(super) fn factors(&self) -> (Tensor<2>, Tensor<2>) {
        let up = self.U_residual.val() * self.S_residual.val().unsqueeze();
        (self.V_residual.val().transpose(), up.transpose())
    }

    /// How many numbers are trained.
    pub fn trained(&self) -> usize {
        self.U_residual.lazy_shape().num_elements()
            + self.S_residual.lazy_shape().num_elements()
            + self.V_residual.lazy_shape().num_elements()
    }
}

impl Reparameterizer for SvdResidualConfig {
    type Reparam = SvdResidual;

    fn reparameterize<const D: usize>(
        &mut self,
        path: &str,
        param: Param<Tensor<D>>,
    ) -> (Param<Tensor<D>>, Option<SvdResidual>) {
        let shape = param.lazy_shape();
        if D != 2 || !self.group.matches(&param.id, Some(path)) {
            return (param.set_require_grad(false), None);
        }
        let [inputs, outputs] = [shape[0], shape[1]];
        let rank = inputs.min(outputs);
        let trained = self.trained.min(rank);
        let device = param.lazy_device();
        if !self.decompose {
            let residual = SvdResidual {
                U_residual: empty([outputs, trained], &device),
                S_residual: empty([trained], &device),
                V_residual: empty([trained, inputs], &device),
                U_r: self.basis.then(|| empty([outputs, rank - trained], &device).set_require_grad(false)),
                S_r: self.basis.then(|| empty([rank - trained], &device).set_require_grad(false)),
                V_r: self.basis.then(|| empty([rank - trained, inputs], &device).set_require_grad(false)),
                energy: None,
            };
            return (param.set_require_grad(false), Some(residual));
        }

        let weight = param.base().into_data().convert::<f32>().try_to_vec::<f32>().expect("just converted");
        let at = |row: usize, column: usize| f64::from(weight[column * outputs + row]);
        let split =
            Mat::from_fn(outputs, inputs, at).thin_svd().expect("the decomposition of finite weights");
        let (u, s, v) = (split.U(), split.S().column_vector(), split.V());
        let kept = rank - trained;
        let left = |from, to| {
            tensor([outputs, to - from], &device, |i| u[(i / (to - from), from + i % (to - from))])
        };
        let values = |from, to| tensor([to - from], &device, |i| s[from + i]);
        let right = |from, to| tensor([to - from, inputs], &device, |i| v[(i % inputs, from + i / inputs)]);

        // The main part is what the residual leaves, so that both sum to the weight as it was.
        let main: Vec<_> = (0..inputs * outputs)
            .map(|i| {
                let (input, output) = (i / outputs, i % outputs);
                let residual: f64 = (kept..rank).map(|k| u[(output, k)] * s[k] * v[(input, k)]).sum();
                (f64::from(weight[i]) - residual) as f32
            })
            .collect();
        let residual = SvdResidual {
            U_residual: Param::from_tensor(left(kept, rank)),
            S_residual: Param::from_tensor(values(kept, rank)),
            V_residual: Param::from_tensor(right(kept, rank)),
            U_r: self.basis.then(|| Param::from_tensor(left(0, kept)).set_require_grad(false)),
            S_r: self.basis.then(|| Param::from_tensor(values(0, kept)).set_require_grad(false)),
            V_r: self.basis.then(|| Param::from_tensor(right(0, kept)).set_require_grad(false)),
            energy: Some((kept..rank).map(|k| s[k] * s[k]).sum()),
        };
        let param = param.set_require_grad(false);
        let param = param.map(|_| Tensor::from_data(TensorData::new(main, shape), &device));
        (param, Some(residual))
    }
}

fn tensor<const D: usize>(shape: [usize; D], device: &Device, at: impl Fn(usize) -> f64) -> Tensor<D> {
    let count = shape.iter().product();
    let values: Vec<_> = (0..count).map(|i| at(i) as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn empty<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    let make = move |device: &Device, trained| Tensor::zeros(shape, device).set_require_grad(trained);
    Param::uninitialized(ParamId::new(), make, device.clone(), true, shape.into())
}

/// What keeps residuals near the split they come from, each the mean over the split weights.
#[derive(Debug, Clone)]
pub struct Regularisers {
    /// `½ ‖Û Ûᵀ - I‖ + ½ ‖V̂ V̂ᵀ - I‖` in Frobenius' norm, with `Û` and `V̂` the frozen and the trained vectors
    /// together; absent unless frozen factors are kept.
    pub orthogonality: Option<Tensor<1>>,
    /// `|‖W‖² - ‖W₀‖²|` in Frobenius' norm; absent if the weights were not split here.
    pub weight: Option<Tensor<1>>,
}

/// Computes both regularisers over the layers whose weights are split; others are passed over.
///
/// The published formulas, reduced: frozen vectors count as orthonormal, hence only products with trained ones are
/// left, and of the weight's norm only the terms that change. So they cost as little as the residual itself.
pub fn regularisers<'a>(layers: impl IntoIterator<Item = &'a Linear>) -> Regularisers {
    let (mut orthogonality, mut weight) = (vec![], vec![]);
    for layer in layers {
        if let Some(residual) = layer.weight.reparameterization::<SvdResidual>() {
            orthogonality.extend(residual.orthogonality());
            weight.extend(residual.weight_change(layer.weight.base()));
        }
    }
    Regularisers { orthogonality: mean(orthogonality), weight: mean(weight) }
}

fn mean(terms: Vec<Tensor<1>>) -> Option<Tensor<1>> {
    let count = terms.len();
    Some(terms.into_iter().reduce(|a, b| a + b)?.div_scalar(count as f64))
}

impl SvdResidual {
    fn orthogonality(&self) -> Option<Tensor<1>> {
        let (u, v) = (self.U_residual.val().transpose(), self.V_residual.val());
        let [trained, outputs] = u.dims();
        let kept = self.U_r.as_ref()?.val().transpose();
        // The left vectors' products are a matrix over outputs, of which they may span a part; the right ones'
        // are a matrix over the vectors themselves.
        let unspanned = outputs - trained - kept.dims()[0];
        let left = departure(kept, u, unspanned);
        let right = departure(self.V_r.as_ref()?.val(), v, 0);
        Some((left + right).mul_scalar(0.5))
    }

    /// `|2 <main, residual> + ‖residual‖² - ‖residual at the split‖²|`; main and residual were orthogonal then.
    fn weight_change(&self, main: Tensor<2>) -> Option<Tensor<1>> {
        let energy = self.energy?;
        let (down, up) = self.factors();
        let inner = (down.clone().transpose().matmul(main) * up.clone()).sum();
        let own = (down.clone().transpose().matmul(down) * up.clone().matmul(up.transpose())).sum();
        Some((inner.mul_scalar(2.0) + own).sub_scalar(energy).abs())
    }
}

/// `‖B Bᵀ - I‖` for `B` the vectors of both arguments in rows, `[kept, n]` and `[trained, n]`; for `Bᵀ B`, the square
/// is larger by the number of dimensions that the vectors leave `unspanned`.
fn departure(kept: Tensor<2>, trained: Tensor<2>, unspanned: usize) -> Tensor<1> {
    let [count, _] = trained.dims();
    let across = kept.matmul(trained.clone().transpose()).square().sum().mul_scalar(2.0);
    let own = trained.clone().matmul(trained.transpose());
    let own = (own.clone() - Tensor::eye(count, &own.device())).square().sum();
    // A root has no slope at zero, where an orthonormal start is.
    (across + own).add_scalar(unspanned as f64).clamp_min(1e-12).sqrt()
}
