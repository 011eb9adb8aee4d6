//! A screen photographed by a camera: the screen's stripes of red, green and blue beat with the camera's grid
//! of colour filters (moire).

use indicia_codec::jpeg::Subsampling;
use indicia_core::{Geometry, Picture, Result};
use rand::RngExt;
use rayon::prelude::*;

use super::normal::normal;
use super::{Context, Corruption, Output, Parameter, Placement, Suite};
use crate::encode;
use crate::resample::times;

/// See its text.
pub(super) static SCREEN_CAMERA: Corruption = Corruption {
    id: "screen_camera",
    title: "Photographed screen",
    text: "Shows the picture on a screen with red, green and blue stripes and photographs it a little turned and aslant: linear light, a Bayer grid behind a square aperture, sensor noise, bilinear demosaicing, a JPEG.",
    suite: Suite::Common,
    source: "the chain of Liu, Shu and Wu, Demoire of camera-captured screen images (2018), and of the AIM 2019 demoireing challenge (Yuan et al., ICCVW 2019); our own numbers",
    agreement: "",
    geometry: Geometry::Moved,
    parameters: &[
        Parameter::new("scale", "camera pixels a screen pixel", 0.25, 4.0),
        Parameter::new("angle", "degrees", -45.0, 45.0),
        Parameter::new("slant", "share by which the far edge shrinks", 0.0, 0.3),
        Parameter::new("aperture", "camera pixels, lens included", 0.05, 2.0),
        Parameter::new("noise", "full scale of linear light, at white", 0.0, 0.5),
        Parameter::new("quality", "1", 1.0, 100.0).whole().or(90.0),
    ],
    severities: &[
        &[1.6, 1.0, 0.01, 1.5, 0.005, 95.0],
        &[1.4, 2.0, 0.02, 1.3, 0.01, 92.0],
        &[1.25, 3.0, 0.03, 1.1, 0.015, 90.0],
        &[1.1, 4.0, 0.04, 0.93, 0.02, 85.0],
        &[0.95, 5.0, 0.05, 0.78, 0.03, 80.0],
    ],
    run: |picture, values, context| {
        let placement = view((picture.width, picture.height), values, context)?;
        let raw = expose(&picture, &placement, values, context);
        let photo = demosaic(&raw, placement.width, placement.height);
        encode::jpeg(&photo, values[5] as u8, Subsampling::S420).map(Output::File)
    },
    place: Some(view),
    spread: None,
};

/// Share of a stripe, across, and of a row, down, that shines; the rest is the black grid between.
const LIT: (f64, f64) = (0.85, 0.9);

/// What of the screen the camera sees: the largest turned and slanted frame of the picture's proportions that
/// lies on it.
fn view((width, height): (usize, usize), values: &[f64], context: &Context<'_>) -> Result<Placement> {
    let [w, h] = [width, height].map(|n| n as f64);
    let frame = |zoom: f64| {
        let [columns, rows] = [width, height].map(|side| times(side, values[0] * zoom));
        let (sin, cos) = (libm::sin(values[1].to_radians()), libm::cos(values[1].to_radians()));
        // Centred camera coordinates to centred screen coordinates; the slant makes the divisor vary by its
        // share across the frame.
        let scale = 1.0 / values[0];
        let bend = values[2] / columns as f64;
        let centre = |row: [f64; 3]| {
            let (x, y) = (columns as f64 / 2.0, rows as f64 / 2.0);
            [row[0], row[1], row[2] - row[0] * x - row[1] * y]
        };
        let divisor = centre([bend, 0.0, 1.0]);
        let u = centre([cos * scale, sin * scale, 0.0]);
        let v = centre([-sin * scale, cos * scale, 0.0]);
        let shift = |row: [f64; 3], by: f64| [0, 1, 2].map(|i| row[i] + by * divisor[i]);
        let rows_of_matrix = [shift(u, w / 2.0), shift(v, h / 2.0), divisor];
        let to_source: [f64; 9] = std::array::from_fn(|i| rows_of_matrix[i / 3][i % 3]);
        Placement { width: columns, height: rows, to_source }
    };
    let fits = |placement: &Placement| {
        let (x, y) = (placement.width as f64, placement.height as f64);
        [(0.0, 0.0), (x, 0.0), (0.0, y), (x, y)].iter().all(|(x, y)| {
            let inside = |(u, v): (f64, f64)| u >= 0.0 && v >= 0.0 && u <= w && v <= h;
            placement.source(*x, *y).is_some_and(inside)
        })
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..24 {
        let middle = (low + high) / 2.0;
        *(if fits(&frame(middle)) { &mut low } else { &mut high }) = middle;
    }
    let placement = frame(low);
    context.limits.check_picture(placement.width as u64, placement.height as u64, 16)?;
    Ok(placement)
}

/// Lit lengths of the three cells around the one in which `at` lies, under an aperture from `at - half` to
/// `at + half` (in cells); the light of a cell lies from `from` to `to` in it.
fn cover(at: f64, half: f64, from: f64, to: f64) -> (isize, [f32; 3]) {
    let cell = at.floor();
    let lengths = [-1.0, 0.0, 1.0].map(|off| {
        let start = cell + off;
        ((start + to).min(at + half) - (start + from).max(at - half)).max(0.0) as f32
    });
    (cell as isize - 1, lengths)
}

/// Linear light on a Bayer grid (red at even rows and columns), full scale 1.
fn expose(picture: &Picture, placement: &Placement, values: &[f64], context: &Context<'_>) -> Vec<f32> {
    let light: [f32; 256] = std::array::from_fn(|v| to_linear(v as f64 / 255.0) as f32);
    // More than one screen cell to each side is not looked at.
    let half = (0.5 * values[3] / values[0]).min(1.0);
    let lit = ((1.0 - LIT.0) / 6.0, (1.0 - LIT.1) / 2.0);
    // A flat white screen gives 1 on average.
    let gain = (3.0 / (LIT.0 * LIT.1) / (4.0 * half * half)) as f32;
    let noise = values[4] as f32;
    let mut raw = vec![0.0; placement.width * placement.height];
    raw.par_chunks_mut(placement.width).enumerate().for_each(|(y, out)| {
        let mut random = context.seed.row(y);
        for (x, out) in out.iter_mut().enumerate() {
            let channel = colour_at(x, y);
            let Some((u, v)) = placement.source(x as f64 + 0.5, y as f64 + 0.5) else { continue };
            let stripe = channel as f64 / 3.0;
            let (left, across) = cover(u, half, stripe + lit.0, stripe + 1.0 / 3.0 - lit.0);
            let (top, down) = cover(v, half, lit.1, 1.0 - lit.1);
            let mut sum = 0.0;
            for (row, wy) in (top..).zip(down).filter(|(row, _)| (0..picture.height as isize).contains(row)) {
                for (column, wx) in (left..).zip(across) {
                    if (0..picture.width as isize).contains(&column) {
                        let at = (row as usize * picture.width + column as usize) * 3 + channel;
                        sum += wy * wx * light[usize::from(picture.rgb[at])];
                    }
                }
            }
            let exposed = sum * gain;
            // Shot noise: its variance is in proportion to the light, above a small floor of the electronics.
            let deviation = noise * (exposed + 0.01).sqrt();
            *out = exposed + deviation * normal(random.random());
        }
    });
    raw
}

/// The channel that a place of the grid sees.
fn colour_at(x: usize, y: usize) -> usize {
    (x & 1) + (y & 1)
}

/// Full colour by bilinear interpolation: the mean of the neighbours of each colour within a square of three.
fn demosaic(raw: &[f32], width: usize, height: usize) -> Picture {
    let codes: Vec<u8> = (0..=4096).map(|v| (to_srgb(f64::from(v) / 4096.0) * 255.0).round() as u8).collect();
    let mut rgb = vec![0; width * height * 3];
    rgb.par_chunks_mut(width * 3).enumerate().for_each(|(y, out)| {
        for (x, out) in out.chunks_exact_mut(3).enumerate() {
            let (mut sums, mut counts) = ([0.0_f32; 3], [0.0_f32; 3]);
            for row in y.saturating_sub(1)..(y + 2).min(height) {
                for column in x.saturating_sub(1)..(x + 2).min(width) {
                    let channel = colour_at(column, row);
                    // A place that sees the colour itself needs no neighbours; green ones touch at corners.
                    if channel != colour_at(x, y) || (row, column) == (y, x) {
                        sums[channel] += raw[row * width + column];
                        counts[channel] += 1.0;
                    }
                }
            }
            for (c, out) in out.iter_mut().enumerate() {
                let value = if counts[c] > 0.0 { sums[c] / counts[c] } else { raw[y * width + x] };
                *out = codes[(value.clamp(0.0, 1.0) * 4096.0 + 0.5) as usize];
            }
        }
    });
    Picture { width, height, rgb }
}

/// IEC 61966-2-1.
fn to_linear(v: f64) -> f64 {
    if v <= 0.04045 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) }
}

/// IEC 61966-2-1.
fn to_srgb(v: f64) -> f64 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * libm::pow(v, 1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use indicia_core::{Digest, Limits};

    use super::super::Seed;
    use super::*;

    fn shot(picture: &Picture, values: &[f64]) -> (Placement, Picture) {
        let limits = Limits::default();
        let context = Context { seed: Seed::of(Digest::of(b"x"), 0, 0, ""), limits: &limits };
        let placement = view((picture.width, picture.height), values, &context).unwrap();
        let raw = expose(picture, &placement, values, &context);
        (placement, demosaic(&raw, placement.width, placement.height))
    }

    #[test]
    fn an_aperture_over_one_cell_sees_all_of_its_light() {
        let (first, lengths) = cover(2.5, 0.5, 0.25, 0.75);
        assert_eq!((first, lengths), (1, [0.0, 0.5, 0.0]));
        let (first, lengths) = cover(2.0, 0.5, 0.0, 1.0);
        assert_eq!((first, lengths), (1, [0.5, 0.5, 0.0]));
    }

    #[test]
    fn a_gray_screen_stays_gray_on_average_and_beats_with_a_small_aperture() {
        let gray = Picture { width: 120, height: 90, rgb: vec![128; 120 * 90 * 3] };
        let spread = |photo: &Picture| {
            let inside: Vec<f64> = photo.rgb.iter().map(|v| f64::from(*v)).collect();
            let mean = inside.iter().sum::<f64>() / inside.len() as f64;
            (mean, inside.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / inside.len() as f64)
        };
        // One camera pixel a screen pixel and an aperture of a whole pixel: every place sees one period.
        let (placement, photo) = shot(&gray, &[1.0, 0.0, 0.0, 1.0, 0.0, 90.0]);
        assert_eq!(placement.source(10.0, 20.0), Some((10.0, 20.0)));
        let (mean, even) = spread(&photo);
        assert!((mean - 128.0).abs() < 3.0 && even < 60.0, "mean {mean}, variance {even}");
        let (mean, beating) = spread(&shot(&gray, &[1.1, 3.0, 0.02, 0.4, 0.0, 90.0]).1);
        assert!(
            (90.0..160.0).contains(&mean) && beating > 10.0 * even.max(1.0),
            "mean {mean}, variance {beating}"
        );
    }

    #[test]
    fn frames_lie_on_the_screen() {
        for (w, h) in [(120, 90), (1, 1), (3, 200)] {
            let picture = Picture { width: w, height: h, rgb: vec![200; w * h * 3] };
            let (placement, _) = shot(&picture, &[1.3, 4.0, 0.05, 0.7, 0.01, 90.0]);
            let (u, v) =
                placement.source(placement.width as f64 / 2.0, placement.height as f64 / 2.0).unwrap();
            assert!((u - w as f64 / 2.0).abs() < 1e-9 && (v - h as f64 / 2.0).abs() < 1e-9);
        }
    }
}
