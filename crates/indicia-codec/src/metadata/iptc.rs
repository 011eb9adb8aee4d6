//! IPTC-IIM datasets (IIM version 4.2) and the Photoshop image resources that carry them.

use super::collect::{Collector, MAX_VALUE, clean, text_of, utf8_or_latin1};
use super::{DateRole, Timestamp, icc, xmp};
use crate::bytes::{u16_be, u32_be};

/// Datasets of one block that are listed.
const MAX_DATASETS: usize = 2000;
/// Resources of one block that are listed.
const MAX_RESOURCES: usize = 500;

/// Datasets of the application record (2): number, name, technical or identifying.
const APPLICATION: &[(u8, &str, bool)] = &[
    (0, "RecordVersion", false),
    (3, "ObjectTypeReference", false),
    (4, "ObjectAttributeReference", false),
    (5, "ObjectName", true),
    (7, "EditStatus", false),
    (10, "Urgency", false),
    (12, "SubjectReference", true),
    (15, "Category", true),
    (20, "SupplementalCategory", true),
    (22, "FixtureIdentifier", true),
    (25, "Keywords", true),
    (26, "ContentLocationCode", true),
    (27, "ContentLocationName", true),
    (30, "ReleaseDate", false),
    (35, "ReleaseTime", false),
    (37, "ExpirationDate", false),
    (38, "ExpirationTime", false),
    (40, "SpecialInstructions", true),
    (42, "ActionAdvised", false),
    (55, "DateCreated", false),
    (60, "TimeCreated", false),
    (62, "DigitalCreationDate", false),
    (63, "DigitalCreationTime", false),
    (65, "OriginatingProgram", false),
    (70, "ProgramVersion", false),
    (75, "ObjectCycle", false),
    (80, "Byline", true),
    (85, "BylineTitle", true),
    (90, "City", true),
    (92, "Sublocation", true),
    (95, "ProvinceState", true),
    (100, "CountryCode", true),
    (101, "Country", true),
    (103, "OriginalTransmissionReference", true),
    (105, "Headline", true),
    (110, "Credit", true),
    (115, "Source", true),
    (116, "CopyrightNotice", true),
    (118, "Contact", true),
    (120, "Caption", true),
    (122, "Writer", true),
    (130, "ImageType", false),
    (131, "ImageOrientation", false),
    (135, "LanguageIdentifier", false),
    (228, "Prefs", false),
];

/// Datasets of the envelope record (1).
const ENVELOPE: &[(u8, &str, bool)] = &[
    (0, "EnvelopeRecordVersion", false),
    (5, "Destination", true),
    (20, "FileFormat", false),
    (22, "FileVersion", false),
    (30, "ServiceIdentifier", true),
    (40, "EnvelopeNumber", true),
    (50, "ProductID", true),
    (60, "EnvelopePriority", false),
    (70, "DateSent", false),
    (80, "TimeSent", false),
    (90, "CodedCharacterSet", false),
    (100, "UniqueObjectName", true),
];

/// Reads IPTC-IIM datasets.
pub(super) fn read_iim(data: &[u8], out: &mut Collector<'_>) {
    if !out.fits("IPTC block", data.len() as u64) {
        return;
    }
    let mut at = 0;
    let mut count = 0;
    let mut texts: Vec<(u8, String)> = vec![];
    while let Some([0x1c, record, dataset, high, low]) = data.get(at..).and_then(|d| d.first_chunk()) {
        at += 5;
        let mut length = usize::from(u16::from_be_bytes([*high, *low]));
        if length & 0x8000 != 0 {
            // Extended dataset: the lower bits give the number of bytes of the length itself.
            let size = length & 0x7fff;
            let Some(bytes) = data.get(at..at.saturating_add(size)).filter(|_| size <= 8) else {
                return out.warn(format!("IPTC dataset {record}:{dataset} has a length of {size} bytes"));
            };
            length = bytes
                .iter()
                .try_fold(0_usize, |n, &b| n.checked_mul(256)?.checked_add(b.into()))
                .unwrap_or(usize::MAX);
            at += size;
        }
        let Some(value) = at.checked_add(length).and_then(|end| data.get(at..end)) else {
            return out.warn(format!(
                "IPTC dataset {record}:{dataset} has {length} bytes, {} are left",
                data.len() - at
            ));
        };
        at += length;
        count += 1;
        if count > MAX_DATASETS {
            return out
                .warn(format!("IPTC block has more than {MAX_DATASETS} datasets, the rest is not read"));
        }
        out.found.has_iptc = true;
        dataset_entry(*record, *dataset, value, &mut texts, out);
    }
    if data.get(at..).is_some_and(|rest| rest.iter().any(|&b| b != 0)) {
        out.warn(format!("IPTC block has {} bytes behind its last dataset", data.len() - at));
    }
    dates(&texts, out);
}

fn dataset_entry(
    record: u8,
    dataset: u8,
    value: &[u8],
    texts: &mut Vec<(u8, String)>,
    out: &mut Collector<'_>,
) {
    let table = match record {
        1 => ENVELOPE,
        2 => APPLICATION,
        _ => &[],
    };
    let known = table.iter().find(|(number, ..)| *number == dataset);
    let name = known.map_or_else(|| format!("{record}:{dataset}"), |(_, name, _)| (*name).to_owned());
    let identifying = known.is_none_or(|(_, _, identifying)| *identifying);
    let text = match (record, dataset) {
        (1 | 2, 0) | (1, 20 | 22) => u16_be(value, 0).map(|n| n.to_string()).unwrap_or_default(),
        (1, 90) if value == b"\x1b%G" => "UTF-8".to_owned(),
        _ => utf8_or_latin1(&value[..value.len().min(4 * MAX_VALUE)]),
    };
    let length = if value.len() > 4 * MAX_VALUE { value.len() as u64 } else { text.len() as u64 };
    out.entry_of_length("IPTC", &name, &text, length, identifying);
    if record == 2 && matches!(dataset, 55 | 60 | 62 | 63 | 65 | 70) {
        texts.push((dataset, clean(&text)));
    }
}

fn dates(texts: &[(u8, String)], out: &mut Collector<'_>) {
    let first = |wanted| texts.iter().find(|(n, _)| *n == wanted).map(|(_, text)| text.as_str());
    for (role, date, time, field) in [
        (DateRole::Captured, 55, 60, "IPTC DateCreated"),
        (DateRole::Digitized, 62, 63, "IPTC DigitalCreationDate"),
    ] {
        let Some(day) = first(date) else { continue };
        let text = first(time).map_or_else(|| day.to_owned(), |clock| format!("{day}T{clock}"));
        out.date(role, field, &text, Timestamp::parse(&text).or_else(|| Timestamp::parse(day)));
    }
    if let Some(program) = first(65) {
        let name = first(70).map_or_else(|| program.to_owned(), |version| format!("{program} {version}"));
        out.software("IPTC OriginatingProgram", &name);
    }
}

/// Ids of Photoshop image resources (Adobe Photoshop File Formats Specification).
const RESOURCES: &[(u16, &str)] = &[
    (0x03e9, "MacintoshPrintInfo"),
    (0x03ed, "ResolutionInfo"),
    (0x03ee, "AlphaChannelsNames"),
    (0x03f3, "PrintFlags"),
    (0x03f5, "ColorHalftoningInfo"),
    (0x03f8, "ColorTransferFunctions"),
    (0x0400, "LayerState"),
    (0x0402, "LayersGroupInfo"),
    (0x0404, "IPTC"),
    (0x0406, "JPEGQuality"),
    (0x0408, "GridAndGuides"),
    (0x0409, "ThumbnailOld"),
    (0x040a, "CopyrightFlag"),
    (0x040b, "URL"),
    (0x040c, "Thumbnail"),
    (0x040d, "GlobalAngle"),
    (0x040f, "ICCProfile"),
    (0x0410, "Watermark"),
    (0x0414, "DocumentSpecificIDs"),
    (0x0419, "GlobalAltitude"),
    (0x041a, "Slices"),
    (0x041e, "URLList"),
    (0x0421, "VersionInfo"),
    (0x0422, "EXIF"),
    (0x0424, "XMP"),
    (0x0425, "IPTCDigest"),
    (0x0426, "PrintScale"),
    (0x0428, "PixelAspectRatio"),
    (0x0435, "MeasurementScale"),
    (0x043a, "PrintInformation"),
    (0x043b, "PrintStyle"),
    (0x0bb7, "ClippingPathName"),
    (0x2710, "PrintFlagsInfo"),
];

/// Reads a run of Photoshop image resources (`8BIM` blocks).
pub(super) fn read_resources(data: &[u8], out: &mut Collector<'_>) {
    if !out.fits("Photoshop resource block", data.len() as u64) {
        return;
    }
    let mut at = 0;
    let mut count = 0;
    while let Some(head) = data.get(at..).filter(|rest| rest.iter().any(|&b| b != 0)) {
        let Some((id, name, value, used)) = resource(head) else {
            return out.warn(format!("Photoshop resource at byte {at} of its block is damaged"));
        };
        count += 1;
        if count > MAX_RESOURCES {
            return out.warn(format!("more than {MAX_RESOURCES} Photoshop resources, the rest is not read"));
        }
        let known = RESOURCES.iter().find(|(number, _)| *number == id).map_or("", |(_, name)| name);
        let label = if known.is_empty() { format!("Resource 0x{id:04x}") } else { known.to_owned() };
        match id {
            0x0404 => read_iim(value, out),
            0x0424 => xmp::read(value, out),
            0x040f => icc::read(value, out),
            _ => {}
        }
        let text = match id {
            0x0406 => u16_be(value, 0).map(jpeg_quality).unwrap_or_default(),
            0x0425 => format!("{} bytes", value.len()),
            0x040b => text_of(value),
            0x040a => value.first().map(ToString::to_string).unwrap_or_default(),
            _ if name.is_empty() => format!("{} bytes", value.len()),
            _ => format!("{} bytes, named {name}", value.len()),
        };
        out.entry("Photoshop", &label, &text, id == 0x040b || !name.is_empty());
        at += used;
    }
}

/// Photoshop's quality setting: 0 to 12 are stored as -4 to 8.
fn jpeg_quality(stored: u16) -> String {
    (i32::from(stored as i16) + 4).to_string()
}

/// Id, name and value of the resource at the beginning of `data`, and its length.
fn resource(data: &[u8]) -> Option<(u16, String, &[u8], usize)> {
    if !matches!(data.first_chunk()?, b"8BIM" | b"MeSa" | b"AgHg" | b"PHUT" | b"DCSR") {
        return None;
    }
    let id = u16_be(data, 4)?;
    // The name is a Pascal string padded to an even length, and so is the value.
    let name_length = usize::from(*data.get(6)?);
    let name = data.get(7..7 + name_length)?;
    let length_at = 6 + (1 + name_length).next_multiple_of(2);
    let length = u32_be(data, length_at)? as usize;
    let end = (length_at + 4).checked_add(length)?;
    let value = data.get(length_at + 4..end)?;
    Some((id, utf8_or_latin1(name), value, end.checked_next_multiple_of(2)?))
}
