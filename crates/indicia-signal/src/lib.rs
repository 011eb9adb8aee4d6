//! Forensic methods that need no training. One method, one folder.

pub mod bit_planes;
pub mod blocking_grid;
pub mod camera_fingerprint;
pub mod cfa_interpolation;
pub mod compression_count;
pub mod copies;
pub mod copy_move;
pub mod copy_move_keypoints;
pub mod double_quantization;
pub mod duplicate_glyphs;
pub mod echo_edge;
pub mod error_level;
mod exhibit;
pub mod frequency_split;
pub mod high_pass;
pub mod histogram_traces;
pub mod jpeg_ghosts;
pub mod jpeg_structure;
pub mod luminance_gradient;
pub mod median_filter;
pub mod metadata;
pub mod min_max_deviation;
pub mod noise_level;
pub mod noise_residual;
pub mod noisesniffer;
pub mod nonaligned_double_jpeg;
#[cfg(feature = "pdf")]
pub mod pdf_structure;
mod picture;
pub mod principal_components;
#[cfg(feature = "provenance")]
pub mod provenance;
pub mod reflectance;
pub mod resampling;
pub mod spectrum;
pub mod splicebuster;
#[cfg(test)]
mod testing;
pub mod text_lines;
mod text_map;
pub mod text_noise;
pub mod upsampling_peaks;
pub mod wavelet_threshold;
pub mod zero;

use indicia_core::MethodInfo;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[
    &bit_planes::INFO,
    &blocking_grid::INFO,
    &camera_fingerprint::INFO,
    &cfa_interpolation::INFO,
    &compression_count::INFO,
    &copy_move::INFO,
    &copy_move_keypoints::INFO,
    &double_quantization::INFO,
    &duplicate_glyphs::INFO,
    &echo_edge::INFO,
    &error_level::INFO,
    &frequency_split::INFO,
    &high_pass::INFO,
    &histogram_traces::INFO,
    &jpeg_ghosts::INFO,
    &jpeg_structure::INFO,
    &luminance_gradient::INFO,
    &median_filter::INFO,
    &metadata::INFO,
    &min_max_deviation::INFO,
    &noise_level::INFO,
    &noise_residual::INFO,
    &noisesniffer::INFO,
    &nonaligned_double_jpeg::INFO,
    #[cfg(feature = "pdf")]
    &pdf_structure::INFO,
    &principal_components::INFO,
    #[cfg(feature = "provenance")]
    &provenance::INFO,
    &reflectance::INFO,
    &resampling::INFO,
    &spectrum::INFO,
    &splicebuster::INFO,
    &text_lines::INFO,
    &text_noise::INFO,
    &upsampling_peaks::INFO,
    &wavelet_threshold::INFO,
    &zero::INFO,
];
