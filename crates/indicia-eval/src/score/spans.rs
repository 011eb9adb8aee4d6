use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use indicia_core::{Error, Result};
use rayon::prelude::*;
use serde_json::Value;

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

fn list(cell: &str, what: &str) -> Result<Vec<Value>> {
    match serde_json::from_str(cell) {
        Ok(Value::Array(list)) => Ok(list),
        Ok(_) => Err(Error::input(format!("expected a list of {what}, got {cell:.40?}"))),
        Err(error) => Err(Error::input(format!("expected a JSON list of {what}, got {cell:.40?} ({error})"))),
    }
}

/// Reads `[{"start": 3, "end": 9, "type": "NAME"}, ...]` (or `label` for `type`, and a `score`, which is only
/// checked) or `[[3, 9, "NAME"], ...]`.
fn parse(cell: &str, length: Option<usize>) -> Result<Vec<Named>> {
    let read = |(number, value): (usize, &Value)| {
        let (start, end, kind) = span(value).map_err(|error| in_entry("span", number, &error))?;
        check(start, end, length).map_err(|error| in_entry("span", number, &error))?;
        Ok((start, end, kind))
    };
    list(cell, "spans")?.iter().enumerate().map(read).collect()
}

/// Counts from 1, as rows do.
fn in_entry(what: &str, number: usize, error: &dyn Display) -> Error {
    Error::input(format!("{what} {}: {error}", number + 1))
}

fn span(value: &Value) -> Result<Named> {
    match value {
        Value::Array(parts) => match &parts[..] {
            [start, end, kind] => Ok((offset("start", start)?, offset("end", end)?, name(kind)?)),
            _ => Err(Error::input(format!("expected [start, end, type], got {}", short(value)))),
        },
        Value::Object(map) => {
            if let Some(key) =
                map.keys().find(|key| !matches!(&***key, "start" | "end" | "type" | "label" | "score"))
            {
                return Err(Error::input(format!(
                    "expected start, end, type (or label) and score, got {key:?}"
                )));
            }
            let part = |key: &str| map.get(key).unwrap_or(&Value::Null);
            let kind = match (part("type"), part("label")) {
                (kind, Value::Null) => kind,
                (Value::Null, label) => label,
                _ => return Err(Error::input("expected a type or a label, got both")),
            };
            if !matches!(part("score"), Value::Null | Value::Number(_)) {
                return Err(Error::input(format!(
                    "expected a number as score, got {}",
                    short(part("score"))
                )));
            }
            Ok((offset("start", part("start"))?, offset("end", part("end"))?, name(kind)?))
        }
        other => Err(Error::input(format!("expected a span, got {}", short(other)))),
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

fn offset(what: &str, value: &Value) -> Result<u32> {
    let whole = value.as_u64().and_then(|whole| u32::try_from(whole).ok());
    whole.ok_or_else(|| {
        Error::input(format!("expected a whole number of characters as {what}, got {}", short(value)))
    })
}

fn name(value: &Value) -> Result<String> {
    match value {
        Value::String(name) if !name.is_empty() => Ok(name.clone()),
        other => Err(Error::input(format!("expected the name of a type, got {}", short(other)))),
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        value => value.to_string().chars().take(60).collect(),
    }
}

/// Reads `[[0, 4], [5, 9], ...]`.
fn tokens(cell: &str) -> Result<Vec<(u32, u32)>> {
    let mut before = 0;
    let mut read = |(number, value): (usize, &Value)| {
        let token = match value.as_array().map(Vec::as_slice) {
            Some([start, end]) => offset("start", start).and_then(|start| Ok((start, offset("end", end)?))),
            _ => Err(Error::input(format!("expected [start, end], got {}", short(value)))),
        };
        let token = token.and_then(|(start, end)| check(start, end, None).map(|()| (start, end)));
        let token = token.map_err(|error| in_entry("token", number, &error))?;
        if token.0 < before {
            let message =
                format!("expected a start from {before} on, where the token before ends, got {}", token.0);
            return Err(in_entry("token", number, &message));
        }
        before = token.1;
        Ok(token)
    };
    list(cell, "tokens")?.iter().enumerate().map(&mut read).collect()
}
