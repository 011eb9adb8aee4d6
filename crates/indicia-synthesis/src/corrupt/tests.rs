//! All corruptions together, and against what other libraries give (`fixtures/make.py`).

use indicia_core::{Digest, Geometry, Limits, Picture};
use rayon::prelude::*;
use serde_json::Value;

use super::normal::normal;
use super::random::between;
use super::recipe::decode;
use super::*;
use crate::encode;

#[test]
fn ids_are_in_order_and_every_entry_is_sound() {
    assert!(CORRUPTIONS.windows(2).all(|pair| pair[0].id < pair[1].id), "not in strict alphabetical order");
    for c in CORRUPTIONS {
        let id = c.id;
        assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()), "{id}");
        assert!(!c.title.is_empty() && c.text.ends_with('.') && !c.source.is_empty(), "{id}");
        assert!(c.severities.len() == 5 || (c.severities.is_empty() && c.parameters.is_empty()), "{id}");
        for values in c.severities {
            assert_eq!(values.len(), c.parameters.len(), "{id}");
            for (parameter, value) in c.parameters.iter().zip(*values) {
                parameter.check(*value).unwrap_or_else(|e| panic!("{id}: {e}"));
            }
        }
        assert!(c.place.is_none() || c.geometry == Geometry::Moved, "{id}");
    }
}

/// Every strength that the list names: five severities, and the extremes of every range.
fn strengths(c: &Corruption) -> Vec<Vec<f64>> {
    let mut all: Vec<Vec<f64>> = c.severities.iter().map(|values| values.to_vec()).collect();
    if let Some(middle) = c.severities.get(2) {
        for (i, parameter) in c.parameters.iter().enumerate() {
            for extreme in [parameter.min, parameter.max] {
                let mut values = middle.to_vec();
                values[i] = extreme;
                all.push(values);
            }
        }
    } else {
        all.push(vec![]);
    }
    all
}

/// Runs one step. The output's pixels.
fn run(c: &Corruption, picture: &Picture, values: &[f64], limits: &Limits) -> indicia_core::Result<Picture> {
    let context = Context { seed: Seed::of(Digest::of(&picture.rgb), 0, 0, c.id), limits };
    match (c.run)(picture.clone(), values, &context)? {
        Output::Picture(picture) => Ok(picture),
        Output::File(bytes) => decode(bytes, limits),
    }
}

#[test]
fn pictures_of_every_size_keep_to_their_geometry() {
    let limits = Limits { pixels: 1 << 22, ..Limits::default() };
    let sizes = [(1, 1), (1, 5), (7, 1), (2, 2), (9, 8), (40, 34)];
    let cases: Vec<_> =
        CORRUPTIONS.iter().flat_map(|c| strengths(c).into_iter().map(move |values| (*c, values))).collect();
    cases.par_iter().for_each(|(c, values)| {
        for (width, height) in sizes {
            let picture = picture(width, height);
            let out = match run(c, &picture, values, &limits) {
                Ok(out) => out,
                // A square larger than the picture, or an enlargement beyond the limits.
                Err(error) => {
                    let named = ["smaller than the square", "limit", "expected chroma 420, 422 or 444"];
                    let text = error.to_string();
                    assert!(named.iter().any(|n| text.contains(n)), "{} {values:?}: {error}", c.id);
                    continue;
                }
            };
            assert_eq!(out.rgb.len(), out.width * out.height * 3, "{} {values:?}", c.id);
            match (c.geometry, c.place) {
                (Geometry::Same, _) => assert_eq!((out.width, out.height), (width, height), "{}", c.id),
                (Geometry::Moved, Some(place)) => {
                    let seed = Seed::of(Digest::of(&picture.rgb), 0, 0, c.id);
                    let placement =
                        place((width, height), values, &Context { seed, limits: &limits }).unwrap();
                    assert_eq!(
                        (placement.width, placement.height),
                        (out.width, out.height),
                        "{} {values:?}",
                        c.id
                    );
                }
                _ => {}
            }
        }
    });
}

#[test]
fn every_severity_changes_the_picture_and_harder_ones_change_it_more() {
    let limits = Limits::default();
    let picture = picture(160, 136);
    for c in CORRUPTIONS
        .iter()
        .filter(|c| c.geometry == Geometry::Same && !["grayscale", "occlude"].contains(&c.id))
    {
        let change = |values: &&[f64]| {
            let out = run(c, &picture, values, &limits).unwrap();
            let pairs = out.rgb.iter().zip(&picture.rgb);
            pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
        };
        let changes: Vec<u64> = c.severities.iter().map(change).collect();
        assert!(changes.iter().all(|change| *change > 0), "{}: {changes:?}", c.id);
        // Saturation falls at the first two severities and rises at the others.
        assert!(changes[0] < changes[4] || c.id == "saturate", "{}: {changes:?}", c.id);
    }
}

#[test]
fn a_mask_lies_where_its_pixels_went() {
    // A bright square on a dark ground, and its mask.
    let (width, height) = (120, 90);
    let inside = |x: usize, y: usize| (40..80).contains(&x) && (30..66).contains(&y);
    let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let rgb = places().flat_map(|(x, y)| [if inside(x, y) { 230 } else { 20 }; 3]).collect();
    let bytes = encode::png(&Picture { width, height, rgb }).unwrap();
    let mask = ndarray::Array2::from_shape_fn((height, width), |(y, x)| inside(x, y));
    let digest = Digest::of(&bytes);
    for text in [
        "crop@5",
        "rotation@5",
        "horizontal_flip",
        "screenshot@3",
        "screen_camera@3",
        "resize:0.6",
        "equalise:64,96",
        "crop@2+rotation:-30+resize:1.7+horizontal_flip",
    ] {
        let recipe = Recipe::parse(text).unwrap();
        let out = recipe.apply(bytes.clone(), digest, 3, &Limits::default()).unwrap();
        let placement = out.placement.unwrap();
        let changed = decode(out.bytes, &Limits::default()).unwrap();
        assert_eq!((placement.width, placement.height), (changed.width, changed.height), "{text}");
        let moved = placement.mask(&mask);
        let agree = moved.iter().zip(changed.rgb.chunks(3)).filter(|(m, p)| **m == (p[1] > 110)).count();
        assert!(moved.iter().any(|m| *m), "{text}: the mask is lost");
        assert!(agree as f64 >= 0.96 * moved.len() as f64, "{text}: {agree} of {}", moved.len());
    }
    let elastic = Recipe::parse("elastic_transform@3").unwrap();
    assert_eq!(elastic.apply(bytes, digest, 3, &Limits::default()).unwrap().placement, None);
}

/// The i-th number of the fixed sequence that the reference drew from.
fn number(i: usize) -> u32 {
    let x = (i as u32).wrapping_mul(0x9E37_79B9);
    let x = (x ^ x >> 16).wrapping_mul(0x85EB_CA6B);
    let x = (x ^ x >> 13).wrapping_mul(0xC2B2_AE35);
    x ^ x >> 16
}

fn numbers() -> impl FnMut() -> f64 {
    let mut next = 0;
    move || {
        next += 1;
        between(number(next - 1), 0.0, 1.0)
    }
}

/// The picture that the reference was given.
fn picture(width: usize, height: usize) -> Picture {
    let mut rgb = Vec::with_capacity(width * height * 3);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let gradient = |i: usize, n: usize| (i * 255 / (n.max(2) - 1)) as i32;
        let mut pixel = [gradient(x, width), gradient(y, height), ((x + y) * 3 % 256) as i32];
        if x.abs_diff(12).pow(2) + y.abs_diff(10).pow(2) < 40 {
            pixel = [220, 40, 90];
        }
        if y + 8 > height {
            pixel = [if x < 6 { 0 } else { 127 }; 3];
            if x + 6 > width {
                pixel = [255; 3];
            }
        }
        for (c, value) in pixel.into_iter().enumerate() {
            let noise = (number((y * width + x) * 3 + c) % 21) as i32 - 10;
            rgb.push((value + if x >= width / 2 { noise } else { 0 }).clamp(0, 255) as u8);
        }
    }
    Picture { width, height, rgb }
}

fn reference() -> Value {
    serde_json::from_str(include_str!("fixtures/reference.json")).unwrap()
}

fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// What a recipe of the reference gives, with the reference's random numbers.
fn with_its_numbers(text: &str, source: &Picture) -> Picture {
    let (id, severity) = text.split_once('@').unwrap_or((text, ""));
    let limits = Limits::default();
    let context = Context { seed: Seed::of(Digest::of(b""), 0, 0, ""), limits: &limits };
    let values = || find(id).unwrap().severities[severity.parse::<usize>().unwrap() - 1];
    let Picture { width, height, .. } = *source;
    match id {
        "glass_blur" => blur::glass(source, values(), numbers()),
        "fog" => weather::fog(source.clone(), values(), &context, numbers()).unwrap(),
        "snow" => {
            let angle = between(number(width * height), -135.0, -45.0);
            let field = |y: usize, out: &mut [f32]| {
                out.iter_mut().enumerate().for_each(|(x, v)| *v = normal(number(y * width + x)));
            };
            weather::snow(source.clone(), values(), angle, &field)
        }
        "elastic_transform" => {
            let field = |axis: usize, y: usize, out: &mut [f32]| {
                for (x, v) in out.iter_mut().enumerate() {
                    *v = between(number((axis * height + y) * width + x), -1.0, 1.0) as f32;
                }
            };
            geometric::elastic(source, values()[0], &context, &field).unwrap()
        }
        _ => {
            let bytes = encode::png(source).unwrap();
            let digest = Digest::of(&bytes);
            let out = Recipe::parse(text).unwrap().apply(bytes, digest, 0, &limits).unwrap();
            decode(out.bytes, &limits).unwrap()
        }
    }
}

#[test]
fn outputs_agree_with_the_libraries_that_define_them() {
    let reference = reference();
    let mut png = png::Decoder::new(std::io::Cursor::new(include_bytes!("fixtures/reference.png")))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; png.output_buffer_size().unwrap()];
    png.next_frame(&mut bytes).unwrap();
    let source = picture(count(&reference["width"]), count(&reference["height"]));
    assert_eq!(bytes[..source.rgb.len()], source.rgb);
    let mut at = source.rgb.len();
    let mut report = String::new();
    let mut failed = false;
    for output in reference["outputs"].as_array().unwrap() {
        let (width, height) = (count(&output["width"]), count(&output["height"]));
        let text = output["recipe"].as_str().unwrap();
        let expected = &bytes[at..at + width * height * 3];
        at += expected.len();
        let got = with_its_numbers(text, &source);
        assert_eq!((got.width, got.height), (width, height), "{text}");
        let off: Vec<u64> = got.rgb.iter().zip(expected).map(|(a, b)| u64::from(a.abs_diff(*b))).collect();
        let max = off.iter().max().copied().unwrap_or(0);
        let mean = off.iter().sum::<u64>() as f64 / off.len() as f64;
        // One level here and there, where a fraction is cut off on either side of a whole number.
        let wrong = max > output["max"].as_u64().unwrap() || mean > output["mean"].as_f64().unwrap();
        failed |= wrong;
        report += &format!("{} {text}: max {max}, mean {mean:.5}\n", if wrong { "WRONG" } else { "     " });
    }
    eprintln!("{report}");
    assert!(!failed, "\n{report}");
}

#[test]
fn jpeg_files_are_those_of_pillow_byte_for_byte() {
    for file in reference()["jpeg"].as_array().unwrap() {
        let picture = picture(count(&file["width"]), count(&file["height"]));
        let subsampling = files::subsampling(file["chroma"].as_f64().unwrap()).unwrap();
        let bytes = encode::jpeg(&picture, count(&file["quality"]) as u8, subsampling).unwrap();
        let expected = file["sha256"].as_str().unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), format!("sha256:{expected}"), "{file}");
    }
}

#[test]
fn webp_files_are_those_of_pillow_byte_for_byte() {
    for file in reference()["webp"].as_array().unwrap() {
        let picture = picture(count(&file["width"]), count(&file["height"]));
        let bytes = encode::webp(&picture, count(&file["quality"]) as f32).unwrap();
        let expected = file["sha256"].as_str().unwrap();
        assert_eq!(Digest::of(&bytes).to_string(), format!("sha256:{expected}"), "{file}");
    }
}

#[test]
fn noise_is_distributed_as_the_reference_has_it() {
    let limits = Limits::default();
    for case in reference()["noise"].as_array().unwrap() {
        let level = count(&case["level"]) as u8;
        let flat = Picture { width: 300, height: 300, rgb: vec![level; 270_000] };
        let (id, severity) = case["recipe"].as_str().unwrap().split_once('@').unwrap();
        let c = find(id).unwrap();
        let values = c.severities[severity.parse::<usize>().unwrap() - 1];
        let out = run(c, &flat, values, &limits).unwrap().rgb;
        let n = out.len() as f64;
        let mean = out.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
        let deviation = (out.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt();
        let expected = |name: &str| case[name].as_f64().unwrap();
        // Five standard errors of the difference of two samples of this size; more for the deviation of
        // samples far from normal.
        let error = expected("deviation") * (2.0 / n).sqrt();
        assert!((mean - expected("mean")).abs() <= 5.0 * error + 1e-9, "{case}: mean {mean}");
        let spread = (deviation - expected("deviation")).abs();
        assert!(spread <= 0.02 * expected("deviation") + 1e-9, "{case}: deviation {deviation}");
        for (threshold, share) in [32, 96, 160, 224].iter().zip(case["below"].as_array().unwrap()) {
            let below = out.iter().filter(|v| *v < threshold).count() as f64 / n;
            let share = share.as_f64().unwrap();
            let error = (share * (1.0 - share) * 2.0 / n).sqrt();
            assert!((below - share).abs() <= 5.0 * error + 2e-5, "{case}: {below} below {threshold}");
        }
    }
}
