//! Was the picture compressed before? A likelihood comparison per quality.
//!
//! A coefficient that was first quantised with step a and then with step b takes only some values, with a
//! period that depends on a and b (Lukáš and Fridrich 2003; Popescu and Farid 2004). For each low AC frequency
//! of luma the observed histogram is compared under two models of one Laplace density: quantised once with
//! the file's step, and quantised with an earlier step, decoded to pixels (rounding noise), then quantised
//! with the file's step. Sums over frequencies give the gain of every libjpeg quality as earlier table.

use indicia_codec::jpeg::{Component, standard_tables};

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
pub struct Earlier {
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
pub fn earlier(luma: &Component) -> Option<Earlier> {
    if luma.blocks.is_empty() {
        return None;
    }
    let tables: Vec<_> = QUALITIES.map(|quality| (quality, standard_tables(quality)[0])).collect();
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
    let best = last_largest(&totals);
    let count = count.max(1) as f64;
    Some(Earlier { quality: tables[best].0, gain: totals[best] / count, free_gain: free / count, steps })
}

/// Index of the largest value, the last of equal ones; 0 without values.
fn last_largest(values: &[f64]) -> usize {
    let mut best = values.len().saturating_sub(1);
    for (at, value) in values.iter().enumerate().rev() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

/// Two earlier compressions that explain the histograms best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chain {
    /// libjpeg qualities, the first save's first.
    pub qualities: [u8; 2],
    /// Gain in log-likelihood over the best single earlier compression, nats a coefficient, at least 0.
    pub gain: f64,
}

/// Second compressions from which chains are tried: those of the largest gains.
const CHAIN_SECONDS: usize = 4;

/// Distance of the qualities tried as first of a chain.
const CHAIN_STEP: usize = 4;

/// Compares chains of two earlier compressions with the best single one; `None` without blocks. The second of a
/// chain is one of the `CHAIN_SECONDS` best single ones.
pub fn chain(luma: &Component) -> Option<Chain> {
    if luma.blocks.is_empty() {
        return None;
    }
    let tables: Vec<_> = QUALITIES.map(|quality| (quality, standard_tables(quality)[0])).collect();
    let histograms = FREQUENCIES.map(|frequency| {
        let step = luma.steps[frequency].max(1);
        (frequency, Histogram::of(luma.blocks.iter().map(|block| block[frequency]), step))
    });
    let total = |earlier: &[usize]| -> f64 {
        let gain = |(frequency, histogram): &(usize, Histogram)| {
            let steps: Vec<u16> = earlier.iter().map(|&at| tables[at].1[*frequency]).collect();
            histogram.chain_gain(&steps)
        };
        histograms.iter().map(gain).sum()
    };
    let singles: Vec<f64> = (0..tables.len()).map(|at| total(&[at])).collect();
    let mut order: Vec<usize> = (0..tables.len()).collect();
    order.sort_by(|&a, &b| singles[b].total_cmp(&singles[a]));
    let base = singles[order[0]].max(0.0);
    let mut best = Chain { qualities: [tables[order[0]].0; 2], gain: 0.0 };
    let count: u64 = histograms.iter().map(|(_, h)| h.total).sum();
    for &second in &order[..CHAIN_SECONDS.min(order.len())] {
        for first in (0..tables.len()).step_by(CHAIN_STEP) {
            let gain = (total(&[first, second]) - base) / count.max(1) as f64;
            if gain > best.gain {
                best = Chain { qualities: [tables[first].0, tables[second].0], gain };
            }
        }
    }
    Some(best)
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
        self.gain_of(&self.requantised(&self.lattice(first), first))
    }

    /// Gain of several earlier quantisations, the first save's step first. Steps that leave no trace are passed
    /// over.
    fn chain_gain(&self, steps: &[u16]) -> f64 {
        // Only the last step is compared with the file's; the others with the one that follows.
        let mut kept: Vec<f64> = vec![];
        let mut next = self.step;
        for step in steps.iter().rev().map(|&step| f64::from(step)) {
            if step > 1.0 && step != next && next <= COARSER * step {
                kept.push(step);
                next = step;
            }
        }
        let Some(&first) = kept.last() else { return 0.0 };
        let mut masses = self.lattice(first);
        let mut at = first;
        for &step in kept.iter().rev().skip(1) {
            let most = (self.reach() / step) as i32 + 1;
            masses = spread(&masses, at, step, most);
            at = step;
        }
        self.gain_of(&self.requantised(&masses, at))
    }

    /// Magnitude up to which coefficients are counted.
    fn reach(&self) -> f64 {
        f64::from(self.bound + 1) * self.step
    }

    /// Masses of the multiples `-n..=n` of `first` after a first quantisation.
    fn lattice(&self, first: f64) -> Vec<f64> {
        let most = (self.reach() / first) as i32 + 1;
        (-most..=most)
            .map(|n| {
                let centre = f64::from(n) * first;
                laplace(centre - 0.5 * first, centre + 0.5 * first, self.rate)
            })
            .collect()
    }

    /// Probabilities of the file's values after masses on the multiples of `first`.
    fn requantised(&self, masses: &[f64], first: f64) -> Vec<f64> {
        spread(masses, first, self.step, self.bound)
    }

    /// Gain in log-likelihood of these probabilities over a single quantisation.
    fn gain_of(&self, twice: &[f64]) -> f64 {
        let mut gain = 0.0;
        for ((&count, &once), &twice) in self.counts.iter().zip(&self.once).zip(twice) {
            if count > 0 {
                let mixed = (1.0 - CHANGED) * self.floored(twice) + CHANGED * once;
                gain += count as f64 * (mixed / once).ln();
            }
        }
        gain
    }
}

/// Masses on the multiples of `from` (an odd number of them around 0), rounded to pixels and quantised with
/// `to`: masses of the multiples `-most..=most` of `to`.
fn spread(masses: &[f64], from: f64, to: f64, most: i32) -> Vec<f64> {
    let mut out = vec![0.0; (2 * most + 1) as usize];
    let middle = (masses.len() / 2) as i32;
    for (mass, n) in masses.iter().zip(-middle..) {
        let centre = f64::from(n) * from;
        // Rounding noise beyond four deviations is left out.
        let low = ((centre - 4.0 * ROUNDING) / to).round() as i32;
        let high = ((centre + 4.0 * ROUNDING) / to).round() as i32;
        for value in low.max(-most)..=high.min(most) {
            let edge = |side: f64| ((f64::from(value) + side) * to - centre) / ROUNDING;
            out[(value + most) as usize] += mass * (normal(edge(0.5)) - normal(edge(-0.5)));
        }
    }
    out
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

    #[test]
    fn a_chain_ends_where_a_single_step_does_when_its_first_leaves_no_trace() {
        let values: Vec<i16> = (0..600).map(|i| [0, 0, 0, 3, -3, 6][i % 6]).collect();
        let histogram = Histogram::of(values.iter().copied(), 2);
        assert_eq!(histogram.chain_gain(&[6]), histogram.gain(6));
        assert_eq!(histogram.chain_gain(&[1, 6]), histogram.gain(6));
        assert_eq!(histogram.chain_gain(&[6, 6]), histogram.gain(6));
        assert_eq!(histogram.chain_gain(&[2]), 0.0);
        // Step 5 between forbids what is seen: 6 becomes 5, which becomes 2 or 3 steps of 2.
        assert!(histogram.chain_gain(&[6, 5]) < histogram.gain(6));
    }

    #[test]
    fn masses_move_to_the_nearest_multiples() {
        // 6 and -6 in steps of 4 lie halfway between 4 and 8: the noise sends half each way.
        let out = spread(&[0.25, 0.5, 0.25], 6.0, 4.0, 3);
        for (got, expected) in out.iter().zip([0.0, 0.125, 0.125, 0.5, 0.125, 0.125, 0.0]) {
            assert!((got - expected).abs() < 1e-4, "{out:?}");
        }
    }
}
