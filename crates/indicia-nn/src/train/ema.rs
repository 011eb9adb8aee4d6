//! Moving average of weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// A network whose weights, and running statistics of norms, are a moving average of another's.
///
/// After update `n`, counted from 1, the average is `d average + (1 - d) weights` with `d` the smaller of the
/// decay and `(1 + n) / (10 + n)`, which lets go of the first weights soon.
#[derive(Debug, Clone)]
pub struct Ema<M> {
    module: M,
    decay: f64,
    updates: u64,
}

impl<M: Module> Ema<M> {
    /// Begins with the weights of `module`.
    pub fn new(module: &M, decay: f64) -> Self {
        // `valid` gives a copy of running statistics, which a clone would share.
        Self { module: module.valid(), decay, updates: 0 }
    }

    /// The average after `updates` updates, as it was kept.
    pub fn from_parts(module: M, decay: f64, updates: u64) -> Self {
        Self { module, decay, updates }
    }

    /// The network of averages, for inference.
    pub fn module(&self) -> &M {
        &self.module
    }

    /// How often it was updated.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Takes the weights of `module` in.
    pub fn update(mut self, module: &M) -> Self {
        self.updates += 1;
        let n = self.updates as f64;
        let decay = self.decay.min((1.0 + n) / (10.0 + n));
        let mut values = Values(GradientsParams::new());
        module.valid().visit(&mut values);
        self.module = self.module.map(&mut Average { values: values.0, decay });
        self
    }
}

struct Values(GradientsParams);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.register(param.id, param.base());
    }
}

struct Average {
    values: GradientsParams,
    decay: f64,
}

impl ModuleMapper for Average {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(value) = self.values.remove::<D>(param.id) else { return param };
        let decay = self.decay;
        param.map(|average| average.mul_scalar(decay) + value.mul_scalar(1.0 - decay))
    }
}
