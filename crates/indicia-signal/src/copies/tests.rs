//! Tests, and pictures with copies that the tests of both methods make.

use indicia_core::{Examination, ExhibitData, Finding, Map};
use indicia_ops::patchmatch::Random;
use indicia_ops::{Luma8, Rgb8};

use super::refine::{refine, shift, snap};
use super::*;

/// A texture of random spots of many sizes, 20 to 235, with noise of a few levels.
pub fn texture(width: usize, height: usize, seed: u64) -> Plane {
    let mut random = Random::new(seed);
    let mut sum = vec![0.0; width * height];
    for (radius, weight) in [(1, 1.0), (2, 2.0), (4, 4.0)] {
        let values = (0..width * height).map(|_| random.below(256) as f32 - 128.0).collect();
        let smooth = Plane { width, height, values }.box_mean(radius).box_mean(radius);
        sum.iter_mut().zip(&smooth.values).for_each(|(s, v)| *s += weight * v);
    }
    let values = sum.iter().map(|v| (128.0 + 1.5 * v + random.below(5) as f32).clamp(20.0, 235.0)).collect();
    Plane { width, height, values }
}

/// Writes over the pixels around the image of `centre` those around `centre`, `radius` pixels far in the source,
/// moved by `map`. Returns which pixels are source or copy.
pub fn paste(picture: &mut Plane, map: &Affine, centre: (f64, f64), radius: f64) -> Vec<bool> {
    let before = picture.clone();
    let back = map.inverse().unwrap();
    let inside = |x: f64, y: f64| (x - centre.0).hypot(y - centre.1) <= radius;
    (0..before.values.len())
        .map(|i| {
            let (x, y) = ((i % before.width) as f64, (i / before.width) as f64);
            let (u, v) = back.at(x, y);
            if inside(u, v) {
                picture.values[i] = before.cubic(u, v).unwrap().round().clamp(0.0, 255.0);
            }
            inside(x, y) || inside(u, v)
        })
        .collect()
}

/// A turn by `degrees`, scaling by `scale` and, before both, mirroring of columns, that takes one point to another.
pub fn similarity(degrees: f64, scale: f64, mirror: bool, from: (f64, f64), to: (f64, f64)) -> Affine {
    let (s, c) = degrees.to_radians().sin_cos();
    let f = if mirror { -scale } else { scale };
    let linear = Affine([f * c, -scale * s, 0.0, f * s, scale * c, 0.0]);
    let (u, v) = linear.at(from.0, from.1);
    let [a, b, _, d, e, _] = linear.0;
    Affine([a, b, to.0 - u, d, e, to.1 - v])
}

/// The views of a grey picture.
pub fn views(picture: &Plane) -> (Rgb8, Luma8) {
    let samples: Vec<u8> = picture.values.iter().map(|&v| v.round() as u8).collect();
    let rgb = samples.iter().flat_map(|&v| [v; 3]).collect();
    let Plane { width, height, .. } = *picture;
    (Rgb8 { width, height, samples: rgb }, Luma8 { width, height, samples })
}

/// The one finding and its map.
pub fn only(examination: Examination) -> (Finding, Map) {
    let Examination::Findings(mut findings) = examination else { panic!("not applicable") };
    assert_eq!(findings.len(), 1);
    let finding = findings.remove(0);
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the first exhibit is the map") };
    let map = Map::clone(map);
    assert!(map.values.iter().all(|v| (0.0..=1.0).contains(v)));
    assert!(finding.score.as_ref().unwrap().statistic.is_finite());
    (finding, map)
}

/// F1 of a map cut at 0.5.
pub fn f1(map: &Map, truth: &[bool]) -> f64 {
    let found = map.to_pixels();
    let both = found.iter().zip(truth).filter(|(v, t)| **v > 0.5 && **t).count();
    let sum = found.iter().filter(|v| **v > 0.5).count() + truth.iter().filter(|t| **t).count();
    2.0 * both as f64 / sum as f64
}

/// What both methods must do with pictures of odd kinds.
pub fn stands_odd_pictures(examine: impl Fn(&Rgb8, &Luma8) -> Examination) {
    for (width, height) in [(1, 1), (1, 500), (63, 200), (3, 5000)] {
        let (rgb, luma) = views(&texture(width, height, 1));
        assert!(matches!(examine(&rgb, &luma), Examination::NotApplicable { .. }), "{width}x{height}");
    }
    for value in [0.0, 128.0, 255.0] {
        let flat = Plane { width: 80, height: 70, values: vec![value; 5600] };
        let (rgb, luma) = views(&flat);
        assert!(matches!(examine(&rgb, &luma), Examination::NotApplicable { .. }), "flat at {value}");
    }
    let board = |i: usize| if (i % 192 / 8 + i / 192 / 8).is_multiple_of(2) { 0.0 } else { 255.0 };
    let board = Plane { width: 192, height: 160, values: (0..192 * 160).map(board).collect() };
    let (rgb, luma) = views(&board);
    if let Examination::Findings(_) = examine(&rgb, &luma) {
        let (finding, map) = only(examine(&rgb, &luma));
        assert!(finding.score.unwrap().statistic < ACCEPTED, "a checkerboard is no copy");
        assert!(map.values.iter().all(|v| *v < 0.5));
    }
}

#[test]
fn maps_are_fitted_inverted_and_taken_apart() {
    let map = similarity(30.0, 1.5, false, (10.0, 20.0), (50.0, 5.0));
    assert!((map.scale() - 1.5).abs() < 1e-12 && (map.rotation() - 30.0).abs() < 1e-9 && !map.mirrors());
    let mirror = similarity(-70.0, 0.8, true, (10.0, 20.0), (50.0, 5.0));
    assert!(
        (mirror.scale() - 0.8).abs() < 1e-12 && (mirror.rotation() + 70.0).abs() < 1e-9 && mirror.mirrors()
    );
    assert_eq!(mirror.stretches().0 as f32, 0.8);
    let points = [(0.0, 0.0), (9.0, 1.0), (3.0, 7.0), (5.0, 5.0), (8.0, 2.0)];
    let mut pairs = points.map(|(x, y)| [x, y, mirror.at(x, y).0, mirror.at(x, y).1]).to_vec();
    let close = |a: Affine, b: Affine| a.0.iter().zip(b.0).all(|(a, b)| (a - b).abs() < 1e-6);
    assert!(close(Affine::fit(&pairs).unwrap(), mirror));
    pairs.push([4.0, 4.0, 400.0, -3.0]);
    assert!(close(Affine::fit_most(&pairs).unwrap(), mirror));
    assert_eq!(Affine::fit(&[[0.0; 4]; 2]), None);
    assert_eq!(Affine::fit(&[[0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 2.0, 2.0], [2.0, 2.0, 3.0, 3.0]]), None);
    let (u, v) = map.at(3.0, 4.0);
    let (x, y) = map.inverse().unwrap().at(u, v);
    assert!((x - 3.0).abs() < 1e-9 && (y - 4.0).abs() < 1e-9);
    assert!(close(map.to_coarser(3.0).to_finer(3.0), map));
    // A shift by 6 pixels is one by 2 pixels of three times the size.
    assert_eq!(Affine([1.0, 0.0, 6.0, 0.0, 1.0, -3.0]).to_coarser(3.0).0, [1.0, 0.0, 2.0, 0.0, 1.0, -1.0]);
    assert!(!Affine([5.0, 0.0, 0.0, 0.0, 5.0, 0.0]).plausible());
    assert!(!Affine([f64::NAN; 6]).plausible());
}

#[test]
fn planes_are_reduced_and_smoothed_as_defined() {
    let plane = Plane::reduced(&[1, 3, 9, 5, 7, 9, 2, 2, 2], 3, 2);
    assert_eq!(plane, Plane { width: 1, height: 1, values: vec![4.0] });
    let plane = texture(13, 9, 2);
    for radius in [0, 1, 3, 20] {
        let mut sums = plane.values.clone();
        box_sum(&mut sums, 13, radius);
        for (i, sum) in sums.iter().enumerate() {
            let near = |j: usize| (i % 13).abs_diff(j % 13) <= radius && (i / 13).abs_diff(j / 13) <= radius;
            let naive: f32 = (0..13 * 9).filter(|&j| near(j)).map(|j| plane.values[j]).sum();
            assert!((sum - naive).abs() < 0.01, "{sum} {naive}");
        }
    }
    assert_eq!(plane.cubic(4.0, 5.0), Some(plane.values[5 * 13 + 4]));
    assert_eq!(plane.cubic(0.5, 5.0), None);
    // A cubic follows a slope exactly.
    let slope = Plane { width: 8, height: 8, values: (0..64).map(|i| (i % 8) as f32 * 2.0).collect() };
    assert!((slope.cubic(3.25, 4.5).unwrap() - 6.5).abs() < 1e-5);
}

#[test]
fn maps_are_refined_to_a_fraction_of_a_pixel() {
    let mut picture = texture(260, 160, 3);
    let truth = similarity(12.0, 1.1, false, (60.0, 80.0), (190.0, 75.0));
    paste(&mut picture, &truth, (60.0, 80.0), 36.0);
    let fine = picture.fine(4);
    let points: Vec<_> =
        (0..400).map(|i| (40.0 + 2.0 * f64::from(i % 20), 60.0 + 2.0 * f64::from(i / 20))).collect();
    let start = similarity(11.5, 1.105, false, (60.0, 80.0), (192.0, 74.0));
    let found = refine(&fine, shift(&fine, start, &points), &points);
    let far = points.iter().map(|&(x, y)| found.error(&[x, y, truth.at(x, y).0, truth.at(x, y).1]));
    assert!(far.fold(0.0, f64::max) < 0.1, "{found:?}");
    assert_eq!(snap(&fine, found, &points), found);
    let mut picture = texture(260, 160, 3);
    let truth = Affine([-1.0, 0.0, 250.0, 0.0, 1.0, -5.0]);
    paste(&mut picture, &truth, (60.0, 80.0), 36.0);
    let near = Affine([-1.001, 0.001, 250.2, 0.0, 0.999, -4.9]);
    assert_eq!(snap(&picture.fine(4), near, &points), truth);
}

#[test]
fn a_map_straight_across_a_line_is_a_reflection() {
    // Down across the row 100, and the same with 30 columns of glide.
    let across = Affine([1.0, 0.0, 0.0, 0.0, -1.0, 200.0]);
    let axis = |map: Affine, x: f64, y: f64| map.reflection_axis(x, y);
    assert!(axis(across, 40.0, 60.0).unwrap().abs() < 1e-9);
    assert_eq!(axis(Affine([1.0, 0.0, 30.0, 0.0, -1.0, 200.0]), 40.0, 60.0), None);
    // Across the diagonal: columns and rows change places.
    let diagonal = Affine([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    let eighth = std::f64::consts::FRAC_PI_4;
    assert!((axis(diagonal, 10.0, 90.0).unwrap() - eighth).abs() < 1e-9);
    assert_eq!(axis(Affine([0.0, 1.0, 40.0, 1.0, 0.0, 40.0]), 10.0, 90.0), None);
    // What does not mirror, or scales, reflects nothing.
    assert_eq!(axis(Affine([-1.0, 0.0, 200.0, 0.0, -1.0, 200.0]), 40.0, 60.0), None);
    assert_eq!(axis(Affine([0.7, 0.0, 0.0, 0.0, -0.7, 200.0]), 40.0, 60.0), None);
}
