use super::super::hungarian::highest_sum;
use super::*;

#[test]
fn intersections() {
    let a = rect(0.0, 0.0, 4.0, 2.0);
    assert_eq!(a.iou(&a), 1.0);
    assert_eq!(a.iou(&rect(2.0, 1.0, 4.0, 2.0)), 2.0 / 14.0);
    assert_eq!(a.iou(&rect(4.0, 0.0, 4.0, 2.0)), 0.0);
    assert_eq!(a.iou(&rect(1.0, 1.0, 0.0, 0.0)), 0.0);
    assert_eq!(rect(3.0, 0.0, 2.0, 2.0).share_in(&a), 0.5);
    assert!(a.has_centre_of(&rect(3.0, 1.0, 2.0, 2.0)));
    assert!(!a.has_centre_of(&rect(3.5, 1.0, 2.0, 2.0)));
}

#[test]
fn precision_at_101_recalls_by_hand() {
    // By falling scores right, wrong, right, of two: precision is 1 at the 51 recalls up to 0.5, 2/3 above.
    let pictures = [
        Picture {
            truth: vec![truth(0.0, 0.0, 10.0, 10.0)],
            predicted: vec![predicted(0.0, 0.0, 10.0, 10.0, 0.9), predicted(50.0, 0.0, 10.0, 10.0, 0.8)],
        },
        Picture {
            truth: vec![truth(0.0, 0.0, 10.0, 10.0)],
            // IoU 0.8.
            predicted: vec![predicted(0.0, 0.0, 10.0, 8.0, 0.7)],
        },
    ];
    let section = measure(&pictures);
    let both = (51.0 + 50.0 * 2.0 / 3.0) / 101.0;
    close(&section, "map50", both);
    close(&section, "map75", both);
    // At 0.85, 0.9 and 0.95 the last is wrong.
    close(&section, "map50_95", (7.0 * both + 3.0 * 51.0 / 101.0) / 10.0);
    close(&section, "map_small", (7.0 * both + 3.0 * 51.0 / 101.0) / 10.0);
    assert_eq!(section.get("map_medium"), None);
    close(&section, "ar1", (10.0 + 7.0) / 20.0);
    close(&section, "precision", 2.0 / 3.0);
    close(&section, "recall", 1.0);
    close(&section, "f1", 0.8);
    // One of two boxes is right in the first picture.
    close(&section, "hungarian_iou", (1.0 / 2.0 + 0.8) / 2.0);
    let strict = measure_by(&pictures, &BoxProtocol { threshold: 0.75, ..BoxProtocol::default() });
    close(&strict, "precision", 0.5);
    close(&strict, "recall", 0.5);
    close(&strict, "hungarian_iou", 0.25);
}

#[test]
fn crowds_count_neither_way() {
    let crowd = TrueBox { crowd: true, ..truth(0.0, 0.0, 100.0, 100.0) };
    let one = Picture {
        truth: vec![crowd, truth(200.0, 0.0, 10.0, 10.0)],
        predicted: vec![
            predicted(0.0, 0.0, 10.0, 10.0, 0.9),
            predicted(50.0, 0.0, 10.0, 10.0, 0.8),
            predicted(200.0, 0.0, 10.0, 10.0, 0.7),
        ],
    };
    let section = measure(&[one]);
    close(&section, "map50_95", 1.0);
    close(&section, "cpm", 1.0);
    close(&section, "precision", 1.0);
    assert_eq!(section.counts[2..], [("true_boxes", 1), ("crowds", 1), ("predicted_boxes", 3)]);
}

/// Two pictures; scores as in the curve below.
fn free_response() -> Vec<Picture> {
    let first = Picture {
        truth: vec![truth(0.0, 0.0, 10.0, 10.0), truth(100.0, 0.0, 10.0, 10.0)],
        predicted: vec![
            predicted(0.0, 0.0, 10.0, 10.0, 0.9),
            // Hits the first again: neither way.
            predicted(0.0, 1.0, 10.0, 10.0, 0.85),
            predicted(50.0, 0.0, 10.0, 10.0, 0.8),
            predicted(100.0, 0.0, 10.0, 10.0, 0.6),
        ],
    };
    let second = Picture {
        truth: vec![truth(0.0, 0.0, 10.0, 10.0)],
        predicted: vec![
            predicted(60.0, 0.0, 10.0, 10.0, 0.6),
            predicted(70.0, 0.0, 10.0, 10.0, 0.6),
            // Only its centre is inside: IoU 0.04.
            predicted(4.0, 4.0, 2.0, 2.0, 0.5),
        ],
    };
    vec![first, second]
}

#[test]
fn free_response_by_hand() {
    // Points of (false positives a picture, hits): (0, 1), (0.5, 1) at 0.8, (1.5, 2) at 0.6, (2, 2) at 0.5.
    let section = measure(&free_response());
    let third = 1.0 / 3.0;
    close(&section, "sensitivity_at_fppi_0.125", third);
    close(&section, "sensitivity_at_fppi_0.25", third);
    close(&section, "sensitivity_at_fppi_0.5", third);
    close(&section, "sensitivity_at_fppi_1", third * 1.5);
    for id in ["sensitivity_at_fppi_2", "sensitivity_at_fppi_4", "sensitivity_at_fppi_8"] {
        close(&section, id, third * 2.0);
    }
    close(&section, "cpm", third * (3.0 + 1.5 + 6.0) / 7.0);
    // By centres the last one hits: (1.5, 3).
    let rule = HitRule::parse("centre").unwrap();
    let section = measure_by(&free_response(), &BoxProtocol { hit: rule, ..BoxProtocol::default() });
    close(&section, "sensitivity_at_fppi_1", third * 1.5);
    close(&section, "sensitivity_at_fppi_2", 1.0);
    assert!(section.protocol.contains("its centre lies inside a true box"), "{}", section.protocol);
    assert!(HitRule::parse("nearest").unwrap_err().to_string().contains("expected iou or centre"));
}

#[test]
fn several_hits_at_one_rate_count_all() {
    // (0.5, 0) and then (0.5, 1): at half a false positive a picture the box is found.
    let mut pictures = vec![Picture::default(), Picture::default()];
    pictures[0].truth.push(truth(0.0, 0.0, 10.0, 10.0));
    pictures[0].predicted = vec![predicted(50.0, 0.0, 10.0, 10.0, 0.9), predicted(0.0, 0.0, 10.0, 10.0, 0.8)];
    let section = measure(&pictures);
    close(&section, "sensitivity_at_fppi_0.5", 1.0);
    close(&section, "sensitivity_at_fppi_0.25", 0.0);
}

#[test]
fn types_are_apart_and_means_leave_out_those_without_truth() {
    let of = |kind: u32, b: TrueBox| TrueBox { kind, ..b };
    let called = |kind: u32, b: PredictedBox| PredictedBox { kind, ..b };
    let picture = Picture {
        truth: vec![of(1, truth(0.0, 0.0, 10.0, 10.0)), of(2, truth(50.0, 0.0, 10.0, 10.0))],
        predicted: vec![
            called(1, predicted(0.0, 0.0, 10.0, 10.0, 0.9)),
            called(1, predicted(50.0, 0.0, 10.0, 10.0, 0.8)),
            called(3, predicted(70.0, 0.0, 10.0, 10.0, 0.8)),
        ],
    };
    let names = ["gun", "knife", "mug", "plate"].map(str::to_owned);
    let section = evaluate(&[picture], &names, &[7], &BoxProtocol::default(), NONE).unwrap();
    close(&section, "map50", 0.5);
    close(&section, "recall", 0.5);
    close(&section, "precision", 1.0 / 3.0);
    // Types aside both are found.
    close(&section, "hungarian_iou", 2.0 / 3.0);
    let types: Vec<&str> = section.by_type.iter().map(|section| section.of.as_str()).collect();
    assert_eq!(types, ["knife", "mug", "plate"]);
    close(&section.by_type[0], "map50", 1.0);
    close(&section.by_type[0], "precision", 0.5);
    close(&section.by_type[1], "map50", 0.0);
    assert_eq!((section.by_type[2].get("map50"), section.by_type[2].get("cpm")), (None, None));
    close(&section.by_type[2], "precision", 0.0);
    let json = serde_json::to_value(&section).unwrap();
    assert_eq!(json["by_type"]["knife"]["map50"]["value"], 1.0);
    assert_eq!(json["pictures"], 1);
}

#[test]
fn pairs_of_the_highest_sum() {
    // Greedy pairs would take 0.9 and leave 0.1: 1.0 in all.
    let gains = [[0.9, 0.8], [0.7, 0.1]];
    assert_eq!(highest_sum(2, 2, &|r, c| gains[r][c]), 1.5);
    assert_eq!(highest_sum(0, 3, &|_, _| 1.0), 0.0);
    assert_eq!(highest_sum(3, 1, &|r, _| [0.2, 0.5, 0.4][r]), 0.5);
    // Against all permutations.
    let gain = |r: usize, c: usize| ((r * 7 + c * 5 + r * c * 3) % 11) as f64;
    let mut best = 0.0_f64;
    let mut columns = [0, 1, 2, 3, 4];
    permute(&mut columns, 0, &mut |columns| {
        best = best.max((0..4).map(|r| gain(r, columns[r])).sum());
    });
    assert_eq!(highest_sum(4, 5, &gain), best);
    assert_eq!(highest_sum(5, 4, &|r, c| gain(c, r)), best);
}

fn permute(columns: &mut [usize; 5], from: usize, visit: &mut impl FnMut(&[usize; 5])) {
    if from == columns.len() {
        return visit(columns);
    }
    for place in from..columns.len() {
        columns.swap(from, place);
        permute(columns, from + 1, visit);
        columns.swap(from, place);
    }
}

#[test]
fn odd_sets() {
    let default = BoxProtocol::default();
    let section = evaluate(&[], &[], &[], &default, Bootstrap::default()).unwrap();
    assert!(section.metrics.iter().all(|(_, value)| value.is_none()));
    // Pictures without any box: nothing to say.
    assert!(measure(&[Picture::default()]).metrics.iter().all(|(_, value)| value.is_none()));
    // False alarms on authentic pictures only.
    let alarm = Picture { truth: vec![], predicted: vec![predicted(0.0, 0.0, 0.0, 5.0, 0.9)] };
    let section = measure(&[alarm]);
    assert_eq!(section.get("map50"), None);
    assert_eq!(section.get("cpm"), None);
    close(&section, "precision", 0.0);
    close(&section, "f1", 0.0);
    close(&section, "hungarian_iou", 0.0);
    // Wider than any picture: nothing is too large to be found.
    let wide = Picture {
        truth: vec![truth(0.0, 0.0, 1e9, 1e9)],
        predicted: vec![predicted(0.0, 0.0, 1e9, 1e9, 0.9)],
    };
    let section = measure(&[wide]);
    for id in ["map50", "map_large", "ar1", "cpm", "f1", "hungarian_iou"] {
        close(&section, id, 1.0);
    }
    // No predictions: 0, except where nothing was called.
    let missed = Picture { truth: vec![truth(0.0, 0.0, 40.0, 40.0)], predicted: vec![] };
    let section = measure(&[missed]);
    for id in ["map50", "map_medium", "ar100", "cpm", "recall", "f1", "hungarian_iou"] {
        close(&section, id, 0.0);
    }
    assert_eq!(section.get("precision"), None);
}

#[test]
fn faults_are_named() {
    let fault = |picture: Picture| {
        let pictures = [Picture::default(), picture];
        evaluate(&pictures, &[String::new()], &[0, 1], &BoxProtocol::default(), NONE).unwrap_err()
    };
    let of_truth = |b: TrueBox| fault(Picture { truth: vec![b], predicted: vec![] }).to_string();
    let of_predicted = |b: PredictedBox| fault(Picture { truth: vec![], predicted: vec![b] }).to_string();
    let text = of_truth(truth(0.0, 0.0, -1.0, 1.0));
    assert_eq!(text, "picture 1: true box: expected width between 0 and 1000000000, got -1");
    assert!(of_truth(truth(f64::NAN, 0.0, 1.0, 1.0)).contains("expected x between"));
    assert!(of_truth(truth(0.0, 0.0, 1.0, f64::INFINITY)).contains("expected height between"));
    assert!(of_predicted(predicted(0.0, 0.0, 1.0, 1.0, f64::NAN)).contains("predicted box, got NaN"));
    let other = TrueBox { kind: 1, ..truth(0.0, 0.0, 1.0, 1.0) };
    assert!(of_truth(other).contains("expected a type below 1 of a true box, got 1"));
    let many =
        Picture { truth: vec![], predicted: vec![predicted(0.0, 0.0, 1.0, 1.0, 0.5); MAX_OBJECTS + 1] };
    let error = fault(many);
    assert_eq!(error.kind(), indicia_core::ErrorKind::Limits);
    let types = vec![String::new(); MAX_TYPES + 1];
    assert!(evaluate(&[], &types, &[], &BoxProtocol::default(), NONE).is_err());
    assert!(evaluate(&[], &[], &[1], &BoxProtocol::default(), NONE).is_err());
    let nan = BoxProtocol { threshold: f64::NAN, ..BoxProtocol::default() };
    assert!(evaluate(&[], &[], &[], &nan, NONE).is_err());
}
