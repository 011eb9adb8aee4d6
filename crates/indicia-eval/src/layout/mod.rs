//! Makes benchmark tables from the layouts in which data sets are published.
//!
//! - *Classes*: folders whose names say real or fake, with split folders and folders of generators around them.
//! - *Masks*: pictures with masks beside them (`NAME.mask.png`, `NAME_gt.png`) or in parallel folders.
//! - *COCO*: JSON with `images`, `annotations` and `categories`; boxes become the column `boxes`.
//! - *BRAT*: text with standoff annotations; they become the column `spans`.
//! - *Table*: CSV, Parquet or JSON Lines whose columns have other names.
//!
//! Classes and masks may occur together. Only pictures, PDF, DICOM and text get in, told by their bytes; what is
//! left out is counted by reason.

mod brat;
mod coco;
mod columns;
mod detect;
mod group;
mod pictures;
mod scan;
mod words;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use indicia_core::{Error, Limits, Result};

use crate::table::Item;

pub use scan::Skipped;

/// How a data set is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Folders of classes.
    Classes,
    /// Pictures with masks.
    Masks,
    /// COCO JSON.
    Coco,
    /// BRAT standoff.
    Brat,
    /// A table with columns of other names.
    Table,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Classes, Self::Masks, Self::Coco, Self::Brat, Self::Table];

    /// What it looks like, in a phrase.
    pub fn description(self) -> &'static str {
        match self {
            Self::Classes => "folders of classes (real and fake, or 0_real and 1_fake, at any depth)",
            Self::Masks => {
                "pictures with masks (NAME.mask.png, NAME_mask.png, NAME_gt.png, or a folder masks or gt)"
            }
            Self::Coco => "COCO JSON (an object with images and annotations)",
            Self::Brat => "BRAT standoff (NAME.txt with NAME.ann)",
            Self::Table => "a table (CSV, Parquet, JSON Lines) with a column of paths",
        }
    }
}

/// What the groups of a table are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRule {
    /// A column of the source table, or one that the layout gave.
    Column(String),
    /// The file's name up to the first of this text.
    Prefix(String),
    /// The folder that holds the file.
    Folder,
    /// Clusters of pictures whose perceptual hashes differ in at most so many bits (up to 4) from a neighbour's.
    Near(u32),
}

/// How a table is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// The layout; detected if `None`.
    pub layout: Option<Layout>,
    /// Label of all items that have none.
    pub label: Option<bool>,
    /// Split of all items that have none.
    pub split: Option<String>,
    /// Domain of all items that have none.
    pub domain: Option<String>,
    /// What groups are made of.
    pub group: Option<GroupRule>,
    /// Names of the source table's columns by the benchmark table's: `path` to `image_name`.
    pub map: BTreeMap<String, String>,
    /// Labels of words of a label column or of names of folders, in lower case.
    pub labels: BTreeMap<String, bool>,
    /// Whether a picture without a mask, among pictures with masks, is authentic.
    pub unmasked_authentic: bool,
    /// Whether SHA-256 digests are computed.
    pub digests: bool,
    /// Bounds for each file.
    pub limits: Limits,
    /// Threads.
    pub jobs: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            layout: None,
            label: None,
            split: None,
            domain: None,
            group: None,
            map: BTreeMap::new(),
            labels: BTreeMap::new(),
            unmasked_authentic: false,
            digests: true,
            limits: Limits::default(),
            jobs: 1,
        }
    }
}

/// Told what is being done, how much of it is done, and how much there is.
pub type Progress<'a> = &'a (dyn Fn(&'static str, u64, u64) + Sync);

/// A table that was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The layouts that were read; classes and masks may come together.
    pub layouts: Vec<Layout>,
    /// Rows.
    pub rows: u64,
    /// Columns that were written.
    pub columns: Vec<String>,
    /// Rows by label: authentic, fake, none.
    pub labels: [u64; 3],
    /// What was left out.
    pub skipped: Skipped,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// An item on its way into the table.
#[derive(Debug, Clone, Default)]
struct Draft {
    /// The file.
    file: PathBuf,
    /// Its mask.
    mask: Option<PathBuf>,
    /// The columns, `path`, `mask` and `digest` apart.
    item: Item,
}

/// What a layout gave.
#[derive(Debug, Default)]
struct Drafts {
    layouts: Vec<Layout>,
    drafts: Vec<Draft>,
    skipped: Skipped,
    notes: Vec<String>,
}

/// Makes the table `out` from a folder, or from a COCO file or a table.
///
/// # Errors
/// `Input` if no layout is recognised (with the known ones and what was found), if nothing is left to write, or
/// with file, row or line where an annotation is faulty; `Configuration` for options that do not fit; `Io`.
pub fn make(source: &Path, out: &Path, options: &Options, progress: Progress<'_>) -> Result<Made> {
    let mut made = detect::drafts(source, out, options, progress)?;
    if made.drafts.is_empty() {
        let reasons: Vec<_> =
            made.skipped.iter().map(|(reason, count, first)| format!("{count} {reason} ({first})")).collect();
        return Err(Error::input(format!(
            "{} holds nothing that belongs into a table; left out: {}",
            source.display(),
            if reasons.is_empty() { "nothing".to_owned() } else { reasons.join(", ") }
        )));
    }
    write::place(out, &mut made.drafts)?;
    for draft in &mut made.drafts {
        let item = &mut draft.item;
        item.label = item.label.or(options.label);
        item.split = item.split.take().or_else(|| options.split.clone());
        item.domain = item.domain.take().or_else(|| options.domain.clone());
    }
    if let Some(rule) = &options.group {
        group::assign(rule, &mut made, options, progress)?;
    }
    write::write(out, made, options, progress)
}
