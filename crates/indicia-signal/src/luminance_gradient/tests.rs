use indicia_core::ExhibitData;

use super::algorithm::{gradient, typical_strength};
use super::*;

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Luma8 {
    let samples = (0..width * height).map(|i| value(i % width, i / width)).collect();
    Luma8 { width, height, samples }
}

#[test]
fn a_slope_has_its_steepness_in_both_directions() {
    let luma = plane(9, 7, |x, y| (10 + 4 * x + 7 * y) as u8);
    let (mut along, mut down) = ([0.0; 9], [0.0; 9]);
    gradient(&luma, 3, &mut along, &mut down);
    assert_eq!((along[4], down[4]), (4.0, 7.0));
    // At the mirrored border half of the step is seen.
    assert_eq!(along[0], 2.0);
}

#[test]
fn opposite_sides_have_opposite_colours() {
    // Bright in the middle: brighter to the right on the left side.
    let luma = plane(40, 20, |x, _| if x < 20 { 5 * x as u8 } else { 5 * (39 - x) as u8 });
    let Examination::Findings(findings) = examine_luma(&luma) else { panic!("it applies") };
    let ExhibitData::Picture(picture) = &findings[0].exhibits[0].data else { panic!("a picture") };
    let at = |x: usize| &picture.rgb[3 * (10 * 40 + x)..][..3];
    assert!(at(10)[0] > 180 && at(30)[0] < 75, "{:?} {:?}", at(10), at(30));
    assert_eq!((at(10)[1], at(10)[2]), (at(30)[1], at(30)[2]));
    assert!(findings[0].score.is_none());
}

#[test]
fn any_size_is_shown_or_refused() {
    for (width, height) in [(0, 0), (1, 1), (1, 90)] {
        assert!(matches!(examine_luma(&plane(width, height, |_, _| 9)), Examination::NotApplicable { .. }));
    }
    let flat = plane(3, 5000, |_, _| 255);
    assert_eq!(typical_strength(&flat), 0.0);
    let Examination::Findings(findings) = examine_luma(&flat) else { panic!("it applies") };
    let ExhibitData::Picture(picture) = &findings[0].exhibits[0].data else { panic!("a picture") };
    assert_eq!((picture.width, picture.height), (1, 1250));
    assert!(picture.rgb.chunks_exact(3).all(|p| p == [128, 128, 0]));
}
