//! Work on many items at once, drawn from a source as they are needed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How far workers may run ahead of the consumer, in items a worker.
const AHEAD: usize = 32;

/// In which order results reach the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The order of the items.
    Items,
    /// The order in which they are done.
    Done,
}

struct State<I, T> {
    source: I,
    exhausted: bool,
    started: usize,
    finished: usize,
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

/// Runs `work` for every item of `source` on `jobs` threads and hands each result, with the place of its
/// item, to `consume` on the calling thread, as early as `order` allows. At most a fixed number of items is
/// held at a time, so that a source of any length takes constant memory. When `stop` is set no further item
/// is drawn; results that are complete still reach `consume`. When `consume` fails, the rest is left undone
/// and its error returned.
pub fn run<S: Send, T: Send, E>(
    source: impl Iterator<Item = S> + Send,
    jobs: usize,
    order: Order,
    stop: &AtomicBool,
    work: impl Fn(S) -> T + Sync,
    mut consume: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let jobs = jobs.max(1);
    let state =
        Mutex::new(State { source, exhausted: false, started: 0, finished: 0, done: BTreeMap::new() });
    let changed = Condvar::new();
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let quit = AtomicBool::new(false);
    let stopped = || stop.load(Ordering::SeqCst) || quit.load(Ordering::SeqCst);
    let worker = || {
        let _guard = QuitOnPanic(&quit);
        loop {
            let mut guard = lock();
            while !stopped() && guard.started >= guard.finished + jobs * AHEAD {
                guard = wait(&changed, guard);
            }
            if stopped() || guard.exhausted {
                return;
            }
            let Some(item) = guard.source.next() else {
                guard.exhausted = true;
                changed.notify_all();
                return;
            };
            let place = guard.started;
            guard.started += 1;
            drop(guard);
            let result = work(item);
            lock().done.insert(place, result);
            changed.notify_all();
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
        let mut outcome = Ok(());
        while outcome.is_ok() {
            let mut guard = lock();
            let place = guard.finished;
            let next = match order {
                Order::Items => guard.done.remove_entry(&place),
                Order::Done => guard.done.pop_first(),
            };
            if let Some((place, result)) = next {
                guard.finished += 1;
                drop(guard);
                changed.notify_all();
                outcome = consume(place, result);
            } else if (guard.exhausted && guard.finished == guard.started)
                || (stopped() && workers.iter().all(|w| w.is_finished()))
            {
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

    static GO: AtomicBool = AtomicBool::new(false);

    fn uneven(i: usize) -> usize {
        std::thread::sleep(Duration::from_millis(if i.is_multiple_of(7) { 8 } else { 0 }));
        i * i
    }

    #[test]
    fn results_come_in_order_whatever_takes_long() {
        let mut seen = vec![];
        run(0..300, 8, Order::Items, &GO, uneven, |i, r| {
            seen.push((i, r));
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_eq!(seen, (0..300).map(|i| (i, i * i)).collect::<Vec<_>>());
    }

    #[test]
    fn results_come_as_they_are_done_and_each_once() {
        let mut seen = vec![];
        run(0..300, 8, Order::Done, &GO, uneven, |i, r| {
            seen.push((i, r));
            Ok::<_, ()>(())
        })
        .unwrap();
        assert_ne!(seen, (0..300).map(|i| (i, i * i)).collect::<Vec<_>>());
        seen.sort_unstable();
        assert_eq!(seen, (0..300).map(|i| (i, i * i)).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_to_do_ends_at_once() {
        run(0..0, 4, Order::Items, &GO, |_| (), |_, ()| Err(())).unwrap();
    }

    #[test]
    fn a_stop_leaves_a_prefix_and_an_error_ends_the_run() {
        let stop = AtomicBool::new(false);
        let mut seen = vec![];
        run(
            0..10_000,
            2,
            Order::Items,
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
            run(0..100, 2, Order::Items, &GO, |i| i, |i, _| if i == 3 { Err("full") } else { Ok(()) });
        assert_eq!(outcome, Err("full"));
    }
}
