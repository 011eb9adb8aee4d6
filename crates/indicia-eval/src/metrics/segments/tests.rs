use serde_json::Value;

use super::*;
use crate::metrics::Section;
use crate::stats::Bootstrap;

const NONE: Bootstrap = Bootstrap { replicates: 0, seed: 0 };

fn measure(videos: &[Video], types: usize, bootstrap: Bootstrap) -> indicia_core::Result<Section> {
    let names: Vec<String> = (0..types).map(|kind| format!("type {kind}")).collect();
    let groups: Vec<u32> = (0..videos.len() as u32).collect();
    evaluate(videos, &names, &groups, bootstrap)
}

fn close(section: &Section, id: &str, expected: f64) {
    let got = section.get(id).unwrap_or_else(|| panic!("{id} has no value")).value;
    assert!((got - expected).abs() < 1e-12, "{id}: expected {expected}, got {got}");
}

fn truth(start: f64, end: f64) -> TrueSegment {
    TrueSegment { start, end, kind: 0 }
}

fn predicted(start: f64, end: f64, score: f64) -> PredictedSegment {
    PredictedSegment { start, end, kind: 0, score }
}

#[test]
fn iou_in_time() {
    let of = |start, end| truth(2.0, 6.0).iou(&predicted(start, end, 0.0));
    assert_eq!(of(2.0, 6.0), 1.0);
    assert_eq!(of(4.0, 8.0), 2.0 / 6.0);
    assert_eq!(of(6.0, 8.0), 0.0);
    assert_eq!(of(3.0, 3.0), 0.0);
    assert_eq!(of(0.0, 8.0), 0.5);
}

#[test]
fn two_segments_by_hand() {
    // In order of scores: exact on the first; on the first again, so wrong; wrong in a video without any; IoU
    // 3/4 on the second.
    let videos = [
        Video {
            truth: vec![truth(0.0, 10.0), truth(20.0, 24.0)],
            predicted: vec![predicted(20.0, 23.0, 0.2), predicted(0.0, 10.0, 0.9), predicted(0.0, 9.0, 0.8)],
        },
        Video { truth: vec![], predicted: vec![predicted(0.0, 1.0, 0.5)] },
    ];
    let section = measure(&videos, 1, NONE).unwrap();
    // Up to IoU 0.75 precision is 1 at recall 1/2, and 2/4 at recall 1.
    close(&section, "ap50", 0.5 + 0.5 * 0.5);
    close(&section, "ap75", 0.75);
    close(&section, "ap95", 0.5);
    close(&section, "ap50_95", (6.0 * 0.75 + 4.0 * 0.5) / 10.0);
    close(&section, "ar10", (10.0 + 6.0) / 20.0);
    // One video with segments and four proposals in all: 100 a video are more than there are.
    close(&section, "ar_an100", 0.8);
    assert_eq!(section.counts[2..], [("true_segments", 2), ("predicted_segments", 4)]);
    assert_eq!(section.by_type[0].of, "type 0");
    assert_eq!(section.by_type[0].get("ar_an10"), None);
}

#[test]
fn only_the_first_proposals_count() {
    let mut one = Video { truth: vec![truth(0.0, 1.0)], predicted: vec![] };
    one.predicted = (0..30).map(|rank| predicted(5.0, 6.0, -f64::from(rank))).collect();
    one.predicted[19] = predicted(0.0, 1.0, -19.0);
    let section = measure(&[one.clone()], 1, NONE).unwrap();
    close(&section, "ar10", 0.0);
    close(&section, "ar20", 1.0);
    // A second video with a third of the proposals: of 10 a video on average it gives 5 and the first 15.
    let other = Video { truth: vec![truth(0.0, 1.0)], predicted: one.predicted[..10].to_vec() };
    let section = measure(&[one, other], 1, NONE).unwrap();
    close(&section, "ar_an10", 0.0);
    close(&section, "ar_an20", 0.5);
    close(&section, "ar20", 0.5);
}

#[test]
fn published_definitions_written_out() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/reference.json")).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    let number = |value: &Value| value.as_f64().unwrap();
    for case in cases {
        let list = |video: &Value, key: &str| video[key].as_array().unwrap().clone();
        let videos: Vec<Video> = case["videos"]
            .as_array()
            .unwrap()
            .iter()
            .map(|video| {
                let kind = |s: &Value| s[2].as_u64().unwrap() as u32;
                let truth =
                    |s: &Value| TrueSegment { start: number(&s[0]), end: number(&s[1]), kind: kind(s) };
                let predicted = |s: &Value| PredictedSegment {
                    start: number(&s[0]),
                    end: number(&s[1]),
                    kind: kind(s),
                    score: number(&s[3]),
                };
                Video {
                    truth: list(video, "truth").iter().map(truth).collect(),
                    predicted: list(video, "predicted").iter().map(predicted).collect(),
                }
            })
            .collect();
        let by_type = case["by_type"].as_array().unwrap();
        let section = measure(&videos, by_type.len(), NONE).unwrap();
        let values = case["values"].as_object().unwrap();
        assert_eq!(values.len(), METRICS.len());
        values.iter().for_each(|(id, expected)| close(&section, id, number(expected)));
        assert_eq!(section.by_type.len(), by_type.len());
        for (own, expected) in section.by_type.iter().zip(by_type) {
            expected.as_object().unwrap().iter().for_each(|(id, value)| close(own, id, number(value)));
        }
    }
}

#[test]
fn odd_sets() {
    let section = measure(&[], 0, Bootstrap::default()).unwrap();
    assert!(section.metrics.iter().all(|(_, value)| value.is_none()));
    // No true segments: no recall, no precision.
    let alone = Video { truth: vec![], predicted: vec![predicted(0.0, 0.0, 1.0)] };
    let section = measure(&[alone.clone(), alone], 1, Bootstrap::default()).unwrap();
    assert!(section.metrics.iter().all(|(_, value)| value.is_none()));
    // No predictions: all 0, also in resamples.
    let missed = Video { truth: vec![truth(0.0, 1.0)], predicted: vec![] };
    let section = measure(&[missed.clone(), missed], 1, Bootstrap { replicates: 20, seed: 1 }).unwrap();
    assert!(section.metrics.iter().all(|(_, value)| value.unwrap().ci95 == Some([0.0, 0.0])));
}

#[test]
fn faults_are_named() {
    let fault = |video: Video| measure(&[Video::default(), video], 1, NONE).unwrap_err().to_string();
    let of = |truth: Vec<TrueSegment>, predicted: Vec<PredictedSegment>| fault(Video { truth, predicted });
    assert_eq!(of(vec![truth(2.0, 2.0)], vec![]), "video 1: expected an end after the start 2, got 2");
    let text = of(vec![], vec![predicted(2.0, 1.0, 0.5)]);
    assert_eq!(text, "video 1: expected an end not before the start 2, got 1");
    assert!(of(vec![], vec![predicted(0.0, 1.0, f64::NAN)]).contains("as score, got NaN"));
    assert!(of(vec![truth(f64::NAN, 1.0)], vec![]).contains("expected the start between"));
    assert!(of(vec![], vec![predicted(0.0, f64::INFINITY, 0.5)]).contains("expected the end between"));
    let other = TrueSegment { kind: 1, ..truth(0.0, 1.0) };
    assert!(of(vec![other], vec![]).contains("expected a type below 1 of a true segment, got 1"));
    assert!(of(vec![], vec![predicted(0.0, 1.0, 0.5); MAX_OBJECTS + 1]).contains("at most 10000"));
    assert!(evaluate(&[Video::default()], &[], &[], NONE).is_err());
}

#[test]
fn draws_count_as_copies() {
    // Ten copies of a video in one group and one of another: the resamples lie between their values.
    let good = Video { truth: vec![truth(0.0, 1.0)], predicted: vec![predicted(0.0, 1.0, 0.9)] };
    let bad = Video { truth: vec![truth(0.0, 1.0)], predicted: vec![predicted(4.0, 5.0, 0.8)] };
    let videos: Vec<Video> = std::iter::repeat_n(good, 10).chain([bad]).collect();
    let groups: Vec<u32> = (0..11).map(|video| u32::from(video == 10)).collect();
    let section =
        evaluate(&videos, &[String::new()], &groups, Bootstrap { replicates: 100, seed: 3 }).unwrap();
    assert!(section.by_type.is_empty());
    let recall = section.get("ar10").unwrap();
    assert_eq!((recall.value, recall.ci95), (10.0 / 11.0, Some([0.0, 1.0])));
}
