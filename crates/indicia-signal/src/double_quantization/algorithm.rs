//! Histograms, periods and posteriors on plain arrays.

use rustfft::FftPlanner;
use rustfft::num_complex::Complex;

/// The first 15 positions of the zig-zag scan as natural indices `8 * v + u`. Odd diagonals run in the order
/// of the reference implementation; the standard's zig-zag visits the same positions.
pub(crate) const ZIGZAG: [usize; 15] = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4];

/// Least distance between two spectral peaks, in bins.
const PEAK_DISTANCE: usize = 10;

/// How a peak of the spectrum becomes a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpectrumIndex {
    /// As the reference does: positions in the half spectrum are used as if they were positions in the
    /// whole, both for the height of a peak and for its frequency.
    Released,
    /// The frequency of a peak is counted from DC; heights are read as the reference reads them.
    Frequency,
    /// Frequencies are counted from DC and heights are read at the peaks.
    Corrected,
}

/// The histogram of one frequency of one component, and what was read from it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frequency {
    /// Smallest and largest quantised value.
    pub range: (i16, i16),
    /// Period by the histogram's own comb sums, in quantisation steps; 1 for none.
    pub histogram_period: usize,
    /// Period by the spectrum, in quantisation steps; 1 for none.
    pub spectrum_period: usize,
    /// Posterior of "not compressed twice" by `value - range.0`; empty if there is no period.
    pub posterior: Vec<f64>,
}

impl Frequency {
    /// The smaller of both periods; 1 means no trace of a first compression.
    pub fn period(&self) -> usize {
        self.histogram_period.min(self.spectrum_period)
    }
}

/// Reads one frequency: weighted histogram, periods, and the posterior of every value.
///
/// `values` is the frequency's coefficient in every block and `weights` how often each block counts.
pub(crate) fn analyse(values: &[i16], weights: &[u32], alpha: f64, index: SpectrumIndex) -> Frequency {
    let low = values.iter().copied().min().unwrap_or(0);
    let high = values.iter().copied().max().unwrap_or(0);
    let none = Frequency { range: (low, high), histogram_period: 1, spectrum_period: 1, posterior: vec![] };
    let histogram = histogram(values, weights, low, high);
    // The end bins hold clipped values and are kept out of the search for a period.
    let Some(inner) = histogram.len().checked_sub(1).and_then(|end| histogram.get(1..end)) else {
        return none;
    };
    if inner.len() < 2 {
        return none;
    }
    let histogram_period = histogram_period(inner, alpha);
    let spectrum_period = spectrum_period(inner, index);
    let mut out = Frequency { histogram_period, spectrum_period, ..none };
    if out.period() > 1 {
        out.posterior = posterior(&histogram, out.period());
    }
    out
}

/// Counts of `low..=high` in `high - low` bins of width one; the last bin is closed on both sides and so
/// holds the two largest values, as `numpy.histogram` counts. Empty if `low == high`.
pub(crate) fn histogram(values: &[i16], weights: &[u32], low: i16, high: i16) -> Vec<u64> {
    let bins = (i32::from(high) - i32::from(low)).max(0) as usize;
    if bins == 0 {
        return vec![];
    }
    let mut counts = vec![0_u64; bins + 1];
    for (&value, &weight) in values.iter().zip(weights) {
        counts[(i32::from(value) - i32::from(low)) as usize] += u64::from(weight);
    }
    let last = counts.pop().unwrap_or(0);
    counts[bins - 1] += last;
    counts
}

/// The spacing p of the comb through the highest bin k0 that has the largest mean of h^alpha
/// (Lin et al. 2009, section 4.1), for `1 <= p < (n - 1) / 20`; 1 if the histogram is too short.
///
/// As in the reference the teeth run from `floor(-k0 / p)` up to and without `ceil((n - 1 - k0) / p)`, the
/// sum is divided by one more than their number, and a tooth below bin 0 reads the histogram from its end.
pub(crate) fn histogram_period(histogram: &[u64], alpha: f64) -> usize {
    let n = histogram.len();
    let Some(last) = n.checked_sub(1) else { return 1 };
    let mut peak = 0;
    for (bin, &count) in histogram.iter().enumerate() {
        if count > histogram[peak] {
            peak = bin;
        }
    }
    let powers: Vec<f64> = histogram.iter().map(|&h| (h as f64).powf(alpha)).collect();
    let (mut best, mut period) = (0.0, 1);
    for p in 1..last / 20 {
        let below = peak.div_ceil(p);
        let above = (last - peak).div_ceil(p);
        let start = peak % p;
        // With `start > 0` the lowest tooth lies at `start - p`, which counts from the end.
        let wrapped = if start > 0 { powers[n + start - p] } else { 0.0 };
        let end = peak + above * p;
        let sum: f64 = wrapped + powers[start..end.min(n)].iter().step_by(p).sum::<f64>();
        let mean = sum / (below + above + 1) as f64;
        if mean > best {
            (best, period) = (mean, p);
        }
    }
    period
}

/// The period of the histogram by its spectrum: of the four highest peaks of the log magnitude at least
/// ten bins apart, DC among them, the one of second lowest frequency f gives `round(n / f)`; 1 if there are
/// fewer than two peaks.
pub(crate) fn spectrum_period(histogram: &[u64], index: SpectrumIndex) -> usize {
    let n = histogram.len();
    if n < 2 {
        return 1;
    }
    let mut bins: Vec<Complex<f64>> = histogram.iter().map(|&h| Complex::new(h as f64, 0.0)).collect();
    FftPlanner::new().plan_fft_forward(n).process(&mut bins);
    let centre = n / 2;
    // Zero frequency in the middle, so that `spectrum[centre]` is DC.
    bins.rotate_right(centre);
    let spectrum: Vec<f64> = bins.iter().map(|b| b.norm().ln()).collect();
    let half = &spectrum[centre - 1..];
    let mut peaks = find_peaks(half, PEAK_DISTANCE);
    let height = |peak: usize| match index {
        SpectrumIndex::Released | SpectrumIndex::Frequency => spectrum[peak],
        SpectrumIndex::Corrected => half[peak],
    };
    peaks.sort_by(|&a, &b| height(b).total_cmp(&height(a)));
    peaks.truncate(4);
    peaks.sort_unstable();
    let Some(&second) = peaks.get(1) else { return 1 };
    let frequency = match index {
        SpectrumIndex::Released => second,
        // The half spectrum begins one bin below DC.
        SpectrumIndex::Frequency | SpectrumIndex::Corrected => second - 1,
    };
    (n as f64 / frequency as f64).round_ties_even().max(1.0) as usize
}

/// Indices of local maxima at least `distance` apart, ascending. Of two that are nearer the higher stays; a
/// plateau counts at its middle; the ends are no maxima.
pub(crate) fn find_peaks(x: &[f64], distance: usize) -> Vec<usize> {
    let mut peaks = vec![];
    let mut i = 1;
    while i + 1 < x.len() {
        if x[i - 1] < x[i] {
            let mut ahead = i + 1;
            while ahead + 1 < x.len() && x[ahead] == x[i] {
                ahead += 1;
            }
            if x[ahead] < x[i] {
                peaks.push((i + ahead - 1) / 2);
                i = ahead;
            }
        }
        i += 1;
    }
    let mut order: Vec<usize> = (0..peaks.len()).collect();
    order.sort_by(|&a, &b| x[peaks[b]].total_cmp(&x[peaks[a]]));
    let mut keep = vec![true; peaks.len()];
    for at in order {
        if !keep[at] {
            continue;
        }
        for below in (0..at).rev().take_while(|&k| peaks[at] - peaks[k] < distance) {
            keep[below] = false;
        }
        for above in (at + 1..peaks.len()).take_while(|&k| peaks[k] - peaks[at] < distance) {
            keep[above] = false;
        }
    }
    peaks.into_iter().zip(keep).filter_map(|(peak, keep)| keep.then_some(peak)).collect()
}

/// Posterior of "not compressed twice" of every value `0..=histogram.len()` (counted from the smallest):
/// `P_t / (P_u + P_t)` with `P_t = 1 / p` and `P_u = h[v] / sum of h[v - 1 ..= v + p - 2]`. The smallest and
/// the largest value get 0, for they are often clipped; so does a value that does not occur.
pub(crate) fn posterior(histogram: &[u64], period: usize) -> Vec<f64> {
    let chance = 1.0 / period as f64;
    let mut cumulated = vec![0_u64; histogram.len() + 1];
    for (bin, &count) in histogram.iter().enumerate() {
        cumulated[bin + 1] = cumulated[bin] + count;
    }
    let mut out = vec![0.0; histogram.len() + 1];
    for value in 1..histogram.len() {
        let end = (value + period - 1).min(histogram.len());
        if histogram[value] > 0 {
            let unchanged = histogram[value] as f64 / (cumulated[end] - cumulated[value - 1]) as f64;
            out[value] = chance / (unchanged + chance);
        }
    }
    out
}

/// A grid of 8 by 8 pixel cells and the blocks of one component that cover it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    /// Block row of each row of cells.
    pub rows: Vec<usize>,
    /// Block column of each column of cells.
    pub columns: Vec<usize>,
}

impl Cover {
    /// For a component of `blocks` (wide, high) with sampling factor (h, v) in a frame of largest factors
    /// `most`: a block that stands for several cells covers all of them.
    pub fn new(cells: (usize, usize), blocks: (usize, usize), factor: (u8, u8), most: (u8, u8)) -> Self {
        let along = |cells: usize, blocks: usize, factor: u8, most: u8| {
            let (factor, most) = (usize::from(factor), usize::from(most.max(1)));
            (0..cells).map(|cell| (cell * factor / most).min(blocks.saturating_sub(1))).collect()
        };
        Self {
            rows: along(cells.1, blocks.1, factor.1, most.1),
            columns: along(cells.0, blocks.0, factor.0, most.0),
        }
    }

    /// How many cells each block covers, blocks in rows of `blocks.0`.
    pub fn weights(&self, blocks: (usize, usize)) -> Vec<u32> {
        let count = |places: &[usize], n: usize| {
            let mut counts = vec![0_u32; n];
            for &place in places {
                counts[place] += 1;
            }
            counts
        };
        let (wide, high) = (count(&self.columns, blocks.0), count(&self.rows, blocks.1));
        high.iter().flat_map(|h| wide.iter().map(move |w| w * h)).collect()
    }
}
