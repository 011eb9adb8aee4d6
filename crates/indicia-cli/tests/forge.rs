//! `indicia forge` as its users run it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").canonicalize().unwrap()
}

fn forge(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_indicia")).arg("forge").args(args).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn rows(folder: &Path) -> Vec<Value> {
    let table = fs::read_to_string(folder.join("table.jsonl")).unwrap();
    table.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_data_set_is_the_same_for_any_number_of_jobs_after_a_stop_and_when_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let out = |name: &str| dir.path().join(name);
    let samples = samples();
    let make = |name: &str, jobs: &str| {
        let folder = out(name);
        let args =
            ["--kind", "splice,copy_move,local_enhance", "--count", "4", "--size", "256", "--seed", "3"];
        let more = ["--table", "jsonl", "--out", folder.to_str().unwrap(), "--jobs", jobs];
        forge(&[&[samples.to_str().unwrap()][..], &args, &more].concat())
    };
    let first = make("one", "1");
    assert_eq!(first.status.code(), Some(0), "{}", errors(&first));
    assert!(errors(&first).contains("4 copy_move, 4 local_enhance, 4 splice: "), "{}", errors(&first));
    let all = files(&out("one"));
    assert_eq!(make("four", "4").status.code(), Some(0));
    assert!(files(&out("four")) == all);

    // Finished data sets stay as they are, and begun ones go on with the same options alone.
    let refused = make("four", "2");
    assert_eq!(refused.status.code(), Some(64));
    assert!(errors(&refused).contains("already holds a data set"), "{}", errors(&refused));
    fs::remove_file(out("four").join("histories.jsonl")).unwrap();
    fs::write(out("four").join("journal.jsonl"), "{\"seed\":4}\n").unwrap();
    let refused = make("four", "2");
    assert!(errors(&refused).contains("begun with other options"), "{}", errors(&refused));
    assert!(errors(&refused).contains("seed was 4, is 3"), "{}", errors(&refused));

    // The files of the histories, made again from the same sources at another place.
    let moved = out("moved");
    fs::create_dir(&moved).unwrap();
    for entry in fs::read_dir(&samples).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, moved.join(format!("copy-of-{}", path.file_name().unwrap().to_str().unwrap())))
            .unwrap();
    }
    let histories = out("one").join("histories.jsonl");
    let replayed = forge(&[
        moved.to_str().unwrap(),
        "--replay",
        histories.to_str().unwrap(),
        "--table",
        "jsonl",
        "--out",
        out("replayed").to_str().unwrap(),
    ]);
    assert_eq!(replayed.status.code(), Some(0), "{}", errors(&replayed));
    assert!(files(&out("replayed")) == all);
    // A history whose sources are not there is named, and the others are made.
    fs::remove_file(moved.join("copy-of-lake.jpg")).unwrap();
    let replayed = forge(&[
        moved.to_str().unwrap(),
        "--replay",
        histories.to_str().unwrap(),
        "--out",
        out("partly").to_str().unwrap(),
    ]);
    assert_eq!(replayed.status.code(), Some(2));
    assert!(errors(&replayed).contains("none of the sources has the digest"), "{}", errors(&replayed));
}

#[test]
fn a_killed_command_goes_on_with_nothing_lost_or_made_twice() {
    let dir = tempfile::tempdir().unwrap();
    let samples = samples();
    let command = |out: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_indicia"));
        command.args([
            "forge",
            samples.to_str().unwrap(),
            "--kind",
            "self_blend",
            "--count",
            "60",
            "--size",
            "400",
        ]);
        command.args(["--jobs", "1", "--out", out.to_str().unwrap()]).stderr(std::process::Stdio::null());
        command
    };
    let (whole, killed) = (dir.path().join("whole"), dir.path().join("killed"));
    let journal = killed.join("journal.jsonl");
    let mut child = command(&killed).spawn().unwrap();
    let lines = || fs::read_to_string(&journal).unwrap_or_default().lines().count();
    while lines() < 4 && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(journal.exists() && !killed.join("histories.jsonl").exists(), "finished before it was killed");
    // The kill may come in the middle of a line, and a file may be lost.
    let kept = fs::read_to_string(&journal).unwrap();
    let first: Value = serde_json::from_str(kept.lines().nth(1).unwrap()).unwrap();
    let lost = killed.join(first["made"]["picture"]["path"].as_str().unwrap());
    let second: Value = serde_json::from_str(kept.lines().nth(2).unwrap()).unwrap();
    let stays = killed.join(second["made"]["picture"]["path"].as_str().unwrap());
    let before = fs::metadata(&stays).unwrap().modified().unwrap();
    fs::remove_file(&lost).unwrap();
    fs::write(&journal, kept.trim_end_matches('\n').to_owned() + "\n{\"made\":{\"form").unwrap();
    assert!(command(&killed).status().unwrap().success());
    assert_eq!(fs::metadata(&stays).unwrap().modified().unwrap(), before);
    assert!(command(&whole).status().unwrap().success());
    let (mut killed, whole) = (files(&killed), files(&whole));
    // What the kill left unfinished lies beside its place.
    killed.retain(|path, _| path.extension().is_none_or(|ending| ending != "partial"));
    assert!(killed == whole);
}

#[test]
fn the_table_names_forgeries_and_twins_of_one_group_and_splits_do_not_mix() {
    let dir = tempfile::tempdir().unwrap();
    let sources = dir.path().join("sources");
    fs::create_dir(&sources).unwrap();
    // Each sample cut off after its end-of-image marker by another byte is another file of the same picture.
    for (i, name) in ["lake.jpg", "lake-with-extra-rock.jpg"].iter().cycle().take(8).enumerate() {
        let mut bytes = fs::read(samples().join(name)).unwrap();
        bytes.push(i as u8);
        fs::write(sources.join(format!("{i}.jpg")), bytes).unwrap();
    }
    let out = dir.path().join("out");
    let output = forge(&[
        sources.to_str().unwrap(),
        "--kind",
        "splice",
        "--count",
        "1",
        "--per-source",
        "--size",
        "200",
        "--split",
        "train=0.5,test=0.5",
        "--table",
        "jsonl",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let rows = rows(&out);
    assert_eq!(rows.len(), 16);
    let mut split_of = BTreeMap::new();
    for pair in rows.chunks(2) {
        let (forgery, twin) = (&pair[0], &pair[1]);
        assert_eq!((&forgery["label"], &twin["label"]), (&1.into(), &0.into()));
        assert_eq!(forgery["method"], "splice");
        assert!(twin.get("method").is_none() && twin.get("mask").is_none());
        for same in ["group", "split", "kind", "item", "quality_first", "quality_last", "grid_x", "domain"] {
            assert_eq!(forgery.get(same), twin.get(same), "{same}");
        }
        assert_eq!(forgery["domain"], "sources");
        assert!(out.join(forgery["mask"].as_str().unwrap()).is_file());
        let split = forgery["split"].as_str().unwrap().to_owned();
        split_of.insert(forgery["group"].as_str().unwrap().to_owned(), split);
    }
    assert_eq!(split_of.len(), 8);
    assert_eq!(split_of.values().filter(|s| *s == "train").count(), 4);
    for row in &rows {
        assert_eq!(split_of[row["donor_group"].as_str().unwrap()], row["split"].as_str().unwrap());
        assert_ne!(row["donor_group"], row["group"]);
    }
}

#[test]
fn sources_that_do_not_serve_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let lake = samples().join("lake.jpg").to_str().unwrap().to_owned();
    fs::write(dir.path().join("broken.jpg"), b"\xFF\xD8\xFFnothing").unwrap();
    // Nothing is left.
    let output = forge(&[&path("broken.jpg"), &path("missing.png"), "--out", &path("out")]);
    assert_eq!(output.status.code(), Some(64));
    let said = errors(&output);
    assert!(said.contains("no source can be used") && said.contains("broken.jpg"), "{said}");
    assert!(said.contains("missing.png") && !dir.path().join("out").exists(), "{said}");
    // One is left, and has no text and nobody to take a region from.
    let kinds = "copy_move,digit_edit,splice";
    let output = forge(&[
        &lake,
        &path("broken.jpg"),
        &lake,
        "--kind",
        kinds,
        "--count",
        "2",
        "--size",
        "200",
        "--out",
        &path("out"),
    ]);
    assert_eq!(output.status.code(), Some(2));
    let said = errors(&output);
    for part in [
        "broken.jpg: ",
        "the same file as",
        "lines of text and 40 glyphs, got",
        "another source in the same split",
        "2 copy_move, 2 digit_edit not made, 2 splice not made",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Rows of forgeries are no sources.
    fs::write(dir.path().join("table.csv"), format!("path,label\n{lake},0\n{lake},1\n{lake},\n")).unwrap();
    let output = forge(&[&path("table.csv"), "--out", &path("other")]);
    assert_eq!(output.status.code(), Some(64));
    let said = errors(&output);
    assert!(said.contains("row 2, column label") && said.contains("row 3, column label"), "{said}");
}

#[test]
fn wrong_options_say_what_is_known() {
    let lake = samples().join("lake.jpg").to_str().unwrap().to_owned();
    for (args, part) in [
        (&["--kind", "face_swap"][..], "known: splice, copy_move"),
        (&["--preset", "x"], "known: dq_splice"),
        (&["--preset", "pristine_double", "--kind", "splice"], "authentic pictures"),
        (&["--quality-last", "200"], "from 1 to 100"),
        (&["--split", "a=0.5,b=0.6"], "sum to 1"),
    ] {
        let output = forge(&[&[lake.as_str(), "--out", "/nonexistent/x"][..], args].concat());
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        assert!(errors(&output).contains(part), "{args:?}: {}", errors(&output));
    }
    let output = forge(&["--list"]);
    let listed = String::from_utf8(output.stdout).unwrap();
    assert!(listed.contains("splice: region of another picture") && listed.contains("--preset dq_splice"));
}
