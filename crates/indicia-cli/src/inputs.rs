//! Which inputs the paths of a command line mean.

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};

/// One thing to examine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub place: Place,
    /// The folders between the named path and the file, empty for a file that was named itself. Pages and
    /// maps keep them where names collide.
    pub folder: PathBuf,
}

/// Where an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Standard input.
    Stdin,
    /// A file, or a path that could not be followed, which will say so when it is read.
    File(PathBuf),
    /// A folder that could not be listed.
    Unlisted(PathBuf, String),
}

impl Input {
    /// The path for reports; `-` for standard input.
    pub fn name(&self) -> String {
        match &self.place {
            Place::Stdin => "-".to_owned(),
            Place::File(path) | Place::Unlisted(path, _) => path.display().to_string(),
        }
    }

    /// Reads the bytes, at most one more than `limit` of them, so that a larger input can be told.
    ///
    /// # Errors
    /// `Io` with the operating system's reason; `Limits` if the file says it is larger.
    pub fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let path = match &self.place {
            Place::Stdin => return read_at_most(std::io::stdin().lock(), limit, 0, "standard input"),
            Place::Unlisted(_, reason) => return Err(Error::io(reason.clone())),
            Place::File(path) => path,
        };
        let file = fs::File::open(path).map_err(|e| Error::io_from("cannot be opened", e))?;
        let metadata = file.metadata().map_err(|e| Error::io_from("cannot be read", e))?;
        if !metadata.is_file() {
            return Err(Error::io("is not a regular file (a device, pipe or socket)"));
        }
        if metadata.len() > limit {
            return Err(Error::limits(format!(
                "the file has {} bytes, limit {limit} (raise it with --limits bytes=N)",
                metadata.len()
            )));
        }
        read_at_most(file, limit, metadata.len() as usize, "the file")
    }
}

fn read_at_most(reader: impl Read, limit: u64, expected: usize, what: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(expected);
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io_from("cannot be read", e))?;
    if bytes.len() as u64 > limit {
        return Err(Error::limits(format!(
            "{what} has more than {limit} bytes (raise the limit with --limits bytes=N)"
        )));
    }
    Ok(bytes)
}

/// Every input that `paths` mean, in order: files as named, folders with everything below them in the
/// order of names. Nothing is left out by its name. Links to folders are followed once.
pub fn expand(paths: &[PathBuf]) -> Vec<Input> {
    let mut inputs = vec![];
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input { place: Place::Stdin, folder: PathBuf::new() });
        } else if path.is_dir() {
            let mut seen = HashSet::new();
            walk(path, Path::new(""), &mut seen, &mut inputs);
        } else {
            inputs.push(Input { place: Place::File(path.clone()), folder: PathBuf::new() });
        }
    }
    inputs
}

fn walk(folder: &Path, below: &Path, seen: &mut HashSet<PathBuf>, inputs: &mut Vec<Input>) {
    // A link to a folder above would otherwise be walked for ever.
    if let Ok(real) = folder.canonicalize()
        && !seen.insert(real)
    {
        return;
    }
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut entries = match listed {
        Ok(entries) => entries,
        Err(error) => {
            let reason = format!("the folder cannot be listed: {error}");
            let place = Place::Unlisted(folder.to_owned(), reason);
            inputs.push(Input { place, folder: below.to_owned() });
            return;
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, &below.join(entry.file_name()), seen, inputs);
        } else {
            inputs.push(Input { place: Place::File(path), folder: below.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_links_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for name in ["z", "a", "b/y", "b/c/x"] {
            fs::write(root.join(name), name).unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("b/loop")).unwrap();
        let inputs = expand(&[root.to_owned(), PathBuf::from("-"), root.join("missing")]);
        let names: Vec<_> = inputs.iter().map(Input::name).collect();
        let expected = ["a", "b/c/x", "b/y", "z"].map(|n| root.join(n).display().to_string());
        assert_eq!(names[..4], expected);
        assert_eq!(names[4..], ["-".to_owned(), root.join("missing").display().to_string()]);
        assert_eq!(inputs[1].folder, Path::new("b/c"));
        assert!(inputs[5].read(10).unwrap_err().to_string().contains("cannot be opened"));
    }

    #[test]
    fn reading_stops_at_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, [7; 100]).unwrap();
        let input = Input { place: Place::File(path), folder: PathBuf::new() };
        assert_eq!(input.read(100).unwrap(), [7; 100]);
        assert_eq!(input.read(99).unwrap_err().kind(), indicia_core::ErrorKind::Limits);
        assert!(read_at_most(&[1, 2, 3][..], 2, 0, "x").is_err());
    }
}
