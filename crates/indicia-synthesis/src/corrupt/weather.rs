//! Weather, where it can be made without borrowed photographs. Frost and spatter of the same source cannot.

use indicia_core::{Geometry, Picture, Result};
use rand::RngExt;
use rayon::prelude::*;

use super::blur::{Zoomed, along, path, sample};
use super::normal::normal;
use super::random::between;
use super::{Context, Corruption, Output, Parameter, Suite};

/// See its text.
pub(super) static FOG: Corruption = Corruption {
    id: "fog",
    title: "Fog",
    text: "Adds a cloudy field made by the diamond-square algorithm and scales the picture back into its range.",
    suite: Suite::Common,
    source: "fog of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 0.2 % of samples, with the same random numbers",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("amount", "full scale", 0.0, 10.0), Parameter::new("decay", "1", 1.0, 10.0)],
    severities: &[&[1.5, 2.0], &[2.0, 2.0], &[2.5, 1.7], &[2.5, 1.5], &[3.0, 1.4]],
    run: |picture, values, context| {
        let mut random = context.seed.whole();
        fog(picture, values, context, || between(random.random(), 0.0, 1.0)).map(Output::Picture)
    },
    place: None,
    spread: None,
};

/// `draw` gives numbers from 0 to below 1.
pub(super) fn fog(
    mut picture: Picture,
    values: &[f64],
    context: &Context<'_>,
    draw: impl FnMut() -> f64,
) -> Result<Picture> {
    let Picture { width, height, .. } = picture;
    let side = width.max(height).max(3).next_power_of_two();
    context.limits.check_memory(
        side as u64,
        side as u64,
        (side as u64).saturating_pow(2).saturating_mul(4),
    )?;
    let field = plasma(side, values[1], draw);
    let amount = values[0] as f32;
    let highest = f32::from(picture.rgb.iter().copied().max().unwrap_or(0)) / 255.0;
    let scale = if highest + amount > 0.0 { highest / (highest + amount) } else { 0.0 };
    picture.rgb.par_chunks_mut(width * 3).zip(field.par_chunks(side)).for_each(|(row, field)| {
        for (pixel, field) in row.chunks_exact_mut(3).zip(field) {
            for v in pixel {
                *v = sample((f32::from(*v) + amount * field * 255.0) * scale);
            }
        }
    });
    Ok(picture)
}

/// The diamond-square algorithm on a torus of `side` (a power of two), scaled to 0 to 1.
fn plasma(side: usize, decay: f64, mut draw: impl FnMut() -> f64) -> Vec<f32> {
    let mut field = vec![0.0_f32; side * side];
    let mask = side - 1;
    let (mut step, mut wibble) = (side, 100.0);
    while step >= 2 {
        let half = step / 2;
        // The reference scales its noise by the wibble twice.
        let mut wobble = || (wibble * (2.0 * draw() - 1.0) * wibble) as f32;
        // Each point is the mean of four others, given by steps from it, and noise.
        let mut fill = |y0: usize, x0: usize, around: [(usize, usize); 4]| {
            for y in (y0..side).step_by(step) {
                for x in (x0..side).step_by(step) {
                    let sum: f32 = around
                        .iter()
                        .map(|(dy, dx)| field[((y + dy) & mask) * side + ((x + dx) & mask)])
                        .sum();
                    field[y * side + x] = sum / 4.0 + wobble();
                }
            }
        };
        let back = side - half;
        fill(half, half, [(back, back), (half, back), (back, half), (half, half)]);
        let cross = [(0, back), (0, half), (back, 0), (half, 0)];
        fill(0, half, cross);
        fill(half, 0, cross);
        step = half;
        wibble /= decay;
    }
    let (low, high) = field.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    let span = if high > low { high - low } else { 1.0 };
    field.iter_mut().for_each(|v| *v = (*v - low) / span);
    field
}

/// See its text.
pub(super) static SNOW: Corruption = Corruption {
    id: "snow",
    title: "Snow",
    text: "Whitens the picture and adds flakes: thresholded noise, enlarged and blurred along the direction of falling, once as it is and once turned around.",
    suite: Suite::Common,
    source: "snow of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 0.2 % of samples, with the same random numbers",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("mean", "full scale", -1.0, 2.0),
        Parameter::new("deviation", "full scale", 0.0, 2.0),
        Parameter::new("zoom", "1", 1.0, 20.0),
        Parameter::new("threshold", "full scale", 0.0, 2.0),
        Parameter::new("radius", "pixels", 1.0, 100.0).whole(),
        Parameter::new("blur", "pixels", 0.1, 100.0),
        Parameter::new("kept", "share of the picture", 0.0, 1.0),
    ],
    severities: &[
        &[0.1, 0.3, 3.0, 0.5, 10.0, 4.0, 0.8],
        &[0.2, 0.3, 2.0, 0.5, 12.0, 4.0, 0.7],
        &[0.55, 0.3, 4.0, 0.9, 12.0, 8.0, 0.7],
        &[0.55, 0.3, 4.5, 0.85, 12.0, 8.0, 0.65],
        &[0.55, 0.3, 2.5, 0.85, 12.0, 12.0, 0.55],
    ],
    run: |picture, values, context| {
        let angle = between(context.seed.whole().random(), -135.0, -45.0);
        let field = |y: usize, out: &mut [f32]| {
            let mut random = context.seed.row(y);
            out.iter_mut().for_each(|v| *v = normal(random.random()));
        };
        Ok(Output::Picture(snow(picture, values, angle, &field)))
    },
    place: None,
    spread: None,
};

/// `field` gives the normal deviates of a row.
pub(super) fn snow(
    mut picture: Picture,
    values: &[f64],
    angle: f64,
    field: &(dyn Fn(usize, &mut [f32]) + Sync),
) -> Picture {
    let Picture { width, height, .. } = picture;
    let layer = flakes(width, height, values, angle, field);
    let (kept, count) = (values[6] as f32, width * height);
    picture.rgb.par_chunks_mut(width * 3).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let at = y * width + x;
            let white = f32::from(layer[at]) + f32::from(layer[count - 1 - at]);
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
            let pale = (0.299 * r + 0.587 * g + 0.114 * b) * 1.5 + 127.5;
            for v in pixel {
                let old = f32::from(*v);
                *v = sample(kept * old + (1.0 - kept) * old.max(pale) + white);
            }
        }
    });
    picture
}

/// The layer of flakes, 0 to 255.
fn flakes(
    width: usize,
    height: usize,
    values: &[f64],
    angle: f64,
    field: &(dyn Fn(usize, &mut [f32]) + Sync),
) -> Vec<u8> {
    let &[mean, deviation, zoom, threshold, radius, blur, _] = values else { return vec![0; width * height] };
    let [mean, deviation, threshold] = [mean, deviation, threshold].map(|v| v as f32);
    let (across, down) = (Zoomed::of(width, zoom), Zoomed::of(height, zoom));
    let columns: Vec<_> = (0..across.length).map(|x| across.neighbours(x)).collect();
    let mut layer = vec![0.0_f32; across.length * down.length];
    layer.par_chunks_mut(across.length).enumerate().for_each_init(
        || (vec![0.0; width], vec![0.0; width]),
        |(above, below), (y, out)| {
            let (top, bottom, weight) = down.neighbours(y);
            field(top, above);
            field(bottom, below);
            for (out, (left, right, part)) in out.iter_mut().zip(&columns) {
                let mix = |line: &[f32]| line[*left] + part * (line[*right] - line[*left]);
                let (a, b) = (mix(above), mix(below));
                let value = mean + deviation * (a + weight * (b - a));
                *out = if value < threshold { 0.0 } else { value.clamp(0.0, 1.0) };
            }
        },
    );
    let size = (across.length, down.length);
    let path = path(radius as usize, blur, angle, size.0, size.1);
    let mut blurred = vec![0_u8; layer.len()];
    let load = |y: usize, out: &mut [f32]| out.copy_from_slice(&layer[y * size.0..(y + 1) * size.0]);
    along(&path, size, 1, &load, &mut blurred, |v| (v * 255.0).round_ties_even() as u8);
    // The reference fails where rounding leaves the layer smaller than the picture; here no snow falls there.
    let mut out = vec![0; width * height];
    for (out, line) in out.chunks_exact_mut(width).zip(blurred.chunks_exact(size.0)) {
        out.iter_mut().zip(line).for_each(|(out, v)| *out = *v);
    }
    out
}
