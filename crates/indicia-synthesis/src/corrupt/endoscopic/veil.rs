//! What veils the view: smoke of cautery, and water condensed on the lens.

use indicia_core::{Picture, Result};
use rand::RngExt;
use rayon::prelude::*;

use super::field::{Field, clouds};
use super::light::{each_light, encode, exp, linear, step};
use super::own;
use crate::corrupt::blur::gaussian_blur;
use crate::corrupt::{Context, Corruption, Output, Parameter};
use crate::resample::{Filter, resize};

/// Smoke.
pub(in crate::corrupt) static SMOKE: Corruption = own(
    "smoke",
    "Surgical smoke",
    "Lays billows of smoke over the picture, thickest about a place at the border: light of the scene is lost by the law of Beer and Lambert, light of the lamp is scattered into the view.",
    &[Parameter::new("depth", "optical depth", 0.0, 20.0)],
    &[&[0.2], &[0.4], &[0.7], &[1.1], &[1.8]],
    |picture, values, context| Ok(Output::Picture(smoke(picture, values[0] as f32, context))),
);

/// Light that dense smoke sends back: whitish, a little blue.
const SMOKE_LIGHT: [f32; 3] = [0.50, 0.52, 0.55];

fn smoke(picture: Picture, depth: f32, context: &Context<'_>) -> Picture {
    let mut random = context.seed.whole();
    let seed: u64 = random.random();
    let source = border_place(&picture, random.random_range(0.0..1.0));
    let drift = [random.random_range(-1.0..1.0f32), random.random_range(-1.0..1.0f32)];
    let field = Field::new(&picture, |x, y| {
        // Billows: the place where a cloud is looked up is itself moved by clouds.
        let [dx, dy] = [1, 2].map(|i| 0.28 * clouds(seed ^ (i << 32), x, y, 1.6, 3));
        let billow =
            step(-0.55, 0.65, clouds(seed, x + dx + 0.2 * drift[0], y + dy + 0.2 * drift[1], 2.2, 5));
        let (x, y) = (x - source[0], y - source[1]);
        let near = exp(-(x * x + y * y) / 0.8);
        (0.35 + 1.2 * billow) * (0.45 + 1.1 * near)
    });
    each_light(picture, |x, y, light| {
        let through = exp(-depth * field.at(x, y));
        std::array::from_fn(|c| light[c] * through + SMOKE_LIGHT[c] * (1.0 - through))
    })
}

/// A place on the border, in lengths of the shorter side, for a share of the way around.
pub(super) fn border_place(picture: &Picture, share: f32) -> [f32; 2] {
    let side = picture.width.min(picture.height).max(1) as f32;
    let (w, h) = (picture.width as f32 / side, picture.height as f32 / side);
    let along = share * 2.0 * (w + h);
    if along < w {
        [along, 0.0]
    } else if along < w + h {
        [w, along - w]
    } else if along < 2.0 * w + h {
        [along - w - h, h]
    } else {
        [0.0, along - 2.0 * w - h]
    }
}

/// Condensation.
pub(in crate::corrupt) static LENS_FOGGING: Corruption = own(
    "lens_fogging",
    "Fogged lens",
    "Blurs and veils the picture from the rim inwards, as water does that condenses on a cold lens.",
    &[Parameter::new("amount", "1", 0.0, 1.0)],
    &[&[0.25], &[0.45], &[0.6], &[0.8], &[1.0]],
    |picture, values, context| fogged(picture, values[0] as f32, context).map(Output::Picture),
);

fn fogged(picture: Picture, amount: f32, context: &Context<'_>) -> Result<Picture> {
    let Picture { width, height, .. } = picture;
    let seed: u64 = context.seed.whole().random();
    let side = width.min(height) as f64;
    let deviation = side * (0.01 + 0.03 * f64::from(amount));
    // A wide blur is done on a smaller picture.
    let shrink = ((deviation / 4.0) as usize).max(1);
    let small = [width, height].map(|n| n.div_ceil(shrink));
    let small = resize(&picture, small[0], small[1], Filter::Box, context.limits)?;
    let small = gaussian_blur(&small, deviation / shrink as f64);
    let blurred = resize(&small, width, height, Filter::Bilinear, context.limits)?;
    // The veil has the picture's mean light, paled.
    let sums = picture.rgb.par_chunks(3 << 14).map(|part| {
        part.chunks_exact(3)
            .fold([0.0f64; 3], |sum, p| std::array::from_fn(|c| sum[c] + f64::from(linear(p[c]))))
    });
    // In order, so that sums do not depend on threads.
    let sums =
        sums.collect::<Vec<_>>().into_iter().fold([0.0; 3], |a, b| std::array::from_fn(|c| a[c] + b[c]));
    let veil = sums.map(|sum| 0.6 * (sum / (width * height) as f64) as f32 + 0.22);
    let middle = [width, height].map(|n| n as f32 / side as f32 / 2.0);
    let corner = (middle[0] * middle[0] + middle[1] * middle[1]).sqrt();
    let clear = 1.15 - 1.05 * amount;
    let field = Field::new(&picture, |x, y| {
        let (dx, dy) = (x - middle[0], y - middle[1]);
        let out = (dx * dx + dy * dy).sqrt() / corner;
        step(clear - 0.4, clear + 0.3, out + 0.22 * clouds(seed, x, y, 2.5, 4))
    });
    let mut rgb = picture.rgb;
    rgb.par_chunks_mut(width * 3).zip(blurred.rgb.par_chunks(width * 3)).enumerate().for_each(
        |(y, (row, blurred))| {
            for (x, (pixel, blurred)) in row.chunks_exact_mut(3).zip(blurred.chunks_exact(3)).enumerate() {
                let wet = field.at(x, y);
                let pale = wet * (0.15 + 0.45 * amount);
                for (c, value) in pixel.iter_mut().enumerate() {
                    let sharp = linear(*value);
                    let light = sharp + wet * (linear(blurred[c]) - sharp);
                    *value = encode(light + pale * (veil[c] - light));
                }
            }
        },
    );
    Ok(Picture { width, height, rgb })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_walked_around() {
        let picture = Picture { width: 20, height: 10, rgb: vec![] };
        let place = |share| border_place(&picture, share);
        assert_eq!([0.0, 0.25, 0.5, 0.75].map(place), [[0.0, 0.0], [1.5, 0.0], [0.0, 1.0], [1.5, 1.0]]);
    }
}
