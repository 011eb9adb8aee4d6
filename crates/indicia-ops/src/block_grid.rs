//! DCT coefficients of the luma of a picture on one grid of 8 by 8 blocks: those that a JPEG stores, or those
//! of its pixels on any of the 64 grids.

use std::borrow::Cow;

use indicia_codec::jpeg::Jpeg;
use rayon::prelude::*;

use crate::Luma8;

/// Luma coefficients of whole blocks on one grid.
#[derive(Debug, Clone)]
pub struct BlockGrid<'a> {
    /// Blocks in a row.
    pub wide: usize,
    /// Rows of blocks.
    pub high: usize,
    /// Column and row of the first block's top left pixel, 0 to 7 each.
    pub origin: (usize, usize),
    /// Unit of each coefficient in natural order (index `8 * v + u`): the file's quantisation steps, or 1.
    pub steps: [u16; 64],
    /// Coefficients in units of `steps`, natural order, blocks in rows.
    pub blocks: Cow<'a, [[i16; 64]]>,
}

impl<'a> BlockGrid<'a> {
    /// The file's own coefficients of the first component; `None` if it is subsampled or has no blocks.
    pub fn of_jpeg(jpeg: &'a Jpeg) -> Option<Self> {
        let first = jpeg.components.first()?;
        let subsampled = jpeg.components.iter().any(|c| c.h > first.h || c.v > first.v);
        let (wide, high) = (first.blocks_wide, first.blocks_high);
        if subsampled || first.blocks.is_empty() || first.blocks.len() != wide * high {
            return None;
        }
        Some(Self { wide, high, origin: (0, 0), steps: first.steps, blocks: Cow::Borrowed(&first.blocks) })
    }

    /// The same coefficients quantised with other steps (at least 1 each), halves away from zero.
    pub fn quantised(&self, steps: &[u16; 64]) -> BlockGrid<'static> {
        let ratio: [f32; 64] =
            std::array::from_fn(|at| f32::from(self.steps[at]) / f32::from(steps[at].max(1)));
        let quantise =
            |block: &[i16; 64]| std::array::from_fn(|at| (f32::from(block[at]) * ratio[at]).round() as i16);
        BlockGrid {
            wide: self.wide,
            high: self.high,
            origin: self.origin,
            steps: steps.map(|step| step.max(1)),
            blocks: self.blocks.par_iter().map(quantise).collect::<Vec<_>>().into(),
        }
    }

    /// Coefficients of luma minus 128 on the grid whose first whole block begins at `origin`, orthonormal,
    /// rounded to whole numbers. Without a whole block there, an empty grid.
    pub fn of_luma(luma: &Luma8, origin: (usize, usize)) -> BlockGrid<'static> {
        let whole = |side: usize, start: usize| side.saturating_sub(start) / 8;
        let (mut wide, mut high) = (whole(luma.width, origin.0), whole(luma.height, origin.1));
        if wide == 0 || high == 0 {
            (wide, high) = (0, 0);
        }
        let mut blocks = vec![[0_i16; 64]; wide * high];
        blocks.par_chunks_mut(wide.max(1)).enumerate().for_each(|(row, blocks)| {
            for (column, block) in blocks.iter_mut().enumerate() {
                let mut samples = [0.0; 64];
                for (y, line) in samples.chunks_exact_mut(8).enumerate() {
                    let start = (origin.1 + 8 * row + y) * luma.width + origin.0 + 8 * column;
                    for (value, &sample) in line.iter_mut().zip(&luma.samples[start..start + 8]) {
                        *value = f32::from(sample) - 128.0;
                    }
                }
                *block = dct(&samples).map(|c| c.round() as i16);
            }
        });
        BlockGrid { wide, high, origin, steps: [1; 64], blocks: Cow::Owned(blocks) }
    }
}

/// `cos((2x + 1) u pi / 16)` with the factors that make the DCT orthonormal, by frequency u and place x
/// (T.81, A.3.3).
static BASIS: std::sync::LazyLock<[[f32; 8]; 8]> = std::sync::LazyLock::new(|| {
    std::array::from_fn(|u| {
        let scale = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
        std::array::from_fn(|x| {
            (scale * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos()) as f32
        })
    })
});

/// Orthonormal two-dimensional DCT-II of 8 by 8 samples in rows; index `8 * v + u` of the result is vertical
/// frequency v and horizontal frequency u.
pub fn dct(samples: &[f32; 64]) -> [f32; 64] {
    let basis = &*BASIS;
    let mut rows = [0.0; 64];
    for (out, line) in rows.chunks_exact_mut(8).zip(samples.chunks_exact(8)) {
        for (out, basis) in out.iter_mut().zip(basis) {
            *out = basis.iter().zip(line).map(|(b, s)| b * s).sum();
        }
    }
    let mut out = [0.0; 64];
    for (out, basis) in out.chunks_exact_mut(8).zip(basis) {
        for (line, b) in rows.chunks_exact(8).zip(basis) {
            for (out, value) in out.iter_mut().zip(line) {
                *out += b * value;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_waves_have_single_coefficients() {
        assert!(
            dct(&[3.0; 64])
                .iter()
                .enumerate()
                .all(|(i, c)| (c - [0.0, 24.0][usize::from(i == 0)]).abs() < 1e-4)
        );
        // A horizontal wave of frequency 1 and amplitude 2: 2 * sum of cos^2 = 8 a row, times the factors
        // 1/2 and sqrt(1/8) and eight rows: 32 sqrt(1/8).
        let wave: [f32; 64] =
            std::array::from_fn(|i| 2.0 * ((2 * (i % 8) + 1) as f32 * std::f32::consts::PI / 16.0).cos());
        let got = dct(&wave);
        assert!((got[1] - 32.0 * 0.125_f32.sqrt()).abs() < 1e-4, "{}", got[1]);
        assert!(got.iter().enumerate().all(|(i, c)| i == 1 || c.abs() < 1e-4), "{got:?}");
    }

    #[test]
    fn a_grid_holds_whole_blocks_from_its_origin() {
        let luma = Luma8 { width: 20, height: 17, samples: vec![130; 340] };
        let grid = BlockGrid::of_luma(&luma, (3, 1));
        assert_eq!((grid.wide, grid.high, grid.blocks.len()), (2, 2, 4));
        assert!(grid.blocks.iter().all(|b| b[0] == 16 && b[1..].iter().all(|c| *c == 0)));
        // 16 in steps of 3 is 5.33, in steps of 32 a half.
        assert_eq!(grid.quantised(&[3; 64]).blocks[0][0], 5);
        assert_eq!((grid.quantised(&[32; 64]).blocks[3][0], grid.quantised(&[0; 64]).blocks[3][0]), (1, 16));
        for (width, height) in [(0, 0), (7, 90), (90, 7), (8, 8)] {
            let luma = Luma8 { width, height, samples: vec![0; width * height] };
            let grid = BlockGrid::of_luma(&luma, (1, 0));
            assert_eq!((grid.wide, grid.high, grid.blocks.len()), (0, 0, 0), "{width}x{height}");
        }
    }
}
