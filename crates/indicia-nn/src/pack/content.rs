//! The files of a pack, in a folder, an archive or memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use indicia_core::{Digest, Error, Result};
use indicia_eval::files::WholeFile;
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{CARD, CONFIG, WEIGHTS, is_name};
use crate::checkpoint::safetensors::Source;

/// Files that a pack may have.
const FILES: usize = 64;
/// Bytes of `config.json` and of `card.md`.
const TEXT: u64 = 1 << 20;
/// Bytes of a further file.
const OTHER: u64 = 64 << 20;

type Memory = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where the files are.
enum Place {
    Folder(PathBuf),
    Archive(PathBuf),
    Memory(Memory),
}

/// Files by name, with their sizes.
pub(super) struct Content {
    name: String,
    place: Place,
    files: BTreeMap<String, u64>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({}, {:?})", self.name, self.files)
    }
}

/// What an archive is read from.
trait Readable: Read + Seek {}
impl<T: Read + Seek> Readable for T {}

/// Bytes that an archive in memory is read from, without a copy.
struct Shared(Memory);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

impl Content {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let io = |e| Error::io_from(format!("cannot read {name}"), e);
        if !std::fs::metadata(path).map_err(io)?.is_dir() {
            return Self::archive(name.clone(), Place::Archive(path.to_owned()));
        }
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(path).map_err(io)? {
            let entry = entry.map_err(io)?;
            let file = entry.file_name().to_string_lossy().into_owned();
            // What file managers leave behind is no part of a pack.
            if file.starts_with('.') {
                continue;
            }
            // Not followed: a link would take into the pack what lies elsewhere.
            let about = entry.path().symlink_metadata().map_err(io)?;
            if !about.is_file() {
                return Err(Error::configuration(format!("{name}: no pack: {file} is not a plain file")));
            }
            files.insert(file, about.len());
        }
        Self { name, place: Place::Folder(path.to_owned()), files }.checked()
    }

    pub(super) fn from_bytes(bytes: Memory, name: &str) -> Result<Self> {
        Self::archive(name.to_owned(), Place::Memory(bytes))
    }

    fn archive(name: String, place: Place) -> Result<Self> {
        let mut content = Self { name, place, files: BTreeMap::new() };
        let mut archive = content.zip()?;
        if archive.len() > FILES {
            return Err(content.wrong(format!("{} files, expected at most {FILES}", archive.len())));
        }
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|e| content.damaged(e))?;
            let file = entry.name().to_owned();
            if entry.encrypted() || !entry.is_file() {
                return Err(content.wrong(format!("{file:?} is not a plain file")));
            }
            if file == WEIGHTS && entry.compression() != CompressionMethod::Stored {
                return Err(content.wrong(format!("{WEIGHTS} is compressed, expected it stored (zip -0)")));
            }
            content.files.insert(file, entry.size());
        }
        content.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.files.len() > FILES {
            return Err(self.wrong(format!("{} files, expected at most {FILES}", self.files.len())));
        }
        for (file, bytes) in &self.files {
            if !is_name(file) {
                return Err(self.wrong(format!("a file is named {file:?}")));
            }
            let most = self.most(file);
            if *bytes > most {
                return Err(self.wrong(format!("{file} has {bytes} bytes, expected at most {most}")));
            }
        }
        Ok(self)
    }

    fn most(&self, file: &str) -> u64 {
        match file {
            CONFIG | CARD => TEXT,
            WEIGHTS => u64::MAX,
            _ => OTHER,
        }
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Error {
        Error::configuration(format!("{}: no pack: {what}", self.name))
    }

    fn damaged(&self, error: zip::result::ZipError) -> Error {
        Error::configuration_from(format!("{}: no pack: damaged ZIP archive", self.name), error)
    }

    fn io(&self, error: io::Error) -> Error {
        match error.kind() {
            // What an archive says of a wrong checksum.
            io::ErrorKind::InvalidData | io::ErrorKind::Other | io::ErrorKind::UnexpectedEof => {
                Error::configuration_from(format!("{}: damaged", self.name), error)
            }
            _ => Error::io_from(format!("cannot read {}", self.name), error),
        }
    }

    fn zip(&self) -> Result<ZipArchive<Box<dyn Readable>>> {
        let source: Box<dyn Readable> = match &self.place {
            Place::Archive(path) | Place::Folder(path) => {
                Box::new(BufReader::new(File::open(path).map_err(|e| self.io(e))?))
            }
            Place::Memory(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
        };
        ZipArchive::new(source).map_err(|e| self.damaged(e))
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Names and sizes, in order of names.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), *bytes))
    }

    pub(super) fn bytes_of(&self, file: &str) -> Option<u64> {
        self.files.get(file).copied()
    }

    /// Gives the content of a file to `use`, which reads it to its end.
    fn with<T>(&self, file: &str, r#use: impl FnOnce(&mut dyn Read) -> Result<T>) -> Result<T> {
        let expected = self.bytes_of(file).ok_or_else(|| self.wrong(format!("{file} is missing")))?;
        // One byte more would show that the size is a lie.
        let most = expected.saturating_add(1);
        match &self.place {
            Place::Folder(path) => {
                let file = File::open(path.join(file)).map_err(|e| self.io(e))?;
                r#use(&mut BufReader::new(file).take(most))
            }
            Place::Archive(_) | Place::Memory(_) => {
                let mut archive = self.zip()?;
                let entry = archive.by_name(file).map_err(|e| self.damaged(e))?;
                r#use(&mut entry.take(most))
            }
        }
    }

    /// Reads a small file.
    pub(super) fn read(&self, file: &str) -> Result<Vec<u8>> {
        self.with(file, |source| {
            let mut bytes = vec![];
            source.take(TEXT + 1).read_to_end(&mut bytes).map_err(|e| self.io(e))?;
            match bytes.len() as u64 > TEXT {
                true => Err(self.wrong(format!("{file} has more than {TEXT} bytes"))),
                false => Ok(bytes),
            }
        })
    }

    pub(super) fn digest(&self) -> Result<Digest> {
        let mut lines = String::new();
        for (file, bytes) in self.files() {
            let mut hasher = Sha256::new();
            let copied = self.with(file, |source| {
                io::copy(source, &mut HashWriter(&mut hasher)).map_err(|e| self.io(e))
            })?;
            if copied != bytes {
                return Err(self.wrong(format!("{file} has {copied} bytes, expected {bytes}")));
            }
            for byte in hasher.finalize() {
                lines += &format!("{byte:02x}");
            }
            lines += &format!("  {file}\n");
        }
        Ok(Digest::of(lines.as_bytes()))
    }

    /// Where the bytes of a file that is not compressed are.
    pub(super) fn source(&self, file: &str) -> Result<Source> {
        let length = self.bytes_of(file).ok_or_else(|| self.wrong(format!("{file} is missing")))?;
        let open = |path: &Path, start| {
            let file = File::open(path).map_err(|e| self.io(e))?;
            Ok(Source::File { file: Mutex::new(file), start, length })
        };
        if let Place::Folder(path) = &self.place {
            return open(&path.join(file), 0);
        }
        let mut archive = self.zip()?;
        let entry = archive.by_name(file).map_err(|e| self.damaged(e))?;
        let start = entry.data_start().ok_or_else(|| self.wrong(format!("{file} has no place")))?;
        drop(entry);
        drop(archive);
        match &self.place {
            Place::Folder(path) | Place::Archive(path) => open(path, start),
            Place::Memory(bytes) => {
                let range = usize::try_from(start).ok().zip(usize::try_from(start + length).ok());
                let (from, to) = range.ok_or_else(|| self.wrong(format!("{file} is too large")))?;
                if (**bytes).as_ref().get(from..to).is_none() {
                    return Err(self.wrong(format!("{file} ends after the archive")));
                }
                Ok(Source::Memory(Arc::new(Part { bytes: Arc::clone(bytes), from, to })))
            }
        }
    }
}

/// A range of bytes in memory.
struct Part {
    bytes: Memory,
    from: usize,
    to: usize,
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &(*self.bytes).as_ref()[self.from..self.to]
    }
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes files as an archive, whole or not at all. Equal files give equal bytes.
///
/// # Errors
/// `Io` if it cannot be written; `Configuration` for a name that is none.
pub fn write_archive(path: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let sources = files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..]));
    archived(
        path,
        sources.map(|(name, bytes)| {
            (name, move |out: &mut dyn Write| {
                out.write_all(bytes).map_err(|e| Error::io_from("cannot write the pack", e))
            })
        }),
    )
}

/// Copies a pack into an archive.
pub(super) fn copy(content: &Content, path: &Path) -> Result<()> {
    archived(
        path,
        content.files().map(|(name, bytes)| {
            (name, move |out: &mut dyn Write| {
                let copied = content.with(name, |source| {
                    io::copy(source, &mut *out)
                        .map_err(|e| Error::io_from(format!("cannot copy {}", content.name()), e))
                })?;
                match copied == bytes {
                    true => Ok(()),
                    false => Err(content.wrong(format!("{name} has {copied} bytes, expected {bytes}"))),
                }
            })
        }),
    )
}

fn archived<'a, W: FnOnce(&mut dyn Write) -> Result<()>>(
    path: &Path,
    files: impl Iterator<Item = (&'a str, W)>,
) -> Result<()> {
    let failed = |e: zip::result::ZipError| Error::io_from(format!("cannot write {}", path.display()), e);
    let mut zip = ZipWriter::new(WholeFile::within(path)?);
    // Stored, so that weights are read where they lie; one date, so that equal packs are equal files.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .large_file(true);
    for (name, write) in files {
        if !is_name(name) {
            return Err(Error::configuration(format!("a file of a pack cannot be named {name:?}")));
        }
        zip.start_file(name, options).map_err(failed)?;
        write(&mut zip)?;
    }
    zip.finish().map_err(failed)?.finish()
}
