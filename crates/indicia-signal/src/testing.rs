//! Evidence that the tests of several methods make.

use indicia_codec::jpeg::{Component, Jpeg, Process, QuantizationTable};

/// A gray baseline JPEG of whole blocks in rows of `blocks_wide`, coded with `steps`.
pub(crate) fn gray_jpeg(steps: [u16; 64], blocks_wide: usize, blocks: Vec<[i16; 64]>) -> Jpeg {
    let blocks_high = blocks.len() / blocks_wide.max(1);
    Jpeg {
        width: blocks_wide * 8,
        height: blocks_high * 8,
        process: Process::Baseline,
        components: vec![Component { id: 1, h: 1, v: 1, blocks_wide, blocks_high, steps, blocks }],
        quantization: vec![QuantizationTable { slot: 0, bits: 8, steps, offset: 2 }],
        huffman: vec![],
        segments: vec![],
        scans: vec![],
        restart_interval: 0,
        jfif: None,
        adobe_transform: None,
        trailing: 0..0,
        warnings: vec![],
    }
}

/// Numbers from a seed (a linear congruential generator), so that tests need no crate.
pub(crate) struct Random(pub u64);

impl Random {
    /// From 0 to 1.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A picture with texture of several sizes and soft colours, three bytes a pixel, no sample near 0 or 255.
pub(crate) fn texture(width: usize, height: usize, seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut luma = vec![0.0; width * height];
    for (size, strength) in [(32, 40.0), (9, 30.0), (4, 24.0), (2, 10.0), (1, 5.0)] {
        let wide = width / size + 2;
        let knots: Vec<f64> = (0..wide * (height / size + 2)).map(|_| random.unit() - 0.5).collect();
        for (i, value) in luma.iter_mut().enumerate() {
            let (x, y) = (i % width, i / width);
            let (u, v) = ((x % size) as f64 / size as f64, (y % size) as f64 / size as f64);
            let at = |dx: usize, dy: usize| knots[(y / size + dy) * wide + x / size + dx];
            let top = at(0, 0) * (1.0 - u) + at(1, 0) * u;
            let bottom = at(0, 1) * (1.0 - u) + at(1, 1) * u;
            *value += strength * (top * (1.0 - v) + bottom * v);
        }
    }
    luma.iter()
        .flat_map(|v| [128.0 + v, 122.0 + v, 116.0 + 0.9 * v].map(|c| c.clamp(10.0, 245.0) as u8))
        .collect()
}

/// Area under the ROC curve of the values inside a region against those outside, ties counted half.
pub(crate) fn area_under_curve(values: &ndarray::Array2<f32>, inside: impl Fn(usize, usize) -> bool) -> f64 {
    let (mut within, mut without) = (vec![], vec![]);
    for ((y, x), &value) in values.indexed_iter() {
        if inside(x, y) { &mut within } else { &mut without }.push(value);
    }
    let wins: f64 = within
        .iter()
        .flat_map(|a| {
            without.iter().map(move |b| f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b)))
        })
        .sum();
    wins / (within.len() * without.len()) as f64
}

/// JPEG files of awkward sizes and qualities: flat and saturated ones, single pixels, strips, quality 5 and gray
/// as colour. No method may fail on them.
pub(crate) fn awkward_jpegs() -> Vec<Vec<u8>> {
    let mut out = vec![];
    for (width, height) in [(1, 1), (1, 90), (3, 5000), (17, 9), (64, 64), (200, 120)] {
        for quality in [5, 50, 100] {
            let pictures = [
                vec![0; width * height * 3],
                vec![255; width * height * 3],
                texture(width, height, 3),
                (0..width * height * 3).map(|i| if i / 3 % 2 == 0 { 0 } else { 255 }).collect(),
            ];
            for rgb in pictures {
                let tables = indicia_codec::jpeg::standard_tables(quality);
                let sampling = indicia_codec::jpeg::Subsampling::S420;
                out.push(
                    indicia_codec::jpeg::encode(&rgb, width, height, &tables, sampling).expect("is written"),
                );
            }
        }
    }
    out
}

/// Examines every one of [`awkward_jpegs`] and checks that what comes out is finite.
pub(crate) fn examines_awkward_jpegs(info: &indicia_core::MethodInfo) {
    use indicia_core::{BuildContext, Examination, ExhibitData, Limits};
    let method = (info.build)(&BuildContext::default()).expect("defaults are allowed");
    for bytes in awkward_jpegs() {
        let evidence = indicia_codec::open(bytes, Limits::default()).expect("is a JPEG");
        let Examination::Findings(findings) = method.examine(&evidence).expect("is examined") else {
            continue;
        };
        assert_eq!(findings.iter().filter(|f| f.score.is_some()).count(), 1);
        for finding in &findings {
            assert!(finding.score.iter().all(|s| s.statistic.is_finite()), "{}", finding.statement);
            for exhibit in &finding.exhibits {
                if let ExhibitData::Map(map) = &exhibit.data {
                    assert!(map.values.iter().all(|v| v.is_finite()));
                }
            }
        }
    }
}

/// `count` samples of white Gaussian noise of deviation 1, the same for the same seed.
pub(crate) fn gaussian_noise(count: usize, seed: u64) -> Vec<f64> {
    // SplitMix64 and the Box-Muller transform.
    let mut state = seed;
    let mut uniform = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let turn = std::f64::consts::TAU;
    (0..count).map(|_| (-2.0 * (1.0 - uniform()).ln()).sqrt() * (turn * uniform()).cos()).collect()
}

/// A noisy gray page of lines 30 rows apart. A letter is a block of 6 by 12 pixels with a hole, at columns 9 apart
/// from 15 on, each fifth place a space.
pub(crate) fn text_page(width: usize, height: usize) -> indicia_ops::Rgb8 {
    let is_ink = |x: usize, y: usize| {
        let (Some(x), Some(y)) = (x.checked_sub(15), y.checked_sub(12)) else { return false };
        let (letter, x, line, y) = (x / 9, x % 9, y / 30, y % 30);
        letter % 5 != 4
            && letter < (width - 30) / 9
            && line < (height - 40) / 30
            && x < 6
            && y < 12
            && !((2..4).contains(&x) && (3..9).contains(&y))
    };
    // A linear congruential generator, its high bits: noise of -7 to 8.
    let mut state = 12_345_u64;
    let samples = (0..width * height).flat_map(|i| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = (state >> 60) as u8;
        let paper = if is_ink(i % width, i / width) { 40 - 7 } else { 220 - 7 };
        [paper + noise; 3]
    });
    indicia_ops::Rgb8 { width, height, samples: samples.collect() }
}
