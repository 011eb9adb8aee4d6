//! Convolutions of interleaved pictures, row bands in parallel, a few rows of memory each.

use indicia_core::Picture;
use multiversion::multiversion;
use rayon::prelude::*;

/// Rows that are worked on together.
const BAND: usize = 64;

/// What lies beyond the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Border {
    /// The pixel at the edge: `aaa|abcd|ddd`.
    Nearest,
    /// The mirror image about the edge pixel: `dcb|abcd|cba`.
    Mirror,
    /// The mirror image about the edge itself: `cba|abcd|dcb`.
    Reflect,
}

impl Border {
    /// The place inside `0..n` that stands for `i`.
    pub(super) fn at(self, i: isize, n: usize) -> usize {
        let last = n as isize - 1;
        let place = match self {
            _ if (0..=last).contains(&i) => i,
            Self::Nearest => i.clamp(0, last),
            Self::Mirror if last == 0 => 0,
            Self::Mirror => {
                let folded = i.rem_euclid(2 * last);
                folded.min(2 * last - folded)
            }
            Self::Reflect => {
                let folded = i.rem_euclid(2 * (last + 1));
                folded.min(2 * last + 1 - folded)
            }
        };
        place as usize
    }
}

/// The right half, centre first, of a Gaussian of standard deviation `sigma`, cut at `truncate` deviations,
/// of sum 1 (as scipy.ndimage makes it).
pub(super) fn gaussian(sigma: f64, truncate: f64) -> Vec<f32> {
    let radius = (truncate * sigma + 0.5) as usize;
    let half: Vec<f64> = (0..=radius)
        .map(|x| if x == 0 { 1.0 } else { libm::exp(-0.5 * (x as f64 / sigma) * (x as f64 / sigma)) })
        .collect();
    let sum: f64 = half[0] + 2.0 * half[1..].iter().sum::<f64>();
    half.iter().map(|weight| (weight / sum) as f32).collect()
}

/// Rows of samples: how many there are of what length, and who fills one.
pub(super) struct Rows<'a> {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Samples a pixel.
    pub channels: usize,
    /// Writes a row into `width * channels` places.
    pub load: &'a (dyn Fn(usize, &mut [f32]) + Sync),
}

impl Rows<'_> {
    /// A row with `radius` pixels from beyond either edge.
    pub(super) fn padded(&self, y: usize, radius: usize, border: Border, out: &mut [f32]) {
        let Self { width, channels, .. } = *self;
        let inside = radius * channels..(radius + width) * channels;
        (self.load)(y, &mut out[inside]);
        for i in (0..radius).chain(radius + width..width + 2 * radius) {
            let from = radius + border.at(i as isize - radius as isize, width);
            for c in 0..channels {
                out[i * channels + c] = out[from * channels + c];
            }
        }
    }
}

/// Convolves with a symmetric kernel in both directions, each given by its right half, and stores every sample.
pub(super) fn separable<T: Send>(
    rows: &Rows<'_>,
    [across, down]: [&[f32]; 2],
    border: Border,
    out: &mut [T],
    store: impl Fn(f32) -> T + Sync,
) {
    let samples = rows.width * rows.channels;
    let (rx, ry) = (across.len() - 1, down.len() - 1);
    // Long kernels need tall bands, or most of the work would go into rows that bands share.
    let band = BAND.max(4 * ry);
    out.par_chunks_mut(band * samples).enumerate().for_each(|(i, out)| {
        let first = i * band;
        let count = out.len() / samples;
        let mut padded = vec![0.0; (rows.width + 2 * rx) * rows.channels];
        let mut filtered = vec![0.0; (count + 2 * ry) * samples];
        for (k, line) in filtered.chunks_exact_mut(samples).enumerate() {
            let y = border.at((first + k) as isize - ry as isize, rows.height);
            rows.padded(y, rx, border, &mut padded);
            let centre = rx * rows.channels;
            set(line, &padded[centre..], across[0]);
            for (k, weight) in across.iter().enumerate().skip(1) {
                let off = k * rows.channels;
                add_pair(line, &padded[centre - off..], &padded[centre + off..], *weight);
            }
        }
        let mut sum = vec![0.0; samples];
        for (y, line) in out.chunks_exact_mut(samples).enumerate() {
            let row = |k: usize| &filtered[k * samples..(k + 1) * samples];
            set(&mut sum, row(y + ry), down[0]);
            for (k, weight) in down.iter().enumerate().skip(1) {
                add_pair(&mut sum, row(y + ry - k), row(y + ry + k), *weight);
            }
            for (out, value) in line.iter_mut().zip(&sum) {
                *out = store(*value);
            }
        }
    });
}

/// Convolves with a kernel that is symmetric in both directions, given by its lower right quarter, `side` by
/// `side`, centre first.
pub(super) fn symmetric<T: Send>(
    rows: &Rows<'_>,
    quarter: &[f32],
    side: usize,
    border: Border,
    out: &mut [T],
    store: impl Fn(f32) -> T + Sync,
) {
    let (channels, radius) = (rows.channels, side - 1);
    let samples = rows.width * channels;
    let long = (rows.width + 2 * radius) * channels;
    out.par_chunks_mut(BAND * samples).enumerate().for_each(|(i, out)| {
        let first = i * BAND;
        let count = out.len() / samples;
        let mut source = vec![0.0; (count + 2 * radius) * long];
        for (k, line) in source.chunks_exact_mut(long).enumerate() {
            let y = border.at((first + k) as isize - radius as isize, rows.height);
            rows.padded(y, radius, border, line);
        }
        let (mut pair, mut sum) = (vec![0.0; long], vec![0.0; samples]);
        let centre = radius * channels;
        for (y, line) in out.chunks_exact_mut(samples).enumerate() {
            let row = |k: usize| &source[k * long..(k + 1) * long];
            sum.fill(0.0);
            for (dy, weights) in quarter.chunks_exact(side).enumerate() {
                if weights.iter().all(|weight| *weight == 0.0) {
                    continue;
                }
                set(&mut pair, row(y + radius + dy), 1.0);
                if dy > 0 {
                    let above = row(y + radius - dy);
                    add(&mut pair, above, 1.0);
                }
                add(&mut sum, &pair[centre..], weights[0]);
                for (dx, weight) in weights.iter().enumerate().skip(1).filter(|(_, weight)| **weight != 0.0) {
                    let off = dx * channels;
                    add_pair(&mut sum, &pair[centre - off..], &pair[centre + off..], *weight);
                }
            }
            for (out, value) in line.iter_mut().zip(&sum) {
                *out = store(*value);
            }
        }
    });
}

/// A picture's rows as numbers from 0 to 255.
pub(super) fn with_rows<R>(picture: &Picture, work: impl FnOnce(&Rows<'_>) -> R) -> R {
    let stride = picture.width * 3;
    let load = |y: usize, out: &mut [f32]| {
        for (out, sample) in out.iter_mut().zip(&picture.rgb[y * stride..(y + 1) * stride]) {
            *out = f32::from(*sample);
        }
    };
    work(&Rows { width: picture.width, height: picture.height, channels: 3, load: &load })
}

#[multiversion(targets("x86_64+avx2"))]
fn set(sum: &mut [f32], values: &[f32], weight: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum = weight * value;
    }
}

#[multiversion(targets("x86_64+avx2"))]
pub(super) fn add(sum: &mut [f32], values: &[f32], weight: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += weight * value;
    }
}

#[multiversion(targets("x86_64+avx2"))]
pub(super) fn add_pair(sum: &mut [f32], a: &[f32], b: &[f32], weight: f32) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum += weight * (a + b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_repeat_and_mirror() {
        let all = |border: Border, n| (-4..7).map(|i| border.at(i, n)).collect::<Vec<_>>();
        assert_eq!(all(Border::Nearest, 3), [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2]);
        assert_eq!(all(Border::Mirror, 3), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert_eq!(all(Border::Reflect, 3), [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
        for border in [Border::Nearest, Border::Mirror, Border::Reflect] {
            assert_eq!(all(border, 1), [0; 11]);
        }
    }

    #[test]
    fn both_convolutions_agree_with_sums_by_hand() {
        // 3 columns, 2 rows, one channel; kernel (1, 2, 1) / 4 both ways, edge pixels repeated.
        let values = [[0.0, 4.0, 8.0], [16.0, 0.0, 0.0]];
        let load = |y: usize, out: &mut [f32]| out.copy_from_slice(&values[y]);
        let rows = Rows { width: 3, height: 2, channels: 1, load: &load };
        // Across: [1, 4, 7], [12, 4, 0]; down: three of its own row's quarters and one of the other's.
        let expected = [3.75, 4.0, 5.25, 9.25, 4.0, 1.75];
        let (half, quarter) = ([0.5, 0.25], [0.25, 0.125, 0.125, 0.0625]);
        let mut out = [0.0; 6];
        separable(&rows, [&half, &half], Border::Nearest, &mut out, |v| v);
        assert_eq!(out, expected);
        let mut out = [0.0; 6];
        symmetric(&rows, &quarter, 2, Border::Nearest, &mut out, |v| v);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_gaussian_sums_to_one() {
        let half = gaussian(2.0, 4.0);
        assert_eq!(half.len(), 9);
        assert!((half[0] + 2.0 * half[1..].iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((half[2] / half[0] - 0.606_530_66).abs() < 1e-6);
        assert_eq!(gaussian(0.0, 4.0), [1.0]);
    }
}
