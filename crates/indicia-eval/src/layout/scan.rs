use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use indicia_codec::{Content, content};
use indicia_core::Result;

use super::words::natural;
use crate::files;
use crate::ordered::{self, Order};

/// Bytes from the start of a file that tell what it is.
const HEAD: u64 = 4096;

/// What was left out, by reason, each with its number and the first example.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped(BTreeMap<String, (u64, String)>);

impl Skipped {
    /// Notes one.
    pub(super) fn add(&mut self, reason: impl Into<String>, example: impl FnOnce() -> String) {
        self.0.entry(reason.into()).or_insert_with(|| (0, example())).0 += 1;
    }

    /// Reason, number and first example, by reason.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64, &str)> {
        self.0.iter().map(|(reason, (count, example))| (&**reason, *count, &**example))
    }

    /// How many in all.
    pub fn count(&self) -> u64 {
        self.0.values().map(|(count, _)| count).sum()
    }
}

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its path below the folder, with `/`.
    pub relative: String,
    /// What it is, by its first bytes.
    pub content: Content,
}

impl Found {
    /// The folders above it, outermost first.
    pub(super) fn folders(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.relative.rsplit_once('/').map_or("", |(folders, _)| folders).split('/').filter(|f| !f.is_empty())
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.relative.rsplit_once('/').map_or(&*self.relative, |(_, name)| name)
    }

    /// Its name without its ending.
    pub(super) fn stem(&self) -> &str {
        stem(self.name())
    }

    /// Its ending in lower case, without the dot.
    pub(super) fn ending(&self) -> String {
        self.name().rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
    }
}

/// A name without its ending.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// Files below a folder in the natural order of their paths.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub files: Vec<Found>,
    pub skipped: Skipped,
}

/// Lists a folder and looks at the first bytes of every file. Links are followed, but no folder is read twice,
/// and none that holds the folder itself. What cannot be read is counted and named.
///
/// # Errors
/// `Io` if the folder itself cannot be listed.
pub(super) fn scan(root: &Path, jobs: usize, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Scan> {
    let mut scan = Scan::default();
    let names = list(root, &mut scan.skipped)?;
    let total = names.len() as u64;
    let never = AtomicBool::new(false);
    let look = |relative: String| {
        let content = head(&root.join(&relative)).map(|head| (head.is_empty(), content(&head)));
        (relative, content)
    };
    let files = &mut scan.files;
    let skipped = &mut scan.skipped;
    ordered::run(names.into_iter(), jobs, Order::Items, &never, look, |place, (relative, content)| {
        match content {
            Err(error) => skipped.add(format!("cannot be read: {}", reason(&error)), || relative),
            // An empty BRAT file says that there is nothing to annotate.
            Ok((true, _)) if relative.ends_with(".ann") => {
                files.push(Found { relative, content: Content::Text });
            }
            Ok((true, _)) => skipped.add("empty", || relative),
            Ok((false, content)) => files.push(Found { relative, content }),
        }
        progress(place as u64 + 1, total);
        Ok::<_, indicia_core::Error>(())
    })?;
    Ok(scan)
}

/// The system's words without its number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

fn head(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEAD as usize);
    fs::File::open(path)?.take(HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Paths of the regular files below `root`, sorted.
fn list(root: &Path, skipped: &mut Skipped) -> Result<Vec<String>> {
    let real = root.canonicalize();
    let real = real
        .map_err(|e| indicia_core::Error::io_from(format!("cannot read the folder {}", root.display()), e))?;
    let mut seen: HashSet<PathBuf> = HashSet::from([real.clone()]);
    let mut names = vec![];
    let mut folders = vec![String::new()];
    // Links wait until all real folders are known, so that a folder keeps the name of its real place.
    let mut links: Vec<String> = vec![];
    let mut first = true;
    loop {
        let Some(folder) = folders.pop() else {
            links.sort_unstable_by(|a, b| natural(b, a));
            let Some(link) = links.pop() else { break };
            match root.join(&link).canonicalize() {
                Err(error) => skipped.add(format!("cannot be read: {}", reason(&error)), || link),
                Ok(target) if real.starts_with(&target) => {
                    skipped.add("link to a folder above", || link);
                }
                Ok(target) if !seen.insert(target.clone()) => {
                    skipped.add("link to a folder that is read elsewhere", || link);
                }
                Ok(_) => folders.push(link),
            }
            continue;
        };
        let entries = match fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if first => {
                return Err(indicia_core::Error::io_from(
                    format!("cannot list the folder {}", root.display()),
                    error,
                ));
            }
            Err(error) => {
                skipped.add(format!("folder cannot be listed: {}", reason(&error)), || folder);
                continue;
            }
        };
        first = false;
        for entry in entries {
            let Ok(entry) = entry else {
                skipped.add("folder ends early", || folder.clone());
                break;
            };
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                skipped.add("name is not UTF-8", || entry.path().to_string_lossy().into_owned());
                continue;
            };
            let relative = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if name.starts_with('.') || name == "__MACOSX" {
                skipped.add("hidden", || relative);
                continue;
            }
            let link = entry.file_type().is_ok_and(|t| t.is_symlink());
            match fs::metadata(entry.path()) {
                Err(_) if link => skipped.add("link that leads nowhere", || relative),
                Err(error) => skipped.add(format!("cannot be read: {}", reason(&error)), || relative),
                Ok(what) if what.is_dir() && link => links.push(relative),
                Ok(what) if what.is_dir() => {
                    if let Ok(real) = entry.path().canonicalize() {
                        // Reached through a link before.
                        if !seen.insert(real) {
                            skipped.add("link to a folder that is read elsewhere", || relative);
                            continue;
                        }
                    }
                    folders.push(relative);
                }
                Ok(what) if what.is_file() => names.push(relative),
                Ok(_) => skipped.add("neither file nor folder", || relative),
            }
        }
    }
    names.sort_unstable_by(|a, b| natural(a, b));
    Ok(names)
}

/// Reads a small file of text whole.
///
/// # Errors
/// Those of [`files::read`], and `Input` if it is not UTF-8.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String> {
    let bytes = files::read(path, limit)?;
    String::from_utf8(bytes).map_err(|e| {
        indicia_core::Error::input(format!(
            "{}: expected UTF-8 text, got other bytes at offset {}",
            path.display(),
            e.utf8_error().valid_up_to()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_and_odd_files_are_named_and_nothing_is_read_twice() {
        use std::os::unix::ffi::OsStrExt;
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("o.txt"), "outside").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/c")).unwrap();
        for (name, text) in [("x10.txt", "a"), ("x2.txt", "a"), ("b/c/y", "a"), ("empty", ""), (".h", "a")] {
            fs::write(root.join(name), text).unwrap();
        }
        symlink(root, root.join("b/loop")).unwrap();
        symlink(root.join("b/c"), root.join("a_link")).unwrap();
        symlink(outside.path(), root.join("out1")).unwrap();
        symlink(outside.path(), root.join("out2")).unwrap();
        symlink(root.join("nowhere"), root.join("dead")).unwrap();
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xFF.txt")), "a").unwrap();
        let found = scan(root, 2, &|_, _| ()).unwrap();
        let names: Vec<_> = found.files.iter().map(|f| &*f.relative).collect();
        assert_eq!(names, ["b/c/y", "out1/o.txt", "x2.txt", "x10.txt"]);
        let reasons: Vec<_> = found.skipped.iter().map(|(reason, count, _)| (reason, count)).collect();
        assert_eq!(
            reasons,
            [
                ("empty", 1),
                ("hidden", 1),
                ("link that leads nowhere", 1),
                ("link to a folder above", 1),
                ("link to a folder that is read elsewhere", 2),
                ("name is not UTF-8", 1),
            ]
        );
        assert_eq!(found.skipped.count(), 7);
        assert!(scan(&root.join("x2.txt"), 1, &|_, _| ()).is_err());
        assert!(scan(&root.join("none"), 1, &|_, _| ()).unwrap_err().to_string().contains("none"));
    }

    #[test]
    fn names_are_taken_apart() {
        let found = |relative: &str| Found { relative: relative.to_owned(), content: Content::Text };
        let file = found("a/b/x.mask.PNG");
        assert_eq!((file.name(), file.stem(), file.ending()), ("x.mask.PNG", "x.mask", "png".to_owned()));
        assert_eq!(file.folders().collect::<Vec<_>>(), ["a", "b"]);
        let bare = found("readme");
        assert_eq!((bare.folders().count(), bare.stem(), bare.ending()), (0, "readme", String::new()));
        assert_eq!(stem(".x"), ".x");
    }
}
