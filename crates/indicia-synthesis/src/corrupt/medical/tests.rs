use indicia_codec::Pixels;
use indicia_core::{Digest, Limits};
use serde_json::Value;

use super::*;
use crate::corrupt::{Recipe, Seed, find};
use crate::encode;

/// The picture that the script of the fixtures makes: a ramp, a disc, texture in the left third.
pub(in crate::corrupt) fn picture(width: usize, height: usize, gray: bool) -> Picture {
    let sample = |x: i64, y: i64, c: i64| {
        let (w, h) = (width as i64, height as i64);
        let (dx, dy, reach) = (2 * x - w, 2 * y - h, w.min(h) / 2);
        let ramp = (x * 5 + y * 3 + c * 40) % 200 + 20;
        let value = if dx * dx + dy * dy < reach * reach { [200, 60, 40][c as usize] } else { ramp };
        let texture = (x * 31 + y * 17 + c * 13 + x * y * 5) % 41 - 20;
        (if x < w / 3 { value + texture } else { value }).clamp(0, 255) as u8
    };
    let pixels = (0..height as i64).flat_map(|y| (0..width as i64).map(move |x| (x, y)));
    let rgb = pixels.flat_map(|(x, y)| [0, 1, 2].map(|c| sample(x, y, if gray { 1 } else { c }))).collect();
    Picture { width, height, rgb }
}

/// What a recipe makes of a picture.
pub(in crate::corrupt) fn made(recipe: &str, picture: &Picture) -> Picture {
    let bytes = encode::png(picture).unwrap();
    let digest = Digest::of(&bytes);
    let out = Recipe::parse(recipe).unwrap().apply(bytes, digest, 1, &Limits::default()).unwrap();
    let evidence = indicia_codec::open(out.bytes, Limits::default()).unwrap();
    let pixels = evidence.view::<Pixels>(()).unwrap();
    Picture { width: pixels.width, height: pixels.height, rgb: pixels.to_rgb8() }
}

/// What an entry makes of a picture with the random numbers of a seed.
pub(in crate::corrupt) fn drawn(id: &str, values: &[f64], picture: &Picture, seed: u64) -> Picture {
    let limits = Limits::default();
    let context = Context { seed: Seed::of(Digest::of(b""), seed, 0, ""), limits: &limits };
    match (find(id).unwrap().run)(picture.clone(), values, &context).unwrap() {
        Output::Picture(picture) => picture,
        Output::File(_) => panic!("{id} gives a file"),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// The recipe of a case of a fixture: as it is written there, or of a condition of a kind of picture.
fn recipe(case: &Value, kind: &str) -> String {
    if let Some(text) = case["recipe"].as_str().filter(|text| !text.is_empty()) {
        return text.to_owned();
    }
    let modality = modality(case["modality"].as_str().unwrap_or(kind)).unwrap();
    let condition = modality.condition(text(case, "condition")).unwrap();
    modality.recipe(condition, count(&case["severity"])).unwrap()
}

/// Compares stored outputs. `special` makes those that need the library's random numbers.
pub(in crate::corrupt) fn compare(
    json: &str,
    png: &[u8],
    kind: &str,
    special: impl Fn(&Value, &Picture) -> Option<Picture>,
) {
    let reference: Value = serde_json::from_str(json).unwrap();
    let evidence = indicia_codec::open(png.to_vec(), Limits::default()).unwrap();
    let gray = evidence.view::<Pixels>(()).unwrap().to_rgb8();
    let bytes: Vec<u8> = gray.iter().step_by(3).copied().collect();
    let (mut at, mut report, mut wrong) = (0, String::new(), false);
    for case in reference["outputs"].as_array().unwrap() {
        let (width, height) = (count(&case["width"]), count(&case["height"]));
        let expected = &bytes[at..at + width * height * 3];
        at += expected.len();
        let source = picture(width, height, false);
        let got = special(case, &source).unwrap_or_else(|| {
            // Gray kinds of pictures are compared before they are made gray.
            made(recipe(case, kind).trim_end_matches("+grayscale"), &source)
        });
        let off: Vec<u64> = got.rgb.iter().zip(expected).map(|(a, b)| u64::from(a.abs_diff(*b))).collect();
        let max = off.iter().max().copied().unwrap_or(0);
        let mean = off.iter().sum::<u64>() as f64 / off.len() as f64;
        let bad = got.rgb.len() != expected.len()
            || max > case["max"].as_u64().unwrap()
            || mean > case["mean"].as_f64().unwrap();
        wrong |= bad;
        report += &format!("{}{case}: max {max}, mean {mean:.5}\n", if bad { "WRONG " } else { "" });
    }
    assert!(at > 0 && bytes.len() - at < 256, "{at} of {} bytes are used", bytes.len());
    eprintln!("{report}");
    assert!(!wrong, "\n{report}");
}

/// Compares the distribution of noise on pictures of one level. `alike` is how many samples count as one.
pub(in crate::corrupt) fn compare_flat(json: &str, kind: &str, alike: impl Fn(&str) -> f64) {
    let reference: Value = serde_json::from_str(json).unwrap();
    for case in reference["flat"].as_array().unwrap() {
        let recipe = recipe(case, kind);
        let flat = Picture { width: 300, height: 300, rgb: vec![count(&case["level"]) as u8; 270_000] };
        let out = made(&recipe, &flat).rgb;
        let n = out.len() as f64;
        let independent = n / alike(&recipe);
        let expected = |name: &str| case[name].as_f64().unwrap();
        let mean = out.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let deviation = (out.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt();
        // Five standard errors of the difference of two samples of this size.
        let error = expected("deviation") * (2.0 / independent).sqrt();
        assert!((mean - expected("mean")).abs() <= 5.0 * error, "{recipe}, {case}: mean {mean}");
        // The error of a deviation grows with the fourth moment, large for rare impulses.
        let fourth = out.iter().map(|v| (f64::from(*v) - mean).powi(4)).sum::<f64>() / n / deviation.powi(4);
        let spread = (deviation / expected("deviation") - 1.0).abs();
        let allowed = 5.0 * 0.5 * ((fourth - 1.0) * 2.0 / independent).sqrt();
        assert!(spread <= allowed, "{recipe}, {case}: deviation {deviation}, off {spread} of {allowed}");
        for (threshold, share) in [32, 96, 160, 224].iter().zip(case["below"].as_array().unwrap()) {
            let below = out.iter().filter(|v| *v < threshold).count() as f64 / n;
            let share = share.as_f64().unwrap();
            let error = (share * (1.0 - share) * 2.0 / independent).sqrt();
            assert!(
                (below - share).abs() <= 5.0 * error + 3e-5,
                "{recipe}, {case}: {below} below {threshold}"
            );
        }
    }
}

const JSON: &str = include_str!("fixtures/reference.json");

#[test]
fn outputs_are_near_those_of_medmnistc() {
    compare(JSON, include_bytes!("fixtures/reference.png"), "", |case, source| {
        let discs = case["discs"].as_array()?;
        let disc = |d: &Value| std::array::from_fn(|i| d[i].as_i64().unwrap());
        Some(microscopy::tests::veiled(source.clone(), &discs.iter().map(disc).collect::<Vec<_>>()))
    });
}

#[test]
fn what_is_exact_is_equal_to_medmnistc() {
    let reference: Value = serde_json::from_str(JSON).unwrap();
    let cases = reference["equal"].as_array().unwrap();
    assert!(cases.len() > 50);
    for case in cases {
        let gray = modality(text(case, "modality")).unwrap().gray;
        let source = picture(count(&case["width"]), count(&case["height"]), gray);
        let out = made(&recipe(case, ""), &source);
        let digest = Digest::of(&out.rgb).to_string();
        assert_eq!(digest, format!("sha256:{}", text(case, "sha256")), "{case}");
    }
}

#[test]
fn noise_is_distributed_as_that_of_medmnistc() {
    // Gray levels made of three independent samples count once for the three.
    compare_flat(JSON, "", |recipe| if recipe.ends_with("grayscale") { 3.0 } else { 1.0 });
}

#[test]
fn what_is_drawn_is_distributed_as_that_of_medmnistc() {
    const DRAWS: u64 = 400;
    let reference: Value = serde_json::from_str(JSON).unwrap();
    let flat = Picture { width: 224, height: 224, rgb: vec![180; 224 * 224 * 3] };
    let (mut report, mut wrong) = (String::new(), false);
    for case in reference["draws"].as_array().unwrap() {
        let condition = modality(text(case, "modality")).unwrap().condition(text(case, "condition")).unwrap();
        let values = condition.severities[count(&case["severity"]) - 1];
        let measured: Vec<[f64; 2]> = (0..DRAWS)
            .map(|seed| {
                let out = drawn(condition.corruption, values, &flat, seed).rgb;
                let changed = out.chunks_exact(3).filter(|p| p.iter().any(|v| *v != 180)).count();
                let change: u64 = out.iter().map(|v| u64::from(v.abs_diff(180))).sum();
                [changed as f64 / (224.0 * 224.0), change as f64 / out.len() as f64]
            })
            .collect();
        for (i, name) in ["changed", "change"].into_iter().enumerate() {
            let mean = measured.iter().map(|m| m[i]).sum::<f64>() / DRAWS as f64;
            let spread = (measured.iter().map(|m| (m[i] - mean).powi(2)).sum::<f64>() / DRAWS as f64).sqrt();
            let [expected, deviation] = [0, 1].map(|k| case[name][k].as_f64().unwrap());
            // Four standard errors of 400 draws against 1,000, and what shapes of our own differ by.
            let error = deviation * (1.0 / DRAWS as f64 + 1.0 / 1000.0).sqrt();
            let own = if condition.name == "bubble" { 0.0 } else { 0.08 };
            let bad = (mean - expected).abs() > 4.0 * error + own * expected
                || (spread / deviation - 1.0).abs() > 0.25;
            wrong |= bad;
            report += &format!(
                "{}{} {values:?}: {name} {mean:.5} +- {spread:.5}, expected {expected:.5} +- {deviation:.5}\n",
                if bad { "WRONG " } else { "" },
                condition.name
            );
        }
    }
    eprintln!("{report}");
    assert!(!wrong, "\n{report}");
}

#[test]
fn every_condition_of_every_modality_is_a_recipe() {
    let sizes: Vec<_> = MODALITIES.iter().map(|m| (m.id, m.conditions.len())).collect();
    let expected = [
        ("pathmnist", 11),
        ("bloodmnist", 11),
        ("dermamnist", 15),
        ("retinamnist", 8),
        ("tissuemnist", 8),
        ("octmnist", 6),
        ("breastmnist", 7),
        ("chestmnist", 13),
        ("pneumoniamnist", 13),
        ("organamnist", 13),
        ("organcmnist", 13),
        ("organsmnist", 13),
        ("endoscopic", 16),
        ("endoscopic_scene", 11),
    ];
    assert_eq!(sizes, expected);
    for modality in MODALITIES {
        for condition in modality.conditions {
            for severity in 1..=5 {
                let text = modality.recipe(condition, severity).unwrap();
                Recipe::parse(&text).unwrap_or_else(|e| panic!("{} {}: {e}", modality.id, condition.name));
            }
            assert_eq!([0, 6].map(|s| modality.recipe(condition, s)), [None, None]);
        }
    }
    let chest = modality("chestmnist").unwrap();
    let noise = chest.condition("gaussian_noise").unwrap();
    assert_eq!(chest.recipe(noise, 2).unwrap(), "gaussian_noise:0.08+grayscale");
    let name = |text: &str| Recipe::parse(text).map(|r| r.name()).map_err(|e| e.to_string());
    assert_eq!(
        name("jpeg:70 + chestmnist/gaussian_noise@2").unwrap(),
        "jpeg:70+gaussian_noise:0.08+grayscale"
    );
    assert_eq!(name("endoscopic/darkness").unwrap(), "brightness:-0.3");
    assert!(name("chest/jpeg@2").unwrap_err().contains("there are pathmnist, bloodmnist"));
    assert!(name("octmnist/bubble@2").unwrap_err().contains("there are pixelate, jpeg_compression"));
    assert!(name("octmnist/pixelate@6").unwrap_err().contains("severity of 1 to 5"));
    assert!(modality("mnist").is_none() && chest.condition("bubble").is_none());
}
