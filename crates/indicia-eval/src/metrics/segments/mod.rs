//! Predicted time segments against true ones: where in a video or recording something was forged.
//!
//! Average precision is ActivityNet's for temporal detection (Caba Heilbron et al., CVPR 2015): within a video
//! and type, predictions in the order of falling scores take the free true segment of the highest temporal IoU,
//! and the area below the interpolated curve is measured. Average recall of proposals is given for the first N
//! of every video, and for N a video on average, each video giving the same share of its proposals, as
//! ActivityNet's proposal task and ForgeryNet (He et al., CVPR 2021) measure it.

mod catalogue;
mod compare;
mod evaluate;
mod layout;
#[cfg(test)]
mod tests;

pub use super::detection::{MAX_OBJECTS, MAX_TYPES};
pub use catalogue::METRICS;
pub use evaluate::evaluate;

/// A segment of the truth, in seconds or any other unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueSegment {
    /// Where it begins.
    pub start: f64,
    /// Where it ends, after its start.
    pub end: f64,
    /// Its type, by number.
    pub kind: u32,
}

/// A segment that a detector gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictedSegment {
    /// Where it begins.
    pub start: f64,
    /// Where it ends, not before its start.
    pub end: f64,
    /// Its type, by number.
    pub kind: u32,
    /// Higher is surer; no NaN.
    pub score: f64,
}

/// The segments of one video or recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Video {
    /// Segments of the truth.
    pub truth: Vec<TrueSegment>,
    /// Segments that a detector gave.
    pub predicted: Vec<PredictedSegment>,
}

impl TrueSegment {
    /// Intersection over union in time, 0 to 1.
    pub fn iou(&self, predicted: &PredictedSegment) -> f64 {
        let shared = self.end.min(predicted.end) - self.start.max(predicted.start);
        if shared > 0.0 {
            shared / ((predicted.end - predicted.start) + (self.end - self.start) - shared)
        } else {
            0.0
        }
    }
}
