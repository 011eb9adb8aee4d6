//! The pictures that forgeries are made from.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use indicia_codec::jpeg::Jpeg;
use indicia_codec::{Pixels, identify, open, sniff};
use indicia_core::{Digest, Error, Kind, Limits, Picture};
use indicia_eval::files;
use indicia_eval::table::{Faults, ItemReader};
use indicia_synthesis::forge::{SHORTEST_SIDE, Source, fit};

use crate::inputs::{Place, expand};
use crate::work::spread;

/// Bytes of decoded sources that are kept.
const KEPT: usize = 1 << 30;
/// Bytes of a file that tell what it is.
const PROBE: u64 = 4096;

/// Sources, and some of their pictures.
pub struct Sources {
    /// Those that can be used.
    pub list: Vec<Source>,
    /// Those that cannot, with the reason.
    pub passed_over: Vec<String>,
    /// Files of folders that are no pictures.
    pub others: u64,
    size: Option<usize>,
    limits: Limits,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    pictures: HashMap<usize, Arc<Picture>>,
    order: VecDeque<usize>,
    bytes: usize,
}

/// A file that is named as a source.
struct Candidate {
    path: PathBuf,
    in_folder: bool,
    group: Option<String>,
    domain: Option<String>,
    failed: Option<String>,
}

/// A file that nothing recognises as a picture, with what is said about it.
#[derive(Debug)]
struct NoPicture(String);

impl std::fmt::Display for NoPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoPicture {}

impl Sources {
    /// Reads every source once: digest, quality, and whether it can be used.
    ///
    /// # Errors
    /// If a table has rows that are not authentic or cannot be read, or no source is left.
    pub fn load(paths: &[PathBuf], size: Option<usize>, limits: &Limits, threads: usize) -> Result<Self> {
        let candidates = candidates(paths)?;
        let mut sources = Self {
            list: vec![],
            passed_over: vec![],
            others: 0,
            size,
            limits: limits.clone(),
            kept: Mutex::default(),
        };
        let bar = crate::work::progress(candidates.len() as u64, "sources read");
        let read = spread(candidates.len(), threads, |i| {
            let read = sources.examine(&candidates[i]);
            bar.inc(1);
            read
        });
        bar.finish_and_clear();
        let mut seen = HashMap::new();
        for (candidate, read) in candidates.iter().zip(read) {
            let path = candidate.path.display();
            match read {
                Err(error) if candidate.in_folder && error.downcast_ref::<NoPicture>().is_some() => {
                    sources.others += 1;
                }
                Err(error) => sources.passed_over.push(format!("{path}: {error:#}")),
                Ok((source, picture)) => match seen.get(&source.digest) {
                    // The same picture twice would be forged twice as often, and be its own donor.
                    Some(first) => sources.passed_over.push(format!("{path}: the same file as {first}")),
                    None => {
                        seen.insert(source.digest.clone(), source.path.clone());
                        sources.keep(sources.list.len(), &Arc::new(picture));
                        sources.list.push(source);
                    }
                },
            }
        }
        if sources.list.is_empty() {
            let reasons: Vec<&str> = sources.passed_over.iter().take(10).map(String::as_str).collect();
            bail!("no source can be used:\n  {}", reasons.join("\n  "));
        }
        Ok(sources)
    }

    fn examine(&self, candidate: &Candidate) -> Result<(Source, Picture)> {
        if let Some(reason) = &candidate.failed {
            bail!("{reason}");
        }
        let bytes = files::read(&candidate.path, self.limits.bytes)?;
        if sniff(&bytes).is_none() {
            let reason = identify(&bytes, &self.limits).err().map(|e| e.to_string()).unwrap_or_default();
            return Err(anyhow::Error::new(NoPicture(reason)));
        }
        let digest = Digest::of(&bytes).to_string();
        let (picture, quality) = decode(bytes, &self.limits)?;
        let (width, height) = (picture.width, picture.height);
        let picture = fit(picture, self.size)?;
        if picture.width.min(picture.height) < SHORTEST_SIDE {
            let (width, height) = (picture.width, picture.height);
            bail!("expected sides of at least {SHORTEST_SIDE} pixels, got {width}x{height}");
        }
        let group = candidate.group.clone().unwrap_or_else(|| digest.clone());
        let path = files::absolute(&candidate.path);
        let domain = candidate.domain.clone();
        Ok((Source { path, digest, group, domain, quality, width, height }, picture))
    }

    /// The picture of a source, reduced to the size that was asked for.
    pub fn picture(&self, source: usize) -> Result<Arc<Picture>> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(picture) = kept().pictures.get(&source) {
            return Ok(Arc::clone(picture));
        }
        let picture = Arc::new(fit(load(&self.list[source], &self.limits)?, self.size)?);
        self.keep(source, &picture);
        Ok(picture)
    }

    fn keep(&self, source: usize, picture: &Arc<Picture>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if picture.rgb.len() > KEPT || kept.pictures.insert(source, Arc::clone(picture)).is_some() {
            return;
        }
        kept.bytes += picture.rgb.len();
        kept.order.push_back(source);
        while kept.bytes > KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            if let Some(picture) = kept.pictures.remove(&oldest) {
                kept.bytes -= picture.rgb.len();
            }
        }
    }
}

/// The picture of a source, whose file must still be the one that it was.
pub fn load(source: &Source, limits: &Limits) -> Result<Picture> {
    let bytes = files::read(Path::new(&source.path), limits.bytes)?;
    let digest = Digest::of(&bytes).to_string();
    if digest != source.digest {
        bail!("{} has changed: expected {}, got {digest}", source.path, source.digest);
    }
    decode(bytes, limits).map(|(picture, _)| picture).with_context(|| source.path.clone())
}

fn decode(bytes: Vec<u8>, limits: &Limits) -> Result<(Picture, Option<u8>)> {
    let evidence = open(bytes, limits.clone())?;
    let pixels = evidence.view::<Pixels>(())?;
    let quality = match evidence.kind() {
        Kind::Jpeg => evidence.view::<Jpeg>(())?.quality().0.map(|estimate| estimate.quality),
        _ => None,
    };
    Ok((Picture { width: pixels.width, height: pixels.height, rgb: pixels.to_rgb8() }, quality))
}

fn candidates(paths: &[PathBuf]) -> Result<Vec<Candidate>> {
    let mut found = vec![];
    for path in paths {
        let folder = path.is_dir();
        let domain = folder
            .then(|| {
                path.canonicalize().ok().and_then(|p| Some(p.file_name()?.to_string_lossy().into_owned()))
            })
            .flatten();
        for input in expand(std::slice::from_ref(path)) {
            let (path, failed) = match input.place {
                Place::File(path) => (path, None),
                Place::Unlisted(path, reason) => (path, Some(reason)),
                Place::Stdin => bail!("sources are files, folders and tables, not standard input"),
            };
            if !folder && is_table(&path) {
                items(&path, &mut found)?;
            } else {
                found.push(Candidate {
                    path,
                    in_folder: folder,
                    group: None,
                    domain: domain.clone(),
                    failed,
                });
            }
        }
    }
    Ok(found)
}

/// True if the file is no picture and can be read as a table with a path in each row.
fn is_table(path: &Path) -> bool {
    let mut start = vec![];
    let read = files::open(path)
        .ok()
        .and_then(|file| std::io::Read::read_to_end(&mut std::io::Read::take(file, PROBE), &mut start).ok());
    read.is_some() && sniff(&start).is_none() && ItemReader::open(path).is_ok()
}

/// The items of a table, all of which must be authentic.
fn items(path: &Path, found: &mut Vec<Candidate>) -> Result<()> {
    let mut reader = ItemReader::open(path)?;
    let mut faults = Faults::default();
    while let Some(item) = reader.next_item()? {
        match item.label {
            Some(false) => found.push(Candidate {
                path: reader.resolve(&item.path),
                in_folder: false,
                group: item.group,
                domain: item.domain,
                failed: None,
            }),
            Some(true) => faults.add(|| {
                format!(
                    "row {}, column label: {} is labelled 1, expected authentic pictures",
                    item.row, item.path
                )
            }),
            None => faults.add(|| format!("row {}, column label: expected 0, got nothing", item.row)),
        }
    }
    let refuse = |what: &str| -> Result<(), Error> { faults.into_error(what) };
    Ok(refuse(&format!("{} has rows that forgeries cannot be made from", path.display()))?)
}
