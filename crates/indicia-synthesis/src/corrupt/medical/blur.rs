//! Blurs and large pixels as MedMNIST-C takes them from torchvision, SciPy and Pillow.

use indicia_core::Geometry::Same;
use indicia_core::Picture;
use rayon::prelude::*;

use super::entry;
use crate::corrupt::blur::{Zoomed, sample};
use crate::corrupt::kernel::{Border, separable, with_rows};
use crate::corrupt::{Corruption, Output, Parameter};
use crate::resample::{Filter, resize};

/// Gaussian blur by the side of its window.
pub(in crate::corrupt) static GAUSSIAN_BLUR_WINDOW: Corruption = Corruption {
    agreement: "equal on the pictures compared (28x28, sides 3 to 25); 1 level where a value lies half-way between two",
    ..entry(
        "gaussian_blur_window",
        "Gaussian blur of a window",
        "Blurs with a Gaussian window of a side of odd pixels and a deviation of 0.15 of the side and 0.35 pixels more (`gaussian_blur` of the registry).",
        Same,
        &[Parameter::new("side", "pixels", 1.0, 511.0).whole()],
        &[&[5.0], &[7.0], &[9.0], &[11.0], &[13.0]],
        |picture, values, _| Ok(Output::Picture(gaussian_window(&picture, values[0] as usize | 1))),
    )
};

/// Zoom blur about the middle.
pub(in crate::corrupt) static ZOOM_BLUR_CENTRED: Corruption = Corruption {
    agreement: "at most 1 level, mean 0.0013 (28x28)",
    ..entry(
        "zoom_blur_centred",
        "Zoom blur",
        "Averages the picture with enlargements of it about its middle (`zoom_blur` of the registry, which defines squares alone; other shapes are cut along each side).",
        Same,
        &[
            Parameter::new("copies", "1", 1.0, 64.0).whole(),
            Parameter::new("step", "share of the size", 0.0, 0.5),
        ],
        &[&[12.0, 0.01], &[16.0, 0.01], &[11.0, 0.02], &[13.0, 0.02], &[11.0, 0.03]],
        |picture, values, _| Ok(Output::Picture(zoom(&picture, values[0] as usize, values[1]))),
    )
};

/// Large pixels.
pub(in crate::corrupt) static PIXELATE_BOX: Corruption = Corruption {
    agreement: "equal, sample by sample",
    ..entry(
        "pixelate_box",
        "Pixelation by boxes",
        "Averages the picture over boxes and brings it back to its size by boxes again (`pixelate` of the registry), which differs from the nearest pixel where two are as near.",
        Same,
        &[Parameter::new("factor", "1", 0.01, 1.0)],
        &[&[0.6], &[0.5], &[0.4], &[0.3], &[0.25]],
        |picture, values, context| {
            let Picture { width, height, .. } = picture;
            let side = |n: usize| ((n as f64 * values[0]) as usize).max(1);
            let small = resize(&picture, side(width), side(height), Filter::Box, context.limits)?;
            resize(&small, width, height, Filter::Box, context.limits).map(Output::Picture)
        },
    )
};

/// `torchvision.transforms.functional.gaussian_blur` with a window of `side` pixels, odd.
fn gaussian_window(picture: &Picture, side: usize) -> Picture {
    let deviation = 0.15 * side as f64 + 0.35;
    let weight = |i: usize| libm::exp(-0.5 * (i as f64 / deviation) * (i as f64 / deviation));
    let half: Vec<f64> = (0..=side / 2).map(weight).collect();
    let sum = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    let half: Vec<f32> = half.iter().map(|weight| (weight / sum) as f32).collect();
    let mut rgb = vec![0; picture.rgb.len()];
    let store = |v: f32| v.round_ties_even() as u8;
    with_rows(picture, |rows| separable(rows, [&half, &half], Border::Mirror, &mut rgb, store));
    Picture { rgb, ..*picture }
}

/// The mean of a picture, counted twice, and its enlargements by 1, 1 + `step`, ..., each cut about its middle.
fn zoom(picture: &Picture, copies: usize, step: f64) -> Picture {
    let Picture { width, height, ref rgb } = *picture;
    let side = |n: usize, zoom: f64| {
        let zoomed = Zoomed::of(n, zoom);
        let trimmed = zoomed.length.saturating_sub(n) / 2;
        (0..n).map(|i| zoomed.neighbours((i + trimmed).min(zoomed.length - 1))).collect::<Vec<_>>()
    };
    let zooms: Vec<_> = (0..copies)
        .map(|i| 1.0 + i as f64 * step)
        .map(|zoom| (side(width, zoom), side(height, zoom)))
        .collect();
    let row = |y: usize| &rgb[y * width * 3..(y + 1) * width * 3];
    let scale = 1.0 / (copies + 1) as f32;
    let mut blurred = vec![0; rgb.len()];
    blurred.par_chunks_mut(width * 3).enumerate().for_each(|(y, out)| {
        let mut sum: Vec<f32> = row(y).iter().map(|v| f32::from(*v)).collect();
        for (columns, rows) in &zooms {
            let (top, bottom, down) = rows[y];
            let (top, bottom) = (row(top), row(bottom));
            for (sum, (left, right, across)) in sum.chunks_exact_mut(3).zip(columns) {
                for (c, sum) in sum.iter_mut().enumerate() {
                    let mix = |line: &[u8]| {
                        let [a, b] = [line[left * 3 + c], line[right * 3 + c]].map(f32::from);
                        a + across * (b - a)
                    };
                    *sum += mix(top) + down * (mix(bottom) - mix(top));
                }
            }
        }
        out.iter_mut().zip(sum).for_each(|(out, sum)| *out = sample(sum * scale));
    });
    Picture { rgb: blurred, ..*picture }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[u8]) -> Picture {
        Picture { width: values.len(), height: 1, rgb: values.iter().flat_map(|v| [*v; 3]).collect() }
    }

    fn first_channel(picture: &Picture) -> Vec<u8> {
        picture.rgb.iter().step_by(3).copied().collect()
    }

    #[test]
    fn a_window_of_three_has_the_weights_of_its_deviation() {
        // exp(-1 / (2 * 0.8^2)) = 0.45783; a third row above and below is the row itself.
        let side = 0.45783 / (1.0 + 2.0 * 0.45783) * 255.0;
        let expected = [0.0, side, 255.0 - 2.0 * side, side, 0.0].map(|v: f64| v.round() as u8);
        assert_eq!(first_channel(&gaussian_window(&row(&[0, 0, 255, 0, 0]), 3)), expected);
        assert_eq!(gaussian_window(&row(&[1, 2, 3]), 1), row(&[1, 2, 3]));
    }

    #[test]
    fn a_zoom_keeps_the_middle() {
        // Twice as large, three pixels from the middle two of five (ceil(5 / 2) = 3: pixels 1 to 3, 6 after),
        // nothing cut in front: places 0, 0.4, 0.8, 1.2, 1.6 of 1 to 3.
        let picture = row(&[0, 10, 20, 30, 40]);
        let expected = [10.0, 14.0, 18.0, 22.0, 26.0];
        let by_hand =
            (0..5).map(|i| ((2.0 * f64::from(picture.rgb[i * 3]) + expected[i]) / 3.0 + 1e-3) as u8);
        assert_eq!(first_channel(&zoom(&picture, 2, 1.0)), by_hand.collect::<Vec<_>>());
    }
}
