//! The header of a DICOM file as metadata.

use dicom_core::Tag;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_dictionary_std::StandardDataDictionary;
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};
use indicia_core::{Evidence, Result};

use super::walk::{Element, Layout};
use crate::metadata::{Collector, DateRole, Metadata, Timestamp};

/// Attributes of free text and identifiers that tell of machines and codes, not of persons.
const TECHNICAL: &[&str] = &[
    "Manufacturer",
    "ManufacturerModelName",
    "SoftwareVersions",
    "ImplementationVersionName",
    "CodeValue",
    "CodingSchemeDesignator",
    "CodingSchemeVersion",
    "CodeMeaning",
    "TransferSyntaxUID",
    "SOPClassUID",
    "MediaStorageSOPClassUID",
    "ReferencedSOPClassUID",
    "ImplementationClassUID",
    "DerivationDescription",
    "LossyImageCompressionMethod",
    "ConvolutionKernel",
    "ReceiveCoilName",
    "TransmitCoilName",
    "WindowCenterWidthExplanation",
    "RescaleType",
];

/// Reads the header. Every element is listed, those inside sequences with the number of the sequences they
/// stand in.
///
/// # Errors
/// Those of reading the file's structure.
pub(crate) fn read(evidence: &Evidence) -> Result<Metadata> {
    let layout = evidence.view::<Layout>(())?;
    let bytes = evidence.bytes();
    let mut out = Collector::new(evidence.limits());
    for element in &layout.meta {
        let name = name(element.tag);
        let value = value(element, &bytes[element.value.clone()], true, None);
        list(&mut out, "DICOM file", &name, element, &value);
    }
    let charset = layout.value(bytes, 0x0008_0005).and_then(charset);
    let data = layout.data(bytes);
    for element in &layout.elements {
        let group = match element.depth {
            0 => "DICOM".to_owned(),
            1 => "DICOM sequence".to_owned(),
            depth => format!("DICOM sequence, {depth} deep"),
        };
        let raw = data.get(element.value.clone()).unwrap_or_default();
        let value = value(element, raw, layout.syntax.little, charset.as_ref());
        list(&mut out, &group, &name(element.tag), element, &value);
    }
    dates(&layout, bytes, &mut out);
    for warning in &layout.warnings {
        out.warn(warning.clone());
    }
    Ok(out.finish())
}

fn list(out: &mut Collector<'_>, group: &str, name: &str, element: &Element, value: &str) {
    out.entry(group, name, value, identifying(element, name));
    let software = matches!(name, "SoftwareVersions" | "ImplementationVersionName");
    if software && element.depth == 0 {
        out.software(format!("{group} {name}"), value);
    }
}

/// Names, dates, times, places, free text, identifiers and whatever is private may tell who someone is
/// (PS3.15, annex E).
fn identifying(element: &Element, name: &str) -> bool {
    if element.tag >> 16 & 1 == 1 || name.starts_with("Patient") {
        return true;
    }
    let telling = matches!(
        &element.vr,
        b"PN"
            | b"DA"
            | b"DT"
            | b"TM"
            | b"AS"
            | b"LO"
            | b"LT"
            | b"SH"
            | b"ST"
            | b"UC"
            | b"UI"
            | b"UR"
            | b"UT"
            | b"UN"
            | b"AE"
    );
    telling && !TECHNICAL.contains(&name)
}

fn name(tag: u32) -> String {
    let (group, element) = ((tag >> 16) as u16, tag as u16);
    match StandardDataDictionary.by_tag(Tag(group, element)) {
        Some(entry) if element != 0 => entry.alias().to_owned(),
        _ => format!("({group:04x},{element:04x})"),
    }
}

/// The character set of a file's text (PS3.3, C.12.1.1.2): of several the first that is given.
fn charset(value: &[u8]) -> Option<SpecificCharacterSet> {
    let text = String::from_utf8_lossy(value);
    let mut codes =
        text.split('\\').map(|code| code.trim_matches(['\0', ' '])).filter(|code| !code.is_empty());
    codes.find_map(SpecificCharacterSet::from_code)
}

/// A value as text; bytes that are none as their number.
fn value(element: &Element, raw: &[u8], little: bool, charset: Option<&SpecificCharacterSet>) -> String {
    const MOST_NUMBERS: usize = 32;
    let numbers = |size: usize, show: &dyn Fn([u8; 8]) -> String| {
        let values: Vec<String> = raw
            .chunks_exact(size)
            .take(MOST_NUMBERS)
            .map(|chunk| {
                // The number's bytes, the lowest first.
                let mut wide = [0; 8];
                wide[..size].copy_from_slice(chunk);
                if !little {
                    wide[..size].reverse();
                }
                show(wide)
            })
            .collect();
        let more = if raw.len() / size > MOST_NUMBERS { "\\..." } else { "" };
        values.join("\\") + more
    };
    let u16_of = |b: [u8; 8]| u16::from_le_bytes([b[0], b[1]]);
    let u32_of = |b: [u8; 8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    match &element.vr {
        b"US" => numbers(2, &|b| u16_of(b).to_string()),
        b"SS" => numbers(2, &|b| (u16_of(b) as i16).to_string()),
        b"UL" => numbers(4, &|b| u32_of(b).to_string()),
        b"SL" => numbers(4, &|b| (u32_of(b) as i32).to_string()),
        b"UV" => numbers(8, &|b| u64::from_le_bytes(b).to_string()),
        b"SV" => numbers(8, &|b| i64::from_le_bytes(b).to_string()),
        b"FL" => numbers(4, &|b| f32::from_bits(u32_of(b)).to_string()),
        b"FD" => numbers(8, &|b| f64::from_le_bytes(b).to_string()),
        b"AT" => {
            let words: Vec<String> = raw
                .as_chunks()
                .0
                .iter()
                .take(2 * MOST_NUMBERS)
                .map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) })
                .map(|word| format!("{word:04x}"))
                .collect();
            let tags: Vec<String> = words.chunks(2).map(|pair| format!("({})", pair.join(","))).collect();
            tags.join("\\")
        }
        b"SQ" => "sequence".to_owned(),
        b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"UN" => format!("{} bytes", raw.len()),
        _ => {
            let decoded = charset.and_then(|charset| charset.decode(raw).ok());
            let text = decoded.unwrap_or_else(|| crate::metadata::utf8_or_latin1(raw));
            text.trim_matches(['\0', ' ']).to_owned()
        }
    }
}

/// When the picture was taken and when the file was made.
fn dates(layout: &Layout, bytes: &[u8], out: &mut Collector<'_>) {
    let text = |wanted: u32| {
        let value = layout.value(bytes, wanted)?;
        let text = String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned();
        (!text.is_empty()).then_some(text)
    };
    for (role, name, date, time) in [
        (DateRole::Captured, "AcquisitionDate", 0x0008_0022, 0x0008_0032),
        (DateRole::Captured, "ContentDate", 0x0008_0023, 0x0008_0033),
        (DateRole::Modified, "InstanceCreationDate", 0x0008_0012, 0x0008_0013),
    ] {
        let Some(day) = text(date) else { continue };
        let whole = format!("{day} {}", text(time).unwrap_or_default());
        let value = timestamp(&day, text(time).as_deref());
        out.date(role, &format!("DICOM {name}"), whole.trim(), value);
    }
}

/// `YYYYMMDD` and `HHMMSS`, of which a part may be left out.
fn timestamp(day: &str, time: Option<&str>) -> Option<Timestamp> {
    let field = |text: &str, from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let seconds = time.and_then(|time| {
        let hours = field(time, 0, 2)?;
        let (minutes, seconds) = (field(time, 2, 4).unwrap_or(0), field(time, 4, 6).unwrap_or(0));
        Some(hours * 3600 + minutes * 60 + seconds)
    });
    let (year, month, day) = (field(day, 0, 4)?, field(day, 4, 6)?, field(day, 6, 8)?);
    Timestamp::new(u16::try_from(year).ok()?, month as u8, day as u8, seconds, None)
}
