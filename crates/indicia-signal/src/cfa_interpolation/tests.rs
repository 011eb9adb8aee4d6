use super::*;

/// A smooth scene with noise, as a sensor sees it: red, green and blue of a pixel.
fn scene(x: usize, y: usize) -> [f64; 3] {
    let mut state =
        (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    let mut noise = || {
        state = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 32;
        (state % 2001) as f64 / 1000.0 - 1.0
    };
    let wave = 30.0 * (x as f64 / 17.0).sin() + 30.0 * (y as f64 / 23.0).cos();
    [120.0 + wave + 6.0 * noise(), 110.0 - wave + 6.0 * noise(), 100.0 + 0.5 * wave + 6.0 * noise()]
}

/// Channel that a mosaic records at a pixel: green where x + y is odd, red at even x and y, all moved by `phase`.
fn recorded((x, y): (usize, usize), phase: (usize, usize)) -> usize {
    match ((x + phase.0) % 2, (y + phase.1) % 2) {
        (0, 0) => 0,
        (1, 1) => 2,
        _ => 1,
    }
}

/// The scene recorded through a mosaic whose `phase` a pixel may choose, interpolated bilinearly.
fn photograph(width: usize, height: usize, phase: impl Fn(usize, usize) -> (usize, usize)) -> Rgb8 {
    let mut samples = vec![0; 3 * width * height];
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let near = |x: isize, y: isize| {
                    (x.clamp(0, width as isize - 1) as usize, y.clamp(0, height as isize - 1) as usize)
                };
                let (mut sum, mut weight) = (0.0, 0.0);
                for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))) {
                    let at = near(x as isize + dx, y as isize + dy);
                    if recorded(at, phase(x, y)) == channel {
                        let w =
                            if (dx, dy) == (0, 0) { 1e9 } else { 1.0 / (dx * dx + dy * dy).pow(2) as f64 };
                        sum += w * scene(at.0, at.1)[channel];
                        weight += w;
                    }
                }
                samples[3 * (y * width + x) + channel] = (sum / weight).round() as u8;
            }
        }
    }
    Rgb8 { width, height, samples }
}

fn method() -> CfaInterpolation {
    CfaInterpolation::build(&BuildContext::default()).unwrap()
}

fn examined(rgb: &Rgb8) -> Option<Finding> {
    match method().examine_rgb(rgb) {
        Examination::Findings(mut findings) => {
            assert_eq!(findings.len(), 1);
            findings.pop()
        }
        Examination::NotApplicable { .. } => None,
    }
}

#[test]
fn a_cell_votes_for_the_places_of_larger_errors() {
    // 24 by 24 pixels, one cell with neighbours. Green is 100, and 104 where x + y is even within the middle
    // cell: there each error is 16, and so is that of its odd pixels, but for the cell's edge.
    let mut samples = vec![100; 3 * 24 * 24];
    for (x, y) in (8..16).flat_map(|y| (8..16).map(move |x| (x, y))).filter(|(x, y)| (x + y) % 2 == 0) {
        samples[3 * (y * 24 + x) + 1] = 104;
    }
    let cast = votes(&samples, 24);
    // Odd pixels at the edge have fewer raised neighbours, hence smaller errors.
    assert_eq!(cast.green.dim(), (3, 3));
    assert_eq!((cast.green[(1, 1)], cast.green.iter().filter(|&&v| v != 0).count()), (1, 1));
    assert!(cast.chroma.iter().flatten().all(|&v| v == 0), "red and blue are flat");
    // Red raised at (even, even) speaks for red there; with blue raised alike nothing is said.
    let mut samples = vec![100; 3 * 24 * 24];
    for (x, y) in (8..16).step_by(2).flat_map(|y| (8..16).step_by(2).map(move |x| (x, y))) {
        samples[3 * (y * 24 + x)] = 104;
    }
    assert_eq!((votes(&samples, 24).chroma[0][(1, 1)], votes(&samples, 24).green[(1, 1)]), (1, 0));
    for (x, y) in (8..16).step_by(2).flat_map(|y| (8..16).step_by(2).map(move |x| (x, y))) {
        samples[3 * (y * 24 + x) + 2] = 104;
    }
    assert_eq!(votes(&samples, 24).chroma[0][(1, 1)], 0);
    // A saturated sample silences its cell.
    samples[3 * (9 * 24 + 9)] = 255;
    samples[3 * (10 * 24 + 10) + 1] = 120;
    assert_eq!((votes(&samples, 24).chroma[0][(1, 1)], votes(&samples, 24).green[(1, 1)]), (0, 1));
}

#[test]
fn counting_votes_is_as_by_hand() {
    let cast = Array2::from_shape_vec((2, 3), vec![1, 1, -1, 1, 0, 1]).unwrap();
    let phase = main_phase(&cast, 1.0).unwrap();
    // Four of five: 2 * 6/32.
    assert_eq!((phase.sign, phase.share), (1, 0.8));
    assert!((phase.log10_nfa - (12.0_f64 / 32.0).log10()).abs() < 1e-12);
    let sums = Sums::of(&cast, 1);
    assert_eq!(sums.within((0, 2), (0, 3)), [4, 1]);
    assert_eq!(sums.within((0, 1), (1, 3)), [1, 1]);
    assert_eq!(sums.within((1, 2), (1, 2)), [0, 0]);
    assert!(main_phase(&Array2::zeros((3, 3)), 1.0).is_none());
}

#[test]
fn the_phase_of_a_mosaic_is_found_wherever_it_begins() {
    for phase in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        let rgb = photograph(160, 144, |_, _| phase);
        let cast = votes(&rgb.samples, 160);
        let green = main_phase(&cast.green, 1.0).unwrap();
        // Green lies on odd places unless the mosaic is moved by one.
        assert_eq!(green.sign, if (phase.0 + phase.1) % 2 == 0 { -1 } else { 1 }, "{phase:?}");
        assert!(green.share > 0.95, "{phase:?} {green:?}");
        let chroma = main_phase(&cast.chroma[usize::from(green.sign > 0)], 1.0).unwrap();
        // Moved by (1, 0), red lies at odd x and even y: the first place of the second pair.
        assert_eq!(chroma.sign, if phase.1 == 0 { 1 } else { -1 }, "{phase:?}");
        assert!(chroma.share > 0.8, "{phase:?} {chroma:?}");
    }
}

#[test]
fn a_part_with_another_phase_stands_out_from_its_authentic_twin() {
    let twin = examined(&photograph(320, 256, |_, _| (0, 0))).unwrap();
    assert_eq!(twin.region, Region::Whole);
    let base = twin.score.unwrap().statistic;
    assert!(base < 0.0, "{base}");
    for shift in [(1, 0), (0, 1), (1, 1)] {
        let inside = |x: usize, y: usize| (96..224).contains(&x) && (64..192).contains(&y);
        let forged = photograph(320, 256, |x, y| if inside(x, y) { shift } else { (0, 0) });
        let finding = examined(&forged).unwrap();
        let score = finding.score.unwrap().statistic;
        assert!(score > 10.0, "{shift:?}: {score}");
        let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the map is a map") };
        assert!(map.at(160, 128) > 0.9 && map.at(20, 20) < 0.1, "{shift:?}");
        let Region::Mask(_) = finding.region else { panic!("{shift:?} marks a region") };
        assert!(finding.statement.contains("elsewhere"), "{}", finding.statement);
    }
}

#[test]
fn pictures_without_a_mosaic_are_not_judged() {
    let plain = |width: usize, height: usize, value: &dyn Fn(usize, usize) -> [f64; 3]| {
        let samples =
            (0..width * height).flat_map(|i| value(i % width, i / width).map(|v| v as u8)).collect();
        Rgb8 { width, height, samples }
    };
    assert!(examined(&plain(320, 256, &scene)).is_none(), "every sample was recorded");
    for value in [0.0, 128.0, 255.0] {
        assert!(examined(&plain(200, 200, &|_, _| [value; 3])).is_none());
    }
    for (width, height) in [(0, 0), (1, 1), (1, 300), (300, 1), (23, 23), (127, 400)] {
        assert!(examined(&plain(width, height, &scene)).is_none(), "{width}x{height}");
    }
    // A gray picture has green's trace alone.
    let mut gray = photograph(320, 256, |_, _| (0, 0));
    gray.samples.chunks_exact_mut(3).for_each(|p| {
        p[0] = p[1];
        p[2] = p[1];
    });
    let finding = examined(&gray).unwrap();
    assert!(finding.statement.contains("green") && !finding.statement.contains("blue"));
}
