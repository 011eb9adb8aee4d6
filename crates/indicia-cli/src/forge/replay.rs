//! Makes the files of histories again.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use indicia_core::{Digest, Picture, guarded};
use indicia_eval::files;
use indicia_synthesis::forge::{Document, Source, fit};

use super::args::ForgeArgs;
use super::journal::{HISTORIES, finish};
use super::sources::{Sources, load};
use super::{LISTED, SOME_FAILED, write};
use crate::work::{INTERRUPTED, progress, spread};

/// Makes every history of a file again and compares the digests.
pub fn run(
    args: &ForgeArgs,
    histories: &Path,
    out: &Path,
    threads: usize,
    stop: &Arc<AtomicBool>,
) -> Result<u8> {
    if out.join(HISTORIES).exists() {
        bail!("{} already holds a data set, choose another folder", out.display());
    }
    let documents = read(histories)?;
    let limits = args.limits.clone().unwrap_or_default();
    let given = if args.sources.is_empty() {
        None
    } else {
        Some(Sources::load(&args.sources, None, &limits, threads)?)
    };
    let by_digest: HashMap<&str, usize> =
        given.iter().flat_map(|s| s.list.iter().enumerate()).map(|(i, s)| (s.digest.as_str(), i)).collect();
    let picture = |source: &Source, size: Option<usize>| -> Result<Picture> {
        let found = by_digest.get(source.digest.as_str());
        let picture = match (&given, found) {
            (Some(given), Some(i)) => (*given.picture(*i)?).clone(),
            (Some(_), None) => {
                bail!("none of the sources has the digest {} ({})", source.digest, source.path)
            }
            (None, _) => load(source, &limits)?,
        };
        Ok(fit(picture, size)?)
    };
    let bar = progress(documents.len() as u64, "forgeries");
    let results = spread(documents.len(), threads, |i| -> Result<bool> {
        if stop.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let document = &documents[i];
        let recipe = &document.recipe;
        let source = picture(&recipe.source, recipe.size)?;
        let donor = recipe.donor.as_ref().map(|donor| picture(donor, recipe.size)).transpose()?;
        let made = guarded("forging", || recipe.make(&source, donor.as_ref()))?;
        for (file, bytes) in document.with_bytes(&made)? {
            let digest = Digest::of(bytes).to_string();
            if digest != file.digest {
                bail!("{}: expected the digest {}, got {digest}", file.path, file.digest);
            }
        }
        write(out, document, &made)?;
        bar.inc(1);
        Ok(true)
    });
    bar.finish_and_clear();
    let mut made = vec![];
    let mut faults = vec![];
    let mut stopped = false;
    for (document, result) in documents.into_iter().zip(results) {
        match result {
            Ok(true) => made.push(document),
            Ok(false) => stopped = true,
            Err(error) => faults.push(format!("history {}: {error:#}", document.number)),
        }
    }
    if stopped {
        eprintln!("stopped after {}; the same command begins anew", made.len());
        return Ok(INTERRUPTED);
    }
    finish(out, &out.join(args.table.file()), &made)?;
    for fault in faults.iter().take(LISTED) {
        eprintln!("{fault}");
    }
    eprintln!("{} made again, {} not: {}", made.len(), faults.len(), out.display());
    Ok(if faults.is_empty() { 0 } else { SOME_FAILED })
}

fn read(path: &Path) -> Result<Vec<Document>> {
    let mut documents = vec![];
    for (number, line) in BufReader::new(files::open(path)?).lines().enumerate() {
        let place = || format!("{}: line {}", path.display(), number + 1);
        let line = line.with_context(place)?;
        if !line.trim().is_empty() {
            documents.push(Document::parse(&line).with_context(place)?);
        }
    }
    if documents.is_empty() {
        bail!("{} holds no history", path.display());
    }
    Ok(documents)
}
