use indicia_ops::filter::{Median, box_mean, median};

use super::algorithm::{Counts, count, level, ratios};
use super::*;
use crate::testing::{area_under_curve, examines_awkward_jpegs, gaussian_noise, texture};

/// Luma of a textured scene with noise of 2.
fn scene(width: usize, height: usize) -> Luma8 {
    let noise = gaussian_noise(width * height, 5);
    let luma = indicia_ops::luma_of_rgb(&texture(width, height, 7));
    let samples = luma.iter().zip(noise).map(|(&v, n)| (f64::from(v) + 2.0 * n).round() as u8).collect();
    Luma8 { width, height, samples }
}

fn with(luma: &Luma8, samples: Vec<u8>) -> Luma8 {
    Luma8 { samples, ..*luma }
}

fn only(luma: &Luma8) -> Finding {
    let Examination::Findings(mut findings) = examine_luma(luma) else { panic!("it applies") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn score(luma: &Luma8) -> f64 {
    only(luma).score.unwrap().statistic
}

#[test]
fn pairs_are_counted_in_textured_cells_only() {
    // Columns of 50, 50, 51, 90, ... : of 7 pairs along a row one is 0 and one 1, and all 56 down the columns are 0.
    let row = [50, 50, 51, 90, 130, 50, 90, 130];
    let textured: Vec<u8> = (0..64).map(|i| row[i % 8]).collect();
    assert_eq!(count(&textured, 8)[(0, 0)], Counts { zero: 64.0, one: 8.0 });
    assert_eq!(count(&[90; 64], 8)[(0, 0)], Counts::default());
    let mut clipped = textured;
    clipped[9] = 255;
    assert_eq!(count(&clipped, 8)[(0, 0)], Counts::default());
    assert_eq!(count(&[1; 63], 9).dim(), (0, 1));
}

#[test]
fn ratios_are_of_the_square_around_a_cell() {
    let mut counts = ndarray::Array2::from_elem((5, 9), Counts::default());
    counts[(2, 2)] = Counts { zero: 79.0, one: 19.0 };
    let ratios = ratios(&counts);
    assert_eq!(ratios[(0, 0)], Some(4_f32.ln()));
    assert_eq!((ratios[(4, 4)], ratios[(2, 5)]), (Some(4_f32.ln()), None));
    assert_eq!(level(&ratios, 0.5), Some(4_f32.ln()));
    assert_eq!(level(&ndarray::Array2::from_elem((2, 2), None), 0.5), None);
}

#[test]
fn medians_are_told_from_originals_and_from_smoothing() {
    let original = scene(240, 160);
    let plane = indicia_ops::Plane::from_bytes(240, 160, &original.samples);
    let bytes = |samples: Vec<f32>| samples.iter().map(|v| v.round() as u8).collect::<Vec<u8>>();
    let smooth = with(&original, bytes(box_mean(&plane, 1).samples));
    let gaussian = with(&original, bytes(indicia_ops::filter::gaussian(&plane, 1.0).samples));
    let highest = [&original, &smooth, &gaussian].map(score).into_iter().fold(f64::MIN, f64::max);
    for side in [Median::Three, Median::Five] {
        let filtered = score(&with(&original, median(&original.samples, 240, side)));
        assert!(filtered > highest + 0.2, "{side:?}: {filtered}, others up to {highest}");
    }
}

#[test]
fn a_filtered_part_stands_out_in_the_map() {
    let original = scene(320, 240);
    let filtered = median(&original.samples, 320, Median::Three);
    let part = |x: usize, y: usize| (100..220).contains(&x) && (60..180).contains(&y);
    let samples =
        (0..320 * 240).map(|i| if part(i % 320, i / 320) { &filtered } else { &original.samples }[i]);
    let altered = with(&original, samples.collect());
    let finding = only(&altered);
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("a map") };
    let auc = area_under_curve(&map.values, |x, y| part(8 * x + 4, 8 * y + 4));
    assert!(auc > 0.9, "{auc}");
    assert!(score(&altered) > score(&original) + 0.2);
}

#[test]
fn pictures_without_texture_are_not_judged() {
    for (width, height) in [(0, 0), (1, 1), (1, 90), (3, 5000), (63, 200), (200, 100)] {
        for value in [0, 128, 255] {
            let luma = Luma8 { width, height, samples: vec![value; width * height] };
            assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }));
        }
    }
    examines_awkward_jpegs(&INFO);
}
