use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use indicia_core::{Digest, Evidence, Map};
use ndarray::Array2;

use super::*;
use crate::detector::Judgement;
use crate::maps;
use crate::table::{Record, TableReader};

/// Scores a file by its length and counts its calls; says nothing about files of odd length.
struct Length {
    calls: AtomicUsize,
    version: u32,
}

impl Length {
    fn new(version: u32) -> Self {
        Self { calls: AtomicUsize::new(0), version }
    }
}

impl Detector for Length {
    fn id(&self) -> &str {
        "length"
    }

    fn describe(&self) -> Value {
        json!({ "id": "length", "version": self.version })
    }

    fn judge(&self, evidence: &Evidence) -> Result<Judgement> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let length = evidence.bytes().len();
        if length % 2 == 1 {
            return Ok(Judgement::NotApplicable { why: "an odd length".into() });
        }
        let map = Map::per_pixel(Array2::from_elem((2, 3), 4.0), 0.0, 8.0);
        Ok(Judgement::Scored { score: length as f64, decision: Some(length > 30), map: Some(Arc::new(map)) })
    }
}

/// A file a byte longer.
struct Longer;

impl Condition for Longer {
    fn name(&self) -> &str {
        "longer:1"
    }

    fn describe(&self) -> Value {
        json!("longer")
    }

    fn geometry(&self) -> Geometry {
        Geometry::Moved
    }

    fn apply(&self, mut bytes: Vec<u8>, _: Digest) -> Result<Vec<u8>> {
        bytes.push(0);
        Ok(bytes)
    }
}

struct Scene {
    folder: tempfile::TempDir,
    table: PathBuf,
    out: PathBuf,
}

/// Items of 20, 21, ... bytes that begin like a JPEG, the last one missing, labels in turn.
fn scene(items: usize, missing: bool) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = "path,label,camera,score\n".to_owned();
    for i in 0..items {
        let mut bytes = b"\xFF\xD8\xFF".to_vec();
        bytes.resize(20 + i, 7);
        if !(missing && i + 1 == items) {
            fs::write(folder.path().join(format!("{i}.jpg")), bytes).unwrap();
        }
        csv += &format!("{i}.jpg,{},cam{i},9\n", i % 2);
    }
    let (table, out) = (folder.path().join("items.csv"), folder.path().join("out"));
    fs::write(&table, csv).unwrap();
    Scene { folder, table, out }
}

impl Scene {
    fn run<'a>(&'a self, detector: &'a Length, conditions: &[&'a dyn Condition]) -> Run<'a> {
        Run {
            table: &self.table,
            out: &self.out,
            detectors: vec![detector],
            conditions: conditions.to_vec(),
            keep: &|_| true,
            kept: String::new(),
            maps: true,
            skip_missing: false,
            limits: Limits::default(),
            jobs: 3,
        }
    }

    fn rows(&self) -> (Vec<String>, Vec<Record>) {
        let mut reader = TableReader::open(&self.out.join(PREDICTIONS)).unwrap();
        let mut rows = vec![];
        while let Some(record) = reader.next_record().unwrap() {
            rows.push(record);
        }
        (reader.columns().to_vec(), rows)
    }
}

static GO: AtomicBool = AtomicBool::new(false);

fn column(rows: &(Vec<String>, Vec<Record>), name: &str) -> Vec<String> {
    let place = rows.0.iter().position(|c| c == name).unwrap();
    rows.1.iter().map(|r| r.cell(place).text().unwrap_or_default().into_owned()).collect()
}

#[test]
fn predictions_come_in_the_order_of_the_table_with_all_that_is_known() {
    let scene = scene(40, false);
    let detector = Length::new(1);
    let outcome = scene.run(&detector, &[&Clean, &Longer]).execute(&GO, &|_, _| ()).unwrap();
    assert_eq!(outcome, Outcome { total: 80, done: 80, before: 0, failed: 0, complete: true });
    let rows = scene.rows();
    let expected = |i: usize| (20 + i / 2 + i % 2).to_string();
    for (i, (status, score)) in column(&rows, "status").iter().zip(column(&rows, "score")).enumerate() {
        let odd = (20 + i / 2 + i % 2) % 2 == 1;
        assert_eq!(status, if odd { "not_applicable" } else { "ok" });
        assert_eq!(score, if odd { String::new() } else { expected(i) });
    }
    assert_eq!(column(&rows, "condition")[..3], ["clean", "longer:1", "clean"]);
    assert_eq!(column(&rows, "path")[2..4], ["1.jpg", "1.jpg"]);
    assert_eq!(column(&rows, "camera")[4], "cam2");
    assert_eq!(column(&rows, "table.score")[4], "9");
    assert!(column(&rows, "digest")[0].starts_with("sha256:"));
    // A map is kept of authentic items, and not where pixels moved.
    let kept = column(&rows, "predicted_mask");
    assert_eq!(kept[0], "maps/length/clean/1.npz");
    assert_eq!(kept[1..4], ["", "", ""]);
    let map = maps::read(&scene.out.join(&kept[0]), &Limits::default()).unwrap();
    assert_eq!(map, Array2::from_elem((2, 3), 0.5));
}

#[test]
fn a_run_that_was_stopped_goes_on_and_redoes_nothing() {
    let scene = scene(400, false);
    let (stop, detector) = (AtomicBool::new(false), Length::new(1));
    let run = scene.run(&detector, &[&Clean, &Longer]);
    let first = run.execute(&stop, &|done, _| stop.store(done >= 50, Ordering::SeqCst)).unwrap();
    assert!(!first.complete && first.done >= 50 && first.done < 800, "{first:?}");
    assert!(!scene.out.join(PREDICTIONS).exists());
    // A kill in the midst of writing leaves half a line.
    let journal = scene.out.join("journal.jsonl");
    let mut text = fs::read_to_string(&journal).unwrap();
    text += "{\"piece\":799,\"ro";
    fs::write(&journal, text).unwrap();
    let second = run.execute(&GO, &|_, _| ()).unwrap();
    assert_eq!((second.before, second.done), (first.done, 800 - first.done));
    assert_eq!(detector.calls.load(Ordering::SeqCst), 800);
    let uninterrupted = scene.rows();
    assert_eq!(uninterrupted.1.len(), 800);
    let third = run.execute(&GO, &|_, _| ()).unwrap();
    assert_eq!((third.done, third.failed), (0, 0));
    assert_eq!(scene.rows(), uninterrupted);
}

#[test]
fn a_changed_table_or_detector_is_refused() {
    let scene = scene(4, false);
    let refused = |detector: &Length, conditions: &[&dyn Condition]| {
        scene.run(detector, conditions).execute(&GO, &|_, _| ()).unwrap_err().to_string()
    };
    let (old, new) = (Length::new(1), Length::new(2));
    scene.run(&old, &[&Clean]).execute(&GO, &|_, _| ()).unwrap();
    let message = refused(&new, &[&Clean]);
    assert!(message.contains("detectors[0].version was 1, now 2"), "{message}");
    assert!(refused(&old, &[&Clean, &Longer]).contains("conditions"));
    fs::write(&scene.table, "path,label\n0.jpg,1\n").unwrap();
    let message = refused(&old, &[&Clean]);
    assert!(message.contains("the table changed since (its digest was \"sha256:"), "{message}");
}

#[test]
fn faults_of_the_table_are_named_before_anything_is_written() {
    let scene = scene(12, true);
    let detector = Length::new(1);
    let fault = |table: Option<&str>| {
        if let Some(table) = table {
            fs::write(&scene.table, table).unwrap();
        }
        let error = scene.run(&detector, &[&Clean]).execute(&GO, &|_, _| ()).unwrap_err().to_string();
        assert!(!scene.out.exists());
        error
    };
    let missing = fault(None);
    assert!(missing.contains("row 12, column path: no file") && missing.contains("11.jpg"), "{missing}");
    let twice = fault(Some("path,label\n0.jpg,1\n1.jpg,0\n0.jpg,1\n"));
    assert!(twice.contains("row 3, column path: the same as in row 1"), "{twice}");
    assert!(
        fault(Some("path,label\n0.jpg,maybe\n")).contains("row 1, column label: expected a label 0 or 1")
    );
    assert!(fault(Some("path,label\n")).contains("has no rows"));
    assert!(fault(Some("")).contains("is empty"));
    assert!(fault(Some("path,mask\n0.jpg,no.png\n")).contains("column mask: no file"));
}

#[test]
fn missing_and_exchanged_files_fail_alone_when_asked() {
    let scene = scene(6, true);
    let digest = Digest::of(b"another file");
    let table = format!("path,label,digest\n0.jpg,0,\n2.jpg,1,{digest}\n5.jpg,1,\n");
    fs::write(&scene.table, table).unwrap();
    let detector = Length::new(1);
    let run = Run { skip_missing: true, ..scene.run(&detector, &[&Clean]) };
    let outcome = run.execute(&GO, &|_, _| ()).unwrap();
    assert_eq!((outcome.done, outcome.failed), (3, 2));
    let rows = scene.rows();
    assert_eq!(column(&rows, "status"), ["ok", "failed", "failed"]);
    let why = column(&rows, "why");
    assert!(why[1].contains("not the one of the table") && why[2].contains("5.jpg"), "{why:?}");
    assert!(scene.folder.path().exists());
}
