//! Pictures to files. Pixels alone are written: no metadata, no colour profile, no thumbnail, so that nothing
//! of the source file but its pixels reaches the new one.

use indicia_codec::jpeg::{self, Subsampling, standard_tables};
use indicia_core::{Error, Picture, Result};
use ndarray::Array2;

/// A PNG file, 8-bit RGB, filters and DEFLATE blocks chosen for speed.
///
/// # Errors
/// `Input` if the picture is empty or its samples do not fit its size.
pub fn png(picture: &Picture) -> Result<Vec<u8>> {
    check(picture)?;
    png_file(&picture.rgb, picture.width, picture.height, png::ColorType::Rgb)
}

/// A mask as a PNG file, 8-bit gray: 255 where set, else 0.
///
/// # Errors
/// `Input` if a side is 0.
pub fn mask(mask: &Array2<bool>) -> Result<Vec<u8>> {
    let (height, width) = mask.dim();
    let gray: Vec<u8> = mask.iter().map(|set| if *set { 255 } else { 0 }).collect();
    png_gray(&gray, width, height)
}

/// A PNG file, 8-bit gray, of `width * height` samples.
///
/// # Errors
/// `Input` if there are no samples or they do not fit the size.
pub fn png_gray(samples: &[u8], width: usize, height: usize) -> Result<Vec<u8>> {
    if samples.is_empty() || samples.len() != width * height {
        let got = samples.len();
        return Err(Error::input(format!("expected {width}x{height} gray pixels, at least one, got {got}")));
    }
    png_file(samples, width, height, png::ColorType::Grayscale)
}

fn png_file(samples: &[u8], width: usize, height: usize, color: png::ColorType) -> Result<Vec<u8>> {
    let side = |n: usize| {
        let too_long = || Error::limits(format!("a PNG has sides up to {}, got {n}", i32::MAX));
        u32::try_from(n).ok().filter(|n| *n <= i32::MAX as u32).ok_or_else(too_long)
    };
    let mut bytes = Vec::with_capacity(samples.len() / 2 + 1024);
    let mut encoder = png::Encoder::new(&mut bytes, side(width)?, side(height)?);
    encoder.set_color(color);
    encoder.set_compression(png::Compression::Fast);
    let failed = |e| Error::internal_from("cannot write PNG", e);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(samples).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// A baseline JPEG file, as libjpeg-turbo writes it at this quality (1 to 100) with its standard tables: byte
/// for byte what Pillow 10.4.0 saves at qualities 1, 30, 75, 92 and 100 with 4:2:0, 4:2:2 and 4:4:4 in sizes from
/// 1x1 to 40x34, odd ones among them.
///
/// # Errors
/// `Limits` if a side is over 65,535; `Input` if the picture is empty or its samples do not fit its size.
pub fn jpeg(picture: &Picture, quality: u8, subsampling: Subsampling) -> Result<Vec<u8>> {
    check(picture)?;
    jpeg::encode(&picture.rgb, picture.width, picture.height, &standard_tables(quality), subsampling)
}

/// A lossy WebP file by libwebp, with its default settings (method 4, 4:2:0) at this quality, 0 to 100: byte for
/// byte what Pillow 10.4.0 saves (libwebp 1.4.0) at qualities 0, 20, 75 and 100.
///
/// # Errors
/// `Limits` if a side is over 16,383; `Input` if the picture is empty or its samples do not fit its size, or
/// the quality lies outside its range.
pub fn webp(picture: &Picture, quality: f32) -> Result<Vec<u8>> {
    check(picture)?;
    let Picture { width, height, rgb } = picture;
    if *width > 16_383 || *height > 16_383 {
        return Err(Error::limits(format!("a WebP has sides up to 16383 pixels, got {width}x{height}")));
    }
    if !(0.0..=100.0).contains(&quality) {
        return Err(Error::input(format!("expected a WebP quality of 0 to 100, got {quality}")));
    }
    let encoded =
        webp::Encoder::from_rgb(rgb, *width as u32, *height as u32)
            .encode_simple(false, quality)
            .map_err(|e| Error::internal(format!("libwebp cannot write {width}x{height} pixels: {e:?}")))?;
    Ok(encoded.to_vec())
}

fn check(picture: &Picture) -> Result<()> {
    let Picture { width, height, rgb } = picture;
    if *width == 0 || *height == 0 || rgb.len() != width * height * 3 {
        return Err(Error::input(format!(
            "expected a picture of at least 1x1 pixels of 3 bytes, got {width}x{height} and {} bytes",
            rgb.len()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use indicia_codec::Pixels;
    use indicia_core::Limits;

    use super::*;

    fn picture(width: usize, height: usize) -> Picture {
        let rgb = (0..width * height * 3).map(|i| (i * 7 % 251) as u8).collect();
        Picture { width, height, rgb }
    }

    fn read(bytes: Vec<u8>) -> Picture {
        let evidence = indicia_codec::open(bytes, Limits::default()).unwrap();
        let pixels = evidence.view::<Pixels>(()).unwrap();
        Picture { width: pixels.width, height: pixels.height, rgb: pixels.to_rgb8() }
    }

    #[test]
    fn a_png_gives_its_pixels_back() {
        for (width, height) in [(1, 1), (3, 5), (64, 2)] {
            assert_eq!(read(png(&picture(width, height)).unwrap()), picture(width, height));
        }
    }

    #[test]
    fn a_mask_is_black_and_white() {
        let set = ndarray::array![[true, false, false], [false, true, true]];
        let back = read(mask(&set).unwrap());
        let expected: Vec<u8> = set.iter().flat_map(|set| [if *set { 255 } else { 0 }; 3]).collect();
        assert_eq!(back, Picture { width: 3, height: 2, rgb: expected });
        assert!(mask(&Array2::from_elem((0, 3), true)).is_err());
    }

    #[test]
    fn a_gray_png_has_one_channel() {
        let bytes = png_gray(&[0, 255, 7, 0, 0, 255], 3, 2).unwrap();
        let evidence = indicia_codec::open(bytes, Limits::default()).unwrap();
        let pixels = evidence.view::<Pixels>(()).unwrap();
        assert_eq!((pixels.width, pixels.height, pixels.model), (3, 2, indicia_codec::ColorModel::Gray));
        assert_eq!(pixels.samples, indicia_codec::Samples::U8(vec![0, 255, 7, 0, 0, 255]));
        assert!(png_gray(&[], 0, 0).is_err() && png_gray(&[0; 5], 3, 2).is_err());
    }

    #[test]
    fn a_webp_is_near_its_pixels_and_larger_at_higher_quality() {
        let smooth = Picture {
            width: 40,
            height: 24,
            rgb: (0..24 * 40).flat_map(|i| [(i % 40 * 6) as u8, (i / 40 * 9) as u8, 90]).collect(),
        };
        let [low, high] = [20.0, 95.0].map(|quality| webp(&smooth, quality).unwrap());
        assert!(low.len() < high.len() && high.starts_with(b"RIFF"), "{} {}", low.len(), high.len());
        let back = read(high);
        assert_eq!((back.width, back.height), (40, 24));
        let off: usize = back.rgb.iter().zip(&smooth.rgb).map(|(a, b)| usize::from(a.abs_diff(*b))).sum();
        assert!(off < 4 * smooth.rgb.len(), "mean difference {}", off as f64 / smooth.rgb.len() as f64);
    }

    #[test]
    fn what_no_file_can_hold_is_refused() {
        let empty = Picture { width: 0, height: 4, rgb: vec![] };
        let short = Picture { width: 2, height: 2, rgb: vec![0; 11] };
        for bad in [&empty, &short] {
            assert!(
                png(bad).is_err() && jpeg(bad, 90, Subsampling::S420).is_err() && webp(bad, 90.0).is_err()
            );
        }
        let long = Picture { width: 16_384, height: 1, rgb: vec![0; 16_384 * 3] };
        assert!(webp(&long, 90.0).unwrap_err().to_string().contains("16383"));
        assert!(webp(&picture(2, 2), f32::NAN).is_err());
        assert!(webp(&picture(2, 2), 101.0).is_err());
    }
}
