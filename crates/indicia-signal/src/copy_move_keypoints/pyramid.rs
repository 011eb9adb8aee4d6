//! The pyramid of Gaussians in which keypoints are looked for.

use rayon::prelude::*;

use crate::copies::Plane;

/// Scales an octave.
pub const SCALES: usize = 3;
/// Standard deviation of the first level of an octave, in its pixels.
const FIRST: f32 = 1.6;
/// Standard deviation that the picture is taken to have already.
const GIVEN: f32 = 0.5;

/// One size of the picture at growing smoothness.
pub struct Octave {
    /// `SCALES + 3` levels, each smoother by the `SCALES`-th root of 2.
    pub levels: Vec<Plane>,
    /// Differences of neighbouring levels.
    pub differences: Vec<Vec<f32>>,
}

impl Octave {
    /// Standard deviation at a level, which may lie between two.
    pub fn sigma(level: f32) -> f32 {
        FIRST * 2.0_f32.powf(level / SCALES as f32)
    }
}

/// The octaves of a picture, each of half the size of the one before, down to 24 pixels.
pub fn octaves(picture: &Plane) -> Vec<Octave> {
    let mut out: Vec<Octave> = vec![];
    let mut first = blur(picture, (FIRST * FIRST - GIVEN * GIVEN).sqrt());
    while first.width.min(first.height) >= 24 {
        let mut levels = vec![first];
        for k in 1..SCALES + 3 {
            let (from, to) = (Octave::sigma(k as f32 - 1.0), Octave::sigma(k as f32));
            levels.push(blur(&levels[k - 1], (to * to - from * from).sqrt()));
        }
        let difference =
            |pair: &[Plane]| pair[1].values.iter().zip(&pair[0].values).map(|(a, b)| a - b).collect();
        let differences = levels.windows(2).map(difference).collect();
        first = every_second(&levels[SCALES]);
        out.push(Octave { levels, differences });
    }
    out
}

fn every_second(plane: &Plane) -> Plane {
    let (width, height) = (plane.width.div_ceil(2), plane.height.div_ceil(2));
    let values = plane
        .values
        .chunks_exact(plane.width)
        .step_by(2)
        .flat_map(|row| row.iter().copied().step_by(2))
        .collect();
    Plane { width, height, values }
}

/// Convolution with a Gaussian cut at four standard deviations; beyond the border the nearest pixel counts.
fn blur(plane: &Plane, sigma: f32) -> Plane {
    let radius = (4.0 * sigma).ceil() as usize;
    let mut kernel: Vec<f32> = (0..=2 * radius)
        .map(|i| (-(i as f32 - radius as f32).powi(2) / (2.0 * sigma * sigma)).exp())
        .collect();
    let sum: f32 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= sum);
    let Plane { width, height, .. } = *plane;
    let mut across = vec![0.0; plane.values.len()];
    across.par_chunks_mut(width).zip(plane.values.par_chunks(width)).for_each(|(out, row)| {
        let mut wide = Vec::with_capacity(width + 2 * radius);
        wide.extend(std::iter::repeat_n(row[0], radius));
        wide.extend_from_slice(row);
        wide.extend(std::iter::repeat_n(row[width - 1], radius));
        for (k, weight) in kernel.iter().enumerate() {
            out.iter_mut().zip(&wide[k..]).for_each(|(out, v)| *out += weight * v);
        }
    });
    let mut values = vec![0.0; plane.values.len()];
    values.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        for (k, weight) in kernel.iter().enumerate() {
            let from = (y + k).saturating_sub(radius).min(height - 1);
            let row = &across[from * width..(from + 1) * width];
            out.iter_mut().zip(row).for_each(|(out, v)| *out += weight * v);
        }
    });
    Plane { width, height, values }
}
