//! Roughness of histograms: how far each bin departs from what its neighbours let expect, beyond chance.

use indicia_ops::Luma8;
use ndarray::Array2;
use rayon::prelude::*;

/// Counts of the 256 levels of a channel.
pub(super) type Histogram = [u32; 256];

/// Side of a cell of the map in pixels; a value is of two by two cells.
pub(super) const CELL: usize = 32;

/// Bins at either end that are left out: clipping piles up there.
const ENDS: usize = 4;

/// Fewest usable bins of a histogram that is looked at.
pub(super) const FEWEST_BINS: usize = 40;

/// Least expected count of a usable bin, for the whole picture and for a part of it, and its least share.
const LEAST_COUNT: f32 = 20.0;
const LEAST_LOCAL_COUNT: f32 = 6.0;
const LEAST_SHARE: f32 = 2e-4;

/// Variance of a bin's departure, in units of the expected count, if counts are Poisson's: its own 1, and 34/36 of the
/// four weights (-1, 4, 4, -1)/6 of its neighbours.
const CHANCE: f32 = 70.0 / 36.0;

/// A bin whose neighbours are full enough to judge it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bin {
    pub(super) level: usize,
    /// Count less the cubic through its four neighbours, over `around`.
    pub(super) departure: f32,
    /// Mean of the four neighbours.
    pub(super) around: f32,
}

/// The usable bins of a histogram.
fn bins(histogram: &Histogram, least: f32) -> impl Iterator<Item = Bin> {
    (ENDS..256 - ENDS).filter_map(move |level| {
        let at = |k: usize| histogram[k] as f32;
        let (near, far) = (at(level - 1) + at(level + 1), at(level - 2) + at(level + 2));
        let around = (near + far) / 4.0;
        let departure = (at(level) - (4.0 * near - far) / 6.0) / around;
        (around >= least).then_some(Bin { level, departure, around })
    })
}

/// The usable bins of a whole picture's histogram.
pub(super) fn usable(histogram: &Histogram) -> Vec<Bin> {
    let total: u64 = histogram.iter().map(|&c| u64::from(c)).sum();
    bins(histogram, LEAST_COUNT.max(LEAST_SHARE * total as f32)).collect()
}

/// Root mean square departure of the bins beyond chance, each weighted by how full it should be: 0 for a smooth
/// histogram, 8/3 if every other bin is empty. 0 without bins.
pub(super) fn roughness(bins: &[Bin]) -> f32 {
    let sum: f32 = bins.iter().map(|b| b.around * b.departure * b.departure - CHANCE).sum();
    let weight: f32 = bins.iter().map(|b| b.around).sum();
    if weight > 0.0 { (sum / weight).max(0.0).sqrt() } else { 0.0 }
}

/// Bins with less than a third, and more than one and two thirds, of what is around them: gaps and peaks.
pub(super) fn gaps_and_peaks(histogram: &Histogram, bins: &[Bin]) -> (usize, usize) {
    let relative = |b: &Bin| histogram[b.level] as f32 / b.around;
    let count = |of: &dyn Fn(f32) -> bool| bins.iter().filter(|b| of(relative(b))).count();
    (count(&|r| r < 1.0 / 3.0), count(&|r| r > 5.0 / 3.0))
}

/// Histograms of red, green, blue and luma.
pub(super) fn histograms(rgb: &[u8], luma: &Luma8) -> [Histogram; 4] {
    let pairs = rgb.par_chunks(3 * 65_536).zip(luma.samples.par_chunks(65_536));
    let count = |(rgb, luma): (&[u8], &[u8])| {
        let mut counts = [[0_u32; 256]; 4];
        for (pixel, &y) in rgb.as_chunks::<3>().0.iter().zip(luma) {
            let [r, g, b] = *pixel;
            for (counts, v) in counts.iter_mut().zip([r, g, b, y]) {
                counts[usize::from(v)] += 1;
            }
        }
        counts
    };
    pairs.map(count).reduce(
        || [[0; 256]; 4],
        |mut a, b| {
            a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(a, b)| *a += b);
            a
        },
    )
}

/// Roughness by cell, over the square of two by two cells that begins with it: the mean square departure of the bins
/// of red, green and blue together, beyond chance. Squares with fewer than [`FEWEST_BINS`] usable bins have 0.
pub(super) fn local(rgb: &[u8], width: usize) -> Array2<f32> {
    let height = (rgb.len() / 3).checked_div(width).unwrap_or(0);
    let (rows, columns) = ((height / CELL).saturating_sub(1), (width / CELL).saturating_sub(1));
    let values: Vec<f32> = (0..rows)
        .into_par_iter()
        .flat_map_iter(|row| {
            let mut cells = vec![[[0_u32; 256]; 3]; columns + 1];
            for y in row * CELL..(row + 2) * CELL {
                let line = rgb[3 * y * width..3 * (y + 1) * width].as_chunks::<3>().0;
                for (cell, pixels) in cells.iter_mut().zip(line.chunks_exact(CELL)) {
                    for pixel in pixels {
                        cell.iter_mut().zip(pixel).for_each(|(counts, &v)| counts[usize::from(v)] += 1);
                    }
                }
            }
            let value = |pair: &[[Histogram; 3]]| {
                let mut all = vec![];
                for channel in 0..3 {
                    let sum: Histogram = std::array::from_fn(|k| pair[0][channel][k] + pair[1][channel][k]);
                    all.extend(bins(&sum, LEAST_LOCAL_COUNT));
                }
                if all.len() < FEWEST_BINS { 0.0 } else { roughness(&all) }
            };
            cells.windows(2).map(value).collect::<Vec<_>>()
        })
        .collect();
    Array2::from_shape_vec((rows, columns), values).expect("a value a square")
}

/// A mapping of levels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mapping {
    /// `255 (v / 255)^gamma`.
    Gamma(f64),
    /// So many levels stretched over 255. Which ones does not show in the pattern.
    Stretch(u8),
}

impl Mapping {
    fn apply(self, v: usize) -> usize {
        let v = v as f64;
        let out = match self {
            Self::Gamma(gamma) => 255.0 * (v / 255.0).powf(gamma),
            Self::Stretch(levels) => v * 255.0 / f64::from(levels),
        };
        out.round().clamp(0.0, 255.0) as usize
    }

    /// Departures of the bins of a flat histogram once it is mapped.
    fn pattern(self) -> [f32; 256] {
        let mut counts = [0_u32; 256];
        (0..256).for_each(|v| counts[self.apply(v)] += 1);
        let mut out = [0.0; 256];
        bins(&counts, 0.25).for_each(|bin| out[bin.level] = bin.departure);
        out
    }

    /// Mappings that are tried: gammas from 0.4 to 2.5, and levels that lose up to 120 in all.
    fn candidates() -> Vec<Self> {
        let gammas = (20..=125).filter(|g| !(48..=52).contains(g)).map(|g| Self::Gamma(f64::from(g) / 50.0));
        gammas.chain((135..255).map(Self::Stretch)).collect()
    }
}

/// The mapping whose pattern correlates best with the departures of a histogram's bins, and that correlation.
/// `None` without variation.
pub(super) fn mapping(bins: &[Bin]) -> Option<(Mapping, f32)> {
    let correlation = |pattern: &[f32; 256]| {
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        for bin in bins {
            let (x, y) = (bin.departure.clamp(-1.0, 1.0), pattern[bin.level].clamp(-1.0, 1.0));
            (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
        }
        if xx * yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
    };
    let scored = Mapping::candidates().into_iter().map(|m| (m, correlation(&m.pattern())));
    scored.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|best| best.1 > 0.0)
}
