//! What a file of weights is, told by its content, and the scan of every pickle in it.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use indicia_core::{Error, Result};
use zip::ZipArchive;

use super::pickle::{Bounds, Fault, scan};

/// Layout of a file of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A header in JSON, then the values.
    Safetensors,
    /// `torch.save` since PyTorch 1.6: a ZIP archive with a pickle and one entry a storage.
    Zip,
    /// `torch.save` of PyTorch 0.1.10 to 1.5: five pickles, then the storages.
    Legacy,
    /// A pickle alone.
    Pickle,
}

/// The number that a legacy file begins with, 0x1950a86a20f9469cfc6c, as binary and as text protocols write it.
const LEGACY_BINARY: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const LEGACY_TEXT: &[u8] = b"119547037146038801333356";

/// Entries that an archive of weights may have: one a tensor, and every tensor has a name in the pickle.
const ENTRIES: usize = 200_000;

/// Tells what the file at `path` is, and refuses it if a pickle in it names anything but tensors and plain
/// containers.
///
/// # Errors
/// `Io` if it cannot be read; `Configuration` if it is no file of weights, is damaged or is refused.
pub fn inspect(path: &Path) -> Result<Format> {
    let shown = path.display();
    let mut file = File::open(path).map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?;
    let mut head = vec![];
    let read = (&mut file).take(512).read_to_end(&mut head).and_then(|_| file.rewind());
    read.map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?;
    let unusable = |what: &str| Err(Error::configuration(format!("{shown}: {what}")));
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        scan_zip(path, file)?;
        return Ok(Format::Zip);
    }
    if looks_like_safetensors(&head) {
        return Ok(Format::Safetensors);
    }
    if head.get(257..262) == Some(b"ustar") {
        return unusable("a TAR archive of PyTorch before 0.1.10, which is not read; load and save it anew");
    }
    if head.starts_with(b"\x89HDF") {
        return unusable("an HDF5 file, as Keras writes them, which is not read; export it as safetensors");
    }
    let begin = &head[..head.len().min(64)];
    let has = |number: &[u8]| begin.windows(number.len()).any(|w| w == number);
    let mut source = BufReader::new(file);
    let mut next = || scan(&mut source, &Bounds::default()).map_err(|fault| described(path, fault));
    if has(&LEGACY_BINARY) || has(LEGACY_TEXT) {
        // Magic number, version of the layout, system, the saved object, keys of the storages.
        for _ in 0..5 {
            next()?;
        }
        return Ok(Format::Legacy);
    }
    match head.first() {
        // PROTO, and what protocols 0 and 1 begin with: MARK, EMPTY_DICT, EMPTY_LIST, GLOBAL.
        Some(0x80 | b'(' | b'}' | b']' | b'c') => next().map(|_| Format::Pickle),
        Some(_) => unusable("neither safetensors nor a file that torch.save wrote"),
        None => unusable("an empty file"),
    }
}

/// Safetensors begin with the length of their header, whose first byte is `{`.
fn looks_like_safetensors(head: &[u8]) -> bool {
    let length = head.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes));
    length.is_some_and(|length| length <= super::safetensors::HEADER) && head.get(8) == Some(&b'{')
}

fn scan_zip(path: &Path, file: File) -> Result<()> {
    let damaged = |e: zip::result::ZipError| {
        Error::configuration_from(format!("{}: damaged ZIP archive", path.display()), e)
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    if archive.len() > ENTRIES {
        let what = format!("{}: {} entries, expected at most {ENTRIES}", path.display(), archive.len());
        return Err(Error::configuration(what));
    }
    let mut pickles = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(damaged)?;
        if !entry.name().ends_with(".pkl") {
            continue;
        }
        pickles += 1;
        scan(&mut BufReader::new(entry), &Bounds::default()).map_err(|fault| described(path, fault))?;
    }
    match pickles {
        0 => Err(Error::configuration(format!(
            "{}: a ZIP archive without data.pkl, expected one that torch.save wrote",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn described(path: &Path, fault: Fault) -> Error {
    let hint = match fault {
        Fault::Refused(_) => "; only weights are read, as torch.save(model.state_dict(), FILE) writes them",
        _ => "",
    };
    let message = format!("{}: {fault}{hint}", path.display());
    match fault {
        Fault::Unreadable(_) => Error::io(message),
        _ => Error::configuration(message),
    }
}
