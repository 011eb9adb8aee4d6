//! Scans of progressive frames (T.81, annex G): spectral selection and successive approximation.

use super::bits::BitReader;
use super::huffman::WHOLE;
use super::scan::{Block, BlockCoder, ScanComponent, is_flat};
use super::zigzag::natural;

/// First scan of the DC coefficients.
pub(super) struct DcFirst {
    pub low: u8,
}

impl BlockCoder for DcFirst {
    #[inline(always)]
    fn block(&mut self, reader: &mut BitReader<'_>, component: &mut ScanComponent<'_>, index: Option<usize>) {
        let Some(dc) = component.dc else { return };
        let size = dc.symbol(reader);
        component.prediction = component.prediction.wrapping_add(reader.receive_extend(size));
        if let Some(block) = index.and_then(|i| component.blocks.get_mut(i)) {
            block[0] = (component.prediction << self.low) as i16;
        }
    }

    fn restart(&mut self) {}
}

/// Later scan of the DC coefficients: one more bit of each.
pub(super) struct DcRefine {
    pub low: u8,
}

impl BlockCoder for DcRefine {
    #[inline(always)]
    fn block(&mut self, reader: &mut BitReader<'_>, component: &mut ScanComponent<'_>, index: Option<usize>) {
        let bit = reader.bit();
        if let Some(block) = index.and_then(|i| component.blocks.get_mut(i))
            && bit
        {
            block[0] |= 1 << self.low;
        }
    }

    fn restart(&mut self) {}
}

/// First scan of a band of AC coefficients.
pub(super) struct AcFirst {
    pub start: usize,
    pub end: usize,
    pub low: u8,
    /// Blocks still to come that hold nothing in this band.
    pub empty: u32,
}

impl BlockCoder for AcFirst {
    #[inline(always)]
    fn block(&mut self, reader: &mut BitReader<'_>, component: &mut ScanComponent<'_>, index: Option<usize>) {
        if self.empty > 0 {
            self.empty -= 1;
            return;
        }
        let (Some(ac), Some(block)) = (component.ac, index.and_then(|i| component.blocks.get_mut(i))) else {
            return;
        };
        let mut k = self.start;
        while k <= self.end {
            reader.refill();
            let entry = ac.look(reader);
            if entry & WHOLE != 0 {
                reader.consume(entry & 63);
                k += (entry >> 8 & 15) as usize;
                block[natural(k)] = (i32::from((entry >> 16) as i16) << self.low) as i16;
                k += 1;
                continue;
            }
            let symbol = ac.symbol_after(entry, reader);
            let (run, size) = (symbol >> 4, symbol & 15);
            if size > 0 {
                k += run as usize;
                block[natural(k)] = (reader.receive_extend(size) << self.low) as i16;
                k += 1;
            } else if run == 15 {
                k += 16;
            } else {
                // This block and so many more have nothing up to the end of the band.
                self.empty = (1 << run) - 1 + reader.bits(run);
                break;
            }
        }
    }

    fn restart(&mut self) {
        self.empty = 0;
    }
}

/// Later scan of a band of AC coefficients: one more bit of each, and new ones.
pub(super) struct AcRefine {
    pub start: usize,
    pub end: usize,
    pub low: u8,
    /// Blocks still to come that get no new coefficient in this band.
    pub empty: u32,
}

impl BlockCoder for AcRefine {
    #[inline(always)]
    fn block(&mut self, reader: &mut BitReader<'_>, component: &mut ScanComponent<'_>, index: Option<usize>) {
        let (Some(ac), Some(block)) = (component.ac, index.and_then(|i| component.blocks.get_mut(i))) else {
            return;
        };
        let bit = 1i16 << self.low;
        let mut k = self.start;
        if self.empty == 0 {
            while k <= self.end {
                let symbol = ac.symbol(reader);
                let (mut run, size) = (symbol >> 4, symbol & 15);
                let mut new = 0;
                if size > 0 {
                    // A size other than 1 is damage, and libjpeg reads it as 1.
                    new = if reader.bit() { bit } else { -bit };
                } else if run != 15 {
                    self.empty = (1 << run) + reader.bits(run);
                    break;
                }
                // Pass over `run` zeros, refining what stands between them.
                while k <= self.end {
                    let coefficient = &mut block[natural(k)];
                    if *coefficient != 0 {
                        refine(coefficient, bit, reader);
                    } else if run == 0 {
                        break;
                    } else {
                        run -= 1;
                    }
                    k += 1;
                }
                if new != 0 {
                    block[natural(k)] = new;
                }
                k += 1;
            }
        }
        if self.empty > 0 {
            refine_rest(block, k, self.end, bit, reader);
            self.empty -= 1;
        }
    }

    fn restart(&mut self) {
        self.empty = 0;
    }
}

/// Refines what is not zero from zig-zag index `k` to `end`.
#[inline(always)]
fn refine_rest(block: &mut Block, k: usize, end: usize, bit: i16, reader: &mut BitReader<'_>) {
    // Runs of empty blocks cost next to no bits, so that passing over one must be cheap.
    if is_flat(block) {
        return;
    }
    for k in k..=end {
        let coefficient = &mut block[natural(k)];
        if *coefficient != 0 {
            refine(coefficient, bit, reader);
        }
    }
}

#[inline(always)]
fn refine(coefficient: &mut i16, bit: i16, reader: &mut BitReader<'_>) {
    // A bit that is there already is damage and is left alone, as in libjpeg.
    if reader.bit() && *coefficient & bit == 0 {
        *coefficient = coefficient.wrapping_add(if *coefficient >= 0 { bit } else { -bit });
    }
}
