use indicia_core::{Error, Kind, Limits, Result};

use crate::jpeg::ColorSpace;
use crate::{identify, jpeg, raster};

/// What the header of a picture states. Nothing is decompressed for it, so that a table of a million pictures
/// is described in the time that reading them takes.
#[derive(Debug, Clone)]
pub struct Header {
    /// What the file is.
    pub kind: Kind,
    /// Columns.
    pub width: u64,
    /// Rows.
    pub height: u64,
    /// Bits of a stored sample; of a palette picture, of an index.
    pub bits: u8,
    /// What a stored pixel is made of.
    pub stored: Stored,
    /// Layout and tables of a JPEG, up to its first scan: components have no blocks.
    pub jpeg: Option<jpeg::Jpeg>,
}

/// What a stored pixel is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stored {
    /// One channel.
    Gray,
    /// Gray and alpha.
    GrayAlpha,
    /// Index into a palette.
    Palette,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha.
    Rgba,
    /// Luma and two colour differences.
    YCbCr,
    /// Luma, two colour differences and alpha.
    YCbCrAlpha,
    /// Four inks.
    Cmyk,
    /// Another number of channels.
    Other,
}

impl Stored {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::GrayAlpha => "gray with alpha",
            Self::Palette => "palette",
            Self::Rgb => "RGB",
            Self::Rgba => "RGBA",
            Self::YCbCr => "YCbCr",
            Self::YCbCrAlpha => "YCbCr with alpha",
            Self::Cmyk => "CMYK",
            Self::Other => "other channels",
        }
    }
}

/// Reads the header of a picture.
///
/// # Errors
/// Those of [`identify`](crate::identify), and `Input`, `Limits` or `Unsupported` where decoding would be
/// refused on the header's account.
pub fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    match identify(bytes, limits)? {
        Kind::Jpeg => {
            let jpeg = jpeg::parse_header(bytes, limits)?;
            Ok(Header {
                kind: Kind::Jpeg,
                width: jpeg.width as u64,
                height: jpeg.height as u64,
                bits: 8,
                stored: stored(&jpeg),
                jpeg: Some(jpeg),
            })
        }
        kind @ (Kind::Png | Kind::Tiff | Kind::Webp | Kind::Bmp | Kind::Gif) => {
            raster::header(kind, bytes, limits)
        }
        #[cfg(feature = "dicom")]
        Kind::Dicom => crate::dicom::header(bytes, limits),
        other => Err(Error::unsupported(format!("{other} is recognised but not read yet"))),
    }
}

fn stored(jpeg: &jpeg::Jpeg) -> Stored {
    match (jpeg.components.len(), jpeg::color_space(jpeg)) {
        (2, _) => Stored::Other,
        (_, ColorSpace::Gray) => Stored::Gray,
        (_, ColorSpace::YCbCr) => Stored::YCbCr,
        (_, ColorSpace::Rgb) => Stored::Rgb,
        (_, ColorSpace::Cmyk | ColorSpace::Ycck) => Stored::Cmyk,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(color: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
        let mut out = vec![];
        let mut encoder = png::Encoder::new(&mut out, 3, 2);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == png::ColorType::Indexed {
            encoder.set_palette(vec![0, 1, 2, 3, 4, 5]);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        out
    }

    #[test]
    fn headers_state_size_bits_and_channels() {
        let limits = Limits::default();
        let read = |bytes: &[u8]| {
            let header = header(bytes, &limits).unwrap();
            assert_eq!((header.width, header.height), (3, 2));
            (header.kind, header.bits, header.stored)
        };
        use png::{BitDepth, ColorType};
        let gray = png(ColorType::Grayscale, BitDepth::Sixteen, &[0; 12]);
        assert_eq!(read(&gray), (Kind::Png, 16, Stored::Gray));
        let palette = png(ColorType::Indexed, BitDepth::Eight, &[0; 6]);
        assert_eq!(read(&palette), (Kind::Png, 8, Stored::Palette));
        let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x03\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
        bmp.resize(54 + 2 * 12, 0);
        assert_eq!(read(&bmp), (Kind::Bmp, 8, Stored::Rgb));
        assert_eq!(header(b"%PDF-1.4", &limits).unwrap_err().kind(), indicia_core::ErrorKind::Unsupported);
    }

    #[test]
    fn a_jpeg_has_its_tables_and_no_blocks() {
        let pixels = vec![90; 24 * 17 * 3];
        let tables = jpeg::standard_tables(80);
        let file = jpeg::encode(&pixels, 24, 17, &tables, jpeg::Subsampling::S420).unwrap();
        let whole = jpeg::parse(&file, &Limits::default()).unwrap();
        let head = header(&file, &Limits::default()).unwrap();
        assert_eq!((head.width, head.height, head.stored), (24, 17, Stored::YCbCr));
        let head = head.jpeg.unwrap();
        for (short, long) in head.components.iter().zip(&whole.components) {
            assert_eq!((short.steps, short.h, short.v), (long.steps, long.h, long.v));
            assert!(short.blocks.is_empty());
        }
        assert_eq!(head.quality(), whole.quality());
        for cut in 0..file.len() {
            let _ = header(&file[..cut], &Limits::default());
        }
    }
}
