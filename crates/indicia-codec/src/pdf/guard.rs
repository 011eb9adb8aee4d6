//! Checks of the raw bytes before any parser sees them.
//!
//! The parser inflates streams without a bound and searches for the end of a stream whose stated length is
//! wrong. Here every place where a stream may begin is found by its keyword, whatever dictionary stands
//! before it, and its data are inflated into nothing to learn their size.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro::hayro_syntax::Filter;
use indicia_core::{Error, Limits, Result};
use memchr::memmem;

use super::images;

/// Bytes of an inflated cross-reference stream, all of them together: a million objects need some 7 MB.
const MAX_XREF: u64 = 16 << 20;
/// Bytes before the keyword `stream` that are searched for the dictionary's names.
const WINDOW: usize = 1024;
/// Bytes that searching for ends of streams may pass, for each byte of the file.
const SEARCH_RATIO: u64 = 64;
/// Most bytes that a byte of deflate can stand for.
const DEFLATE_RATIO: u64 = 1032;

/// Bytes that one decoded stream may have.
pub(super) fn stream_cap(limits: &Limits) -> u64 {
    (limits.memory / 16).max(1 << 16)
}

/// Bytes that all decoded streams may have together.
fn total_cap(limits: &Limits) -> u64 {
    (limits.memory / 4).max(1 << 18)
}

/// Refuses files whose streams inflate beyond bounds or whose damage would make reading quadratic.
///
/// # Errors
/// `Limits` for a decompression bomb, `Input` for a file of streams without ends.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<()> {
    let ends: Vec<usize> = memmem::find_iter(bytes, b"endstream").collect();
    let mut next_end = 0;
    let mut searched = 0_u64;
    let mut total = 0_u64;
    let mut xref_total = 0_u64;
    for at in memmem::find_iter(bytes, b"stream") {
        if at >= 3 && &bytes[at - 3..at] == b"end" {
            continue;
        }
        let Some(start) = after_line_end(bytes, at + 6) else { continue };
        while ends.get(next_end).is_some_and(|&end| end < start) {
            next_end += 1;
        }
        searched += (ends.get(next_end).copied().unwrap_or(bytes.len()) - start) as u64;
        if searched > SEARCH_RATIO * bytes.len() as u64 + (1 << 24) {
            return Err(Error::input("a PDF with many streams that have no end"));
        }
        let data = &bytes[start..];
        let before = &bytes[at.saturating_sub(WINDOW)..at];
        // The dictionary of this object alone: what stands before its `obj` belongs to another.
        let before = &before[memmem::rfind(before, b"obj").unwrap_or(0)..];
        let lists = memmem::find(before, b"/XRef").is_some()
            || memmem::find(before, b"/W[").is_some()
            || memmem::find(before, b"/W [").is_some();
        let holds = memmem::find(before, b"/ObjStm").is_some();
        if !(is_zlib(data) || lists || holds) {
            continue;
        }
        let cap = if lists { MAX_XREF } else { stream_cap(limits) };
        let size = inflated_size(data, cap);
        total = total.saturating_add(size);
        xref_total += if lists { size } else { 0 };
        if size > cap || xref_total > MAX_XREF || total > total_cap(limits) {
            return Err(bomb(cap.min(total_cap(limits))));
        }
        if (lists || holds) && expanding_filters(before) > 1 {
            return Err(Error::limits(
                "a cross-reference or object stream that is compressed more than once",
            ));
        }
    }
    Ok(())
}

/// The error for streams that inflate beyond bounds.
pub(super) fn bomb(cap: u64) -> Error {
    Error::limits(format!(
        "streams of the PDF inflate to more than {cap} bytes, as in a decompression bomb (raise it with --limits memory=N)"
    ))
}

/// A filter that can make its input larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expanding {
    Flate,
    Lzw,
    RunLength,
}

impl Expanding {
    pub(super) fn of(filter: Filter) -> Option<Self> {
        match filter {
            Filter::FlateDecode => Some(Self::Flate),
            Filter::LzwDecode => Some(Self::Lzw),
            Filter::RunLengthDecode => Some(Self::RunLength),
            _ => None,
        }
    }
}

/// True if the data stay within `cap` after these filters, in their order. What cannot be told counts as not.
pub(super) fn fits(data: &[u8], filters: &[Filter], cap: u64) -> bool {
    let is_text = |filter: &Filter| matches!(filter, Filter::AsciiHexDecode | Filter::Ascii85Decode);
    let expanding: Vec<Expanding> = filters.iter().filter_map(|f| Expanding::of(*f)).collect();
    if worst(data, &expanding) <= cap {
        return true;
    }
    // Text in front is undone to measure what it stands for; text in between is not followed.
    let mut data = Cow::Borrowed(data);
    let mut rest = filters;
    while let Some((first, others)) = rest.split_first()
        && (is_text(first) || *first == Filter::Crypt)
    {
        match first {
            Filter::AsciiHexDecode => match images::hex(&data) {
                Some(bytes) => data = Cow::Owned(bytes),
                None => return false,
            },
            Filter::Ascii85Decode => match images::ascii85(&data) {
                Some(bytes) => data = Cow::Owned(bytes),
                None => return false,
            },
            _ => {}
        }
        rest = others;
    }
    !rest.iter().any(is_text) && fits_after(&data, &expanding, cap)
}

/// The most bytes that these filters can make of the data.
fn worst(data: &[u8], filters: &[Expanding]) -> u64 {
    filters.iter().fold(data.len() as u64, |size, filter| {
        size.saturating_mul(match filter {
            Expanding::Flate => DEFLATE_RATIO,
            Expanding::Lzw => 2731,
            Expanding::RunLength => 64,
        })
    })
}

fn fits_after(data: &[u8], filters: &[Expanding], cap: u64) -> bool {
    match filters {
        [] => data.len() as u64 <= cap,
        [Expanding::Flate] => inflated_size(data, cap) <= cap,
        [Expanding::Lzw] => lzw_size(data, cap) <= cap,
        [Expanding::Flate, Expanding::Flate] => {
            let inner = ZlibDecoder::new(data).take(cap);
            count(ZlibDecoder::new(inner), cap) <= cap && inflated_size(data, cap) <= cap
        }
        _ => false,
    }
}

/// Size of a deflated stream after inflation, up to `cap` and a little more.
fn inflated_size(data: &[u8], cap: u64) -> u64 {
    if is_zlib(data) { count(ZlibDecoder::new(data), cap) } else { count(DeflateDecoder::new(data), cap) }
}

fn count(mut reader: impl Read, cap: u64) -> u64 {
    let mut buffer = [0; 1 << 15];
    let mut size = 0;
    while size <= cap {
        match reader.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => size += n as u64,
        }
    }
    size
}

/// Size of an LZW stream after decoding (ISO 32000-1, 7.4.4), by lengths of table entries alone.
fn lzw_size(data: &[u8], cap: u64) -> u64 {
    let mut lengths: Vec<u64> = vec![];
    let (mut size, mut bits, mut held, mut width, mut last) = (0_u64, 0_u32, 0_u32, 9_u32, 0_u64);
    for &byte in data {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        if held < width {
            continue;
        }
        held -= width;
        let code = bits >> held & ((1 << width) - 1);
        bits &= (1 << held) - 1;
        match code {
            256 => {
                lengths.clear();
                (width, last) = (9, 0);
                continue;
            }
            257 => break,
            _ => {}
        }
        let length = match code.checked_sub(258) {
            None => 1,
            // A code that is not in the table yet is the last entry and its own first byte.
            Some(entry) => lengths.get(entry as usize).copied().unwrap_or(last + 1),
        };
        size += length;
        if size > cap {
            break;
        }
        if last > 0 && lengths.len() < 4096 - 258 {
            lengths.push(last + 1);
        }
        last = length;
        width = match lengths.len() + 258 {
            0..=510 => 9,
            511..=1022 => 10,
            1023..=2046 => 11,
            _ => 12,
        };
    }
    size
}

fn expanding_filters(dictionary: &[u8]) -> usize {
    [&b"/FlateDecode"[..], b"/LZWDecode", b"/RunLengthDecode"]
        .iter()
        .map(|name| memmem::find_iter(dictionary, name).count())
        .sum()
}

/// RFC 1950: deflate, and a check that makes the two bytes a multiple of 31.
fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0)
}

fn after_line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\r' | b'\n', ..] => Some(at + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use indicia_core::ErrorKind;

    use super::*;

    fn deflate(data: &[u8]) -> Vec<u8> {
        let mut out = ZlibEncoder::new(vec![], Compression::best());
        out.write_all(data).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn sizes_are_known_without_keeping_the_data() {
        let data = deflate(&[7; 100_000]);
        assert_eq!(inflated_size(&data, 1 << 20), 100_000);
        assert!(inflated_size(&data, 1000) > 1000);
        assert!(fits(&data, &[Filter::FlateDecode], 100_000));
        assert!(!fits(&data, &[Filter::FlateDecode], 99_999));
        let twice = deflate(&data);
        assert!(fits(&twice, &[Filter::FlateDecode; 2], 100_000));
        assert!(!fits(&twice, &[Filter::FlateDecode; 2], 50_000));
        assert!(!fits(&twice, &[Filter::FlateDecode, Filter::LzwDecode], 1000));
    }

    #[test]
    fn an_lzw_stream_of_the_standard_has_nine_bytes() {
        // The example of ISO 32000-1, 7.4.4.2: 45 45 45 45 45 65 45 45 45 66.
        let data = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        assert_eq!(lzw_size(&data, 1000), 9 + 1);
    }

    #[test]
    fn bombs_and_endless_streams_are_refused() {
        let limits = Limits { memory: 1 << 20, ..Limits::default() };
        let object =
            |data: &[u8]| [&b"1 0 obj <</Filter/FlateDecode>> stream\n"[..], data, b"\nendstream"].concat();
        assert!(check(&object(&deflate(&[0; 60_000])), &limits).is_ok());
        let error = check(&object(&deflate(&[0; 600_000])), &limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limits);
        let endless = b"1 0 obj <<>> stream\n".repeat(20_000);
        assert_eq!(check(&endless, &limits).unwrap_err().kind(), ErrorKind::Input);
        assert!(check(b"", &limits).is_ok());
    }
}
