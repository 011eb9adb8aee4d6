//! Directories of TIFF and EXIF, read in place: values stay slices of the file, so that directories whose
//! values overlap, point at each other or claim to be huge cost nothing.

/// Entries of one directory that are looked at.
const MAX_DIRECTORY: u64 = 4096;

/// A block of TIFF structure.
#[derive(Clone, Copy)]
pub(super) struct Tiff<'a> {
    data: &'a [u8],
    pub(super) little_endian: bool,
    big: bool,
}

/// One field of a directory, its value within the block.
pub(super) struct Field<'a> {
    pub(super) tag: u16,
    /// Type, 1 to 13 in TIFF 6 and EXIF, 16 to 18 in BigTIFF.
    pub(super) kind: u16,
    /// Values of this type.
    pub(super) count: u64,
    pub(super) value: &'a [u8],
}

/// The fields of one directory.
pub(super) struct Directory<'a> {
    pub(super) fields: Vec<Field<'a>>,
    /// Offset of the next directory; 0 if there is none.
    pub(super) next: u64,
    /// What is damaged, up to [`MAX_FAULTS`].
    pub(super) faults: Vec<String>,
    /// Faults that are not in `faults`.
    pub(super) more_faults: usize,
}

/// Faults of one directory that are put in words.
const MAX_FAULTS: usize = 2;

/// Bytes of a value of this type; 0 if the type is not known.
fn unit(kind: u16) -> u64 {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 0,
    }
}

impl<'a> Tiff<'a> {
    /// The block and the offset of its first directory.
    pub(super) fn open(data: &'a [u8]) -> Result<(Self, u64), String> {
        let little_endian = match data.first_chunk() {
            Some(b"II") => true,
            Some(b"MM") => false,
            Some(other) => return Err(format!("expected byte order II or MM, got {other:02x?}")),
            None => return Err("is empty".to_owned()),
        };
        let mut tiff = Self { data, little_endian, big: false };
        match tiff.number(2, 2) {
            Some(42) => {}
            Some(43) => tiff.big = true,
            other => return Err(format!("expected version 42, got {}", other.unwrap_or(0))),
        }
        let first = if tiff.big { tiff.number(8, 8) } else { tiff.number(4, 4) };
        first.map(|first| (tiff, first)).ok_or_else(|| "ends within its header".to_owned())
    }

    /// The number of `size` bytes at `at`.
    pub(super) fn number(&self, at: u64, size: u64) -> Option<u64> {
        let bytes = slice(self.data, at, size)?;
        Some(self.unsigned(bytes))
    }

    /// Up to 8 bytes as an unsigned number in the block's byte order.
    pub(super) fn unsigned(&self, bytes: &[u8]) -> u64 {
        let add = |n: u64, &b: &u8| n << 8 | u64::from(b);
        if self.little_endian { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    }

    /// The directory at `offset`.
    pub(super) fn directory(&self, offset: u64) -> Result<Directory<'a>, String> {
        let (count_size, entry_size, word) = self.layout();
        let stated = self.number(offset, count_size).ok_or_else(|| {
            format!("directory at {offset} lies beyond the end ({} bytes)", self.data.len())
        })?;
        let (mut faults, mut more_faults) = (vec![], 0);
        let mut fault = |text: &dyn Fn() -> String| {
            if faults.len() < MAX_FAULTS { faults.push(text()) } else { more_faults += 1 }
        };
        let count = stated.min(MAX_DIRECTORY);
        if count < stated {
            fault(&|| format!("directory at {offset} states {stated} fields, {count} are read"));
        }
        let mut fields = vec![];
        let start = offset + count_size;
        for index in 0..count {
            let at = start + index * entry_size;
            let Some(entry) = slice(self.data, at, entry_size) else {
                fault(&|| format!("directory at {offset} ends after {index} of {stated} fields"));
                return Ok(Directory { fields, next: 0, faults, more_faults });
            };
            let tag = self.unsigned(&entry[..2]) as u16;
            let kind = self.unsigned(&entry[2..4]) as u16;
            let count = self.unsigned(&entry[4..4 + word as usize]);
            let length = unit(kind).saturating_mul(count);
            if unit(kind) == 0 {
                fault(&|| format!("tag 0x{tag:04x} has unknown type {kind}"));
                continue;
            }
            let value_at = at + entry_size - word;
            let value_at =
                if length <= word { value_at } else { self.number(value_at, word).unwrap_or(u64::MAX) };
            match slice(self.data, value_at, length) {
                Some(value) => fields.push(Field { tag, kind, count, value }),
                None => fault(&|| {
                    let end = self.data.len();
                    format!(
                        "value of tag 0x{tag:04x} ({length} bytes at {value_at}) lies beyond the end ({end} bytes)"
                    )
                }),
            }
        }
        let next = self.next(offset).unwrap_or(0);
        Ok(Directory { fields, next, faults, more_faults })
    }

    /// Offset of the directory behind the one at `offset`; 0 if it is the last.
    pub(super) fn next(&self, offset: u64) -> Option<u64> {
        let (count_size, entry_size, word) = self.layout();
        let fields = self.number(offset, count_size)?.checked_mul(entry_size)?;
        self.number(offset.checked_add(count_size)?.checked_add(fields)?, word)
    }

    /// Bytes of a directory's count, of an entry, and of an offset.
    fn layout(&self) -> (u64, u64, u64) {
        if self.big { (8, 20, 8) } else { (2, 12, 4) }
    }

    /// The bytes at `offset`.
    pub(super) fn bytes(&self, offset: u64, length: u64) -> Option<&'a [u8]> {
        slice(self.data, offset, length)
    }
}

impl Field<'_> {
    /// The value at `index`, where it is an unsigned number.
    pub(super) fn unsigned(&self, tiff: Tiff<'_>, index: u64) -> Option<u64> {
        if !matches!(self.kind, 1 | 3 | 4 | 13 | 16 | 18) || index >= self.count {
            return None;
        }
        let size = unit(self.kind);
        slice(self.value, index * size, size).map(|bytes| tiff.unsigned(bytes))
    }

    /// The value at `index` as numerator and denominator, where it is an unsigned rational.
    pub(super) fn rational(&self, tiff: Tiff<'_>, index: u64) -> Option<(u32, u32)> {
        if self.kind != 5 || index >= self.count {
            return None;
        }
        let bytes = slice(self.value, index * 8, 8)?;
        Some((tiff.unsigned(&bytes[..4]) as u32, tiff.unsigned(&bytes[4..]) as u32))
    }
}

fn slice(data: &[u8], at: u64, length: u64) -> Option<&[u8]> {
    let at = usize::try_from(at).ok()?;
    let length = usize::try_from(length).ok()?;
    data.get(at..at.checked_add(length)?)
}
