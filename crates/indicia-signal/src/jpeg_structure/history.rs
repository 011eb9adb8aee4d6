//! Was the picture compressed before? A likelihood comparison per quality.
//!
//! A coefficient that was first quantised with step a and then with step b takes only some values, with a
//! period that depends on a and b (Lukáš and Fridrich 2003; Popescu and Farid 2004). For each low AC frequency
//! of luma the observed histogram is compared under two models of one Laplace density: quantised once with
//! the file's step, and quantised with an earlier step, decoded to pixels (rounding noise), then quantised
//! with the file's step. Sums over frequencies give the gain of every libjpeg quality as earlier table.

use indicia_codec::jpeg::Component;

use super::tables;

/// Natural indices of the AC frequencies read: zig-zag positions 1 to 9.
const FREQUENCIES: [usize; 9] = [1, 8, 16, 9, 2, 3, 10, 17, 24];

/// Largest quantised value that counts; beyond it the Laplace density says little.
const LARGEST: i32 = 127;

/// Standard deviation of what rounding to 8-bit pixels leaves in a coefficient: the orthonormal DCT keeps
/// the variance of uniform noise, 1/12 for luma alone and about twice that through RGB.
const ROUNDING: f64 = 0.4;

/// Share of blocks that the earlier compression need not explain (changed parts).
const CHANGED: f64 = 0.1;

/// A step so many times coarser than the earlier one hides it. It also bounds the work that a file's steps
/// can ask for.
const COARSER: f64 = 16.0;

/// Probability spread evenly, so that no observed value is impossible.
const FLOOR: f64 = 0.02;

/// Qualities tried as earlier compression.
const QUALITIES: std::ops::RangeInclusive<u8> = 20..=100;

/// The earlier compression that explains the histograms best.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Earlier {
    /// libjpeg quality.
    pub quality: u8,
    /// Gain in log-likelihood over a single compression, nats a coefficient.
    pub gain: f64,
    /// The same with every frequency free to choose its step.
    pub free_gain: f64,
    /// For each frequency: natural index, the file's step, the best earlier step, and its gain in nats a
    /// coefficient.
    pub steps: Vec<(usize, u16, u16, f64)>,
}

/// Compares earlier compressions for one component; `None` without blocks.
pub(crate) fn earlier(luma: &Component) -> Option<Earlier> {
    if luma.blocks.is_empty() {
        return None;
    }
    let tables: Vec<_> = QUALITIES.map(|quality| (quality, tables::libjpeg_luma(quality))).collect();
    let mut totals = vec![0.0; tables.len()];
    let (mut free, mut count, mut steps) = (0.0, 0_u64, vec![]);
    for frequency in FREQUENCIES {
        let step = luma.steps[frequency].max(1);
        let histogram = Histogram::of(luma.blocks.iter().map(|block| block[frequency]), step);
        let mut candidates: Vec<u16> = tables.iter().map(|(_, table)| table[frequency]).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let gains: Vec<f64> = candidates.iter().map(|&first| histogram.gain(first)).collect();
        for (total, (_, table)) in totals.iter_mut().zip(&tables) {
            *total += candidates.binary_search(&table[frequency]).map_or(0.0, |at| gains[at]);
        }
        let (mut best, mut gain) = (step, 0.0);
        for (&first, &g) in candidates.iter().zip(&gains) {
            if g > gain {
                (best, gain) = (first, g);
            }
        }
        free += gain;
        count += histogram.total;
        steps.push((frequency, step, best, gain / histogram.total.max(1) as f64));
    }
    let mut best = totals.len() - 1;
    for (at, total) in totals.iter().enumerate().rev() {
        if *total > totals[best] {
            best = at;
        }
    }
    let count = count.max(1) as f64;
    Some(Earlier { quality: tables[best].0, gain: totals[best] / count, free_gain: free / count, steps })
}

/// Counts of the values `-bound..=bound` of one frequency, with the Laplace rate that fits them.
struct Histogram {
    counts: Vec<u64>,
    bound: i32,
    total: u64,
    step: f64,
    rate: f64,
    /// Log probability of each value when quantised once.
    once: Vec<f64>,
}

impl Histogram {
    fn of(values: impl Iterator<Item = i16> + Clone, step: u16) -> Self {
        let largest = values.clone().map(|v| i32::from(v).abs()).max().unwrap_or(0);
        let bound = largest.min(LARGEST);
        let mut counts = vec![0_u64; (2 * bound + 1) as usize];
        let (mut total, mut sum) = (0_u64, 0_u64);
        for value in values.map(i32::from).filter(|v| v.abs() <= bound) {
            counts[(value + bound) as usize] += 1;
            total += 1;
            sum += u64::from(value.unsigned_abs());
        }
        let step = f64::from(step);
        let rate = 1.0 / (sum as f64 / total.max(1) as f64 * step + 1e-3);
        let mut out = Self { counts, bound, total, step, rate, once: vec![] };
        out.once = (-bound..=bound)
            .map(|v| out.floored(laplace((f64::from(v) - 0.5) * step, (f64::from(v) + 0.5) * step, rate)))
            .collect();
        out
    }

    /// Mixes the floor in.
    fn floored(&self, probability: f64) -> f64 {
        (1.0 - FLOOR) * probability + FLOOR / self.counts.len() as f64
    }

    /// Gain in log-likelihood, in nats, of an earlier quantisation with step `first`. A step of 1, the file's
    /// own or one much finer leaves no trace and gains nothing.
    fn gain(&self, first: u16) -> f64 {
        let first = f64::from(first);
        if first <= 1.0 || first == self.step || self.step > COARSER * first {
            return 0.0;
        }
        let mut twice = vec![0.0; self.counts.len()];
        let most = (f64::from(self.bound + 1) * self.step / first) as i32 + 1;
        for n in -most..=most {
            let centre = f64::from(n) * first;
            let mass = laplace(centre - 0.5 * first, centre + 0.5 * first, self.rate);
            // Rounding noise beyond four deviations is left out.
            let low = ((centre - 4.0 * ROUNDING) / self.step).round() as i32;
            let high = ((centre + 4.0 * ROUNDING) / self.step).round() as i32;
            for value in low.max(-self.bound)..=high.min(self.bound) {
                let edge = |side: f64| ((f64::from(value) + side) * self.step - centre) / ROUNDING;
                twice[(value + self.bound) as usize] += mass * (normal(edge(0.5)) - normal(edge(-0.5)));
            }
        }
        let mut gain = 0.0;
        for ((&count, &once), &twice) in self.counts.iter().zip(&self.once).zip(&twice) {
            if count > 0 {
                let mixed = (1.0 - CHANGED) * self.floored(twice) + CHANGED * once;
                gain += count as f64 * (mixed / once).ln();
            }
        }
        gain
    }
}

/// Mass between `a` and `b` of the Laplace density of the given rate around 0.
fn laplace(a: f64, b: f64, rate: f64) -> f64 {
    let below = |x: f64| if x < 0.0 { 0.5 * (x * rate).exp() } else { 1.0 - 0.5 * (-x * rate).exp() };
    below(b) - below(a)
}

/// Distribution function of the standard normal, by Abramowitz and Stegun 7.1.26 (error below 1e-7).
fn normal(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let upper = 0.5 * poly * (-z * z).exp();
    if x < 0.0 { upper } else { 1.0 - upper }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_are_those_of_the_tables() {
        // Standard normal: 0.8413 at 1, 0.0228 at -2; Laplace of rate 1 holds 1 - e^-1 within one.
        assert!((normal(1.0) - 0.841_344_7).abs() < 1e-6);
        assert!((normal(-2.0) - 0.022_750_1).abs() < 1e-6);
        assert!((laplace(-1.0, 1.0, 1.0) - 0.632_120_6).abs() < 1e-6);
        assert!((laplace(1.0, 2.0, 1.0) - 0.5 * ((-1.0_f64).exp() - (-2.0_f64).exp())).abs() < 1e-12);
    }

    #[test]
    fn values_that_the_earlier_step_forbids_speak_for_it() {
        // Step 2 after step 6: multiples of 6 are 3 steps of 2 apart, so only 0, 3, 6, ... occur.
        let values: Vec<i16> = (0..600).map(|i| [0, 0, 0, 3, -3, 6][i % 6]).collect();
        let histogram = Histogram::of(values.iter().copied(), 2);
        let gains: Vec<_> = [2_u16, 3, 4, 6, 12].iter().map(|&first| histogram.gain(first)).collect();
        assert_eq!(gains[0], 0.0);
        assert!(gains[3] > 0.0 && gains.iter().all(|g| *g <= gains[3]), "{gains:?}");
        // Every value as often as a Laplace density says: no earlier step gains.
        let smooth: Vec<i16> = (-20..=20_i16)
            .flat_map(|v| vec![v; (400.0 * (-f64::from(v.abs()) / 5.0).exp()) as usize])
            .collect();
        let histogram = Histogram::of(smooth.iter().copied(), 2);
        for first in [3, 4, 5, 6, 8, 12] {
            assert!(histogram.gain(first) < 0.0, "{first}: {}", histogram.gain(first));
        }
    }
}
