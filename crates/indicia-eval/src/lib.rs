//! Measures detectors: tables of labelled items, runs, metrics with their intervals, protocols and
//! leaderboards. Knows methods only through the traits of `indicia-core`.

pub mod calibrate;
pub mod compare;
pub mod describe;
pub mod detector;
pub mod exam;
pub mod files;
pub mod forgerynet;
pub mod layout;
pub mod maps;
pub mod metrics;
pub mod near;
pub mod ordered;
pub mod protocol;
pub mod report;
pub mod run;
pub mod score;
pub mod stats;
pub mod table;
