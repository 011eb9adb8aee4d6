use indicia_core::ExhibitData;

use super::algorithm::*;
use super::*;
use crate::testing::gaussian_noise;

#[test]
fn a_cosine_gives_its_peak_its_ring_and_its_direction() {
    let (width, height) = (64, 48);
    // 16 and 12 cycles: a quarter of a cycle a pixel along both axes, at 45 degrees, 0.354 from 0.
    let turn = std::f64::consts::TAU / 4.0;
    let samples: Vec<u8> = (0..width * height)
        .map(|i| (128.0 + 80.0 * (turn * (i % width + i / width) as f64).cos()).round() as u8)
        .collect();
    let spectrum = transform(&samples, width, height);
    let largest = (0..spectrum.values.len())
        .max_by(|&a, &b| spectrum.values[a].norm().total_cmp(&spectrum.values[b].norm()))
        .unwrap();
    assert_eq!((largest / height, largest % height), (16, 12));
    // Amplitude 80, halved, times the sum of the window, a quarter of the pixels.
    assert!((spectrum.values[largest].norm() / (40.0 * 768.0) - 1.0).abs() < 1e-3);
    let profile = profile(&spectrum);
    let most = |values: &[f64]| (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
    assert_eq!(most(&profile.rings), 22);
    assert!([4, 5].contains(&most(&profile.sectors)));
    let picture = shown(&spectrum);
    assert_eq!((picture.width, picture.height), (width, height));
    assert!(picture.rgb[3 * (36 * width + 48)] > 200 && picture.rgb[3 * (12 * width + 16)] > 200);
}

#[test]
fn white_noise_has_its_variance_at_every_distance() {
    let samples: Vec<u8> = gaussian_noise(200 * 150, 4)
        .iter()
        .map(|n| (128.0 + 8.0 * n).round().clamp(0.0, 255.0) as u8)
        .collect();
    let profile = profile(&transform(&samples, 200, 150));
    for power in profile.rings[4..].iter().chain(&profile.sectors) {
        assert!((power / 64.0 - 1.0).abs() < 0.35, "{power}");
    }
}

#[test]
fn sizes_are_cut_to_fast_ones() {
    assert_eq!([0, 1, 11, 13, 4001].map(fast_size_below), [0, 1, 10, 12, 4000]);
}

#[test]
fn views_are_bounded_and_what_has_no_spectrum_is_not_looked_at() {
    for (width, height) in [(0, 0), (1, 1), (1, 50), (3, 5000), (40, 31)] {
        let luma = Luma8 { width, height, samples: (0..width * height).map(|i| i as u8).collect() };
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }));
    }
    let flat = Luma8 { width: 64, height: 64, samples: vec![255; 4096] };
    assert!(matches!(examine_luma(&flat), Examination::NotApplicable { .. }));
    let samples = (0..1700 * 40).map(|i| (i * 7 % 251) as u8).collect();
    let Examination::Findings(findings) = examine_luma(&Luma8 { width: 1700, height: 40, samples }) else {
        panic!("it applies")
    };
    assert!(findings.len() == 1 && findings[0].score.is_none());
    for exhibit in &findings[0].exhibits {
        if let ExhibitData::Picture(picture) = &exhibit.data {
            assert!(picture.width <= 1600 && picture.rgb.len() == 3 * picture.width * picture.height);
        }
    }
}
