//! Tables of pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicia_core::{Limits, Result};

use super::super::*;

const CLASSES: Needs = Needs { masks: Masks::Unused, both_classes: true };
const MASKS: Needs = Needs { masks: Masks::Needed, both_classes: true };

fn png(path: &Path, width: usize, height: usize, gray: impl Fn(usize, usize) -> u8) {
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    let samples: Vec<u8> = (0..width * height).map(|i| gray(i % width, i / width)).collect();
    encoder.write_header().unwrap().write_image_data(&samples).unwrap();
}

fn table(folder: &Path, rows: &[String]) -> PathBuf {
    let path = folder.join("table.csv");
    fs::write(&path, format!("path,label,split,mask,domain\n{}\n", rows.join("\n"))).unwrap();
    path
}

fn texture(seed: usize) -> impl Fn(usize, usize) -> u8 {
    move |x, y| ((x * 31 + y * 17 + seed * 101 + x * y) % 251) as u8
}

/// Pictures of odd sizes, half of each class, each with a mask of its left half where altered.
fn make(folder: &Path) -> PathBuf {
    let sizes = [(1, 1), (3, 17), (33, 31), (64, 40), (9, 90), (16, 16), (17, 5), (50, 51)];
    let mut rows = vec![];
    for (i, (width, height)) in sizes.into_iter().enumerate() {
        png(&folder.join(format!("{i}.png")), width, height, texture(i));
        png(&folder.join(format!("m{i}.png")), width, height, |x, _| if 2 * x < width { 255 } else { 0 });
        let mask = if i % 2 == 1 { format!("m{i}.png") } else { String::new() };
        rows.push(format!("{i}.png,{},train,{mask},d{}", i % 2, i % 3));
    }
    table(folder, &rows)
}

fn config() -> ImageConfig {
    let augment = Augment {
        turn: true,
        scale: Range(0.5, 2.0),
        jpeg: 0.5,
        blur: 0.5,
        noise: 0.5,
        brightness: 0.1,
        contrast: 0.1,
        ..Augment::default()
    };
    ImageConfig { size: 16, validation: 0.25, augment, ..ImageConfig::default() }
}

fn opened(path: &Path, config: &ImageConfig, needs: Needs) -> Result<Splits> {
    open(path, config, needs, 5, &Limits::default(), 2)
}

#[test]
fn samples_are_equal_on_any_number_of_threads_and_change_from_pass_to_pass() {
    let folder = tempfile::tempdir().unwrap();
    let splits = opened(&make(folder.path()), &config(), MASKS).unwrap();
    assert_eq!((splits.train.len(), splits.validation.len()), (6, 2));
    assert!(splits.census.validation_held_out && splits.test.is_none());
    let run = |threads| {
        let images = Arc::clone(&splits.train);
        Loader::start(24, threads, 4, move |i| images.load(i as usize % 6, Some(i / 6)))
            .collect::<Result<Vec<_>>>()
            .unwrap()
    };
    let one = run(1);
    assert_eq!(one, run(5));
    assert_ne!(one[0].planes, one[6].planes);
    for sample in &one {
        assert_eq!((sample.planes.len(), sample.mask.as_ref().unwrap().len()), (768, 256));
        assert!(sample.planes.iter().all(|v| (0.0..=1.0).contains(v)));
        assert!(sample.label || sample.mask.as_ref().unwrap().iter().all(|v| *v == 0.0));
    }
    let still = splits.validation.load(0, None).unwrap();
    assert_eq!(still, splits.validation.load(0, None).unwrap());
}

#[test]
fn masks_follow_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    // White where altered, so that the picture is its own mask.
    let gray = |x: usize, y: usize| if x < 20 && y > 7 { 255 } else { 0 };
    png(&folder.path().join("a.png"), 40, 30, gray);
    png(&folder.path().join("b.png"), 40, 30, |_, _| 9);
    let path = table(folder.path(), &["a.png,1,train,a.png,".into(), "b.png,0,train,,".into()]);
    let augment = Augment { turn: true, ..Augment::default() };
    let equalise = Equalise { enabled: false, ..Equalise::default() };
    let config = ImageConfig { size: 16, augment, equalise, ..ImageConfig::default() };
    let splits = opened(&path, &config, MASKS).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for pass in 0..40 {
        let sample = splits.train.load(0, Some(pass)).unwrap();
        assert_eq!(&sample.planes[..256], &sample.mask.as_ref().unwrap()[..]);
        kinds.insert(sample.mask.unwrap().iter().map(|v| *v as u8).collect::<Vec<_>>());
    }
    assert!(kinds.len() > 8, "{}", kinds.len());
    let off = png_of_other_size(folder.path());
    assert!(
        opened(&off, &config, MASKS).unwrap().train.load(0, None).unwrap_err().to_string().contains("2x2")
    );
}

fn png_of_other_size(folder: &Path) -> PathBuf {
    png(&folder.join("small.png"), 2, 2, |_, _| 255);
    table(folder, &["a.png,1,train,small.png,".into(), "b.png,0,train,,".into()])
}

#[test]
fn compression_is_of_one_law_whatever_the_label() {
    let folder = tempfile::tempdir().unwrap();
    png(&folder.path().join("a.png"), 32, 32, texture(1));
    png(&folder.path().join("b.png"), 32, 32, texture(2));
    let load = |labels: [u8; 2], enabled: bool| {
        let rows: Vec<_> =
            ["a", "b"].iter().zip(labels).map(|(n, l)| format!("{n}.png,{l},train,,")).collect();
        let equalise = Equalise { enabled, quality: Range(20.0, 40.0) };
        let config = ImageConfig { size: 32, equalise, ..ImageConfig::default() };
        let splits = opened(&table(folder.path(), &rows), &config, CLASSES).unwrap();
        [None, Some(0), Some(1)].map(|pass| splits.train.load(0, pass).unwrap().planes)
    };
    assert_eq!(load([0, 1], true), load([1, 0], true));
    let plain = load([0, 1], false);
    let first: Vec<f32> = (0..1024).map(|i| f32::from(texture(1)(i % 32, i / 32)) / 255.0).collect();
    assert_eq!(plain[0][..1024], first[..]);
    assert_ne!(plain[0], load([0, 1], true)[0]);
}

#[test]
fn tables_that_cannot_be_learned_from_say_why() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let text = |rows: &[&str], needs| {
        let rows: Vec<_> = rows.iter().map(|r| (*r).to_owned()).collect();
        opened(&table(folder.path(), &rows), &config(), needs).map(drop).unwrap_err().to_string()
    };
    let one_class = text(&["0.png,1,train,m0.png,", "2.png,1,train,m0.png,"], CLASSES);
    assert!(one_class.contains("has 2 items and none with label 0"), "{one_class}");
    let one_picture = text(&["0.png,0,train,,"], CLASSES);
    assert!(one_picture.contains("has 1 items and none with label 1"), "{one_picture}");
    let nothing = text(&["0.png,0,test,,", "1.png,,train,,"], CLASSES);
    assert!(nothing.contains("no item to train on") && nothing.contains("no label"), "{nothing}");
    let split = text(&["0.png,0,holdout,,"], CLASSES);
    assert!(split.contains("row 1") && split.contains("holdout"), "{split}");
    let masks = text(&["0.png,0,train,,", "1.png,1,train,,", "3.png,1,train,,"], MASKS);
    assert!(masks.contains("2 altered pictures have no mask") && masks.contains("1.png, 3.png"), "{masks}");
}

#[test]
fn one_picture_a_class_is_enough_with_a_warning_and_missing_masks_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    let rows = ["0.png,0,train,,", "1.png,1,train,m1.png,", "3.png,1,train,,"].map(str::to_owned);
    let config = ImageConfig { skip_missing_masks: true, ..config() };
    let splits = opened(&table(folder.path(), &rows), &config, MASKS).unwrap();
    assert_eq!((splits.train.len(), splits.validation.len()), (2, 2));
    assert_eq!(splits.census.left_out["altered, without a mask"], 1);
    assert!(splits.census.warnings[0].contains("too few groups"));
}

#[test]
fn groups_stay_together_when_validation_is_held_out() {
    let folder = tempfile::tempdir().unwrap();
    png(&folder.path().join("a.png"), 8, 8, texture(0));
    let rows: Vec<_> = (0..200).map(|i| format!("a.png,{},,g{}", i % 2, i / 4)).collect();
    let path = folder.path().join("t.csv");
    fs::write(&path, format!("path,label,split,group\n{}\n", rows.join("\n"))).unwrap();
    let splits = opened(&path, &config(), CLASSES).unwrap();
    let groups = |images: &Images| {
        images.entries.iter().map(|e| e.group.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(groups(&splits.train).is_disjoint(&groups(&splits.validation)));
    assert!((44..=56).contains(&splits.validation.len()), "{}", splits.validation.len());
    let other = open(&path, &config(), CLASSES, 6, &Limits::default(), 1).unwrap();
    assert_ne!(groups(&splits.validation), groups(&other.validation));
}
