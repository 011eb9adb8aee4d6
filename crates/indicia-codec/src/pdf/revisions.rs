//! Earlier versions of a PDF, by its bytes (ISO 32000-1, 7.5.6).
//!
//! An incremental update leaves the file as it was and appends changed objects, a cross-reference section
//! and a trailer that ends in `startxref OFFSET %%EOF`. So the bytes up to each such end are the file as it
//! was saved then.

use std::collections::HashSet;
use std::ops::Range;

use hayro::hayro_syntax::object::{Array, Dict, FromBytes, Object, Stream};
use indicia_core::{Limits, Result};
use memchr::memmem;

use super::{ObjectId, guard};

/// Sections of one file that are read; more are counted.
const MAX_REVISIONS: usize = 1000;
/// Entries of one cross-reference section that are read.
const MAX_ENTRIES: u64 = 4_000_000;

/// The versions of a file, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Revisions {
    /// Every version; the last is the present one.
    pub all: Vec<Revision>,
    /// Bytes after the last `%%EOF` and its line end.
    pub trailing: Range<usize>,
    /// True if the file is linearized: its first `%%EOF` belongs to the first page and is no version.
    pub linearized: bool,
    /// Ends beyond those listed.
    pub unlisted: usize,
}

/// One version of a file.
#[derive(Debug, Clone)]
pub struct Revision {
    /// What this version appended; its end is the length of the file as it was saved then.
    pub bytes: Range<usize>,
    /// Where its cross-reference section lies.
    pub xref: usize,
    /// How its cross-reference section is written.
    pub section: Section,
    /// Objects that it wrote, by number.
    pub written: Vec<ObjectId>,
    /// Objects that it deleted.
    pub deleted: Vec<ObjectId>,
}

/// How a cross-reference section is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// As a table of text lines.
    Table,
    /// As a stream.
    Stream,
    /// It could not be read; its objects were found by searching.
    Unreadable,
}

impl Section {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Stream => "stream",
            Self::Unreadable => "not readable",
        }
    }
}

/// The versions of a PDF: `bytes[..revision.bytes.end]` is the file as it was saved then.
///
/// # Errors
/// `Limits` and `Input` as for [`Document::read`](super::Document::read).
pub fn revisions(bytes: &[u8], limits: &Limits) -> Result<Revisions> {
    guard::check(bytes, limits)?;
    super::on_deep_stack("reading a PDF's versions", || Ok(find(bytes)))
}

/// The versions of a file that [`guard::check`] let pass.
pub(super) fn find(bytes: &[u8]) -> Revisions {
    let mut out = Revisions {
        linearized: memmem::find(&bytes[..bytes.len().min(2048)], b"/Linearized").is_some(),
        ..Revisions::default()
    };
    // Offsets count from the header, which junk may precede.
    let header = memmem::find(&bytes[..bytes.len().min(1024 + 5)], b"%PDF-").unwrap_or(0);
    let ends: Vec<(usize, usize)> =
        memmem::find_iter(bytes, b"startxref").filter_map(|at| end_after(bytes, at)).collect();
    let last = ends.len().saturating_sub(1);
    let mut start = 0;
    for (index, &(xref, end)) in ends.iter().enumerate() {
        let at = [xref.saturating_add(header), xref]
            .into_iter()
            .find(|&at| at < end && is_section(&bytes[..end], at));
        // An end that points nowhere belongs to the first page of a linearized file or to an attached PDF,
        // unless it is the last.
        let Some(at) = at.or((index == last).then_some(xref)) else { continue };
        if out.linearized && index == 0 && ends.len() > 1 && xref == 0 {
            continue;
        }
        if out.all.len() == MAX_REVISIONS {
            out.unlisted += 1;
            continue;
        }
        let (section, mut written, deleted) = read_section(bytes, at, start..end);
        if section == Section::Unreadable {
            written = search(bytes, start..end);
        }
        written.sort_unstable();
        written.dedup();
        out.all.push(Revision { bytes: start..end, xref: at, section, written, deleted });
        start = end;
    }
    out.trailing = start..bytes.len();
    out
}

/// The offset after `startxref`, and where the `%%EOF` behind it ends with its line.
fn end_after(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let (offset, after) = number(bytes, at + 9)?;
    let mark = skip_space(bytes, after);
    if !bytes.get(mark..)?.starts_with(b"%%EOF") {
        return None;
    }
    let end = mark + 5;
    let end = match bytes.get(end..)? {
        [b'\r', b'\n', ..] => end + 2,
        [b'\r' | b'\n', ..] => end + 1,
        _ => end,
    };
    Some((usize::try_from(offset).ok()?, end))
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| matches!(b, 0 | 9 | 10 | 12 | 13 | 32)).count()
}

/// A decimal number after blanks, and where it ends.
fn number(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let at = skip_space(bytes, at);
    let digits = bytes.get(at..)?.iter().take(20).take_while(|b| b.is_ascii_digit()).count();
    let text = std::str::from_utf8(&bytes[at..at + digits]).ok()?;
    Some((text.parse().ok()?, at + digits))
}

/// `12 0 obj`: its id and where its content begins.
fn object_header(bytes: &[u8], at: usize) -> Option<(ObjectId, usize)> {
    let (id, after) = number(bytes, at)?;
    let (generation, after) = number(bytes, after)?;
    let after = skip_space(bytes, after);
    let id = ObjectId { number: id.try_into().ok()?, generation: generation.try_into().ok()? };
    bytes.get(after..)?.starts_with(b"obj").then_some((id, after + 3))
}

fn is_section(bytes: &[u8], at: usize) -> bool {
    let at = skip_space(bytes, at);
    bytes.get(at..).is_some_and(|rest| rest.starts_with(b"xref"))
        || object_header(bytes, at).is_some_and(|(_, body)| {
            let head = &bytes[body..bytes.len().min(body + 2048)];
            memmem::find(head, b"/XRef").is_some()
        })
}

type Entries = (Section, Vec<ObjectId>, Vec<ObjectId>);

fn read_section(bytes: &[u8], at: usize, within: Range<usize>) -> Entries {
    let at = skip_space(bytes, at);
    let read = if bytes.get(at..).is_some_and(|rest| rest.starts_with(b"xref")) {
        read_table(bytes, at + 4, &within)
    } else {
        read_stream(bytes, at, &within)
    };
    match read {
        // A section of another revision (its /Prev was not followed) or one with nothing of this version.
        Some((section, written, deleted)) if !written.is_empty() || !deleted.is_empty() => {
            (section, written, deleted)
        }
        Some((section, ..)) if at >= within.start => (section, vec![], vec![]),
        _ => (Section::Unreadable, vec![], vec![]),
    }
}

fn read_table(bytes: &[u8], mut at: usize, within: &Range<usize>) -> Option<Entries> {
    let (mut written, mut deleted) = (vec![], vec![]);
    let mut seen = 0;
    while let Some((first, after)) = number(bytes, at) {
        let (count, after) = number(bytes, after)?;
        at = skip_space(bytes, after);
        for index in 0..count {
            let (offset, after) = number(bytes, at)?;
            let (generation, after) = number(bytes, after)?;
            let kind = skip_space(bytes, after);
            let id = ObjectId {
                number: u32::try_from(first + index).ok()?,
                generation: generation.min(65_535) as i32,
            };
            match bytes.get(kind)? {
                b'n' if within.contains(&usize::try_from(offset).ok()?) => written.push(id),
                b'f' if id.number != 0 && within.start > 0 => deleted.push(id),
                _ => {}
            }
            at = skip_space(bytes, kind + 1);
            seen += 1;
            if seen > MAX_ENTRIES {
                return None;
            }
        }
    }
    // Hybrid files list further objects in a stream that the trailer names.
    if bytes.get(at..)?.starts_with(b"trailer")
        && let Some(trailer) = Dict::from_bytes(&bytes[skip_space(bytes, at + 7)..])
        && let Some(stream) = trailer.get::<u32>(b"XRefStm")
        && let Some((_, more, _)) = read_stream(bytes, stream as usize, within)
    {
        written.extend(more);
    }
    Some((Section::Table, written, deleted))
}

fn read_stream(bytes: &[u8], at: usize, within: &Range<usize>) -> Option<Entries> {
    let (_, body) = object_header(bytes, at)?;
    let body = skip_space(bytes, body);
    let stream = Stream::from_bytes(bytes.get(body..)?)?;
    let dict = stream.dict();
    let widths: Vec<usize> = dict.get::<Array<'_>>(b"W")?.iter::<u32>().map(|w| w.min(8) as usize).collect();
    let &[kind, second, third] = widths.as_slice() else { return None };
    let row = kind + second + third;
    if row == 0 {
        return None;
    }
    let data = stream.decoded_data().ok()?;
    let mut rows = data.chunks_exact(row);
    let numbers: Vec<u32> = match dict.get::<Array<'_>>(b"Index") {
        Some(index) => index.iter::<u32>().take(1 << 16).collect(),
        None => vec![0, dict.get::<u32>(b"Size")?],
    };
    let field = |bytes: &[u8]| bytes.iter().fold(0_u64, |n, &b| n << 8 | u64::from(b));
    let (mut written, mut deleted) = (vec![], vec![]);
    // Objects in object streams, each with the number of its stream.
    let mut held: Vec<(u32, u64)> = vec![];
    'rows: for pair in numbers.chunks_exact(2) {
        for index in 0..pair[1] {
            let Some(row) = rows.next() else { break 'rows };
            let number = pair[0].checked_add(index)?;
            let value = field(&row[kind..kind + second]);
            match if kind == 0 { 1 } else { field(&row[..kind]) } {
                1 if usize::try_from(value).is_ok_and(|v| within.contains(&v)) => {
                    let generation = field(&row[kind + second..]).min(65_535) as i32;
                    written.push(ObjectId { number, generation });
                }
                2 => held.push((number, value)),
                0 if number != 0 && within.start > 0 => deleted.push(ObjectId { number, generation: 0 }),
                _ => {}
            }
        }
    }
    // Those count as written whose stream was.
    let streams: HashSet<u64> = written.iter().map(|id| u64::from(id.number)).collect();
    let held = held.into_iter().filter(|(_, stream)| streams.contains(stream));
    written.extend(held.map(|(number, _)| ObjectId { number, generation: 0 }));
    Some((Section::Stream, written, deleted))
}

/// Objects that begin within the range, found by their headers.
fn search(bytes: &[u8], within: Range<usize>) -> Vec<ObjectId> {
    let part = &bytes[within];
    let mut out = vec![];
    for at in memmem::find_iter(part, b" obj") {
        // Back over the generation and the number.
        let digits =
            |end: usize| part[..end].iter().rev().take(10).take_while(|b| b.is_ascii_digit()).count();
        let generation = digits(at);
        let Some(space) = at.checked_sub(generation + 1).filter(|&s| generation > 0 && part[s] == b' ')
        else {
            continue;
        };
        let length = digits(space);
        if length > 0
            && let Some((id, _)) = object_header(part, space - length)
            && out.len() < MAX_ENTRIES as usize
        {
            out.push(id);
        }
    }
    out
}

/// The dictionary of a trailer or cross-reference stream at this offset.
pub(super) fn trailer(bytes: &[u8], section_at: usize) -> Option<Dict<'_>> {
    let at = skip_space(bytes, section_at);
    if bytes.get(at..)?.starts_with(b"xref") {
        let trailer = at + memmem::find(&bytes[at..], b"trailer")?;
        return Dict::from_bytes(&bytes[skip_space(bytes, trailer + 7)..]);
    }
    let (_, body) = object_header(bytes, at)?;
    match Object::from_bytes(bytes.get(skip_space(bytes, body)..)?)? {
        Object::Stream(stream) => Some(stream.dict().clone()),
        Object::Dict(dict) => Some(dict),
        _ => None,
    }
}
