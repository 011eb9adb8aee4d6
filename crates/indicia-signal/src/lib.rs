//! Forensic methods that need no training. One method, one folder.

pub mod double_quantization;
pub mod error_level;
pub mod jpeg_structure;
pub mod metadata;
pub mod noisesniffer;
#[cfg(feature = "pdf")]
pub mod pdf_structure;
#[cfg(feature = "provenance")]
pub mod provenance;
#[cfg(test)]
mod testing;
pub mod zero;

use indicia_core::MethodInfo;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[
    &double_quantization::INFO,
    &error_level::INFO,
    &jpeg_structure::INFO,
    &metadata::INFO,
    &noisesniffer::INFO,
    #[cfg(feature = "pdf")]
    &pdf_structure::INFO,
    #[cfg(feature = "provenance")]
    &provenance::INFO,
    &zero::INFO,
];
