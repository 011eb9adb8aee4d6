//! Truncation, bit flips, missing parts and bombs.

use std::time::{Duration, Instant};

use indicia_core::{ErrorKind, Limits};
use proptest::prelude::*;

use super::{FIXTURES, file, parse, pixels};

/// A segment: marker, length, payload.
fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFF, marker];
    out.extend(((payload.len() + 2) as u16).to_be_bytes());
    out.extend(payload);
    out
}

/// A gray JPEG up to its first scan; its Huffman tables have one code of one bit, DC size 0 and AC `symbol`.
fn header(sof: u8, width: u16, height: u16, symbol: u8) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    out.extend(segment(0xDB, &[[0].as_slice(), &[1; 64]].concat()));
    let [w1, w0] = width.to_be_bytes();
    let [h1, h0] = height.to_be_bytes();
    out.extend(segment(sof, &[8, h1, h0, w1, w0, 1, 1, 0x11, 0]));
    for (class, symbol) in [(0, 0), (0x10, symbol)] {
        let mut table = vec![class, 1];
        table.extend([0; 15]);
        table.push(symbol);
        out.extend(segment(0xC4, &table));
    }
    out
}

fn scan(start: u8, end: u8, approximation: u8, data: &[u8]) -> Vec<u8> {
    let mut out = segment(0xDA, &[1, 1, 0, start, end, approximation]);
    out.extend(data);
    out
}

#[test]
fn truncation_at_every_byte_is_an_error_or_a_warning() {
    for (name, bytes, _) in FIXTURES {
        // What follows the end of the image may go missing unnoticed.
        let end = parse(bytes).unwrap().trailing.start;
        for length in 0..end {
            match pixels(&bytes[..length]) {
                Ok(pixels) => assert!(!pixels.warnings.is_empty(), "{name} cut to {length} says nothing"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Input, "{name} cut to {length}: {error}"),
            }
        }
    }
}

#[test]
fn a_truncated_file_keeps_what_came_before() {
    let whole = parse(file("s444")).unwrap();
    let data = whole.scans[0].offset;
    let cut = parse(&file("s444")[..data + (file("s444").len() - data) / 2]).unwrap();
    assert_eq!(cut.components[0].blocks[..5], whole.components[0].blocks[..5]);
    assert_eq!(cut.components[0].blocks.last(), Some(&[0; 64]));
    assert!(cut.warnings.iter().any(|w| w.contains("the file ends early")), "{:?}", cut.warnings);
}

#[test]
fn a_lost_segment_is_resynchronised_at_its_restart_marker() {
    let whole = parse(file("restart")).unwrap();
    let mut bytes = file("restart").to_vec();
    let at = bytes.windows(2).position(|w| w == [0xFF, 0xD1]).unwrap();
    let next = bytes.windows(2).position(|w| w == [0xFF, 0xD2]).unwrap();
    bytes.drain(at..next);
    let damaged = parse(&bytes).unwrap();
    // MCU 2, at the right of the first row, is lost; its neighbour and the next row are whole.
    let wide = whole.components[0].blocks_wide;
    assert_eq!(damaged.components[0].blocks[..4], whole.components[0].blocks[..4]);
    assert_ne!(damaged.components[0].blocks[4], whole.components[0].blocks[4]);
    assert_eq!(damaged.components[0].blocks[2 * wide..], whole.components[0].blocks[2 * wide..]);
    assert!(damaged.warnings.iter().any(|w| w.contains("restart")), "{:?}", damaged.warnings);
}

#[test]
fn missing_parts_are_named() {
    let gray = header(0xC0, 8, 8, 0);
    let whole = [gray.clone(), scan(0, 63, 0, &[0x3F, 0xFF, 0xD9])].concat();
    assert_eq!(parse(&whole).unwrap().warnings, [""; 0]);
    assert_eq!(pixels(&whole).unwrap().to_rgb8(), [128; 192]);
    let without = |marker: u8, nth: usize| {
        let segments = parse(&whole).unwrap().segments;
        let s = segments.iter().filter(|s| s.marker == marker).nth(nth).unwrap().clone();
        [&whole[..s.offset], &whole[s.payload.end..]].concat()
    };
    for (bytes, message) in [
        (b"GIF89a".to_vec(), "expected a JPEG to start with FF D8"),
        (vec![0xFF, 0xD8], "no frame header (SOF)"),
        (without(0xC0, 0), "before any frame header"),
        (without(0xDB, 0), "needs quantisation table 0"),
        (without(0xC4, 0), "needs Huffman table DC 0"),
        (without(0xC4, 1), "needs Huffman table AC 0"),
        ([gray.clone(), vec![0xFF, 0xD9]].concat(), "no scan (SOS)"),
        ([header(0xC0, 0, 8, 0), scan(0, 63, 0, &[0])].concat(), "has size 0x8"),
        ([header(0xC0, 8, 0, 0), scan(0, 63, 0, &[0])].concat(), "height 0 and no DNL"),
    ] {
        let error = parse(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn an_impossible_code_table_is_an_error() {
    // Three codes of one bit.
    let table = [[0x00, 3].as_slice(), &[0; 15], &[0, 1, 2]].concat();
    let bytes = [header(0xC0, 8, 8, 0), segment(0xC4, &table), scan(0, 63, 0, &[0])].concat();
    let error = parse(&bytes).unwrap_err();
    assert!(error.to_string().contains("more codes than fit"), "{error}");
}

/// No bound on the picture's size, so that the reader's own rules are what refuses.
fn boundless() -> Limits {
    Limits { pixels: u64::MAX, expansion: u64::MAX, ..Limits::default() }
}

#[test]
fn headers_that_promise_too_much_are_refused_at_once() {
    let start = Instant::now();
    let small = |side| [header(0xC0, side, side, 0), scan(0, 63, 0, &[0; 100])].concat();
    assert_eq!(parse(&small(65_500)).unwrap_err().kind(), ErrorKind::Limits);
    assert_eq!(parse(&small(12_000)).unwrap_err().kind(), ErrorKind::Limits);
    let error = indicia_codec::jpeg::parse(&small(19_000), &boundless()).unwrap_err();
    assert!(error.to_string().contains("header promises 19000x19000"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(1));
    // A picture of usual size that lost nearly everything is still read.
    assert!(!parse(&small(4_000)).unwrap().warnings.is_empty());
}

#[test]
fn limits_hold() {
    let bytes = file("progressive");
    for (limits, what) in [
        (Limits { pixels: 100, ..Limits::default() }, "pixels"),
        (Limits { memory: 1000, ..Limits::default() }, "memory"),
        (Limits { scans: 3, ..Limits::default() }, "scans"),
    ] {
        let error = indicia_codec::jpeg::parse(bytes, &limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limits);
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn a_bomb_of_many_scans_is_cut() {
    // 361 megapixels; every scan is one end-of-band run after the other, 15 bits for 32,767 blocks.
    let run = [0x7F, 0xFE].repeat(200);
    let mut bytes = [header(0xC2, 19_000, 19_000, 0xE0), scan(0, 0, 0, &[0; 100])].concat();
    bytes.extend(scan(1, 63, 1, &run));
    for _ in 0..150 {
        bytes.extend(scan(1, 63, 0x10, &run));
    }
    let start = Instant::now();
    let error = indicia_codec::jpeg::parse(&bytes, &boundless()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limits, "{error}");
    assert!(error.to_string().contains("more work"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flipped_bits_never_panic(
        which in 0..FIXTURES.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..12),
    ) {
        let mut bytes = FIXTURES[which].1.to_vec();
        for (place, bit) in flips {
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        // A flip in the size makes a large picture, which is right but slow.
        let limits = Limits { pixels: 1 << 20, ..Limits::default() };
        let evidence = indicia_core::Evidence::new(indicia_core::Kind::Jpeg, bytes, limits);
        if let Ok(pixels) = evidence.view::<indicia_codec::Pixels>(()) {
            prop_assert_eq!(pixels.to_rgb8().len(), pixels.width * pixels.height * 3);
        }
    }

    #[test]
    fn noise_after_a_header_never_panics(
        sof in 0xC0..=0xC2u8,
        size in (1..70u16, 1..70u16),
        symbol: u8,
        parameters in (0..70u8, 0..70u8, 0..0x30u8),
        data in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let (start, end, approximation) = parameters;
        let bytes =
            [header(sof, size.0, size.1, symbol), scan(start, end, approximation, &data)].concat();
        if let Ok(jpeg) = parse(&bytes) {
            prop_assert_eq!((jpeg.width, jpeg.height), (size.0.into(), size.1.into()));
        }
    }
}
