//! Sequential scans (T.81, F.2.2).

use super::bits::BitReader;
use super::huffman::{Decoder, WHOLE};
use super::scan::{Block, BlockCoder, ScanComponent};
use super::zigzag::natural;

/// Decodes all 64 coefficients of each block.
pub(super) struct Sequential {
    /// Takes the blocks that only fill up an MCU.
    padding: Block,
}

impl Sequential {
    pub(super) fn new() -> Self {
        Self { padding: [0; 64] }
    }
}

impl BlockCoder for Sequential {
    #[inline(always)]
    fn block(&mut self, reader: &mut BitReader<'_>, component: &mut ScanComponent<'_>, index: Option<usize>) {
        let (Some(dc), Some(ac)) = (component.dc, component.ac) else { return };
        let block = index.and_then(|i| component.blocks.get_mut(i)).unwrap_or(&mut self.padding);
        decode_block(reader, dc, ac, &mut component.prediction, block);
    }

    fn restart(&mut self) {}
}

#[inline(always)]
fn decode_block(
    reader: &mut BitReader<'_>,
    dc: &Decoder,
    ac: &Decoder,
    prediction: &mut i32,
    block: &mut Block,
) {
    let size = dc.symbol(reader);
    *prediction = prediction.wrapping_add(reader.receive_extend(size));
    block[0] = *prediction as i16;
    let mut k = 1;
    while k < 64 {
        reader.refill();
        let entry = ac.look(reader);
        if entry & WHOLE != 0 {
            reader.consume(entry & 63);
            k += (entry >> 8 & 15) as usize;
            block[natural(k)] = (entry >> 16) as i16;
            k += 1;
            continue;
        }
        let symbol = ac.symbol_after(entry, reader);
        let (run, size) = ((symbol >> 4) as usize, symbol & 15);
        if size == 0 {
            if run != 15 {
                break;
            }
            k += 16;
        } else {
            k += run;
            block[natural(k)] = reader.receive_extend(size) as i16;
            k += 1;
        }
    }
}
