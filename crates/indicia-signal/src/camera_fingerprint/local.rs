//! How far the residual follows the fingerprint in each part of a picture, and what there could weaken it.

use indicia_ops::{Plane, box_sum};
use ndarray::Array2;
use rayon::prelude::*;

/// Side of a cell in pixels.
pub const CELL: usize = 16;

/// Cells on each side of the middle one in a window: 7 by 7 cells, 112 by 112 pixels.
pub const REACH: usize = 3;

/// Side of the small blocks whose variances tell texture.
const BLOCK: usize = 4;

/// Sums over a cell: residual times expected fingerprint, their squares, and the same product with the
/// fingerprint of a wrong place; pixels; attenuated intensity, texture, their product and flatness.
const SUMS: usize = 9;

/// What the correlation in a window depends on (Chen et al. 2008): intensity, texture, both, flatness.
pub type Features = [f32; 4];

/// Whole windows of a picture, in rows of cells.
pub struct Windows {
    /// Correlation of residual and expected fingerprint.
    pub correlation: Array2<f32>,
    /// The same with the fingerprint of a wrong place: what chance gives.
    pub chance: Array2<f32>,
    /// What the correlation depends on.
    pub features: Array2<Features>,
    /// Share of the full window that lies in the picture.
    pub share: Array2<f32>,
}

/// The planes of a picture that was placed in a fingerprint.
pub struct Placed<'a> {
    /// Residual as the denoiser left it.
    pub raw: &'a Plane,
    /// Cleaned residual.
    pub residual: &'a Plane,
    /// Intensity, 0 to 1.
    pub intensity: &'a Plane,
    /// The fingerprint, at least as large.
    pub fingerprint: &'a Plane,
    /// Column and row of the fingerprint at the picture's left upper corner.
    pub place: (usize, usize),
}

/// Correlations and features of the window around every cell.
pub fn windows(planes: &Placed<'_>) -> Windows {
    let (width, height) = (planes.residual.width, planes.residual.height);
    let (wide, high) = (width.div_ceil(CELL), height.div_ceil(CELL));
    let mut cells = vec![[0.0_f32; SUMS]; wide * high];
    cells.par_chunks_mut(wide.max(1)).enumerate().for_each(|(row, out)| {
        for (column, sums) in out.iter_mut().enumerate() {
            let (x, y) = (column * CELL, row * CELL);
            correlate(planes, (x, (x + CELL).min(width)), (y, (y + CELL).min(height)), sums);
            weaken(planes, (x, (x + CELL).min(width)), (y, (y + CELL).min(height)), sums);
        }
    });
    let sums: Vec<Array2<f32>> = (0..SUMS)
        .into_par_iter()
        .map(|i| box_sum(&Array2::from_shape_fn((high, wide), |(y, x)| cells[y * wide + x][i]), REACH))
        .collect();
    let ratio = |product: usize| {
        Array2::from_shape_fn((high, wide), |at| {
            let energy = sums[1][at] * sums[2][at];
            if energy > 0.0 { (sums[product][at] / energy.sqrt()).clamp(-1.0, 1.0) } else { 0.0 }
        })
    };
    let features = Array2::from_shape_fn((high, wide), |at| {
        std::array::from_fn(|i| sums[5 + i][at] / sums[4][at].max(1.0))
    });
    let full = ((2 * REACH + 1) * CELL).pow(2) as f32;
    let share = sums[4].mapv(|pixels| pixels / full);
    Windows { correlation: ratio(0), chance: ratio(3), features, share }
}

fn correlate(planes: &Placed<'_>, xs: (usize, usize), ys: (usize, usize), sums: &mut [f32; SUMS]) {
    let (left, top) = planes.place;
    let print = planes.fingerprint;
    // Half the fingerprint away, on the same lattice of the colour filter.
    let (aside, down) = (print.width / 4 * 2, print.height / 4 * 2);
    for y in ys.0..ys.1 {
        let residual = &planes.residual.row(y)[xs.0..xs.1];
        let intensity = &planes.intensity.row(y)[xs.0..xs.1];
        let here = &print.row(top + y)[left + xs.0..left + xs.1];
        let wrong = print.row((top + y + down) % print.height);
        for (i, ((w, light), k)) in residual.iter().zip(intensity).zip(here).enumerate() {
            let expected = light * k;
            sums[0] += w * expected;
            sums[1] += w * w;
            sums[2] += expected * expected;
            sums[3] += w * light * wrong[(left + xs.0 + i + aside) % print.width];
            sums[4] += 1.0;
        }
    }
}

/// Adds the features of a cell, block by block: attenuated intensity, 1 / (1 + variance of the residual), the
/// product, and whether the intensity is flat. Their means over a window are what Chen et al. use, with blocks
/// of 4 x 4 in place of sliding windows of 5 x 5.
fn weaken(planes: &Placed<'_>, xs: (usize, usize), ys: (usize, usize), sums: &mut [f32; SUMS]) {
    for top in (ys.0..ys.1).step_by(BLOCK) {
        for left in (xs.0..xs.1).step_by(BLOCK) {
            let (right, bottom) = ((left + BLOCK).min(xs.1), (top + BLOCK).min(ys.1));
            let (mut light, mut square, mut noise, mut noise_square, mut usable) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for y in top..bottom {
                let (intensity, raw) = (planes.intensity.row(y), planes.raw.row(y));
                for (&i, &w) in intensity[left..right].iter().zip(&raw[left..right]) {
                    light += i;
                    square += i * i;
                    noise += w;
                    noise_square += w * w;
                    // Intensity is 0 where it is saturated: nothing is expected there.
                    usable += attenuated(i);
                }
            }
            let count = ((right - left) * (bottom - top)) as f32;
            let mean = light / count;
            let variance = (square / count - mean * mean).max(0.0);
            let texture = 1.0 / (1.0 + (noise_square / count - (noise / count) * (noise / count)).max(0.0));
            sums[5] += usable;
            sums[6] += texture * count;
            sums[7] += usable * texture;
            sums[8] += if variance.sqrt() < FLAT * mean { count } else { 0.0 };
        }
    }
}

/// A block is flat if its standard deviation is below this share of its mean.
const FLAT: f32 = 0.03;

/// Intensity as far as it carries the fingerprint: less towards saturation, above 250 of 255, falling off as
/// exp(-d * d / 6) in gray levels.
fn attenuated(intensity: f32) -> f32 {
    let over = intensity * 255.0 - 250.0;
    if over <= 0.0 { intensity * (255.0 / 250.0) } else { (-over * over / 6.0).exp() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn windows_give_the_correlation_and_what_weakens_it() {
        let (width, height) = (80, 50);
        let plane = |seed| {
            let mut random = Random(seed);
            let samples = (0..width * height).map(|_| random.unit() as f32 - 0.5).collect();
            Plane { width, height, samples }
        };
        let fingerprint = plane(1);
        let mut intensity = Plane { width, height, samples: vec![0.5; width * height] };
        intensity.samples[0] = 0.0;
        let mut planes = Placed {
            raw: &fingerprint,
            residual: &fingerprint,
            intensity: &intensity,
            fingerprint: &fingerprint,
            place: (0, 0),
        };
        let found = windows(&planes);
        assert_eq!(found.correlation.dim(), (4, 5));
        assert!(found.correlation.iter().all(|&c| c > 0.999), "{}", found.correlation);
        assert!(found.chance.iter().all(|&c| c.abs() < 0.15), "{}", found.chance);
        let features = found.features[[3, 4]];
        assert!((features[0] - 0.51).abs() < 1e-4 && features[3] == 1.0, "{features:?}");
        assert!((features[1] - 1.0 / (1.0 + 1.0 / 12.0)).abs() < 0.05, "{features:?}");
        let other = plane(2);
        planes.residual = &other;
        assert!(windows(&planes).correlation.iter().all(|&c| c.abs() < 0.15));
    }

    #[test]
    fn intensity_carries_less_towards_saturation() {
        assert!((attenuated(125.0 / 255.0) - 0.5).abs() < 1e-6);
        assert!((attenuated(250.0 / 255.0) - 1.0).abs() < 1e-6);
        assert!((attenuated(1.0) - (-25.0_f32 / 6.0).exp()).abs() < 1e-4);
    }
}
