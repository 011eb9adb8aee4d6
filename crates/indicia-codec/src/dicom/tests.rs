use std::io::Write;

use indicia_core::{ErrorKind, Evidence, Kind, Limits, PartRole};
use proptest::prelude::*;

use crate::jpeg::{Subsampling, encode, standard_tables};
use crate::{ColorModel, Metadata, Parts, Pixels, Samples};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

/// How a data set is written.
#[derive(Clone, Copy)]
struct Form {
    little: bool,
    explicit: bool,
}

const LITTLE: Form = Form { little: true, explicit: true };

fn number(form: Form, value: u32, size: usize) -> Vec<u8> {
    if form.little { value.to_le_bytes()[..size].to_vec() } else { value.to_be_bytes()[4 - size..].to_vec() }
}

fn element(form: Form, tag: u32, vr: &str, value: &[u8]) -> Vec<u8> {
    let mut out = [number(form, tag >> 16, 2), number(form, tag & 0xFFFF, 2)].concat();
    let length = value.len() as u32;
    if !form.explicit {
        out.extend(number(form, length, 4));
    } else if matches!(vr, "OB" | "OW" | "SQ" | "UN" | "UT") {
        out.extend([vr.as_bytes(), &[0, 0]].concat());
        out.extend(number(form, length, 4));
    } else {
        out.extend(vr.as_bytes());
        out.extend(number(form, length, 2));
    }
    out.extend(value);
    out
}

/// A picture's header.
struct Header<'a> {
    size: (u32, u32),
    channels: u32,
    bits: (u32, u32),
    signed: bool,
    photometric: &'a str,
    frames: u32,
}

impl Default for Header<'_> {
    fn default() -> Self {
        Self { size: (3, 2), channels: 1, bits: (8, 8), signed: false, photometric: "MONOCHROME2", frames: 1 }
    }
}

fn data_set(form: Form, header: &Header<'_>, more: &[Vec<u8>], pixels: &[u8]) -> Vec<u8> {
    let short = |tag: u32, value: u32| element(form, tag, "US", &number(form, value, 2));
    let frames = format!("{:2}", header.frames);
    let mut parts = vec![
        element(form, 0x0008_0016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0"),
        element(form, 0x0008_0070, "LO", b"Maker "),
        element(form, 0x0010_0010, "PN", b"Doe^Jane"),
        short(0x0028_0002, header.channels),
        element(form, 0x0028_0004, "CS", header.photometric.as_bytes()),
        short(0x0028_0006, 0),
        element(form, 0x0028_0008, "IS", frames.as_bytes()),
        short(0x0028_0010, header.size.1),
        short(0x0028_0011, header.size.0),
        short(0x0028_0100, header.bits.0),
        short(0x0028_0101, header.bits.1),
        short(0x0028_0102, header.bits.1 - 1),
        short(0x0028_0103, header.signed.into()),
    ];
    parts.extend(more.iter().cloned());
    let vr = if header.bits.0 == 8 && form.little { "OB" } else { "OW" };
    parts.push(element(form, 0x7FE0_0010, vr, pixels));
    parts.concat()
}

fn file(transfer: &str, data_set: &[u8]) -> Vec<u8> {
    let mut uid = transfer.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    [&[0; 128][..], b"DICM", &element(LITTLE, 0x0002_0010, "UI", &uid), data_set].concat()
}

/// Pixel data in fragments, after an empty offset table.
fn encapsulated(header: &Header<'_>, transfer: &str, fragments: &[&[u8]]) -> Vec<u8> {
    let mut set = data_set(LITTLE, header, &[], &[]);
    set.truncate(set.len() - 12);
    set.extend(b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0");
    for fragment in fragments {
        set.extend(b"\xFE\xFF\0\xE0");
        set.extend((fragment.len() as u32).to_le_bytes());
        set.extend(*fragment);
    }
    set.extend(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    file(transfer, &set)
}

fn evidence(bytes: Vec<u8>) -> Evidence {
    let limits = Limits { pixels: 1 << 22, memory: 64 << 20, frames: 100, ..Limits::default() };
    Evidence::new(Kind::Dicom, bytes, limits)
}

fn pixels(bytes: Vec<u8>) -> std::sync::Arc<Pixels> {
    evidence(bytes).view::<Pixels>(()).unwrap()
}

fn error(bytes: Vec<u8>) -> (ErrorKind, String) {
    let error = evidence(bytes).view::<Pixels>(()).unwrap_err();
    (error.kind(), error.to_string())
}

#[test]
fn the_same_picture_is_read_in_every_plain_syntax() {
    let words: [u16; 6] = [0, 1, 400, 4095, 7, 2048];
    let header = Header { bits: (16, 12), ..Header::default() };
    for (uid, little, explicit) in
        [(EXPLICIT, true, true), ("1.2.840.10008.1.2", true, false), ("1.2.840.10008.1.2.2", false, true)]
    {
        let form = Form { little, explicit };
        let raw: Vec<u8> = words.iter().flat_map(|w| number(form, u32::from(*w), 2)).collect();
        let set = data_set(form, &header, &[], &raw);
        let read = pixels(file(uid, &set));
        assert_eq!((read.width, read.height, read.model), (3, 2, ColorModel::Gray), "{uid}");
        assert_eq!(read.samples, Samples::U16(words.to_vec()), "{uid}");
        assert_eq!(read.shown, Some([0, 4095]));
        // Without preamble and meta information, and with a transfer syntax that is not the file's.
        assert_eq!(pixels(set.clone()).samples, read.samples, "{uid}");
        if uid != EXPLICIT {
            let mislabelled = pixels(file(EXPLICIT, &set));
            assert_eq!((&mislabelled.samples, mislabelled.warnings.len()), (&read.samples, 1), "{uid}");
        }
    }
    let raw: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let mut deflated = flate2::write::DeflateEncoder::new(vec![], flate2::Compression::best());
    deflated.write_all(&data_set(LITTLE, &header, &[], &raw)).unwrap();
    let bytes = file("1.2.840.10008.1.2.1.99", &deflated.finish().unwrap());
    assert_eq!(pixels(bytes).samples, Samples::U16(words.to_vec()));
}

#[test]
fn samples_keep_their_order_whatever_they_mean() {
    // Signed 12 bits: -2048, -1, 0, 2047 and two more; the lowest becomes 0.
    let words = [0xF800_u16, 0xFFFF, 0, 2047, 1, 0xFFFE];
    let raw: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    let header = Header { bits: (16, 12), signed: true, ..Header::default() };
    let window = [element(LITTLE, 0x0028_1050, "DS", b"0 "), element(LITTLE, 0x0028_1051, "DS", b"11")];
    let read = pixels(file(EXPLICIT, &data_set(LITTLE, &header, &window, &raw)));
    assert_eq!(read.samples, Samples::U16(vec![0, 2047, 2048, 4095, 2049, 2046]));
    // Centre 0 and width 11: from -5.5 to 4.5, rounded away from 0.
    assert_eq!(read.shown, Some([2042, 2053]));
    let shown = read.to_rgb8();
    assert_eq!((shown[0], shown[9]), (0, 255));

    let dark = Header { photometric: "MONOCHROME1 ", ..Header::default() };
    let read = pixels(file(EXPLICIT, &data_set(LITTLE, &dark, &[], &[0, 1, 2, 253, 254, 255])));
    assert_eq!(read.samples, Samples::U8(vec![255, 254, 253, 2, 1, 0]));

    let bits = Header { size: (3, 3), bits: (1, 1), frames: 2, ..Header::default() };
    let bytes = file(EXPLICIT, &data_set(LITTLE, &bits, &[], &[0b0000_0101, 0b1111_1101, 0b11, 0]));
    let read = evidence(bytes);
    assert_eq!(read.view::<Pixels>(()).unwrap().samples, Samples::U8(vec![1, 0, 1, 0, 0, 0, 0, 0, 1]));
    let parts = read.view::<Parts>(()).unwrap();
    let second = parts.load(&read, 0).unwrap();
    assert_eq!(second.view::<Pixels>(()).unwrap().samples, Samples::U8(vec![0, 1, 1, 1, 1, 1, 1, 1, 1]));
}

#[test]
fn colours_are_rgb_whatever_they_were() {
    let header = |photometric| Header { size: (2, 1), channels: 3, photometric, ..Header::default() };
    let red = [76, 85, 255];
    let full = pixels(file(EXPLICIT, &data_set(LITTLE, &header("YBR_FULL"), &[], &[red, red].concat())));
    assert_eq!(full.samples, Samples::U8(vec![254, 0, 0, 254, 0, 0]));
    let half = pixels(file(EXPLICIT, &data_set(LITTLE, &header("YBR_FULL_422"), &[], &[76, 76, 85, 255])));
    assert_eq!(half.samples, full.samples);

    let table = |tag: u32, values: [u8; 2]| element(LITTLE, tag, "OW", &[0, values[0], 0, values[1]]);
    let descriptor = |tag: u32| element(LITTLE, tag, "US", &[2, 0, 0, 0, 16, 0]);
    let palette = [
        descriptor(0x0028_1101),
        descriptor(0x0028_1102),
        descriptor(0x0028_1103),
        table(0x0028_1201, [1, 2]),
        table(0x0028_1202, [3, 4]),
        table(0x0028_1203, [5, 6]),
    ];
    let indexed = Header { size: (3, 1), photometric: "PALETTE COLOR", ..Header::default() };
    let read = pixels(file(EXPLICIT, &data_set(LITTLE, &indexed, &palette, &[0, 1, 200, 0])));
    let expected: Vec<u16> = [1, 3, 5, 2, 4, 6, 2, 4, 6].iter().map(|v| v << 8).collect();
    assert_eq!(read.samples, Samples::U16(expected));
}

#[test]
fn rle_frames_are_read_each_by_itself() {
    let mut one = vec![0; 64];
    (one[0], one[4]) = (1, 64);
    let (mut first, mut second) = (one.clone(), one);
    first.extend([0xFB, 9]);
    second.extend([5, 1, 2, 3, 4, 5, 6, 0]);
    let header = Header { frames: 2, ..Header::default() };
    let evidence = evidence(encapsulated(&header, RLE, &[&first, &second]));
    assert_eq!(evidence.view::<Pixels>(()).unwrap().samples, Samples::U8(vec![9; 6]));
    let parts = evidence.view::<Parts>(()).unwrap();
    assert_eq!(parts.list.len(), 1);
    assert_eq!((parts.list[0].name.as_str(), parts.list[0].role), ("frame 2", PartRole::Frame));
    let frame = parts.load(&evidence, 0).unwrap();
    assert_eq!(frame.kind(), Kind::Frame);
    assert_eq!(frame.view::<Pixels>(()).unwrap().samples, Samples::U8(vec![1, 2, 3, 4, 5, 6]));
}

#[test]
fn a_jpeg_frame_is_a_part_in_its_own_coding() {
    let gray: Vec<u8> = (0..24 * 16).flat_map(|i| [(i % 251) as u8; 3]).collect();
    let mut jpeg = encode(&gray, 24, 16, &standard_tables(90), Subsampling::S444).unwrap();
    let whole = jpeg.clone();
    jpeg.resize(jpeg.len().next_multiple_of(2), 0);
    let header = Header { size: (24, 16), channels: 3, photometric: "YBR_FULL_422", ..Header::default() };
    // One frame in two fragments, and the same in one.
    for fragments in [vec![&jpeg[..100], &jpeg[100..]], vec![&jpeg[..]]] {
        let evidence = evidence(encapsulated(&header, JPEG, &fragments));
        let parts = evidence.view::<Parts>(()).unwrap();
        let part = &parts.list[0];
        let span = part.span.map(|s| &evidence.bytes()[s.offset as usize..(s.offset + s.length) as usize]);
        assert_eq!(span, (fragments.len() == 1).then_some(&whole[..]));
        let inner = parts.load(&evidence, 0).unwrap();
        assert_eq!((inner.kind(), inner.bytes(), inner.depth()), (Kind::Jpeg, &whole[..], 1));
        let (own, outer) = (inner.view::<Pixels>(()).unwrap(), evidence.view::<Pixels>(()).unwrap());
        assert_eq!(own.samples, outer.samples);
    }
}

#[test]
fn frames_in_several_fragments_are_found_by_marks_and_by_table() {
    let jpeg = |gray: u8| {
        let mut jpeg = encode(&[gray; 8 * 8 * 3], 8, 8, &standard_tables(90), Subsampling::S444).unwrap();
        jpeg.resize(jpeg.len().next_multiple_of(2), 0);
        jpeg
    };
    let (one, two) = (jpeg(10), jpeg(200));
    let header =
        Header { size: (8, 8), channels: 3, photometric: "YBR_FULL", frames: 2, ..Header::default() };
    let marks = encapsulated(&header, JPEG, &[&one[..50], &one[50..], &two]);
    // The same with an offset table of two entries.
    let at = marks.windows(8).position(|w| w == b"\xFE\xFF\0\xE0\0\0\0\0").unwrap();
    let second = (one.len() + 16) as u32;
    let table = [&8_u32.to_le_bytes()[..], &[0; 4], &second.to_le_bytes()].concat();
    let tabled = [&marks[..at + 4], &table, &marks[at + 8..]].concat();
    for bytes in [marks, tabled] {
        let evidence = evidence(bytes);
        let parts = evidence.view::<Parts>(()).unwrap();
        let inner = |index| parts.load(&evidence, index).unwrap().bytes()[..].to_vec();
        assert_eq!(parts.list.len(), 2);
        assert!(one.starts_with(&inner(0)) && two.starts_with(&inner(1)));
    }
}

#[test]
fn the_header_is_metadata_and_persons_are_marked() {
    let evidence = evidence(file(EXPLICIT, &data_set(LITTLE, &Header::default(), &[], &[0; 6])));
    let metadata = evidence.view::<Metadata>(()).unwrap();
    let entry = |name: &str| metadata.entries.iter().find(|e| e.name == name).unwrap();
    assert_eq!((entry("PatientName").value.as_str(), entry("PatientName").identifying), ("Doe^Jane", true));
    assert_eq!((entry("Manufacturer").value.as_str(), entry("Manufacturer").identifying), ("Maker", false));
    assert_eq!(entry("Rows").value, "2");
    assert_eq!(entry("TransferSyntaxUID").group, "DICOM file");
}

#[test]
fn a_file_without_a_picture_is_no_error() {
    let report = [
        element(LITTLE, 0x0008_0060, "CS", b"SR"),
        element(LITTLE, 0x0010_0010, "PN", b"Doe^Jane"),
        element(LITTLE, 0x0040_A040, "CS", b"CONTAINER "),
    ];
    let evidence = evidence(file(EXPLICIT, &report.concat()));
    assert_eq!(evidence.view::<Pixels>(()).unwrap_err().kind(), ErrorKind::Absent);
    assert_eq!(evidence.view::<Metadata>(()).unwrap().find("DICOM", "Modality"), Some("SR"));
    assert!(evidence.view::<Parts>(()).unwrap().list.is_empty());
}

#[test]
fn what_asks_for_too_much_is_refused() {
    let many = Header { frames: 5000, ..Header::default() };
    let set = data_set(LITTLE, &many, &[], &[0; 6]);
    assert_eq!(error(file(EXPLICIT, &set)).0, ErrorKind::Limits);
    let large = Header { size: (65_535, 65_535), ..Header::default() };
    assert_eq!(error(file(EXPLICIT, &data_set(LITTLE, &large, &[], &[0; 6]))).0, ErrorKind::Limits);
    let short = data_set(LITTLE, &Header { frames: 2, ..Header::default() }, &[], &[0; 6]);
    let evidence = evidence(file(EXPLICIT, &short));
    let parts = evidence.view::<Parts>(()).unwrap();
    assert_eq!(parts.load(&evidence, 0).unwrap_err().kind(), ErrorKind::Input);

    // A bomb in the deflated data set.
    let mut bomb = flate2::write::DeflateEncoder::new(vec![], flate2::Compression::best());
    (0..40).for_each(|_| bomb.write_all(&vec![0; 1 << 20]).unwrap());
    let bomb = file("1.2.840.10008.1.2.1.99", &bomb.finish().unwrap());
    assert_eq!(error(bomb).0, ErrorKind::Limits);

    // Sequences in sequences without end: read without recursion, and given up at a depth.
    let level = [&b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF"[..], b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF"].concat();
    let deep = evidence_of_sequences(&level.repeat(100_000));
    assert!(deep.view::<Metadata>(()).unwrap().warnings.iter().any(|w| w.contains("128 deep")));
}

fn evidence_of_sequences(levels: &[u8]) -> Evidence {
    evidence(file(EXPLICIT, &[&element(LITTLE, 0x0008_0060, "CS", b"SR"), levels].concat()))
}

/// Everything that is read of a DICOM file.
fn read_all(bytes: &[u8]) {
    let evidence = evidence(bytes.to_vec());
    let _ = evidence.view::<Pixels>(());
    let _ = evidence.view::<Metadata>(());
    let _ = crate::header(bytes, evidence.limits());
    if let Ok(parts) = evidence.view::<Parts>(()) {
        for index in 0..parts.list.len().min(3) {
            if let Ok(part) = parts.load(&evidence, index) {
                let _ = part.view::<Pixels>(());
            }
        }
    }
}

#[test]
fn no_cut_of_a_file_disturbs() {
    let gray: Vec<u8> = vec![90; 8 * 8 * 3];
    let jpeg = encode(&gray, 8, 8, &standard_tables(50), Subsampling::S444).unwrap();
    let color = Header { size: (8, 8), channels: 3, photometric: "YBR_FULL", ..Header::default() };
    let plain = file(EXPLICIT, &data_set(LITTLE, &Header::default(), &[], &[0; 6]));
    for whole in [plain, encapsulated(&color, JPEG, &[&jpeg])] {
        (0..=whole.len()).for_each(|cut| read_all(&whole[..cut]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn changed_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        rle in any::<bool>(),
    ) {
        let mut frame = vec![0; 64];
        (frame[0], frame[4]) = (1, 64);
        frame.extend([0xFB, 9]);
        let mut bytes = if rle {
            encapsulated(&Header::default(), RLE, &[&frame])
        } else {
            file(EXPLICIT, &data_set(LITTLE, &Header { bits: (16, 12), ..Header::default() }, &[], &[7; 12]))
        };
        for (place, value) in &changes {
            let at = place.index(bytes.len());
            bytes[at] = *value;
        }
        read_all(&bytes);
    }

    #[test]
    fn any_bytes_after_a_jpeg_ls_header_never_panic(data in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut stream = b"\xFF\xD8\xFF\xF7\0\x0B\x08\0\x09\0\x07\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\0\0".to_vec();
        stream.extend(&data);
        let frame = super::jpegls::frame(&stream).unwrap();
        let _ = super::jpegls::decode(&stream, frame);
    }
}
