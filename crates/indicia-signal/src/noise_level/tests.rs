use super::algorithm::*;
use super::*;
use crate::testing::gaussian_noise;

/// A scene of slow waves with a fine checked texture in its lower third and noise of deviation `noise(x, y)`.
fn scene(width: usize, height: usize, noise: impl Fn(usize, usize) -> f64) -> Luma8 {
    let random = gaussian_noise(width * height, 3);
    let fine = gaussian_noise(width * height, 5);
    let texture = |x: usize, y: usize| {
        // Smooth random texture: a mean of 3 by 3 noise has little at the finest scale.
        let mut sum = 0.0;
        for (dx, dy) in (0..9).map(|i| (i % 3, i / 3)) {
            sum += fine[(y + dy).min(height - 1) * width + (x + dx).min(width - 1)];
        }
        if y > 2 * height / 3 { 3.0 * sum } else { 0.3 * sum }
    };
    let samples = (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let wave = 120.0 + 40.0 * (x as f64 / 31.0).sin() * (y as f64 / 23.0).cos();
            (wave + texture(x, y) + noise(x, y) * random[i]).round().clamp(0.0, 255.0) as u8
        })
        .collect();
    Luma8 { width, height, samples }
}

fn only(examination: Examination) -> Finding {
    let Examination::Findings(mut findings) = examination else { panic!("it applies") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn map(finding: &Finding) -> &Map {
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the first exhibit is the map") };
    map
}

#[test]
fn a_filter_is_the_outer_product_of_its_kernel() {
    // One bright pixel in the middle of 5 by 5 gives the products of [1 -2 1] around it.
    let mut samples = vec![0_u8; 25];
    samples[12] = 10;
    let out = filtered(&samples, 5, &[1, -2, 1]);
    let expected = [0, 0, 0, 0, 0, 0, 10, 20, 10, 0, 0, 20, 40, 20, 0, 0, 10, 20, 10, 0, 0, 0, 0, 0, 0];
    assert_eq!(out, expected);
    // A plane has no second difference but at its mirrored borders.
    let slope: Vec<u8> = (0..42).map(|i| (3 * (i % 7) + 5 * (i / 7)) as u8).collect();
    assert!(filtered(&slope, 7, &[1, -2, 1]).iter().all(|&v| v == 0));
    assert!(filtered(&[], 0, &[1, -2, 1]).is_empty());
}

#[test]
fn white_noise_has_its_level_at_both_scales() {
    let luma = Luma8 { width: 256, height: 256, samples: noise_field(4.0) };
    let cells = measure(&luma.samples, 256);
    let mean = |of: fn(&Cell) -> f32| cells.iter().map(of).sum::<f32>() / cells.len() as f32;
    let (fine, coarse) = (mean(|c| c.fine), mean(|c| c.coarse));
    assert!((fine - 4.0).abs() < 0.2 && (coarse - 4.0).abs() < 0.3, "{fine} {coarse}");
}

fn noise_field(sigma: f64) -> Vec<u8> {
    gaussian_noise(256 * 256, 11).iter().map(|v| (128.0 + sigma * v).round() as u8).collect()
}

#[test]
fn the_line_passes_through_the_bulk() {
    // Cells on a line of slope a half, and a fifth of them far above it.
    let cell = |i: usize| {
        let coarse = 1.0 + i as f32;
        let expected = (0.5 * (coarse + 0.6).ln() - 0.2).exp() - 0.3;
        Cell { fine: if i.is_multiple_of(5) { expected + 6.0 } else { expected }, coarse, clipped: 0.0 }
    };
    let cells = Array2::from_shape_fn((1, 50), |(_, i)| cell(i));
    let line = fit(&cells).unwrap();
    assert!((line.slope - 0.5).abs() < 0.02 && (line.offset + 0.2).abs() < 0.05, "{line:?}");
    assert_eq!(fit(&cells.map(|c| Cell { clipped: 1.0, ..*c })), None);
}

#[test]
fn squares_grow_with_the_fourth_root_and_are_odd() {
    assert_eq!([24, 2400, 2400 * 16, 2400 * 81].map(square_side), [5, 5, 11, 15]);
}

#[test]
fn noise_that_was_added_to_a_part_stands_out_and_texture_does_not() {
    let part = |x: usize, y: usize| (120..200).contains(&x) && (40..110).contains(&y);
    let altered = scene(320, 240, |x, y| if part(x, y) { 5.0 } else { 0.8 });
    let twin = scene(320, 240, |_, _| 0.8);
    let [altered, twin] = [&altered, &twin].map(|luma| only(examine_luma(luma)));
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&altered) > 0.6 && score(&twin) < 0.35, "{} {}", score(&altered), score(&twin));
    let map = map(&altered);
    let mean = |of: &dyn Fn(usize, usize) -> bool| {
        let chosen = (0..240 * 320).map(|i| (i % 320, i / 320)).filter(|&(x, y)| of(x, y));
        let (sum, count) = chosen.fold((0.0, 0.0), |(sum, count), (x, y)| (sum + map.at(x, y), count + 1.0));
        sum / count
    };
    let (inside, textured) = (mean(&part), mean(&|_, y| y >= 180));
    assert!(inside > 0.6 && textured < 0.5, "{inside} {textured}");
    let ExhibitData::Table(table) = &altered.exhibits[1].data else { panic!("the second is a table") };
    // The estimate from principal components reads low on a few blocks.
    for (column, tolerance) in [(1, 0.8), (2, 1.2)] {
        let level = |row: usize| table.rows[row][column].parse::<f64>().unwrap();
        assert!((level(0) - 5.0).abs() < tolerance && level(1) < 2.0, "{:?}", table.rows);
    }
}

#[test]
fn pictures_without_noise_to_compare_are_not_judged() {
    let flat = |width: usize, height: usize, value: u8| Luma8 {
        width,
        height,
        samples: vec![value; width * height],
    };
    for luma in [flat(1, 1, 9), flat(1, 300, 9), flat(3, 5000, 9), flat(100, 63, 9), flat(0, 0, 0)] {
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }));
    }
    for value in [0, 128, 255] {
        assert!(matches!(examine_luma(&flat(200, 100, value)), Examination::NotApplicable { .. }));
    }
    // Half white: the other half is judged, and white cells are never suspicious.
    let mut luma = scene(256, 128, |_, _| 3.0);
    luma.samples.chunks_exact_mut(256).for_each(|row| row[..128].fill(255));
    let finding = only(examine_luma(&luma));
    let map = map(&finding);
    assert!(map.values.iter().all(|v| v.is_finite()));
    assert!(map.at(20, 60) < map.at(200, 60));
}
