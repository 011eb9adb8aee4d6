//! C2PA provenance, through the `c2pa` crate.
//!
//! Most files have no manifest; `scan` tells so without parsing. What remains goes through the C2PA library
//! with the user's trust lists and, unless the user allows it, without any way to the network (`settings`).
//! `convert` turns the library's answer into the report's words; `binding` and `chain` add checks that the
//! library makes from its next minor version on.

mod binding;
mod chain;
mod convert;
mod scan;
mod settings;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use c2pa::Reader;
use indicia_core::{Error, Evidence, Kind, Result, TrustSettings, ValidationCode, View};

/// Whom to trust; part of what a provenance view is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProvenanceKey(pub Arc<TrustSettings>);

/// The validated C2PA provenance of a file.
///
/// - `none`: the file has no manifest of its own. If it names a remote one, `remote_url` has its address;
///   it is fetched only if [`TrustSettings::online`] is set.
/// - `invalid`: validation found a failure other than an unknown signer, or the store could not be read
///   (`error` says why).
/// - `valid`: signature and hashes are good; nobody vouches for the signer.
/// - `trusted`: valid, and the signer's certificate chains to an anchor of the user's trust list or is on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance(pub indicia_core::Provenance);

impl Provenance {
    /// Checks a user's trust settings, so that a mistake is told once and not for every file.
    ///
    /// # Errors
    /// `Configuration` if a list does not hold PEM certificates.
    pub fn check_trust(trust: &TrustSettings) -> Result<()> {
        settings::check(trust)
    }
}

impl View for Provenance {
    type Key = ProvenanceKey;

    /// # Errors
    /// `Configuration` for an unusable trust list; `Unsupported` for PDF. A damaged or hostile store is no
    /// error but the state `invalid`.
    fn compute(evidence: &Evidence, ProvenanceKey(trust): &ProvenanceKey) -> Result<Self> {
        if evidence.kind() == Kind::Pdf {
            return Err(Error::unsupported("C2PA manifests in PDF are not read yet"));
        }
        let traces = scan::look(evidence.kind(), evidence.bytes(), evidence.limits());
        if !traces.any() {
            return Ok(Self(none()));
        }
        settings::check(trust)?;
        // The library parses hostile bytes; should it panic, that is this file's failure and no other's.
        let read = catch_unwind(AssertUnwindSafe(|| read(evidence, trust, &traces)));
        read.unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
            let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Ok(unreadable("general.error", format!("the C2PA library gave up on this file: {words}")))
        })
        .map(Self)
    }
}

fn none() -> indicia_core::Provenance {
    indicia_core::Provenance { state: "none".to_owned(), ..Default::default() }
}

fn unreadable(code: &str, error: String) -> indicia_core::Provenance {
    let code = ValidationCode {
        outcome: "failure".to_owned(),
        code: code.to_owned(),
        url: None,
        explanation: Some(error.clone()),
        ingredient: false,
    };
    let state = "invalid".to_owned();
    indicia_core::Provenance { state, codes: vec![code], error: Some(error), ..Default::default() }
}

fn read(
    evidence: &Evidence,
    trust: &TrustSettings,
    traces: &scan::Traces,
) -> Result<indicia_core::Provenance> {
    let reader = || -> Result<Reader> { Ok(Reader::from_context(settings::context(trust)?)) };
    let format = evidence.kind().media_type();
    match reader()?.with_stream(format, Cursor::new(evidence.bytes())) {
        Ok(reader) => {
            let mut provenance = convert::provenance(&reader);
            chain::check(&reader, &mut provenance);
            // A store that is not where its format keeps it has no place that a hash may leave out.
            let range = traces.range.clone().unwrap_or_default();
            if matches!(evidence.kind(), Kind::Jpeg | Kind::Png | Kind::Webp) {
                binding::check(&reader, binding::Place::Embedded(range), &mut provenance);
            }
            Ok(provenance)
        }
        Err(c2pa::Error::JumbfNotFound | c2pa::Error::UnsupportedType) => Ok(none()),
        Err(c2pa::Error::RemoteManifestUrl(url)) if trust.online => Ok(remote(evidence, reader()?, url)),
        Err(c2pa::Error::RemoteManifestUrl(url)) => {
            Ok(indicia_core::Provenance { remote_url: Some(url), ..none() })
        }
        // The library could not read the file itself, and nothing in it is known to be a manifest store.
        Err(error) if !traces.embedded => {
            Ok(indicia_core::Provenance { error: Some(error.to_string()), ..none() })
        }
        Err(error) => Ok(unreadable(convert::code_of(&error), convert::words_of(&error))),
    }
}

fn remote(evidence: &Evidence, reader: Reader, url: String) -> indicia_core::Provenance {
    let store = match settings::fetch(&url) {
        Ok(store) => store,
        Err(words) => {
            let error = format!("the remote manifest was not fetched: {words}");
            let unread = unreadable("manifest.inaccessible", error);
            return indicia_core::Provenance { state: "none".to_owned(), remote_url: Some(url), ..unread };
        }
    };
    let stream = Cursor::new(evidence.bytes());
    let mut provenance =
        match reader.with_manifest_data_and_stream(&store, evidence.kind().media_type(), stream) {
            Ok(reader) => {
                let mut provenance = convert::provenance(&reader);
                chain::check(&reader, &mut provenance);
                binding::check(&reader, binding::Place::Elsewhere, &mut provenance);
                provenance
            }
            Err(error) => unreadable(convert::code_of(&error), convert::words_of(&error)),
        };
    provenance.remote_url = Some(url);
    provenance
}
