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

#[test]
fn flipped_bits_never_panic_and_never_leave_a_file_trusted() {
    for (kind, plain) in plain_files() {
        let signed = sign(builder(&created("digitalCapture")), kind, &plain);
        let mut next = numbers(0x9E37_79B9_7F4A_7C15);
        let mut kept = 0;
        for _ in 0..150 {
            let mut damaged = signed.clone();
            let at = next(damaged.len());
            damaged[at] ^= 1 << next(8);
            kept += usize::from(examine(kind, damaged) == "trusted");
        }
        // Padding of the store may change unseen, and nothing else: it is the greater part of so small a file.
        assert!(kept < 150, "{kind}: no flip was noticed");
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
