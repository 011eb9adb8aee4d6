use indicia_core::ExhibitData;

use super::algorithm::{codes, deviation};
use super::*;
use crate::testing::gaussian_noise;

fn noisy(width: usize, height: usize, sigma: impl Fn(usize, usize) -> f64) -> Luma8 {
    let noise = gaussian_noise(width * height, 4);
    let samples =
        noise.iter().enumerate().map(|(i, v)| (128.0 + v * sigma(i % width, i / width)).round() as u8);
    Luma8 { width, height, samples: samples.collect() }
}

#[test]
fn the_deviation_is_that_of_the_noise() {
    let found = deviation(&noisy(200, 300, |_, _| 5.0));
    assert!((found - 5.0).abs() < 0.2, "{found}");
    let whole = indicia_ops::wavelet::noise_deviation(&indicia_ops::Plane::from_bytes(
        200,
        300,
        &noisy(200, 300, |_, _| 5.0).samples,
    ));
    assert!((found - whole).abs() < 0.1, "{found} by strips, {whole} of the whole");
}

#[test]
fn strips_have_the_coefficients_of_the_whole() {
    let luma = noisy(40, 400, |_, y| 2.0 + y as f64 / 50.0);
    let plane = indicia_ops::Plane::from_bytes(40, 400, &luma.samples);
    let (_, details) = indicia_ops::wavelet::analyse(&plane, indicia_ops::wavelet::Daubechies::Four);
    for (i, code) in codes(&luma, 16.0).iter().enumerate() {
        let (x, y) = (i % 20, i / 20);
        let expected =
            [(&details.horizontal, x + 2, y), (&details.vertical, x, y + 2), (&details.diagonal, x, y)];
        for (code, (band, x, y)) in code.iter().zip(expected) {
            let size = (4.0 * band.row(y)[x].abs()).min(255.0);
            assert!((f32::from(*code) - size).abs() <= 0.51, "{code} {size} at {x},{y}");
        }
    }
}

#[test]
fn grain_and_edges_come_apart() {
    // Noise on the left three quarters only, a hard step at row 50.
    let mut luma = noisy(160, 100, |x, _| if x < 120 { 2.0 } else { 0.0 });
    luma.samples[160 * 51..].iter_mut().for_each(|v| *v -= 100);
    let method = WaveletThreshold::build(&BuildContext::default()).unwrap();
    let Examination::Findings(findings) = method.examine_luma(&luma) else { panic!("it applies") };
    let mean = |exhibit: usize, xs: std::ops::Range<usize>, ys: std::ops::Range<usize>| {
        let ExhibitData::Picture(picture) = &findings[0].exhibits[exhibit].data else { panic!("a picture") };
        assert_eq!((picture.width, picture.height), (80, 50));
        let all: Vec<f64> = ys
            .flat_map(|y| xs.clone().map(move |x| (x, y)))
            .map(|(x, y)| f64::from(picture.rgb[3 * (y * 80 + x)]))
            .collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    assert!(mean(0, 2..58, 2..20) > 30.0 && mean(0, 65..78, 2..20) < 1.0);
    let (edge, grain) = (mean(1, 2..78, 25..26), mean(1, 2..78, 2..20));
    assert!(edge > 100.0 && grain < 10.0, "{edge} {grain}");
}

#[test]
fn any_size_is_shown_or_refused() {
    let method = WaveletThreshold::build(&BuildContext::default()).unwrap();
    let flat = |width: usize, height: usize, value: u8| Luma8 {
        width,
        height,
        samples: vec![value; width * height],
    };
    for (width, height) in [(0, 0), (1, 1), (1, 90), (3, 5000), (15, 200)] {
        assert!(matches!(method.examine_luma(&flat(width, height, 9)), Examination::NotApplicable { .. }));
    }
    for (width, height) in [(16, 16), (17, 19), (3300, 16)] {
        let Examination::Findings(findings) = method.examine_luma(&flat(width, height, 255)) else {
            panic!()
        };
        let ExhibitData::Picture(picture) = &findings[0].exhibits[0].data else { panic!("a picture") };
        assert!(picture.width <= 1600 && picture.rgb.iter().all(|&v| v == 0));
        assert!(findings[0].statement.contains("0.0 %"), "{}", findings[0].statement);
    }
}
