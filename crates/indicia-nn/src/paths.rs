//! A module's float parameters, each with its path within the module, as `encoder.block.0.weight`.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

/// What looks at parameters.
pub(crate) trait Look {
    /// Looks at one.
    fn look<const D: usize>(&mut self, path: String, param: &Param<Tensor<D>>);
}

/// What changes parameters.
pub(crate) trait Change {
    /// Changes one.
    fn change<const D: usize>(&mut self, path: String, param: Param<Tensor<D>>) -> Param<Tensor<D>>;
}

/// Looks at all parameters and running statistics of a module, in its own order.
pub(crate) fn look_at<M: Module>(module: &M, looks: &mut impl Look) {
    module.visit(&mut Walk { path: vec![], with: looks });
}

/// Changes all parameters and running statistics of a module, in its own order.
pub(crate) fn change_all<M: Module>(module: M, changes: &mut impl Change) -> M {
    module.map(&mut Walk { path: vec![], with: changes })
}

struct Walk<'a, W> {
    path: Vec<String>,
    with: &'a mut W,
}

impl<W: Look> ModuleVisitor for Walk<'_, W> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.with.look(self.path.join("."), param);
    }
}

impl<W: Change> ModuleMapper for Walk<'_, W> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.with.change(self.path.join("."), param)
    }
}
