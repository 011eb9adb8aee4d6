//! Corruptions on a picture of 3 megapixels, one thread. Their peers are timed by `benches/corrupt_peers.py` on
//! the same picture; run both one after the other.

use criterion::{Criterion, criterion_group, criterion_main};
use indicia_core::{Digest, Limits, Picture};
use indicia_synthesis::corrupt::{Context, Seed, find};

fn picture() -> Picture {
    let (width, height) = (2000, 1500);
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            rgb.extend([x * 255 / 1999, y * 255 / 1499, (x * y / 50 + x) % 256].map(|v| v as u8));
        }
    }
    Picture { width, height, rgb }
}

fn corrupt(criterion: &mut Criterion) {
    let picture = picture();
    let limits = Limits::default();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap_or_else(|e| panic!("{e}"));
    let mut group = criterion.benchmark_group("corrupt");
    group.sample_size(10);
    for id in [
        "gaussian_blur",
        "defocus_blur",
        "motion_blur",
        "gaussian_noise",
        "shot_noise",
        "brightness",
        "jpeg",
        "webp",
    ] {
        let Some(corruption) = find(id) else { panic!("no {id}") };
        let context = Context { seed: Seed::of(Digest::of(b""), 0, 0, id), limits: &limits };
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                pool.install(|| (corruption.run)(picture.clone(), corruption.severities[2], &context))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, corrupt);
criterion_main!(benches);
