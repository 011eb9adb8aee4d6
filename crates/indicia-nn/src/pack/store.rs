//! Where packs are: in the binary, in the user's folder, published.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicia_core::{Digest, Error, Result};
use serde::Deserialize;

use super::info::{Licence, is_name, parse_digest};
use super::{ENDING, Pack};

/// A pack in the binary.
#[derive(Debug)]
pub struct BuiltIn {
    /// Its name, as in its `config.json`.
    pub name: &'static str,
    /// The archive.
    pub bytes: &'static [u8],
}

/// The packs that ship.
pub static BUILT_IN: &[BuiltIn] = &[];

/// The list of published packs.
const PUBLISHED: &str = include_str!("../../published.toml");

/// Environment variable that names the user's folder of packs.
pub const FOLDER: &str = "INDICIA_WEIGHTS";

/// A pack that can be fetched.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Its name.
    pub name: String,
    /// Id of its method.
    pub method: String,
    /// Version of the weights.
    pub version: String,
    /// Licence of the weights.
    pub licence: Licence,
    /// Address of the archive.
    pub address: String,
    /// Bytes of the archive.
    pub bytes: u64,
    /// Digest of its content.
    pub digest: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    method: String,
    version: String,
    licence: String,
    licence_url: Option<String>,
    licence_note: Option<String>,
    address: String,
    bytes: u64,
    digest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    pack: Vec<Written>,
}

/// Published packs of a list (TOML, `[[pack]]`): the one that ships, or that of a file.
///
/// # Errors
/// `Io` if the file cannot be read; `Configuration` with the entry that is wrong.
pub fn published(list: Option<&Path>) -> Result<Vec<Published>> {
    let Some(path) = list else { return parsed(PUBLISHED, "published.toml") };
    let shown = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?;
    parsed(&text, &shown)
}

fn parsed(text: &str, name: &str) -> Result<Vec<Published>> {
    let list: List = toml::from_str(text)
        .map_err(|e| Error::configuration_from(format!("{name}: no list of packs"), e))?;
    let mut packs: Vec<Published> = vec![];
    for written in list.pack {
        let wrong = |what: String| Error::configuration(format!("{name}: {}: {what}", written.name));
        if !is_name(&written.name) {
            return Err(wrong("expected a name of letters, digits, dots, dashes, underscores".into()));
        }
        if packs.iter().any(|pack| pack.name == written.name) {
            return Err(wrong("twice in the list".into()));
        }
        if !["https://", "http://"].iter().any(|scheme| written.address.starts_with(scheme)) {
            return Err(wrong(format!("expected an address with https://, got {:?}", written.address)));
        }
        let digest = parse_digest(&written.digest).map_err(|e| wrong(e.to_string()))?;
        packs.push(Published {
            name: written.name,
            method: written.method,
            version: written.version,
            licence: Licence { id: written.licence, url: written.licence_url, note: written.licence_note },
            address: written.address,
            bytes: written.bytes,
            digest,
        });
    }
    Ok(packs)
}

/// Where a pack is.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// In the binary.
    BuiltIn,
    /// In the user's folder, at this path.
    Added(PathBuf),
    /// At this address.
    Published(String),
}

/// One line of the list.
#[derive(Debug)]
pub struct Listed {
    /// Name of the pack.
    pub name: String,
    /// Where it is.
    pub origin: Origin,
    /// What it is, or why that cannot be told.
    pub about: Result<About>,
}

/// What the list shows of a pack.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// Id of its method.
    pub method: String,
    /// Version of the weights.
    pub version: String,
    /// Licence of the weights.
    pub licence: Licence,
    /// Bytes.
    pub bytes: u64,
    /// Digest that was noted when the pack was added, or that its publisher states.
    pub digest: Option<Digest>,
}

/// The packs that there are.
#[derive(Debug)]
pub struct Store {
    folder: Option<PathBuf>,
    built_in: &'static [BuiltIn],
}

impl Store {
    /// The store of this user: `$INDICIA_WEIGHTS`, or `indicia/weights` in the folder where the system keeps
    /// users' data.
    pub fn of_user() -> Self {
        Self { folder: folder(|name| std::env::var_os(name).filter(|v| !v.is_empty())), built_in: BUILT_IN }
    }

    /// A store with its packs in `folder`.
    pub fn at(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), built_in: BUILT_IN }
    }

    /// The same with other packs in the binary.
    #[must_use]
    pub fn with_built_in(mut self, built_in: &'static [BuiltIn]) -> Self {
        self.built_in = built_in;
        self
    }

    /// The user's folder of packs, which may not exist yet.
    ///
    /// # Errors
    /// `Configuration` if the system does not tell where users' data are.
    pub fn folder(&self) -> Result<&Path> {
        self.folder
            .as_deref()
            .ok_or_else(|| Error::configuration(format!("no folder for weights; set {FOLDER} to one")))
    }

    /// All packs, by origin and name: those in the binary, those of the user, those of `published` that the user
    /// does not have.
    ///
    /// # Errors
    /// `Io` if the user's folder cannot be read. A single pack that cannot be read is told in its line.
    pub fn list(&self, published: &[Published]) -> Result<Vec<Listed>> {
        let mut list: Vec<Listed> = vec![];
        for built_in in self.built_in {
            let about = Pack::from_bytes(Arc::new(built_in.bytes), built_in.name)
                .and_then(|pack| Ok(about(&pack, Some(pack.digest()?))));
            list.push(Listed { name: built_in.name.to_owned(), origin: Origin::BuiltIn, about });
        }
        for (name, path) in self.added()? {
            let about = Pack::open(&path).map(|pack| about(&pack, self.noted(&name)));
            list.push(Listed { name, origin: Origin::Added(path), about });
        }
        for pack in published {
            if list.iter().any(|listed| listed.name == pack.name) {
                continue;
            }
            let about = About {
                method: pack.method.clone(),
                version: pack.version.clone(),
                licence: pack.licence.clone(),
                bytes: pack.bytes,
                digest: Some(pack.digest),
            };
            let origin = Origin::Published(pack.address.clone());
            list.push(Listed { name: pack.name.clone(), origin, about: Ok(about) });
        }
        Ok(list)
    }

    /// Names and paths of the user's packs, by name.
    fn added(&self) -> Result<Vec<(String, PathBuf)>> {
        let Some(folder) = self.folder.as_deref().filter(|folder| folder.is_dir()) else { return Ok(vec![]) };
        let io = |e| Error::io_from(format!("cannot read {}", folder.display()), e);
        let mut packs = vec![];
        for entry in std::fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if let Some(name) = file.strip_suffix(ENDING).filter(|name| is_name(name)) {
                packs.push((name.to_owned(), entry.path()));
            }
        }
        packs.sort();
        Ok(packs)
    }

    /// Path of a user's pack of this name, whether there is one or not.
    ///
    /// # Errors
    /// `Configuration` for a name that is none, or without a folder.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        if !is_name(name) {
            return Err(Error::configuration(format!("{name:?} is not the name of a pack")));
        }
        Ok(self.folder()?.join(format!("{name}{ENDING}")))
    }

    fn note(&self, name: &str) -> Option<PathBuf> {
        Some(self.folder.as_deref()?.join(format!("{name}.digest")))
    }

    /// The digest that was noted when the pack was added.
    pub fn noted(&self, name: &str) -> Option<Digest> {
        let text = std::fs::read_to_string(self.note(name)?).ok()?;
        parse_digest(&text).ok()
    }

    /// Opens a pack by name: the user's own, else the one in the binary.
    ///
    /// # Errors
    /// `Configuration` if there is none of that name, with those that there are, or it is damaged.
    pub fn find(&self, name: &str) -> Result<(Pack, Origin)> {
        let path = self.folder.is_some().then(|| self.path(name)).transpose()?;
        if let Some(path) = path.filter(|path| path.exists()) {
            return Ok((Pack::open(&path)?, Origin::Added(path)));
        }
        if let Some(built_in) = self.built_in.iter().find(|pack| pack.name == name) {
            return Ok((Pack::from_bytes(Arc::new(built_in.bytes), name)?, Origin::BuiltIn));
        }
        let mut known: Vec<String> = self.built_in.iter().map(|pack| pack.name.to_owned()).collect();
        known.extend(self.added()?.into_iter().map(|(name, _)| name));
        let known = if known.is_empty() {
            "there are none".into()
        } else {
            format!("there are: {}", known.join(", "))
        };
        Err(Error::configuration(format!("no pack named {name:?}, {known}")))
    }

    /// Copies a pack into the user's folder, reads the copy back and notes its digest. A pack of the same name is
    /// replaced if its content is the same or `replace` is set.
    ///
    /// # Errors
    /// `Configuration` if another pack has the name; `Io` if it cannot be copied.
    pub fn add(&self, pack: &Pack, replace: bool) -> Result<(PathBuf, Digest)> {
        let name = &pack.info().config.name;
        let path = self.path(name)?;
        let folder = self.folder()?;
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::io_from(format!("cannot make the folder {}", folder.display()), e))?;
        let digest = pack.digest()?;
        // A pack that cannot be read is no reason to keep its place.
        let old = Pack::open(&path).and_then(|old| old.digest()).ok();
        if path.exists() && !replace && old.is_some_and(|old| old != digest) {
            return Err(Error::configuration(format!(
                "{} is another pack of that name; remove it or replace it",
                path.display()
            )));
        }
        // Weights that are no weights would be found out only by the method that needs them.
        pack.weights()?;
        let unchecked = folder.join(format!("{name}.{}.unchecked", std::process::id()));
        let copied = pack.copy_to(&unchecked).and_then(|()| {
            let copy = Pack::open(&unchecked)?.digest()?;
            if copy != digest {
                let shown = unchecked.display();
                return Err(Error::io(format!(
                    "{shown} has the digest {copy} after copying, expected {digest}"
                )));
            }
            std::fs::rename(&unchecked, &path)
                .map_err(|e| Error::io_from(format!("cannot write {}", path.display()), e))
        });
        if copied.is_err() {
            // It may never have been made; what matters is the first error.
            let _ = std::fs::remove_file(&unchecked);
        }
        copied?;
        if let Some(note) = self.note(name) {
            std::fs::write(&note, format!("{digest}\n"))
                .map_err(|e| Error::io_from(format!("cannot write {}", note.display()), e))?;
        }
        Ok((path, digest))
    }
}

fn about(pack: &Pack, digest: Option<Digest>) -> About {
    let config = &pack.info().config;
    About {
        method: config.method.clone(),
        version: config.version.clone(),
        licence: config.licence.clone(),
        bytes: pack.info().bytes,
        digest,
    }
}

/// The user's folder of packs, by the variables that the system sets.
fn folder(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    if let Some(folder) = variable(FOLDER) {
        return Some(folder.into());
    }
    let home = || variable("HOME").map(PathBuf::from);
    let data = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)?
    } else if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support")
    } else {
        // The base directory specification has a relative path ignored.
        let data = variable("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        data.map_or_else(|| home().map(|home| home.join(".local/share")), Some)?
    };
    Some(data.join("indicia").join("weights"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_that_ships_can_be_read() {
        published(None).unwrap();
    }

    #[test]
    fn the_folder_follows_the_variables() {
        let with = |set: &'static [(&str, &str)]| {
            folder(|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
        };
        assert_eq!(with(&[("INDICIA_WEIGHTS", "w"), ("HOME", "/h")]), Some("w".into()));
        assert_eq!(with(&[]), None);
        if cfg!(target_os = "linux") {
            assert_eq!(with(&[("HOME", "/h")]), Some("/h/.local/share/indicia/weights".into()));
            assert_eq!(with(&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")]), Some("/d/indicia/weights".into()));
            assert_eq!(
                with(&[("HOME", "/h"), ("XDG_DATA_HOME", "d")]),
                Some("/h/.local/share/indicia/weights".into())
            );
        }
    }

    #[test]
    fn a_list_with_a_wrong_entry_names_it() {
        let entry = |address: &str, digest: &str| {
            let digest = format!("sha256:{digest}");
            format!(
                "[[pack]]\nname = 'a'\nmethod = 'b.c'\nversion = '1'\nlicence = 'MIT'\naddress = '{address}'\nbytes = 7\ndigest = '{digest}'\n"
            )
        };
        let good = entry("https://example.org/a.pack", &"0f".repeat(32));
        let list = parsed(&good, "l").unwrap();
        assert_eq!((&*list[0].name, list[0].bytes, list[0].digest.as_bytes()[1]), ("a", 7, 0x0f));
        for (text, what) in [
            (entry("ftp://example.org", &"0".repeat(64)), "expected an address with https://"),
            (entry("https://example.org", "12"), "64 hexadecimal digits"),
            (entry("https://example.org", &"g".repeat(64)), "64 hexadecimal digits"),
            (format!("{good}{good}"), "twice in the list"),
            (good.replace("'a'", "'../a'"), "expected a name of letters"),
            (good.replace("bytes", "bites"), "no list of packs"),
        ] {
            let error = parsed(&text, "l").unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
