use super::components::components;
use super::*;

fn bits(rows: &[&str]) -> (Vec<bool>, usize) {
    (rows.iter().flat_map(|r| r.bytes().map(|b| b == b'#')).collect(), rows[0].len())
}

#[test]
fn median_and_spread_are_those_of_the_sorted_values() {
    assert_eq!(median(&mut []), None);
    assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&mut [4.0, 1.0, 2.0, 9.0]), Some(3.0));
    // Deviations from 3: 2, 1, 0, 1, 97.
    assert_eq!(spread(&mut [1.0, 2.0, 3.0, 4.0, 100.0]), Some((3.0, 1.4826)));
}

#[test]
fn runs_and_components_with_ink_and_perimeter() {
    let (set, width) = bits(&["##..#", "..#.#", ".....", "#####"]);
    let runs = runs_of(&set, width);
    let run = |y, left, right| Run { y, left, right };
    assert_eq!(runs, [run(0, 0, 2), run(0, 4, 5), run(1, 2, 3), run(1, 4, 5), run(3, 0, 5)]);
    let found = components(&runs);
    let facts: Vec<_> = found.iter().map(|c| (c.area, c.ink, c.perimeter)).collect();
    let area = |left, top, right, bottom| Area { left, top, right, bottom };
    // A corner joins the first two runs: perimeter 6 and 4. The column shares one side: 4 + 4 - 2.
    assert_eq!(facts, [(area(0, 0, 3, 2), 3, 10), (area(4, 0, 5, 2), 2, 6), (area(0, 3, 5, 4), 5, 12)]);
}

#[test]
fn a_component_that_closes_late_is_one() {
    let (set, width) = bits(&["#.#.#", "#.#.#", "#####"]);
    let found = components(&runs_of(&set, width));
    assert_eq!(found.len(), 1);
    // Sides: 3 columns of 2 above a bar. 15 pixels less 4 holes = 11 set; adjacencies 4 + 3 + 3 = 10.
    assert_eq!((found[0].ink, found[0].perimeter), (11, 4 * 11 - 2 * 10));
}

/// The threshold by its definition.
fn naive_sauvola(luma: &[u8], width: usize) -> Vec<bool> {
    let height = luma.len() / width;
    let radius = (width.min(height) / 40).clamp(12, 60);
    (0..luma.len())
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let window: Vec<f64> = (y.saturating_sub(radius)..(y + radius + 1).min(height))
                .flat_map(|y| (x.saturating_sub(radius)..(x + radius + 1).min(width)).map(move |x| (x, y)))
                .map(|(x, y)| f64::from(luma[y * width + x]))
                .collect();
            let mean = window.iter().sum::<f64>() / window.len() as f64;
            let variance = window.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / window.len() as f64;
            f64::from(luma[i]) < mean * (1.0 + 0.2 * (variance.sqrt() / 128.0 - 1.0))
        })
        .collect()
}

#[test]
fn the_threshold_is_sauvolas() {
    for (width, height) in [(1, 1), (1, 40), (40, 1), (31, 170), (60, 27)] {
        let luma: Vec<u8> = (0..width * height).map(|i| ((i * 7919 + i * i * 31) % 253) as u8).collect();
        assert_eq!(sauvola(&luma, width), naive_sauvola(&luma, width), "{width}x{height}");
    }
    assert!(sauvola(&[], 0).is_empty());
    assert!(!sauvola(&[200; 300], 20).contains(&true), "a flat page has no ink");
}

/// Letters as blocks of 6 by 12 pixels with a hole, 9 apart, four to a word, on lines that fall by `slope`.
fn page(width: usize, height: usize, slope: f64) -> Vec<u8> {
    let mut luma = vec![220; width * height];
    for line in 0..(height - 40) / 30 {
        for letter in 0..(width - 30) / 9 {
            if letter % 5 == 4 {
                continue;
            }
            let x0 = 15 + 9 * letter;
            let y0 = 12 + 30 * line + (slope * x0 as f64) as usize;
            for (x, y) in (0..6).flat_map(|x| (0..12).map(move |y| (x, y))) {
                if !((2..4).contains(&x) && (3..9).contains(&y)) && y0 + y < height {
                    luma[(y0 + y) * width + x0 + x] = 40;
                }
            }
        }
    }
    luma
}

#[test]
fn letters_words_and_lines_are_found_on_straight_and_skewed_pages() {
    for slope in [0.0, 0.03] {
        let text = TextLines::of(&page(300, 200, slope), 300);
        assert_eq!(text.lines.len(), 5, "slope {slope}");
        // 30 places a line, each fifth a space.
        assert_eq!(text.glyphs.len(), 5 * 24, "slope {slope}");
        assert_eq!(text.words.len(), 5 * 6, "slope {slope}");
        assert!(text.document);
        let first = &text.glyphs[0];
        assert_eq!((first.area.left, first.area.right, first.area.height()), (15, 21, 12));
        assert_eq!((first.ink, first.perimeter), (72 - 12, 2 * 18 + 2 * 8));
        assert_eq!(text.lines[0].height, 12.0);
        for (number, line) in text.lines.iter().enumerate() {
            assert!(text.words[line.words.clone()].iter().all(|word| word.line == number));
        }
        let runs = &text.runs[first.runs.clone()];
        assert_eq!(runs.iter().map(|run| (run.right - run.left) as usize).sum::<usize>(), first.ink);
    }
}

#[test]
fn a_dot_belongs_to_its_stem() {
    let mut luma = page(300, 200, 0.0);
    // The second line's first letter becomes an i.
    for y in 42 + 3..42 + 5 {
        luma[y * 300 + 15..y * 300 + 21].fill(220);
    }
    let text = TextLines::of(&luma, 300);
    let glyph = &text.glyphs[24];
    assert_eq!((glyph.area.top, glyph.area.bottom, glyph.area.left), (42, 54, 15));
    assert_eq!(text.glyphs.len(), 120);
}

#[test]
fn noise_flat_and_tiny_pictures_are_no_documents() {
    let noise: Vec<u8> =
        (0..300_u64 * 200).map(|i| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
    assert!(!TextLines::of(&noise, 300).document);
    for (width, height) in [(0, 0), (1, 1), (1, 500), (500, 1), (7, 3), (3, 900)] {
        let text = TextLines::of(&vec![128; width * height], width);
        assert!(!text.document && text.lines.is_empty(), "{width}x{height}");
    }
}

#[test]
fn a_departure_is_counted_in_robust_deviations() {
    // Seven units in a row with the features 0 to 5 and 9; the last is compared with the median 2.5 and the
    // median absolute deviation 1.5 of the others.
    let unit = |i: usize, value| Unit {
        area: Area { left: 20 * i, top: 0, right: 20 * i + 10, bottom: 10 },
        height: 10.0,
        features: [Some(value), None],
    };
    let mut units: Vec<_> = (0..6).map(|i| unit(i, i as f32)).collect();
    units.push(unit(6, 9.0));
    let found = departures(&units, &[0.0, 1.0]);
    assert!((found[6][0] - 6.5 / (1.4826 * 1.5)).abs() < 1e-5);
    assert_eq!(found[6][1], 0.0, "what was not measured does not depart");
    // A floor adds in squares.
    let deviation = 1.4826_f32 * 1.5;
    assert!((departures(&units, &[2.0, 1.0])[6][0] - 6.5 / deviation.hypot(2.0)).abs() < 1e-5);
    // Five others are too few.
    assert!(departures(&units[..6], &[0.0, 1.0]).iter().all(|z| *z == [0.0, 0.0]));
}

#[test]
fn units_of_another_size_are_compared_only_in_want_of_like_ones() {
    let unit = |i: usize, height, value| Unit {
        area: Area { left: 20 * i, top: 0, right: 20 * i + 10, bottom: 10 },
        height,
        features: [Some(value)],
    };
    let mut units: Vec<_> = (0..8).map(|i| unit(i, 10.0, 1.0)).collect();
    units.extend((8..16).map(|i| unit(i, 30.0, 5.0)));
    assert!(departures(&units, &[1.0]).iter().all(|z| *z == [0.0]));
    units.truncate(9);
    assert_eq!(departures(&units, &[1.0])[8], [4.0]);
}
