//! Putting tensors into a module.

use std::collections::BTreeSet;

use burn::module::{Module, ModuleVisitor, Param};
use burn::store::burn_pack::{Error as PackError, Tensor as Lazy};
use burn::store::{
    Applier, BurnToPyTorchAdapter, ModuleAdapter, ModuleContext, PyTorchToBurnAdapter, bridge,
};
use burn::tensor::{Bool, DType, Device, Int, Shape, Tensor};
use indicia_core::{Error, Result, guarded};
use regex::RegexSet;

use super::{Checkpoint, nested, transform};

/// Counters of batches that PyTorch's norms keep and nothing reads.
const IGNORED: &str = r"(^|\.)num_batches_tracked$";

/// What may differ between a file and a module. Nothing, unless told.
#[derive(Debug, Clone)]
pub struct Rules {
    missing: RegexSet,
    unexpected: RegexSet,
}

impl Default for Rules {
    fn default() -> Self {
        Self { missing: RegexSet::empty(), unexpected: RegexSet::empty() }
    }
}

impl Rules {
    /// Every parameter must be in the file, and every tensor of the file in the module.
    pub fn strict() -> Self {
        Self::default()
    }

    /// Parameters whose names match one of these regular expressions keep their values if the file lacks them.
    ///
    /// # Errors
    /// `Configuration` for what is no regular expression.
    pub fn may_miss(mut self, patterns: &[&str]) -> Result<Self> {
        self.missing = set(patterns)?;
        Ok(self)
    }

    /// Tensors whose names match one of these regular expressions are left out if the module has no place for
    /// them.
    ///
    /// # Errors
    /// `Configuration` for what is no regular expression.
    pub fn may_ignore(mut self, patterns: &[&str]) -> Result<Self> {
        self.unexpected = set(patterns)?;
        Ok(self)
    }
}

fn set(patterns: &[&str]) -> Result<RegexSet> {
    RegexSet::new(patterns).map_err(|e| Error::configuration_from("not a regular expression", e))
}

/// What was done to a module.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Parameters that were set.
    pub applied: Vec<String>,
    /// Of these, those whose elements were converted, as `name: F16 to F32`.
    pub converted: Vec<String>,
    /// Parameters that kept their values, as allowed.
    pub missing: Vec<String>,
    /// Tensors of the file that were left out, as allowed.
    pub ignored: Vec<String>,
}

impl std::fmt::Display for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} parameters set", self.applied.len())?;
        let lists = [
            ("converted", &self.converted),
            ("left as they were", &self.missing),
            ("ignored", &self.ignored),
        ];
        for (what, list) in lists {
            if !list.is_empty() {
                write!(f, "; {} {what}: {}", list.len(), nested::shortened(list))?;
            }
        }
        Ok(())
    }
}

impl Checkpoint {
    /// Sets the parameters of a module to the tensors of their names, in PyTorch's words and layout (linear
    /// weights `[out, in]`, norms `weight` and `bias`); elements are converted to the module's. Names and shapes
    /// are all compared before any value is read.
    ///
    /// # Errors
    /// `Configuration` with what is missing, unexpected or of another shape or kind, key by key, or whose values
    /// cannot be read. The module is then gone: its values would be neither the old ones nor the new.
    pub fn apply<M: Module>(&self, module: M, rules: &Rules) -> Result<(M, Applied)> {
        let mut wanted = Wanted::default();
        module.visit(&mut wanted);
        let ignored = set(&[IGNORED])?;
        let (mut wrong, mut tensors) = (Wrong::default(), vec![]);
        let mut report = Applied { applied: vec![], converted: vec![], missing: vec![], ignored: vec![] };
        for want in &wanted.parameters {
            let Some(tensor) = self.tensors.get(&want.name) else {
                let list =
                    if rules.missing.is_match(&want.name) { &mut report.missing } else { &mut wrong.missing };
                list.push(want.name.clone());
                continue;
            };
            match want.fitted(tensor) {
                Ok(mut fitted) => {
                    if tensor.dtype != fitted.dtype {
                        let from_to = format!("{}: {:?} to {:?}", want.name, tensor.dtype, fitted.dtype);
                        report.converted.push(from_to);
                    }
                    fitted.name.clone_from(&want.path);
                    tensors.push(fitted);
                    report.applied.push(want.name.clone());
                }
                Err(why) => wrong.unfit.push(format!("{}: {why}", want.name)),
            }
        }
        let known: BTreeSet<&str> = wanted.parameters.iter().map(|want| want.name.as_str()).collect();
        for name in self.tensors.keys().filter(|name| !known.contains(name.as_str())) {
            let may = rules.unexpected.is_match(name) || ignored.is_match(name);
            let list = if may { &mut report.ignored } else { &mut wrong.unexpected };
            list.push(name.clone());
        }
        wrong.check(&self.name)?;
        // `ModuleSnapshot::apply` ends the process if a panic passes through it; a module that is given away can
        // be lost instead.
        let (module, result) = guarded("setting the parameters", || {
            let mut applier = Applier::new(tensors, None, Some(Box::new(PyTorchToBurnAdapter)), true);
            let module = module.map(&mut applier);
            Ok((module, applier.into_result()))
        })?;
        if let Some(error) = result.errors.first() {
            return Err(Error::configuration(format!("{}: {error}", self.name)));
        }
        if result.applied.len() != report.applied.len() {
            let (set, fit) = (result.applied.len(), report.applied.len());
            return Err(Error::internal(format!("{}: {set} of {fit} parameters were set", self.name)));
        }
        Ok((module, report))
    }
}

/// What does not fit, by kind.
#[derive(Default)]
struct Wrong {
    missing: Vec<String>,
    unexpected: Vec<String>,
    unfit: Vec<String>,
}

impl Wrong {
    fn check(&self, file: &str) -> Result<()> {
        /// Lines of each kind; a file for another network would give hundreds.
        const LINES: usize = 20;
        let lists = [("missing", &self.missing), ("unexpected", &self.unexpected), ("unfit", &self.unfit)];
        if lists.iter().all(|(_, list)| list.is_empty()) {
            return Ok(());
        }
        let counts = lists.map(|(what, list)| format!("{} {what}", list.len())).join(", ");
        let mut message = format!("{file} does not fit the network: {counts}");
        for (what, list) in lists {
            for line in list.iter().take(LINES) {
                message += &format!("\n  {what} {line}");
            }
            if list.len() > LINES {
                message += &format!("\n  {what}: {} more", list.len() - LINES);
            }
        }
        Err(Error::configuration(message))
    }
}

/// A parameter as PyTorch would name and lay it out.
struct Want {
    path: String,
    name: String,
    shape: Vec<usize>,
    kind: Kind,
    dtype: DType,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Float,
    Int,
    Bool,
}

impl Want {
    /// The tensor with the parameter's elements and shape, or why it cannot have them.
    fn fitted(&self, tensor: &Lazy) -> Result<Lazy, String> {
        let got = &tensor.shape[..];
        // A number alone has no dimensions in PyTorch and one in burn.
        let alone = got.is_empty() && self.shape.iter().product::<usize>() == 1;
        if got != self.shape && !alone {
            return Err(format!("expected {:?}, got {got:?}", self.shape));
        }
        let fits = match self.kind {
            Kind::Float => tensor.dtype.is_float(),
            Kind::Int => tensor.dtype.is_int() || tensor.dtype.is_uint(),
            Kind::Bool => tensor.dtype.is_bool() || tensor.dtype == DType::U8,
        };
        if !fits {
            return Err(format!("expected elements {:?}, got {:?}", self.dtype, tensor.dtype));
        }
        let tensor = if alone { transform::reshaped(tensor, self.shape.clone())? } else { tensor.clone() };
        Ok(if self.kind == Kind::Bool { tensor } else { transform::cast(tensor, self.dtype) })
    }
}

/// Collects what a module wants. Shapes are asked for without making parameters that are not made yet.
#[derive(Default)]
struct Wanted {
    path: Vec<String>,
    containers: Vec<String>,
    parameters: Vec<Want>,
}

impl Wanted {
    fn add(&mut self, shape: Shape, kind: Kind, dtype: DType) {
        let path = self.path.join(".");
        let nothing = || Err(PackError::ValidationError("only its shape is known".into()));
        let tensor = bridge::deferred(path.clone(), dtype, shape, None, nothing);
        let adapted = BurnToPyTorchAdapter.adapt(tensor, ModuleContext::new(&self.containers));
        let shape = adapted.shape.to_vec();
        self.parameters.push(Want { path, name: adapted.name, shape, kind, dtype });
    }
}

impl ModuleVisitor for Wanted {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.containers.push(container.to_owned());
        // The applier leaves the names of variants out of paths, as PyTorch has none.
        if !container.starts_with("Enum:") {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.containers.pop();
        if !container.starts_with("Enum:") {
            self.path.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.add(param.lazy_shape(), Kind::Float, settings(&param.lazy_device()).0);
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.add(param.lazy_shape(), Kind::Int, settings(&param.lazy_device()).1);
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        let dtype = param.lazy_device().settings().bool_dtype.into();
        self.add(param.lazy_shape(), Kind::Bool, dtype);
    }
}

/// The device's own elements for floats and whole numbers.
fn settings(device: &Device) -> (DType, DType) {
    let settings = device.settings();
    (settings.float_dtype.into(), settings.int_dtype.into())
}
