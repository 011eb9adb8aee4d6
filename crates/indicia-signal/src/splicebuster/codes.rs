//! Co-occurrences of quantised residuals, counted in blocks.

use multiversion::multiversion;
use rayon::prelude::*;

use super::saturation::usable;

/// Codes that remain of 3⁴ when a run of four, its reverse, its negative and the reverse of that are one.
pub(super) const CODES: usize = 25;
/// Values of a feature: residuals across their runs, then along them.
pub(super) const FEATURES: usize = 2 * CODES;
/// Pixels that residual and run take from each side of the picture.
pub(super) const BORDER: usize = 4;

/// Counts of codes in blocks of `stride` by `stride` pixels, the first one at ([`BORDER`], [`BORDER`]).
pub(super) struct BlockCounts {
    /// Rows of blocks.
    pub(super) rows: usize,
    /// Columns of blocks.
    pub(super) columns: usize,
    /// Side of a block in pixels.
    pub(super) stride: usize,
    /// Counts of a block, row by row: [`FEATURES`] each. Both halves count every pixel twice.
    pub(super) counts: Vec<[u16; FEATURES]>,
    /// Pixels counted in a block.
    pub(super) weights: Vec<u16>,
}

/// For each of the 81 runs (first residual in the lowest digit, 0 to 2 for -1 to 1), the index of its class;
/// classes in ascending order of their smallest member.
pub(super) const CLASS: [u8; 81] = classes();

const fn classes() -> [u8; 81] {
    let mut smallest = [0; 81];
    let mut code = 0;
    while code < 81 {
        let reverse = code % 3 * 27 + code / 3 % 3 * 9 + code / 9 % 3 * 3 + code / 27;
        let mut least = code;
        let members = [reverse, 80 - code, 80 - reverse];
        let mut i = 0;
        while i < 3 {
            if members[i] < least {
                least = members[i];
            }
            i += 1;
        }
        smallest[code] = least;
        code += 1;
    }
    let (mut out, mut next, mut code) = ([0; 81], 0, 0);
    while code < 81 {
        // A class's smallest member comes before the others.
        if smallest[code] == code {
            out[code] = next;
            next += 1;
        } else {
            out[code] = out[smallest[code]];
        }
        code += 1;
    }
    out
}

/// Counts the codes of an interleaved 8-bit RGB picture of `width` columns. Residuals are third differences
/// of the luma along rows and along columns, in steps of `3 step / 256` of the full range, rounded and cut to
/// -1 to 1. Pixels near saturated regions do not count (`limits`: darkest and brightest luma that does).
/// `None` if no block fits.
pub(super) fn count_codes(
    rgb: &[u8],
    width: usize,
    stride: usize,
    step: f64,
    limits: (f32, f32),
) -> Option<BlockCounts> {
    let height = rgb.len() / 3 / width.max(1);
    let columns = width.checked_sub(2 * BORDER)? / stride;
    let rows = height.checked_sub(2 * BORDER)? / stride;
    if rows == 0 || columns == 0 {
        return None;
    }
    let usable = usable(rgb, width, limits.0, limits.1);
    // Luma is counted in thousandths of a level, where it is a whole number: a residual is -1 or 1 from half
    // a step on.
    let half_step = (0.5 * 255_000.0 * 3.0 * step / 256.0).ceil() as i32;
    let mut counts = vec![[0; FEATURES]; rows * columns];
    let mut weights = vec![0; rows * columns];
    counts.par_chunks_mut(columns).zip(weights.par_chunks_mut(columns)).enumerate().for_each_init(
        || Strip::new(width, stride),
        |strip, (row, (counts, weights))| {
            let top = row * stride;
            strip.load(&rgb[3 * top * width..3 * (top + stride + 2 * BORDER) * width], half_step);
            for y in 0..stride {
                strip.encode(y);
                let mask = &usable[(top + y + BORDER) * width + BORDER..][..columns * stride];
                for (column, mask) in mask.chunks_exact(stride).enumerate() {
                    let (across, along) = counts[column].split_at_mut(CODES);
                    for (x, _) in mask.iter().enumerate().filter(|(_, m)| **m != 0) {
                        let x = column * stride + x;
                        across[usize::from(CLASS[usize::from(strip.codes[0][x])])] += 1;
                        across[usize::from(CLASS[usize::from(strip.codes[1][x])])] += 1;
                        along[usize::from(CLASS[usize::from(strip.codes[2][x])])] += 1;
                        along[usize::from(CLASS[usize::from(strip.codes[3][x])])] += 1;
                        weights[column] += 1;
                    }
                }
            }
        },
    );
    Some(BlockCounts { rows, columns, stride, counts, weights })
}

/// Work space for one row of blocks.
struct Strip {
    width: usize,
    /// Thousandths of a level, `stride + 8` rows.
    luma: Vec<i32>,
    /// Quantised residuals, `stride + 3` rows of `width - 4`: differences along rows, along columns.
    residuals: [Vec<u8>; 2],
    /// Codes of one row, `width - 8` each: along-row residuals down, along-column residuals to the right,
    /// along-row residuals to the right, along-column residuals down.
    codes: [Vec<u8>; 4],
}

impl Strip {
    fn new(width: usize, stride: usize) -> Self {
        let residual = vec![0; (stride + 3) * (width - 4)];
        Self {
            width,
            luma: vec![0; (stride + 2 * BORDER) * width],
            residuals: [residual.clone(), residual],
            codes: std::array::from_fn(|_| vec![0; width - 2 * BORDER]),
        }
    }

    fn load(&mut self, rgb: &[u8], half_step: i32) {
        let width = self.width;
        luma(rgb, &mut self.luma);
        let row = |y: usize| &self.luma[y * width..(y + 1) * width];
        let [along_rows, along_columns] = &mut self.residuals;
        for (y, out) in along_rows.chunks_exact_mut(width - 4).enumerate() {
            let row = row(y + 2);
            third_difference([&row[1..], &row[2..], &row[3..], &row[4..]], half_step, out);
        }
        for (y, out) in along_columns.chunks_exact_mut(width - 4).enumerate() {
            third_difference(std::array::from_fn(|i| &row(y + 1 + i)[2..]), half_step, out);
        }
    }

    fn encode(&mut self, y: usize) {
        let width = self.width - 4;
        for (i, out) in self.codes.iter_mut().enumerate() {
            let residuals = &self.residuals[i % 2];
            let row = |y: usize| &residuals[y * width..(y + 1) * width];
            let down = i == 0 || i == 3;
            run(std::array::from_fn(|k| if down { &row(y + k)[2..] } else { &row(y + 2)[k..] }), out);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn luma(rgb: &[u8], out: &mut [i32]) {
    for (out, [r, g, b]) in out.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *out = 299 * i32::from(*r) + 587 * i32::from(*g) + 114 * i32::from(*b);
    }
}

/// 0, 1 or 2 for a residual of at most `-half_step`, one between, one of at least `half_step`.
#[multiversion(targets("x86_64+avx2"))]
fn third_difference(x: [&[i32]; 4], half_step: i32, out: &mut [u8]) {
    let n = out.len();
    let [a, b, c, d] = x.map(|x| &x[..n]);
    for i in 0..n {
        let residual = a[i] - d[i] + 3 * (c[i] - b[i]);
        out[i] = (1 + i32::from(residual >= half_step) - i32::from(residual <= -half_step)) as u8;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn run(x: [&[u8]; 4], out: &mut [u8]) {
    let n = out.len();
    let [a, b, c, d] = x.map(|x| &x[..n]);
    for i in 0..n {
        out[i] = a[i] + 3 * b[i] + 9 * c[i] + 27 * d[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_fall_into_25_classes() {
        assert_eq!(CLASS.iter().max(), Some(&24));
        let code = |run: [usize; 4]| CLASS[run[0] + 3 * run[1] + 9 * run[2] + 27 * run[3]];
        assert_eq!(code([0, 0, 0, 0]), 0);
        // The reverse, the negative and the reversed negative.
        assert_eq!(code([0, 1, 1, 2]), code([2, 1, 1, 0]));
        assert_eq!(code([0, 0, 1, 2]), code([2, 1, 0, 0]));
        assert_eq!(code([0, 0, 1, 2]), code([2, 2, 1, 0]));
        assert_ne!(code([0, 0, 1, 2]), code([0, 1, 0, 2]));
        assert_eq!(CLASS[40], 24, "all zeros is the last class");
    }

    #[test]
    fn a_step_of_two_begins_at_three_levels() {
        // Half a step of 2: 255 * 3 / 256 = 2.988 levels of the residual.
        let mut out = [9; 3];
        third_difference([&[0; 3], &[0; 3], &[0; 3], &[2988, 2989, -2989]], 2989, &mut out);
        assert_eq!(out, [1, 0, 2]);
        // 0 - 3*1000 + 3*1000 - 0 cancels; 3*1000 alone passes.
        third_difference([&[0; 3], &[0, 1000, 0], &[1000, 1000, 996], &[0; 3]], 2989, &mut out);
        assert_eq!(out, [2, 1, 1]);
    }

    #[test]
    fn counts_of_a_flat_picture_are_all_zeros() {
        let rgb = vec![100; 3 * 24 * 17];
        let blocks = count_codes(&rgb, 24, 8, 2.0, (6.0, 252.0)).unwrap();
        assert_eq!((blocks.rows, blocks.columns), (1, 2));
        assert_eq!(blocks.weights, [64, 64]);
        for counts in &blocks.counts {
            assert_eq!((counts[24], counts[49]), (128, 128));
            assert_eq!(counts.iter().map(|&c| u32::from(c)).sum::<u32>(), 256);
        }
    }

    #[test]
    fn one_pixel_touches_the_runs_that_hold_it() {
        // One pixel 10 levels above the rest at (12, 12), 8 pixels inside the first block: its residuals along
        // the row are -1, 1, -1 and 1 at four places, and so along its column.
        let mut rgb = vec![100; 3 * 24 * 24];
        rgb[3 * (12 * 24 + 12)..][..3].fill(110);
        let blocks = count_codes(&rgb, 24, 16, 2.0, (6.0, 252.0)).unwrap();
        let counts = blocks.counts[0];
        assert_eq!(blocks.weights, [256]);
        let code =
            |run: [usize; 4]| CODES + usize::from(CLASS[run[0] + 3 * run[1] + 9 * run[2] + 27 * run[3]]);
        // Along: the runs at the seven places that hold one to four of them, in rows and in columns.
        assert_eq!(counts[code([2, 0, 2, 0])], 2);
        assert_eq!(counts[code([1, 2, 0, 2])], 4);
        assert_eq!(counts[code([1, 1, 2, 0])], 4);
        assert_eq!(counts[code([1, 1, 1, 2])], 4);
        assert_eq!(counts[code([1, 1, 1, 1])], 512 - 14);
        // Across: each residual is alone in its runs of four, at the ends in half of them.
        assert_eq!(counts[code([2, 1, 1, 1]) - CODES], 2 * 4 * 2);
        assert_eq!(counts[code([1, 2, 1, 1]) - CODES], 2 * 4 * 2);
    }

    #[test]
    fn small_pictures_hold_no_block() {
        for (width, height) in [(0, 0), (1, 1), (8, 8), (15, 40), (40, 15)] {
            assert!(count_codes(&vec![9; 3 * width * height], width, 8, 2.0, (6.0, 252.0)).is_none());
        }
        assert!(count_codes(&[9; 3 * 16 * 16], 16, 8, 2.0, (6.0, 252.0)).is_some());
    }
}
