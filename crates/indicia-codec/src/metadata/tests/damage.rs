//! Damaged, hostile and huge metadata.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// One file of every kind with every sort of block.
fn corpus() -> Vec<(Kind, Vec<u8>)> {
    let block = camera_exif(&jpeg(&[]));
    let packet = PACKET.as_bytes();
    let datasets = [iim(2, 80, b"Anna"), iim(2, 55, b"20200102")].concat();
    let resources = [resource(0x404, &datasets), resource(0x424, packet)].concat();
    let profile = icc("Display P3");
    vec![
        (
            Kind::Jpeg,
            jpeg(&[
                app(0xe0, b"JFIF\0", &[1, 2, 1, 0, 72, 0, 72, 0, 0]),
                app(0xe1, b"Exif\0\0", &block),
                app(0xe1, XMP_HEAD, packet),
                app(0xed, b"Photoshop 3.0\0", &resources),
                app(0xe2, b"ICC_PROFILE\0", &[&[1, 1][..], &profile].concat()),
                app(0xec, b"Ducky", &[0, 1, 0, 4, 0, 0, 0, 60, 0, 0]),
                (0xfe, b"hello".to_vec()),
            ]),
        ),
        (
            Kind::Png,
            png(&[
                (b"eXIf", block.clone()),
                (b"iCCP", [&b"p\0\0"[..], &deflate(&profile)].concat()),
                (b"zTXt", [&b"Title\0\0"[..], &deflate(b"a title")].concat()),
                (b"iTXt", [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], packet].concat()),
                (b"tEXt", b"Raw profile type iptc\0\niptc\n4\n1c025000".to_vec()),
                (b"tIME", vec![7, 0xe8, 5, 31, 12, 30, 5]),
            ]),
        ),
        (Kind::Webp, webp(&[(b"ICCP", profile), (b"EXIF", block.clone()), (b"XMP ", packet.to_vec())])),
        (
            Kind::Gif,
            gif(&[(0xfe, b"\x05hello\0".to_vec()), (0xff, b"\x0bNETSCAPE2.0\x03\x01\0\0\0".to_vec())]),
        ),
        (Kind::Tiff, block),
        (Kind::Bmp, [&b"BM"[..], &[0; 12], &124_u32.to_le_bytes(), &[0; 130]].concat()),
    ]
}

#[test]
fn every_truncation_is_read_without_a_panic_and_keeps_what_stands_before() {
    for (kind, file) in corpus() {
        for end in 0..file.len() {
            read_file(kind, &file[..end]);
        }
    }
    let file = jpeg(&[(0xfe, b"hello".to_vec()), app(0xe1, XMP_HEAD, PACKET.as_bytes())]);
    let m = read_file(Kind::Jpeg, &file[..60]);
    assert_eq!(field(&m, "JPEG comment", "Comment"), "hello");
    assert!(m.warnings.iter().any(|w| w.contains("are left")), "{:?}", m.warnings);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_are_read_without_a_panic(
        which in 0_usize..6,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let (kind, mut file) = corpus().swap_remove(which);
        for (index, byte) in changes {
            let at = index.index(file.len());
            file[at] = byte;
        }
        let m = read_file(kind, &file);
        prop_assert!(m.entries.iter().all(|e| e.value.len() < 3 * MAX_VALUE));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), which in 0_usize..6) {
        let kinds = [Kind::Jpeg, Kind::Png, Kind::Tiff, Kind::Webp, Kind::Gif, Kind::Bmp];
        read_file(kinds[which], &bytes);
        let head = [b"MM\0\x2a\0\0\0\x08".to_vec(), bytes.clone()].concat();
        read_file(Kind::Tiff, &head);
        read_file(Kind::Jpeg, &jpeg(&[app(0xe1, b"Exif\0\0", &head), app(0xe1, XMP_HEAD, &bytes)]));
        read_file(Kind::Jpeg, &jpeg(&[app(0xed, b"Photoshop 3.0\0", &[&b"8BIM"[..], &bytes].concat())]));
        read_file(Kind::Png, &png(&[(b"zTXt", bytes.clone()), (b"iTXt", bytes.clone()), (b"iCCP", bytes)]));
    }

    #[test]
    fn any_text_is_cut_and_cleaned(text in "\\PC{0,40}|[\\x00-\\x1f]{0,40}", most in 0_usize..60) {
        let head = collect::cut(&text, most);
        prop_assert!(head.len() <= most && text.starts_with(head));
        let disturbed = collect::clean(&text).contains(['\0', '\u{1b}']);
        prop_assert!(!disturbed);
        Timestamp::parse(&text);
    }
}

/// Runs `work` and fails if it takes longer than a generous bound.
fn bounded(what: &str, work: impl FnOnce() -> Metadata) -> Metadata {
    let start = Instant::now();
    let out = work();
    let seconds = start.elapsed().as_secs_f64();
    // A second or less on an idle machine; without the bounds, minutes.
    assert!(seconds < 30.0, "{what} took {seconds} s");
    out
}

#[test]
fn a_hundred_megabytes_of_metadata_are_bounded_and_named() {
    const HUGE: usize = 100_000_000;
    // One block beyond the limit, in the containers that can hold one.
    let m = bounded("one XMP chunk", || read_file(Kind::Webp, &webp(&[(b"XMP ", vec![b' '; HUGE])])));
    assert!(
        m.warnings[0].contains("XMP packet of 100000000 bytes is not read, limit 16777216"),
        "{:?}",
        m.warnings
    );
    let m = bounded("one EXIF chunk", || read_file(Kind::Png, &png(&[(b"eXIf", vec![0; HUGE])])));
    assert!(m.warnings[0].contains("EXIF block of 100000000 bytes"), "{:?}", m.warnings);
    // Many small ones.
    let many = vec![(0xfe, vec![b'x'; 60_000]); HUGE / 60_000];
    let m = bounded("many comments", || read_file(Kind::Jpeg, &jpeg(&many)));
    assert_eq!(m.entries.len(), HUGE / 60_000);
    assert!(m.entries[0].value.ends_with("(cut; 60000 bytes in all)"));
    let chunk: (&[u8; 4], Vec<u8>) = (b"tEXt", b"a\0b".to_vec());
    let m = bounded("a million text chunks", || read_file(Kind::Png, &png(&vec![chunk; 1_000_000])));
    assert_eq!(m.entries.len(), MAX_ENTRIES);
    assert!(m.warnings[0].starts_with("990000 metadata fields beyond"), "{:?}", m.warnings);
    let packets = vec![app(0xe1, XMP_HEAD, PACKET.as_bytes()); 50_000];
    let m = bounded("many packets", || read_file(Kind::Jpeg, &jpeg(&packets)));
    assert!(m.warnings.iter().any(|w| w.contains("beyond the first 16 is not read")), "{:?}", m.warnings);
}

#[test]
fn bombs_inflate_to_the_limit_only() {
    let bomb = deflate(&vec![b'x'; 50 << 20]);
    let text: (&[u8; 4], Vec<u8>) = (b"zTXt", [&b"Comment\0\0"[..], &bomb].concat());
    let m = bounded("text bombs", || read_file(Kind::Png, &png(&vec![text; 300])));
    assert!(m.warnings[0].contains("inflates to more than 16777216 bytes"), "{:?}", m.warnings);
    let profile: (&[u8; 4], Vec<u8>) = (b"iCCP", [&b"p\0\0"[..], &bomb].concat());
    let m = bounded("a profile bomb", || read_file(Kind::Png, &png(&[profile])));
    assert!(m.icc.is_none() && !m.warnings.is_empty());
}

#[test]
fn overlapping_exif_values_and_tangled_directories_cost_nothing() {
    // 5,000 fields whose values are all the whole block, as text of empty strings.
    let mut block = b"MM\0\x2a\0\0\0\x08".to_vec();
    block.extend(4000_u16.to_be_bytes());
    for _ in 0..4000 {
        block.extend([0x90, 0x00, 0, 2, 0, 0, 0xfa, 0, 0, 0, 0, 8]);
    }
    block.resize(64_800, 0);
    let m = bounded("overlapping values", || read_file(Kind::Jpeg, &jpeg(&[app(0xe1, b"Exif\0\0", &block)])));
    assert!(m.entries.iter().map(|e| e.value.len()).sum::<usize>() < 64 << 20);
    // Every field points to an EXIF directory of its own within the same bytes.
    let mut block = b"MM\0\x2a\0\0\0\x08".to_vec();
    block.extend(4000_u16.to_be_bytes());
    for at in 0..4000_u32 {
        block.extend([0x87, 0x69, 0, 4, 0, 0, 0, 1]);
        block.extend((8 + at).to_be_bytes());
    }
    let segments = vec![app(0xe1, b"Exif\0\0", &block); 500];
    let m = bounded("tangled directories", || read_file(Kind::Jpeg, &jpeg(&segments)));
    assert!(m.warnings.iter().any(|w| w.contains("more than 32 directories")), "{:?}", m.warnings);
}

#[test]
fn deep_and_wide_xml_ends_with_a_warning() {
    let deep = "<a>".repeat(100_000);
    let m = bounded("deep XML", || read_file(Kind::Webp, &webp(&[(b"XMP ", deep.into_bytes())])));
    assert!(m.warnings[0].contains("nest deeper than 48"), "{:?}", m.warnings);
    let wide: String = (0..300_000).map(|i| format!(" a{i}=\"v\"")).collect();
    let wide = format!("<r><x{wide}/></r>");
    let m = bounded("wide XML", || read_file(Kind::Webp, &webp(&[(b"XMP ", wide.into_bytes())])));
    assert!(m.warnings[0].contains("more than 5000 fields"), "{:?}", m.warnings);
    let entities = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x><y>&b;&amp;</y></x>"#;
    let m = read_file(Kind::Webp, &webp(&[(b"XMP ", entities.as_bytes().to_vec())]));
    assert_eq!(field(&m, "XMP", "x/y"), "\u{fffd}&");
}
