//! `indicia corrupt`.

pub mod args;
mod history;
mod item;
mod table;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use args::CorruptArgs;
use indicia_core::Limits;
use indicia_eval::ordered::{self, Order};
use indicia_eval::table::ItemReader;
use indicia_synthesis::corrupt::{CORRUPTIONS, Recipe, find, page};

use self::history::History;
use self::item::{Done, Job};
use self::table::CorruptedTable;
use crate::inputs::{Input, Place, expand};
use crate::names;
use crate::output::print_line;
use crate::work::{INTERRUPTED, handle_interrupt, progress, threads};

/// Exit status if an input could not be read or changed.
const SOME_FAILED: u8 = 2;

/// A recipe and the folder of its files.
struct Named {
    recipe: Recipe,
    name: String,
    folder: String,
}

/// What all items are changed under.
struct Task<'a> {
    recipes: Vec<Named>,
    out: &'a Path,
    seed: u64,
    limits: Limits,
}

/// Writes changed files, or lists the corruptions.
pub fn run(args: &CorruptArgs) -> Result<u8> {
    if let Some(id) = &args.list {
        return list(id);
    }
    let out = args.out.as_deref().context("expected --out DIR")?;
    let task = Task {
        recipes: recipes(&args.with)?,
        out,
        seed: args.seed,
        limits: args.limits.clone().unwrap_or_default(),
    };
    let inputs = expand(&args.inputs);
    let names = names::assign(&inputs);
    let (mut files, mut tables) = (vec![], vec![]);
    for (input, name) in inputs.into_iter().zip(names) {
        match tabular(&input) {
            Some(path) => tables.push(CorruptedTable::open(path, &name, &task)?),
            None => files.push(Job::file(input, name)),
        }
    }
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    let items = files.len() as u64 + tables.iter().map(|table| table.rows).sum::<u64>();
    let jobs = threads(args.jobs.map(usize::from));
    // Many items are changed side by side; a single one has the threads to itself.
    let inside = if items > 1 { 1 } else { jobs };
    rayon::ThreadPoolBuilder::new().num_threads(inside).build_global().context("cannot set up threads")?;
    let bar = progress(items, "items");
    let mut history = History::create(out)?;
    let mut change = |jobs_of: Box<dyn Iterator<Item = Result<Job>> + Send + '_>,
                      keep: &mut dyn FnMut(&Done) -> Result<()>| {
        let work = |job: Result<Job>| job.map(|job| item::run(&task, job));
        ordered::run(jobs_of, jobs, Order::Items, &stop, work, |_, done: Result<Done>| {
            let done = done?;
            for line in done.report() {
                bar.suspend(|| eprintln!("{line}"));
            }
            history.add(&task, &done)?;
            bar.inc(1);
            keep(&done)
        })
    };
    change(Box::new(files.into_iter().map(Ok)), &mut |_| Ok(()))?;
    for table in tables {
        let mut writer = table.writer(&task)?;
        change(table.jobs()?, &mut |done| writer.add(&task, done))?;
        if !stop.load(Ordering::SeqCst) {
            writer.finish()?;
        }
    }
    bar.finish_and_clear();
    let (written, failed) = history.finish()?;
    if stop.load(Ordering::SeqCst) {
        eprintln!("stopped; {written} files are written and in {}", History::path(out).display());
        return Ok(INTERRUPTED);
    }
    let not = if failed > 0 { format!(", {failed} could not be made") } else { String::new() };
    eprintln!("{written} files{not}; history: {}", History::path(out).display());
    Ok(if failed > 0 { SOME_FAILED } else { 0 })
}

/// The recipes with a folder each.
fn recipes(texts: &[String]) -> Result<Vec<Named>> {
    let (mut all, mut taken, mut folders) = (vec![], HashSet::new(), HashSet::new());
    for text in texts {
        for recipe in Recipe::parse_all(text)? {
            let name = recipe.name();
            if !taken.insert(name.clone()) {
                bail!("the recipe {name:?} is given twice");
            }
            let safe = |c: char| if c.is_ascii_alphanumeric() || ".-_@+".contains(c) { c } else { '_' };
            let mut folder: String = name.chars().map(safe).collect();
            while !folders.insert(folder.clone()) {
                folder.push('_');
            }
            all.push(Named { recipe, name, folder });
        }
    }
    Ok(all)
}

/// The path of an input that is a table of items: a file that was named itself, is no picture, and has a
/// column `path`.
fn tabular(input: &Input) -> Option<&Path> {
    let Place::File(path) = &input.place else { return None };
    let named = input.folder.as_os_str().is_empty() && path.is_file();
    (named && ItemReader::open(path).is_ok()).then_some(path)
}

fn list(id: &str) -> Result<u8> {
    if id.is_empty() {
        let width = CORRUPTIONS.iter().map(|c| c.id.len()).max().unwrap_or(0);
        for c in CORRUPTIONS {
            print_line(&format!("{:width$}  {}", c.id, c.text))?;
        }
        return Ok(0);
    }
    match find(id) {
        Some(c) => print_line(page(c).trim_end()).map(|()| 0),
        // The recipe's own message names the nearest id.
        None => Ok(Recipe::parse(id).map(|_| 0)?),
    }
}
