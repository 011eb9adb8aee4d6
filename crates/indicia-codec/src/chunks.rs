//! Chunks of PNG and RIFF files, read by pixels, metadata and provenance alike.

use std::ops::Range;

use crate::bytes::{array, u32_be, u32_le};

/// A chunk: four letters and so many bytes.
pub(crate) struct Chunk {
    /// Its type.
    pub(crate) name: [u8; 4],
    /// Bytes that its header states.
    pub(crate) stated: usize,
    /// The bytes that are there: fewer than stated where the file ends.
    pub(crate) payload: Range<usize>,
    /// Where the next chunk begins if this one is whole; beyond the end of a file that is cut inside it.
    pub(crate) next: usize,
}

impl Chunk {
    /// Whether all of the stated bytes are there.
    pub(crate) fn is_whole(&self) -> bool {
        self.payload.len() == self.stated
    }
}

/// The PNG chunk at `at` (length, type, payload, checksum); `None` where not even its header is whole.
pub(crate) fn png(bytes: &[u8], at: usize) -> Option<Chunk> {
    let stated = u32_be(bytes, at)? as usize;
    let name = array(bytes, at + 4)?;
    Some(chunk(bytes.len(), at + 8, name, stated, 4))
}

/// The RIFF chunk at `at` (type, length, payload, padding to even length); `None` where not even its header is
/// whole.
pub(crate) fn riff(bytes: &[u8], at: usize) -> Option<Chunk> {
    let name = array(bytes, at)?;
    let stated = u32_le(bytes, at.checked_add(4)?)? as usize;
    Some(chunk(bytes.len(), at + 8, name, stated, stated % 2))
}

fn chunk(length: usize, start: usize, name: [u8; 4], stated: usize, behind: usize) -> Chunk {
    let end = start.saturating_add(stated);
    Chunk { name, stated, payload: start..end.min(length), next: end.saturating_add(behind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_tell_where_they_end_and_whether_they_are_whole() {
        let file = b"\0\0\0\x03IDATabcCRC!\0\0\0\x09IENDxy";
        let first = png(file, 0).unwrap();
        assert_eq!((&first.name, first.payload.clone(), first.next), (b"IDAT", 8..11, 15));
        assert!(first.is_whole());
        let second = png(file, first.next).unwrap();
        assert_eq!((second.stated, second.payload.clone(), second.next), (9, 23..25, 36));
        assert!(!second.is_whole());
        assert!(png(file, second.next).is_none() && png(file, usize::MAX).is_none());

        let file = b"EXIF\x03\0\0\0abc\0XMP \xFF\xFF\xFF\xFF.";
        let first = riff(file, 0).unwrap();
        assert_eq!((&first.name, first.payload.clone(), first.next), (b"EXIF", 8..11, 12));
        let second = riff(file, first.next).unwrap();
        assert_eq!((second.payload.clone(), second.is_whole()), (20..21, false));
        assert!(riff(file, second.next).is_none() && riff(file, usize::MAX).is_none());
    }
}
