//! Work on many items at once, results in the order of the items.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How far workers may run ahead of the consumer, in items a worker.
const AHEAD: usize = 32;

struct State<T> {
    next_to_start: usize,
    next_to_finish: usize,
    done: BTreeMap<usize, T>,
}

/// Waits for a change, for a bounded time: a signal handler sets `stop` without a notification.
fn wait<'a, T>(changed: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    changed.wait_timeout(guard, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner).0
}

/// A worker that panics ends the run; the panic itself reaches the caller when the threads are joined.
struct QuitOnPanic<'a>(&'a AtomicBool);

impl Drop for QuitOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

/// Runs `work` for `0..count` on `jobs` threads and hands each result to `consume` on the calling thread in
/// the order of the items, as early as that order allows. When `stop` is set no further item is started;
/// results that are complete and in order still reach `consume`. When `consume` fails, the rest is left
/// undone and its error returned.
pub fn run<T: Send, E>(
    count: usize,
    jobs: usize,
    stop: &AtomicBool,
    work: impl Fn(usize) -> T + Sync,
    mut consume: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let state = Mutex::new(State { next_to_start: 0, next_to_finish: 0, done: BTreeMap::new() });
    let changed = Condvar::new();
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let quit = AtomicBool::new(false);
    let stopped = || stop.load(Ordering::SeqCst) || quit.load(Ordering::SeqCst);
    let worker = || {
        let _guard = QuitOnPanic(&quit);
        loop {
            let mut guard = lock();
            while !stopped() && guard.next_to_start >= guard.next_to_finish + jobs * AHEAD {
                guard = wait(&changed, guard);
            }
            let item = guard.next_to_start;
            if stopped() || item >= count {
                return;
            }
            guard.next_to_start += 1;
            drop(guard);
            let result = work(item);
            lock().done.insert(item, result);
            changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(count).max(1)).map(|_| scope.spawn(worker)).collect();
        let mut outcome = Ok(());
        while outcome.is_ok() {
            let mut guard = lock();
            let item = guard.next_to_finish;
            if item >= count {
                break;
            }
            if let Some(result) = guard.done.remove(&item) {
                guard.next_to_finish += 1;
                drop(guard);
                changed.notify_all();
                outcome = consume(item, result);
            } else if stopped() && workers.iter().all(|w| w.is_finished()) {
                break;
            } else {
                drop(wait(&changed, guard));
            }
        }
        quit.store(true, Ordering::SeqCst);
        changed.notify_all();
        outcome
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_takes_long() {
        let mut seen = vec![];
        let work = |i: usize| {
            std::thread::sleep(Duration::from_millis(if i.is_multiple_of(7) { 8 } else { 0 }));
            i * i
        };
        run(300, 8, &AtomicBool::new(false), work, |i, r| {
            seen.push((i, r));
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_eq!(seen, (0..300).map(|i| (i, i * i)).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_to_do_ends_at_once() {
        run(0, 4, &AtomicBool::new(false), |_| (), |_, ()| Err(())).unwrap();
    }

    #[test]
    fn a_stop_leaves_a_prefix_and_an_error_ends_the_run() {
        let stop = AtomicBool::new(false);
        let mut seen = vec![];
        run(
            10_000,
            2,
            &stop,
            |i| i,
            |i, r| {
                seen.push(r);
                stop.fetch_or(i == 5, Ordering::SeqCst);
                Ok::<_, ()>(())
            },
        )
        .unwrap();
        assert!(seen.len() < 10_000 && seen.len() > 5);
        assert_eq!(seen, (0..seen.len()).collect::<Vec<_>>());
        let outcome =
            run(100, 2, &AtomicBool::new(false), |i| i, |i, _| if i == 3 { Err("full") } else { Ok(()) });
        assert_eq!(outcome, Err("full"));
    }
}
