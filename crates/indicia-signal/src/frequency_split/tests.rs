use super::algorithm::split;
use super::*;

fn plane(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Luma8 {
    let samples = (0..width * height).map(|i| value(i % width, i / width)).collect();
    Luma8 { width, height, samples }
}

#[test]
fn stripes_go_to_the_part_of_their_period() {
    // Period 2 above, period 100 below, both 100 ± 50. The Gaussian of 2 keeps exp(-2 pi^2) of the first and
    // exp(-2 (0.02 pi)^2) of the second.
    let wave = |x: usize, period: f64| 100.0 + 50.0 * (std::f64::consts::TAU * x as f64 / period).cos();
    let luma = plane(200, 80, |x, y| wave(x, if y < 40 { 2.0 } else { 100.0 }).round() as u8);
    let parts = split(&luma, 2.0);
    let at = |rgb: &[u8], x: usize, y: usize| f32::from(rgb[3 * (y * 200 + x)]);
    assert_eq!(at(&parts.low.rgb, 100, 10), 100.0);
    assert!((at(&parts.high.rgb, 100, 10) * parts.white / 255.0 - 50.0).abs() < 1.0);
    assert!((at(&parts.low.rgb, 100, 70) - 150.0).abs() < 1.5);
    assert!(at(&parts.high.rgb, 100, 70) * parts.white / 255.0 < 1.5);
    // Half of the picture has a deviation of 50.
    assert!((parts.size - 50.0 / 2_f32.sqrt()).abs() < 2.0, "{}", parts.size);
}

#[test]
fn strips_meet_without_a_seam() {
    // Taller than a strip of the reduced view: equal to the filter of the whole plane.
    let luma = plane(3, 3300, |x, y| ((x * 31 + y * y * 7) % 251) as u8);
    let parts = split(&luma, 2.0);
    let whole = indicia_ops::filter::gaussian(&indicia_ops::Plane::from_bytes(3, 3300, &luma.samples), 2.0);
    assert_eq!((parts.low.width, parts.low.height), (1, 1100));
    for (row, pixel) in parts.low.rgb.chunks_exact(3).enumerate() {
        let mean = whole.samples[9 * row..9 * row + 9].iter().sum::<f32>() / 9.0;
        assert!((f32::from(pixel[0]) - mean).abs() <= 0.51, "row {row}");
    }
}

#[test]
fn any_size_is_shown_or_refused() {
    let method = FrequencySplit::build(&BuildContext::default()).unwrap();
    for (width, height) in [(0, 0), (1, 1), (1, 90)] {
        let examination = method.examine_luma(&plane(width, height, |_, _| 9));
        assert!(matches!(examination, Examination::NotApplicable { .. }));
    }
    for value in [0, 255] {
        let parts = split(&plane(30, 20, |_, _| value), 16.0);
        assert!(parts.low.rgb.iter().all(|&v| v == value) && parts.high.rgb.iter().all(|&v| v == 0));
    }
    let Examination::Findings(findings) = method.examine_luma(&plane(40, 30, |x, _| x as u8)) else {
        panic!()
    };
    assert!(findings.len() == 1 && findings[0].exhibits.len() == 2 && findings[0].score.is_none());
}
