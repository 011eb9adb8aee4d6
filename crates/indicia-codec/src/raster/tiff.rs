//! TIFF (TIFF 6.0, 1992; BigTIFF). The crate undoes compression, prediction and byte order; what the samples
//! mean is decided here, since it reads no palettes and takes some extra samples for others. For that it is
//! shown every picture as a lone page of gray with so many samples, by laying a few bytes over the directory.

use std::io::{self, Read, Seek, SeekFrom};

use ::tiff::decoder::{Decoder, DecodingSampleType};
use ::tiff::{ColorType, TiffError};
use indicia_core::{Error, Kind, Limits, Part, PartRole, Result};

use super::DEFLATE_RATIO;
use super::tiff_layout::{Directory, Tiff, tag};
use crate::bytes::{u16_le, zeros};
use crate::header::{Header, Stored};
use crate::{ColorModel, Pixels, Samples};

/// Most bytes that one byte can stand for: 4096 in a code of 9 bits, and 128 in two bytes.
const LZW_RATIO: u64 = 4096 * 8 / 9 + 1;
const PACKBITS_RATIO: u64 = 64;

/// Tiles may be padded by so much before they count as an attack: four times the picture and 64 MiB.
const PADDING: (u64, u64) = (4, 64 << 20);

/// Values of the Compression tag that are told apart here.
mod compression {
    pub const NONE: u64 = 1;
    pub const LZW: u64 = 5;
    pub const JPEG: u64 = 7;
    pub const DEFLATE: u64 = 8;
    pub const PACKBITS: u64 = 32_773;
    pub const OLD_DEFLATE: u64 = 32_946;
}

/// Photometric interpretations that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Cmyk,
    YCbCr,
}

/// A page, checked.
struct Page {
    width: u64,
    height: u64,
    bits: u64,
    samples: u64,
    photometric: Photometric,
    planar: bool,
    model: ColorModel,
    /// RGB of each index, for a palette.
    palette: Vec<[u8; 3]>,
    warnings: Vec<String>,
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels> {
    decode_page(bytes, limits, 0)
}

/// The pages but the first; those of lesser size than another that they show are thumbnails.
pub(super) fn list_pages(bytes: &[u8], limits: &Limits) -> Result<Vec<Part>> {
    let (tiff, first) = Tiff::open(bytes)?;
    let pages = tiff.pages(first, limits, &mut vec![])?;
    let part = |(index, offset): (usize, &u64)| {
        let kind =
            tiff.directory(*offset).and_then(|d| d.value(tag::SUBFILE_TYPE)).ok().flatten().unwrap_or(0);
        let role = if kind & 1 == 1 { PartRole::Thumbnail } else { PartRole::Page };
        let mut part = Part::new(role, format!("page {}", index + 1));
        part.note = match kind {
            0 | 2 => None,
            kind if kind & 1 == 1 => Some("marked as a reduced version of another page".into()),
            kind if kind & 4 == 4 => Some("marked as a transparency mask".into()),
            kind => Some(format!("of subfile type {kind}")),
        };
        part
    };
    Ok(pages.iter().enumerate().skip(1).map(part).collect())
}

/// Decodes a page, counted from 0.
pub(super) fn decode_page(bytes: &[u8], limits: &Limits, index: usize) -> Result<Pixels> {
    let (tiff, first) = Tiff::open(bytes)?;
    let mut chain_warnings = vec![];
    let pages = tiff.pages(first, limits, &mut chain_warnings);
    // A first directory that is not there is told as such, before the chain.
    let offset = if index == 0 {
        first
    } else {
        *pages
            .as_ref()
            .map_err(Error::clone)?
            .get(index)
            .ok_or_else(|| Error::internal(format!("there is no page {}", index + 1)))?
    };
    let directory = tiff.directory(offset)?;
    let mut page = read_page(&directory, limits)?;
    limits.check_expansion(page.width as u64, page.height as u64, bytes.len() as u64)?;
    check_chunks(bytes, &directory, &page)?;
    let frames = u32::try_from(pages?.len()).unwrap_or(u32::MAX);
    page.warnings.extend(chain_warnings);

    let alone = directory
        .alone_with(tag::PHOTOMETRIC, 1)
        .ok_or_else(|| Error::input("the photometric interpretation is no single number"))?;
    // The decoder is led to this page alone: the file's header points to it.
    let replacements = alone.into_iter().chain([tiff.pointing_to(offset)]).collect();
    let raw = decompress(Overlay { bytes, at: 0, replacements }, &page, bytes.len())?;
    let (width, height, model) = (page.width as usize, page.height as usize, page.model);
    let samples = interpret(raw, &page)?;
    Ok(Pixels { width, height, model, samples, shown: None, frames, warnings: page.warnings })
}

/// Size and storage of the first page.
pub(super) fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    let (file, first) = Tiff::open(bytes)?;
    let page = read_page(&file.directory(first)?, limits)?;
    let stored = match (page.photometric, page.model) {
        (Photometric::Palette, _) => Stored::Palette,
        (Photometric::YCbCr, _) => Stored::YCbCr,
        (_, ColorModel::Gray) => Stored::Gray,
        (_, ColorModel::GrayAlpha) => Stored::GrayAlpha,
        (_, ColorModel::Rgb) => Stored::Rgb,
        (_, ColorModel::Rgba) => Stored::Rgba,
        (_, ColorModel::Cmyk) => Stored::Cmyk,
    };
    let (width, height) = (page.width, page.height);
    Ok(Header { kind: Kind::Tiff, width, height, bits: page.bits as u8, stored, jpeg: None })
}

fn read_page(directory: &Directory<'_>, limits: &Limits) -> Result<Page> {
    let required = |number: u16, name: &str| {
        directory.value(number)?.ok_or_else(|| Error::input(format!("the page states no {name}")))
    };
    let or = |number: u16, default: u64| Ok::<_, Error>(directory.value(number)?.unwrap_or(default));
    let (width, height) = (required(tag::WIDTH, "width")?, required(tag::HEIGHT, "height")?);
    let samples = or(tag::SAMPLES_PER_PIXEL, 1)?;
    if !(1..=64).contains(&samples) {
        return Err(Error::unsupported(format!("TIFF with {samples} samples a pixel, expected 1 to 64")));
    }
    let all_bits = directory.values(tag::BITS_PER_SAMPLE, samples)?;
    let bits = all_bits.first().copied().unwrap_or(1);
    let formats = directory.values(tag::SAMPLE_FORMAT, samples)?;
    match formats.iter().find(|f| **f != 1) {
        None => {}
        Some(2) => return Err(Error::unsupported("TIFF with signed samples is not read")),
        Some(3) => return Err(Error::unsupported("TIFF with floating-point samples is not read")),
        Some(other) => {
            return Err(Error::unsupported(format!("TIFF with sample format {other} is not read")));
        }
    }
    if all_bits.iter().any(|b| *b != bits) || !matches!(bits, 1 | 2 | 4 | 8 | 16) {
        return Err(Error::unsupported(format!(
            "TIFF with {all_bits:?} bits a sample, expected 1, 2, 4, 8 or 16"
        )));
    }
    // Raw samples and the output at once, or indices and RGB.
    limits.check_picture(width, height, samples * bits.div_ceil(8) * 2 + 4)?;
    if or(tag::FILL_ORDER, 1)? != 1 && bits < 8 {
        return Err(Error::unsupported("TIFF with reversed bits (fill order 2) is not read"));
    }
    let compression = or(tag::COMPRESSION, compression::NONE)?;
    let jpeg = compression == compression::JPEG;
    let photometric = match required(tag::PHOTOMETRIC, "photometric interpretation")? {
        0 => Photometric::WhiteIsZero,
        1 => Photometric::BlackIsZero,
        2 => Photometric::Rgb,
        3 => Photometric::Palette,
        5 if or(tag::INK_SET, 1)? == 1 && !jpeg => Photometric::Cmyk,
        6 if jpeg && bits == 8 => Photometric::YCbCr,
        32_803 | 34_892 => return Err(Error::unsupported("camera raw in TIFF (DNG) is not read")),
        other => {
            return Err(Error::unsupported(format!(
                "TIFF with photometric interpretation {other} and compression {compression} is not read"
            )));
        }
    };
    let mut page = Page {
        width,
        height,
        bits,
        samples,
        photometric,
        planar: samples > 1 && or(tag::PLANAR_CONFIGURATION, 1)? == 2,
        model: ColorModel::Gray,
        palette: Vec::new(),
        warnings: Vec::new(),
    };
    if page.planar && bits < 8 {
        return Err(Error::unsupported(format!("TIFF with planes of {bits} bits is not read")));
    }
    if bits < 8 && or(tag::PREDICTOR, 1)? != 1 {
        return Err(Error::unsupported(format!("TIFF with a predictor on {bits} bits is not read")));
    }
    page.model = color_model(directory, &mut page)?;
    if photometric == Photometric::Palette {
        page.palette = palette(directory, &mut page)?;
    }
    if or(tag::SUBFILE_TYPE, 0)? & 1 == 1 {
        page.warnings.push("the page is marked as a reduced version of another".into());
    }
    Ok(page)
}

/// What the samples mean together; samples that mean nothing known are left out, with a warning.
fn color_model(directory: &Directory<'_>, page: &mut Page) -> Result<ColorModel> {
    /// Values of the ExtraSamples tag.
    const ASSOCIATED: u64 = 1;
    const UNASSOCIATED: u64 = 2;
    let (colors, opaque, with_alpha) = match page.photometric {
        Photometric::WhiteIsZero | Photometric::BlackIsZero => {
            (1, ColorModel::Gray, Some(ColorModel::GrayAlpha))
        }
        Photometric::Rgb => (3, ColorModel::Rgb, Some(ColorModel::Rgba)),
        Photometric::Palette => (1, ColorModel::Rgb, None),
        Photometric::Cmyk => (4, ColorModel::Cmyk, None),
        Photometric::YCbCr => (3, ColorModel::Rgb, None),
    };
    let Some(extra) = page.samples.checked_sub(colors) else {
        return Err(Error::input(format!("{} samples a pixel, expected at least {colors}", page.samples)));
    };
    if extra == 0 {
        return Ok(opaque);
    }
    let meaning = directory.values(tag::EXTRA_SAMPLES, page.samples)?.first().copied();
    // Many writers leave the tag out for RGBA.
    let meaning = meaning.unwrap_or(if extra == 1 && with_alpha.is_some() { UNASSOCIATED } else { 0 });
    let (model, used) = match (meaning, with_alpha) {
        (ASSOCIATED | UNASSOCIATED, Some(model)) => (model, 1),
        _ => (opaque, 0),
    };
    if meaning == ASSOCIATED && used == 1 {
        page.warnings.push("colours are stored multiplied by alpha, and kept so".into());
    }
    if extra > used {
        page.warnings.push(format!("{} extra samples a pixel are left out", extra - used));
    }
    Ok(model)
}

fn palette(directory: &Directory<'_>, page: &mut Page) -> Result<Vec<[u8; 3]>> {
    let colors = 1_usize << page.bits;
    let map = directory.values(tag::COLOR_MAP, 3 * colors as u64)?;
    if map.len() != 3 * colors {
        return Err(Error::input(format!(
            "the colour map has {} values, expected {}",
            map.len(),
            3 * colors
        )));
    }
    // Values have 16 bits, but some old writers fill 8.
    let narrow = map.iter().all(|v| *v < 256) && map.iter().any(|v| *v > 0);
    if narrow {
        page.warnings.push("the colour map has 8-bit values, expected 16".into());
    }
    let value = |i: usize| (map[i] >> if narrow { 0 } else { 8 }) as u8;
    Ok((0..colors).map(|i| [value(i), value(colors + i), value(2 * colors + i)]).collect())
}

/// Checks that the strips or tiles are as many as the size needs, lie in the file, and can hold the picture.
fn check_chunks(bytes: &[u8], directory: &Directory<'_>, page: &Page) -> Result<()> {
    let tiled = directory.has(tag::TILE_OFFSETS);
    let (name, offsets_tag, counts_tag) = if tiled {
        ("tile", tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
    } else {
        ("strip", tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
    };
    let side = |number: u16, default: u64| match directory.value(number)?.unwrap_or(default) {
        0 => Err(Error::input(format!("a {name} has a side of 0 pixels"))),
        side => Ok(side),
    };
    let (wide, high) = if tiled {
        (side(tag::TILE_WIDTH, 0)?, side(tag::TILE_HEIGHT, 0)?)
    } else {
        (page.width, side(tag::ROWS_PER_STRIP, page.height)?.min(page.height))
    };
    if tiled && page.planar && !page.height.is_multiple_of(high) {
        // The crate takes the last row of tiles of every plane but the first for a whole one.
        return Err(Error::unsupported("TIFF with planes in tiles that overlap the lower edge is not read"));
    }
    let planes = if page.planar { page.samples } else { 1 };
    let expected = page.width.div_ceil(wide) * page.height.div_ceil(high) * planes;
    let offsets = directory.values(offsets_tag, expected)?;
    let counts = directory.values(counts_tag, expected)?;
    if offsets.len() as u64 != expected || counts.len() as u64 != expected {
        return Err(Error::input(format!(
            "{} {name} offsets and {} byte counts, expected {expected} of {wide}x{high} pixels",
            offsets.len(),
            counts.len()
        )));
    }
    let samples = if page.planar { 1 } else { page.samples };
    let row = wide.saturating_mul(samples * page.bits).div_ceil(8);
    let padded = row.saturating_mul(high).saturating_mul(expected);
    let picture =
        (page.width * samples * page.bits).div_ceil(8).saturating_mul(page.height).saturating_mul(planes);
    if padded > picture.saturating_mul(PADDING.0).saturating_add(PADDING.1) {
        return Err(Error::limits(format!(
            "{expected} {name}s of {wide}x{high} pixels are out of proportion to a picture of {}x{}",
            page.width, page.height
        )));
    }

    let method = directory.value(tag::COMPRESSION)?.unwrap_or(compression::NONE);
    let across = page.width.div_ceil(wide);
    let down = page.height.div_ceil(high);
    for (i, (offset, count)) in (0_u64..).zip(offsets.iter().zip(&counts)) {
        // Without compression the size follows from the picture, and byte counts are often wrong.
        let rows = if tiled { high } else { high.min(page.height - (i / across % down) * high) };
        let needed = if method == compression::NONE { row.saturating_mul(rows) } else { *count };
        if offset.saturating_add(needed) > bytes.len() as u64 {
            return Err(Error::input(format!(
                "{name} {} of {expected} needs {needed} bytes from offset {offset} on, the file has {} bytes",
                i + 1,
                bytes.len()
            )));
        }
        if method == compression::JPEG {
            let data = &bytes[*offset as usize..(offset + count) as usize];
            check_jpeg(data, (wide, rows, high), samples)
                .map_err(|e| Error::input_from(format!("{name} {} of {expected}", i + 1), e))?;
        }
    }
    let ratio = match method {
        compression::LZW => LZW_RATIO,
        compression::PACKBITS => PACKBITS_RATIO,
        compression::DEFLATE | compression::OLD_DEFLATE => DEFLATE_RATIO,
        _ => return Ok(()),
    };
    let stored = counts.iter().fold(0_u64, |sum, c| sum.saturating_add(*c));
    if picture > stored.saturating_mul(ratio) {
        return Err(Error::input(format!(
            "the picture of {}x{} has {picture} bytes before compression, and the {stored} bytes of its {name}s \
             cannot hold more than {}",
            page.width,
            page.height,
            stored.saturating_mul(ratio)
        )));
    }
    Ok(())
}

/// Checks the frame header of a JPEG in a strip or tile: the decoder would allocate for what it states.
fn check_jpeg(data: &[u8], (wide, rows, high): (u64, u64, u64), samples: u64) -> Result<()> {
    let mut at = 2;
    while let Some([0xFF, marker]) = crate::bytes::array(data, at) {
        // Fill bytes may stand before a marker.
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let length = u16_le(data, at + 2).map(u16::swap_bytes).unwrap_or(0);
        if matches!(marker, 0xC0..=0xC2) {
            let field = |i: usize| u16_le(data, at + i).map(|v| u64::from(v.swap_bytes()));
            let (Some(height), Some(width), Some(components)) = (field(5), field(7), data.get(at + 9)) else {
                break;
            };
            if width == wide && (rows..=high).contains(&height) && u64::from(*components) == samples {
                return Ok(());
            }
            return Err(Error::input(format!(
                "the JPEG has {width}x{height} pixels of {components} components, expected {wide}x{rows} of {samples}"
            )));
        }
        at += 2 + usize::from(length.max(2));
    }
    Err(Error::input("the JPEG has no frame header of a kind that is read"))
}

/// The file with a few bytes of the directory replaced.
struct Overlay<'a> {
    bytes: &'a [u8],
    at: u64,
    replacements: Vec<(usize, Vec<u8>)>,
}

impl Read for Overlay<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(self.at).unwrap_or(usize::MAX).min(self.bytes.len());
        let count = out.len().min(self.bytes.len() - start);
        out[..count].copy_from_slice(&self.bytes[start..start + count]);
        for (at, form) in &self.replacements {
            for (place, byte) in (*at..).zip(form) {
                if let Some(target) = place.checked_sub(start).and_then(|i| out[..count].get_mut(i)) {
                    *target = *byte;
                }
            }
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Overlay<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.bytes.len() as u64, by),
        };
        self.at = base.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Samples as the crate leaves them: chunky or in planes, rows of less than 8 bits packed.
fn decompress(file: Overlay<'_>, page: &Page, file_size: usize) -> Result<Samples> {
    let refuse = |error: TiffError| match error {
        TiffError::LimitsExceeded => {
            Error::limits("the page's directory or strips exceed the decoder's limits")
        }
        TiffError::UnsupportedError(error) => {
            Error::unsupported_from("TIFF of a kind that is not read", error)
        }
        TiffError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Error::input_from("the compressed data of a strip or tile ends early", error)
        }
        error => Error::input_from("damaged TIFF", error),
    };
    let mut limits = ::tiff::decoder::Limits::default();
    limits.intermediate_buffer_size = file_size;
    let mut decoder = Decoder::new(file).map_err(refuse)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(refuse)?;
    let (depth, samples) = match decoder.colortype().map_err(refuse)? {
        ColorType::Gray(depth) => (depth, 1),
        ColorType::Multiband { bit_depth, num_samples } => (bit_depth, num_samples),
        other => return Err(Error::internal(format!("the TIFF decoder gives {other:?}, expected gray"))),
    };
    let seen = (u64::from(width), u64::from(height), u64::from(depth), u64::from(samples));
    if seen != (page.width, page.height, page.bits, page.samples) {
        return Err(Error::input("the directory can be read in two ways"));
    }
    let layout = decoder.image_buffer_layout().map_err(refuse)?;
    match layout.sample_type {
        Some(DecodingSampleType::U8) => {
            let mut buffer = zeros::<u8>(layout.complete_len)?;
            decoder.read_image_bytes(&mut buffer).map_err(refuse)?;
            Ok(Samples::U8(buffer))
        }
        Some(DecodingSampleType::U16) => {
            let mut buffer = zeros::<u16>(layout.complete_len.div_ceil(2))?;
            decoder.read_image_bytes(bytemuck::cast_slice_mut(&mut buffer)).map_err(refuse)?;
            Ok(Samples::U16(buffer))
        }
        other => Err(Error::unsupported(format!("TIFF with samples of type {other:?} is not read"))),
    }
}

/// Turns raw samples into those of the page's colour model.
fn interpret(raw: Samples, page: &Page) -> Result<Samples> {
    let raw = match raw {
        Samples::U8(packed) if page.bits < 8 => Samples::U8(unpack(&packed, page)?),
        Samples::U8(raw) => Samples::U8(arrange(raw, page)?),
        Samples::U16(raw) => Samples::U16(arrange(raw, page)?),
    };
    let inverted = page.photometric == Photometric::WhiteIsZero;
    let channels = page.model.channels();
    Ok(match raw {
        Samples::U8(indices) if page.photometric == Photometric::Palette => {
            Samples::U8(look_up(&indices, page)?)
        }
        Samples::U16(indices) if page.photometric == Photometric::Palette => {
            Samples::U8(look_up(&indices, page)?)
        }
        Samples::U8(mut samples) => {
            if inverted {
                samples.iter_mut().step_by(channels).for_each(|s| *s = !*s);
            }
            if page.photometric == Photometric::YCbCr {
                samples.as_chunks_mut::<3>().0.iter_mut().for_each(to_rgb);
            }
            Samples::U8(samples)
        }
        Samples::U16(mut samples) => {
            if inverted {
                samples.iter_mut().step_by(channels).for_each(|s| *s = !*s);
            }
            Samples::U16(samples)
        }
    })
}

fn look_up<T: Copy + Into<usize>>(indices: &[T], page: &Page) -> Result<Vec<u8>> {
    let mut out = zeros::<u8>(indices.len() * 3)?;
    for (pixel, index) in out.as_chunks_mut::<3>().0.iter_mut().zip(indices) {
        // An index has as many bits as the palette is made for.
        *pixel = page.palette.get((*index).into()).copied().unwrap_or_default();
    }
    Ok(out)
}

/// Spreads samples of less than 8 bits to a byte each, those of a palette as they are, others to the full
/// range, which multiplication by 255, 85 or 17 does exactly.
fn unpack(packed: &[u8], page: &Page) -> Result<Vec<u8>> {
    let (samples, bits) = (page.samples as usize, page.bits as usize);
    let row_samples = page.width as usize * samples;
    let stride = (row_samples * bits).div_ceil(8);
    let mask = (1_u8 << bits) - 1;
    let scale = if page.photometric == Photometric::Palette { 1 } else { 255 / mask };
    let kept = kept_samples(page);
    let mut out = Vec::new();
    out.try_reserve_exact(page.width as usize * page.height as usize * kept)
        .map_err(|error| Error::limits_from("the picture does not fit in this machine's memory", error))?;
    for row in packed.chunks_exact(stride).take(page.height as usize) {
        for i in (0..row_samples).filter(|i| i % samples < kept) {
            let shift = 8 - bits - (i * bits) % 8;
            out.push(((row[i * bits / 8] >> shift) & mask) * scale);
        }
    }
    Ok(out)
}

/// Samples a pixel that are kept: the colour model's, or one index.
fn kept_samples(page: &Page) -> usize {
    if page.photometric == Photometric::Palette { 1 } else { page.model.channels() }
}

/// Interleaves planes and leaves out samples that mean nothing known.
fn arrange<T: Copy + Default>(raw: Vec<T>, page: &Page) -> Result<Vec<T>> {
    let (samples, kept) = (page.samples as usize, kept_samples(page));
    if samples == kept && !page.planar {
        return Ok(raw);
    }
    let pixels = page.width as usize * page.height as usize;
    let mut out = zeros::<T>(pixels * kept)?;
    for channel in 0..kept {
        let target = out.iter_mut().skip(channel).step_by(kept);
        if page.planar {
            let plane = raw.iter().skip(channel * pixels);
            target.zip(plane).for_each(|(t, s)| *t = *s);
        } else {
            let source = raw.iter().skip(channel).step_by(samples);
            target.zip(source).for_each(|(t, s)| *t = *s);
        }
    }
    Ok(out)
}

/// Y, Cb, Cr to R, G, B by the equations of JFIF 1.02 in fixed point of 16 bits, as libjpeg rounds them.
pub(crate) fn to_rgb(pixel: &mut [u8; 3]) {
    let [y, cb, cr] = pixel.map(i32::from);
    let (cb, cr) = (cb - 128, cr - 128);
    const HALF: i32 = 1 << 15;
    let red = y + ((91_881 * cr + HALF) >> 16);
    let green = y + ((-22_554 * cb - 46_802 * cr + HALF) >> 16);
    let blue = y + ((116_130 * cb + HALF) >> 16);
    *pixel = [red, green, blue].map(|v| v.clamp(0, 255) as u8);
}
