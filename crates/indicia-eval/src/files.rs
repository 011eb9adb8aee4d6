//! Files that are written whole or not at all, and digests of files.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use indicia_core::{Digest, Error, Result};
use sha2::{Digest as _, Sha256};

/// A file that appears under its name only when it is finished. Until then it lies beside its place with the
/// ending `.partial`, and is removed if it is dropped unfinished.
#[derive(Debug)]
pub struct WholeFile {
    file: Option<BufWriter<File>>,
    partial: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Begins the file, making its folder if needed.
    ///
    /// # Errors
    /// `Io` with the path.
    pub fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)
            .map_err(|e| Error::io_from(format!("cannot make the folder {}", folder.display()), e))?;
        Self::within(path)
    }

    /// Begins the file in a folder that must be there.
    ///
    /// # Errors
    /// `Io` with the path.
    pub fn within(path: &Path) -> Result<Self> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).map_err(|e| cannot_write(path, e))?;
        Ok(Self { file: Some(BufWriter::with_capacity(1 << 16, file)), partial, path: path.to_owned() })
    }

    /// Writes what is buffered and gives the file its name.
    ///
    /// # Errors
    /// `Io` with the path.
    pub fn finish(mut self) -> Result<()> {
        let path = self.path.clone();
        let failed = |e| cannot_write(&path, e);
        if let Some(mut file) = self.file.take() {
            file.flush().map_err(failed)?;
            file.get_ref().sync_data().map_err(failed)?;
        }
        fs::rename(&self.partial, &self.path).map_err(failed)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().ok_or_else(|| io::Error::other("the file is finished"))?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.as_mut().ok_or_else(|| io::Error::other("the file is finished"))?.seek(to)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `finish` the partial file no longer exists; else the left-over is worth nothing.
        let _ = fs::remove_file(&self.partial);
    }
}

fn cannot_write(path: &Path, error: io::Error) -> Error {
    Error::io_from(format!("cannot write {}", path.display()), error)
}

/// Writes `bytes` to `path`, whole or not at all.
///
/// # Errors
/// `Io` with the path.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes).map_err(|e| cannot_write(path, e))?;
    file.finish()
}

/// Opens a file for reading.
///
/// # Errors
/// `Io` with the path.
pub fn open(path: &Path) -> Result<File> {
    let refused = |e| Error::io_from(format!("cannot read {}", path.display()), e);
    let file = File::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.is_dir() {
        return Err(Error::io(format!("cannot read {}: it is a folder", path.display())));
    }
    Ok(file)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// `Io` with the path; `Limits` if it is longer.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    let mut file = open(path)?.take(limit.saturating_add(1));
    file.read_to_end(&mut bytes).map_err(|e| Error::io_from(format!("cannot read {}", path.display()), e))?;
    if bytes.len() as u64 > limit {
        return Err(Error::limits(format!("{} has more than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

/// SHA-256 of a file, read in pieces.
///
/// # Errors
/// `Io` with the path.
pub fn digest(path: &Path) -> Result<Digest> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file
            .read(&mut buffer)
            .map_err(|e| Error::io_from(format!("cannot read {}", path.display()), e))?;
        if n == 0 {
            return Ok(Digest::from_bytes(hasher.finalize().into()));
        }
        hasher.update(&buffer[..n]);
    }
}

/// A path as records of a run write it: absolute where the system can tell, so that it still means the same
/// in another folder.
pub fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_file_leaves_nothing_and_a_finished_one_replaces_the_old() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/table.csv");
        write_whole(&path, b"old").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        write_whole(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn reading_keeps_to_the_limit_and_digests_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_whole(&path, b"abc").unwrap();
        assert_eq!(read(&path, 3).unwrap(), b"abc");
        assert!(read(&path, 2).unwrap_err().to_string().contains("more than 2 bytes"));
        assert_eq!(digest(&path).unwrap(), Digest::of(b"abc"));
        assert!(open(folder.path()).unwrap_err().to_string().contains("it is a folder"));
    }
}
