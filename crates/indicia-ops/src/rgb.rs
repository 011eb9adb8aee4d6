use indicia_codec::Pixels;
use indicia_core::{Evidence, Result, View};

/// The picture as 8-bit RGB (see [`Pixels::to_rgb8`]), three bytes a pixel, rows from the top.
#[derive(Debug, Clone)]
pub struct Rgb8 {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height * 3` samples.
    pub samples: Vec<u8>,
}

impl View for Rgb8 {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        let pixels = evidence.view::<Pixels>(())?;
        Ok(Self { width: pixels.width, height: pixels.height, samples: pixels.to_rgb8() })
    }
}
