use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use indicia_core::{Digest, Error, Result};

use super::{Cell, Filter, Protocol};
use crate::files;
use crate::table::{Cell as Value, Column, ColumnType, Faults, Item, ItemReader, TableWriter};

/// A protocol applied to a table: which items are trained on and judged.
#[derive(Debug, Clone)]
pub struct Plan {
    keep: Filter,
    cells: Vec<Cell>,
}

impl Plan {
    /// Reads the values that the protocol needs from a table.
    ///
    /// # Errors
    /// `Input` if the table lacks a column or its values.
    pub fn of(protocol: &Protocol, table: &Path) -> Result<Self> {
        let mut items = ItemReader::open(table)?;
        let columns = protocol.columns();
        let mut forged: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut all = forged.clone();
        while let Some(item) = items.next_item()? {
            if !holds(&protocol.keep, &item) {
                continue;
            }
            for column in &columns {
                let Some(value) = item.get(column) else { continue };
                if item.label == Some(true) {
                    forged.entry(column.clone()).or_default().insert(value.clone());
                }
                all.entry(column.clone()).or_default().insert(value);
            }
        }
        if let Some(missing) = columns.iter().find(|c| !all.contains_key(*c)) {
            return Err(Error::input(format!(
                "the protocol {} needs the column {missing:?}, which {} does not have",
                protocol.name,
                table.display()
            )));
        }
        let values =
            |column: &str| Ok(forged.get(column).or_else(|| all.get(column)).cloned().unwrap_or_default());
        Ok(Self { keep: protocol.keep.clone(), cells: protocol.design.cells(&values)? })
    }

    /// The cells.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// True if an item is judged in any cell.
    pub fn judges(&self, item: &Item) -> bool {
        self.cells.iter().any(|cell| holds(&self.keep.and(&cell.test), item))
    }

    /// True if an item is trained on in a cell. A share of the groups is the same groups for every run, and
    /// those of a smaller share are among those of a larger one.
    pub fn trains(&self, cell: &Cell, item: &Item) -> bool {
        let chosen = || {
            let source = item.group.as_ref().unwrap_or(&item.path);
            let digest = Digest::of(source.as_bytes()).to_string();
            let first = digest.bytes().filter_map(|b| char::from(b).to_digit(16)).skip(16).take(8);
            let number = first.fold(0_u64, |sum, digit| sum * 16 + u64::from(digit));
            (number as f64) < cell.share * 16_f64.powi(8)
        };
        cell.train.as_ref().is_some_and(|train| holds(&self.keep.and(train), item))
            && (cell.share >= 1.0 || chosen())
    }

    /// Writes a table for each training set and one of all test items into `out`, as Parquet, for a program
    /// that trains: it then writes predictions for the test table with the training set's name in a column
    /// `trained_on`. Returns the names of the training sets with their files.
    ///
    /// # Errors
    /// `Input` if a group stands on both sides of a cell, or a side is empty; `Io`.
    pub fn write_tables(&self, table: &Path, out: &Path) -> Result<Vec<(String, PathBuf)>> {
        let mut trainings: Vec<&Cell> = vec![];
        for cell in self.cells.iter().filter(|c| c.train.is_some()) {
            if !trainings.iter().any(|t| t.trained_on == cell.trained_on) {
                trainings.push(cell);
            }
        }
        if trainings.is_empty() {
            return Err(Error::configuration("the protocol trains nothing, there is no table to write"));
        }
        self.check_sides(table)?;
        let mut written = vec![];
        for cell in trainings {
            let path = out.join(format!("train-{}.parquet", file_name(&cell.trained_on)));
            copy(table, &path, |item| self.trains(cell, item))?;
            written.push((cell.trained_on.clone(), path));
        }
        copy(table, &out.join("test.parquet"), |item| self.judges(item))?;
        Ok(written)
    }

    /// A group on both sides of a cell leaks its source from training to test.
    fn check_sides(&self, table: &Path) -> Result<()> {
        for cell in self.cells.iter().filter(|c| c.train.is_some()) {
            let mut sides: HashMap<String, (u64, bool, bool)> = HashMap::new();
            let (mut train, mut test) = (0_u64, 0_u64);
            let mut leaks = Faults::default();
            let mut items = ItemReader::open(table)?;
            while let Some(item) = items.next_item()? {
                let side = (self.trains(cell, &item), holds(&self.keep.and(&cell.test), &item));
                train += u64::from(side.0);
                test += u64::from(side.1);
                if side == (false, false) {
                    continue;
                }
                let source = item.group.clone().unwrap_or_else(|| item.path.clone());
                let seen = sides.entry(source.clone()).or_insert((item.row, false, false));
                let before = seen.1 && seen.2;
                *seen = (seen.0, seen.1 || side.0, seen.2 || side.1);
                if seen.1 && seen.2 && !before {
                    let first = seen.0;
                    leaks.add(|| format!("row {}, column group: {source} (first in row {first})", item.row));
                }
            }
            leaks.into_error(&format!("cell {:?} has the same source in training and test", cell.name))?;
            for (count, side) in [(train, "trained"), (test, "judged")] {
                if count == 0 {
                    return Err(Error::input(format!("cell {:?}: no item is {side} on", cell.name)));
                }
            }
        }
        Ok(())
    }
}

fn holds(filter: &Filter, item: &Item) -> bool {
    filter.holds(item.label, |column| item.get(column).map(Cow::Owned))
}

/// Copies the items that are kept, with paths that mean the same from anywhere.
fn copy(table: &Path, out: &Path, keep: impl Fn(&Item) -> bool) -> Result<()> {
    const KNOWN: [&str; 7] = ["path", "mask", "method", "domain", "split", "group", "digest"];
    let mut items = ItemReader::open(table)?;
    while items.next_item()?.is_some() {}
    let attributes = items.attribute_columns();
    let mut columns: Vec<_> = KNOWN.iter().map(|name| Column::new(*name, ColumnType::Text)).collect();
    columns.push(Column::new("label", ColumnType::Int));
    columns.extend(attributes.iter().map(|name| Column::new(name, ColumnType::Text)));
    let mut writer = TableWriter::create(out, columns)?;
    let mut items = ItemReader::open(table)?;
    while let Some(item) = items.next_item()? {
        if !keep(&item) {
            continue;
        }
        let place = |path: &str| files::absolute(&items.resolve(path));
        let mut cells: Vec<Value> = KNOWN
            .iter()
            .map(|name| match *name {
                "path" => place(&item.path).into(),
                "mask" => item.mask.as_deref().map(place).into(),
                name => item.get(name).into(),
            })
            .collect();
        cells.push(item.label.map(i64::from).into());
        cells.extend(attributes.iter().map(|name| Value::from(item.get(name))));
        writer.push(&cells)?;
    }
    writer.finish()
}

/// A name as part of a file's name.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    name.chars().map(safe).collect()
}
