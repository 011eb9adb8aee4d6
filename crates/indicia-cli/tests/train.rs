//! `indicia train` as its users run it.

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

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A grey PNG with noise; one that is to be found has much more of it.
fn picture(path: &Path, seed: u32, found: bool) {
    let (width, height) = (17 + seed % 9, 15 + seed % 5);
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let samples: Vec<u8> = (0..width * height)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (100 + (state >> 16) % if found { 90 } else { 6 }) as u8
        })
        .collect();
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&samples).unwrap();
}

const CONFIG: &str = "
[model]
width = 4
dropout = 0.1
[data]
size = 16
[train]
steps = 24
batch = 8
validate_every = 6
checkpoint_every = 3
log_every = 2
ema = 0.9
[train.optimizer]
lr = 0.01
[card]
licence = \"CC0\"
";

fn make(folder: &Path) {
    let mut table = "path,label,split,group\n".to_owned();
    for i in 0..48 {
        let name = format!("{i}.png");
        picture(&folder.join(&name), i, i % 2 == 1);
        table += &format!("{name},{},{},g{i}\n", i % 2, if i < 32 { "train" } else { "test" });
    }
    fs::write(folder.join("table.csv"), table).unwrap();
    fs::write(folder.join("config.toml"), CONFIG).unwrap();
}

const ID: &str = "synthetic.residual-cnn";

#[test]
fn it_trains_resumes_and_evaluates() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    make(folder);
    let train = |out: &str, more: &[&str]| {
        let args = ["train", ID, "--data", "table.csv", "--config", "config.toml", "--out", out];
        run(folder, &[&args[..], &["--threads", "2"], more].concat())
    };
    let whole = train("whole", &[]);
    assert!(whole.status.success(), "{}", stderr(&whole));
    assert!(stdout(&whole).contains("24 steps, best after"), "{}", stdout(&whole));
    let pack = folder.join("whole");
    for file in ["weights.safetensors", "config.json", "card.md", "curves.png", "test.csv", "run/log.jsonl"] {
        assert!(pack.join(file).is_file(), "{file}");
    }
    let card = fs::read_to_string(pack.join("card.md")).unwrap();
    assert!(
        card.contains("Licence of the data: CC0")
            && card.contains("train: ")
            && card.contains("test as stored")
    );
    let config: Value = serde_json::from_slice(&fs::read(pack.join("config.json")).unwrap()).unwrap();
    assert!(config["results"]["test"]["auc"].as_f64().unwrap() > 0.8, "{}", config["results"]);
    assert_eq!(config["table"]["items"]["test"], serde_json::json!([8, 8]));

    // A second run is killed, goes on, and comes to the same weights.
    let args =
        ["train", ID, "--data", "table.csv", "--config", "config.toml", "--out", "part", "--threads", "2"];
    let mut child =
        Command::new(env!("CARGO_BIN_EXE_indicia")).current_dir(folder).args(args).spawn().unwrap();
    while !folder.join("part/run/last.checkpoint").exists() {
        assert!(child.try_wait().unwrap().is_none_or(|status| status.success()));
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(stderr(&train("part", &[])).contains("--resume"));
    let rest = train("part", &["--resume"]);
    assert!(rest.status.success() && stderr(&rest).contains("goes on after step"), "{}", stderr(&rest));
    let weights = |out: &str| fs::read(folder.join(out).join("weights.safetensors")).unwrap();
    assert!(weights("whole") == weights("part"), "the weights differ");
    let other = train("part", &["--resume", "--seed", "9"]);
    assert!(stderr(&other).contains("train.seed was 1, is 9"), "{}", stderr(&other));

    let args = ["train", ID, "--data", "table.csv", "--evaluate", "whole", "--out", "predictions.csv"];
    let scored = run(folder, &args);
    assert!(
        stdout(&scored).starts_with("16 items (equalised): auc"),
        "{}{}",
        stdout(&scored),
        stderr(&scored)
    );
    let same = |path: &str| fs::read(folder.join(path)).unwrap();
    assert_eq!(same("predictions.csv"), same("whole/test.csv"));
    let score = run(folder, &["eval", "score", "predictions.csv"]);
    assert!(score.status.success() && stdout(&score).contains("AUC"), "{}{}", stdout(&score), stderr(&score));
}

#[test]
fn what_is_wrong_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    make(folder);
    let train = |config: &str, more: &[&str]| {
        fs::write(folder.join("config.toml"), config).unwrap();
        let args = ["train", ID, "--data", "table.csv", "--config", "config.toml", "--out", "out"];
        let output = run(folder, &[&args[..], more].concat());
        (output.status.code(), stderr(&output), stdout(&output))
    };
    let (code, text, _) = train("[train]\nepoch = 3\n", &[]);
    assert!(code == Some(64) && text.contains("epoch") && text.contains("`epochs`"), "{text}");
    assert!(train("[trian]\n", &[]).1.contains("expected one of `model`, `data`, `train`, `card`"));
    assert!(train("[model]\nwidth = 5\n", &[]).1.contains("model.width is 5"));
    assert!(train("[data]\nsize = 4\n", &[]).1.contains("needs at least 8 pixels"));
    assert!(!folder.join("out").exists());
    let (code, text, dry) = train(CONFIG, &["--dry-run"]);
    assert!(code == Some(0) && dry.contains("pictures: [8, 3, 16, 16]"), "{text}{dry}");
    assert!(dry.contains("parameters") && dry.contains("memory") && dry.contains("24 steps"), "{dry}");
    assert!(!folder.join("out").exists());
    let (_, text, _) = train(CONFIG, &["--no-equalise"]);
    assert!(text.is_empty(), "{text}");
    assert!(fs::read_to_string(folder.join("out/card.md")).unwrap().contains("Nothing (`--no-equalise`)"));

    let unknown = run(folder, &["train", "synthetic.none", "--data", "table.csv", "--out", "x"]);
    assert!(stderr(&unknown).contains("known: synthetic.residual-cnn"), "{}", stderr(&unknown));
    assert!(stdout(&run(folder, &["train", "--list"])).starts_with(ID));
    assert!(stdout(&run(folder, &["train", ID, "--print-config"])).contains("[train.schedule]"));
    fs::write(folder.join("table.csv"), "path,label\n1.png,1\n").unwrap();
    assert!(train(CONFIG, &["--resume"]).1.contains("none with label 0"));
}
