//! WebP (RFC 9649): lossy, lossless, with alpha, animated.

use std::io::Cursor;
use std::ops::Range;

use image_webp::{DecodingError, WebPDecoder};
use indicia_core::{Error, Kind, Limits, Result};

use super::canvas::{Canvas, Place};
use crate::bytes::{array, u16_le, u32_le, zeros};
use crate::chunks;
use crate::header::{Header, Stored};
use crate::{ColorModel, Pixels, Samples};

/// Bytes a pixel that decoding holds at once: planes or ARGB, the output and its copy on the canvas.
const BYTES_A_PIXEL: u64 = 12;

/// What a walk over the chunks finds.
#[derive(Default)]
struct Layout {
    /// Width and height of the canvas, where the file states them apart from the picture's.
    canvas: Option<(u32, u32)>,
    first: Option<Frame>,
    /// Payloads of the animation's frames.
    animation: Vec<Range<usize>>,
    frames: u32,
    warnings: Vec<String>,
}

/// One picture and where it lies on the canvas.
struct Frame {
    left: u32,
    top: u32,
    /// Width and height that the frame's header states, if it has one.
    stated: Option<(u32, u32)>,
    alpha: Option<Range<usize>>,
    lossless: bool,
    data: Range<usize>,
}

/// Frames in the file.
pub(super) fn count(bytes: &[u8], limits: &Limits) -> Result<u32> {
    Ok(walk(bytes, limits)?.frames.max(1))
}

/// Draws the animation up to frame `index`, counted from 0, on a transparent canvas.
pub(super) fn decode_frame(bytes: &[u8], limits: &Limits, index: usize) -> Result<Pixels> {
    /// Flags of a frame (RFC 9649, 2.7.1.1).
    const DISPOSE: u8 = 1;
    const REPLACE: u8 = 2;
    let layout = walk(bytes, limits)?;
    let (Some((width, height)), Some(up_to)) = (layout.canvas, layout.animation.get(..=index)) else {
        return Err(Error::input("the animation states no canvas or lacks the frame"));
    };
    limits.check_picture(width.into(), height.into(), BYTES_A_PIXEL + 4)?;
    limits.check_expansion(width.into(), height.into(), bytes.len() as u64)?;
    let mut frames = vec![];
    for (number, payload) in up_to.iter().enumerate() {
        let frame = animation_frame(bytes, payload.clone())?;
        let size = picture_size(&bytes[frame.data.clone()], frame.lossless)?;
        if frame.stated != Some(size)
            || u64::from(frame.left) + u64::from(size.0) > width.into()
            || u64::from(frame.top) + u64::from(size.1) > height.into()
        {
            return Err(Error::input(format!(
                "frame {} of {}x{} pixels is not of the size it states or leaves the canvas of {width}x{height}",
                number + 1,
                size.0,
                size.1
            )));
        }
        frames.push((frame, size, bytes.get(payload.start + 15).copied().unwrap_or(0)));
    }
    super::check_animation(frames.iter().map(|(_, (w, h), _)| u64::from(*w) * u64::from(*h)), limits)?;
    let mut canvas = Canvas::new(width as usize, height as usize)?;
    for (number, (frame, (w, h), flags)) in frames.iter().enumerate() {
        let (has_alpha, picture) = decode_still(&still(bytes, frame, *w, *h), limits)?;
        let rgba = if has_alpha {
            picture
        } else {
            picture.as_chunks().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect()
        };
        let place = Place {
            left: frame.left as usize,
            top: frame.top as usize,
            width: *w as usize,
            height: *h as usize,
        };
        canvas.draw(place, &rgba, flags & REPLACE == 0);
        if number < index && flags & DISPOSE != 0 {
            canvas.clear(place);
        }
    }
    Ok(canvas.into_pixels())
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels> {
    let layout = walk(bytes, limits)?;
    let Some(frame) = layout.first else {
        return Err(Error::input("there is no picture (no VP8, VP8L or ANMF chunk)"));
    };
    let (frame_width, frame_height) = picture_size(&bytes[frame.data.clone()], frame.lossless)?;
    limits.check_picture(frame_width.into(), frame_height.into(), BYTES_A_PIXEL)?;
    if frame.stated.is_some_and(|stated| stated != (frame_width, frame_height)) {
        let (w, h) = frame.stated.unwrap_or_default();
        return Err(Error::input(format!(
            "the header states {w}x{h}, the picture has {frame_width}x{frame_height}"
        )));
    }
    let (width, height) = layout.canvas.unwrap_or((frame_width, frame_height));
    limits.check_picture(width.into(), height.into(), BYTES_A_PIXEL)?;
    limits.check_expansion(width.into(), height.into(), bytes.len() as u64)?;
    if frame.left + frame_width > width || frame.top + frame_height > height {
        return Err(Error::input(format!(
            "the first frame, {frame_width}x{frame_height} at ({}, {}), leaves the canvas of {width}x{height}",
            frame.left, frame.top
        )));
    }

    let (has_alpha, picture) = decode_still(&still(bytes, &frame, frame_width, frame_height), limits)?;
    let fills = (frame_width, frame_height) == (width, height);
    let (model, samples) = match (fills, has_alpha) {
        (true, true) => (ColorModel::Rgba, picture),
        (true, false) => (ColorModel::Rgb, picture),
        (false, _) => {
            let canvas = place(&picture, has_alpha, &frame, frame_width, (width, height))?;
            (ColorModel::Rgba, canvas)
        }
    };
    Ok(Pixels {
        width: width as usize,
        height: height as usize,
        model,
        samples: Samples::U8(samples),
        shown: None,
        frames: layout.frames.max(1),
        warnings: layout.warnings,
    })
}

/// Size and storage of the first picture.
pub(super) fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    let layout = walk(bytes, limits)?;
    let Some(frame) = layout.first else {
        return Err(Error::input("there is no picture (no VP8, VP8L or ANMF chunk)"));
    };
    let size = picture_size(&bytes[frame.data.clone()], frame.lossless)?;
    let (width, height) = layout.canvas.unwrap_or(size);
    limits.check_picture(width.into(), height.into(), BYTES_A_PIXEL)?;
    // A lossless picture says in its header, after the two sides of 14 bits, whether alpha is used.
    let lossless_alpha = || u32_le(bytes, frame.data.start + 1).is_some_and(|h| h >> 28 & 1 == 1);
    let stored = match (frame.lossless, &frame.alpha) {
        (true, _) if lossless_alpha() => Stored::Rgba,
        (true, _) => Stored::Rgb,
        (false, Some(_)) => Stored::YCbCrAlpha,
        (false, None) => Stored::YCbCr,
    };
    let (width, height) = (width.into(), height.into());
    Ok(Header { kind: Kind::Webp, width, height, bits: 8, stored, jpeg: None })
}

/// Width and height in the header of a VP8 key frame (RFC 6386, 9.1) or of a VP8L picture (RFC 9649, 3.4).
fn picture_size(data: &[u8], lossless: bool) -> Result<(u32, u32)> {
    if lossless {
        let (Some(0x2F), Some(header)) = (data.first(), u32_le(data, 1)) else {
            return Err(Error::input("the VP8L chunk does not begin with a lossless header"));
        };
        return Ok(((header & 0x3FFF) + 1, ((header >> 14) & 0x3FFF) + 1));
    }
    let (Some([tag, _, _, 0x9D, 0x01, 0x2A]), Some(width), Some(height)) =
        (array::<6>(data, 0), u16_le(data, 6), u16_le(data, 8))
    else {
        return Err(Error::input("the VP8 chunk does not begin with a key frame's header"));
    };
    if tag & 1 != 0 {
        return Err(Error::input("the VP8 chunk holds an inter frame, expected a key frame"));
    }
    Ok((u32::from(width & 0x3FFF), u32::from(height & 0x3FFF)))
}

/// A file with this frame alone. Frames of an animation are decoded so as well, since composing them by the
/// rules of animation would blend the first one with an empty canvas and round its samples.
fn still(bytes: &[u8], frame: &Frame, width: u32, height: u32) -> Vec<u8> {
    const ALPHA: u8 = 0x10;
    let mut chunks = Vec::with_capacity(frame.data.len() + 64);
    let mut chunk = |name: &[u8; 4], payload: &[u8]| {
        chunks.extend(name);
        chunks.extend(u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
        chunks.extend(payload);
        chunks.extend(&[0_u8][..payload.len() % 2]);
    };
    let data = &bytes[frame.data.clone()];
    match &frame.alpha {
        _ if frame.lossless => chunk(b"VP8L", data),
        None => chunk(b"VP8 ", data),
        Some(alpha) => {
            let ([w0, w1, w2, _], [h0, h1, h2, _]) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
            chunk(b"VP8X", &[ALPHA, 0, 0, 0, w0, w1, w2, h0, h1, h2]);
            chunk(b"ALPH", &bytes[alpha.clone()]);
            chunk(b"VP8 ", data);
        }
    }
    let size = u32::try_from(chunks.len() + 4).unwrap_or(u32::MAX);
    [b"RIFF", &size.to_le_bytes(), &b"WEBP"[..], &chunks].concat()
}

fn decode_still(file: &[u8], limits: &Limits) -> Result<(bool, Vec<u8>)> {
    let refuse = |error: DecodingError| match error {
        DecodingError::MemoryLimitExceeded => {
            Error::limits(format!("decoding needs more memory than the limit of {} bytes", limits.memory))
        }
        DecodingError::UnsupportedFeature(what) => Error::unsupported(format!("WebP with {what}")),
        error => Error::input_from("damaged WebP", error),
    };
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(refuse)?;
    decoder.set_memory_limit(usize::try_from(limits.memory).unwrap_or(usize::MAX));
    let size =
        decoder.output_buffer_size().ok_or_else(|| Error::limits("the picture does not fit in memory"))?;
    let mut picture = zeros::<u8>(size)?;
    decoder.read_image(&mut picture).map_err(refuse)?;
    Ok((decoder.has_alpha(), picture))
}

/// Puts the frame on a canvas of transparent black.
fn place(
    picture: &[u8],
    alpha: bool,
    frame: &Frame,
    frame_width: u32,
    canvas: (u32, u32),
) -> Result<Vec<u8>> {
    let mut out = zeros::<u8>(canvas.0 as usize * canvas.1 as usize * 4)?;
    let channels = if alpha { 4 } else { 3 };
    let rows = out.chunks_exact_mut(canvas.0 as usize * 4).skip(frame.top as usize);
    for (row, source) in rows.zip(picture.chunks_exact(frame_width as usize * channels)) {
        let pixels = row.chunks_exact_mut(4).skip(frame.left as usize);
        for (pixel, source) in pixels.zip(source.chunks_exact(channels)) {
            pixel[3] = 255;
            pixel[..channels].copy_from_slice(source);
        }
    }
    Ok(out)
}

fn walk(bytes: &[u8], limits: &Limits) -> Result<Layout> {
    let mut layout = Layout::default();
    let mut alpha = None;
    if let Some(size) = u32_le(bytes, 4)
        && u64::from(size) + 8 > bytes.len() as u64
    {
        layout.warnings.push(format!(
            "the header states {} bytes, the file has {}",
            u64::from(size) + 8,
            bytes.len()
        ));
    }
    let mut at = 12;
    while let Some(chunk) = chunks::riff(bytes, at) {
        let picture = matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF");
        if picture && !chunk.is_whole() && layout.first.is_none() {
            return Err(Error::input(format!(
                "the file ends inside the {} chunk at offset {at}",
                chunk.name.escape_ascii()
            )));
        }
        match &chunk.name {
            b"VP8X" if layout.canvas.is_none() => {
                let (Some([w0, w1, w2]), Some([h0, h1, h2])) =
                    (array(bytes, chunk.payload.start + 4), array(bytes, chunk.payload.start + 7))
                else {
                    return Err(Error::input("the file ends inside the VP8X chunk"));
                };
                let canvas =
                    (u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1);
                limits.check_picture(canvas.0.into(), canvas.1.into(), BYTES_A_PIXEL)?;
                layout.canvas = Some(canvas);
            }
            b"ALPH" if alpha.is_none() => alpha = Some(chunk.payload),
            name @ (b"VP8 " | b"VP8L") if layout.first.is_none() => {
                let lossless = name == b"VP8L";
                let (alpha, stated) = (alpha.take(), layout.canvas);
                layout.first = Some(Frame { left: 0, top: 0, stated, alpha, lossless, data: chunk.payload });
            }
            b"ANMF" => {
                if layout.frames >= limits.frames {
                    return Err(Error::limits(format!(
                        "the animation has more frames than the limit of {} (raise it with --limits frames=N)",
                        limits.frames
                    )));
                }
                layout.frames += 1;
                layout.animation.push(chunk.payload.clone());
                if layout.first.is_none() {
                    layout.first = Some(animation_frame(bytes, chunk.payload)?);
                }
            }
            _ => {}
        }
        at = chunk.next;
    }
    Ok(layout)
}

/// The frame in an ANMF chunk (RFC 9649, 2.7.1.1).
fn animation_frame(bytes: &[u8], payload: Range<usize>) -> Result<Frame> {
    let field = |at: usize| {
        let [a, b, c] = array(bytes, payload.start + at).filter(|_| payload.len() >= 16)?;
        Some(u32::from_le_bytes([a, b, c, 0]))
    };
    let (Some(left), Some(top), Some(width), Some(height)) = (field(0), field(3), field(6), field(9)) else {
        return Err(Error::input("the ANMF chunk is shorter than its header of 16 bytes"));
    };
    let mut alpha = None;
    let mut at = payload.start + 16;
    while let Some(chunk) = chunks::riff(&bytes[..payload.end], at) {
        match &chunk.name {
            b"ALPH" => alpha = Some(chunk.payload),
            name @ (b"VP8 " | b"VP8L") => {
                return Ok(Frame {
                    left: left * 2,
                    top: top * 2,
                    stated: Some((width + 1, height + 1)),
                    alpha,
                    lossless: name == b"VP8L",
                    data: chunk.payload,
                });
            }
            _ => {}
        }
        at = chunk.next;
    }
    Err(Error::input("the first frame holds no picture (no VP8 or VP8L chunk)"))
}
