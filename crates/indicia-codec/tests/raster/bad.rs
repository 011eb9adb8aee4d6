use std::time::{Duration, Instant};

use indicia_codec::Pixels;
use indicia_core::{Evidence, Kind, Limits};
use png::{BitDepth, ColorType};
use proptest::prelude::*;

use crate::make::{
    bmp, gif, gif_frame, png, png_chunk, png_of, riff_chunk, samples, size_tags, tiff, webp, webp_animation,
    webp_of, zlib,
};
use crate::{ErrorKind, decode, decode_under, kind, limits};

/// Decodes, and checks that it was quick and that pixels, if any, are as many as they should be.
#[track_caller]
fn survives(what: &str, bytes: &[u8]) {
    let start = Instant::now();
    match decode(bytes) {
        Ok(pixels) => {
            let count = pixels.width * pixels.height * pixels.model.channels();
            let length = match &pixels.samples {
                indicia_codec::Samples::U8(s) => s.len(),
                indicia_codec::Samples::U16(s) => s.len(),
            };
            assert_eq!(length, count, "{what}");
        }
        Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "{what}: {error}"),
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{what} took {:?}", start.elapsed());
}

#[test]
fn every_sample_is_sound() {
    for (name, bytes) in samples() {
        let pixels = decode(&bytes).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(pixels.warnings.is_empty(), "{name}: {:?}", pixels.warnings);
    }
}

#[test]
fn cut_anywhere_is_an_error_or_a_warning() {
    for (name, bytes) in samples() {
        for end in 0..bytes.len() {
            let cut = &bytes[..end];
            survives(name, cut);
            if let Ok(pixels) = decode(cut) {
                // Only what follows the first picture may be missing unnoticed: nothing of these files
                // but padding of the TIFF's directory end.
                let full = decode(&bytes).unwrap();
                assert_eq!(pixels.samples, full.samples, "{name} cut at {end}");
                assert!(!pixels.warnings.is_empty(), "{name} cut at {end} of {} is silent", bytes.len());
            }
        }
    }
}

#[test]
fn the_error_names_what_is_missing() {
    let file = png(7, 5, ColorType::Grayscale, BitDepth::Eight, &[9; 35]);
    let text = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
    assert!(text(&file[..45]).contains("ends inside the IDAT chunk at offset 33"), "{}", text(&file[..45]));
    assert!(text(&file[..20]).contains("IHDR"));
    assert!(text(&bmp(7, 5, &[0; 100])).contains("need 120 bytes from offset 54 on, and 100 are there"));
    let tags: &[(u16, &[u32])] = &[(258, &[8]), (273, &[1000]), (279, &[35])];
    let file = tiff(&[&size_tags(&[7], &[5], &[1])[..], tags].concat(), &[]);
    assert!(text(&file).contains("strip 1 of 1 needs 35 bytes from offset 1000 on"), "{}", text(&file));
    let file = gif(8, 8, &[0; 6], &[gif_frame(0, 0, 8, 8, &[1; 64])]);
    assert!(text(&file[..file.len() - 4]).contains("ends inside the data of the first frame"));
    let file = webp(7, 5, false, &[9; 105]);
    assert!(text(&file[..file.len() - 4]).contains("ends inside the VP8L chunk at offset 12"));
}

#[test]
fn a_flipped_bit_anywhere_does_no_harm() {
    for (name, bytes) in samples() {
        for i in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[i] ^= 1 << bit;
                survives(name, &flipped);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn splices_of_two_files_do_no_harm(a in 0_usize..9, b in 0_usize..9, at in 0.0..1.0_f64, from in 0.0..1.0_f64) {
        let files = samples();
        let cut = |bytes: &[u8], part: f64| (bytes.len() as f64 * part) as usize;
        let (head, tail) = (&files[a].1, &files[b].1);
        let spliced = [&head[..cut(head, at)], &tail[cut(tail, from)..]].concat();
        survives("splice", &spliced);
    }

    #[test]
    fn noise_under_every_kind_does_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0_usize..9) {
        let files = samples();
        let head = &files[which].1;
        survives("noise", &[&head[..head.len().min(24)], &bytes].concat());
        for kind in [Kind::Png, Kind::Tiff, Kind::Webp, Kind::Bmp, Kind::Gif] {
            let _ = Evidence::new(kind, bytes.clone(), limits()).view::<Pixels>(());
        }
    }
}

#[test]
fn a_huge_header_with_little_data_is_refused_before_memory_is_taken() {
    // 65535x65535 exceeds the default limit too.
    let side = 65_535;
    let (width, height) = ([side], [side]);
    let idat = png_chunk(b"IDAT", &zlib(&[0; 64]));
    let files = [
        ("PNG", png_of(side, side, 8, 2, std::slice::from_ref(&idat))),
        ("TIFF", tiff(&size_tags(&width, &height, &[1]), &[0; 64])),
        ("BMP", bmp(65_535, 65_535, &[0; 64])),
        ("GIF", gif(65_535, 65_535, &[0; 6], &[gif_frame(0, 0, 1, 1, &[1])])),
        ("WebP", webp_animation((1 << 24, 1 << 24), &[(0, 0, 2, 1, webp(2, 1, false, &[0; 6]))])),
    ];
    for (name, file) in &files {
        let error = decode_under(file, Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limits, "{name}: {error}");
    }
    // Within the limit of pixels, but the data cannot hold it.
    let (width, height) = ([20_000], [20_000]);
    let mut deflated = size_tags(&width, &height, &[1]);
    deflated.push((258, &[8]));
    deflated.push((259, &[8]));
    let files = [
        ("PNG", png_of(20_000, 20_000, 8, 0, &[idat])),
        ("TIFF", tiff(&deflated, &zlib(&[0; 64]))),
        ("BMP", bmp(20_000, 20_000, &[0; 64])),
    ];
    for (name, file) in &files {
        let limits = Limits { pixels: u64::MAX, expansion: u64::MAX, ..Limits::default() };
        let error = decode_under(file, limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{name}: {error}");
    }
}

#[test]
fn zeros_that_inflate_past_the_header_stop_at_its_size() {
    // 64 MB of zeros behind a header of 10x10 pixels, in TIFF and in PNG.
    let bomb = zlib(&vec![0; 64 << 20]);
    let mut tags = size_tags(&[10], &[10], &[1]);
    tags.push((258, &[8]));
    tags.push((259, &[8]));
    let start = Instant::now();
    assert_eq!(decode(&tiff(&tags, &bomb)).unwrap().samples, indicia_codec::Samples::U8(vec![0; 100]));
    let _ = decode(&png_of(10, 10, 8, 0, &[png_chunk(b"IDAT", &bomb)]));
    // A compressed text that inflates to 64 MB is not even inflated here.
    let text = png_chunk(b"zTXt", &[b"Comment\0\0", &bomb[..]].concat());
    let picture = png_chunk(b"IDAT", &zlib(&[0, 7]));
    let file = png_of(1, 1, 8, 0, &[text, picture]);
    assert_eq!(decode(&file).unwrap().samples, indicia_codec::Samples::U8(vec![7]));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn tiles_out_of_proportion_are_refused() {
    let bomb = zlib(&vec![0; 1 << 20]);
    let tags: &[(u16, &[u32])] = &[
        (256, &[1]),
        (257, &[1]),
        (258, &[8]),
        (259, &[8]),
        (262, &[1]),
        (273, &[8]),
        (279, &[4]),
        (322, &[1 << 30]),
        (323, &[1 << 30]),
        (324, &[8]),
        (325, &[1000]),
    ];
    assert_eq!(kind(&tiff(tags, &bomb)), ErrorKind::Limits);
}

#[test]
fn directories_that_bite_their_tail_are_counted_once() {
    let mut tags = size_tags(&[2], &[1], &[1]);
    tags.push((258, &[8]));
    let mut file = tiff(&tags, &[5, 6]);
    let first = u32::from_le_bytes(file[4..8].try_into().unwrap());
    let next = file.len() - 4;
    file[next..].copy_from_slice(&first.to_le_bytes());
    let pixels = decode(&file).unwrap();
    assert_eq!(pixels.frames, 1);
    assert_eq!(pixels.warnings, ["the chain of directories is cyclic after 1 pages"]);
    // Three pages, of which the last points to the second; a page may be an empty directory.
    let (second, third) = (file.len() as u32, file.len() as u32 + 6);
    file[next..].copy_from_slice(&second.to_le_bytes());
    file.extend([&[0, 0][..], &third.to_le_bytes(), &[0, 0], &second.to_le_bytes()].concat());
    let pixels = decode(&file).unwrap();
    assert_eq!(pixels.frames, 3);
    assert_eq!(pixels.warnings, ["the chain of directories is cyclic after 3 pages"]);
    // A directory that leaves the file ends the chain.
    file[next..next + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let pixels = decode(&file).unwrap();
    assert_eq!(
        (pixels.frames, &pixels.warnings[..]),
        (1, &["the directory of page 2 leaves the file".into()][..])
    );
}

#[test]
fn more_frames_than_the_limit_are_an_error() {
    let frame = gif_frame(0, 0, 1, 1, &[1]);
    assert_eq!(decode(&gif(1, 1, &[0; 6], &vec![frame.clone(); 100])).unwrap().frames, 100);
    assert_eq!(kind(&gif(1, 1, &[0; 6], &vec![frame; 101])), ErrorKind::Limits);
    let frame = (0, 0, 2, 1, webp(2, 1, false, &[7; 6]));
    assert_eq!(decode(&webp_animation((2, 1), &vec![frame.clone(); 100])).unwrap().frames, 100);
    assert_eq!(kind(&webp_animation((2, 1), &vec![frame; 101])), ErrorKind::Limits);
    // Pages: empty directories, each pointing to the next.
    let mut file = tiff(&[&size_tags(&[2], &[1], &[1])[..], &[(258, &[8_u32][..])]].concat(), &[5, 6]);
    for _ in 0..100 {
        let (next, at) = (file.len() as u32, file.len() - 4);
        file[at..].copy_from_slice(&next.to_le_bytes());
        file.extend([0; 6]);
    }
    assert_eq!(kind(&file), ErrorKind::Limits);
}

#[test]
fn webp_whose_sizes_disagree_is_refused() {
    let picture = webp(2, 1, false, &[7; 6]);
    let header = |w: u8, h: u8| riff_chunk(b"VP8X", &[0, 0, 0, 0, w - 1, 0, 0, h - 1, 0, 0]);
    assert!(decode(&webp_of(&[header(2, 1), picture[12..].to_vec()])).is_ok());
    assert_eq!(kind(&webp_of(&[header(3, 1), picture[12..].to_vec()])), ErrorKind::Input);
    assert_eq!(kind(&webp_animation((2, 1), &[(2, 0, 2, 1, picture)])), ErrorKind::Input);
    assert_eq!(kind(&webp_of(&[header(2, 1)])), ErrorKind::Input);
}
