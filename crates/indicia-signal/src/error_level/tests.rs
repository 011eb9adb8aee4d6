use indicia_core::Region;
use ndarray::array;

use super::algorithm::*;
use super::*;

#[test]
fn the_difference_is_the_largest_over_channels() {
    let a = [10, 20, 30, 0, 0, 255, 7, 7, 7, 1, 2, 3];
    let b = [12, 15, 30, 0, 9, 0, 7, 7, 7, 0, 0, 0];
    assert_eq!(difference(&a, &b, 2, 2), array![[5.0, 255.0], [0.0, 3.0]]);
    // A copy that is too short leaves zeros.
    assert_eq!(difference(&a, &b[..3], 2, 2), array![[5.0, 0.0], [0.0, 0.0]]);
    assert_eq!(difference(&[], &[], 0, 3).dim(), (3, 0));
}

#[test]
fn the_scale_ends_where_few_values_lie_above() {
    let counts = counts(&array![[0.0, 1.0, 1.0, 2.0, 9.0]]);
    assert_eq!((counts[0], counts[1], counts[2], counts[9]), (1, 2, 1, 1));
    assert_eq!(exceeded_by(&counts, 0.0), 9);
    assert_eq!(exceeded_by(&counts, 0.2), 2);
    assert_eq!(exceeded_by(&counts, 0.4), 1);
    assert_eq!(exceeded_by(&[0; 256], 0.1), 0);
}

fn rgb(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Rgb8 {
    let samples = (0..width * height).flat_map(|i| [value(i % width, i / width); 3]).collect();
    Rgb8 { width, height, samples }
}

fn map(finding: &Finding) -> &Map {
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the exhibit is a map") };
    map
}

#[test]
fn a_part_that_was_saved_before_changes_less() {
    // Noise; its left half was saved at the same quality before.
    let method = ErrorLevel::new(&BuildContext::default()).unwrap();
    let noise = |x: usize, y: usize| ((x * 7919 + y * 104_729 + x * y * 31) % 251) as u8;
    let mut picture = rgb(128, 64, noise);
    let saved = recompress(&picture.samples, 128, 64, method.quality, Subsampling::S420);
    for y in 0..64 {
        let left = 3 * 128 * y..3 * (128 * y + 64);
        picture.samples[left.clone()].copy_from_slice(&saved[left]);
    }
    let finding = method.examine_rgb(&picture);
    let map = map(&finding);
    assert_eq!((map.values.dim(), map.cell, map.direction), ((64, 128), 1, Direction::Contrast));
    let half = |from: usize| map.values.slice(ndarray::s![.., from..from + 56]).mean().unwrap();
    assert!(3.0 * half(0) < half(72), "left {} right {}", half(0), half(72));
    assert_eq!(finding.region, Region::Whole);
}

#[test]
fn flat_and_tiny_pictures_give_finite_maps() {
    let method = ErrorLevel::new(&BuildContext::default()).unwrap();
    for (width, height) in [(1, 1), (1, 100), (100, 1), (17, 9)] {
        let finding = method.examine_rgb(&rgb(width, height, |_, _| 128));
        let map = map(&finding);
        assert_eq!(map.values.dim(), (height, width));
        assert!(map.values.iter().all(|v| *v <= 1.0), "mid gray survives a save");
        assert_eq!(map.high, 1.0);
    }
}
