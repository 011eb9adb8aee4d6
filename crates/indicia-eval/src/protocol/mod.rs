//! Protocols: which items a detector learns from, which it is judged on, under which conditions, and what is
//! reported. Each is a small TOML file; the usual ones are built in.

mod builtin;
mod derived;
mod design;
mod filter;
mod gaps;
mod plan;
mod summary;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use std::path::Path;

use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

pub use builtin::{builtin, names};
pub use derived::{Derived, MEASURES};
pub use design::{Cell, Design, Values};
pub(crate) use filter::names_nothing;
pub use filter::{Filter, Rule};
pub use plan::Plan;
pub use summary::{Average, CellScores, ProtocolReport, SubgroupScores, score};

use crate::{files, score};

/// Largest protocol file, bytes.
const LARGEST: u64 = 1 << 20;

/// A protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Short name, such as `df40/1`.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// What it measures and how it differs from the published one, if it does.
    #[serde(default)]
    pub description: String,
    /// Where it was published.
    #[serde(default)]
    pub source: String,
    /// What is done to the items before they are judged; each condition is scored by itself.
    #[serde(default = "clean")]
    pub conditions: Vec<String>,
    /// Rows that take part at all.
    #[serde(default)]
    pub keep: Filter,
    /// Training and test sets.
    #[serde(default)]
    pub design: Design,
    /// Columns for whose values everything is reported separately too.
    #[serde(default)]
    pub subgroups: Vec<String>,
    /// A column over whose values metrics are averaged first, within each subgroup: macro of macro.
    #[serde(default)]
    pub mean_over: Option<String>,
    /// Column of the family of an item's class: attribution is measured by families too.
    #[serde(default)]
    pub family: Option<String>,
    /// Metrics, by id, in the order in which they are shown. The first is the one that is compared.
    #[serde(default = "usual_metrics")]
    pub metrics: Vec<String>,
}

fn clean() -> Vec<String> {
    vec!["clean".to_owned()]
}

fn usual_metrics() -> Vec<String> {
    ["auc", "ap", "eer", "balanced_accuracy", "tpr_at_fpr_0.01"].map(str::to_owned).to_vec()
}

impl Protocol {
    /// Reads a protocol from a file, or takes the built-in one of this name.
    ///
    /// # Errors
    /// `Configuration` if there is neither, or the file is no protocol: what is wrong and in which line.
    pub fn load(name: &str) -> Result<Self> {
        if let Some(text) = builtin(name) {
            return Self::parse(text, name);
        }
        let path = Path::new(name);
        if !path.exists() {
            return Err(Error::configuration(format!(
                "there is no file and no protocol {name:?}; built in are: {}",
                names().collect::<Vec<_>>().join(", ")
            )));
        }
        let bytes = files::read(path, LARGEST)?;
        let text = String::from_utf8(bytes)
            .map_err(|e| Error::configuration_from(format!("{name} is not UTF-8"), e))?;
        Self::parse(&text, name)
    }

    /// Reads a protocol from TOML.
    ///
    /// # Errors
    /// `Configuration` that says what is wrong and in which line.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let protocol: Self = toml::from_str(text).map_err(|e| {
            Error::configuration(format!("{name} is no protocol: {}", e.to_string().trim_end()))
        })?;
        let wrong = |what: &str| Err(Error::configuration(format!("{name}: {what}")));
        if protocol.conditions.is_empty() {
            return wrong("conditions is empty, expected at least \"clean\"");
        }
        if protocol.metrics.is_empty() {
            return wrong("metrics is empty, expected at least one");
        }
        if let Some(unknown) = protocol.metrics.iter().find(|m| score::definition(m).is_none()) {
            return wrong(&format!("there is no metric {unknown:?} (indicia eval metrics lists them)"));
        }
        protocol.design.check().map_err(|e| Error::configuration(format!("{name}: {e}")))?;
        Ok(protocol)
    }

    /// Columns that a table needs for it, besides `path` and `label`.
    pub fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = self.keep.columns().map(str::to_owned).collect();
        columns.extend(self.design.columns());
        columns.extend(self.subgroups.iter().chain(&self.mean_over).chain(&self.family).cloned());
        columns.sort();
        columns.dedup();
        columns
    }
}
