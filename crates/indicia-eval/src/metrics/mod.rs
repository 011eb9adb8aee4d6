//! Metrics, a module for each kind of output that is measured.

pub mod binary;
pub mod multiclass;
pub mod pixel;
