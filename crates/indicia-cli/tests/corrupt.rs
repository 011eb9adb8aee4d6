//! `indicia corrupt`, and conditions of `indicia eval run`, as their users run them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use indicia_codec::jpeg::Subsampling;
use indicia_core::{Digest, Limits, Picture};
use indicia_eval::maps::read_mask;
use indicia_eval::table::{Cell, TableReader};
use indicia_synthesis::encode;
use ndarray::Array2;
use serde_json::Value;

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indicia"));
    command.current_dir(folder).stdin(Stdio::null()).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a PNG, a JPEG, a file that is none, a mask, and a table of them.
fn items() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let picture = |width: usize, height: usize| {
        let rgb = (0..width * height * 3).map(|i| (i * 7 % 200 + i / 97 % 50) as u8).collect();
        Picture { width, height, rgb }
    };
    fs::create_dir(folder.path().join("in")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("in/a.png", &encode::png(&picture(80, 64)).unwrap());
    write("in/b.jpg", &encode::jpeg(&picture(96, 72), 90, Subsampling::S444).unwrap());
    let mask = Array2::from_shape_fn((72, 96), |(y, x)| y < 36 && x < 48);
    write("in/b.mask.png", &encode::mask(&mask).unwrap());
    write("table.csv", b"path,label,mask,site\nin/a.png,0,,north\nin/b.jpg,1,in/b.mask.png,south\n");
    folder
}

fn history(out: &Path) -> Vec<Value> {
    let text = fs::read_to_string(out.join("history.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn rows(path: &Path) -> (Vec<String>, Vec<Vec<Option<String>>>) {
    let mut table = TableReader::open(path).unwrap();
    let mut rows = vec![];
    while let Some(record) = table.next_record().unwrap() {
        rows.push(record.cells.into_iter().map(Cell::into_text).collect());
    }
    (table.columns().to_vec(), rows)
}

#[test]
fn files_are_changed_the_same_whatever_the_jobs_and_recorded() {
    let folder = items();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("notes.txt"), "not a picture").unwrap();
    let recipes = ["--with", "jpeg:70", "--with", "gaussian_noise@2+resize:0.5"];
    let common = ["corrupt", "in/a.png", "in/b.jpg", "notes.txt", "--seed", "5"];
    let output = run(folder.path(), &[&common[..], &recipes, &["--out", "one", "--jobs", "1"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("notes.txt: plain text is recognised but not read yet"), "{said}");
    assert!(said.contains("4 files, 2 could not be made"), "{said}");
    let again = run(folder.path(), &[&common[..], &recipes, &["--out", "three", "--jobs", "3"]].concat());
    assert_eq!(again.status.code(), Some(2));
    let names = ["jpeg_70/a.jpg", "jpeg_70/b.jpg", "gaussian_noise_2+resize_0.5/a.png"];
    for name in names.map(|name| name.replace("noise_2", "noise@2")) {
        let [one, three] = ["one", "three"].map(|out| fs::read(at(out).join(&name)).unwrap());
        assert!(one == three, "{name}");
    }
    let lines = history(&at("one"));
    assert_eq!(lines.len(), 6);
    for line in lines.iter().filter(|line| line.get("error").is_none()) {
        let source = fs::read(at(line["input"].as_str().unwrap())).unwrap();
        assert_eq!(line["source_digest"], Digest::of(&source).to_string());
        let made = fs::read(at("one").join(line["output"].as_str().unwrap())).unwrap();
        assert_eq!(line["digest"], Digest::of(&made).to_string());
        assert_eq!(line["seed"], 5);
    }
    assert_eq!(lines[0]["recipe"]["steps"][0]["values"]["quality"], 70.0);
    assert!(lines[4]["error"].as_str().unwrap().contains("plain text"));
    // Another seed gives other noise.
    let output = run(
        folder.path(),
        &["corrupt", "in", "--with", "gaussian_noise@2", "--with", "clean", "--out", "other"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(fs::read(at("other/clean/b.jpg")).unwrap(), fs::read(at("in/b.jpg")).unwrap());
}

#[test]
fn a_table_gives_a_table_and_masks_follow_their_pixels() {
    let folder = items();
    let out = folder.path().join("out");
    let with = [
        "--with",
        "jpeg:70",
        "--with",
        "resize:0.5",
        "--with",
        "crop@1+horizontal_flip",
        "--with",
        "elastic_transform@1",
    ];
    let output = run(folder.path(), &[&["corrupt", "table.csv", "--out", "out"], &with[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("its mask is left out: pixels moved"), "{}", text(&output.stderr));
    let (columns, rows) = rows(&out.join("table.csv"));
    assert_eq!(columns, ["path", "label", "mask", "site", "condition", "source_digest"]);
    assert_eq!(rows.len(), 8);
    let cell = |row: usize, column: &str| {
        rows[row][columns.iter().position(|c| c == column).unwrap()].as_deref().unwrap_or("")
    };
    let conditions: Vec<_> = (0..4).map(|row| cell(row, "condition")).collect();
    assert_eq!(conditions, ["jpeg:70", "resize:0.5", "crop@1+horizontal_flip", "elastic_transform@1"]);
    assert_eq!((cell(0, "path"), cell(4, "path")), ("jpeg_70/table/1-a.jpg", "jpeg_70/table/2-b.jpg"));
    assert_eq!((cell(4, "label"), cell(4, "site"), cell(0, "mask"), cell(7, "mask")), ("1", "south", "", ""));
    let source = Digest::of(&fs::read(folder.path().join("in/b.jpg")).unwrap()).to_string();
    assert_eq!(cell(4, "source_digest"), source);
    // Nothing moved: the mask is the old one. Scaled and moved: half of the columns and rows, on the other side.
    let mask = |row: usize| read_mask(&out.join(cell(row, "mask")), &Limits::default()).unwrap();
    assert_eq!(mask(4).dim(), (72, 96));
    let half = mask(5);
    assert_eq!(half, Array2::from_shape_fn((36, 48), |(y, x)| y < 18 && x < 24));
    let flipped = mask(6);
    let width = flipped.ncols();
    assert!(flipped[[0, width - 1]] && !flipped[[0, 0]], "{flipped:?}");
    // The new table is one of items: it is described and changed by the same means.
    let again = run(folder.path(), &["corrupt", "out/table.csv", "--with", "jpeg:50", "--out", "again"]);
    assert_eq!(again.status.code(), Some(64));
    assert!(text(&again.stderr).contains("has a column \"condition\""), "{}", text(&again.stderr));
}

#[test]
fn wrong_usage_is_named_and_leaves_nothing() {
    let folder = items();
    for (args, part) in [
        (&["in", "--with", "jepg:70"][..], "did you mean \"jpeg\"?"),
        (&["in", "--with", "jpeg:0"], "quality as a whole number from 1 to 100, got 0"),
        (&["in", "--with", "jpeg:70", "--with", "jpeg:70"], "given twice"),
        (&["in"], "--with"),
    ] {
        let output = run(folder.path(), &[&["corrupt", "--out", "out"], args].concat());
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        assert!(text(&output.stderr).contains(part), "{args:?}: {}", text(&output.stderr));
        assert!(!folder.path().join("out").exists());
    }
    let output = run(folder.path(), &["corrupt", "--list"]);
    assert!(text(&output.stdout).lines().count() > 30 && output.status.success());
    let output = run(folder.path(), &["corrupt", "--list", "jpeg"]);
    assert!(text(&output.stdout).contains("`jpeg@1` is `jpeg:25,420`"));
    let output = run(folder.path(), &["corrupt", "--list", "jpg"]);
    assert_eq!(output.status.code(), Some(64));
}

#[test]
fn conditions_of_a_run_change_the_items_and_a_second_run_has_nothing_to_do() {
    let folder = items();
    let args = [
        "eval",
        "run",
        "table.csv",
        "--out",
        "run",
        "--methods",
        "signal.error-level",
        "--maps",
        "--condition",
        "clean",
        "--condition",
        "jpeg:70",
        "--condition",
        "gaussian_noise@3",
        "--condition",
        "resize:0.5",
        "--condition",
        "occlude:2x1",
    ];
    let output = run(folder.path(), &args);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("12 items and conditions"), "{said}");
    let (columns, rows) = rows(&folder.path().join("run/predictions.parquet"));
    let place = |name: &str| columns.iter().position(|c| c == name).unwrap();
    let of = |condition: &str| {
        let rows = rows.iter().filter(|row| row[place("condition")].as_deref() == Some(condition));
        rows.map(|row| (row[place("status")].clone().unwrap(), row[place("score")].clone()))
            .collect::<Vec<_>>()
    };
    for condition in
        ["clean", "jpeg:70", "gaussian_noise@3", "resize:0.5", "occlude:2,1,1,1", "occlude:2,1,2,1"]
    {
        let answers = of(condition);
        assert_eq!(answers.len(), 2, "{condition}");
        assert!(answers.iter().all(|(status, _)| status != "failed"), "{condition}: {answers:?}");
    }
    assert_ne!(of("clean"), of("jpeg:70"));
    let again = text(&run(folder.path(), &args).stderr);
    assert!(again.contains("12 items and conditions (12 done before)"), "{again}");
    let mut other = args;
    other[11] = "jpeg:71";
    let refused = run(folder.path(), &other);
    assert_eq!(refused.status.code(), Some(64), "{}", text(&refused.stderr));
    assert!(text(&refused.stderr).contains("differs"), "{}", text(&refused.stderr));
}
