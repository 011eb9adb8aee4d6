use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};

use super::{Cell, Record, TableReader};

/// Words that mean label 0, besides `0` and `false`.
const REAL: [&str; 8] =
    ["real", "authentic", "pristine", "genuine", "original", "clean", "normal", "negative"];
/// Words that mean label 1, besides `1` and `true`.
const FAKE: [&str; 11] = [
    "fake",
    "forged",
    "manipulated",
    "tampered",
    "synthetic",
    "generated",
    "altered",
    "spliced",
    "edited",
    "anomalous",
    "positive",
];

/// What a usual word for a label means, in lower case: `false` for authentic, `true` for fake. `None` for another
/// word.
pub fn label_of_word(word: &str) -> Option<bool> {
    match word {
        word if REAL.contains(&word) => Some(false),
        word if FAKE.contains(&word) => Some(true),
        _ => None,
    }
}

/// Reads a label: `true` for what a detector should find (fake, forged, synthetic), `false` for authentic.
/// `None` for an empty cell.
///
/// # Errors
/// `Input` for anything outside 0/1, true/false and the usual words for the two.
pub fn label_of(cell: &Cell) -> Result<Option<bool>> {
    let outside = |got: String| {
        Err(Error::input(format!("expected a label 0 or 1 (or a word such as real or fake), got {got}")))
    };
    match cell {
        Cell::Null => Ok(None),
        Cell::Bool(v) => Ok(Some(*v)),
        Cell::Int(0) => Ok(Some(false)),
        Cell::Int(1) => Ok(Some(true)),
        Cell::Float(v) if *v == 0.0 => Ok(Some(false)),
        Cell::Float(v) if *v == 1.0 => Ok(Some(true)),
        Cell::Text(word) => {
            let lower = word.trim().to_ascii_lowercase();
            match lower.as_str() {
                "0" | "0.0" | "false" => Ok(Some(false)),
                "1" | "1.0" | "true" => Ok(Some(true)),
                lower => label_of_word(lower).map(Some).map_or_else(|| outside(format!("{word:?}")), Ok),
            }
        }
        other => outside(other.text().unwrap_or_default().into_owned()),
    }
}

/// One labelled item of a benchmark table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    /// Number of its row, the first being 1.
    pub row: u64,
    /// The file, as the table writes it: relative to the table, or absolute.
    pub path: String,
    /// True for fake.
    pub label: Option<bool>,
    /// Ground-truth mask: nonzero (8-bit: at least 128) where altered.
    pub mask: Option<String>,
    /// What made the forgery: a manipulation or a generator.
    pub method: Option<String>,
    /// Where the content comes from: a data set, a device, a site.
    pub domain: Option<String>,
    /// `train`, `validation`, `test`.
    pub split: Option<String>,
    /// Source that must stay on one side of every split.
    pub group: Option<String>,
    /// Digest of the file, `sha256:...`.
    pub digest: Option<String>,
    /// The other columns.
    pub attributes: Vec<(String, Cell)>,
}

impl Item {
    /// Any column by its name, as text. An absent label, mask and so on is `None`.
    pub fn get(&self, column: &str) -> Option<String> {
        match column {
            "path" => Some(self.path.clone()),
            "label" => self.label.map(|l| u8::from(l).to_string()),
            "mask" => self.mask.clone(),
            "method" => self.method.clone(),
            "domain" => self.domain.clone(),
            "split" => self.split.clone(),
            "group" => self.group.clone(),
            "digest" => self.digest.clone(),
            other => self.attributes.iter().find(|(name, _)| name == other)?.1.text().map(|t| t.into_owned()),
        }
    }
}

/// Reads the items of a benchmark table row by row.
pub struct ItemReader {
    table: TableReader,
    path: usize,
    known: [Option<usize>; KNOWN.len()],
}

/// Columns with a meaning, besides `path`.
const KNOWN: [&str; 7] = ["label", "mask", "method", "domain", "split", "group", "digest"];

impl ItemReader {
    /// Opens a table of items.
    ///
    /// # Errors
    /// Those of [`TableReader::open`], and `Input` if it has no column `path`.
    pub fn open(path: &Path) -> Result<Self> {
        let table = TableReader::open(path)?;
        let place = table.require("path")?;
        let known = KNOWN.map(|name| table.column(name));
        Ok(Self { table, path: place, known })
    }

    /// The table that is read.
    pub fn table(&self) -> &TableReader {
        &self.table
    }

    /// Names of the columns besides those with a meaning. Of JSON Lines, those met so far.
    pub fn attribute_columns(&self) -> Vec<String> {
        self.table.columns().iter().filter(|name| is_attribute(name)).cloned().collect()
    }

    /// A path of the table as the file system knows it: relative ones start at the table's folder.
    pub fn resolve(&self, path: &str) -> PathBuf {
        resolve(self.table.path(), path)
    }

    /// The next item, `None` after the last.
    ///
    /// # Errors
    /// `Input` with row and column.
    pub fn next_item(&mut self) -> Result<Option<Item>> {
        match self.next_with_label()? {
            None => Ok(None),
            Some((item, Ok(label))) => Ok(Some(Item { label, ..item })),
            Some((_, Err(error))) => Err(error),
        }
    }

    /// The next item without its label, and its label or what is wrong with it.
    ///
    /// # Errors
    /// `Input` with row and column, the label apart.
    pub fn next_with_label(&mut self) -> Result<Option<(Item, Result<Option<bool>>)>> {
        let Some(mut record) = self.table.next_record()? else { return Ok(None) };
        let row = record.row;
        let Some(path) = record.take(self.path).into_text() else {
            return Err(self.table.at(row, "path", &Error::input("expected a path, got nothing")));
        };
        let [label, mask, method, domain, split, group, digest] =
            self.known.map(|place| place.map(|place| record.take(place)).unwrap_or_default());
        let label = label_of(&label).map_err(|e| self.table.at(row, "label", &e));
        let item = Item {
            row,
            path,
            label: None,
            mask: mask.into_text(),
            method: method.into_text(),
            domain: domain.into_text(),
            split: split.into_text(),
            group: group.into_text(),
            digest: digest.into_text(),
            attributes: self.attributes(record),
        };
        Ok(Some((item, label)))
    }

    fn attributes(&self, record: Record) -> Vec<(String, Cell)> {
        let named = self.table.columns().iter().zip(record.cells);
        named
            .filter(|(name, cell)| !cell.is_null() && is_attribute(name))
            .map(|(name, cell)| (name.clone(), cell))
            .collect()
    }
}

fn is_attribute(column: &str) -> bool {
    column != "path" && !KNOWN.contains(&column)
}

/// A path that a table writes, as the file system knows it: relative ones start at the table's folder.
pub fn resolve(table: &Path, path: &str) -> PathBuf {
    table.parent().unwrap_or(Path::new("")).join(path)
}
