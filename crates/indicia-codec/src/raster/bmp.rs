//! Windows bitmap.

use std::io::Cursor;

use ::image::codecs::bmp::BmpDecoder;
use ::image::error::ImageError;
use ::image::{ColorType, ImageDecoder};
use indicia_core::{Error, Kind, Limits, Result};

use crate::bytes::{u16_le, u32_le, zeros};
use crate::header::{Header, Stored};
use crate::{ColorModel, Pixels, Samples};

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels> {
    check_header(bytes, limits)?;
    let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(refuse)?;
    let (width, height) = decoder.dimensions();
    let model = match decoder.color_type() {
        ColorType::L8 => ColorModel::Gray,
        ColorType::Rgb8 => ColorModel::Rgb,
        ColorType::Rgba8 => ColorModel::Rgba,
        other => return Err(Error::internal(format!("the BMP decoder gives {other:?}"))),
    };
    // Checked again: what the decoder allocates for is what it read, not what was read above.
    limits.check_picture(width.into(), height.into(), 4)?;
    let mut samples = zeros(width as usize * height as usize * model.channels())?;
    decoder.read_image(&mut samples).map_err(refuse)?;
    Ok(Pixels {
        width: width as usize,
        height: height as usize,
        model,
        samples: Samples::U8(samples),
        shown: None,
        frames: 1,
        warnings: Vec::new(),
    })
}

/// Size and storage of the picture.
pub(super) fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    let (width, height, bits) = check_header(bytes, limits)?;
    let (bits, stored) = match bits {
        1 | 2 | 4 | 8 => (bits as u8, Stored::Palette),
        32 => (8, Stored::Rgba),
        16 => (5, Stored::Rgb),
        _ => (8, Stored::Rgb),
    };
    Ok(Header { kind: Kind::Bmp, width, height, bits, stored, jpeg: None })
}

fn refuse(error: ImageError) -> Error {
    match error {
        ImageError::Unsupported(error) => Error::unsupported_from("BMP of a kind that is not read", error),
        ImageError::Limits(error) => Error::limits_from("decoding the BMP", error),
        error => Error::input_from("damaged BMP", error),
    }
}

/// Checks the size in the header, and that uncompressed rows are all there. Gives width, height and bits of
/// a pixel.
fn check_header(bytes: &[u8], limits: &Limits) -> Result<(u64, u64, u16)> {
    const BI_RGB: u32 = 0;
    const BI_BITFIELDS: u32 = 3;
    let fields = || {
        let offset = u32_le(bytes, 10)?;
        // The core header of OS/2 has 16-bit sides and no compression.
        Some(if u32_le(bytes, 14)? == 12 {
            let (width, height) = (u16_le(bytes, 18)?, u16_le(bytes, 20)?);
            (offset, u64::from(width), u64::from(height), u16_le(bytes, 24)?, BI_RGB)
        } else {
            // Heights below zero mean rows from the top.
            let (width, height) = (u32_le(bytes, 18)? as i32, u32_le(bytes, 22)? as i32);
            let width = u64::try_from(width).unwrap_or(0);
            (offset, width, height.unsigned_abs().into(), u16_le(bytes, 28)?, u32_le(bytes, 30)?)
        })
    };
    let Some((offset, width, height, bits, compression)) = fields() else {
        return Err(Error::input(format!(
            "the file ends inside the BMP header, after {} bytes",
            bytes.len()
        )));
    };
    limits.check_picture(width, height, 4)?;
    limits.check_expansion(width, height, bytes.len() as u64)?;
    if matches!(compression, BI_RGB | BI_BITFIELDS) {
        // Rows are padded to 4 bytes (Microsoft, "Bitmap storage").
        let row = (width * u64::from(bits)).div_ceil(32) * 4;
        let needed = row.saturating_mul(height);
        let there = (bytes.len() as u64).saturating_sub(offset.into());
        if needed > there {
            return Err(Error::input(format!(
                "the {width}x{height} pixels of {bits} bits need {needed} bytes from offset {offset} on, and \
                 {there} are there"
            )));
        }
    }
    Ok((width, height, bits))
}
