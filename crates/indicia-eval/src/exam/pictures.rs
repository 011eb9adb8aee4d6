use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use indicia_core::{Error, Result};

use super::{ExamItem, ExamReader};
use crate::files;

/// Writes pictures into a folder, one file each, and keeps only their names.
pub(super) struct Pictures {
    folder: PathBuf,
    names: HashMap<String, Vec<String>>,
}

impl Pictures {
    /// Writes the pictures of all items of an exam. An item that refers to another one's pictures gets
    /// files of its own (links where the file system has them), so that every item has a path.
    ///
    /// # Errors
    /// `Input` with row and column for what is no base64 or no picture, or refers to no pictures; `Io`.
    pub fn write(exam: &Path, folder: &Path) -> Result<Self> {
        let mut this = Self { folder: folder.to_owned(), names: HashMap::new() };
        let mut reader = ExamReader::open(exam)?;
        let mut later: Vec<(u64, String, String)> = vec![];
        while let Some(item) = reader.next_item()? {
            if let Some(other) = item.reference() {
                later.push((item.row, item.index.clone(), other.to_owned()));
                continue;
            }
            let names = this.of_item(&item).map_err(|e| reader.at(item.row, "image", &e))?;
            if !names.is_empty() {
                this.names.insert(item.index, names);
            }
        }
        for (row, index, other) in later {
            let names = this.share(row, &index, &other).map_err(|e| reader.at(row, "image", &e))?;
            this.names.insert(index, names);
        }
        Ok(this)
    }

    /// Files of an item.
    pub fn of(&self, index: &str) -> Vec<PathBuf> {
        self.names.get(index).into_iter().flatten().map(|name| self.folder.join(name)).collect()
    }

    fn of_item(&self, item: &ExamItem) -> Result<Vec<String>> {
        let several = item.pictures.len() > 1;
        let one = |(number, picture): (usize, &String)| {
            let bytes = decode(picture)?;
            let ending = ending(&bytes).ok_or_else(|| {
                Error::input("expected a picture (JPEG, PNG, GIF, WebP, BMP or TIFF), got other bytes")
            })?;
            let number = if several { format!("-{}", number + 1) } else { String::new() };
            let name = format!("{}{number}.{ending}", stem(item.row, &item.index));
            files::write_whole(&self.folder.join(&name), &bytes)?;
            Ok(name)
        };
        item.pictures.iter().enumerate().map(one).collect()
    }

    fn share(&self, row: u64, index: &str, other: &str) -> Result<Vec<String>> {
        let Some(names) = self.names.get(other) else {
            return Err(Error::input(format!(
                "expected a picture or the index of an item with one, got {other:?}"
            )));
        };
        let several = names.len() > 1;
        let link = |(number, from): (usize, &String)| {
            let ending = Path::new(from).extension().and_then(|e| e.to_str()).unwrap_or_default();
            let number = if several { format!("-{}", number + 1) } else { String::new() };
            let name = format!("{}{number}.{ending}", stem(row, index));
            let (from, to) = (self.folder.join(from), self.folder.join(&name));
            let failed = |e| Error::io_from(format!("cannot write {}", to.display()), e);
            if to.exists() {
                fs::remove_file(&to).map_err(failed)?;
            }
            fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(|_| ())).map_err(failed)?;
            Ok(name)
        };
        names.iter().enumerate().map(link).collect()
    }
}

/// An index as a file's name, where it is a plain one; else the row. Names of rows begin with `row_`, which no
/// plain index may.
fn stem(row: u64, index: &str) -> String {
    let plain = !index.is_empty()
        && index.len() <= 100
        && !index.starts_with("row_")
        && index.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { index.to_owned() } else { format!("row_{row}") }
}

fn decode(text: &str) -> Result<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let failed = |e| Error::input_from("expected base64", e);
    if text.bytes().any(|b| b.is_ascii_whitespace()) {
        let bare: String = text.split_ascii_whitespace().collect();
        return LENIENT.decode(bare).map_err(failed);
    }
    LENIENT.decode(text).map_err(failed)
}

/// Ending by the first bytes.
fn ending(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    match bytes {
        _ if starts(b"\xff\xd8\xff") => Some("jpg"),
        _ if starts(b"\x89PNG\r\n\x1a\n") => Some("png"),
        _ if starts(b"GIF87a") || starts(b"GIF89a") => Some("gif"),
        _ if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Some("webp"),
        _ if starts(b"BM") => Some("bmp"),
        _ if starts(b"II*\0") || starts(b"MM\0*") => Some("tiff"),
        _ => None,
    }
}
