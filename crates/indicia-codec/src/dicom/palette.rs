//! Palette colour (PS3.3, C.7.6.3.1.5 and C.7.9).

use indicia_core::{Error, Result};

use super::image::Image;
use super::walk::Layout;
use crate::Samples;
use crate::bytes::zeros;

/// One colour of the palette.
struct Table {
    /// Stored value that the first entry is for.
    first: i32,
    entries: Vec<u16>,
    /// Bits of an entry, 8 or 16.
    bits: u16,
}

/// Red, green and blue of each index.
pub(super) fn look_up(layout: &Layout, bytes: &[u8], image: &Image, indices: &[u16]) -> Result<Samples> {
    let tables = [0, 1, 2].map(|i| table(layout, bytes, image, i));
    let [red, green, blue] = tables;
    let tables = [red?, green?, blue?];
    let mask = ((1_u32 << image.stored.min(16)) - 1) as u16;
    let index = |value: u16| {
        let value = value & mask;
        let negative = image.signed && value >> (image.stored.min(16) - 1) & 1 == 1;
        if negative { i32::from(value) - (i32::from(mask) + 1) } else { i32::from(value) }
    };
    let mut out = zeros::<u16>(indices.len() * 3)?;
    for (pixel, value) in out.as_chunks_mut::<3>().0.iter_mut().zip(indices) {
        for (place, table) in pixel.iter_mut().zip(&tables) {
            // Values below the first entry show it, those beyond the last show that.
            let at = (index(*value) - table.first).clamp(0, table.entries.len() as i32 - 1);
            *place = table.entries[at as usize];
        }
    }
    let narrow = tables.iter().all(|t| t.bits == 8);
    Ok(if narrow { Samples::U8(out.into_iter().map(|v| v as u8).collect()) } else { Samples::U16(out) })
}

fn table(layout: &Layout, bytes: &[u8], image: &Image, color: u32) -> Result<Table> {
    let name = ["red", "green", "blue"][color as usize];
    let word = |pair: [u8; 2]| {
        if layout.syntax.little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    let descriptor = layout.value(bytes, 0x0028_1101 + color);
    let descriptor: Vec<u16> =
        descriptor.unwrap_or_default().as_chunks().0.iter().map(|pair| word(*pair)).collect();
    let [count, first, bits] = *descriptor else {
        return Err(Error::input(format!("the {name} palette has no descriptor of three numbers")));
    };
    let count = if count == 0 { 65_536 } else { usize::from(count) };
    let Some(value) = layout.value(bytes, 0x0028_1201 + color) else {
        return Err(if layout.value(bytes, 0x0028_1221 + color).is_some() {
            Error::unsupported("DICOM with segmented palettes is not read")
        } else {
            Error::input(format!("the {name} palette is missing"))
        });
    };
    // Entries of 8 bits stand in pairs in a word, or each in a word of its own.
    let entries: Vec<u16> = if bits == 8 && value.len() < 2 * count {
        let bytes = if layout.syntax.little {
            value.to_vec()
        } else {
            value.chunks(2).flat_map(|pair| pair.iter().rev()).copied().collect()
        };
        bytes.into_iter().map(u16::from).take(count).collect()
    } else {
        value.as_chunks().0.iter().map(|pair| word(*pair)).take(count).collect()
    };
    if entries.len() < count || !matches!(bits, 8 | 16) {
        return Err(Error::input(format!(
            "the {name} palette has {} of {count} entries, of {bits} bits",
            entries.len()
        )));
    }
    let first = if image.signed { i32::from(first as i16) } else { i32::from(first) };
    Ok(Table { first, entries, bits })
}
