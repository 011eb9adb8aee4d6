use super::*;
use crate::copies::tests::{f1, only, paste, similarity, stands_odd_pictures, texture, views};
use crate::copies::{ACCEPTED, Affine};

#[test]
fn copies_are_found_and_the_authentic_twin_has_none() {
    let twin = texture(320, 200, 5);
    let (rgb, luma) = views(&twin);
    let (finding, map) = only(examine(&rgb, &luma));
    assert!(finding.score.unwrap().statistic < ACCEPTED);
    assert!(map.values.iter().all(|v| *v < 0.5));
    let (from, to) = ((80.0, 100.0), (230.0, 95.0));
    let maps = [
        Affine([1.0, 0.0, 150.0, 0.0, 1.0, -5.0]),
        similarity(25.0, 1.0, false, from, to),
        similarity(0.0, 1.0, true, from, to),
    ];
    for map in maps {
        let mut forged = twin.clone();
        let truth = paste(&mut forged, &map, from, 40.0);
        let (rgb, luma) = views(&forged);
        let (finding, shown) = only(examine(&rgb, &luma));
        assert!(finding.score.unwrap().statistic > 4.0 * ACCEPTED, "{map:?}");
        assert!(f1(&shown, &truth) > 0.9, "{map:?}: {}", f1(&shown, &truth));
        assert_eq!(finding.exhibits.iter().map(|e| &*e.id).collect::<Vec<_>>(), ["map", "pairs", "table"]);
    }
}

#[test]
fn two_copies_of_one_region_are_all_marked() {
    let mut forged = texture(340, 220, 6);
    let first = paste(&mut forged, &Affine([1.0, 0.0, 110.0, 0.0, 1.0, 60.0]), (60.0, 60.0), 32.0);
    let second = paste(&mut forged, &Affine([1.0, 0.0, 210.0, 0.0, 1.0, -3.0]), (60.0, 60.0), 32.0);
    let truth: Vec<bool> = first.iter().zip(&second).map(|(a, b)| a | b).collect();
    let (rgb, luma) = views(&forged);
    assert!(f1(&only(examine(&rgb, &luma)).1, &truth) > 0.9);
}

#[test]
fn results_do_not_depend_on_threads() {
    let mut forged = texture(200, 160, 7);
    paste(&mut forged, &Affine([1.0, 0.0, 90.0, 0.0, 1.0, 20.0]), (50.0, 70.0), 30.0);
    let (rgb, luma) = views(&forged);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| only(examine(&rgb, &luma)).1.values)
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn odd_pictures_give_no_copy() {
    stands_odd_pictures(examine);
}
