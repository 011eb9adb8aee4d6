//! Writing lines, pages and maps.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use indicia_core::{ExhibitData, Report};
use indicia_eval::files::WholeFile;

/// Writes one line to standard output.
///
/// # Errors
/// When nobody reads it any more or the disk behind it is full.
pub fn print_line(line: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// True if the reader of standard output went away, as `head` does.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(kind))
}

/// Writes a file whole or not at all: beside its place first, then renamed.
///
/// # Errors
/// With the path and the operating system's reason.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut file = WholeFile::create(path)?;
    write(&mut file).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(file.finish()?)
}

/// Appends an ending to a name that may hold dots of its own.
pub fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut name = name.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Writes the `map` exhibit of each method as `NAME.METHOD-ID.npy`, float32, height by width. The fused one is
/// `NAME.fused.npy`; `NAME.fused.json` beside it tells its kind, which is the question that it answers, and
/// what the picture as a whole is worth.
///
/// # Errors
/// With the path and the operating system's reason.
pub fn write_maps(folder: &Path, name: &Path, report: &Report) -> Result<()> {
    for finding in &report.findings {
        for exhibit in finding.exhibits.iter().filter(|exhibit| exhibit.id == "map") {
            if let ExhibitData::Map(map) = &exhibit.data {
                let path = folder.join(with_ending(name, &format!(".{}.npy", finding.method)));
                let pixels = map.to_pixels();
                write_whole(&path, |out| Ok(ndarray_npy::WriteNpyExt::write_npy(&pixels, out)?))?;
                if finding.method == indicia_report::FUSED {
                    let kind = serde_json::json!({
                        "kind": finding.topic,
                        "claim": finding.claim,
                        "score": finding.score,
                        "statement": finding.statement,
                    });
                    let path = folder.join(with_ending(name, &format!(".{}.json", finding.method)));
                    write_whole(&path, |out| Ok(writeln!(out, "{kind:#}")?))?;
                }
            }
        }
    }
    for inner in &report.parts {
        if let Some(part) = &inner.part {
            write_maps(folder, &with_ending(name, &format!(".{}", part.file_name())), inner)?;
        }
    }
    Ok(())
}
