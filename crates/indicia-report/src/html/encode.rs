//! Pictures and maps as `data:` addresses, free of metadata.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indicia_core::{Error, Picture, Result};

use super::colour::Palette;

/// Pictures of at most this many pixels are embedded without loss.
const LOSSLESS_PIXELS: usize = 300_000;

/// Those that take more than this are not: noise does, and a page holds dozens of pictures.
const LOSSLESS_BYTES: usize = 150_000;

/// Quality of JPEG copies, 1 to 100, on libjpeg's scale. At 90 without chroma subsampling a copy is hard to
/// tell from its source and takes about a tenth of a PNG's room.
const JPEG_QUALITY: u8 = 90;

/// An encoded picture.
#[derive(Debug)]
pub struct Encoded {
    /// A `data:` address.
    pub uri: String,
    /// `PNG` or `JPEG`.
    pub format: &'static str,
}

/// Encodes a picture: PNG if that is small, else JPEG.
///
/// # Errors
/// `Internal` if its samples do not fit its size or an encoder refuses.
pub fn picture(picture: &Picture) -> Result<Encoded> {
    check(picture)?;
    if picture.width * picture.height <= LOSSLESS_PIXELS {
        let bytes = png(picture.width, picture.height, &picture.rgb, None)?;
        if bytes.len() <= LOSSLESS_BYTES {
            return Ok(Encoded { uri: data_uri("image/png", &bytes), format: "PNG" });
        }
    }
    let bytes = jpeg(picture, JPEG_QUALITY)?;
    Ok(Encoded { uri: data_uri("image/jpeg", &bytes), format: "JPEG" })
}

/// Encodes a small picture as a JPEG of lower quality, for lists.
///
/// # Errors
/// As [`picture`].
pub fn thumbnail(picture: &Picture) -> Result<String> {
    check(picture)?;
    Ok(data_uri("image/jpeg", &jpeg(picture, 75)?))
}

/// Encodes levels under a palette as PNG.
///
/// # Errors
/// `Internal` if the encoder refuses.
pub fn levels(width: usize, height: usize, levels: &[u8], palette: &Palette) -> Result<String> {
    Ok(data_uri("image/png", &png(width, height, levels, Some(palette))?))
}

fn check(picture: &Picture) -> Result<()> {
    let Picture { width, height, rgb } = picture;
    if *width == 0
        || *height == 0
        || width.checked_mul(*height).and_then(|n| n.checked_mul(3)) != Some(rgb.len())
    {
        let got = rgb.len();
        return Err(Error::internal(format!(
            "a picture of {width}x{height} has {got} samples, expected three a pixel"
        )));
    }
    Ok(())
}

fn png(width: usize, height: usize, samples: &[u8], palette: Option<&Palette>) -> Result<Vec<u8>> {
    let failed = |error| Error::internal_from("a picture could not be written as PNG", error);
    let side = |n: usize| u32::try_from(n).map_err(|_| Error::internal(format!("a PNG side of {n} pixels")));
    let mut out = vec![];
    let mut encoder = png::Encoder::new(&mut out, side(width)?, side(height)?);
    encoder.set_depth(png::BitDepth::Eight);
    match palette {
        Some(palette) => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette.as_flattened());
            // Differences of palette indices of noise are no smaller than the indices.
            encoder.set_filter(png::Filter::NoFilter);
            encoder.set_deflate_compression(png::DeflateCompression::Level(5));
        }
        None => {
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_compression(png::Compression::Balanced);
        }
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(samples).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

fn jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>> {
    let side = |n: usize| u16::try_from(n).map_err(|_| Error::internal(format!("a JPEG side of {n} pixels")));
    let mut out = vec![];
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder
        .encode(&picture.rgb, side(picture.width)?, side(picture.height)?, jpeg_encoder::ColorType::Rgb)
        .map_err(|error| Error::internal_from("a picture could not be written as JPEG", error))?;
    Ok(out)
}

fn data_uri(media_type: &str, bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4 + 32);
    out.push_str("data:");
    out.push_str(media_type);
    out.push_str(";base64,");
    STANDARD.encode_string(bytes, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use indicia_core::Direction;

    use super::*;
    use crate::html::colour::scale;

    fn bytes(uri: &str) -> Vec<u8> {
        STANDARD.decode(uri.split_once(";base64,").unwrap().1).unwrap()
    }

    #[test]
    fn levels_come_back_as_palette_indices() {
        let scale = scale(Direction::Contrast);
        let uri = levels(3, 2, &[0, 1, 127, 128, 254, 255], &scale.palette).unwrap();
        let mut reader = png::Decoder::new(Cursor::new(bytes(&uri))).read_info().unwrap();
        let mut out = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut out).unwrap();
        assert_eq!(out, [0, 1, 127, 128, 254, 255]);
        let info = reader.info();
        assert_eq!((info.width, info.height, info.color_type), (3, 2, png::ColorType::Indexed));
        assert_eq!(info.palette.as_ref().unwrap()[..], *scale.palette.as_flattened());
    }

    #[test]
    fn a_small_picture_is_kept_without_loss() {
        let rgb: Vec<u8> = (0..24).map(|n| n * 10).collect();
        let encoded = picture(&Picture { width: 4, height: 2, rgb: rgb.clone() }).unwrap();
        assert_eq!(encoded.format, "PNG");
        let mut reader = png::Decoder::new(Cursor::new(bytes(&encoded.uri))).read_info().unwrap();
        let mut out = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut out).unwrap();
        assert_eq!(out, rgb);
    }

    #[test]
    fn a_large_picture_is_a_jpeg_without_application_data() {
        let (width, height) = (800, 500);
        let rgb = (0..width * height * 3).map(|n| (n % 251) as u8).collect();
        let encoded = picture(&Picture { width, height, rgb }).unwrap();
        assert_eq!(encoded.format, "JPEG");
        let bytes = bytes(&encoded.uri);
        assert_eq!(bytes[..2], [0xff, 0xd8]);
        assert_eq!(bytes[bytes.len() - 2..], [0xff, 0xd9]);
        // Of the APPn and comment segments before the scan, only JFIF's APP0 may be there.
        let mut at = 2;
        while bytes[at + 1] != 0xda {
            let marker = bytes[at + 1];
            assert!(!(0xe1..=0xef).contains(&marker) && marker != 0xfe, "marker {marker:#x}");
            at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        }
    }

    #[test]
    fn samples_that_do_not_fit_are_refused() {
        for (width, height, samples) in [(0, 0, 0), (0, 5, 0), (2, 2, 11), (usize::MAX, 2, 6)] {
            assert!(picture(&Picture { width, height, rgb: vec![0; samples] }).is_err());
        }
    }
}
