//! Makes data with exact labels and a written history: corruptions and forgeries.

pub mod corrupt;
pub mod encode;
pub mod forge;
mod resample;
