//! `indicia eval` as its users run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").canonicalize().unwrap()
}

fn indicia(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indicia"));
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    indicia(folder).arg("eval").args(args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs and expects success. Returns what it printed.
fn succeed(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn json(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&succeed(folder, args)).unwrap()
}

/// A folder with the samples, the mask of the pasted sign and a table `items.csv`. The sign lies in the box of
/// docs/samples.md: (20, 180) to (300, 520), pasted at (403, 85), cut off at the picture's lower edge.
fn bench() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(samples()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let (width, height) = (800, 400);
    let inside = |x: usize, y: usize| (403..683).contains(&x) && y >= 85;
    let mask: Vec<u8> = (0..width * height).map(|i| u8::from(inside(i % width, i / width)) * 255).collect();
    let file = fs::File::create(folder.path().join("sign.png")).unwrap();
    let mut encoder = png::Encoder::new(file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&mask).unwrap();
    fs::write(
        folder.path().join("items.csv"),
        "path,label,mask,method,camera\n\
         lake.jpg,real,,,A\n\
         desert-with-sign.png,fake,sign.png,splice,B\n",
    )
    .unwrap();
    folder
}

const METHODS: &str = "signal.zero,signal.error-level";

#[test]
fn a_run_is_scored_by_picture_and_by_pixel() {
    let folder = bench();
    let at = folder.path();
    succeed(at, &["run", "items.csv", "--methods", METHODS, "--maps", "--out", "run"]);
    let scores = json(at, &["score", "run", "--format", "json"]);
    let series = scores["results"].as_array().unwrap();
    assert_eq!(series.len(), 2);
    let zero = series.iter().find(|s| s["detector"] == "signal.zero").unwrap();
    assert_eq!(zero["coverage"]["items"], 2);
    assert_eq!(zero["image"]["auc"]["value"], 1.0);
    assert_eq!(zero["image"]["accuracy"]["value"], 1.0);
    assert!(zero["image"]["auc"].as_object().unwrap().contains_key("ci95"));
    // ZERO marks the sign and its posts, not the sky around them that the box holds too.
    assert!(zero["pixel"]["iou"]["value"].as_f64().unwrap() > 0.35, "{}", zero["pixel"]);
    assert_eq!(zero["pixel"]["false_alarm_images"]["value"], 0.0);
    assert_eq!((&zero["pixel"]["forged"], &zero["pixel"]["authentic"]), (&1.into(), &1.into()));
    // The same command again has nothing to do; another table in the same folder is refused.
    let again = run(at, &["run", "items.csv", "--methods", METHODS, "--maps", "--out", "run"]);
    assert!(stderr(&again).contains("(2 done before)"), "{}", stderr(&again));
    fs::write(at.join("items.csv"), "path,label\nlake.jpg,0\n").unwrap();
    let other = run(at, &["run", "items.csv", "--methods", METHODS, "--maps", "--out", "run"]);
    assert_eq!(other.status.code(), Some(64));
    assert!(stderr(&other).contains("the table changed since"), "{}", stderr(&other));
}

/// Everything but times.
fn lasting(folder: &Path, run: &str) -> Value {
    let mut scores = json(folder, &["score", run, "--format", "json", "--curves"]);
    scores.as_object_mut().unwrap().remove("about");
    scores
}

#[test]
fn a_killed_run_goes_on_and_ends_as_an_unbroken_one() {
    let folder = bench();
    let at = folder.path();
    let mut table = "path,label\n".to_owned();
    for i in 0..60 {
        let name = format!("{i}.jpg");
        fs::copy(at.join("lake-with-extra-rock.jpg"), at.join(&name)).unwrap();
        table += &format!("{name},{}\n", i % 2);
    }
    fs::write(at.join("many.csv"), table).unwrap();
    let args = ["run", "many.csv", "--methods", "signal.error-level", "--jobs", "1", "--out"];
    let mut child = indicia(at).arg("eval").args(args).arg("killed").stderr(Stdio::null()).spawn().unwrap();
    let journal = || {
        fs::read_dir(at.join("killed")).ok().map(|entries| {
            let sizes = entries.flatten().filter(|e| e.file_name().to_string_lossy().contains("journal"));
            sizes.map(|e| e.metadata().map_or(0, |m| m.len())).sum::<u64>()
        })
    };
    let start = Instant::now();
    while journal().unwrap_or(0) < 600 && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!at.join("killed/predictions.parquet").exists(), "it ended before it could be killed");
    let unfinished = run(at, &["score", "killed"]);
    assert!(stderr(&unfinished).contains("no finished run"), "{}", stderr(&unfinished));

    let resumed = run(at, &[&args[..], &["killed"]].concat());
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert!(stderr(&resumed).contains("done before)"), "{}", stderr(&resumed));
    succeed(at, &[&args[..], &["whole"]].concat());
    assert_eq!(lasting(at, "killed"), lasting(at, "whole"));
}

#[test]
fn predictions_of_any_program_are_scored_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Of the four pairs of a fake and a real one three are in order: AUC 3/4. Above 0.5 lie b, d: TP 1, FP 1.
    fs::write(at.join("mine.csv"), "path,label,score\na,0,0.2\nb,0,0.6\nc,1,0.5\nd,1,0.9\n").unwrap();
    let scores = json(at, &["score", "mine.csv", "--format", "json"]);
    assert_eq!(scores["detector"], "mine");
    assert_eq!(scores["image"]["auc"]["value"], 0.75);
    assert_eq!(scores["image"]["accuracy"]["value"], 0.75);
    assert!(scores["about"]["predictions"][0]["digest"].as_str().unwrap().starts_with("sha256:"));
    // The truth may lie in a table of its own.
    fs::write(at.join("truth.csv"), "path,label\na,real\nb,real\nc,fake\nd,fake\n").unwrap();
    fs::write(at.join("other.jsonl"), "{\"path\":\"a\",\"score\":0.1}\n{\"path\":\"b\",\"score\":0.2}\n{\"path\":\"c\",\"score\":0.3}\n{\"path\":\"d\",\"score\":0.4}\n").unwrap();
    let joined = json(at, &["score", "other.jsonl", "--table", "truth.csv", "--format", "json"]);
    assert_eq!(joined["image"]["auc"]["value"], 1.0);
    let compared =
        json(at, &["compare", "mine.csv", "other.jsonl", "--table", "truth.csv", "--format", "json"]);
    let auc = &compared["comparisons"][0]["comparison"]["metrics"]["auc"];
    assert_eq!((&auc["first"], &auc["second"]), (&0.75.into(), &1.0.into()));
    let text = succeed(at, &["score", "mine.csv"]);
    assert!(text.contains("0.750") && text.contains("Area under the ROC curve"), "{text}");
}

#[test]
fn faulty_predictions_are_named_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let cases = [
        ("path,label,score\na,0,0.1\nb,1,nan\n", "row 2, column score: NaN"),
        ("path,label,score\na,0,0.1\na,0,0.3\n", "row 2, column path: the same as in row 1"),
        ("path,label,score\na,0,0.1\nb,2,0.3\n", "row 2, column label: expected a label 0 or 1"),
        ("path,label,score\na,0,0.1\nb,,0.4\n", "row 2, column label: expected a label 0 or 1, got nothing"),
        ("path,label,score\na,0,x\n", "row 1, column score: expected a number, got \"x\""),
        ("path,label,score\na,0\n", "row 1: expected 3 fields"),
        ("path,label,score\n", "has no rows"),
        ("", "is empty"),
        ("file,score\na,1\n", "has no column \"path\", it has: file, score"),
        ("path,label,predicted_mask\na,1,gone.npy\n", "row 1, column predicted_mask: cannot read"),
    ];
    for (table, expected) in cases {
        fs::write(at.join("p.csv"), table).unwrap();
        let output = run(at, &["score", "p.csv", "--format", "json"]);
        assert_eq!(output.status.code(), Some(64), "{table:?}");
        assert!(stderr(&output).contains(expected), "{table:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
    // One class alone is no fault: what it leaves unmeasured is null, with the reason.
    fs::write(at.join("p.csv"), "path,label,score\na,1,0.1\nb,1,0.3\n").unwrap();
    let scores = json(at, &["score", "p.csv", "--format", "json"]);
    assert!(scores["image"]["auc"].is_null());
    assert_eq!(scores["absent"]["image.auc"], "no items are labelled negative");
    assert_eq!(scores["image"]["recall"]["value"], 0.0);
}

#[test]
fn faulty_tables_start_no_run() {
    let folder = bench();
    let at = folder.path();
    let cases = [
        ("path,label\nlake.jpg,0\ngone.jpg,1\n", "row 2, column path: no file"),
        ("path,label\nlake.jpg,0\nlake.jpg,0\n", "row 2, column path"),
        ("path,label\nlake.jpg,maybe\n", "row 1, column label: expected a label 0 or 1"),
        ("path,label,mask\nlake.jpg,1,gone.png\n", "row 1, column mask: no file"),
        ("path,label\n", "has no rows"),
    ];
    for (table, expected) in cases {
        fs::write(at.join("bad.csv"), table).unwrap();
        let output = run(at, &["run", "bad.csv", "--methods", "signal.metadata", "--out", "bad"]);
        assert_eq!(output.status.code(), Some(64), "{table:?}");
        assert!(stderr(&output).contains(expected), "{table:?}: {}", stderr(&output));
        assert!(!at.join("bad").exists(), "{table:?}");
    }
}

#[test]
fn a_leaderboard_is_one_page_that_needs_nothing_else() {
    let folder = bench();
    let at = folder.path();
    succeed(at, &["run", "items.csv", "--methods", METHODS, "--maps", "--out", "run"]);
    succeed(at, &["leaderboard", "run", "--out", "board.html", "--out", "board.md", "--out", "board.json"]);
    let page = fs::read_to_string(at.join("board.html")).unwrap();
    for expected in ["<!doctype html>", "signal.zero", "sha256:", "<svg", "data:image/jpeg;base64,"] {
        assert!(page.contains(expected), "{expected} is not in the page");
    }
    for outside in ["src=\"http", "href=\"http", "url(http"] {
        assert!(!page.contains(outside), "{outside} is in the page");
    }
    let markdown = fs::read_to_string(at.join("board.md")).unwrap();
    assert!(markdown.contains("| signal.zero") && markdown.contains("## Definitions"), "{markdown}");
    let board: Value = serde_json::from_slice(&fs::read(at.join("board.json")).unwrap()).unwrap();
    assert_eq!(board["results"].as_array().unwrap().len(), 2);
    // Without pictures of items where these are private.
    succeed(at, &["leaderboard", "run", "--private", "--out", "private.html"]);
    assert!(!fs::read_to_string(at.join("private.html")).unwrap().contains("data:image/jpeg"));
}

#[test]
fn a_protocol_of_ones_own_splits_and_scores() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(
        at.join("cameras.toml"),
        "name = \"cameras\"\ntitle = \"A camera never seen\"\nmetrics = [\"auc\"]\n\
         [design]\nkind = \"leave_one_out\"\ncolumn = \"domain\"\n",
    )
    .unwrap();
    let mut table = "path,label,domain\n".to_owned();
    let mut predictions = "path,trained_on,score\n".to_owned();
    for (i, domain) in ["x", "y"].iter().cycle().take(8).enumerate() {
        let label = i / 2 % 2;
        table += &format!("{i}.jpg,{label},{domain}\n");
        // Right on x, wrong on y.
        let score = if (label == 1) == (*domain == "x") { 0.9 } else { 0.1 };
        predictions += &format!("{i}.jpg,without {domain},{score}\n");
    }
    fs::write(at.join("t.csv"), table).unwrap();
    fs::write(at.join("p.csv"), predictions).unwrap();
    let written = succeed(at, &["split", "t.csv", "--protocol", "cameras.toml", "--out", "split"]);
    assert!(written.contains("without x") && written.contains("without y"), "{written}");
    let scored = json(
        at,
        &[
            "score",
            "p.csv",
            "--table",
            "t.csv",
            "--partial",
            "--protocol",
            "cameras.toml",
            "--format",
            "json",
        ],
    );
    let auc = |name: &str| {
        let cells = scored["cells"].as_array().unwrap();
        let cell = cells.iter().find(|c| c["name"] == name).unwrap();
        cell["results"][0]["image"]["auc"]["value"].as_f64().unwrap()
    };
    assert_eq!((auc("x"), auc("y")), (1.0, 0.0));

    let listed = succeed(at, &["protocols"]);
    assert!(listed.contains("df40/4") && listed.contains("dragon/1") && listed.contains("forgerynet/image"));
    assert!(succeed(at, &["protocols", "df40/4"]).contains("one_against_all"));
    let unknown = run(at, &["score", "p.csv", "--protocol", "df41"]);
    assert!(stderr(&unknown).contains("no protocol \"df41\""), "{}", stderr(&unknown));
    assert!(succeed(at, &["metrics"]).contains("tpr_at_fpr_0.001"));
}
