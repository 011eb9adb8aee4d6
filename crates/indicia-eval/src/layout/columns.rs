use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use indicia_codec::content;
use indicia_core::{Error, Result};

use super::coco::usable;
use super::scan::{Scan, Skipped};
use super::words::{class_word, split_word};
use super::{Draft, Drafts, Layout, Options};
use crate::files;
use crate::table::{Cell, Faults, Item, TableReader, label_of};

/// Columns of a benchmark table with names that others give them, the likeliest first.
const GUESSES: [(&str, &[&str]); 8] = [
    (
        "path",
        &[
            "path",
            "file_path",
            "filepath",
            "image_path",
            "img_path",
            "file",
            "filename",
            "file_name",
            "image",
            "image_name",
            "image_file",
            "img",
            "img_name",
            "picture",
            "relative_path",
            "name",
            "fname",
            "document",
            "image_id",
        ],
    ),
    (
        "label",
        &[
            "label",
            "is_fake",
            "fake",
            "is_forged",
            "is_tampered",
            "is_manipulated",
            "is_generated",
            "is_ai",
            "is_synthetic",
            "is_real",
            "is_authentic",
            "real",
            "authentic",
            "target",
            "class",
            "label_id",
            "y",
            "gt_label",
            "ground_truth",
        ],
    ),
    ("mask", &["mask", "mask_path", "mask_file", "mask_name", "gt_path", "gt_mask", "mask_filename"]),
    (
        "method",
        &[
            "method",
            "generator",
            "manipulation",
            "manipulation_type",
            "forgery_type",
            "forgery",
            "attack",
            "source_model",
            "model",
        ],
    ),
    ("domain", &["domain", "dataset", "site", "device", "source"]),
    ("split", &["split", "subset", "partition", "set"]),
    (
        "group",
        &["group", "group_id", "patient_id", "patient", "subject_id", "subject", "source_id", "identity"],
    ),
    ("digest", &["digest"]),
];
/// Label columns in which true means authentic.
const INVERTED: [&str; 4] = ["is_real", "is_authentic", "real", "authentic"];
/// Rows that are looked at to see whether a column names files.
const PROBED: usize = 20;

/// A name of a column as guesses write it: lower case, words joined by `_`.
fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Where each column of the benchmark table comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mapping {
    /// Source columns by target.
    sources: HashMap<&'static str, String>,
    /// True in the label column means authentic.
    inverted: bool,
}

impl Mapping {
    fn of(columns: &[String], options: &Options, table: &Path) -> Result<Self> {
        let known = |target: &str| GUESSES.iter().find(|(name, _)| *name == target).map(|(name, _)| *name);
        let mut sources: HashMap<&'static str, String> = HashMap::new();
        for (target, source) in &options.map {
            let target = known(target).ok_or_else(|| {
                let names: Vec<_> = GUESSES.iter().map(|(name, _)| *name).collect();
                Error::configuration(format!("no column {target:?} to map to, known: {}", names.join(", ")))
            })?;
            if !columns.contains(source) {
                return Err(Error::input(format!(
                    "{} has no column {source:?} for {target}, it has: {}",
                    table.display(),
                    columns.join(", ")
                )));
            }
            sources.insert(target, source.clone());
        }
        for (target, guesses) in GUESSES {
            let free = |c: &&String| !sources.values().any(|taken| taken == *c);
            let find = |guess: &&str| columns.iter().filter(free).find(|c| plain(c) == *guess);
            if let Some(found) =
                (!sources.contains_key(target)).then(|| guesses.iter().find_map(find)).flatten()
            {
                sources.insert(target, found.clone());
            }
        }
        let guessed = !options.map.contains_key("label");
        let inverted = guessed && sources.get("label").is_some_and(|c| INVERTED.contains(&&*plain(c)));
        Ok(Self { sources, inverted })
    }

    fn path(&self, columns: &[String], table: &Path) -> Result<&str> {
        self.sources.get("path").map(String::as_str).ok_or_else(|| {
            Error::input(format!(
                "{} has no column that looks like paths of files (--map path=COLUMN names it), it has: {}",
                table.display(),
                columns.join(", ")
            ))
        })
    }
}

/// Tables of a scan, in its folder or one below, whose rows name files.
pub(super) fn find(root: &Path, scan: &Scan, options: &Options) -> Vec<PathBuf> {
    let candidates = candidates(root, scan);
    candidates.into_iter().filter(|path| names_files(path, options).unwrap_or(false)).collect()
}

/// Files of a scan, in its folder or one below, that have the ending of a table.
pub(super) fn candidates(root: &Path, scan: &Scan) -> Vec<PathBuf> {
    let table = |f: &&super::scan::Found| {
        f.folders().count() <= 1 && matches!(&*f.ending(), "csv" | "tsv" | "jsonl" | "ndjson" | "parquet")
    };
    scan.files.iter().filter(table).map(|f| root.join(&f.relative)).collect()
}

fn names_files(path: &Path, options: &Options) -> Result<bool> {
    let mut reader = TableReader::open(path)?;
    let mapping = Mapping::of(reader.columns(), options, path)?;
    let column = reader.require(mapping.path(reader.columns(), path)?)?;
    for _ in 0..PROBED {
        let Some(record) = reader.next_record()? else { break };
        if record.cell(column).text().is_some_and(|value| resolve(path, &value).is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The table itself, if it has a column of paths.
///
/// # Errors
/// `Input` if not; those of [`TableReader::open`].
pub(super) fn check(path: &Path, options: &Options) -> Result<PathBuf> {
    let reader = TableReader::open(path)?;
    Mapping::of(reader.columns(), options, path)?.path(reader.columns(), path)?;
    Ok(path.to_owned())
}

/// The file that a value means: beside the table, in a folder `images`, or absolute.
fn resolve(table: &Path, value: &str) -> Option<PathBuf> {
    let folder = table.parent().unwrap_or(Path::new(""));
    let value = value.trim();
    let places = [folder.join(value), folder.join("images").join(value)];
    places.into_iter().find(|place| place.metadata().is_ok_and(|m| m.is_file()))
}

/// Items of tables with columns of other names.
///
/// # Errors
/// `Input` with file, row and column.
pub(super) fn read(skipped: Skipped, tables: &[PathBuf], options: &Options) -> Result<Drafts> {
    // Files that a table names are looked at one by one; what else lies in the folder is none of its.
    let mut out = Drafts { layouts: vec![Layout::Table], skipped, ..Drafts::default() };
    let split_of = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_lowercase();
        stem.split(|c: char| !c.is_alphanumeric()).find_map(split_word)
    };
    if let [first, second, ..] = tables
        && tables.iter().any(|t| split_of(t).is_none())
    {
        return Err(Error::input(format!(
            "both {} and {} name files; give the one that is meant in place of the folder",
            first.display(),
            second.display()
        )));
    }
    for table in tables {
        let split = (tables.len() > 1).then(|| split_of(table)).flatten();
        let mapping = read_one(table, split, options, &mut out)?;
        let mut named: Vec<_> =
            mapping.sources.iter().map(|(target, source)| format!("{target} = {source}")).collect();
        named.sort_unstable();
        let name = table.file_name().unwrap_or_default().to_string_lossy();
        let inverted = if mapping.inverted { "; true in the label column is read as authentic" } else { "" };
        out.notes.push(format!("{name}: {}{inverted}", named.join(", ")));
    }
    Ok(out)
}

fn read_one(table: &Path, split: Option<&str>, options: &Options, out: &mut Drafts) -> Result<Mapping> {
    let mut reader = TableReader::open(table)?;
    let mapping = Mapping::of(reader.columns(), options, table)?;
    mapping.path(reader.columns(), table)?;
    let mut faults = Faults::default();
    while let Some(mut record) = reader.next_record()? {
        let row = record.row;
        let mut take = |target: &str| {
            let source = mapping.sources.get(target)?;
            Some(record.take(reader.column(source)?))
        };
        let Some(path) = take("path").and_then(Cell::into_text) else {
            faults.add(|| format!("{}: row {row}: expected a path, got nothing", table.display()));
            continue;
        };
        let mut item = Item { row, ..Item::default() };
        match label(take("label").unwrap_or_default(), &mapping, options) {
            Ok(label) => item.label = label,
            Err(error) => {
                let column = mapping.sources.get("label").map_or("label", |c| c);
                faults.add(|| reader.at(row, column, &error).to_string());
            }
        }
        let mask = take("mask").and_then(Cell::into_text);
        item.method = take("method").and_then(Cell::into_text);
        item.domain = take("domain").and_then(Cell::into_text);
        let stated = take("split").and_then(Cell::into_text);
        item.split = stated
            .map(|s| split_word(&s.trim().to_lowercase()).map_or(s.clone(), str::to_owned))
            .or(split.map(str::to_owned));
        item.group = take("group").and_then(Cell::into_text);
        let _ = take("digest");
        for (name, cell) in reader.columns().iter().zip(record.cells).filter(|(_, cell)| !cell.is_null()) {
            // A column whose name has a meaning here, and that is not used for it, is named apart.
            let reserved = GUESSES.iter().any(|(target, _)| target == name);
            let name = if reserved { format!("source_{name}") } else { name.clone() };
            item.attributes.push((name, cell));
        }
        let Some(file) = resolve(table, &path) else {
            out.skipped.add("file of the table that is not there", || format!("row {row}: {path}"));
            continue;
        };
        let mask = match mask {
            None => None,
            Some(mask) => match resolve(table, &mask) {
                Some(mask) => Some(mask),
                None => {
                    faults.add(|| format!("{}: row {row}: no mask {mask}", table.display()));
                    continue;
                }
            },
        };
        let mut head = vec![];
        let read = files::open(&file).map(|opened| opened.take(4096).read_to_end(&mut head));
        if !matches!(read, Ok(Ok(_))) {
            out.skipped.add("cannot be read", || path);
            continue;
        }
        if head.is_empty() {
            out.skipped.add("empty", || path);
        } else if usable(content(&head), &path, &mut out.skipped) {
            out.drafts.push(Draft { file, mask, item });
        }
    }
    faults.into_error(&format!("{} cannot be used", table.display()))?;
    Ok(mapping)
}

/// The label that a cell means, by the user's words first.
fn label(cell: Cell, mapping: &Mapping, options: &Options) -> Result<Option<bool>> {
    let Some(text) = cell.text() else { return Ok(None) };
    let word = text.trim().to_lowercase();
    let mapped = options.labels.get(&word).copied();
    // A 1 that went through a column of floats.
    let mapped = mapped.or_else(|| options.labels.get(word.strip_suffix(".0")?).copied());
    if let Some(label) = mapped {
        return Ok(Some(label));
    }
    let read = label_of(&cell).or_else(|error| {
        class_word(&word).map(Some).ok_or_else(|| {
            Error::input(format!("{error} (--label-map {word}=0 or {word}=1 says what it means)"))
        })
    })?;
    // "real" in a column is_real is a word, not the answer yes.
    let is_word = class_word(&word).is_some();
    Ok(read.map(|label| label ^ (mapping.inverted && !is_word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(columns: &[&str]) -> Vec<(&'static str, String)> {
        let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
        let found = Mapping::of(&columns, &Options::default(), Path::new("t.csv")).unwrap();
        let mut sources: Vec<_> = found.sources.into_iter().collect();
        sources.sort_unstable();
        sources
    }

    #[test]
    fn columns_are_guessed_by_their_names_each_once() {
        let expected = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
            pairs.iter().map(|(a, b)| (*a, (*b).to_owned())).collect()
        };
        assert_eq!(
            mapping(&["Image Name", "Target"]),
            expected(&[("label", "Target"), ("path", "Image Name")])
        );
        assert_eq!(
            mapping(&["file", "image", "is_fake", "class", "Generator", "patient_id"]),
            expected(&[
                ("group", "patient_id"),
                ("label", "is_fake"),
                ("method", "Generator"),
                ("path", "file")
            ])
        );
        assert!(mapping(&["a", "b"]).is_empty());
        assert_eq!((plain(" Image-Path (rel) "), plain("__")), ("image_path_rel".into(), String::new()));
    }

    #[test]
    fn labels_follow_the_users_words_and_inverted_columns() {
        let columns = vec!["is_real".to_owned()];
        let mut options = Options::default();
        let inverted = Mapping::of(&columns, &options, Path::new("t")).unwrap();
        assert!(inverted.inverted);
        let read = |cell: Cell, options: &Options| label(cell, &inverted, options);
        assert_eq!(read(Cell::Int(1), &options).unwrap(), Some(false));
        assert_eq!(read(Cell::from("fake"), &options).unwrap(), Some(true));
        assert_eq!(read(Cell::Null, &options).unwrap(), None);
        let error = read(Cell::from("Cat"), &options).unwrap_err().to_string();
        assert!(error.contains("--label-map cat=0"), "{error}");
        options.labels.insert("2".into(), true);
        assert_eq!(read(Cell::Float(2.0), &options).unwrap(), Some(true));
        assert_eq!(read(Cell::from("2.0"), &options).unwrap(), Some(true));
    }

    #[test]
    fn maps_to_unknown_columns_are_refused() {
        let columns = vec!["a".to_owned()];
        let with = |target: &str, source: &str| {
            let map = [(target.to_owned(), source.to_owned())].into();
            let options = Options { map, ..Options::default() };
            Mapping::of(&columns, &options, Path::new("t.csv")).unwrap_err().to_string()
        };
        assert!(with("paths", "a").contains("known: path, label"));
        assert!(with("path", "b").contains("it has: a"));
    }
}
