//! Markers of a JPEG in order, what is unusual about them, and what follows the picture.

use std::ops::Range;

use indicia_codec::jpeg::{HuffmanTable, Jpeg, Process, Segment};

/// Code counts of the Huffman tables of ITU-T T.81, annex K.3: DC luma, DC chroma, AC luma, AC chroma.
const STANDARD_COUNTS: [(bool, [u8; 16]); 4] = [
    (false, [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
    (false, [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]),
    (true, [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125]),
    (true, [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119]),
];

/// Name of a marker by its second byte.
pub(crate) fn marker_name(marker: u8) -> String {
    match marker {
        0x01 => "TEM".into(),
        0xC4 => "DHT".into(),
        0xC8 => "JPG".into(),
        0xCC => "DAC".into(),
        0xC0..=0xCF => format!("SOF{}", marker - 0xC0),
        0xD0..=0xD7 => format!("RST{}", marker - 0xD0),
        0xD8 => "SOI".into(),
        0xD9 => "EOI".into(),
        0xDA => "SOS".into(),
        0xDB => "DQT".into(),
        0xDC => "DNL".into(),
        0xDD => "DRI".into(),
        0xDE => "DHP".into(),
        0xDF => "EXP".into(),
        0xE0..=0xEF => format!("APP{}", marker - 0xE0),
        0xF0..=0xFD => format!("JPG{}", marker - 0xF0),
        0xFE => "COM".into(),
        _ => format!("0xFF{marker:02X}"),
    }
}

/// What an application segment holds, by its identifier.
pub(crate) fn content(bytes: &[u8], segment: &Segment) -> Option<&'static str> {
    let payload = bytes.get(segment.payload.clone())?;
    let known: &[(u8, &[u8], &'static str)] = &[
        (0xE0, b"JFIF\0", "JFIF"),
        (0xE0, b"JFXX\0", "JFXX"),
        (0xE0, b"AVI1", "AVI1"),
        (0xE1, b"Exif\0", "Exif"),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0", "XMP"),
        (0xE1, b"http://ns.adobe.com/xmp/extension/\0", "XMP extension"),
        (0xE2, b"ICC_PROFILE\0", "ICC"),
        (0xE2, b"MPF\0", "MPF"),
        (0xE2, b"FPXR\0", "FlashPix"),
        (0xEB, b"JP", "JUMBF"),
        (0xEC, b"Ducky", "Ducky"),
        (0xED, b"Photoshop 3.0\0", "Photoshop"),
        (0xED, b"Adobe_CM", "Adobe_CM"),
        (0xEE, b"Adobe", "Adobe"),
    ];
    known
        .iter()
        .find(|(marker, prefix, _)| *marker == segment.marker && payload.starts_with(prefix))
        .map(|(_, _, name)| *name)
}

/// The markers in order, runs of one kind drawn together, restart markers left out:
/// `SOI APP0(JFIF) DQT*2 SOF0 DHT*4 SOS EOI`.
pub(crate) fn signature(bytes: &[u8], segments: &[Segment]) -> String {
    let mut words: Vec<(String, usize)> = vec![];
    for segment in segments.iter().filter(|s| !(0xD0..=0xD7).contains(&s.marker)) {
        let name = marker_name(segment.marker);
        let word = content(bytes, segment).map_or_else(|| name.clone(), |c| format!("{name}({c})"));
        match words.last_mut() {
            Some((last, count)) if *last == word => *count += 1,
            _ => words.push((word, 1)),
        }
    }
    let words = words.into_iter().map(|(word, n)| if n > 1 { format!("{word}*{n}") } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether the file's Huffman tables are those of annex K.3 by their code counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Huffman {
    Standard,
    Optimised,
    /// Abbreviated stream without tables of its own.
    None,
}

/// See [`Huffman`].
pub(crate) fn huffman(tables: &[HuffmanTable]) -> Huffman {
    if tables.is_empty() {
        return Huffman::None;
    }
    let standard = |t: &HuffmanTable| STANDARD_COUNTS.contains(&(t.ac, t.counts));
    if tables.iter().all(standard) { Huffman::Standard } else { Huffman::Optimised }
}

/// What is worth knowing of the layout, each in a phrase.
pub(crate) fn notes(bytes: &[u8], jpeg: &Jpeg) -> Vec<String> {
    let holds = |name: &str| jpeg.segments.iter().filter(|s| content(bytes, s) == Some(name)).count();
    let count = |marker: u8| jpeg.segments.iter().filter(|s| s.marker == marker).count();
    let mut out = vec![match jpeg.process {
        Process::Baseline => "baseline".to_owned(),
        Process::ExtendedSequential => "extended sequential, rarely written by cameras".to_owned(),
        Process::Progressive => {
            format!("progressive with {} scans, as the web and editors write", jpeg.scans.len())
        }
    }];
    out.push(match huffman(&jpeg.huffman) {
        Huffman::Standard => "standard Huffman tables, as most cameras write".to_owned(),
        Huffman::Optimised => {
            "Huffman tables optimised for this picture, as editors and web tools write".to_owned()
        }
        Huffman::None => "no Huffman tables of its own".to_owned(),
    });
    match (holds("JFIF"), holds("Exif")) {
        (0, 0) => out.push("neither JFIF nor EXIF".to_owned()),
        (jfif, exif) if jfif > 0 && exif > 0 => {
            out.push("both JFIF and EXIF, which a camera rarely writes and software often does".to_owned());
        }
        (jfif, exif) if jfif > 1 || exif > 1 => out.push(format!("{jfif} JFIF and {exif} EXIF segments")),
        _ => {}
    }
    if let Some(transform) = jpeg.adobe_transform {
        out.push(format!("Adobe marker (colour transform {transform})"));
    }
    for (name, phrase) in [
        ("Photoshop", "Photoshop resources"),
        ("Ducky", "Photoshop save-for-web marker"),
        ("JUMBF", "JUMBF boxes (C2PA lives there)"),
        ("MPF", "multi-picture index (MPF)"),
    ] {
        if holds(name) > 0 {
            out.push(phrase.to_owned());
        }
    }
    if jpeg.restart_interval > 0 {
        out.push(format!("restart interval of {} MCUs", jpeg.restart_interval));
    }
    if count(0xFE) > 0 {
        out.push(format!("{} comment segments", count(0xFE)));
    }
    let mut slots: Vec<u8> = jpeg.quantization.iter().map(|t| t.slot).collect();
    slots.sort_unstable();
    if slots.windows(2).any(|pair| pair[0] == pair[1]) {
        out.push("a quantisation table is defined more than once".to_owned());
    }
    if jpeg.quantization.iter().any(|t| t.bits == 16) {
        out.push("16-bit quantisation tables".to_owned());
    }
    if jpeg.process != Process::Progressive && jpeg.scans.len() > 1 {
        out.push(format!("{} scans, components not interleaved", jpeg.scans.len()));
    }
    out
}

/// Bytes after the end of the picture that are of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trailing {
    /// What it is, in words.
    pub kind: &'static str,
    /// Where.
    pub range: Range<usize>,
    /// Offsets of what looks like the beginning of a JPEG.
    pub jpegs: Vec<usize>,
}

/// Looks at what follows the picture; `None` if nothing does.
pub(crate) fn trailing(bytes: &[u8], range: Range<usize>) -> Option<Trailing> {
    let data = bytes.get(range.clone()).filter(|data| !data.is_empty())?;
    let starts = |prefix: &[u8]| data.starts_with(prefix);
    let kind = if data.iter().all(|b| *b == 0 || *b == 0xFF) {
        "padding"
    } else if starts(b"\xFF\xD8\xFF") {
        "another JPEG"
    } else if data.get(4..8) == Some(b"ftyp") {
        "a video (MP4), as in motion photos"
    } else if starts(b"PK\x03\x04") || data.windows(4).any(|w| w == b"PK\x05\x06") {
        "a ZIP archive"
    } else if starts(b"%PDF") {
        "a PDF"
    } else if starts(b"\x89PNG") {
        "a PNG"
    } else if starts(b"Rar!") || starts(b"7z\xBC\xAF") {
        "an archive"
    } else if data.windows(4).any(|w| w == b"SEFH" || w == b"SEFT") {
        "Samsung trailer"
    } else if data.iter().all(|b| matches!(b, 9 | 10 | 13 | 32..=126)) {
        "text"
    } else {
        "data of unknown kind"
    };
    let jpegs = data
        .windows(3)
        .enumerate()
        .filter(|(_, w)| *w == b"\xFF\xD8\xFF")
        .map(|(at, _)| range.start + at)
        .take(16)
        .collect();
    Some(Trailing { kind, range, jpegs })
}

/// Number of pictures that a multi-picture index (CIPA DC-007, tag 0xB001) declares.
pub(crate) fn declared_pictures(bytes: &[u8], segments: &[Segment]) -> Option<u32> {
    let segment = segments.iter().find(|s| content(bytes, s) == Some("MPF"))?;
    let tiff = bytes.get(segment.payload.clone())?.get(4..)?;
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let b: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) })
    };
    let u32_at = |at: usize| {
        let b: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    };
    let directory = usize::try_from(u32_at(4)?).ok()?;
    let entries = usize::from(u16_at(directory)?);
    (0..entries).find_map(|entry| {
        let at = directory.checked_add(2 + 12 * entry)?;
        if u16_at(at)? == 0xB001 { u32_at(at.checked_add(8)?) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, payload: Range<usize>) -> Segment {
        Segment { marker, offset: payload.start.saturating_sub(4), payload }
    }

    #[test]
    fn the_signature_draws_runs_together_and_names_contents() {
        let bytes = b"....JFIF\0....Exif\0\0";
        let segments = [
            segment(0xD8, 0..0),
            segment(0xE0, 4..9),
            segment(0xE1, 13..19),
            segment(0xDB, 0..0),
            segment(0xDB, 0..0),
            segment(0xC2, 0..0),
            segment(0xDA, 0..0),
            segment(0xD0, 0..0),
            segment(0xD9, 0..0),
        ];
        assert_eq!(signature(bytes, &segments), "SOI APP0(JFIF) APP1(Exif) DQT*2 SOF2 SOS EOI");
        // A payload that reaches beyond the file is no content.
        assert_eq!(content(bytes, &segment(0xE0, 4..900)), None);
    }

    #[test]
    fn trailing_bytes_are_told_apart() {
        let kind = |data: &[u8]| trailing(data, 0..data.len()).map(|t| t.kind);
        assert_eq!(kind(b""), None);
        assert_eq!(kind(b"\0\0\xFF"), Some("padding"));
        assert_eq!(kind(b"\xFF\xD8\xFF\xE0"), Some("another JPEG"));
        assert_eq!(kind(b"\0\0\0\x18ftypmp42"), Some("a video (MP4), as in motion photos"));
        assert_eq!(kind(b"hello\n"), Some("text"));
        assert_eq!(kind(b"\x01\x02\x03"), Some("data of unknown kind"));
        assert_eq!(trailing(b"ab", 1..9), None);
        let two = trailing(b"xx\xFF\xD8\xFF__\xFF\xD8\xFF", 2..10).unwrap();
        assert_eq!(two.jpegs, [2, 7]);
    }

    #[test]
    fn a_multi_picture_index_tells_how_many() {
        let mut bytes = b"MPF\0MM\0*\0\0\0\x08\0\x02".to_vec();
        bytes.extend(*b"\xB0\0\0\x07\0\0\0\x040100");
        bytes.extend(*b"\xB0\x01\0\x04\0\0\0\x01\0\0\0\x03");
        let whole = [segment(0xE2, 0..bytes.len())];
        assert_eq!(declared_pictures(&bytes, &whole), Some(3));
        for end in 0..bytes.len() {
            assert_eq!(declared_pictures(&bytes[..end], &[segment(0xE2, 0..end)]), None);
        }
    }

    #[test]
    fn huffman_tables_are_standard_only_if_all_are() {
        let table = |ac, counts| HuffmanTable { ac, slot: 0, counts, symbols: vec![], offset: 0 };
        let standard: Vec<_> = STANDARD_COUNTS.iter().map(|(ac, counts)| table(*ac, *counts)).collect();
        assert_eq!(huffman(&standard), Huffman::Standard);
        assert_eq!(huffman(&[]), Huffman::None);
        let mut changed = standard;
        changed[3].counts[15] -= 1;
        assert_eq!(huffman(&changed), Huffman::Optimised);
    }
}
