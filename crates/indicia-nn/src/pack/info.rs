//! What a pack says of itself.

use std::collections::BTreeMap;

use indicia_core::{Digest, Error, Result};
use serde::{Deserialize, Serialize};

/// Schema of `config.json`.
pub const SCHEMA: &str = "indicia.pack/1";

/// `config.json` of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackConfig {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Name by which the pack is found: letters, digits, dots, dashes and underscores.
    pub name: String,
    /// Id of the method that the weights are for.
    pub method: String,
    /// Version of the weights, the publisher's own.
    pub version: String,
    /// Licence of the weights.
    pub licence: Licence,
    /// What the weights were trained on, in a sentence or two; scores mean nothing on what is unlike it.
    pub population: String,
    /// What was measured, with the data and the command.
    #[serde(default)]
    pub results: Vec<Measured>,
    /// The network's own configuration, which its method reads.
    #[serde(default)]
    pub settings: serde_json::Value,
    /// How the weights came about: seeds, digests of tables, the command.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub training: BTreeMap<String, serde_json::Value>,
}

/// A licence by its name and where its text is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX identifier, or `LicenseRef-NAME` for one that has none.
    pub id: String,
    /// Address of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What a user must know of it, such as "research only".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One measured number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Data it was measured on.
    pub on: String,
    /// Metric, as `indicia eval` names it.
    pub metric: String,
    /// Value.
    pub value: f64,
    /// The command that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// A pack at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct PackInfo {
    /// What `config.json` says.
    pub config: PackConfig,
    /// First paragraph of the card, shortened.
    pub summary: String,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Longest name of a pack or of a file in one.
const NAME: usize = 100;

/// True for a name that is a name on every system and never a path.
pub fn is_name(name: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.len() <= NAME && !name.starts_with('.') && name.chars().all(safe)
}

impl PackConfig {
    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// `Configuration` with what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let config: Self =
            serde_json::from_slice(bytes).map_err(|e| Error::configuration_from("config.json", e))?;
        config.check()?;
        Ok(config)
    }

    /// # Errors
    /// `Configuration` with what is wrong.
    pub fn check(&self) -> Result<()> {
        let wrong = |what: String| Err(Error::configuration(format!("config.json: {what}")));
        if self.schema != SCHEMA {
            return wrong(format!("schema {:?}, expected {SCHEMA:?}", self.schema));
        }
        if !is_name(&self.name) {
            return wrong(format!(
                "name {:?}, expected letters, digits, dots, dashes, underscores",
                self.name
            ));
        }
        for (word, value) in [
            ("method", &self.method),
            ("version", &self.version),
            ("licence", &self.licence.id),
            ("population", &self.population),
        ] {
            if value.trim().is_empty() {
                return wrong(format!("{word} is empty"));
            }
        }
        match self.results.iter().find(|result| !result.value.is_finite()) {
            Some(result) => wrong(format!("{} on {} is {}", result.metric, result.on, result.value)),
            None => Ok(()),
        }
    }
}

/// The first paragraph of a card that is no heading, on one line of at most 300 characters.
pub(super) fn summary(card: &str) -> String {
    const MOST: usize = 300;
    let paragraphs = card.split("\n\n").map(|p| p.lines().filter(|line| !line.trim_start().starts_with('#')));
    let lines = paragraphs.map(|lines| lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" "));
    let text = lines.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// Reads a digest as it is printed, `sha256:` and 64 hexadecimal digits.
///
/// # Errors
/// `Configuration` with what it is instead.
pub fn parse_digest(text: &str) -> Result<Digest> {
    let wrong = || Error::configuration(format!("expected sha256: and 64 hexadecimal digits, got {text:?}"));
    let digits = text.trim().strip_prefix("sha256:").filter(|d| d.len() == 64).ok_or_else(wrong)?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let value = |c: u8| char::from(c).to_digit(16);
        let (high, low) = value(pair[0]).zip(value(pair[1])).ok_or_else(wrong)?;
        *byte = (16 * high + low) as u8;
    }
    Ok(Digest::from_bytes(bytes))
}
