use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use indicia_core::{Error, Result};

/// Keys kept in memory before they go to files.
const IN_MEMORY: usize = 1 << 20;
/// Files that keys are spread over; each is sorted by itself.
const PARTITIONS: usize = 64;
/// Bytes of a key on disk: hash and row.
const ENTRY: usize = 24;

/// A key that occurs twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// Row that has it again.
    pub row: u64,
    /// Row that had it first.
    pub first: u64,
}

/// Finds keys that occur twice among any number of rows, in constant memory: beyond a million keys their
/// 128-bit hashes go to temporary files.
#[derive(Default)]
pub struct DuplicateFinder {
    memory: Vec<(u128, u64)>,
    files: Vec<BufWriter<File>>,
}

impl DuplicateFinder {
    /// Notes the key of a row.
    ///
    /// # Errors
    /// `Io` if a temporary file cannot be written.
    pub fn add(&mut self, key: &[&str], row: u64) -> Result<()> {
        self.memory.push((hash(key), row));
        if self.memory.len() >= IN_MEMORY {
            self.spill()?;
        }
        Ok(())
    }

    /// The first `at_most` duplicates by row, and how many there are.
    ///
    /// # Errors
    /// `Io` if a temporary file cannot be read.
    pub fn finish(mut self, at_most: usize) -> Result<(Vec<Duplicate>, u64)> {
        let (mut found, mut count) = (vec![], 0);
        if self.files.is_empty() {
            collect(&mut self.memory, at_most, &mut found, &mut count);
        } else {
            self.spill()?;
            for file in std::mem::take(&mut self.files) {
                let mut entries = read_back(file).map_err(failed)?;
                collect(&mut entries, at_most, &mut found, &mut count);
            }
        }
        Ok((found, count))
    }

    fn spill(&mut self) -> Result<()> {
        if self.files.is_empty() {
            let make = |_| tempfile::tempfile().map(BufWriter::new);
            self.files = (0..PARTITIONS).map(make).collect::<Result<_, _>>().map_err(failed)?;
        }
        for (hash, row) in self.memory.drain(..) {
            let file = &mut self.files[(hash % PARTITIONS as u128) as usize];
            let mut entry = [0; ENTRY];
            entry[..16].copy_from_slice(&hash.to_le_bytes());
            entry[16..].copy_from_slice(&row.to_le_bytes());
            file.write_all(&entry).map_err(failed)?;
        }
        Ok(())
    }
}

fn read_back(file: BufWriter<File>) -> std::io::Result<Vec<(u128, u64)>> {
    let mut file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.rewind()?;
    let mut bytes = vec![];
    BufReader::new(file).read_to_end(&mut bytes)?;
    let entry = |e: &[u8; ENTRY]| {
        let (hash, row) = e.split_at(16);
        let hash = u128::from_le_bytes(hash.try_into().unwrap_or_default());
        (hash, u64::from_le_bytes(row.try_into().unwrap_or_default()))
    };
    Ok(bytes.as_chunks::<ENTRY>().0.iter().map(entry).collect())
}

fn collect(entries: &mut [(u128, u64)], at_most: usize, found: &mut Vec<Duplicate>, count: &mut u64) {
    entries.sort_unstable();
    for same in entries.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
        *count += same.len() as u64 - 1;
        found.extend(same[1..].iter().map(|&(_, row)| Duplicate { row, first: same[0].1 }));
        if found.len() > at_most.max(1) * 2 {
            keep_first(found, at_most);
        }
    }
    keep_first(found, at_most);
}

fn keep_first(found: &mut Vec<Duplicate>, at_most: usize) {
    found.sort_unstable();
    found.truncate(at_most);
}

/// 128-bit hash of a key, the same within one process.
pub(crate) fn hash(key: &[&str]) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, key).hash(&mut hasher);
        hasher.finish()
    };
    (u128::from(half(0)) << 64) | u128::from(half(1))
}

fn failed(error: std::io::Error) -> Error {
    Error::io_from("cannot use a temporary file", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(keys: impl Iterator<Item = String>) -> (Vec<Duplicate>, u64) {
        let mut finder = DuplicateFinder::default();
        for (i, key) in keys.enumerate() {
            finder.add(&[&key, "x"], i as u64 + 1).unwrap();
        }
        finder.finish(2).unwrap()
    }

    #[test]
    fn names_the_second_row_and_the_first() {
        let keys = ["a", "b", "a", "c", "a", "b"].map(String::from);
        let expected = vec![Duplicate { row: 3, first: 1 }, Duplicate { row: 5, first: 1 }];
        assert_eq!(find(keys.into_iter()), (expected, 3));
        assert_eq!(find(std::iter::empty()), (vec![], 0));
    }

    #[test]
    fn finds_them_beyond_what_memory_holds() {
        let last = IN_MEMORY as u64 + 10;
        let (found, count) = find((0..last).map(|i| if i + 1 == last { "3".into() } else { i.to_string() }));
        assert_eq!((found, count), (vec![Duplicate { row: last, first: 4 }], 1));
    }
}
