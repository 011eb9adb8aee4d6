use indicia_core::{Error, Result};

use super::{MAX_OBJECTS, Picture, Rect};

/// Highest coordinate and side, so that areas and their sums are finite.
pub(crate) const HIGHEST: f64 = 1e9;

impl Rect {
    /// Checks that sides are not negative and that all is finite.
    ///
    /// # Errors
    /// `Input` that names the number.
    pub fn check(&self) -> Result<()> {
        for (what, value, least) in [
            ("x", self.x, -HIGHEST),
            ("y", self.y, -HIGHEST),
            ("width", self.width, 0.0),
            ("height", self.height, 0.0),
        ] {
            if !(least..=HIGHEST).contains(&value) {
                return Err(Error::input(format!(
                    "expected {what} between {least} and {HIGHEST}, got {value}"
                )));
            }
        }
        Ok(())
    }
}

impl Picture {
    /// Checks boxes, scores and types.
    pub(super) fn check(&self, types: usize) -> Result<()> {
        for (what, count) in [("true", self.truth.len()), ("predicted", self.predicted.len())] {
            if count > MAX_OBJECTS {
                return Err(Error::limits(format!(
                    "expected at most {MAX_OBJECTS} {what} boxes, got {count}"
                )));
            }
        }
        let truth = self.truth.iter().map(|b| ("true", b.rect, b.kind, b.area));
        let predicted = self.predicted.iter().map(|b| ("predicted", b.rect, b.kind, b.score));
        for (what, rect, kind, number) in truth.chain(predicted) {
            rect.check().map_err(|e| Error::input(format!("{what} box: {e}")))?;
            if number.is_nan() {
                return Err(Error::input(format!(
                    "expected a number as score or area of a {what} box, got NaN"
                )));
            }
            if kind as usize >= types {
                return Err(Error::input(format!(
                    "expected a type below {types} of a {what} box, got {kind}"
                )));
            }
        }
        Ok(())
    }
}
