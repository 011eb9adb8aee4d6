//! Forensic methods that need no training. One method, one folder.

pub mod blocking_grid;
pub mod camera_fingerprint;
pub mod compression_count;
pub mod double_quantization;
pub mod error_level;
pub mod jpeg_ghosts;
pub mod jpeg_structure;
pub mod metadata;
pub mod noisesniffer;
pub mod nonaligned_double_jpeg;
#[cfg(feature = "provenance")]
pub mod provenance;
#[cfg(test)]
mod testing;
pub mod zero;

use indicia_core::MethodInfo;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[
    &blocking_grid::INFO,
    &camera_fingerprint::INFO,
    &compression_count::INFO,
    &double_quantization::INFO,
    &error_level::INFO,
    &jpeg_ghosts::INFO,
    &jpeg_structure::INFO,
    &metadata::INFO,
    &noisesniffer::INFO,
    &nonaligned_double_jpeg::INFO,
    #[cfg(feature = "provenance")]
    &provenance::INFO,
    &zero::INFO,
];
