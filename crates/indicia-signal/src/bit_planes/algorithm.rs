//! Counts of the low bits of 8-bit samples.

use multiversion::multiversion;
use ndarray::Array2;
use rayon::prelude::*;

/// Planes that are looked at, from the least significant.
pub(super) const PLANES: usize = 3;

/// What was counted of one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Samples.
    pub(super) samples: u64,
    /// Pairs of a sample and its right neighbour.
    pub(super) pairs: u64,
    /// Set bits, by plane.
    pub(super) ones: [u64; PLANES],
    /// Pairs whose bits are equal, by plane.
    pub(super) equal: [u64; PLANES],
}

impl Counts {
    fn plus(mut self, other: &Self) -> Self {
        self.samples += other.samples;
        self.pairs += other.pairs;
        for plane in 0..PLANES {
            self.ones[plane] += other.ones[plane];
            self.equal[plane] += other.equal[plane];
        }
        self
    }
}

/// Counts of each channel of interleaved 8-bit RGB in rows of `width` pixels.
pub(super) fn count(rgb: &[u8], width: usize) -> [Counts; 3] {
    rgb.par_chunks(3 * width.max(1))
        .map(|row| {
            let mut counts = [Counts::default(); 3];
            for (channel, counts) in counts.iter_mut().enumerate() {
                counts.samples = (row.len() / 3) as u64;
                counts.pairs = counts.samples.saturating_sub(1);
                for plane in 0..PLANES {
                    let (ones, equal) = row_counts(row, channel, plane);
                    (counts.ones[plane], counts.equal[plane]) = (u64::from(ones), u64::from(equal));
                }
            }
            counts
        })
        .reduce(|| [Counts::default(); 3], |a, b| std::array::from_fn(|c| a[c].plus(&b[c])))
}

#[multiversion(targets("x86_64+avx2"))]
fn row_counts(row: &[u8], channel: usize, plane: usize) -> (u32, u32) {
    let bit = |value: u8| u32::from(value >> plane & 1);
    let pixels = row.as_chunks::<3>().0;
    let ones = pixels.iter().map(|p| bit(p[channel])).sum();
    let equal = pixels.iter().zip(pixels.iter().skip(1)).map(|(a, b)| 1 - bit(a[channel] ^ b[channel])).sum();
    (ones, equal)
}

/// Side of a cell of the map in pixels.
pub(super) const CELL: usize = 16;

/// How far the least significant bits of a cell are from random: over red, green and blue the largest
/// `2 |share - 1/2|`, the share being that of horizontal neighbours inside the cell with equal bits. 0 is as
/// random bits, 1 all equal or all in turn. A cell of one column has no neighbours and gives 0.
pub(super) fn regularity(rgb: &[u8], width: usize, height: usize) -> Array2<f32> {
    let (rows, columns) = (height.div_ceil(CELL), width.div_ceil(CELL));
    let values: Vec<f32> = (0..rows)
        .into_par_iter()
        .flat_map_iter(|row| {
            let ys = row * CELL..((row + 1) * CELL).min(height);
            (0..columns).map(move |column| {
                let (from, to) = (column * CELL, ((column + 1) * CELL).min(width));
                let mut equal = [0_u32; 3];
                for y in ys.clone() {
                    let line = &rgb[3 * (y * width + from)..3 * (y * width + to)];
                    for (a, b) in
                        line.iter().zip(line.iter().skip(3)).enumerate().map(|(i, p)| ((i % 3, p.0), p.1))
                    {
                        equal[a.0] += u32::from(!(a.1 ^ b) & 1);
                    }
                }
                let pairs = ((to - from - 1) * ys.len()) as f32;
                if pairs == 0.0 {
                    return 0.0;
                }
                equal.iter().map(|&e| (2.0 * e as f32 / pairs - 1.0).abs()).fold(0.0, f32::max)
            })
        })
        .collect();
    Array2::from_shape_vec((rows, columns), values).expect("one value a cell")
}
