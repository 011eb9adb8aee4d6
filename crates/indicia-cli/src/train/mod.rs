//! `indicia train`.

pub mod args;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result, bail};
use args::TrainArgs;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use indicia_nn::train::{Job, Progress, Trainer, Watch};

use crate::output::print_line;
use crate::work::{INTERRUPTED, handle_interrupt, threads};

/// Trains, tries, evaluates or lists. Returns the exit status.
pub fn run(args: &TrainArgs) -> Result<u8> {
    if args.list {
        return list();
    }
    let Some(id) = args.method.as_deref() else {
        bail!("what is to be trained? Known: {}", known());
    };
    let trainer = indicia_registry::trainer(id)
        .with_context(|| format!("{id:?} is nothing that can be trained; known: {}", known()))?;
    if args.print_config {
        return print_line(trainer.info().config.trim_end()).map(|()| 0);
    }
    let table = args.data.as_deref().context("--data is needed")?;
    let config = args.config.as_deref().map(read).transpose()?;
    let count = threads(args.threads.map(usize::from));
    rayon::ThreadPoolBuilder::new().num_threads(count).build_global().context("cannot set up threads")?;
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    let watch = Bar::new();
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from("."));
    let job = Job {
        table,
        config: config.as_deref(),
        out: &out,
        resume: args.resume,
        seed: args.seed,
        equalise: args.no_equalise.then_some(false),
        threads: count,
        limits: args.limits.clone().unwrap_or_default(),
        stop: &stop,
        watch: &watch,
    };
    let done = match &args.evaluate {
        Some(pack) => trainer.evaluate(&job, pack, &args.split).map(|text| (text, true)),
        None if args.dry_run => trainer.dry_run(&job).map(|text| (text, true)),
        None => trainer.train(&job).map(|report| (report.text, report.finished)),
    };
    watch.bar.finish_and_clear();
    let (text, finished) = done?;
    print_line(&text)?;
    Ok(if finished { 0 } else { INTERRUPTED })
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn known() -> String {
    indicia_registry::trainers().map(|t| t.info().id).collect::<Vec<_>>().join(", ")
}

fn list() -> Result<u8> {
    let width = indicia_registry::trainers().map(|t| t.info().id.len()).max().unwrap_or(0);
    for info in indicia_registry::trainers().map(Trainer::info) {
        print_line(&format!("{:width$}  {}", info.id, info.summary))?;
    }
    Ok(0)
}

/// The progress of a training on a terminal; elsewhere a line now and then is enough.
struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()) };
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} steps, {msg}, {eta} left");
        let bar = ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar }
    }
}

impl Watch for Bar {
    fn step(&self, progress: &Progress) {
        if self.bar.length() != Some(progress.total) {
            self.bar.set_length(progress.total);
            // Steps done before this run say nothing about its speed.
            self.bar.set_position(progress.step.saturating_sub(1));
            self.bar.reset_eta();
        }
        let metric = progress.metric.as_ref().map(|(name, v)| format!("{name} {v:.4}, ")).unwrap_or_default();
        self.bar.set_position(progress.step);
        self.bar.set_message(format!("loss {:.4}, {metric}{:.0} images/s", progress.loss, progress.speed));
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}
