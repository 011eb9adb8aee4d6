//! Tables of labelled items and of predictions, as Parquet, CSV or JSON Lines, read row by row in constant
//! memory. Content decides which of the three a file is; for writing its ending does.

mod cell;
mod duplicates;
mod faults;
mod item;
mod parquet;
mod read;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use cell::Cell;
pub(crate) use duplicates::hash;
pub use duplicates::{Duplicate, DuplicateFinder};
pub use faults::Faults;
pub use item::{Item, ItemReader, label_of, label_of_word, resolve};
pub use read::{Record, TableReader};
pub use write::{Column, ColumnType, TableWriter};
