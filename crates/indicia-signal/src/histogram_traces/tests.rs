use super::algorithm::{gaps_and_peaks, histograms, local, mapping, roughness, usable};
use super::*;
use crate::testing::{examines_awkward_jpegs, gaussian_noise};

/// A smooth colourful scene with noise of 9, which fills its histogram smoothly.
fn scene(width: usize, height: usize, map: impl Fn(usize, usize, f64) -> f64) -> (Rgb8, Luma8) {
    let noise = gaussian_noise(3 * width * height, 21);
    let samples: Vec<u8> = (0..3 * width * height)
        .map(|i| {
            let (x, y, c) = (i / 3 % width, i / 3 / width, i % 3);
            let light = 120.0 + 60.0 * ((x + 40 * c) as f64 / 37.0).sin() * (y as f64 / 29.0).cos();
            let level = (light + 9.0 * noise[i]).round().clamp(0.0, 255.0);
            map(x, y, level).round().clamp(0.0, 255.0) as u8
        })
        .collect();
    let luma = Luma8 { width, height, samples: indicia_ops::luma_of_rgb(&samples) };
    (Rgb8 { width, height, samples }, luma)
}

fn gamma(level: f64) -> f64 {
    255.0 * (level / 255.0).powf(0.7)
}

fn only(views: &(Rgb8, Luma8)) -> Finding {
    let Examination::Findings(mut findings) = examine_views(&views.0, &views.1) else { panic!("it applies") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

#[test]
fn departures_are_measured_against_neighbours() {
    // Every bin 100, but an empty one and one of 200 far from it.
    let mut counts = [100_u32; 256];
    counts[60] = 0;
    counts[120] = 200;
    let bins = usable(&counts);
    assert_eq!(bins.len(), 248);
    let at = |level: usize| bins.iter().find(|b| b.level == level).unwrap().departure;
    assert_eq!((at(60), at(120), at(200)), (-1.0, 1.0, 0.0));
    // Beside the gap 100, 0, 100, 100 are around: a mean of 75, and a cubic through 200 / 6.
    assert!((at(61) - (100.0 - (4.0 * 100.0 - 200.0) / 6.0) / 75.0).abs() < 1e-6);
    assert_eq!(gaps_and_peaks(&counts, &bins), (1, 1));
    assert_eq!(roughness(&usable(&[100; 256])), 0.0);
    assert_eq!(roughness(&[]), 0.0);
    // Every other bin empty: (2000 + 4000 / 6) / 1000, and as far down in between.
    let comb: Histogram = std::array::from_fn(|k| if k % 2 == 0 { 2000 } else { 0 });
    assert!((roughness(&usable(&comb)) - 8.0 / 3.0).abs() < 0.01);
}

#[test]
fn poisson_counts_have_no_roughness() {
    // Deviations of the square root of the count, as chance gives.
    let noise = gaussian_noise(256, 8);
    let counts: Histogram = std::array::from_fn(|k| (4000.0 + 63.2 * noise[k]).round() as u32);
    assert!(roughness(&usable(&counts)) < 0.03, "{}", roughness(&usable(&counts)));
}

#[test]
fn counts_do_not_depend_on_chunks() {
    let (rgb, luma) = scene(400, 300, |_, _, v| v);
    let [red, .., own] = histograms(&rgb.samples, &luma);
    let by_hand = |level: u8, of: &mut dyn Iterator<Item = u8>| of.filter(|&v| v == level).count() as u32;
    assert_eq!(red[120], by_hand(120, &mut rgb.samples.iter().step_by(3).copied()));
    assert_eq!(own[100], by_hand(100, &mut luma.samples.iter().copied()));
    assert_eq!(red.iter().sum::<u32>(), 120_000);
}

#[test]
fn changed_contrast_is_told_from_the_original_and_named() {
    let original = only(&scene(320, 240, |_, _, v| v));
    let mapped = scene(320, 240, |_, _, v| gamma(v));
    let changed = only(&mapped);
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&original) < 0.06 && score(&changed) > 0.25, "{} {}", score(&original), score(&changed));
    assert!(changed.statement.contains("gamma of 0.70"), "{}", changed.statement);
    assert!(original.statement.contains("no trace"));
    let stretched = only(&scene(320, 240, |_, _, v| (v - 30.0) * 255.0 / 180.0));
    assert!(stretched.statement.contains("range of 180 levels"), "{}", stretched.statement);
}

#[test]
fn a_changed_part_stands_out_in_the_map() {
    let part = |x: usize, y: usize| (96..224).contains(&x) && (64..192).contains(&y);
    let (rgb, _) = scene(320, 256, |x, y, v| if part(x, y) { gamma(v) } else { v });
    let values = local(&rgb.samples, 320);
    assert_eq!(values.dim(), (7, 9));
    let mean = |of: &dyn Fn(usize, usize) -> bool| {
        let chosen = values.indexed_iter().filter(|((row, column), _)| of(column * CELL, row * CELL));
        let (sum, count) = chosen.fold((0.0, 0.0), |(sum, count), (_, value)| (sum + value, count + 1.0));
        sum / count
    };
    // Squares of 64 that lie within the part, and those that do not touch it.
    let inside = mean(&|x, y| part(x, y) && part(x + 63, y + 63));
    let outside = mean(&|x, y| x + 64 <= 96 || x >= 224 || y >= 192);
    assert!(inside > 0.25 && outside < 0.1, "{inside} {outside}");
}

#[test]
fn patterns_without_a_clear_mapping_are_not_named() {
    assert_eq!(mapping(&[]), None);
    assert_eq!(mapping(&usable(&[100; 256])), None);
}

#[test]
fn pictures_with_little_to_count_are_not_judged() {
    let flat = |width: usize, height: usize, value: u8| {
        let luma = Luma8 { width, height, samples: vec![value; width * height] };
        (Rgb8 { width, height, samples: vec![value; 3 * width * height] }, luma)
    };
    for (width, height) in [(0, 0), (1, 1), (1, 90), (3, 5000), (63, 200), (200, 100)] {
        for value in [0, 128, 255] {
            let (rgb, luma) = flat(width, height, value);
            assert!(matches!(examine_views(&rgb, &luma), Examination::NotApplicable { .. }));
        }
    }
    examines_awkward_jpegs(&INFO);
}
