use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::AtomicBool;

use indicia_core::{Digest, Error, Result};

use super::words::natural;
use super::{Draft, Drafts, Made, Options, Progress};
use crate::files;
use crate::ordered::{self, Order};
use crate::table::{Cell, Column, ColumnType, Faults, TableWriter};

/// Writes paths as the table `out` will have them, and puts the items in the natural order of their paths.
///
/// # Errors
/// `Input` if an item stands twice.
pub(super) fn place(out: &Path, drafts: &mut [Draft]) -> Result<()> {
    let base = folder_of(out)?;
    let mut folders = HashMap::new();
    for draft in drafts.iter_mut() {
        draft.item.path = relative(&base, &draft.file, &mut folders)?;
        let mask = draft.mask.as_ref().map(|mask| relative(&base, mask, &mut folders));
        draft.item.mask = mask.transpose()?;
    }
    drafts.sort_by(|a, b| natural(&a.item.path, &b.item.path));
    let mut faults = Faults::default();
    for pair in drafts.windows(2).filter(|pair| pair[0].item.path == pair[1].item.path) {
        let rows = match (pair[0].item.row, pair[1].item.row) {
            (0, 0) => String::new(),
            (a, b) => format!(" (rows {a} and {b})"),
        };
        faults.add(|| format!("{}{rows}", pair[1].item.path));
    }
    faults.into_error("some files are named twice")
}

/// The folder of the table, absolute and without `..`. It need not be there yet.
fn folder_of(out: &Path) -> Result<PathBuf> {
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    absolute(folder)
}

/// A path from the root on. Links in what is there are followed, so that `..` means what the system means.
fn absolute(path: &Path) -> Result<PathBuf> {
    let failed = |e| Error::io_from(format!("cannot find the place of {}", path.display()), e);
    let full = std::path::absolute(path).map_err(failed)?;
    let mut missing = vec![];
    let mut there = full.as_path();
    loop {
        if let Ok(real) = there.canonicalize() {
            return Ok(missing.into_iter().rev().fold(real, |path, part| path.join(part)));
        }
        match (there.parent(), there.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name.to_owned());
                there = parent;
            }
            _ => return Ok(full),
        }
    }
}

/// `file` as seen from `base`, with `/`. Only the folder is resolved, so that a link keeps its name;
/// `folders` remembers them.
fn relative(base: &Path, file: &Path, folders: &mut HashMap<PathBuf, PathBuf>) -> Result<String> {
    let parent = file.parent().unwrap_or(Path::new("."));
    let folder = match folders.get(parent) {
        Some(known) => known.clone(),
        None => folders.entry(parent.to_owned()).or_insert(absolute(parent)?).clone(),
    };
    let full = folder.join(file.file_name().unwrap_or_default());
    let parts = |path: &Path| -> Vec<std::ffi::OsString> {
        path.components().map(|c| c.as_os_str().to_owned()).collect()
    };
    let (from, to) = (parts(base), parts(&full));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let text = if shared == 0 || matches!(full.components().next(), Some(Component::Prefix(_))) && shared < 2
    {
        full.to_str().map(str::to_owned)
    } else {
        let up = std::iter::repeat_n("..", from.len() - shared).map(Some);
        let parts: Option<Vec<&str>> = up.chain(to[shared..].iter().map(|part| part.to_str())).collect();
        parts.map(|parts| parts.join("/"))
    };
    text.ok_or_else(|| Error::input(format!("the path {} is not UTF-8", file.display())))
}

/// Columns with a meaning, besides `path` and `label`, which are always written.
const KNOWN: [&str; 6] = ["mask", "method", "domain", "split", "group", "digest"];

/// Computes digests and writes the table.
pub(super) fn write(out: &Path, made: Drafts, options: &Options, progress: Progress<'_>) -> Result<Made> {
    let Drafts { layouts, drafts, skipped, notes } = made;
    let mut attributes: Vec<(String, ColumnType)> = vec![];
    for (name, cell) in drafts.iter().flat_map(|d| &d.item.attributes) {
        let kind = kind_of(cell);
        match attributes.iter_mut().find(|(known, _)| known == name) {
            None => attributes.push((name.clone(), kind)),
            Some((_, known)) => *known = widened(*known, kind),
        }
    }
    let has = |name: &&&str| match **name {
        "digest" => options.digests,
        name => drafts.iter().any(|d| d.item.get(name).is_some()),
    };
    let known: Vec<&str> = KNOWN.iter().filter(has).copied().collect();
    let mut columns = vec![Column::new("path", ColumnType::Text), Column::new("label", ColumnType::Int)];
    columns.extend(known.iter().map(|name| Column::new(*name, ColumnType::Text)));
    columns.extend(attributes.iter().map(|(name, kind)| Column::new(name, *kind)));

    let names = columns.iter().map(|c| c.name.clone()).collect();
    let mut writer = TableWriter::create(out, columns)?;
    let (total, mut rows, mut labels) = (drafts.len() as u64, 0, [0; 3]);
    let never = AtomicBool::new(false);
    let digest = |draft: Draft| -> (Draft, Result<Option<Digest>>) {
        let digest = options.digests.then(|| files::digest(&draft.file)).transpose();
        (draft, digest)
    };
    ordered::run(drafts.into_iter(), options.jobs, Order::Items, &never, digest, |_, (draft, digest)| {
        let digest = digest?.map(|d| d.to_string());
        let item = draft.item;
        labels[item.label.map_or(2, usize::from)] += 1;
        let mut cells = vec![Cell::from(&*item.path), item.label.map(i64::from).into()];
        for name in &known {
            cells.push(if *name == "digest" { digest.clone().into() } else { item.get(name).into() });
        }
        for (name, kind) in &attributes {
            let cell = item.attributes.iter().find(|(n, _)| n == name).map(|(_, cell)| cell.clone());
            cells.push(match (kind, cell.unwrap_or_default()) {
                (_, Cell::Null) => Cell::Null,
                (ColumnType::Text, cell @ Cell::Json(_)) => cell,
                (ColumnType::Text, cell) => cell.into_text().into(),
                (ColumnType::Float, cell) => cell.number()?.into(),
                (_, cell) => cell,
            });
        }
        writer.push(&cells)?;
        rows += 1;
        progress("files", rows, total);
        Ok::<_, Error>(())
    })?;
    writer.finish()?;
    Ok(Made { layouts, rows, columns: names, labels, skipped, notes })
}

fn kind_of(cell: &Cell) -> ColumnType {
    match cell {
        Cell::Bool(_) => ColumnType::Bool,
        Cell::Int(_) => ColumnType::Int,
        Cell::Float(_) => ColumnType::Float,
        Cell::Text(_) | Cell::Json(_) | Cell::Null => ColumnType::Text,
    }
}

/// The type that holds both.
fn widened(a: ColumnType, b: ColumnType) -> ColumnType {
    match (a, b) {
        (a, b) if a == b => a,
        (ColumnType::Int | ColumnType::Float, ColumnType::Int | ColumnType::Float) => ColumnType::Float,
        _ => ColumnType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_table() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("data/a")).unwrap();
        std::fs::write(root.join("data/a/x.png"), "x").unwrap();
        let file = root.join("data/a/x.png");
        let seen =
            |out: &str| relative(&folder_of(&root.join(out)).unwrap(), &file, &mut HashMap::new()).unwrap();
        assert_eq!(seen("t.csv"), "data/a/x.png");
        assert_eq!(seen("data/a/t.csv"), "x.png");
        assert_eq!(seen("tables/new/t.csv"), "../../data/a/x.png");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("data"), root.join("link")).unwrap();
            assert_eq!(seen("link/t.csv"), "a/x.png");
            let through = relative(
                &folder_of(&root.join("t.csv")).unwrap(),
                &root.join("link/a/x.png"),
                &mut HashMap::new(),
            );
            assert_eq!(through.unwrap(), "data/a/x.png");
        }
    }

    #[test]
    fn column_types_widen() {
        assert_eq!(widened(ColumnType::Int, ColumnType::Float), ColumnType::Float);
        assert_eq!(widened(ColumnType::Int, ColumnType::Bool), ColumnType::Text);
        assert_eq!(widened(ColumnType::Bool, ColumnType::Bool), ColumnType::Bool);
    }
}
