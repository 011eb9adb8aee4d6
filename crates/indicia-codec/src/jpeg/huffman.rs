//! Huffman tables made ready for decoding.

use indicia_core::{Error, Result};

use super::bits::{BitReader, extend};
use super::types::HuffmanTable;

/// Bits that one look into the fast table covers.
const FAST_BITS: u32 = 10;
/// In a fast entry: a whole coefficient, code and extra bits together.
pub(super) const WHOLE: u32 = 0x80;

/// A Huffman decoder.
///
/// A fast entry is 0 if the code is longer than [`FAST_BITS`]. Else its low 6 bits are the number of bits to
/// take. With [`WHOLE`] set, bits 8 to 11 are the run of zeros and bits 16 to 31 the coefficient; without,
/// bits 8 to 15 are the symbol.
pub(super) struct Decoder {
    fast: Box<[u32; 1 << FAST_BITS]>,
    /// Largest code of each length, -1 if there is none; the entry at 17 ends every search.
    max_code: [i32; 18],
    /// What to add to a code of each length for its place in `symbols`.
    offset: [i32; 17],
    symbols: Box<[u8; 256]>,
}

impl Decoder {
    /// Prepares a table of the file. With `whole`, fast entries hold whole coefficients where they can;
    /// refinement scans, whose extra bits mean something else, want symbols alone.
    ///
    /// # Errors
    /// `Input` if the code lengths are no prefix code or a DC symbol exceeds 15.
    pub(super) fn new(table: &HuffmanTable, whole: bool) -> Result<Self> {
        let wrong = |what: &str| {
            let class = if table.ac { "AC" } else { "DC" };
            Error::input(format!(
                "Huffman table {class} {} defined at offset {} {what}",
                table.slot, table.offset
            ))
        };
        if !table.ac && table.symbols.iter().any(|s| *s > 15) {
            return Err(wrong("has a DC size above 15"));
        }
        let mut symbols = Box::new([0; 256]);
        for (slot, symbol) in symbols.iter_mut().zip(&table.symbols) {
            *slot = *symbol;
        }
        let mut fast = Box::new([0; 1 << FAST_BITS]);
        let mut max_code = [-1; 18];
        max_code[17] = i32::MAX;
        let mut offset = [0; 17];
        let mut code = 0i32;
        let mut first = 0usize;
        for length in 1..=16u32 {
            let count = usize::from(table.counts[length as usize - 1]);
            offset[length as usize] = first as i32 - code;
            if count > 0 {
                if code + count as i32 > 1 << length {
                    return Err(wrong("has more codes than fit their length"));
                }
                max_code[length as usize] = code + count as i32 - 1;
                if length <= FAST_BITS {
                    let free = FAST_BITS - length;
                    for i in 0..count {
                        let symbol = *table.symbols.get(first + i).ok_or_else(|| wrong("lacks symbols"))?;
                        let start = (code as usize + i) << free;
                        for (tail, entry) in fast[start..start + (1 << free)].iter_mut().enumerate() {
                            *entry = fast_entry(table.ac && whole, symbol, length, tail as u32, free);
                        }
                    }
                }
                code += count as i32;
                first += count;
            }
            code <<= 1;
        }
        Ok(Self { fast, max_code, offset, symbols })
    }

    /// The fast entry for the next bits; 32 of them are available.
    #[inline(always)]
    pub(super) fn look(&self, reader: &BitReader<'_>) -> u32 {
        self.fast[(reader.peek(FAST_BITS) & ((1 << FAST_BITS) - 1)) as usize]
    }

    /// The symbol of a code that [`Decoder::look`] found to have none or to be longer than it covers.
    #[inline(always)]
    pub(super) fn symbol_after(&self, entry: u32, reader: &mut BitReader<'_>) -> u32 {
        if entry != 0 {
            reader.consume(entry & 63);
            entry >> 8 & 0xFF
        } else {
            self.long_symbol(reader)
        }
    }

    /// A code longer than [`FAST_BITS`]; 0 for bits that are no code, after 17 of them, as in libjpeg.
    #[cold]
    fn long_symbol(&self, reader: &mut BitReader<'_>) -> u32 {
        for length in FAST_BITS + 1..=16 {
            let code = reader.peek(length) as i32;
            if code <= self.max_code[length as usize] {
                reader.consume(length);
                return u32::from(self.symbols[(code + self.offset[length as usize]) as usize & 255]);
            }
        }
        reader.consume(17);
        reader.bad_codes += 1;
        0
    }

    /// The next symbol.
    #[inline(always)]
    pub(super) fn symbol(&self, reader: &mut BitReader<'_>) -> u32 {
        reader.refill();
        let entry = self.look(reader);
        self.symbol_after(entry, reader)
    }
}

/// Entry for a code of `length` bits that `free` bits follow, `tail` being those.
fn fast_entry(whole: bool, symbol: u8, length: u32, tail: u32, free: u32) -> u32 {
    let size = u32::from(symbol & 15);
    if whole && size > 0 && size <= free {
        let value = extend((tail >> (free - size)) as i32, size);
        return (value as u32) << 16 | u32::from(symbol >> 4) << 8 | WHOLE | (length + size);
    }
    u32::from(symbol) << 8 | length
}
