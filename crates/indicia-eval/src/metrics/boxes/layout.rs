//! All pictures together, and what is measured of them on a resampled set.

use rayon::prelude::*;

use super::catalogue::{COCO, METRICS, OF_TYPE};
use super::compare::{AREAS, Compared, Detection, Tally};
use super::froc::sensitivities;
use crate::metrics::detection::{
    AT_50, AT_75, Curve, Entry, Interpolation, Resampled, Step, THRESHOLDS, Ties, average_precision, falling,
};

/// One type in all pictures, ranked.
#[derive(Default)]
pub(super) struct Ranked {
    pub tallies: Vec<Tally>,
    detections: Vec<Detection>,
    marks: Vec<Entry>,
}

/// All pictures, ranked.
pub(super) struct Data {
    pub kinds: Vec<Ranked>,
    /// Pictures of every group.
    pub pictures: Vec<u32>,
    /// Sum of the Hungarian IoU of every group, and number of pictures that have one.
    pub hungarian: Vec<(f64, u32)>,
}

impl Data {
    pub fn new(compared: Vec<Vec<Compared>>, types: usize, groups: usize) -> Self {
        let mut kinds: Vec<Ranked> = (0..types).map(|_| Ranked::default()).collect();
        for one in compared.into_iter().flatten() {
            let kind = &mut kinds[one.kind as usize];
            kind.tallies.push(one.tally);
            kind.detections.extend(one.detections);
            kind.marks.extend(one.marks);
        }
        kinds.par_iter_mut().for_each(|kind| {
            // Stable: equal scores stay in the order of the pictures, as in pycocotools.
            kind.detections.par_sort_by(|a, b| falling(a.score, b.score));
            kind.marks.par_sort_by(Entry::by_falling_score);
        });
        Self { kinds, pictures: vec![0; groups], hungarian: vec![(0.0, 0); groups] }
    }
}

/// Curves of one type.
struct Kind<'a> {
    tallies: &'a [Tally],
    ranges: [Curve; AREAS.len()],
    marks: Curve,
}

/// Curves of all types.
pub(super) struct Layout<'a> {
    data: &'a Data,
    kinds: Vec<Kind<'a>>,
    /// Marks of all types together.
    marks: Curve,
}

impl<'a> Layout<'a> {
    /// Curves of more than `exact` predictions are merged.
    pub fn new(data: &'a Data, exact: usize) -> Self {
        let kind = |kind: &'a Ranked| {
            let range = |range: usize| {
                let entry = |d: &Detection| Entry {
                    score: d.score,
                    group: d.group,
                    right: d.right[range],
                    counted: d.counted[range],
                };
                let entries: Vec<Entry> = kind.detections.iter().map(entry).collect();
                Curve::new(&entries, Ties::InOrder, exact)
            };
            Kind {
                tallies: &kind.tallies,
                ranges: std::array::from_fn(range),
                marks: Curve::new(&kind.marks, Ties::Together, exact),
            }
        };
        let mut marks: Vec<Entry> = data.kinds.iter().flat_map(|kind| &kind.marks).copied().collect();
        marks.par_sort_by(Entry::by_falling_score);
        Self {
            data,
            kinds: data.kinds.par_iter().map(kind).collect(),
            marks: Curve::new(&marks, Ties::Together, exact),
        }
    }
}

/// What a thread keeps between resamples.
#[derive(Default)]
pub(super) struct Scratch {
    steps: Vec<Step>,
    points: Vec<(f64, f64)>,
}

/// Sums of tallies.
#[derive(Clone, Copy, Default)]
struct Sums {
    positives: [u64; AREAS.len()],
    matches: [u64; 2 + AREAS.len()],
    right: u64,
    wrong: u64,
}

impl Sums {
    fn add(&mut self, tally: &Tally, draws: u32) {
        let add = |sum: &mut u64, count: u16| *sum += u64::from(count) * u64::from(draws);
        self.positives.iter_mut().zip(tally.positives).for_each(|(sum, count)| add(sum, count));
        self.matches.iter_mut().zip(tally.matches).for_each(|(sum, count)| add(sum, count));
        add(&mut self.right, tally.right);
        add(&mut self.wrong, tally.wrong);
    }

    /// Precision, recall and F1 at the score threshold.
    fn decided(&self, values: &mut Vec<f64>) {
        let share = |whole: u64| if whole > 0 { self.right as f64 / whole as f64 } else { f64::NAN };
        let (called, positives) = (self.right + self.wrong, self.positives[0]);
        let f1 = 2.0 * self.right as f64 / (called + positives) as f64;
        values.extend([share(called), share(positives), if called + positives > 0 { f1 } else { f64::NAN }]);
    }
}

impl Scratch {
    /// Sensitivities and their mean.
    fn free_response(
        &mut self,
        curve: &Curve,
        draws: &[u32],
        positives: u64,
        pictures: u64,
        to: &mut Vec<f64>,
    ) {
        if positives == 0 || pictures == 0 {
            to.extend([f64::NAN; 8]);
            return;
        }
        curve.weigh(draws, &mut self.steps);
        let at = sensitivities(&self.steps, positives as f64, pictures as f64);
        to.extend(at);
        to.push(at.iter().sum::<f64>() / at.len() as f64);
    }

    /// COCO's part of one type; NaN where there are no true boxes.
    fn coco(&mut self, kind: &Kind<'_>, draws: &[u32], sums: &Sums) -> [f64; COCO] {
        let mut values = [f64::NAN; COCO];
        let positives = sums.positives.map(|count| count as f64);
        for (range, curve) in kind.ranges.iter().enumerate().filter(|(range, _)| positives[*range] > 0.0) {
            curve.weigh(draws, &mut self.steps);
            let at =
                average_precision(&self.steps, positives[range], Interpolation::Points101, &mut self.points);
            let mean = at.iter().sum::<f64>() / at.len() as f64;
            if range == 0 {
                [values[0], values[1], values[2]] = [at[AT_50], at[AT_75], mean];
            } else {
                values[2 + range] = mean;
            }
        }
        for (place, range) in [0, 0, 0, 1, 2, 3].into_iter().enumerate() {
            if positives[range] > 0.0 {
                values[6 + place] = sums.matches[place] as f64 / THRESHOLDS as f64 / positives[range];
            }
        }
        values
    }
}

impl Resampled for Layout<'_> {
    type Scratch = Scratch;

    fn values(&self, draws: &[u32], scratch: &mut Scratch) -> Vec<f64> {
        let (mut pictures, mut hungarian) = (0, (0.0, 0.0));
        for (draws, (count, (sum, with))) in
            draws.iter().zip(self.data.pictures.iter().zip(&self.data.hungarian))
        {
            pictures += u64::from(*draws) * u64::from(*count);
            hungarian.0 += f64::from(*draws) * sum;
            hungarian.1 += f64::from(*draws) * f64::from(*with);
        }
        let mut of_types = Vec::with_capacity(self.kinds.len() * OF_TYPE);
        let mut all = Sums::default();
        let mut means = [(0.0, 0.0); COCO];
        for kind in &self.kinds {
            let mut sums = Sums::default();
            for tally in kind.tallies {
                let draws = draws[tally.group as usize];
                sums.add(tally, draws);
                all.add(tally, draws);
            }
            let coco = scratch.coco(kind, draws, &sums);
            for (mean, value) in means.iter_mut().zip(coco).filter(|(_, value)| !value.is_nan()) {
                *mean = (mean.0 + value, mean.1 + 1.0);
            }
            of_types.extend(coco);
            scratch.free_response(&kind.marks, draws, sums.positives[0], pictures, &mut of_types);
            sums.decided(&mut of_types);
        }
        // A mean of nothing is NaN.
        let mut values = Vec::with_capacity(METRICS.len() + of_types.len());
        values.extend(means.map(|(sum, count)| sum / count));
        scratch.free_response(&self.marks, draws, all.positives[0], pictures, &mut values);
        all.decided(&mut values);
        values.push(hungarian.0 / hungarian.1);
        values.extend(of_types);
        values
    }
}
