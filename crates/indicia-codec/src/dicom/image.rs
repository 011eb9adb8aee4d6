//! Frames of a DICOM picture: what the header says of its samples (PS3.3, C.7.6.3), and pixels from them.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use flate2::read::DeflateDecoder;
use indicia_core::{Error, Limits, Result};

use super::codestream::{self, Plain};
use super::walk::{Layout, PixelData, tag, uid};
use crate::bytes::zeros;
use crate::{ColorModel, Pixels, Samples};

/// What the header says of the samples.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub width: u16,
    pub height: u16,
    pub channels: u16,
    pub frames: u32,
    pub allocated: u16,
    pub stored: u16,
    pub high_bit: u16,
    pub signed: bool,
    pub planar: bool,
    pub photometric: String,
    /// Centre and width of the first window, in units after rescaling.
    pub window: Option<(f64, f64)>,
    pub slope: f64,
    pub intercept: f64,
}

/// An integer value: the first of the element's.
fn integer(layout: &Layout, bytes: &[u8], wanted: u32) -> Option<u16> {
    let two: [u8; 2] = layout.value(bytes, wanted)?.get(..2)?.try_into().ok()?;
    Some(if layout.syntax.little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned()
}

/// The first of the decimal numbers in a value.
fn number(value: &[u8]) -> Option<f64> {
    text(value).split('\\').next()?.trim().parse().ok().filter(|v: &f64| v.is_finite())
}

impl Image {
    /// Reads the header; `None` if the file has no picture.
    ///
    /// # Errors
    /// `Input` if something that every picture has is missing, `Limits` if there are more frames than the
    /// limits allow.
    pub(super) fn read(layout: &Layout, bytes: &[u8], limits: &Limits) -> Result<Option<Self>> {
        if layout.pixels.is_none() {
            return Ok(None);
        }
        let required = |wanted: u32, name: &str| {
            integer(layout, bytes, wanted)
                .ok_or_else(|| Error::input(format!("there are pixel data, but the header states no {name}")))
        };
        let frames = layout.value(bytes, 0x0028_0008).and_then(number).unwrap_or(1.0);
        if frames > f64::from(limits.frames) {
            return Err(Error::limits(format!(
                "the header states {frames} frames, limit {} (raise it with --limits frames=N)",
                limits.frames
            )));
        }
        let allocated = required(0x0028_0100, "BitsAllocated")?;
        let stored = integer(layout, bytes, 0x0028_0101).unwrap_or(allocated);
        let high_bit = integer(layout, bytes, 0x0028_0102).unwrap_or(stored.saturating_sub(1));
        let image = Self {
            width: required(0x0028_0011, "Columns")?,
            height: required(0x0028_0010, "Rows")?,
            channels: integer(layout, bytes, 0x0028_0002).unwrap_or(1),
            frames: (frames as u32).max(1),
            allocated,
            stored,
            high_bit,
            signed: integer(layout, bytes, 0x0028_0103) == Some(1),
            planar: integer(layout, bytes, 0x0028_0006) == Some(1),
            photometric: layout.value(bytes, 0x0028_0004).map(text).unwrap_or_default(),
            // Multi-frame files keep these in functional groups, of which the first stands for all.
            window: layout
                .nested(bytes, 0x0028_1050)
                .and_then(number)
                .zip(layout.nested(bytes, 0x0028_1051).and_then(number).filter(|width| *width >= 1.0)),
            slope: layout.nested(bytes, 0x0028_1053).and_then(number).filter(|s| *s != 0.0).unwrap_or(1.0),
            intercept: layout.nested(bytes, 0x0028_1052).and_then(number).unwrap_or(0.0),
        };
        let bits = (image.allocated, image.stored, image.high_bit);
        let sound = matches!(image.allocated, 1 | 8 | 12 | 16 | 32)
            && (1..=image.allocated).contains(&image.stored)
            && (image.stored - 1..image.allocated).contains(&image.high_bit);
        if !sound {
            return Err(Error::unsupported(format!(
                "DICOM with {} bits allocated, {} stored and high bit {} is not read",
                bits.0, bits.1, bits.2
            )));
        }
        limits.check_picture(image.width.into(), image.height.into(), u64::from(image.channels) * 4 + 8)?;
        Ok(Some(image))
    }

    /// Bits of a frame of uncompressed samples.
    fn frame_bits(&self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        // Two lumas share their colour differences.
        let samples = if self.halves_color() { 2 } else { u64::from(self.channels) };
        pixels * samples * u64::from(self.allocated)
    }

    fn halves_color(&self) -> bool {
        self.channels == 3 && matches!(self.photometric.as_str(), "YBR_FULL_422" | "YBR_PARTIAL_422")
    }
}

/// Compressed bytes of a frame, and where they stand if in one piece.
pub(super) type Placed<'a> = (Cow<'a, [u8]>, Option<Range<usize>>);

/// The compressed bytes of frame `index`.
///
/// # Errors
/// `Input` if the frame is not there or the file does not tell where it begins.
pub(super) fn fragment<'a>(
    layout: &'a Layout,
    bytes: &'a [u8],
    frames: u32,
    index: u32,
) -> Result<Placed<'a>> {
    let Some(PixelData::Encapsulated { offsets, fragments }) = &layout.pixels else {
        return Err(Error::internal("fragments of a picture that has none"));
    };
    let data = layout.data(bytes);
    let missing = || Error::input(format!("the pixel data have no frame {} of {frames}", index + 1));
    let (index, frames) = (index as usize, frames as usize);
    let group: &[Range<usize>] = if frames == 1 {
        fragments
    } else if fragments.len() == frames {
        fragments.get(index..=index).ok_or_else(missing)?
    } else {
        let starts = layout.starts.get_or_init(|| starts(layout, bytes, offsets, fragments, frames));
        let from = *starts.get(index).ok_or_else(missing)?;
        let to = starts.get(index + 1).copied().unwrap_or(fragments.len());
        fragments.get(from..to).ok_or_else(missing)?
    };
    match group {
        [] => Err(missing()),
        [one] => Ok((Cow::Borrowed(&data[one.clone()]), Some(one.clone()))),
        many => Ok((Cow::Owned(many.iter().flat_map(|range| &data[range.clone()]).copied().collect()), None)),
    }
}

/// Indices of the fragments that frames begin with: by the offset tables, else by the marks that codestreams
/// begin with.
fn starts(
    layout: &Layout,
    bytes: &[u8],
    offsets: &[u64],
    fragments: &[Range<usize>],
    frames: usize,
) -> Vec<usize> {
    let extended: Vec<u64> = layout
        .value(bytes, tag::EXTENDED_OFFSETS)
        .map(|value| value.as_chunks().0.iter().map(|b| u64::from_le_bytes(*b)).collect())
        .unwrap_or_default();
    let first = fragments.first().map_or(0, |range| range.start);
    for table in [offsets, &extended] {
        let starts: Option<Vec<usize>> = table
            .iter()
            .map(|offset| fragments.binary_search_by_key(offset, |range| (range.start - first) as u64).ok())
            .collect();
        if let Some(starts) = starts.filter(|starts| starts.len() == frames) {
            return starts;
        }
    }
    let data = layout.data(bytes);
    let begins = |range: &Range<usize>| {
        let head = &data[range.clone()];
        [&b"\xFF\xD8"[..], b"\xFF\x4F\xFF\x51", b"\xFF\x0A", b"\0\0\0\x0C"]
            .iter()
            .any(|m| head.starts_with(m))
    };
    let starts: Vec<usize> =
        fragments.iter().enumerate().filter(|(_, range)| begins(range)).map(|(i, _)| i).collect();
    if starts.len() == frames { starts } else { vec![] }
}

/// Decodes frame `index`, counted from 0.
///
/// # Errors
/// `Input` if the data are damaged, cut or not those of the header, `Unsupported` for what is not read,
/// `Limits` if it asks for too much.
pub(super) fn decode(
    layout: &Layout,
    bytes: &[u8],
    image: &Image,
    index: u32,
    limits: &Limits,
) -> Result<Pixels> {
    let mut warnings = layout.warnings.clone();
    let (plain, converted) = match &layout.pixels {
        Some(PixelData::Native { value, vr }) => {
            let data = layout.data(bytes).get(value.clone()).unwrap_or_default();
            (native(data, *vr == *b"OW" && !layout.syntax.little, layout.syntax.little, image, index)?, false)
        }
        Some(PixelData::Encapsulated { .. }) => {
            let (data, _) = fragment(layout, bytes, image.frames, index)?;
            let transfer = layout.transfer.as_deref();
            let alone = || Image { frames: 1, ..image.clone() };
            if transfer == Some(uid::ENCAPSULATED_PLAIN) {
                (native(&data, false, true, &alone(), 0)?, false)
            } else if transfer == Some(uid::DEFLATED_FRAMES) {
                let mut plain = vec![];
                let most = image.frame_bits().div_ceil(8) + 1;
                let inflated = DeflateDecoder::new(&*data).take(most).read_to_end(&mut plain);
                inflated.map_err(|error| Error::input_from("the deflated frame does not inflate", error))?;
                (native(&plain, false, true, &alone(), 0)?, false)
            } else {
                let plain = codestream::decode(&data, image, transfer == Some(uid::RLE), limits)?;
                (plain, codestream::converts_color(&data))
            }
        }
        Some(PixelData::Float) => {
            return Err(Error::unsupported("floating-point DICOM samples are not read"));
        }
        None => return Err(Error::absent("the DICOM file holds no picture")),
    };
    let mut pixels = match plain {
        Plain::Done(pixels) => {
            warnings.extend(pixels.warnings.iter().cloned());
            invert(*pixels, image)
        }
        Plain::U8(samples) => {
            interpret(layout, bytes, image, samples.into_iter().map(u16::from).collect(), converted)?
        }
        Plain::U16(samples) => interpret(layout, bytes, image, samples, converted)?,
        Plain::U32(samples) => {
            warnings.push("of samples of 32 bits the upper 16 in use are kept".into());
            upper(samples, image)?
        }
    };
    pixels.frames = image.frames;
    pixels.warnings = warnings;
    Ok(pixels)
}

/// Samples of an uncompressed frame, interleaved.
fn native(data: &[u8], words: bool, little: bool, image: &Image, index: u32) -> Result<Plain> {
    let bits = image.frame_bits();
    let short = || {
        Error::input(format!(
            "the pixel data of {} bytes end before frame {} of {}, of {} bytes a frame",
            data.len(),
            index + 1,
            image.frames,
            bits.div_ceil(8)
        ))
    };
    let first = bits * u64::from(index);
    let part = |from: u64, to: u64| data.get(usize::try_from(from).ok()?..usize::try_from(to).ok()?);
    if image.allocated == 1 {
        // Frames follow each other without padding, the first pixel in the lowest bit.
        let bytes = part(first / 8, (first + bits).div_ceil(8)).ok_or_else(short)?;
        let bit = |i: u64| bytes[(i / 8) as usize] >> (i % 8) & 1;
        return Ok(Plain::U8((0..bits).map(|i| bit(first % 8 + i)).collect()));
    }
    if image.allocated == 12 {
        return Err(Error::unsupported("DICOM with 12 bits allocated is not read"));
    }
    let frame = part(first / 8, (first + bits) / 8).ok_or_else(short)?;
    let samples = match image.allocated {
        // In big-endian words the two bytes of a pair are exchanged.
        8 if words => Plain::U8((0..frame.len()).filter_map(|i| frame.get(i ^ 1).copied()).collect()),
        8 => Plain::U8(frame.to_vec()),
        16 => Plain::U16(
            frame
                .as_chunks()
                .0
                .iter()
                .map(|b| if little { u16::from_le_bytes(*b) } else { u16::from_be_bytes(*b) })
                .collect(),
        ),
        _ => Plain::U32(
            frame
                .as_chunks()
                .0
                .iter()
                .map(|b| if little { u32::from_le_bytes(*b) } else { u32::from_be_bytes(*b) })
                .collect(),
        ),
    };
    Ok(match samples {
        Plain::U8(samples) => Plain::U8(arrange(samples, image)?),
        Plain::U16(samples) => Plain::U16(arrange(samples, image)?),
        Plain::U32(samples) => Plain::U32(arrange(samples, image)?),
        done => done,
    })
}

/// Interleaves planes and gives every pixel its colour differences.
fn arrange<T: Copy + Default>(raw: Vec<T>, image: &Image) -> Result<Vec<T>> {
    let channels = usize::from(image.channels);
    let pixels = usize::from(image.width) * usize::from(image.height);
    if image.halves_color() {
        let mut out = zeros::<T>(pixels * 3)?;
        for (two, four) in out.chunks_mut(6).zip(raw.chunks_exact(4)) {
            let spread = [four[0], four[2], four[3], four[1], four[2], four[3]];
            two.copy_from_slice(&spread[..two.len()]);
        }
        return Ok(out);
    }
    if !image.planar || channels == 1 {
        return Ok(raw);
    }
    let mut out = zeros::<T>(pixels * channels)?;
    for (channel, plane) in raw.chunks_exact(pixels).enumerate() {
        out.iter_mut().skip(channel).step_by(channels).zip(plane).for_each(|(place, value)| *place = *value);
    }
    Ok(out)
}

/// What a sample is made into: unsigned numbers in the order of the stored ones.
fn order(image: &Image) -> impl Fn(u16) -> u16 {
    let shift = (image.high_bit + 1 - image.stored).min(15);
    let mask = ((1_u32 << image.stored.min(16)) - 1) as u16;
    let sign = if image.signed { 1 << (image.stored.min(16) - 1) } else { 0 };
    let flip = if image.photometric == "MONOCHROME1" { mask } else { 0 };
    move |value| ((value >> shift) & mask) ^ sign ^ flip
}

fn interpret(
    layout: &Layout,
    bytes: &[u8],
    image: &Image,
    mut samples: Vec<u16>,
    converted: bool,
) -> Result<Pixels> {
    let (width, height) = (image.width.into(), image.height.into());
    let made = |model: ColorModel, samples: Samples, shown: Option<[u16; 2]>| {
        Ok(Pixels { width, height, model, samples, shown, frames: 1, warnings: vec![] })
    };
    if image.photometric == "PALETTE COLOR" && image.channels == 1 {
        return made(ColorModel::Rgb, super::palette::look_up(layout, bytes, image, &samples)?, None);
    }
    let model = codestream::model(image.channels)?;
    let order = order(image);
    samples.iter_mut().for_each(|v| *v = order(*v));
    if model == ColorModel::Rgb {
        match image.photometric.as_str() {
            "YBR_FULL" | "YBR_FULL_422" if !converted && image.stored <= 8 => {
                for pixel in samples.as_chunks_mut::<3>().0 {
                    let mut bytes = pixel.map(|v| v as u8);
                    crate::raster::to_rgb(&mut bytes);
                    *pixel = bytes.map(u16::from);
                }
            }
            "RGB" | "YBR_RCT" | "YBR_ICT" => {}
            _ if converted => {}
            other => {
                return Err(Error::unsupported(format!(
                    "DICOM with photometric interpretation {other:?} of {} bits is not read",
                    image.stored
                )));
            }
        }
    }
    let shown = if model == ColorModel::Gray { Some(shown(image, &samples)) } else { color_range(image) };
    made(model, codestream::narrow(samples, image.stored), shown)
}

/// Colours of less than full range.
fn color_range(image: &Image) -> Option<[u16; 2]> {
    (!matches!(image.stored, 8 | 16..)).then(|| [0, ((1_u32 << image.stored.min(16)) - 1) as u16])
}

/// The samples that are shown black and white: those at the ends of the header's window, else the extremes,
/// else, for 8 bits, the whole range.
fn shown(image: &Image, samples: &[u16]) -> [u16; 2] {
    let most = ((1_u32 << image.stored.min(16)) - 1) as u16;
    let least_and_most = || {
        let least = samples.iter().min().copied().unwrap_or(0);
        [least, samples.iter().max().copied().unwrap_or(most).max(least.saturating_add(1))]
    };
    if image.stored == 8 {
        return [0, 255];
    }
    let Some((centre, width)) = image.window.filter(|_| image.stored > 8) else { return least_and_most() };
    // PS3.3, C.11.2.1.2: the window in rescaled units, brought back to stored ones.
    let ends = [centre - 0.5 - (width - 1.0) / 2.0, centre - 0.5 + (width - 1.0) / 2.0];
    let order = order(image);
    let range = if image.signed {
        -(f64::from(most) + 1.0) / 2.0..=(f64::from(most) - 1.0) / 2.0
    } else {
        0.0..=f64::from(most)
    };
    let [a, b] = ends.map(|end| {
        let stored = ((end - image.intercept) / image.slope).round().clamp(*range.start(), *range.end());
        order((stored as i32 as u16) << (image.high_bit + 1 - image.stored).min(15))
    });
    let window = [a.min(b), a.max(b)];
    // A window beside all samples, as of another picture, would show nothing.
    let inside = samples.iter().any(|v| (window[0]..=window[1]).contains(v));
    if window[0] < window[1] && inside { window } else { least_and_most() }
}

/// Samples of 32 bits in 16: shifted so that the largest still fits.
fn upper(samples: Vec<u32>, image: &Image) -> Result<Pixels> {
    let model = codestream::model(image.channels)?;
    let sign = if image.signed { 1 << (image.stored - 1) } else { 0 };
    let mask = u32::MAX >> (32 - image.stored.clamp(1, 32));
    let flip = if image.photometric == "MONOCHROME1" { mask } else { 0 };
    let ordered: Vec<u32> = samples.into_iter().map(|v| (v & mask) ^ sign ^ flip).collect();
    let most = ordered.iter().max().copied().unwrap_or(0);
    let shift = if model == ColorModel::Gray {
        (32 - most.leading_zeros()).saturating_sub(16)
    } else {
        u32::from(image.stored.saturating_sub(16))
    };
    let samples: Vec<u16> = ordered.into_iter().map(|v| (v >> shift) as u16).collect();
    let shown = (model == ColorModel::Gray).then(|| {
        let least = samples.iter().min().copied().unwrap_or(0);
        [least, samples.iter().max().copied().unwrap_or(0).max(least.saturating_add(1))]
    });
    let (width, height) = (image.width.into(), image.height.into());
    Ok(Pixels { width, height, model, samples: Samples::U16(samples), shown, frames: 1, warnings: vec![] })
}

/// A picture that a codestream decoded by itself, its gray inverted where the header says so.
fn invert(mut pixels: Pixels, image: &Image) -> Pixels {
    if image.photometric == "MONOCHROME1"
        && pixels.model == ColorModel::Gray
        && let Samples::U8(samples) = &mut pixels.samples
    {
        samples.iter_mut().for_each(|v| *v = !*v);
    }
    pixels
}
