use super::algorithm::*;
use super::codes::FEATURES;
use super::samples::Samples;
use super::*;

fn noise(x: usize, y: usize, seed: u64) -> u64 {
    let mut state = seed
        ^ (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    for _ in 0..3 {
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state ^= state >> 27;
    }
    state
}

fn picture(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Rgb8 {
    let samples = (0..width * height).flat_map(|i| [value(i % width, i / width); 3]).collect();
    Rgb8 { width, height, samples }
}

fn examined(rgb: &Rgb8) -> Option<Finding> {
    match Splicebuster::build(&BuildContext::default()).unwrap().examine_rgb(rgb) {
        Examination::Findings(mut findings) => {
            assert_eq!(findings.len(), 1);
            findings.pop()
        }
        Examination::NotApplicable { .. } => None,
    }
}

fn map<'a>(finding: &'a Finding, id: &str) -> Option<&'a Map> {
    let exhibit = finding.exhibits.iter().find(|exhibit| exhibit.id == id)?;
    let ExhibitData::Map(map) = &exhibit.data else { panic!("{id} is a map") };
    Some(map)
}

/// Blocks of one row with all pixels of a block in one code of each half.
fn blocks(codes: &[(usize, u16)]) -> BlockCounts {
    let counts = codes.iter().map(|&(code, weight)| {
        let mut counts = [0; FEATURES];
        counts[code] = 2 * weight;
        counts[25 + code] = 2 * weight;
        counts
    });
    BlockCounts {
        rows: 1,
        columns: codes.len(),
        stride: 8,
        counts: counts.collect(),
        weights: codes.iter().map(|c| c.1).collect(),
    }
}

#[test]
fn windows_average_the_frequencies_of_their_blocks() {
    let one = windows(&blocks(&[(3, 64), (4, 64), (4, 32)]), 1).unwrap();
    assert_eq!((one.rows, one.columns, &one.weights[..]), (1, 3, &[1.0, 1.0, 0.5][..]));
    // A block of one code has its frequency 2, both halves counting each pixel twice.
    assert!((one.features[0][3] - 2.0_f32.sqrt()).abs() < 1e-6);
    // Half of the pixels: the same frequency, divided by the weight 0.5.
    assert!((one.features[2][29] - 2.0).abs() < 1e-6);
    assert_eq!(one.valid(0.85), [0, 1]);
    // Two by two blocks do not fit into one row.
    assert!(windows(&blocks(&[(3, 64), (4, 64)]), 2).is_none());
}

#[test]
fn trimming_ignores_the_far_quarter() {
    // 75 on a small circle and 25 far away.
    let samples = Samples::collect(2, 100, |i, out| {
        let angle = i as f64 * 0.9;
        let far = if i < 75 { 0.0 } else { 100.0 };
        out.copy_from_slice(&[far + angle.cos(), angle.sin()]);
    });
    let distances = trimmed_distances(&samples, 0.7, 5);
    assert!(distances[..75].iter().all(|&d| d < 10.0), "{distances:?}");
    assert!(distances[75..].iter().all(|&d| d > 1000.0));
    assert_eq!(quantile(&[], 0.5), 0.0);
    assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
}

#[test]
fn stretching_follows_the_released_code() {
    let map = ndarray::array![[Some(1.0), Some(2.0)], [None, Some(3.0)]];
    assert_eq!(stretch(&map), ndarray::array![[0.0, 127.0 / 255.0], [0.0, 1.0]]);
    assert_eq!(stretch(&map.map(|_| Some(4.0))), Array2::<f32>::zeros((2, 2)));
    assert_eq!(stretch(&map.map(|_| None)), Array2::<f32>::zeros((2, 2)));
}

#[test]
fn pixels_take_the_window_with_the_nearest_centre() {
    // Centres of windows of 16 blocks of 8 pixels lie at 67.5, 75.5 and so on.
    let near = |x| nearest_window(x, 3, 16, 8);
    assert_eq!([0, 71, 72, 79, 80, 400].map(near), [0, 0, 1, 1, 2, 2]);
    // Of 16 blocks of 4 pixels at 35.5 and 39.5.
    assert_eq!([37, 38].map(|x| nearest_window(x, 3, 16, 4)), [0, 1]);
}

#[test]
fn a_part_of_other_noise_stands_out_from_its_authentic_twin() {
    // Uniform noise, and a disc of the same spread whose neighbours depend on each other.
    let base = |x: usize, y: usize| 100 + (noise(x, y, 1) % 9) as u8;
    let smooth = |x: usize, y: usize| {
        let sum: u64 = (0..4).map(|i| noise(x + i % 2, y + i / 2, 2) % 17).sum();
        96 + (sum / 4) as u8
    };
    let inside = |x: usize, y: usize| x.abs_diff(180).pow(2) + y.abs_diff(120).pow(2) < 48 * 48;
    let twin = examined(&picture(320, 256, base)).unwrap();
    let forged =
        examined(&picture(320, 256, |x, y| if inside(x, y) { smooth(x, y) } else { base(x, y) })).unwrap();
    let (low, high) = (twin.score.unwrap().statistic, forged.score.as_ref().unwrap().statistic);
    assert!(high > 1.5 * low, "twin {low}, forged {high}");
    let map = map(&forged, "map").unwrap();
    assert_eq!((map.cell, map.direction), (8, Direction::HigherIsSuspicious));
    assert!(map.at(180, 120) > 0.7 && map.at(40, 40) < 0.5, "{} {}", map.at(180, 120), map.at(40, 40));
    assert!(map.values.iter().all(|v| (0.0..=1.0).contains(v)));
    let published = self::map(&forged, "published").unwrap();
    // Which of two populations its mixture takes for the Gaussian is chance: the sign is not told.
    let apart = (published.at(180, 120) - published.at(40, 40)).abs();
    assert!(apart > 0.2, "the published map tells them apart by {apart}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let rgb = picture(400, 300, |x, y| 90 + (noise(x / 2, y, 5) % 23) as u8);
    let maps = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let finding = pool.install(|| examined(&rgb)).unwrap();
        (map(&finding, "map").unwrap().values.clone(), map(&finding, "published").unwrap().values.clone())
    };
    assert_eq!(maps(1), maps(4));
}

#[test]
fn pictures_that_say_nothing_are_not_judged() {
    let textured = |x: usize, y: usize| (noise(x, y, 3) % 256) as u8;
    for (width, height) in [(0, 0), (1, 1), (1, 500), (500, 1), (40, 40), (39, 3000)] {
        assert!(examined(&picture(width, height, textured)).is_none(), "{width}x{height}");
    }
    for value in [0, 128, 255] {
        assert!(examined(&picture(300, 300, |_, _| value)).is_none(), "flat {value}");
    }
    // Half of it saturated: the rest is judged, and what is saturated is not suspicious.
    let half =
        examined(&picture(900, 400, |x, y| if x < 200 { 255 } else { 90 + textured(x, y) / 4 })).unwrap();
    assert_eq!(map(&half, "map").unwrap().at(50, 150), 0.0);
    // Small pictures, which fewer dimensions allow, use the halved windows for the published map.
    let few = Splicebuster { dimensions: 3, ..Splicebuster::build(&BuildContext::default()).unwrap() };
    let Examination::Findings(found) = few.examine_rgb(&picture(150, 130, textured)) else {
        panic!("it applies")
    };
    let small = &found[0];
    assert_eq!(map(small, "published").unwrap().cell, 1);
    assert!(map(&examined(&picture(300, 130, textured)).unwrap(), "published").is_none());
}
