//! DICOM files (PS3.10): header, frames in every transfer syntax for which a decoder exists, parts.
//!
//! Elements are read here, in one pass without recursion that survives broken files (`walk`); dicom-rs gives
//! the dictionary of attributes and the character sets. Compressed frames are told by their own bytes
//! (`codestream`): JPEG of 8 bits goes through our own reader, RLE (`rle`) and JPEG-LS (`jpegls`) too, lossless
//! JPEG, JPEG 2000 and JPEG XL through other crates after their sizes are checked. Samples keep their stored
//! values (`image`): neither rescaling nor window is applied, signed ones are moved up to begin at 0, and
//! MONOCHROME1 is inverted, so that higher is brighter.

mod codestream;
mod header;
mod image;
mod jpegls;
mod palette;
mod parts;
mod rle;
mod walk;

#[cfg(test)]
mod tests;

use indicia_core::{Error, Evidence, Kind, Limits, Result};

pub(crate) use header::read as read_metadata;
pub(crate) use parts::parts;

use crate::header::{Header, Stored};
use crate::{Pixels, raster};
use image::Image;
use walk::Layout;

/// Decodes the first frame.
///
/// # Errors
/// `Absent` if the file has no picture; `Input`, `Unsupported` and `Limits` as other decoders.
pub(crate) fn decode(evidence: &Evidence) -> Result<Pixels> {
    frame(evidence, 0)
}

fn frame(evidence: &Evidence, index: u32) -> Result<Pixels> {
    let layout = evidence.view::<Layout>(())?;
    let (bytes, limits) = (evidence.bytes(), evidence.limits());
    let Some(image) = Image::read(&layout, bytes, limits)? else {
        return Err(Error::absent("the DICOM file holds no picture"));
    };
    raster::guarded("DICOM", || image::decode(&layout, bytes, &image, index, limits))
}

/// Size and storage of the picture.
pub(crate) fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    let layout = walk::read(bytes, limits)?;
    let Some(image) = Image::read(&layout, bytes, limits)? else {
        return Err(Error::absent("the DICOM file holds no picture"));
    };
    let stored = match (image.photometric.as_str(), image.channels) {
        ("PALETTE COLOR", _) => Stored::Palette,
        (_, 1) => Stored::Gray,
        (name, 3) if name.starts_with("YBR") => Stored::YCbCr,
        (_, 3) => Stored::Rgb,
        _ => Stored::Other,
    };
    let (width, height) = (image.width.into(), image.height.into());
    Ok(Header { kind: Kind::Dicom, width, height, bits: image.stored as u8, stored, jpeg: None })
}
