//! The picture that joins pairs.

use indicia_core::Picture;
use indicia_ops::Rgb8;
use indicia_ops::text::Area;

/// Longest side of the picture.
const LONGEST: usize = 1600;
/// Colour of frames and lines.
const COLOUR: [u8; 3] = [230, 30, 30];

/// The page, each n-th pixel of it so that its longer side has at most 1600, with a frame around both areas
/// of each pair and a line between their centres.
pub(super) fn joined(rgb: &Rgb8, pairs: &[(Area, Area)]) -> Picture {
    let step = rgb.width.max(rgb.height).div_ceil(LONGEST).max(1);
    let (width, height) = (rgb.width.div_ceil(step), rgb.height.div_ceil(step));
    let mut picture = Picture { width, height, rgb: Vec::with_capacity(3 * width * height) };
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let at = 3 * (y * step * rgb.width + x * step);
        picture.rgb.extend_from_slice(&rgb.samples[at..at + 3]);
    }
    for (a, b) in pairs {
        let corners = |area: &Area| {
            let margin = area.widened(2, rgb.width, rgb.height);
            [margin.left, margin.top, margin.right - 1, margin.bottom - 1].map(|v| v / step)
        };
        for [left, top, right, bottom] in [corners(a), corners(b)] {
            line(&mut picture, (left, top), (right, top));
            line(&mut picture, (left, bottom), (right, bottom));
            line(&mut picture, (left, top), (left, bottom));
            line(&mut picture, (right, top), (right, bottom));
        }
        let centre = |area: &Area| ((area.left + area.right) / 2 / step, (area.top + area.bottom) / 2 / step);
        line(&mut picture, centre(a), centre(b));
    }
    picture
}

/// A line of single pixels from one place to the other.
fn line(picture: &mut Picture, from: (usize, usize), to: (usize, usize)) {
    let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
    for i in 0..=steps {
        let between = |a: usize, b: usize| (a * (steps - i) + b * i + steps / 2) / steps;
        let (x, y) = (between(from.0, to.0), between(from.1, to.1));
        if x < picture.width && y < picture.height {
            let at = 3 * (y * picture.width + x);
            picture.rgb[at..at + 3].copy_from_slice(&COLOUR);
        }
    }
}
