//! Pixels to the bytes of a baseline JPEG file, as libjpeg-turbo writes them by default: JFIF header, the
//! example Huffman tables, one interleaved scan.

use indicia_core::{Error, Result};
use rayon::prelude::*;

use super::forward::{Scratch, Source, forward_row};
use super::scan::Block;
use super::standard_huffman::standard;
use super::types::{HuffmanTable, Subsampling};
use super::upsample::Plane;
use super::zigzag::natural;

/// Bytes of a JPEG file of interleaved RGB. `tables` are the luminance and chrominance steps in natural order,
/// 1 to 255 each, as [`super::standard_tables`] gives them. Reading the file gives the pixels of
/// [`super::recompress`]; the bytes equal libjpeg-turbo's for the same tables.
///
/// # Errors
/// `Limits` if a side is 0 or over 65,535; `Input` if `rgb` has another length than `width * height * 3` or a
/// step lies outside 1 to 255.
pub fn encode(
    rgb: &[u8],
    width: usize,
    height: usize,
    tables: &[[u16; 64]; 2],
    subsampling: Subsampling,
) -> Result<Vec<u8>> {
    let side = |n: usize| u16::try_from(n).ok().filter(|n| *n > 0);
    let (Some(columns), Some(rows)) = (side(width), side(height)) else {
        return Err(Error::limits(format!("a JPEG has sides of 1 to 65535 pixels, got {width}x{height}")));
    };
    if rgb.len() != width * height * 3 {
        let got = rgb.len();
        return Err(Error::input(format!("expected {width}x{height} pixels of 3 bytes, got {got} bytes")));
    }
    if let Some(step) = tables.iter().flatten().find(|step| !(1..=255).contains(*step)) {
        return Err(Error::input(format!("expected quantisation steps of 1 to 255, got {step}")));
    }
    let max = subsampling.factors();
    let planes = [max, (1, 1), (1, 1)].map(|factors| Plane::new(width, height, factors, max));
    let blocks: Vec<Vec<Block>> = (0..3)
        .map(|i| coefficients(&Source { rgb, width, height }, &planes[i], i, &tables[i.min(1)]))
        .collect();

    let mut out = Vec::with_capacity(rgb.len() / 8 + 1024);
    header(&mut out, columns, rows, tables, max);
    let codes: [[Codes; 2]; 2] = [0, 1].map(|slot| [false, true].map(|ac| Codes::of(&table(ac, slot))));
    let mut bits = BitWriter { out, buffer: 0, count: 0 };
    let mut last_dc = [0; 3];
    let (across, down) = (planes[1].blocks_wide, planes[1].height.div_ceil(8));
    for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column))) {
        for (i, plane) in planes.iter().enumerate() {
            let high = plane.height.div_ceil(8);
            for (y, x) in (0..plane.v).flat_map(|y| (0..plane.h).map(move |x| (y, x))) {
                let (y, x) = (row * plane.v + y, column * plane.h + x);
                let [dc, ac] = &codes[i.min(1)];
                if y < high && x < plane.blocks_wide {
                    bits.block(&blocks[i][y * plane.blocks_wide + x], &mut last_dc[i], dc, ac);
                } else {
                    // Blocks that only fill an MCU repeat the mean before them and hold nothing else.
                    let mut filling = [0; 64];
                    filling[0] = last_dc[i] as i16;
                    bits.block(&filling, &mut last_dc[i], dc, ac);
                }
            }
        }
    }
    let mut out = bits.finish();
    out.extend([0xFF, 0xD9]);
    Ok(out)
}

/// Quantised coefficients of a component, its blocks in rows.
fn coefficients(source: &Source<'_>, plane: &Plane, component: usize, steps: &[u16; 64]) -> Vec<Block> {
    let inverse = steps.map(|step| 0.125 / f32::from(step));
    let mut blocks = vec![[0; 64]; plane.blocks_wide * plane.height.div_ceil(8)];
    blocks.par_chunks_mut(plane.blocks_wide).enumerate().for_each_init(
        || (Scratch::default(), vec![0; plane.blocks_wide * 64]),
        |(scratch, samples), (row, blocks)| {
            source.component_rows(plane, component, row * 8, scratch, samples);
            forward_row(samples, &inverse, blocks);
        },
    );
    blocks
}

fn table(ac: bool, slot: u8) -> HuffmanTable {
    standard(ac, slot).unwrap_or_else(|| unreachable!("slots 0 and 1 exist"))
}

fn header(out: &mut Vec<u8>, width: u16, height: u16, tables: &[[u16; 64]; 2], (h, v): (u8, u8)) {
    fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
        out.extend([0xFF, marker]);
        out.extend((payload.len() as u16 + 2).to_be_bytes());
        out.extend(payload);
    }
    out.extend([0xFF, 0xD8]);
    segment(out, 0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (slot, steps) in tables.iter().enumerate() {
        let zigzag = (0..64).map(|k| steps[natural(k)] as u8);
        segment(out, 0xDB, &std::iter::once(slot as u8).chain(zigzag).collect::<Vec<_>>());
    }
    let [high, wide] = [height, width].map(u16::to_be_bytes);
    let frame =
        [[8, high[0], high[1]], [wide[0], wide[1], 3], [1, h << 4 | v, 0], [2, 0x11, 1], [3, 0x11, 1]];
    segment(out, 0xC0, frame.as_flattened());
    for slot in [0, 1] {
        for ac in [false, true] {
            let HuffmanTable { counts, symbols, .. } = table(ac, slot);
            let class = u8::from(ac) << 4 | slot;
            let payload = std::iter::once(class).chain(counts).chain(symbols);
            segment(out, 0xC4, &payload.collect::<Vec<_>>());
        }
    }
    segment(out, 0xDA, &[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
}

/// Code and length of each symbol.
struct Codes([(u16, u8); 256]);

impl Codes {
    /// T.81, annex C.2.
    fn of(table: &HuffmanTable) -> Self {
        let mut codes = [(0, 0); 256];
        let (mut code, mut symbols) = (0, table.symbols.iter());
        for (length, count) in (1..).zip(table.counts) {
            for symbol in symbols.by_ref().take(usize::from(count)) {
                codes[usize::from(*symbol)] = (code, length);
                code += 1;
            }
            code <<= 1;
        }
        Self(codes)
    }
}

struct BitWriter {
    out: Vec<u8>,
    buffer: u64,
    count: u32,
}

impl BitWriter {
    #[inline]
    fn put(&mut self, bits: u32, length: u32) {
        self.buffer = self.buffer << length | u64::from(bits);
        self.count += length;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.buffer >> self.count) as u8;
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
    }

    #[inline]
    fn symbol(&mut self, codes: &Codes, symbol: u8) {
        let (code, length) = codes.0[usize::from(symbol)];
        self.put(u32::from(code), u32::from(length));
    }

    /// T.81, F.1.2: a difference of means, then runs of zeros and values.
    fn block(&mut self, block: &Block, last_dc: &mut i32, dc: &Codes, ac: &Codes) {
        let mean = i32::from(block[0]);
        self.value(mean - *last_dc, 0, dc);
        *last_dc = mean;
        let mut run = 0;
        for k in 1..64 {
            let value = i32::from(block[natural(k)]);
            if value == 0 {
                run += 1;
                continue;
            }
            while run > 15 {
                self.symbol(ac, 0xF0);
                run -= 16;
            }
            self.value(value, run, ac);
            run = 0;
        }
        if run > 0 {
            self.symbol(ac, 0);
        }
    }

    #[inline]
    fn value(&mut self, value: i32, run: u8, codes: &Codes) {
        let length = 32 - value.unsigned_abs().leading_zeros();
        self.symbol(codes, run << 4 | length as u8);
        // Negative values are written as their lower bits less one (T.81, table F.1).
        let bits = if value < 0 { value - 1 } else { value } as u32;
        self.put(bits & ((1 << length) - 1), length);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            let free = 8 - self.count;
            self.put((1 << free) - 1, free);
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use indicia_core::Limits;

    use super::super::{decode_pixels, parse, recompress, standard_tables};
    use super::*;
    use crate::Samples;

    fn picture(width: usize, height: usize) -> Vec<u8> {
        (0..width * height * 3).map(|i| (i * i * 31 % 251 / 2 + i / 7 % 100) as u8).collect()
    }

    #[test]
    fn a_file_reads_back_as_the_pixels_that_recompression_gives() {
        for subsampling in [Subsampling::S444, Subsampling::S422, Subsampling::S420] {
            for (width, height) in [(1, 1), (8, 8), (17, 9), (33, 50), (16, 31)] {
                for quality in [1, 50, 92, 100] {
                    let rgb = picture(width, height);
                    let bytes = encode(&rgb, width, height, &standard_tables(quality), subsampling).unwrap();
                    let jpeg = parse(&bytes, &Limits::default()).unwrap();
                    assert!(jpeg.warnings.is_empty(), "{:?}", jpeg.warnings);
                    let pixels = decode_pixels(&jpeg).unwrap();
                    let expected = recompress(&rgb, width, height, quality, subsampling);
                    assert_eq!(
                        pixels.samples,
                        Samples::U8(expected),
                        "{subsampling:?} {width}x{height} {quality}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_no_jpeg_can_hold_is_refused() {
        let tables = standard_tables(90);
        let refused = |rgb: &[u8], width, height, tables: &[[u16; 64]; 2]| {
            encode(rgb, width, height, tables, Subsampling::S444).unwrap_err().to_string()
        };
        assert!(refused(&[], 0, 1, &tables).contains("got 0x1"));
        assert!(refused(&[], 70_000, 1, &tables).contains("65535"));
        assert!(refused(&[0; 5], 2, 1, &tables).contains("got 5 bytes"));
        assert!(refused(&[0; 3], 1, 1, &[[0; 64]; 2]).contains("got 0"));
    }
}
