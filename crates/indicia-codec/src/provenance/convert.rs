//! The C2PA library's answer in the report's words.

use std::collections::{BTreeMap, BTreeSet};

use c2pa::validation_results::StatusCodes;
use c2pa::validation_status::ValidationStatus;
use c2pa::{Error, Manifest, Reader, Relationship, ValidationState};
use indicia_core::{Provenance, ProvenanceManifest, ValidationCode};
use serde_json::Value;
use x509_parser::pem::Pem;
use x509_parser::x509::X509Name;

/// Depth to which assertions are searched for digital source types.
const DEPTH: u32 = 16;

pub(super) fn provenance(reader: &Reader) -> Provenance {
    let state = match reader.validation_state() {
        ValidationState::Invalid => "invalid",
        ValidationState::Valid => "valid",
        ValidationState::Trusted => "trusted",
    };
    Provenance {
        state: state.to_owned(),
        active_manifest: reader.active_label().map(str::to_owned),
        manifests: manifests(reader),
        codes: codes(reader),
        remote_url: reader.remote_url().map(str::to_owned),
        error: None,
    }
}

fn codes(reader: &Reader) -> Vec<ValidationCode> {
    let mut codes = vec![];
    let Some(results) = reader.validation_results() else { return codes };
    // What is logged while an ingredient is checked may still speak of the active manifest: of its own
    // assertions about that ingredient.
    let own = reader.active_label().map(|label| format!("self#jumbf=/c2pa/{label}"));
    let is_own = |url: Option<&str>| {
        let rest = url.zip(own.as_deref()).and_then(|(url, own)| url.strip_prefix(own));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut take = |set: &StatusCodes, delta: bool| {
        let lists =
            [("success", set.success()), ("informational", set.informational()), ("failure", set.failure())];
        for (outcome, list) in lists {
            codes.extend(list.iter().map(|status: &ValidationStatus| ValidationCode {
                outcome: outcome.to_owned(),
                code: status.code().to_owned(),
                url: status.url().map(str::to_owned),
                explanation: status.explanation().map(str::to_owned),
                ingredient: delta && !is_own(status.url()),
            }));
        }
    };
    if let Some(active) = results.active_manifest() {
        take(active, false);
    }
    for delta in results.ingredient_deltas().into_iter().flatten() {
        take(delta.validation_deltas(), true);
    }
    codes
}

/// Every manifest: the active one, then those it refers to in the order of its ingredients, each before its
/// own ingredients, then those that nothing refers to, by label.
fn manifests(reader: &Reader) -> Vec<ProvenanceManifest> {
    let all = reader.manifests();
    let relations = relations(reader);
    let mut out = vec![];
    let mut seen = BTreeSet::new();
    let mut stack: Vec<&str> = reader.active_label().into_iter().collect();
    while let Some(label) = stack.pop() {
        let Some(manifest) = all.get(label) else { continue };
        if !seen.insert(label) {
            continue;
        }
        out.push(describe(label, manifest, relations.get(label).map(|r| r.as_str())));
        stack.extend(manifest.ingredients().iter().rev().filter_map(|i| i.active_manifest()));
    }
    let unreferenced: BTreeMap<_, _> =
        all.iter().filter(|(label, _)| !seen.contains(label.as_str())).collect();
    out.extend(unreferenced.into_iter().map(|(label, manifest)| describe(label, manifest, None)));
    out
}

/// How each referenced manifest relates to the active one.
fn relations(reader: &Reader) -> BTreeMap<&str, Relationship> {
    const CLOSEST_FIRST: [Relationship; 3] =
        [Relationship::ParentOf, Relationship::ComponentOf, Relationship::InputTo];
    let mut found: BTreeMap<&str, Relationship> = BTreeMap::new();
    // Whatever can be reached by links no looser than `bound`, and was not reached before, is `bound`.
    for (looseness, bound) in CLOSEST_FIRST.iter().enumerate() {
        let mut seen = BTreeSet::new();
        let mut stack: Vec<&str> = reader.active_label().into_iter().collect();
        while let Some(label) = stack.pop() {
            let Some(manifest) = reader.get_manifest(label) else { continue };
            if !seen.insert(label) {
                continue;
            }
            for ingredient in manifest.ingredients() {
                if CLOSEST_FIRST[..=looseness].contains(ingredient.relationship()) {
                    stack.extend(ingredient.active_manifest());
                }
            }
        }
        for label in seen {
            if Some(label) != reader.active_label() {
                found.entry(label).or_insert_with(|| bound.clone());
            }
        }
    }
    found
}

fn describe(label: &str, manifest: &Manifest, relationship: Option<&str>) -> ProvenanceManifest {
    let names = manifest.signature_info().map(|info| Names::of(info.cert_chain())).unwrap_or_default();
    let (actions, digital_source_types) = declarations(manifest);
    ProvenanceManifest {
        label: label.to_owned(),
        claim_generator: generator(manifest),
        title: manifest.title().map(str::to_owned),
        signer: names.signer.or_else(|| manifest.common_name()).or_else(|| manifest.issuer()),
        issuer: names.issuer,
        signed_at: manifest.time(),
        actions,
        digital_source_types,
        relationship: relationship.map(str::to_owned),
    }
}

fn generator(manifest: &Manifest) -> Option<String> {
    let info = manifest.claim_generator_info.as_ref().and_then(|list| list.first());
    let named = info.map(|info| match &info.version {
        Some(version) => format!("{} {version}", info.name),
        None => info.name.clone(),
    });
    named.or_else(|| manifest.claim_generator().map(str::to_owned))
}

/// Names in the signer's certificate, which comes first in the chain.
#[derive(Default)]
struct Names {
    signer: Option<String>,
    issuer: Option<String>,
}

impl Names {
    fn of(chain_pem: &str) -> Self {
        let Some(Ok(block)) = Pem::iter_from_buffer(chain_pem.as_bytes()).next() else {
            return Self::default();
        };
        let Ok(certificate) = block.parse_x509() else { return Self::default() };
        Self { signer: name(certificate.subject()), issuer: name(certificate.issuer()) }
    }
}

/// Common name and organisation, as far as given and different.
fn name(name: &X509Name<'_>) -> Option<String> {
    let common = name.iter_common_name().next().and_then(|a| a.as_str().ok());
    let organisation = name.iter_organization().next().and_then(|a| a.as_str().ok());
    match (common, organisation) {
        (Some(common), Some(organisation)) if common != organisation => {
            Some(format!("{common} ({organisation})"))
        }
        (one, other) => one.or(other).map(str::to_owned),
    }
}

/// Actions in the order of the manifest, and digital source types, each once.
fn declarations(manifest: &Manifest) -> (Vec<String>, Vec<String>) {
    let (mut actions, mut types) = (vec![], vec![]);
    for assertion in manifest.assertions() {
        let Ok(value) = assertion.value() else { continue };
        source_types(value, DEPTH, &mut types);
        if assertion.label().starts_with("c2pa.actions") {
            let list = value.get("actions").and_then(Value::as_array);
            let names = list.into_iter().flatten().filter_map(|a| a.get("action")?.as_str());
            actions.extend(names.map(str::to_owned));
        }
    }
    (actions, types)
}

/// Values of `digitalSourceType` (C2PA actions), `Iptc4xmpExt:DigitalSourceType` and the like.
fn source_types(value: &Value, depth: u32, out: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Array(list) => list.iter().for_each(|item| source_types(item, depth, out)),
        Value::Object(map) => {
            for (key, item) in map {
                let last = key.rsplit([':', '/']).next().unwrap_or(key);
                if last.eq_ignore_ascii_case("digitalsourcetype") {
                    let text = item.as_str().or_else(|| item.get("@id").and_then(Value::as_str));
                    if let Some(text) = text
                        && !out.iter().any(|known| known == text)
                    {
                        out.push(text.to_owned());
                    }
                }
                source_types(item, depth, out);
            }
        }
        _ => {}
    }
}

/// The failure code for an error that kept the library from reading a store at all. The specification has
/// codes for a few; the rest are `general.error`.
pub(super) fn code_of(error: &Error) -> &'static str {
    match error {
        Error::ClaimMissing { .. } => "claim.missing",
        Error::ClaimMissingSignatureBox => "claimSignature.missing",
        Error::ClaimDecoding(_) => "claim.cbor.invalid",
        Error::ClaimInvalidContent | Error::ClaimVersion => "claim.malformed",
        Error::ClaimMissingHardBinding => "claim.hardBindings.missing",
        Error::ClaimMultipleHardBinding => "assertion.multipleHardBindings",
        Error::AssertionMissing { .. } => "assertion.missing",
        Error::AssertionDecoding(_) => "assertion.cbor.invalid",
        Error::UpdateManifestInvalid => "manifest.update.invalid",
        Error::UnknownAlgorithm | Error::CoseSignatureAlgorithmNotSupported => "algorithm.unsupported",
        Error::CoseInvalidCert | Error::CoseX5ChainMissing => "signingCredential.invalid",
        _ => "general.error",
    }
}

/// The library's words, with the one error of our own making told plainly.
pub(super) fn words_of(error: &Error) -> String {
    match error {
        Error::OperationCancelled => "validation was given up: it took longer than 30 seconds".to_owned(),
        error => error.to_string(),
    }
}
