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
