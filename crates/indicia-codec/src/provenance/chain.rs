//! Whether a certificate chain that was found to be trusted may vouch for its signer.
//!
//! RFC 5280, section 6.1: every certificate of the path must have been valid, and every issuer must be a
//! certification authority, allowed to sign certificates and within its path length. The C2PA library checks
//! signatures along the path and, for a part of it, validity; from version 0.91 on it checks all of this, with
//! the outcome given here: the signer is untrusted. Without it, whoever owns any certificate below a trusted
//! root could issue further ones in other names.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use c2pa::Reader;
use chrono::DateTime;
use indicia_core::{Provenance, ValidationCode};
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::Pem;
use x509_parser::time::ASN1Time;

/// Turns `signingCredential.trusted` into `signingCredential.untrusted` where the chain cannot vouch.
pub(super) fn check(reader: &Reader, provenance: &mut Provenance) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed());
    let mut refused_active = false;
    let stamped = stamped(&provenance.codes);
    for code in provenance.codes.iter_mut().filter(|c| c.code == "signingCredential.trusted") {
        // A signer that is itself on the user's list needs no chain.
        if code.explanation.as_deref().is_some_and(|e| e.contains("EndEntity")) {
            continue;
        }
        let label =
            code.url.as_deref().and_then(|url| url.strip_prefix("self#jumbf=/c2pa/")?.split('/').next());
        let manifest = label.and_then(|label| reader.get_manifest(label));
        let vouched = manifest.and_then(|manifest| manifest.signature_info()).is_some_and(|info| {
            // Only a time stamp that holds gives a time; else the path must be valid today.
            let holds = code.url.as_ref().is_some_and(|url| stamped.contains(url));
            let stamp = info.time.as_deref().filter(|_| holds);
            let stamp = stamp.and_then(|time| DateTime::parse_from_rfc3339(time).ok());
            may_vouch(info.cert_chain(), stamp.map_or(now, |time| time.timestamp()))
        });
        if vouched {
            continue;
        }
        refused_active |= !code.ingredient;
        code.outcome = "failure".to_owned();
        code.code = "signingCredential.untrusted".to_owned();
        code.explanation = Some("signing certificate untrusted".to_owned());
    }
    let trusted = provenance.state == "trusted";
    if trusted && (refused_active || provenance.codes.iter().any(|c| c.outcome == "failure")) {
        provenance.state = "valid".to_owned();
    }
}

/// Signatures whose time stamp was found good, as the library counts it: validated, and its authority not
/// found untrusted.
fn stamped(codes: &[ValidationCode]) -> BTreeSet<String> {
    let urls = |outcome: &str, code: &str| {
        let of = codes.iter().filter(|c| c.code == code && (outcome.is_empty() || c.outcome == outcome));
        of.filter_map(|c| c.url.clone()).collect::<BTreeSet<_>>()
    };
    let untrusted = urls("", "timeStamp.untrusted");
    let validated = urls("success", "timeStamp.validated");
    &validated - &untrusted
}

/// `chain_pem` from the signer upwards, `time` in seconds since 1970.
fn may_vouch(chain_pem: &str, time: i64) -> bool {
    let Ok(time) = ASN1Time::from_timestamp(time) else { return false };
    let mut blocks = vec![];
    for block in Pem::iter_from_buffer(chain_pem.as_bytes()) {
        let Ok(block) = block else { return false };
        blocks.push(block);
    }
    let mut certificates = vec![];
    for block in &blocks {
        let Ok(certificate) = block.parse_x509() else { return false };
        certificates.push(certificate);
    }
    let issuers = certificates.iter().skip(1).enumerate();
    !certificates.is_empty()
        && certificates.iter().all(|c| c.validity().is_valid_at(time))
        && issuers.into_iter().all(|(below, issuer)| may_issue(issuer, below))
}

/// RFC 5280, 6.1.4 (k) to (n); `below` is the number of authorities between the issuer and the signer.
fn may_issue(issuer: &X509Certificate<'_>, below: usize) -> bool {
    let Ok(Some(constraints)) = issuer.basic_constraints() else { return false };
    let within =
        constraints.value.path_len_constraint.is_none_or(|longest| below as u64 <= u64::from(longest));
    let signs = match issuer.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    constraints.value.ca && within && signs
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
