//! Linear light and back (IEC 61966-2-1, sRGB; endoscopic video is near enough to it).

use std::sync::LazyLock;

use indicia_core::Picture;

use crate::corrupt::medical::ops::each_pixel;

static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|v| {
        let v = v as f64 / 255.0;
        (if v <= 0.04045 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) }) as f32
    })
});

/// Levels of linear light by steps of 1/65,535.
static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..=u16::MAX)
        .map(|v| {
            let v = f64::from(v) / 65_535.0;
            let v = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * libm::pow(v, 1.0 / 2.4) - 0.055 };
            (v * 255.0).round() as u8
        })
        .collect()
});

/// Linear light of a sample, 0 to 1.
pub(super) fn linear(sample: u8) -> f32 {
    LINEAR[usize::from(sample)]
}

/// The sample of linear light, limited to 0 to 1.
pub(super) fn encode(light: f32) -> u8 {
    ENCODED[usize::from((light * 65_535.0 + 0.5) as u16)]
}

/// Changes the light of every pixel by its place (column, row).
pub(super) fn each_light(
    picture: Picture,
    change: impl Fn(usize, usize, [f32; 3]) -> [f32; 3] + Sync,
) -> Picture {
    each_pixel(picture, |x, y, rgb| change(x, y, rgb.map(linear)).map(encode))
}

/// 0 up to `low`, 1 from `high` on, a smooth step between.
pub(super) fn step(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The exponential function, the same on every machine.
pub(super) fn exp(value: f32) -> f32 {
    libm::expf(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_back() {
        assert!((0..=255).all(|v| encode(linear(v)) == v));
        assert!((linear(188) - 0.502_9).abs() < 1e-3);
        assert_eq!([-1.0, 2.0, f32::NAN].map(encode), [0, 255, 0]);
    }

    #[test]
    fn a_step_is_smooth() {
        assert_eq!([0.0, 1.0, 1.5, 2.0, 9.0].map(|v| step(1.0, 2.0, v)), [0.0, 0.0, 0.5, 1.0, 1.0]);
    }
}
