//! C2PA provenance, through the `c2pa` crate.

use std::sync::Arc;

use indicia_core::{Error, Evidence, Result, TrustSettings, View};

/// Whom to trust; part of what a provenance view is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ProvenanceKey(pub Arc<TrustSettings>);

/// The validated C2PA provenance of a file.
#[derive(Debug, Clone, Default)]
pub struct Provenance(pub indicia_core::Provenance);

impl View for Provenance {
    type Key = ProvenanceKey;

    fn compute(_evidence: &Evidence, _key: &ProvenanceKey) -> Result<Self> {
        Err(Error::unsupported("provenance is not read yet"))
    }
}
