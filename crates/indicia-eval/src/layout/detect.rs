use std::fs;
use std::path::Path;

use indicia_codec::Content;
use indicia_core::{Error, Result};

use super::scan::{self, Scan};
use super::{Drafts, Layout, Options, Progress, brat, coco, columns, pictures};
use crate::files;

/// Reads the layout of `source`: the one that is forced, or the first that is recognised.
///
/// COCO and BRAT come first, since their annotations leave no doubt; then folders of both classes, masks, a
/// table, and folders of one class.
pub(super) fn drafts(source: &Path, out: &Path, options: &Options, progress: Progress<'_>) -> Result<Drafts> {
    let what =
        fs::metadata(source).map_err(|e| Error::io_from(format!("cannot read {}", source.display()), e))?;
    if what.is_file() {
        return file(source, options, progress);
    }
    let look = |done, total| progress("files looked at", done, total);
    let mut scan = scan::scan(source, options.jobs, &look)?;
    // A table that an earlier call wrote is none of the data.
    if let Ok(written) = out.canonicalize() {
        let name = written.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let is_it = |f: &scan::Found| {
            f.name() == name && source.join(&f.relative).canonicalize().is_ok_and(|path| path == written)
        };
        scan.files.retain(|f| !is_it(f));
    }
    match options.layout {
        Some(Layout::Coco) => {
            let found = coco::find(source, &scan)?;
            if found.is_empty() {
                return Err(not_there(source, Layout::Coco, &scan));
            }
            coco::read(source, scan, &found)
        }
        Some(Layout::Brat) if !brat::is_there(&scan) => Err(not_there(source, Layout::Brat, &scan)),
        Some(Layout::Brat) => brat::read(source, scan),
        Some(Layout::Table) => {
            let found = columns::find(source, &scan, options);
            if found.is_empty() {
                return Err(not_there(source, Layout::Table, &scan));
            }
            columns::read(scan.skipped, &found, options)
        }
        Some(forced) => {
            let sorted = pictures::sort(&scan, options);
            let there = if forced == Layout::Masks { sorted.has_masks() } else { sorted.classes() > 0 };
            if !there {
                return Err(not_there(source, forced, &scan));
            }
            pictures::read(source, scan, sorted, forced == Layout::Classes, options, progress)
        }
        None => detected(source, scan, options, progress),
    }
}

fn detected(source: &Path, scan: Scan, options: &Options, progress: Progress<'_>) -> Result<Drafts> {
    let annotations = coco::find(source, &scan)?;
    if !annotations.is_empty() {
        return coco::read(source, scan, &annotations);
    }
    if brat::is_there(&scan) {
        return brat::read(source, scan);
    }
    let sorted = pictures::sort(&scan, options);
    let tables = columns::find(source, &scan, options);
    let named: Vec<String> = tables.iter().map(|t| t.display().to_string()).collect();
    if sorted.classes() == 2 || sorted.has_masks() || (sorted.classes() == 1 && tables.is_empty()) {
        let mut drafts = pictures::read(source, scan, sorted, false, options, progress)?;
        if !named.is_empty() {
            drafts.notes.push(format!(
                "{} could be read too (--layout table, or the file in place of the folder)",
                named.join(", ")
            ));
        }
        return Ok(drafts);
    }
    if !tables.is_empty() {
        return columns::read(scan.skipped, &tables, options);
    }
    // A constant label makes any folder of files one class.
    if options.label.is_some() && !sorted.is_empty() {
        return pictures::read(source, scan, sorted, false, options, progress);
    }
    Err(unknown(source, &scan, options))
}

/// A file in place of a folder.
fn file(source: &Path, options: &Options, progress: Progress<'_>) -> Result<Drafts> {
    let folder = source.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut head = vec![];
    std::io::Read::read_to_end(&mut std::io::Read::take(files::open(source)?, 512), &mut head)
        .map_err(|e| Error::io_from(format!("cannot read {}", source.display()), e))?;
    if head.get(257..262) == Some(b"ustar")
        || head.starts_with(b"\x1F\x8B")
        || head.starts_with(b"PK\x03\x04")
    {
        return Err(Error::input(format!(
            "{} is an archive; unpack it and give the folder, so that the table can name its files",
            source.display()
        )));
    }
    let whole = coco::is_coco(source)?;
    match options.layout {
        Some(Layout::Table) | None if !whole => {
            let path = columns::check(source, options)?;
            columns::read(scan::Skipped::default(), &[path], options)
        }
        Some(Layout::Coco) | None if whole => {
            let look = |done, total| progress("files looked at", done, total);
            // Annotations lie beside the folders of pictures, or in a folder of their own.
            let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
            let apart = folder.file_name().is_some_and(|name| name == "annotations");
            let folder = folder.parent().filter(|_| apart).map_or(folder.clone(), Path::to_owned);
            let source = source.canonicalize().unwrap_or_else(|_| source.to_owned());
            let scan = scan::scan(&folder, options.jobs, &look)?;
            coco::read(&folder, scan, &[source])
        }
        Some(forced) => {
            Err(Error::input(format!("{} is a file, expected {}", source.display(), forced.description())))
        }
        None => Err(Error::internal("a file that is both a table and not")),
    }
}

fn not_there(source: &Path, layout: Layout, scan: &Scan) -> Error {
    Error::input(format!("{} does not hold {}; {}", source.display(), layout.description(), summary(scan)))
}

fn unknown(source: &Path, scan: &Scan, options: &Options) -> Error {
    // A table that cannot be used is the likeliest cause.
    let why = |path: &std::path::PathBuf| match columns::check(path, options) {
        Ok(path) => format!("{} names no file that is there", path.display()),
        Err(error) => error.to_string(),
    };
    let tables: Vec<_> = columns::candidates(source, scan).iter().take(3).map(why).collect();
    let tables = if tables.is_empty() { String::new() } else { format!("\n  {}", tables.join("\n  ")) };
    let known: Vec<_> = Layout::ALL.iter().map(|l| format!("  {}", l.description())).collect();
    Error::input(format!(
        "{} has no layout that is known; {}{tables}\nknown layouts:\n{}\n--label-map NAME=0,NAME=1 makes folders of other \
         names classes, and --label gives all files one label",
        source.display(),
        summary(scan),
        known.join("\n")
    ))
}

/// What a scan found, for errors.
fn summary(scan: &Scan) -> String {
    let (mut pictures, mut texts, mut others) = (0_u64, 0_u64, 0_u64);
    for file in &scan.files {
        *match file.content {
            Content::Kind(_) => &mut pictures,
            Content::Text => &mut texts,
            _ => &mut others,
        } += 1;
    }
    let mut folders: Vec<&str> = scan.files.iter().filter_map(|f| f.folders().next()).collect();
    folders.dedup();
    let more = if folders.len() > 8 { ", ..." } else { "" };
    let names = folders.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    let names = if names.is_empty() { "no folders".to_owned() } else { format!("folders {names}{more}") };
    format!(
        "found {pictures} pictures or documents, {texts} texts, {others} other files, {} left out, {names}",
        scan.skipped.count()
    )
}
