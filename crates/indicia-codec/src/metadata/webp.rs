//! Chunks of a WebP that carry metadata (RFC 9649).

use super::collect::Collector;
use super::{exif, icc, xmp};
use crate::chunks;

/// Chunks of one file that are looked at; every frame of an animation is one.
const MAX_CHUNKS: usize = 1_000_000;

/// Reads the metadata of a WebP.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(chunk) = chunks::riff(data, at) else {
            if at < data.len() {
                out.warn(format!("chunk at byte {at} ends within its header"));
            }
            return;
        };
        let (name, payload) = (&chunk.name, &data[chunk.payload.clone()]);
        if matches!(name, b"EXIF" | b"XMP " | b"ICCP") && !chunk.is_whole() {
            out.warn(format!(
                "chunk {:?} at byte {at} states {} bytes, {} are left",
                String::from_utf8_lossy(name),
                chunk.stated,
                payload.len()
            ));
        }
        match name {
            b"EXIF" => {
                // Some writers put the name of JPEG's segment before the block.
                let skip = if payload.starts_with(b"Exif\0\0") { 6 } else { 0 };
                exif::read_block(&payload[skip..], Some((at + 8 + skip) as u64), out);
            }
            b"XMP " => xmp::read(payload, out),
            b"ICCP" => icc::read(payload, out),
            _ => {}
        }
        at = chunk.next;
    }
    out.warn(format!("more than {MAX_CHUNKS} chunks, the rest is not read"));
}
