//! `indicia calibrate` as its users run it, and `indicia inspect` with what it made.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_indicia")).current_dir(folder).args(args).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A 24-bit Windows bitmap of 64 by 64 pixels, noise that depends on `seed` in it; a square of much stronger
/// noise if it is altered.
fn picture(seed: u32, altered: bool) -> Vec<u8> {
    let (side, offset) = (64_usize, 54_u32);
    let mut bytes = b"BM".to_vec();
    bytes.extend((offset + (3 * side * side) as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(offset.to_le_bytes());
    bytes.extend(40_u32.to_le_bytes());
    bytes.extend((side as u32).to_le_bytes());
    bytes.extend((side as u32).to_le_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    for i in 0..side * side {
        let (x, y) = (i % side, i / side);
        let strength =
            if altered && (16..40).contains(&x) && (16..40).contains(&y) { 120 } else { 8 + seed % 5 };
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push((60 + x + (state >> 16) as usize % strength as usize) as u8);
        }
    }
    bytes
}

/// Twenty sources, each with an authentic and an altered picture, in one table.
fn make(folder: &Path) {
    let mut table = "path,label,group,method\n".to_owned();
    for i in 0..20 {
        for altered in [false, true] {
            let name = format!("{i}{}.bmp", if altered { "a" } else { "" });
            fs::write(folder.join(&name), picture(i, altered)).unwrap();
            table += &format!("{name},{},g{i},{}\n", u8::from(altered), if altered { "noise" } else { "" });
        }
    }
    fs::write(folder.join("items.csv"), table).unwrap();
}

const METHOD: &str = "signal.error-level";
const LEARN: [&str; 13] = [
    "calibrate",
    "--authentic",
    "items.csv",
    "--altered",
    "items.csv",
    "--methods",
    METHOD,
    "--out",
    "c.json",
    "--name",
    "bitmaps",
    "--describe",
    "Noise made for a test.",
];

#[test]
fn a_calibration_is_learned_once_and_then_decides() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    make(folder);
    let learned = run(folder, &LEARN);
    assert_eq!(learned.status.code(), Some(0), "{}", stderr(&learned));
    let text = String::from_utf8(learned.stdout).unwrap();
    assert!(text.contains("bitmaps: 20 authentic pictures of 20 sources, 20 altered ones"), "{text}");
    assert!(text.contains("no alarm in 20 authentic sources still allows 13.91 % (95 %)"), "{text}");
    assert!(text.contains("0 of 20 authentic sources, at most 13.91 %"), "{text}");
    let calibration = fs::read(folder.join("c.json")).unwrap();

    // With the samples kept, even half a line at their end, the same comes out.
    let samples = folder.join("c.json.samples.jsonl");
    let kept = fs::read_to_string(&samples).unwrap();
    assert_eq!(kept.lines().count(), 41);
    fs::write(&samples, &kept[..kept.len() - 40]).unwrap();
    assert_eq!(run(folder, &LEARN).status.code(), Some(0));
    assert_eq!(fs::read(folder.join("c.json")).unwrap(), calibration);

    let judge = |name: &str| {
        let args = ["inspect", name, "--calibration", "c.json", "--methods", METHOD, "--maps", "maps"];
        let output = run(folder, &[&args[..], &["--format", "json"]].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    };
    let (status, report) = judge("7a.bmp");
    assert_eq!((status, &report["verdict"]["conclusion"]), (Some(1), &"supports_manipulation".into()));
    let fused = report["findings"].as_array().unwrap().iter().find(|f| f["method"] == "fused").unwrap();
    // Twenty sources support a ratio of 1 / 0.1391 at most.
    let ratio = fused["score"]["log10_likelihood_ratio"].as_f64().unwrap();
    assert!(ratio > 0.3 && ratio <= 7.19_f64.log10(), "{ratio}");
    assert_eq!(report["verdict"]["strength"], "weak");
    assert_eq!(report["calibration"]["description"], "Noise made for a test.");
    assert_eq!(report["calibration"]["kinds"][0]["kind"], "noise");
    let bound = report["verdict"]["expected_false_alarms"].as_f64().unwrap();
    assert!((bound - 0.1391).abs() < 1e-3, "{bound}");
    assert!(report["custody"]["calibration"].as_str().unwrap().starts_with("sha256:"));
    let (status, report) = judge("7.bmp");
    assert_eq!((status, &report["verdict"]["conclusion"]), (Some(0), &"inconclusive".into()));
}

#[test]
fn what_a_calibration_does_not_cover_is_not_fused() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    make(folder);
    assert_eq!(run(folder, &LEARN).status.code(), Some(0));
    let fused = |more: &[&str]| {
        let args = ["inspect", "7a.bmp", "--methods", METHOD, "--format", "json"];
        let output = run(folder, &[&args[..], more].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().clone();
        let fused = findings.into_iter().find(|f| f["method"] == "fused");
        (output.status.code(), fused.map(|f| f["score"]["statistic"].as_f64().unwrap()))
    };
    assert_eq!(fused(&["--no-calibration"]), (Some(0), None));
    // Another parameter makes other scores: nothing is left that is calibrated.
    let other = fused(&["--calibration", "c.json", "--set", "signal.error-level.quality=70"]);
    assert_eq!(other, (Some(0), Some(0.0)));

    let refused = run(folder, &[&LEARN[..], &["--set", "signal.error-level.quality=70"]].concat());
    assert_eq!(refused.status.code(), Some(64));
    assert!(stderr(&refused).contains("samples of other methods, parameters"), "{}", stderr(&refused));
    fs::write(folder.join("bad.json"), "{}").unwrap();
    let refused = run(folder, &["inspect", "7.bmp", "--calibration", "bad.json"]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(stderr(&refused).contains("bad.json: no calibration"), "{}", stderr(&refused));
}

#[test]
fn a_table_of_too_few_sources_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    make(folder);
    let table = fs::read_to_string(folder.join("items.csv")).unwrap();
    let few: Vec<&str> = table.lines().take(7).collect();
    fs::write(folder.join("items.csv"), few.join("\n")).unwrap();
    let refused = run(folder, &LEARN);
    assert_eq!(refused.status.code(), Some(64));
    assert!(stderr(&refused).contains("of at least 5 sources"), "{}", stderr(&refused));
    assert!(!folder.join("c.json").exists());
}
