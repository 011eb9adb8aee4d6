//! The one list of all families' methods.

mod page;
mod trainers;

use indicia_core::MethodInfo;

pub use page::page;
pub use trainers::{trainer, trainers};

/// Every method, in alphabetical order of ids.
pub fn methods() -> impl Iterator<Item = &'static MethodInfo> {
    indicia_signal::METHODS.iter().copied()
}

/// The method with this id.
pub fn method(id: &str) -> Option<&'static MethodInfo> {
    methods().find(|info| info.id == id)
}
