use std::path::Path;
use std::sync::atomic::AtomicBool;

use indicia_core::{Limits, Result};
use serde_json::Value;

/// Everything about a trainer but its work.
#[derive(Debug)]
pub struct TrainerInfo {
    /// Id of the method that is trained, `family.method-name`.
    pub id: &'static str,
    /// What is trained, in a sentence.
    pub summary: &'static str,
    /// A configuration in TOML that is worth starting from; what it does not say has its default.
    pub config: &'static str,
}

/// Something that trains a method. Found through the registry.
pub trait Trainer: Sync {
    /// Who it is.
    fn info(&self) -> &TrainerInfo;

    /// Trains, or goes on, and writes the pack.
    ///
    /// # Errors
    /// `Configuration` for settings that are unusable and for a loss that is no number any more; `Input` for data
    /// that cannot be learned from; `Io`.
    fn train(&self, job: &Job<'_>) -> Result<Report>;

    /// Tries one step and says what training would take.
    ///
    /// # Errors
    /// As [`Trainer::train`].
    fn dry_run(&self, job: &Job<'_>) -> Result<String>;

    /// Scores one split of a table with a trained pack and writes predictions that `indicia eval score` reads.
    /// Returns what they come to.
    ///
    /// # Errors
    /// As [`Trainer::train`].
    fn evaluate(&self, job: &Job<'_>, pack: &Path, split: &str) -> Result<String>;
}

/// What the user asked for.
pub struct Job<'a> {
    /// The table.
    pub table: &'a Path,
    /// The configuration in TOML; the trainer's own if `None`.
    pub config: Option<&'a str>,
    /// Folder of the pack, or the file of predictions.
    pub out: &'a Path,
    /// Whether a run in that folder goes on.
    pub resume: bool,
    /// Seed instead of the configuration's.
    pub seed: Option<u64>,
    /// Whether format, size and compression are made alike between the classes; `None` as the configuration says.
    pub equalise: Option<bool>,
    /// Threads that load data.
    pub threads: usize,
    /// Bounds for each file.
    pub limits: Limits,
    /// Ends training after the step in hand when set; a checkpoint is kept.
    pub stop: &'a AtomicBool,
    /// Who is told how it goes.
    pub watch: &'a dyn Watch,
}

/// How training goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub total: u64,
    /// Mean loss since the last line of the log.
    pub loss: f64,
    /// Name and value of the metric at the last validation.
    pub metric: Option<(String, f64)>,
    /// Items a second, lately.
    pub speed: f64,
}

/// Is told how training goes.
pub trait Watch: Sync {
    /// After each step.
    fn step(&self, progress: &Progress);

    /// Something that a user should know.
    fn say(&self, text: &str);
}

/// What training came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whether it is finished; else it was stopped and can go on.
    pub finished: bool,
    /// A few lines for people.
    pub text: String,
    /// What was measured, as the pack's `config.json` has it.
    pub results: Value,
}
