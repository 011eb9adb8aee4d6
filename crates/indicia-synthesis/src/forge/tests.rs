use indicia_codec::jpeg::{Jpeg, standard_tables};
use indicia_codec::{Pixels, open};
use indicia_core::{Limits, Picture};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// A picture with structures of all sizes, as scenes have them.
pub(super) fn textured(width: usize, height: usize, seed: u64) -> Picture {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let waves: Vec<[f64; 6]> = (0..24)
        .map(|i| {
            let frequency = 0.02 * 1.22_f64.powi(i);
            let angle = rng.random_range(0.0..6.3_f64);
            let phase = rng.random_range(0.0..6.3);
            let strength = 10.0 / (1.0 + f64::from(i) * 0.1);
            let tint = rng.random_range(0.4..1.0);
            [frequency * angle.cos(), frequency * angle.sin(), phase, strength, tint, 1.0 - tint / 2.0]
        })
        .collect();
    let value = |i: usize| {
        let (x, y) = ((i % width) as f64, (i / width) as f64);
        let mut sum = [120.0; 3];
        for [fx, fy, phase, strength, red, blue] in &waves {
            let v = strength * (fx * x + fy * y + phase).sin();
            sum = [sum[0] + v * red, sum[1] + v, sum[2] + v * blue];
        }
        sum.map(|v| v.clamp(0.0, 255.0) as u8)
    };
    Picture { width, height, rgb: (0..width * height).flat_map(value).collect() }
}

/// A page of words made of glyph-like marks, and how many glyphs each word of each line has.
pub(super) fn page(lines: usize) -> (Picture, Vec<Vec<usize>>) {
    let (width, height) = (420, 30 * lines + 30);
    let mut rgb = vec![245; width * height * 3];
    let mut rng = ChaCha8Rng::seed_from_u64(77);
    let mut words = vec![];
    for line in 0..lines {
        let (mut x, top) = (20, 20 + 30 * line);
        let mut counts = vec![];
        while x < 330 {
            let count = rng.random_range(3..6);
            counts.push(count);
            for _ in 0..count {
                // A stem, and bars at random heights that hang on it.
                for y in 0..14 {
                    let bar = y == 0 || y == 13 || rng.random_ratio(1, 4);
                    for column in 0..if bar { 8 } else { 2 } {
                        let at = ((top + y) * width + x + column) * 3;
                        rgb[at..at + 3].fill(40);
                    }
                }
                x += 11;
            }
            x += 16;
        }
        words.push(counts);
    }
    (Picture { width, height, rgb }, words)
}

fn source(name: &str) -> Source {
    let name = name.to_owned();
    let (path, digest, group) = (name.clone(), name.clone(), name);
    Source { path, digest, group, domain: None, quality: None, width: 300, height: 220 }
}

fn read(bytes: &[u8]) -> Picture {
    let evidence = open(bytes.to_vec(), Limits::default()).unwrap();
    let pixels = evidence.view::<Pixels>(()).unwrap();
    Picture { width: pixels.width, height: pixels.height, rgb: pixels.to_rgb8() }
}

fn mask_of(made: &Made) -> Vec<bool> {
    read(made.mask.as_ref().unwrap()).rgb.chunks(3).map(|p| p[0] == 255).collect()
}

fn drawn(kind: Option<Kind>, histories: &Histories, seed: u64) -> (Recipe, Made) {
    let text = kind.is_some_and(Kind::needs_text);
    let picture = if text { page(10).0 } else { textured(300, 220, seed) };
    let donor = textured(260, 240, seed + 1000);
    let request = Request { kind, histories, size: None, mask: MaskRule::Any, twin: true };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (recipe, made) =
        draw(&request, (&source("a"), &picture), Some((&source("b"), &donor)), &mut rng).unwrap();
    // The recipe, written and read, makes the same files.
    let again: Recipe = serde_json::from_str(&serde_json::to_string(&recipe).unwrap()).unwrap();
    assert_eq!(again, recipe);
    assert!(again.make(&picture, Some(&donor)).unwrap() == made, "{kind:?} {seed}");
    (recipe, made)
}

#[test]
fn a_twin_differs_from_its_forgery_only_where_the_mask_is() {
    let histories = Histories { quality_last: None, ..Histories::DEFAULT };
    for info in KINDS {
        for seed in 0..6 {
            let (recipe, made) = drawn(Some(info.kind), &histories, seed);
            assert_eq!(recipe.edit.as_ref().unwrap().kind(), info.id);
            let (forgery, twin) = (read(&made.picture), read(made.twin.as_ref().unwrap()));
            let mask = mask_of(&made);
            assert_eq!(
                (forgery.width, forgery.height, mask.len()),
                (made.width, made.height, made.width * made.height)
            );
            let differ: Vec<bool> =
                forgery.rgb.chunks(3).zip(twin.rgb.chunks(3)).map(|(a, b)| a != b).collect();
            let outside = differ.iter().zip(&mask).filter(|(differ, mask)| **differ && !**mask).count();
            assert_eq!(outside, 0, "{} {seed}", info.id);
            let inside = differ.iter().filter(|d| **d).count();
            let altered = mask.iter().filter(|m| **m).count();
            assert_eq!(altered, made.altered);
            assert!(inside * 10 >= altered, "{} {seed}: {inside} of {altered}", info.id);
        }
    }
}

#[test]
fn the_mask_goes_along_when_the_picture_is_resized_and_noise_is_the_twins() {
    let histories = Histories {
        quality_last: None,
        scale_after: Some((0.6, 0.6)),
        noise: Some((2.0, 2.0)),
        scale_before: Some((1.3, 1.3)),
        ..Histories::DEFAULT
    };
    let (recipe, made) = drawn(Some(Kind::Splice), &histories, 3);
    let (before, after) = recipe.resizes();
    assert!((before.unwrap() - 1.3).abs() < 0.01 && (after.unwrap() - 0.6).abs() < 0.01);
    let (forgery, twin, mask) = (read(&made.picture), read(made.twin.as_ref().unwrap()), mask_of(&made));
    assert_eq!((forgery.width, forgery.height), (made.width, made.height));
    // Away from the mask's edge, nothing differs.
    let near = indicia_ops::morphology::dilate_square(&mask, made.width, 3);
    for (i, (a, b)) in forgery.rgb.chunks(3).zip(twin.rgb.chunks(3)).enumerate() {
        assert!(near[i] || a == b, "pixel {i}");
    }
    assert!(mask.iter().any(|m| *m) && mask.iter().any(|m| !m));
}

/// Luminance coefficients of one frequency, with whether their blocks lie wholly inside or outside the mask.
fn coefficients(made: &Made, frequency: usize) -> Vec<(i16, bool)> {
    let evidence = open(made.picture.clone(), Limits::default()).unwrap();
    let jpeg = evidence.view::<Jpeg>(()).unwrap();
    let (mask, luma) = (mask_of(made), &jpeg.components[0]);
    let whole = |block: usize| {
        let (bx, by) = (block % luma.blocks_wide * 8, block / luma.blocks_wide * 8);
        if bx + 8 > made.width || by + 8 > made.height {
            return None;
        }
        let set = (0..64).filter(|i| mask[(by + i / 8) * made.width + bx + i % 8]).count();
        (set == 0 || set == 64).then_some(set == 64)
    };
    let blocks = luma.blocks.iter().enumerate();
    blocks.filter_map(|(i, block)| Some((block[frequency], whole(i)?))).collect()
}

#[test]
fn the_first_save_is_in_the_coefficients_of_the_background_and_not_of_the_region() {
    let preset = PRESETS.iter().find(|p| p.id == "dq_splice").unwrap();
    let histories =
        Histories { quality_first: Some((50, 50)), quality_last: Some((95, 95)), ..preset.histories };
    let (first, last) = (standard_tables(50)[0][1], standard_tables(95)[0][1]);
    assert_eq!((first, last), (11, 1));
    let (mut near, mut all) = ([0; 2], [0; 2]);
    for seed in 0..6 {
        let (recipe, made) = drawn(preset.kind, &histories, seed);
        assert!(matches!(recipe.before[..], [Step::Jpeg { quality: 50, .. }]));
        for (value, inside) in coefficients(&made, 1).into_iter().filter(|(v, _)| v.unsigned_abs() > 5) {
            let off = i32::from(value).rem_euclid(11).min(11 - i32::from(value).rem_euclid(11));
            near[usize::from(inside)] += usize::from(off <= 1);
            all[usize::from(inside)] += 1;
        }
    }
    // Within 1 of a multiple of 11: by chance 3 of 11.
    let [outside, inside] = [0, 1].map(|i| near[i] as f64 / all[i] as f64);
    assert!(all[0] > 500 && all[1] > 50, "{all:?}");
    assert!(outside > 0.9 && inside < 0.5, "{outside} and {inside}");
}

#[test]
fn presets_keep_and_break_grids_as_they_say() {
    for preset in PRESETS {
        for seed in 0..4 {
            let (recipe, made) = drawn(preset.kind, &preset.histories, seed);
            assert!(!recipe.before.iter().any(|step| matches!(step, Step::Crop { .. })));
            match &recipe.edit {
                Some(Edit::Splice(splice)) if preset.histories.region_grid == Grid::Break => {
                    let (dx, dy) = (splice.transform.dx, splice.transform.dy);
                    assert!(splice.transform.is_shift() && (dx % 8, dy % 8) != (0, 0), "{}", preset.id);
                }
                Some(_) => assert_eq!(preset.id, "noise_splice"),
                None => {
                    assert_eq!(preset.kind, None);
                    assert!(made.mask.is_none() && made.twin.is_none());
                }
            }
        }
    }
}

#[test]
fn masks_of_half_opacity_are_smaller() {
    let picture = textured(200, 200, 8);
    let request = Request {
        kind: Some(Kind::SelfBlend),
        histories: &Histories::DEFAULT,
        size: None,
        mask: MaskRule::Any,
        twin: false,
    };
    let (recipe, made) =
        draw(&request, (&source("a"), &picture), None, &mut ChaCha8Rng::seed_from_u64(5)).unwrap();
    let half = Recipe { mask: MaskRule::Half, ..recipe };
    let less = half.make(&picture, None).map(|made| made.altered).unwrap_or(0);
    assert!(less < made.altered, "{less} and {}", made.altered);
    assert!(made.twin.is_none());
}

#[test]
fn pictures_that_do_not_serve_are_refused_with_the_reason() {
    let refused = |kind, width, height, donor: bool| {
        let picture = textured(width, height, 1);
        let request = Request {
            kind: Some(kind),
            histories: &Histories::DEFAULT,
            size: None,
            mask: MaskRule::Any,
            twin: true,
        };
        let other = source("b");
        let donor = donor.then_some((&other, &picture));
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        draw(&request, (&source("a"), &picture), donor, rng).unwrap_err().to_string()
    };
    assert!(refused(Kind::CopyMove, 63, 100, false).contains("at least 64 pixels, got 63x100"));
    assert!(refused(Kind::Splice, 100, 100, false).contains("another source in the same split"));
    assert!(refused(Kind::TextSwap, 200, 200, false).contains("4 lines of text and 40 glyphs, got"));
    // Nothing to be seen: a flat picture.
    let flat = Picture { width: 100, height: 100, rgb: vec![128; 30_000] };
    let histories = Histories { quality_first: None, ..Histories::DEFAULT };
    let request = Request {
        kind: Some(Kind::LocalBlur),
        histories: &histories,
        size: None,
        mask: MaskRule::Any,
        twin: true,
    };
    let error = draw(&request, (&source("a"), &flat), None, &mut ChaCha8Rng::seed_from_u64(1)).unwrap_err();
    assert!(error.to_string().contains("changes what is seen"), "{error}");
}

#[test]
fn recipes_from_elsewhere_give_errors_and_no_panic() {
    let picture = textured(80, 70, 1);
    let (recipe, _) = drawn(Some(Kind::CopyMove), &Histories::DEFAULT, 1);
    let text = serde_json::to_string(&recipe).unwrap();
    // Every number in turn replaced by a hostile one: files or an error, whatever they are.
    let digits: Vec<(usize, usize)> = {
        let bytes = text.as_bytes();
        let starts = |i: usize| {
            bytes[i].is_ascii_digit()
                && !matches!(bytes[i - 1], b'0'..=b'9' | b'.' | b'-' | b'e' | b':' if bytes[i - 1] != b':')
        };
        (1..bytes.len())
            .filter(|i| starts(*i) && bytes[i - 1] != b'"')
            .map(|i| (i, bytes[i..].iter().take_while(|b| b.is_ascii_digit() || b"+-.e".contains(b)).count()))
            .collect()
    };
    assert!(digits.len() > 10);
    for (at, count) in digits {
        for number in ["0", "-1", "1e300", "9007199254740993", "255"] {
            let changed = format!("{}{number}{}", &text[..at], &text[at + count..]);
            if let Ok(recipe) = serde_json::from_str::<Recipe>(&changed) {
                let large =
                    recipe.before.iter().chain(&recipe.after).any(
                        |step| matches!(step, Step::Resize { width, height } if width * height > 1_000_000),
                    );
                if !large {
                    let _ = recipe.make(&picture, None);
                }
            }
        }
    }
}

#[test]
fn pictures_are_reduced_and_never_enlarged() {
    let picture = textured(100, 60, 1);
    let small = fit(picture.clone(), Some(50)).unwrap();
    assert_eq!((small.width, small.height), (50, 30));
    assert_eq!(fit(picture.clone(), Some(100)).unwrap(), picture);
    assert_eq!(fit(picture.clone(), None).unwrap(), picture);
}
