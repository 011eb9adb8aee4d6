//! The binary as its users run it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").canonicalize().unwrap()
}

fn indicia() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indicia"));
    command.stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    indicia().args(args).output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A report without what may differ between two runs.
fn lasting(mut report: Value) -> Value {
    report.as_object_mut().unwrap().remove("timing");
    report
}

#[test]
fn the_samples_get_the_verdicts_that_their_histories_deserve() {
    let output = run(&["inspect", samples().to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let reports = lines(&output);
    let mut seen = BTreeSet::new();
    for report in &reports {
        assert_eq!(report["schema"], "indicia.report/1");
        assert!(report["failures"].as_array().unwrap().is_empty(), "{}", report["failures"]);
        let name =
            Path::new(report["input"]["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
        let expected = if name == "lake.jpg" { "inconclusive" } else { "supports_manipulation" };
        assert_eq!(report["verdict"]["conclusion"], expected, "{name}");
        seen.insert(name.to_owned());
    }
    let all = ["desert-with-sign.png", "lake-with-extra-rock.jpg", "lake.jpg"].map(str::to_owned);
    assert_eq!(seen, BTreeSet::from(all));
}

#[test]
fn output_is_in_input_order_and_the_same_whatever_the_number_of_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = vec![];
    for (i, name) in ["lake.jpg", "desert-with-sign.png"].iter().cycle().take(6).enumerate() {
        let path = dir.path().join(format!("{i}-{name}"));
        fs::copy(samples().join(name), &path).unwrap();
        paths.push(path);
    }
    fs::write(dir.path().join("3-broken.jpg"), b"\xff\xd8\xff").unwrap();
    let folder = dir.path().to_str().unwrap();
    let all = |jobs: &str| -> Vec<Value> {
        let output = run(&["inspect", folder, "--format", "json", "--jobs", jobs]);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        lines(&output).into_iter().map(lasting).collect()
    };
    let one = all("1");
    let order: Vec<_> = one.iter().map(|r| r["input"]["path"].as_str().unwrap().to_owned()).collect();
    let mut sorted = order.clone();
    sorted.sort();
    assert_eq!(order, sorted);
    assert_eq!(one.len(), 7);
    assert_eq!(one, all("5"));
}

#[test]
fn a_bad_file_gives_an_error_object_and_stops_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("empty.jpg"), b"").unwrap();
    fs::write(path("text.png"), b"no picture at all").unwrap();
    fs::write(path("unknown.png"), b"\x01\x02\x03\x04 no picture").unwrap();
    fs::write(path("paper.pdf"), b"%PDF-1.7\n1 0 obj\nendobj\n").unwrap();
    let mut dicom = vec![0; 128];
    dicom.extend_from_slice(b"DICM\x02\x00\x00\x00UL\x04\x00\x00\x00\x00\x00");
    fs::write(path("scan.dcm"), dicom).unwrap();
    // Content decides: a JPEG under another name is read.
    fs::copy(samples().join("lake.jpg"), path("zz-wrong-name.txt")).unwrap();
    let missing = path("missing.jpg");
    let output =
        run(&["inspect", dir.path().to_str().unwrap(), missing.to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let told: Vec<_> = lines(&output)
        .iter()
        .map(|r| {
            let error = &r["error"];
            assert!(error.is_null() || error["path"] == r["input"]["path"]);
            (error["kind"].as_str().map(str::to_owned), error["reason"].as_str().unwrap_or("").to_owned())
        })
        .collect();
    let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_deref()).collect();
    let expected =
        [Some("input"), Some("input"), Some("input"), Some("unsupported"), Some("input"), None, Some("io")];
    assert_eq!(kinds, expected, "{told:?}");
    assert!(told[0].1.contains("empty"), "{}", told[0].1);
    assert!(told[1].1.contains("no page tree"), "{}", told[1].1);
    assert!(told[2].1.contains("no data set"), "{}", told[2].1);
}

#[test]
fn standard_input_is_read_and_called_a_dash() {
    let mut child = indicia()
        .args(["inspect", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(samples().join("lake.jpg")).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let reports = lines(&output);
    assert_eq!(reports[0]["input"]["path"], "-");
    assert_eq!(reports[0]["input"]["kind"], "jpeg");
    assert_eq!(reports[0]["input"]["width"], 960);
}

#[test]
fn pages_and_maps_are_written_under_names_that_do_not_collide() {
    let dir = tempfile::tempdir().unwrap();
    let from = dir.path().join("in");
    for folder in ["a", "b"] {
        fs::create_dir_all(from.join(folder)).unwrap();
        fs::copy(samples().join("lake.jpg"), from.join(folder).join("same.jpg")).unwrap();
    }
    fs::copy(samples().join("desert-with-sign.png"), from.join("desert.png")).unwrap();
    let (pages, maps) = (dir.path().join("pages"), dir.path().join("maps"));
    let output = indicia()
        .arg("inspect")
        .arg(&from)
        .arg("--out")
        .arg(&pages)
        .arg("--maps")
        .arg(&maps)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    for name in ["a/same.html", "b/same.html", "desert.html", "index.html"] {
        let page = fs::read_to_string(pages.join(name)).unwrap();
        assert!(page.starts_with("<!doctype html>"), "{name}");
        for resource in ["src=\"http", "href=\"http", "url(http", "@import"] {
            assert!(!page.contains(resource), "{name} refers to {resource}");
        }
    }
    let zero = fs::read(maps.join("desert.signal.zero.npy")).unwrap();
    assert_eq!(&zero[..6], b"\x93NUMPY");
    let header = text(&zero[10..128]);
    assert!(header.contains("'<f4'") && header.contains("(400, 800)"), "{header}");
    let values: Vec<f32> = zero[zero.len() - 800 * 400 * 4..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    // The sign's board is marked, the sky is not.
    assert!(values[(85 + 120) * 800 + 403 + 150] > 0.0);
    assert_eq!(values[20 * 800 + 100], 0.0);
    assert!(maps.join("a/same.signal.double-quantization.npy").exists());
    assert!(
        fs::read_dir(&pages).unwrap().all(|e| !e.unwrap().path().display().to_string().ends_with(".partial"))
    );
}

#[test]
fn a_run_goes_on_where_it_was_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("reports.jsonl");
    let from = dir.path().join("in");
    fs::create_dir(&from).unwrap();
    for name in ["1.jpg", "2.jpg"] {
        fs::copy(samples().join("lake.jpg"), from.join(name)).unwrap();
    }
    fs::copy(samples().join("desert-with-sign.png"), from.join("3.png")).unwrap();
    let go = |more: &[&str]| {
        let mut command = indicia();
        command.arg("inspect").arg(&from).args(["--format", "json", "--resume"]).arg(&file).args(more);
        let output = command.output().unwrap();
        assert!(output.stdout.is_empty());
        output.status.code()
    };
    assert_eq!(go(&[]), Some(1));
    let whole = fs::read_to_string(&file).unwrap();
    assert_eq!(whole.lines().count(), 3);
    // Cut in the middle of the second report, as a kill would.
    let first = whole.find('\n').unwrap() + 1;
    fs::write(&file, &whole[..first + 100]).unwrap();
    assert_eq!(go(&[]), Some(1));
    let again = fs::read_to_string(&file).unwrap();
    let all = |text: &str| -> Vec<Value> {
        text.lines().map(|line| lasting(serde_json::from_str(line).unwrap())).collect()
    };
    // The two equal files count as two; which of them the first line stood for cannot be told.
    let digests = |reports: &[Value]| -> Vec<String> {
        reports.iter().map(|r| r["input"]["digest"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(digests(&all(&whole)), digests(&all(&again)));
    // Nothing is left to do, and the exit status is still that of the whole.
    assert_eq!(go(&[]), Some(1));
    assert_eq!(fs::read_to_string(&file).unwrap(), again);
    // Other options ask other questions.
    assert_eq!(go(&["--methods", "signal.metadata"]), Some(0));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 6);
    fs::write(&file, "{\"schema\":\"other\"}\n").unwrap();
    assert_eq!(go(&[]), Some(64));
}

#[test]
fn wrong_usage_says_what_to_do_and_ends_with_64() {
    for (args, part) in [
        (&["inspect"][..], "<PATH>"),
        (&["inspect", "x", "--methods", "zero"], "did you mean signal.zero?"),
        (&["inspect", "x", "--limits", "pixel=3"], "no limit \"pixel\""),
        (&["inspect", "x", "--set", "signal.zero.max_nfa_vote=9e99"], "expected a number from"),
        (&["inspect", "x", "--set", "signal.zero.nonsense=1"], "no parameter \"nonsense\""),
        (&["inspect", "x", "--trust", "/nonexistent.pem"], "cannot read /nonexistent.pem"),
        (&["inspect", "-", "-"], "given twice"),
        (&["methods", "signal.nonsense"], "there is no method"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(64), "{args:?}");
        assert!(text(&output.stderr).contains(part), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn methods_are_listed_and_explained() {
    let output = run(&["methods"]);
    assert_eq!(output.status.code(), Some(0));
    let listed = text(&output.stdout);
    let ids: Vec<_> = listed.lines().map(|l| l.split_whitespace().next().unwrap()).collect();
    for id in [
        "double-quantization",
        "error-level",
        "jpeg-structure",
        "metadata",
        "noisesniffer",
        "provenance",
        "zero",
    ] {
        assert!(ids.contains(&&*format!("signal.{id}")), "{listed}");
    }
    for id in ids {
        let page = text(&run(&["methods", id]).stdout);
        for part in [id, "Applies to: ", "## Parameters", "## Sources", "## Measured results"] {
            assert!(page.contains(part), "{id}: no {part:?}");
        }
    }
}

#[test]
fn a_limit_is_an_error_of_its_kind() {
    let lake = samples().join("lake.jpg");
    for limit in ["pixels=1000", "bytes=1k", "memory=1M"] {
        let output = run(&["inspect", lake.to_str().unwrap(), "--format", "json", "--limits", limit]);
        assert_eq!(output.status.code(), Some(2), "{limit}");
        assert_eq!(lines(&output)[0]["error"]["kind"], "limits", "{limit}");
    }
}

#[test]
fn private_reports_hold_neither_picture_nor_identifying_metadata() {
    let dir = tempfile::tempdir().unwrap();
    // A JPEG comment stands right after the start-of-image marker.
    let jpeg = fs::read(samples().join("lake.jpg")).unwrap();
    let comment = b"taken by Erika Mustermann";
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend_from_slice(&[0xFF, 0xFE, 0, comment.len() as u8 + 2]);
    bytes.extend_from_slice(comment);
    bytes.extend_from_slice(&jpeg[2..]);
    let file = dir.path().join("a.jpg");
    fs::write(&file, bytes).unwrap();
    let page_of = |more: &[&str]| {
        let out = dir.path().join("out");
        let mut command = indicia();
        command.arg("inspect").arg(&file).args(["--format", "json", "--out"]).arg(&out).args(more);
        let json = text(&command.output().unwrap().stdout);
        (json, fs::read_to_string(out.join("a.html")).unwrap())
    };
    let (json, page) = page_of(&[]);
    assert!(json.contains("Erika Mustermann") && page.contains("Erika Mustermann"));
    let open_images = page.matches("data:image/").count();
    let (json, page) = page_of(&["--private"]);
    assert!(!json.contains("Mustermann") && !page.contains("Mustermann"));
    assert!(open_images > 0 && page.matches("data:image/").count() == 0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_long_run_with_whole_lines() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..300 {
        fs::copy(samples().join("lake.jpg"), dir.path().join(format!("{i:03}.jpg"))).unwrap();
    }
    let file = dir.path().join("reports.jsonl");
    let child = indicia()
        .args(["inspect", dir.path().to_str().unwrap(), "--format", "json", "--jobs", "2", "--resume"])
        .arg(&file)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = std::time::Instant::now();
    while fs::metadata(&file).map_or(0, |m| m.len()) == 0 && started.elapsed().as_secs() < 60 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("stopped after"), "{}", text(&output.stderr));
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.ends_with('\n') && written.lines().count() < 300);
    assert!(written.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
}
