//! Measures detectors: tables of labelled items, runs, metrics with their intervals, protocols and
//! leaderboards. Knows methods only through the traits of `indicia-core`.

pub mod files;
pub mod metrics;
pub mod stats;
pub mod table;
