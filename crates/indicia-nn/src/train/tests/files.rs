//! Settings, checkpoints and weights as files; curves.

use std::fs;

use burn::nn::LinearConfig;

use super::super::state::Exact;
use super::super::*;
use crate::device::cpu;

#[test]
fn unknown_settings_are_named_with_the_known_ones() {
    let text = |toml: &str| read_config::<TrainConfig>(toml).unwrap_err().to_string();
    let unknown = text("epochs = 3\nlearning_rate = 1.0\n");
    assert!(unknown.contains("line 2") && unknown.contains("learning_rate"), "{unknown}");
    assert!(unknown.contains("`optimizer`") && unknown.contains("`patience`"), "{unknown}");
    let inner = text("[optimizer]\nlrr = 1.0\n");
    assert!(inner.contains("lrr") && inner.contains("weight_decay"), "{inner}");
    assert!(text("[optimizer]\nkind = \"lion\"\n").contains("adamw"));
    assert!(text("epochs = -1\n").contains("epochs"));
    assert!(text("epochs = \"many\"\n").contains("invalid type"));
    assert!(text("[[[\n").contains("cannot be read"));
    let wrong = |toml: &str| read_config::<TrainConfig>(toml).unwrap().check().unwrap_err().to_string();
    assert!(wrong("batch = 0").contains("train.batch is 0"));
    assert!(wrong("epochs = 0").contains("train.epochs is 0"));
    assert!(wrong("ema = 1.0").contains("train.ema is 1"));
    assert!(wrong("clip = nan").contains("train.clip is NaN"));
    assert!(wrong("[optimizer]\nlr = inf").contains("train.optimizer.lr is inf"));
    assert!(wrong("[schedule]\nevery = 0").contains("train.schedule.every is 0"));
    assert!(wrong("[schedule]\npower = -1").contains("train.schedule.power is -1"));
    let config = TrainConfig { batch: 8, accumulate: 2, epochs: 3, ..TrainConfig::default() };
    assert_eq!((config.steps_per_epoch(33), config.total_steps(33), config.total_steps(1)), (3, 9, 3));
    assert_eq!(TrainConfig { steps: 5, ..config }.total_steps(33), 5);
}

fn checkpoint() -> Checkpoint {
    let named = |path: &str, shape: &[usize]| Named {
        path: path.to_owned(),
        id: u64::MAX,
        shape: shape.to_vec(),
        values: (0..shape.iter().product()).map(|i: usize| (i as f32).sin()).collect(),
    };
    let mut state = State { step: 7, identity: serde_json::json!({ "lr": 0.1 }), ..State::default() };
    state.history.push(Point { step: 3, name: "loss".to_owned(), value: Exact(0.1 + 0.2) });
    state.losses.add("loss", 1e-300);
    let module = vec![named("a.weight", &[2, 3]), named("a.bias", &[0]), named("scale", &[])];
    Checkpoint { state, ema: Some(module.clone()), module, optimizer: vec![1, 2, 3] }
}

#[test]
fn a_checkpoint_comes_back_bit_by_bit_and_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    checkpoint().write(&path).unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint());
    let bytes = fs::read(&path).unwrap();
    for cut in (0..bytes.len()).step_by(11) {
        fs::write(&path, &bytes[..cut]).unwrap();
        assert!(Checkpoint::read(&path).is_err(), "cut at {cut}");
    }
    for at in (0..bytes.len()).step_by(13) {
        let mut broken = bytes.clone();
        broken[at] ^= 4;
        fs::write(&path, &broken).unwrap();
        let error = Checkpoint::read(&path).unwrap_err().to_string();
        assert!(error.contains("damaged") || error.contains("expected a checkpoint"), "{error}");
    }
    assert!(Checkpoint::read(&folder.path().join("none")).is_err());
    let state = checkpoint().state;
    state.require(&serde_json::json!({ "lr": 0.1 })).unwrap();
    let error = state.require(&serde_json::json!({ "lr": 0.2, "seed": 1 })).unwrap_err().to_string();
    assert!(error.contains("lr was 0.1, is 0.2; seed was null, is 1"), "{error}");
}

#[test]
fn weights_of_another_network_are_refused_key_by_key() {
    let device = cpu();
    let layer = LinearConfig::new(2, 3).init(&device);
    let values = snapshot(&layer);
    let paths: Vec<_> = values.iter().map(|n| (n.path.as_str(), n.shape.as_slice())).collect();
    assert_eq!(paths, [("weight", &[2, 3][..]), ("bias", &[3][..])]);
    let restored = restore(LinearConfig::new(2, 3).init(&device), values.clone()).unwrap();
    assert_eq!(snapshot(&restored), values);
    let error = restore(LinearConfig::new(2, 4).init(&device), values.clone()).unwrap_err().to_string();
    assert!(error.contains("weight has shape [2, 3], expected [2, 4]"), "{error}");
    let error =
        restore(LinearConfig::new(2, 3).with_bias(false).init(&device), values).unwrap_err().to_string();
    assert!(error.contains("bias is not known"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.safetensors");
    save_weights(&layer, &path).unwrap();
    let loaded = load_weights(LinearConfig::new(2, 3).init(&device), &path).unwrap();
    let numbers = |layer| snapshot(layer).into_iter().map(|n| n.values).collect::<Vec<_>>();
    assert_eq!(numbers(&loaded), numbers(&layer));
    assert!(load_weights(LinearConfig::new(2, 4).init(&device), &path).is_err());
    fs::write(&path, b"no weights").unwrap();
    let error = load_weights(layer, &path).unwrap_err().to_string();
    assert!(error.contains("w.safetensors"), "{error}");
}

#[test]
fn a_log_is_cut_to_what_the_checkpoint_knew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    let mut log = Log::open(&path, 0).unwrap();
    log.line(&serde_json::json!({ "step": 1 })).unwrap();
    let known = log.bytes();
    log.line(&serde_json::json!({ "step": 2 })).unwrap();
    drop(log);
    let mut log = Log::open(&path, known).unwrap();
    log.line(&serde_json::json!({ "step": 3 })).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"step\":1}\n{\"step\":3}\n");
}

#[test]
fn curves_are_drawn_whatever_they_hold() {
    let curve = |points: &[(f64, f64)]| Curve { name: "val_loss".to_owned(), points: points.to_vec() };
    let all = [curve(&[]), curve(&[(1.0, 2.0)]), curve(&[(0.0, 5.0), (10.0, -1e9), (20.0, 1e-7)])];
    let decoder = png::Decoder::new(std::io::Cursor::new(draw(&all).unwrap()));
    let info = decoder.read_info().unwrap();
    assert_eq!((info.info().width, info.info().height), (760, 600));
    assert!(draw(&[]).is_err());
    let point = |step, value| Point { step, name: "loss".to_owned(), value: Exact(value) };
    let curves = Curve::of(&[point(1, 0.5), point(2, f64::NAN), point(3, 0.25)]);
    assert_eq!(curves, [Curve { name: "loss".to_owned(), points: vec![(1.0, 0.5), (3.0, 0.25)] }]);
}
