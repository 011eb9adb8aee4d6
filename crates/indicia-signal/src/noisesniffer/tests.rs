use indicia_core::{BuildContext, Claim, ErrorKind, Examination, ExhibitData, Finding, Region, Standing};
use indicia_ops::Rgb8;
use indicia_ops::a_contrario::log10_binomial_tail;

use super::algorithm::*;
use super::{INFO, Noisesniffer};

const PUBLISHED: Parameters = Parameters { block: 3, bin: 20_000, homogeneous: 0.1, quiet: 0.5, cell: 100 };

/// Numbers from 0 to 1 that look random: a 64-bit LCG's upper bits (Knuth's constants).
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The definition in double precision, block by block: V and S of one channel, as counts of cells.
fn naive_counts(rgb: &[u8], width: usize, p: &Parameters) -> (Vec<u64>, Vec<u64>) {
    let (height, w) = (rgb.len() / 3 / width, p.block);
    let (columns, rows) = (width / p.cell + 1, height / p.cell + 1);
    let (mut kept, mut marked) = (vec![0; columns * rows], vec![0; columns * rows]);
    let extreme = |c: usize, f: fn(u8, u8) -> u8| rgb.iter().skip(c).step_by(3).copied().reduce(f).unwrap();
    let limits: Vec<_> = (0..3).map(|c| (extreme(c, u8::min), extreme(c, u8::max))).collect();
    let bound = frequency_bound(w).unwrap();
    let basis = |k: usize, i: usize| {
        let scale = if k == 0 { (1.0 / w as f64).sqrt() } else { (2.0 / w as f64).sqrt() };
        scale * (std::f64::consts::PI * ((2 * i + 1) * k) as f64 / (2 * w) as f64).cos()
    };
    for channel in 0..3 {
        let mut blocks = vec![];
        for (y, x) in (0..=height - w).flat_map(|y| (0..=width - w).map(move |x| (y, x))) {
            let at = |i: usize, c: usize| rgb[((y + i / w) * width + x + i % w) * 3 + c];
            if (0..w * w).any(|i| (0..3).any(|c| at(i, c) == limits[c].0 || at(i, c) == limits[c].1)) {
                continue;
            }
            let v = |i: usize| f64::from(at(i, channel));
            let mean = (0..w * w).map(v).sum::<f64>() / (w * w) as f64;
            let variance = (0..w * w).map(|i| (v(i) - mean).powi(2)).sum::<f64>() / (w * w) as f64;
            let energy: f64 = (0..w * w)
                .filter(|k| (1..bound).contains(&(k / w + k % w)))
                .map(|k| {
                    (0..w * w).map(|i| v(i) * basis(k / w, i / w) * basis(k % w, i % w)).sum::<f64>().powi(2)
                })
                .sum();
            blocks.push((mean, energy, variance, (y, x)));
        }
        // Equal numbers, up to rounding, keep the order of rows and columns.
        let key = |v: f64| (v * 1e6).round() as i64;
        blocks.sort_by_key(|b| (key(b.0), b.3));
        let bins = ((blocks.len() as f64 / p.bin as f64).round_ties_even() as usize).max(1);
        let size = blocks.len() / bins;
        for bin in 0..bins {
            let end = if bin + 1 == bins { blocks.len() } else { (bin + 1) * size };
            let mut bin = blocks[bin * size..end].to_vec();
            bin.sort_by_key(|b| (key(b.1), b.3));
            bin.truncate((size as f64 * p.homogeneous) as usize);
            bin.sort_by_key(|b| (key(b.2), b.3));
            let m = (size as f64 * p.homogeneous * p.quiet) as usize;
            if bin.iter().filter(|b| key(b.2) == 0).count() >= m {
                continue;
            }
            for (i, (.., (y, x))) in bin.into_iter().enumerate() {
                let cell = y / p.cell * columns + x / p.cell;
                kept[cell] += 1;
                marked[cell] += u64::from(i < m);
            }
        }
    }
    (kept, marked)
}

#[test]
fn counts_equal_the_definition() {
    let mut random = noise(3);
    let (width, height) = (61, 47);
    // A ramp with noise that is coarser on the right; one flat patch, one saturated.
    let rgb: Vec<u8> = (0..width * height * 3)
        .map(|i| match (i / 3 % width, i / 3 / width) {
            (x, y) if x < 9 && y < 9 => 120,
            (x, y) if x > 50 && y > 40 => 255,
            (x, _) => (60.0 + x as f64 + random() * (3 + x / 8) as f64) as u8,
        })
        .collect();
    for (block, bin) in [(3, 500), (3, 100_000), (5, 300)] {
        let p = Parameters { block, bin, homogeneous: 0.3, quiet: 0.4, cell: 16 };
        let counts = count_blocks(&rgb, width, &p);
        let (kept, marked) = naive_counts(&rgb, width, &p);
        assert_eq!((&counts.kept, &counts.marked), (&kept, &marked), "block {block} bin {bin}");
        assert!(marked.iter().sum::<u64>() > 100);
    }
}

#[test]
fn energies_of_larger_blocks_order_as_the_definition() {
    // Sides 7 and 8 are compared through the totals, since single precision may swap close energies.
    let mut random = noise(4);
    let (width, height) = (64, 40);
    let rgb: Vec<u8> =
        (0..width * height * 3).map(|i| (50.0 + (i / 3 % width) as f64 + random() * 20.0) as u8).collect();
    for block in [7, 8] {
        let p = Parameters { block, bin: 400, homogeneous: 0.25, quiet: 0.5, cell: 16 };
        let counts = count_blocks(&rgb, width, &p);
        let (kept, marked) = naive_counts(&rgb, width, &p);
        let off = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).sum::<u64>();
        assert_eq!(counts.kept.iter().sum::<u64>(), kept.iter().sum::<u64>());
        assert!(off(&counts.kept, &kept) <= 4 && off(&counts.marked, &marked) <= 4, "side {block}");
    }
}

#[test]
fn flat_bins_are_left_out() {
    // Two halves of different constant brightness and a noisy strip that keeps the extremes apart.
    let rgb: Vec<u8> = (0..40 * 40 * 3)
        .map(|i| match (i / 3 % 40, i / 3 / 40) {
            (0, 0) => 0,
            (1, 0) => 255,
            (x, _) => {
                if x < 20 {
                    90
                } else {
                    160
                }
            }
        })
        .collect();
    let p = Parameters { bin: 300, cell: 16, ..PUBLISHED };
    assert!(count_blocks(&rgb, 40, &p).kept.iter().all(|&kept| kept == 0));
}

fn counts(columns: usize, kept: &[u64], marked: &[u64]) -> CellCounts {
    let rows = kept.len() / columns;
    CellCounts { cell: 100, columns, rows, kept: kept.to_vec(), marked: marked.to_vec() }
}

#[test]
fn regions_grow_over_cells_that_help_and_have_the_published_nfa() {
    // 180 blocks a cell count as 20. The two right cells of the upper row are all marked.
    let counts = counts(3, &[180, 180, 180, 180, 180, 0], &[60, 180, 180, 60, 60, 0]);
    let regions = noise_regions(&counts, (250, 150), &PUBLISHED);
    assert_eq!(regions.len(), 1, "{regions:?}");
    assert_eq!(regions[0].cells, [(0, 1), (0, 2)]);
    assert_eq!((regions[0].kept, regions[0].marked), (360, 360));
    // 0.5 * 9 * 3.75^2 * 0.316915 / 2 * 4.06257^2 * 2^-40
    let expected = (4.5 * 14.0625 * 0.158_457_5 * 4.062_57_f64.powi(2)).log10() - 40.0 * 2_f64.log10();
    assert!((regions[0].log10_nfa - expected).abs() < 1e-9, "{} {expected}", regions[0].log10_nfa);
}

#[test]
fn a_cell_joins_only_if_the_tail_falls_by_more_than_four_times_the_growth() {
    let tail = |marked: u64, kept: u64| log10_binomial_tail(kept.div_ceil(9), marked / 9, 0.5);
    for marked in 9..=18 {
        let counts = counts(2, &[360, 18, 0, 0], &[360, marked, 0, 0]);
        let joins = tail(360, 360) - 1_f64.log10() > 4_f64.log10() + tail(360 + marked, 378) - 2_f64.log10();
        let regions = noise_regions(&counts, (150, 150), &PUBLISHED);
        assert_eq!(regions[0].cells.len(), if joins { 2 } else { 1 }, "{marked}");
    }
    // Two more successes of two trials divide the tail by 4: not enough for 4 * 1 / 2 at two blocks each 9
    // pixels, yet three of three are.
    let grown =
        |n: u64| noise_regions(&counts(2, &[360, 9 * n, 0, 0], &[360, 9 * n, 0, 0]), (150, 150), &PUBLISHED);
    assert_eq!([1, 2, 3].map(|n| grown(n)[0].cells.len()), [1, 2, 2]);
}

#[test]
fn even_shares_make_no_region() {
    assert!(noise_regions(&counts(2, &[900; 4], &[450; 4]), (150, 150), &PUBLISHED).is_empty());
    assert!(noise_regions(&counts(2, &[0; 4], &[0; 4]), (150, 150), &PUBLISHED).is_empty());
}

const SIDE: usize = 400;

/// A smooth picture with Gaussian-like noise of deviation `sigma(x, y)`.
fn picture(sigma: impl Fn(usize, usize) -> f64) -> Rgb8 {
    let mut random = noise(11);
    let samples = (0..SIDE * SIDE * 3)
        .map(|i| {
            let (x, y) = (i / 3 % SIDE, i / 3 / SIDE);
            let gauss = (0..12).map(|_| random()).sum::<f64>() - 6.0;
            (120.0 + 30.0 * (x as f64 / 90.0).sin() + 20.0 * (y as f64 / 70.0).cos() + sigma(x, y) * gauss)
                as u8
        })
        .collect();
    Rgb8 { width: SIDE, height: SIDE, samples }
}

fn examine(rgb: &Rgb8) -> Vec<Finding> {
    match Noisesniffer::build(&BuildContext::default()).unwrap().examine_rgb(rgb) {
        Examination::Findings(findings) => findings,
        Examination::NotApplicable { why } => panic!("not applicable: {why}"),
    }
}

#[test]
fn a_quiet_region_is_found_and_does_not_vote() {
    let inside = |x: usize, y: usize| (100..300).contains(&x) && (100..200).contains(&y);
    let findings = examine(&picture(|x, y| if inside(x, y) { 3.0 } else { 5.0 }));
    assert!(findings.len() >= 2, "{findings:?}");
    let ExhibitData::Map(map) = &findings[0].exhibits[0].data else { panic!("the map is a map") };
    assert_eq!((findings[0].claim, &*findings[0].exhibits[0].id), (Claim::Observation, "map"));
    for ((y, x), &value) in map.values.indexed_iter() {
        assert_eq!(value == 1.0, inside(x, y), "{x},{y}");
    }
    assert_eq!((findings[1].claim, findings[1].standing), (Claim::Manipulated, Standing::Exhibit));
    assert!(findings[1].score.as_ref().unwrap().log10_nfa.unwrap() < -10.0);
    let Region::Mask(mask) = &findings[1].region else { panic!("the region is a mask") };
    assert_eq!(mask.area(), 200 * 100);
}

#[test]
fn even_noise_has_no_region() {
    let findings = examine(&picture(|_, _| 4.0));
    assert_eq!(findings.len(), 1, "{findings:?}");
    let ExhibitData::Map(map) = &findings[0].exhibits[0].data else { panic!("the map is a map") };
    assert!(map.values.iter().all(|&v| v == 0.0));
}

#[test]
fn small_and_flat_pictures_are_not_applicable() {
    let method = Noisesniffer::build(&BuildContext::default()).unwrap();
    for (width, height) in [(1, 1), (1, 10_000), (100, 100), (300, 2), (200, 200)] {
        let flat = Rgb8 { width, height, samples: vec![7; width * height * 3] };
        assert!(matches!(method.examine_rgb(&flat), Examination::NotApplicable { .. }), "{width}x{height}");
    }
}

#[test]
fn sides_that_are_not_published_are_refused() {
    let given = [("block".to_owned(), 4.0)].into();
    let parameters = [(INFO.id.to_owned(), given)].into();
    let error = Noisesniffer::build(&BuildContext { parameters, ..BuildContext::default() }).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("expected 3, 5, 7 or 8"), "{error}");
}
