use indicia_core::{BuildContext, Claim, Examination, ExhibitData, Finding, Region, Standing};
use indicia_ops::Luma8;
use proptest::prelude::*;

use super::algorithm::*;
use super::contradiction::{Contradiction, judge};
use super::zeros::{TILE, Tile, count_tile};
use super::{INFO, Zero};

/// Zeros of one window, by the kernel.
fn zeros_of(block: [[u8; 8]; 8]) -> i32 {
    let rows = std::array::from_fn(|y| &block[y][..]);
    let mut tile = Tile::new();
    count_tile(rows, 1, &mut tile);
    tile.zeros[0]
}

type Block = [[f64; 8]; 8];

/// Entry (k, i) of the orthonormal DCT-II of eight points, by its definition.
fn basis() -> Block {
    let scale = |k: usize| if k == 0 { (1.0 / 8.0_f64).sqrt() } else { 0.5 };
    let angle = |k: usize, i: usize| ((2 * i + 1) * k) as f64 * std::f64::consts::PI / 16.0;
    std::array::from_fn(|k| std::array::from_fn(|i| scale(k) * angle(k, i).cos()))
}

fn product(a: &Block, b: &Block) -> Block {
    std::array::from_fn(|r| std::array::from_fn(|c| (0..8).map(|k| a[r][k] * b[k][c]).sum()))
}

fn transposed(a: &Block) -> Block {
    std::array::from_fn(|r| std::array::from_fn(|c| a[c][r]))
}

/// The orthonormal DCT-II of a window in double precision.
fn dct(block: impl Fn(usize, usize) -> f64) -> Block {
    let samples: Block = std::array::from_fn(|y| std::array::from_fn(|x| block(y, x)));
    product(&product(&basis(), &samples), &transposed(&basis()))
}

#[test]
fn zeros_of_small_windows_are_as_computed_by_hand() {
    assert_eq!(zeros_of([[0; 8]; 8]), 63);
    assert_eq!(zeros_of([[200; 8]; 8]), 63);
    // A single pixel of 8 in the corner: |c(v, u)| = 8 b(v) b(u) with b(0) = 0.3536, b(k) = cos(k pi / 16) / 2
    // = 0.490 0.462 0.416 0.354 0.278 0.191 0.098. Below 1/2 where b(v) b(u) < 1/16: of row (or column) 7
    // all (0.098 * 0.490 = 0.048), of row 6 those with b < 0.327 (columns 5 to 7), of row 5 those with
    // b < 0.225 (6 and 7), of all other rows column 7.
    let mut corner = [[0; 8]; 8];
    corner[0][0] = 8;
    assert_eq!(zeros_of(corner), 8 + 3 + 2 + 5);
    // Columns + + + + - - - - of 1: only row 0, u odd, c(0, u) = sqrt(8) * sum of b(u) over the columns:
    // 1: 2.5629.., 3: 0.9000, 5: 0.6013, 7: 0.5098 in magnitude for a step of 1 (values 0 and 1).
    let step = [[1, 1, 1, 1, 0, 0, 0, 0]; 8];
    let exact = dct(|y, x| f64::from(step[y][x]));
    let expected = (1..64).filter(|i| exact[i / 8][i % 8].abs() < 0.5).count();
    assert_eq!(zeros_of(step), expected as i32);
    assert_eq!(expected, 59);
}

#[test]
fn a_coefficient_of_exactly_one_half_is_no_zero() {
    // c(0, 4) is the sum of + - - + + - - + over the window, divided by 8: a sum of 4 is 1/2, of 3 is not.
    let mut block = [[10; 8]; 8];
    for row in block.iter_mut().take(4) {
        row[0] += 1;
    }
    let exact = dct(|y, x| f64::from(block[y][x]));
    assert!((exact[0][4] - 0.5).abs() < 1e-12, "{}", exact[0][4]);
    let below = |exact: &[[f64; 8]; 8]| (1..64).filter(|i| exact[i / 8][i % 8].abs() < 0.5 - 1e-9).count();
    assert_eq!(zeros_of(block), below(&exact) as i32);
    block[3][0] -= 1;
    let exact = dct(|y, x| f64::from(block[y][x]));
    assert!((exact[0][4] - 0.375).abs() < 1e-12);
    assert_eq!(zeros_of(block), below(&exact) as i32);
}

proptest! {
    #[test]
    fn zeros_equal_the_definition_but_for_ties(base in 0_u8..200, noise in proptest::collection::vec(0_u8..12, 64)) {
        let block = std::array::from_fn(|y| std::array::from_fn(|x| base + noise[8 * y + x]));
        let exact = dct(|y, x| f64::from(block[y][x]));
        let count = |limit: f64| (1..64).filter(|i| exact[i / 8][i % 8].abs() < limit).count() as i32;
        // Where a coefficient lies within rounding of 1/2 the count may go either way.
        prop_assert!((count(0.5 - 2e-5)..=count(0.5 + 1e-5)).contains(&zeros_of(block)));
    }
}

/// Numbers from 0 to 1 that look random: a 64-bit LCG's upper bits (Knuth's constants).
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The definition: every window offers its zeros to its 64 pixels.
fn naive_votes(luma: &[u8], width: usize) -> Vec<u8> {
    let height = luma.len() / width;
    let mut most = vec![0; luma.len()];
    let mut votes = vec![NO_VOTE; luma.len()];
    for y in 0..height.saturating_sub(7) {
        for x in 0..width.saturating_sub(7) {
            let at = |dy: usize, dx: usize| luma[(y + dy) * width + x + dx];
            let zeros = zeros_of(std::array::from_fn(|dy| std::array::from_fn(|dx| at(dy, dx))));
            let alike_rows = (0..64).all(|i| at(i / 8, i % 8) == at(0, i % 8));
            let alike_columns = (0..64).all(|i| at(i / 8, i % 8) == at(i / 8, 0));
            for i in (0..64).map(|i| (y + i / 8) * width + x + i % 8) {
                if zeros == most[i] {
                    votes[i] = NO_VOTE;
                } else if zeros > most[i] {
                    most[i] = zeros;
                    let grid = (x % 8 + y % 8 * 8) as u8;
                    votes[i] = if alike_rows || alike_columns { NO_VOTE } else { grid };
                }
            }
        }
    }
    for (i, vote) in votes.iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        if x < BORDER || y < BORDER || x + BORDER >= width || y + BORDER >= height {
            *vote = NO_VOTE;
        }
    }
    votes
}

#[test]
fn votes_equal_the_definition_on_noise_flats_and_odd_sizes() {
    let mut random = noise(7);
    for (width, height) in
        [(1, 40), (40, 1), (14, 30), (15, 15), (23, 16), (60, 45), (TILE + 20, 19), (17, 150)]
    {
        // Noise of little amplitude, with flat parts and columns that are all alike.
        let luma: Vec<u8> = (0..width * height)
            .map(|i| match (i % width, i / width) {
                (x, _) if x < width / 4 => 30,
                (x, y) if y < height / 3 => (x % 5) as u8 * 9,
                (x, _) => (x as f64 * 0.7 + random() * 6.0) as u8,
            })
            .collect();
        assert_eq!(grid_votes(&luma, width), naive_votes(&luma, width), "{width}x{height}");
    }
    assert!(grid_votes(&[], 0).is_empty());
}

/// The definition: regions grown pixel by pixel through 19x19 neighbourhoods.
fn naive_regions(votes: &[u8], width: usize) -> Vec<VoteRegion> {
    let height = votes.len() / width;
    let mut used = vec![false; votes.len()];
    let mut regions = vec![];
    for seed in 0..votes.len() {
        if used[seed] || votes[seed] == NO_VOTE {
            continue;
        }
        used[seed] = true;
        let mut grown = vec![seed];
        let mut next = 0;
        while next < grown.len() {
            let (x, y) = (grown[next] % width, grown[next] / width);
            for y in y.saturating_sub(9)..(y + 10).min(height) {
                for i in (x.saturating_sub(9)..(x + 10).min(width)).map(|x| y * width + x) {
                    if !used[i] && votes[i] == votes[seed] {
                        used[i] = true;
                        grown.push(i);
                    }
                }
            }
            next += 1;
        }
        let extreme = |f: fn(usize, usize) -> usize, of: &dyn Fn(usize) -> usize| {
            grown.iter().map(|&i| of(i)).reduce(f).unwrap() as u32
        };
        regions.push(VoteRegion {
            grid: votes[seed],
            size: grown.len() as u64,
            x0: extreme(usize::min, &|i| i % width),
            y0: extreme(usize::min, &|i| i / width),
            x1: extreme(usize::max, &|i| i % width),
            y1: extreme(usize::max, &|i| i / width),
        });
    }
    regions
}

fn sorted(mut regions: Vec<VoteRegion>) -> Vec<VoteRegion> {
    regions.sort_by_key(|r| (r.grid, r.y0, r.x0, r.y1, r.x1, r.size));
    regions
}

proptest! {
    #[test]
    fn regions_equal_pixelwise_growing(
        width in 1_usize..70, grids in 1_u8..4, rarity in 1_u32..200, seed in 0_u64..1 << 40, rows in 0_usize..70,
    ) {
        let mut random = noise(seed);
        let votes: Vec<u8> = (0..width * rows)
            .map(|_| match (random() * f64::from(rarity)) as u32 {
                0 => (random() * f64::from(grids)) as u8 * 21,
                _ => NO_VOTE,
            })
            .collect();
        let found = vote_regions(&votes, width, &[true; 64]);
        prop_assert_eq!(sorted(found.regions.clone()), sorted(naive_regions(&votes, width)));
        // Every pixel is in the region that it votes for, and nowhere else.
        let mut sizes = vec![0; found.regions.len()];
        let mut seen = vec![false; votes.len()];
        found.for_each_pixel(&votes, &vec![true; sizes.len()], |region, x, y| {
            assert_eq!(found.regions[region].grid, votes[y * width + x]);
            assert!(!std::mem::replace(&mut seen[y * width + x], true));
            sizes[region] += 1;
        });
        prop_assert_eq!(sizes, found.regions.iter().map(|r| r.size).collect::<Vec<_>>());
    }
}

#[test]
fn pixels_link_up_to_nine_apart_in_both_coordinates() {
    for (dx, dy, linked) in
        [(9, 0, true), (10, 0, false), (0, 9, true), (0, 10, false), (9, 9, true), (9, 10, false)]
    {
        for (x, y) in (0..10).flat_map(|x| (0..10).map(move |y| (x + 15, y))) {
            for (x2, y2) in [(x + dx, y + dy), (x - dx, y + dy)] {
                let mut votes = vec![NO_VOTE; 40 * 40];
                votes[y * 40 + x] = 5;
                votes[y2 * 40 + x2] = 5;
                let regions = vote_regions(&votes, 40, &[true; 64]).regions;
                assert_eq!(
                    regions.len(),
                    if linked || (dx, dy) == (0, 0) { 1 } else { 2 },
                    "{x},{y} {x2},{y2}"
                );
            }
        }
    }
}

#[test]
fn unwanted_grids_have_no_region() {
    let votes = [3, 4, 3, NO_VOTE];
    let wanted = std::array::from_fn(|grid| grid != 3);
    let found = vote_regions(&votes, 4, &wanted);
    assert_eq!(found.regions, [VoteRegion { grid: 4, size: 1, x0: 1, y0: 0, x1: 1, y1: 0 }]);
}

#[test]
fn the_nfa_of_a_grid_is_tests_times_tail() {
    // 64x64 pixels: (64 * 4096)^2 = 2^36 tests. All votes alike: k = n = 64, tail 64^-64 = 2^-384.
    let mut counts = [0; 64];
    counts[9] = 4096;
    let main = most_voted_grid(&counts, 4096);
    assert_eq!((main.grid, main.votes), (9, 4096));
    assert!((main.log10_nfa - (36.0 - 384.0) * 2_f64.log10()).abs() < 1e-9);
    // 64x65 pixels: 2^36.045 64^-k < 1 needs more than 6.007 votes of 64 pixels each, that is 384.5 pixels.
    assert_eq!(smallest_region(64 * 65), 385);
    assert_eq!(most_voted_grid(&[0; 64], 4096).grid, 0);
    assert!(most_voted_grid(&[0; 64], 4096).log10_nfa > 0.0);
}

#[test]
fn missing_grid_votes_keep_only_the_zero_grid_where_the_main_one_is_absent() {
    assert_eq!(
        missing_grid_votes(&[3, 3, NO_VOTE, 5, 5], 3, &[0, 1, 0, 0, NO_VOTE]),
        [NO_VOTE, NO_VOTE, 0, 0, NO_VOTE]
    );
}

const SIDE: usize = 320;

/// A smooth picture with some noise, of SIDE by SIDE.
fn scene(seed: u64) -> Vec<f64> {
    noisy_scene(seed, 14.0)
}

/// A smooth picture with noise up to `amplitude`.
fn noisy_scene(seed: u64, amplitude: f64) -> Vec<f64> {
    let mut random = noise(seed);
    (0..SIDE * SIDE)
        .map(|i| {
            let (x, y) = ((i % SIDE) as f64, (i / SIDE) as f64);
            128.0
                + 60.0 * (x / 37.0 + seed as f64).sin() * (y / 29.0).cos()
                + amplitude * (random() + random() - 1.0)
        })
        .collect()
}

/// What JPEG does to luma: each block that fits on the grid with origin (dx, dy) is transformed, quantised
/// by `2 + 1.5 * (u + v)` and transformed back, then rounded to 8 bits.
fn quantised(scene: &[f64], dx: usize, dy: usize) -> Vec<u8> {
    let mut out: Vec<u8> = scene.iter().map(|v| v.round().clamp(0.0, 255.0) as u8).collect();
    for y0 in (dy..SIDE - 7).step_by(8) {
        for x0 in (dx..SIDE - 7).step_by(8) {
            let mut c = dct(|y, x| scene[(y0 + y) * SIDE + x0 + x]);
            for (v, row) in c.iter_mut().enumerate() {
                for (u, c) in row.iter_mut().enumerate() {
                    let step = 2.0 + 1.5 * (u + v) as f64;
                    *c = (*c / step).round() * step;
                }
            }
            // The basis is orthonormal: its transpose is its inverse.
            let block = product(&product(&transposed(&basis()), &c), &basis());
            for i in 0..64 {
                out[(y0 + i / 8) * SIDE + x0 + i % 8] = block[i / 8][i % 8].round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    out
}

fn examine(samples: Vec<u8>, max_nfa_vote: Option<f64>) -> Vec<Finding> {
    let given = max_nfa_vote.map(|v| ("max_nfa_vote".to_owned(), v)).into_iter().collect();
    let parameters = [(INFO.id.to_owned(), given)].into();
    let method = Zero::build(&BuildContext { parameters, ..BuildContext::default() }).unwrap();
    match method.examine_luma(&Luma8 { width: SIDE, height: SIDE, samples }, None) {
        Examination::Findings(findings) => findings,
        Examination::NotApplicable { why } => panic!("not applicable: {why}"),
    }
}

fn marked(finding: &Finding) -> usize {
    let map = finding.exhibits.iter().find(|e| e.id == "map").expect("the first finding has the map");
    let ExhibitData::Map(map) = &map.data else { panic!("the map is a map") };
    assert!(map.values.iter().all(|&v| v == 0.0 || v == 1.0));
    map.values.iter().filter(|&&v| v == 1.0).count()
}

#[test]
fn a_patch_from_another_grid_is_found_and_votes() {
    let mut picture = quantised(&scene(1), 0, 0);
    let other = quantised(&scene(2), 5, 3);
    for y in 90..230 {
        picture[y * SIDE + 120..y * SIDE + 260].copy_from_slice(&other[y * SIDE + 120..y * SIDE + 260]);
    }
    let findings = examine(picture.clone(), None);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[0].statement.contains("offset (0, 0)"), "{}", findings[0].statement);
    assert_eq!((findings[0].claim, findings[0].standing), (Claim::Observation, Standing::Exhibit));
    assert!(marked(&findings[0]) > 14_000);
    let patch = &findings[1];
    assert_eq!((patch.claim, patch.standing), (Claim::Manipulated, Standing::Vote));
    assert!(patch.statement.contains("offset (5, 3)"), "{}", patch.statement);
    assert!(patch.score.as_ref().unwrap().log10_nfa.unwrap() < -20.0);
    let Region::Mask(mask) = &patch.region else { panic!("the region is a mask") };
    let inside = (90..230).flat_map(|y| (120..260).map(move |x| (y, x)));
    let hit = inside.filter(|&at| mask.pixels()[at]).count();
    let (area, patch_area) = (mask.area(), 140 * 140);
    let iou = hit as f64 / (area + patch_area - hit) as f64;
    assert!(iou > 0.75, "IoU {iou}, {hit} of {area}");
    assert_eq!(marked(&findings[0]), area);
    // With a stricter bound than the region's NFA it is shown and does not vote.
    let strict = examine(picture, Some(0.0));
    assert_eq!(strict[1].standing, Standing::Exhibit);
}

#[test]
fn an_authentic_picture_has_its_grid_and_no_region() {
    let findings = examine(quantised(&scene(3), 0, 0), None);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(marked(&findings[0]), 0);
    let findings = examine(quantised(&scene(3), 6, 1), None);
    assert!(findings[0].statement.contains("offset (6, 1)"), "{}", findings[0].statement);
    assert!(findings[0].statement.contains("cropped"), "{}", findings[0].statement);
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_picture_that_never_was_a_jpeg_has_no_grid() {
    let findings = examine(scene(4).iter().map(|v| v.round() as u8).collect(), None);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].score.is_none() && findings[0].statement.contains("No JPEG grid"));
    assert_eq!(examine(vec![77; SIDE * SIDE], None).len(), 1);
}

#[test]
fn small_pictures_are_not_applicable_and_the_first_that_applies_is_as_the_page_says() {
    let method = Zero::build(&BuildContext::default()).unwrap();
    let answer = |width: usize, height: usize| {
        method.examine_luma(&Luma8 { width, height, samples: vec![9; width * height] }, None)
    };
    for (width, height) in [(1, 1), (1, 10_000), (10_000, 8), (33, 32), (32, 33)] {
        assert!(matches!(answer(width, height), Examination::NotApplicable { .. }), "{width}x{height}");
    }
    assert!(matches!(answer(33, 33), Examination::Findings(_)));
}

#[test]
fn the_pass_for_missing_grids_adds_findings_that_do_not_vote() {
    let mut picture = quantised(&scene(1), 0, 0);
    // Noise of about the steps of quality 99, so that compressing anew makes zeros on its grid.
    let other = noisy_scene(6, 2.0);
    for y in 88..232 {
        for i in y * SIDE + 120..y * SIDE + 264 {
            picture[i] = other[i].round() as u8;
        }
    }
    let given = [("missing_grid".to_owned(), 1.0)].into();
    let parameters = [(INFO.id.to_owned(), given)].into();
    let method = Zero::build(&BuildContext { parameters, ..BuildContext::default() }).unwrap();
    let rgb: Vec<u8> = picture.iter().flat_map(|&v| [v; 3]).collect();
    let luma = Luma8 { width: SIDE, height: SIDE, samples: picture };
    let findings = |rgb: Option<&[u8]>| match method.examine_luma(&luma, rgb) {
        Examination::Findings(findings) => findings,
        Examination::NotApplicable { why } => panic!("not applicable: {why}"),
    };
    let without = findings(None);
    assert_eq!((without.len(), marked(&without[0])), (1, 0));
    let with = findings(Some(&rgb));
    assert!(with.len() > 1 && marked(&with[0]) > 144 * 144 / 2, "{with:?}");
    for finding in &with[1..] {
        assert_eq!(finding.standing, Standing::Exhibit);
        assert!(
            finding.statement.contains("the JPEG grid that the picture carries"),
            "{}",
            finding.statement
        );
    }
}

/// A flat picture with a strip of 200x16 pixels from each of `strips`, the first at the top.
fn flat_with_strips(strips: &[Vec<u8>]) -> Vec<u8> {
    let mut picture = vec![128; SIDE * SIDE];
    for (number, strip) in strips.iter().enumerate() {
        for y in number * 160..number * 160 + 16 {
            picture[y * SIDE..y * SIDE + 200].copy_from_slice(&strip[y * SIDE..y * SIDE + 200]);
        }
    }
    picture
}

#[test]
fn one_grid_in_a_part_of_a_flat_picture_contradicts_nothing() {
    let method = Zero::build(&BuildContext::default()).unwrap();
    let findings = |strips: &[Vec<u8>]| {
        let luma = Luma8 { width: SIDE, height: SIDE, samples: flat_with_strips(strips) };
        match method.examine_luma(&luma, None) {
            Examination::Findings(findings) => findings,
            Examination::NotApplicable { why } => panic!("not applicable: {why}"),
        }
    };
    // As in a truncated JPEG: the strip follows a grid, the picture as a whole has too few votes for one.
    let one = findings(&[quantised(&scene(1), 0, 0)]);
    assert!(one.len() > 1, "{one:?}");
    for finding in &one {
        assert_eq!((finding.claim, finding.standing), (Claim::Observation, Standing::Exhibit));
    }
    // A second strip on another grid is a contradiction.
    let two = findings(&[quantised(&scene(1), 0, 0), quantised(&scene(2), 5, 3)]);
    assert!(two.len() > 2, "{two:?}");
    for finding in &two[1..] {
        assert_eq!((finding.claim, finding.standing), (Claim::Manipulated, Standing::Vote));
    }
}

/// Votes of a picture of 200x200 pixels with a block of 60x60 votes for grid 9 at (20, 20). In the rest, of every
/// ten pixels as many vote for the main grid 0 and for grid 9 as `rest` says, and the others for grids 10, 11, ...
/// in turn.
fn judged(rest: [usize; 2]) -> Option<Contradiction> {
    let (width, [own, same]) = (200, rest);
    let votes: Vec<u8> = (0..width * width)
        .map(|i| {
            let inside = |v: usize| (20..80).contains(&v);
            // A step of 7 spreads the sorts over the rows.
            match i * 7 % 10 {
                _ if inside(i % width) && inside(i / width) => 9,
                k if k < own => 0,
                k if k < own + same => 9,
                _ => 10 + (i % 54) as u8,
            }
        })
        .collect();
    let main = Some(MainGrid { grid: 0, votes: 0, log10_nfa: -1.0 });
    let found = vote_regions(&votes, width, &std::array::from_fn(|grid| grid == 9));
    let block = VoteRegion { grid: 9, size: 3600, x0: 20, y0: 20, x1: 79, y1: 79 };
    let foreign = vec![ForeignRegion { region: block, index: 0, log10_nfa: -1000.0 }];
    judge(&Detection { votes, main, found, foreign }, width)[9]
}

#[test]
fn a_grid_that_runs_through_the_rest_contradicts_nothing() {
    // 36,400 pixels lie outside the block: 568 votes. Of 10 for the main grid and none for 9, it is pasted.
    assert_eq!(judged([6, 0]), Some(Contradiction::Pasted));
    // A tenth of the rest votes for 9, where one in 63 of the four tenths that are not for the main one would.
    assert_eq!(judged([6, 1]), Some(Contradiction::Everywhere));
    // The rest follows nothing: all its votes are spread.
    assert_eq!(judged([0, 0]), Some(Contradiction::NoRest));
}
