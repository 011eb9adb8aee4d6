//! Runs the methods over both tables and keeps what is learned from.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use indicia_core::{Limits, guarded};
use indicia_eval::calibrate::{PixelSample, Reading, Readings, Sample};
use indicia_eval::detector::{Detector, MethodDetector};
use indicia_eval::ordered::{self, Order};
use indicia_eval::table::{Item, ItemReader, resolve};
use indicia_eval::{files, maps};
use serde_json::{Value, json};

use crate::work::progress;

/// What is run.
pub struct Sampling<'a> {
    pub authentic: &'a [PathBuf],
    pub altered: &'a [PathBuf],
    pub detectors: &'a [MethodDetector],
    pub limits: Limits,
    pub jobs: usize,
    /// Where samples are kept.
    pub file: PathBuf,
}

/// What came of it.
pub struct Sampled {
    pub samples: Vec<Sample>,
    /// Pictures in both tables.
    pub total: usize,
    /// Pictures that could not be read, and methods that failed, each in a line.
    pub failures: Vec<String>,
}

struct Work {
    key: String,
    table: PathBuf,
    item: Item,
    altered: bool,
}

impl Sampling<'_> {
    /// Samples every picture that the file does not hold yet, as far as `stop` allows.
    pub fn run(&self, stop: &AtomicBool) -> Result<Sampled> {
        let mut work = vec![];
        for (tables, altered) in [(self.authentic, false), (self.altered, true)] {
            for table in tables {
                self.list(table, altered, &mut work)?;
            }
        }
        let total = work.len();
        let mut done = self.known()?;
        work.retain(|work| !done.contains_key(&work.key));
        let mut file = OpenOptions::new()
            .append(true)
            .open(&self.file)
            .with_context(|| format!("cannot write {}", self.file.display()))?;
        let bar = progress(total as u64, "pictures");
        bar.set_position(done.len() as u64);
        bar.reset_eta();
        ordered::run(
            work.into_iter(),
            self.jobs,
            Order::Done,
            stop,
            |work| self.one(&work).map(|sample| (work.key, sample)),
            |_, sampled: Result<(String, Sample)>| {
                let (key, sample) = sampled?;
                serde_json::to_writer(&mut file, &sample)?;
                file.write_all(b"\n")?;
                done.insert(key, sample);
                bar.inc(1);
                Ok::<_, anyhow::Error>(())
            },
        )?;
        bar.finish_and_clear();
        let failures =
            done.values().flat_map(|s| s.failed.iter().map(move |why| format!("{}: {why}", s.item)));
        let failures = failures.collect();
        // In the order of their keys: the same pictures give the same calibration.
        Ok(Sampled { samples: done.into_values().collect(), total, failures })
    }

    fn list(&self, table: &Path, altered: bool, work: &mut Vec<Work>) -> Result<()> {
        let mut reader = ItemReader::open(table)?;
        while let Some(item) = reader.next_item()? {
            if item.label.is_none_or(|label| label == altered) {
                let path = resolve(table, &item.path);
                let key = format!("{}{}", if altered { "altered " } else { "authentic " }, path.display());
                work.push(Work { key, table: table.to_owned(), item, altered });
            }
        }
        Ok(())
    }

    fn manifest(&self) -> Value {
        json!({
            "schema": "indicia.samples/1",
            "methods": self.detectors.iter().map(Detector::describe).collect::<Vec<_>>(),
            "limits": self.limits,
        })
    }

    /// The samples of an earlier run with the same methods; makes the file where there is none.
    fn known(&self) -> Result<BTreeMap<String, Sample>> {
        let named = || self.file.display().to_string();
        if !self.file.exists() {
            let mut file =
                std::fs::File::create(&self.file).with_context(|| format!("cannot make {}", named()))?;
            writeln!(file, "{}", self.manifest())?;
            return Ok(BTreeMap::new());
        }
        let reader = BufReader::new(files::open(&self.file)?);
        let mut known = BTreeMap::new();
        let mut end = 0;
        for (number, line) in reader.lines().enumerate() {
            let line = line.with_context(named)?;
            if number == 0 {
                if serde_json::from_str::<Value>(&line).ok() != Some(self.manifest()) {
                    bail!(
                        "{} holds samples of other methods, parameters or limits, or of another version; remove it or choose another --out",
                        named()
                    );
                }
            } else if let Ok(sample) = serde_json::from_str::<Sample>(&line) {
                let class = if sample.altered { "altered " } else { "authentic " };
                known.insert(format!("{class}{}", sample.item), sample);
            } else {
                // A kill may leave half a line at the end.
                break;
            }
            end += line.len() as u64 + 1;
        }
        let file = OpenOptions::new().write(true).open(&self.file).with_context(named)?;
        if file.metadata()?.len() != end {
            file.set_len(end)?;
        }
        Ok(known)
    }

    fn one(&self, work: &Work) -> Result<Sample> {
        let Work { table, item, altered, .. } = work;
        let path = resolve(table, &item.path);
        let source = item.group.clone().or_else(|| item.get("source"));
        let mut sample = Sample {
            item: path.display().to_string(),
            altered: *altered,
            group: source.unwrap_or_else(|| item.path.clone()),
            // A preset is a kind with a history of its own.
            kind: item.get("preset").or_else(|| item.method.clone()),
            strengths: BTreeMap::new(),
            failed: vec![],
            pixels: None,
        };
        let evidence = files::read(&path, self.limits.bytes)
            .and_then(|bytes| indicia_codec::open(bytes, self.limits.clone()));
        let evidence = match evidence {
            Ok(evidence) => evidence,
            Err(error) => {
                sample.failed.push(error.to_string());
                return Ok(sample);
            }
        };
        let mut readings = Readings::new();
        for detector in self.detectors {
            match guarded(detector.id(), || detector.judge(&evidence)) {
                Ok(judgement) => {
                    if let Some(reading) = Reading::of(&judgement) {
                        sample.strengths.insert(detector.id().to_owned(), reading.strength);
                        readings.insert(detector.id().to_owned(), reading);
                    }
                }
                Err(error) => sample.failed.push(format!("{} failed: {error}", detector.id())),
            }
        }
        if let (true, Some(mask)) = (*altered, &item.mask) {
            let mut mask = maps::read_mask(&resolve(table, mask), &self.limits)?;
            // What was copied within the picture is marked at both ends: pixels do not tell which came first.
            if let Some(source) = item.get("source_mask") {
                let source = maps::read_mask(&resolve(table, &source), &self.limits)?;
                if source.dim() == mask.dim() {
                    mask.zip_mut_with(&source, |set, &also| *set |= also);
                }
            }
            sample.pixels = PixelSample::of(&readings, &mask);
        }
        Ok(sample)
    }
}
