//! The colour scales of maps.
//!
//! Both are perceptually uniform and read in the same order by people with the common forms of colour
//! blindness: *inferno* for maps whose high end is suspicious, *viridis* for maps that are looked at for
//! contrast (S. van der Walt and N. Smith, matplotlib 2015, given to the public domain under CC0). They are
//! computed from every eighth published value by linear interpolation in sRGB, which stays within 2 of 255
//! of the published tables and keeps all 256 colours distinct, so that a page can read a value back from a
//! colour.

use std::fmt::Write as _;
use std::sync::LazyLock;

use indicia_core::Direction;

/// 256 colours, RGB.
pub type Palette = [[u8; 3]; 256];

/// Published values 0, 8, ..., 248 and 255.
type ControlPoints = [u32; 33];

const INFERNO: ControlPoints = [
    0x000004, 0x040312, 0x0b0724, 0x150b37, 0x210c4a, 0x2f0a5b, 0x3d0965, 0x4a0c6b, 0x57106e, 0x64156e,
    0x71196e, 0x7d1e6d, 0x8a226a, 0x972766, 0xa32c61, 0xb0315b, 0xbc3754, 0xc73e4c, 0xd24644, 0xdb503b,
    0xe45a31, 0xeb6628, 0xf1731d, 0xf68013, 0xf98e09, 0xfb9d07, 0xfcac11, 0xfbbc21, 0xf9cb35, 0xf5db4c,
    0xf2ea69, 0xf3f68a, 0xfcffa4,
];

const VIRIDIS: ControlPoints = [
    0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453781, 0x424086, 0x3e4989, 0x3b528b, 0x375b8d,
    0x33638d, 0x2f6b8e, 0x2c728e, 0x297a8e, 0x26828e, 0x23898e, 0x21918c, 0x1f988b, 0x1fa088, 0x22a785,
    0x28ae80, 0x32b67a, 0x3fbc73, 0x4ec36b, 0x5ec962, 0x70cf57, 0x84d44b, 0x98d83e, 0xaddc30, 0xc2df23,
    0xd8e219, 0xece51b, 0xfde725,
];

/// A colour scale with its name, which the page's style sheet and script know it by.
#[derive(Debug)]
pub struct Scale {
    /// `inferno` or `viridis`.
    pub name: &'static str,
    /// Colour of each of the 256 levels.
    pub palette: Palette,
}

static SCALES: LazyLock<[Scale; 2]> = LazyLock::new(|| {
    [
        Scale { name: "inferno", palette: interpolate(&INFERNO) },
        Scale { name: "viridis", palette: interpolate(&VIRIDIS) },
    ]
});

/// The scale for a map of this direction.
pub fn scale(direction: Direction) -> &'static Scale {
    match direction {
        Direction::HigherIsSuspicious => &SCALES[0],
        Direction::Contrast => &SCALES[1],
    }
}

/// Every scale.
pub fn scales() -> &'static [Scale] {
    &*SCALES
}

impl Scale {
    /// The palette as 1,536 hex digits, for the script that reads values back.
    pub fn hex(&self) -> String {
        self.palette.iter().fold(String::with_capacity(1536), |mut out, [r, g, b]| {
            let _ = write!(out, "{r:02x}{g:02x}{b:02x}");
            out
        })
    }

    /// A CSS gradient from the lower to the upper end.
    pub fn gradient(&self) -> String {
        let mut out = "linear-gradient(to right".to_owned();
        for level in (0..=255).step_by(15) {
            let [r, g, b] = self.palette[level];
            let _ = write!(out, ",#{r:02x}{g:02x}{b:02x}");
        }
        out.push(')');
        out
    }
}

fn interpolate(points: &ControlPoints) -> Palette {
    std::array::from_fn(|level| {
        let left = (level / 8).min(31);
        let (start, end) = (left * 8, if left == 31 { 255 } else { left * 8 + 8 });
        let part = (level - start) as f32 / (end - start) as f32;
        std::array::from_fn(|channel| {
            let of = |point: u32| f32::from(point.to_be_bytes()[channel + 1]);
            (of(points[left]) * (1.0 - part) + of(points[left + 1]) * part).round() as u8
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn near(got: [u8; 3], expected: [u8; 3]) {
        let worst = got.iter().zip(&expected).map(|(g, e)| g.abs_diff(*e)).max().unwrap();
        assert!(worst <= 2, "{got:?}, expected {expected:?}");
    }

    #[test]
    fn ends_are_the_published_ones_and_values_between_control_points_are_close() {
        let inferno = &scale(Direction::HigherIsSuspicious).palette;
        assert_eq!((inferno[0], inferno[255]), ([0, 0, 4], [252, 255, 164]));
        assert_eq!(inferno[128], [188, 55, 84]);
        // Published values that are no control points.
        near(inferno[100], [144, 37, 104]);
        near(inferno[133], [195, 59, 79]);
        near(inferno[254], [250, 253, 161]);
        let viridis = &scale(Direction::Contrast).palette;
        assert_eq!((viridis[0], viridis[255]), ([68, 1, 84], [253, 231, 37]));
        near(viridis[100], [42, 118, 142]);
        near(viridis[133], [31, 149, 139]);
        near(viridis[254], [251, 231, 35]);
    }

    #[test]
    fn colours_are_distinct_and_grow_lighter() {
        for scale in scales() {
            assert_eq!(scale.palette.iter().collect::<HashSet<_>>().len(), 256, "{}", scale.name);
            // Relative luminance by the weights of BT.709 on linear light, gamma 2.2 being close enough here.
            let light = |[r, g, b]: [u8; 3]| {
                let linear = |v: u8| (f32::from(v) / 255.0).powf(2.2);
                0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
            };
            let lights: Vec<_> = scale.palette.iter().map(|c| light(*c)).collect();
            assert!(lights.windows(9).all(|w| w[8] > w[0]), "{}", scale.name);
            assert_eq!(scale.hex().len(), 1536);
        }
    }
}
