use indicia_core::Picture;
use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Edited, blend, pixels_of};
use crate::forge::mask::Patch;
use crate::forge::region::Region;
use crate::forge::step::{Step, apply_all, crop};

/// Pixels around a region that its steps see, so that filters do not end at its rectangle.
const AROUND: usize = 32;

/// A region that is processed by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// The region.
    pub region: Region,
    /// What is done to it; its size must stay.
    pub steps: Vec<Step>,
    /// Standard deviation of the Gaussian that softens its edge, in pixels.
    pub feather: f64,
}

impl Local {
    pub(super) fn apply(&self, picture: &Picture) -> Result<Edited> {
        if !(0.0..=50.0).contains(&self.feather) {
            return Err(Error::input(format!("expected a feather of 0 to 50 pixels, got {}", self.feather)));
        }
        let (width, height) = (picture.width, picture.height);
        let patch = self.region.draw(picture)?.feathered(self.feather, width, height);
        let around = patch.widened(AROUND, width, height);
        let before = crop(picture, around.x, around.y, around.width, around.height);
        let after = apply_all(&self.steps, &before)?;
        if (after.width, after.height) != (before.width, before.height) {
            return Err(Error::input(format!("expected steps that keep the size, got {:?}", self.steps)));
        }
        let inner = Patch { x: patch.x - around.x, y: patch.y - around.y, ..patch.clone() };
        let mut picture = picture.clone();
        blend(&mut picture, &patch, &pixels_of(&after, &inner));
        Ok(Edited { picture, altered: vec![patch], copied_from: vec![] })
    }
}
