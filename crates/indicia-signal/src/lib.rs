//! Forensic methods that need no training. One method, one folder.

pub mod metadata;

use indicia_core::MethodInfo;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[&metadata::INFO];
