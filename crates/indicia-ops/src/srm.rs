//! High-pass kernels of the spatial rich model (SRM).
//!
//! J. Fridrich, J. Kodovsky, "Rich Models for Steganalysis of Digital Images", IEEE Transactions on Information
//! Forensics and Security 7(3), 2012, doi 10.1109/TIFS.2012.2190402, figure 1: residuals of first to third
//! order along eight directions, edge and square kernels. The 30 linear ones, in the order in which
//! steganalysis networks hold them (J. Ye, J. Ni, Y. Yi, IEEE TIFS 12(11), 2017, and followers), each divided
//! by the weight of its centre. And the three kernels of P. Zhou, X. Han, V. I. Morariu, L. S. Davis,
//! "Learning Rich Features for Image Manipulation Detection", CVPR 2018, in the two wirings in use.

use indicia_core::{Error, Evidence, Result, View};
use multiversion::multiversion;
use rayon::prelude::*;

use crate::Rgb8;

/// A kernel of 5 by 5, row by row; smaller ones are surrounded by zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    /// Whole weights.
    pub taps: [i8; 25],
    /// What the weights are divided by.
    pub divisor: u8,
}

impl Kernel {
    /// The weight at `row` and `column`, both from 0 to 4.
    pub fn weight(&self, row: usize, column: usize) -> f32 {
        f32::from(self.taps[5 * row + column]) / f32::from(self.divisor)
    }

    const fn small(taps: [i8; 9], divisor: u8) -> Self {
        let (mut out, mut i) = ([0; 25], 0);
        while i < 9 {
            out[5 * (i / 3 + 1) + i % 3 + 1] = taps[i];
            i += 1;
        }
        Self { taps: out, divisor }
    }

    /// The kernel with the rows and columns that `keep` excludes set to zero: the half of a square kernel
    /// that lies on one side of an edge.
    const fn half(self, rows: (usize, usize), columns: (usize, usize)) -> Self {
        let (mut out, mut i) = ([0; 25], 0);
        while i < 25 {
            if rows.0 <= i / 5 && i / 5 <= rows.1 && columns.0 <= i % 5 && i % 5 <= columns.1 {
                out[i] = self.taps[i];
            }
            i += 1;
        }
        Self { taps: out, divisor: self.divisor }
    }

    /// Weights `taps` at -1, 0, 1 and 2 steps from the centre in the direction of `row` and `column`.
    const fn line(taps: [i8; 4], row: isize, column: isize, divisor: u8) -> Self {
        let (mut out, mut i) = ([0; 25], 0);
        while i < 4 {
            let step = i as isize - 1;
            if taps[i] != 0 {
                out[((2 + step * row) * 5 + 2 + step * column) as usize] = taps[i];
            }
            i += 1;
        }
        Self { taps: out, divisor }
    }
}

/// The square kernel of 3 by 3 (KB, after A. D. Ker and R. Böhme).
pub const SQUARE_3: Kernel = Kernel::small([-1, 2, -1, 2, -4, 2, -1, 2, -1], 4);

/// The square kernel of 5 by 5 (KV).
#[rustfmt::skip]
pub const SQUARE_5: Kernel = Kernel {
    taps: [
        -1, 2, -2, 2, -1,
        2, -6, 8, -6, 2,
        -2, 8, -12, 8, -2,
        2, -6, 8, -6, 2,
        -1, 2, -2, 2, -1,
    ],
    divisor: 12,
};

/// The second-order residual along rows.
pub const SECOND_HORIZONTAL: Kernel = Kernel::line([1, -2, 1, 0], 0, 1, 2);

/// The three kernels of manipulation detectors: square 3, square 5, second order along rows.
pub const SRM_3: [Kernel; 3] = [SQUARE_3, SQUARE_5, SECOND_HORIZONTAL];

/// The 30 linear kernels: 8 of first order (neighbour minus centre: upper left, upper, upper right, left,
/// right, lower left, lower, lower right), 4 of second (falling diagonal, vertical, rising diagonal,
/// horizontal), 8 of third (towards upper left, upper, upper right, right, lower right, lower, lower left,
/// left), 4 edges of 3 by 3 and of 5 by 5 (upper, right, lower, left part of the square), the squares of 3 by
/// 3 and of 5 by 5.
pub const SRM_30: [Kernel; 30] = {
    const fn first(row: isize, column: isize) -> Kernel {
        Kernel::line([0, -1, 1, 0], row, column, 1)
    }
    const fn second(row: isize, column: isize) -> Kernel {
        Kernel::line([1, -2, 1, 0], row, column, 2)
    }
    const fn third(row: isize, column: isize) -> Kernel {
        Kernel::line([1, -3, 3, -1], row, column, 3)
    }
    [
        first(-1, -1),
        first(-1, 0),
        first(-1, 1),
        first(0, -1),
        first(0, 1),
        first(1, -1),
        first(1, 0),
        first(1, 1),
        second(1, 1),
        second(1, 0),
        second(1, -1),
        second(0, 1),
        third(-1, -1),
        third(-1, 0),
        third(-1, 1),
        third(0, 1),
        third(1, 1),
        third(1, 0),
        third(1, -1),
        third(0, -1),
        SQUARE_3.half((0, 2), (0, 4)),
        SQUARE_3.half((0, 4), (2, 4)),
        SQUARE_3.half((2, 4), (0, 4)),
        SQUARE_3.half((0, 4), (0, 2)),
        SQUARE_5.half((0, 2), (0, 4)),
        SQUARE_5.half((0, 4), (2, 4)),
        SQUARE_5.half((2, 4), (0, 4)),
        SQUARE_5.half((0, 4), (0, 2)),
        SQUARE_3,
        SQUARE_5,
    ]
};

/// The residual of a plane of `width` columns under a kernel: correlation, zeros beyond the border.
///
/// # Panics
/// If the length of `plane` is not a multiple of `width`.
pub fn residual(plane: &[f32], width: usize, kernel: &Kernel) -> Vec<f32> {
    let mut out = vec![0.0; plane.len()];
    if width == 0 {
        return out;
    }
    assert_eq!(plane.len() % width, 0, "{} samples in rows of {width}", plane.len());
    let height = plane.len() / width;
    out.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        for row in 0..5 {
            let Some(from) = (y + row).checked_sub(2).filter(|&from| from < height) else { continue };
            let plane = &plane[from * width..(from + 1) * width];
            for column in (0..5).filter(|&column| kernel.taps[5 * row + column] != 0) {
                let weight = kernel.weight(row, column);
                // Output x reads x + column - 2.
                let (skip, lead) = (2_usize.saturating_sub(column), column.saturating_sub(2));
                if skip.max(lead) < width {
                    add_scaled(&plane[lead..width - skip], weight, &mut out[skip..width - lead]);
                }
            }
        }
    });
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn add_scaled(values: &[f32], weight: f32, out: &mut [f32]) {
    for (out, value) in out.iter_mut().zip(values) {
        *out += weight * value;
    }
}

/// How [`SRM_3`] is applied to a colour picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wiring {
    /// Three planes, a kernel each, of the sum over red, green and blue, cut to -clip to clip (2 in MMFusion, 3
    /// in ASC-Former).
    Summed {
        /// Largest magnitude, at least 1.
        clip: u8,
    },
    /// Nine planes: red, green and blue, each under the three kernels; not cut (SEAR).
    Depthwise,
}

/// Residuals of a colour picture under [`SRM_3`], samples 0 to 255.
#[derive(Debug, Clone)]
pub struct Srm3 {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Three or nine planes, see [`Wiring`].
    pub planes: Vec<Vec<f32>>,
}

impl Srm3 {
    /// Of an interleaved picture of `width` columns.
    pub fn of(rgb: &[u8], width: usize, wiring: Wiring) -> Self {
        let height = (rgb.len() / 3).checked_div(width).unwrap_or(0);
        let pixels = || rgb.par_chunks_exact(3);
        let planes = match wiring {
            Wiring::Summed { clip } => {
                // The kernels are linear: the sum of channels is filtered instead of each.
                let sum: Vec<f32> = pixels().map(|p| p.iter().map(|&v| f32::from(v)).sum()).collect();
                let clip = f32::from(clip);
                let cut = |mut plane: Vec<f32>| {
                    plane.iter_mut().for_each(|v| *v = v.clamp(-clip, clip));
                    plane
                };
                SRM_3.iter().map(|kernel| cut(residual(&sum, width, kernel))).collect()
            }
            Wiring::Depthwise => (0..3)
                .flat_map(|channel| {
                    let plane: Vec<f32> = pixels().map(|p| f32::from(p[channel])).collect();
                    SRM_3.iter().map(move |kernel| residual(&plane, width, kernel)).collect::<Vec<_>>()
                })
                .collect(),
        };
        Self { width, height, planes }
    }
}

impl View for Srm3 {
    type Key = Wiring;

    fn compute(evidence: &Evidence, wiring: &Wiring) -> Result<Self> {
        if *wiring == (Wiring::Summed { clip: 0 }) {
            return Err(Error::internal("residuals cut to 0, expected a clip of at least 1"));
        }
        let rgb = evidence.view::<Rgb8>(())?;
        Ok(Self::of(&rgb.samples, rgb.width, *wiring))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plane with a single 1 in the middle of 5 by 5: its residual is the kernel turned by 180 degrees.
    fn turned(kernel: &Kernel) -> Vec<f32> {
        let mut plane = [0.0; 25];
        plane[12] = 1.0;
        residual(&plane, 5, kernel)
    }

    #[test]
    fn every_kernel_ignores_a_constant_and_is_applied_as_written() {
        for (number, kernel) in SRM_30.iter().enumerate() {
            assert_eq!(kernel.taps.iter().map(|&t| i32::from(t)).sum::<i32>(), 0, "kernel {number}");
            assert_eq!(i32::from(kernel.taps[12]), -i32::from(kernel.divisor), "kernel {number}");
            let expected: Vec<f32> = (0..25).rev().map(|i| kernel.weight(i / 5, i % 5)).collect();
            assert_eq!(turned(kernel), expected, "kernel {number}");
        }
        let different: std::collections::HashSet<_> = SRM_30.iter().map(|k| k.taps).collect();
        assert_eq!(different.len(), 30);
    }

    #[test]
    #[rustfmt::skip]
    fn kernels_are_the_published_ones() {
        assert_eq!(SRM_30[0].taps, [
            0, 0, 0, 0, 0,
            0, 1, 0, 0, 0,
            0, 0, -1, 0, 0,
            0, 0, 0, 0, 0,
            0, 0, 0, 0, 0,
        ]);
        assert_eq!(SRM_30[10].taps, [
            0, 0, 0, 0, 0,
            0, 0, 0, 1, 0,
            0, 0, -2, 0, 0,
            0, 1, 0, 0, 0,
            0, 0, 0, 0, 0,
        ]);
        assert_eq!(SRM_30[12].taps, [
            -1, 0, 0, 0, 0,
            0, 3, 0, 0, 0,
            0, 0, -3, 0, 0,
            0, 0, 0, 1, 0,
            0, 0, 0, 0, 0,
        ]);
        assert_eq!(SRM_30[15].taps, [
            0, 0, 0, 0, 0,
            0, 0, 0, 0, 0,
            0, 1, -3, 3, -1,
            0, 0, 0, 0, 0,
            0, 0, 0, 0, 0,
        ]);
        assert_eq!(SRM_30[21].taps, [
            0, 0, 0, 0, 0,
            0, 0, 2, -1, 0,
            0, 0, -4, 2, 0,
            0, 0, 2, -1, 0,
            0, 0, 0, 0, 0,
        ]);
        assert_eq!(SRM_30[24].taps, [
            -1, 2, -2, 2, -1,
            2, -6, 8, -6, 2,
            -2, 8, -12, 8, -2,
            0, 0, 0, 0, 0,
            0, 0, 0, 0, 0,
        ]);
        assert_eq!(SRM_30.map(|k| k.divisor), [
            1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 12, 12, 12, 12, 4, 12,
        ]);
    }

    #[test]
    fn the_two_wirings_are_as_by_hand() {
        // One red pixel of 6 in black, the middle of 5 by 5.
        let mut rgb = vec![0; 75];
        rgb[36] = 6;
        let summed = Srm3::of(&rgb, 5, Wiring::Summed { clip: 2 });
        assert_eq!((summed.width, summed.height, summed.planes.len()), (5, 5, 3));
        // Square 3: -6 at the centre is cut to -2, 6 * 2/4 = 3 beside it to 2, 6 * -1/4 at the corner stays.
        assert_eq!((summed.planes[0][12], summed.planes[0][11], summed.planes[0][6]), (-2.0, 2.0, -1.5));
        assert_eq!((summed.planes[1][0], summed.planes[1][2]), (-0.5, -1.0));
        assert_eq!((summed.planes[2][11], summed.planes[2][7]), (2.0, 0.0));
        let deep = Srm3::of(&rgb, 5, Wiring::Depthwise);
        assert_eq!(deep.planes.len(), 9);
        assert_eq!((deep.planes[0][12], deep.planes[2][11]), (-6.0, 3.0));
        assert!(deep.planes[3..].iter().flatten().all(|&v| v == 0.0), "green and blue are black");
    }

    #[test]
    fn narrow_and_empty_pictures_have_residuals() {
        assert!(residual(&[], 0, &SQUARE_5).is_empty());
        assert_eq!(residual(&[3.0], 1, &SQUARE_5), [-3.0]);
        assert_eq!(residual(&[1.0, 1.0], 1, &SQUARE_3), [-0.5, -0.5]);
        assert_eq!(Srm3::of(&[], 0, Wiring::Depthwise).planes.len(), 9);
    }
}
