use indicia_codec::ColorModel::{self, Cmyk, Gray, GrayAlpha, Rgb, Rgba};
use indicia_codec::Samples;
use png::{BitDepth, ColorType};

use crate::decode;
use crate::make::{
    bmp, gif, gif_frame, png, png_chunk, png_of, png_with, size_tags, tiff, webp, webp_animation, zlib,
};

#[track_caller]
fn assert_u8(file: &[u8], size: (usize, usize), model: ColorModel, samples: &[u8]) {
    let pixels = decode(file).unwrap();
    assert_eq!((pixels.width, pixels.height, pixels.model), (size.0, size.1, model));
    assert_eq!(pixels.samples, Samples::U8(samples.to_vec()));
}

#[track_caller]
fn assert_u16(file: &[u8], size: (usize, usize), model: ColorModel, samples: &[u16]) {
    let pixels = decode(file).unwrap();
    assert_eq!((pixels.width, pixels.height, pixels.model), (size.0, size.1, model));
    assert_eq!(pixels.samples, Samples::U16(samples.to_vec()));
}

#[test]
fn png_of_every_colour_type() {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    assert_u8(&png(2, 1, ColorType::Grayscale, Eight, &[3, 250]), (2, 1), Gray, &[3, 250]);
    // Bits 1, 0, 1 become 255, 0, 255; two bits times 85, four bits times 17.
    assert_u8(&png(3, 1, ColorType::Grayscale, One, &[0b1010_0000]), (3, 1), Gray, &[255, 0, 255]);
    assert_u8(&png(2, 1, ColorType::Grayscale, Two, &[0b0110_0000]), (2, 1), Gray, &[85, 170]);
    assert_u8(&png(2, 1, ColorType::Grayscale, Four, &[0x1F]), (2, 1), Gray, &[17, 255]);
    assert_u16(
        &png(2, 1, ColorType::Grayscale, Sixteen, &[1, 2, 0xFF, 0xFE]),
        (2, 1),
        Gray,
        &[0x0102, 0xFFFE],
    );
    assert_u8(
        &png(1, 2, ColorType::GrayscaleAlpha, Eight, &[1, 0, 2, 255]),
        (1, 2),
        GrayAlpha,
        &[1, 0, 2, 255],
    );
    assert_u8(&png(1, 1, ColorType::Rgb, Eight, &[1, 2, 3]), (1, 1), Rgb, &[1, 2, 3]);
    assert_u16(&png(1, 1, ColorType::Rgb, Sixteen, &[0, 1, 0, 2, 3, 0]), (1, 1), Rgb, &[1, 2, 768]);
    assert_u8(&png(1, 1, ColorType::Rgba, Eight, &[9, 8, 7, 0]), (1, 1), Rgba, &[9, 8, 7, 0]);
    assert_u16(&png(1, 1, ColorType::Rgba, Sixteen, &[0, 9, 0, 8, 0, 7, 0, 0]), (1, 1), Rgba, &[9, 8, 7, 0]);
}

#[test]
fn png_palettes_and_transparency_are_expanded() {
    let indexed = |trns: Option<&'static [u8]>| {
        png_with(2, 1, ColorType::Indexed, BitDepth::Eight, &[1, 0], |e| {
            e.set_palette(&[1, 2, 3, 40, 50, 60][..]);
            if let Some(trns) = trns {
                e.set_trns(trns);
            }
        })
    };
    assert_u8(&indexed(None), (2, 1), Rgb, &[40, 50, 60, 1, 2, 3]);
    assert_u8(&indexed(Some(&[7])), (2, 1), Rgba, &[40, 50, 60, 255, 1, 2, 3, 7]);
    let gray = png_with(2, 1, ColorType::Grayscale, BitDepth::Eight, &[5, 6], |e| e.set_trns(&[0, 6][..]));
    assert_u8(&gray, (2, 1), GrayAlpha, &[5, 255, 6, 0]);
    assert_eq!(
        crate::kind(&png_of(1, 1, 8, 3, &[png_chunk(b"IDAT", &zlib(&[0, 0]))])),
        crate::ErrorKind::Input
    );
}

#[test]
fn png_frames_are_counted_and_the_default_picture_comes_first() {
    let file = |chunks: &[Vec<u8>]| png_of(1, 1, 8, 0, chunks);
    let control = |frames: u8| png_chunk(b"acTL", &[0, 0, 0, frames, 0, 0, 0, 0]);
    let frame = |n: u8| {
        let mut data = vec![0, 0, 0, n, 0, 0, 0, 1, 0, 0, 0, 1];
        data.resize(26, 0);
        png_chunk(b"fcTL", &data)
    };
    let picture = png_chunk(b"IDAT", &zlib(&[0, 77]));
    let second = |n: u8| png_chunk(b"fdAT", &[&[0, 0, 0, n], &zlib(&[0, 99])[..]].concat());
    let part = file(&[control(2), frame(0), picture.clone(), frame(1), second(2)]);
    let pixels = decode(&part).unwrap();
    assert_eq!((pixels.frames, &pixels.samples), (2, &Samples::U8(vec![77])));
    assert!(pixels.warnings.is_empty(), "{:?}", pixels.warnings);
    // The default picture stands before the animation, which lacks one of its two frames.
    let apart = file(&[control(2), picture.clone(), frame(0), second(1)]);
    let pixels = decode(&apart).unwrap();
    assert_eq!((pixels.frames, &pixels.samples), (2, &Samples::U8(vec![77])));
    assert_eq!(pixels.warnings, ["the animation declares 2 frames and has 1"]);
    assert_eq!(decode(&file(&[picture])).unwrap().frames, 1);
}

#[test]
fn tiff_of_every_photometric_interpretation() {
    let one = |photometric: u32, more: &[(u16, &[u32])], data: &[u8]| {
        let (photometric, side) = ([photometric], ([2], [1]));
        let mut tags = size_tags(&side.0, &side.1, &photometric);
        tags.extend(more);
        tiff(&tags, data)
    };
    assert_u8(&one(1, &[(258, &[8])], &[3, 250]), (2, 1), Gray, &[3, 250]);
    assert_u8(&one(0, &[(258, &[8])], &[3, 250]), (2, 1), Gray, &[252, 5]);
    assert_u8(&one(1, &[], &[0b0100_0000]), (2, 1), Gray, &[0, 255]);
    assert_u8(&one(0, &[], &[0b0100_0000]), (2, 1), Gray, &[255, 0]);
    assert_u8(&one(1, &[(258, &[4])], &[0x1E]), (2, 1), Gray, &[17, 238]);
    assert_u16(&one(1, &[(258, &[16])], &[1, 2, 3, 4]), (2, 1), Gray, &[0x0201, 0x0403]);
    let alpha: &[(u16, &[u32])] = &[(258, &[8]), (277, &[2]), (338, &[2])];
    assert_u8(&one(0, alpha, &[3, 7, 250, 9]), (2, 1), GrayAlpha, &[252, 7, 5, 9]);
    let rgb = [1, 2, 3, 4, 5, 6];
    assert_u8(&one(2, &[(258, &[8]), (277, &[3])], &rgb), (2, 1), Rgb, &rgb);
    let planes = [1, 4, 2, 5, 3, 6];
    let planar: &[(u16, &[u32])] =
        &[(258, &[8]), (277, &[3]), (284, &[2]), (273, &[8, 10, 12]), (279, &[2, 2, 2])];
    assert_u8(&one(2, planar, &planes), (2, 1), Rgb, &rgb);
    let four = [1, 2, 3, 4, 5, 6, 7, 8];
    assert_u8(&one(2, &[(258, &[8]), (277, &[4])], &four), (2, 1), Rgba, &four);
    let unknown = one(2, &[(258, &[8]), (277, &[4]), (338, &[0])], &four);
    assert_u8(&unknown, (2, 1), Rgb, &[1, 2, 3, 5, 6, 7]);
    assert_eq!(decode(&unknown).unwrap().warnings, ["1 extra samples a pixel are left out"]);
    assert_u8(&one(5, &[(258, &[8]), (277, &[4])], &four), (2, 1), Cmyk, &four);
    // Red 0x1100 and 0x2200, green 0x3300 and 0x4400, blue 0x5500 and 0x6600; indices 1 and 0.
    let map: &[(u16, &[u32])] = &[(320, &[0x1100, 0x2200, 0x3300, 0x4400, 0x5500, 0x6600])];
    assert_u8(&one(3, map, &[0b1000_0000]), (2, 1), Rgb, &[0x22, 0x44, 0x66, 0x11, 0x33, 0x55]);
    for (format, word) in [(3, "floating-point"), (2, "signed")] {
        let error = decode(&one(1, &[(258, &[16]), (339, &[format])], &[0; 4])).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Unsupported);
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_predictor_with_a_sample_left_out_is_undone_before_it() {
    // Differences of RGB and one unknown sample: (1 2 3 4), then (+1 +1 +1 +1).
    let mut tags = size_tags(&[2], &[1], &[2]);
    let more: &[(u16, &[u32])] = &[(258, &[8]), (259, &[8]), (277, &[4]), (317, &[2]), (338, &[0])];
    tags.extend(more);
    let file = tiff(&tags, &zlib(&[1, 2, 3, 4, 1, 1, 1, 1]));
    assert_u8(&file, (2, 1), Rgb, &[1, 2, 3, 2, 3, 4]);
}

#[test]
fn webp_stills_and_the_first_frame_on_its_canvas() {
    let rgb = [1, 2, 3, 4, 5, 6];
    assert_u8(&webp(2, 1, false, &rgb), (2, 1), Rgb, &rgb);
    // Colours under full transparency stay.
    let rgba = [1, 2, 3, 0, 5, 6, 7, 128];
    assert_u8(&webp(2, 1, true, &rgba), (2, 1), Rgba, &rgba);
    let frame = (2, 2, 2, 1, webp(2, 1, true, &rgba));
    let file = webp_animation((4, 3), &[frame.clone(), frame]);
    let mut canvas = [0; 48];
    canvas[(2 * 4 + 2) * 4..].copy_from_slice(&rgba);
    assert_u8(&file, (4, 3), Rgba, &canvas);
    assert_eq!(decode(&file).unwrap().frames, 2);
}

#[test]
fn bmp_rows_run_either_way() {
    // Rows of two pixels, blue first, padded from 6 bytes to 8.
    let rows = [3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0];
    let (first, second) = ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]);
    assert_u8(&bmp(2, 2, &rows), (2, 2), Rgb, &[second, first].concat());
    assert_u8(&bmp(2, -2, &rows), (2, 2), Rgb, &[first, second].concat());
}

#[test]
fn gif_is_composed_on_its_canvas() {
    let palette = [10, 11, 12, 20, 21, 22];
    let whole = gif(2, 1, &palette, &[gif_frame(0, 0, 2, 1, &[1, 0])]);
    assert_u8(&whole, (2, 1), Rgb, &[20, 21, 22, 10, 11, 12]);
    let mut seen_through = gif_frame(0, 0, 2, 1, &[1, 0]);
    seen_through.transparent = Some(0);
    let file = gif(2, 1, &palette, &[seen_through.clone(), seen_through]);
    assert_u8(&file, (2, 1), Rgba, &[20, 21, 22, 255, 10, 11, 12, 0]);
    assert_eq!(decode(&file).unwrap().frames, 2);
    let part = gif(2, 2, &palette, &[gif_frame(1, 1, 1, 1, &[1])]);
    assert_u8(&part, (2, 2), Rgba, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 21, 22, 255]);
    // A frame larger than its screen enlarges it.
    let file = gif(1, 1, &palette, &[gif_frame(0, 0, 2, 1, &[1, 0])]);
    assert_u8(&file, (2, 1), Rgb, &[20, 21, 22, 10, 11, 12]);
    assert_eq!(decode(&file).unwrap().warnings, ["the first frame reaches to 2x1 on a screen of 1x1"]);
}

#[test]
fn thin_pictures() {
    let line: Vec<u8> = (0..10_000).map(|i| (i % 251) as u8).collect();
    for (w, h) in [(1, 10_000), (10_000, 1)] {
        let size = (w as usize, h as usize);
        assert_u8(&png(w, h, ColorType::Grayscale, BitDepth::Eight, &line), size, Gray, &line);
        let (width, height) = ([w], [h]);
        let mut tags = size_tags(&width, &height, &[1]);
        tags.push((258, &[8]));
        assert_u8(&tiff(&tags, &line), size, Gray, &line);
        let rgb: Vec<u8> = line.iter().flat_map(|v| [*v; 3]).collect();
        assert_u8(&webp(w, h, false, &rgb), size, Rgb, &rgb);
        let frame = gif_frame(0, 0, w as u16, h as u16, &line);
        let palette: Vec<u8> = (0..=255).flat_map(|v| [v; 3]).collect();
        assert_u8(&gif(w as u16, h as u16, &palette, &[frame]), size, Rgb, &rgb);
    }
}
