//! What several of these corruptions need: maps of pixels and samples, gray levels.

use indicia_core::Picture;
use rayon::prelude::*;

/// Changes every pixel by its place (column, row) and samples.
pub(in crate::corrupt) fn each_pixel(
    mut picture: Picture,
    change: impl Fn(usize, usize, [u8; 3]) -> [u8; 3] + Sync,
) -> Picture {
    picture.rgb.par_chunks_mut(picture.width.max(1) * 3).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            pixel.copy_from_slice(&change(x, y, [pixel[0], pixel[1], pixel[2]]));
        }
    });
    picture
}

/// Looks every sample up in a table.
pub(in crate::corrupt) fn by_table(mut picture: Picture, table: &[u8; 256]) -> Picture {
    picture.rgb.par_iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
    picture
}

/// The gray level of Pillow's mode `L`: ITU-R BT.601 weights in 16-bit fixed point.
pub(in crate::corrupt) fn gray([r, g, b]: [u8; 3]) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 0x8000) >> 16) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_weighs_the_channels() {
        assert_eq!([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]].map(gray), [76, 150, 29, 9]);
    }
}
