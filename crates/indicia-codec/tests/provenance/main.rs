//! Provenance of files that are signed here: trusted, untrusted, changed, generated, remote, damaged.

mod hostile;
mod support;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use indicia_codec::{Provenance, ProvenanceKey};
use indicia_core::{ErrorKind, Evidence, Kind, Limits, TrustSettings};
use support::*;

#[test]
fn a_signer_below_the_given_root_is_trusted_and_told() {
    let provenance = provenance_of(Kind::Jpeg, captured(), trust());
    assert_eq!((provenance.state.as_str(), failures(&provenance)), ("trusted", vec![]), "{provenance:#?}");
    let manifest = &provenance.manifests[0];
    assert_eq!(provenance.active_manifest.as_deref(), Some(manifest.label.as_str()));
    assert_eq!(manifest.signer.as_deref(), Some("Test signer (Indicia tests)"));
    assert_eq!(manifest.issuer.as_deref(), Some("Test root (Indicia tests)"));
    assert_eq!(manifest.title.as_deref(), Some("A test"));
    assert!(
        manifest.claim_generator.as_deref().is_some_and(|g| g.starts_with("indicia-tests 1")),
        "{manifest:?}"
    );
    assert_eq!(manifest.actions, ["c2pa.created"]);
    assert_eq!(
        manifest.digital_source_types,
        ["http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"]
    );
    assert_eq!(manifest.relationship, None);
    let success =
        |code| provenance.codes.iter().any(|c| c.outcome == "success" && c.code == code && !c.ingredient);
    assert!(success("claimSignature.validated") && success("assertion.dataHash.match"));
}

#[test]
fn every_format_carries_a_manifest_and_its_plain_file_none() {
    for (kind, plain) in plain_files() {
        let none = provenance_of(kind, plain.clone(), trust());
        assert_eq!((none.state.as_str(), none.codes.len()), ("none", 0), "{kind}");
        let signed = sign(builder(&created("digitalCapture")), kind, &plain);
        let provenance = provenance_of(kind, signed, trust());
        assert_eq!(
            (provenance.state.as_str(), failures(&provenance)),
            ("trusted", vec![]),
            "{kind}: {provenance:#?}"
        );
    }
}

#[test]
fn without_a_list_or_with_another_nobody_is_trusted() {
    let signed = captured();
    let other = include_str!("certificates/signer.pem");
    let lists = [
        TrustSettings::default(),
        // An end-entity certificate among the anchors is no authority for itself.
        TrustSettings { anchors_pem: Some(other.to_owned()), ..TrustSettings::default() },
    ];
    for trust in lists {
        let provenance = provenance_of(Kind::Jpeg, signed.clone(), trust);
        assert_eq!(provenance.state, "valid");
        assert_eq!(failures(&provenance), ["signingCredential.untrusted"]);
    }
    let allowed = TrustSettings { allowed_pem: Some(other.to_owned()), ..TrustSettings::default() };
    assert_eq!(provenance_of(Kind::Jpeg, signed, allowed).state, "trusted");
}

#[test]
fn a_certificate_issued_by_a_mere_signer_is_not_trusted() {
    let signed = sign_as(IMPOSTOR, builder(&created("digitalCapture")), Kind::Jpeg, PLAIN_JPEG);
    let provenance = provenance_of(Kind::Jpeg, signed, trust());
    assert_eq!(provenance.state, "valid");
    assert_eq!(failures(&provenance), ["signingCredential.untrusted"]);
}

#[test]
fn changed_pixels_break_the_content_hash() {
    let mut signed = captured();
    let last = signed.len() - 20;
    signed[last] ^= 1;
    let provenance = provenance_of(Kind::Jpeg, signed, trust());
    assert_eq!(provenance.state, "invalid");
    assert_eq!(failures(&provenance), ["assertion.dataHash.mismatch"]);
}

#[test]
fn a_changed_assertion_breaks_its_hash() {
    let mut signed = captured();
    // Turn the declared capture into another word of the same length.
    let at = find(&signed, b"digitalCapture");
    signed[at..at + 14].copy_from_slice(b"digitalcapture");
    let provenance = provenance_of(Kind::Jpeg, signed, trust());
    assert_eq!(provenance.state, "invalid");
    assert_eq!(failures(&provenance), ["assertion.hashedURI.mismatch"]);
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let mut signed = captured();
    let at = find(&signed, b"A test");
    signed[at..at + 6].copy_from_slice(b"B test");
    let provenance = provenance_of(Kind::Jpeg, signed, trust());
    assert_eq!(provenance.state, "invalid");
    assert!(failures(&provenance).contains(&"claimSignature.mismatch"), "{:?}", failures(&provenance));
}

#[test]
fn a_generated_source_is_told() {
    let signed = sign(builder(&created("trainedAlgorithmicMedia")), Kind::Jpeg, PLAIN_JPEG);
    let provenance = provenance_of(Kind::Jpeg, signed, TrustSettings::default());
    assert_eq!(provenance.state, "valid");
    let types = &provenance.manifests[0].digital_source_types;
    assert_eq!(types, &["http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"]);
}

#[test]
fn an_edit_keeps_the_manifest_it_was_made_from_as_its_parent() {
    let first = sign(builder(&created("digitalCapture")), Kind::Jpeg, PLAIN_JPEG);
    let mut edit =
        builder(&serde_json::json!({ "title": "An edit", "claim_generator_info": [{ "name": "editor" }] }));
    edit.set_intent(c2pa::BuilderIntent::Edit);
    let provenance = provenance_of(Kind::Jpeg, sign(edit, Kind::Jpeg, &first), trust());
    assert_eq!((provenance.state.as_str(), failures(&provenance)), ("trusted", vec![]), "{provenance:#?}");
    let told: Vec<_> =
        provenance.manifests.iter().map(|m| (m.title.as_deref(), m.relationship.as_deref())).collect();
    assert_eq!(told, [(Some("An edit"), None), (Some("A test"), Some("parentOf"))]);
    assert_eq!(provenance.manifests[1].actions, ["c2pa.created"]);
}

/// A JPEG whose XMP names a remote manifest.
fn remote(url: &str) -> Vec<u8> {
    let mut remote = builder(&created("digitalCapture"));
    remote.set_remote_url(url).set_no_embed(true);
    sign(remote, Kind::Jpeg, PLAIN_JPEG)
}

#[test]
fn a_remote_manifest_is_named_and_not_asked_for_offline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/manifest.c2pa", listener.local_addr().unwrap());
    let provenance = provenance_of(Kind::Jpeg, remote(&url), trust());
    assert_eq!((provenance.state.as_str(), provenance.remote_url.as_deref()), ("none", Some(url.as_str())));
    assert_eq!(provenance.error, None);
    std::thread::sleep(Duration::from_millis(200));
    let asked = listener.accept().map(drop).map_err(|e| e.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock), "somebody connected");
}

#[test]
fn a_remote_manifest_is_asked_for_online_and_its_absence_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/manifest.c2pa", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let count = stream.read(&mut request).unwrap();
        stream
            .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        String::from_utf8_lossy(&request[..count]).into_owned()
    });
    let online = TrustSettings { online: true, ..trust() };
    let provenance = provenance_of(Kind::Jpeg, remote(&url), online);
    assert!(server.join().unwrap().starts_with("GET /manifest.c2pa"));
    assert_eq!((provenance.state.as_str(), provenance.remote_url.as_deref()), ("none", Some(url.as_str())));
    assert_eq!(failures(&provenance), ["manifest.inaccessible"]);
    assert!(provenance.error.unwrap().contains("404"));
}

#[test]
fn a_cut_store_is_invalid_and_says_why() {
    let signed = captured();
    // The store begins with its box's length; a smaller length cuts the boxes inside.
    let at = find(&signed, b"jumb") - 4;
    for length in [64_u32, 300, 2000] {
        let mut cut = signed.clone();
        cut[at..at + 4].copy_from_slice(&length.to_be_bytes());
        let provenance = provenance_of(Kind::Jpeg, cut, trust());
        assert_eq!(provenance.state, "invalid", "{length}");
        assert!(!failures(&provenance).is_empty());
    }
}

#[test]
fn lists_that_hold_no_certificate_are_refused() {
    let bad = ["", "no PEM at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"];
    for pem in bad {
        let trust = TrustSettings { anchors_pem: Some(pem.to_owned()), ..TrustSettings::default() };
        let error = Provenance::check_trust(&trust).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{pem:?}");
        let evidence = Evidence::new(Kind::Jpeg, captured(), Limits::default());
        assert!(evidence.view::<Provenance>(ProvenanceKey(Arc::new(trust))).is_err());
    }
    Provenance::check_trust(&trust()).unwrap();
    Provenance::check_trust(&TrustSettings::default()).unwrap();
}

#[test]
fn threads_with_different_lists_do_not_disturb_each_other() {
    let signed = captured();
    std::thread::scope(|scope| {
        for index in 0..8 {
            let signed = signed.clone();
            scope.spawn(move || {
                let (trust, state) =
                    if index % 2 == 0 { (trust(), "trusted") } else { (TrustSettings::default(), "valid") };
                for _ in 0..5 {
                    assert_eq!(provenance_of(Kind::Jpeg, signed.clone(), trust.clone()).state, state);
                }
            });
        }
    });
}

#[test]
fn the_same_file_gives_the_same_answer() {
    let mut edit = builder(&serde_json::json!({ "title": "An edit" }));
    edit.set_intent(c2pa::BuilderIntent::Edit);
    let signed = sign(edit, Kind::Jpeg, &captured());
    let first = provenance_of(Kind::Jpeg, signed.clone(), trust());
    for _ in 0..20 {
        assert_eq!(provenance_of(Kind::Jpeg, signed.clone(), trust()), first);
    }
}

/// The signed files that the method's tests read say what their names say. `UPDATE_GOLDEN=1` signs them anew.
#[test]
fn the_signed_files_of_the_method_are_what_they_are_called() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../indicia-signal/src/provenance/golden");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let write = |name: &str, bytes: &[u8]| std::fs::write(format!("{folder}/{name}"), bytes).unwrap();
        let captured = captured();
        write("captured.jpg", &captured);
        write("generated.jpg", &sign(builder(&created("trainedAlgorithmicMedia")), Kind::Jpeg, PLAIN_JPEG));
        let mut changed = captured;
        let last = changed.len() - 20;
        changed[last] ^= 1;
        write("changed.jpg", &changed);
        write("remote.jpg", &remote("https://example.org/manifest.c2pa"));
        write("plain.jpg", PLAIN_JPEG);
        write("root.pem", ROOT.as_bytes());
    }
    let read = |name: &str| std::fs::read(format!("{folder}/{name}")).unwrap();
    let of = |name: &str| provenance_of(Kind::Jpeg, read(name), trust());
    let source =
        |name: &str| of(name).manifests[0].digital_source_types[0].rsplit('/').next().map(str::to_owned);
    assert_eq!(
        (of("captured.jpg").state.as_str(), source("captured.jpg").as_deref()),
        ("trusted", Some("digitalCapture"))
    );
    assert_eq!(of("generated.jpg").state, "trusted");
    assert_eq!(source("generated.jpg").as_deref(), Some("trainedAlgorithmicMedia"));
    assert_eq!(failures(&of("changed.jpg")), ["assertion.dataHash.mismatch"]);
    assert_eq!(of("remote.jpg").remote_url.as_deref(), Some("https://example.org/manifest.c2pa"));
    assert_eq!(read("plain.jpg"), PLAIN_JPEG);
    assert_eq!(read("root.pem"), ROOT.as_bytes());
}
