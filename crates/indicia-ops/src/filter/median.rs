use multiversion::multiversion;
use rayon::prelude::*;

use crate::plane::mirrored;

/// Side of a median's square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Median {
    /// 3 by 3 pixels.
    Three,
    /// 5 by 5 pixels.
    Five,
}

/// Median of each sample's square in a plane of `width` columns, borders mirrored. Eight-bit samples are
/// compared 32 at a time.
///
/// # Panics
/// If the length of `samples` is not a multiple of `width`.
pub fn median(samples: &[u8], width: usize, side: Median) -> Vec<u8> {
    let mut out = vec![0; samples.len()];
    if samples.is_empty() {
        return out;
    }
    assert_eq!(samples.len() % width, 0, "{} samples in rows of {width}", samples.len());
    let height = samples.len() / width;
    let radius = match side {
        Median::Three => 1,
        Median::Five => 2,
    };
    let columns: Vec<usize> = (-radius..width as isize + radius).map(|x| mirrored(x, width)).collect();
    out.par_chunks_mut(width).enumerate().for_each_init(
        || vec![vec![0_u8; columns.len()]; 2 * radius as usize + 1],
        |padded, (y, row)| {
            for (line, d) in padded.iter_mut().zip(-radius..) {
                let from = mirrored(y as isize + d, height) * width;
                let source = &samples[from..from + width];
                line[radius as usize..][..width].copy_from_slice(source);
                for x in (0..radius as usize).chain(width + radius as usize..columns.len()) {
                    line[x] = source[columns[x]];
                }
            }
            match side {
                Median::Three => row_of_three(row, padded),
                Median::Five => row_of_five(row, padded),
            }
        },
    );
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn row_of_three(row: &mut [u8], padded: &[Vec<u8>]) {
    select_row::<3, 6>(row, padded);
}

#[multiversion(targets("x86_64+avx2"))]
fn row_of_five(row: &mut [u8], padded: &[Vec<u8>]) {
    select_row::<5, 14>(row, padded);
}

/// Samples that are sorted side by side.
const LANES: usize = 32;

/// Medians of a row from its `SIDE` padded rows, by forgetful selection: of `HELD` samples, half of all and
/// two more, the smallest and the largest cannot be the median and make room for the next, until one is left.
#[inline(always)]
fn select_row<const SIDE: usize, const HELD: usize>(row: &mut [u8], padded: &[Vec<u8>]) {
    for (block, at) in row.chunks_mut(LANES).zip((0..).step_by(LANES)) {
        let sample = |i: usize| {
            let source = &padded[i / SIDE][at + i % SIDE..];
            source.first_chunk::<LANES>().copied().unwrap_or_else(|| {
                let mut part = [0; LANES];
                let len = source.len().min(LANES);
                part[..len].copy_from_slice(&source[..len]);
                part
            })
        };
        let mut held: [[u8; LANES]; HELD] = std::array::from_fn(sample);
        let mut count = HELD;
        for next in HELD..=SIDE * SIDE {
            for i in 0..count / 2 {
                exchange(&mut held, i, count - 1 - i);
            }
            for i in 1..count.div_ceil(2) {
                exchange(&mut held, 0, i);
            }
            for i in count / 2..count - 1 {
                exchange(&mut held, i, count - 1);
            }
            // The smallest is first and the largest last now: drop both, take one in.
            if next < SIDE * SIDE {
                held[0] = sample(next);
            } else {
                held[0] = held[1];
            }
            count -= 1;
        }
        block.copy_from_slice(&held[0][..block.len()]);
    }
}

/// Puts the smaller samples into `held[a]` and the larger into `held[b]`.
#[inline(always)]
fn exchange<const HELD: usize>(held: &mut [[u8; LANES]; HELD], a: usize, b: usize) {
    // Copies, so that the compiler need not ask whether both are one.
    let (x, y) = (held[a], held[b]);
    for ((low, x), y) in held[a].iter_mut().zip(x).zip(y) {
        *low = x.min(y);
    }
    for ((high, x), y) in held[b].iter_mut().zip(x).zip(y) {
        *high = x.max(y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_equal_their_definition() {
        let sizes = [(1, 1), (2, 5), (31, 3), (32, 4), (70, 9)];
        for (side, radius) in [(Median::Three, 1), (Median::Five, 2)] {
            for (width, height) in sizes {
                let samples: Vec<u8> =
                    (0..width * height).map(|i| ((i * 7919 + i * i * 31) % 256) as u8).collect();
                let medians = median(&samples, width, side);
                for (i, &value) in medians.iter().enumerate() {
                    let mut square = vec![];
                    for dy in -radius..=radius {
                        for dx in -radius..=radius {
                            let y = mirrored((i / width) as isize + dy, height);
                            square.push(samples[y * width + mirrored((i % width) as isize + dx, width)]);
                        }
                    }
                    square.sort_unstable();
                    assert_eq!(value, square[square.len() / 2], "{side:?} {width}x{height} at {i}");
                }
            }
        }
        assert!(median(&[], 0, Median::Five).is_empty());
    }
}
