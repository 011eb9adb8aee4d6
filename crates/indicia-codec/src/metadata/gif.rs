//! Extensions of a GIF (GIF89a specification, CompuServe 1990; XMP specification part 3, 1.1.2).

use super::collect::{Collector, utf8_or_latin1};
use super::{generator, xmp};

/// Reads the metadata of a GIF.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    if walk(data, out).is_none() {
        out.warn("GIF ends before its trailer");
    }
}

/// `None` if the data ends before the trailer.
fn walk(data: &[u8], out: &mut Collector<'_>) -> Option<()> {
    let flags = *data.get(10)?;
    let mut at = 13 + color_table(flags);
    loop {
        match *data.get(at)? {
            0x21 => at = extension(data, at + 1, out)?,
            0x2c => {
                let flags = *data.get(at + 9)?;
                // The minimum code size stands between the table and the data.
                at = blocks_end(data, at + 10 + color_table(flags) + 1)?;
            }
            0x3b => return Some(()),
            other => {
                out.warn(format!("GIF has byte 0x{other:02x} at {at}, expected a block"));
                return Some(());
            }
        }
    }
}

/// Bytes of the colour table that a flags byte announces.
fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Reads the extension whose label stands at `at`; gives where it ends.
fn extension(data: &[u8], at: usize, out: &mut Collector<'_>) -> Option<usize> {
    let start = at + 1;
    match *data.get(at)? {
        0xfe => {
            let (text, length, end) = join(data, start, out.limits.metadata)?;
            let text = utf8_or_latin1(&text);
            out.entry_of_length("GIF comment", "Comment", &text, length.max(text.len() as u64), true);
            generator::inspect("GIF comment", "Comment", &text, length, out);
            let line = text.lines().next().unwrap_or("").trim();
            if line.len() < 120 && line.starts_with("Created with ") {
                out.software("GIF comment", line);
            }
            Some(end)
        }
        0xff => {
            let length = usize::from(*data.get(start)?);
            let name = data.get(start + 1..start + 1 + length)?;
            let behind = start + 1 + length;
            if name == b"XMP DataXMP" {
                // XMP is stored bare; a trailer of 258 bytes leads any reader of blocks to its end.
                let end = blocks_end(data, behind)?;
                let length = (end - behind).saturating_sub(258);
                xmp::read(&data[behind..behind + length], out);
                return Some(end);
            }
            out.fact("GIF", "Application", utf8_or_latin1(name));
            blocks_end(data, behind)
        }
        _ => blocks_end(data, start),
    }
}

/// Where the blocks that begin at `at` end.
fn blocks_end(data: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *data.get(at)? {
            0 => return Some(at + 1),
            length => at += 1 + usize::from(length),
        }
    }
}

/// The bytes of the blocks at `at` up to `most`, how many there are, and where they end.
fn join(data: &[u8], mut at: usize, most: u64) -> Option<(Vec<u8>, u64, usize)> {
    let mut out = vec![];
    let mut total = 0;
    loop {
        let length = usize::from(*data.get(at)?);
        at += 1;
        if length == 0 {
            return Some((out, total, at));
        }
        let block = data.get(at..at + length)?;
        total += length as u64;
        if total <= most {
            out.extend_from_slice(block);
        }
        at += length;
    }
}
