use indicia_core::{Error, Result};

use super::catalogue::{METRICS, MetricInfo, Need};
use super::resample::{Values, interval, prepare, shift};
use super::{Options, Predictions};
use crate::stats::{Estimate, Groups, IntervalMethod};

/// Fewest items of a class that a metric needs for a subgroup to have a say: with 20 a rate near one half has
/// an interval of some 0.2 to either side (Wilson).
pub const TOO_FEW: usize = 20;

/// The items of one subgroup.
#[derive(Debug, Clone, Copy)]
pub struct Subgroup<'a> {
    /// What the detector says of them.
    pub predictions: Predictions<'a>,
    /// Their labels.
    pub labels: &'a [bool],
    /// Their groups for resampling, numbered the same in all subgroups.
    pub groups: &'a [u32],
}

/// How far apart subgroups are in one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The best value less the worst, at least 0.
    pub gap: Estimate,
    /// Place and value of the best subgroup.
    pub best: (usize, f64),
    /// Place and value of the worst subgroup.
    pub worst: (usize, f64),
    /// Places of subgroups that have fewer than [`TOO_FEW`] items of a class that the metric needs, and are
    /// left out.
    pub too_few: Vec<usize>,
}

/// Gaps between the best and the worst of several subgroups, for every metric that two of them have.
///
/// Resamples draw the groups of all subgroups together, so that items which belong to several (authentic ones,
/// say) vary in all at once; best and worst are chosen anew in each. Chosen from several, they lie apart by
/// chance alone: the interval is centred for that, the value is not.
///
/// # Errors
/// As [`evaluate`](super::evaluate), for any subgroup; `Input` for groups that are not one an item.
pub fn gaps(
    subgroups: &[Subgroup<'_>],
    options: &Options,
) -> Result<Vec<(&'static MetricInfo, Option<Gap>)>> {
    let mut parts = vec![];
    let mut ids: Vec<u32> = vec![];
    for subgroup in subgroups {
        if subgroup.groups.len() != subgroup.labels.len() {
            let (wanted, got) = (subgroup.labels.len(), subgroup.groups.len());
            return Err(Error::input(format!("expected as many groups as labels ({wanted}), got {got}")));
        }
        let (sample, layout) = prepare(&subgroup.predictions, subgroup.labels, options)?;
        parts.push((sample.values(), layout));
        ids.extend(subgroup.groups);
    }
    ids.sort_unstable();
    ids.dedup();
    let place = |id: &u32| ids.binary_search(id).unwrap_or_default() as u32;
    let places: Vec<Vec<u32>> = subgroups.iter().map(|s| s.groups.iter().map(place).collect()).collect();
    let spreads = parts
        .iter()
        .zip(&places)
        .map(|((_, layout), places)| Ok(layout.spread(&Groups::of_single_items(places.len())?)))
        .collect::<Result<Vec<_>>>()?;
    let replicates: Vec<Vec<Values>> = if ids.len() < 2 {
        vec![]
    } else {
        options.bootstrap.run(
            ids.len(),
            || parts.iter().map(|(_, layout)| layout.scratch()).collect::<Vec<_>>(),
            |scratch, draws| {
                let one = |(part, scratch): (usize, &mut (Vec<u32>, super::resample::Sample))| {
                    let of_items: Vec<u32> = places[part].iter().map(|p| draws[*p as usize]).collect();
                    spreads[part].weigh(&of_items, &mut scratch.0);
                    parts[part].1.fill(&scratch.0, &mut scratch.1);
                    scratch.1.values()
                };
                scratch.iter_mut().enumerate().map(one).collect()
            },
        )
    };
    let exact: Vec<&Values> = parts.iter().map(|(values, _)| values).collect();
    let one = |(index, info): (usize, &'static MetricInfo)| {
        (info, gap(index, info, subgroups, &exact, &replicates))
    };
    Ok(METRICS.iter().enumerate().map(one).collect())
}

fn gap(
    index: usize,
    info: &MetricInfo,
    subgroups: &[Subgroup<'_>],
    exact: &[&Values],
    replicates: &[Vec<Values>],
) -> Option<Gap> {
    let (few, enough): (Vec<usize>, Vec<usize>) =
        (0..subgroups.len()).partition(|place| too_few(info, subgroups[*place].labels));
    let valued = |place: &usize| Some((*place, exact[*place][index].filter(|value| value.is_finite())?));
    let values: Vec<(usize, f64)> = enough.iter().filter_map(valued).collect();
    if values.len() < 2 {
        return None;
    }
    let rank = |value: f64| if info.higher_is_better { value } else { -value };
    let by = |a: &&(usize, f64), b: &&(usize, f64)| rank(a.1).total_cmp(&rank(b.1));
    let (best, worst) = (*values.iter().max_by(by)?, *values.iter().min_by(by)?);
    let value = (best.1 - worst.1).abs();
    let widest = |replicate: &Vec<Values>| {
        let mut ends = (f64::INFINITY, f64::NEG_INFINITY);
        for (place, _) in &values {
            let value = replicate[*place][index]?;
            ends = (ends.0.min(value), ends.1.max(value));
        }
        Some(ends.1 - ends.0)
    };
    let column: Vec<Option<f64>> = replicates.iter().map(widest).collect();
    let shift = shift(value, value, true, column.iter().copied());
    let width = info.greatest.map_or(f64::INFINITY, |greatest| greatest - info.least);
    let ci95 = interval(column.iter().copied(), shift, [0.0, width]);
    let gap = Estimate::new(value, ci95, IntervalMethod::CentredBootstrap);
    Some(Gap { gap, best, worst, too_few: few })
}

/// True if a subgroup has too few items of a class that a metric needs.
fn too_few(info: &MetricInfo, labels: &[bool]) -> bool {
    let positives = labels.iter().filter(|label| **label).count();
    let needs = |need| info.needs.contains(&need);
    labels.len() < TOO_FEW
        || (needs(Need::Positives) && positives < TOO_FEW)
        || (needs(Need::Negatives) && labels.len() - positives < TOO_FEW)
}
