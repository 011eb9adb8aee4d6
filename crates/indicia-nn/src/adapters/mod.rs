//! What a frozen network is taught with few numbers.
//!
//! Two kinds. Those hung on a weight (LoRA, [`svd::SvdResidual`]) are reparameterisations in burn's sense: they
//! work for every layer of every network, appear below the weight's path (`blocks.0.attn.q.weight.lora.a`,
//! `….weight.svd.U_residual`), and `Module::materialize` merges them into plain weights. Those beside a branch
//! ([`BottleneckAdapter`], [`ForgeryAwareAdapter`]) are modules of their own that a network's block calls.

mod bottleneck;
mod forgery;
mod haar;
mod low_rank;
#[allow(non_snake_case, reason = "parameters bear their published names")]
pub mod svd;

pub use bottleneck::BottleneckAdapter;
pub use burn::module::{Lora, LoraAdapter};
pub use forgery::{ForgeryAwareAdapter, ForgeryAwareAdapterConfig};
pub use haar::{haar, inverse_haar};
pub use low_rank::{is_adapted, project};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// How many numbers of a module are trained.
///
/// `module` is on a device with automatic differentiation; parameters not yet initialised are so afterwards.
pub fn trained(module: &impl Module) -> usize {
    struct Count(usize);
    impl ModuleVisitor for Count {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if param.val().is_require_grad() {
                self.0 += param.lazy_shape().num_elements();
            }
        }
    }
    let mut count = Count(0);
    module.visit(&mut count);
    count.0
}

#[cfg(test)]
mod tests;
