//! What each failure code of C2PA means for a verdict.
//!
//! Codes: C2PA Technical Specification 2.2, section 15.2 (status codes), with those of earlier versions that
//! validators still give. Only a contradiction between the file and what was signed may vote; every other
//! failure is worth seeing and says nothing about the picture.

use indicia_core::ValidationCode;

/// What a failure says about the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// The content's bytes are not those that were signed.
    ContentChanged,
    /// The manifest is not the one that was signed.
    ManifestChanged,
    /// The signature does not cover everything that it should.
    Uncovered,
    /// Nobody vouches for the signer.
    Signer,
    /// The certificate was not valid, or its validity at signing cannot be shown.
    Validity,
    /// The certificate was withdrawn, or may have been.
    Revocation,
    /// Something that the manifest needs is not there or cannot be reached.
    Missing,
    /// An ingredient's manifest fails.
    Ingredient,
    /// The manifest breaks the rules of its format.
    Malformed,
    /// An algorithm that the validator does not know.
    Algorithm,
    /// An attached identity or other addition fails.
    Addition,
    /// Not known to this table.
    Unknown,
}

impl Meaning {
    /// True if the failure contradicts what was signed, and so may vote.
    pub fn is_contradiction(self) -> bool {
        matches!(self, Self::ContentChanged | Self::ManifestChanged)
    }

    /// In a sentence for a lay reader.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::ContentChanged => "The content is not the content that was signed.",
            Self::ManifestChanged => "The manifest is not the manifest that was signed.",
            Self::Uncovered => {
                "The signature leaves out more of the file than its own place, so it vouches for only a part of it."
            }
            Self::Signer => {
                "The signer's certificate is not on the trust list that was given (or none was given), so the name \
                 on it is the signer's own word."
            }
            Self::Validity => {
                "The signer's certificate was expired or not yet valid, or no trusted time stamp shows that it was \
                 valid when it signed."
            }
            Self::Revocation => {
                "The signer's certificate was withdrawn by its issuer, or its standing is not known."
            }
            Self::Missing => "Something that the manifest refers to is missing or could not be reached.",
            Self::Ingredient => "A manifest of an earlier version or a part of the picture does not hold.",
            Self::Malformed => "The manifest breaks the rules of its format.",
            Self::Algorithm => "The manifest uses an algorithm that this validator does not know.",
            Self::Addition => "A statement added to the manifest, such as an identity, does not hold.",
            Self::Unknown => "The validator gave a failure that Indicia does not know.",
        }
    }
}

/// The table. Sorted by code.
const TABLE: &[(&str, Meaning)] = &[
    ("algorithm.unsupported", Meaning::Algorithm),
    ("assertion.action.ingredientMismatch", Meaning::Malformed),
    ("assertion.action.malformed", Meaning::Malformed),
    ("assertion.action.redacted", Meaning::Malformed),
    ("assertion.action.redactionMismatch", Meaning::Malformed),
    ("assertion.bmffHash.malformed", Meaning::Malformed),
    ("assertion.bmffHash.mismatch", Meaning::ContentChanged),
    ("assertion.boxesHash.malformed", Meaning::Malformed),
    ("assertion.boxesHash.mismatch", Meaning::ContentChanged),
    // A part of the file that the list of signed parts does not name: added later, or never listed.
    ("assertion.boxesHash.unknownBox", Meaning::Uncovered),
    ("assertion.cbor.invalid", Meaning::Malformed),
    ("assertion.cloud-data.actions", Meaning::Malformed),
    ("assertion.cloud-data.hardBinding", Meaning::Malformed),
    ("assertion.cloud-data.labelMismatch", Meaning::Malformed),
    ("assertion.cloud-data.malformed", Meaning::Malformed),
    ("assertion.collectionHash.incorrectFileCount", Meaning::ContentChanged),
    ("assertion.collectionHash.invalidURI", Meaning::Malformed),
    ("assertion.collectionHash.malformed", Meaning::Malformed),
    ("assertion.collectionHash.mismatch", Meaning::ContentChanged),
    ("assertion.dataHash.malformed", Meaning::Malformed),
    ("assertion.dataHash.mismatch", Meaning::ContentChanged),
    ("assertion.dataHash.redacted", Meaning::Malformed),
    ("assertion.hashedURI.mismatch", Meaning::ManifestChanged),
    ("assertion.inaccessible", Meaning::Missing),
    ("assertion.ingredient.malformed", Meaning::Malformed),
    ("assertion.json.invalid", Meaning::Malformed),
    ("assertion.metadata.disallowed", Meaning::Malformed),
    ("assertion.missing", Meaning::Missing),
    ("assertion.multipleHardBindings", Meaning::Malformed),
    ("assertion.notRedacted", Meaning::Malformed),
    ("assertion.outsideManifest", Meaning::Malformed),
    ("assertion.required.missing", Meaning::Missing),
    ("assertion.selfRedacted", Meaning::Malformed),
    ("assertion.timestamp.malformed", Meaning::Malformed),
    ("assertion.undeclared", Meaning::Malformed),
    ("claim.cbor.invalid", Meaning::Malformed),
    ("claim.hardBindings.missing", Meaning::Missing),
    ("claim.malformed", Meaning::Malformed),
    ("claim.missing", Meaning::Missing),
    ("claim.multiple", Meaning::Malformed),
    ("claim.required.missing", Meaning::Missing),
    ("claimSignature.mismatch", Meaning::ManifestChanged),
    ("claimSignature.missing", Meaning::Missing),
    ("claimSignature.outsideValidity", Meaning::Validity),
    ("com.adobe.prerelease", Meaning::Malformed),
    ("general.error", Meaning::Malformed),
    ("hashedURI.mismatch", Meaning::ManifestChanged),
    ("hashedURI.missing", Meaning::Missing),
    // These speak of ingredients even where an assertion of the active manifest is named.
    ("ingredient.claimSignature.mismatch", Meaning::Ingredient),
    ("ingredient.claimSignature.missing", Meaning::Ingredient),
    ("ingredient.hashedURI.mismatch", Meaning::Ingredient),
    ("ingredient.manifest.mismatch", Meaning::Ingredient),
    ("ingredient.manifest.missing", Meaning::Ingredient),
    ("manifest.compressed.invalid", Meaning::Malformed),
    ("manifest.inaccessible", Meaning::Missing),
    ("manifest.multipleParents", Meaning::Malformed),
    ("manifest.timestamp.invalid", Meaning::Malformed),
    ("manifest.timestamp.wrongParents", Meaning::Malformed),
    ("manifest.update.invalid", Meaning::Malformed),
    ("manifest.update.wrongParents", Meaning::Malformed),
    ("signingCredential.expired", Meaning::Validity),
    ("signingCredential.invalid", Meaning::Signer),
    ("signingCredential.ocsp.inaccessible", Meaning::Revocation),
    ("signingCredential.ocsp.revoked", Meaning::Revocation),
    ("signingCredential.ocsp.unknown", Meaning::Revocation),
    ("signingCredential.untrusted", Meaning::Signer),
    ("timeStamp.malformed", Meaning::Validity),
    ("timeStamp.mismatch", Meaning::Validity),
    ("timeStamp.outsideValidity", Meaning::Validity),
    ("timeStamp.untrusted", Meaning::Validity),
];

/// What a failure code means by itself.
pub(super) fn meaning(code: &str) -> Meaning {
    if code.starts_with("cawg.") {
        return Meaning::Addition;
    }
    match TABLE.binary_search_by_key(&code, |entry| entry.0) {
        Ok(index) => TABLE[index].1,
        Err(_) => Meaning::Unknown,
    }
}

/// What a failure means among all codes of its file.
pub(super) fn meaning_among(failure: &ValidationCode, all: &[ValidationCode]) -> Meaning {
    if failure.ingredient {
        return Meaning::Ingredient;
    }
    let meaning = meaning(&failure.code);
    // A data hash that matches and is nevertheless refused was refused for what it leaves out.
    let matches = |code: &ValidationCode| {
        code.outcome == "success" && code.code == "assertion.dataHash.match" && code.url == failure.url
    };
    if failure.code == "assertion.dataHash.mismatch" && all.iter().any(matches) {
        return Meaning::Uncovered;
    }
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_it_can_be_searched() {
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
        for (code, expected) in TABLE {
            assert_eq!(meaning(code), *expected);
        }
        assert_eq!(meaning("no.such.code"), Meaning::Unknown);
        assert_eq!(meaning("cawg.identity.hard_binding_missing"), Meaning::Addition);
    }

    #[test]
    fn only_hashes_and_signatures_of_the_active_manifest_contradict() {
        let contradictions: Vec<_> = TABLE.iter().filter(|e| e.1.is_contradiction()).map(|e| e.0).collect();
        assert_eq!(
            contradictions,
            [
                "assertion.bmffHash.mismatch",
                "assertion.boxesHash.mismatch",
                "assertion.collectionHash.incorrectFileCount",
                "assertion.collectionHash.mismatch",
                "assertion.dataHash.mismatch",
                "assertion.hashedURI.mismatch",
                "claimSignature.mismatch",
                "hashedURI.mismatch",
            ]
        );
    }
}
