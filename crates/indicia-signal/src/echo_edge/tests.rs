use indicia_core::ExhibitData;

use super::algorithm::{laplacian, white};
use super::*;

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> [u8; 3]) -> Rgb8 {
    let samples = (0..width * height).flat_map(|i| value(i % width, i / width)).collect();
    Rgb8 { width, height, samples }
}

#[test]
fn slopes_vanish_and_a_point_gives_the_kernel() {
    let slope = plane(11, 9, |x, y| [(3 * x + 5 * y) as u8, 7, (x * x) as u8]);
    let mut lines = [vec![0.0; 11], vec![0.0; 11], vec![0.0; 11]];
    laplacian(&slope, 4, &mut lines);
    assert_eq!((lines[0][5], lines[1][5], lines[2][5]), (0.0, 0.0, 8.0));
    // Derivative times smoothing in both orders: the middle is 2 * -2 * 6, the next one 0 * 6 + 4 * -2.
    let point = plane(9, 9, |x, y| if (x, y) == (4, 4) { [16, 0, 32] } else { [0; 3] });
    let mut lines = [vec![0.0; 9], vec![0.0; 9], vec![0.0; 9]];
    laplacian(&point, 4, &mut lines);
    assert_eq!(lines[0], [0.0, 0.0, 4.0, 8.0, 24.0, 8.0, 4.0, 0.0, 0.0]);
    assert_eq!(lines[2][4], 48.0);
}

#[test]
fn edges_are_bright_and_plain_parts_are_black() {
    let rgb = plane(120, 60, |x, _| if x < 60 { [40, 90, 90] } else { [200, 100, 90] });
    let Examination::Findings(findings) = examine_rgb(&rgb) else { panic!("it applies") };
    let ExhibitData::Picture(picture) = &findings[0].exhibits[0].data else { panic!("a picture") };
    let at = |x: usize| &picture.rgb[3 * (30 * 120 + x)..][..3];
    assert_eq!(at(20), [0, 0, 0]);
    assert!(at(59)[0] == 255 && at(59)[2] == 0, "{:?}", at(59));
}

#[test]
fn any_size_is_shown_or_refused() {
    for (width, height) in [(0, 0), (1, 1), (2, 90)] {
        assert!(matches!(
            examine_rgb(&plane(width, height, |_, _| [9; 3])),
            Examination::NotApplicable { .. }
        ));
    }
    for value in [0, 255] {
        let flat = plane(3, 5000, |_, _| [value; 3]);
        assert_eq!(white(&flat), [0.0; 3]);
        let Examination::Findings(findings) = examine_rgb(&flat) else { panic!("it applies") };
        let ExhibitData::Picture(picture) = &findings[0].exhibits[0].data else { panic!("a picture") };
        assert!(picture.height == 1250 && picture.rgb.iter().all(|&v| v == 0));
    }
}
