//! PNG and APNG (W3C PNG specification, third edition).

use std::io::Cursor;

use indicia_core::{Error, Kind, Limits, Result};
use png::{BitDepth, BlendOp, ColorType, DecodingError, DisposeOp, Transformations};

use super::DEFLATE_RATIO;
use super::canvas::{Canvas, Place};
use crate::bytes::{u32_be, zeros};
use crate::chunks;
use crate::header::{Header, Stored};
use crate::{ColorModel, Pixels, Samples};

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1A\n";

/// What a walk over the chunks finds, before anything is inflated.
struct Layout {
    width: u32,
    height: u32,
    /// PNG's colour type and bits of a stored sample.
    color: u8,
    depth: u8,
    /// Bits of a stored pixel.
    bits: u64,
    /// Bytes of a decoded pixel, palette and transparency expanded.
    expanded: u64,
    data: u64,
    frames: u32,
    /// Set if the file ends inside this chunk or before IEND.
    cut: Option<String>,
    warnings: Vec<String>,
}

/// Pictures in the file: frames, and a default picture that is none.
pub(super) fn count(bytes: &[u8], limits: &Limits) -> Result<u32> {
    Ok(walk(bytes, limits)?.frames)
}

/// Draws the animation up to picture `index`, counted from 0, as a viewer shows it. A default picture outside
/// the animation counts as the first.
pub(super) fn decode_frame(bytes: &[u8], limits: &Limits, index: usize) -> Result<Pixels> {
    let layout = walk(bytes, limits)?;
    let (width, height) = (layout.width as usize, layout.height as usize);
    limits.check_picture(layout.width.into(), layout.height.into(), 16)?;
    limits.check_expansion(layout.width.into(), layout.height.into(), bytes.len() as u64)?;
    super::check_animation((0..=index).map(|_| width as u64 * height as u64), limits)?;
    if layout.depth == 16 {
        return Err(Error::unsupported("frames of an animated PNG of 16 bits are not read beyond the first"));
    }
    let damaged = |error: DecodingError| Error::input_from("damaged PNG", error);
    let memory = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: memory });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(damaged)?;
    let mut canvas = Canvas::new(width, height)?;
    let mut buffer = zeros::<u8>(width * height * 4)?;
    for number in 0..=index {
        let info = reader.next_frame(&mut buffer).map_err(damaged)?;
        let Some(control) = reader.info().frame_control else {
            // The default picture, which the animation does not show.
            continue;
        };
        let place = Place {
            left: control.x_offset as usize,
            top: control.y_offset as usize,
            width: info.width as usize,
            height: info.height as usize,
        };
        let samples = buffer.get(..info.buffer_size()).unwrap_or_default();
        let rgba: Vec<u8> = match info.color_type {
            ColorType::GrayscaleAlpha => {
                samples.as_chunks().0.iter().flat_map(|[v, a]| [*v, *v, *v, *a]).collect()
            }
            ColorType::Rgba => samples.to_vec(),
            other => return Err(Error::internal(format!("the PNG decoder gives {other:?}, expected alpha"))),
        };
        let before = (control.dispose_op == DisposeOp::Previous).then(|| canvas.clone());
        canvas.draw(place, &rgba, control.blend_op == BlendOp::Over);
        if number < index {
            match (control.dispose_op, before) {
                (DisposeOp::Background, _) => canvas.clear(place),
                (_, Some(before)) => canvas = before,
                _ => {}
            }
        }
    }
    Ok(canvas.into_pixels())
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Pixels> {
    let layout = walk(bytes, limits)?;
    limits.check_picture(layout.width.into(), layout.height.into(), layout.expanded)?;
    limits.check_expansion(layout.width.into(), layout.height.into(), bytes.len() as u64)?;
    // The lower bound of the raw size leaves the filter bytes out; interlacing changes nothing in it.
    let raw = (u64::from(layout.width) * u64::from(layout.height)).saturating_mul(layout.bits) / 8;
    let most = layout.data.saturating_mul(DEFLATE_RATIO);
    if raw > most {
        return Err(Error::input(format!(
            "the picture of {}x{} has {raw} bytes before compression, and the {} bytes of picture data cannot \
             hold more than {most}",
            layout.width, layout.height, layout.data
        )));
    }
    let refuse = |error: DecodingError| match (&layout.cut, error) {
        (_, DecodingError::LimitsExceeded) => {
            Error::limits(format!("decoding needs more memory than the limit of {} bytes", limits.memory))
        }
        (Some(cut), _) => Error::input(cut.clone()),
        (None, error) => Error::input_from("damaged PNG", error),
    };

    let memory = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: memory });
    // Metadata is read elsewhere under its own limit; here its bombs are not even inflated.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(refuse)?;
    let (color, depth) = reader.output_color_type();
    let model = match color {
        ColorType::Grayscale => ColorModel::Gray,
        ColorType::GrayscaleAlpha => ColorModel::GrayAlpha,
        ColorType::Rgb => ColorModel::Rgb,
        ColorType::Rgba => ColorModel::Rgba,
        // A palette is expanded, unless the file has none.
        ColorType::Indexed => return Err(Error::input("palette picture without a PLTE chunk")),
    };
    let (width, height) = (layout.width as usize, layout.height as usize);
    let count = width * height * model.channels();
    let samples = if depth == BitDepth::Sixteen {
        let mut samples = zeros::<u16>(count)?;
        let info = reader.next_frame(bytemuck::cast_slice_mut(&mut samples)).map_err(refuse)?;
        check_frame(&info, &layout)?;
        // The decoder leaves the samples in the file's byte order.
        samples.iter_mut().for_each(|s| *s = u16::from_be(*s));
        Samples::U16(samples)
    } else {
        let mut samples = zeros::<u8>(count)?;
        let info = reader.next_frame(&mut samples).map_err(refuse)?;
        check_frame(&info, &layout)?;
        Samples::U8(samples)
    };
    let mut warnings = layout.warnings;
    warnings.extend(layout.cut);
    Ok(Pixels { width, height, model, samples, shown: None, frames: layout.frames, warnings })
}

/// Size and storage of the picture.
pub(super) fn header(bytes: &[u8], limits: &Limits) -> Result<Header> {
    let layout = walk(bytes, limits)?;
    limits.check_picture(layout.width.into(), layout.height.into(), layout.expanded)?;
    let stored = match layout.color {
        0 => Stored::Gray,
        2 => Stored::Rgb,
        3 => Stored::Palette,
        4 => Stored::GrayAlpha,
        _ => Stored::Rgba,
    };
    let (width, height) = (layout.width.into(), layout.height.into());
    Ok(Header { kind: Kind::Png, width, height, bits: layout.depth, stored, jpeg: None })
}

/// The first frame of an animation must fill the canvas (APNG, `fcTL`).
fn check_frame(info: &png::OutputInfo, layout: &Layout) -> Result<()> {
    if (info.width, info.height) == (layout.width, layout.height) {
        return Ok(());
    }
    Err(Error::input(format!(
        "the first frame has {}x{} pixels, expected the {}x{} of the header",
        info.width, info.height, layout.width, layout.height
    )))
}

fn walk(bytes: &[u8], limits: &Limits) -> Result<Layout> {
    if !bytes.starts_with(SIGNATURE) {
        return Err(Error::input(
            "the PNG signature is damaged, as by a transfer in text mode or a cut in the first 8 bytes",
        ));
    }
    if bytes.get(12..16) != Some(b"IHDR") {
        return Err(Error::input("the file ends before the IHDR chunk or does not begin with it"));
    }
    let (Some(width), Some(height), Some(&depth), Some(&color)) =
        (u32_be(bytes, 16), u32_be(bytes, 20), bytes.get(24), bytes.get(25))
    else {
        return Err(Error::input("the file ends inside the IHDR chunk"));
    };
    let channels = match color {
        0 | 3 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        other => return Err(Error::input(format!("colour type {other}, expected 0, 2, 3, 4 or 6"))),
    };
    if !matches!(depth, 1 | 2 | 4 | 8 | 16) {
        return Err(Error::input(format!("bit depth {depth}, expected 1, 2, 4, 8 or 16")));
    }
    // With transparency there is one channel more, and a palette becomes RGB.
    let expanded_channels = if color == 3 { 4 } else { channels + u64::from(color == 0 || color == 2) };
    let mut layout = Layout {
        width,
        height,
        color,
        depth,
        bits: channels * u64::from(depth),
        expanded: expanded_channels * if depth == 16 { 2 } else { 1 },
        data: 0,
        frames: 0,
        cut: None,
        warnings: Vec::new(),
    };
    let mut declared = None;
    let mut default_is_frame = false;
    let mut at = SIGNATURE.len();
    loop {
        let Some(chunk) = chunks::png(bytes, at) else {
            layout.cut = Some("the file ends before the IEND chunk".into());
            break;
        };
        match &chunk.name {
            b"IDAT" => layout.data = layout.data.saturating_add(chunk.payload.len() as u64),
            b"acTL" if declared.is_none() => declared = u32_be(bytes, at + 8),
            b"fcTL" => {
                default_is_frame |= layout.data == 0;
                layout.frames = layout.frames.saturating_add(1);
                if layout.frames > limits.frames {
                    return Err(Error::limits(format!(
                        "the animation has more frames than the limit of {} (raise it with --limits frames=N)",
                        limits.frames
                    )));
                }
            }
            _ => {}
        }
        if chunk.next > bytes.len() {
            layout.cut = Some(format!(
                "the file ends inside the {} chunk at offset {at}, {} bytes long",
                chunk.name.escape_ascii(),
                chunk.stated
            ));
            break;
        }
        if &chunk.name == b"IEND" {
            break;
        }
        at = chunk.next;
    }
    if layout.data == 0 {
        return Err(Error::input(layout.cut.unwrap_or_else(|| "there is no picture data (IDAT)".into())));
    }
    if let Some(declared) = declared
        && declared != layout.frames
    {
        layout.warnings.push(format!("the animation declares {declared} frames and has {}", layout.frames));
    }
    // A default picture outside the animation counts too, and so does the only picture of a still one.
    if !default_is_frame {
        layout.frames = layout.frames.saturating_add(1);
    }
    Ok(layout)
}
