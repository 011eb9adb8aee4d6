//! Label lists of ForgeryNet (He et al., ForgeryNet: A Versatile Benchmark for Comprehensive Forgery Analysis,
//! CVPR 2021), as items of a table.
//!
//! A line of an image list is `name binary triple 16cls`; of a video list `count name`, as often as `count`
//! says `start length fake/real`, then the three labels (the data set's label construction file). Lists are
//! read line by line in constant memory.
//!
//! Items have the columns `label` (1 for fake), `method` (the approach, of fakes), `class` (one of 16:
//! `real` or the approach), `family` (one of three: `real`, `identity_replaced`, `identity_remained`), and of
//! videos `segments` (a JSON list of `{"start", "end"}` of the fake ones, in frames, the end not included),
//! `frames`, `segment_count`. The family follows from the approach, as the paper groups them; that the list's own
//! number of three agrees with one family throughout is checked, as the order of the two is nowhere written.

mod line;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};

use crate::files;
use crate::table::Item;
use line::Families;

/// The 16 classes by their number.
pub const CLASSES: [&str; 16] = [
    "real",
    "FaceShifter",
    "FSGAN",
    "DeepFakes",
    "BlendFace",
    "MMReplacement",
    "DeepFakes-StarGAN-Stack",
    "Talking-head-Video",
    "ATVG-Net",
    "StarGAN-BlendFace-Stack",
    "First-Order-Motion",
    "StyleGAN2",
    "MaskGAN",
    "StarGAN2",
    "SC-FEGAN",
    "DiscoFaceGAN",
];

/// The three classes.
pub const FAMILIES: [&str; 3] = ["real", "identity_replaced", "identity_remained"];

/// Which of [`FAMILIES`] each of [`CLASSES`] is of.
const FAMILY_OF: [usize; 16] = [0, 1, 1, 1, 1, 1, 1, 2, 2, 1, 2, 2, 2, 2, 2, 2];

/// Longest line, bytes: some hundred thousand segments.
const LINE_LIMIT: u64 = 4 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Images,
    Videos,
}

/// The items of a list, line by line.
pub struct Items {
    kind: Kind,
    path: PathBuf,
    file: BufReader<File>,
    line: Vec<u8>,
    row: u64,
    families: Families,
}

/// Reads a list of images.
///
/// # Errors
/// `Io` if it cannot be read. Items are errors (`Input` with file, line and what was expected) where a line is
/// none of an image list, or its labels contradict each other.
pub fn images(path: &Path) -> Result<Items> {
    Items::open(path, Kind::Images)
}

/// Reads a list of videos.
///
/// # Errors
/// As [`images`]; items are errors too where segments overlap, or there are fake ones in a real video or none in
/// a fake one.
pub fn videos(path: &Path) -> Result<Items> {
    Items::open(path, Kind::Videos)
}

impl Items {
    fn open(path: &Path, kind: Kind) -> Result<Self> {
        let file = BufReader::with_capacity(1 << 16, files::open(path)?);
        let families = Families::default();
        Ok(Self { kind, path: path.to_owned(), file, line: vec![], row: 0, families })
    }

    fn read(&mut self) -> Result<Option<Item>> {
        loop {
            self.line.clear();
            let count = (&mut self.file)
                .take(LINE_LIMIT)
                .read_until(b'\n', &mut self.line)
                .map_err(|e| Error::io_from(format!("cannot read {}", self.path.display()), e))?;
            if count == 0 {
                return Ok(None);
            }
            self.row += 1;
            if count as u64 == LINE_LIMIT {
                return Err(Error::limits(format!(
                    "{}: line {} has more than {LINE_LIMIT} bytes",
                    self.path.display(),
                    self.row
                )));
            }
            if self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let parsed = match std::str::from_utf8(&self.line) {
                Err(_) => Err(Error::input("expected UTF-8 text")),
                Ok(text) if self.kind == Kind::Images => line::image(text, &mut self.families),
                Ok(text) => line::video(text, &mut self.families),
            };
            let in_line = |e: Error| Error::input(format!("{}: line {}: {e}", self.path.display(), self.row));
            return parsed.map(|item| Some(Item { row: self.row, ..item })).map_err(in_line);
        }
    }
}

impl Iterator for Items {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
