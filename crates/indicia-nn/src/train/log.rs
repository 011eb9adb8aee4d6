//! The log: one JSON document a line.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};
use serde_json::Value;

/// A log that is appended to.
#[derive(Debug)]
pub struct Log {
    file: File,
    path: PathBuf,
    bytes: u64,
}

impl Log {
    /// Opens a log and keeps its first `bytes` bytes: what a run wrote after its last checkpoint is written anew
    /// when it goes on.
    ///
    /// # Errors
    /// `Io` with the path.
    pub fn open(path: &Path, bytes: u64) -> Result<Self> {
        let failed = |e| Error::io_from(format!("cannot write {}", path.display()), e);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        let bytes = bytes.min(file.metadata().map_err(failed)?.len());
        file.set_len(bytes).map_err(failed)?;
        drop(file);
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        Ok(Self { file, path: path.to_owned(), bytes })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// `Io` with the path.
    pub fn line(&mut self, value: &Value) -> Result<()> {
        let line = format!("{value}\n");
        self.file
            .write_all(line.as_bytes())
            .map_err(|e| Error::io_from(format!("cannot write {}", self.path.display()), e))?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    /// Bytes so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
