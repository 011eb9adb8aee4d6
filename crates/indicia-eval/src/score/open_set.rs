use std::collections::BTreeMap;

use indicia_core::Result;

use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::open_set::{Decision, METRICS, evaluate};
use crate::protocol::names_nothing;

/// Which classes a detector was trained on.
#[derive(Debug, Clone, Copy)]
pub struct OpenSet<'a> {
    /// Column of an item's class.
    pub column: &'a str,
    /// The known classes.
    pub known: &'a [String],
    /// Whether authentic items, whose class is empty or a word such as `real`, are known although they are not
    /// listed.
    pub authentic: bool,
}

/// Measures attribution with rejection, where a protocol says which classes are known. `predicted_class` is
/// the decision (empty, or none of the known classes, for a rejected item), `confidence` how sure it is that
/// the item is of a known class.
///
/// `None` without known classes.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    let Some(open) = options.open_set else { return Ok(None) };
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut add = |name| {
        let next = numbers.len() as u32;
        numbers.entry(name).or_insert(next);
    };
    open.known.iter().for_each(|name| add(name));
    let authentic = |index: usize| {
        let label = predictions.rows[index].label;
        let nothing = names_nothing(predictions.text(open.column, index));
        nothing && (label == Some(false) || (label.is_none() && open.authentic))
    };
    let named = |index: usize| predictions.text(open.column, index);
    used.iter().filter(|i| authentic(**i as usize)).for_each(|i| add(named(*i as usize).unwrap_or("real")));
    let read = |&index: &u32| {
        let index = index as usize;
        let at = |column: &str, message: &str| predictions.at(index, column, &message);
        let class = match named(index) {
            None if !authentic(index) => return Err(at(open.column, "expected a class, got nothing")),
            name => name.unwrap_or("real"),
        };
        let Some(confidence) = predictions.text("confidence", index) else {
            return Err(at(
                "confidence",
                "expected how sure it is that the item is of a known class, got nothing",
            ));
        };
        let confidence = confidence.trim().parse().ok().filter(|value: &f64| !value.is_nan());
        let Some(confidence) = confidence else {
            let got = predictions.text("confidence", index).unwrap_or_default();
            return Err(at("confidence", &format!("expected a number, got {got:?}")));
        };
        let predicted =
            predictions.text("predicted_class", index).and_then(|name| numbers.get(name).copied());
        Ok(Decision { class: numbers.get(class).copied(), predicted, confidence })
    };
    let decisions: Vec<Decision> = used.iter().map(read).collect::<Result<_>>()?;
    let count = |of: fn(&Decision) -> bool| decisions.iter().filter(|d| of(d)).count() as u64;
    let estimates = evaluate(&decisions, numbers.len(), &groups(predictions, used), options.bootstrap)?;
    Ok(Some(Section {
        name: "open_set",
        counts: vec![
            ("known", count(|d| d.class.is_some())),
            ("unknown", count(|d| d.class.is_none())),
            ("rejected", count(|d| d.predicted.is_none())),
        ],
        protocol: format!("known: {}", numbers.keys().copied().collect::<Vec<_>>().join(", ")),
        metrics: METRICS.iter().zip(estimates).collect(),
        by_type: vec![],
        of: String::new(),
    }))
}
