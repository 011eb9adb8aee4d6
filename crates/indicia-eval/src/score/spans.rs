use std::collections::{BTreeMap, BTreeSet};

use indicia_core::{Error, Result};
use rayon::prelude::*;
use serde_json::Value;

use super::content::{self, check_keys, name, number, one_of, short};
use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::spans::{self, Document, Span, tokenise};

/// A span with the name of its type.
type Named = (u32, u32, String);

/// What a row holds.
struct Row {
    truth: Vec<Named>,
    predicted: Vec<Named>,
    tokens: Option<Vec<(u32, u32)>>,
}

/// Measures spans of rows: `spans` against `predicted_spans`, on the tokens of `text` or those in `tokens`.
///
/// `None` if no row has predicted spans.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    if !used.iter().any(|i| predictions.text("predicted_spans", *i as usize).is_some()) {
        return Ok(None);
    }
    let rows: Vec<Row> =
        used.par_iter().map(|index| read(predictions, *index as usize)).collect::<Result<_>>()?;
    let named = |row: &Row| row.truth.iter().chain(&row.predicted).map(|span| span.2.clone()).collect();
    let names: BTreeSet<String> = rows.iter().flat_map::<Vec<String>, _>(named).collect();
    let types: Vec<String> = names.into_iter().collect();
    let index: BTreeMap<&str, u32> = types.iter().map(String::as_str).zip(0..).collect();
    let typed = |spans: Vec<Named>| {
        spans.into_iter().map(|(start, end, kind)| Span { kind: index[kind.as_str()], start, end }).collect()
    };
    let documents: Vec<Document> = rows
        .into_iter()
        .map(|row| Document { truth: typed(row.truth), predicted: typed(row.predicted), tokens: row.tokens })
        .collect();
    spans::evaluate(&documents, &types, &groups(predictions, used), options.bootstrap).map(Some)
}

fn read(predictions: &Predictions, index: usize) -> Result<Row> {
    let text = predictions.text("text", index);
    let length = text.map(|text| text.chars().count());
    let list = |column: &'static str| {
        let nothing = "expected a list of spans ([] for none), got nothing";
        let cell = predictions.text(column, index).ok_or_else(|| predictions.at(index, column, &nothing))?;
        parse(cell, length).map_err(|error| predictions.at(index, column, &error))
    };
    let (truth, predicted) = (list("spans")?, list("predicted_spans")?);
    let tokens = match predictions.text("tokens", index) {
        Some(cell) => Some(tokens(cell).map_err(|error| predictions.at(index, "tokens", &error))?),
        None => text.map(tokenise),
    };
    Ok(Row { truth, predicted, tokens })
}

/// Reads `[{"start": 3, "end": 9, "type": "NAME"}, ...]` (or `label` for `type`, and a `score`, which is only
/// checked) or `[[3, 9, "NAME"], ...]`.
fn parse(cell: &str, length: Option<usize>) -> Result<Vec<Named>> {
    content::entries(cell, ["span", "spans"], |value| {
        let span = span(value)?;
        check(span.0, span.1, length)?;
        Ok(span)
    })
}

fn span(value: &Value) -> Result<Named> {
    match value {
        Value::Array(parts) => match &parts[..] {
            [start, end, kind] => Ok((offset("start", Some(start))?, offset("end", Some(end))?, name(kind)?)),
            _ => Err(Error::input(format!("expected [start, end, type], got {}", short(Some(value))))),
        },
        Value::Object(map) => {
            check_keys(map, &["start", "end", "type", "label", "score"])?;
            if map.get("score").is_some_and(|score| !score.is_null()) {
                number("score", map.get("score"))?;
            }
            let kind = name(one_of(map, &["type", "label"])?.unwrap_or(&Value::Null))?;
            Ok((offset("start", map.get("start"))?, offset("end", map.get("end"))?, kind))
        }
        other => Err(Error::input(format!("expected a span, got {}", short(Some(other))))),
    }
}

fn check(start: u32, end: u32, length: Option<usize>) -> Result<()> {
    if end <= start {
        return Err(Error::input(format!("expected an end after the start {start}, got {end}")));
    }
    match length {
        Some(length) if end as usize > length => {
            Err(Error::input(format!("expected an end within the text of {length} characters, got {end}")))
        }
        _ => Ok(()),
    }
}

fn offset(what: &str, value: Option<&Value>) -> Result<u32> {
    let whole = value.and_then(Value::as_u64).and_then(|whole| u32::try_from(whole).ok());
    whole.ok_or_else(|| {
        Error::input(format!("expected a whole number of characters as {what}, got {}", short(value)))
    })
}

/// Reads `[[0, 4], [5, 9], ...]`.
fn tokens(cell: &str) -> Result<Vec<(u32, u32)>> {
    let mut before = 0;
    content::entries(cell, ["token", "tokens"], |value| {
        let Some([start, end]) = value.as_array().map(Vec::as_slice) else {
            return Err(Error::input(format!("expected [start, end], got {}", short(Some(value)))));
        };
        let (start, end) = (offset("start", Some(start))?, offset("end", Some(end))?);
        check(start, end, None)?;
        if start < before {
            return Err(Error::input(format!(
                "expected a start from {before} on, where the token before ends, got {start}"
            )));
        }
        before = end;
        Ok((start, end))
    })
}
