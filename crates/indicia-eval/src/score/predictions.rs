use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};

use super::intern::{Interner, NONE};
use super::retrieval;
use crate::metrics::binary::ScoreKind;
use crate::table::{Cell, Faults, Record, TableReader, label_of, resolve};

/// Columns that say to which series of answers a row belongs.
const SERIES: [&str; 5] = ["detector", "condition", "trained_on", "seed", "score_kind"];

/// Columns of predictions and of truth that hold a list or a text for one item.
pub(crate) const CONTENT: &[&str] = &[
    "mask",
    "predicted_mask",
    "boxes",
    "predicted_boxes",
    "spans",
    "predicted_spans",
    "segments",
    "predicted_segments",
    "text",
    "predicted_text",
    "tokens",
    "class",
    "predicted_class",
    "reference",
    retrieval::RETURNED,
    "answer",
    "predicted_answer",
    "pair",
    "predicted_classes",
    "confidence",
];

/// Answers of one detector under one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Detector; the name of the file if there is no column `detector`.
    pub detector: String,
    /// What was done to the items: `clean` if there is no column `condition`.
    pub condition: String,
    /// Name of the training set, empty if there is no column `trained_on`.
    pub trained_on: String,
    /// Seed of the training, empty if there is no column `seed`.
    pub seed: String,
    /// What the scores mean, if a column `score_kind` says it.
    pub score_kind: Option<ScoreKind>,
}

/// Whether an item has a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Scored,
    NotApplicable,
    Failed,
}

/// One prediction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub score: f64,
    pub row: u32,
    pub item: u32,
    pub series: u32,
    pub group: u32,
    pub label: Option<bool>,
    pub decision: Option<bool>,
    pub status: Status,
    /// Which of the files.
    pub file: u16,
}

/// Predictions in memory, joined with their truth; some 40 bytes a row and what further columns need.
#[derive(Debug)]
pub struct Predictions {
    paths: Vec<PathBuf>,
    pub(crate) texts: Interner,
    pub(crate) series: Vec<Series>,
    pub(crate) rows: Vec<Row>,
    /// Codes of the texts in further columns, in the order of the rows.
    columns: Vec<(String, Vec<u32>)>,
    /// Paths of the items, by item.
    items: Interner,
    /// Items of the truth that a series lacks, in words.
    missing: Option<String>,
    truth: Option<PathBuf>,
}

/// What to read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Table with the truth, joined by `path`, for predictions that do not hold it.
    pub table: Option<PathBuf>,
    /// Further columns that filters and subgroups need.
    pub columns: Vec<String>,
    /// Predictions may lack items of the table; the coverage tells how many.
    pub partial: bool,
}

impl Predictions {
    /// Reads predictions from one or several files.
    ///
    /// # Errors
    /// `Input` with rows and columns for a NaN or missing score, a label outside the set, an item twice in one
    /// series (with the same predicted reference, if there are any), an item that the table of truth does not have; `Io`.
    pub fn read(paths: &[PathBuf], reading: &Reading) -> Result<Self> {
        let mut texts = Interner::default();
        let mut items = Interner::default();
        let read = |table| Truth::read(table, reading, &mut items, &mut texts);
        let truth = reading.table.as_deref().map(read).transpose()?;
        let mut this = Self {
            paths: paths.to_vec(),
            texts,
            series: vec![],
            rows: vec![],
            columns: vec![],
            items,
            missing: None,
            truth: reading.table.clone(),
        };
        let mut join = Join::new(reading, truth);
        for (file, path) in paths.iter().enumerate() {
            let mut table = TableReader::open(path)?;
            table.require("path")?;
            join.begin(file, path);
            let before = this.rows.len();
            while let Some(record) = table.next_record()? {
                join.add(&mut this, &table, &record)?;
            }
            if this.rows.len() == before {
                return Err(Error::input(format!("{} has no rows", path.display())));
            }
        }
        join.finish(&mut this, reading)?;
        Ok(this)
    }

    /// The files they come from.
    pub fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The table of truth that they were joined with.
    pub fn truth(&self) -> Option<&Path> {
        self.truth.as_deref()
    }

    /// Series in the order of their first rows.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// How many rows have a map.
    pub fn maps(&self) -> usize {
        self.codes("predicted_mask").map_or(0, |codes| codes.iter().filter(|c| **c != NONE).count())
    }

    /// What the predictions lack of the table of truth, in words.
    pub fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// Path of an item.
    pub(crate) fn item(&self, item: u32) -> &str {
        self.items.text(item).unwrap_or_default()
    }

    /// Text of a row (by its index) in a column.
    pub(crate) fn text(&self, column: &str, index: usize) -> Option<&str> {
        self.texts.text(self.codes(column)?[index])
    }

    /// Codes of a column, a code a row.
    pub(crate) fn codes(&self, column: &str) -> Option<&[u32]> {
        self.columns.iter().find(|(name, _)| name == column).map(|(_, codes)| &codes[..])
    }

    /// A file that a column names: relative ones start at the table that holds the column.
    pub(crate) fn file(&self, column: &str, index: usize) -> Option<PathBuf> {
        let text = self.text(column, index)?;
        let of_truth = !column.starts_with("predicted_") && self.truth.is_some();
        let own = self.paths.get(usize::from(self.rows[index].file))?;
        Some(resolve(if of_truth { self.truth.as_deref()? } else { own }, text))
    }

    /// An error at a row.
    pub(crate) fn at(&self, index: usize, column: &str, error: &dyn std::fmt::Display) -> Error {
        let row = &self.rows[index];
        let file = self.paths[usize::from(row.file)].display();
        Error::input(format!("{file}: row {}, column {column}: {error}", row.row))
    }
}

/// The labels and further columns of a table of truth, by item: its items come first.
struct Truth {
    labels: Vec<Option<bool>>,
    groups: Vec<u32>,
    columns: Vec<(String, Vec<u32>)>,
}

impl Truth {
    fn read(path: &Path, reading: &Reading, items: &mut Interner, texts: &mut Interner) -> Result<Self> {
        let mut table = TableReader::open(path)?;
        table.require("path")?;
        let mut places = Places::default();
        let mut this = Self { labels: vec![], groups: vec![], columns: vec![] };
        let mut twice = Faults::default();
        while let Some(record) = table.next_record()? {
            places.update(&table, reading);
            let cell = |name: &str| places.cell(&record, name);
            let Some(item) = cell("path").text() else {
                return Err(table.at(record.row, "path", &Error::input("expected a path, got nothing")));
            };
            let index = this.labels.len();
            if (items.code(Some(&item)) as usize) < index {
                twice.add(|| format!("row {}, column path: {item} for the second time", record.row));
                continue;
            }
            let label = label_of(cell("label")).map_err(|e| table.at(record.row, "label", &e))?;
            this.labels.push(label);
            this.groups.push(texts.code(cell("group").text().as_deref()));
            for (name, place) in &places.further {
                let code = texts.code(record.cell(*place).text().as_deref());
                push(&mut this.columns, name, index, code);
            }
        }
        twice.into_error(&format!("{} has paths twice", path.display()))?;
        for (_, codes) in &mut this.columns {
            codes.resize(this.labels.len(), NONE);
        }
        Ok(this)
    }
}

/// Where the columns are that are read; looked up again only when JSON Lines bring new ones.
#[derive(Default)]
struct Places {
    columns: usize,
    fixed: [Option<usize>; FIXED.len()],
    further: Vec<(String, usize)>,
}

/// Columns that every prediction may have.
const FIXED: [&str; 11] = [
    "path", "label", "group", "status", "score", "decision", SERIES[0], SERIES[1], SERIES[2], SERIES[3],
    SERIES[4],
];

impl Places {
    fn update(&mut self, table: &TableReader, reading: &Reading) {
        let names = table.columns();
        if names.len() != self.columns {
            let kept = |name: &str| {
                CONTENT.contains(&name)
                    || matches!(name, "video" | "category")
                    || reading.columns.iter().any(|c| c == name)
            };
            self.columns = names.len();
            self.fixed = FIXED.map(|name| table.column(name));
            let further = names.iter().enumerate().filter(|(_, name)| kept(name));
            self.further = further.map(|(place, name)| (name.clone(), place)).collect();
        }
    }

    fn cell<'r>(&self, record: &'r Record, column: &str) -> &'r Cell {
        let place = FIXED.iter().position(|name| *name == column).and_then(|i| self.fixed[i]);
        place.map_or(&Cell::Null, |place| record.cell(place))
    }
}

fn push(columns: &mut Vec<(String, Vec<u32>)>, name: &str, index: usize, code: u32) {
    let place = columns.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        columns.push((name.to_owned(), vec![]));
        columns.len() - 1
    });
    let codes = &mut columns[place].1;
    codes.resize(index, NONE);
    codes.push(code);
}

/// Joins rows of predictions with their truth.
struct Join {
    truth: Option<Truth>,
    reading: Reading,
    name: String,
    file: u16,
    series: HashMap<[u32; SERIES.len()], u32>,
    places: Places,
    nan: Faults,
    unknown: Faults,
}

impl Join {
    fn new(reading: &Reading, truth: Option<Truth>) -> Self {
        Self {
            truth,
            reading: reading.clone(),
            name: String::new(),
            file: 0,
            series: HashMap::new(),
            places: Places::default(),
            nan: Faults::default(),
            unknown: Faults::default(),
        }
    }

    fn begin(&mut self, file: usize, path: &Path) {
        self.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        self.file = file as u16;
        self.places = Places::default();
    }

    fn add(&mut self, to: &mut Predictions, table: &TableReader, record: &Record) -> Result<()> {
        let index = to.rows.len();
        let at = |column: &str, error: Error| table.at(record.row, column, &error);
        self.places.update(table, &self.reading);
        let places = &self.places;
        let cell = |name: &str| places.cell(record, name);
        let path = cell("path").text();
        let Some(path) = path.as_deref() else {
            return Err(at("path", Error::input("expected a path, got nothing")));
        };
        let item = to.items.code(Some(path));
        let series = series_of(&mut self.series, &self.name, to, cell).map_err(|e| at("score_kind", e))?;

        let mut label = label_of(cell("label")).map_err(|e| at("label", e))?;
        let mut group = to.texts.code(cell("group").text().as_deref());
        for (name, place) in &places.further {
            let code = to.texts.code(record.cell(*place).text().as_deref());
            push(&mut to.columns, name, index, code);
        }
        if let Some(truth) = &self.truth {
            match Some(item as usize).filter(|place| *place < truth.labels.len()) {
                None => self.unknown.add(|| format!("row {}, column path: {path}", record.row)),
                Some(place) => {
                    if let (Some(own), Some(known)) = (label, truth.labels[place])
                        && own != known
                    {
                        let message = format!("{} here, {} in the table", u8::from(own), u8::from(known));
                        return Err(at("label", Error::input(message)));
                    }
                    label = truth.labels[place].or(label);
                    group = if truth.groups[place] == NONE { group } else { truth.groups[place] };
                    for (name, codes) in &truth.columns {
                        push(&mut to.columns, name, index, codes[place]);
                    }
                }
            }
        }
        let status = status_of(cell("status")).map_err(|e| at("status", e))?;
        let score = cell("score").number().map_err(|e| at("score", e))?;
        let returned = places.further.iter().find(|(name, _)| name == retrieval::RETURNED);
        let needs_score =
            places.fixed[4].is_some() && returned.is_none_or(|(_, place)| !record.cell(*place).is_null());
        match score {
            Some(score) if score.is_nan() => {
                self.nan.add(|| format!("row {}, column score: NaN", record.row));
            }
            None if needs_score && status == Status::Scored => {
                self.nan
                    .add(|| format!("row {}, column score: nothing, and no status tells why", record.row));
            }
            _ => {}
        }
        to.rows.push(Row {
            score: score.unwrap_or(f64::NAN),
            row: u32::try_from(record.row).map_err(|_| Error::limits("more than 4 billion rows"))?,
            item,
            series,
            group,
            label,
            decision: label_of(cell("decision")).map_err(|e| at("decision", e))?,
            status,
            file: self.file,
        });
        Ok(())
    }

    fn finish(self, to: &mut Predictions, reading: &Reading) -> Result<()> {
        let files: Vec<_> = to.paths.iter().map(|p| p.display().to_string()).collect();
        let file = files.join(", ");
        self.nan.into_error(&format!("{file} has rows without a usable score"))?;
        for (_, codes) in &mut to.columns {
            codes.resize(to.rows.len(), NONE);
        }
        twice(to).into_error(&format!("{file} judges items twice under one detector and condition"))?;
        self.unknown.into_error(&format!("{file} has items that the table does not have"))?;
        let Some(truth) = self.truth else { return Ok(()) };
        let mut missing = Faults::default();
        let expected = truth.labels.len();
        let mut counts = vec![0; to.series.len()];
        let mut judged: Vec<_> = to.rows.iter().map(|row| (row.series, row.item)).collect();
        judged.sort_unstable();
        judged.dedup();
        for (series, _) in judged {
            counts[series as usize] += 1;
        }
        for (series, &count) in to.series.iter().zip(&counts).filter(|(_, count)| **count < expected) {
            let name = series.name();
            missing.add(|| format!("{name}: {} of {expected} items", expected - count));
        }
        let mut judged = vec![false; expected];
        to.rows.iter().for_each(|row| judged[row.item as usize] = true);
        for item in (0..expected).filter(|item| !judged[*item]) {
            missing.add(|| format!("no prediction for {}", to.items.text(item as u32).unwrap_or_default()));
        }
        if missing.count() > 0 {
            let error = missing
                .into_error(&format!("{file} lacks items of the table (--partial scores what is there)"));
            match error {
                Err(error) if reading.partial => to.missing = Some(error.to_string()),
                other => return other,
            }
        }
        Ok(())
    }
}

fn series_of<'c>(
    known: &mut HashMap<[u32; SERIES.len()], u32>,
    name: &str,
    to: &mut Predictions,
    cell: impl Fn(&str) -> &'c Cell,
) -> Result<u32> {
    let mut codes = SERIES.map(|column| to.texts.code(cell(column).text().as_deref()));
    if codes[0] == NONE {
        codes[0] = to.texts.code(Some(name));
    }
    if let Some(&series) = known.get(&codes) {
        return Ok(series);
    }
    let text = |i: usize| to.texts.text(codes[i]);
    let owned = |i: usize, default: &str| text(i).unwrap_or(default).to_owned();
    let score_kind = text(4).map(ScoreKind::parse).transpose()?;
    let series = Series {
        detector: owned(0, name),
        condition: owned(1, "clean"),
        trained_on: owned(2, ""),
        seed: owned(3, ""),
        score_kind,
    };
    to.series.push(series);
    let next = to.series.len() as u32 - 1;
    known.insert(codes, next);
    Ok(next)
}

/// Rows that judge an item again under the same series, or return the same reference again.
fn twice(predictions: &Predictions) -> Faults {
    let returned = predictions.codes(retrieval::RETURNED);
    let key = |(index, row): (usize, &Row)| {
        (row.item, row.series, returned.map_or(NONE, |codes| codes[index]), row.row)
    };
    let mut keys: Vec<_> = predictions.rows.iter().enumerate().map(key).collect();
    keys.sort_unstable();
    let mut found: Vec<_> = keys
        .windows(2)
        .filter(|w| (w[0].0, w[0].1, w[0].2) == (w[1].0, w[1].1, w[1].2))
        .map(|w| (w[1].3, w[0].3))
        .collect();
    found.sort_unstable();
    let columns = if returned.is_some() { "columns path and predicted_reference" } else { "column path" };
    let mut faults = Faults::default();
    for (row, first) in found {
        faults.add(|| format!("row {row}, {columns}: the same as in row {first}"));
    }
    faults
}

impl Series {
    /// Name for tables: the parts that are not empty.
    pub fn name(&self) -> String {
        let parts = [&self.detector, &self.condition, &self.trained_on, &self.seed];
        parts.into_iter().filter(|p| !p.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" / ")
    }
}

fn status_of(cell: &Cell) -> Result<Status> {
    match cell.text().as_deref() {
        None | Some("ok") => Ok(Status::Scored),
        Some("not_applicable") => Ok(Status::NotApplicable),
        Some("failed") => Ok(Status::Failed),
        Some(other) => Err(Error::input(format!("expected ok, not_applicable or failed, got {other:?}"))),
    }
}
