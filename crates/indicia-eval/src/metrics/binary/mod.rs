//! Metrics of binary detectors: one score per item, higher is more suspicious, and a label per item.
//!
//! [`evaluate`] measures a detector, [`compare`] two detectors on the same items, [`METRICS`] says what every
//! number means. [`Ranking`] is the one place of metrics of ranks and thresholds, for items as for histograms.

mod calibration;
mod catalogue;
mod compare;
mod confusion;
mod curve;
mod evaluate;
mod gap;
mod ranking;
mod resample;
mod score;

#[cfg(test)]
mod tests;

pub use calibration::{BIN_COUNT, Calibration, ReliabilityBin};
pub use catalogue::{METRICS, MetricInfo, Need, metric};
pub use compare::{Comparison, Difference, compare};
pub use confusion::Confusion;
pub use curve::{PrecisionRecallCurve, RocCurve};
pub use evaluate::{BinaryReport, Counts, Curves, Metrics, Options, Predictions, evaluate};
pub use gap::{Gap, Subgroup, TOO_FEW, gaps};
pub use ranking::{Best, Block, Cell, OperatingPoint, Ranking};
pub use score::ScoreKind;
