//! Forensic methods that need no training. One method, one folder.

use indicia_core::MethodInfo;

mod provenance;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[&provenance::INFO];
