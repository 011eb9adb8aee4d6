use super::*;

const SIGNER: &str = include_str!("../../tests/provenance/certificates/signer.chain.pem");
const IMPOSTOR: &str = include_str!("../../tests/provenance/certificates/impostor.chain.pem");
/// 1 January 2030 and 2020, in seconds since 1970.
const DURING: i64 = 1_893_456_000;
const BEFORE: i64 = 1_577_836_800;

#[test]
fn a_path_vouches_while_it_is_valid_and_its_issuers_are_authorities() {
    assert!(may_vouch(SIGNER, DURING));
    assert!(!may_vouch(SIGNER, BEFORE));
    assert!(!may_vouch(IMPOSTOR, DURING));
    assert!(!may_vouch("", DURING));
    assert!(!may_vouch("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", DURING));
}

#[test]
fn a_stamp_counts_if_it_was_validated_and_its_authority_not_refused() {
    let code = |outcome: &str, code: &str, url: &str| ValidationCode {
        outcome: outcome.to_owned(),
        code: code.to_owned(),
        url: Some(url.to_owned()),
        explanation: None,
        ingredient: false,
    };
    let codes = [
        code("success", "timeStamp.validated", "good"),
        code("success", "timeStamp.trusted", "good"),
        code("success", "timeStamp.validated", "own authority"),
        code("informational", "timeStamp.untrusted", "own authority"),
        code("informational", "timeStamp.mismatch", "bad"),
    ];
    assert_eq!(stamped(&codes), BTreeSet::from(["good".to_owned()]));
}
