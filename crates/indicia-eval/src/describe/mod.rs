//! Describes a benchmark table before it is believed: counts, faults, copies across splits and labels, and
//! *confounds*, properties of files that tell the label without the content being looked at.
//!
//! A confound is measured as the area under the ROC curve (AUC) of the label. Numbers are ranked, in the
//! direction that suits; where the rank tells less than the value (fakes all of one width, real ones wider and
//! narrower) they are taken in bins. Words, and bins, are scored by the share of fakes among items of the same
//! value in the other folds of a five-fold cross-validation (groups stay together), shrunk to the overall share,
//! and compared within a fold: many small categories do not look telling. All properties together are judged out
//! of fold by boosted stumps. Intervals are Obuchowski's over groups, DeLong's where there are none.

mod boost;
mod confounds;
mod duplicates;
mod facts;
mod rows;
mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use indicia_core::{Error, Limits, Result};
use serde::Serialize;

pub use confounds::{Confound, Measure};
pub use duplicates::{Copies, GroupLeaks};
pub use rows::Problem;
pub use text::to_text;

use crate::files;
use crate::layout::Progress;
use crate::ordered::{self, Order};
use crate::score::intern::{Interner, NONE};
use crate::table::{DuplicateFinder, Item, ItemReader};
use rows::Rows;

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether pictures are decoded for perceptual hashes.
    pub hashes: bool,
    /// Bounds for each file.
    pub limits: Limits,
    /// Threads.
    pub jobs: usize,
}

/// A table, described.
#[derive(Debug, Clone, Serialize)]
pub struct Description {
    /// Name and version of this form: `indicia.table/1`.
    pub schema: &'static str,
    /// The table's path as given.
    pub table: String,
    /// SHA-256 of the table.
    pub digest: String,
    /// Rows.
    pub rows: u64,
    /// Rows by label: `0`, `1`, `none`.
    pub labels: BTreeMap<String, u64>,
    /// Rows by method, domain, split, format and storage, with a count for each label.
    pub counts: BTreeMap<&'static str, BTreeMap<String, LabelCounts>>,
    /// Files and pictures by number: bytes, width, height, share of altered pixels.
    pub quantiles: BTreeMap<&'static str, Quantiles>,
    /// Wrong rows.
    pub problems: Vec<Problem>,
    /// What is to be thought of, in sentences.
    pub warnings: Vec<String>,
    /// The same bytes twice.
    pub same_bytes: Copies,
    /// Pictures that look alike: hashes within four bits of 64. Absent without hashes.
    pub look_alike: Option<Copies>,
    /// Groups on several sides of the split.
    pub groups: GroupLeaks,
    /// What tells the label without the content, all together first, then each by its strength. Empty unless
    /// both labels occur.
    pub confounds: Vec<Confound>,
}

/// Rows of each label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LabelCounts {
    /// Label 0.
    pub authentic: u64,
    /// Label 1.
    pub fake: u64,
    /// No label.
    pub none: u64,
}

impl LabelCounts {
    fn add(&mut self, label: Option<bool>) {
        *match label {
            Some(false) => &mut self.authentic,
            Some(true) => &mut self.fake,
            None => &mut self.none,
        } += 1;
    }
}

/// Least, quartiles and greatest of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// How many.
    pub count: u64,
    /// The least.
    pub min: f64,
    /// A quarter is at most this (nearest rank, as all that follow).
    pub q25: f64,
    /// Half is at most this.
    pub median: f64,
    /// Three quarters are at most this.
    pub q75: f64,
    /// The greatest.
    pub max: f64,
}

impl Quantiles {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (share * values.len() as f64).ceil() as usize;
            values.get(rank.clamp(1, values.len().max(1)) - 1).copied()
        };
        Some(Self {
            count: values.len() as u64,
            min: at(0.0)?,
            q25: at(0.25)?,
            median: at(0.5)?,
            q75: at(0.75)?,
            max: at(1.0)?,
        })
    }
}

/// Describes a table. Every file is read once; of pictures the headers are, and with `hashes` the pixels.
///
/// # Errors
/// `Io`; `Input` if the table is none or has no rows. Faulty labels, missing and damaged files are described.
pub fn describe(table: &Path, options: &Options, progress: Progress<'_>) -> Result<Description> {
    let total = count(table)?;
    let mut rows = Rows::default();
    let mut twice = DuplicateFinder::default();
    let never = AtomicBool::new(false);
    let source = Source { reader: ItemReader::open(table)?, ended: false };
    let resolve = |path: &str| -> PathBuf { crate::table::resolve(table, path) };
    let look = |row: Result<(Item, Option<Error>)>| {
        row.map(|(item, fault)| {
            let mask = item.mask.as_deref().map(resolve);
            let facts = facts::look(&resolve(&item.path), mask.as_deref(), options.hashes, &options.limits);
            (item, fault, facts)
        })
    };
    ordered::run(source, options.jobs, Order::Items, &never, look, |place, row| {
        let (item, fault, facts) = row?;
        twice.add(&[&item.path], item.row)?;
        if let Some(fault) = fault {
            rows.fault("label outside the set", item.row, &fault.to_string());
        }
        rows.push(&item, &facts);
        progress("files", place as u64 + 1, total);
        Ok::<_, Error>(())
    })?;
    if rows.rows.is_empty() {
        return Err(Error::input(format!("{} has no rows", table.display())));
    }
    let (again, count) = twice.finish(5)?;
    if count > 0 {
        let examples = again.iter().map(|d| format!("row {}: the path of row {}", d.row, d.first)).collect();
        rows.faults.push(Problem { what: "paths named twice".to_owned(), rows: count, examples });
    }
    finish(table, rows, options)
}

fn finish(table: &Path, rows: Rows, options: &Options) -> Result<Description> {
    let mut labels = BTreeMap::new();
    for row in &rows.rows {
        let label = row.label.map_or("none", |l| if l { "1" } else { "0" });
        *labels.entry(label.to_owned()).or_insert(0) += 1;
    }
    let mut same_bytes = Copies::same(&rows);
    let mut look_alike = options.hashes.then(|| Copies::near(&rows));
    for copies in std::iter::once(&mut same_bytes).chain(&mut look_alike) {
        // Places become numbers of rows.
        copies.examples.iter_mut().flatten().for_each(|place| *place += 1);
    }
    let mut description = Description {
        schema: "indicia.table/1",
        table: table.to_string_lossy().into_owned(),
        digest: files::digest(table)?.to_string(),
        rows: rows.rows.len() as u64,
        labels,
        counts: counts(&rows),
        quantiles: quantiles(&rows),
        problems: rows.faults.clone(),
        warnings: vec![],
        same_bytes,
        look_alike,
        groups: GroupLeaks::of(&rows),
        confounds: confounds::measure(&rows)?,
    };
    description.warnings = text::warnings(&description);
    Ok(description)
}

fn counts(rows: &Rows) -> BTreeMap<&'static str, BTreeMap<String, LabelCounts>> {
    let mut out: BTreeMap<&'static str, BTreeMap<String, LabelCounts>> = BTreeMap::new();
    let mut add = |id: &'static str, names: &Interner, code: u32, label: Option<bool>| {
        if names.len() == 0 {
            return;
        }
        let name = if code == NONE { "(none)" } else { names.text(code).unwrap_or_default() };
        let values = out.entry(id).or_default();
        match values.get_mut(name) {
            Some(counts) => counts.add(label),
            None => values.entry(name.to_owned()).or_default().add(label),
        }
    };
    for (row, method) in rows.rows.iter().zip(&rows.method_of) {
        add("method", &rows.methods, *method, row.label);
        add("split", &rows.splits, row.split, row.label);
        for ((id, _), (names, code)) in rows::CATEGORIES.iter().zip(rows.names.iter().zip(row.categories)) {
            if matches!(*id, "format" | "mode" | "domain") {
                add(id, names, code, row.label);
            }
        }
    }
    out
}

fn quantiles(rows: &Rows) -> BTreeMap<&'static str, Quantiles> {
    let readable = || rows.rows.iter().filter(|row| row.readable);
    let side = |f: fn((u32, u32)) -> u32| {
        Quantiles::of(readable().filter_map(move |r| r.size.map(f)).map(f64::from))
    };
    let all = [
        ("bytes", Quantiles::of(readable().map(|r| r.bytes as f64))),
        ("width", side(|(w, _)| w)),
        ("height", side(|(_, h)| h)),
        ("altered_share", Quantiles::of(rows.rows.iter().map(|r| f64::from(r.altered)).filter(|a| *a > 0.0))),
    ];
    all.into_iter().filter_map(|(id, q)| Some((id, q?))).collect()
}

/// Rows of a table with what is wrong with their labels. Ends after a row that cannot be read.
struct Source {
    reader: ItemReader,
    ended: bool,
}

impl Iterator for Source {
    type Item = Result<(Item, Option<Error>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.reader.next_with_label() {
            Ok(None) => None,
            Ok(Some((item, Ok(label)))) => Some(Ok((Item { label, ..item }, None))),
            Ok(Some((item, Err(fault)))) => Some(Ok((item, Some(fault)))),
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

/// How many rows a table has, for the progress.
fn count(table: &Path) -> Result<u64> {
    let mut reader = crate::table::TableReader::open(table)?;
    let mut rows = 0;
    while reader.next_record()?.is_some() {
        rows += 1;
    }
    Ok(rows)
}
