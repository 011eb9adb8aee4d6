use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use indicia_core::Result;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::files;
use crate::run::MANIFEST;
use crate::score::{Predictions, Scores, definitions};

/// Where numbers come from: what every one of them carries.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// Name and version of the program.
    pub tool: String,
    /// The command line.
    pub command: String,
    /// The predictions, with digests.
    pub predictions: Vec<Source>,
    /// The table of truth, with its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Source>,
}

/// A file that was read.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Its path as given.
    pub path: String,
    /// SHA-256.
    pub digest: String,
    /// What the run beside it says of table, detectors, conditions and versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Value>,
}

impl About {
    /// Describes what was read.
    ///
    /// # Errors
    /// `Io` if a file can no longer be read.
    pub fn of(predictions: &Predictions, command: String) -> Result<Self> {
        Ok(Self {
            tool: format!("indicia {}", env!("CARGO_PKG_VERSION")),
            command,
            predictions: predictions.paths().iter().map(|p| Source::of(p)).collect::<Result<_>>()?,
            table: predictions.truth().map(Source::of).transpose()?,
        })
    }

    /// Describes files that were read: answers and the table of truth.
    ///
    /// # Errors
    /// `Io` if a file can no longer be read.
    pub fn of_files(answers: &[PathBuf], table: &Path, command: String) -> Result<Self> {
        Ok(Self {
            tool: format!("indicia {}", env!("CARGO_PKG_VERSION")),
            command,
            predictions: answers.iter().map(|p| Source::of(p)).collect::<Result<_>>()?,
            table: Some(Source::of(table)?),
        })
    }

    /// One object for scores: flat if there is one series, a list `results` if there are several.
    pub fn scores(&self, scores: &[Scores], curves: bool) -> Value {
        let mut out = self.head(scores.iter());
        match scores {
            [one] => {
                if let Value::Object(one) = one.to_json(curves) {
                    out.extend(one);
                }
            }
            several => {
                let results: Vec<_> = several.iter().map(|s| s.to_json(curves)).collect();
                out.insert("results".into(), json!(results));
            }
        }
        Value::Object(out)
    }

    /// Schema, source and definitions of the metrics that occur.
    pub fn head<'s>(&self, scores: impl Iterator<Item = &'s Scores>) -> Map<String, Value> {
        let mut sections = BTreeSet::new();
        for scores in scores {
            let has = [
                ("image", scores.image.is_some()),
                ("video", scores.video.is_some()),
                ("pixel", scores.pixel.is_some()),
                ("classes", scores.classes.is_some()),
            ];
            sections.extend(has.into_iter().filter(|(_, has)| *has).map(|(name, _)| name));
            sections.extend(scores.sections.iter().map(|section| section.name));
        }
        let mut words: Map<String, Value> = Map::new();
        for (section, definition) in definitions().iter().filter(|(s, _)| sections.contains(s)) {
            let of_section = words.entry(*section).or_insert_with(|| json!({}));
            if let Some(of_section) = of_section.as_object_mut() {
                of_section.insert(definition.id.into(), json!(definition.text));
            }
        }
        let mut out = Map::new();
        out.insert("schema".into(), json!("indicia.scores/1"));
        out.insert("about".into(), json!(self));
        out.insert("definitions".into(), Value::Object(words));
        out
    }
}

impl Source {
    fn of(path: &Path) -> Result<Self> {
        let manifest = path.parent().unwrap_or(Path::new("")).join(MANIFEST);
        // A manifest that cannot be read says nothing; the predictions stand for themselves.
        let run = files::read(&manifest, 64 << 20).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Self { path: path.to_string_lossy().into_owned(), digest: files::digest(path)?.to_string(), run })
    }
}
