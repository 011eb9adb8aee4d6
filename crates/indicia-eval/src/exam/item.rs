use std::collections::HashSet;
use std::path::Path;

use indicia_core::{Error, Result};

use crate::table::{Cell, Record, TableReader, hash};

/// A question with its options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExamItem {
    /// Number of its row, the first after the header being 1.
    pub row: u64,
    /// Its index: what answers refer to.
    pub index: String,
    /// The question.
    pub question: String,
    /// What is said before the question.
    pub hint: Option<String>,
    /// Letters with their texts, in the order of letters.
    pub options: Vec<(char, String)>,
    /// The right letter.
    pub answer: Option<char>,
    /// Category; [`super::Category`] takes it apart.
    pub category: Option<String>,
    /// Split.
    pub split: Option<String>,
    /// Pictures as base64, or the index of the item whose pictures it shares.
    pub pictures: Vec<String>,
    /// Paths of pictures, where the table names files.
    pub paths: Vec<String>,
}

/// Longest field that is the index of another item instead of a picture, as in VLMEvalKit.
const REFERENCE: usize = 64;

impl ExamItem {
    /// The index of the item whose pictures it shares.
    pub fn reference(&self) -> Option<&str> {
        match &self.pictures[..] {
            [one] if one.len() <= REFERENCE => Some(one),
            _ => None,
        }
    }
}

/// Reads the items of an exam row by row: VLMEvalKit's tab-separated layout, or the same columns as CSV, JSON
/// Lines or Parquet. One row is in memory at a time, and 16 bytes an item to tell repeated indices.
///
/// Columns: `index`, `question`, options `A` to `Z` (empty where there are fewer), `answer`, and where there
/// are any `hint`, `category`, `split`, `image` (base64, one or a list), `image_path`. Names other than single
/// capital letters are taken in any case.
pub struct ExamReader {
    table: TableReader,
    fixed: [Option<usize>; FIXED.len()],
    letters: Vec<(char, usize)>,
    seen: HashSet<u128>,
}

const FIXED: [&str; 8] = ["index", "question", "hint", "answer", "category", "split", "image", "image_path"];

impl ExamReader {
    /// Opens an exam.
    ///
    /// # Errors
    /// Those of [`TableReader::open`]; `Input` without the columns `index`, `question`, `answer` and two
    /// options.
    pub fn open(path: &Path) -> Result<Self> {
        let table = TableReader::open(path)?;
        let names = table.columns();
        let fixed = FIXED.map(|wanted| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)));
        for needed in ["index", "question", "answer"] {
            if names.iter().all(|name| !name.eq_ignore_ascii_case(needed)) {
                table.require(needed)?;
            }
        }
        let letter = |name: &String| {
            let mut chars = name.chars();
            chars.next().filter(|c| c.is_ascii_uppercase() && chars.next().is_none())
        };
        let mut letters: Vec<(char, usize)> =
            names.iter().enumerate().filter_map(|(place, name)| Some((letter(name)?, place))).collect();
        letters.sort_unstable();
        if letters.len() < 2 {
            return Err(Error::input(format!(
                "{} has {} columns of options, expected at least two (A, B, ...)",
                path.display(),
                letters.len()
            )));
        }
        Ok(Self { table, fixed, letters, seen: HashSet::new() })
    }

    /// The next item, `None` after the last.
    ///
    /// # Errors
    /// `Input` with row and column for a missing index or question, an index for the second time, an answer
    /// that is none of the options.
    pub fn next_item(&mut self) -> Result<Option<ExamItem>> {
        let Some(mut record) = self.table.next_record()? else { return Ok(None) };
        let row = record.row;
        let fixed = self.fixed;
        let mut take = |place: usize| fixed[place].map(|column| record.take(column)).unwrap_or_default();
        let [index, question, hint, answer, category, split] = [0, 1, 2, 3, 4, 5].map(&mut take);
        let (pictures, paths) = (take(6), take(7));
        let at = |column: &str, message: String| self.table.at(row, column, &Error::input(message));
        let index = self.needed(row, "index", index)?;
        if !self.seen.insert(hash(&[&index])) {
            return Err(at("index", format!("{index} for the second time")));
        }
        let question = self.needed(row, "question", question)?;
        let options = self.options(&mut record);
        if options.is_empty() {
            return Err(at("A", "expected options, got none".to_owned()));
        }
        let answer = match answer.into_text() {
            None => None,
            Some(text) => {
                let letter = options.iter().map(|(letter, _)| *letter).find(|l| text.trim() == l.to_string());
                if letter.is_none() {
                    let letters: String = options.iter().map(|(letter, _)| *letter).collect();
                    return Err(at("answer", format!("expected one of the options {letters}, got {text:?}")));
                }
                letter
            }
        };
        Ok(Some(ExamItem {
            row,
            index,
            question,
            hint: hint.into_text(),
            options,
            answer,
            category: category.into_text(),
            split: split.into_text(),
            pictures: list(pictures),
            paths: list(paths),
        }))
    }

    /// An error in one value, with file, row and column.
    pub fn at(&self, row: u64, column: &str, error: &Error) -> Error {
        self.table.at(row, column, error)
    }

    fn needed(&self, row: u64, column: &str, cell: Cell) -> Result<String> {
        let nothing = || {
            self.table.at(row, column, &Error::input(format!("expected {}, got nothing", article(column))))
        };
        cell.into_text().ok_or_else(nothing)
    }

    fn options(&self, record: &mut Record) -> Vec<(char, String)> {
        let texts = self.letters.iter().map(|(letter, place)| (*letter, record.take(*place).into_text()));
        texts.filter_map(|(letter, text)| Some((letter, text?))).collect()
    }
}

fn article(column: &str) -> &'static str {
    if column == "index" { "an index" } else { "a question" }
}

/// One text or a list of them: JSON, or as Python writes a list of strings (the released code evaluates it).
fn list(cell: Cell) -> Vec<String> {
    let text = match cell {
        Cell::Json(serde_json::Value::Array(items)) => {
            let text = |item| match item {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            return items.into_iter().map(text).collect();
        }
        other => match other.into_text() {
            Some(text) => text,
            None => return vec![],
        },
    };
    let Some(inner) = text.trim().strip_prefix('[').and_then(|t| t.strip_suffix(']')) else {
        return vec![text];
    };
    if let Ok(items) = serde_json::from_str::<Vec<String>>(text.trim()) {
        return items;
    }
    let bare = |item: &str| item.trim().trim_matches(['\'', '"']).to_owned();
    inner.split(',').map(bare).filter(|item| !item.is_empty()).collect()
}
