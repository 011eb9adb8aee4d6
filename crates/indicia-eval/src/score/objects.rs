//! Lists of true and of predicted objects, with types by name: boxes, segments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use indicia_core::{Error, Result};
use rayon::prelude::*;
use serde_json::{Map, Value};

use super::Predictions;
use super::content::{entries, name, one_of};
use crate::metrics::boxes::MAX_TYPES;

/// An object with the number of its type.
pub(super) trait Typed {
    /// The number.
    fn kind(&mut self) -> &mut u32;
}

/// An object and the name of its type, empty if it has none.
pub(super) type Named<T> = (T, String);

/// What a kind of objects is called, and how its entries are read.
pub(super) struct Columns<T, P> {
    /// One and many.
    pub words: [&'static str; 2],
    /// Columns of the truth and of the predictions.
    pub names: [&'static str; 2],
    pub truth: fn(&Value) -> Result<Named<T>>,
    pub predicted: fn(&Value) -> Result<Named<P>>,
}

/// True and predicted objects of every row, and the names of their types, in order.
pub(super) struct Objects<T, P> {
    pub rows: Vec<(Vec<T>, Vec<P>)>,
    pub types: Vec<String>,
}

/// One row, its types numbered in the order in which they occur.
struct Row<T, P> {
    truth: Vec<T>,
    predicted: Vec<P>,
    types: Vec<String>,
    /// Whether true and predicted objects have no type.
    untyped: [bool; 2],
}

impl<T: Typed + Send, P: Typed + Send> Columns<T, P> {
    /// Reads the rows (by index); `None` if none of them has predictions of this kind. An empty cell of the
    /// truth means no objects where the label is 0, and is an error elsewhere.
    pub fn read(&self, predictions: &Predictions, used: &[u32]) -> Result<Option<Objects<T, P>>> {
        let [_, column] = self.names;
        if !used.iter().any(|i| predictions.text(column, *i as usize).is_some()) {
            return Ok(None);
        }
        let mut rows: Vec<Row<T, P>> = used
            .par_iter()
            .map(|index| self.read_row(predictions, *index as usize))
            .collect::<Result<_>>()?;
        let names: BTreeSet<&str> = rows.iter().flat_map(|row| &row.types).map(String::as_str).collect();
        let types: Vec<String> = names.into_iter().map(str::to_owned).collect();
        if types.len() > 1 && types[0].is_empty() {
            let side = |row: &Row<T, P>| row.untyped.iter().position(|untyped| *untyped);
            let found = rows.iter().zip(used).find_map(|(row, index)| Some((side(row)?, *index)));
            if let Some((side, index)) = found {
                let message = format!(
                    "expected a type for every one of the {} or for none, got one without",
                    self.words[1]
                );
                return Err(predictions.at(index as usize, self.names[side], &message));
            }
        }
        let numbers: BTreeMap<&str, u32> = types.iter().map(String::as_str).zip(0..).collect();
        for row in &mut rows {
            let number_of: Vec<u32> = row.types.iter().map(|name| numbers[name.as_str()]).collect();
            let kinds = row.truth.iter_mut().map(T::kind).chain(row.predicted.iter_mut().map(P::kind));
            kinds.for_each(|kind| *kind = number_of[*kind as usize]);
        }
        let rows = rows.into_iter().map(|row| (row.truth, row.predicted)).collect();
        Ok(Some(Objects { rows, types }))
    }

    fn read_row(&self, predictions: &Predictions, index: usize) -> Result<Row<T, P>> {
        let mut row = Row { truth: vec![], predicted: vec![], types: vec![], untyped: [false; 2] };
        let at = |side: usize, error: &dyn Display| predictions.at(index, self.names[side], error);
        match predictions.text(self.names[0], index) {
            Some(cell) => {
                row.truth =
                    self.list(cell, self.truth, &mut row.types, &mut row.untyped[0]).map_err(|e| at(0, &e))?
            }
            None if predictions.rows[index].label == Some(false) => {}
            None => {
                let many = self.words[1];
                let message = format!("expected a list of {many} ([] for none), or label 0, got nothing");
                return Err(at(0, &message));
            }
        }
        let Some(cell) = predictions.text(self.names[1], index) else {
            return Err(at(1, &format!("expected a list of {} ([] for none), got nothing", self.words[1])));
        };
        row.predicted =
            self.list(cell, self.predicted, &mut row.types, &mut row.untyped[1]).map_err(|e| at(1, &e))?;
        Ok(row)
    }

    fn list<O: Typed>(
        &self,
        cell: &str,
        read: fn(&Value) -> Result<Named<O>>,
        types: &mut Vec<String>,
        untyped: &mut bool,
    ) -> Result<Vec<O>> {
        entries(cell, self.words, |value| {
            let (mut object, name) = read(value)?;
            *untyped |= name.is_empty();
            let place = types.iter().position(|known| *known == name).unwrap_or_else(|| {
                types.push(name);
                types.len() - 1
            });
            if types.len() > MAX_TYPES {
                return Err(Error::limits(format!("expected at most {MAX_TYPES} types")));
            }
            *object.kind() = place as u32;
            Ok(object)
        })
    }
}

/// The name of an object's type; empty for none.
pub(super) fn type_of(map: &Map<String, Value>) -> Result<String> {
    one_of(map, &["type", "category", "label"])?.map_or_else(|| Ok(String::new()), name)
}
