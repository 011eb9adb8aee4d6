//! Resampling without sorting again: a draw changes only the weights of the cells.

use indicia_core::{Error, Result};
use rayon::slice::ParallelSliceMut;

use super::calibration::{Calibration, bin_of};
use super::catalogue::METRICS;
use super::score::Losses;
use super::{Confusion, Options, Predictions, Ranking, ScoreKind};
use crate::stats::{Groups, IntervalMethod, percentile_interval};

/// What all metrics are measured on.
pub(super) struct Sample {
    pub ranking: Ranking,
    pub confusion: Option<Confusion>,
    pub calibration: Option<Calibration>,
}

/// One value per metric of [`METRICS`].
pub(super) type Values = [Option<f64>; METRICS.len()];

impl Sample {
    pub fn values(&self) -> Values {
        std::array::from_fn(|index| {
            let metric = &METRICS[index];
            if metric.needs.iter().any(|need| need.unmet_by(self).is_some()) {
                return None;
            }
            (metric.measure)(self)
        })
    }
}

/// Most cells that are resampled as they are. With more, neighbouring cells are merged for the resampling.
const EXACT_CELLS: usize = 4096;

/// Items that no metric tells apart: those of one cell, label and decision.
#[derive(Debug, Clone, Copy)]
struct Stratum {
    cell: u32,
    label: bool,
    decision: bool,
}

/// How the items of one detector fall into strata, and what a stratum means to the metrics.
pub(super) struct Layout {
    cells: Ranking,
    losses: Option<Vec<Losses>>,
    decided: bool,
    strata: Vec<Stratum>,
    sizes: Vec<u32>,
    /// Stratum of every item.
    stratum_of: Vec<u32>,
    /// Whether cells are merged.
    pub merged: bool,
}

/// The exact sample of all items, and the layout for resampling them.
pub(super) fn prepare(
    predictions: &Predictions<'_>,
    labels: &[bool],
    options: &Options,
) -> Result<(Sample, Layout)> {
    let Predictions { scores, kind, decisions, threshold } = *predictions;
    for (what, length) in [("labels", Some(labels.len())), ("decisions", decisions.map(<[bool]>::len))] {
        if let Some(length) = length.filter(|&length| length != scores.len()) {
            return Err(Error::input(format!(
                "expected as many {what} as scores ({}), got {length}",
                scores.len()
            )));
        }
    }
    if threshold.is_some_and(f64::is_nan) {
        return Err(Error::configuration("expected a number as threshold, got NaN"));
    }
    if !(options.prior > 0.0 && options.prior < 1.0) {
        return Err(Error::configuration(format!("expected a prior between 0 and 1, got {}", options.prior)));
    }
    if u32::try_from(scores.len()).is_err() {
        return Err(Error::limits(format!("expected fewer than 2^32 items, got {}", scores.len())));
    }
    for (index, &score) in scores.iter().enumerate() {
        kind.check(index, score)?;
    }
    let threshold = threshold.or(kind.natural_threshold());

    let mut order: Vec<(f64, u32)> = scores.iter().map(|score| score + 0.0).zip(0..).collect();
    order.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let ranking = Ranking::from_cells(order.iter().map(|&(score, item)| {
        let positive = f64::from(u8::from(labels[item as usize]));
        (score, positive, 1.0 - positive)
    }))?;
    let confusion = match (decisions, threshold) {
        (Some(decisions), _) => {
            let mut confusion = Confusion::default();
            for (&label, &decision) in labels.iter().zip(decisions) {
                confusion.add(label, decision, 1.0);
            }
            Some(confusion)
        }
        (None, threshold) => threshold.map(|threshold| ranking.confusion_at(threshold)),
    };
    let calibration = match kind {
        ScoreKind::Raw => None,
        _ => Calibration::of(
            ranking.cells().iter().filter_map(|cell| Some((cell, kind.losses(cell.score, options.prior)?))),
            ranking.positives(),
            ranking.negatives(),
        ),
    };

    // Decisions by a threshold are known from the cell; it is not merged across.
    let decision_at = |score: f64| threshold.is_some_and(|threshold| score >= threshold);
    let edges = |score: f64| (kind.probability(score, options.prior).map(bin_of), decision_at(score));
    let merged_into = (ranking.cells().len() > EXACT_CELLS).then(|| merge(&ranking, edges));

    let mut stratum_of = vec![0; scores.len()];
    let mut exact = 0_usize;
    let mut sizes: Vec<[u32; 4]> = Vec::new();
    for &(score, item) in &order {
        while ranking.cells()[exact].score < score {
            exact += 1;
        }
        let cell = merged_into.as_ref().map_or(exact as u32, |merged| merged[exact]);
        sizes.resize(cell as usize + 1, [0; 4]);
        let item = item as usize;
        let decision = decisions.map_or_else(|| decision_at(score), |decisions| decisions[item]);
        let kind = usize::from(labels[item]) * 2 + usize::from(decision);
        sizes[cell as usize][kind] += 1;
        stratum_of[item] = cell * 4 + kind as u32;
    }
    drop(order);

    // Strata that occur, numbered without gaps.
    let mut strata = Vec::new();
    let mut number = vec![0; sizes.len() * 4];
    let mut counts = Vec::new();
    for (cell, kinds) in sizes.iter().enumerate() {
        for (kind, &size) in kinds.iter().enumerate().filter(|(_, size)| **size > 0) {
            number[cell * 4 + kind] = strata.len() as u32;
            strata.push(Stratum { cell: cell as u32, label: kind >= 2, decision: kind % 2 == 1 });
            counts.push(size);
        }
    }
    for stratum in &mut stratum_of {
        *stratum = number[*stratum as usize];
    }

    let layout = Layout {
        losses: merged_losses(&ranking, merged_into.as_deref(), kind, options.prior),
        cells: merged_cells(&ranking, merged_into.as_deref())?,
        decided: confusion.is_some(),
        strata,
        sizes: counts,
        stratum_of,
        merged: merged_into.is_some(),
    };
    Ok((Sample { ranking, confusion, calibration }, layout))
}

/// Which merged cell every cell goes to. Cells of different `edges` stay apart.
///
/// Of n items of a class, a merged cell with r below it holds at most sqrt(r (n - r) / n), or 1: the standard
/// deviation of that rank under resampling. Taking a rank for another in its cell then adds at most a twelfth
/// to the variance of a threshold, and 4 % to the width of an interval.
fn merge<E: PartialEq>(ranking: &Ranking, edges: impl Fn(f64) -> E) -> Vec<u32> {
    let limit = |before: f64, total: f64| (before * (total - before) / total).sqrt().max(1.0);
    let (mut before, mut inside) = ([0.0; 2], [0.0; 2]);
    let totals = [ranking.negatives(), ranking.positives()];
    let mut edge = None;
    let mut merged = 0;
    let mut number = Vec::with_capacity(ranking.cells().len());
    for cell in ranking.cells() {
        let weights = [cell.negative, cell.positive];
        let next = edges(cell.score);
        let full = (0..2).any(|class| inside[class] + weights[class] > limit(before[class], totals[class]));
        if edge.as_ref().is_some_and(|edge| full || *edge != next) {
            merged += 1;
            for class in 0..2 {
                before[class] += inside[class];
                inside[class] = 0.0;
            }
        }
        for class in 0..2 {
            inside[class] += weights[class];
        }
        edge = Some(next);
        number.push(merged);
    }
    number
}

/// The cells after merging, with the highest score of each.
fn merged_cells(ranking: &Ranking, merged_into: Option<&[u32]>) -> Result<Ranking> {
    let Some(merged_into) = merged_into else { return Ok(ranking.clone()) };
    let mut cells: Vec<(f64, f64, f64)> = Vec::new();
    for (cell, &merged) in ranking.cells().iter().zip(merged_into) {
        cells.resize(merged as usize + 1, (0.0, 0.0, 0.0));
        let into = &mut cells[merged as usize];
        *into = (cell.score, into.1 + cell.positive, into.2 + cell.negative);
    }
    Ranking::from_cells(cells)
}

/// Mean costs of every merged cell, those of a label over the items of that label.
fn merged_losses(
    ranking: &Ranking,
    merged_into: Option<&[u32]>,
    kind: ScoreKind,
    prior: f64,
) -> Option<Vec<Losses>> {
    let Some(merged_into) = merged_into else {
        return ranking.cells().iter().map(|cell| kind.losses(cell.score, prior)).collect();
    };
    let mut merged: Vec<(Losses, [f64; 2])> = Vec::new();
    for (cell, &index) in ranking.cells().iter().zip(merged_into) {
        let losses = kind.losses(cell.score, prior)?;
        merged.resize(index as usize + 1, Default::default());
        let (sum, weights) = &mut merged[index as usize];
        sum.probability += (cell.positive + cell.negative) * losses.probability;
        for (class, weight) in [cell.negative, cell.positive].into_iter().enumerate() {
            if weight > 0.0 {
                sum.brier[class] += weight * losses.brier[class];
                sum.log[class] += weight * losses.log[class];
                sum.cllr[class] += weight * losses.cllr[class];
                weights[class] += weight;
            }
        }
    }
    for (sum, weights) in &mut merged {
        sum.probability /= weights[0] + weights[1];
        for (class, weight) in weights.iter().enumerate() {
            let weight = weight.max(1.0);
            sum.brier[class] /= weight;
            sum.log[class] /= weight;
            sum.cllr[class] /= weight;
        }
    }
    Some(merged.into_iter().map(|(losses, _)| losses).collect())
}

impl Layout {
    /// Number of items of every stratum.
    pub fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// A sample to be filled by [`fill`](Self::fill), with a place for the weights of the strata.
    pub fn scratch(&self) -> (Vec<u32>, Sample) {
        let sample = Sample { ranking: self.cells.clone(), confusion: None, calibration: None };
        (vec![0; self.sizes.len()], sample)
    }

    /// How draws of these groups weigh on the strata.
    pub fn spread(&self, groups: &Groups) -> Spread {
        let strata = groups.items().iter().map(|&item| self.stratum_of[item as usize]).collect();
        let group_of = groups.ranges().zip(0..).flat_map(|(range, group)| range.map(move |_| group));
        Spread { strata, group_of: group_of.collect() }
    }

    /// The sample in which the strata have these weights.
    pub fn fill(&self, weights: &[u32], sample: &mut Sample) {
        let mut confusion = Confusion::default();
        sample.ranking.reweigh(|cells| {
            for cell in cells.iter_mut() {
                (cell.positive, cell.negative) = (0.0, 0.0);
            }
            for (stratum, &weight) in self.strata.iter().zip(weights) {
                let weight = f64::from(weight);
                let cell = &mut cells[stratum.cell as usize];
                *(if stratum.label { &mut cell.positive } else { &mut cell.negative }) += weight;
                confusion.add(stratum.label, stratum.decision, weight);
            }
        });
        sample.confusion = self.decided.then_some(confusion);
        sample.calibration = self.losses.as_ref().and_then(|losses| {
            let cells = sample.ranking.cells().iter().zip(losses.iter().copied());
            Calibration::of(cells, sample.ranking.positives(), sample.ranking.negatives())
        });
    }

    /// The metrics of all items on the cells that are resampled.
    pub fn values(&self) -> Values {
        let (_, mut sample) = self.scratch();
        self.fill(&self.sizes, &mut sample);
        sample.values()
    }
}

/// Stratum and group of every item, those of a group together.
pub(super) struct Spread {
    strata: Vec<u32>,
    group_of: Vec<u32>,
}

impl Spread {
    /// Adds up the draws of the groups over the items of every stratum. Groups that are not drawn are added
    /// too: with small groups that costs less than to foresee which they are.
    pub fn weigh(&self, draws: &[u32], weights: &mut [u32]) {
        weights.fill(0);
        for (&stratum, &group) in self.strata.iter().zip(&self.group_of) {
            weights[stratum as usize] += draws[group as usize];
        }
    }
}

/// By how much replicates are moved: the error of merging (`exact` less `resampled`, the value of all items on
/// the cells that are resampled), or for values that resampling pushes aside the whole mean difference.
pub(super) fn shift(
    exact: f64,
    resampled: f64,
    centred: bool,
    replicates: impl Iterator<Item = Option<f64>>,
) -> f64 {
    if !centred {
        return exact - resampled;
    }
    let (sum, count) =
        replicates.flatten().fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { exact - sum / f64::from(count) }
}

/// The interval of moved replicates, cut to the range of the metric.
pub(super) fn interval(
    replicates: impl Iterator<Item = Option<f64>>,
    shift: f64,
    range: [f64; 2],
) -> Option<[f64; 2]> {
    let ends = percentile_interval(replicates)?;
    Some(ends.map(|end| (end + shift).clamp(range[0], range[1])))
}

pub(super) fn method(centred: bool) -> IntervalMethod {
    if centred { IntervalMethod::CentredBootstrap } else { IntervalMethod::Bootstrap }
}
