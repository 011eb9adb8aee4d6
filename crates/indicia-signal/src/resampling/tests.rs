use super::algorithm::*;
use super::*;
use crate::testing::{examines_awkward_jpegs, gaussian_noise};

/// A noisy picture without structure.
fn noise(width: usize, height: usize, seed: u64) -> Vec<f64> {
    gaussian_noise(width * height, seed).iter().map(|n| 128.0 + 12.0 * n).collect()
}

/// `source` of `width` columns, enlarged by `factor` with bilinear interpolation to `out` pixels a side.
fn enlarged(source: &[f64], width: usize, factor: f64, out: usize) -> Vec<f64> {
    (0..out * out)
        .map(|i| {
            let (x, y) = ((i % out) as f64 / factor, (i / out) as f64 / factor);
            let (u, v) = (x.fract(), y.fract());
            let at = |dx: usize, dy: usize| source[(y as usize + dy) * width + x as usize + dx];
            (at(0, 0) * (1.0 - u) + at(1, 0) * u) * (1.0 - v) + (at(0, 1) * (1.0 - u) + at(1, 1) * u) * v
        })
        .collect()
}

fn rounded(values: &[f64]) -> Vec<u8> {
    values.iter().map(|v| v.round().clamp(0.0, 255.0) as u8).collect()
}

#[test]
fn likelihood_is_that_of_the_prediction_error() {
    let mut samples = vec![10_u8; 25];
    samples[12] = 11;
    let plane = likelihood(&samples, 5, 5);
    // Errors 1, -1/2 beside it and 1/4 at the corner.
    for (at, error) in [(12, 1.0_f32), (11, 0.5), (6, 0.25), (0, 0.0)] {
        assert!((plane.samples[at] - (-error * error).exp()).abs() < 1e-6);
    }
}

#[test]
fn a_frequency_names_the_scalings_that_leave_it() {
    // Enlarging by 4/3 has the frequency 3/4, seen at 1/4.
    let [(scale, turn), (other, _), (reduced, _)] = factors((16, 0));
    assert!((scale - 4.0 / 3.0).abs() < 1e-9 && turn == 0.0);
    assert!((other - 4.0).abs() < 1e-9 && (reduced - 0.8).abs() < 1e-9);
}

#[test]
fn an_enlarged_picture_is_told_and_noise_is_not() {
    let plain = measure(&rounded(&noise(256, 256, 3)), 256, 256);
    assert!(plain.common.1 < COMMON, "{:?}", plain.common);
    for (factor, frequency) in [(1.2, 11), (1.5, 21), (1.9, 30)] {
        let found = measure(&rounded(&enlarged(&noise(230, 230, 4), 230, factor, 256)), 256, 256);
        let ((u, v), height) = found.common;
        assert!(height > COMMON && found.common_excess > WHOLE, "{factor}: {height} {}", found.common_excess);
        let peak = |f: usize| f.abs_diff(frequency) <= 1;
        assert!(peak(u) && (v <= 1 || peak(v)), "{factor}: {u} {v}");
    }
}

#[test]
fn an_enlarged_part_stands_out_and_its_twin_does_not() {
    let (side, factor) = (320, 1.3);
    let authentic = noise(side, side, 5);
    let part = enlarged(&noise(200, 200, 6), 200, factor, 160);
    let mut forged = authentic.clone();
    let inside = |x: usize, y: usize| (80..240).contains(&x) && (96..256).contains(&y);
    for y in 96..256 {
        forged[y * side + 80..][..160].copy_from_slice(&part[(y - 96) * 160..][..160]);
    }
    let [forged, authentic] = [forged, authentic].map(|p| measure(&rounded(&p), side, side));
    let (score, (row, column)) = strongest(&forged);
    assert!(score > 1.5 * strongest(&authentic).0, "{score} {}", strongest(&authentic).0);
    assert!(inside(column * forged.step + SIDE / 2, row * forged.step + SIDE / 2));
    let map = map(&forged, side, side).to_pixels();
    assert!(
        crate::testing::area_under_curve(&map.slice(ndarray::s![..;5, ..;5]).to_owned(), |x, y| inside(
            5 * x,
            5 * y
        )) > 0.85
    );
}

#[test]
fn awkward_pictures_are_examined() {
    for (width, height) in [(0, 0), (1, 1), (1, 300), (3, 5000), (200, 127)] {
        let luma = Luma8 { width, height, samples: vec![9; width * height] };
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }));
    }
    for value in [0, 100, 255] {
        let luma = Luma8 { width: 150, height: 200, samples: vec![value; 30_000] };
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }), "flat");
    }
    for (width, height) in [(128, 128), (128, 700), (333, 129)] {
        for period in [2, 7, 8] {
            let value =
                |i: usize| if (i % width / period + i / width / period).is_multiple_of(2) { 0 } else { 255 };
            let luma = Luma8 { width, height, samples: (0..width * height).map(value).collect() };
            let Examination::Findings(findings) = examine_luma(&luma) else { continue };
            assert!(
                findings.len() == 1 && findings[0].score.as_ref().is_some_and(|s| s.statistic.is_finite())
            );
        }
    }
    examines_awkward_jpegs(&INFO);
}
