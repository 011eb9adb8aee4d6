//! Lists in a cell of a table: boxes, segments, spans. Errors name the entry, counted from 1 as rows are.

use indicia_core::{Error, Result};
use serde_json::{Map, Value};

/// Reads every entry of a JSON list; `one` and `many` name what is listed.
pub(super) fn entries<T>(
    cell: &str,
    [one, many]: [&str; 2],
    mut read: impl FnMut(&Value) -> Result<T>,
) -> Result<Vec<T>> {
    let list: Vec<Value> = match serde_json::from_str(cell) {
        Ok(Value::Array(list)) => list,
        Ok(_) => return Err(Error::input(format!("expected a list of {many}, got {cell:.40?}"))),
        Err(error) => {
            return Err(Error::input(format!("expected a JSON list of {many}, got {cell:.40?} ({error})")));
        }
    };
    let in_entry = |number: usize, error: Error| Error::input(format!("{one} {}: {error}", number + 1));
    list.iter().enumerate().map(|(number, value)| read(value).map_err(|e| in_entry(number, e))).collect()
}

/// An entry that is an object: its keys are among `known`.
pub(super) fn check_keys(map: &Map<String, Value>, known: &[&str]) -> Result<()> {
    match map.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Error::input(format!("expected the keys {}, got {key:?}", known.join(", ")))),
        None => Ok(()),
    }
}

/// The value of the first of several names of a key, where there is one; null is nothing.
pub(super) fn one_of<'v>(map: &'v Map<String, Value>, names: &[&str]) -> Result<Option<&'v Value>> {
    let mut found = names.iter().filter_map(|name| map.get(*name).filter(|value| !value.is_null()));
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        _ => Err(Error::input(format!("expected one of {}, got more than one", names.join(", ")))),
    }
}

/// A finite number.
pub(super) fn number(what: &str, value: Option<&Value>) -> Result<f64> {
    let number = value.and_then(Value::as_f64).filter(|number| number.is_finite());
    number.ok_or_else(|| Error::input(format!("expected a number as {what}, got {}", short(value))))
}

/// The name of a type. Whole numbers are names, too, as of COCO's categories.
pub(super) fn name(value: &Value) -> Result<String> {
    match value {
        Value::String(name) if !name.is_empty() => Ok(name.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        other => Err(Error::input(format!("expected the name of a type, got {}", short(Some(other))))),
    }
}

/// A value as messages show it.
pub(super) fn short(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(value) => value.to_string().chars().take(60).collect(),
    }
}
