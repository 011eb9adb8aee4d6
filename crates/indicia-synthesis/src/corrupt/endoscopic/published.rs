//! The five published corruptions that are not common ones.

use indicia_core::{Geometry, Picture, Result};
use rand::RngExt;
use rayon::prelude::*;

use super::PUBLISHED;
use crate::corrupt::blur::{Zoomed, sample};
use crate::corrupt::kernel::{Border, gaussian, separable, with_rows};
use crate::corrupt::noise::cut;
use crate::corrupt::normal::normal;
use crate::corrupt::random::between;
use crate::corrupt::{Context, Corruption, Output, Parameter};

const fn published(
    id: &'static str,
    title: &'static str,
    text: &'static str,
    parameters: &'static [Parameter],
    severities: &'static [&'static [f64]],
    run: fn(Picture, &[f64], &Context<'_>) -> Result<Output>,
) -> Corruption {
    Corruption { source: PUBLISHED, ..super::own(id, title, text, parameters, severities, run) }
}

/// Normal noise and impulses.
pub(in crate::corrupt) static ISO_NOISE: Corruption = Corruption {
    agreement: "same distribution by gray level",
    ..published(
        "iso_noise",
        "Noise of a high sensitivity",
        "Adds normal noise to every sample and sets a share of samples to black or white.",
        &[Parameter::new("variance", "full scale squared", 0.0, 4.0), Parameter::new("share", "1", 0.0, 1.0)],
        &[&[0.01, 0.01], &[0.02, 0.02], &[0.03, 0.03], &[0.04, 0.04], &[0.05, 0.05]],
        |mut picture, values, context| {
            let deviation = (values[0].sqrt() * 255.0) as f32;
            let share = (values[1] * 4_294_967_296.0) as u64;
            picture.rgb.par_chunks_mut(picture.width * 3).enumerate().for_each(|(y, row)| {
                let mut random = context.seed.row(y);
                for sample in row {
                    let noisy = cut(f32::from(*sample) + deviation * normal(random.random()));
                    let u = u64::from(random.random::<u32>());
                    *sample = match u < share {
                        true if u < share / 2 => 0,
                        true => 255,
                        false => noisy,
                    };
                }
            });
            Ok(Output::Picture(picture))
        },
    )
};

/// A shift of every channel.
pub(in crate::corrupt) static COLOR_CHANGES: Corruption = Corruption {
    agreement: "equal with the same random numbers (28x28)",
    ..published(
        "color_changes",
        "Colour shift",
        "Adds a random number to every channel, up to half the range either way, as a white balance that is off does.",
        &[Parameter::new("range", "full scale", 0.0, 2.0)],
        &[&[0.1], &[0.2], &[0.3], &[0.4], &[0.5]],
        |picture, values, context| {
            let mut random = context.seed.whole();
            let shifts = std::array::from_fn(|_| values[0] * between(random.random(), -0.5, 0.5));
            Ok(Output::Picture(shifted(picture, shifts)))
        },
    )
};

fn shifted(mut picture: Picture, shifts: [f64; 3]) -> Picture {
    picture.rgb.par_chunks_mut(3).for_each(|pixel| {
        for (value, shift) in pixel.iter_mut().zip(shifts) {
            *value = sample(f32::from(*value) + (shift * 255.0) as f32);
        }
    });
    picture
}

/// Radial distortion.
pub(in crate::corrupt) static LENS_DISTORTION: Corruption = Corruption {
    geometry: Geometry::Moved,
    agreement: "at most 1 level, mean 0.001, on squares; on other shapes the reference takes the width for the height, which moves the centre",
    ..published(
        "lens_distortion",
        "Lens distortion",
        "Draws the picture together towards its middle, outer parts more (barrel distortion of the first order); what comes from outside is black.",
        &[Parameter::new("strength", "1", 0.0, 1.0)],
        &[&[0.01], &[0.02], &[0.03], &[0.04], &[0.05]],
        |picture, values, _| Ok(Output::Picture(distorted(&picture, values[0]))),
    )
};

fn distorted(picture: &Picture, strength: f64) -> Picture {
    let Picture { width, height, ref rgb } = *picture;
    let [cx, cy] = [width, height].map(|n| (n - 1) as f64 / 2.0);
    let share = |i: usize, centre: f64| if centre > 0.0 { (i as f64 - centre) / centre } else { 0.0 };
    let mut out = vec![0; rgb.len()];
    out.par_chunks_mut(width * 3).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (u, v) = (share(x, cx), share(y, cy));
            let pull = 1.0 + (u * u + v * v) * strength;
            let (sx, sy) = (u * pull * cx + cx, v * pull * cy + cy);
            let (left, top) = (sx.floor(), sy.floor());
            let (fx, fy) = ((sx - left) as f32, (sy - top) as f32);
            let (left, top) = (left as i64, top as i64);
            for (c, value) in pixel.iter_mut().enumerate() {
                let at = |x: i64, y: i64| {
                    let inside = (0..width as i64).contains(&x) && (0..height as i64).contains(&y);
                    if inside { f32::from(rgb[(y as usize * width + x as usize) * 3 + c]) } else { 0.0 }
                };
                let mix = |y: i64| at(left, y) + fx * (at(left + 1, y) - at(left, y));
                *value = sample(mix(top) + fy * (mix(top + 1) - mix(top)));
            }
        }
    });
    Picture { width, height, rgb: out }
}

/// Down and up again.
pub(in crate::corrupt) static RESOLUTION_CHANGE: Corruption = Corruption {
    agreement: "at most 1 level, mean 0.034",
    ..published(
        "resolution_change",
        "Low resolution",
        "Makes the picture smaller by a factor, after a blur that fits it, and as large as before, by linear interpolation.",
        &[Parameter::new("factor", "of each side", 0.01, 1.0)],
        &[&[0.5], &[0.4], &[0.3], &[0.2], &[0.1]],
        |picture, values, _| Ok(Output::Picture(resolution(&picture, values[0]))),
    )
};

/// `skimage.transform.resize` with its filter against aliasing, down and up.
fn resolution(picture: &Picture, factor: f64) -> Picture {
    let Picture { width, height, .. } = *picture;
    let small = |n: usize| ((n as f64 * factor) as usize).max(1);
    let (columns, rows) = (small(width), small(height));
    let kernel = |n: usize, to: usize| gaussian((n as f64 / to as f64 - 1.0) / 2.0, 4.0);
    let mut blurred = vec![0f32; width * height * 3];
    let kernels = [kernel(width, columns), kernel(height, rows)];
    with_rows(picture, |all| separable(all, [&kernels[0], &kernels[1]], Border::Mirror, &mut blurred, |v| v));
    let little = linearly(&blurred, (width, height), (columns, rows));
    let large = linearly(&little, (columns, rows), (width, height));
    Picture { width, height, rgb: large.into_par_iter().map(sample).collect() }
}

/// Linear interpolation from one size (columns, rows) to another, mirrored beyond the outer pixels' centres.
fn linearly(values: &[f32], from: (usize, usize), to: (usize, usize)) -> Vec<f32> {
    let places = |n: usize, to: usize| -> Vec<_> {
        let last = (n - 1) as f64;
        let place = |i: usize| {
            let place = (((i as f64 + 0.5) * n as f64 / to as f64) - 0.5).abs();
            let place = if place > last { (2.0 * last - place).max(0.0) } else { place };
            let low = (place as usize).min(n - 1);
            (low, (low + 1).min(n - 1), (place - low as f64) as f32)
        };
        (0..to).map(place).collect()
    };
    let (columns, rows) = (places(from.0, to.0), places(from.1, to.1));
    let mut out = vec![0.0; to.0 * to.1 * 3];
    out.par_chunks_mut(to.0 * 3).zip(rows.par_iter()).for_each(|(out, (top, bottom, down))| {
        let row = |y: &usize| &values[y * from.0 * 3..(y + 1) * from.0 * 3];
        let (top, bottom) = (row(top), row(bottom));
        for (out, (left, right, across)) in out.chunks_exact_mut(3).zip(&columns) {
            for (c, out) in out.iter_mut().enumerate() {
                let mix =
                    |line: &[f32]| line[left * 3 + c] + across * (line[right * 3 + c] - line[left * 3 + c]);
                *out = mix(top) + down * (mix(bottom) - mix(top));
            }
        }
    });
    out
}

/// White specks.
pub(in crate::corrupt) static SPECULAR_REFLECTION: Corruption = Corruption {
    agreement: "same distribution by gray level",
    ..published(
        "specular_reflection",
        "Specular reflections, published",
        "Adds white specks: normal noise above a threshold, enlarged, once as it is and once turned around.",
        &[Parameter::new("deviation", "full scale", 0.0, 4.0), Parameter::new("zoom", "1", 1.0, 20.0)],
        &[&[0.3, 1.5], &[0.35, 1.5], &[0.4, 1.2], &[0.45, 1.2], &[0.5, 1.0]],
        |mut picture, values, context| {
            let Picture { width, height, .. } = picture;
            let layer = specks(width, height, values, &|y, out| {
                let mut random = context.seed.row(y);
                out.iter_mut().for_each(|v| *v = normal(random.random()));
            });
            let last = width * height - 1;
            picture.rgb.par_chunks_mut(3).enumerate().for_each(|(i, pixel)| {
                let white = 0.5 * (f32::from(layer[i]) + f32::from(layer[last - i]));
                pixel.iter_mut().for_each(|v| *v = sample(f32::from(*v) + white));
            });
            Ok(Output::Picture(picture))
        },
    )
};

/// Mean of the noise, and the value below which it is left out.
const SPECK_MEAN: f32 = 0.05;
const SPECK_THRESHOLD: f32 = 0.5;

/// The layer of specks, 0 to 255. `field` gives the normal deviates of a row.
fn specks(
    width: usize,
    height: usize,
    values: &[f64],
    field: &(dyn Fn(usize, &mut [f32]) + Sync),
) -> Vec<u8> {
    let (deviation, zoom) = (values[0] as f32, values[1]);
    let (across, down) = (Zoomed::of(width, zoom), Zoomed::of(height, zoom));
    let columns: Vec<_> = (0..width).map(|x| across.neighbours(x.min(across.length - 1))).collect();
    let mut layer = vec![0; width * height];
    layer.par_chunks_mut(width).enumerate().for_each_init(
        || (vec![0.0; width], vec![0.0; width]),
        |(above, below), (y, out)| {
            let (top, bottom, part) = down.neighbours(y.min(down.length - 1));
            field(top, above);
            field(bottom, below);
            for (out, (left, right, weight)) in out.iter_mut().zip(&columns) {
                let mix = |line: &[f32]| line[*left] + weight * (line[*right] - line[*left]);
                let value = SPECK_MEAN + deviation * (mix(above) + part * (mix(below) - mix(above)));
                let kept = if value < SPECK_THRESHOLD { 0.0 } else { value.min(1.0) };
                *out = (kept * 255.0).round_ties_even() as u8;
            }
        },
    );
    layer
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// With given shifts, for the comparison with the package.
    pub(in crate::corrupt::endoscopic) fn changed(picture: Picture, shifts: [f64; 3]) -> Picture {
        shifted(picture, shifts)
    }

    fn row(values: &[u8]) -> Picture {
        Picture { width: values.len(), height: 1, rgb: values.iter().flat_map(|v| [*v; 3]).collect() }
    }

    #[test]
    fn distortion_pulls_to_the_middle() {
        // Centre 2: the outer pixels look for 2.4 steps from it, 0.4 into the black; the inner ones for 1.05.
        let out = distorted(&row(&[10, 20, 30, 40, 50]), 0.2);
        assert_eq!(out.rgb.iter().step_by(3).copied().collect::<Vec<_>>(), [6, 19, 30, 40, 30]);
        assert_eq!(distorted(&row(&[7]), 1.0), row(&[7]));
    }

    #[test]
    fn interpolation_mirrors_at_the_ends() {
        let three = |values: &[f32]| values.iter().flat_map(|v| [*v; 3]).collect::<Vec<_>>();
        // Places -0.25, 0.25, 0.75, 1.25 of two: mirrored to 0.25, 0.25, 0.75, 0.75.
        assert_eq!(linearly(&three(&[0.0, 8.0]), (2, 1), (4, 1)), three(&[2.0, 2.0, 6.0, 6.0]));
        assert_eq!(linearly(&three(&[5.0]), (1, 1), (2, 1)), three(&[5.0, 5.0]));
    }

    #[test]
    fn specks_are_what_passes_the_threshold() {
        // 0.05 + 0.3 z at z = 1, 2, 4; the rows are alike.
        let field = |_: usize, out: &mut [f32]| out.copy_from_slice(&[1.0, 2.0, 4.0]);
        assert_eq!(specks(3, 1, &[0.3, 1.0], &field), [0, 166, 255]);
    }
}
