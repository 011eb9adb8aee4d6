//! What was done, a line a file.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use indicia_eval::files::WholeFile;
use serde_json::json;

use super::Task;
use super::item::Done;

/// `history.jsonl`, which appears when it is finished.
pub struct History {
    file: WholeFile,
    written: u64,
    failed: u64,
}

impl History {
    /// Where it lies in an output folder.
    pub fn path(out: &Path) -> PathBuf {
        out.join("history.jsonl")
    }

    /// Begins it.
    pub fn create(out: &Path) -> Result<Self> {
        Ok(Self { file: WholeFile::create(&Self::path(out))?, written: 0, failed: 0 })
    }

    /// Adds the lines of an item.
    pub fn add(&mut self, task: &Task<'_>, done: &Done) -> Result<()> {
        for (named, output) in task.recipes.iter().zip(&done.outputs) {
            let mut line = json!({
                "input": done.job.input.name(),
                "source_digest": done.digest.map(|digest| digest.to_string()),
                "recipe": named.recipe.describe(),
                "seed": task.seed,
            });
            match output {
                Ok(written) => {
                    self.written += 1;
                    line["output"] = json!(written.path);
                    line["digest"] = json!(written.digest.to_string());
                    if done.job.mask.is_some() {
                        line["mask"] = json!(written.mask);
                    }
                    if let Some(why) = &written.no_mask {
                        line["note"] = json!(why);
                    }
                }
                Err(error) => {
                    self.failed += 1;
                    line["error"] = json!(error.to_string());
                }
            }
            writeln!(self.file, "{line}")?;
        }
        Ok(())
    }

    /// Gives it its name. Files that were written, and those that could not be made.
    pub fn finish(self) -> Result<(u64, u64)> {
        self.file.finish()?;
        Ok((self.written, self.failed))
    }
}
