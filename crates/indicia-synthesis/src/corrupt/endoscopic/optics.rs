//! Lamp, lens, instruments and camera: exposure, vignetting, shadows, interlacing.

use indicia_core::Picture;
use rand::RngExt;
use rayon::prelude::*;

use super::light::{each_light, encode, linear, step};
use super::own;
use super::veil::border_place;
use crate::corrupt::medical::ops::by_table;
use crate::corrupt::{Context, Corruption, Output, Parameter};

const STOPS: &[Parameter] = &[Parameter::new("stops", "factors of 2", 0.0, 16.0)];

/// Too much light.
pub(in crate::corrupt) static OVER_EXPOSURE: Corruption = own(
    "over_exposure",
    "Over-exposure",
    "Multiplies light by powers of two; what passes white is lost.",
    STOPS,
    &[&[0.5], &[1.0], &[1.5], &[2.0], &[3.0]],
    |picture, values, _| Ok(Output::Picture(exposed(picture, values[0]))),
);

/// Too little light.
pub(in crate::corrupt) static UNDER_EXPOSURE: Corruption = own(
    "under_exposure",
    "Under-exposure",
    "Divides light by powers of two; what falls below a level of the file is lost.",
    STOPS,
    &[&[0.7], &[1.4], &[2.1], &[3.0], &[4.0]],
    |picture, values, _| Ok(Output::Picture(exposed(picture, -values[0]))),
);

fn exposed(picture: Picture, stops: f64) -> Picture {
    let factor = libm::exp2(stops) as f32;
    by_table(picture, &std::array::from_fn(|v| encode(linear(v as u8) * factor)))
}

/// Dark corners.
pub(in crate::corrupt) static VIGNETTING: Corruption = own(
    "vignetting",
    "Vignetting",
    "Takes light away from the middle outwards, up to a share of it in the corners, by the square of one over 1 plus the squared distance.",
    &[Parameter::new("loss", "of the light in the corners", 0.0, 0.999)],
    &[&[0.4], &[0.6], &[0.8], &[0.9], &[0.97]],
    |picture, values, _| {
        let [cx, cy] = [picture.width, picture.height].map(|n| (n - 1) as f32 / 2.0);
        let corner = (cx * cx + cy * cy).max(0.25);
        let fall = 1.0 / (1.0 - values[0] as f32).sqrt() - 1.0;
        Ok(Output::Picture(each_light(picture, |x, y, light| {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let gain = 1.0 / (1.0 + fall * (dx * dx + dy * dy) / corner);
            light.map(|v| v * gain * gain)
        })))
    },
);

/// A shadow.
pub(in crate::corrupt) static INSTRUMENT_SHADOW: Corruption = own(
    "instrument_shadow",
    "Shadow of an instrument",
    "Darkens a bar with a soft edge and a round tip that reaches from the border past the middle.",
    &[
        Parameter::new("width", "of the shorter side", 0.0, 2.0),
        Parameter::new("loss", "of the light", 0.0, 1.0),
    ],
    &[&[0.10, 0.5], &[0.15, 0.65], &[0.20, 0.75], &[0.27, 0.85], &[0.36, 0.93]],
    |picture, values, context| {
        let mut random = context.seed.whole();
        let side = picture.width.min(picture.height) as f32;
        let from = border_place(&picture, random.random_range(0.0..1.0));
        let mut middle = |n: usize| n as f32 / side / 2.0 + random.random_range(-0.15..0.15f32);
        let to = [middle(picture.width), middle(picture.height)];
        let (half, loss) = (values[0] as f32 / 2.0, values[1] as f32);
        Ok(Output::Picture(each_light(picture, |x, y, light| {
            let place = [x as f32 / side, y as f32 / side];
            let (away, along) = from_line(place, from, to);
            // The shaft narrows to the tip, and the farther it is from the tissue, the softer is its edge.
            let half = half * (1.0 - 0.25 * along);
            let soft = 0.012 + 0.35 * half * (1.0 - 0.5 * along);
            let lit = 1.0 - loss * (1.0 - step(half - soft, half + soft, away));
            light.map(|v| v * lit)
        })))
    },
);

/// Distance of a place from a line between two others, and the share of the line before the nearest point.
fn from_line([x, y]: [f32; 2], [ax, ay]: [f32; 2], [bx, by]: [f32; 2]) -> (f32, f32) {
    let (dx, dy) = (bx - ax, by - ay);
    let along = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy).max(1e-12)).clamp(0.0, 1.0);
    let (dx, dy) = (x - ax - along * dx, y - ay - along * dy);
    ((dx * dx + dy * dy).sqrt(), along)
}

/// Two fields of different moments.
pub(in crate::corrupt) static INTERLACING: Corruption = own(
    "interlacing",
    "Interlacing",
    "Shifts every second row sideways, as two fields of a moving view do that are shown as one frame.",
    &[Parameter::new("shift", "of the width", 0.0, 0.5)],
    &[&[0.004], &[0.008], &[0.015], &[0.025], &[0.04]],
    |picture, values, context| Ok(Output::Picture(interlaced(picture, values[0], context))),
);

fn interlaced(mut picture: Picture, shift: f64, context: &Context<'_>) -> Picture {
    let width = picture.width;
    let way = if context.seed.whole().random::<bool>() { 1.0 } else { -1.0 };
    let shift = (way * shift * width as f64) as f32;
    picture.rgb.par_chunks_mut(width * 3).skip(1).step_by(2).for_each(|row| {
        let old = row.to_vec();
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let place = (x as f32 + shift).clamp(0.0, (width - 1) as f32);
            let left = place as usize;
            let (right, part) = ((left + 1).min(width - 1), place - left as f32);
            for (c, value) in pixel.iter_mut().enumerate() {
                let [a, b] = [old[left * 3 + c], old[right * 3 + c]].map(f32::from);
                *value = (a + part * (b - a)).round() as u8;
            }
        }
    });
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_doubles_light() {
        let one = |v: u8, stops: f64| exposed(Picture { width: 1, height: 1, rgb: vec![v; 3] }, stops).rgb[0];
        // sRGB 188 is half of white; 137 a quarter.
        assert_eq!(
            [(137, 1.0), (188, 1.0), (188, -1.0), (0, 3.0)].map(|(v, s)| one(v, s)),
            [188, 255, 137, 0]
        );
    }

    #[test]
    fn distances_from_a_line() {
        assert_eq!(from_line([1.0, 3.0], [0.0, 0.0], [4.0, 0.0]), (3.0, 0.25));
        assert_eq!(from_line([7.0, 4.0], [0.0, 0.0], [4.0, 0.0]), (5.0, 1.0));
        assert_eq!(from_line([3.0, 4.0], [0.0, 0.0], [0.0, 0.0]), (5.0, 0.0));
    }
}
