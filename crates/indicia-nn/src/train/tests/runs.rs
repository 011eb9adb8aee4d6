//! Whole runs.

use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use super::toy::{Points, Setup, Toy};

fn text(setup: &Setup, folder: &std::path::Path) -> String {
    setup.run(folder, false).map(drop).unwrap_err().to_string()
}

#[test]
fn a_few_points_are_learned_by_heart() {
    let mut setup = Setup::new(
        "steps = 400\nbatch = 8\nlog_every = 1\nvalidate_every = 400\n[optimizer]\nlr = 0.05\nweight_decay = 0.0\n",
    );
    setup.toy = Toy::new(0.0);
    setup.points = Arc::new(Points { count: 8, fixed: true, delay: Duration::ZERO, unreadable: vec![] });
    let folder = tempfile::tempdir().unwrap();
    let outcome = setup.run(folder.path(), false).unwrap();
    let losses: Vec<f64> =
        outcome.state.history.iter().filter(|p| p.name == "loss").map(|p| p.value.0).collect();
    assert_eq!(losses.len(), 400);
    assert!(losses[0] > 0.3 && losses[399] < 0.005, "{} {}", losses[0], losses[399]);
    let best = outcome.state.best.unwrap();
    assert_eq!((best.value.0, best.step), (1.0, 400));
    let log = std::fs::read_to_string(folder.path().join("log.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 1 + 400 + 1);
    assert_eq!(lines[1]["parts"]["twice"], 2.0 * lines[1]["loss"].as_f64().unwrap());
    for key in ["step", "epoch", "loss", "lr", "grad_norm", "items_per_second"] {
        assert!(lines[7][key].is_number(), "{key}");
    }
    assert_eq!(lines[401]["metrics"]["auc"], 1.0);
    let curves = std::fs::read(folder.path().join("curves.png")).unwrap();
    assert!(curves.starts_with(b"\x89PNG"));
}

#[test]
fn a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_checkpoint() {
    let mut setup = Setup::new("steps = 20\nbatch = 4\ncheckpoint_every = 5\n");
    setup.toy.broken_at = Some(13);
    let folder = tempfile::tempdir().unwrap();
    let error = text(&setup, folder.path());
    assert!(
        error.contains("the loss is NaN at step 13") && error.contains("checkpoint of step 10 is kept"),
        "{error}"
    );
    let kept = Checkpoint::read(&folder.path().join("last.checkpoint")).unwrap();
    assert_eq!(kept.state.step, 10);
    assert!(kept.module.iter().flat_map(|n| &n.values).all(|v| v.is_finite()));
    // A learning rate that is far too high breaks it by itself.
    let mut setup = Setup::new("steps = 300\nbatch = 4\n[optimizer]\nkind = \"sgd\"\nlr = 1e30\n");
    setup.toy = Toy::new(0.0);
    let folder = tempfile::tempdir().unwrap();
    let error = text(&setup, folder.path());
    assert!(error.contains("training stops, there is no checkpoint yet"), "{error}");
}

#[test]
fn it_stops_early_stops_when_told_and_refuses_a_folder_in_use() {
    let mut setup =
        Setup::new("steps = 200\nbatch = 4\nvalidate_every = 2\npatience = 3\n[optimizer]\nlr = 1e-12\n");
    let folder = tempfile::tempdir().unwrap();
    let outcome = setup.run(folder.path(), false).unwrap();
    assert!(outcome.state.finished && outcome.state.step < 60, "{}", outcome.state.step);
    assert_eq!(outcome.state.since_best, 3);
    assert!(text(&setup, folder.path()).contains("--resume"));
    setup.config.optimizer.lr = 1.0;
    let error = setup.run(folder.path(), true).map(drop).unwrap_err().to_string();
    assert!(error.contains("train.optimizer.lr was") && error.contains("is 1.0"), "{error}");

    let mut setup = Setup::new("steps = 30\nbatch = 4\nvalidate_every = 10\n");
    setup.ear.stop_after = Some(13);
    let folder = tempfile::tempdir().unwrap();
    let outcome = setup.run(folder.path(), false).unwrap();
    assert_eq!((outcome.state.step, outcome.state.finished), (13, false));
    assert_eq!(Checkpoint::read(&folder.path().join("last.checkpoint")).unwrap().state.step, 13);
    setup.ear.stop_after = None;
    setup.ear.stop.store(false, std::sync::atomic::Ordering::SeqCst);
    let outcome = setup.run(folder.path(), true).unwrap();
    assert_eq!((outcome.state.step, outcome.state.finished), (30, true));
    assert!(setup.ear.said.lock().unwrap().iter().any(|s| s == "goes on after step 13"));
    // A run that is over has nothing left to do.
    assert_eq!(setup.run(folder.path(), true).unwrap().state.step, 30);
}

#[test]
fn unreadable_items_are_counted_named_and_limited() {
    let mut setup = Setup::new("steps = 40\nbatch = 4\n");
    let points = |unreadable| Arc::new(Points { count: 40, fixed: false, delay: Duration::ZERO, unreadable });
    setup.points = points(vec![5, 8]);
    let folder = tempfile::tempdir().unwrap();
    let state = setup.run(folder.path(), false).unwrap().state;
    assert_eq!(state.unreadable.keys().collect::<Vec<_>>(), ["point 5", "point 8"]);
    assert_eq!(state.unreadable["point 5"], "not there");
    setup.points = points(vec![5, 8, 9]);
    let error = text(&setup, tempfile::tempdir().unwrap().path());
    assert!(error.contains("3 items cannot be read") && error.contains("point 9 (not there)"), "{error}");
    setup.points = points((0..40).collect());
    setup.max_unreadable = 100;
    let error = text(&setup, tempfile::tempdir().unwrap().path());
    assert!(error.contains("not one item of a batch can be read"), "{error}");
    setup.points = points(vec![]);
    setup.config.metric = "iou".to_owned();
    let error = text(&setup, tempfile::tempdir().unwrap().path());
    assert!(error.contains("no metric \"iou\"") && error.contains("auc, accuracy"), "{error}");
    setup.points = Arc::new(Points { count: 0, fixed: true, delay: Duration::ZERO, unreadable: vec![] });
    assert!(text(&setup, tempfile::tempdir().unwrap().path()).contains("nothing to train on"));
}

#[test]
fn frozen_parameters_stay_and_the_others_move() {
    let mut setup = Setup::new("steps = 5\nbatch = 4\nfreeze = [\"^first\\\\.\"]\n[optimizer]\nlr = 0.1\n");
    let folder = tempfile::tempdir().unwrap();
    setup.ear.stop_after = Some(1);
    let mut after = || {
        setup.run(folder.path(), true).unwrap();
        setup.ear.stop_after = None;
        setup.ear.stop.store(false, std::sync::atomic::Ordering::SeqCst);
        Checkpoint::read(&folder.path().join("last.checkpoint")).unwrap()
    };
    let [early, late] = [after(), after()];
    assert_eq!((early.state.step, late.state.step), (1, 5));
    let get =
        |all: &Checkpoint, path: &str| all.module.iter().find(|n| n.path == path).unwrap().values.clone();
    assert_eq!(get(&early, "first.weight"), get(&late, "first.weight"));
    assert_eq!(get(&early, "first.bias"), get(&late, "first.bias"));
    assert_ne!(get(&early, "second.weight"), get(&late, "second.weight"));
    setup.config.freeze = vec!["third".to_owned()];
    assert!(text(&setup, tempfile::tempdir().unwrap().path()).contains("\"third\" fits no parameter"));
    setup.config.freeze = vec!["[".to_owned()];
    assert!(text(&setup, tempfile::tempdir().unwrap().path()).contains("no regular expression"));
    setup.config.freeze = vec![".".to_owned()];
    assert!(text(&setup, tempfile::tempdir().unwrap().path()).contains("no parameter is left"));
}
