use rayon::prelude::*;

use super::catalogue::{METRICS, OF_TYPE, PRECISION, PROPOSALS};
use super::compare::{Compared, Tally};
use crate::metrics::detection::{
    AT_50, AT_75, AT_95, Curve, Entry, Interpolation, Resampled, Step, THRESHOLDS, Ties, average_precision,
};

/// One type in all videos, ranked.
#[derive(Default)]
struct Ranked {
    tallies: Vec<Tally>,
    entries: Vec<Entry>,
}

/// All videos, ranked.
pub(super) struct Data {
    kinds: Vec<Ranked>,
    /// Types aside, a tally a video.
    all: Vec<Tally>,
}

impl Data {
    pub fn new(compared: Vec<Vec<Compared>>, all: Vec<Tally>, types: usize) -> Self {
        let mut kinds: Vec<Ranked> = (0..types).map(|_| Ranked::default()).collect();
        for one in compared.into_iter().flatten() {
            let kind = &mut kinds[one.kind as usize];
            kind.tallies.push(one.tally);
            kind.entries.extend(one.entries);
        }
        kinds.par_iter_mut().for_each(|kind| kind.entries.par_sort_by(Entry::by_falling_score));
        Self { kinds, all }
    }
}

/// Curves of all types.
pub(super) struct Layout<'a> {
    data: &'a Data,
    curves: Vec<Curve>,
}

impl<'a> Layout<'a> {
    /// Curves of more than `exact` predictions are merged.
    pub fn new(data: &'a Data, exact: usize) -> Self {
        let curve = |kind: &Ranked| Curve::new(&kind.entries, Ties::InOrder, exact);
        Self { data, curves: data.kinds.par_iter().map(curve).collect() }
    }
}

/// Sums of tallies.
#[derive(Default)]
struct Sums {
    positives: u64,
    reached: [u64; 2 * PROPOSALS.len()],
}

impl Sums {
    fn of(tallies: &[Tally], draws: &[u32]) -> Self {
        let mut sums = Self::default();
        for tally in tallies {
            let draws = u64::from(draws[tally.group as usize]);
            sums.positives += draws * u64::from(tally.positives);
            for (sum, count) in sums.reached.iter_mut().zip(tally.reached) {
                *sum += draws * u64::from(count);
            }
        }
        sums
    }

    /// Recalls; NaN without true segments.
    fn recalls(&self) -> impl Iterator<Item = f64> + '_ {
        self.reached.iter().map(|count| *count as f64 / THRESHOLDS as f64 / self.positives as f64)
    }
}

impl Resampled for Layout<'_> {
    type Scratch = (Vec<Step>, Vec<(f64, f64)>);

    fn values(&self, draws: &[u32], (steps, points): &mut Self::Scratch) -> Vec<f64> {
        let mut of_types = Vec::with_capacity(self.curves.len() * OF_TYPE);
        let mut means = [(0.0, 0.0); PRECISION];
        for (curve, kind) in self.curves.iter().zip(&self.data.kinds) {
            let sums = Sums::of(&kind.tallies, draws);
            let mut own = [f64::NAN; PRECISION];
            if sums.positives > 0 {
                curve.weigh(draws, steps);
                let at = average_precision(steps, sums.positives as f64, Interpolation::Area, points);
                own = [at[AT_50], at[AT_75], at[AT_95], at.iter().sum::<f64>() / at.len() as f64];
                means.iter_mut().zip(own).for_each(|(mean, value)| *mean = (mean.0 + value, mean.1 + 1.0));
            }
            of_types.extend(own);
            of_types.extend(sums.recalls().take(PROPOSALS.len()));
        }
        // A mean of nothing is NaN.
        let mut values = Vec::with_capacity(METRICS.len() + of_types.len());
        values.extend(means.map(|(sum, count)| sum / count));
        values.extend(Sums::of(&self.data.all, draws).recalls());
        values.extend(of_types);
        values
    }
}
