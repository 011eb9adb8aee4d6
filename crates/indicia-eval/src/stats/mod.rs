//! Intervals, tests and summaries of what the metrics measure.
