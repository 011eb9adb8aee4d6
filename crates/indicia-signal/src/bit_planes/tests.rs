use super::algorithm::*;
use super::*;
use crate::testing::gaussian_noise;

#[test]
fn bits_are_counted_by_channel_and_plane() {
    // Two rows of three pixels; red 0 1 3, 2 2 2; green all 4; blue 7 0 7, 0 7 0.
    let rgb = [0, 4, 7, 1, 4, 0, 3, 4, 7, 2, 4, 0, 2, 4, 7, 2, 4, 0];
    let [red, green, blue] = count(&rgb, 3);
    assert_eq!((red.samples, red.pairs), (6, 4));
    assert_eq!(red.ones, [2, 4, 0]);
    assert_eq!(red.equal, [3, 3, 4]);
    assert_eq!((green.ones, green.equal), ([0, 0, 6], [4, 4, 4]));
    assert_eq!((blue.ones, blue.equal), ([3, 3, 3], [0, 0, 0]));
}

fn picture(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Rgb8 {
    let samples = (0..width * height).flat_map(|i| [value(i % width, i / width); 3]).collect();
    Rgb8 { width, height, samples }
}

#[test]
fn cells_of_equal_bits_and_of_bits_in_turn_are_regular() {
    let equal = picture(16, 16, |_, _| 9);
    assert_eq!(regularity(&equal.samples, 16, 16), ndarray::array![[1.0]]);
    let turns = picture(16, 16, |x, _| (x % 2) as u8);
    assert_eq!(regularity(&turns.samples, 16, 16), ndarray::array![[1.0]]);
    // Pairs of equal bits: of 15 neighbours 8 are equal.
    let pairs = picture(16, 2, |x, _| (x / 2 % 2) as u8);
    assert!((regularity(&pairs.samples, 16, 2)[(0, 0)] - 1.0 / 15.0).abs() < 1e-6);
    // The seventeenth column has no neighbour in its cell.
    assert_eq!(regularity(&picture(17, 1, |_, _| 1).samples, 17, 1)[(0, 1)], 0.0);
}

#[test]
fn a_filled_part_is_regular_among_noise() {
    let noise = gaussian_noise(128 * 64, 2);
    let filled = |x: usize| x >= 64;
    let rgb = picture(128, 64, |x, y| if filled(x) { 100 } else { (120.0 + 4.0 * noise[y * 128 + x]) as u8 });
    let Examination::Findings(findings) = examine_rgb(&rgb) else { panic!("it applies") };
    assert!(findings[0].score.is_none());
    let map = findings[0].exhibits.iter().find_map(|e| match &e.data {
        ExhibitData::Map(map) => Some(map),
        _ => None,
    });
    let map = map.unwrap();
    assert_eq!(map.direction, Direction::Contrast);
    for ((_, column), &value) in map.values.indexed_iter() {
        assert!(if column < 4 { value < REGULAR } else { value == 1.0 }, "column {column}: {value}");
    }
    assert!(findings[0].statement.contains("50.0 % of the cells"), "{}", findings[0].statement);
}

#[test]
fn tiny_pictures_are_shown_or_refused() {
    for (width, height) in [(0, 0), (1, 1), (1, 40)] {
        assert!(matches!(examine_rgb(&picture(width, height, |_, _| 0)), Examination::NotApplicable { .. }));
    }
    for (width, height) in [(2, 1), (3, 5000), (5000, 1)] {
        let Examination::Findings(findings) = examine_rgb(&picture(width, height, |x, _| x as u8)) else {
            panic!("it applies")
        };
        assert_eq!(findings[0].exhibits.len(), PLANES + 2);
    }
}
