use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};

use super::{Cell, parquet, text};
use crate::files;

/// One row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number of the row, the first after the header being 1.
    pub row: u64,
    /// Values in the order of [`TableReader::columns`]; later ones may be absent.
    pub cells: Vec<Cell>,
}

impl Record {
    /// The value in a column.
    pub fn cell(&self, column: usize) -> &Cell {
        self.cells.get(column).unwrap_or(&Cell::Null)
    }

    /// Takes the value out of a column.
    pub fn take(&mut self, column: usize) -> Cell {
        self.cells.get_mut(column).map(std::mem::take).unwrap_or_default()
    }
}

/// What reads rows of one format. `columns` may grow while JSON Lines are read.
pub(super) trait Rows: Send {
    fn next(&mut self, columns: &mut Vec<String>) -> Result<Option<Vec<Cell>>>;
}

/// Reads a table row by row.
pub struct TableReader {
    path: PathBuf,
    columns: Vec<String>,
    rows: Box<dyn Rows>,
    /// A row that was read to learn the columns.
    ahead: Option<Vec<Cell>>,
    row: u64,
}

impl TableReader {
    /// Opens a Parquet, CSV, tab-separated or JSON Lines file; which, its first bytes tell.
    ///
    /// # Errors
    /// `Io` if it cannot be read; `Input` if it is empty, has no header or a column twice.
    pub fn open(path: &Path) -> Result<Self> {
        let named = |e: Error| in_file(path, e);
        let mut file = BufReader::with_capacity(1 << 18, files::open(path)?);
        let start =
            file.fill_buf().map_err(|e| Error::io_from(format!("cannot read {}", path.display()), e))?;
        if start.is_empty() {
            return Err(Error::input(format!("{} is empty, expected a table", path.display())));
        }
        let first = start.iter().find(|b| !b.is_ascii_whitespace());
        let mut columns = vec![];
        let rows: Box<dyn Rows> = if start.starts_with(b"PAR1") {
            file.rewind().map_err(|e| Error::io_from(format!("cannot read {}", path.display()), e))?;
            Box::new(parquet::ParquetRows::open(file.into_inner(), &mut columns).map_err(named)?)
        } else if first == Some(&b'{') {
            Box::new(text::JsonRows::new(file))
        } else {
            Box::new(text::CsvRows::open(file, &mut columns).map_err(named)?)
        };
        let mut reader = Self { path: path.to_owned(), columns, rows, ahead: None, row: 0 };
        if reader.columns.is_empty() {
            // JSON Lines have their columns in their rows.
            reader.ahead = reader.rows.next(&mut reader.columns).map_err(|e| in_file(path, in_row(1, e)))?;
        }
        let mut sorted: Vec<_> = reader.columns.iter().collect();
        sorted.sort_unstable();
        if let Some(twice) = sorted.windows(2).find(|w| w[0] == w[1]) {
            return Err(Error::input(format!("{} has the column {:?} twice", path.display(), twice[0])));
        }
        Ok(reader)
    }

    /// The file that is read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names of the columns. Of JSON Lines, those met so far.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// Place of a column that must be there.
    ///
    /// # Errors
    /// `Input` that lists the columns there are.
    pub fn require(&self, name: &str) -> Result<usize> {
        self.column(name).ok_or_else(|| {
            Error::input(format!(
                "{} has no column {name:?}, it has: {}",
                self.path.display(),
                self.columns.join(", ")
            ))
        })
    }

    /// The next row, `None` after the last.
    ///
    /// # Errors
    /// `Input` with file and row.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        let next = match self.ahead.take() {
            Some(cells) => Some(cells),
            None => {
                self.rows.next(&mut self.columns).map_err(|e| in_file(&self.path, in_row(self.row + 1, e)))?
            }
        };
        Ok(next.map(|cells| {
            self.row += 1;
            Record { row: self.row, cells }
        }))
    }

    /// An error in one value, with file, row and column.
    pub fn at(&self, row: u64, column: &str, error: &Error) -> Error {
        Error::input(format!("{}: row {row}, column {column}: {error}", self.path.display()))
    }
}

fn in_row(row: u64, error: Error) -> Error {
    Error::input(format!("row {row}: {error}"))
}

fn in_file(path: &Path, error: Error) -> Error {
    Error::input(format!("{}: {error}", path.display()))
}
