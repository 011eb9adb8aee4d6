//! What a file says of itself: EXIF, XMP, IPTC, ICC, text chunks, comments.
//!
//! The containers are walked here, apart from the decoders of pixels, so that metadata is read from files
//! whose pixels cannot be. Nothing in it is signed: whoever can write the file can write any of it.
//!
//! **What counts as identifying.** Fields that may tell who or where someone is: names, owners, addresses,
//! positions, serial numbers and other unique ids, file paths, and all free text (captions, comments,
//! keywords, prompts). Technical fields do not, and neither do dates: a time alone names nobody. A field
//! that is not known to be technical counts as identifying.
//!
//! **Bounds.** A block larger than [`Limits::metadata`](indicia_core::Limits::metadata) is named in the warnings and not read; everything
//! inflated or parsed as XML together is bounded by four times that; at most [`MAX_ENTRIES`] fields are
//! listed, and values are cut at [`MAX_VALUE`] bytes with their full length told. Damage never stops the
//! reading, so this view fails only for evidence that is not a picture.

mod bmp;
pub(crate) mod collect;
mod date;
mod exif;
mod generator;
mod gif;
mod icc;
mod iptc;
mod jpeg;
mod png;
mod tiff;
mod webp;
pub(crate) mod xmp;

#[cfg(test)]
mod tests;

use indicia_core::{Error, Evidence, Kind, MetadataEntry, Result, View};

pub(crate) use collect::Collector;
#[cfg(feature = "dicom")]
pub(crate) use collect::utf8_or_latin1;
pub use collect::{MAX_ENTRIES, MAX_VALUE};
pub use date::Timestamp;

/// The metadata of a file, read leniently: what is damaged is named in `warnings` and the rest is read.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// Every field in the order of the file.
    pub entries: Vec<MetadataEntry>,
    /// EXIF orientation, 1 to 8.
    pub orientation: Option<u8>,
    /// The bytes of the embedded EXIF thumbnail, a JPEG in most files.
    pub thumbnail: Option<Vec<u8>>,
    /// Damage that did not stop the reading, each in a phrase.
    pub warnings: Vec<String>,
    /// Where the EXIF thumbnail stands in the file. `None` if there is none or its block was not stored as
    /// it is (hexadecimal or compressed text in PNG).
    pub thumbnail_span: Option<ByteSpan>,
    /// Columns and rows of the EXIF thumbnail, where it is a JPEG with a readable frame header.
    pub thumbnail_size: Option<(u32, u32)>,
    /// What the EXIF block says of the camera. `None` if there is no EXIF block.
    pub exif: Option<ExifSummary>,
    /// Names of programs and firmware, with the field that holds each.
    pub software: Vec<SoftwareName>,
    /// Dates, with the field that holds each.
    pub dates: Vec<DateField>,
    /// Sizes that fields state for the picture itself, in pixels.
    pub stated_sizes: Vec<StatedSize>,
    /// Fields that image generators write: prompts, workflows, settings.
    pub generation: Vec<GenerationField>,
    /// XMP edit history (`xmpMM:History`), in the order of the file.
    pub history: Vec<HistoryEvent>,
    /// Ids of this document and of those that it comes from.
    pub documents: DocumentIds,
    /// IPTC digital source types (`Iptc4xmpExt:DigitalSourceType`), as written.
    pub digital_source_types: Vec<String>,
    /// The embedded ICC profile.
    pub icc: Option<IccProfile>,
    /// XMP packets in the file; parts of an extended packet are not counted apart.
    pub xmp_packets: u32,
    /// EXIF blocks in the file.
    pub exif_blocks: u32,
    /// True if IPTC-IIM fields are there.
    pub has_iptc: bool,
}

impl Metadata {
    /// Value of the first entry with this group and name.
    pub fn find(&self, group: &str, name: &str) -> Option<&str> {
        self.entries.iter().find(|e| e.group == group && e.name == name).map(|e| e.value.as_str())
    }

    /// The first readable date of this role.
    pub fn date(&self, role: DateRole) -> Option<&DateField> {
        self.dates.iter().find(|d| d.role == role && d.value.is_some())
    }
}

/// A run of the file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSpan {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// What an EXIF block says of the camera.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExifSummary {
    /// `Make`: maker of the camera.
    pub make: Option<String>,
    /// `Model`: model of the camera.
    pub model: Option<String>,
    /// `LensModel`.
    pub lens: Option<String>,
    /// `HostComputer`; phones write their model here.
    pub host_computer: Option<String>,
    /// `ExifVersion`, such as `0232`.
    pub version: Option<String>,
    /// Which of ExposureTime, FNumber, PhotographicSensitivity and FocalLength are there.
    pub exposure_fields: Vec<String>,
    /// The maker's own block.
    pub maker_note: Option<MakerNote>,
    /// True if GPS coordinates are there.
    pub has_position: bool,
}

/// A camera maker's own block inside EXIF. Its fields are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MakerNote {
    /// Bytes.
    pub length: u64,
    /// The printable characters it begins with, up to 10; most makers begin with their name.
    pub signature: String,
}

/// The name of a program or firmware.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoftwareName {
    /// The field that holds it: `EXIF Software`, `XMP xmp:CreatorTool`, `PNG text Software`.
    pub field: String,
    /// Its value.
    pub name: String,
}

/// What a date field tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DateRole {
    /// When the picture was taken: EXIF DateTimeOriginal, XMP `photoshop:DateCreated`, IPTC DateCreated.
    Captured,
    /// When it became digital: EXIF DateTimeDigitized, XMP `xmp:CreateDate`, IPTC DigitalCreationDate.
    Digitized,
    /// When the file was changed: EXIF DateTime, XMP `xmp:ModifyDate`, PNG tIME.
    Modified,
    /// When the metadata was changed: XMP `xmp:MetadataDate`.
    Metadata,
    /// GPS date and time, in UTC.
    Gps,
}

/// A date field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateField {
    /// What it tells.
    pub role: DateRole,
    /// The field that holds it: `EXIF DateTimeOriginal`.
    pub field: String,
    /// Its value as written.
    pub text: String,
    /// Its value. `None` if blank or not a date.
    pub value: Option<Timestamp>,
}

/// A size of the picture in pixels, as a field states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedSize {
    /// The fields: `EXIF PixelXDimension and PixelYDimension`.
    pub field: String,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A field that an image generator wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationField {
    /// The field that holds it: `PNG text parameters`.
    pub field: String,
    /// The layout that it follows.
    pub layout: GenerationLayout,
    /// Its text, cut at [`MAX_VALUE`] bytes.
    pub text: String,
    /// Bytes of the whole text.
    pub length: u64,
}

/// The layout of a generator's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GenerationLayout {
    /// Prompt and `Steps: 20, Sampler: ...` lines of the Stable Diffusion web UI (A1111) and its kin.
    WebUi,
    /// ComfyUI's `prompt` and `workflow` graphs in JSON.
    ComfyUi,
    /// InvokeAI's `Dream`, `sd-metadata`, `invokeai_metadata`.
    InvokeAi,
    /// NovelAI's JSON in `Comment`.
    NovelAi,
    /// Fooocus's JSON in `parameters`.
    Fooocus,
    /// Midjourney's description with options (`--v 6`) and job id.
    Midjourney,
    /// Another JSON object with a prompt and sampling settings.
    OtherJson,
}

/// One step of an XMP edit history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryEvent {
    /// `created`, `saved`, `converted`, `derived`, ...
    pub action: String,
    /// The program.
    pub software: Option<String>,
    /// When, as written.
    pub when: Option<String>,
    /// What of the file it changed, such as `/metadata`.
    pub changed: Option<String>,
    /// Details, such as `converted from image/tiff to image/jpeg`.
    pub parameters: Option<String>,
}

/// Ids of a document and of those that it comes from (XMP Media Management).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentIds {
    /// `xmpMM:DocumentID`.
    pub document: Option<String>,
    /// `xmpMM:InstanceID`.
    pub instance: Option<String>,
    /// `xmpMM:OriginalDocumentID`.
    pub original_document: Option<String>,
    /// `xmpMM:DerivedFrom`'s document or instance id.
    pub derived_from: Option<String>,
    /// Documents that parts were taken from: `photoshop:DocumentAncestors`, `xmpMM:Ingredients`.
    pub ancestors: u32,
}

/// An embedded ICC colour profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IccProfile {
    /// Bytes that are there.
    pub length: u64,
    /// Bytes that its header states.
    pub stated_length: u64,
    /// Version, such as `2.1`.
    pub version: String,
    /// Device class signature: `mntr`, `scnr`, `prtr`, `spac`, ...
    pub class: String,
    /// Colour space signature: `RGB`, `GRAY`, `CMYK`, ...
    pub color_space: String,
    /// Description.
    pub description: Option<String>,
    /// Copyright.
    pub copyright: Option<String>,
    /// Creation date.
    pub created: Option<Timestamp>,
}

impl View for Metadata {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        // A frame has no bytes: what its file says of it is in the file's own metadata.
        if evidence.kind() == Kind::Frame {
            return Ok(Self::default());
        }
        #[cfg(feature = "dicom")]
        if evidence.kind() == Kind::Dicom {
            return crate::dicom::read_metadata(evidence);
        }
        #[cfg(feature = "pdf")]
        if evidence.kind() == Kind::Pdf {
            let mut out = Collector::new(evidence.limits());
            crate::pdf::read_metadata(evidence, &mut out)?;
            return Ok(out.finish());
        }
        read(evidence.kind(), evidence.bytes(), evidence.limits())
    }
}

/// Reads the metadata of a picture's bytes.
fn read(kind: Kind, bytes: &[u8], limits: &indicia_core::Limits) -> Result<Metadata> {
    let mut out = Collector::new(limits);
    match kind {
        Kind::Jpeg => jpeg::read(bytes, &mut out),
        Kind::Png => png::read(bytes, &mut out),
        Kind::Tiff => exif::read_tiff_file(bytes, &mut out),
        Kind::Webp => webp::read(bytes, &mut out),
        Kind::Gif => gif::read(bytes, &mut out),
        Kind::Bmp => bmp::read(bytes, &mut out),
        other => return Err(Error::unsupported(format!("metadata of a {other} is not read yet"))),
    }
    Ok(out.finish())
}
