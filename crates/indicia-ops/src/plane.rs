/// One channel of a picture in single precision, rows from the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` samples.
    pub samples: Vec<f32>,
}

impl Plane {
    /// A plane of zeros.
    pub fn zeros(width: usize, height: usize) -> Self {
        Self { width, height, samples: vec![0.0; width * height] }
    }

    /// A plane of 8-bit samples, 0 to 255.
    ///
    /// # Panics
    /// If there are not `width * height` samples.
    pub fn from_bytes(width: usize, height: usize, samples: &[u8]) -> Self {
        assert_eq!(samples.len(), width * height, "{} samples for {width}x{height}", samples.len());
        Self { width, height, samples: samples.iter().map(|&s| f32::from(s)).collect() }
    }

    /// One channel of interleaved 8-bit samples, `channels` a pixel.
    ///
    /// # Panics
    /// If there are not `width * height * channels` samples, or the channel is not below `channels`.
    pub fn from_channel(
        width: usize,
        height: usize,
        samples: &[u8],
        channels: usize,
        channel: usize,
    ) -> Self {
        assert!(channel < channels, "channel {channel} of {channels}");
        assert_eq!(
            samples.len(),
            width * height * channels,
            "{} samples for {width}x{height}",
            samples.len()
        );
        let samples = samples.chunks_exact(channels).map(|pixel| f32::from(pixel[channel])).collect();
        Self { width, height, samples }
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.samples[y * self.width..(y + 1) * self.width]
    }
}

/// Index into `0..len` of a position of a signal that is mirrored at both ends with its end samples repeated
/// (half-sample symmetry: `c b a | a b c | c b a`), however far outside. `len` is at least 1.
pub fn mirrored(position: isize, len: usize) -> usize {
    let at = position.rem_euclid(2 * len as isize) as usize;
    if at < len { at } else { 2 * len - 1 - at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_mirrored_with_its_ends_repeated() {
        let at: Vec<_> = (-4..7).map(|p| mirrored(p, 3)).collect();
        assert_eq!(at, [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
        assert!((-5..5).all(|p| mirrored(p, 1) == 0));
    }

    #[test]
    fn a_channel_is_every_so_many_samples() {
        let plane = Plane::from_channel(2, 2, &[1, 2, 3, 4, 5, 6, 7, 8], 2, 1);
        assert_eq!(plane.row(0), [2.0, 4.0]);
        assert_eq!(plane.row(1), [6.0, 8.0]);
    }
}
