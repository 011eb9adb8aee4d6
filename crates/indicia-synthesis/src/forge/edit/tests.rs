use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::forge::region::{Region, Shape};
use crate::forge::step::Step;
use crate::forge::tests::{page, textured};

fn rectangle(x: usize, y: usize, width: usize, height: usize) -> Region {
    let (w, h) = (width as f64, height as f64);
    Region {
        shape: Shape::Rectangle,
        x: x as f64 + w / 2.0,
        y: y as f64 + h / 2.0,
        area: w * h,
        aspect: w / h,
        angle: 0.0,
        seed: 0,
    }
}

fn at(picture: &Picture, x: usize, y: usize) -> [u8; 3] {
    picture.rgb.as_chunks::<3>().0[y * picture.width + x]
}

/// Every pixel at which the pictures differ, and only those, has opacity.
fn assert_outside_equal(before: &Picture, edited: &Edited) {
    for y in 0..before.height {
        for x in 0..before.width {
            let touched = edited.altered.iter().any(|p| p.at(x as i64, y as i64) > 0);
            assert!(touched || at(before, x, y) == at(&edited.picture, x, y), "{x}, {y}");
        }
    }
}

#[test]
fn a_splice_of_another_colour_changes_exactly_its_mask() {
    let background = Picture { width: 30, height: 20, rgb: vec![10; 1800] };
    let donor = Picture { width: 12, height: 10, rgb: vec![200; 360] };
    let splice = Splice {
        region: Region { shape: Shape::Ellipse, ..rectangle(3, 2, 6, 5) },
        donor_steps: vec![],
        transform: Transform::shift(10, 4),
        match_colour: 0.0,
        feather: 0.0,
    };
    let edited = Edit::Splice(splice.clone()).apply(&background, Some(&donor)).unwrap();
    let patch = &edited.altered[0];
    for y in 0..20 {
        for x in 0..30 {
            let new = if patch.at(x as i64, y as i64) > 0 { 200 } else { 10 };
            assert_eq!(at(&edited.picture, x, y), [new; 3]);
        }
    }
    let region = splice.region.draw(&donor).unwrap();
    assert_eq!((patch.area(), patch.x, patch.y), (region.area(), region.x + 10, region.y + 4));
    // Soft edges mix: 10 + alpha / 255 * 190, to the nearest.
    let soft = Splice { feather: 1.0, ..splice.clone() };
    let edited = Edit::Splice(soft).apply(&background, Some(&donor)).unwrap();
    assert_outside_equal(&background, &edited);
    let patch = &edited.altered[0];
    let alpha = patch.at(patch.x as i64 + 3, patch.y as i64 + 5);
    let expected = (10.0 + f64::from(alpha) / 255.0 * 190.0).round() as u8;
    assert_eq!(at(&edited.picture, patch.x + 3, patch.y + 5), [expected; 3]);
    assert!(alpha > 0 && alpha < 255);
    // Full matching of colours brings the mean to the background's.
    let matched = Splice { match_colour: 1.0, ..splice.clone() };
    let edited = Edit::Splice(matched).apply(&background, Some(&donor)).unwrap();
    assert_eq!(edited.picture, background);
    assert!(Edit::Splice(splice).apply(&background, None).is_err());
}

#[test]
fn copies_equal_their_sources() {
    let picture = textured(60, 50, 1);
    let copied = |transform| Copied { transform, brightness: 0.0 };
    let region = Region { shape: Shape::Bezier, ..rectangle(5, 6, 12, 10) };
    let flipped = Transform { flip: true, ..Transform::shift(3, 25) };
    let edit = CopyMove {
        region: region.clone(),
        copies: vec![copied(Transform::shift(30, 9)), copied(flipped)],
        feather: 0.0,
    };
    let edited = Edit::CopyMove(edit).apply(&picture, None).unwrap();
    assert_outside_equal(&picture, &edited);
    let source = &edited.copied_from[0];
    assert_eq!(*source, region.draw(&picture).unwrap());
    assert_eq!(edited.altered[0].area(), source.area());
    assert_eq!(edited.altered[1].area(), source.area());
    // The middle of the rectangle stays in place when it is mirrored.
    let mirrored = |x: usize| 2 * source.x + source.width - 1 - x;
    for y in source.y..source.y + source.height {
        for x in source.x..source.x + source.width {
            if source.at(x as i64, y as i64) > 0 {
                assert_eq!(at(&edited.picture, x + 30, y + 9), at(&picture, x, y));
                assert_eq!(at(&edited.picture, mirrored(x) + 3, y + 25), at(&picture, x, y));
            }
        }
    }
}

#[test]
fn a_quarter_turn_moves_pixels_and_brightness_is_added() {
    let picture = textured(40, 40, 2);
    let turn = Transform { rotation: 90.0, ..Transform::shift(20, 20) };
    let edit = CopyMove {
        region: rectangle(4, 4, 8, 8),
        copies: vec![Copied { transform: turn, brightness: 7.0 }],
        feather: 0.0,
    };
    let edited = Edit::CopyMove(edit).apply(&picture, None).unwrap();
    // Clockwise around (8, 8): the pixel at (4 + i, 4 + j) comes to (11 - j, 4 + i), then moves by 20.
    for (i, j) in (0..8).flat_map(|i| (0..8).map(move |j| (i, j))) {
        let (from, to) = (at(&picture, 4 + i, 4 + j), at(&edited.picture, 31 - j, 24 + i));
        for k in 0..3 {
            // Sine and cosine of a right angle are off by 1e-16, so that pixels are computed.
            assert!(to[k].abs_diff(from[k].saturating_add(7)) <= 1, "{from:?} {to:?}");
        }
    }
}

#[test]
fn regions_over_the_border_are_cut_and_those_outside_refused() {
    let picture = textured(40, 40, 3);
    let copy = |dx, dy| {
        let copies = vec![Copied { transform: Transform::shift(dx, dy), brightness: 0.0 }];
        Edit::CopyMove(CopyMove { region: rectangle(10, 10, 8, 8), copies, feather: 0.0 })
            .apply(&picture, None)
    };
    assert_eq!(copy(26, 0).unwrap().altered[0].area(), 4 * 8);
    assert!(copy(100, 0).is_err());
    assert!(copy(i64::MAX, i64::MIN).is_err());
}

#[test]
fn diffusion_goes_on_with_a_ramp() {
    let ramp: Vec<u8> = (0..40).flat_map(|_| (0..60).flat_map(|x| [40 + 2 * x as u8; 3])).collect();
    let picture = Picture { width: 60, height: 40, rgb: ramp };
    let removal = |region, fill| {
        let edit = Edit::Removal(Removal { region, fill, seed: 1 });
        let edited = edit.apply(&picture, None).unwrap();
        assert_outside_equal(&picture, &edited);
        edited.picture
    };
    let filled = removal(rectangle(20, 12, 14, 10), Fill::Diffusion);
    for (x, y) in (12..22).flat_map(|y| (20..34).map(move |x| (x, y))) {
        let (got, expected) = (at(&filled, x, y)[0], at(&picture, x, y)[0]);
        assert!(got.abs_diff(expected) <= 1, "{x}, {y}: {got}, expected {expected}");
    }
    // At the border of the picture, and where hardly anything else is left.
    for fill in [Fill::Diffusion, Fill::Exemplar] {
        removal(rectangle(0, 0, 9, 40), fill);
        removal(rectangle(1, 1, 58, 38), fill);
    }
    let everything = Removal { region: rectangle(0, 0, 60, 40), fill: Fill::Exemplar, seed: 1 };
    assert!(everything.apply(&picture).is_err());
}

#[test]
fn patches_go_on_with_a_pattern() {
    // A pattern of period 8 and 6: what fits to the border of the hole tells all of it.
    let value = |x: usize, y: usize| [(x % 8 * 30) as u8, (y % 6 * 40) as u8, ((x % 8) * (y % 6) * 5) as u8];
    let rgb = (0..96 * 80).flat_map(|i| value(i % 96, i / 96)).collect();
    let picture = Picture { width: 96, height: 80, rgb };
    let edit = Edit::Removal(Removal { region: rectangle(40, 30, 16, 14), fill: Fill::Exemplar, seed: 4 });
    let edited = edit.apply(&picture, None).unwrap();
    assert_outside_equal(&picture, &edited);
    let wrong = (30..44)
        .flat_map(|y| (40..56).map(move |x| (x, y)))
        .filter(|(x, y)| {
            at(&edited.picture, *x, *y).iter().zip(value(*x, *y)).any(|(a, b)| a.abs_diff(b) > 6)
        })
        .count();
    assert!(wrong <= 11, "{wrong} of 224 pixels");
    assert_eq!(edit.apply(&picture, None).unwrap(), edited);
}

#[test]
fn local_steps_see_what_lies_around_and_change_the_region_alone() {
    let picture = textured(120, 100, 5);
    let local =
        Local { region: rectangle(50, 40, 20, 20), steps: vec![Step::Blur { sigma: 2.0 }], feather: 0.0 };
    let edited = Edit::LocalBlur(local.clone()).apply(&picture, None).unwrap();
    assert_outside_equal(&picture, &edited);
    // As if the whole picture had been blurred.
    let whole = Step::Blur { sigma: 2.0 }.apply(&picture).unwrap();
    assert_eq!(at(&edited.picture, 50, 40), at(&whole, 50, 40));
    assert_eq!(at(&edited.picture, 69, 59), at(&whole, 69, 59));
    let shrinking = Local { steps: vec![Step::Resize { width: 9, height: 9 }], ..local };
    assert!(Edit::LocalBlur(shrinking).apply(&picture, None).is_err());
}

#[test]
fn a_self_blend_mixes_by_its_ratio() {
    let picture = textured(100, 90, 6);
    let gain = Step::Colour { gain: [1.0; 3], offset: [20.0; 3], saturation: 1.0 };
    let blend = SelfBlend {
        region: rectangle(20, 20, 50, 40),
        steps: vec![gain],
        scale: 1.0,
        dx: 0.0,
        dy: 0.0,
        elastic: 0.0,
        elastic_sigma: 7.0,
        blur: [1.0, 1.5],
        ratio: 0.5,
        seed: 1,
    };
    let edited = Edit::SelfBlend(blend.clone()).apply(&picture, None).unwrap();
    assert_outside_equal(&picture, &edited);
    let (before, after) = (at(&picture, 45, 40), at(&edited.picture, 45, 40));
    assert_eq!(edited.altered[0].at(45, 40), 128);
    for k in 0..3 {
        assert_eq!(after[k], before[k] + 10);
    }
    // Deformed, the mask keeps about its area and moves.
    let area = |blend: SelfBlend| {
        let patch = Edit::SelfBlend(blend).apply(&picture, None).unwrap().altered.remove(0);
        patch.alpha.iter().filter(|a| **a >= 64).count()
    };
    let bent = SelfBlend { elastic: 200.0, dx: 5.0, ..blend.clone() };
    assert!(area(bent).abs_diff(2000) < 300);
    assert!(Edit::SelfBlend(SelfBlend { scale: 0.0, ..blend.clone() }).apply(&picture, None).is_err());
    assert!(Edit::SelfBlend(SelfBlend { blur: [f64::NAN; 2], ..blend }).apply(&picture, None).is_err());
}

#[test]
fn lines_words_and_glyphs_are_found() {
    let (picture, words) = page(9);
    let layout = Layout::of(&picture);
    let found: Vec<Vec<usize>> =
        layout.lines.iter().map(|l| l.words.iter().map(|w| w.glyphs.len()).collect()).collect();
    assert_eq!(found, words);
    let line = &layout.lines[0];
    assert!(layout.is_free(&line.area.widened(2, picture.width, picture.height), &line.area));
    assert!(!layout.is_free(&line.area, &line.words[0].area));
    // Nothing on it, or a picture of something else.
    assert!(Layout::of(&Picture { width: 90, height: 70, rgb: vec![250; 18_900] }).lines.is_empty());
    assert!(Layout::of(&Picture { width: 0, height: 0, rgb: vec![] }).lines.is_empty());
}

#[test]
fn what_changes_places_keeps_its_pixels_and_takes_the_papers_colour() {
    let mut rgb = vec![240; 40 * 20 * 3];
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    // Ink at two places; the right half of the paper is 15 darker.
    for (i, pixel) in rgb.as_chunks_mut::<3>().0.iter_mut().enumerate() {
        let (x, y) = (i % 40, i / 40);
        let ink = (5..11).contains(&y) && ((4..8).contains(&x) || (24..28).contains(&x)) && rng.random();
        *pixel = [if ink { 60 } else { 240 } - if x >= 20 { 15 } else { 0 }; 3];
    }
    let picture = Picture { width: 40, height: 20, rgb };
    let from = Rect { x: 2, y: 3, width: 8, height: 10 };
    let moves = vec![Move { from, x: 22, y: 3 }, Move { from: Rect { x: 22, ..from }, x: 2, y: 3 }];
    let edited = Edit::TextSwap(Moves { moves }).apply(&picture, None).unwrap();
    assert_outside_equal(&picture, &edited);
    for (x, y) in (3..13).flat_map(|y| (2..10).map(move |x| (x, y))) {
        assert_eq!(at(&edited.picture, x + 20, y)[0], at(&picture, x, y)[0] - 15);
        assert_eq!(at(&edited.picture, x, y)[0], at(&picture, x + 20, y)[0] + 15);
    }
    let outside = Moves { moves: vec![Move { from, x: 33, y: 3 }] };
    assert!(outside.apply(&picture).is_err());
    let endless = Rect { width: usize::MAX, ..from };
    assert!(Moves { moves: vec![Move { from: endless, x: 0, y: 0 }] }.apply(&picture).is_err());
}
