//! Forensic methods that need no training. One method, one folder.

pub mod cfa_interpolation;
pub mod double_quantization;
pub mod error_level;
pub mod high_pass;
pub mod jpeg_structure;
pub mod metadata;
pub mod noisesniffer;
#[cfg(feature = "provenance")]
pub mod provenance;
pub mod splicebuster;
#[cfg(test)]
mod testing;
pub mod zero;

use indicia_core::MethodInfo;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[
    &cfa_interpolation::INFO,
    &double_quantization::INFO,
    &error_level::INFO,
    &high_pass::INFO,
    &jpeg_structure::INFO,
    &metadata::INFO,
    &noisesniffer::INFO,
    #[cfg(feature = "provenance")]
    &provenance::INFO,
    &splicebuster::INFO,
    &zero::INFO,
];
