//! Metrics of binary detectors: one score per item, higher is more suspicious, and a label per item.

mod confusion;
mod ranking;

#[cfg(test)]
mod tests;

pub use confusion::Confusion;
pub use ranking::{Best, Cell, OperatingPoint, Ranking};
