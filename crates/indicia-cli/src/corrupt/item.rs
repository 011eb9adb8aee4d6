//! One item under every recipe.

use std::path::{Path, PathBuf};

use indicia_codec::sniff;
use indicia_core::{Digest, Error, Geometry, Kind, guarded};
use indicia_eval::table::Record;
use indicia_eval::{files, maps};
use indicia_synthesis::corrupt::Corrupted;
use indicia_synthesis::encode;

use super::{Named, Task};
use crate::inputs::{Input, Place};
use crate::output::with_ending;

/// An item to be changed.
pub struct Job {
    /// Where it is read.
    pub input: Input,
    /// Path of its files below a recipe's folder, without ending.
    pub name: PathBuf,
    /// Its mask.
    pub mask: Option<PathBuf>,
    /// The digest that its table states.
    pub expected: Option<String>,
    /// Its row.
    pub record: Option<Record>,
}

/// What became of an item.
pub struct Done {
    /// The item.
    pub job: Job,
    /// Digest of the file, if it could be read.
    pub digest: Option<Digest>,
    /// A changed file for each recipe.
    pub outputs: Vec<indicia_core::Result<Written>>,
}

/// A file that was written.
pub struct Written {
    /// Relative to the output folder.
    pub path: String,
    /// Digest of it.
    pub digest: Digest,
    /// The mask beside it: relative to the output folder, or the old one's absolute path.
    pub mask: Option<String>,
    /// Why there is no mask although the item has one.
    pub no_mask: Option<String>,
}

impl Job {
    /// A file that is no row of a table.
    pub fn file(input: Input, name: PathBuf) -> Self {
        Self { input, name, mask: None, expected: None, record: None }
    }

    /// A file that a row of a table names.
    pub fn row(path: PathBuf, name: PathBuf, record: Record) -> Self {
        let input = Input { place: Place::File(path), folder: PathBuf::new() };
        Self { record: Some(record), ..Self::file(input, name) }
    }
}

impl Done {
    /// What is to be said of it: a line for an unreadable input, or one for each recipe that failed and each
    /// mask that was lost.
    pub fn report(&self) -> Vec<String> {
        let name = self.job.input.name();
        let mut lines: Vec<String> = self
            .outputs
            .iter()
            .filter_map(|output| match output {
                Err(error) => Some(format!("indicia: {name}: {error}")),
                Ok(written) => written.no_mask.as_ref().map(|why| format!("note: {}: {why}", written.path)),
            })
            .collect();
        lines.dedup();
        lines
    }
}

/// Changes an item by every recipe and writes the files.
pub fn run(task: &Task<'_>, job: Job) -> Done {
    let read = || {
        let bytes = job.input.read(task.limits.bytes)?;
        let digest = Digest::of(&bytes);
        match &job.expected {
            Some(expected) if *expected != digest.to_string() => Err(Error::input(format!(
                "the file is not the one of the table: expected the digest {expected}, got {digest}"
            ))),
            _ => Ok((bytes, digest)),
        }
    };
    let (outputs, digest) = match read() {
        Ok((bytes, digest)) => {
            let one =
                |named: &Named| guarded(&named.name, || change(task, named, &job, bytes.clone(), digest));
            (task.recipes.iter().map(one).collect(), Some(digest))
        }
        Err(error) => (task.recipes.iter().map(|_| Err(error.clone())).collect(), None),
    };
    Done { job, digest, outputs }
}

fn change(
    task: &Task<'_>,
    named: &Named,
    job: &Job,
    bytes: Vec<u8>,
    digest: Digest,
) -> indicia_core::Result<Written> {
    let made = named.recipe.apply(bytes, digest, task.seed, &task.limits)?;
    let place = Path::new(&named.folder).join(&job.name);
    let (mask, no_mask) = match &job.mask {
        None => (None, None),
        Some(mask) if named.recipe.geometry() == Geometry::Same => (Some(files::absolute(mask)), None),
        Some(mask) => match moved(task, mask, &made, &with_ending(&place, ".mask.png")) {
            Ok(path) => (Some(path), None),
            Err(error) => (None, Some(format!("its mask is left out: {error}"))),
        },
    };
    let path = with_ending(&place, ending(&made.bytes));
    files::write_whole(&task.out.join(&path), &made.bytes)?;
    Ok(Written { path: slashes(&path), digest: Digest::of(&made.bytes), mask, no_mask })
}

/// Writes the mask as it lies after the change. Its path, relative to the output folder.
fn moved(task: &Task<'_>, mask: &Path, made: &Corrupted, place: &Path) -> indicia_core::Result<String> {
    let placement =
        made.placement.ok_or_else(|| Error::input("pixels moved in a way that cannot be followed"))?;
    let mask = maps::read_mask(mask, &task.limits)?;
    let (height, width) = mask.dim();
    if (width, height) != made.source {
        let (columns, rows) = made.source;
        return Err(Error::input(format!("it has {width}x{height} pixels, its picture {columns}x{rows}")));
    }
    files::write_whole(&task.out.join(place), &encode::mask(&placement.mask(&mask))?)?;
    Ok(slashes(place))
}

fn ending(bytes: &[u8]) -> &'static str {
    match sniff(bytes) {
        Some(Kind::Jpeg) => ".jpg",
        Some(Kind::Png) => ".png",
        Some(Kind::Webp) => ".webp",
        Some(Kind::Tiff) => ".tif",
        Some(Kind::Bmp) => ".bmp",
        Some(Kind::Gif) => ".gif",
        _ => "",
    }
}

/// A relative path as tables write it.
fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
