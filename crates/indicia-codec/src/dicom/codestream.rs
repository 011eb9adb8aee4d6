//! One frame of compressed samples to plain ones. What a frame is follows from its own bytes, since transfer
//! syntaxes are stated wrongly now and then; only RLE has no mark of its own.

use std::io::Cursor;

use indicia_core::{Error, Limits, Result};
use jpeg_decoder::{ColorTransform, PixelFormat};

use super::image::Image;
use super::{jpegls, rle};
use crate::bytes::{array, u16_be, u32_be, zeros};
use crate::{ColorModel, Pixels, Samples, jpeg};

/// Bytes a pixel and channel that the decoders hold at once: JPEG 2000 and JPEG XL work on 32-bit samples
/// and copies of them.
const BYTES_A_SAMPLE: u64 = 16;

/// The coding of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Discrete cosine transform, 8 bits a sample: read by our own reader.
    Jpeg,
    LosslessJpeg,
    JpegLs,
    Jpeg2000,
    JpegXl,
    /// Recognised and not read.
    Other(&'static str),
    Unknown,
}

/// Plain samples of a frame, interleaved.
pub(super) enum Plain {
    /// In the file's sample values.
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    /// Already a picture, with its colours converted.
    Done(Box<Pixels>),
}

/// Tells the coding of a frame.
pub(super) fn coding(data: &[u8]) -> Coding {
    if data.starts_with(b"\xFF\xD8") {
        jpeg_coding(data)
    } else if data.starts_with(b"\xFF\x4F\xFF\x51") || data.starts_with(b"\0\0\0\x0CjP  ") {
        Coding::Jpeg2000
    } else if data.starts_with(b"\xFF\x0A") || data.starts_with(b"\0\0\0\x0CJXL ") {
        Coding::JpegXl
    } else if data.starts_with(b"\0\0\x01") || data.starts_with(b"\0\0\0\x01") {
        Coding::Other("an MPEG film")
    } else {
        Coding::Unknown
    }
}

/// By the frame header: a start-of-frame marker decides.
fn jpeg_coding(data: &[u8]) -> Coding {
    let mut at = 2;
    while let Some([0xFF, marker]) = array(data, at) {
        if marker == 0xFF {
            at += 1;
            continue;
        }
        let precision = data.get(at + 4).copied();
        match marker {
            0xC0..=0xC2 if precision == Some(8) => return Coding::Jpeg,
            0xC0..=0xC2 => return Coding::Other("JPEG of 12 bits a sample"),
            0xC3 => return Coding::LosslessJpeg,
            0xC5..=0xC7 | 0xCD..=0xCF => return Coding::Other("hierarchical JPEG"),
            0xC9..=0xCB => return Coding::Other("arithmetic-coded JPEG"),
            0xF7 => return Coding::JpegLs,
            _ => at += 2 + usize::from(u16_be(data, at + 2).unwrap_or(0).max(2)),
        }
    }
    Coding::Unknown
}

/// Decodes a frame of `image`.
///
/// # Errors
/// `Input` if it is damaged or not of the size that the header states, `Unsupported` for codings that are not
/// read, `Limits` if it asks for too much memory.
pub(super) fn decode(data: &[u8], image: &Image, is_rle: bool, limits: &Limits) -> Result<Plain> {
    let samples = u64::from(image.channels);
    limits.check_picture(image.width.into(), image.height.into(), samples * BYTES_A_SAMPLE)?;
    limits.check_expansion(image.width.into(), image.height.into(), data.len() as u64)?;
    if is_rle {
        let pixels = image.width as usize * image.height as usize;
        let bytes = match image.allocated {
            8 | 16 | 32 => usize::from(image.allocated / 8),
            bits => return Err(Error::unsupported(format!("RLE of {bits} bits a sample is not read"))),
        };
        let raw = rle::decode(data, pixels, image.channels.into(), bytes)?;
        return Ok(match bytes {
            1 => Plain::U8(raw),
            2 => Plain::U16(raw.as_chunks().0.iter().map(|b| u16::from_le_bytes(*b)).collect()),
            _ => Plain::U32(raw.as_chunks().0.iter().map(|b| u32::from_le_bytes(*b)).collect()),
        });
    }
    match coding(data) {
        Coding::Jpeg => dct_jpeg(data, image, limits),
        Coding::LosslessJpeg => lossless_jpeg(data, image, limits),
        Coding::JpegLs => {
            let frame = jpegls::frame(data)?;
            check_size(image, frame.width as u64, frame.height as u64, frame.components as u64)?;
            Ok(Plain::U16(jpegls::decode(data, frame)?.samples))
        }
        Coding::Jpeg2000 => jpeg_2000(data, image),
        Coding::JpegXl => jpeg_xl(data, image, limits),
        Coding::Other(what) => Err(Error::unsupported(format!("a DICOM frame that is {what} is not read"))),
        Coding::Unknown => Err(Error::input("the compressed frame is of no known coding, or cut")),
    }
}

fn check_size(image: &Image, width: u64, height: u64, channels: u64) -> Result<()> {
    let stated = (u64::from(image.width), u64::from(image.height), u64::from(image.channels));
    if stated == (width, height, channels) {
        return Ok(());
    }
    Err(Error::input(format!(
        "the compressed frame has {width}x{height} pixels of {channels} samples, the header states {}x{} of {}",
        stated.0, stated.1, stated.2
    )))
}

fn dct_jpeg(data: &[u8], image: &Image, limits: &Limits) -> Result<Plain> {
    let mut file = jpeg::parse(data, limits)?;
    check_size(image, file.width as u64, file.height as u64, file.components.len() as u64)?;
    // Without a marker of its own the file means what the header says.
    if image.photometric == "RGB" && file.jfif.is_none() && file.adobe_transform.is_none() {
        file.adobe_transform = Some(0);
    }
    Ok(Plain::Done(Box::new(jpeg::decode_pixels(&file)?)))
}

fn lossless_jpeg(data: &[u8], image: &Image, limits: &Limits) -> Result<Plain> {
    let refuse = |error: jpeg_decoder::Error| match error {
        jpeg_decoder::Error::Unsupported(what) => {
            Error::unsupported(format!("lossless JPEG with {what:?} is not read"))
        }
        error => Error::input_from("damaged lossless JPEG", error),
    };
    let mut decoder = jpeg_decoder::Decoder::new(Cursor::new(data));
    decoder.set_color_transform(ColorTransform::None);
    decoder.set_max_decoding_buffer_size(usize::try_from(limits.memory).unwrap_or(usize::MAX));
    decoder.read_info().map_err(refuse)?;
    let info = decoder.info().ok_or_else(|| Error::input("the lossless JPEG has no frame header"))?;
    let (channels, wide) = match info.pixel_format {
        PixelFormat::L8 => (1, false),
        PixelFormat::L16 => (1, true),
        PixelFormat::RGB24 => (3, false),
        PixelFormat::CMYK32 => (4, false),
    };
    check_size(image, info.width.into(), info.height.into(), channels)?;
    let raw = decoder.decode().map_err(refuse)?;
    Ok(if wide {
        Plain::U16(raw.as_chunks().0.iter().map(|b| u16::from_ne_bytes(*b)).collect())
    } else {
        Plain::U8(raw)
    })
}

/// JPEG 2000 (ITU-T T.800), through a translation of OpenJPEG.
fn jpeg_2000(data: &[u8], image: &Image) -> Result<Plain> {
    // The decoder would allocate for what the stream states.
    let at = memchr::memmem::find(data, b"\xFF\x4F\xFF\x51")
        .ok_or_else(|| Error::input("the JPEG 2000 frame has no codestream"))?;
    let field = |i: usize| u32_be(data, at + 8 + 4 * i).map(u64::from);
    let (Some(right), Some(lower), Some(left), Some(top), Some(channels)) =
        (field(0), field(1), field(2), field(3), u16_be(data, at + 40))
    else {
        return Err(Error::input("the JPEG 2000 frame ends inside its header"));
    };
    check_size(image, right.saturating_sub(left), lower.saturating_sub(top), channels.into())?;
    let picture = jpeg2k::Image::from_bytes(data)
        .map_err(|error| Error::input(format!("damaged JPEG 2000: {error}")))?;
    let pixels = image.width as usize * image.height as usize;
    let components = picture.components();
    let mut out = zeros::<u16>(pixels * components.len())?;
    for (i, component) in components.iter().enumerate() {
        if (component.width(), component.height()) != (image.width.into(), image.height.into())
            || component.data().len() != pixels
            || component.precision() > 16
        {
            return Err(Error::unsupported(format!(
                "a JPEG 2000 component of {}x{} samples of {} bits is not read",
                component.width(),
                component.height(),
                component.precision()
            )));
        }
        // Negative samples keep their lower bits, as those of the header's signed samples.
        let places = out.iter_mut().skip(i).step_by(components.len());
        places.zip(component.data()).for_each(|(place, value)| *place = *value as u16);
    }
    Ok(Plain::U16(out))
}

fn jpeg_xl(data: &[u8], image: &Image, limits: &Limits) -> Result<Plain> {
    let refuse =
        |error: Box<dyn std::error::Error + Send + Sync>| Error::input(format!("damaged JPEG XL: {error}"));
    let memory = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let tracker = jxl_oxide::AllocTracker::with_limit(memory);
    let picture =
        jxl_oxide::JxlImage::builder().alloc_tracker(tracker).read(Cursor::new(data)).map_err(refuse)?;
    let bits = picture.image_header().metadata.bit_depth.bits_per_sample();
    if !(1..=16).contains(&bits) {
        return Err(Error::unsupported(format!("JPEG XL of {bits} bits a sample is not read")));
    }
    let frame = picture.render_frame(0).map_err(refuse)?;
    let mut stream = frame.stream_no_alpha();
    check_size(image, stream.width().into(), stream.height().into(), stream.channels().into())?;
    let mut raw = zeros::<f32>(image.width as usize * image.height as usize * stream.channels() as usize)?;
    stream.write_to_buffer(&mut raw);
    let most = ((1_u32 << bits) - 1) as f32;
    Ok(Plain::U16(raw.iter().map(|v| (v * most).round().clamp(0.0, most) as u16).collect()))
}

/// True if the samples of a decoded frame are in the colours that the codestream's own transform gives,
/// whatever the header calls them.
pub(super) fn converts_color(data: &[u8]) -> bool {
    matches!(coding(data), Coding::Jpeg2000 | Coding::JpegXl)
}

/// The colour model of `channels` plain samples.
pub(super) fn model(channels: u16) -> Result<ColorModel> {
    match channels {
        1 => Ok(ColorModel::Gray),
        3 => Ok(ColorModel::Rgb),
        other => Err(Error::unsupported(format!("DICOM with {other} samples a pixel is not read"))),
    }
}

/// Samples as wide as they need to be.
pub(super) fn narrow(samples: Vec<u16>, bits: u16) -> Samples {
    if bits <= 8 {
        Samples::U8(samples.into_iter().map(|v| v as u8).collect())
    } else {
        Samples::U16(samples)
    }
}
