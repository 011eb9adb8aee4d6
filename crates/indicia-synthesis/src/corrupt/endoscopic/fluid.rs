//! Fluids before the lens: blood, and bubbles of air in rinsing water.

use indicia_core::Picture;
use rand::RngExt;
use rayon::prelude::*;

use super::field::{Field, clouds};
use super::light::{each_light, encode, exp, linear, step};
use super::own;
use crate::corrupt::{Context, Corruption, Output, Parameter};

/// Blood.
pub(in crate::corrupt) static BLOOD_TINT: Corruption = own(
    "blood_tint",
    "Blood in the view",
    "Lays an uneven film of blood over the picture, which absorbs green and blue as haemoglobin does and scatters a dark red.",
    &[Parameter::new("depth", "optical depth in green", 0.0, 20.0)],
    &[&[0.25], &[0.5], &[0.9], &[1.5], &[2.5]],
    |picture, values, context| {
        let seed: u64 = context.seed.whole().random();
        let field = Field::new(&picture, |x, y| {
            let [dx, dy] = [1, 2].map(|i| 0.5 * clouds(seed ^ (i << 32), x, y, 1.2, 3));
            0.35 + 1.5 * step(-0.1, 0.3, clouds(seed, x + dx, y + dy, 1.6, 4))
        });
        let depth = values[0] as f32;
        Ok(Output::Picture(each_light(picture, |x, y, light| {
            let film = depth * field.at(x, y);
            let scattered = 1.0 - exp(-0.5 * film);
            std::array::from_fn(|c| light[c] * exp(-film * ABSORBED[c]) + scattered * SCATTERED[c])
        })))
    },
);

/// Absorption of oxygenated blood in the bands of a camera's red, green and blue, by that in green.
const ABSORBED: [f32; 3] = [0.12, 1.0, 0.9];
/// Light that a thick film sends back.
const SCATTERED: [f32; 3] = [0.16, 0.006, 0.008];

/// Bubbles.
pub(in crate::corrupt) static BUBBLES: Corruption = own(
    "bubbles",
    "Air bubbles before the lens",
    "Puts bubbles of air on the lens until they fill a share of the picture: each shows a wider view of what lies behind it, darkens towards its rim, and mirrors the lamp.",
    &[Parameter::new("share", "of the picture", 0.0, 0.5)],
    &[&[0.03], &[0.07], &[0.12], &[0.20], &[0.30]],
    |picture, values, context| Ok(Output::Picture(bubbles(picture, values[0], context))),
);

/// Most tries to find a free place.
const MOST_TRIES: usize = 6000;

#[derive(Clone, Copy)]
struct Bubble {
    x: f32,
    y: f32,
    radius: f32,
}

/// Bubbles that do not overlap, until they fill a share of a picture.
fn free_places(width: usize, height: usize, share: f64, context: &Context<'_>) -> Vec<Bubble> {
    let mut random = context.seed.whole();
    let side = width.min(height) as f32;
    let mut missing = share * (width * height) as f64;
    let mut all: Vec<Bubble> = vec![];
    for _ in 0..MOST_TRIES {
        if missing <= 0.0 {
            break;
        }
        // Many are small.
        let size: f32 = random.random_range(0.0..1.0);
        let radius = (side * (0.012 + 0.10 * size * size * size)).max(0.6);
        let x = random.random_range(0.0..width as f32);
        let y = random.random_range(0.0..height as f32);
        let free = all.iter().all(|b| {
            let (dx, dy, reach) = (b.x - x, b.y - y, 0.97 * (b.radius + radius));
            dx * dx + dy * dy >= reach * reach
        });
        if free {
            missing -= f64::from(std::f32::consts::PI * radius * radius);
            all.push(Bubble { x, y, radius });
        }
    }
    all
}

fn bubbles(picture: Picture, share: f64, context: &Context<'_>) -> Picture {
    let Picture { width, height, ref rgb } = picture;
    let all = free_places(width, height, share, context);
    let light_at = |x: f32, y: f32| -> [f32; 3] {
        let (x, y) = (x.clamp(0.0, (width - 1) as f32), y.clamp(0.0, (height - 1) as f32));
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let (fx, fy) = (x - left as f32, y - top as f32);
        std::array::from_fn(|c| {
            let at = |x: usize, y: usize| linear(rgb[(y * width + x) * 3 + c]);
            let mix = |y: usize| at(left, y) + fx * (at(right, y) - at(left, y));
            mix(top) + fy * (mix(bottom) - mix(top))
        })
    };
    let mut out = rgb.clone();
    out.par_chunks_mut(width * 3).enumerate().for_each(|(y, row)| {
        for bubble in all.iter().filter(|b| (b.y - y as f32).abs() <= b.radius + 1.0) {
            let first = (bubble.x - bubble.radius - 1.0).max(0.0) as usize;
            let end = ((bubble.x + bubble.radius + 2.0).max(0.0) as usize).min(width);
            for x in first..end {
                let (dx, dy) = (x as f32 - bubble.x, y as f32 - bubble.y);
                let distance = (dx * dx + dy * dy).sqrt();
                let cover = (bubble.radius - distance + 0.5).clamp(0.0, 1.0);
                if cover == 0.0 {
                    continue;
                }
                let (u, v) = (dx / bubble.radius, dy / bubble.radius);
                let inside = look(u, v, light_at(bubble.x + dx * wider(u, v), bubble.y + dy * wider(u, v)));
                for (value, inside) in row[x * 3..x * 3 + 3].iter_mut().zip(inside) {
                    let old = linear(*value);
                    *value = encode(old + cover * (inside - old));
                }
            }
        }
    });
    Picture { rgb: out, ..picture }
}

/// How much farther from the middle the view through a bubble lies: it is a lens that spreads light.
fn wider(u: f32, v: f32) -> f32 {
    1.15 + 0.9 * (u * u + v * v)
}

/// The light of a place in a bubble (in radii from its middle) before a view.
fn look(u: f32, v: f32, view: [f32; 3]) -> [f32; 3] {
    let out = (u * u + v * v).sqrt();
    // Light that meets the rim is reflected away from the lens, all of it from the critical angle on.
    let dark = 0.72 * step(0.60, 0.88, out) * (1.0 - 0.75 * step(0.90, 0.99, out));
    // A crescent towards the lamp, a spot, and the spot's image on the far wall.
    let towards = (-0.6 * u - 0.8 * v) / out.max(0.1);
    let crescent = 0.40 * step(0.86, 0.95, out) * (1.0 - step(0.96, 1.0, out)) * step(0.2, 0.95, towards);
    let spot = |x: f32, y: f32, size: f32| exp(-((u - x) * (u - x) + (v - y) * (v - y)) / (size * size));
    let lamp = 1.3 * step(0.25, 0.6, spot(-0.33, -0.42, 0.17)) + 0.22 * spot(0.36, 0.45, 0.17);
    let veil = 0.035 * (1.0 - 0.5 * out);
    view.map(|light| light * (1.0 - dark) + crescent + lamp + veil)
}
