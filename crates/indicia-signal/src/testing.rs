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
