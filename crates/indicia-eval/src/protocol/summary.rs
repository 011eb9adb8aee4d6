use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use indicia_core::{Error, Result};
use serde::Serialize;
use serde_json::{Value, json};

use super::filter::names_nothing;
use super::{Cell, Derived, Design, Filter, Protocol, derived, gaps};
use crate::score::{OpenSet, Options, Predictions, Scores, rows_by_series, score_rows};
use crate::stats::Summary;

/// Scores of one cell of a protocol: one training set, one test set.
#[derive(Debug, Clone)]
pub struct CellScores {
    /// The cell.
    pub cell: Cell,
    /// Every series that belongs to it.
    pub scores: Vec<Scores>,
}

/// Scores of one value of a subgroup column within a cell.
#[derive(Debug, Clone)]
pub struct SubgroupScores {
    /// Name of the cell.
    pub cell: String,
    /// The column.
    pub column: String,
    /// Its value.
    pub value: String,
    /// Every series.
    pub scores: Vec<Scores>,
}

/// A metric of one detector over cells, seeds or categories.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Average {
    /// Detector.
    pub detector: String,
    /// Condition.
    pub condition: String,
    /// Metric, as the protocol names it.
    pub metric: String,
    /// What was averaged over, in words.
    pub over: String,
    /// The values in short.
    #[serde(flatten)]
    pub summary: Summary,
}

/// All that a protocol tells.
#[derive(Debug, Clone)]
pub struct ProtocolReport {
    /// The protocol.
    pub protocol: Protocol,
    /// Its cells.
    pub cells: Vec<CellScores>,
    /// Its subgroups.
    pub subgroups: Vec<SubgroupScores>,
    /// Means over cells, over seeds, over subgroups.
    pub averages: Vec<Average>,
    /// What follows from several cells or subgroups together.
    pub derived: Vec<Derived>,
}

/// Scores predictions by a protocol. Where predictions say what a detector was trained on (column
/// `trained_on`), each cell takes those of its training set; detectors that are not trained are judged on
/// every test set.
///
/// # Errors
/// `Input` if a column is missing, a cell has no predictions, and as [`crate::score::score`].
pub fn score(
    predictions: &Predictions,
    protocol: &Protocol,
    options: &Options<'_>,
) -> Result<ProtocolReport> {
    for column in protocol.columns() {
        if column != "group" && predictions.codes(&column).is_none() {
            return Err(Error::input(format!(
                "the protocol {} needs the column {column:?}, which neither the predictions nor the table have",
                protocol.name
            )));
        }
    }
    let keep = &protocol.keep;
    let values = |column: &str| Ok(values(predictions, keep, column));
    let mut report = ProtocolReport {
        protocol: protocol.clone(),
        cells: vec![],
        subgroups: vec![],
        averages: vec![],
        derived: vec![],
    };
    for cell in protocol.design.cells(&values)? {
        let filter = protocol.keep.and(&cell.test);
        let rows = rows_by_series(predictions, |index| holds(predictions, &filter, index));
        let open_set = match &protocol.design {
            Design::OpenSet { column, leave_out, .. } => {
                Some(OpenSet { column, known: &cell.known, authentic: *leave_out })
            }
            _ => None,
        };
        let options = &Options { open_set, family: protocol.family.as_deref(), ..options.clone() };
        let chosen: Vec<usize> = (0..rows.len())
            .filter(|series| {
                let trained_on = &predictions.series[*series].trained_on;
                trained_on.is_empty() || cell.trained_on.is_empty() || *trained_on == cell.trained_on
            })
            .collect();
        if chosen.iter().all(|series| rows[*series].is_empty()) {
            return Err(Error::input(format!(
                "no prediction belongs to the cell {:?} of the protocol {} (test items: {}; trained on: {})",
                cell.name,
                protocol.name,
                or_all(&filter.words()),
                or_all(&cell.trained_on)
            )));
        }
        let scored = chosen.iter().filter(|series| !rows[**series].is_empty());
        let scores: Vec<Scores> =
            scored.map(|&s| score_rows(predictions, s, &rows[s], options)).collect::<Result<_>>()?;
        for column in &protocol.subgroups {
            let values = self::values(predictions, &filter, column);
            let within = |value: &str, index: usize| {
                let row = &predictions.rows[index];
                let of = predictions.text(column, index);
                of == Some(value) || (row.label == Some(false) && names_nothing(of))
            };
            for value in &values {
                let within = |index: usize| within(value, index);
                let scores = subgroup(predictions, protocol, &chosen, &rows, &within, options)?;
                let (column, cell) = (column.clone(), cell.name.clone());
                report.subgroups.push(SubgroupScores { cell, column, value: value.clone(), scores });
            }
            if protocol.mean_over.is_some() {
                continue;
            }
            for &series in &chosen {
                let of = |value: &String| {
                    let rows = rows[series].iter().copied().filter(|i| within(value, *i as usize));
                    (value.clone(), rows.collect::<Vec<u32>>())
                };
                let parts: BTreeMap<String, Vec<u32>> = values.iter().map(of).collect();
                let place = gaps::Place { cell: &cell.name, series, rows: &rows[series] };
                let found =
                    gaps::between(predictions, protocol, column, &place, &parts, &report.subgroups, options)?;
                report.derived.extend(found);
            }
        }
        report.cells.push(CellScores { cell, scores });
    }
    let gaps = std::mem::take(&mut report.derived);
    report.derived = derived::of_cells(protocol, &report.cells);
    report.derived.extend(gaps);
    report.averages = averages(&report);
    report.averages.extend(derived::over_seeds(&report.derived));
    Ok(report)
}

fn or_all(words: &str) -> &str {
    if words.is_empty() { "all" } else { words }
}

fn holds(predictions: &Predictions, filter: &Filter, index: usize) -> bool {
    let label = predictions.rows[index].label;
    filter.holds(label, |column| predictions.text(column, index).map(Cow::Borrowed))
}

/// Distinct values of a column among the rows that take part: of forged items where there are labels, since authentic items often have none.
fn values(predictions: &Predictions, keep: &Filter, column: &str) -> BTreeSet<String> {
    let of = |forged: bool| -> BTreeSet<u32> {
        let codes = predictions.codes(column).unwrap_or_default();
        let rows = predictions.rows.iter().zip(codes).enumerate();
        rows.filter(|(index, (row, _))| {
            (!forged || row.label == Some(true)) && holds(predictions, keep, *index)
        })
        .map(|(_, (_, code))| *code)
        .collect()
    };
    let forged = of(true);
    let codes = if forged.is_empty() { of(false) } else { forged };
    codes.into_iter().filter_map(|code| predictions.texts.text(code)).map(str::to_owned).collect()
}

/// Scores a subgroup. With `mean_over`, each category by itself; their means are made in [`averages`].
fn subgroup(
    predictions: &Predictions,
    protocol: &Protocol,
    chosen: &[usize],
    rows: &[Vec<u32>],
    within: &dyn Fn(usize) -> bool,
    options: &Options<'_>,
) -> Result<Vec<Scores>> {
    let mut scores = vec![];
    for &series in chosen {
        let rows: Vec<u32> = rows[series].iter().copied().filter(|i| within(*i as usize)).collect();
        if rows.is_empty() {
            continue;
        }
        let Some(category) = &protocol.mean_over else {
            scores.push(score_rows(predictions, series, &rows, options)?);
            continue;
        };
        let codes = predictions.codes(category).unwrap_or_default();
        let categories: BTreeSet<u32> = rows.iter().map(|i| codes[*i as usize]).collect();
        for code in categories {
            let rows: Vec<u32> = rows.iter().copied().filter(|i| codes[*i as usize] == code).collect();
            scores.push(score_rows(predictions, series, &rows, options)?);
        }
    }
    Ok(scores)
}

fn averages(report: &ProtocolReport) -> Vec<Average> {
    let mut averages = vec![];
    let all = report.cells.iter().flat_map(|c| &c.scores);
    let mut detectors: Vec<(String, String)> = vec![];
    for scores in all {
        let pair = (scores.series.detector.clone(), scores.series.condition.clone());
        if !detectors.contains(&pair) {
            detectors.push(pair);
        }
    }
    for (detector, condition) in &detectors {
        let of =
            |scores: &Scores| scores.series.detector == *detector && scores.series.condition == *condition;
        let mut add = |metric: &str, over: String, values: &[f64]| {
            if let Some(summary) = Summary::of(values) {
                let (detector, condition) = (detector.clone(), condition.clone());
                averages.push(Average { detector, condition, metric: metric.to_owned(), over, summary });
            }
        };
        for metric in &report.protocol.metrics {
            let value = |s: &Scores| s.metric(metric).map(|e| e.value);
            let mean = |scores: &[Scores]| {
                Summary::of(&scores.iter().filter(|s| of(s)).filter_map(value).collect::<Vec<_>>())
            };
            let means: Vec<_> = report.cells.iter().filter_map(|c| mean(&c.scores)).collect();
            if means.len() > 1 {
                add(metric, "cells".into(), &means.iter().map(|m| m.mean).collect::<Vec<_>>());
            }
            for (cell, seeds) in report.cells.iter().zip(&means).filter(|(_, m)| m.count > 1) {
                let scores = cell.scores.iter().filter(|s| of(s)).filter_map(value).collect::<Vec<_>>();
                debug_assert_eq!(seeds.count, scores.len());
                add(metric, format!("seeds, {}", cell.cell.name), &scores);
            }
            if let Some(category) = &report.protocol.mean_over {
                for group in &report.subgroups {
                    let scores: Vec<f64> = group.scores.iter().filter(|s| of(s)).filter_map(value).collect();
                    add(metric, format!("{} of {} {}", plural(category), group.column, group.value), &scores);
                }
            }
            for column in &report.protocol.subgroups {
                let of_column = report.subgroups.iter().filter(|g| g.column == *column);
                let values: Vec<f64> = of_column.filter_map(|g| mean(&g.scores)).map(|m| m.mean).collect();
                add(metric, format!("values of {column}"), &values);
            }
        }
    }
    averages
}

fn plural(word: &str) -> String {
    word.strip_suffix('y').map_or_else(|| format!("{word}s"), |stem| format!("{stem}ies"))
}

impl ProtocolReport {
    /// As JSON: the protocol, its cells, subgroups and averages.
    pub fn to_json(&self) -> Value {
        let results = |scores: &[Scores]| scores.iter().map(|s| s.to_json(false)).collect::<Vec<_>>();
        let cell = |c: &CellScores| {
            json!({
                "name": c.cell.name,
                "trained_on": c.cell.trained_on,
                "train": c.cell.train.as_ref().map(super::Filter::words),
                "test": c.cell.test.words(),
                "results": results(&c.scores),
            })
        };
        let subgroup = |g: &SubgroupScores| json!({ "cell": g.cell, "column": g.column, "value": g.value, "results": results(&g.scores) });
        json!({
            "protocol": self.protocol,
            "cells": self.cells.iter().map(cell).collect::<Vec<_>>(),
            "subgroups": self.subgroups.iter().map(subgroup).collect::<Vec<_>>(),
            "averages": self.averages,
            "derived": self.derived,
            "measures": super::MEASURES.iter().filter(|m| self.derived.iter().any(|d| d.measure == m.id))
                .map(|m| (m.id.to_owned(), m.text.into())).collect::<serde_json::Map<_, _>>(),
        })
    }
}
