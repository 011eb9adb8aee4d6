use super::algorithm::*;
use super::*;
use crate::testing::{examines_awkward_jpegs, gaussian_noise};

/// Noise plus `pattern`, 256 pixels a side.
fn picture(seed: u64, pattern: impl Fn(usize, usize) -> f64) -> Vec<u8> {
    let noise = gaussian_noise(256 * 256, seed);
    (0..256 * 256)
        .map(|i| (128.0 + 6.0 * noise[i] + pattern(i % 256, i / 256)).round().clamp(0.0, 255.0) as u8)
        .collect()
}

fn strongest(samples: &[u8]) -> Peak {
    measure(samples, 256, 256).expect("is not flat").peaks[0]
}

#[test]
fn a_lattice_of_four_pixels_is_found_and_noise_has_none() {
    let plain = strongest(&picture(1, |_, _| 0.0));
    assert!(plain.unexplained < CLEAR, "{plain:?}");
    let lattice = |period: usize| {
        move |x: usize, y: usize| {
            if x.is_multiple_of(period) && y.is_multiple_of(period) { 3.0 * period as f64 } else { 0.0 }
        }
    };
    for period in [2, 4] {
        let found = strongest(&picture(2, lattice(period)));
        assert!(found.unexplained > CLEAR, "{period}: {found:?}");
        let step = FRACTION / period;
        assert!(found.at.0.is_multiple_of(step) && found.at.1.is_multiple_of(step), "{period}: {found:?}");
    }
}

#[test]
fn blocks_of_eight_are_explained() {
    let blocks = |x: usize, y: usize| if x.is_multiple_of(8) && y.is_multiple_of(8) { 24.0 } else { 0.0 };
    let average = measure(&picture(3, blocks), 256, 256).expect("is not flat");
    let highest = average.peaks.iter().map(|p| p.height).fold(0.0, f64::max);
    assert!(highest > 5.0, "the blocks are there: {highest}");
    assert!(average.peaks[0].unexplained < CLEAR, "{:?}", average.peaks[0]);
}

#[test]
fn fractions_are_in_lowest_terms() {
    assert_eq!([0, 1, 4, 6, 8].map(fraction), ["0", "1/16", "1/4", "3/8", "1/2"]);
}

#[test]
fn awkward_pictures_are_examined() {
    for (width, height) in [(0, 0), (1, 1), (1, 300), (3, 5000), (400, 255), (32, 32)] {
        let luma = Luma8 { width, height, samples: vec![9; width * height] };
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }));
    }
    for value in [0, 100, 255] {
        let luma = Luma8 { width: 256, height: 300, samples: vec![value; 256 * 300] };
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }), "flat");
    }
    examines_awkward_jpegs(&INFO);
}
