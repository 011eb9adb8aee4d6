//! Files made byte by byte or by the encoders of the decoding crates.

use png::{BitDepth, ColorType};

pub fn png(width: u32, height: u32, color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    png_with(width, height, color, depth, data, |_| {})
}

pub fn png_with(
    width: u32,
    height: u32,
    color: ColorType,
    depth: BitDepth,
    data: &[u8],
    set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    set(&mut encoder);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    out
}

/// A chunk of a PNG with its checksum (CRC-32 of name and data).
pub fn png_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&name[..], data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &body, &crc.sum().to_be_bytes()].concat()
}

/// A PNG from its chunks, header included.
pub fn png_of(width: u32, height: u32, depth: u8, color: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, 0]].concat();
    let mut out = b"\x89PNG\r\n\x1A\n".to_vec();
    out.extend(png_chunk(b"IHDR", &header));
    out.extend(chunks.concat());
    out.extend(png_chunk(b"IEND", b""));
    out
}

pub fn zlib(data: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A little-endian TIFF of one page with one strip; `tags` are (number, values), written as LONG where
/// they are sizes or offsets and as SHORT elsewhere. The data follow the header, where the strip's offset
/// points unless it is given.
pub fn tiff(tags: &[(u16, &[u32])], data: &[u8]) -> Vec<u8> {
    let mut tags: Vec<(u16, Vec<u32>)> = tags.iter().map(|(n, v)| (*n, v.to_vec())).collect();
    if !tags.iter().any(|(n, _)| *n == 273) {
        tags.push((273, vec![8]));
        tags.push((279, vec![u32::try_from(data.len()).unwrap()]));
    }
    tags.sort();
    let mut out = b"II*\0\0\0\0\0".to_vec();
    out.extend(data);
    out.resize(out.len().next_multiple_of(4), 0);
    let mut entries = Vec::new();
    for (number, values) in &tags {
        let long = matches!(number, 256 | 257 | 273 | 278 | 279 | 322..=325);
        let mut bytes: Vec<u8> = if long {
            values.iter().flat_map(|v| v.to_le_bytes()).collect()
        } else {
            values.iter().flat_map(|v| u16::try_from(*v).unwrap().to_le_bytes()).collect()
        };
        entries.extend(number.to_le_bytes());
        entries.extend(if long { 4_u16 } else { 3 }.to_le_bytes());
        entries.extend(u32::try_from(values.len()).unwrap().to_le_bytes());
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            entries.extend(bytes);
        } else {
            entries.extend(u32::try_from(out.len()).unwrap().to_le_bytes());
            out.extend(bytes);
            out.resize(out.len().next_multiple_of(4), 0);
        }
    }
    let directory = u32::try_from(out.len()).unwrap();
    out[4..8].copy_from_slice(&directory.to_le_bytes());
    out.extend(u16::try_from(tags.len()).unwrap().to_le_bytes());
    out.extend(entries);
    out.extend([0; 4]);
    out
}

/// Tags of an uncompressed picture, to which others may be added.
pub fn size_tags<'a>(
    width: &'a [u32; 1],
    height: &'a [u32; 1],
    photometric: &'a [u32; 1],
) -> Vec<(u16, &'a [u32])> {
    vec![(256, width), (257, height), (262, photometric)]
}

pub fn gif(width: u16, height: u16, palette: &[u8], frames: &[gif::Frame<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = gif::Encoder::new(&mut out, width, height, palette).unwrap();
    frames.iter().for_each(|f| encoder.write_frame(f).unwrap());
    drop(encoder);
    out
}

pub fn gif_frame(left: u16, top: u16, width: u16, height: u16, indices: &[u8]) -> gif::Frame<'static> {
    gif::Frame { left, top, width, height, buffer: indices.to_vec().into(), ..gif::Frame::default() }
}

pub fn webp(width: u32, height: u32, alpha: bool, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let color = if alpha { image_webp::ColorType::Rgba8 } else { image_webp::ColorType::Rgb8 };
    image_webp::WebPEncoder::new(&mut out).encode(data, width, height, color).unwrap();
    out
}

/// A chunk of a WebP file.
pub fn riff_chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&name[..], &size, data, &[0][..data.len() % 2]].concat()
}

/// A WebP file from its chunks.
pub fn webp_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    let size = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
    [b"RIFF", &size, &b"WEBP"[..], &body].concat()
}

/// An animation on a canvas, each frame a lossless file placed at (left, top).
pub fn webp_animation(canvas: (u32, u32), frames: &[(u32, u32, u32, u32, Vec<u8>)]) -> Vec<u8> {
    let u24 = |v: u32| v.to_le_bytes()[..3].to_vec();
    let header = [vec![0x12, 0, 0, 0], u24(canvas.0 - 1), u24(canvas.1 - 1)].concat();
    let mut chunks = vec![riff_chunk(b"VP8X", &header), riff_chunk(b"ANIM", &[0; 6])];
    for (left, top, width, height, file) in frames {
        let place =
            [u24(left / 2), u24(top / 2), u24(width - 1), u24(height - 1), vec![10, 0, 0, 0]].concat();
        chunks.push(riff_chunk(b"ANMF", &[&place, &file[12..]].concat()));
    }
    webp_of(&chunks)
}

/// A bottom-up bitmap of 24 bits.
pub fn bmp(width: i32, height: i32, rows: &[u8]) -> Vec<u8> {
    let mut out = b"BM".to_vec();
    out.extend(u32::try_from(54 + rows.len()).unwrap().to_le_bytes());
    out.extend([0; 4]);
    out.extend(54_u32.to_le_bytes());
    out.extend(40_u32.to_le_bytes());
    out.extend(width.to_le_bytes());
    out.extend(height.to_le_bytes());
    out.extend([1, 0, 24, 0]);
    out.extend([0; 24]);
    out.extend(rows);
    out
}

/// One small sound file of each format, with its name.
pub fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let gray: Vec<u8> = (0..35_u8).map(|v| v * 7).collect();
    let rgb: Vec<u8> = (0..105_u8).map(|v| v * 2).collect();
    let rgba: Vec<u8> = (0..140_u8).collect();
    let frame = gif_frame(1, 1, 3, 2, &[0, 1, 2, 3, 0, 1]);
    let palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    let (w, h) = ([7], [5]);
    let mut deflated = size_tags(&w, &h, &[1]);
    deflated.push((258, &[8]));
    deflated.push((259, &[8]));
    let mut plain = size_tags(&w, &h, &[2]);
    plain.push((258, &[8]));
    plain.push((277, &[3]));
    vec![
        ("gray PNG", png(7, 5, ColorType::Grayscale, BitDepth::Eight, &gray)),
        ("RGBA PNG", png(7, 5, ColorType::Rgba, BitDepth::Eight, &rgba)),
        ("APNG", png_with(7, 5, ColorType::Rgb, BitDepth::Eight, &rgb, |e| e.set_animated(1, 0).unwrap())),
        ("deflated TIFF", tiff(&deflated, &zlib(&gray))),
        ("plain TIFF", tiff(&plain, &rgb)),
        ("WebP", webp(7, 5, false, &rgb)),
        ("animated WebP", webp_animation((9, 8), &[(2, 2, 7, 5, webp(7, 5, true, &rgba))])),
        ("BMP", bmp(7, 5, &[9; 120])),
        ("GIF", gif(5, 4, &palette, &[frame.clone(), frame])),
    ]
}
