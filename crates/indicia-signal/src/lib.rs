//! Forensic methods that need no training. One method, one folder.

pub mod metadata;
pub mod noisesniffer;
pub mod zero;

use indicia_core::MethodInfo;

mod double_quantization;
mod error_level;
mod jpeg_structure;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[&double_quantization::INFO, &jpeg_structure::INFO];
pub static METHODS: &[&MethodInfo] = &[&metadata::INFO];
pub static METHODS: &[&MethodInfo] = &[&noisesniffer::INFO, &zero::INFO];
pub static METHODS: &[&MethodInfo] = &[&double_quantization::INFO, &error_level::INFO, &jpeg_structure::INFO];
mod provenance;
pub static METHODS: &[&MethodInfo] = &[&provenance::INFO];
