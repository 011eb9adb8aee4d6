//! Intervals, tests and summaries of what the metrics measure.

mod bootstrap;
mod clustered;
mod delong;
mod estimate;
mod means;
mod proportion;
mod summary;
mod sums;

#[cfg(test)]
mod tests;

pub use bootstrap::{Bootstrap, Groups, percentile_interval, shifted_p_value};
pub use clustered::ClusteredAuc;
pub use delong::{DeLong, DeLongDifference};
pub use estimate::{Estimate, IntervalMethod};
pub use means::group_means;
pub use proportion::wilson_interval;
pub use summary::Summary;
pub use sums::{Tallies, estimate_sums};

/// 97.5 % quantile of the standard normal distribution.
const NORMAL_975: f64 = 1.959_963_984_540_054;
