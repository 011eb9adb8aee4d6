//! Predicted boxes against true boxes.
//!
//! Average precision and recall are COCO's (Lin et al., Microsoft COCO, ECCV 2014; pycocotools): within a
//! picture and type the 100 predictions of the highest scores are matched greedily with true boxes at IoU 0.5,
//! 0.55, ..., 0.95, precision is read at 101 recalls, and crowds and boxes outside a range of sizes count
//! neither way. Free-response curves (FROC) are LUNA16's (Setio et al., Medical Image Analysis 42, 2017).

mod catalogue;
mod check;
mod compare;
mod evaluate;
mod froc;
mod hungarian;
mod layout;
mod protocol;
#[cfg(test)]
mod tests;

pub use super::detection::{MAX_OBJECTS, MAX_TYPES};
pub use catalogue::METRICS;
pub use evaluate::evaluate;
pub use protocol::{BoxProtocol, HitRule};

/// A box: left, top, width and height, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width, at least 0.
    pub width: f64,
    /// Height, at least 0.
    pub height: f64,
}

/// A box of the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueBox {
    /// Where it is.
    pub rect: Rect,
    /// Its type, by number.
    pub kind: u32,
    /// A crowd, or any other object that need not be found: predictions on it are neither right nor wrong.
    pub crowd: bool,
    /// Area of the object in square pixels, for ranges of sizes; that of the box if the outline is not known.
    pub area: f64,
}

/// A box that a detector gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PredictedBox {
    /// Where it is.
    pub rect: Rect,
    /// Its type, by number.
    pub kind: u32,
    /// Higher is surer; no NaN.
    pub score: f64,
}

/// The boxes of one picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Picture {
    /// Boxes of the truth.
    pub truth: Vec<TrueBox>,
    /// Boxes that a detector gave.
    pub predicted: Vec<PredictedBox>,
}

impl Rect {
    /// Area in square pixels.
    pub fn area(&self) -> f64 {
        self.width * self.height
    }

    /// Area of the intersection with another box.
    fn shared(&self, other: &Self) -> f64 {
        let side = |a: f64, a_side: f64, b: f64, b_side: f64| (a + a_side).min(b + b_side) - a.max(b);
        let width = side(self.x, self.width, other.x, other.width);
        let height = side(self.y, self.height, other.y, other.height);
        if width > 0.0 && height > 0.0 { width * height } else { 0.0 }
    }

    /// Intersection over union, 0 to 1.
    pub fn iou(&self, other: &Self) -> f64 {
        let shared = self.shared(other);
        if shared > 0.0 { shared / (self.area() + other.area() - shared) } else { 0.0 }
    }

    /// The share of this box that lies in another: what COCO takes for the IoU with a crowd.
    pub fn share_in(&self, other: &Self) -> f64 {
        let shared = self.shared(other);
        if shared > 0.0 { shared / self.area() } else { 0.0 }
    }

    /// Whether the centre of another box lies inside or on the edge of this one.
    pub fn has_centre_of(&self, other: &Self) -> bool {
        let inside = |from: f64, side: f64, at: f64| from <= at && at <= from + side;
        inside(self.x, self.width, other.x + other.width / 2.0)
            && inside(self.y, self.height, other.y + other.height / 2.0)
    }
}

impl TrueBox {
    /// A box whose object has its area.
    pub fn new(rect: Rect, kind: u32) -> Self {
        Self { rect, kind, crowd: false, area: rect.area() }
    }

    /// IoU with a prediction; with a crowd the share of the prediction that lies in it.
    fn iou(&self, predicted: &Rect) -> f64 {
        if self.crowd { predicted.share_in(&self.rect) } else { predicted.iou(&self.rect) }
    }
}
