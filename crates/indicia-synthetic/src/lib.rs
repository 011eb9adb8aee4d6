//! Detectors of synthetic pictures that learn. One method, one folder.

pub mod residual_cnn;

use indicia_nn::train::Trainer;

/// What can be trained of this family, in alphabetical order of ids.
pub static TRAINERS: &[&dyn Trainer] = &[&residual_cnn::TRAINER];
