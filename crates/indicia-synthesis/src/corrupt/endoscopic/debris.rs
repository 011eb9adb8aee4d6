//! Debris: stool, mucus and bits of tissue or food that float before the lens.

use indicia_core::Picture;
use rand::RngExt;

use super::field::{Field, clouds};
use super::light::{each_light, step};
use super::own;
use crate::corrupt::{Context, Corruption, Output, Parameter};

/// Debris.
pub(in crate::corrupt) static DEBRIS: Corruption = own(
    "debris",
    "Debris in the view",
    "Covers a share of the picture with ragged brown and yellow pieces, lit from the lens and translucent at their edges.",
    &[Parameter::new("share", "of the picture", 0.0, 0.9)],
    &[&[0.015], &[0.04], &[0.08], &[0.15], &[0.25]],
    |picture, values, context| Ok(Output::Picture(debris(picture, values[0], context))),
);

/// Two colours between which pieces lie, in linear light.
const YELLOW: [f32; 3] = [0.47, 0.30, 0.075];
const BROWN: [f32; 3] = [0.15, 0.075, 0.022];

fn debris(picture: Picture, share: f64, context: &Context<'_>) -> Picture {
    let seed: u64 = context.seed.whole().random();
    let height = |x: f32, y: f32| {
        let [dx, dy] = [1, 2].map(|i| 0.12 * clouds(seed ^ (i << 32), x, y, 4.0, 3));
        clouds(seed, x + dx, y + dy, 3.2, 6)
    };
    let heights = Field::new(&picture, height);
    let shades = Field::new(&picture, |x, y| {
        // Slopes of the surface towards the upper left are lit, others lie in shade; grains make it rough.
        let near = 0.012;
        let slope = (height(x + near, y + near) - height(x - near, y - near)) / near;
        0.62 + 0.05 * slope + 0.22 * clouds(seed ^ (3 << 32), x, y, 22.0, 3)
    });
    let colours = Field::new(&picture, |x, y| step(-0.5, 0.5, clouds(seed ^ (4 << 32), x, y, 2.6, 4)));
    let threshold = heights.above(share);
    each_light(picture, |x, y, light| {
        let above = heights.at(x, y) - threshold;
        let cover = 0.96 * step(0.0, 0.10, above);
        if cover == 0.0 {
            return light;
        }
        let (mix, shade) = (colours.at(x, y), shades.at(x, y).clamp(0.12, 1.4));
        std::array::from_fn(|c| {
            let piece = (BROWN[c] + mix * (YELLOW[c] - BROWN[c])) * shade;
            light[c] + cover * (piece - light[c])
        })
    })
}
