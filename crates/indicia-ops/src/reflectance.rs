//! Light apart from surface: Retinex texture, and the specular part of the dichromatic model.
//!
//! References: D. J. Jobson, Z. Rahman, G. A. Woodell, A multiscale Retinex for bridging the gap between color
//! images and the human observation of scenes, IEEE Transactions on Image Processing 6(7), 1997; S. A. Shafer,
//! Using color to separate reflection components, Color Research and Application 10(4), 1985; H.-L. Shen,
//! Z.-H. Zheng, Real-time highlight removal using intensity ratio, Applied Optics 52(19), 2013.

use rayon::prelude::*;

use crate::filter::{box_mean, gaussian};
use crate::plane::Plane;

/// Added to samples of 0 to 255 before their logarithm, so that black has one.
pub const OFFSET: f32 = 1.0;

/// Largest deviation, in pixels, of a Gaussian that is computed as such. Wider ones are three box filters.
const WIDEST_GAUSSIAN: f32 = 4.0;

/// Smooths by a Gaussian of deviation `sigma` pixels; one of more than 4 is three box filters of about that
/// variance in all, whose cost does not grow (W. M. Wells, IEEE TPAMI 8(2), 1986). A box is never wider than the
/// plane's longer side.
pub fn illumination(plane: &Plane, sigma: f32) -> Plane {
    if sigma.is_nan() || sigma <= WIDEST_GAUSSIAN {
        return gaussian(plane, sigma);
    }
    // A box of side 2 r + 1 has the variance (side² - 1) / 12; three of them add up to sigma².
    let radius = ((4.0 * sigma * sigma + 1.0).sqrt() / 2.0 - 0.5).round() as usize;
    let radius = radius.min(plane.width.max(plane.height) / 2);
    (0..3).fold(plane.clone(), |plane, _| box_mean(&plane, radius))
}

/// Multi-scale Retinex: the mean over `sigmas` (in pixels) of `ln(v + 1) - ln(smoothed v + 1)`, v being samples of
/// 0 to 255. Where light changes slowly this is texture without light: 0 is as bright as around, 0.7 twice as
/// bright; the range is within ±5.55. Zeros without a scale.
pub fn retinex(plane: &Plane, sigmas: &[f32]) -> Plane {
    let mut out = Plane::zeros(plane.width, plane.height);
    let share = 1.0 / sigmas.len().max(1) as f32;
    for &sigma in sigmas {
        let light = illumination(plane, sigma);
        out.samples
            .par_iter_mut()
            .zip(&plane.samples)
            .zip(&light.samples)
            .for_each(|((out, v), light)| *out += share * ((v + OFFSET) / (light + OFFSET)).ln());
    }
    out
}

/// Least difference of a pixel's largest and smallest channel at which its colour tells a highlight, of 255.
pub const LEAST_RANGE: u8 = 12;

/// Cells of chromaticity: steps of 1/12 of the largest channel's share (1/3 to 1) and of the smallest's (0 to 1/3).
const CELLS: [usize; 2] = [8, 4];

/// Fewest pixels of like chromaticity whose ratio is trusted.
const FEWEST: u64 = 16;

/// Steps a unit of the ratio of the largest channel to the range, and its largest value that has a step.
const RATIO_STEPS: f32 = 64.0;
const LARGEST_RATIO: f32 = 255.0 / LEAST_RANGE as f32;

/// The specular part of each pixel of interleaved 8-bit RGB, in levels from 0 to the pixel's smallest channel: what
/// white light adds to all three channels alike (light that is not white should be balanced first). The diffuse
/// part is what is left of each channel.
///
/// After Shen and Zheng: the range (largest minus smallest channel) has no specular part, and pixels of one surface
/// have one ratio of largest channel to range without it. Pixels are grouped by the chromaticity that they have
/// once a smallest channel above the picture's mean is reduced to that mean; a group's ratio is its median, and a
/// pixel's specular part is how far its largest channel exceeds the ratio times its range. Pixels of a range below
/// [`LEAST_RANGE`] (gray ones, whose highlights cannot be told from white surfaces) and groups of fewer than 16
/// pixels get 0.
///
/// Deviation: groups are the cells of a fixed grid of chromaticities 1/12 wide, not clusters that grow in scan
/// order, and medians are exact to 1/64.
pub fn specular(rgb: &[u8]) -> Vec<f32> {
    let pixels = rgb.as_chunks::<3>().0;
    let sum: u64 = pixels.par_iter().map(|p| u64::from(least(*p))).sum();
    let mean = (sum as f64 / pixels.len().max(1) as f64) as f32;
    let steps = (LARGEST_RATIO * RATIO_STEPS) as usize + 1;
    let bin = |ratio: f32| ((ratio * RATIO_STEPS) as usize).min(steps - 1);
    let mut counts = vec![0_u32; CELLS[0] * CELLS[1] * steps];
    for pixel in pixels {
        if let Some((cell, ratio)) = cell_and_ratio(*pixel, mean) {
            counts[cell * steps + bin(ratio)] += 1;
        }
    }
    let medians: Vec<f32> = counts
        .chunks_exact(steps)
        .map(|counts| {
            let total: u64 = counts.iter().map(|&c| u64::from(c)).sum();
            if total < FEWEST {
                return LARGEST_RATIO;
            }
            let mut below = 0;
            let middle = counts.iter().position(|&count| {
                below += u64::from(count);
                2 * below >= total
            });
            (middle.expect("half of them lie below some step") as f32 + 0.5) / RATIO_STEPS
        })
        .collect();
    pixels
        .par_iter()
        .map(|&pixel| match cell_and_ratio(pixel, mean) {
            Some((cell, ratio)) => {
                let low = f32::from(least(pixel));
                let range = f32::from(most(pixel)) - low;
                (range * (ratio - medians[cell])).clamp(0.0, low)
            }
            None => 0.0,
        })
        .collect()
}

fn least(pixel: [u8; 3]) -> u8 {
    pixel[0].min(pixel[1]).min(pixel[2])
}

fn most(pixel: [u8; 3]) -> u8 {
    pixel[0].max(pixel[1]).max(pixel[2])
}

/// The cell of a pixel's chromaticity with its smallest channel cut at `mean`, and the ratio of its largest channel
/// to its range. `None` if it has too little colour.
fn cell_and_ratio(pixel: [u8; 3], mean: f32) -> Option<(usize, f32)> {
    let (low, high) = (least(pixel), most(pixel));
    if high - low < LEAST_RANGE {
        return None;
    }
    let cut = (f32::from(low) - mean).max(0.0);
    let [r, g, b] = pixel.map(|v| f32::from(v) - cut);
    // The largest share is between 1/3 and 1, the smallest between 0 and 1/3.
    let sum = r + g + b;
    let largest = (f32::from(high) - cut) / sum;
    let smallest = (f32::from(low) - cut) / sum;
    let at = |share: f32, cells: usize| ((share * 12.0) as usize).min(cells - 1);
    let cell = at(largest - 1.0 / 3.0, CELLS[0]) * CELLS[1] + at(smallest, CELLS[1]);
    Some((cell, f32::from(high) / f32::from(high - low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_boxes_spread_as_the_gaussian_does() {
        let mut point = Plane::zeros(101, 101);
        point.samples[50 * 101 + 50] = 1.0;
        let spread = illumination(&point, 8.0);
        let variance: f32 =
            (0..101 * 101).map(|i| spread.samples[i] * ((i % 101) as f32 - 50.0).powi(2)).sum();
        assert!((variance.sqrt() - 8.0).abs() < 0.6, "{}", variance.sqrt());
        let flat = Plane { width: 7, height: 3, samples: vec![9.0; 21] };
        assert!(illumination(&flat, 250.0).samples.iter().all(|v| (v - 9.0).abs() < 1e-4));
    }

    #[test]
    fn retinex_takes_slow_light_away_and_keeps_texture() {
        // Texture of ratio 2 under light that doubles over the picture.
        let value = |i: usize| {
            let (x, y) = (i % 128, i / 128);
            40.0 * 2_f32.powf(x as f32 / 128.0) * if (x / 2 + y / 2) % 2 == 0 { 2.0 } else { 1.0 }
        };
        let plane = Plane { width: 128, height: 64, samples: (0..128 * 64).map(value).collect() };
        let texture = retinex(&plane, &[8.0, 12.0]);
        let row = texture.row(32);
        let contrast = |x: usize| (row[x] - row[x + 2]).abs();
        for x in [40, 64, 88] {
            assert!((contrast(x) - 2_f32.ln()).abs() < 0.05, "{}", contrast(x));
            assert!((row[x] + row[x + 2]).abs() < 0.25, "no light is left: {}", row[x] + row[x + 2]);
        }
        assert!(retinex(&plane, &[]).samples.iter().all(|&v| v == 0.0));
        let black = Plane::zeros(3, 1);
        assert_eq!(retinex(&black, &[15.0, 250.0]).samples, [0.0; 3]);
    }

    #[test]
    fn white_light_added_to_a_surface_is_found() {
        // A red surface of several shades, and highlights of 40 and 60 on a few of its pixels. The mean of the
        // smallest channel is about 30.
        let mut rgb = vec![];
        for i in 0..400_u32 {
            let shade = 24 + (i % 7) as u8;
            let light = if i % 40 == 7 {
                40
            } else if i % 40 == 20 {
                60
            } else {
                0
            };
            rgb.extend([5 * shade + light, 2 * shade + light, shade + light]);
        }
        let found = specular(&rgb);
        for (i, &value) in found.iter().enumerate() {
            let light = if i % 40 == 7 {
                40.0
            } else if i % 40 == 20 {
                60.0
            } else {
                0.0
            };
            assert!((value - light).abs() < 8.0, "pixel {i}: {value} of {light}");
        }
    }

    #[test]
    fn pixels_without_colour_have_none() {
        assert!(specular(&[]).is_empty());
        assert_eq!(specular(&[255, 255, 255, 0, 0, 0, 90, 95, 99]), [0.0; 3]);
        // Few pixels, pure colours, and every value are within their range.
        let all: Vec<u8> = (0..3 * 4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for (value, pixel) in specular(&all).iter().zip(all.chunks_exact(3)) {
            assert!((0.0..=f32::from(*pixel.iter().min().unwrap())).contains(value));
        }
    }
}
