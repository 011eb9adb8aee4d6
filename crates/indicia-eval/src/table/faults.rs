use indicia_core::{Error, Result};

use super::DuplicateFinder;

/// Faults that an error lists before it says "and more".
const LISTED: usize = 10;

/// Faults of a table, of which the first few are told.
#[derive(Debug, Default)]
pub struct Faults {
    listed: Vec<String>,
    count: u64,
}

impl Faults {
    /// Rows that repeat an earlier one in `columns`.
    ///
    /// # Errors
    /// `Io` if a temporary file cannot be read.
    pub fn duplicates(finder: DuplicateFinder, columns: &str) -> Result<Self> {
        let (twice, count) = finder.finish(LISTED)?;
        let listed =
            twice.iter().map(|d| format!("row {}, column {columns}: the same as in row {}", d.row, d.first));
        Ok(Self { listed: listed.collect(), count })
    }

    /// Notes a fault, such as `row 3, column path: no file x.jpg`.
    pub fn add(&mut self, fault: impl FnOnce() -> String) {
        if self.listed.len() < LISTED {
            self.listed.push(fault());
        }
        self.count += 1;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// # Errors
    /// `Input` that begins with `what` and lists the first faults, if there are any.
    pub fn into_error(self, what: &str) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count - self.listed.len() as u64;
        let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        Err(Error::input(format!("{what}:\n  {}{more}", self.listed.join("\n  "))))
    }
}
