//! `indicia calibrate`.

pub mod args;
mod samples;
mod tell;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use indicia_core::{BuildContext, ParameterValues, Topic};
use indicia_eval::calibrate::{self, Calibration, Options, SCHEMA};
use indicia_eval::detector::MethodDetector;
use indicia_eval::files;
use indicia_eval::stats::Bootstrap;

use crate::output::{print_line, with_ending, write_whole};
use crate::work::{INTERRUPTED, handle_interrupt, parameters, selection, threads};
use args::CalibrateArgs;
use samples::Sampling;

/// Exit status if a picture could not be read or a method failed.
const SOME_FAILED: u8 = 2;

/// Learns a population. Returns the exit status.
pub fn run(args: &CalibrateArgs) -> Result<u8> {
    if !(0.0..1.0).contains(&args.false_alarms) {
        bail!("--false-alarms is {}, expected a share from 0 to below 1", args.false_alarms);
    }
    let mut calibration = read(args)?;
    let context = BuildContext { parameters: parameters(&args.set), ..BuildContext::default() };
    let mut infos = selection(&args.methods)?;
    if args.methods.is_empty() {
        // What views show depends on the scene: their scores tell populations apart, not alterations.
        infos.retain(|info| info.topic != Topic::View);
    }
    for id in args.if_applies.iter().chain(&args.unless_applies) {
        if infos.iter().all(|info| info.id != id) {
            bail!("{id} decides who belongs to the population, but is not among the methods");
        }
    }
    let mut methods: BTreeMap<String, ParameterValues> = BTreeMap::new();
    let mut detectors = vec![];
    for info in infos {
        methods.insert(info.id.to_owned(), info.parameter_values(&context)?);
        detectors.push(MethodDetector::new(info, &context)?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().context("cannot set up threads")?;
    let sampling = Sampling {
        authentic: &args.authentic,
        altered: &args.altered,
        detectors: &detectors,
        limits: args.limits.clone().unwrap_or_default(),
        jobs: threads(args.jobs.map(usize::from)),
        file: with_ending(&args.out, ".samples.jsonl"),
    };
    let sampled = sampling.run(&stop)?;
    if stop.load(Ordering::SeqCst) {
        eprintln!(
            "stopped after {} of {} pictures; the same command goes on",
            sampled.samples.len(),
            sampled.total
        );
        return Ok(INTERRUPTED);
    }
    let options = Options {
        name: args.name.clone(),
        description: args.describe.clone(),
        if_applies: args.if_applies.clone(),
        unless_applies: args.unless_applies.clone(),
        locates_only: args.locate_only,
        methods,
        false_alarms: args.false_alarms,
        bootstrap: Bootstrap::default(),
    };
    let learned = calibrate::learn(&sampled.samples, &options)?;
    calibration.populations.retain(|population| population.name != args.name);
    calibration.populations.push(learned.population.clone());
    let text = serde_json::to_string_pretty(&calibration)?;
    write_whole(&args.out, |out| Ok(writeln!(out, "{text}")?))?;
    print_line(&tell::summary(&learned))?;
    for failure in &sampled.failures {
        eprintln!("indicia: {failure}");
    }
    eprintln!("calibration: {}", args.out.display());
    Ok(if sampled.failures.is_empty() { 0 } else { SOME_FAILED })
}

/// The calibration to add to, if the file is there.
fn read(args: &CalibrateArgs) -> Result<Calibration> {
    if !args.out.exists() {
        return Ok(Calibration { schema: SCHEMA.to_owned(), populations: vec![] });
    }
    let bytes = files::read(&args.out, 1 << 28)?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is no text", args.out.display()))?;
    Calibration::from_json(&text).with_context(|| args.out.display().to_string())
}
