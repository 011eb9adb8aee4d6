//! `indicia camera` as its users run it, and `indicia inspect` with the fingerprint that it made.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_indicia")).current_dir(folder).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A 24-bit Windows bitmap of a smooth scene, as a sensor whose pixels answer differently recorded it.
fn picture(width: usize, height: usize, sensor: u32, scene: u32) -> Vec<u8> {
    let number = |seed: u32, i: usize| {
        let mut v = (i as u32).wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(0x9e37_79b9);
        v = (v ^ (v >> 16)).wrapping_mul(0x85eb_ca6b);
        v = (v ^ (v >> 13)).wrapping_mul(0xc2b2_ae35);
        (v ^ (v >> 16)) % 1000
    };
    let offset = 54_u32;
    let mut bytes = b"BM".to_vec();
    bytes.extend((offset + (3 * width * height) as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(offset.to_le_bytes());
    bytes.extend(40_u32.to_le_bytes());
    bytes.extend((width as u32).to_le_bytes());
    bytes.extend((height as u32).to_le_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    for i in 0..width * height {
        let (x, y) = (i % width, i / width);
        let light = 100.0 + 40.0 * ((x as f64 + 20.0 * f64::from(scene)) / 90.0).sin() + y as f64 / 8.0;
        let gain = 1.0 + 0.08 * (f64::from(number(sensor, i)) / 1000.0 - 0.5);
        for channel in 0..3 {
            let noise = f64::from(number(7919 * (scene + 1), 3 * i + channel)) / 500.0 - 1.0;
            bytes.push((light * gain + noise).round() as u8);
        }
    }
    bytes
}

#[test]
fn a_camera_is_enrolled_and_its_pictures_found() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    fs::create_dir(folder.join("own")).unwrap();
    for scene in 0..4 {
        fs::write(folder.join(format!("own/{scene}.bmp")), picture(192, 160, 1, scene)).unwrap();
    }
    fs::write(folder.join("same.bmp"), picture(192, 160, 1, 9)).unwrap();
    fs::write(folder.join("other.bmp"), picture(192, 160, 2, 9)).unwrap();
    fs::write(folder.join("large.bmp"), picture(196, 160, 1, 9)).unwrap();

    let made = run(folder, &["camera", "enrol", "own", "--out", "a.fingerprint"]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let text = stdout(&made);
    assert!(text.contains("fingerprint of 4 pictures, 192x160: a.fingerprint"), "{text}");
    let digest = text.lines().find_map(|line| line.strip_prefix("digest ")).unwrap().to_owned();
    assert!(stderr(&made).contains("4 pictures give a weak fingerprint"), "{}", stderr(&made));

    let pictures = ["same.bmp", "other.bmp", "large.bmp"];
    let common = ["camera", "match", "--fingerprint", "a.fingerprint"];
    let found = run(folder, &[&common[..], &["--format", "json", "--maps", "."], &pictures].concat());
    assert_eq!(found.status.code(), Some(2), "{}", stderr(&found));
    let rows: Vec<Value> = stdout(&found).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["outcome"], &rows[1]["outcome"]), (&"match".into(), &"no match".into()));
    assert_eq!(rows[0]["fingerprint"], *digest);
    assert!(
        rows[0]["pce"].as_f64() > Some(200.0) && rows[0]["log10_p"].as_f64() < Some(-20.0),
        "{}",
        rows[0]
    );
    let reason = rows[2]["error"]["reason"].as_str().unwrap();
    assert!(reason.contains("larger than the camera's pictures (192x160)"), "{reason}");
    assert!(folder.join("same.signal.camera-fingerprint.npy").is_file());
    let table = stdout(&run(folder, &[&common[..], &pictures].concat()));
    assert!(
        table.lines().nth(1).is_some_and(|line| line.contains("match") && line.ends_with("same.bmp")),
        "{table}"
    );

    let only = ["--methods", "signal.camera-fingerprint", "--format", "json"];
    let report = run(folder, &[&["inspect", "same.bmp", "--camera", "a.fingerprint"], &only[..]].concat());
    let report: Value = serde_json::from_str(stdout(&report).trim()).unwrap();
    assert_eq!(report["custody"]["camera"], *digest);
    let statement = report["findings"][0]["statement"].as_str().unwrap();
    assert!(statement.contains("carries the fingerprint"), "{statement}");
}

#[test]
fn what_cannot_be_enrolled_or_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    fs::write(folder.join("a.bmp"), picture(192, 160, 1, 0)).unwrap();
    fs::write(folder.join("b.bmp"), picture(160, 192, 1, 1)).unwrap();
    fs::write(folder.join("c.bmp"), "no picture").unwrap();
    for (names, expected) in [
        (["a.bmp", "b.bmp"], "a.bmp has 192x160, b.bmp has 160x192 (turned by 90 degrees?)"),
        (["a.bmp", "c.bmp"], "c.bmp: "),
        (["a.bmp", "a.bmp"], "are one file"),
    ] {
        let made = run(folder, &["camera", "enrol", names[0], names[1], "--out", "x.fingerprint"]);
        assert_eq!(made.status.code(), Some(64));
        assert!(stderr(&made).contains(expected), "{}", stderr(&made));
        assert!(!folder.join("x.fingerprint").exists());
    }
    let found = run(folder, &["camera", "match", "a.bmp", "--fingerprint", "c.bmp"]);
    assert_eq!(found.status.code(), Some(64));
    assert!(stderr(&found).contains("no fingerprint of a camera"), "{}", stderr(&found));
}
