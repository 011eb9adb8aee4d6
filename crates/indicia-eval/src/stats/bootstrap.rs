use indicia_core::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_distr::{Binomial, Distribution};
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

/// Which items are drawn together: those of one source (person, scene, original picture) are not independent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// Items, those of a group together.
    items: Vec<u32>,
    /// Where each group begins in `items`, and the end of the last.
    starts: Vec<u32>,
}

impl Groups {
    /// Each of `count` items is a group of its own.
    ///
    /// # Errors
    ///
    /// `Limits` from 2³² items on.
    pub fn of_single_items(count: usize) -> Result<Self> {
        let count = item_count(count)?;
        Ok(Self { items: (0..count).collect(), starts: (0..=count).collect() })
    }

    /// One group number per item; the numbers need not be dense.
    ///
    /// # Errors
    ///
    /// `Limits` from 2³² items on.
    pub fn from_ids(ids: &[u32]) -> Result<Self> {
        item_count(ids.len())?;
        let mut order: Vec<(u32, u32)> = ids.iter().copied().zip(0..).collect();
        order.par_sort_unstable();
        let mut starts = Vec::new();
        for (position, pair) in order.iter().enumerate() {
            if position == 0 || order[position - 1].0 != pair.0 {
                starts.push(position as u32);
            }
        }
        starts.push(order.len() as u32);
        Ok(Self { items: order.into_iter().map(|(_, item)| item).collect(), starts })
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no groups, and so no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All items, group after group.
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// Where each group's items are in [`items`](Self::items).
    pub fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        self.starts.windows(2).map(|pair| pair[0] as usize..pair[1] as usize)
    }
}

fn item_count(count: usize) -> Result<u32> {
    match u32::try_from(count) {
        Ok(count) if count < u32::MAX => Ok(count),
        _ => Err(Error::limits(format!("expected fewer than {} items, got {count}", u32::MAX))),
    }
}

/// Nonparametric bootstrap (Efron, 1979): as many draws with replacement as there are groups.
///
/// Every replicate has a random stream of its own (Xoshiro256++), so results depend on the seed and not on
/// the number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Bootstrap {
    /// Number of resamples; 0 for no intervals.
    pub replicates: usize,
    /// Seed of all random streams.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { replicates: 1000, seed: 0 }
    }
}

/// Groups drawn together, so that their counts stay in the cache.
const BLOCK: usize = 4096;

impl Bootstrap {
    /// Draws from `groups` groups in every replicate and measures what `measure` finds in the counts of draws
    /// (one per group). `scratch` makes what a thread keeps between replicates. Results are in the order of
    /// the replicates.
    pub fn run<S, R: Send>(
        &self,
        groups: usize,
        scratch: impl Fn() -> S + Sync + Send,
        measure: impl Fn(&mut S, &[u32]) -> R + Sync + Send,
    ) -> Vec<R> {
        self.run_streams(
            || (vec![0; groups], scratch()),
            |(counts, scratch), random| {
                draw(counts, random);
                measure(scratch, counts)
            },
        )
    }

    /// As [`run`](Self::run) for groups of which many are alike: `sizes` says how many of each kind there
    /// are, and `measure` gets how many of each kind were drawn. The law is the same; the work goes with the
    /// number of kinds and not of groups.
    pub fn run_kinds<S, R: Send>(
        &self,
        sizes: &[u32],
        scratch: impl Fn() -> S + Sync + Send,
        measure: impl Fn(&mut S, &[u32]) -> R + Sync + Send,
    ) -> Vec<R> {
        self.run_streams(
            || (vec![0; sizes.len()], scratch()),
            |(counts, scratch), random| {
                multinomial(sizes, counts, random);
                measure(scratch, counts)
            },
        )
    }

    fn run_streams<S, R: Send>(
        &self,
        scratch: impl Fn() -> S + Sync + Send,
        measure: impl Fn(&mut S, &mut Xoshiro256PlusPlus) -> R + Sync + Send,
    ) -> Vec<R> {
        let base = Xoshiro256PlusPlus::seed_from_u64(self.seed).next_u64();
        (0..self.replicates)
            .into_par_iter()
            .map_init(scratch, |scratch, replicate| {
                let stream = base.wrapping_add(replicate as u64);
                measure(scratch, &mut Xoshiro256PlusPlus::seed_from_u64(stream))
            })
            .collect()
    }
}

/// Draws as many groups as there are. Blocks of groups share the draws first, by a multinomial law, and the
/// groups of a block then share its draws: the law of drawing one by one, without its jumps through memory.
fn draw(counts: &mut [u32], random: &mut Xoshiro256PlusPlus) {
    let sizes: Vec<u32> = counts.chunks(BLOCK).map(|block| block.len() as u32).collect();
    let mut draws = vec![0; sizes.len()];
    multinomial(&sizes, &mut draws, random);
    for (block, draws) in counts.chunks_mut(BLOCK).zip(draws) {
        block.fill(0);
        let size = block.len() as u64;
        let mut bits = 0_u64;
        for index in 0..draws {
            // Half a word a draw; a block has at most 2^12 groups, so that no group gains more than 2^-20.
            bits = if index % 2 == 0 { random.next_u64() } else { bits >> 32 };
            let group = ((bits & 0xffff_ffff) * size) >> 32;
            block[group as usize] += 1;
        }
    }
}

/// Multinomial counts of as many draws as there are things, in kinds of these sizes, one binomial a kind.
fn multinomial(sizes: &[u32], counts: &mut [u32], random: &mut Xoshiro256PlusPlus) {
    let total: u64 = sizes.iter().map(|&size| u64::from(size)).sum();
    let (mut draws, mut left) = (total, total);
    for (count, &size) in counts.iter_mut().zip(sizes) {
        let size = u64::from(size);
        let drawn = if size == left {
            draws
        } else {
            let share = size as f64 / left as f64;
            // The share is between 0 and 1, the only condition of the distribution.
            Binomial::new(draws, share).map_or(0, |law| law.sample(random))
        };
        *count = drawn as u32;
        draws -= drawn;
        left -= size;
    }
}

/// From the 2.5 % to the 97.5 % quantile of the values, between neighbours by linear interpolation.
///
/// Replicates that have no value (a resample without one of the classes) are left out; `None` where less than
/// half of the replicates have one, and with fewer than two values.
pub fn percentile_interval(values: impl IntoIterator<Item = Option<f64>>) -> Option<[f64; 2]> {
    let mut replicates = 0_usize;
    let counted = values.into_iter().inspect(|_| replicates += 1);
    let mut values: Vec<f64> = counted.flatten().filter(|value| value.is_finite()).collect();
    if values.len() < 2 || values.len() * 2 < replicates {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    Some([quantile(&values, 0.025), quantile(&values, 0.975)])
}

/// Quantile of sorted values, by linear interpolation (type 7 of Hyndman and Fan, NumPy's default).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// Two-sided p-value of a value against 0 from its bootstrap replicates: the share of replicates that lie at
/// least as far from the value as the value lies from 0, (1 + count) / (1 + replicates) (Efron and Tibshirani,
/// An Introduction to the Bootstrap, 1993, section 16.4; the added 1 keeps it above 0).
pub fn shifted_p_value(value: f64, replicates: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let (mut count, mut far) = (0_u32, 0_u32);
    for replicate in replicates.into_iter().flatten() {
        count += 1;
        // Not smaller, rather than larger or equal with a margin: a value of 0 has a p-value of 1.
        far += u32::from((replicate - value).abs() >= value.abs());
    }
    (count > 0).then(|| f64::from(1 + far) / f64::from(1 + count))
}
