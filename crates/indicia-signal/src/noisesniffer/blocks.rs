//! Noise of the smallest and flattest blocks of one channel.
//!
//! All overlapping blocks are binned by their mean; of each bin the blocks with the least energy in low and
//! medium frequencies are kept, and of those the ones with the lowest standard deviation are marked.

use multiversion::multiversion;
use rayon::prelude::*;

use super::algorithm::{CellCounts, Parameters};

/// Largest side of a block.
pub(super) const MAX_BLOCK: usize = 8;

/// Upper bound (exclusive) of `i + j` for the low and medium frequencies of blocks of side `w`; `None` for
/// sides that the publication does not define.
pub fn frequency_bound(w: usize) -> Option<usize> {
    match w {
        3 => Some(3),
        5 => Some(5),
        7 => Some(8),
        8 => Some(9),
        _ => None,
    }
}

/// One channel: its samples in rows of `width`, and which blocks may be used.
pub(super) struct Plane<'a> {
    pub(super) samples: &'a [u8],
    pub(super) width: usize,
    /// For each block by the row and column of its top left corner, rows of `width - w + 1`: no pixel of it
    /// has the largest or smallest value of any channel.
    pub(super) valid: &'a [bool],
}

/// Adds the kept and marked blocks of one channel to `counts`. Of equal blocks the ones further up and left
/// go first, in every order.
pub(super) fn count_channel(plane: &Plane<'_>, parameters: &Parameters, counts: &mut CellCounts) {
    let (w, columns) = (parameters.block, plane.width - parameters.block + 1);
    let mut scan = Scan::new(w, columns);
    let rows = plane.valid.len() / columns;
    let mut next = vec![0_usize; 255 * w * w + 1];
    for y in 0..rows {
        scan.sums_of_row(plane, y);
        for (&sum, &valid) in scan.sums.iter().zip(&plane.valid[y * columns..]) {
            next[usize::from(sum)] += usize::from(valid);
        }
    }
    // From counts to the place of the first block of each sum.
    let mut blocks = 0;
    for place in &mut next {
        (*place, blocks) = (blocks, blocks + *place);
    }
    let Some(bins) = Bins::new(blocks, parameters) else { return };
    // Blocks in the order of their means: energy in the upper half, place in the lower.
    let mut keys = vec![0_u64; blocks];
    for y in 0..rows {
        scan.sums_of_row(plane, y);
        scan.energies_of_row(plane, y);
        let row = y * columns;
        for x in 0..columns {
            if plane.valid[row + x] {
                let place = &mut next[usize::from(scan.sums[x])];
                keys[*place] = u64::from(scan.energies[x]) << 32 | (row + x) as u64;
                *place += 1;
            }
        }
    }
    let (whole, last) = keys.split_at_mut((bins.number - 1) * bins.blocks);
    let total = whole
        .par_chunks_mut(bins.blocks)
        .chain(rayon::iter::once(last))
        .fold(
            || counts.empty(),
            |mut counts, bin| {
                bins.count(bin, plane, w, columns, &mut counts);
                counts
            },
        )
        .reduce(|| counts.empty(), CellCounts::plus);
    counts.add(&total);
}

/// How blocks are divided into bins of equal size (algorithms 4 and 5).
struct Bins {
    number: usize,
    /// Blocks of each bin but the last, which takes the rest too.
    blocks: usize,
    /// Blocks kept of each bin.
    kept: usize,
    /// Blocks marked of each bin.
    marked: usize,
}

impl Bins {
    fn new(blocks: usize, parameters: &Parameters) -> Option<Self> {
        let number = |size: usize| (blocks as f64 / size as f64).round_ties_even() as usize;
        let size = blocks / number(parameters.bin).max(1);
        if size == 0 {
            return None;
        }
        let kept = size as f64 * parameters.homogeneous;
        let marked = (kept * parameters.quiet) as usize;
        Some(Self { number: number(size), blocks: size, kept: kept as usize, marked })
    }

    /// Counts the kept and marked blocks of a bin by their cells, unless the bin is too flat to tell.
    fn count(&self, bin: &mut [u64], plane: &Plane<'_>, w: usize, columns: usize, counts: &mut CellCounts) {
        let mut kept = take_smallest(bin, self.kept);
        for key in &mut *kept {
            let place = *key & 0xFFFF_FFFF;
            let (y, x) = (place as usize / columns, place as usize % columns);
            *key = u64::from(spread(plane, w, y, x)) << 32 | place;
        }
        let flat = kept.iter().filter(|&&key| key >> 32 == 0).count();
        if flat >= self.marked {
            return;
        }
        let at = |key: u64| {
            let place = (key & 0xFFFF_FFFF) as usize;
            (place / columns, place % columns)
        };
        for &key in &*kept {
            counts.keep(at(key));
        }
        kept = take_smallest(kept, self.marked);
        for &key in &*kept {
            counts.mark(at(key));
        }
    }
}

/// The `count` smallest keys, in no order.
fn take_smallest(keys: &mut [u64], count: usize) -> &mut [u64] {
    if count < keys.len() {
        keys.select_nth_unstable(count);
        &mut keys[..count]
    } else {
        keys
    }
}

/// `w^4` times the variance of a block.
fn spread(plane: &Plane<'_>, w: usize, y: usize, x: usize) -> u32 {
    let (mut sum, mut squares) = (0, 0);
    for row in plane.samples[y * plane.width..].chunks(plane.width).take(w) {
        for &v in &row[x..x + w] {
            sum += u32::from(v);
            squares += u32::from(v) * u32::from(v);
        }
    }
    (w * w) as u32 * squares - sum * sum
}

/// Working memory for the blocks that begin in one row.
struct Scan {
    w: usize,
    /// Sum of the samples of each block.
    sums: Vec<u16>,
    /// Energy in low and medium frequencies, in a form that orders alike: 36 times the energy for blocks of
    /// side 3, a whole number; the bits of the single-precision value for others.
    energies: Vec<u32>,
    /// Sums of columns, or their vertical transforms.
    vertical: Vec<Vec<f32>>,
    column_sums: Vec<u16>,
    basis: [[f32; MAX_BLOCK]; MAX_BLOCK],
}

impl Scan {
    fn new(w: usize, columns: usize) -> Self {
        let width = columns + w - 1;
        let mut basis = [[0.0; MAX_BLOCK]; MAX_BLOCK];
        for (k, row) in basis.iter_mut().enumerate().take(w) {
            let scale = (if k == 0 { 1.0 } else { 2.0_f64 } / w as f64).sqrt();
            for (i, value) in row.iter_mut().enumerate().take(w) {
                let angle = std::f64::consts::PI * ((2 * i + 1) * k) as f64 / (2 * w) as f64;
                *value = (scale * angle.cos()) as f32;
            }
        }
        Self {
            w,
            sums: vec![0; columns],
            energies: vec![0; columns],
            vertical: if w == 3 { vec![] } else { vec![vec![0.0; width]; w] },
            column_sums: vec![0; width],
            basis,
        }
    }

    fn sums_of_row(&mut self, plane: &Plane<'_>, y: usize) {
        let rows = &plane.samples[y * plane.width..(y + self.w) * plane.width];
        sum_blocks(rows, self.w, &mut self.column_sums, &mut self.sums);
    }

    fn energies_of_row(&mut self, plane: &Plane<'_>, y: usize) {
        let rows = &plane.samples[y * plane.width..(y + self.w) * plane.width];
        if self.w == 3 {
            let (first, rest) = rows.split_at(plane.width);
            let (second, third) = rest.split_at(plane.width);
            energies_of_3x3(first, second, third, &mut self.energies);
        } else {
            let bound = frequency_bound(self.w).expect("the side was checked when the method was built");
            energies(rows, self.w, bound, &self.basis, &mut self.vertical, &mut self.energies);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn sum_blocks(rows: &[u8], w: usize, column_sums: &mut [u16], sums: &mut [u16]) {
    column_sums.fill(0);
    for row in rows.chunks_exact(column_sums.len()) {
        for (sum, &v) in column_sums.iter_mut().zip(row) {
            *sum += u16::from(v);
        }
    }
    sums.fill(0);
    for k in 0..w {
        for (sum, &column) in sums.iter_mut().zip(&column_sums[k..]) {
            *sum += column;
        }
    }
}

/// 36 times the energy of the coefficients (0, 1), (1, 0), (1, 1), (0, 2) and (2, 0) of the orthonormal
/// DCT-II of blocks of side 3, whose vectors are (1, 1, 1) / sqrt(3), (1, 0, -1) / sqrt(2) and
/// (1, -2, 1) / sqrt(6).
#[multiversion(targets("x86_64+avx2"))]
fn energies_of_3x3(first: &[u8], second: &[u8], third: &[u8], energies: &mut [u32]) {
    let n = energies.len();
    let (first, second, third) = (&first[..n + 2], &second[..n + 2], &third[..n + 2]);
    for x in 0..n {
        let a = [i32::from(first[x]), i32::from(first[x + 1]), i32::from(first[x + 2])];
        let b = [i32::from(second[x]), i32::from(second[x + 1]), i32::from(second[x + 2])];
        let c = [i32::from(third[x]), i32::from(third[x + 1]), i32::from(third[x + 2])];
        let columns = [a[0] + b[0] + c[0], a[1] + b[1] + c[1], a[2] + b[2] + c[2]];
        let rows = [a[0] + a[1] + a[2], b[0] + b[1] + b[2], c[0] + c[1] + c[2]];
        let c01 = columns[0] - columns[2];
        let c10 = rows[0] - rows[2];
        let c11 = a[0] - a[2] - c[0] + c[2];
        let c02 = columns[0] - 2 * columns[1] + columns[2];
        let c20 = rows[0] - 2 * rows[1] + rows[2];
        let energy = 6 * (c01 * c01 + c10 * c10) + 9 * c11 * c11 + 2 * (c02 * c02 + c20 * c20);
        energies[x] = energy as u32;
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn energies(
    rows: &[u8],
    w: usize,
    bound: usize,
    basis: &[[f32; MAX_BLOCK]; MAX_BLOCK],
    vertical: &mut [Vec<f32>],
    energies: &mut [u32],
) {
    for (out, basis) in vertical.iter_mut().zip(basis) {
        out.fill(0.0);
        for (row, &b) in rows.chunks_exact(out.len()).zip(basis) {
            for (out, &v) in out.iter_mut().zip(row) {
                *out += b * f32::from(v);
            }
        }
    }
    const CHUNK: usize = 64;
    for (chunk, energies) in energies.chunks_mut(CHUNK).enumerate() {
        let mut energy = [0.0_f32; CHUNK];
        for (i, vertical) in vertical.iter().enumerate() {
            for j in (0..w).filter(|j| (1..bound).contains(&(i + j))) {
                let mut coefficient = [0.0_f32; CHUNK];
                for (k, &b) in basis[j][..w].iter().enumerate() {
                    for (c, &v) in coefficient.iter_mut().zip(&vertical[chunk * CHUNK + k..]) {
                        *c += b * v;
                    }
                }
                for (energy, c) in energy.iter_mut().zip(coefficient) {
                    *energy += c * c;
                }
            }
        }
        for (out, energy) in energies.iter_mut().zip(energy) {
            // Numbers of at least 0 order like their bits.
            *out = energy.to_bits();
        }
    }
}
