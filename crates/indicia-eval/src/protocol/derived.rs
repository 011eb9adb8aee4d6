//! What a protocol tells of several cells at once: what was forgotten, how a curve rises, how far subgroups
//! are apart.

use serde::Serialize;

use super::{Average, CellScores, Design, Protocol};
use crate::metrics::Definition;
use crate::score::{Series, definition};
use crate::stats::{Estimate, Summary};

/// A value that is made of several scores.
#[derive(Debug, Clone, Serialize)]
pub struct Derived {
    /// Detector.
    pub detector: String,
    /// Condition.
    pub condition: String,
    /// Seed, empty if there is none.
    pub seed: String,
    /// What it is: the id of one of [`MEASURES`].
    pub measure: &'static str,
    /// Metric that it is made of, as the protocol names it.
    pub metric: String,
    /// Of what: the cell, or the column of subgroups.
    pub of: String,
    /// The value.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// What else there is to say: which subgroups are best and worst, which have too few items.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Every measure, with its definition.
pub static MEASURES: [Definition; 10] = [
    Definition::higher(
        "final_average",
        "Average after the last task",
        "Mean over tasks of the metric after the last task.",
    ),
    Definition::higher(
        "incremental_average",
        "Average over the sequence",
        "Mean over steps of the mean over the tasks so far of the metric after that step.",
    ),
    Definition::lower(
        "forgetting",
        "Forgetting",
        "Mean over all tasks but the last of the best value after any earlier step less the value after the last (Chaudhry et al., 2018).",
    ),
    Definition::higher(
        "backward_transfer",
        "Backward transfer",
        "Mean over all tasks but the last of the value after the last step less the value right after the task was learned (Lopez-Paz and Ranzato, 2017); below 0 is forgetting.",
    ),
    Definition::higher(
        "trend",
        "Trend",
        "Kendall's tau-b between the size of the training set and the metric: 1 where more data is always better.",
    ),
    Definition::lower(
        "largest_fall",
        "Largest fall",
        "Largest loss of the metric from one size to the next, 0 where the curve never falls.",
    ),
    Definition::higher(
        "within",
        "Same as trained on",
        "Mean of the diagonal of the matrix: tested on what was trained on.",
    ),
    Definition::higher("across", "Other than trained on", "Mean of the matrix without its diagonal."),
    Definition::lower(
        "gap",
        "Gap between subgroups",
        "Best value of the subgroups less the worst. Chosen from several they lie apart by chance alone; the interval is centred for that, the value is not.",
    ),
    Definition::lower(
        "equal_opportunity_difference",
        "Equal-opportunity difference",
        "Gap of the true positive rate at the fixed threshold between the subgroups (Hardt et al., 2016).",
    ),
];

/// A detector under a condition with a seed.
#[derive(PartialEq)]
struct Who<'a> {
    detector: &'a str,
    condition: &'a str,
    seed: &'a str,
}

impl<'a> Who<'a> {
    fn of(series: &'a Series) -> Self {
        Self { detector: &series.detector, condition: &series.condition, seed: &series.seed }
    }
}

/// The values that the design of a protocol asks for.
pub(super) fn of_cells(protocol: &Protocol, cells: &[CellScores]) -> Vec<Derived> {
    let mut whos: Vec<Who<'_>> = vec![];
    for scores in cells.iter().flat_map(|cell| &cell.scores) {
        let who = Who::of(&scores.series);
        if !whos.contains(&who) {
            whos.push(who);
        }
    }
    let mut derived = vec![];
    for who in &whos {
        for metric in &protocol.metrics {
            let higher = definition(metric).is_none_or(|d| d.higher_is_better);
            let value = |cell: &CellScores| {
                let scores = cell.scores.iter().find(|scores| Who::of(&scores.series) == *who)?;
                scores.metric(metric).map(|estimate| estimate.value)
            };
            let values: Vec<Option<f64>> = cells.iter().map(value).collect();
            for (measure, value) in measures(&protocol.design, cells, &values, higher) {
                derived.push(Derived {
                    detector: who.detector.to_owned(),
                    condition: who.condition.to_owned(),
                    seed: who.seed.to_owned(),
                    measure,
                    metric: metric.clone(),
                    of: String::new(),
                    estimate: Estimate { value, ci95: None, interval: None },
                    detail: String::new(),
                });
            }
        }
    }
    derived
}

/// Measures of a design from the values of its cells. Where a cell that is needed has no value, there are none.
fn measures(
    design: &Design,
    cells: &[CellScores],
    values: &[Option<f64>],
    higher: bool,
) -> Vec<(&'static str, f64)> {
    let Some(values) = values.iter().copied().collect::<Option<Vec<f64>>>() else { return vec![] };
    match design {
        Design::Incremental { order, .. } => incremental(order.len(), &values, higher),
        Design::SizeCurve { .. } => curve(&values, higher),
        Design::OneAgainstAll { .. } => {
            let same = |cell: &CellScores| cell.cell.place.as_ref().is_some_and(|(from, on)| from == on);
            let (within, across): (Vec<_>, Vec<_>) = cells.iter().zip(&values).partition(|(c, _)| same(c));
            let mean = |part: &[(&CellScores, &f64)]| {
                (!part.is_empty()).then(|| part.iter().map(|(_, v)| **v).sum::<f64>() / part.len() as f64)
            };
            [("within", mean(&within)), ("across", mean(&across))]
                .into_iter()
                .filter_map(|(measure, value)| Some((measure, value?)))
                .collect()
        }
        _ => vec![],
    }
}

/// Measures of a sequence of tasks: `values` holds after each task the values on it and on the earlier ones.
fn incremental(tasks: usize, values: &[f64], higher: bool) -> Vec<(&'static str, f64)> {
    if tasks < 2 || values.len() != tasks * (tasks + 1) / 2 {
        return vec![];
    }
    let after = |step: usize, task: usize| values[step * (step + 1) / 2 + task];
    let last = tasks - 1;
    let mean = |of: &dyn Fn(usize) -> f64, count: usize| (0..count).map(of).sum::<f64>() / count as f64;
    let sign = if higher { 1.0 } else { -1.0 };
    let best =
        |task: usize| (task..last).map(|step| sign * after(step, task)).fold(f64::NEG_INFINITY, f64::max);
    vec![
        ("final_average", mean(&|task| after(last, task), tasks)),
        ("incremental_average", mean(&|step| mean(&|task| after(step, task), step + 1), tasks)),
        ("forgetting", mean(&|task| best(task) - sign * after(last, task), last)),
        ("backward_transfer", mean(&|task| sign * (after(last, task) - after(task, task)), last)),
    ]
}

/// How a curve over rising sizes goes.
fn curve(values: &[f64], higher: bool) -> Vec<(&'static str, f64)> {
    if values.len() < 2 {
        return vec![];
    }
    let sign = if higher { 1.0 } else { -1.0 };
    let (mut rises, mut falls, mut pairs) = (0.0, 0.0, 0.0);
    for (place, later) in values.iter().enumerate() {
        for earlier in &values[..place] {
            let step = sign * (later - earlier);
            rises += f64::from(u8::from(step > 0.0));
            falls += f64::from(u8::from(step < 0.0));
            pairs += 1.0;
        }
    }
    let fall = values.windows(2).map(|pair| sign * (pair[0] - pair[1])).fold(0.0, f64::max);
    let mut measures = vec![("largest_fall", fall)];
    // Of a flat curve there is no trend.
    if rises + falls > 0.0 {
        measures.insert(0, ("trend", (rises - falls) / f64::sqrt((rises + falls) * pairs)));
    }
    measures
}

/// Means and ranges over seeds of what was derived.
pub(super) fn over_seeds(derived: &[Derived]) -> Vec<Average> {
    let same = |a: &Derived, b: &Derived| {
        (&a.detector, &a.condition, a.measure, &a.metric, &a.of)
            == (&b.detector, &b.condition, b.measure, &b.metric, &b.of)
    };
    let mut averages = vec![];
    for (place, one) in derived.iter().enumerate() {
        if derived[..place].iter().any(|earlier| same(earlier, one)) {
            continue;
        }
        let values: Vec<f64> = derived.iter().filter(|d| same(d, one)).map(|d| d.estimate.value).collect();
        let Some(summary) = Summary::of(&values).filter(|summary| summary.count > 1) else { continue };
        let name = MEASURES.iter().find(|m| m.id == one.measure).map_or(one.measure, |m| m.name);
        let of = if one.of.is_empty() { String::new() } else { format!(" ({})", one.of) };
        averages.push(Average {
            detector: one.detector.clone(),
            condition: one.condition.clone(),
            metric: one.metric.clone(),
            over: format!("seeds, {}{of}", name.to_lowercase()),
            summary,
        });
    }
    averages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Vec<(&'static str, f64)>, expected: &[(&str, f64)]) {
        assert_eq!(found.len(), expected.len());
        for ((id, value), (of, wanted)) in found.into_iter().zip(expected) {
            assert!(id == *of && (value - wanted).abs() < 1e-12, "{id} {value} {of} {wanted}");
        }
    }

    #[test]
    fn sequences_by_hand() {
        // After a: 0.9. After b: 0.7, 0.8. After c: 0.6, 0.85, 0.95.
        let values = [0.9, 0.7, 0.8, 0.6, 0.85, 0.95];
        let expected = [
            ("final_average", (0.6 + 0.85 + 0.95) / 3.0),
            ("incremental_average", (0.9 + 0.75 + 0.8) / 3.0),
            // a: 0.9 - 0.6; b: 0.8 - 0.85.
            ("forgetting", (0.3 - 0.05) / 2.0),
            ("backward_transfer", (-0.3 + 0.05) / 2.0),
        ];
        close(incremental(3, &values, true), &expected);
        // a is best after b: 0.95 - 0.6 is forgotten, and 0.9 was there when it was learned.
        let values = [0.9, 0.95, 0.8, 0.6, 0.85, 0.95];
        close(
            incremental(3, &values, true)[2..].to_vec(),
            &[("forgetting", (0.35 - 0.05) / 2.0), ("backward_transfer", (-0.3 + 0.05) / 2.0)],
        );
        // Errors instead of hits: the same is forgotten.
        let errors = values.map(|v| 1.0 - v);
        close(
            incremental(3, &errors, false)[2..].to_vec(),
            &[("forgetting", 0.15), ("backward_transfer", -0.125)],
        );
        assert!(incremental(2, &[1.0, 1.0], true).is_empty());
    }

    #[test]
    fn curves_by_hand() {
        close(curve(&[0.5, 0.6, 0.9], true), &[("trend", 1.0), ("largest_fall", 0.0)]);
        // Of six pairs four rise, one falls, one is even.
        let expected = [("trend", 3.0 / 30.0_f64.sqrt()), ("largest_fall", 0.2)];
        close(curve(&[0.5, 0.7, 0.5, 0.9], true), &expected);
        close(curve(&[0.5, 0.4, 0.1], false), &[("trend", 1.0), ("largest_fall", 0.0)]);
        close(curve(&[0.5, 0.5], true), &[("largest_fall", 0.0)]);
    }
}
