//! Whether the content's hash leaves out more of the file than the manifest store.
//!
//! A data hash lists byte ranges it does not cover, because the store cannot hash itself. C2PA 2.2, section
//! 15.12 (validating the hard binding): the range with the store must hold nothing else. Otherwise a valid
//! signature could stand beside content that it never covered. Version 0.91 of the C2PA library makes this
//! check; the version used here does not, so it is made here, with the same code and outcome.

use std::ops::Range;

use c2pa::Reader;
use indicia_core::{Provenance, ValidationCode};
use serde_json::Value;

/// Explanation of the failure, by which it is told from a hash that differs.
pub(super) const UNCOVERED: &str = "data hash exclusion does not match the manifest location in the asset";

/// Where the store was.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In these bytes of the file.
    Embedded(Range<usize>),
    /// Not in the file.
    Elsewhere,
}

/// Adds the failure `assertion.dataHash.mismatch` if the binding leaves out more than the store.
pub(super) fn check(reader: &Reader, place: Place, provenance: &mut Provenance) {
    let Ok(details) = reader.detailed_json_checked() else { return };
    let Ok(details) = serde_json::from_str::<Value>(&details) else { return };
    let Some((label, updated)) = binding_manifest(reader, &details) else { return };
    for (name, assertion) in assertions(&details, &label) {
        if name.starts_with("c2pa.hash.data") && !is_covered(assertion, &place, updated) {
            provenance.state = "invalid".to_owned();
            provenance.codes.push(ValidationCode {
                outcome: "failure".to_owned(),
                code: "assertion.dataHash.mismatch".to_owned(),
                url: Some(format!("self#jumbf=/c2pa/{label}/c2pa.assertions/{name}")),
                explanation: Some(UNCOVERED.to_owned()),
                ingredient: false,
            });
        }
    }
}

fn assertions<'a>(details: &'a Value, label: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let store = details.get("manifests").and_then(|m| m.get(label)).and_then(|m| m.get("assertion_store"));
    store.and_then(Value::as_object).into_iter().flatten()
}

/// The manifest that binds the content: the active one or, as update manifests bind none, the nearest parent
/// that does. The second value is true if update manifests stand before it.
fn binding_manifest(reader: &Reader, details: &Value) -> Option<(String, bool)> {
    let mut label = reader.active_label()?.to_owned();
    // As many steps as there are manifests, should parents form a circle.
    for step in 0..reader.manifests().len() {
        if assertions(details, &label).any(|(name, _)| name.starts_with("c2pa.hash.")) {
            return Some((label, step > 0));
        }
        label = reader.get_manifest(&label)?.parent()?.active_manifest()?.to_owned();
    }
    None
}

fn is_covered(assertion: &Value, place: &Place, updated: bool) -> bool {
    if assertion.get("url").is_some_and(|url| !url.is_null()) {
        return true; // The hash is of something else than this file.
    }
    let number = |range: &Value, name: &str| range.get(name).and_then(Value::as_u64).unwrap_or(0);
    let list = assertion.get("exclusions").and_then(Value::as_array);
    let mut exclusions = list
        .into_iter()
        .flatten()
        .map(|r| (number(r, "start"), number(r, "length")))
        .filter(|r| r.1 > 0)
        .peekable();
    if exclusions.peek().is_none() {
        return true;
    }
    match place {
        // Update manifests make the store grow after the hash was taken: only its start still agrees.
        Place::Embedded(store) => exclusions
            .any(|(start, length)| start == store.start as u64 && (updated || length == store.len() as u64)),
        Place::Elsewhere => false,
    }
}
