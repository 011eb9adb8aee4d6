//! Forensic methods that need no training. One method, one folder.

use indicia_core::MethodInfo;

mod double_quantization;
mod jpeg_structure;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[&double_quantization::INFO, &jpeg_structure::INFO];
