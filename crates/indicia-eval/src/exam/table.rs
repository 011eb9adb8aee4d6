use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};
use serde_json::{Map, Value};

use super::pictures::Pictures;
use super::{Answers, Category, ExamReader, Rules, VIEWS, extract};
use crate::files;
use crate::table::{Cell, Column, ColumnType, TableReader, TableWriter, hash};

/// What was written of an exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted {
    /// Items.
    pub items: u64,
    /// Items with pictures.
    pub with_pictures: u64,
}

/// Columns of the table, besides those of [`VIEWS`].
const COLUMNS: [&str; 10] =
    ["path", "index", "question", "hint", "options", "class", "category", "split", "pictures", "group"];

/// Writes an exam as a table of items: `path` (its first picture; without pictures its index), `question`,
/// `options` (a JSON record by letter), `class` (the right letter), the five views, `category`, and where
/// there are any `hint`, `split` and `pictures` (a JSON list, of items with several). Items that share their
/// pictures have the same `group`. There is no column `label`: real items are a value of the views like any
/// other.
///
/// Predictions with `path` and `predicted_class` are then scored by the protocols `forensics-bench/...`.
///
/// Memory goes with the number of items and the length of a row, not with the size of the file.
///
/// # Errors
/// Those of [`ExamReader::next_item`], with row and column; `Input` for a category that is not of five fields
/// and for pictures that cannot be read; `Io`. The table is written whole or not at all; pictures that were
/// written before the error stay.
pub fn convert(exam: &Path, out: &Path, pictures: Option<&Path>) -> Result<Converted> {
    let pictures = pictures.map(|folder| Pictures::write(exam, folder)).transpose()?;
    let mut reader = ExamReader::open(exam)?;
    let columns = COLUMNS.iter().chain(&VIEWS).map(|name| Column::new(*name, ColumnType::Text));
    let mut writer = TableWriter::create(out, columns.collect())?;
    let mut converted = Converted { items: 0, with_pictures: 0 };
    while let Some(item) = reader.next_item()? {
        let at = |column: &str, error: &Error| reader.at(item.row, column, error);
        let category = item.category.as_deref().unwrap_or_default();
        let fields = Category::parse(category).map_err(|e| at("category", &e))?.fields;
        let Some(class) = item.answer else {
            return Err(at("answer", &Error::input("expected the right option, got nothing")));
        };
        let files: Vec<String> = match &pictures {
            Some(pictures) => pictures.of(&item.index).iter().map(|path| place(path, out)).collect(),
            None => item.paths.clone(),
        };
        converted.items += 1;
        converted.with_pictures += u64::from(!files.is_empty());
        let options: Map<String, Value> =
            item.options.iter().map(|(letter, text)| (letter.to_string(), text.as_str().into())).collect();
        let several = (files.len() > 1).then(|| Cell::Json(files.clone().into()));
        let group = item.reference().unwrap_or(&item.index).to_owned();
        let mut cells: Vec<Cell> = vec![
            files.into_iter().next().unwrap_or_else(|| item.index.clone()).into(),
            item.index.into(),
            item.question.into(),
            item.hint.into(),
            Cell::Json(Value::Object(options)),
            class.to_string().into(),
            category.into(),
            item.split.into(),
            several.unwrap_or_default(),
            group.into(),
        ];
        cells.extend(fields.iter().map(|field| Cell::from(*field)));
        writer.push(&cells)?;
    }
    if converted.items == 0 {
        return Err(Error::input(format!("{} has no rows", exam.display())));
    }
    writer.finish()?;
    Ok(converted)
}

/// A file as a table writes it: relative where it lies below the table's folder.
fn place(file: &Path, table: &Path) -> String {
    let file = files::absolute(file);
    let folder = PathBuf::from(files::absolute(table));
    let folder = folder.parent().unwrap_or(Path::new(""));
    match Path::new(&file).strip_prefix(folder) {
        Ok(relative) => relative.to_string_lossy().into_owned(),
        Err(_) => file,
    }
}

/// Writes predictions of models for a table that [`convert`] wrote: `path`, `class`, `predicted_class` (`Z` for
/// none), `told_by`, `detector`. Items without an answer are left out.
///
/// # Errors
/// `Input` for a table without the columns `path`, `index`, `options` and `class`, and for answers to items
/// that it does not have; `Io`.
pub fn write_predictions(table: &Path, answers: &[Answers], rules: &Rules, out: &Path) -> Result<()> {
    let names = ["path", "class", "predicted_class", "told_by", "detector"];
    let mut writer = TableWriter::create(out, names.map(|n| Column::new(n, ColumnType::Text)).to_vec())?;
    let mut known = HashSet::new();
    let mut reader = TableReader::open(table)?;
    let mut places = [0; 4];
    for (place, name) in places.iter_mut().zip(["path", "index", "options", "class"]) {
        *place = reader.require(name)?;
    }
    while let Some(record) = reader.next_record()? {
        let [path, index, options, class] = places.map(|place| record.cell(place));
        let index = index.text().unwrap_or_default();
        known.insert(hash(&[&index]));
        let at = |e: Error| reader.at(record.row, "options", &e);
        let texts: BTreeMap<char, String> = match options.json().map_err(at)?.as_deref() {
            Some(options) => serde_json::from_value(options.clone())
                .map_err(|e| at(Error::input_from("expected a record of options by letter", e)))?,
            None => return Err(at(Error::input("expected a record of options by letter, got nothing"))),
        };
        let options: Vec<(char, String)> = texts.into_iter().collect();
        for answers in answers {
            let Some(text) = answers.of(&index) else { continue };
            let told = extract(text, &options, rules);
            let how = serde_json::to_value(told.how).unwrap_or_default();
            let cells = [
                path.clone(),
                class.clone(),
                told.chosen.letter().to_string().into(),
                how.as_str().into(),
                answers.name.as_str().into(),
            ];
            writer.push(&cells)?;
        }
    }
    for answers in answers {
        answers.check(&known)?;
    }
    writer.finish()
}
