//! What commands over many inputs share: threads, progress, Ctrl-C, the choice of methods.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use indicia_core::MethodInfo;

use crate::args::Setting;
use crate::methods::unknown;

/// Exit status after Ctrl-C, as shells count it.
pub const INTERRUPTED: u8 = 130;

/// The first Ctrl-C lets inputs that are being examined end and starts no further one; the second ends the
/// process at once.
pub fn handle_interrupt(stop: &Arc<AtomicBool>) -> Result<()> {
    let stop = Arc::clone(stop);
    ctrlc::set_handler(move || {
        if stop.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        eprintln!("\nstopping after the inputs in hand; press Ctrl-C again to stop at once");
    })
    .context("cannot listen for Ctrl-C")
}

/// Runs `work` with `threads` threads for its kernels. Each worker keeps its pool.
pub fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    thread_local!(static POOL: std::cell::OnceCell<rayon::ThreadPool> = const { std::cell::OnceCell::new() });
    POOL.with(|pool| {
        let make = || rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        match pool.get() {
            Some(pool) => pool.install(work),
            None => match make() {
                Ok(made) => pool.get_or_init(|| made).install(work),
                // Without threads of its own it works with the process's common ones.
                Err(_) => work(),
            },
        }
    })
}

/// A bar on a terminal for work of several `things`, hidden elsewhere.
pub fn progress(count: u64, things: &str) -> ProgressBar {
    if count < 2 || !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template(&format!(
        "{{bar:30}} {{pos}}/{{len}} {things}, {{per_sec}}, {{eta}} left"
    ));
    ProgressBar::new(count).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Threads to work with: as many as were asked for, or one a core.
pub fn threads(jobs: Option<usize>) -> usize {
    jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The parameters that `--set` gives, by method.
pub fn parameters(settings: &[Setting]) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut parameters: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for setting in settings {
        let of_method = parameters.entry(setting.method.clone()).or_default();
        of_method.insert(setting.parameter.clone(), setting.value);
    }
    parameters
}

/// The methods of these ids, all for none.
pub fn selection(ids: &[String]) -> Result<Vec<&'static MethodInfo>> {
    if ids.is_empty() {
        return Ok(indicia_registry::methods().collect());
    }
    let find = |id: &String| indicia_registry::method(id.trim()).with_context(|| unknown(id));
    ids.iter().map(find).collect()
}

/// Does `work` for each number below `count` with so many threads; results in order.
pub fn spread<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let (work, next) = (&work, &next);
    let mut results: Vec<(usize, T)> = std::thread::scope(|scope| {
        let worker = move || {
            let numbers = std::iter::from_fn(|| {
                let i = next.fetch_add(1, Ordering::Relaxed);
                (i < count).then_some(i)
            });
            numbers.map(|i| (i, work(i))).collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..threads.clamp(1, count.max(1))).map(|_| scope.spawn(worker)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    results.sort_by_key(|(i, _)| *i);
    results.into_iter().map(|(_, result)| result).collect()
}
