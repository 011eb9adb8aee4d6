//! `indicia forge`.

pub mod args;
mod journal;
mod replay;
mod sources;
mod table;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use args::ForgeArgs;
use indicia_core::guarded;
use indicia_eval::files::write_whole;
use indicia_synthesis::forge::{
    Document, Histories, Job, KINDS, Kind, Made, PRESETS, Plan, Preset, Request, donor, draw, splits,
};
use serde_json::json;

use self::journal::{Journal, Line};
use self::sources::Sources;
use crate::output::print_line;
use crate::work::{INTERRUPTED, handle_interrupt, progress, spread, threads};

/// Exit status if a source could not be used or a forgery not be made.
const SOME_FAILED: u8 = 2;
/// Reasons that the summary lists.
const LISTED: usize = 10;

/// Makes a data set of forgeries. Returns the exit status.
pub fn run(args: &ForgeArgs) -> Result<u8> {
    if args.list {
        return list().map(|()| 0);
    }
    let Some(out) = &args.out else { bail!("expected a folder for the data set: --out DIR") };
    let threads = threads(args.jobs.map(usize::from));
    // Forgeries are made side by side; a pool of threads within each would only stand in the way.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().context("cannot set up threads")?;
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    if let Some(histories) = &args.replay {
        return replay::run(args, histories, out, threads, &stop);
    }
    let preset = args.preset.as_deref().map(find_preset).transpose()?;
    let kinds = kinds(args, preset)?;
    let histories = histories(args, preset);
    let sources = Sources::load(
        &args.sources,
        args.size.map(|size| size as usize),
        &args.limits.clone().unwrap_or_default(),
        threads,
    )?;
    let split = match &args.split {
        Some(split) => splits(&sources.list, &split.0, args.seed)?,
        None => vec![0; sources.list.len()],
    };
    let plan = Plan::new(&kinds, sources.list.len(), args.count, args.per_source, args.seed);
    let digests: Vec<&str> = sources.list.iter().map(|s| s.digest.as_str()).collect();
    let settings = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "seed": args.seed,
        "kinds": format!("{kinds:?}"),
        "count": args.count,
        "per_source": args.per_source,
        "preset": args.preset,
        "histories": format!("{histories:?}"),
        "size": args.size,
        "split": args.split.as_ref().map(|split| format!("{:?}", split.0)),
        "mask": format!("{:?}", args.mask),
        "twins": !args.no_twins,
        "sources": indicia_core::Digest::of(digests.join("\n").as_bytes()).to_string(),
    });
    let mut journal = Journal::open(out, &settings)?;
    let factory = Factory { args, preset, histories, sources: &sources, split: &split, plan: &plan, out };
    let complete = work(&factory, &mut journal, threads, &stop)?;
    if !complete {
        let (done, all) = (journal.done(), plan.jobs.len());
        eprintln!("stopped after {done} of {all}; the same command goes on");
        return Ok(INTERRUPTED);
    }
    let (documents, failures) = journal.finish(&out.join(args.table.file()))?;
    if sources.others > 0 {
        eprintln!("{} files in folders are no pictures", sources.others);
    }
    Ok(summary(&sources.passed_over, &documents, &failures, out))
}

/// Makes what the journal lacks. False if it was stopped.
fn work(factory: &Factory<'_>, journal: &mut Journal, threads: usize, stop: &AtomicBool) -> Result<bool> {
    let jobs: Vec<&Job> = factory.plan.jobs.iter().filter(|job| !journal.has(job.number)).collect();
    let bar = progress(factory.plan.jobs.len() as u64, "forgeries");
    bar.set_position(journal.done() as u64);
    bar.reset_eta();
    let journal = std::sync::Mutex::new(journal);
    let made = spread(jobs.len(), threads, |i| {
        if stop.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let line = factory.make(jobs[i]).inspect_err(|_| stop.store(true, Ordering::SeqCst))?;
        journal.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line)?;
        bar.inc(1);
        Ok::<_, anyhow::Error>(true)
    });
    bar.finish_and_clear();
    made.into_iter().try_fold(true, |complete, made| Ok(made? && complete))
}

/// What makes one forgery after the other.
struct Factory<'a> {
    args: &'a ForgeArgs,
    preset: Option<&'static Preset>,
    histories: Histories,
    sources: &'a Sources,
    split: &'a [usize],
    plan: &'a Plan,
    out: &'a Path,
}

impl Factory<'_> {
    /// Makes a forgery of the first source that serves, and writes its files.
    ///
    /// # Errors
    /// If a file cannot be written. That no source serves is a line too.
    fn make(&self, job: &Job) -> Result<Line> {
        let mut reasons = vec![];
        for (attempt, source) in job.sources.iter().enumerate() {
            match self.try_source(job, attempt, *source) {
                Ok((document, made)) => {
                    write(self.out, &document, &made)?;
                    return Ok(Line::Made(Box::new(document)));
                }
                Err(error) => reasons.push((self.sources.list[*source].path.clone(), format!("{error:#}"))),
            }
        }
        let kind = job.kind.map(|kind| kind.info().id.to_owned());
        Ok(Line::Failed { number: job.number, kind, reasons })
    }

    fn try_source(&self, job: &Job, attempt: usize, source: usize) -> Result<(Document, Made)> {
        let mut random = self.plan.random(job, attempt);
        let picture = self.sources.picture(source)?;
        let list = &self.sources.list;
        let other =
            if job.kind == Some(Kind::Splice) { donor(list, self.split, source, &mut random) } else { None };
        let other = other.map(|i| Ok::<_, anyhow::Error>((i, self.sources.picture(i)?))).transpose()?;
        let request = Request {
            kind: job.kind,
            histories: &self.histories,
            size: self.args.size.map(|size| size as usize),
            mask: self.args.mask.into(),
            twin: !self.args.no_twins,
        };
        let (recipe, made) = guarded("forging", || {
            let donor = other.as_ref().map(|(i, picture)| (&list[*i], &**picture));
            draw(&request, (&list[source], &picture), donor, &mut random)
        })?;
        let split = self.args.split.as_ref().map(|split| split.0[self.split[source]].name.as_str());
        let preset = self.preset.map(|preset| preset.id);
        Ok((Document::new(job, self.args.seed, preset, split, recipe, &made), made))
    }
}

/// Writes the files of a history, each whole or not at all.
fn write(out: &Path, document: &Document, made: &Made) -> Result<()> {
    for (file, bytes) in document.with_bytes(made)? {
        write_whole(&out.join(&file.path), bytes)?;
    }
    Ok(())
}

fn summary(passed_over: &[String], documents: &[Document], failures: &[journal::Failure], out: &Path) -> u8 {
    let list = |what: &str, lines: &[String]| {
        if !lines.is_empty() {
            let more = lines.len().saturating_sub(LISTED);
            let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
            eprintln!("{what}:\n  {}{more}", lines[..lines.len().min(LISTED)].join("\n  "));
        }
    };
    list("sources passed over", passed_over);
    let mut missing: BTreeMap<String, u64> = BTreeMap::new();
    // A reason that many forgeries share is told once.
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for (kind, why) in failures {
        let kind = kind.as_deref().unwrap_or("authentic");
        *missing.entry(kind.to_owned()).or_default() += 1;
        for (source, reason) in why {
            *reasons.entry(format!("{kind} of {source}: {reason}")).or_default() += 1;
        }
    }
    list("why some were not made", &reasons.into_keys().collect::<Vec<_>>());
    let mut made: BTreeMap<&str, u64> = BTreeMap::new();
    documents.iter().for_each(|d| *made.entry(d.kind.as_deref().unwrap_or("authentic")).or_default() += 1);
    let counts = made.iter().map(|(kind, n)| format!("{n} {kind}")).collect::<Vec<_>>().join(", ");
    let missing = missing.iter().map(|(kind, n)| format!(", {n} {kind} not made")).collect::<String>();
    let counts = if counts.is_empty() { "nothing" } else { &counts };
    eprintln!("{counts}{missing}: {}", out.display());
    if passed_over.is_empty() && failures.is_empty() { 0 } else { SOME_FAILED }
}

fn find_preset(id: &str) -> Result<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id).with_context(|| {
        let known: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
        format!("there is no preset {id:?}, known: {}", known.join(", "))
    })
}

fn kinds(args: &ForgeArgs, preset: Option<&Preset>) -> Result<Vec<Option<Kind>>> {
    let mut kinds = vec![];
    for id in &args.kind {
        let kind = Kind::of(id.trim()).with_context(|| {
            let known: Vec<&str> = KINDS.iter().map(|info| info.id).collect();
            format!("there is no kind {id:?}, known: {}", known.join(", "))
        })?;
        if !kinds.contains(&Some(kind)) {
            kinds.push(Some(kind));
        }
    }
    match preset {
        Some(preset) if preset.kind.is_none() && !kinds.is_empty() => {
            bail!("the preset {} makes authentic pictures and goes with no --kind", preset.id)
        }
        Some(preset) if kinds.is_empty() => Ok(vec![preset.kind]),
        _ if kinds.is_empty() => Ok(KINDS.iter().map(|info| Some(info.kind)).collect()),
        _ => Ok(kinds),
    }
}

/// The preset's histories with what the options change.
fn histories(args: &ForgeArgs, preset: Option<&Preset>) -> Histories {
    let mut histories = preset.map_or(Histories::DEFAULT, |preset| preset.histories);
    let set = |slot: &mut Option<(u8, u8)>, given: Option<args::Quality>| {
        if let Some(args::Quality(range)) = given {
            *slot = range;
        }
    };
    set(&mut histories.quality_first, args.quality_first);
    set(&mut histories.quality_between, args.quality_between);
    set(&mut histories.quality_last, args.quality_last);
    histories.grid = args.grid.map_or(histories.grid, Into::into);
    histories.scale_before = args.resize_before.or(histories.scale_before);
    histories.scale_after = args.resize_after.or(histories.scale_after);
    histories.noise = args.noise.or(histories.noise);
    histories
}

fn list() -> Result<()> {
    for info in KINDS {
        print_line(&format!("{}: {}\n  {}\n  source: {}", info.id, info.title, info.text, info.source))?;
        for p in info.parameters {
            print_line(&format!("  {:14} {} to {}  {}", p.name, p.low, p.high, p.text))?;
        }
    }
    for preset in PRESETS {
        let kind = preset.kind.map_or("authentic", |kind| kind.info().id);
        print_line(&format!("--preset {} ({kind}): {}\n  {}", preset.id, preset.title, preset.text))?;
    }
    Ok(())
}
