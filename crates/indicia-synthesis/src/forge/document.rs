use indicia_core::{Digest, Error, Result};
use serde::{Deserialize, Serialize};

use super::plan::Job;
use super::recipe::{Made, Recipe};

/// Name and number of the format of a [`Document`].
pub const FORMAT: &str = "indicia.forge/1";

/// A file of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path from the data set's folder.
    pub path: String,
    /// SHA-256 of its bytes, `sha256:...`.
    pub digest: String,
}

/// The history of a forgery and its twin: a line of `histories.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// Version that made the files.
    pub version: String,
    /// Number in the data set, from 0.
    pub number: u64,
    /// Seed of the data set.
    pub seed: u64,
    /// Id of the kind; nothing for an authentic picture.
    pub kind: Option<String>,
    /// Id of the preset, if one was used.
    pub preset: Option<String>,
    /// Split that the source belongs to.
    pub split: Option<String>,
    /// Columns of the files.
    pub width: usize,
    /// Rows of the files.
    pub height: usize,
    /// Pixels of the mask.
    pub altered: usize,
    /// The forgery, or the authentic picture.
    pub picture: FileEntry,
    /// Mask of what was altered.
    pub mask: Option<FileEntry>,
    /// Mask of where copied content came from.
    pub copied_from: Option<FileEntry>,
    /// The authentic twin.
    pub twin: Option<FileEntry>,
    /// What makes the files.
    pub recipe: Recipe,
}

impl Document {
    /// The history of files that were just made.
    pub fn new(
        job: &Job,
        seed: u64,
        preset: Option<&str>,
        split: Option<&str>,
        recipe: Recipe,
        made: &Made,
    ) -> Self {
        let kind = job.kind.map(|kind| kind.info().id);
        let stem = format!("{:06}_{}", job.number, preset.or(kind).unwrap_or("authentic"));
        let ending = recipe.save.ending();
        let entry = |path: String, bytes: &[u8]| FileEntry { path, digest: Digest::of(bytes).to_string() };
        let optional = |bytes: &Option<Vec<u8>>, path: String| bytes.as_ref().map(|b| entry(path, b));
        Self {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            number: job.number,
            seed,
            kind: kind.map(str::to_owned),
            preset: preset.map(str::to_owned),
            split: split.map(str::to_owned),
            width: made.width,
            height: made.height,
            altered: made.altered,
            picture: entry(format!("images/{stem}.{ending}"), &made.picture),
            mask: optional(&made.mask, format!("masks/{stem}.png")),
            copied_from: optional(&made.copied_from, format!("masks/{stem}.source.png")),
            twin: optional(&made.twin, format!("images/{stem}.twin.{ending}")),
            recipe,
        }
    }

    /// Reads a line of `histories.jsonl`.
    ///
    /// # Errors
    /// `Input` if it is no such line, of another format, or names files outside the data set's folder.
    pub fn parse(line: &str) -> Result<Self> {
        let document: Self = serde_json::from_str(line)
            .map_err(|e| Error::input_from(format!("expected a history of the format {FORMAT}"), e))?;
        if document.format != FORMAT {
            return Err(Error::input(format!("expected the format {FORMAT}, got {:?}", document.format)));
        }
        let inside = |path: &str| {
            let mut parts = path.split('/');
            matches!(parts.next(), Some("images" | "masks"))
                && parts.next().is_some_and(|name| {
                    !name.is_empty() && name != ".." && name != "." && !name.contains(['\\', ':', '\0'])
                })
                && parts.next().is_none()
        };
        if let Some(file) = document.files().find(|file| !inside(&file.path)) {
            return Err(Error::input(format!("expected files in images/ and masks/, got {:?}", file.path)));
        }
        Ok(document)
    }

    /// The files that it names.
    pub fn files(&self) -> impl Iterator<Item = &FileEntry> {
        [Some(&self.picture), self.mask.as_ref(), self.copied_from.as_ref(), self.twin.as_ref()]
            .into_iter()
            .flatten()
    }

    /// Paths and bytes of the files, from what the recipe made.
    ///
    /// # Errors
    /// `Input` if other files were made than the document names.
    pub fn with_bytes<'a>(&'a self, made: &'a Made) -> Result<Vec<(&'a FileEntry, &'a [u8])>> {
        let pairs =
            [(&self.mask, &made.mask), (&self.copied_from, &made.copied_from), (&self.twin, &made.twin)];
        let mut files = vec![(&self.picture, made.picture.as_slice())];
        for (entry, bytes) in pairs {
            match (entry, bytes) {
                (Some(entry), Some(bytes)) => files.push((entry, bytes)),
                (None, None) => {}
                _ => {
                    return Err(Error::input(format!(
                        "history {} names other files than its recipe makes",
                        self.number
                    )));
                }
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::{MaskRule, Save, Source};

    fn document() -> (Document, Made) {
        let source = Source {
            path: "a.jpg".into(),
            digest: "sha256:0".into(),
            group: "a".into(),
            domain: None,
            quality: Some(90),
            width: 64,
            height: 64,
        };
        let recipe = Recipe {
            source,
            donor: None,
            size: None,
            before: vec![],
            edit: None,
            after: vec![],
            save: Save::Png,
            mask: MaskRule::Any,
            twin: true,
        };
        let made = Made {
            picture: b"abc".to_vec(),
            mask: Some(vec![1]),
            copied_from: None,
            twin: Some(vec![2]),
            width: 64,
            height: 64,
            altered: 7,
        };
        let job = Job { number: 12, kind: Some(crate::forge::Kind::Splice), sources: vec![0] };
        (Document::new(&job, 3, None, Some("train"), recipe, &made), made)
    }

    #[test]
    fn documents_name_their_files_and_survive_being_written() {
        let (document, made) = document();
        let paths: Vec<&str> = document.files().map(|file| file.path.as_str()).collect();
        assert_eq!(
            paths,
            ["images/000012_splice.png", "masks/000012_splice.png", "images/000012_splice.twin.png"]
        );
        assert!(document.picture.digest.starts_with("sha256:ba7816bf"));
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(Document::parse(&text).unwrap(), document);
        let bytes: Vec<&[u8]> = document.with_bytes(&made).unwrap().into_iter().map(|(_, b)| b).collect();
        assert_eq!(bytes, [&b"abc"[..], &[1], &[2]]);
        assert!(document.with_bytes(&Made { twin: None, ..made }).is_err());
    }

    #[test]
    fn documents_of_other_formats_or_with_files_elsewhere_are_refused() {
        let text = serde_json::to_string(&document().0).unwrap();
        for place in [
            "../x.png",
            "/etc/x",
            "images/../x",
            "images/..",
            "images/",
            "images",
            "x.png",
            "masks/a/b",
            "images/c:x",
        ] {
            let moved = text.replace("images/000012_splice.png", place);
            let error = Document::parse(&moved).unwrap_err().to_string();
            assert!(error.contains("expected files in images/ and masks/"), "{place}: {error}");
        }
        let error = Document::parse(&text.replace(FORMAT, "indicia.forge/9")).unwrap_err().to_string();
        assert!(error.contains("got \"indicia.forge/9\""), "{error}");
        assert!(Document::parse("{}").is_err() && Document::parse("").is_err());
    }
}
