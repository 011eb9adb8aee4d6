use std::collections::BTreeMap;

use indicia_core::Result;
use serde::Serialize;

use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::multiclass::{self, MulticlassReport};
use crate::stats::{Estimate, Groups, group_means};

/// Decisions among classes.
#[derive(Debug, Clone, Serialize)]
pub struct ClassReport {
    /// Names of the classes, in the order of the confusion table.
    pub classes: Vec<String>,
    /// What was measured.
    #[serde(flatten)]
    pub report: MulticlassReport,
    /// Share of items whose class is among the first three of `predicted_classes`; absent without that column.
    pub top_3_accuracy: Option<Estimate>,
    /// Share of items put into a class of their family; absent where no protocol names the column of families.
    pub family_accuracy: Option<Estimate>,
    /// Share of the items put into a wrong class that stay within their family; absent likewise, and without
    /// mistakes.
    pub errors_within_family: Option<Estimate>,
}

impl ClassReport {
    /// The value of the metric of this id, where there is one.
    pub fn get(&self, id: &str) -> Option<Estimate> {
        match id {
            "accuracy" => self.report.accuracy,
            "balanced_accuracy" => self.report.balanced_accuracy,
            "macro_f1" => self.report.macro_f1,
            "top_3_accuracy" => self.top_3_accuracy,
            "family_accuracy" => self.family_accuracy,
            "errors_within_family" => self.errors_within_family,
            _ => None,
        }
    }
}

/// Classes that are looked at besides the first.
const TOP: usize = 3;

/// Measures classes of rows: `class` against `predicted_class`, or against `predicted_classes`, a JSON list
/// from the likeliest on. With both, the first of the list must be the predicted class.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<ClassReport>> {
    let columns = ["class", "predicted_class", "predicted_classes"].map(|name| predictions.codes(name));
    let [Some(truth), decided, ranked] = columns else { return Ok(None) };
    if (decided.is_none() && ranked.is_none()) || used.is_empty() {
        return Ok(None);
    }
    // An open-set detector leaves the class of what it rejects empty.
    let may_reject = options.open_set.is_some();
    let mut rows = vec![];
    for &index in used {
        let index = index as usize;
        let list = ranked.map(|codes| ranking(predictions, codes[index], index)).transpose()?;
        let class = predictions.texts.text(truth[index]);
        let Some(class) = class else {
            return Err(predictions.at(index, "class", &"expected a class, got nothing"));
        };
        let own = decided.and_then(|codes| predictions.texts.text(codes[index]));
        let first = list.as_ref().and_then(|list| list.first().cloned());
        let predicted = match (own, first) {
            (Some(own), Some(first)) if own != first => {
                let message = format!("expected the predicted class {own} as the first, got {first}");
                return Err(predictions.at(index, "predicted_classes", &message));
            }
            (Some(own), _) => own.to_owned(),
            (None, Some(first)) => first,
            (None, None) if may_reject => REJECTED.to_owned(),
            (None, None) => {
                return Err(predictions.at(index, "predicted_class", &"expected a class, got nothing"));
            }
        };
        let hit = list.map(|list| list.iter().take(TOP).any(|name| name == class));
        rows.push((class, predicted, hit));
    }
    // Classes by name.
    let mut numbers: BTreeMap<&str, usize> =
        rows.iter().flat_map(|(class, predicted, _)| [*class, predicted]).map(|name| (name, 0)).collect();
    numbers.values_mut().enumerate().for_each(|(place, number)| *number = place);
    let decisions: Vec<usize> = rows.iter().map(|(_, predicted, _)| numbers[&**predicted]).collect();
    let labels: Vec<usize> = rows.iter().map(|(class, ..)| numbers[class]).collect();
    let ids = groups(predictions, used);
    let decided = multiclass::Predictions { classes: numbers.len(), decisions: &decisions, scores: None };
    let report = multiclass::evaluate(&decided, &labels, Some(&ids), &options.bootstrap)?;
    let families = families(predictions, used, options)?;
    let family = |name: &str| families.as_ref().and_then(|families| families.get(name));
    let share = |known: bool, right: bool| if known { f64::from(u8::from(right)) } else { f64::NAN };
    let values: Vec<[f64; 3]> = rows
        .iter()
        .map(|(class, predicted, hit)| {
            let together = family(class).is_some() && family(class) == family(predicted);
            let wrong = *class != predicted.as_str();
            [
                share(hit.is_some(), hit == &Some(true)),
                share(families.is_some(), together),
                share(families.is_some() && wrong, together),
            ]
        })
        .collect();
    let [top_3_accuracy, family_accuracy, errors_within_family] =
        group_means(&values, &Groups::from_ids(&ids)?, options.bootstrap);
    let classes = numbers.keys().map(|name| (*name).to_owned()).collect();
    Ok(Some(ClassReport { classes, report, top_3_accuracy, family_accuracy, errors_within_family }))
}

/// Name of the class of rejected items in confusion tables.
const REJECTED: &str = "(rejected)";

/// A list of classes, the likeliest first.
fn ranking(predictions: &Predictions, code: u32, index: usize) -> Result<Vec<String>> {
    let at = |message: &dyn std::fmt::Display| predictions.at(index, "predicted_classes", message);
    let Some(text) = predictions.texts.text(code) else {
        return Err(at(&"expected a list of classes, got nothing"));
    };
    let list: Vec<String> = serde_json::from_str(text)
        .map_err(|e| at(&format!("expected a JSON list of classes, got {text:.40?} ({e})")))?;
    let mut sorted: Vec<&String> = list.iter().collect();
    sorted.sort_unstable();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(at(&format!("expected each class once, got {} twice", twice[0])));
    }
    if list.is_empty() {
        return Err(at(&"expected at least one class, got none"));
    }
    Ok(list)
}

/// The family of every class, from the items of that class; a class that no item has is of no family.
fn families<'p>(
    predictions: &'p Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<BTreeMap<&'p str, &'p str>>> {
    let Some(column) = options.family else { return Ok(None) };
    let mut families: BTreeMap<&str, &str> = BTreeMap::new();
    for &index in used {
        let index = index as usize;
        let Some(class) = predictions.text("class", index) else { continue };
        // A class without a family, such as real, is one by itself.
        let own = predictions.text(column, index).unwrap_or(class);
        let known = *families.entry(class).or_insert(own);
        if known != own {
            let message =
                format!("expected the family {known} of other items of the class {class}, got {own}");
            return Err(predictions.at(index, column, &message));
        }
    }
    Ok(Some(families))
}
