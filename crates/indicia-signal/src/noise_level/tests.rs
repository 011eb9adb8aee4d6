use super::algorithm::*;
use super::bands::*;
use super::*;
use crate::testing::gaussian_noise;

/// A scene of slow waves with a fine checked texture in its lower third and noise of deviation `noise(x, y)`.
fn scene(width: usize, height: usize, noise: impl Fn(usize, usize) -> f64) -> Luma8 {
    let random = gaussian_noise(width * height, 3);
    let fine = gaussian_noise(width * height, 5);
    let texture = |x: usize, y: usize| {
        // Smooth random texture: a mean of 3 by 3 noise has little at the finest scale.
        let mut sum = 0.0;
        for (dx, dy) in (0..9).map(|i| (i % 3, i / 3)) {
            sum += fine[(y + dy).min(height - 1) * width + (x + dx).min(width - 1)];
        }
        if y > 2 * height / 3 { 3.0 * sum } else { 0.3 * sum }
    };
    let samples = (0..width * height)
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let wave = 120.0 + 40.0 * (x as f64 / 31.0).sin() * (y as f64 / 23.0).cos();
            (wave + texture(x, y) + noise(x, y) * random[i]).round().clamp(0.0, 255.0) as u8
        })
        .collect();
    Luma8 { width, height, samples }
}

/// The finding on a grey picture.
fn examine_luma(luma: &Luma8) -> Examination {
    let samples = luma.samples.iter().flat_map(|&v| [v; 3]).collect();
    examine_picture(luma, &Rgb8 { width: luma.width, height: luma.height, samples })
}

fn only(examination: Examination) -> Finding {
    let Examination::Findings(mut findings) = examination else { panic!("it applies") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn map(finding: &Finding) -> &Map {
    let ExhibitData::Map(map) = &finding.exhibits[0].data else { panic!("the first exhibit is the map") };
    map
}

#[test]
fn cells_hold_the_mean_size_of_the_outer_product_of_a_kernel() {
    // One bright pixel in the middle of 5 by 5 gives 10 times the products of [1 -2 1] around it: 10 at the four
    // corners, 20 at the four sides, 40 in the middle. All lie in the first cell of 4 by 4 pixels.
    let mut samples = vec![0_u8; 25];
    samples[12] = 10;
    let out = details(&samples, 5, &FINE);
    assert_eq!(out, ndarray::array![[160.0 / 16.0, 0.0], [0.0, 0.0]]);
    // One pixel to the right, the right corners and side lie in the next cell, of 1 by 4 pixels.
    samples.swap(12, 13);
    assert_eq!(details(&samples, 5, &FINE), ndarray::array![[120.0 / 16.0, 40.0 / 4.0], [0.0, 0.0]]);
    // A plane has no second difference but at its mirrored borders.
    let slope: Vec<u8> = (0..42).map(|i| (3 * (i % 7) + 5 * (i / 7)) as u8).collect();
    assert!(details(&slope, 7, &FINE).iter().all(|&v| v == 0.0));
    assert!(details(&[], 0, &FINE).is_empty());
}

#[test]
fn colour_differences_see_colours_alone() {
    // A pixel that is brighter by 10 in blue alone: 160 over the cell as above, weighted by 0.5 for one difference
    // and 0.081 for the other, of which the mean counts.
    let mut samples = vec![100_u8; 75];
    samples[3 * 12 + 2] += 10;
    let out = colour_details(&samples, 5);
    assert!((out[(0, 0)] - 10.0 * (0.5 + 0.081) / 2.0).abs() < 1e-5, "{out}");
    assert_eq!([out[(0, 1)], out[(1, 0)], out[(1, 1)]], [0.0; 3]);
    // Brighter by as much in all of them.
    samples[3 * 12] += 10;
    samples[3 * 12 + 1] += 10;
    assert!(colour_details(&samples, 5).iter().all(|&v| v == 0.0));
    assert!(colour_details(&[], 0).is_empty());
}

#[test]
fn white_noise_has_its_level_at_all_scales() {
    let noise = |seed: u64| -> Vec<u8> {
        gaussian_noise(256 * 256, seed).iter().map(|v| (128.0 + 4.0 * v).round() as u8).collect()
    };
    let [red, green, blue] = [11, 12, 13].map(noise);
    let rgb: Vec<u8> = (0..256 * 256).flat_map(|i| [red[i], green[i], blue[i]]).collect();
    let cells = measure(&red, &rgb, 256);
    let mean = |of: fn(&Cell) -> f32| cells.iter().map(of).sum::<f32>() / cells.len() as f32;
    let levels = [mean(|c| c.fine), mean(|c| c.coarse), mean(|c| c.coarser)];
    assert!(levels.iter().all(|level| (level - 4.0).abs() < 0.2), "{levels:?}");
    // 4 times the mean of the norms of the weights, 0.623 and 0.657.
    assert!((mean(|c| c.colour) - 2.56).abs() < 0.1, "{}", mean(|c| c.colour));
    assert!(cells.iter().all(|c| c.clipped == 0.0));
}

/// A cell of these levels, without colour.
fn cell(fine: f32, coarse: f32) -> Cell {
    Cell { fine, coarse, coarser: coarse, colour: 0.0, clipped: 0.0 }
}

#[test]
fn clipped_pixels_are_counted_around_a_cell() {
    // White in the left one of three cells: half of the two around the first, a third of the three around the
    // second, nothing around the last.
    let samples: Vec<u8> = (0..48).map(|i| if i % 12 < 4 { 255 } else { 100 }).collect();
    let cells = measure(&samples, &samples.iter().flat_map(|&v| [v; 3]).collect::<Vec<_>>(), 12);
    let shares: Vec<f32> = cells.iter().map(|c| c.clipped).collect();
    assert_eq!(shares, [0.5, 1.0 / 3.0, 0.0]);
}

#[test]
fn the_line_passes_through_the_bulk() {
    // Cells on a line of slope a half, and a fifth of them far above it.
    let cells = Array2::from_shape_fn((1, 50), |(_, i)| {
        let coarse = 1.0 + i as f32;
        let expected = (0.5 * (coarse + 0.6).ln() - 0.2).exp() - 0.3;
        cell(if i.is_multiple_of(5) { expected + 6.0 } else { expected }, coarse)
    });
    let line = fit(&cells).unwrap();
    assert!((line.slope - 0.5).abs() < 0.02 && (line.offset + 0.2).abs() < 0.05, "{line:?}");
    assert_eq!(fit(&cells.map(|c| Cell { clipped: 1.0, ..*c })), None);
}

#[test]
fn departures_are_counted_from_the_picture() {
    let line = Line { offset: 0.1, slope: 0.5, level: 0.3 };
    let colours = Colours { level: 0.2, spread: 0.5 };
    let e = std::f32::consts::E;
    // Logarithm of fine and rounding 1, of both coarser ones and rounding 2 and 0, of colour and rounding 1.
    let loud = Cell { fine: e - 0.3, coarse: e * e - 0.6, coarser: 0.4, colour: e - 0.3, clipped: 0.0 };
    // Half of all pixels clipped still counts; colours below the first spread do not.
    let plain = Cell { colour: 0.9, clipped: 0.5, ..loud };
    let silent = Cell { clipped: 0.6, ..loud };
    let out = departures(&ndarray::array![[loud, plain, silent]], line, colours);
    let near = |d: Departure, expected: [f32; 3]| {
        [d.unexplained, d.above, d.colour].iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5)
    };
    assert!(near(out[(0, 0)], [0.4, 0.7, 0.6]), "{out:?}");
    assert!(near(out[(0, 1)], [0.4, 0.7, 0.0]), "{out:?}");
    assert!(near(out[(0, 2)], [-1.0, -1.0, 0.0]), "{out:?}");
    let map = suspicion(&out);
    assert!((map[(0, 0)] - 0.93).abs() < 1e-5 && (map[(0, 2)] + 1.5).abs() < 1e-5, "{map}");
    // Tiles of 2 by 2 cells, the second of one column and one row.
    let tiled = tiles(&out);
    assert_eq!(tiled.dim(), (1, 2));
    assert!(near(tiled[(0, 0)], [0.4, 0.7, 0.3]) && near(tiled[(0, 1)], [-1.0, -1.0, 0.0]), "{tiled:?}");
}

#[test]
fn colours_are_spread_by_their_median_deviation() {
    // Logarithms of colour and rounding 0, 1, 2, 3 and 9: median 2, median deviation 1.
    let cells = ndarray::array![[0.0_f32, 1.0, 2.0, 3.0, 9.0]]
        .mapv(|v| Cell { colour: v.exp() - 0.3, ..cell(1.0, 1.0) });
    let colours = super::algorithm::colours(&cells).unwrap();
    assert!((colours.level - 2.0).abs() < 1e-4, "{colours:?}");
    assert!((colours.spread - (1.0 / 0.674_49 + 0.3)).abs() < 1e-4, "{colours:?}");
    assert_eq!(super::algorithm::colours(&cells.mapv(|c| Cell { clipped: 1.0, ..c })), None);
}

#[test]
fn squares_grow_with_the_number_of_tiles_and_are_odd() {
    assert_eq!([24, 2400, 2400 * 16, 187_500].map(square_side), [7, 7, 11, 15]);
}

#[test]
fn the_peak_is_the_square_whose_quietest_quarter_departs_most() {
    // A block of 7 by 7 tiles of which a fifth does not depart, and single tiles that depart more.
    let tiles = Array2::from_shape_fn((21, 21), |(row, column)| match (row, column) {
        (5..12, 9..16) if (row * 7 + column) % 5 != 0 => {
            Departure { unexplained: 0.5, above: 1.0, colour: 2.0 }
        }
        _ if (row * 21 + column) % 10 == 0 => Departure { unexplained: 3.0, above: 3.0, colour: 9.0 },
        _ => Departure::default(),
    });
    let peak = peak(&tiles, 7).unwrap();
    assert_eq!((peak.row, peak.column), (8, 12));
    assert!((peak.excess - 0.5).abs() < 1e-6 && (peak.colour - 0.6).abs() < 1e-6, "{peak:?}");
    assert_eq!(super::algorithm::peak(&Array2::default((0, 0)), 7), None);
}

#[test]
fn noise_that_was_added_to_a_part_stands_out_and_texture_does_not() {
    let part = |x: usize, y: usize| (120..200).contains(&x) && (40..110).contains(&y);
    let altered = scene(320, 240, |x, y| if part(x, y) { 5.0 } else { 0.8 });
    let twin = scene(320, 240, |_, _| 0.8);
    let [altered, twin] = [&altered, &twin].map(|luma| only(examine_luma(luma)));
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&altered) > 0.6 && score(&twin) < 0.35, "{} {}", score(&altered), score(&twin));
    let map = map(&altered);
    let mean = |of: &dyn Fn(usize, usize) -> bool| {
        let chosen = (0..240 * 320).map(|i| (i % 320, i / 320)).filter(|&(x, y)| of(x, y));
        let (sum, count) = chosen.fold((0.0, 0.0), |(sum, count), (x, y)| (sum + map.at(x, y), count + 1.0));
        sum / count
    };
    let (inside, textured) = (mean(&part), mean(&|_, y| y >= 180));
    assert!(inside > 0.6 && textured < 0.5, "{inside} {textured}");
    let ExhibitData::Table(table) = &altered.exhibits[1].data else { panic!("the second is a table") };
    // The estimate from principal components reads low on a few blocks.
    for (column, tolerance) in [(1, 0.8), (2, 1.2)] {
        let level = |row: usize| table.rows[row][column].parse::<f64>().unwrap();
        assert!((level(0) - 5.0).abs() < tolerance && level(1) < 2.0, "{:?}", table.rows);
    }
}

#[test]
fn noise_in_colours_stands_out_where_luma_hides_it() {
    // Noise of red and blue that leaves luma as it is, within rounding, but for the texture it lies on.
    let luma = scene(320, 240, |_, _| 2.0);
    let part = |x: usize, y: usize| (120..200).contains(&x) && (40..110).contains(&y);
    let [red, blue] = [7, 8].map(|seed| gaussian_noise(320 * 240, seed));
    let picture = |strength: f64| {
        let mut samples = Vec::with_capacity(3 * 320 * 240);
        for (i, &v) in luma.samples.iter().enumerate() {
            let sigma = if part(i % 320, i / 320) { strength } else { 0.3 };
            let (r, b) = (sigma * red[i], sigma * blue[i]);
            let g = -(0.299 * r + 0.114 * b) / 0.587;
            samples.extend([r, g, b].map(|d| (f64::from(v) + d).round().clamp(0.0, 255.0) as u8));
        }
        only(examine_picture(&luma, &Rgb8 { width: 320, height: 240, samples }))
    };
    let (altered, twin) = (picture(5.0), picture(0.3));
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&altered) > score(&twin) + 0.5, "{} {}", score(&altered), score(&twin));
    assert!(altered.statement.contains("in its colour differences"), "{}", altered.statement);
    // Cells are of 4 by 4 pixels.
    let inside = |x: usize, y: usize| part(4 * x + 2, 4 * y + 2);
    let auc = |finding: &Finding| crate::testing::area_under_curve(&map(finding).values, inside);
    assert!(auc(&altered) > 0.98, "{}", auc(&altered));
}

#[test]
fn pictures_without_noise_to_compare_are_not_judged() {
    let flat = |width: usize, height: usize, value: u8| Luma8 {
        width,
        height,
        samples: vec![value; width * height],
    };
    for luma in [flat(1, 1, 9), flat(1, 300, 9), flat(3, 5000, 9), flat(100, 63, 9), flat(0, 0, 0)] {
        assert!(matches!(examine_luma(&luma), Examination::NotApplicable { .. }));
    }
    for value in [0, 128, 255] {
        assert!(matches!(examine_luma(&flat(200, 100, value)), Examination::NotApplicable { .. }));
    }
    // Half white: the other half is judged, and white cells are never suspicious.
    let mut luma = scene(256, 128, |_, _| 3.0);
    luma.samples.chunks_exact_mut(256).for_each(|row| row[..128].fill(255));
    let finding = only(examine_luma(&luma));
    let map = map(&finding);
    assert!(map.values.iter().all(|v| v.is_finite()));
    assert!(map.at(20, 60) < map.at(200, 60));
}
