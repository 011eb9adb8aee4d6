use indicia_core::{Evidence, Result, View};

use crate::Rgb8;

/// Luminance of the 8-bit RGB picture, ITU-R BT.601: `0.299 R + 0.587 G + 0.114 B`, rounded to the nearest
/// whole number.
#[derive(Debug, Clone)]
pub struct Luma8 {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` samples.
    pub samples: Vec<u8>,
}

impl View for Luma8 {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        let rgb = evidence.view::<Rgb8>(())?;
        Ok(Self { width: rgb.width, height: rgb.height, samples: luma_of_rgb(&rgb.samples) })
    }
}

/// Luma of interleaved 8-bit RGB samples, as in [`Luma8`].
pub fn luma_of_rgb(rgb: &[u8]) -> Vec<u8> {
    rgb.as_chunks::<3>().0.iter().map(|&[r, g, b]| luma(r, g, b)).collect()
}

/// BT.601 luma of one pixel, rounded half up. Weights in units of 1/1000 keep the sum exact.
pub(crate) fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) + 500) / 1000) as u8
}

#[cfg(test)]
mod tests {
    use super::luma;

    #[test]
    fn luma_rounds_the_weighted_sum() {
        assert_eq!(luma(255, 255, 255), 255);
        assert_eq!(luma(255, 0, 0), 76); // 76.245
        assert_eq!(luma(0, 255, 0), 150); // 149.685
        assert_eq!(luma(0, 0, 255), 29); // 29.07
        assert_eq!(luma(1, 2, 3), 2); // 1.815
    }
}
