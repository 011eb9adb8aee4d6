//! What lies on slides: deposits of stain and air bubbles.

use indicia_core::Geometry::Same;
use indicia_core::Picture;
use rand::{Rng, RngExt};

use super::{entry, scale};
use crate::corrupt::{Corruption, Output, Parameter};

/// Black blots.
pub(in crate::corrupt) static STAIN_DEPOSIT: Corruption = Corruption {
    agreement: "covered area within 4.2 % of the mean over 400 draws against 1,000; the outlines of the blots are our own",
    ..entry(
        "stain_deposit",
        "Stain deposits",
        "Puts black blots on the picture, one up to a number of them, each of a square of a side.",
        Same,
        &[
            Parameter::new("most", "blots", 1.0, 1000.0).whole(),
            Parameter::new("side", "pixels of 224", 1.0, 224.0).or(24.0),
        ],
        &[&[1.0, 24.0], &[2.0, 24.0], &[3.0, 24.0], &[4.0, 24.0], &[5.0, 32.0]],
        |picture, values, context| {
            let mut random = context.seed.whole();
            let count = random.random_range(1..=values[0] as u32);
            Ok(Output::Picture(deposits(picture, count, values[1], &mut random)))
        },
    )
};

/// White discs.
pub(in crate::corrupt) static BUBBLE: Corruption = Corruption {
    agreement: "for given discs equal but for 0.6 % of pixels, on their outlines (mean 0.24 levels); covered area within 2.6 % of the mean over 400 draws",
    ..entry(
        "bubble",
        "Air bubbles on a slide",
        "Veils discs of the picture with white, 7 up to a number of them, each with a rim of 2 pixels.",
        Same,
        &[
            Parameter::new("radius", "pixels of 224, at most", 3.0, 112.0).whole(),
            Parameter::new("most", "bubbles", 7.0, 1000.0).whole(),
        ],
        &[&[7.0, 15.0], &[10.0, 15.0], &[12.0, 15.0], &[15.0, 20.0], &[17.0, 25.0]],
        |mut picture, values, context| {
            let mut random = context.seed.whole();
            let scale = scale(&picture);
            let count = random.random_range(7..=values[1] as u32);
            let discs: Vec<_> = (0..count)
                .map(|_| {
                    let radius =
                        (f64::from(random.random_range(3..=values[0] as u32)) * scale).round() as i64;
                    let mut place = |side: usize| within(&mut random, radius, side as i64 - radius);
                    Disc { x: place(picture.width), y: place(picture.height), radius }
                })
                .collect();
            veil(&mut picture, &discs, (2.0 * scale).round().max(1.0) as i64);
            Ok(Output::Picture(picture))
        },
    )
};

/// A whole number from `low` to `high`, or the middle of the two where there is none.
fn within(random: &mut impl Rng, low: i64, high: i64) -> i64 {
    if low <= high { random.random_range(low..=high) } else { (low + high) / 2 }
}

fn deposits(mut picture: Picture, count: u32, side: f64, random: &mut impl Rng) -> Picture {
    let scale = scale(&picture);
    let (of_224, side) = (side, side * scale);
    let margin = (10.0 * scale) as i64;
    for _ in 0..count {
        let mut corner = |n: usize| within(random, margin, n as i64 - side as i64 - margin) as f64;
        let centre = [corner(picture.width) + side / 2.0, corner(picture.height) + side / 2.0];
        let blot = Blot::new(of_224, scale, random);
        for y in rows(centre[1] - side / 2.0, side, picture.height) {
            for x in rows(centre[0] - side / 2.0, side, picture.width) {
                if blot.covers(x as f64 + 0.5 - centre[0], y as f64 + 0.5 - centre[1]) {
                    picture.rgb[(y * picture.width + x) * 3..][..3].fill(0);
                }
            }
        }
    }
    picture
}

/// The places of a stretch that lie in a side of `n`.
fn rows(first: f64, length: f64, n: usize) -> std::ops::Range<usize> {
    let end = ((first + length).ceil().max(0.0) as usize).min(n);
    (first.floor().max(0.0) as usize).min(end)..end
}

/// Terms of a blot's outline.
const LOBES: usize = 8;

/// A blot: a circle whose radius swings with the direction, ragged as dried stain is.
struct Blot {
    radius: f64,
    half: f64,
    /// Cosine and sine of each term, as shares of the radius.
    lobes: [[f64; 2]; LOBES],
}

impl Blot {
    /// With the mean area and its spread that the library's blots have: 62 % of a square of 24 pixels, 54 %
    /// of one of 32. `side` is that of the square in pixels of 224, `scale` the picture's pixels for one.
    fn new(side: f64, scale: f64, random: &mut impl Rng) -> Self {
        let lobes = std::array::from_fn(|k| {
            let size = 0.11 / ((k + 2) as f64).sqrt();
            [size * random.random_range(-1.0..1.0), size * random.random_range(-1.0..1.0)]
        });
        // Larger ones fill less of their square.
        let share = (0.625 - 0.0104 * (side - 24.0)).clamp(0.5, 0.7) + random.random_range(-0.17..0.17);
        Self {
            radius: scale * side * f64::sqrt(share / std::f64::consts::PI),
            half: scale * side / 2.0,
            lobes,
        }
    }

    fn covers(&self, x: f64, y: f64) -> bool {
        if x.abs() > self.half || y.abs() > self.half {
            return false;
        }
        let distance = f64::sqrt(x * x + y * y);
        if distance == 0.0 {
            return true;
        }
        // Powers of the direction, as a complex number, are its multiples.
        let (c, s) = (x / distance, y / distance);
        let (mut re, mut im) = (c, s);
        let mut swing = 1.0;
        for [cosine, sine] in self.lobes {
            (re, im) = (re * c - im * s, re * s + im * c);
            swing += cosine * re + sine * im;
        }
        distance <= self.radius * swing
    }
}

/// A disc of whole pixels.
#[derive(Clone, Copy)]
struct Disc {
    x: i64,
    y: i64,
    radius: i64,
}

/// Opacity of white inside a bubble, and of its rim, as shares of 255.
const INSIDE: u8 = 100;
const RIM: u8 = 130;

/// Lays white over the picture. A later disc replaces what an earlier one put there, as in the library.
fn veil(picture: &mut Picture, discs: &[Disc], border: i64) {
    let Picture { width, height, ref mut rgb } = *picture;
    let mut opacity = vec![0u8; width * height];
    for disc in discs {
        for (radius, value) in [(disc.radius + border, RIM), (disc.radius, INSIDE)] {
            let range = |centre: i64, n: usize| {
                (centre - radius).clamp(0, n as i64) as usize
                    ..(centre + radius + 1).clamp(0, n as i64) as usize
            };
            for y in range(disc.y, height) {
                for x in range(disc.x, width) {
                    let (dx, dy) = (x as i64 - disc.x, y as i64 - disc.y);
                    // Nearest to Pillow's ellipses: a radius of 0.4 pixels more.
                    if 5 * (dx * dx + dy * dy) <= 5 * radius * radius + 4 * radius {
                        opacity[y * width + x] = value;
                    }
                }
            }
        }
    }
    for (pixel, opacity) in rgb.chunks_exact_mut(3).zip(opacity) {
        for sample in pixel {
            // Pillow's paste: division by 255 with rounding.
            let sum = u32::from(*sample) * u32::from(255 - opacity) + 255 * u32::from(opacity) + 128;
            *sample = (((sum >> 8) + sum) >> 8) as u8;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Discs at given places, for the comparison with Pillow.
    pub(in crate::corrupt::medical) fn veiled(mut picture: Picture, discs: &[[i64; 3]]) -> Picture {
        let discs: Vec<_> =
            discs.iter().map(|[x, y, radius]| Disc { x: *x, y: *y, radius: *radius }).collect();
        veil(&mut picture, &discs, 2);
        picture
    }

    #[test]
    fn a_rim_is_whiter_than_the_inside() {
        let black = Picture { width: 9, height: 9, rgb: vec![0; 243] };
        let veiled = veiled(black, &[[4, 4, 1]]);
        // The middle row: a disc of 3 pixels in one of 7.
        let row: Vec<u8> = veiled.rgb[4 * 27..5 * 27].iter().step_by(3).copied().collect();
        assert_eq!(row, [0, 130, 130, 100, 100, 100, 130, 130, 0]);
    }
}
