//! A run that was killed equals one that was not.
//!
//! Random numbers of the processor's backend are one sequence for a process, and other tests draw from it; each
//! run is therefore a process of its own, this test program started again.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::super::*;
use super::toy::{Points, Setup};

const FOLDER: &str = "INDICIA_TEST_TRAIN_FOLDER";
const CONFIG: &str = r#"
steps = 60
batch = 6
accumulate = 2
validate_every = 10
checkpoint_every = 7
log_every = 3
ema = 0.9
clip = 1.0
metric = "auc"
[optimizer]
lr = 0.02
[schedule]
warmup = 5
"#;

/// Trains when it is started by the tests below; else it has nothing to do.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut setup = Setup::new(CONFIG);
    // Slow enough to be killed somewhere.
    let delay = Duration::from_micros(300);
    setup.points = std::sync::Arc::new(Points { count: 50, fixed: false, delay, unreadable: vec![3] });
    setup.threads = std::env::var("INDICIA_TEST_THREADS").map_or(2, |n| n.parse().unwrap());
    setup.run(Path::new(&folder), true).unwrap();
}

fn start(folder: &Path, threads: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["train::tests::resume::child", "--exact", "--test-threads=1"])
        .env(FOLDER, folder)
        .env("INDICIA_TEST_THREADS", threads.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn finish(folder: &Path, threads: usize) -> Checkpoint {
    assert!(start(folder, threads).wait().unwrap().success());
    let checkpoint = Checkpoint::read(&folder.join("last.checkpoint")).unwrap();
    assert!(checkpoint.state.finished && checkpoint.state.step == 60);
    checkpoint
}

/// Everything but the time that it took, and the numbers by which parameters are known, which are drawn anew.
fn comparable(mut checkpoint: Checkpoint, folder: &Path) -> (Checkpoint, Vec<String>) {
    checkpoint.state.seconds = Default::default();
    checkpoint.state.log_bytes = 0;
    checkpoint.optimizer = vec![];
    checkpoint.module.iter_mut().chain(checkpoint.ema.iter_mut().flatten()).for_each(|n| n.id = 0);
    let log = std::fs::read_to_string(folder.join("log.jsonl")).unwrap();
    let line = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).unwrap();
        value.as_object_mut().unwrap().remove("items_per_second");
        value.to_string()
    };
    (checkpoint, log.lines().map(line).collect())
}

#[test]
fn killed_at_any_step_it_goes_on_to_the_same_weights() {
    let whole = tempfile::tempdir().unwrap();
    let expected = comparable(finish(whole.path(), 2), whole.path());
    let weights = std::fs::read(whole.path().join("best.safetensors")).unwrap();
    let loads = tempfile::tempdir().unwrap();
    assert!(
        comparable(finish(loads.path(), 1), loads.path()) == expected,
        "the number of loading threads counts"
    );
    let noise = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    let mut killed = 0;
    for round in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        // Some lines of the log later it is killed; which step that is, the clock decides.
        let lines = 2 + (noise as usize / 7 + round * 5) % 17;
        let mut child = start(folder.path(), 2);
        let since = Instant::now();
        loop {
            let log = std::fs::read_to_string(folder.path().join("log.jsonl")).unwrap_or_default();
            if log.lines().count() >= lines || child.try_wait().unwrap().is_some() {
                break;
            }
            assert!(since.elapsed() < Duration::from_secs(60), "the child does not get on");
        }
        // On Unix this is SIGKILL.
        killed += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        let found = comparable(finish(folder.path(), 2), folder.path());
        assert!(found == expected, "after {lines} lines, it differs");
        assert_eq!(std::fs::read(folder.path().join("best.safetensors")).unwrap(), weights);
    }
    assert!(killed > 0, "every child was done before it could be killed");
}
