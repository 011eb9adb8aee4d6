//! A cheap look for traces of C2PA, so that the many files without any never reach the full parser.
//!
//! C2PA 2.2, appendix A, says where each format embeds its manifest store: APP11 segments (JPEG), a `caBX`
//! chunk (PNG), tag 52545 (TIFF), a `C2PA` chunk (WebP, RIFF), a `C2PA_GIF` application extension (GIF).
//! A store may also live elsewhere, named by `dcterms:provenance` in the file's XMP. The look may report a
//! trace where there is none (the full parser then says so), never the reverse.

use std::collections::HashSet;
use std::ops::Range;

use indicia_core::{Kind, Limits};
use memchr::memmem;

use crate::bytes::array;
use crate::chunks;

/// Key of XMP that names a remote manifest store.
const REMOTE: &[u8] = b"dcterms:provenance";
/// First four bytes of the UUID that types a C2PA manifest store box.
const STORE_TYPE: &[u8] = b"c2pa";
const TIFF_STORE: u64 = 52_545;
const TIFF_XMP: u64 = 700;

/// What the look found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Traces {
    /// There may be an embedded manifest store.
    pub embedded: bool,
    /// Bytes of the file that carry the store, framing of the format included, where the look could tell.
    pub range: Option<Range<usize>>,
    /// The XMP may name a remote manifest store.
    pub remote: bool,
}

impl Traces {
    pub fn any(&self) -> bool {
        self.embedded || self.remote
    }

    fn embed(&mut self, range: Range<usize>) {
        self.embedded = true;
        self.range.get_or_insert(range);
    }
}

pub(super) fn look(kind: Kind, bytes: &[u8], limits: &Limits) -> Traces {
    match kind {
        Kind::Jpeg => jpeg(bytes),
        Kind::Png => png(bytes),
        Kind::Tiff => tiff(bytes, limits),
        Kind::Webp => webp(bytes),
        Kind::Gif => gif(bytes),
        _ => Traces::default(),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memmem::find(haystack, needle).is_some()
}

fn jpeg(bytes: &[u8]) -> Traces {
    let mut traces = Traces::default();
    // Instance number of the box that holds the store: its further segments carry the same.
    let mut instance = None;
    let mut position = 2;
    while let Some([0xFF, marker]) = array(bytes, position) {
        match marker {
            0xFF => {
                position += 1;
                continue;
            }
            0x01 | 0xD0..=0xD8 => {
                position += 2;
                continue;
            }
            0xD9 | 0xDA => break,
            _ => {}
        }
        let Some(length) = array(bytes, position + 2).map(u16::from_be_bytes) else { break };
        let end = position + 2 + usize::from(length);
        let Some(content) = bytes.get(position + 4..end) else { break };
        if marker == 0xEB && content.len() > 28 && &content[24..28] == STORE_TYPE && !traces.embedded {
            traces.embed(position..end);
            instance = Some([content[2], content[3]]);
        } else if let Some(range) = &mut traces.range
            && marker == 0xEB
            && range.end == position
            && content.get(2..4) == instance.as_ref().map(|i| i.as_slice())
        {
            range.end = end;
        } else if marker == 0xE1 {
            traces.remote |= contains(content, REMOTE);
        }
        position = end;
    }
    // Segments may also follow the first scan, where only a search finds them fast.
    let rest = bytes.get(position..).unwrap_or_default();
    traces.embedded |= contains(rest, STORE_TYPE);
    traces.remote |= contains(rest, REMOTE);
    traces
}

fn png(bytes: &[u8]) -> Traces {
    let mut traces = Traces::default();
    let mut position = 8_usize;
    while let Some(chunk) = chunks::png(bytes, position) {
        match &chunk.name {
            b"caBX" => traces.embed(position..chunk.next.min(bytes.len())),
            b"iTXt" => traces.remote |= contains(&bytes[chunk.payload.clone()], REMOTE),
            b"IEND" => break,
            _ => {}
        }
        position = chunk.next;
    }
    traces
}

fn webp(bytes: &[u8]) -> Traces {
    let mut traces = Traces::default();
    let mut position = 12_usize;
    while let Some(chunk) = chunks::riff(bytes, position) {
        match &chunk.name {
            // The padding behind a chunk is no part of the store.
            b"C2PA" => traces.embed(position..chunk.payload.end),
            b"XMP " => traces.remote |= contains(&bytes[chunk.payload.clone()], REMOTE),
            _ => {}
        }
        position = chunk.next;
    }
    traces
}

fn gif(bytes: &[u8]) -> Traces {
    // Blocks hold strings of unknown alignment; both names are long enough to search for. XMP in a GIF may
    // be cut by the lengths of sub-blocks, so its presence alone counts.
    let store = memmem::find(bytes, b"C2PA_GIF");
    Traces { embedded: store.is_some(), range: None, remote: contains(bytes, b"XMP DataXMP") }
}

fn tiff(bytes: &[u8], limits: &Limits) -> Traces {
    tiff_directories(bytes, limits).unwrap_or_default()
}

fn tiff_directories(bytes: &[u8], limits: &Limits) -> Option<Traces> {
    let little = match array::<2>(bytes, 0)? {
        [b'I', b'I'] => true,
        [b'M', b'M'] => false,
        _ => return None,
    };
    let number = |offset: u64, width: usize| -> Option<u64> {
        let start = usize::try_from(offset).ok()?;
        let field = bytes.get(start..start.checked_add(width)?)?;
        let push = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if little { field.iter().rev().fold(0, push) } else { field.iter().fold(0, push) })
    };
    let big = number(2, 2)? == 43;
    // Widths of a directory's count, of an entry, and of an offset: TIFF 6.0 and BigTIFF.
    let (count_width, entry_width, offset_width) = if big { (8, 20, 8) } else { (2, 12, 4) };
    let mut directory = number(if big { 8 } else { 4 }, offset_width)?;
    let mut traces = Traces::default();
    let (mut seen, mut entries) = (HashSet::new(), 0_u64);
    while directory != 0 && seen.insert(directory) && seen.len() <= limits.frames as usize {
        let Some(count) = number(directory, count_width) else { break };
        // More entries than fit into the file mean directories laid over each other to waste time.
        entries = entries.saturating_add(count.saturating_mul(entry_width));
        if entries > bytes.len() as u64 {
            break;
        }
        let first = directory.saturating_add(count_width as u64);
        for index in 0..count {
            let entry = first.saturating_add(index.saturating_mul(entry_width));
            let Some(tag) = number(entry, 2) else { return Some(traces) };
            if tag == TIFF_STORE {
                traces.embedded = true;
            } else if tag == TIFF_XMP {
                let length = number(entry + 4, offset_width).unwrap_or(0);
                let offset = number(entry + 4 + offset_width as u64, offset_width).unwrap_or(0);
                let range =
                    usize::try_from(offset).ok().zip(usize::try_from(offset.saturating_add(length)).ok());
                let text = range.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
                traces.remote |= contains(text, REMOTE);
            }
        }
        let next = first.saturating_add(count.saturating_mul(entry_width));
        directory = number(next, offset_width).unwrap_or(0);
    }
    Some(traces)
}

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;
