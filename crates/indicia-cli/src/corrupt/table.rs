//! Tables of items, and of what was made of them.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use indicia_eval::table::{Cell, Column, ColumnType, Record, TableReader, TableWriter, resolve};

use super::Task;
use super::item::{Done, Job};
use crate::output::with_ending;

/// Columns that are added.
const ADDED: [&str; 2] = ["condition", "source_digest"];

/// A table whose items are changed.
pub struct CorruptedTable {
    path: PathBuf,
    /// Path of the new table, and folder of the files below a recipe's, without ending.
    name: PathBuf,
    /// Its columns with the types that hold all of their values.
    columns: Vec<Column>,
    /// Rows.
    pub rows: u64,
}

impl CorruptedTable {
    /// Reads the table once: every row has a path, and no column is in the way.
    pub fn open(path: &Path, name: &Path, task: &Task<'_>) -> Result<Self> {
        let mut reader = TableReader::open(path)?;
        let place = reader.require("path")?;
        let mut kinds: Vec<Option<ColumnType>> = vec![];
        let mut rows = 0;
        while let Some(record) = reader.next_record()? {
            rows += 1;
            if record.cell(place).is_null() {
                bail!("{}: row {}, column path: expected a path, got nothing", path.display(), record.row);
            }
            kinds.resize(kinds.len().max(record.cells.len()), None);
            for (kind, cell) in kinds.iter_mut().zip(&record.cells) {
                *kind = wider(*kind, cell);
            }
        }
        if rows == 0 {
            bail!("{} has no rows", path.display());
        }
        let names = reader.columns();
        if let Some(taken) = ADDED.iter().find(|added| names.iter().any(|name| name == *added)) {
            bail!(
                "{} has a column {taken:?}, which the new table needs; chain recipes with + instead of \
                 changing items twice",
                path.display()
            );
        }
        let typed = |(i, name): (usize, &String)| {
            // Paths and digests are written anew, and other columns keep what they hold.
            let kind = if ["path", "mask", "digest"].contains(&&**name) {
                None
            } else {
                kinds.get(i).copied().flatten()
            };
            Column::new(name.clone(), kind.unwrap_or(ColumnType::Text))
        };
        let columns = names.iter().enumerate().map(typed).collect();
        let table = Self { path: path.to_owned(), name: name.to_owned(), columns, rows };
        let new = table.new_path(task);
        if std::path::absolute(&new).ok() == std::path::absolute(path).ok() {
            bail!("the new table would replace {}; choose another --out", path.display());
        }
        Ok(table)
    }

    fn new_path(&self, task: &Task<'_>) -> PathBuf {
        let ending = self.path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let known = ["parquet", "csv", "jsonl"].into_iter().find(|known| ending.eq_ignore_ascii_case(known));
        task.out.join(with_ending(&self.name, &format!(".{}", known.unwrap_or("csv"))))
    }

    /// Its items, read as they are needed.
    pub fn jobs(&self) -> Result<Box<dyn Iterator<Item = Result<Job>> + Send + '_>> {
        let mut reader = TableReader::open(&self.path)?;
        let place = reader.require("path")?;
        let (mask, digest) = (reader.column("mask"), reader.column("digest"));
        Ok(Box::new(std::iter::from_fn(move || {
            let record = match reader.next_record() {
                Ok(record) => record?,
                Err(error) => return Some(Err(error.into())),
            };
            let text = |column: Option<usize>| record.cell(column?).text().map(|text| text.into_owned());
            let path = resolve(&self.path, &text(Some(place)).unwrap_or_default());
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let name = self.name.join(format!("{}-{stem}", record.row));
            let (mask, expected) = (text(mask).map(|mask| resolve(&self.path, &mask)), text(digest));
            Some(Ok(Job { mask, expected, ..Job::row(path, name, record) }))
        })))
    }

    /// Begins the new table.
    pub fn writer(&self, task: &Task<'_>) -> Result<Writer> {
        let added = ADDED.map(|name| Column::new(name, ColumnType::Text));
        let columns: Vec<_> = self.columns.iter().cloned().chain(added).collect();
        let place = |name: &str| self.columns.iter().position(|c| c.name == name);
        Ok(Writer {
            path: place("path"),
            mask: place("mask"),
            digest: place("digest"),
            columns: self.columns.len(),
            table: TableWriter::create(&self.new_path(task), columns)?,
        })
    }
}

/// The type that holds what a column held so far and one more value.
fn wider(kind: Option<ColumnType>, cell: &Cell) -> Option<ColumnType> {
    let new = match cell {
        Cell::Null => return kind,
        Cell::Bool(_) => ColumnType::Bool,
        Cell::Int(_) => ColumnType::Int,
        Cell::Float(_) => ColumnType::Float,
        Cell::Text(_) | Cell::Json(_) => ColumnType::Text,
    };
    Some(match (kind, new) {
        (None, new) => new,
        (Some(old), new) if old == new => old,
        (Some(ColumnType::Int | ColumnType::Float), ColumnType::Int | ColumnType::Float) => ColumnType::Float,
        _ => ColumnType::Text,
    })
}

/// Writes the new table.
pub struct Writer {
    table: TableWriter,
    columns: usize,
    path: Option<usize>,
    mask: Option<usize>,
    digest: Option<usize>,
}

impl Writer {
    /// Adds a row for every recipe that gave a file.
    pub fn add(&mut self, task: &Task<'_>, done: &Done) -> Result<()> {
        let Some(Record { cells, .. }) = &done.job.record else { return Ok(()) };
        for (named, output) in task.recipes.iter().zip(&done.outputs) {
            let Ok(written) = output else { continue };
            let mut cells = cells.clone();
            cells.resize(self.columns, Cell::Null);
            let mut set = |place: Option<usize>, cell: Cell| {
                if let Some(place) = place {
                    cells[place] = cell;
                }
            };
            set(self.path, written.path.clone().into());
            set(self.mask, written.mask.clone().into());
            set(self.digest, written.digest.to_string().into());
            cells.push(named.name.clone().into());
            cells.push(done.digest.map(|digest| digest.to_string()).into());
            self.table.push(&cells)?;
        }
        Ok(())
    }

    /// Gives the table its name.
    pub fn finish(self) -> Result<()> {
        Ok(self.table.finish()?)
    }
}
