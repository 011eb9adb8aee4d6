//! What of a data set is done, so that a stopped command goes on.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicia_eval::files::WholeFile;
use indicia_synthesis::forge::Document;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table;

/// Histories of a finished data set.
pub const HISTORIES: &str = "histories.jsonl";
/// The journal of one that is being made.
const JOURNAL: &str = "journal.jsonl";

/// One forgery, made or not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Its files are written.
    Made(Box<Document>),
    /// No source served.
    Failed {
        /// Its number.
        number: u64,
        /// Id of its kind.
        kind: Option<String>,
        /// Each source that was tried, with what stood against it.
        reasons: Vec<(String, String)>,
    },
}

impl Line {
    fn number(&self) -> u64 {
        match self {
            Self::Made(document) => document.number,
            Self::Failed { number, .. } => *number,
        }
    }
}

/// The failures of a data set: kind, and sources with reasons.
pub type Failure = (Option<String>, Vec<(String, String)>);

/// An open journal.
pub struct Journal {
    folder: PathBuf,
    file: File,
    lines: BTreeMap<u64, Line>,
}

impl Journal {
    /// Begins a data set in a folder, or goes on with one that was begun with the same settings.
    ///
    /// # Errors
    /// If the folder holds a finished one or one with other settings.
    pub fn open(folder: &Path, settings: &Value) -> Result<Self> {
        let path = folder.join(JOURNAL);
        if folder.join(HISTORIES).exists() {
            bail!("{} already holds a data set, choose another folder", folder.display());
        }
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut lines = BTreeMap::new();
        // Bytes of whole lines; a line that a crash cut off is written over.
        let mut whole = 0;
        if path.exists() {
            let mut file = BufReader::new(File::open(&path).with_context(|| named(&path))?);
            let mut text = String::new();
            while file.read_line(&mut text).with_context(|| named(&path))? > 0 && text.ends_with('\n') {
                if whole == 0 {
                    let begun: Value = serde_json::from_str(&text).with_context(|| named(&path))?;
                    if begun != *settings {
                        bail!(
                            "{} holds a data set begun with other options: {}",
                            folder.display(),
                            differences(&begun, settings)
                        );
                    }
                } else {
                    let line: Line = serde_json::from_str(&text).with_context(|| named(&path))?;
                    let there = match &line {
                        Line::Made(document) => document.files().all(|f| folder.join(&f.path).is_file()),
                        Line::Failed { .. } => true,
                    };
                    if there {
                        lines.insert(line.number(), line);
                    }
                }
                whole += text.len() as u64;
                text.clear();
            }
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let mut file = file.with_context(|| named(&path))?;
        file.set_len(whole).with_context(|| named(&path))?;
        std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).with_context(|| named(&path))?;
        if whole == 0 {
            writeln!(file, "{settings}").with_context(|| named(&path))?;
        }
        Ok(Self { folder: folder.to_owned(), file, lines })
    }

    /// True if a forgery is made or cannot be.
    pub fn has(&self, number: u64) -> bool {
        self.lines.contains_key(&number)
    }

    /// How many are.
    pub fn done(&self) -> usize {
        self.lines.len()
    }

    /// Notes one.
    pub fn push(&mut self, line: Line) -> Result<()> {
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        self.file.write_all(text.as_bytes()).with_context(|| named(&self.folder.join(JOURNAL)))?;
        self.lines.insert(line.number(), line);
        Ok(())
    }

    /// Writes table and histories in the order of numbers and removes the journal.
    pub fn finish(self, table: &Path) -> Result<(Vec<Document>, Vec<Failure>)> {
        let (mut documents, mut failures) = (vec![], vec![]);
        for line in self.lines.into_values() {
            match line {
                Line::Made(document) => documents.push(*document),
                Line::Failed { kind, reasons, .. } => failures.push((kind, reasons)),
            }
        }
        finish(&self.folder, table, &documents)?;
        let journal = self.folder.join(JOURNAL);
        fs::remove_file(&journal).with_context(|| format!("cannot remove {}", journal.display()))?;
        Ok((documents, failures))
    }
}

/// Writes table and histories.
pub fn finish(folder: &Path, table: &Path, documents: &[Document]) -> Result<()> {
    table::write(table, documents)?;
    let path = folder.join(HISTORIES);
    let mut file = WholeFile::create(&path)?;
    for document in documents {
        writeln!(file, "{}", serde_json::to_string(document)?).with_context(|| named(&path))?;
    }
    Ok(file.finish()?)
}

fn named(path: &Path) -> String {
    format!("cannot use {}", path.display())
}

/// The settings that differ.
fn differences(begun: &Value, now: &Value) -> String {
    let (Value::Object(begun), Value::Object(now)) = (begun, now) else { return "unreadable".into() };
    let differ = now.iter().filter(|(name, value)| begun.get(*name) != Some(value));
    differ
        .map(|(name, value)| format!("{name} was {}, is {value}", begun.get(name).unwrap_or(&Value::Null)))
        .collect::<Vec<_>>()
        .join("; ")
}
