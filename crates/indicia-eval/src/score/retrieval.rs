use std::collections::{HashMap, HashSet};

use indicia_core::{Error, Result};
use serde_json::Value;

use super::intern::NONE;
use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::retrieval::{self, Pair};

/// Column with the reference that was returned: each row is a pair, and a query has several.
pub(super) const RETURNED: &str = "predicted_reference";

/// Column with the true reference of a query, or a JSON list of them; empty for none.
const TRUTH: &str = "reference";

/// Whether rows are pairs of a query and a reference.
pub(super) fn is_ranked(predictions: &Predictions, rows: &[u32]) -> bool {
    predictions.codes(RETURNED).is_some_and(|codes| rows.iter().any(|i| codes[*i as usize] != NONE))
}

/// A query: its first row, the code of its truth and its true references.
struct Query {
    row: u32,
    code: u32,
    truth: HashSet<String>,
}

/// Measures retrieval: `predicted_reference` with `score`, a row for each, against `reference`. A row without a
/// predicted reference says that nothing was returned for the query.
///
/// `None` if no row has a predicted reference.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    if !is_ranked(predictions, used) {
        return Ok(None);
    }
    let Some(truths) = predictions.codes(TRUTH) else {
        return Err(Error::input(format!(
            "expected a column {TRUTH:?} with the true references of each query, here or in --table"
        )));
    };
    let mut places: HashMap<u32, u32> = HashMap::new();
    let mut queries: Vec<Query> = vec![];
    let mut pairs = vec![];
    for &index in used {
        let (row, code) = (&predictions.rows[index as usize], truths[index as usize]);
        let at = |column: &str, message: &str| predictions.at(index as usize, column, &message);
        let next = queries.len() as u32;
        let place = *places.entry(row.item).or_insert(next);
        if place == next {
            let truth = references(predictions.text(TRUTH, index as usize))
                .map_err(|error| predictions.at(index as usize, TRUTH, &error))?;
            queries.push(Query { row: index, code, truth });
        }
        let query = &queries[place as usize];
        if query.code != code {
            let first = predictions.rows[query.row as usize].row;
            return Err(at(TRUTH, &format!("expected the same as in row {first} of the same query")));
        }
        if let Some(reference) = predictions.text(RETURNED, index as usize) {
            if row.score.is_nan() {
                return Err(at("score", "expected the score of a predicted reference, got nothing"));
            }
            pairs.push(Pair { query: place, score: row.score, is_true: query.truth.contains(reference) });
        }
    }
    let first: Vec<u32> = queries.iter().map(|query| query.row).collect();
    let truths: Vec<u32> = queries.iter().map(|query| query.truth.len() as u32).collect();
    retrieval::evaluate(&pairs, &truths, &groups(predictions, &first), options.bootstrap).map(Some)
}

fn references(cell: Option<&str>) -> Result<HashSet<String>> {
    let Some(cell) = cell else { return Ok(HashSet::new()) };
    if !cell.trim_start().starts_with('[') {
        return Ok(HashSet::from([cell.to_owned()]));
    }
    let fault =
        || Error::input(format!("expected a reference or a JSON list of references, got {cell:.60?}"));
    let list: Vec<Value> = serde_json::from_str(cell).map_err(|_| fault())?;
    let name = |value: &Value| match value {
        Value::String(name) => Ok(name.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(fault()),
    };
    list.iter().map(name).collect()
}
