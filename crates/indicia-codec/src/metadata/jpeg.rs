//! Marker segments of a JPEG that carry metadata (ITU-T T.81 annex B; JFIF; Adobe's and others' segments).
//! Only headers are read here: the coefficients have a parser of their own.

use std::collections::BTreeMap;

use super::collect::{Collector, text_of, utf8_or_latin1};
use super::tiff::Tiff;
use super::{exif, generator, icc, iptc, xmp};
use crate::bytes::{u16_be, u32_be};

const EXIF: &[u8] = b"Exif\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const MULTI_PICTURE: &[u8] = b"MPF\0";

/// Segments of one file that are looked at.
const MAX_SEGMENTS: usize = 100_000;

/// A marker segment.
struct Segment<'a> {
    marker: u8,
    payload: &'a [u8],
    /// Where the payload stands in the file.
    offset: usize,
}

/// Walks the marker segments up to the first scan, and from there on those between scans.
struct Segments<'a> {
    data: &'a [u8],
    at: usize,
    in_scan: bool,
    fault: Option<String>,
}

impl<'a> Segments<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { data, at: 2, in_scan: false, fault: None }
    }

    /// The next marker's byte; its payload begins at `self.at`.
    fn marker(&mut self) -> Option<u8> {
        let start = self.at;
        loop {
            let rest = self.data.get(self.at..)?;
            let Some(skip) = rest.iter().position(|&b| b == 0xff) else {
                self.at = self.data.len();
                return None;
            };
            let fills = rest[skip..].iter().take_while(|&&b| b == 0xff).count();
            let code = *rest.get(skip + fills)?;
            self.at += skip + fills + 1;
            let belongs_to_scan = code == 0 || (0xd0..=0xd7).contains(&code);
            if belongs_to_scan || code == 0x01 {
                continue;
            }
            if skip > 0 && !self.in_scan && self.fault.is_none() {
                self.fault =
                    Some(format!("{skip} bytes before a marker at byte {start} belong to no segment"));
            }
            return Some(code);
        }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        let marker = self.marker()?;
        if matches!(marker, 0xd8 | 0xd9) {
            // A picture behind the first one is not this picture's metadata.
            return None;
        }
        let Some(length) = u16_be(self.data, self.at) else {
            self.fault =
                Some(format!("data ends in the header of segment 0x{marker:02x} at byte {}", self.at));
            return None;
        };
        let offset = self.at + 2;
        let wanted = usize::from(length).saturating_sub(2);
        let rest = self.data.get(offset..).unwrap_or(&[]);
        if length < 2 || wanted > rest.len() {
            self.fault = Some(format!(
                "segment 0x{marker:02x} at byte {} states {length} bytes, {} are left",
                self.at,
                rest.len() + 2
            ));
        }
        let payload = &rest[..wanted.min(rest.len())];
        self.at = offset + payload.len();
        self.in_scan = marker == 0xda;
        Some(Segment { marker, payload, offset })
    }
}

/// Columns and rows of a JPEG by its first frame header.
pub(super) fn frame_size(data: &[u8]) -> Option<(u32, u32)> {
    if !data.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let frame = Segments::new(data)
        .take(1000)
        .find(|s| matches!(s.marker, 0xc0..=0xcf) && !matches!(s.marker, 0xc4 | 0xc8 | 0xcc))?;
    Some((u32::from(u16_be(frame.payload, 3)?), u32::from(u16_be(frame.payload, 1)?)))
}

/// The parts of one extended XMP packet by their place in it.
struct Extended<'a> {
    length: u32,
    parts: BTreeMap<u32, &'a [u8]>,
}

/// Blocks that are spread over several segments.
#[derive(Default)]
struct Spread<'a> {
    photoshop: Vec<u8>,
    icc: BTreeMap<u8, &'a [u8]>,
    icc_parts: u8,
    /// Extended XMP by the packet's id.
    extended: BTreeMap<&'a [u8], Extended<'a>>,
    extension_id: Option<String>,
}

/// Reads the metadata of a JPEG.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    let mut spread = Spread::default();
    let mut segments = Segments::new(data);
    let mut count = 0;
    for segment in segments.by_ref() {
        count += 1;
        if count > MAX_SEGMENTS {
            out.warn(format!("more than {MAX_SEGMENTS} segments, the rest is not read"));
            break;
        }
        match segment.marker {
            0xe0..=0xef => application(&segment, &mut spread, out),
            0xfe => comment(segment.payload, out),
            _ => {}
        }
    }
    if let Some(fault) = segments.fault {
        out.warn(fault);
    }
    finish(&spread, out);
}

fn comment(payload: &[u8], out: &mut Collector<'_>) {
    let text = utf8_or_latin1(payload);
    out.entry("JPEG comment", "Comment", &text, true);
    generator::inspect("JPEG comment", "Comment", &text, text.len() as u64, out);
    // Encoders sign in comments. Only these forms are taken for names of programs, as a comment is free text.
    const SIGNS: &[&str] = &[
        "CREATOR: ",
        "Created with ",
        "File written by ",
        "File source: ",
        "LEAD Technologies",
        "Lavc",
        "Optimized by ",
        "Optimized with ",
        "Compressed by ",
        "Processed By ",
        "Intel(R) JPEG Library",
        "Handmade Software",
        "ACD Systems",
        "AppleMark",
        "PICASA",
    ];
    let line = text.lines().next().unwrap_or("").trim();
    if line.len() < 120 && SIGNS.iter().any(|sign| line.starts_with(sign)) {
        out.software("JPEG comment", line);
    }
}

fn application<'a>(segment: &Segment<'a>, spread: &mut Spread<'a>, out: &mut Collector<'_>) {
    let Segment { marker, payload, offset } = *segment;
    let after = |head: &[u8]| payload.strip_prefix(head);
    match marker {
        0xe0 if payload.starts_with(b"JFIF\0") => jfif(payload, out),
        0xe0 if payload.starts_with(b"JFXX\0") => {
            out.fact("JPEG", "JFIF extension", format!("{} bytes", payload.len()))
        }
        0xe1 if payload.len() >= 6 && payload.starts_with(EXIF) => {
            exif::read_block(&payload[6..], Some(offset as u64 + 6), out);
        }
        0xe1 if payload.starts_with(XMP) => {
            let packet = &payload[XMP.len()..];
            xmp::read(packet, out);
            let id = out.found.entries.iter().rev().find(|e| e.name == "xmpNote:HasExtendedXMP");
            spread.extension_id = spread.extension_id.take().or_else(|| id.map(|e| e.value.clone()));
        }
        0xe1 if payload.starts_with(XMP_EXTENSION) => {
            let rest = &payload[XMP_EXTENSION.len()..];
            let (Some(id), Some(length), Some(place)) = (rest.get(..32), u32_be(rest, 32), u32_be(rest, 36))
            else {
                return out.warn("extended XMP segment ends within its header");
            };
            let packet =
                spread.extended.entry(id).or_insert_with(|| Extended { length, parts: BTreeMap::new() });
            packet.parts.insert(place, &rest[40..]);
        }
        0xe2 if payload.starts_with(ICC) => match payload.get(12..14) {
            Some(&[part, parts]) => {
                spread.icc_parts = spread.icc_parts.max(parts);
                if spread.icc.insert(part, &payload[14..]).is_some() {
                    out.warn(format!("ICC profile has part {part} twice"));
                }
            }
            _ => out.warn("ICC segment ends within its header"),
        },
        0xe2 if payload.starts_with(MULTI_PICTURE) => multi_picture(&payload[4..], out),
        0xec if payload.starts_with(b"Ducky") => ducky(&payload[5..], out),
        0xed if payload.starts_with(PHOTOSHOP) => {
            spread.photoshop.extend_from_slice(&payload[PHOTOSHOP.len()..]);
        }
        0xee if payload.starts_with(b"Adobe") => adobe(payload, out),
        _ => {
            let word: Vec<u8> = payload.iter().copied().take(16).take_while(u8::is_ascii_graphic).collect();
            let word = if word.len() >= 2 { text_of(&word) } else { "unnamed".to_owned() };
            let head = if after(b"JP").is_some() && marker == 0xeb {
                "JPEG universal metadata (JUMBF)"
            } else {
                &word
            };
            out.fact(
                "JPEG",
                &format!("APP{} segment", marker - 0xe0),
                format!("{head}, {} bytes", payload.len()),
            );
        }
    }
}

fn jfif(payload: &[u8], out: &mut Collector<'_>) {
    let (Some(&[major, minor, units]), Some(x), Some(y)) =
        (payload.get(5..8), u16_be(payload, 8), u16_be(payload, 10))
    else {
        return out.warn("JFIF segment ends within its fields");
    };
    let unit = match units {
        0 => "aspect ratio only",
        1 => "dots per inch",
        2 => "dots per cm",
        _ => "unknown unit",
    };
    out.fact("JPEG", "JFIF version", format!("{major}.{minor:02}"));
    out.fact("JPEG", "JFIF density", format!("{x}x{y}, {unit}"));
    if let Some(&[width, height]) = payload.get(12..14)
        && width > 0
        && height > 0
    {
        out.fact("JPEG", "JFIF thumbnail", format!("{width}x{height}"));
    }
}

fn adobe(payload: &[u8], out: &mut Collector<'_>) {
    let (Some(version), Some(&transform)) = (u16_be(payload, 5), payload.get(11)) else {
        return out.warn("Adobe segment ends within its fields");
    };
    let transform = match transform {
        0 => "0 (RGB or CMYK)",
        1 => "1 (YCbCr)",
        2 => "2 (YCCK)",
        _ => "unknown",
    };
    out.fact("JPEG", "Adobe version", version.to_string());
    out.fact("JPEG", "Adobe transform", transform);
}

/// Photoshop's "Save for Web" writes its quality here.
fn ducky(payload: &[u8], out: &mut Collector<'_>) {
    let mut rest = payload;
    while let (Some(tag @ 1..), Some(length)) = (u16_be(rest, 0), u16_be(rest, 2)) {
        let Some(value) = rest.get(4..4 + usize::from(length)) else {
            return out.warn("Ducky segment ends within a field");
        };
        match tag {
            1 => out.fact(
                "JPEG",
                "Ducky quality",
                u32_be(value, 0).map_or_else(String::new, |q| q.to_string()),
            ),
            // Text behind its number of characters.
            2 | 3 => {
                let text = super::collect::utf16(value.get(4..).unwrap_or(&[]), true);
                out.entry("JPEG", if tag == 2 { "Ducky comment" } else { "Ducky copyright" }, &text, true);
            }
            _ => {}
        }
        rest = &rest[4 + usize::from(length)..];
    }
}

/// Multi-Picture Format (CIPA DC-007): further pictures behind this one.
fn multi_picture(payload: &[u8], out: &mut Collector<'_>) {
    let count = Tiff::open(payload).ok().and_then(|(tiff, first)| {
        let directory = tiff.directory(first).ok()?;
        directory.fields.iter().find(|f| f.tag == 0xb001).and_then(|f| f.unsigned(tiff, 0))
    });
    match count {
        Some(count) => out.fact("JPEG", "Multi-picture images", count.to_string()),
        None => out.warn("multi-picture segment does not tell its number of pictures"),
    }
}

fn finish(spread: &Spread<'_>, out: &mut Collector<'_>) {
    if !spread.photoshop.is_empty() {
        iptc::read_resources(&spread.photoshop, out);
    }
    if !spread.icc.is_empty() {
        let missing = (1..=spread.icc_parts).filter(|part| !spread.icc.contains_key(part)).count();
        if missing > 0 {
            out.warn(format!("ICC profile lacks {missing} of its {} parts", spread.icc_parts));
        }
        let profile: Vec<u8> = spread.icc.values().flat_map(|part| part.iter().copied()).collect();
        icc::read(&profile, out);
    }
    for (id, Extended { length, parts }) in &spread.extended {
        if spread.extension_id.as_deref().is_none_or(|wanted| wanted.as_bytes() != *id) {
            out.warn("extended XMP that the main packet does not name is not read");
            continue;
        }
        if !out.fits("extended XMP", u64::from(*length)) {
            continue;
        }
        let mut whole = vec![];
        for (place, part) in parts {
            if *place as usize != whole.len() {
                break;
            }
            whole.extend_from_slice(part);
        }
        if whole.len() != *length as usize {
            out.warn(format!("extended XMP has {} of {length} bytes", whole.len()));
        }
        xmp::read_extension(&whole, out);
    }
}
