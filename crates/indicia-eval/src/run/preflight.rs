use std::sync::Arc;

use indicia_core::{Digest, Error, Result};

use super::Run;
use super::journal::Journal;
use super::work::Piece;
use crate::files;
use crate::table::{DuplicateFinder, Faults, Item, ItemReader};

/// What a look at the whole table showed before anything is run.
pub(super) struct Preflight {
    /// Digest of the table.
    pub digest: Digest,
    /// Rows of the table.
    pub rows: u64,
    /// Rows that are kept.
    pub kept: u64,
    /// Columns besides those with a meaning.
    pub attributes: Vec<String>,
}

impl Preflight {
    /// Reads the table once: labels are labels, no path stands twice, and files are there.
    ///
    /// # Errors
    /// `Input` with rows and columns.
    pub(super) fn of(run: &Run<'_>) -> Result<Self> {
        if run.detectors.is_empty() || run.conditions.is_empty() {
            return Err(Error::configuration("a run needs at least one detector and one condition"));
        }
        let mut items = ItemReader::open(run.table)?;
        let mut paths = DuplicateFinder::default();
        let mut missing = Faults::default();
        let (mut rows, mut kept) = (0, 0);
        while let Some(item) = items.next_item()? {
            rows += 1;
            paths.add(&[&item.path], item.row)?;
            if !(run.keep)(&item) {
                continue;
            }
            kept += 1;
            let named = [("path", Some(&item.path)), ("mask", item.mask.as_ref())];
            for (column, path) in named.into_iter().filter_map(|(c, p)| Some((c, p?))) {
                let place = items.resolve(path);
                let is_file = place.metadata().is_ok_and(|m| m.is_file());
                if !is_file && (column == "mask" || !run.skip_missing) {
                    missing.add(|| format!("row {}, column {column}: no file {}", item.row, place.display()));
                }
            }
        }
        let table = run.table.display();
        Faults::duplicates(paths, "path")?.into_error(&format!("{table} has paths twice"))?;
        missing.into_error(&format!(
            "{table} names files that are not there (--skip-missing goes on without)"
        ))?;
        if rows == 0 {
            return Err(Error::input(format!("{table} has no rows")));
        }
        if kept == 0 {
            return Err(Error::input(format!("{table} has no row with {}", run.kept)));
        }
        Ok(Self { digest: files::digest(run.table)?, rows, kept, attributes: items.attribute_columns() })
    }

    /// The pieces of work that the journal does not have yet, read from the table as they are needed.
    pub(super) fn work<'r>(
        &self,
        run: &'r Run<'_>,
        journal: &Journal,
    ) -> Result<impl Iterator<Item = Result<Piece>> + Send + use<'r>> {
        let items = Items { reader: ItemReader::open(run.table)?, run, ended: false };
        let done = journal.finished();
        let conditions = run.conditions.len();
        Ok(items.zip(0_u64..).flat_map(move |(item, index)| {
            let item = item.map(Arc::new);
            let done = Arc::clone(&done);
            (0..conditions).filter_map(move |condition| {
                let piece = index * conditions as u64 + condition as u64;
                match &item {
                    Ok(_) if done.has(piece) => None,
                    Ok(item) => Some(Ok(Piece { piece, condition, item: Arc::clone(item) })),
                    Err(error) => (condition == 0).then(|| Err(error.clone())),
                }
            })
        }))
    }
}

/// The items of a table that a run keeps.
struct Items<'r> {
    reader: ItemReader,
    run: &'r Run<'r>,
    ended: bool,
}

impl Iterator for Items<'_> {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Result<Item>> {
        while !self.ended {
            match self.reader.next_item() {
                Ok(Some(item)) if (self.run.keep)(&item) => return Some(Ok(item)),
                Ok(Some(_)) => {}
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
