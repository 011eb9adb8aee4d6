use indicia_core::ExhibitData;

use super::algorithm::*;
use super::*;
use crate::testing::gaussian_noise;

#[test]
fn the_median_takes_a_lone_pixel_and_leaves_an_edge() {
    let mut samples = vec![10_u8; 49];
    samples[24] = 90;
    let residual = median_residual(&samples, 7, 7);
    assert_eq!(residual.samples[24], 80.0);
    assert_eq!(residual.samples.iter().filter(|v| **v != 0.0).count(), 1);
    let edge: Vec<u8> = (0..49).map(|i| if i % 7 < 3 { 0 } else { 200 }).collect();
    assert!(median_residual(&edge, 7, 7).samples.iter().all(|v| *v == 0.0));
}

/// The definition, sample by sample.
fn naive(plane: &Plane, sigma: f32) -> Vec<f32> {
    let (width, height) = (plane.width as isize, plane.height as isize);
    let at = |x: isize, y: isize| {
        plane.row(indicia_ops::mirrored(y, plane.height))[indicia_ops::mirrored(x, plane.width)]
    };
    let mut out = vec![];
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let (mut weights, mut values, mut most) = (0.0, 0.0, 0.0_f32);
        for (dy, dx) in (-3..=3).flat_map(|dy| (-3..=3).map(move |dx| (dy, dx))) {
            if (dx, dy) == (0, 0) {
                continue;
            }
            let mut d = 0.0;
            for (j, i) in (-2..=2).flat_map(|j| (-2..=2).map(move |i| (j, i))) {
                d += (at(x + i, y + j) - at(x + dx + i, y + dy + j)).powi(2) / 25.0;
            }
            let weight = (1.0 - d / (6.0 * sigma * sigma)).max(0.0).powi(2);
            weights += weight;
            values += weight * at(x + dx, y + dy);
            most = most.max(weight);
        }
        let own = if most > 0.0 { most } else { 1.0 };
        out.push(at(x, y) - (values + own * at(x, y)) / (weights + own));
    }
    out
}

#[test]
fn non_local_means_equal_their_definition() {
    for (width, height) in [(1, 1), (2, 9), (23, 11)] {
        let noise = gaussian_noise(width * height, 1);
        let samples = (0..width * height).map(|i| (i % width * 3) as f32 + 4.0 * noise[i] as f32).collect();
        let plane = Plane { width, height, samples };
        for (a, b) in non_local_residual(&plane, 4.0).samples.iter().zip(naive(&plane, 4.0)) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }
}

#[test]
fn the_residual_of_noise_on_a_step_is_the_noise() {
    let (width, height) = (96, 64);
    let noise = gaussian_noise(width * height, 9);
    let samples = (0..width * height)
        .map(|i| if i % width < 48 { 60.0 } else { 180.0 } + 3.0 * noise[i] as f32)
        .collect();
    let residual = non_local_residual(&Plane { width, height, samples }, 3.0);
    let n = noise.len() as f64;
    let product: f64 = residual.samples.iter().zip(&noise).map(|(&r, n)| f64::from(r) * n).sum();
    let square: f64 = residual.samples.iter().map(|&r| f64::from(r * r)).sum();
    let correlation = product / (square * n).sqrt();
    assert!(correlation > 0.9 && (square / n).sqrt() < 3.3, "{correlation} {}", (square / n).sqrt());
}

#[test]
fn three_views_are_shown_and_small_pictures_are_not_looked_at() {
    let luma = |width: usize, height: usize| Luma8 { width, height, samples: vec![77; width * height] };
    for (width, height) in [(0, 0), (1, 1), (1, 50), (3, 5000), (40, 15)] {
        assert!(matches!(examine_luma(&luma(width, height)), Examination::NotApplicable { .. }));
    }
    let Examination::Findings(findings) = examine_luma(&luma(1700, 20)) else { panic!("it applies") };
    assert_eq!(findings.len(), 1);
    assert!(findings[0].score.is_none());
    assert_eq!(findings[0].exhibits.len(), 3);
    for exhibit in &findings[0].exhibits {
        let ExhibitData::Picture(picture) = &exhibit.data else { panic!("views are pictures") };
        assert_eq!((picture.width, picture.height), (850, 10), "{}", exhibit.id);
        assert!(picture.rgb.iter().all(|v| *v == 0), "a flat picture has no residual: {}", exhibit.id);
    }
}
