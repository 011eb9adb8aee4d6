//! Gaussian low-pass of luma and what is left, computed in strips of rows.

use indicia_core::Picture;
use indicia_ops::{Luma8, Plane, filter, mirrored};
use rayon::prelude::*;

use crate::picture::reduction;

/// The two parts, ready to be shown.
#[derive(Debug)]
pub(super) struct Parts {
    /// The low frequencies.
    pub(super) low: Picture,
    /// Size of the high frequencies, gray.
    pub(super) high: Picture,
    /// Root mean square of the high frequencies, of 255.
    pub(super) size: f32,
    /// Size that is shown white, of 255.
    pub(super) white: f32,
}

/// Rows of the view that are computed together.
const STRIP: usize = 32;

/// Sizes of the high part up to this many times the root mean square have a gray of their own.
const REACH: f32 = 3.0;

/// Splits luma at a Gaussian of deviation `sigma` pixels. The picture is not empty.
pub(super) fn split(luma: &Luma8, sigma: f32) -> Parts {
    let (width, height) = (luma.width, luma.height);
    let side = reduction(width, height);
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let margin = (4.0 * sigma + 0.5) as usize;
    let strips: Vec<Vec<(f32, f32)>> = (0..rows.div_ceil(STRIP))
        .into_par_iter()
        .map(|strip| {
            let ys = strip * STRIP * side..((strip + 1) * STRIP * side).min(height);
            let lines = ys.start as isize - margin as isize..(ys.end + margin) as isize;
            let mut samples = Vec::with_capacity(width * lines.len());
            for y in lines.clone() {
                let row = &luma.samples[mirrored(y, height) * width..][..width];
                samples.extend(row.iter().map(|&v| f32::from(v)));
            }
            let plane = Plane { width, height: lines.len(), samples };
            let low = filter::gaussian(&plane, sigma);
            let mut sums = vec![(0.0, 0.0); columns * ys.len().div_ceil(side)];
            for i in 0..ys.len() {
                let cells = &mut sums[i / side * columns..][..columns];
                let (own, low) = (plane.row(i + margin), low.row(i + margin));
                for ((sum, own), low) in cells.iter_mut().zip(own.chunks(side)).zip(low.chunks(side)) {
                    for (own, low) in own.iter().zip(low) {
                        sum.0 += low;
                        sum.1 += (own - low) * (own - low);
                    }
                }
            }
            sums
        })
        .collect();
    let mut sums = strips.concat();
    let square: f64 = sums.iter().map(|s| f64::from(s.1)).sum();
    let size = (square / (width * height) as f64).sqrt() as f32;
    let white = (REACH * size).max(1.0);
    for (i, sum) in sums.iter_mut().enumerate() {
        let wide = side.min(width - i % columns * side);
        let high = side.min(height - i / columns * side);
        let count = (wide * high) as f32;
        *sum = (sum.0 / count, 255.0 / white * (sum.1 / count).sqrt());
    }
    let picture = |of: fn(&(f32, f32)) -> f32| Picture {
        width: columns,
        height: rows,
        rgb: sums.iter().flat_map(|s| [of(s).round().clamp(0.0, 255.0) as u8; 3]).collect(),
    };
    Parts { low: picture(|s| s.0), high: picture(|s| s.1), size, white }
}
