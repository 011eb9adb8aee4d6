use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Rect, TrueBox};
use crate::metrics::detection::{AT_50, IOU};

/// When a predicted box hits a true one, for free-response curves. Published results differ in this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitRule {
    /// Their IoU is at least 0.5.
    #[default]
    Iou,
    /// The centre of the predicted box lies inside the true one.
    Centre,
}

impl HitRule {
    /// Name in options and JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Iou => "iou",
            Self::Centre => "centre",
        }
    }

    /// By its name.
    ///
    /// # Errors
    /// `Input` that lists the names.
    pub fn parse(id: &str) -> Result<Self> {
        let known = [Self::Iou, Self::Centre];
        let found = known.into_iter().find(|rule| rule.id() == id);
        found.ok_or_else(|| Error::input(format!("expected iou or centre, got {id:?}")))
    }

    /// Whether a predicted box hits a true one.
    pub(super) fn hits(self, truth: &TrueBox, predicted: &Rect) -> bool {
        match self {
            Self::Iou => truth.iou(predicted) >= IOU[AT_50],
            Self::Centre => truth.rect.has_centre_of(predicted),
        }
    }
}

/// How boxes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoxProtocol {
    /// When a predicted box hits a true one, for free-response curves.
    pub hit: HitRule,
    /// Predicted boxes from this score on count for precision, recall, F1 and the Hungarian IoU.
    pub threshold: f64,
}

impl Default for BoxProtocol {
    fn default() -> Self {
        Self { hit: HitRule::Iou, threshold: 0.5 }
    }
}

impl BoxProtocol {
    /// In a sentence.
    pub fn describe(&self) -> String {
        let hit = match self.hit {
            HitRule::Iou => "its IoU with a true box is at least 0.5",
            HitRule::Centre => "its centre lies inside a true box",
        };
        format!(
            "COCO matching within picture and type, at most 100 predictions each; on free-response curves a \
             prediction hits if {hit}; precision, recall, F1 and Hungarian IoU of predictions from a score of \
             {} on",
            self.threshold
        )
    }
}
