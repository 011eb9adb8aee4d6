//! How far subgroups are apart.

use std::collections::BTreeMap;

use indicia_core::Result;

use super::{Derived, Protocol, SubgroupScores};
use crate::metrics::binary::{self, Gap, Subgroup, TOO_FEW};
use crate::score::{Items, Options, Predictions, Scores, definition, kind_of, scored};
use crate::stats::Estimate;

/// A cell with one series and the rows (by index) of that series in it.
pub(super) struct Place<'a> {
    /// Name of the cell.
    pub cell: &'a str,
    /// Place of the series.
    pub series: usize,
    /// Its rows in the cell.
    pub rows: &'a [u32],
}

/// Gaps between the values of a column, of every metric of the protocol; `parts` are the values with their
/// rows. Of metrics of scores intervals are found by drawing all subgroups together; of others there are none.
pub(super) fn between(
    predictions: &Predictions,
    protocol: &Protocol,
    column: &str,
    place: &Place<'_>,
    parts: &BTreeMap<String, Vec<u32>>,
    scores: &[SubgroupScores],
    options: &Options<'_>,
) -> Result<Vec<Derived>> {
    let series = &predictions.series[place.series];
    let derived = |measure, metric: &str, estimate: Estimate, detail: String| Derived {
        detector: series.detector.clone(),
        condition: series.condition.clone(),
        seed: series.seed.clone(),
        measure,
        metric: metric.to_owned(),
        of: if place.cell == "all" { column.to_owned() } else { format!("{column}, {}", place.cell) },
        estimate,
        detail,
    };
    let used: Vec<u32> = place.rows.iter().copied().filter(|i| scored(predictions, *i as usize)).collect();
    let (kind, _) = kind_of(predictions, &used, series, options);
    let ids: BTreeMap<u32, u32> =
        used.iter().copied().zip(crate::score::groups(predictions, &used)).collect();
    let names: Vec<&String> = parts.keys().collect();
    let mut items = vec![];
    for rows in parts.values() {
        let rows: Vec<u32> = rows.iter().copied().filter(|row| ids.contains_key(row)).collect();
        let groups: Vec<u32> = rows.iter().map(|row| ids[row]).collect();
        items.push((Items::of_rows(predictions, &rows)?, groups));
    }
    let subgroups: Vec<Subgroup<'_>> = items
        .iter()
        .map(|(items, groups)| Subgroup {
            predictions: items.predictions(kind, options.threshold),
            labels: items.labels(),
            groups,
        })
        .collect();
    let settings = binary::Options { bootstrap: options.bootstrap, ..binary::Options::default() };
    let gaps = if used.is_empty() { vec![] } else { binary::gaps(&subgroups, &settings)? };
    let words = |gap: &Gap| {
        let mut words = format!(
            "best {} ({:.3}), worst {} ({:.3})",
            names[gap.best.0], gap.best.1, names[gap.worst.0], gap.worst.1
        );
        if !gap.too_few.is_empty() {
            let few = gap.too_few.iter().map(|place| {
                let labels = subgroups[*place].labels;
                let positives = labels.iter().filter(|label| **label).count();
                format!("{} ({positives} of label 1, {} of label 0)", names[*place], labels.len() - positives)
            });
            let few: Vec<String> = few.collect();
            words += &format!("; too few to say (under {TOO_FEW}): {}", few.join(", "));
        }
        words
    };
    let find = |id: &str| gaps.iter().find(|(info, _)| info.id == id).and_then(|(_, gap)| gap.as_ref());
    let mut out = vec![];
    for metric in &protocol.metrics {
        let id = metric.strip_prefix("image.").unwrap_or(metric);
        if let Some(gap) = find(id) {
            out.push(derived("gap", metric, gap.gap, words(gap)));
        } else if metric.contains('.') {
            out.extend(
                plain(metric, column, place, series, scores)
                    .map(|(e, detail)| derived("gap", metric, e, detail)),
            );
        }
    }
    if let Some(gap) = find("recall") {
        out.push(derived("equal_opportunity_difference", "recall", gap.gap, words(gap)));
    }
    Ok(out)
}

/// The gap of a metric without an interval.
fn plain(
    metric: &str,
    column: &str,
    place: &Place<'_>,
    series: &crate::score::Series,
    scores: &[SubgroupScores],
) -> Option<(Estimate, String)> {
    let of = |group: &&SubgroupScores| group.column == column && group.cell == place.cell;
    let own = |scores: &&Scores| scores.series == *series;
    let (mut few, mut values) = (vec![], vec![]);
    for group in scores.iter().filter(of) {
        let Some(scores) = group.scores.iter().find(own) else { continue };
        let Some(estimate) = scores.metric(metric) else { continue };
        if scores.coverage.scored < TOO_FEW {
            few.push(format!("{} ({} items)", group.value, scores.coverage.scored));
        } else {
            values.push((&group.value, estimate.value));
        }
    }
    let higher = definition(metric).is_none_or(|d| d.higher_is_better);
    values.sort_by(|a, b| if higher { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
    let (best, worst) = (values.first()?, values.last().filter(|_| values.len() > 1)?);
    let mut detail = format!("best {} ({:.3}), worst {} ({:.3})", best.0, best.1, worst.0, worst.1);
    if !few.is_empty() {
        detail += &format!("; too few to say (under {TOO_FEW}): {}", few.join(", "));
    }
    Some((Estimate { value: (best.1 - worst.1).abs(), ci95: None, interval: None }, detail))
}
