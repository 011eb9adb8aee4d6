use super::*;

/// What OpenCV makes of [`picture`], from `fixtures/forgery_vcr.py`.
const REFERENCE: &[u8] = include_bytes!("../fixtures/forgery_vcr.bin");

fn picture(width: usize, height: usize) -> Vec<u8> {
    let value = |x: usize, y: usize, c: usize| {
        (x * 3 + y * 2 + c * 40 + (x * x * 7 + y * 13 + x * y * (c + 1)) % 61) % 256
    };
    (0..width * height * 3).map(|i| value(i / 3 % width, i / 3 / width, i % 3) as u8).collect()
}

/// The next `count` bytes of the reference.
fn next<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (part, after) = rest.split_at(count);
    *rest = after;
    part
}

#[test]
fn views_are_those_of_opencv() {
    let mut rest = REFERENCE;
    // Neither side divides by 8, one does, both do.
    for (width, height) in [(45, 37), (48, 37), (64, 40)] {
        let green: Vec<u8> = picture(width, height).into_iter().skip(1).step_by(3).collect();
        assert!(clahe(&green, width, 4.0, 8) == next(&mut rest, width * height), "{width}x{height}");
    }
    let rgb = picture(45, 37);
    for scale in [ELA_SCALE, ELA_SERVICE_SCALE] {
        let view = ela(&rgb, 45, ELA_QUALITY, scale);
        assert!(view.raw == next(&mut rest, 45 * 37), "scale {scale}");
        assert!(view.heat == next(&mut rest, 45 * 37 * 3), "scale {scale}");
    }
    let view = fft_high_pass(&picture(80, 70), 80, FFT_RADIUS);
    let expected = next(&mut rest, 80 * 70);
    // Truncation turns rounding of another transform into one level.
    let different = view.raw.iter().zip(expected).filter(|(a, b)| a != b).count();
    assert!(view.raw.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 1));
    assert!(different <= 80 * 70 / 100, "{different} differ");
    let all: Vec<u8> = (0..=255).collect();
    assert!(jet(&all) == next(&mut rest, 768));
    assert!(rest.is_empty());
}

#[test]
fn removing_all_low_frequencies_leaves_the_high_ones() {
    // A constant and 3 periods go at radius 4; 10 periods of amplitude 50 stay.
    let wave = |k: f64, x: usize| (std::f64::consts::TAU * k * x as f64 / 64.0).cos();
    let plane: Vec<f64> =
        (0..64 * 16).map(|i| 100.0 + 20.0 * wave(3.0, i % 64) + 50.0 * wave(10.0, i % 64)).collect();
    for (i, value) in high_pass(&plane, 64, 4).into_iter().enumerate() {
        assert!((value - 50.0 * wave(10.0, i % 64)).abs() < 1e-9, "{i}: {value}");
    }
}

#[test]
fn boxes_that_make_no_sense_become_the_middle() {
    assert_eq!(zoom_box([10, 20, 30, 40], 100, 80), ([10, 20, 30, 40], false));
    assert_eq!(zoom_box([0, 0, 100, 80], 100, 80), ([0, 0, 100, 80], false));
    let middle = ([25, 20, 75, 60], true);
    for wrong in [[30, 20, 10, 40], [10, 20, 10, 40], [-1, 0, 5, 5], [0, 0, 101, 5]] {
        assert_eq!(zoom_box(wrong, 100, 80), middle);
    }
    assert_eq!(zoom_box([0, 0, 401, 2], 1000, 8), ([250, 2, 750, 6], true), "too long");
    assert_eq!(zoom_box([0, 0, 400, 2], 1000, 8), ([0, 0, 400, 2], false));
    assert_eq!(zoom_box([5, 5, 2, 2], 1, 1), ([0, 0, 1, 1], true));
}

#[test]
fn tiny_and_flat_pictures_have_views() {
    for (width, height) in [(1, 1), (1, 9), (9, 1), (3, 2)] {
        let rgb = vec![77; width * height * 3];
        for view in [ela(&rgb, width, ELA_QUALITY, ELA_SCALE), fft_high_pass(&rgb, width, FFT_RADIUS)] {
            assert_eq!((view.raw.len(), view.heat.len()), (width * height, 3 * width * height));
        }
    }
    assert!(ela(&[], 0, ELA_QUALITY, ELA_SCALE).heat.is_empty());
    assert!(fft_high_pass(&[], 0, FFT_RADIUS).heat.is_empty());
    assert!(
        fft_high_pass(&[50; 3 * 64], 8, 0).raw.iter().all(|&v| v == 0),
        "a constant has no other frequency"
    );
}
