use rayon::prelude::*;

use crate::combine::combine;
use crate::plane::{Plane, mirrored};

/// Gaussian filter of standard deviation `sigma` pixels, cut at 4 `sigma` (rounded half up) as SciPy's
/// `gaussian_filter` does. A `sigma` that is not above 0 gives the plane unchanged.
pub fn gaussian(plane: &Plane, sigma: f32) -> Plane {
    if sigma.is_nan() || sigma <= 0.0 || plane.samples.is_empty() {
        return plane.clone();
    }
    let radius = (4.0 * sigma + 0.5) as isize;
    let weights: Vec<f64> =
        (-radius..=radius).map(|d| (-0.5 * (d as f64 / f64::from(sigma)).powi(2)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let weights: Vec<f32> = weights.iter().map(|w| (w / sum) as f32).collect();
    let (width, height) = (plane.width, plane.height);
    let columns: Vec<usize> = (-radius..width as isize + radius).map(|x| mirrored(x, width)).collect();
    let mut out = Plane::zeros(width, height);
    out.samples.par_chunks_mut(width).enumerate().for_each_init(
        || (vec![0.0; width], vec![0.0; columns.len()]),
        |(line, padded), (y, row)| {
            let sources: Vec<&[f32]> =
                (-radius..=radius).map(|d| plane.row(mirrored(y as isize + d, height))).collect();
            combine(line, &sources, &weights);
            padded.iter_mut().zip(&columns).for_each(|(value, &x)| *value = line[x]);
            let shifted: Vec<&[f32]> = (0..weights.len()).map(|at| &padded[at..]).collect();
            combine(row, &shifted, &weights);
        },
    );
    out
}

/// Rows of a strip. Sums run down the rows of a strip and start anew in the next, so that strips can be
/// computed side by side and give the same numbers on any number of threads.
const STRIP: usize = 128;

/// Mean over the square of side `2 * radius + 1` around each pixel, by running sums in double precision: the
/// cost does not depend on the radius. Equal to SciPy's `uniform_filter` with its default border.
pub fn box_mean(plane: &Plane, radius: usize) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let mut out = Plane::zeros(width, height);
    if radius == 0 || out.samples.is_empty() {
        return plane.clone();
    }
    let reach = radius as isize;
    let scale = 1.0 / ((2 * radius + 1) as f64).powi(2);
    out.samples.par_chunks_mut(STRIP * width).enumerate().for_each(|(strip, rows)| {
        let top = (strip * STRIP) as isize;
        let line = |y: isize| plane.row(mirrored(y, height));
        let mut sums = vec![0.0_f64; width];
        for d in -reach..=reach {
            sums.iter_mut().zip(line(top + d)).for_each(|(sum, &v)| *sum += f64::from(v));
        }
        for (y, row) in (top..).zip(rows.chunks_exact_mut(width)) {
            if y > top {
                for ((sum, &new), &old) in sums.iter_mut().zip(line(y + reach)).zip(line(y - reach - 1)) {
                    *sum += f64::from(new) - f64::from(old);
                }
            }
            let at = |x: isize| sums[mirrored(x, width)];
            let mut sum: f64 = (-reach..=reach).map(at).sum();
            for (x, value) in row.iter_mut().enumerate() {
                *value = (sum * scale) as f32;
                sum += if x >= radius && x + radius + 1 < width {
                    sums[x + radius + 1] - sums[x - radius]
                } else {
                    at(x as isize + reach + 1) - at(x as isize - reach)
                };
            }
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: usize, height: usize) -> Plane {
        let samples = (0..width * height).map(|i| ((i * 7919) % 251) as f32).collect();
        Plane { width, height, samples }
    }

    #[test]
    fn the_box_mean_equals_its_definition() {
        for (width, height, radius) in [(1, 1, 2), (5, 3, 1), (40, 300, 4), (3, 7, 9)] {
            let plane = plane(width, height);
            let mean = box_mean(&plane, radius);
            let reach = radius as isize;
            for (i, &value) in mean.samples.iter().enumerate() {
                let (x, y) = ((i % width) as isize, (i / width) as isize);
                let mut sum = 0.0;
                for dy in -reach..=reach {
                    for dx in -reach..=reach {
                        sum += plane.row(mirrored(y + dy, height))[mirrored(x + dx, width)];
                    }
                }
                let expected = sum / ((2 * radius + 1) * (2 * radius + 1)) as f32;
                assert!((value - expected).abs() < 1e-3, "{value} {expected}");
            }
        }
    }

    #[test]
    fn the_gaussian_keeps_constants_and_spreads_a_point() {
        let flat = Plane { width: 5, height: 2, samples: vec![7.0; 10] };
        assert!(gaussian(&flat, 2.0).samples.iter().all(|v| (v - 7.0).abs() < 1e-5));
        let mut point = Plane::zeros(33, 33);
        point.samples[16 * 33 + 16] = 1.0;
        let spread = gaussian(&point, 1.5);
        assert!((spread.samples.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        // At one pixel's distance a Gaussian of 1.5 falls by exp(-1 / 4.5).
        let ratio = spread.samples[16 * 33 + 17] / spread.samples[16 * 33 + 16];
        assert!((ratio - (-1.0_f32 / 4.5).exp()).abs() < 1e-5);
        assert_eq!(gaussian(&point, 0.0), point);
        assert_eq!(gaussian(&point, f32::NAN), point);
    }
}
