//! JPEG: coefficients, pixels, recompression. `INDICIA_JPEG=FILE` measures a file of your own; without it, a
//! 12-megapixel picture whose blocks come from a fixture.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use indicia_codec::Pixels;
use indicia_codec::jpeg::{self, Jpeg, Subsampling};
use indicia_core::{Evidence, Kind, Limits};

/// A fixture's scan data, one restart interval of the whole picture, repeated to a larger picture.
fn large() -> Vec<u8> {
    let small = include_bytes!("../tests/jpeg/fixtures/s420.jpg");
    let parsed = jpeg::parse(small, &Limits::default()).expect("the fixture is sound");
    let at = |marker: u8| parsed.segments.iter().find(|s| s.marker == marker).expect("it has the segment");
    let (frame, scan) = (at(0xC0), at(0xDA));
    // 3x2 MCUs of 16x16 are one interval; 250 of them across and 125 down.
    let (columns, rows) = (250u16, 125u16);
    let mut out = small[..frame.offset].to_vec();
    let mut header = small[frame.offset..frame.payload.end].to_vec();
    header[5..7].copy_from_slice(&(rows * 32).to_be_bytes());
    header[7..9].copy_from_slice(&(columns * 48).to_be_bytes());
    out.extend(header);
    out.extend([0xFF, 0xDD, 0, 4, 0, 6]);
    out.extend(&small[frame.payload.end..scan.payload.end]);
    let data = &small[scan.payload.end..parsed.trailing.start - 2];
    for i in 0..usize::from(columns) * usize::from(rows) {
        out.extend(data);
        out.extend([0xFF, 0xD0 + (i % 8) as u8]);
    }
    let end = out.len();
    out[end - 1] = 0xD9;
    out
}

fn benchmark(criterion: &mut Criterion) {
    let bytes = match std::env::var_os("INDICIA_JPEG") {
        Some(path) => std::fs::read(path).expect("INDICIA_JPEG names a readable file"),
        None => large(),
    };
    let limits = Limits::default();
    let parsed: Jpeg = jpeg::parse(&bytes, &limits).expect("a sound JPEG");
    let size = (parsed.width, parsed.height);
    let mut group = criterion.benchmark_group("jpeg");
    group.sample_size(10);
    group.throughput(Throughput::Elements((size.0 * size.1) as u64));
    group.bench_function("parse", |b| b.iter(|| jpeg::parse(&bytes, &limits)));
    let parsed_once = || {
        let evidence = Evidence::new(Kind::Jpeg, bytes.clone(), limits.clone());
        evidence.view::<Jpeg>(()).expect("a sound JPEG");
        evidence
    };
    group.bench_function("pixels", |b| {
        b.iter_batched(parsed_once, |evidence| evidence.view::<Pixels>(()), BatchSize::PerIteration);
    });
    let rgb = parsed_once().view::<Pixels>(()).expect("a sound JPEG").to_rgb8();
    for subsampling in [Subsampling::S444, Subsampling::S420] {
        group.bench_function(format!("recompress {subsampling:?}"), |b| {
            b.iter(|| jpeg::recompress(&rgb, size.0, size.1, 90, subsampling));
        });
    }
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
