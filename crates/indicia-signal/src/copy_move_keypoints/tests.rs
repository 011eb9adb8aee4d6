use super::sift::{keypoints, mirrored};
use super::*;
use crate::copies::tests::{f1, only, paste, similarity, stands_odd_pictures, texture, views};
use crate::copies::{ACCEPTED, Plane};

#[test]
fn a_round_spot_is_one_keypoint_at_its_place_and_scale() {
    let spot = |i: usize| {
        let (x, y) = ((i % 64) as f32 - 30.5, (i / 64) as f32 - 28.25);
        100.0 + 100.0 * (-(x * x + y * y) / (2.0 * 16.0)).exp()
    };
    let picture = Plane { width: 64, height: 64, values: (0..4096).map(spot).collect() };
    let found = keypoints(&picture, 10);
    let best = found.iter().max_by(|a, b| a.contrast.total_cmp(&b.contrast)).unwrap();
    assert!((best.x - 30.5).abs() < 0.1 && (best.y - 28.25).abs() < 0.1, "{} {}", best.x, best.y);
    // The difference of Gaussians s and 2^(1/3) s answers a spot of 4 most at about s = 4 / 2^(1/6).
    assert!((3.0..4.2).contains(&best.scale), "{}", best.scale);
}

#[test]
fn descriptors_of_a_mirrored_picture_are_mirrored() {
    let picture = texture(96, 96, 8);
    let values = (0..96 * 96).map(|i| picture.values[i / 96 * 96 + 95 - i % 96]).collect();
    let other = Plane { values, ..picture };
    let (here, there) = (keypoints(&picture, 30), keypoints(&other, 30));
    let (mut seen, mut alike) = (0, 0);
    for a in &here {
        let turned = std::f64::consts::PI - a.angle;
        let same = |b: &&sift::Keypoint| {
            let turn = (b.angle - turned).rem_euclid(std::f64::consts::TAU);
            (b.x - (95.0 - a.x)).hypot(b.y - a.y) < 0.5
                && !(0.05..=std::f64::consts::TAU - 0.05).contains(&turn)
        };
        // Octaves after the first take other pixels of a picture of even width.
        if let Some(b) = there.iter().filter(|b| b.scale < 3.2).find(same) {
            seen += 1;
            alike += usize::from(matching::squared(&mirrored(&a.descriptor), &b.descriptor) < 60 * 60);
        }
    }
    assert!(seen > 10 && alike * 10 >= seen * 9, "{alike} of {seen}");
    assert_eq!(mirrored(&mirrored(&here[0].descriptor)), here[0].descriptor);
}

#[test]
fn turned_scaled_and_mirrored_copies_are_found_and_the_authentic_twin_has_none() {
    let twin = texture(360, 220, 9);
    let (rgb, luma) = views(&twin);
    let (finding, map) = only(examine(&rgb, &luma));
    assert!(finding.score.unwrap().statistic < ACCEPTED);
    assert!(map.values.iter().all(|v| *v < 0.5));
    let (from, to) = ((80.0, 110.0), (250.0, 110.0));
    for (degrees, scale, mirror) in [(130.0, 1.0, false), (20.0, 1.5, false), (-60.0, 1.2, true)] {
        let mut forged = twin.clone();
        let truth = paste(&mut forged, &similarity(degrees, scale, mirror, from, to), from, 45.0);
        let (rgb, luma) = views(&forged);
        let (finding, shown) = only(examine(&rgb, &luma));
        assert!(finding.score.unwrap().statistic > 4.0 * ACCEPTED, "{degrees} {scale}");
        assert!(f1(&shown, &truth) > 0.9, "{degrees} {scale}: {}", f1(&shown, &truth));
    }
}

#[test]
fn odd_pictures_give_no_copy() {
    stands_odd_pictures(examine);
}
