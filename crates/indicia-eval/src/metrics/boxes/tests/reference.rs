//! Parity with pycocotools on `fixtures/pycocotools.json`, made by `fixtures/make.py`.

use serde_json::Value;

use super::*;

/// The pictures of the fixture, and what pycocotools says of them.
pub fn fixture() -> (Vec<Picture>, Value) {
    let reference: Value = serde_json::from_str(include_str!("../fixtures/pycocotools.json")).unwrap();
    let boxes = |picture: &Value, key: &str| -> Vec<Vec<f64>> {
        let numbers = |b: &Value| b.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
        picture[key].as_array().unwrap().iter().map(numbers).collect()
    };
    let of = |b: &[f64]| rect(b[0], b[1], b[2], b[3]);
    let truth = |b: Vec<f64>| TrueBox { rect: of(&b), kind: b[4] as u32, crowd: b[5] == 1.0, area: b[6] };
    let predicted = |b: Vec<f64>| PredictedBox { rect: of(&b), kind: b[4] as u32, score: b[5] };
    let picture = |picture: &Value| Picture {
        truth: boxes(picture, "truth").into_iter().map(truth).collect(),
        predicted: boxes(picture, "predicted").into_iter().map(predicted).collect(),
    };
    (reference["pictures"].as_array().unwrap().iter().map(picture).collect(), reference)
}

#[test]
fn coco_evaluation() {
    let (pictures, reference) = fixture();
    assert_eq!(reference["versions"]["pycocotools"], "2.0.11");
    let names: Vec<String> = (0..5).map(|kind| kind.to_string()).collect();
    let groups: Vec<u32> = (0..pictures.len() as u32).collect();
    let section = evaluate(&pictures, &names, &groups, &BoxProtocol::default(), NONE).unwrap();
    let check = |section: &Section, expected: &Value| {
        let expected = expected.as_object().unwrap();
        assert_eq!(expected.len(), 12);
        for (id, expected) in expected {
            let got = section.get(id).map_or(-1.0, |estimate| estimate.value);
            let expected = expected.as_f64().unwrap();
            assert!((got - expected).abs() < 1e-9, "{:?} {id}: expected {expected}, got {got}", section.of);
        }
    };
    check(&section, &reference["all"]);
    assert_eq!(section.by_type.len(), 5);
    for (own, expected) in section.by_type.iter().zip(reference["by_type"].as_array().unwrap()) {
        check(own, expected);
    }
}
