use indicia_core::Picture;

use super::*;
use crate::corrupt::medical::tests::{compare, compare_flat, drawn, made, picture};
use crate::corrupt::{CORRUPTIONS, Suite};

const JSON: &str = include_str!("fixtures/reference.json");

#[test]
fn outputs_are_near_those_of_endoscopycorruptions() {
    compare(JSON, include_bytes!("fixtures/reference.png"), "endoscopic", |case, source| {
        let shifts = case["shifts"].as_array()?;
        Some(published::tests::changed(source.clone(), std::array::from_fn(|i| shifts[i].as_f64().unwrap())))
    });
}

#[test]
fn noise_is_distributed_as_that_of_endoscopycorruptions() {
    // Specks are white, and an enlargement makes neighbours alike.
    compare_flat(JSON, "endoscopic", |recipe| if recipe.starts_with("specular") { 12.0 } else { 1.0 });
}

fn of_these_suites() -> impl Iterator<Item = &'static Corruption> {
    CORRUPTIONS.iter().copied().filter(|c| c.suite != Suite::Common)
}

fn change(a: &Picture, b: &Picture) -> f64 {
    let sum: u64 = a.rgb.iter().zip(&b.rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.rgb.len() as f64
}

#[test]
fn severities_grow() {
    let source = picture(112, 90, false);
    for c in of_these_suites() {
        // Numbers of blots, bubbles and words are drawn from 1 up to a number: means of many draws grow.
        let seeds = if ["bubble", "characters", "stain_deposit"].contains(&c.id) { 150 } else { 6 };
        let of = |values: &&[f64]| {
            (0..seeds).map(|seed| change(&drawn(c.id, values, &source, seed), &source)).sum::<f64>()
                / seeds as f64
        };
        let changes: Vec<f64> = c.severities.iter().map(of).collect();
        assert!(changes.first().is_none_or(|v| *v > 0.0), "{}: {changes:?}", c.id);
        assert!(changes.windows(2).all(|w| w[0] < w[1]), "{}: {changes:?}", c.id);
    }
}

#[test]
fn a_seed_gives_the_same_and_another_seed_another_picture() {
    const FIXED: [&str; 16] = [
        "black_corner",
        "brightness_down",
        "brightness_up",
        "contrast_down",
        "contrast_up",
        "gamma_corr_down",
        "gamma_corr_up",
        "gaussian_blur_window",
        "grayscale",
        "lens_distortion",
        "over_exposure",
        "pixelate_box",
        "resolution_change",
        "under_exposure",
        "vignetting",
        "zoom_blur_centred",
    ];
    let source = picture(60, 50, false);
    for c in of_these_suites() {
        let values = c.severities.last().copied().unwrap_or_default();
        let of = |seed| drawn(c.id, values, &source, seed);
        let all: Vec<Picture> = (0..8).map(of).collect();
        assert_eq!(all[3], of(3), "{}", c.id);
        let differs = all.iter().any(|other| *other != all[0]);
        assert_eq!(differs, !FIXED.contains(&c.id), "{}", c.id);
    }
}

#[test]
fn every_size_is_done() {
    for (width, height) in [(1, 1), (1, 7), (7, 1), (2, 2), (3, 5), (3000, 1), (1, 3000), (700, 3), (33, 16)]
    {
        let source = picture(width, height, false);
        for c in of_these_suites() {
            let lists = if c.severities.is_empty() { &[&[][..]] } else { c.severities };
            for values in lists {
                let out = drawn(c.id, values, &source, 3);
                let size = (out.width, out.height, out.rgb.len());
                assert_eq!(size, (width, height, source.rgb.len()), "{} {values:?}", c.id);
            }
        }
    }
}

#[test]
fn every_bound_of_every_value_is_done() {
    let source = picture(24, 18, false);
    for c in of_these_suites() {
        let bounds: [fn(&Parameter) -> f64; 2] = [|p| p.min, |p| p.max];
        for bound in bounds {
            let values: Vec<f64> = c.parameters.iter().map(bound).collect();
            assert_eq!(drawn(c.id, &values, &source, 3).rgb.len(), source.rgb.len(), "{} {values:?}", c.id);
        }
    }
}

fn mean(picture: &Picture, channel: usize) -> f64 {
    let sum: u64 = picture.rgb.iter().skip(channel).step_by(3).map(|v| u64::from(*v)).sum();
    sum as f64 / (picture.width * picture.height) as f64
}

fn deviation(picture: &Picture) -> f64 {
    let mean = mean(picture, 1);
    let sum: f64 = picture.rgb.iter().skip(1).step_by(3).map(|v| (f64::from(*v) - mean).powi(2)).sum();
    (sum / (picture.width * picture.height) as f64).sqrt()
}

fn flat(level: u8) -> Picture {
    Picture { width: 200, height: 160, rgb: vec![level; 200 * 160 * 3] }
}

#[test]
fn nothing_at_strength_zero() {
    let source = picture(50, 40, false);
    for id in [
        "smoke",
        "blood_tint",
        "bubbles",
        "specular_flashes",
        "over_exposure",
        "under_exposure",
        "vignetting",
        "interlacing",
    ] {
        assert_eq!(drawn(id, &[0.0], &source, 1), source, "{id}");
    }
    assert_eq!(drawn("instrument_shadow", &[0.2, 0.0], &source, 1), source);
}

#[test]
fn smoke_hides_and_blood_reddens() {
    let source = picture(200, 160, false);
    assert!(deviation(&drawn("smoke", &[2.0], &source, 1)) < 0.5 * deviation(&source));
    // Dense smoke is its own light: sRGB 188 and a little above for blue.
    let dense = drawn("smoke", &[20.0], &source, 1);
    assert!((mean(&dense, 0) - 188.0).abs() < 3.0 && mean(&dense, 2) > mean(&dense, 0));
    let blood = drawn("blood_tint", &[1.5], &flat(180), 1);
    assert!(mean(&blood, 0) > 1.4 * mean(&blood, 1) && mean(&blood, 1) < 140.0);
}

#[test]
fn shares_are_covered() {
    // A flat picture shows what is changed, and how far.
    let covered = |id: &str, share: f64, far: u8| {
        let of = |seed| {
            let out = drawn(id, &[share], &flat(120), seed);
            out.rgb.chunks_exact(3).filter(|p| p.iter().any(|v| v.abs_diff(120) > far)).count()
        };
        (0..8).map(of).sum::<usize>() as f64 / (8.0 * 32_000.0)
    };
    let debris = covered("debris", 0.2, 3);
    assert!((debris - 0.2).abs() < 0.02, "{debris}");
    // Small bubbles cover parts of the pixels around them, others reach beyond the border.
    let bubbles = covered("bubbles", 0.2, 3);
    assert!((0.15..0.28).contains(&bubbles), "{bubbles}");
    // White is the inner part of each flash; flashes of a cluster overlap.
    let flashes = covered("specular_flashes", 0.04, 130);
    assert!((0.015..0.05).contains(&flashes), "{flashes}");
}

#[test]
fn light_is_added_or_taken_where_it_should_be() {
    let source = picture(120, 90, false);
    let brighter = |a: &Picture, b: &Picture| a.rgb.iter().zip(&b.rgb).all(|(a, b)| a >= b);
    for id in ["over_exposure", "specular_flashes"] {
        assert!(brighter(&drawn(id, &[0.4], &source, 2), &source), "{id}");
    }
    for (id, values) in
        [("under_exposure", &[1.0][..]), ("vignetting", &[0.9]), ("instrument_shadow", &[0.3, 0.9])]
    {
        assert!(brighter(&source, &drawn(id, values, &source, 2)), "{id}");
    }
    // The middle keeps its light, a corner keeps a tenth: sRGB of 0.1 times that of 200 (0.578) is 68.
    let dark =
        drawn("vignetting", &[0.9], &Picture { width: 101, height: 101, rgb: vec![200; 101 * 101 * 3] }, 1);
    assert_eq!((dark.rgb[(50 * 101 + 50) * 3], dark.rgb[0]), (200, 68));
}

#[test]
fn every_second_row_moves() {
    let source = picture(100, 8, false);
    let out = drawn("interlacing", &[0.05], &source, 1);
    for (y, (new, old)) in out.rgb.chunks(300).zip(source.rgb.chunks(300)).enumerate() {
        if y % 2 == 0 {
            assert_eq!(new, old);
        } else {
            // Five of a hundred pixels, to one side or the other.
            assert!(new[15..] == old[..285] || new[..285] == old[15..], "row {y}");
        }
    }
}

#[test]
fn fog_on_the_lens_comes_from_the_rim() {
    let source = picture(160, 160, false);
    let out = drawn("lens_fogging", &[0.3], &source, 4);
    let part = |p: &Picture, x: usize, y: usize| -> Vec<u8> {
        (y..y + 12).flat_map(|y| p.rgb[(y * 160 + x) * 3..(y * 160 + x + 12) * 3].to_vec()).collect()
    };
    let off = |x: usize, y: usize| {
        let (a, b) = (part(&out, x, y), part(&source, x, y));
        a.iter().zip(&b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>() as f64 / a.len() as f64
    };
    let corners = [(0, 0), (148, 0), (0, 148), (148, 148)].map(|(x, y)| off(x, y)).iter().sum::<f64>() / 4.0;
    assert!(off(74, 74) < 0.5 && corners > 10.0, "{} {corners}", off(74, 74));
}

#[test]
fn recipes_of_both_suites_run_in_a_chain() {
    let out = made("smoke@2+bubble@1+characters@5+grayscale", &picture(64, 48, false));
    assert!(out.rgb.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]));
}
