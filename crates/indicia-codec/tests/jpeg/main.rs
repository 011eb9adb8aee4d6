//! JPEG fixtures against libjpeg-turbo's output, damage at every place, and headers that promise too much.

mod damage;

use indicia_codec::jpeg::{self, Jpeg, Process, Subsampling};
use indicia_codec::{ColorModel, Pixels, Samples};
use indicia_core::{ErrorKind, Evidence, Kind, Limits};

macro_rules! fixture {
    ($name:literal, $extension:literal) => {
        (
            $name,
            include_bytes!(concat!("fixtures/", $name, ".jpg")).as_slice(),
            include_bytes!(concat!("fixtures/", $name, ".", $extension)).as_slice(),
        )
    };
}

/// Name, file, expected samples.
const FIXTURES: &[(&str, &[u8], &[u8])] = &[
    fixture!("gray", "ppm"),
    fixture!("s444", "ppm"),
    fixture!("s422", "ppm"),
    fixture!("s420", "ppm"),
    fixture!("s440", "ppm"),
    fixture!("s411", "ppm"),
    fixture!("mixed", "ppm"),
    fixture!("optimised", "ppm"),
    fixture!("progressive", "ppm"),
    fixture!("progressive_restart", "ppm"),
    fixture!("restart", "ppm"),
    fixture!("planes", "ppm"),
    fixture!("rgb", "ppm"),
    fixture!("sixteen_bit", "ppm"),
    fixture!("dnl", "ppm"),
    fixture!("fill_and_trailing", "ppm"),
    fixture!("no_huffman_tables", "ppm"),
    fixture!("cmyk", "raw"),
    fixture!("ycck", "raw"),
];

const SIZE: (usize, usize) = (37, 27);

fn file(name: &str) -> &'static [u8] {
    FIXTURES.iter().find(|f| f.0 == name).unwrap().1
}

fn parse(bytes: &[u8]) -> indicia_core::Result<Jpeg> {
    jpeg::parse(bytes, &Limits::default())
}

fn pixels(bytes: &[u8]) -> indicia_core::Result<Pixels> {
    let evidence = Evidence::new(Kind::Jpeg, bytes.to_vec(), Limits::default());
    evidence.view::<Pixels>(()).map(|p| (*p).clone())
}

fn samples(pixels: &Pixels) -> &[u8] {
    match &pixels.samples {
        Samples::U8(samples) => samples,
        Samples::U16(_) => panic!("a JPEG has 8-bit samples"),
    }
}

/// The samples at the end of a PPM, PGM or raw file.
fn tail(file: &[u8], length: usize) -> &[u8] {
    &file[file.len() - length..]
}

#[test]
fn samples_equal_libjpeg_turbos() {
    for (name, bytes, expected) in FIXTURES {
        let decoded = pixels(bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((decoded.width, decoded.height), SIZE, "{name}");
        let model = match *name {
            "gray" => ColorModel::Gray,
            "cmyk" | "ycck" => ColorModel::Cmyk,
            _ => ColorModel::Rgb,
        };
        assert_eq!(decoded.model, model, "{name}");
        let got = samples(&decoded);
        assert_eq!(got.len(), SIZE.0 * SIZE.1 * model.channels(), "{name}");
        assert!(got == tail(expected, got.len()), "{name} differs");
        let expected_warnings = if *name == "no_huffman_tables" { 4 } else { 0 };
        assert_eq!(decoded.warnings.len(), expected_warnings, "{name}: {:?}", decoded.warnings);
    }
}

#[test]
fn recompression_equals_pillows_round_trip() {
    let length = SIZE.0 * SIZE.1 * 3;
    let source = tail(include_bytes!("fixtures/source.ppm"), length);
    let cases: [(Subsampling, u8, &[u8]); 6] = [
        (Subsampling::S444, 50, include_bytes!("fixtures/recompressed_444_50.ppm")),
        (Subsampling::S444, 99, include_bytes!("fixtures/recompressed_444_99.ppm")),
        (Subsampling::S422, 50, include_bytes!("fixtures/recompressed_422_50.ppm")),
        (Subsampling::S422, 99, include_bytes!("fixtures/recompressed_422_99.ppm")),
        (Subsampling::S420, 50, include_bytes!("fixtures/recompressed_420_50.ppm")),
        (Subsampling::S420, 99, include_bytes!("fixtures/recompressed_420_99.ppm")),
    ];
    for (subsampling, quality, expected) in cases {
        let got = jpeg::recompress(source, SIZE.0, SIZE.1, quality, subsampling);
        assert!(got == tail(expected, length), "{subsampling:?} at {quality} differs");
    }
}

#[test]
fn layout_is_read() {
    let jpeg = parse(file("s420")).unwrap();
    assert_eq!(jpeg.process, Process::Baseline);
    let sizes: Vec<_> =
        jpeg.components.iter().map(|c| (c.id, c.h, c.v, c.blocks_wide, c.blocks_high)).collect();
    // 37x27 is 5x4 blocks; its colour planes are 19x14, 3x2 blocks.
    assert_eq!(sizes, [(1, 2, 2, 5, 4), (2, 1, 1, 3, 2), (3, 1, 1, 3, 2)]);
    assert!(jpeg.components.iter().all(|c| c.blocks.len() == c.blocks_wide * c.blocks_high));
    assert_eq!(jpeg.components[0].steps, jpeg::standard_tables(75)[0]);
    assert_eq!(jpeg.components[2].steps, jpeg::standard_tables(75)[1]);
    let (luma, chroma) = jpeg.quality();
    assert!(luma.is_some_and(|q| q.exact && q.quality == 75));
    assert!(chroma.is_some_and(|q| q.exact && q.quality == 75));
    assert_eq!(jpeg.jfif.map(|j| j.version), Some((1, 1)));
    let markers: Vec<u8> = jpeg.segments.iter().map(|s| s.marker).collect();
    assert_eq!(
        markers,
        [0xD8, 0xE0, 0xDB, 0xDB, 0xC0, 0xC4, 0xC4, 0xC4, 0xC4, 0xDA, 0xD9],
        "{:?}",
        jpeg.segments
    );
    for segment in &jpeg.segments {
        assert_eq!(file("s420")[segment.offset..segment.offset + 2], [0xFF, segment.marker]);
    }
    assert_eq!((jpeg.quantization.len(), jpeg.huffman.len(), jpeg.scans.len()), (2, 4, 1));
    assert!(jpeg.trailing.is_empty());
}

#[test]
fn the_coefficients_do_not_depend_on_how_they_are_coded() {
    // The same picture, quality and sampling; what differs is order and tables.
    let coefficients =
        |name| -> Vec<_> { parse(file(name)).unwrap().components.into_iter().map(|c| c.blocks).collect() };
    let baseline = coefficients("s420");
    assert_eq!(baseline, coefficients("dnl"));
    assert_eq!(coefficients("restart"), coefficients("planes"));
    assert_eq!(coefficients("restart"), coefficients("progressive"));
    assert_ne!(baseline, coefficients("restart"));
}

#[test]
fn particulars_are_kept() {
    let restart = parse(file("restart")).unwrap();
    // 3x2 MCUs with a restart after each but the last.
    assert_eq!((restart.restart_interval, restart.scans[0].restarts), (1, 5));
    let progressive = parse(file("progressive")).unwrap();
    assert_eq!(progressive.process, Process::Progressive);
    assert!(progressive.scans.len() > 5);
    assert!(progressive.scans.iter().any(|s| s.approximation_high > 0 && s.spectral_start > 0));
    let planes = parse(file("planes")).unwrap();
    assert_eq!(planes.scans.iter().map(|s| s.components.clone()).collect::<Vec<_>>(), [[0], [1], [2]]);
    let trailing = parse(file("fill_and_trailing")).unwrap();
    assert_eq!(&file("fill_and_trailing")[trailing.trailing], b"trailing");
    assert_eq!(parse(file("cmyk")).unwrap().adobe_transform, Some(0));
    let wide = parse(file("sixteen_bit")).unwrap();
    assert_eq!(wide.process, Process::ExtendedSequential);
    assert!(wide.quantization.iter().any(|t| t.bits == 16 && t.steps.iter().any(|s| *s > 255)));
}

#[test]
fn what_is_not_read_is_named() {
    for (marker, name) in [(0xC3, "SOF3"), (0xC5, "SOF5"), (0xC9, "SOF9"), (0xCA, "SOF10"), (0xCF, "SOF15")] {
        let mut bytes = file("s420").to_vec();
        let at = parse(&bytes).unwrap().segments.iter().find(|s| s.marker == 0xC0).unwrap().offset;
        bytes[at + 1] = marker;
        let error = parse(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains(name), "{error}");
        // 12 bits.
        bytes[at + 1] = 0xC1;
        bytes[at + 4] = 12;
        let error = parse(&bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().starts_with("12-bit JPEG (SOF1"), "{error}");
    }
}
