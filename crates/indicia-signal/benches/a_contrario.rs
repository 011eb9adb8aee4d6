//! CPU time of ZERO and Noisesniffer on one megapixel, on the criterion thread and rayon's pool. Run with
//! `RAYON_NUM_THREADS=1` for times that compare with single-threaded programs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use indicia_signal::noisesniffer::algorithm::{Parameters, count_blocks, noise_regions};
use indicia_signal::zero::algorithm::{closed_mask, count_votes, detect, grid_votes, vote_regions};

const SIDE: usize = 1000;

/// A smooth gray picture with noise: its votes go to all grids alike, the slowest case for regions.
fn picture() -> Vec<u8> {
    let mut state = 1_u64;
    (0..SIDE * SIDE)
        .map(|i| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / (1 << 24) as f64;
            let (x, y) = ((i % SIDE) as f64, (i / SIDE) as f64);
            (128.0 + 70.0 * (x / 91.0).sin() * (y / 67.0).cos() + 12.0 * noise) as u8
        })
        .collect()
}

fn zero(c: &mut Criterion) {
    let luma = picture();
    let mut group = c.benchmark_group("zero");
    group.throughput(Throughput::Elements((SIDE * SIDE) as u64)).sample_size(20);
    group.bench_function("grid_votes", |b| b.iter(|| grid_votes(black_box(&luma), SIDE)));
    let votes = grid_votes(&luma, SIDE);
    group.bench_function("count_votes", |b| b.iter(|| count_votes(black_box(&votes))));
    group.bench_function("vote_regions", |b| {
        b.iter(|| vote_regions(black_box(&votes), SIDE, &[true; 64]).regions.len());
    });
    group.bench_function("all", |b| {
        b.iter(|| {
            let found = detect(black_box(&luma), SIDE);
            closed_mask(&found.votes, &found.found, &found.foreign, (SIDE, SIDE))
        });
    });
    group.finish();
}

fn noisesniffer(c: &mut Criterion) {
    let rgb: Vec<u8> = picture().iter().flat_map(|&v| [v, v.saturating_add(20), 255 - v]).collect();
    let parameters = Parameters { block: 3, bin: 20_000, homogeneous: 0.1, quiet: 0.5, cell: 100 };
    let mut group = c.benchmark_group("noisesniffer");
    group.throughput(Throughput::Elements((SIDE * SIDE) as u64)).sample_size(20);
    group.bench_function("all", |b| {
        b.iter(|| {
            let counts = count_blocks(black_box(&rgb), SIDE, &parameters);
            noise_regions(&counts, (SIDE, SIDE), &parameters)
        });
    });
    group.finish();
}

criterion_group!(benches, zero, noisesniffer);
criterion_main!(benches);
