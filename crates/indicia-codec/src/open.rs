use indicia_core::{Error, Evidence, Kind, Limits, Result};

/// How far into a file the PDF header may lie (Adobe's implementation note 13 to ISO 32000-1, 7.5.2).
const PDF_HEADER_WITHIN: usize = 1024;

/// Bytes from the start that decide whether something is text.
const TEXT_PROBE: usize = 4096;

/// Tells what the bytes are, by content only. `None` if nothing is recognised.
///
/// Reads the first few kilobytes at most, and never fails.
pub fn sniff(bytes: &[u8]) -> Option<Kind> {
    let starts = |prefix: &[u8]| bytes.starts_with(prefix);
    if bytes.get(128..132) == Some(b"DICM") {
        // First of all: the preamble before it may be that of a TIFF (PS3.10, 7.1, dual-personality files).
        Some(Kind::Dicom)
    } else if starts(b"\xFF\xD8\xFF") {
        Some(Kind::Jpeg)
    } else if starts(b"\x89PNG") {
        // The four bytes after these tell what a text-mode transfer broke; the decoder names that.
        Some(Kind::Png)
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some(Kind::Gif)
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some(Kind::Webp)
    } else if is_tiff(bytes) {
        Some(Kind::Tiff)
    } else if is_bmp(bytes) {
        Some(Kind::Bmp)
    } else if is_headerless_dicom(bytes) {
        Some(Kind::Dicom)
    } else if !starts(b"PK\x03\x04")
        && bytes[..bytes.len().min(PDF_HEADER_WITHIN)].windows(5).any(|w| w == b"%PDF-")
    {
        Some(Kind::Pdf)
    } else {
        None
    }
}

/// Tells what the bytes are and whether Indicia reads them.
///
/// # Errors
/// `Input` if empty or not recognised, `Limits` if larger than [`Limits::bytes`], `Unsupported` if it is
/// recognised but not read; [`sniff`] names the kind where it has one.
pub fn identify(bytes: &[u8], limits: &Limits) -> Result<Kind> {
    if bytes.is_empty() {
        return Err(Error::input("the file is empty"));
    }
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > limits.bytes {
        return Err(Error::limits(format!(
            "the file has {length} bytes, limit {} (raise it with --limits bytes=N)",
            limits.bytes
        )));
    }
    match sniff(bytes) {
        Some(kind @ (Kind::Jpeg | Kind::Png | Kind::Tiff | Kind::Webp | Kind::Bmp | Kind::Gif)) => {
            camera_raw(bytes).map_or(Ok(kind), |raw| Err(not_read_yet(raw)))
        }
        #[cfg(feature = "dicom")]
        Some(Kind::Dicom) => Ok(Kind::Dicom),
        #[cfg(feature = "pdf")]
        Some(Kind::Pdf) => Ok(Kind::Pdf),
        Some(kind) => Err(not_read_yet(kind.name())),
        None => Err(foreign(bytes).map_or_else(|| unrecognised(bytes), not_read_yet)),
    }
}

/// What the first bytes of a file tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// A kind of evidence.
    Kind(Kind),
    /// Plain text.
    Text,
    /// Recognised and of no use as evidence: its name.
    Other(&'static str),
    /// Not recognised.
    Unknown,
}

/// Tells what a file is from its first few kilobytes, also where Indicia does not read it. Never fails.
pub fn content(head: &[u8]) -> Content {
    match (sniff(head), foreign(head)) {
        (Some(kind), _) => camera_raw(head).map_or(Content::Kind(kind), Content::Other),
        (None, Some("plain text")) => Content::Text,
        (None, Some(name)) => Content::Other(name),
        (None, None) => Content::Unknown,
    }
}

/// Makes evidence from the bytes of a file. Decodes nothing yet.
///
/// # Errors
/// Those of [`identify`].
pub fn open(bytes: Vec<u8>, limits: Limits) -> Result<Evidence> {
    let kind = identify(&bytes, &limits)?;
    Ok(Evidence::new(kind, bytes, limits))
}

fn not_read_yet(name: &str) -> Error {
    Error::unsupported(format!("{name} is recognised but not read yet"))
}

fn unrecognised(bytes: &[u8]) -> Error {
    let shown: Vec<String> = bytes.iter().take(16).map(|b| format!("{b:02x}")).collect();
    let more = if bytes.len() > 16 { " ..." } else { "" };
    Error::input(format!(
        "not recognised as JPEG, PNG, TIFF, WebP, BMP, GIF, DICOM or PDF: the file starts with {}{more}",
        shown.join(" ")
    ))
}

/// Classic TIFF, and BigTIFF with its fixed offset size of 8.
fn is_tiff(bytes: &[u8]) -> bool {
    [&b"II*\0"[..], b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"].iter().any(|m| bytes.starts_with(m))
}

/// "BM" alone begins many texts, so that the size of the information header must be a known one too.
fn is_bmp(bytes: &[u8]) -> bool {
    const HEADER_SIZES: [u32; 8] = [12, 16, 40, 52, 56, 64, 108, 124];
    bytes.starts_with(b"BM")
        && bytes
            .get(14..18)
            .and_then(|b| b.try_into().ok())
            .is_some_and(|b| HEADER_SIZES.contains(&u32::from_le_bytes(b)))
}

/// Raw files that wear TIFF's signature and whose first page is no picture of theirs.
fn camera_raw(bytes: &[u8]) -> Option<&'static str> {
    (bytes.starts_with(b"II*\0") && bytes.get(8..10) == Some(b"CR")).then_some("Canon CR2 raw")
}

/// A data set without preamble and file meta information, in any of the three uncompressed transfer
/// syntaxes: it must begin with group 0002 or 0008, and three elements in a row (or all, in a shorter file)
/// must have rising tags in even groups up to 0010 with lengths that fit.
fn is_headerless_dicom(bytes: &[u8]) -> bool {
    [(true, true), (true, false), (false, true)]
        .into_iter()
        .any(|(little, explicit)| has_dicom_elements(bytes, little, explicit))
}

fn has_dicom_elements(bytes: &[u8], little: bool, explicit: bool) -> bool {
    const WANTED: usize = 3;
    let u16_at = |at: usize| -> Option<u16> {
        let b: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(b) } else { u16::from_be_bytes(b) })
    };
    let u32_at = |at: usize| -> Option<u32> {
        let b: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(b) } else { u32::from_be_bytes(b) })
    };
    let mut at = 0_usize;
    let mut last: Option<(u16, u16)> = None;
    for found in 0..WANTED {
        if found > 0 && at == bytes.len() {
            return found >= 2;
        }
        let (Some(group), Some(element)) = (u16_at(at), u16_at(at + 2)) else { return false };
        let plausible_group = match last {
            None => group == 0x0002 || group == 0x0008,
            Some(last) => (group, element) > last && group <= 0x0010 && group % 2 == 0,
        };
        let header =
            if explicit { explicit_length(bytes, at, &u16_at, &u32_at) } else { implicit(at, &u32_at) };
        let (true, Some((value_at, length))) = (plausible_group, header) else { return false };
        // Values of the identifying groups are short; a long or odd one is no sign of DICOM.
        let Ok(length) = usize::try_from(length) else { return false };
        if length > 4096 || length % 2 == 1 || value_at.saturating_add(length) > bytes.len() {
            return false;
        }
        last = Some((group, element));
        at = value_at + length;
    }
    true
}

fn explicit_length(
    bytes: &[u8],
    at: usize,
    u16_at: &impl Fn(usize) -> Option<u16>,
    u32_at: &impl Fn(usize) -> Option<u32>,
) -> Option<(usize, u32)> {
    const SHORT: [&[u8; 2]; 20] = [
        b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN", b"SH",
        b"SL", b"SS", b"ST", b"TM", b"UI", b"UL",
    ];
    const LONG: [&[u8; 2]; 8] = [b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC", b"UR", b"OF"];
    let vr = bytes.get(at + 4..at + 6)?;
    if SHORT.iter().any(|s| &s[..] == vr) || vr == b"US" {
        Some((at + 8, u32::from(u16_at(at + 6)?)))
    } else if LONG.iter().any(|s| &s[..] == vr) {
        Some((at + 12, u32_at(at + 8)?))
    } else {
        None
    }
}

fn implicit(at: usize, u32_at: &impl Fn(usize) -> Option<u32>) -> Option<(usize, u32)> {
    Some((at + 8, u32_at(at + 4)?))
}

/// Kinds that people drop in and that have no [`Kind`]: named, so that the answer is not "unknown".
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    const AT_START: &[(&[u8], &str)] = &[
        (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
        (b"\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL"),
        (b"\xFF\x0A", "JPEG XL"),
        (b"8BPS", "Photoshop PSD"),
        (b"II\xBC\x01", "JPEG XR"),
        (b"IIRO", "Olympus ORF raw"),
        (b"IIU\0", "Panasonic RW2 raw"),
        (b"FUJIFILMCCD-RAW", "Fujifilm RAF raw"),
        (b"\0\0\x01\0", "Windows icon"),
        (b"\x1A\x45\xDF\xA3", "Matroska or WebM video"),
        (b"OggS", "Ogg"),
        (b"fLaC", "FLAC audio"),
        (b"ID3", "MP3 audio"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "Microsoft Office (OLE) document"),
        (b"{\\rtf", "RTF document"),
        (b"%!PS", "PostScript"),
        (b"\x1F\x8B", "gzip archive"),
        (b"7z\xBC\xAF\x27\x1C", "7z archive"),
        (b"Rar!\x1A\x07", "RAR archive"),
        (b"\x28\xB5\x2F\xFD", "Zstandard archive"),
        (b"SQLite format 3\0", "SQLite database"),
    ];
    if at(4, b"ftyp") {
        return Some(iso_media(bytes));
    }
    if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") {
        return Some(zip(bytes));
    }
    if at(0, b"RIFF") {
        return Some(if at(8, b"AVI ") {
            "AVI video"
        } else if at(8, b"WAVE") {
            "WAVE audio"
        } else {
            "RIFF"
        });
    }
    // Old QuickTime films have no "ftyp" box.
    if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") || at(4, b"free") {
        return Some("MP4 or QuickTime video");
    }
    AT_START.iter().find(|(magic, _)| at(0, magic)).map(|(_, name)| *name).or_else(|| text(bytes))
}

/// ISO base media files (ISO/IEC 14496-12) by their major and compatible brands.
fn iso_media(bytes: &[u8]) -> &'static str {
    let size = bytes.get(..4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
    let end = usize::try_from(size).unwrap_or(0).clamp(16, 256).min(bytes.len());
    let brands = || {
        let major = bytes.get(8..12).into_iter();
        major.chain(bytes.get(16..end).unwrap_or_default().chunks_exact(4))
    };
    let any = |wanted: &[&[u8; 4]]| brands().any(|b| wanted.iter().any(|w| &w[..] == b));
    if any(&[b"avif", b"avis"]) {
        "AVIF"
    } else if any(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) {
        "HEIC"
    } else if any(&[b"crx "]) {
        "Canon CR3 raw"
    } else if any(&[b"qt  "]) {
        "QuickTime video"
    } else if any(&[b"M4A "]) {
        "M4A audio"
    } else {
        "MP4 video"
    }
}

/// An Office Open XML or OpenDocument file is a ZIP whose first entries tell it.
fn zip(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(TEXT_PROBE)];
    let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w == needle);
    if has(b"[Content_Types].xml") || has(b"word/") || has(b"xl/") || has(b"ppt/") {
        "Microsoft Office document"
    } else if has(b"mimetypeapplication/vnd.oasis.opendocument") {
        "OpenDocument file"
    } else {
        "ZIP archive"
    }
}

/// SVG, HTML or plain text: no control characters in its first bytes, and either UTF-8, UTF-16 with its mark,
/// or an older encoding in which nine letters of ten are ASCII.
fn text(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(TEXT_PROBE)];
    if head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF") {
        return Some("plain text");
    }
    let control = |b: &u8| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | b'\x0C');
    if head.is_empty() || head.iter().any(control) {
        return None;
    }
    // The probe may cut the last character in two.
    let utf8 = std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    if !utf8 && head.iter().filter(|b| b.is_ascii()).count() * 10 < head.len() * 9 {
        return None;
    }
    let has = |needle: &[u8]| head.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle));
    Some(if has(b"<svg") {
        "SVG"
    } else if has(b"<html") {
        "HTML"
    } else {
        "plain text"
    })
}

#[cfg(test)]
mod tests {
    use indicia_core::ErrorKind;

    use super::*;

    fn answer(bytes: &[u8]) -> String {
        match open(bytes.to_vec(), Limits::default()) {
            Ok(evidence) => evidence.kind().name().to_owned(),
            Err(error) => format!("{:?}: {error}", error.kind()),
        }
    }

    #[test]
    fn each_signature_decides_the_kind() {
        let mut bmp = b"BM".to_vec();
        bmp.resize(14, 0);
        bmp.extend([40, 0, 0, 0]);
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM");
        let cases: &[(&[u8], Option<Kind>)] = &[
            (b"\xFF\xD8\xFF\xE0", Some(Kind::Jpeg)),
            (b"\xFF\xD8", None),
            (b"\x89PNG\r\n\x1A\n", Some(Kind::Png)),
            (b"\x89PNG\n\x1A\n", Some(Kind::Png)),
            (b"GIF87a", Some(Kind::Gif)),
            (b"GIF88a", None),
            (b"RIFF\0\0\0\0WEBP", Some(Kind::Webp)),
            (b"RIFF\0\0\0\0WEB", None),
            (b"II*\0\x08\0\0\0", Some(Kind::Tiff)),
            (b"MM\0*", Some(Kind::Tiff)),
            (b"II+\0\x08\0\0\0", Some(Kind::Tiff)),
            (b"MM\0+\0\x08\0\0", Some(Kind::Tiff)),
            (b"II+\0\x04\0\0\0", None),
            (&bmp, Some(Kind::Bmp)),
            (b"BMW is a car maker of Munich", None),
            (&dicom, Some(Kind::Dicom)),
            (b"\n\n%PDF-1.4", Some(Kind::Pdf)),
            (b"", None),
        ];
        for (bytes, kind) in cases {
            assert_eq!(sniff(bytes), *kind, "{bytes:?}");
        }
        // A DICOM file whose preamble is that of a TIFF.
        dicom[..4].copy_from_slice(b"II*\0");
        assert_eq!(sniff(&dicom), Some(Kind::Dicom));
        let late = |at: usize| [vec![b' '; at], b"%PDF-".to_vec()].concat();
        assert_eq!(sniff(&late(1019)), Some(Kind::Pdf));
        assert_eq!(sniff(&late(1020)), None);
    }

    #[test]
    fn content_is_named_also_where_it_is_not_read() {
        assert_eq!(content(b"\x89PNG\r\n"), Content::Kind(Kind::Png));
        assert_eq!(content("varón de 53 años".as_bytes()), Content::Text);
        assert_eq!(content(b"\x1F\x8B\x08"), Content::Other("gzip archive"));
        assert_eq!(content(b"II*\0\x10\0\0\0CR"), Content::Other("Canon CR2 raw"));
        assert_eq!(content(b"ustar"), Content::Text);
        assert_eq!(content(b"\0\x01\x02"), Content::Unknown);
        assert_eq!(content(b""), Content::Unknown);
    }

    #[test]
    fn dicom_without_a_header_needs_three_elements_in_order() {
        let element = |element: u16, vr: &[u8], value: &[u8]| {
            let mut out = vec![8, 0];
            out.extend(element.to_le_bytes());
            out.extend(vr);
            out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
            out.extend(value);
            out
        };
        let good = [
            element(5, b"CS", b"ISO_IR 100"),
            element(0x12, b"DA", b"20150529"),
            element(0x13, b"TM", b"161509"),
        ];
        assert_eq!(sniff(&good.concat()), Some(Kind::Dicom));
        // Two elements and the end of the file suffice, one does not.
        assert_eq!(sniff(&good[..2].concat()), Some(Kind::Dicom));
        assert_eq!(sniff(&good[0]), None);
        // Tags that fall, an unknown VR, a value past the end.
        assert_eq!(sniff(&[good[1].clone(), good[0].clone(), good[2].clone()].concat()), None);
        let bad = [good[0].clone(), element(0x12, b"Zz", b"20150529"), good[2].clone()].concat();
        assert_eq!(sniff(&bad), None);
        assert_eq!(sniff(&good.concat()[..30]), None);

        // Implicit little endian: (0008,0000) UL 4, (0008,0016), (0008,0018).
        let implicit = |element: u8, value: &[u8]| {
            [&[8, 0, element, 0, u8::try_from(value.len()).unwrap(), 0, 0, 0], value].concat()
        };
        let file = [implicit(0, &[128, 0, 0, 0]), implicit(0x16, b"1.2.840.10"), implicit(0x18, b"1.2.99")];
        assert_eq!(sniff(&file.concat()), Some(Kind::Dicom));
        // Explicit big endian.
        let big = |element: u8, vr: &[u8], value: &[u8]| {
            [&[0, 8, 0, element], vr, &[0, u8::try_from(value.len()).unwrap()], value].concat()
        };
        let file = [big(5, b"CS", b"ISO_IR 100"), big(0x12, b"DA", b"20150529"), big(0x13, b"TM", b"161509")];
        assert_eq!(sniff(&file.concat()), Some(Kind::Dicom));
        assert_eq!(sniff(&[8; 200]), None);
        assert_eq!(sniff(&[0; 200]), None);
        assert_eq!(sniff(&[8, 0].repeat(100)), None);
    }

    #[test]
    fn what_is_not_read_is_named() {
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM");
        let read = if cfg!(feature = "dicom") {
            "DICOM"
        } else {
            "Unsupported: DICOM is recognised but not read yet"
        };
        assert_eq!(answer(&dicom), read);
        let pdf =
            if cfg!(feature = "pdf") { "PDF" } else { "Unsupported: PDF is recognised but not read yet" };
        assert_eq!(answer(b"%PDF-1.7"), pdf);
        let cases: &[(&[u8], &str)] = &[
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
            (b"\0\0\0\x1Cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
            (b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2", "MP4 video"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "QuickTime video"),
            (b"\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000"),
            (b"\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL"),
            (b"\xFF\x0A\xFA\x1F", "JPEG XL"),
            (b"PK\x03\x04\x14\0\x06\0name.txt", "ZIP archive"),
            (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", "Microsoft Office document"),
            (b"<?xml version='1.0'?><svg xmlns=''/>", "SVG"),
            (b"Dear colleague,\nsee the scan.\n", "plain text"),
            ("Gr\u{fc}\u{df}e".as_bytes(), "plain text"),
            (b"Datos del paciente: a\xF1os 71, sexo var\xF3n", "plain text"),
            (b"II*\0\x10\0\0\0CR\x02\0", "Canon CR2 raw"),
        ];
        for (bytes, name) in cases {
            assert_eq!(answer(bytes), format!("Unsupported: {name} is recognised but not read yet"));
        }
    }

    #[test]
    fn empty_unknown_and_large_files_are_told_apart() {
        assert_eq!(answer(b""), "Input: the file is empty");
        let unknown = answer(b"\x00\x01\x02\xFF");
        assert!(unknown.starts_with("Input: ") && unknown.ends_with("starts with 00 01 02 ff"), "{unknown}");
        let limits = Limits { bytes: 3, ..Limits::default() };
        assert_eq!(open(b"\xFF\xD8\xFF\xE0".to_vec(), limits.clone()).unwrap_err().kind(), ErrorKind::Limits);
        assert!(open(b"\xFF\xD8\xFF".to_vec(), limits).is_ok());
    }
}
