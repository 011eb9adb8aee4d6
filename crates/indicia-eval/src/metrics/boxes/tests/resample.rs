use super::super::compare::{compare, hungarian_iou};
use super::super::layout::{Data, Layout};
use super::reference::fixture;
use super::*;
use crate::metrics::detection::{EXACT_ENTRIES, Resampled, estimate};

/// Every picture is a group of its own.
fn data(pictures: &[Picture], types: usize) -> Data {
    let protocol = BoxProtocol::default();
    let compared = pictures.iter().zip(0..).map(|(picture, group)| compare(picture, group, &protocol));
    let mut data = Data::new(compared.collect(), types, pictures.len());
    for (group, picture) in pictures.iter().enumerate() {
        data.pictures[group] = 1;
        data.hungarian[group] = hungarian_iou(picture, 0.5).map_or((0.0, 0), |iou| (iou, 1));
    }
    data
}

/// Scores that differ within a picture.
fn without_ties(mut pictures: Vec<Picture>) -> Vec<Picture> {
    for picture in &mut pictures {
        for (place, b) in picture.predicted.iter_mut().enumerate() {
            b.score += place as f64 * 1e-6;
        }
    }
    pictures
}

#[test]
fn draws_count_as_copies() {
    let pictures = without_ties(fixture().0);
    let draws: Vec<u32> = (0..pictures.len() as u32).map(|picture| picture * 5 % 7 % 4).collect();
    let copies: Vec<Picture> = pictures
        .iter()
        .zip(&draws)
        .flat_map(|(picture, draws)| std::iter::repeat_n(picture.clone(), *draws as usize))
        .collect();
    let (weighted, copied) = (data(&pictures, 5), data(&copies, 5));
    let weighted = Layout::new(&weighted, usize::MAX).values(&draws, &mut Default::default());
    let copied = Layout::new(&copied, usize::MAX).values(&vec![1; copies.len()], &mut Default::default());
    assert_eq!(weighted.len(), copied.len());
    assert!(weighted.iter().filter(|value| !value.is_nan()).count() > 50);
    for (place, (weighted, copied)) in weighted.iter().zip(&copied).enumerate() {
        let same = weighted.is_nan() && copied.is_nan() || (weighted - copied).abs() < 1e-12;
        assert!(same, "value {place}: {weighted} weighted, {copied} copied");
    }
}

/// Pictures with three true boxes and more predictions, better ones surer.
fn many(count: usize) -> Vec<Picture> {
    let mut state = 1_u64;
    let mut random = move || {
        // Knuth's linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let mut picture = |_: usize| {
        let mut picture = Picture::default();
        for place in 0..3 {
            let (x, side) = (200.0 * f64::from(place), 20.0 + 100.0 * random());
            picture.truth.push(truth(x, 0.0, side, side));
            for _ in 0..3 {
                let shift = random();
                let score = random() * 0.7 + 0.3 * (1.0 - shift);
                picture.predicted.push(predicted(x + shift * side, 0.0, side, side, score));
            }
        }
        picture
    };
    (0..count).map(&mut picture).collect()
}

#[test]
fn merged_curves_give_the_intervals_of_exact_ones() {
    let pictures = many(900);
    let data = data(&pictures, 1);
    let groups = crate::stats::Groups::of_single_items(pictures.len()).unwrap();
    let bootstrap = Bootstrap { replicates: 300, seed: 5 };
    let exact = Layout::new(&data, usize::MAX);
    let slow = estimate(&groups, bootstrap, &exact, || Layout::new(&data, usize::MAX));
    let fast = estimate(&groups, bootstrap, &exact, || Layout::new(&data, EXACT_ENTRIES));
    for ((info, slow), fast) in METRICS.iter().zip(slow).zip(fast) {
        let (Some(slow), Some(fast)) = (slow, fast) else {
            assert_eq!((slow, fast), (None, None), "{}", info.id);
            continue;
        };
        assert_eq!(slow.value, fast.value);
        let ([low, high], [fast_low, fast_high]) = (slow.ci95.unwrap(), fast.ci95.unwrap());
        assert!(low < slow.value && slow.value < high, "{}", info.id);
        let apart = (low - fast_low).abs().max((high - fast_high).abs()) / (high - low);
        assert!(apart < 0.05, "{}: [{low}, {high}] exact, [{fast_low}, {fast_high}] merged", info.id);
    }
}

#[test]
fn intervals_are_of_groups() {
    let pictures = many(60);
    let protocol = BoxProtocol::default();
    let bootstrap = Bootstrap { replicates: 200, seed: 2 };
    let width = |groups: &[u32]| {
        let section = evaluate(&pictures, &[String::new()], groups, &protocol, bootstrap).unwrap();
        let ci95 = section.get("map50").unwrap().ci95;
        ci95.map(|[low, high]| high - low)
    };
    // A picture and its copy in one group are no more than the picture alone.
    let single: Vec<u32> = (0..60).collect();
    let alone = width(&single).unwrap();
    assert!(alone > 0.0);
    assert_eq!(width(&[3; 60]), None);
    let doubled: Vec<Picture> = pictures.iter().chain(&pictures).cloned().collect();
    let pairs: Vec<u32> = single.iter().chain(&single).copied().collect();
    let section = evaluate(&doubled, &[String::new()], &pairs, &protocol, bootstrap).unwrap();
    let [low, high] = section.get("map50").unwrap().ci95.unwrap();
    assert!(((high - low) / alone - 1.0).abs() < 0.05, "{} of groups, {alone} alone", high - low);
}
