//! EXIF blocks and TIFF files. The directories are walked by [`super::tiff`]; names of tags and the wording
//! of values are those of `kamadak-exif`. Its own reader is not used because it keeps every value of a
//! directory at once, and directories of a few kilobytes can make overlapping values add up to gigabytes.

use std::collections::HashSet;

use exif::{Context, Field as ExifField, In, Rational, SRational, Tag, Value};

use super::collect::{Collector, MAX_VALUE, cut, text_of, utf8_or_latin1, utf16};
use super::tiff::{Directory, Field, Tiff};
use super::{
    ByteSpan, DateRole, ExifSummary, MakerNote, StatedSize, Timestamp, generator, icc, iptc, jpeg, xmp,
};

/// Values of an array that are listed; of longer ones only the number is.
const MAX_ARRAY: u64 = 32;
/// Blocks of one file that are read.
const MAX_BLOCKS: u32 = 8;
/// Directories of one block; a camera writes five.
const MAX_DIRECTORIES: usize = 32;

/// Reads an EXIF block. `file_offset` is where it stands in the file, if it stands there as it is.
pub(super) fn read_block(data: &[u8], file_offset: Option<u64>, out: &mut Collector<'_>) {
    if !out.fits("EXIF block", data.len() as u64) {
        return;
    }
    out.found.exif_blocks += 1;
    match out.found.exif_blocks {
        1 => {}
        2..=MAX_BLOCKS => {
            out.warn("the file has more than one EXIF block; the first is taken for the camera's")
        }
        _ => return out.warn(format!("an EXIF block beyond the first {MAX_BLOCKS} is not read")),
    }
    read(data, file_offset, false, out);
}

/// Reads the fields of a TIFF file's first page and counts its pages.
pub(super) fn read_tiff_file(data: &[u8], out: &mut Collector<'_>) {
    read(data, Some(0), true, out);
}

struct Reading<'a> {
    tiff: Tiff<'a>,
    is_file: bool,
    seen: HashSet<u64>,
    dates: Dates,
    summary: ExifSummary,
    pixel_size: [Option<u32>; 2],
    image_size: [Option<u32>; 2],
    thumbnail: [Option<u64>; 2],
    has_exif: bool,
}

#[derive(Default)]
struct Dates {
    /// Field name, text and offset text of DateTimeOriginal, DateTimeDigitized, DateTime.
    texts: [Option<String>; 3],
    offsets: [Option<String>; 3],
    gps_date: Option<String>,
    gps_seconds: Option<u32>,
}

fn read(data: &[u8], file_offset: Option<u64>, is_file: bool, out: &mut Collector<'_>) {
    let (tiff, first) = match Tiff::open(data) {
        Ok(opened) => opened,
        Err(fault) => return out.warn(format!("EXIF block {fault}")),
    };
    let mut reading = Reading {
        tiff,
        is_file,
        seen: HashSet::new(),
        dates: Dates::default(),
        summary: ExifSummary::default(),
        pixel_size: [None; 2],
        image_size: [None; 2],
        thumbnail: [None; 2],
        has_exif: false,
    };
    let order = if tiff.little_endian { "little-endian (II)" } else { "big-endian (MM)" };
    let main = if is_file { "TIFF" } else { "EXIF" };
    out.fact(main, "ByteOrder", order);
    let second = reading.directory(first, Context::Tiff, 0, main, out).unwrap_or(0);
    if is_file {
        reading.count_pages(second, out);
    } else if second != 0 {
        reading.directory(second, Context::Tiff, 1, "EXIF thumbnail", out);
    }
    reading.finish(file_offset, out);
}

impl<'a> Reading<'a> {
    /// Reads a directory and those that it points to; gives the offset of the next.
    fn directory(
        &mut self,
        offset: u64,
        context: Context,
        ifd: u16,
        group: &str,
        out: &mut Collector<'_>,
    ) -> Option<u64> {
        if !self.seen.insert(offset) {
            out.warn(format!("{group} directory at {offset} is pointed to twice"));
            return None;
        }
        if self.seen.len() > MAX_DIRECTORIES {
            if self.seen.len() == MAX_DIRECTORIES + 1 {
                out.warn(format!(
                    "EXIF block has more than {MAX_DIRECTORIES} directories, the rest is not read"
                ));
            }
            return None;
        }
        let Directory { fields, next, faults, more_faults } = match self.tiff.directory(offset) {
            Ok(directory) => directory,
            Err(fault) => {
                out.warn(format!("{group} {fault}"));
                return None;
            }
        };
        for fault in &faults {
            out.warn(format!("{group}: {fault}"));
        }
        if more_faults > 0 {
            out.warn(format!("{group}: {more_faults} more faults in the directory at {offset}"));
        }
        for field in &fields {
            let tag = Tag(context, field.tag);
            let child = match tag {
                Tag::ExifIFDPointer => Some((Context::Exif, "EXIF")),
                Tag::GPSInfoIFDPointer => Some((Context::Gps, "EXIF GPS")),
                Tag::InteropIFDPointer => Some((Context::Interop, "EXIF interoperability")),
                _ => None,
            };
            match child {
                Some((context, name)) => match field.unsigned(self.tiff, 0) {
                    Some(at) => {
                        self.has_exif = true;
                        let name = if ifd == 0 { name } else { group };
                        self.directory(at, context, ifd, name, out);
                    }
                    None => out.warn(format!("{group}: {tag} is no offset")),
                },
                None => self.field(tag, field, ifd, group, out),
            }
        }
        Some(next)
    }

    /// Counts the pages of a TIFF file from its second directory on.
    fn count_pages(&mut self, mut next: u64, out: &mut Collector<'_>) {
        let mut pages = 1_u32;
        while next != 0 {
            if !self.seen.insert(next) {
                return out.warn(format!("TIFF directory at {next} is pointed to twice"));
            }
            if pages >= out.limits.frames {
                return out.warn(format!("more than {pages} TIFF directories, the rest is not counted"));
            }
            match self.tiff.next(next) {
                Some(behind) => next = behind,
                None => return out.warn(format!("TIFF directory at {next} lies beyond the end of the file")),
            }
            pages += 1;
        }
        if pages > 1 {
            out.fact("TIFF", "Directories", pages.to_string());
        }
    }

    fn field(&mut self, tag: Tag, field: &Field<'_>, ifd: u16, group: &str, out: &mut Collector<'_>) {
        let name = name(tag);
        if ifd == 0 && embedded(tag, field, out) {
            out.fact(group, &name, format!("{} bytes", field.value.len()));
            return;
        }
        let (text, length) = wording(tag, field, self.tiff);
        out.entry_of_length(group, &name, &text, length, identifies(tag, field));
        if ifd == 0 {
            self.keep(tag, field, text.trim(), group, out);
            let is_text = field.kind == 2 || tag == Tag::UserComment;
            if is_text {
                generator::inspect(&format!("EXIF {name}"), &name, &text, length, out);
            }
        } else {
            match tag {
                Tag::JPEGInterchangeFormat => self.thumbnail[0] = field.unsigned(self.tiff, 0),
                Tag::JPEGInterchangeFormatLength => self.thumbnail[1] = field.unsigned(self.tiff, 0),
                _ => {}
            }
        }
    }

    /// Keeps what the typed fields of [`super::Metadata`] need.
    fn keep(&mut self, tag: Tag, field: &Field<'_>, text: &str, group: &str, out: &mut Collector<'_>) {
        let number = || field.unsigned(self.tiff, 0).and_then(|n| u32::try_from(n).ok());
        let own = || Some(cut(text, 256).to_owned()).filter(|t| !t.is_empty());
        match tag {
            Tag::Make => self.summary.make = own(),
            Tag::Model => self.summary.model = own(),
            Tag::LensModel => self.summary.lens = own(),
            Tag(Context::Tiff, 0x013c) => self.summary.host_computer = own(),
            Tag::Software | Tag(Context::Tiff, 0x000b) => {
                out.software(format!("{group} {}", name(tag)), text)
            }
            Tag::ExifVersion => self.summary.version = Some(text_of(field.value)),
            Tag::ExposureTime | Tag::FNumber | Tag::PhotographicSensitivity | Tag::FocalLength => {
                self.summary.exposure_fields.push(name(tag));
            }
            Tag::MakerNote => {
                let printable =
                    field.value.iter().take(10).take_while(|b| b.is_ascii_graphic() || **b == b' ');
                self.summary.maker_note = Some(MakerNote {
                    length: field.value.len() as u64,
                    signature: printable.map(|&b| char::from(b)).collect(),
                });
            }
            Tag::Orientation => match number() {
                Some(n @ 1..=8) => out.found.orientation = out.found.orientation.or(Some(n as u8)),
                Some(other) => out.warn(format!("EXIF Orientation is {other}, expected 1 to 8")),
                None => out.warn("EXIF Orientation is no whole number, expected 1 to 8"),
            },
            Tag::PixelXDimension => self.pixel_size[0] = number(),
            Tag::PixelYDimension => self.pixel_size[1] = number(),
            Tag::ImageWidth => self.image_size[0] = number(),
            Tag::ImageLength => self.image_size[1] = number(),
            Tag::DateTimeOriginal => self.dates.texts[0] = own(),
            Tag::DateTimeDigitized => self.dates.texts[1] = own(),
            Tag::DateTime => self.dates.texts[2] = own(),
            Tag::OffsetTimeOriginal => self.dates.offsets[0] = own(),
            Tag::OffsetTimeDigitized => self.dates.offsets[1] = own(),
            Tag::OffsetTime => self.dates.offsets[2] = own(),
            Tag::GPSDateStamp => self.dates.gps_date = own(),
            Tag::GPSTimeStamp => {
                let part = |i| field.rational(self.tiff, i).filter(|r| r.1 != 0).map(|(n, d)| n / d);
                self.dates.gps_seconds = match (part(0), part(1), part(2)) {
                    (Some(h @ 0..24), Some(m @ 0..60), Some(s @ 0..=60)) => Some(h * 3600 + m * 60 + s),
                    _ => None,
                };
            }
            Tag::GPSLatitude | Tag::GPSLongitude => self.summary.has_position = true,
            _ => {}
        }
    }

    fn finish(mut self, file_offset: Option<u64>, out: &mut Collector<'_>) {
        let roles = [
            (DateRole::Captured, "DateTimeOriginal"),
            (DateRole::Digitized, "DateTimeDigitized"),
            (DateRole::Modified, "DateTime"),
        ];
        let main = if self.is_file { "TIFF" } else { "EXIF" };
        let Dates { texts, offsets, gps_date, gps_seconds } = std::mem::take(&mut self.dates);
        for (((role, name), text), offset) in roles.into_iter().zip(texts).zip(offsets) {
            let Some(text) = text else { continue };
            let group = if name == "DateTime" { main } else { "EXIF" };
            let value = Timestamp::parse(&text).map(|t| t.with_offset(offset.as_deref().unwrap_or("")));
            out.date(role, &format!("{group} {name}"), &text, value);
        }
        if let Some(text) = gps_date {
            let value = Timestamp::parse(&text)
                .and_then(|t| Timestamp::new(t.year, t.month, t.day, gps_seconds, Some(0)));
            out.date(DateRole::Gps, "EXIF GPSDateStamp and GPSTimeStamp", &text, value);
        }
        let stated = [
            (self.pixel_size, "EXIF PixelXDimension and PixelYDimension"),
            // In a TIFF file these two are the picture's own header.
            (if self.is_file { [None; 2] } else { self.image_size }, "EXIF ImageWidth and ImageLength"),
        ];
        for (size, field) in stated {
            if let [Some(width @ 1..), Some(height @ 1..)] = size {
                out.found.stated_sizes.push(StatedSize { field: field.to_owned(), width, height });
            }
        }
        if !self.is_file || self.has_exif || self.summary != ExifSummary::default() {
            out.found.exif.get_or_insert_with(|| std::mem::take(&mut self.summary));
        }
        if let [Some(offset), Some(length)] = self.thumbnail {
            self.thumbnail(offset, length, file_offset, out);
        }
    }

    fn thumbnail(&self, offset: u64, length: u64, file_offset: Option<u64>, out: &mut Collector<'_>) {
        if length == 0 || out.found.thumbnail.is_some() {
            return;
        }
        let Some(bytes) = self.tiff.bytes(offset, length) else {
            return out.warn(format!(
                "EXIF thumbnail ({length} bytes at {offset}) lies beyond the end of its block"
            ));
        };
        if !out.fits("EXIF thumbnail", length) {
            return;
        }
        out.found.thumbnail = Some(bytes.to_vec());
        out.found.thumbnail_size = jpeg::frame_size(bytes);
        out.found.thumbnail_span =
            file_offset.and_then(|at| at.checked_add(offset)).map(|offset| ByteSpan { offset, length });
    }
}

/// Reads the blocks of other kinds that a field of the main directory may hold. True if it held one.
fn embedded(tag: Tag, field: &Field<'_>, out: &mut Collector<'_>) -> bool {
    let Tag(Context::Tiff, number) = tag else { return false };
    match number {
        0x02bc => xmp::read(field.value, out),
        0x83bb => iptc::read_iim(field.value, out),
        0x8649 => iptc::read_resources(field.value, out),
        0x8773 => icc::read(field.value, out),
        _ => return false,
    }
    true
}

/// Tags that `kamadak-exif` does not name.
const MORE_NAMES: &[(u16, &str)] = &[
    (0x000b, "ProcessingSoftware"),
    (0x00fe, "NewSubfileType"),
    (0x010d, "DocumentName"),
    (0x011d, "PageName"),
    (0x0129, "PageNumber"),
    (0x013c, "HostComputer"),
    (0x013d, "Predictor"),
    (0x0140, "ColorMap"),
    (0x0142, "TileWidth"),
    (0x0143, "TileLength"),
    (0x0144, "TileOffsets"),
    (0x0145, "TileByteCounts"),
    (0x014a, "SubIFDs"),
    (0x0152, "ExtraSamples"),
    (0x0153, "SampleFormat"),
    (0x015b, "JPEGTables"),
    (0x02bc, "XMP"),
    (0x4746, "Rating"),
    (0x4749, "RatingPercent"),
    (0x83bb, "IPTC"),
    (0x8649, "PhotoshopSettings"),
    (0x8773, "ICCProfile"),
    (0x935c, "ImageSourceData"),
    (0x9c9b, "XPTitle"),
    (0x9c9c, "XPComment"),
    (0x9c9d, "XPAuthor"),
    (0x9c9e, "XPKeywords"),
    (0x9c9f, "XPSubject"),
    (0xa480, "GDALMetadata"),
    (0xc4a5, "PrintImageMatching"),
    (0xc612, "DNGVersion"),
    (0xc614, "UniqueCameraModel"),
    (0xc62f, "CameraSerialNumber"),
    (0xea1c, "Padding"),
];

/// The tag's name, or its number in hexadecimal.
fn name(tag: Tag) -> String {
    if tag.description().is_some() {
        return tag.to_string();
    }
    let Tag(context, number) = tag;
    let known =
        MORE_NAMES.iter().find(|(n, _)| *n == number && matches!(context, Context::Tiff | Context::Exif));
    known.map_or_else(|| format!("0x{number:04x}"), |(_, name)| (*name).to_owned())
}

/// Whether a tag may tell who or where someone is.
fn identifies(tag: Tag, field: &Field<'_>) -> bool {
    match tag {
        Tag::Artist
        | Tag::Copyright
        | Tag::ImageDescription
        | Tag::UserComment
        | Tag::CameraOwnerName
        | Tag::BodySerialNumber
        | Tag::LensSerialNumber
        | Tag::ImageUniqueID
        | Tag::RelatedSoundFile
        | Tag::SubjectLocation => true,
        Tag::GPSVersionID | Tag::GPSDateStamp | Tag::GPSTimeStamp | Tag::GPSMapDatum => false,
        Tag(Context::Gps, _) => true,
        // HostComputer often is a person's computer ("Anna's iPhone").
        Tag(Context::Tiff, 0x013c | 0x010d | 0x011d | 0xc62f) => true,
        Tag(Context::Tiff, 0x000b) => false,
        // Of fields that nothing is known of, numbers are technical and the rest may be anything.
        _ => tag.description().is_none() && matches!(field.kind, 1 | 2 | 7) && !field.value.is_empty(),
    }
}

/// A field's value as text, and the length in bytes that the text would have uncut.
fn wording(tag: Tag, field: &Field<'_>, tiff: Tiff<'_>) -> (String, u64) {
    let all = field.value.len() as u64;
    let head = &field.value[..field.value.len().min(4 * MAX_VALUE)];
    let plain = |text: String| {
        let length = text.len() as u64;
        (text, length)
    };
    match (tag, field.kind) {
        (Tag::UserComment, _) => return user_comment(head, tiff.little_endian, all),
        (Tag(Context::Tiff, 0x9c9b..=0x9c9f), 1 | 7) => return (utf16(head, false), all / 2),
        (Tag::GPSProcessingMethod | Tag::GPSAreaInformation, 7) => {
            return user_comment(head, tiff.little_endian, all);
        }
        (Tag::MakerNote, _) => return plain(format!("{all} bytes")),
        (_, 2) => {
            let text = utf8_or_latin1(head);
            let parts: Vec<_> = text.split('\0').map(str::trim).filter(|p| !p.is_empty()).collect();
            let joined = parts.join("; ");
            let cut_away = all > head.len() as u64;
            let length = if cut_away { all } else { joined.len() as u64 };
            return (joined, length);
        }
        _ => {}
    }
    if field.count > MAX_ARRAY {
        return plain(match field.kind {
            1 | 6 | 7 => format!("{all} bytes"),
            _ => format!("{} values", field.count),
        });
    }
    let Some(value) = value_of(field, tiff) else { return plain(format!("{all} bytes")) };
    let shown = ExifField { tag, ifd_num: In::PRIMARY, value };
    // Units that are fields of their own (ResolutionUnit, GPS references) are listed apart.
    let text = shown.display_value().with_unit(()).to_string();
    let own_unit = text.contains(" missing]") || shown.display_value().to_string() == text;
    plain(if own_unit || matches!(tag, Tag::XResolution | Tag::YResolution | Tag(Context::Gps, _)) {
        shown.display_value().to_string()
    } else {
        text
    })
}

/// Text behind an 8-byte name of its character code (EXIF 2.32, 4.6.5 UserComment).
fn user_comment(bytes: &[u8], little_endian: bool, all: u64) -> (String, u64) {
    let (code, text) = bytes.split_at(bytes.len().min(8));
    let all = all.saturating_sub(8);
    match code {
        b"UNICODE\0" => {
            // The byte order is the block's by the standard, but many write big-endian regardless: text in
            // Latin script shows which byte is the empty one.
            let (mut even, mut odd) = (0, 0);
            for pair in text.chunks_exact(2).take(256) {
                even += usize::from(pair[0] == 0);
                odd += usize::from(pair[1] == 0);
            }
            let big_endian = if even == odd { !little_endian } else { even > odd };
            (utf16(text, big_endian), all / 2)
        }
        b"ASCII\0\0\0" | b"\0\0\0\0\0\0\0\0" => (text_of(text), all),
        b"JIS\0\0\0\0\0" => (format!("{all} bytes in JIS"), 0),
        _ => (text_of(bytes), all.saturating_add(8)),
    }
}

/// The value for wording. `None` for types that `kamadak-exif` does not know.
fn value_of(field: &Field<'_>, tiff: Tiff<'_>) -> Option<Value> {
    let numbers = |size: usize| field.value.chunks_exact(size).map(|b| tiff.unsigned(b));
    let halves = |bytes: u64| {
        if tiff.little_endian {
            (bytes as u32, (bytes >> 32) as u32)
        } else {
            ((bytes >> 32) as u32, bytes as u32)
        }
    };
    Some(match field.kind {
        1 => Value::Byte(field.value.to_vec()),
        3 => Value::Short(numbers(2).map(|n| n as u16).collect()),
        4 | 13 => Value::Long(numbers(4).map(|n| n as u32).collect()),
        5 => Value::Rational(numbers(8).map(halves).map(|(num, denom)| Rational { num, denom }).collect()),
        6 => Value::SByte(field.value.iter().map(|&b| b as i8).collect()),
        7 => Value::Undefined(field.value.to_vec(), 0),
        8 => Value::SShort(numbers(2).map(|n| n as u16 as i16).collect()),
        9 => Value::SLong(numbers(4).map(|n| n as u32 as i32).collect()),
        10 => Value::SRational(
            numbers(8).map(halves).map(|(n, d)| SRational { num: n as i32, denom: d as i32 }).collect(),
        ),
        11 => Value::Float(numbers(4).map(|n| f32::from_bits(n as u32)).collect()),
        12 => Value::Double(numbers(8).map(f64::from_bits).collect()),
        _ => return None,
    })
}
