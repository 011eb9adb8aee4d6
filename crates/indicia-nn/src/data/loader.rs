//! Work ahead of its consumer, on other threads.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use indicia_core::{Error, Result, guarded};

/// Gives `work(0)`, `work(1)`, ... in order, each computed ahead on one of several threads. At most `ahead`
/// results wait; the results and their order do not depend on the number of threads.
pub struct Loader<T> {
    shared: Arc<Shared<T>>,
    workers: Vec<JoinHandle<()>>,
    next: u64,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    ahead: u64,
    count: u64,
}

struct State<T> {
    started: u64,
    taken: u64,
    done: BTreeMap<u64, Result<T>>,
    quit: bool,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, guard: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + 'static> Loader<T> {
    /// Starts `threads` threads (at least one) on `work` for every number below `count`.
    pub fn start(
        count: u64,
        threads: usize,
        ahead: usize,
        work: impl Fn(u64) -> Result<T> + Send + Sync + 'static,
    ) -> Self {
        let state = State { started: 0, taken: 0, done: BTreeMap::new(), quit: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            ahead: ahead.max(1) as u64,
            count,
        });
        let work = Arc::new(work);
        let worker = |_| {
            let (shared, work) = (Arc::clone(&shared), Arc::clone(&work));
            std::thread::spawn(move || run(&shared, &*work))
        };
        let workers = (0..threads.max(1)).map(worker).collect();
        Self { shared, workers, next: 0 }
    }
}

fn run<T: Send>(shared: &Shared<T>, work: &(impl Fn(u64) -> Result<T> + Sync)) {
    // Kernels that split their work do it on one thread here: the others are busy with other items.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    loop {
        let mut guard = shared.lock();
        while !guard.quit && guard.started < shared.count && guard.started >= guard.taken + shared.ahead {
            guard = shared.wait(guard);
        }
        if guard.quit || guard.started >= shared.count {
            return;
        }
        let place = guard.started;
        guard.started += 1;
        drop(guard);
        // A panic must not leave the consumer waiting for ever.
        let step = || guarded("loading data", || work(place));
        let result = match &pool {
            Ok(pool) => pool.install(step),
            Err(_) => step(),
        };
        shared.lock().done.insert(place, result);
        shared.changed.notify_all();
    }
}

impl<T> Iterator for Loader<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.next >= self.shared.count {
            return None;
        }
        let mut guard = self.shared.lock();
        loop {
            if let Some(result) = guard.done.remove(&self.next) {
                guard.taken += 1;
                drop(guard);
                self.next += 1;
                self.shared.changed.notify_all();
                return Some(result);
            }
            if self.workers.iter().all(JoinHandle::is_finished) {
                self.next = self.shared.count;
                return Some(Err(Error::internal("the threads that load data have ended before their work")));
            }
            guard = self.shared.wait(guard);
        }
    }
}

impl<T> Drop for Loader<T> {
    fn drop(&mut self) {
        self.shared.lock().quit = true;
        self.shared.changed.notify_all();
        for worker in self.workers.drain(..) {
            // Panics were caught and became errors.
            let _ = worker.join();
        }
    }
}
