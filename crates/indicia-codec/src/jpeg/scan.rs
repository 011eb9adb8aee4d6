//! One scan: which blocks it codes, restart intervals, and what happens where data are missing.

use super::bits::BitReader;
use super::huffman::Decoder;

/// Coefficients of one block in natural order.
pub(super) type Block = [i16; 64];

/// True if all AC coefficients are 0.
#[inline(always)]
pub(super) fn is_flat(block: &Block) -> bool {
    let (rows, _) = block.as_chunks::<8>();
    let mut any = rows[0];
    any[0] = 0;
    for row in &rows[1..] {
        for (any, v) in any.iter_mut().zip(row) {
            *any |= v;
        }
    }
    any == [0; 8]
}

/// One component as a scan sees it.
pub(super) struct ScanComponent<'t> {
    pub blocks: Vec<Block>,
    pub blocks_wide: usize,
    pub blocks_high: usize,
    /// Blocks of an MCU across and down; 1 and 1 where the component is alone in the scan.
    pub h: usize,
    pub v: usize,
    pub dc: Option<&'t Decoder>,
    pub ac: Option<&'t Decoder>,
    /// DC prediction.
    pub prediction: i32,
}

/// Decodes the blocks of one kind of scan.
pub(super) trait BlockCoder {
    /// Decodes one block.
    fn block(&mut self, reader: &mut BitReader<'_>, component: &mut ScanComponent<'_>, index: Option<usize>);
    /// Forgets what a restart forgets, DC predictions apart.
    fn restart(&mut self);
}

/// Size of a scan in MCUs.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub wide: usize,
    pub high: usize,
    /// MCUs between restart markers, 0 for none.
    pub restart_interval: usize,
}

/// What a scan met.
pub(super) struct Outcome {
    pub restarts: usize,
    /// MCUs that had no data or only a part of theirs.
    pub missing: usize,
}

/// Runs through all MCUs of a scan.
pub(super) fn decode<C: BlockCoder>(
    reader: &mut BitReader<'_>,
    components: &mut [ScanComponent<'_>],
    grid: Grid,
    mut coder: C,
) -> Outcome {
    let mut outcome = Outcome { restarts: 0, missing: 0 };
    let mut until_restart = grid.restart_interval;
    let mut starved = false;
    for row in 0..grid.high {
        for column in 0..grid.wide {
            if grid.restart_interval > 0 {
                if until_restart == 0 {
                    // Where the marker is lost after a sound segment, libjpeg makes one MCU of zero bits.
                    if reader.restart((outcome.restarts % 8) as u8) {
                        starved = false;
                    }
                    outcome.restarts += 1;
                    until_restart = grid.restart_interval;
                    coder.restart();
                    components.iter_mut().for_each(|c| c.prediction = 0);
                }
                until_restart -= 1;
            }
            if starved {
                outcome.missing += 1;
                if grid.restart_interval == 0 || reader.is_at_last_segment_end() {
                    outcome.missing += grid.high * grid.wide - row * grid.wide - column - 1;
                    return outcome;
                }
                continue;
            }
            for component in &mut *components {
                for y in row * component.v..(row + 1) * component.v {
                    for x in column * component.h..(column + 1) * component.h {
                        // Blocks that only fill up the MCU are decoded for what follows them.
                        let real = x < component.blocks_wide && y < component.blocks_high;
                        let index = real.then(|| y * component.blocks_wide + x);
                        coder.block(reader, component, index);
                    }
                }
            }
            if reader.is_overdrawn() {
                starved = true;
                outcome.missing += 1;
            }
        }
    }
    outcome
}
