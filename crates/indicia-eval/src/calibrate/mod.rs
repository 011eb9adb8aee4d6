//! From scores to evidence: learns, on authentic and altered pictures of a stated population, what the
//! scores and maps of methods are worth, and applies it to new pictures.
//!
//! 1. Each method's strength becomes a log10 likelihood ratio by a monotone curve ([`Curve`]). Its range is
//!    bounded by what the number of authentic sources supports.
//! 2. The ratios are fused by a logistic regression with weights of at least 0 over their positive parts
//!    ([`Fusion`]). A method that does not apply adds nothing, as does one that found nothing: the absence of
//!    a trace is no evidence. Methods that see the same trace share its weight.
//! 3. The fused score becomes a bounded log10 likelihood ratio by a curve of its own, and the operating point
//!    is the lowest score that few enough authentic sources reach.
//! 4. Maps are fused cell by cell: ranks within the picture become log10 likelihood ratios of a cell being
//!    altered, weighted by how strongly the method speaks in this picture ([`Locator`]).
//!
//! Everything that is reported of a population is measured on folds of sources that the model was not
//! learned from.

mod apply;
mod curve;
mod fusion;
mod grid;
mod learn;
mod locate;
mod model;
mod proportion;
mod sample;
#[cfg(test)]
mod tests;

pub use apply::{Assessment, Located};
pub use curve::{Bounds, Curve, Weighted};
pub use fusion::Fusion;
pub use grid::Grid;
pub use learn::{Learned, Options, learn};
pub use locate::{Locator, MapModel};
pub use model::{Calibration, MethodModel, OperatingPoint, Population, SCHEMA, Sources};
pub use proportion::upper_bound;
pub use sample::{PixelSample, Reading, Readings, Sample};
