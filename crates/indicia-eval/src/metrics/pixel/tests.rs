use ndarray::{Array2, array};
use proptest::prelude::*;

use super::protocol::{ALTERED, AUTHENTIC, IGNORED};
use super::*;
use crate::metrics::binary::Ranking;
use crate::stats::Bootstrap;

fn place(id: &str) -> usize {
    PER_IMAGE.iter().position(|m| m.id == id).unwrap()
}

fn forged(map: &Array2<f32>, mask: &Array2<bool>, protocol: &PixelProtocol) -> [f64; PER_IMAGE.len()] {
    match measure(map.view(), Some(mask.view()), protocol, &mut Pool::default()).unwrap() {
        ImagePixels::Forged(values) => values,
        other => panic!("{other:?}"),
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[test]
fn by_hand() {
    let map = array![[0.9, 0.6, 0.2], [0.4, 0.5, 0.1]];
    let mask = array![[true, false, false], [true, true, false]];
    let v = forged(&map, &mask, &PixelProtocol::default());
    // Called from 0.5: 0.9 and 0.5 rightly, 0.6 wrongly, 0.4 missed.
    assert!(close(v[place("f1")], 2.0 / 3.0) && close(v[place("iou")], 0.5));
    assert!(close(v[place("mcc")], (2.0 * 2.0 - 1.0) / 9.0));
    // All three altered above 0.3, with one false: F1 6/7.
    assert!(close(v[place("best_f1")], 6.0 / 7.0) && close(v[place("best_iou")], 0.75));
    assert!(close(v[place("auc")], 7.0 / 9.0));
    assert!(close(v[place("ap")], (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0));
    // Soft: 1.8 of 3 altered, 0.9 of 3 authentic.
    assert!((v[place("soft_f1")] - 3.6 / (3.6 + 0.9 + 1.2)).abs() < 1e-6);
    assert!((v[place("soft_iou")] - 1.8 / 3.9).abs() < 1e-6);
}

#[test]
fn the_inverse_counts_only_when_asked() {
    let map = array![[0.1, 0.9, 0.8, 0.7]];
    let mask = array![[true, false, false, false]];
    let plain = forged(&map, &mask, &PixelProtocol::default());
    assert_eq!((plain[place("auc")], plain[place("f1")]), (0.0, 0.0));
    let protocol = PixelProtocol { inverted: true, ..PixelProtocol::default() };
    let either = forged(&map, &mask, &protocol);
    assert_eq!((either[place("auc")], either[place("f1")], either[place("best_f1")]), (1.0, 1.0, 1.0));
    assert!(protocol.describe().contains("optimistic"));
}

#[test]
fn the_trimap_leaves_a_band_out() {
    let mask = Array2::from_shape_fn((40, 40), |(y, x)| (10..30).contains(&y) && (10..30).contains(&x));
    let protocol = PixelProtocol { trimap: Some(Trimap::TRUFOR), ..PixelProtocol::default() };
    let zones = protocol.zones(mask.view());
    // Eroded by 7 on each side: 17 to 22; dilated by 5: 5 to 34.
    let expected = |at: usize| match at {
        17..=22 => ALTERED,
        5..=34 => IGNORED,
        _ => AUTHENTIC,
    };
    (0..40).for_each(|at| assert_eq!(zones[[20, at]], expected(at), "{at}"));
    assert_eq!(zones.iter().filter(|z| **z == ALTERED).count(), 36);
    assert_eq!(zones.iter().filter(|z| **z == AUTHENTIC).count(), 1600 - 900);
    // At the edge of the picture there is nothing beyond to erode from.
    let corner = Array2::from_shape_fn((20, 20), |(y, x)| y < 9 && x < 9);
    assert_eq!(protocol.zones(corner.view())[[1, 1]], ALTERED);
    assert_eq!(protocol.zones(corner.view())[[2, 2]], IGNORED);
    // A small region has no core.
    let dot = Array2::from_shape_fn((40, 40), |p| p == (20, 20));
    let map = Array2::zeros((40, 40));
    let value = measure(map.view(), Some(dot.view()), &protocol, &mut Pool::default()).unwrap();
    assert_eq!(value, ImagePixels::Uncounted);
}

#[test]
fn sizes_and_empty_maps_are_named() {
    let map = Array2::<f32>::zeros((4, 6));
    let mask = Array2::from_elem((2, 3), true);
    let fails = |map: &Array2<f32>, protocol: &PixelProtocol| {
        measure(map.view(), Some(mask.view()), protocol, &mut Pool::default())
    };
    let error = fails(&map, &PixelProtocol::default()).unwrap_err().to_string();
    assert!(error.contains("the map has 6x4 pixels, the mask 3x2"), "{error}");
    let resizing = PixelProtocol { resize: true, ..PixelProtocol::default() };
    assert_eq!(fails(&map, &resizing).unwrap(), ImagePixels::Uncounted);
    assert!(fails(&Array2::zeros((0, 0)), &resizing).is_err());
}

#[test]
fn a_data_set_has_means_pools_and_false_alarms() {
    let protocol = PixelProtocol::default();
    let mut pool = Pool::default();
    let mask = array![[true, false]];
    let mut images = vec![];
    for map in [array![[0.9_f32, 0.1]], array![[0.1, 0.9]]] {
        images.push(measure(map.view(), Some(mask.view()), &protocol, &mut pool).unwrap());
    }
    let clean = Array2::from_shape_fn((10, 10), |(y, x)| if y == 0 && x < 2 { 0.8 } else { 0.0 });
    images.push(measure(clean.view(), None, &protocol, &mut pool).unwrap());
    let empty = Array2::from_elem((10, 10), false);
    images.push(measure(clean.view(), Some(empty.view()), &protocol, &mut pool).unwrap());
    let mut other = Pool::default();
    other.merge(&pool);
    let bootstrap = Bootstrap { replicates: 100, seed: 1 };
    let report = summarise(&images, &[0, 1, 2, 3], &other, &protocol, bootstrap).unwrap();
    assert_eq!((report.forged, report.authentic, report.uncounted), (2, 2, 0));
    let value = |id: &str| report.get(id).unwrap().value;
    assert!(close(value("f1"), 0.5) && close(value("auc"), 0.5) && close(value("pooled_f1"), 0.5));
    assert!(close(value("pooled_auc"), 0.5) && close(value("false_alarm_pixels"), 0.02));
    // At a threshold of 0.1 and below everything is called: 2/3 each.
    assert!(close(value("one_threshold_f1"), 2.0 / 3.0));
    assert!(close(value("false_alarm_images"), 1.0));
    assert_eq!(report.get("f1").unwrap().ci95, Some([0.0, 1.0]));
    assert!(report.get("pooled_f1").unwrap().ci95.is_none());
    let nothing = summarise(&[], &[], &Pool::default(), &protocol, bootstrap).unwrap();
    assert!(nothing.metrics.iter().all(|(_, estimate)| estimate.is_none()));
}

proptest! {
    #[test]
    fn agrees_with_the_ranking_of_items(
        pixels in prop::collection::vec((0_u8..9, any::<bool>()), 2..200),
        inverted in any::<bool>(),
    ) {
        let mask = Array2::from_shape_vec((1, pixels.len()), pixels.iter().map(|p| p.1).collect()).unwrap();
        prop_assume!(mask.iter().any(|m| *m) && !mask.iter().all(|m| *m));
        let values: Vec<f32> = pixels.iter().map(|p| f32::from(p.0) / 8.0).collect();
        let map = Array2::from_shape_vec((1, pixels.len()), values.clone()).unwrap();
        let protocol = PixelProtocol { inverted, ..PixelProtocol::default() };
        let got = forged(&map, &mask, &protocol);
        let ranking = |turn: bool| {
            let scores: Vec<f64> =
                values.iter().map(|v| f64::from(if turn { 1.0 - v } else { *v })).collect();
            let labels: Vec<bool> = mask.iter().copied().collect();
            Ranking::from_items(&scores, &labels, None).unwrap()
        };
        let both = |measure: fn(&Ranking) -> f64| {
            let plain = measure(&ranking(false));
            if inverted { plain.max(measure(&ranking(true))) } else { plain }
        };
        prop_assert!(close(got[place("auc")], both(|r| r.auc().unwrap())));
        prop_assert!(close(got[place("ap")], both(|r| r.average_precision().unwrap())));
        prop_assert!(close(got[place("best_f1")], both(|r| r.best_f1().unwrap().value)));
        prop_assert!(close(got[place("f1")], both(|r| r.confusion_at(0.5).f1().unwrap())));
        prop_assert!(close(got[place("mcc")], both(|r| r.confusion_at(0.5).mcc().unwrap())));
    }
}
