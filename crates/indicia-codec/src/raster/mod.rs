//! Pictures that are not JPEG: PNG, TIFF, WebP, BMP, GIF.
//!
//! Well-kept crates undo the compression. What hostile bytes could exploit is decided here, before those
//! crates see them: the layout of the file is walked, the picture's size is checked against the limits, and
//! a header that promises more than its data can hold is refused before anything is allocated for it. What
//! samples mean (palettes, transparency, inverted gray) is decided here too, so that it is the same for all
//! formats: samples come out as stored, without rotation, colour management or multiplication by alpha.

mod bmp;
mod canvas;
mod gif;
mod guard;
mod png;
mod tiff;
mod tiff_layout;
mod webp;

pub(crate) use guard::guarded;
#[cfg(feature = "dicom")]
pub(crate) use tiff::to_rgb;

use indicia_core::{Error, Evidence, Kind, Limits, Part, PartRole, Result};

use crate::header::Header;
use crate::{Parts, Pixels};

/// Most bytes that one byte of deflate can stand for: 258 bytes in a little over two bits.
const DEFLATE_RATIO: u64 = 1032;

/// Decodes the first frame or page.
///
/// # Errors
/// `Input` if the file is damaged or ends early, `Limits` if it asks for more than the limits allow,
/// `Unsupported` for a variant of the format that is not read.
pub(crate) fn decode(evidence: &Evidence) -> Result<Pixels> {
    let (bytes, limits) = (evidence.bytes(), evidence.limits());
    let decoder = match evidence.kind() {
        Kind::Png => png::decode,
        Kind::Tiff => tiff::decode,
        Kind::Webp => webp::decode,
        Kind::Bmp => bmp::decode,
        Kind::Gif => gif::decode,
        other => return Err(Error::internal(format!("{other} was given to the raster decoders"))),
    };
    guarded(evidence.kind().name(), || decoder(bytes, limits))
}

/// Lists the frames or pages beyond the first, and makes evidence of them when asked.
///
/// # Errors
/// Those of reading the file's layout.
pub(crate) fn parts(evidence: &Evidence) -> Result<Parts> {
    let (bytes, limits) = (evidence.bytes(), evidence.limits());
    let list = match evidence.kind() {
        Kind::Tiff => tiff::list_pages(bytes, limits)?,
        Kind::Gif => frames(gif::count(bytes, limits)?),
        Kind::Webp => frames(webp::count(bytes, limits)?),
        Kind::Png => frames(png::count(bytes, limits)?),
        _ => return Ok(Parts::none()),
    };
    Ok(Parts::new(list, |evidence, index| {
        let (bytes, limits) = (evidence.bytes(), evidence.limits());
        let decoder = match evidence.kind() {
            Kind::Tiff => tiff::decode_page,
            Kind::Gif => gif::decode_frame,
            Kind::Webp => webp::decode_frame,
            _ => png::decode_frame,
        };
        guarded(evidence.kind().name(), || decoder(bytes, limits, index + 1))?.into_evidence(evidence)
    }))
}

/// The frames of an animation but the first.
fn frames(count: u32) -> Vec<Part> {
    (2..=count).map(|number| Part::new(PartRole::Frame, format!("frame {number}"))).collect()
}

/// Checks the work of drawing all frames up to one, each of so many pixels.
fn check_animation(frames: impl Iterator<Item = u64>, limits: &Limits) -> Result<()> {
    let pixels = frames.fold(0_u64, u64::saturating_add);
    let most = limits.pixels.saturating_mul(2);
    if pixels > most {
        return Err(Error::limits(format!(
            "the frames up to this one have {pixels} pixels together, limit {most} (raise it with --limits pixels=N)"
        )));
    }
    Ok(())
}

/// Reads the header without decompressing anything.
///
/// # Errors
/// Those of [`decode`] that the header and the layout of the file give.
pub(crate) fn header(kind: Kind, bytes: &[u8], limits: &Limits) -> Result<Header> {
    let read = match kind {
        Kind::Png => png::header,
        Kind::Tiff => tiff::header,
        Kind::Webp => webp::header,
        Kind::Bmp => bmp::header,
        Kind::Gif => gif::header,
        other => return Err(Error::internal(format!("{other} was given to the raster decoders"))),
    };
    read(bytes, limits)
}
