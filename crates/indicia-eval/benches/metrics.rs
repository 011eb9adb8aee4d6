//! Time of the metrics on large inputs: a million scores with intervals, four megapixels of a map against its
//! mask. Run with `RAYON_NUM_THREADS=1` for times that compare with single-threaded programs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use indicia_eval::metrics::binary::{Options, Predictions, ScoreKind, evaluate};
use indicia_eval::metrics::pixel::{PixelProtocol, Pool, measure};
use ndarray::Array2;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn scores(c: &mut Criterion) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let count = 1_000_000;
    let labels: Vec<bool> = (0..count).map(|i| i % 2 == 1).collect();
    let score = |label: &bool| 0.7 * random.random::<f64>() + if *label { 0.3 } else { 0.0 };
    let scores: Vec<f64> = labels.iter().map(score).collect();
    let groups: Vec<u32> = (0..count).map(|item| item / 3).collect();
    let predictions =
        Predictions { scores: &scores, kind: ScoreKind::Probability, decisions: None, threshold: None };
    let mut group = c.benchmark_group("binary");
    group.throughput(Throughput::Elements(u64::from(count))).sample_size(10);
    for (name, groups) in [("a million items", None), ("a million items in groups of 3", Some(&groups[..]))] {
        group.bench_function(name, |b| {
            b.iter(|| evaluate(black_box(&predictions), &labels, groups, &Options::default()));
        });
    }
}

fn pixels(c: &mut Criterion) {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let side = 2000;
    let inside = 500..1300;
    let mask = Array2::from_shape_fn((side, side), |(y, x)| inside.contains(&y) && inside.contains(&x));
    let map = mask.mapv(|m| 0.8 * random.random::<f32>() + if m { 0.2 } else { 0.0 });
    let mut pool = Pool::default();
    let mut group = c.benchmark_group("pixel");
    group.throughput(Throughput::Elements((side * side) as u64)).sample_size(20);
    group.bench_function("measure", |b| {
        b.iter(|| measure(black_box(map.view()), Some(mask.view()), &PixelProtocol::default(), &mut pool));
    });
}

criterion_group!(benches, scores, pixels);
criterion_main!(benches);
