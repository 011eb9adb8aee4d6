//! Blurs.

use indicia_core::{Geometry, Picture};
use rand::RngExt;
use rayon::prelude::*;

use super::kernel::{Border, gaussian, separable, symmetric, with_rows};
use super::noise::cut;
use super::random::between;
use super::{Corruption, Output, Parameter, Suite};

/// Keeps samples that a sum of weights has put a hair below a whole number from losing a level when their
/// fraction is cut off.
const HAIR: f32 = 1e-3;

/// A sample from a filtered value: its fraction is cut off.
pub(super) fn sample(value: f32) -> u8 {
    cut(value + HAIR)
}

/// See its text.
pub(super) static GAUSSIAN_BLUR: Corruption = Corruption {
    id: "gaussian_blur",
    title: "Gaussian blur",
    text: "Convolves with a Gaussian, cut at four standard deviations, edge pixels repeated.",
    suite: Suite::Common,
    source: "gaussian_blur of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 1 % of samples",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("deviation", "pixels", 0.0, 100.0)],
    severities: &[&[1.0], &[2.0], &[3.0], &[4.0], &[6.0]],
    run: |picture, values, _| Ok(Output::Picture(gaussian_blur(&picture, values[0]))),
    place: None,
    spread: None,
};

/// Convolves with a Gaussian.
pub(super) fn gaussian_blur(picture: &Picture, sigma: f64) -> Picture {
    let half = gaussian(sigma, 4.0);
    let mut rgb = vec![0; picture.rgb.len()];
    with_rows(picture, |rows| separable(rows, [&half, &half], Border::Nearest, &mut rgb, sample));
    Picture { rgb, ..*picture }
}

/// See its text.
pub(super) static DEFOCUS_BLUR: Corruption = Corruption {
    id: "defocus_blur",
    title: "Defocus blur",
    text: "Convolves with a disk whose rim is softened by a small Gaussian, as a lens out of focus does.",
    suite: Suite::Common,
    source: "defocus_blur of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 11 % of samples at severity 1 (flat parts lose a level there) and 1 % at others",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("radius", "pixels", 0.5, 64.0),
        Parameter::new("rim", "pixels", 0.0, 4.0).or(0.5),
    ],
    severities: &[&[3.0, 0.1], &[4.0, 0.5], &[6.0, 0.5], &[8.0, 0.5], &[10.0, 0.5]],
    run: |picture, values, _| {
        let (quarter, side) = disk(values[0], values[1]);
        let mut rgb = vec![0; picture.rgb.len()];
        with_rows(&picture, |rows| symmetric(rows, &quarter, side, Border::Mirror, &mut rgb, sample));
        Ok(Output::Picture(Picture { rgb, ..picture }))
    },
    place: None,
    spread: None,
};

/// Lower right quarter of a disk of sum 1 and its side. The rim is softened by a Gaussian over 3x3 (5x5 above a
/// radius of 8) cells of the array that the reference keeps the disk in, mirrored at that array's edge.
fn disk(radius: f64, rim: f64) -> (Vec<f32>, usize) {
    let reach = radius.ceil().max(8.0) as isize;
    let n = 2 * reach as usize + 1;
    let inside = |y: isize, x: isize| (y * y + x * x) as f64 <= radius * radius;
    let area = (-reach..=reach)
        .flat_map(|y| (-reach..=reach).map(move |x| (y, x)))
        .filter(|(y, x)| inside(*y, *x))
        .count();
    let soft = if radius <= 8.0 { 1 } else { 2 };
    let weights: Vec<f64> = (-soft..=soft)
        .map(|k| if k == 0 { 1.0 } else { libm::exp(-((k * k) as f64) / (2.0 * rim * rim)) })
        .collect();
    let sum: f64 = weights.iter().sum();
    let at = |y: isize, x: isize| {
        let [y, x] = [y, x].map(|i| Border::Mirror.at(i + reach, n) as isize - reach);
        if inside(y, x) { 1.0 / area as f64 } else { 0.0 }
    };
    let side = reach as usize + 1;
    let mut quarter = Vec::with_capacity(side * side);
    for y in 0..=reach {
        for x in 0..=reach {
            let mut value = 0.0;
            for (dy, wy) in (-soft..=soft).zip(&weights) {
                for (dx, wx) in (-soft..=soft).zip(&weights) {
                    value += wy * wx / (sum * sum) * at(y + dy, x + dx);
                }
            }
            quarter.push(value as f32);
        }
    }
    (quarter, side)
}

/// See its text.
pub(super) static MOTION_BLUR: Corruption = Corruption {
    id: "motion_blur",
    title: "Motion blur",
    text: "Averages the picture over a straight path with weights that fade along it; the direction is drawn between -45 and 45 degrees unless given.",
    suite: Suite::Common,
    source: "motion_blur of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 1 % of samples, at the same angle",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("radius", "pixels", 1.0, 200.0).whole(),
        Parameter::new("deviation", "pixels", 0.1, 400.0),
        Parameter::new("angle", "degrees, 360 to draw it", -180.0, 360.0).or(360.0),
    ],
    severities: &[
        &[10.0, 3.0, 360.0],
        &[15.0, 5.0, 360.0],
        &[15.0, 8.0, 360.0],
        &[15.0, 12.0, 360.0],
        &[20.0, 15.0, 360.0],
    ],
    run: |picture, values, context| {
        let angle = match values[2] {
            360.0 => between(context.seed.whole().random(), -45.0, 45.0),
            given => given,
        };
        let Picture { width, height, .. } = picture;
        let path = path(values[0] as usize, values[1], angle, width, height);
        let mut rgb = vec![0; picture.rgb.len()];
        with_rows(&picture, |rows| {
            along(&path, (width, height), 3, &|y, out| (rows.load)(y, out), &mut rgb, sample);
        });
        Ok(Output::Picture(Picture { rgb, ..picture }))
    },
    place: None,
    spread: None,
};

/// Shifts (columns, rows) and weights of a motion, until it leaves the picture.
pub(super) fn path(
    radius: usize,
    sigma: f64,
    angle: f64,
    width: usize,
    height: usize,
) -> Vec<(isize, isize, f32)> {
    let steps = 2 * radius + 1;
    let weight = |i: usize| libm::exp(-((i * i) as f64) / (2.0 * sigma * sigma));
    let sum: f64 = (0..steps).map(weight).sum();
    let (sin, cos) = (libm::sin(angle.to_radians()), libm::cos(angle.to_radians()));
    let shift = |i: usize, part: f64| -libm::ceil(i as f64 * part - 0.5) as isize;
    (0..steps)
        .map(|i| (shift(i, cos), shift(i, sin), (weight(i) / sum) as f32))
        .take_while(|(dx, dy, _)| dx.unsigned_abs() < width && dy.unsigned_abs() < height)
        .collect()
}

/// Sums shifted copies by their weights, edge pixels repeated.
pub(super) fn along<T: Send>(
    path: &[(isize, isize, f32)],
    (width, height): (usize, usize),
    channels: usize,
    load: &(dyn Fn(usize, &mut [f32]) + Sync),
    out: &mut [T],
    store: impl Fn(f32) -> T + Sync,
) {
    let reach = path.iter().map(|(dx, ..)| dx.unsigned_abs()).max().unwrap_or(0);
    let samples = width * channels;
    out.par_chunks_mut(samples).enumerate().for_each_init(
        || (vec![0.0; (width + 2 * reach) * channels], vec![0.0; samples]),
        |(padded, sum), (y, out)| {
            sum.fill(0.0);
            let mut loaded = None;
            for (dx, dy, weight) in path {
                let from = Border::Nearest.at(y as isize - dy, height);
                if loaded != Some(from) {
                    let rows = super::kernel::Rows { width, height, channels, load };
                    rows.padded(from, reach, Border::Nearest, padded);
                    loaded = Some(from);
                }
                let start = (reach as isize - dx) as usize * channels;
                super::kernel::add(sum, &padded[start..], *weight);
            }
            for (out, value) in out.iter_mut().zip(&*sum) {
                *out = store(*value);
            }
        },
    );
}

/// See its text.
pub(super) static ZOOM_BLUR: Corruption = Corruption {
    id: "zoom_blur",
    title: "Zoom blur",
    text: "Averages the picture with enlarged copies of its centre, as a zoom during the exposure does.",
    suite: Suite::Common,
    source: "zoom_blur of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 0.2 % of samples",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("copies", "1", 1.0, 64.0).whole(),
        Parameter::new("step", "share of the size", 0.0, 0.5),
    ],
    severities: &[&[12.0, 0.01], &[16.0, 0.01], &[11.0, 0.02], &[13.0, 0.02], &[11.0, 0.03]],
    run: |picture, values, _| {
        // As numpy.arange steps: a rounding to a whole length may hang on it.
        let step = (1.0 + values[1]) - 1.0;
        let zooms: Vec<f64> = (0..values[0] as usize).map(|i| 1.0 + i as f64 * step).collect();
        Ok(Output::Picture(zoom_blur(picture, &zooms)))
    },
    place: None,
    spread: None,
};

/// Which part of a side a zoom shows and the length it is brought to, as scipy.ndimage.zoom rounds it.
#[derive(Clone, Copy)]
pub(super) struct Zoomed {
    first: usize,
    part: usize,
    /// Length afterwards.
    pub length: usize,
}

impl Zoomed {
    pub(super) fn of(side: usize, zoom: f64) -> Self {
        let part = (side as f64 / zoom).ceil() as usize;
        let length = (part as f64 * zoom).round_ties_even() as usize;
        Self { first: (side - part) / 2, part, length }
    }

    /// The two neighbours of place `i` and the weight of the second: the ends lie on the ends.
    pub(super) fn neighbours(&self, i: usize) -> (usize, usize, f32) {
        let scale = if self.length > 1 { (self.part - 1) as f64 / (self.length - 1) as f64 } else { 0.0 };
        let at = i as f64 * scale;
        let low = (at as usize).min(self.part - 1);
        (self.first + low, self.first + (low + 1).min(self.part - 1), (at - low as f64) as f32)
    }
}

fn zoom_blur(picture: Picture, zooms: &[f64]) -> Picture {
    let Picture { width, height, rgb } = &picture;
    let row = |y: usize| &rgb[y * width * 3..(y + 1) * width * 3];
    let tables: Vec<_> = zooms
        .iter()
        .map(|zoom| {
            let across = Zoomed::of(*width, *zoom);
            let columns: Vec<_> = (0..across.length.min(*width)).map(|x| across.neighbours(x)).collect();
            (columns, Zoomed::of(*height, *zoom))
        })
        .collect();
    let mut out = vec![0; rgb.len()];
    out.par_chunks_mut(width * 3).enumerate().for_each_init(
        || vec![0.0_f32; width * 3],
        |sum, (y, out)| {
            for (sum, sample) in sum.iter_mut().zip(row(y)) {
                *sum = f32::from(*sample);
            }
            for (columns, down) in tables.iter().filter(|(_, down)| y < down.length) {
                let (top, bottom, weight) = down.neighbours(y);
                let (top, bottom) = (row(top), row(bottom));
                for (sum, (left, right, across)) in sum.chunks_exact_mut(3).zip(columns) {
                    for (c, sum) in sum.iter_mut().enumerate() {
                        let mix = |line: &[u8]| {
                            let [a, b] = [line[left * 3 + c], line[right * 3 + c]].map(f32::from);
                            a + across * (b - a)
                        };
                        let (a, b) = (mix(top), mix(bottom));
                        *sum += a + weight * (b - a);
                    }
                }
            }
            let scale = 1.0 / (zooms.len() + 1) as f32;
            for (out, sum) in out.iter_mut().zip(&*sum) {
                *out = sample(sum * scale);
            }
        },
    );
    Picture { rgb: out, ..picture }
}

/// See its text.
pub(super) static GLASS_BLUR: Corruption = Corruption {
    id: "glass_blur",
    title: "Frosted glass",
    text: "Blurs, copies every pixel from a random one near it, several times over, and blurs again.",
    suite: Suite::Common,
    source: "glass_blur of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2, whose exchange of two pixels copies one over the other",
    agreement: "at most 1 level, on 2 % of samples, with the same random numbers",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("deviation", "pixels", 0.0, 20.0),
        Parameter::new("reach", "pixels", 1.0, 64.0).whole(),
        Parameter::new("rounds", "1", 1.0, 16.0).whole(),
    ],
    severities: &[&[0.7, 1.0, 2.0], &[0.9, 2.0, 1.0], &[1.0, 2.0, 3.0], &[1.1, 3.0, 2.0], &[1.5, 4.0, 2.0]],
    run: |picture, values, context| {
        let mut random = context.seed.whole();
        let blurred = glass(&picture, values, || between(random.random(), 0.0, 1.0));
        Ok(Output::Picture(blurred))
    },
    place: None,
    spread: None,
};

/// `draw` gives numbers from 0 to below 1, two a pixel: columns first.
pub(super) fn glass(picture: &Picture, values: &[f64], mut draw: impl FnMut() -> f64) -> Picture {
    let reach = values[1] as usize;
    let mut blurred = gaussian_blur(picture, values[0]);
    let Picture { width, height, rgb } = &mut blurred;
    let mut shift = |at: usize| at + (draw() * 2.0 * reach as f64) as usize - reach;
    for _ in 0..values[2] as usize {
        for y in (reach + 1..(*height + 1).saturating_sub(reach)).rev() {
            for x in (reach + 1..(*width + 1).saturating_sub(reach)).rev() {
                let (from_x, from_y) = (shift(x), shift(y));
                let from = (from_y * *width + from_x) * 3;
                rgb.copy_within(from..from + 3, (y * *width + x) * 3);
            }
        }
    }
    gaussian_blur(&blurred, values[0])
}

/// See its text.
pub(super) static MEDIAN_FILTER: Corruption = Corruption {
    id: "median_filter",
    title: "Median filter",
    text: "Replaces every sample by the median of a square around it, channel by channel, edge pixels repeated.",
    suite: Suite::Common,
    source: "medianBlur of OpenCV 4.10 (MedianBlur of imgaug 0.4.0); severities ours",
    agreement: "equal",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("radius", "pixels", 1.0, 50.0).whole()],
    severities: &[&[1.0], &[2.0], &[3.0], &[4.0], &[5.0]],
    run: |picture, values, _| Ok(Output::Picture(median(picture, values[0] as usize))),
    place: None,
    spread: None,
};

/// Huang's sliding histogram, with the count of samples below the median carried along.
fn median(picture: Picture, radius: usize) -> Picture {
    let Picture { width, height, rgb } = &picture;
    let half = (2 * radius + 1) * (2 * radius + 1) / 2;
    let mut out = vec![0; rgb.len()];
    out.par_chunks_mut(width * 3).enumerate().for_each(|(y, out)| {
        let lines: Vec<&[u8]> = (0..=2 * radius)
            .map(|k| Border::Nearest.at((y + k) as isize - radius as isize, *height))
            .map(|y| &rgb[y * width * 3..(y + 1) * width * 3])
            .collect();
        for c in 0..3 {
            let column = |x: isize| Border::Nearest.at(x, *width) * 3 + c;
            let mut counts = [0_u32; 256];
            for x in -(radius as isize)..=radius as isize {
                lines.iter().for_each(|line| counts[usize::from(line[column(x)])] += 1);
            }
            let (mut middle, mut below) = (0_usize, 0_usize);
            for x in 0..*width {
                if x > 0 {
                    let (gone, new) =
                        (column(x as isize - 1 - radius as isize), column((x + radius) as isize));
                    for line in &lines {
                        let (gone, new) = (usize::from(line[gone]), usize::from(line[new]));
                        counts[gone] -= 1;
                        counts[new] += 1;
                        below = below + usize::from(new < middle) - usize::from(gone < middle);
                    }
                }
                while below > half {
                    middle -= 1;
                    below -= counts[middle] as usize;
                }
                while below + counts[middle] as usize <= half {
                    below += counts[middle] as usize;
                    middle += 1;
                }
                out[x * 3 + c] = middle as u8;
            }
        }
    });
    Picture { rgb: out, ..picture }
}
