use std::io::Read;

use flate2::read::ZlibDecoder;
use indicia_core::{Limits, MetadataEntry};

use super::{DateField, DateRole, Metadata, SoftwareName, Timestamp};

/// Fields that are listed of one file.
pub const MAX_ENTRIES: usize = 10_000;
/// Bytes of a value; longer ones are cut and their length is told.
pub const MAX_VALUE: usize = 4096;
/// Warnings of one file.
const MAX_WARNINGS: usize = 100;
/// Names of fields come from the file too.
const MAX_NAME: usize = 256;

/// Gathers what the readers find and keeps it within bounds.
pub(crate) struct Collector<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) found: Metadata,
    /// Bytes that may still be inflated or parsed as XML.
    budget: u64,
    unlisted: u64,
    unwarned: u64,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        let budget = limits.metadata.saturating_mul(4);
        Self { limits, found: Metadata::default(), budget, unlisted: 0, unwarned: 0 }
    }

    pub(crate) fn finish(mut self) -> Metadata {
        if self.unlisted > 0 {
            let text =
                format!("{} metadata fields beyond the first {MAX_ENTRIES} are not listed", self.unlisted);
            self.found.warnings.push(text);
        }
        if self.unwarned > 0 {
            self.found.warnings.push(format!("{} more faults of the metadata are not listed", self.unwarned));
        }
        self.found
    }

    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        if self.found.warnings.len() < MAX_WARNINGS {
            self.found.warnings.push(text.into());
        } else {
            self.unwarned += 1;
        }
    }

    /// True if no more fields are listed; then a field is counted instead of read.
    pub(crate) fn skips(&mut self) -> bool {
        let full = self.found.entries.len() >= MAX_ENTRIES;
        self.unlisted += u64::from(full);
        full
    }

    /// Lists a technical field.
    pub(crate) fn fact(&mut self, group: &str, name: &str, value: impl AsRef<str>) {
        self.entry(group, name, value.as_ref(), false);
    }

    /// Lists a field.
    pub(crate) fn entry(&mut self, group: &str, name: &str, value: &str, identifying: bool) {
        self.entry_of_length(group, name, value, value.len() as u64, identifying);
    }

    /// Lists a field whose value was `length` bytes long before it was cut.
    pub(crate) fn entry_of_length(
        &mut self,
        group: &str,
        name: &str,
        value: &str,
        length: u64,
        identifying: bool,
    ) {
        if self.found.entries.len() >= MAX_ENTRIES {
            self.unlisted += 1;
            return;
        }
        self.found.entries.push(MetadataEntry {
            group: group.to_owned(),
            name: clean(cut(name, MAX_NAME)),
            value: told(value, length),
            identifying,
        });
    }

    pub(crate) fn software(&mut self, field: impl Into<String>, name: &str) {
        let name = clean(cut(name.trim(), MAX_NAME));
        if !name.is_empty() && self.found.software.len() < 256 {
            let (field, known) = (field.into(), &mut self.found.software);
            if !known.iter().any(|s| s.field == field && s.name == name) {
                known.push(SoftwareName { field, name });
            }
        }
    }

    pub(crate) fn date(&mut self, role: DateRole, field: &str, text: &str, value: Option<Timestamp>) {
        if self.found.dates.len() < 256 {
            let text = clean(cut(text, MAX_NAME));
            self.found.dates.push(DateField { role, field: field.to_owned(), text, value });
        }
    }

    /// False, with a warning, if a block is larger than the limit.
    pub(crate) fn fits(&mut self, what: &str, length: u64) -> bool {
        if length <= self.limits.metadata {
            return true;
        }
        self.warn(format!(
            "{what} of {length} bytes is not read, limit {} (raise it with --limits metadata=N)",
            self.limits.metadata
        ));
        false
    }

    /// False, with a warning, if so much more may not be worked through.
    pub(crate) fn spend(&mut self, what: &str, length: u64) -> bool {
        match self.budget.checked_sub(length) {
            Some(left) => {
                self.budget = left;
                true
            }
            None => {
                self.warn(format!(
                    "{what} is not read: compressed and XML metadata together exceed {} bytes (raise it with --limits metadata=N)",
                    self.limits.metadata.saturating_mul(4)
                ));
                false
            }
        }
    }

    /// Inflates a zlib stream. What is damaged or longer than the limit ends early, with a warning.
    pub(crate) fn inflate(&mut self, what: &str, data: &[u8]) -> Vec<u8> {
        let most = self.limits.metadata.min(self.budget);
        let mut out = vec![];
        let result = ZlibDecoder::new(data).take(most.saturating_add(1)).read_to_end(&mut out);
        if let Err(error) = result {
            self.warn(format!("{what} does not inflate to its end: {error}"));
        }
        if out.len() as u64 > most {
            out.truncate(most as usize);
            self.warn(format!(
                "{what} inflates to more than {most} bytes and is cut there (raise it with --limits metadata=N)"
            ));
        }
        self.budget -= out.len() as u64;
        out
    }
}

/// The value as it is listed: cleaned, cut, its length told if it was cut.
fn told(value: &str, length: u64) -> String {
    let head = cut(value, MAX_VALUE);
    let mut text = clean(head);
    if (head.len() as u64) < length {
        text.push_str(&format!(" ... (cut; {length} bytes in all)"));
    }
    text
}

/// The first `most` bytes, ending between characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    &text[..end]
}

/// Without surrounding blanks and NULs; control characters other than line breaks and tabs, and marks that
/// turn the direction of writing, become the replacement character, so that a value cannot disturb what
/// shows it.
pub(crate) fn clean(text: &str) -> String {
    let trimmed = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
    let disturbs = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    trimmed.chars().map(|c| if disturbs(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Bytes as text: UTF-8 where they are, else Latin-1. Ends at the first NUL.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    utf8_or_latin1(&bytes[..end])
}

/// Bytes as text: UTF-8 where they are, else Latin-1.
pub(crate) fn utf8_or_latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

/// UTF-16 bytes as text, up to the first NUL. A last odd byte is dropped.
pub(crate) fn utf16(bytes: &[u8], big_endian: bool) -> String {
    let units = bytes.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    char::decode_utf16(units.take_while(|&u| u != 0))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
