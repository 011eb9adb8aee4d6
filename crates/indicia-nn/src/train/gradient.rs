//! Norms of gradients.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

struct Norm<'a> {
    gradients: &'a GradientsParams,
    squares: f64,
}

impl ModuleVisitor for Norm<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.squares += f64::from(gradient.powi_scalar(2).sum().into_scalar::<f32>());
        }
    }
}

/// Euclidean norm of all gradients of a module together.
pub fn norm<M: Module>(module: &M, gradients: &GradientsParams) -> f64 {
    let mut visitor = Norm { gradients, squares: 0.0 };
    module.visit(&mut visitor);
    visitor.squares.sqrt()
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient.mul_scalar(self.factor));
        }
    }
}

/// Scales all gradients so that their `norm` becomes at most `limit`, as PyTorch's `clip_grad_norm_` does.
pub fn clip<M: Module>(module: &M, gradients: &mut GradientsParams, norm: f64, limit: f64) {
    if norm > limit {
        module.visit(&mut Scale { gradients, factor: limit / (norm + 1e-6) });
    }
}
