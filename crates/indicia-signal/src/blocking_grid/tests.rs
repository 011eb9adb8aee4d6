use indicia_codec::jpeg::{Subsampling, recompress};

use super::*;
use crate::testing::{area_under_curve, examines_awkward_jpegs, texture};

fn luma(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Luma8 {
    Luma8 { width, height, samples: (0..width * height).map(|i| value(i % width, i / width)).collect() }
}

#[test]
fn steps_at_one_column_in_eight_are_counted_there() {
    // Columns rise by 3 at 3, 11, 19, ...: the step is 3 and those beside it 0, so the excess is 3 / 5, in eight
    // rows of a cell 4.8, in squares 8 * 0.36 / 8 = 0.36. The steps before and after are compared with
    // (0 + 3) / 2 and have -1.5 / 5 = -0.3.
    let picture = luma(80, 72, |x, _| (3 * ((x + 5) / 8)) as u8);
    let [across, down] = algorithm::phases(&picture.samples, 80);
    let near = |got: f32, expected: f32| assert!((got - expected).abs() < 1e-4, "{got} {expected}");
    for ((phase, expected), cell) in
        [(3, 4.8), (2, -2.4), (4, -2.4), (0, 0.0), (6, 0.0)].into_iter().zip([(1, 1); 5])
    {
        near(across.sums[phase][cell], expected);
        near(down.sums[phase][cell], 0.0);
    }
    near(across.energy[(1, 1)], 0.36 + 2.0 * 0.09);
    assert_eq!(across.main().phase, 3);
    assert!(across.main().clarity > 50.0 && down.main().clarity.abs() < 1e-6);
}

#[test]
fn strong_edges_say_nothing() {
    let picture = luma(80, 80, |x, _| if x % 8 < 4 { 0 } else { 200 });
    let [across, _] = algorithm::phases(&picture.samples, 80);
    assert!(across.sums.iter().flatten().all(|v| *v == 0.0));
}

/// A texture saved at quality 40; in the square of 112 pixels from 104, 88 it was saved on a grid shifted by 3, 5
/// instead if `spliced`; all is saved again at quality 95.
fn picture(spliced: bool) -> Luma8 {
    let (width, height) = (400, 320);
    let original = texture(width, height, 21);
    let mut rgb = recompress(&original, width, height, 40, Subsampling::S444);
    if spliced {
        let (wide, high) = (width - 3, height - 5);
        let crop: Vec<u8> =
            (0..high).flat_map(|y| &original[3 * ((y + 5) * width + 3)..][..3 * wide]).copied().collect();
        let crop = recompress(&crop, wide, high, 40, Subsampling::S444);
        for y in 88..200 {
            let from = 3 * ((y - 5) * wide + 104 - 3);
            rgb[3 * (y * width + 104)..][..3 * 112].copy_from_slice(&crop[from..from + 3 * 112]);
        }
    }
    let rgb = recompress(&rgb, width, height, 95, Subsampling::S444);
    Luma8 { width, height, samples: indicia_ops::luma_of_rgb(&rgb) }
}

fn outcome(luma: &Luma8) -> (f64, ndarray::Array2<f32>, String) {
    let Examination::Findings(findings) = examine_luma(luma) else { panic!("it applies") };
    let ExhibitData::Map(map) = &findings[0].exhibits[0].data else { panic!("the first exhibit is the map") };
    (findings[0].score.as_ref().unwrap().statistic, map.values.clone(), findings[0].statement.clone())
}

#[test]
fn a_region_on_another_grid_stands_out() {
    let (score, map, statement) = outcome(&picture(true));
    assert!(statement.contains("begin at column 0 and row 0"), "{statement}");
    let auc = area_under_curve(&map, |x, y| (13..27).contains(&x) && (11..25).contains(&y));
    assert!(auc > 0.95, "{auc}");
    let (twin, ..) = outcome(&picture(false));
    assert!(score > NOTABLE && score > 1.5 * twin, "{score} {twin}");
}

#[test]
fn flat_and_small_pictures_are_not_applicable() {
    for (picture, part) in [(luma(63, 500, |x, _| x as u8), "63x500"), (luma(100, 100, |_, _| 7), "flat")] {
        let Examination::NotApplicable { why } = examine_luma(&picture) else { panic!("applies") };
        assert!(why.contains(part), "{why}");
    }
    for width in [64, 65, 71] {
        let (score, map, _) = outcome(&luma(width, 64, |x, y| (x * 37 % 11 + y * 29 % 13) as u8));
        assert!(score.is_finite() && map.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn awkward_files_are_no_error() {
    examines_awkward_jpegs(&INFO);
}
