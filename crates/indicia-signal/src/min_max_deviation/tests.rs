use super::algorithm::*;
use super::*;
use crate::testing::gaussian_noise;

#[test]
fn only_strict_extremes_with_eight_neighbours_are_marked() {
    #[rustfmt::skip]
    let samples = [
        9, 5, 5, 5, 5,
        5, 4, 5, 6, 5,
        5, 5, 5, 5, 5,
        5, 7, 7, 3, 9,
        5, 5, 5, 5, 5,
    ];
    let marks = extremes(&samples, 5);
    let marked: Vec<_> = (0..25).filter(|&i| marks[i] != 0).map(|i| (i, marks[i])).collect();
    // The two sevens tie; the nines lie at the border.
    assert_eq!(marked, [(6, 1), (8, 2), (18, 1)]);
    for (len, width) in [(0, 0), (1, 1), (40, 2), (6, 3), (40, 20)] {
        assert!(extremes(&vec![5; len], width).iter().all(|m| *m == 0));
    }
}

fn finding(luma: &Luma8) -> Finding {
    let Examination::Findings(mut findings) = examine_luma(luma) else { panic!("it applies") };
    assert!(findings[0].score.is_none());
    findings.remove(0)
}

fn map(finding: &Finding) -> &Map {
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the first exhibit is the map") };
    map
}

#[test]
fn white_noise_has_two_ninths_and_a_smoothed_part_less() {
    // Noise of many gray levels, in whose right half each pixel is the mean of 2 by 2.
    let noise = gaussian_noise(128 * 128, 4);
    let at = |x: usize, y: usize| 128.0 + 30.0 * noise[y.min(127) * 128 + x.min(127)];
    let samples = (0..128 * 128)
        .map(|i| {
            let (x, y) = (i % 128, i / 128);
            let mean = (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4.0;
            (if x < 64 { at(x, y) } else { mean }).clamp(0.0, 255.0) as u8
        })
        .collect();
    let finding = finding(&Luma8 { width: 128, height: 128, samples });
    let map = map(&finding);
    assert_eq!((map.values.dim(), map.direction), ((8, 8), Direction::Contrast));
    let mean = |from: usize| map.values.slice(ndarray::s![1..7, from..from + 2]).mean().unwrap();
    let (left, right) = (mean(1), mean(5));
    assert!((left - WHITE).abs() < 0.02 && right < 0.75 * left, "{left} {right}");
}

#[test]
fn flat_and_small_pictures() {
    let flat = |width: usize, height: usize| Luma8 { width, height, samples: vec![200; width * height] };
    for (width, height) in [(0, 0), (1, 1), (3, 5000), (15, 99)] {
        assert!(matches!(examine_luma(&flat(width, height)), Examination::NotApplicable { .. }));
    }
    assert!(map(&finding(&flat(33, 17))).values.iter().all(|v| *v == 0.0));
}
