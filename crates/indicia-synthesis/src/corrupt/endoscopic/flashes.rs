//! Specular flashes: wet tissue that mirrors the lamp.

use indicia_core::Picture;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::field::clouds;
use super::light::{encode, exp, linear};
use super::own;
use crate::corrupt::medical::ops::gray;
use crate::corrupt::normal::normal;
use crate::corrupt::{Context, Corruption, Output, Parameter};

/// Flashes.
pub(in crate::corrupt) static SPECULAR_FLASHES: Corruption = own(
    "specular_flashes",
    "Specular flashes",
    "Adds clusters of irregular white highlights with a soft glow, mostly where the picture is bright, until they fill a share of it.",
    &[Parameter::new("share", "of the picture", 0.0, 0.5)],
    &[&[0.003], &[0.008], &[0.018], &[0.035], &[0.07]],
    |picture, values, context| Ok(Output::Picture(flashes(picture, values[0], context))),
);

/// Most flashes of a picture.
const MOST: usize = 4000;

/// An ellipse of light with a ragged outline.
struct Flash {
    x: f32,
    y: f32,
    /// Half axes, pixels.
    axes: [f32; 2],
    /// Direction of the first axis: cosine and sine.
    turn: [f32; 2],
    seed: u64,
}

fn flashes(mut picture: Picture, share: f64, context: &Context<'_>) -> Picture {
    let Picture { width, height, .. } = picture;
    let mut random = context.seed.whole();
    let mut missing = share * (width * height) as f64;
    let mut all = vec![];
    while missing > 0.0 && all.len() < MOST {
        let centre = bright_place(&picture, &mut random);
        for _ in 0..random.random_range(1..=6) {
            let flash = Flash::new(centre, width.min(height) as f32, &mut random);
            missing -= f64::from(std::f32::consts::PI * flash.axes[0] * flash.axes[1]);
            all.push(flash);
        }
    }
    picture.rgb.par_chunks_mut(width * 3).enumerate().for_each(|(y, row)| {
        let mut added = vec![0f32; width];
        for flash in all.iter().filter(|flash| (flash.y - y as f32).abs() <= flash.reach()) {
            let range = flash.x - flash.reach()..flash.x + flash.reach() + 1.0;
            for (x, added) in added
                .iter_mut()
                .enumerate()
                .take(range.end.max(0.0) as usize)
                .skip(range.start.max(0.0) as usize)
            {
                *added += flash.light(x as f32, y as f32);
            }
        }
        for (pixel, added) in row.chunks_exact_mut(3).zip(added).filter(|(_, added)| *added > 0.0) {
            pixel.iter_mut().for_each(|v| *v = encode(linear(*v) + added));
        }
    });
    picture
}

/// A place drawn by its brightness, as far as a few tries find one.
fn bright_place(picture: &Picture, random: &mut ChaCha8Rng) -> [f32; 2] {
    let mut best = ([0.0; 2], -1.0);
    for _ in 0..4 {
        let (x, y) = (random.random_range(0..picture.width), random.random_range(0..picture.height));
        let at = (y * picture.width + x) * 3;
        let bright = f32::from(gray([picture.rgb[at], picture.rgb[at + 1], picture.rgb[at + 2]]));
        let weight = bright * random.random_range(0.3..1.0);
        if weight > best.1 {
            best = ([x as f32, y as f32], weight);
        }
    }
    best.0
}

impl Flash {
    fn new(cluster: [f32; 2], side: f32, random: &mut ChaCha8Rng) -> Self {
        let [dx, dy] = [0, 1].map(|_| 0.03 * side * normal(random.random()));
        // Sizes vary by the normal law on a logarithmic scale, about 0.6 % of the shorter side.
        let long = (0.006 * side * exp(0.7 * normal(random.random()))).clamp(0.5, 0.04 * side.max(13.0));
        let short = (long * random.random_range(0.3..1.0)).max(0.4);
        let (c, s) = (random.random_range(-1.0..1.0f32), random.random_range(-1.0..1.0f32));
        let length = (c * c + s * s).sqrt().max(1e-3);
        Self {
            x: cluster[0] + dx,
            y: cluster[1] + dy,
            axes: [long, short],
            turn: [c / length, s / length],
            seed: random.random(),
        }
    }

    /// Distance beyond which there is no light.
    fn reach(&self) -> f32 {
        4.0 * self.axes[0] + 1.0
    }

    fn light(&self, x: f32, y: f32) -> f32 {
        let (dx, dy) = (x - self.x, y - self.y);
        let [c, s] = self.turn;
        let (u, v) = ((dx * c + dy * s) / self.axes[0], (dy * c - dx * s) / self.axes[1]);
        let q = u * u + v * v;
        let ragged = q * (1.0 + 0.6 * clouds(self.seed, u, v, 0.9, 3));
        let core = 1.6 * exp(-ragged * ragged);
        let far = (dx * dx + dy * dy) / (self.axes[0] * self.axes[0]);
        core + 0.06 * exp(-far / 3.0)
    }
}
