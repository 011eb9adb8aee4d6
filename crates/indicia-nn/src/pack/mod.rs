//! Packs: weights with what they are, where they come from and what may be done with them.
//!
//! A pack is a folder, or a ZIP archive `NAME.pack`, with
//! - `weights.safetensors`, not compressed within the archive, so that it is read where it lies;
//! - `config.json` ([`PackConfig`]): method, licence, training population, measured results, the network's own
//!   configuration;
//! - `card.md`: the same for people: data, licence, results, limits;
//! - further files that the card refers to, such as curves.
//!
//! A pack's digest is that of its content, whatever holds it: SHA-256 of what `LC_ALL=C sha256sum *` prints in the
//! folder, one line a file.

mod content;
mod info;
mod store;

use std::path::Path;
use std::sync::Arc;

use indicia_core::{Digest, Error, Result};

use content::Content;
pub use content::write_archive;
pub use info::{Licence, Measured, PackConfig, PackInfo, SCHEMA, is_name, parse_digest};
pub use store::{BuiltIn, Listed, Origin, Published, Store, published};

use crate::checkpoint::Checkpoint;

/// Name of the weights within a pack.
pub const WEIGHTS: &str = "weights.safetensors";
/// Name of the configuration within a pack.
pub const CONFIG: &str = "config.json";
/// Name of the card within a pack.
pub const CARD: &str = "card.md";
/// Ending of an archive.
pub const ENDING: &str = ".pack";

/// An open pack: its configuration and card are read, its weights are not.
#[derive(Debug)]
pub struct Pack {
    content: Content,
    info: PackInfo,
    card: String,
}

impl Pack {
    /// Opens a folder or an archive.
    ///
    /// # Errors
    /// `Io` if it cannot be read; `Configuration` if it is no pack, with what is missing or wrong.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_content(Content::open(path)?)
    }

    /// Opens an archive in memory, such as one in the binary. `name` stands for the file in errors.
    ///
    /// # Errors
    /// As [`Pack::open`].
    pub fn from_bytes(bytes: Arc<dyn AsRef<[u8]> + Send + Sync>, name: &str) -> Result<Self> {
        Self::from_content(Content::from_bytes(bytes, name)?)
    }

    fn from_content(content: Content) -> Result<Self> {
        let named = |e: Error| Error::configuration(format!("{}: {e}", content.name()));
        for needed in [CARD, CONFIG, WEIGHTS] {
            if content.bytes_of(needed).is_none() {
                let there: Vec<_> = content.files().map(|(name, _)| name.to_owned()).collect();
                let there = if there.is_empty() { "nothing".into() } else { there.join(", ") };
                return Err(Error::configuration(format!(
                    "{}: no pack: {needed} is missing, there is {there}",
                    content.name()
                )));
            }
        }
        let config = PackConfig::parse(&content.read(CONFIG)?).map_err(named)?;
        let card = String::from_utf8(content.read(CARD)?)
            .map_err(|_| Error::configuration(format!("{}: card.md is not UTF-8", content.name())))?;
        let bytes = content.files().map(|(_, bytes)| bytes).sum();
        let info = PackInfo { config, summary: info::summary(&card), bytes };
        Ok(Self { content, info, card })
    }

    /// What it is.
    pub fn info(&self) -> &PackInfo {
        &self.info
    }

    /// The card, Markdown.
    pub fn card(&self) -> &str {
        &self.card
    }

    /// The network's own configuration.
    pub fn settings(&self) -> &serde_json::Value {
        &self.info.config.settings
    }

    /// Reads all files for the digest of the content.
    ///
    /// # Errors
    /// `Io` or `Configuration` if a file cannot be read or its checksum within the archive is wrong.
    pub fn digest(&self) -> Result<Digest> {
        self.content.digest()
    }

    /// The weights, whose values are read when they are asked for.
    ///
    /// # Errors
    /// `Io` if they cannot be read, `Configuration` if they are no safetensors.
    pub fn weights(&self) -> Result<Checkpoint> {
        let name = format!("{}: {WEIGHTS}", self.content.name());
        Checkpoint::from_source(self.content.source(WEIGHTS)?, &name)
    }

    /// Copies the content into an archive at `path`, whole or not at all.
    ///
    /// # Errors
    /// `Io` if it cannot be read or written.
    pub fn copy_to(&self, path: &Path) -> Result<()> {
        content::copy(&self.content, path)
    }
}

#[cfg(test)]
mod tests;
