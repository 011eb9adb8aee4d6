use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use indicia_core::BuildContext;
use indicia_eval::detector::{Detector, MethodDetector};
use indicia_eval::protocol::{Plan, Protocol};
use indicia_eval::run::Run;

use super::args::RunArgs;
use super::conditions;
use crate::work::{INTERRUPTED, handle_interrupt, parameters, progress, selection, threads};

/// Exit status if a judgement failed.
const SOME_FAILED: u8 = 2;

/// Runs methods over a table.
pub fn run(args: &RunArgs) -> Result<u8> {
    let limits = args.limits.clone().unwrap_or_default();
    let protocol = args.protocol.as_deref().map(Protocol::load).transpose()?;
    let plan = protocol.as_ref().map(|protocol| Plan::of(protocol, &args.table)).transpose()?;
    let clean = vec!["clean".to_owned()];
    let names = match &protocol {
        _ if !args.conditions.is_empty() => &args.conditions,
        Some(protocol) => &protocol.conditions,
        None => &clean,
    };
    let conditions = conditions::make(names, &limits)?;
    let context = BuildContext { parameters: parameters(&args.set), ..BuildContext::default() };
    let detectors = selection(&args.methods)?
        .into_iter()
        .map(|info| MethodDetector::new(info, &context))
        .collect::<Result<Vec<_>, _>>()?;
    let keep = |item: &indicia_eval::table::Item| plan.as_ref().is_none_or(|plan| plan.judges(item));
    let run = Run {
        table: &args.table,
        out: &args.out,
        detectors: detectors.iter().map(|d| d as &dyn Detector).collect(),
        conditions: conditions.iter().map(AsRef::as_ref).collect(),
        keep: &keep,
        kept: protocol.map(|p| format!("test items of the protocol {}", p.name)).unwrap_or_default(),
        maps: args.maps,
        skip_missing: args.skip_missing,
        limits,
        jobs: threads(args.jobs.map(usize::from)),
    };
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    // Items are run side by side; a pool of threads within each would only stand in the way.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().context("cannot set up threads")?;
    let bar = std::cell::OnceCell::new();
    let outcome = run.execute(&stop, &|done, total| {
        let bar = bar.get_or_init(|| {
            let bar = progress(total, "items and conditions");
            bar.set_position(done);
            bar.reset_eta();
            bar
        });
        bar.set_position(done);
    });
    if let Some(bar) = bar.get() {
        bar.finish_and_clear();
    }
    let outcome = outcome?;
    if !outcome.complete {
        eprintln!(
            "stopped after {} of {}; the same command goes on",
            outcome.before + outcome.done,
            outcome.total
        );
        return Ok(INTERRUPTED);
    }
    let failed =
        if outcome.failed > 0 { format!(", {} judgements failed", outcome.failed) } else { String::new() };
    let before =
        if outcome.before > 0 { format!(" ({} done before)", outcome.before) } else { String::new() };
    eprintln!(
        "{} items and conditions{before}{failed}; predictions: {}",
        outcome.total,
        run.predictions().display()
    );
    Ok(if outcome.failed > 0 { SOME_FAILED } else { 0 })
}
