//! Pictures embedded in a PDF.

use std::collections::HashSet;

use hayro::hayro_syntax::Filter;
use hayro::hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Stream};
use indicia_core::{Error, Limits, Result};

use super::{Document, ObjectId, on_deep_stack};
use crate::{ColorModel, Pixels, Samples};

/// Pictures of one file that are listed.
const MAX_IMAGES: usize = 10_000;

/// How an embedded picture is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Coding {
    /// A JPEG file.
    Jpeg,
    /// JPEG 2000.
    Jpeg2000,
    /// JBIG2.
    Jbig2,
    /// Group 3 or 4 fax.
    Fax,
    /// Samples, compressed without loss or not at all.
    Samples,
}

impl Coding {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Jpeg2000 => "JPEG 2000",
            Self::Jbig2 => "JBIG2",
            Self::Fax => "fax",
            Self::Samples => "samples",
        }
    }
}

/// A picture embedded in a PDF.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedImage {
    /// Its object.
    pub id: ObjectId,
    /// Columns, as its dictionary states them.
    pub width: u32,
    /// Rows, as its dictionary states them.
    pub height: u32,
    /// Bits of a component.
    pub bits: u8,
    /// How it is coded.
    pub coding: Coding,
    /// Name of its colour space.
    pub color: String,
    /// True for one-bit stencils.
    pub stencil: bool,
    /// True if another picture uses it as its transparency.
    pub mask: bool,
    /// Bytes as stored.
    pub stored: u64,
}

impl Document {
    /// The embedded pictures, by object number. Inline pictures are not among them.
    ///
    /// # Errors
    /// `Internal` if the parser fails.
    pub fn images(&self) -> Result<Vec<EmbeddedImage>> {
        on_deep_stack("listing the pictures of a PDF", || {
            let mut out: Vec<EmbeddedImage> = vec![];
            let mut masks = HashSet::new();
            for object in self.pdf.objects() {
                let Object::Stream(stream) = object else { continue };
                if !is_image(&stream) {
                    continue;
                }
                for key in [&b"SMask"[..], b"Mask"] {
                    masks.extend(
                        stream.dict().get_ref(key).map(|r| ObjectId::from(ObjectIdentifier::from(r))),
                    );
                }
                if out.len() < MAX_IMAGES {
                    out.extend(describe(&stream));
                }
            }
            for image in &mut out {
                image.mask = masks.contains(&image.id);
            }
            out.sort_by_key(|image| image.id);
            out.dedup_by_key(|image| image.id);
            Ok(out)
        })
    }

    /// The pictures that the resources of each page name, those of forms included, each where it is first
    /// named. A page shows some or all of them.
    ///
    /// # Errors
    /// `Internal` if the parser fails.
    pub fn images_by_page(&self) -> Result<Vec<Vec<ObjectId>>> {
        on_deep_stack("listing the pictures of a PDF", || {
            let mut seen = HashSet::new();
            let pages = self.pdf.pages().iter().take(self.pages.len());
            Ok(pages
                .map(|page| {
                    let mut out = vec![];
                    named(&page.resources().x_objects, 0, &mut seen, &mut out);
                    out
                })
                .collect())
        })
    }

    /// The bytes of an embedded picture in its own coding, with what was laid over it undone: of a JPEG the
    /// JPEG file itself, of samples the raster.
    ///
    /// # Errors
    /// `Input` if the object is no picture or its data do not decode.
    pub fn image_bytes(&self, id: ObjectId) -> Result<Vec<u8>> {
        on_deep_stack("reading a picture of a PDF", || {
            let stream = self.stream(id)?;
            own_coding(&stream)
                .ok_or_else(|| Error::input(format!("picture {id} of the PDF does not decode")))
        })
    }

    /// The samples of an embedded picture as they are stored, without colour management: gray, RGB, a palette
    /// looked up, or four inks. Of JPEG 2000, JBIG2 and fax the decoded samples.
    ///
    /// # Errors
    /// `Unsupported` for other colour spaces and for JPEG, which [`Document::image_bytes`] gives as a file;
    /// `Input` if its data are damaged, `Limits` if it is too large.
    pub fn image_pixels(&self, id: ObjectId) -> Result<Pixels> {
        on_deep_stack("reading a picture of a PDF", || {
            let stream = self.stream(id)?;
            let image = describe(&stream)
                .ok_or_else(|| Error::input(format!("object {id} of the PDF states no size")))?;
            self.limits.check_picture(u64::from(image.width), u64::from(image.height), 16)?;
            decode(&stream, &image)
        })
    }

    fn stream(&self, id: ObjectId) -> Result<Stream<'_>> {
        self.pdf
            .xref()
            .get::<Stream<'_>>(id.into())
            .filter(is_image)
            .ok_or_else(|| Error::input(format!("object {id} of the PDF is no picture")))
    }
}

fn is_image(stream: &Stream<'_>) -> bool {
    stream.dict().get::<Name<'_>>(b"Subtype").is_some_and(|n| n.as_str() == "Image")
}

pub(super) fn describe(stream: &Stream<'_>) -> Option<EmbeddedImage> {
    let dict = stream.dict();
    let stencil = dict.get::<bool>(b"ImageMask").unwrap_or(false);
    Some(EmbeddedImage {
        id: stream.obj_id().into(),
        width: dict.get::<u32>(b"Width")?,
        height: dict.get::<u32>(b"Height")?,
        bits: if stencil { 1 } else { dict.get::<u8>(b"BitsPerComponent").unwrap_or(8) },
        coding: coding(stream),
        color: color_name(dict),
        stencil,
        mask: false,
        stored: stream.raw_data().len() as u64,
    })
}

fn coding(stream: &Stream<'_>) -> Coding {
    match stream.filters().last() {
        Some(Filter::DctDecode) => Coding::Jpeg,
        Some(Filter::JpxDecode) => Coding::Jpeg2000,
        Some(Filter::Jbig2Decode) => Coding::Jbig2,
        Some(Filter::CcittFaxDecode) => Coding::Fax,
        _ => Coding::Samples,
    }
}

fn color_name(dict: &Dict<'_>) -> String {
    match dict.get::<Object<'_>>(b"ColorSpace") {
        Some(Object::Name(name)) => name.as_str().to_owned(),
        Some(Object::Array(array)) => {
            array.flex_iter().next::<Name<'_>>().map_or_else(String::new, |n| n.as_str().to_owned())
        }
        _ => String::new(),
    }
}

/// Refuses pictures whose stated or coded size is beyond the limits.
pub(super) fn check_size(stream: &Stream<'_>, limits: &Limits) -> Result<()> {
    if !is_image(stream) {
        return Ok(());
    }
    let dict = stream.dict();
    let side = |key: &[u8]| dict.get::<u32>(key).map_or(0, u64::from);
    let (width, height) = (side(b"Width"), side(b"Height"));
    let stored = stream.raw_data();
    check_side(width, height, stored.len(), limits)?;
    if stream.filters().last() == Some(&Filter::JpxDecode)
        && let Some(at) = memchr::memmem::find(&stored, b"\xff\x4f\xff\x51")
        && let Some(sides) = stored.get(at + 8..at + 16)
    {
        let side = |b: &[u8]| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
        check_side(side(sides), side(&sides[4..]), stored.len(), limits)?;
    }
    Ok(())
}

pub(super) fn check_side(width: u64, height: u64, stored: usize, limits: &Limits) -> Result<()> {
    if width > 0 && height > 0 {
        limits.check_picture(width, height, 8)?;
        // Fax, JBIG2 and runs of one colour reach a byte for a thousand pixels and more honestly; a page of
        // them is small.
        limits.check_expansion(width, height, (stored as u64).saturating_mul(20))?;
    }
    Ok(())
}

/// The data with all filters undone but the picture's own coding, which must be the last.
fn own_coding(stream: &Stream<'_>) -> Option<Vec<u8>> {
    if coding(stream) == Coding::Samples {
        return Some(stream.decoded_data().ok()?.into_owned());
    }
    let filters = stream.filters();
    if filters.len() == 1 {
        return Some(stream.raw_data().into_owned());
    }
    // The parser undoes all filters or none; those in front of a picture's coding are undone here.
    let mut data = stream.raw_data().into_owned();
    for filter in &filters[..filters.len() - 1] {
        data = match filter {
            Filter::FlateDecode => inflate(&data)?,
            Filter::AsciiHexDecode => hex(&data)?,
            Filter::Ascii85Decode => ascii85(&data)?,
            Filter::Crypt => data,
            _ => return None,
        };
    }
    Some(data)
}

fn inflate(data: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut out = vec![];
    // Its size was checked when the document was opened.
    flate2::read::ZlibDecoder::new(data).read_to_end(&mut out).ok()?;
    Some(out)
}

pub(super) fn hex(data: &[u8]) -> Option<Vec<u8>> {
    let mut digits = vec![];
    for &byte in data.iter().take_while(|&&b| b != b'>') {
        if !byte.is_ascii_whitespace() {
            digits.push(char::from(byte).to_digit(16)? as u8);
        }
    }
    if digits.len() % 2 == 1 {
        digits.push(0);
    }
    Some(digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect())
}

pub(super) fn ascii85(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = vec![];
    let mut group: Vec<u64> = vec![];
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    for &byte in data.iter().take_while(|&&b| b != b'~') {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u64::from(byte - b'!')),
            _ if byte.is_ascii_whitespace() || byte == 0 => {}
            _ => return None,
        }
        if group.len() == 5 {
            let value = group.drain(..).fold(0, |n, d| n * 85 + d);
            out.extend(u32::try_from(value).ok()?.to_be_bytes());
        }
    }
    if group.len() > 1 {
        let count = group.len() - 1;
        group.resize(5, 84);
        let value = group.iter().fold(0, |n, d| n * 85 + d);
        out.extend(&u32::try_from(value).ok()?.to_be_bytes()[..count]);
    }
    Some(out)
}

/// Samples of a picture that is no JPEG.
fn decode(stream: &Stream<'_>, image: &EmbeddedImage) -> Result<Pixels> {
    let refuse =
        |what: &str| Error::unsupported(format!("picture {} of the PDF: {what} is not read", image.id));
    let damaged = || Error::input(format!("picture {} of the PDF does not decode", image.id));
    if image.coding == Coding::Jpeg {
        return Err(refuse("JPEG as samples"));
    }
    let dict = stream.dict();
    let space = dict.get::<Object<'_>>(b"ColorSpace");
    let palette = match &space {
        Some(Object::Array(array)) if image.color == "Indexed" => {
            Some(palette(array).ok_or_else(|| refuse("a palette that is not of RGB or gray"))?)
        }
        _ => None,
    };
    let (mut width, mut height, mut bits) = (image.width, image.height, u32::from(image.bits));
    let params = ImageDecodeParams {
        is_indexed: palette.is_some(),
        bpc: Some(image.bits),
        width,
        height,
        ..ImageDecodeParams::default()
    };
    let decoded = stream.decoded_image(&params).map_err(|_| damaged())?;
    let mut channels = match &space {
        _ if palette.is_some() => 1,
        None if image.coding != Coding::Jpeg2000 => 1,
        None => 0,
        Some(space) => components(space).unwrap_or(0),
    };
    if let Some(own) = &decoded.image_data {
        (width, height, bits) = (own.width, own.height, u32::from(own.bits_per_component));
        channels = match own.color_space {
            Some(ImageColorSpace::Gray) => 1,
            Some(ImageColorSpace::Rgb) => 3,
            Some(ImageColorSpace::Cmyk) => 4,
            _ => channels,
        };
    }
    let model = match channels {
        1 if palette.is_some() => ColorModel::Rgb,
        1 => ColorModel::Gray,
        3 => ColorModel::Rgb,
        4 => ColorModel::Cmyk,
        _ => return Err(refuse(&format!("colour space {}", image.color))),
    };
    if !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(refuse(&format!("{bits} bits a component")));
    }
    let row_samples = width as usize * channels as usize;
    let row = (row_samples * bits as usize).div_ceil(8);
    let needed = row * height as usize;
    if decoded.data.len() < needed {
        return Err(Error::input(format!(
            "picture {} of the PDF has {} bytes of samples, expected {needed}",
            image.id,
            decoded.data.len()
        )));
    }
    let inverted = dict
        .get::<Array<'_>>(b"Decode")
        .is_some_and(|a| a.iter::<f32>().take(2).collect::<Vec<_>>() == [1.0, 0.0]);
    let rows = decoded.data[..needed].chunks_exact(row.max(1));
    let samples = if bits == 16 {
        let flip = if inverted { u16::MAX } else { 0 };
        Samples::U16(
            rows.flat_map(|r| r.chunks_exact(2).map(|b| u16::from_be_bytes([b[0], b[1]]) ^ flip)).collect(),
        )
    } else {
        let (most, flip) = ((1_u32 << bits) - 1, if inverted { 0xff } else { 0 });
        let unpacked = rows.flat_map(|r| {
            (0..row_samples).map(move |i| {
                let bit = i * bits as usize;
                u32::from(r[bit / 8]) >> (8 - bits as usize - bit % 8) & most
            })
        });
        Samples::U8(match &palette {
            Some(colors) => unpacked
                .flat_map(|index| {
                    let at = (index as usize * 3).min(colors.len() - 3);
                    [colors[at], colors[at + 1], colors[at + 2]]
                })
                .collect(),
            None => unpacked.map(|v| (v * 255 / most) as u8 ^ flip).collect(),
        })
    };
    Ok(Pixels {
        width: width as usize,
        height: height as usize,
        model,
        samples,
        frames: 1,
        shown: None,
        warnings: vec![],
    })
}

/// Components of a colour space that shows its samples as they are.
fn components(space: &Object<'_>) -> Option<u32> {
    match space {
        Object::Name(name) => match name.as_str() {
            "DeviceGray" | "CalGray" | "G" => Some(1),
            "DeviceRGB" | "CalRGB" | "RGB" => Some(3),
            "DeviceCMYK" | "CMYK" => Some(4),
            _ => None,
        },
        Object::Array(array) => {
            let mut items = array.flex_iter();
            match items.next::<Name<'_>>()?.as_str() {
                "ICCBased" => items.next::<Stream<'_>>()?.dict().get::<u32>(b"N"),
                "CalGray" | "DeviceGray" => Some(1),
                "CalRGB" | "DeviceRGB" => Some(3),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The colours of `[/Indexed BASE MAX TABLE]` as RGB.
fn palette(array: &Array<'_>) -> Option<Vec<u8>> {
    let items: Vec<Object<'_>> = array.iter::<Object<'_>>().take(4).collect();
    let [_, base, _, table] = items.as_slice() else { return None };
    let table = match table {
        Object::String(text) => text.as_bytes().to_vec(),
        Object::Stream(stream) => stream.decoded_data().ok()?.into_owned(),
        _ => return None,
    };
    let mut colors = match components(base)? {
        1 => table.iter().flat_map(|&v| [v; 3]).collect::<Vec<u8>>(),
        3 => table,
        _ => return None,
    };
    colors.truncate(768);
    colors.truncate(colors.len() / 3 * 3);
    (!colors.is_empty()).then_some(colors)
}

/// Pictures among external objects, and in the forms among them.
fn named(objects: &Dict<'_>, depth: usize, seen: &mut HashSet<ObjectId>, out: &mut Vec<ObjectId>) {
    const MAX_DEPTH: usize = 12;
    for (key, value) in objects.entries() {
        let Some(reference) = value.as_obj_ref() else { continue };
        let id = ObjectId::from(ObjectIdentifier::from(reference));
        if seen.len() >= MAX_IMAGES * 10 || !seen.insert(id) {
            continue;
        }
        let Some(stream) = objects.get::<Stream<'_>>(key.as_ref()) else { continue };
        if is_image(&stream) {
            out.push(id);
        } else if depth < MAX_DEPTH
            && let Some(inner) = stream.dict().get::<Dict<'_>>(b"Resources")
            && let Some(inner) = inner.get::<Dict<'_>>(b"XObject")
        {
            named(&inner, depth + 1, seen, out);
        }
    }
}
