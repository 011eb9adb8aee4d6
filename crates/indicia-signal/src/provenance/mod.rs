//! Signed provenance (C2PA, "Content Credentials").
//!
//! Detects: a signed statement about the file's origin, and whether file and statement still belong
//! together. Assumes that cryptographic hashes and signatures hold, and that the signers on the user's trust
//! list keep their keys and their word.
//!
//! Steps: the codec validates the manifest store ([`indicia_codec::Provenance`]); `codes` says of every
//! failure code what it means for a verdict; `sources` reads the declared digital source types; `algorithm`
//! makes findings. Three things vote: a contradiction with the signature (manipulated), a declared generated
//! source under a signature that holds (synthetic), and a capture or human edits under a trusted one
//! (authentic). Everything else is an observation, and a file without a manifest is not applicable.
//!
//! References: C2PA Technical Specification 2.2 (2025), sections 14 (trust model) and 15 (validation); IPTC
//! NewsCodes, Digital Source Type.

mod algorithm;
mod codes;
mod sources;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_codec::{Damage, Provenance, ProvenanceKey};
use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Kind, Method, MethodInfo, RankedBy, Result, Source,
    Status, Topic, TrustSettings, ViewNeed,
};

/// The method.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.provenance",
    title: "Signed provenance (C2PA)",
    summary: "Validates the C2PA manifest in the file: who signed, whether anything changed since, and how the signer says it was made.",
    applies: "JPEG, PNG, TIFF, WebP and GIF with a C2PA manifest or the address of one; it has nothing to say about the \
              many files without",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "Coalition for Content Provenance and Authenticity: C2PA Technical Specification 2.2, 2025",
            url: "https://spec.c2pa.org/specifications/specifications/2.2/specs/C2PA_Specification.html",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "IPTC: Digital Source Type NewsCodes, controlled vocabulary",
            url: "https://cv.iptc.org/newscodes/digitalsourcetype/",
            fidelity: Fidelity::Faithful,
        },
    ],
    status: Status::Preview,
    topic: Topic::Origin,
    ranked_by: RankedBy::Claims,
    // The view's key is the user's trust list, so it is asked for below and not under a default key.
    needs: &[ViewNeed::of::<Damage>()],
    parameters: &[],
    build: |context| Ok(Box::new(SignedProvenance::new(context)?)),
};

struct SignedProvenance {
    trust: Arc<TrustSettings>,
}

impl SignedProvenance {
    fn new(context: &BuildContext) -> Result<Self> {
        INFO.parameter_values(context)?;
        Provenance::check_trust(&context.trust)?;
        Ok(Self { trust: Arc::clone(&context.trust) })
    }
}

impl Method for SignedProvenance {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let kind = evidence.kind();
        if !matches!(kind, Kind::Jpeg | Kind::Png | Kind::Tiff | Kind::Webp | Kind::Gif) {
            return Ok(Examination::not_applicable(format!("C2PA manifests are not read from {kind}")));
        }
        let provenance = evidence.view::<Provenance>(ProvenanceKey(Arc::clone(&self.trust)))?;
        Ok(match algorithm::findings(&provenance.0) {
            Some(findings) if is_damaged(evidence) => {
                Examination::Findings(findings.into_iter().map(algorithm::allow_for_damage).collect())
            }
            Some(findings) => Examination::Findings(findings),
            None => Examination::not_applicable("no C2PA manifest in the file"),
        })
    }
}

/// Whether the picture could not be read whole, as after a broken transfer.
fn is_damaged(evidence: &Evidence) -> bool {
    evidence.view::<Damage>(()).map_or(true, |damage| !damage.0.is_empty())
}
