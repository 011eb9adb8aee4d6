//! `indicia eval table` and `indicia eval describe` from the outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn indicia(args: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_indicia")).args(args).current_dir(folder).output().unwrap()
}

/// The smallest GIF, one white pixel.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xFF\xFF\xFF\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

#[test]
fn a_folder_becomes_a_table_that_is_described() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in
        [("real/a.gif", GIF), ("real/b.gif", GIF), ("fake/c.gif", GIF), ("fake/notes.txt", b"words")]
    {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let made = indicia(&["eval", "table", ".", "--out", "t.csv", "--group", "folder"], folder.path());
    let said = String::from_utf8(made.stderr).unwrap();
    assert_eq!(made.status.code(), Some(0), "{said}");
    for part in
        ["folders of classes", "3 rows: 2 authentic, 1 fake", "1 text beside pictures: fake/notes.txt"]
    {
        assert!(said.contains(part), "{said}");
    }
    let table = fs::read_to_string(folder.path().join("t.csv")).unwrap();
    assert!(table.starts_with("path,label,group,digest\nfake/c.gif,1,fake,sha256:"), "{table}");

    let described = indicia(&["eval", "describe", "t.csv", "--format", "json"], folder.path());
    let text = String::from_utf8(described.stdout).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["schema"], &json["labels"]["0"]), (&"indicia.table/1".into(), &2.into()));
    assert_eq!((&json["same_bytes"]["items"], &json["same_bytes"]["across_labels"]), (&3.into(), &3.into()));
    let human = indicia(&["eval", "describe", "t.csv", "--no-hash"], folder.path());
    assert!(String::from_utf8(human.stdout).unwrap().contains("not looked for (--no-hash)"));
}

#[test]
fn wrong_usage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.gif"), GIF).unwrap();
    let refused = |args: &[&str]| {
        let output = indicia(args, folder.path());
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["eval", "table", ".", "--out", "t.csv"]).contains("known layouts"));
    assert!(refused(&["eval", "table", ".", "--out", "t.xls", "--label", "1"]).contains("should end in"));
    assert!(
        refused(&["eval", "table", ".", "--out", "t.csv", "--group", "x"]).contains("expected column:NAME")
    );
    assert!(!folder.path().join("t.csv").exists());
    assert!(refused(&["eval", "describe", "none.csv"]).contains("none.csv"));
}
