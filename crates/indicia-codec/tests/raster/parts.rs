//! Pages and frames beyond the first.

use std::io::Cursor;

use indicia_codec::{ColorModel, Parts, Pixels, Samples, open};
use indicia_core::{ErrorKind, Evidence, Kind, Limits, PartRole};

use crate::limits;

fn read(bytes: Vec<u8>) -> (Evidence, Vec<String>) {
    let evidence = open(bytes, limits()).unwrap();
    let parts = evidence.view::<Parts>(()).unwrap();
    let names = parts.list.iter().map(|part| part.name.clone()).collect();
    (evidence, names)
}

/// The pixels of a part, and their colour model.
fn part(evidence: &Evidence, index: usize) -> (ColorModel, Vec<u8>) {
    let part = evidence.view::<Parts>(()).unwrap().load(evidence, index).unwrap();
    assert_eq!((part.kind(), part.depth()), (Kind::Frame, 1));
    let pixels = part.view::<Pixels>(()).unwrap();
    let Samples::U8(samples) = &pixels.samples else { panic!("expected 8 bits") };
    (pixels.model, samples.clone())
}

fn every_cut(bytes: &[u8]) {
    for cut in 0..bytes.len() {
        let Ok(evidence) = open(bytes[..cut].to_vec(), limits()) else { continue };
        if let Ok(parts) = evidence.view::<Parts>(()) {
            (0..parts.list.len()).for_each(|i| drop(parts.load(&evidence, i)));
        }
    }
}

fn pages(count: u8) -> Vec<u8> {
    let mut out = Cursor::new(vec![]);
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut out).unwrap();
    for page in 0..count {
        encoder.write_image::<tiff::encoder::colortype::Gray8>(2, 2, &[page; 4]).unwrap();
    }
    out.into_inner()
}

#[test]
fn pages_of_a_tiff_are_parts() {
    let (evidence, names) = read(pages(3));
    assert_eq!(names, ["page 2", "page 3"]);
    assert_eq!(part(&evidence, 0), (ColorModel::Gray, vec![1; 4]));
    assert_eq!(part(&evidence, 1), (ColorModel::Gray, vec![2; 4]));
    assert_eq!(read(pages(1)).1, [""; 0]);
    every_cut(&pages(2));
    let few = Limits { frames: 2, ..limits() };
    let error = open(pages(3), few).unwrap().view::<Parts>(()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limits);
    let shallow = open(pages(2), Limits { nesting: 0, ..limits() }).unwrap();
    let parts = shallow.view::<Parts>(()).unwrap();
    assert_eq!(parts.load(&shallow, 0).unwrap_err().kind(), ErrorKind::Limits);
    assert_eq!(parts.list[0].role, PartRole::Page);
}

/// Frames of one pixel on a canvas of two: left red, right green, then left blue over the red.
fn gif() -> Vec<u8> {
    let mut out = vec![];
    let palette = [255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0];
    let mut encoder = gif::Encoder::new(&mut out, 2, 1, &palette).unwrap();
    let frames = [
        (0, 0, gif::DisposalMethod::Keep),
        (1, 1, gif::DisposalMethod::Background),
        (0, 2, gif::DisposalMethod::Keep),
    ];
    for (left, color, dispose) in frames {
        let mut frame = gif::Frame::from_indexed_pixels(1, 1, vec![color], None);
        (frame.left, frame.dispose) = (left, dispose);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    out
}

#[test]
fn frames_of_a_gif_are_drawn_over_each_other() {
    let (evidence, names) = read(gif());
    assert_eq!(names, ["frame 2", "frame 3"]);
    assert_eq!(part(&evidence, 0), (ColorModel::Rgb, vec![255, 0, 0, 0, 255, 0]));
    // The second frame's place was cleared after it was shown.
    assert_eq!(part(&evidence, 1), (ColorModel::Rgba, vec![0, 0, 255, 255, 0, 0, 0, 0]));
    every_cut(&gif());
}

fn riff(name: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let padding = vec![0; payload.len() % 2];
    [&name[..], &(payload.len() as u32).to_le_bytes(), payload, &padding].concat()
}

fn webp() -> Vec<u8> {
    let still = |color: [u8; 4]| {
        let mut out = vec![];
        image_webp::WebPEncoder::new(&mut out).encode(&color, 1, 1, image_webp::ColorType::Rgba8).unwrap();
        // The VP8L chunk after the file's header.
        out[12..].to_vec()
    };
    // Two frames on a canvas of 3x1; offsets are in units of two pixels. The second is drawn over the first.
    let frame = |left: u8, flags: u8, color: [u8; 4]| {
        let head = [left, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50, 0, 0, flags];
        riff(b"ANMF", &[&head[..], &still(color)].concat())
    };
    let body = [
        b"WEBP".to_vec(),
        riff(b"VP8X", &[0x12, 0, 0, 0, 2, 0, 0, 0, 0, 0]),
        riff(b"ANIM", &[0; 6]),
        frame(0, 0, [10, 20, 30, 255]),
        frame(1, 0, [40, 50, 60, 255]),
        frame(0, 2, [70, 80, 90, 0]),
    ];
    riff(b"RIFF", &body.concat())
}

#[test]
fn frames_of_a_webp_are_drawn_over_each_other() {
    let (evidence, names) = read(webp());
    assert_eq!(names, ["frame 2", "frame 3"]);
    let second = [[10, 20, 30, 255], [0; 4], [40, 50, 60, 255]].concat();
    assert_eq!(part(&evidence, 0), (ColorModel::Rgba, second));
    // The third replaces what it lies on, transparent as it is.
    assert_eq!(part(&evidence, 1).1[3..8], [0, 0, 0, 0, 0]);
    every_cut(&webp());
}

fn apng() -> Vec<u8> {
    let mut out = vec![];
    let mut encoder = png::Encoder::new(&mut out, 2, 1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_animated(3, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[10, 20]).unwrap();
    writer.set_frame_dimension(1, 1).unwrap();
    writer.set_frame_position(1, 0).unwrap();
    writer.set_dispose_op(png::DisposeOp::Previous).unwrap();
    writer.write_image_data(&[30]).unwrap();
    writer.set_frame_position(0, 0).unwrap();
    writer.write_image_data(&[40]).unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn frames_of_an_animated_png_are_drawn_over_each_other() {
    let (evidence, names) = read(apng());
    assert_eq!(names, ["frame 2", "frame 3"]);
    assert_eq!(part(&evidence, 0), (ColorModel::Rgb, vec![10, 10, 10, 30, 30, 30]));
    assert_eq!(part(&evidence, 1), (ColorModel::Rgb, vec![40, 40, 40, 20, 20, 20]));
    every_cut(&apng());
}
