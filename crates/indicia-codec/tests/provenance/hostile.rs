//! Damaged and hostile stores: an answer in time, never a panic.

use std::time::{Duration, Instant};

use indicia_core::Kind;

use super::support::*;

fn examine(kind: Kind, bytes: Vec<u8>) -> String {
    let start = Instant::now();
    let provenance = provenance_of(kind, bytes, trust());
    assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
    // The library's panics are caught and told in these words; none is known.
    let error = provenance.error.unwrap_or_default();
    assert!(!error.contains("gave up on this file"), "{error}");
    provenance.state
}

/// A small generator of numbers (xorshift), so that the same bits are flipped on every run.
fn numbers(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    }
}

/// Bytes at both ends that signing left as they were: content that the signature must cover.
fn content(plain: &[u8], signed: &[u8]) -> (usize, usize) {
    let prefix = plain.iter().zip(signed).take_while(|(a, b)| a == b).count();
    let suffix = plain.iter().rev().zip(signed.iter().rev()).take_while(|(a, b)| a == b).count();
    (prefix, signed.len() - suffix)
}

#[test]
fn flipped_bits_never_panic_and_are_noticed_in_the_content() {
    for (kind, plain) in plain_files() {
        let signed = sign(builder(&created("digitalCapture")), kind, &plain);
        let (prefix, suffix) = content(&plain, &signed);
        let mut next = numbers(0x9E37_79B9_7F4A_7C15);
        let (mut in_content, mut unnoticed) = (0, 0);
        for round in 0..200 {
            // Every second flip goes into the content; the rest fall mostly into the far larger store, whose
            // padding alone may change unseen.
            let outside = prefix + signed.len() - suffix;
            let at = match next(outside) {
                _ if round % 2 == 0 => next(signed.len()),
                at if at < prefix => at,
                at => suffix + at - prefix,
            };
            let mut damaged = signed.clone();
            damaged[at] ^= 1 << next(8);
            if examine(kind, damaged) == "trusted" {
                let is_content = at < prefix || at >= suffix;
                assert!(!is_content, "{kind}: flip at {at} of {} was not noticed", signed.len());
                unnoticed += 1;
            }
            in_content += usize::from(at < prefix || at >= suffix);
        }
        assert!(
            in_content >= 100 && unnoticed < 100,
            "{kind}: {in_content} in the content, {unnoticed} unnoticed"
        );
    }
}

#[test]
fn cut_files_never_panic() {
    for (kind, plain) in plain_files() {
        let signed = sign(builder(&created("digitalCapture")), kind, &plain);
        for step in 0..60 {
            let length = signed.len() * step / 60;
            assert_ne!(examine(kind, signed[..length].to_vec()), "trusted", "{kind} cut at {length}");
        }
    }
}

#[test]
fn overwritten_runs_never_panic() {
    let signed = captured();
    let mut next = numbers(7);
    for byte in [0x00, 0xFF, 0x41] {
        for _ in 0..50 {
            let mut damaged = signed.clone();
            let (at, length) = (next(signed.len()), 1 + next(64));
            let end = (at + length).min(signed.len());
            damaged[at..end].fill(byte);
            examine(Kind::Jpeg, damaged);
        }
    }
}
