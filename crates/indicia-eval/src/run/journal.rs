use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files;

/// Manifest of a run, in its folder.
pub const MANIFEST: &str = "run.json";
/// Finished pieces of work, a line each.
const JOURNAL: &str = "journal.jsonl";

/// A finished piece of work: one item under one condition, judged by every detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Place among all pieces: item times conditions plus condition.
    pub piece: u64,
    /// Row of the item.
    pub row: u64,
    /// Digest of the file, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// In the order of the detectors.
    pub answers: Vec<Answer>,
}

/// What one detector said.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Answer {
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decision: Option<bool>,
    /// Its map, relative to the run's folder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub map: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
    pub seconds: f64,
}

/// Whether there is a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    #[default]
    Ok,
    NotApplicable,
    Failed,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotApplicable => "not_applicable",
            Self::Failed => "failed",
        }
    }
}

/// The journal of a run: append-only, a line a piece, in the order of completion.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    finished: Finished,
    done: u64,
}

/// Which pieces are done, a bit each.
#[derive(Clone)]
pub(super) struct Finished(Vec<u64>);

impl Finished {
    pub(super) fn has(&self, piece: u64) -> bool {
        self.0.get((piece / 64) as usize).is_some_and(|bits| bits >> (piece % 64) & 1 == 1)
    }
}

impl Journal {
    /// Begins a run in `out`, or goes on with the one there. A last line that a kill left unfinished is cut
    /// off.
    ///
    /// # Errors
    /// `Configuration` if the folder holds a run with another manifest, naming what differs; `Input` if the
    /// journal is damaged; `Io`.
    pub(super) fn open(out: &Path, manifest: &Value, pieces: u64) -> Result<Self> {
        let refused = |e| Error::io_from(format!("cannot use {}", out.display()), e);
        fs::create_dir_all(out).map_err(refused)?;
        let place = out.join(MANIFEST);
        if place.exists() {
            let bytes = files::read(&place, 64 << 20)?;
            let earlier: Value = serde_json::from_slice(&bytes)
                .map_err(|e| Error::input_from(format!("{} is damaged", place.display()), e))?;
            if let Some(difference) = difference("", &earlier, manifest) {
                return Err(Error::configuration(format!(
                    "{} holds a run that differs: {difference} (choose another --out, or remove the folder)",
                    out.display()
                )));
            }
        } else {
            files::write_whole(&place, format!("{manifest:#}\n").as_bytes())?;
        }
        let path = out.join(JOURNAL);
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(refused)?;
        let finished = Finished(vec![0; pieces.div_ceil(64) as usize]);
        let mut journal = Self { path, file, finished, done: 0 };
        let whole = journal.scan(|journal, line| journal.note(line.piece))?;
        journal.file.set_len(whole).map_err(refused)?;
        journal.file.seek(SeekFrom::End(0)).map_err(refused)?;
        Ok(journal)
    }

    /// Pieces that are done.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// The pieces that are done so far.
    pub(super) fn finished(&self) -> Arc<Finished> {
        Arc::new(self.finished.clone())
    }

    /// Appends a finished piece.
    pub(super) fn append(&mut self, line: &Line) -> Result<()> {
        let failed =
            |e: std::io::Error| Error::io_from(format!("cannot append to {}", self.path.display()), e);
        let mut bytes = serde_json::to_vec(line).map_err(|e| failed(e.into()))?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(failed)?;
        self.note(line.piece)
    }

    /// Reads the lines in the order of their pieces. Lines that come before their turn wait in memory: as many
    /// as were done while the slowest piece was in hand.
    pub(super) fn in_order(&mut self, mut each: impl FnMut(Line) -> Result<()>) -> Result<()> {
        let (mut waiting, mut next) = (BTreeMap::new(), 0);
        self.scan(|_, line| {
            waiting.insert(line.piece, line);
            while let Some(line) = waiting.remove(&next) {
                each(line)?;
                next += 1;
            }
            Ok(())
        })?;
        waiting.into_values().try_for_each(each)
    }

    fn note(&mut self, piece: u64) -> Result<()> {
        let outside =
            || Error::input(format!("{} holds a piece {piece} of another run", self.path.display()));
        let bits = self.finished.0.get_mut((piece / 64) as usize).ok_or_else(outside)?;
        if *bits >> (piece % 64) & 1 == 1 {
            return Err(Error::input(format!("{} holds piece {piece} twice", self.path.display())));
        }
        *bits |= 1 << (piece % 64);
        self.done += 1;
        Ok(())
    }

    /// Reads every whole line. Returns the length of the whole lines.
    fn scan(&mut self, mut each: impl FnMut(&mut Self, Line) -> Result<()>) -> Result<u64> {
        let failed = |path: &Path, e| Error::io_from(format!("cannot read {}", path.display()), e);
        let mut file = File::open(&self.path).map_err(|e| failed(&self.path, e))?;
        file.rewind().map_err(|e| failed(&self.path, e))?;
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let (mut bytes, mut place) = (vec![], 0);
        loop {
            bytes.clear();
            let read = (&mut reader)
                .take(64 << 20)
                .read_until(b'\n', &mut bytes)
                .map_err(|e| failed(&self.path, e))?;
            if bytes.last() != Some(&b'\n') {
                return Ok(place);
            }
            let line = parse(&self.path, &bytes)?;
            each(self, line)?;
            place += read as u64;
        }
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Line> {
    serde_json::from_slice(bytes).map_err(|e| Error::input_from(format!("{} is damaged", path.display()), e))
}

/// The first difference between two manifests, in words.
fn difference(at: &str, earlier: &Value, now: &Value) -> Option<String> {
    match (earlier, now) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            difference(
                &format!("{at}.{key}"),
                a.get(key).unwrap_or(&Value::Null),
                b.get(key).unwrap_or(&Value::Null),
            )
        }),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| difference(&format!("{at}[{i}]"), a, b))
        }
        _ if earlier == now => None,
        _ => {
            let at = at.trim_start_matches('.');
            let short = |value: &Value| {
                let text = value.to_string();
                if text.len() > 90 {
                    format!("{}...", text.chars().take(80).collect::<String>())
                } else {
                    text
                }
            };
            Some(match at {
                "table.digest" => {
                    format!("the table changed since (its digest was {}, now {})", short(earlier), short(now))
                }
                _ => format!("{at} was {}, now {}", short(earlier), short(now)),
            })
        }
    }
}
