//! Runs detectors over a table and writes their predictions, so that a kill loses nothing: every finished
//! piece of work is one line of a journal, and a later run with the same table and options goes on after it.

mod condition;
mod journal;
mod predictions;
mod preflight;
#[cfg(test)]
mod tests;
mod work;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use indicia_core::{Error, Limits, Result};
use serde_json::{Value, json};

pub use condition::{Clean, Condition};
pub use indicia_core::Geometry;
pub use predictions::PREDICTIONS;

use crate::detector::Detector;
use crate::files;
use crate::ordered::{self, Order};
use journal::Journal;
pub use journal::MANIFEST;
use preflight::Preflight;
use work::Worker;

/// What a run does.
pub struct Run<'a> {
    /// The table of items.
    pub table: &'a Path,
    /// Folder for journal, maps, manifest and predictions.
    pub out: &'a Path,
    /// What is measured.
    pub detectors: Vec<&'a dyn Detector>,
    /// What is done to every item before it is judged; usually [`Clean`] first.
    pub conditions: Vec<&'a dyn Condition>,
    /// Only items for which this holds are run, such as those of one split.
    pub keep: &'a (dyn Fn(&crate::table::Item) -> bool + Sync),
    /// In words, what [`Run::keep`] keeps; empty for all.
    pub kept: String,
    /// Keep maps of items that have a ground truth: a mask, or label 0.
    pub maps: bool,
    /// Go on although files are missing; their rows get the status `failed`.
    pub skip_missing: bool,
    /// Bounds for decoders.
    pub limits: Limits,
    /// Threads.
    pub jobs: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Pieces of work (an item under a condition) in all.
    pub total: u64,
    /// Done by this run.
    pub done: u64,
    /// Done by earlier runs.
    pub before: u64,
    /// Judgements that failed or whose file could not be read.
    pub failed: u64,
    /// False if it was stopped; the predictions are then not written yet.
    pub complete: bool,
}

impl Run<'_> {
    /// Checks the table, does what is not done yet, and writes `predictions.parquet`. `progress` hears the
    /// number of pieces done and their total. Setting `stop` ends the run after the pieces in hand.
    ///
    /// # Errors
    /// `Input` for a faulty table, with row and column, before anything is written; `Configuration` if the
    /// folder holds a run with another table or other options; `Io`.
    pub fn execute(&self, stop: &AtomicBool, progress: &dyn Fn(u64, u64)) -> Result<Outcome> {
        let preflight = Preflight::of(self)?;
        let total = preflight.kept * self.conditions.len() as u64;
        let mut journal = Journal::open(self.out, &self.manifest(&preflight), total)?;
        let before = journal.done();
        progress(before, total);
        let worker = Worker { run: self };
        let mut done = 0;
        let todo = preflight.work(self, &journal)?;
        ordered::run(
            todo,
            self.jobs,
            Order::Done,
            stop,
            |piece| piece.and_then(|piece| worker.run(&piece)),
            |_, line: Result<_>| {
                journal.append(&line?)?;
                done += 1;
                progress(before + done, total);
                Ok::<_, Error>(())
            },
        )?;
        let complete = before + done == total;
        if !complete && !stop.load(Ordering::SeqCst) {
            return Err(Error::input(format!(
                "{} changed during the run: {total} pieces of work expected, {} found",
                self.table.display(),
                before + done
            )));
        }
        let failed =
            if complete { predictions::write(self, &preflight.attributes, &mut journal)? } else { 0 };
        Ok(Outcome { total, done, before, failed, complete })
    }

    /// Where the predictions are written.
    pub fn predictions(&self) -> PathBuf {
        self.out.join(PREDICTIONS)
    }

    /// Everything that decides what the predictions will be.
    fn manifest(&self, preflight: &Preflight) -> Value {
        json!({
            "schema": "indicia.run/1",
            "tool": { "name": "indicia", "version": env!("CARGO_PKG_VERSION") },
            "table": { "path": files::absolute(self.table), "digest": preflight.digest.to_string(), "rows": preflight.rows },
            "items": preflight.kept,
            "kept": self.kept,
            "maps": self.maps,
            "detectors": self.detectors.iter().map(|d| d.describe()).collect::<Vec<_>>(),
            "conditions": self.conditions.iter().map(|c| c.describe()).collect::<Vec<_>>(),
            "limits": self.limits,
        })
    }
}
