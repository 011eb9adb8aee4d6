//! The directories of a TIFF (TIFF 6.0; BigTIFF), read without following anything twice.

use std::collections::{BTreeMap, HashSet};

use indicia_core::{Error, Limits, Result};

/// Tags by their numbers in TIFF 6.0 and its supplements.
pub(super) mod tag {
    pub const SUBFILE_TYPE: u16 = 254;
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS_PER_SAMPLE: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTE_COUNTS: u16 = 279;
    pub const PLANAR_CONFIGURATION: u16 = 284;
    pub const PREDICTOR: u16 = 317;
    pub const COLOR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTE_COUNTS: u16 = 325;
    pub const INK_SET: u16 = 332;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
}

/// Byte order and offset size.
#[derive(Clone, Copy)]
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
    big_offsets: bool,
}

/// An entry of a directory: type, count, and where its value field lies.
#[derive(Clone, Copy)]
struct Entry {
    kind: u16,
    count: u64,
    field: usize,
}

/// The entries of one page.
pub(super) struct Directory<'a> {
    tiff: Tiff<'a>,
    /// Where the pointer to the next directory lies.
    next_field: usize,
    entries: BTreeMap<u16, Entry>,
}

/// Bytes of a value of this type; `None` for types that TIFF does not define.
fn size_of_type(kind: u16) -> Option<usize> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}

impl<'a> Tiff<'a> {
    /// Reads the header and gives the offset of the first directory.
    pub(super) fn open(bytes: &'a [u8]) -> Result<(Self, u64)> {
        let cut =
            || Error::input(format!("the file ends inside the TIFF header, after {} bytes", bytes.len()));
        let little = bytes.starts_with(b"II");
        let mut tiff = Self { bytes, little, big_offsets: false };
        let first = match tiff.uint(2, 2).ok_or_else(cut)? {
            43 => {
                tiff.big_offsets = true;
                tiff.uint(8, 8)
            }
            _ => tiff.uint(4, 4),
        };
        Ok((tiff, first.ok_or_else(cut)?))
    }

    fn uint(&self, at: usize, size: usize) -> Option<u64> {
        let mut padded = [0; 8];
        let field = self.bytes.get(at..at.checked_add(size)?)?;
        if self.little {
            padded.get_mut(..size)?.copy_from_slice(field);
            Some(u64::from_le_bytes(padded))
        } else {
            padded.get_mut(8 - size..)?.copy_from_slice(field);
            Some(u64::from_be_bytes(padded))
        }
    }

    /// Bytes to lay over the header, with their place, so that the directory at `offset` is the first.
    pub(super) fn pointing_to(&self, offset: u64) -> (usize, Vec<u8>) {
        let (at, size) = if self.big_offsets { (8, 8) } else { (4, 4) };
        let form = if self.little {
            offset.to_le_bytes()[..size].to_vec()
        } else {
            offset.to_be_bytes()[8 - size..].to_vec()
        };
        (at, form)
    }

    /// Sizes of the number of entries, of an entry, and of an offset.
    fn sizes(&self) -> (usize, usize, usize) {
        if self.big_offsets { (8, 20, 8) } else { (2, 12, 4) }
    }

    /// Where the entries of the directory at `offset` begin, how many there are, and the next directory's
    /// offset (0 for none). `None` if it does not lie in the file.
    fn frame(&self, offset: u64) -> Option<(usize, usize, u64)> {
        let (counter, entry, pointer) = self.sizes();
        let at = usize::try_from(offset).ok()?;
        let count = usize::try_from(self.uint(at, counter)?).ok()?;
        let entries = at.checked_add(counter)?;
        let next = entries.checked_add(count.checked_mul(entry)?)?;
        Some((entries, count, self.uint(next, pointer)?))
    }

    /// The directory at `offset`.
    pub(super) fn directory(self, offset: u64) -> Result<Directory<'a>> {
        let (entries_at, count, _) = self.frame(offset).ok_or_else(|| {
            Error::input(format!(
                "the directory at offset {offset} leaves the file of {} bytes",
                self.bytes.len()
            ))
        })?;
        let (_, step, pointer) = self.sizes();
        let mut entries = BTreeMap::new();
        for at in (0..count).map(|i| entries_at + i * step) {
            let (Some(number), Some(kind), Some(values)) =
                (self.uint(at, 2), self.uint(at + 2, 2), self.uint(at + 4, pointer))
            else {
                break;
            };
            let (number, kind) = (number as u16, kind as u16);
            if size_of_type(kind).is_some() {
                // Of entries that repeat a tag the last counts, as in the crate that decodes.
                entries.insert(number, Entry { kind, count: values, field: at + 4 + pointer });
            }
        }
        Ok(Directory { tiff: self, next_field: entries_at + count * step, entries })
    }

    /// Offsets of the directories of the chain that begins at `first`. A chain that bites its tail or leaves
    /// the file ends there, with a warning.
    pub(super) fn pages(&self, first: u64, limits: &Limits, warnings: &mut Vec<String>) -> Result<Vec<u64>> {
        let mut pages = vec![];
        let mut seen = HashSet::new();
        let mut next = first;
        while next != 0 {
            if seen.len() >= limits.frames as usize && !seen.contains(&next) {
                return Err(Error::limits(format!(
                    "the file has more pages than the limit of {} (raise it with --limits frames=N)",
                    limits.frames
                )));
            }
            let Some((_, _, following)) = self.frame(next) else {
                warnings.push(format!("the directory of page {} leaves the file", seen.len() + 1));
                break;
            };
            if !seen.insert(next) {
                warnings.push(format!("the chain of directories is cyclic after {} pages", seen.len()));
                break;
            }
            pages.push(next);
            next = following;
        }
        Ok(pages)
    }
}

impl Directory<'_> {
    /// True if the tag is there.
    pub(super) fn has(&self, number: u16) -> bool {
        self.entries.contains_key(&number)
    }

    /// The unsigned values of a tag, of which there may be at most `most`; empty if the tag is absent.
    pub(super) fn values(&self, number: u16, most: u64) -> Result<Vec<u64>> {
        let Some(entry) = self.entries.get(&number) else { return Ok(Vec::new()) };
        let size = match entry.kind {
            1 | 3 | 4 | 7 | 13 | 16 | 18 => size_of_type(entry.kind).unwrap_or(1),
            other => {
                return Err(Error::input(format!(
                    "tag {number} has type {other}, expected unsigned integers"
                )));
            }
        };
        if entry.count > most {
            return Err(Error::input(format!(
                "tag {number} has {} values, expected at most {most}",
                entry.count
            )));
        }
        let outside = || Error::input(format!("the values of tag {number} leave the file"));
        let count = usize::try_from(entry.count).map_err(|_| outside())?;
        let at = self.position(entry, count.saturating_mul(size)).ok_or_else(outside)?;
        // Checked before anything is allocated for them.
        let end = count.checked_mul(size).and_then(|l| at.checked_add(l)).ok_or_else(outside)?;
        if end > self.tiff.bytes.len() {
            return Err(outside());
        }
        (0..count).map(|i| self.tiff.uint(at + i * size, size).ok_or_else(outside)).collect()
    }

    /// The first value of a tag, if it is there.
    pub(super) fn value(&self, number: u16) -> Result<Option<u64>> {
        Ok(self.values(number, 65_536)?.first().copied())
    }

    fn position(&self, entry: &Entry, length: usize) -> Option<usize> {
        let (_, _, pointer) = self.tiff.sizes();
        if length <= pointer {
            return Some(entry.field);
        }
        usize::try_from(self.tiff.uint(entry.field, pointer)?).ok()
    }

    /// Bytes to lay over the file, each with its place, so that a decoder sees this page alone and with
    /// `value` for a tag. `None` if the tag is not one number.
    pub(super) fn alone_with(&self, number: u16, value: u8) -> Option<[(usize, Vec<u8>); 2]> {
        let entry = self.entries.get(&number)?;
        let size = match (entry.kind, entry.count) {
            (1 | 3 | 4, 1) => size_of_type(entry.kind)?,
            _ => return None,
        };
        let mut form = vec![0; size];
        *(if self.tiff.little { form.first_mut() } else { form.last_mut() })? = value;
        let (_, _, pointer) = self.tiff.sizes();
        Some([(entry.field, form), (self.next_field, vec![0; pointer])])
    }
}
