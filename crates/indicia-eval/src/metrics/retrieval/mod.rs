//! Metrics of retrieval and of copy detection: queries, each with references ranked by score.
//!
//! All pairs of a query and a reference are ranked together for micro-average precision (Douze et al., The 2021
//! Image Similarity Dataset and Challenge, 2021), and each query's references by themselves for the rest. Among
//! equal scores wrong pairs come first, so that equal scores for all gain nothing. True pairs that were not
//! returned count as missed.

mod catalogue;
mod evaluate;
#[cfg(test)]
mod tests;

pub use catalogue::METRICS;
pub use evaluate::{Pair, evaluate};
