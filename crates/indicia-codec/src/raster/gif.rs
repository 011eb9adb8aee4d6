//! GIF (CompuServe, GIF89a specification, 1990).

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DecodingError, DisposalMethod, MemoryLimit};
use indicia_core::{Error, Kind, Limits, Result};

use super::canvas::{Canvas, Place};
use crate::bytes::{u16_le, zeros};
use crate::header::{Header, Stored};
use crate::{ColorModel, Pixels, Samples};

/// Most pixels that one byte of LZW data can stand for: codes have 3 bits at least, and a string of the
/// table of 4096 entries cannot be longer than the table.
const LZW_RATIO: u64 = 4096 * 8 / 3 + 1;

/// What a walk over the blocks finds, before anything is decompressed.
struct Layout {
    canvas: (u32, u32),
    first: Frame,
    all: Vec<Frame>,
    frames: u32,
    warnings: Vec<String>,
}

impl Frame {
    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

#[derive(Clone, Copy)]
struct Frame {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    /// Bytes of LZW data, and whether they are all there.
    data: u64,
    complete: bool,
}

/// Frames in the file.
pub(super) fn count(bytes: &[u8], limits: &Limits) -> Result<u32> {
    Ok(walk(bytes, limits)?.frames)
}

/// Draws the animation up to frame `index`, counted from 0, as a viewer shows it.
pub(super) fn decode_frame(bytes: &[u8], limits: &Limits, index: usize) -> Result<Pixels> {
    let layout = walk(bytes, limits)?;
    let (width, height) = layout.canvas;
    // A frame's indices and RGBA, the canvas, and what it was before.
    limits.check_picture(width.into(), height.into(), 13)?;
    limits.check_expansion(width.into(), height.into(), bytes.len() as u64)?;
    let up_to = layout.all.get(..=index).ok_or_else(|| Error::internal("there is no such frame"))?;
    super::check_animation(up_to.iter().map(Frame::pixels), limits)?;
    let damaged = |error: DecodingError| Error::input_from("damaged GIF", error);
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(limits.memory).unwrap_or(NonZeroU64::MIN)));
    let mut decoder = options.read_info(bytes).map_err(damaged)?;
    let mut canvas = Canvas::new(width as usize, height as usize)?;
    for (number, frame) in up_to.iter().enumerate() {
        if frame.pixels() > frame.data.saturating_mul(LZW_RATIO) {
            return Err(Error::input(format!("frame {} has only {} bytes of data", number + 1, frame.data)));
        }
        let Some(read) = decoder.read_next_frame().map_err(damaged)? else {
            return Err(Error::input(format!("the file ends before frame {}", number + 1)));
        };
        let place = Place {
            left: read.left.into(),
            top: read.top.into(),
            width: read.width.into(),
            height: read.height.into(),
        };
        let before = (read.dispose == DisposalMethod::Previous).then(|| canvas.clone());
        canvas.draw(place, &read.buffer, true);
        if number < index {
            match (read.dispose, before) {
                (DisposalMethod::Background, _) => canvas.clear(place),
                (_, Some(before)) => canvas = before,
                _ => {}
            }
        }
    }
    Ok(canvas.into_pixels())
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels> {
    let layout = walk(bytes, limits)?;
    let (width, height) = layout.canvas;
    // A byte of index and up to four of canvas a pixel.
    limits.check_picture(width.into(), height.into(), 5)?;
    limits.check_expansion(width.into(), height.into(), bytes.len() as u64)?;
    let frame = layout.first;
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    if pixels > frame.data.saturating_mul(LZW_RATIO) {
        return Err(Error::input(format!(
            "the first frame of {}x{} pixels has only {} bytes of data",
            frame.width, frame.height, frame.data
        )));
    }
    let refuse = |error: DecodingError| match error {
        DecodingError::MemoryLimit | DecodingError::OutOfMemory => {
            Error::limits(format!("decoding needs more memory than the limit of {} bytes", limits.memory))
        }
        _ if !frame.complete => Error::input("the file ends inside the data of the first frame"),
        error => Error::input_from("damaged GIF", error),
    };

    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::new(limits.memory).unwrap_or(NonZeroU64::MIN)));
    let mut decoder = options.read_info(bytes).map_err(refuse)?;
    let transparent = match decoder.next_frame_info().map_err(refuse)? {
        None => return Err(Error::input("there is no frame")),
        Some(info) if (u32::from(info.width), u32::from(info.height)) != (frame.width, frame.height) => {
            return Err(Error::input("the first frame is not where the block structure puts it"));
        }
        Some(info) => info.transparent,
    };
    let mut indices = zeros::<u8>(frame.width as usize * frame.height as usize)?;
    decoder.read_into_buffer(&mut indices).map_err(refuse)?;
    let palette = decoder.palette().map_err(refuse)?;

    let mut warnings = layout.warnings;
    let colors = palette.len() / 3;
    if let Some(index) = indices.iter().find(|i| usize::from(**i) >= colors && Some(**i) != transparent) {
        warnings.push(format!("colour index {index} is outside the palette of {colors}, shown black"));
    }
    let fills = (frame.left, frame.top, frame.width, frame.height) == (0, 0, width, height);
    let seen_through = transparent.is_some_and(|t| indices.contains(&t));
    let model = if seen_through || !fills { ColorModel::Rgba } else { ColorModel::Rgb };
    let samples = compose(&indices, palette, transparent, frame, layout.canvas, model)?;
    Ok(Pixels {
        width: width as usize,
        height: height as usize,
        model,
        samples: Samples::U8(samples),
        shown: None,
        frames: layout.frames,
        warnings,
    })
}

/// Size of the canvas; pixels are indices of 8 bits at most.
pub(super) fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    let (width, height) = walk(bytes, limits)?.canvas;
    limits.check_picture(width.into(), height.into(), 5)?;
    let (width, height) = (width.into(), height.into());
    Ok(Header { kind: Kind::Gif, width, height, bits: 8, stored: Stored::Palette, jpeg: None })
}

/// Puts the frame on its canvas. Outside the frame the canvas is transparent black, as browsers show it; a
/// transparent pixel inside keeps its palette colour.
fn compose(
    indices: &[u8],
    palette: &[u8],
    transparent: Option<u8>,
    frame: Frame,
    canvas: (u32, u32),
    model: ColorModel,
) -> Result<Vec<u8>> {
    let mut table = [[0, 0, 0, 255]; 256];
    for (entry, color) in table.iter_mut().zip(palette.chunks_exact(3)) {
        entry[..3].copy_from_slice(color);
    }
    if let Some(index) = transparent {
        table[usize::from(index)][3] = 0;
    }
    let channels = model.channels();
    let stride = canvas.0 as usize * channels;
    let mut out = zeros::<u8>(stride * canvas.1 as usize)?;
    let rows = out.chunks_exact_mut(stride).skip(frame.top as usize);
    for (row, source) in rows.zip(indices.chunks_exact(frame.width as usize)) {
        let pixels = row.chunks_exact_mut(channels).skip(frame.left as usize);
        for (pixel, index) in pixels.zip(source) {
            pixel.copy_from_slice(&table[usize::from(*index)][..channels]);
        }
    }
    Ok(out)
}

fn walk(bytes: &[u8], limits: &Limits) -> Result<Layout> {
    let (Some(screen_width), Some(screen_height), Some(&packed)) =
        (u16_le(bytes, 6), u16_le(bytes, 8), bytes.get(10))
    else {
        return Err(Error::input("the file ends inside the GIF header"));
    };
    let mut at = 13 + color_table(packed);
    let mut all: Vec<Frame> = vec![];
    let mut frames = 0_u32;
    let mut warnings = Vec::new();
    loop {
        match bytes.get(at) {
            Some(0x3B) => break,
            // An extension: label, then sub-blocks.
            Some(0x21) => at = sub_blocks(bytes, at + 2).end,
            Some(0x2C) => {
                let Some(descriptor) = bytes.get(at + 1..at + 10) else {
                    warnings.push("the file ends inside a frame's header".into());
                    break;
                };
                if frames >= limits.frames {
                    return Err(Error::limits(format!(
                        "the file has more frames than the limit of {} (raise it with --limits frames=N)",
                        limits.frames
                    )));
                }
                frames += 1;
                let field = |i: usize| u32::from(u16_le(descriptor, i).unwrap_or(0));
                // The colour table, the byte with the smallest code size, then sub-blocks.
                let data = sub_blocks(bytes, at + 10 + color_table(descriptor[8]) + 1);
                all.push(Frame {
                    left: field(0),
                    top: field(2),
                    width: field(4),
                    height: field(6),
                    data: data.payload,
                    complete: data.complete,
                });
                if !data.complete {
                    warnings.push(format!("the file ends inside frame {frames}"));
                }
                at = data.end;
            }
            Some(other) => {
                warnings.push(format!("byte {other:#04x} at offset {at}, where a block should begin"));
                break;
            }
            None => {
                warnings.push("the file ends without a trailer".into());
                break;
            }
        }
    }
    let Some(&first) = all.first() else {
        let why = warnings.pop().unwrap_or_else(|| "the trailer comes first".into());
        return Err(Error::input(format!("there is no frame: {why}")));
    };
    if first.width == 0 || first.height == 0 {
        return Err(Error::input(format!("the first frame has {}x{} pixels", first.width, first.height)));
    }
    // Some writers leave the screen 0x0 or smaller than the frame; viewers enlarge it.
    let canvas = (
        u32::from(screen_width).max(first.left + first.width),
        u32::from(screen_height).max(first.top + first.height),
    );
    if canvas != (screen_width.into(), screen_height.into()) {
        warnings.push(format!(
            "the first frame reaches to {}x{} on a screen of {screen_width}x{screen_height}",
            first.left + first.width,
            first.top + first.height
        ));
    }
    Ok(Layout { canvas, first, all, frames, warnings })
}

/// Bytes of the colour table that a packed field announces.
fn color_table(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

struct SubBlocks {
    payload: u64,
    end: usize,
    complete: bool,
}

fn sub_blocks(bytes: &[u8], mut at: usize) -> SubBlocks {
    let mut payload = 0;
    loop {
        match bytes.get(at) {
            Some(0) => return SubBlocks { payload, end: at + 1, complete: true },
            Some(&length) if bytes.len() - at > usize::from(length) => {
                payload += u64::from(length);
                at += 1 + usize::from(length);
            }
            Some(_) => {
                payload += (bytes.len() - at - 1) as u64;
                return SubBlocks { payload, end: bytes.len(), complete: false };
            }
            None => return SubBlocks { payload, end: bytes.len(), complete: false },
        }
    }
}
