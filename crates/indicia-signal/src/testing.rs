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
