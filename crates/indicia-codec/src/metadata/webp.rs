//! Chunks of a WebP that carry metadata (RFC 9649).

use super::collect::{Collector, le32};
use super::{exif, icc, xmp};

/// Chunks of one file that are looked at; every frame of an animation is one.
const MAX_CHUNKS: usize = 1_000_000;

/// Reads the metadata of a WebP.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = data.get(at..).filter(|rest| !rest.is_empty()) else { return };
        let (Some(name), Some(length)) = (head.first_chunk::<4>(), le32(head, 4)) else {
            return out.warn(format!("chunk at byte {at} ends within its header"));
        };
        let length = length as usize;
        let wanted = matches!(name, b"EXIF" | b"XMP " | b"ICCP");
        let payload = head.get(8..).unwrap_or(&[]);
        if wanted && payload.len() < length {
            let name = String::from_utf8_lossy(name);
            out.warn(format!(
                "chunk {name:?} at byte {at} states {length} bytes, {} are left",
                payload.len()
            ));
        }
        let payload = &payload[..length.min(payload.len())];
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
        let Some(next) = length.checked_next_multiple_of(2).and_then(|n| n.checked_add(at + 8)) else {
            return;
        };
        at = next;
    }
    out.warn(format!("more than {MAX_CHUNKS} chunks, the rest is not read"));
}
