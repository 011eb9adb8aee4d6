//! Pixels whose residual says nothing because the picture is too dark or too bright.

use multiversion::multiversion;
use rayon::prelude::*;

/// Half widths of the rows of a disc of radius 3, from its centre outwards (`x² + y² <= 9`).
const DISC_3: [usize; 4] = [3, 2, 2, 0];
/// The same for radius 2 (`x² + y² <= 4`).
const DISC_2: [usize; 3] = [2, 1, 0];
/// Reach of the square that widens the excluded regions (9 by 9).
const SQUARE: [usize; 5] = [4; 5];

/// 1 for each pixel that counts, 0 near saturated regions, row by row.
///
/// A region is dark where the luma is below `low` and bright where it is above `high` (of 255), after an
/// opening by a disc of radius 3 and 2 that drops single pixels; what lies within a square of 9 by 9 of a
/// region does not count. Beyond the border everything counts as set when set regions shrink and as empty
/// when they grow.
///
/// The comparison is made in single precision with channels scaled to [0, 1], where the published code makes
/// it: gray values that equal a threshold fall on the side that rounding gives them there.
pub(super) fn usable(rgb: &[u8], width: usize, low: f32, high: f32) -> Vec<u8> {
    let pixels = rgb.len() / 3;
    let mut excluded = vec![0; pixels];
    for (threshold, dark, disc) in [(low, true, &DISC_3[..]), (high, false, &DISC_2[..])] {
        let mut set = vec![0; pixels];
        set.par_chunks_mut(width).zip(rgb.par_chunks(3 * width)).for_each(|(set, rgb)| {
            compare(rgb, threshold / 255.0, dark, set);
        });
        if set.par_iter().all(|&s| s == 0) {
            continue;
        }
        let opened = grow(&shrink(&set, width, disc), width, disc);
        excluded.par_iter_mut().zip(opened).for_each(|(e, o)| *e |= o);
    }
    if excluded.par_iter().all(|&s| s == 0) {
        excluded.fill(1);
        return excluded;
    }
    let mut out = grow(&excluded, width, &SQUARE);
    out.par_iter_mut().for_each(|o| *o ^= 1);
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn compare(rgb: &[u8], threshold: f32, below: bool, set: &mut [u8]) {
    for (set, p) in set.iter_mut().zip(rgb.as_chunks::<3>().0) {
        let [r, g, b] = p.map(|v| f32::from(v) / 255.0);
        let luma = 0.299 * r + 0.587 * g + 0.114 * b;
        *set = u8::from(if below { luma < threshold } else { luma > threshold });
    }
}

/// Erosion: a pixel stays if the element around it lies on set pixels, those beyond the border being set.
fn shrink(set: &[u8], width: usize, element: &[usize]) -> Vec<u8> {
    let flipped: Vec<u8> = set.iter().map(|s| s ^ 1).collect();
    let mut out = grow(&flipped, width, element);
    out.iter_mut().for_each(|o| *o ^= 1);
    out
}

/// Dilation by the symmetric element whose rows have the given half widths.
fn grow(set: &[u8], width: usize, element: &[usize]) -> Vec<u8> {
    let height = set.len() / width;
    let any: Vec<bool> = set.par_chunks(width).map(|row| row.iter().any(|&s| s != 0)).collect();
    let mut out = vec![0; set.len()];
    out.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        let reach = element.len() - 1;
        for from in (y.saturating_sub(reach)..=(y + reach).min(height - 1)).filter(|&from| any[from]) {
            let row = &set[from * width..(from + 1) * width];
            let half = element[from.abs_diff(y)];
            for shift in 0..=half.min(width - 1) {
                merge(&mut out[..width - shift], &row[shift..]);
                merge(&mut out[shift..], &row[..width - shift]);
            }
        }
    });
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn merge(out: &mut [u8], row: &[u8]) {
    for (out, row) in out.iter_mut().zip(row) {
        *out |= row;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: usize, height: usize, value: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..width * height).flat_map(|i| [value(i % width, i / width); 3]).collect()
    }

    #[test]
    fn single_dark_pixels_count_and_regions_do_not() {
        let single = gray(30, 30, |x, y| if (x, y) == (15, 15) { 0 } else { 100 });
        assert!(usable(&single, 30, 6.0, 252.0).iter().all(|&m| m == 1));
        // A disc of radius 3 is as large as the element, so that it stays, and 4 pixels around it go.
        let disc = |x: usize, y: usize| x.abs_diff(15).pow(2) + y.abs_diff(15).pow(2) <= 9;
        let mask = usable(&gray(30, 30, |x, y| if disc(x, y) { 0 } else { 100 }), 30, 6.0, 252.0);
        assert_eq!((mask[15 * 30 + 8], mask[15 * 30 + 7]), (0, 1));
        assert_eq!((mask[8 * 30 + 15], mask[7 * 30 + 15]), (0, 1));
        // The corner of the disc's square is reached by the square around (17, 17), a pixel of the disc.
        assert_eq!((mask[21 * 30 + 21], mask[22 * 30 + 21]), (0, 1));
    }

    #[test]
    fn a_bright_bar_at_the_border_is_excluded() {
        let mask = usable(&gray(20, 20, |x, _| if x < 1 { 255 } else { 100 }), 20, 6.0, 252.0);
        assert_eq!(mask[10 * 20 + 1], 1, "a bar of one pixel holds no disc");
        let mask = usable(&gray(20, 20, |x, _| if x < 3 { 255 } else { 100 }), 20, 6.0, 252.0);
        assert_eq!((mask[10 * 20 + 6], mask[10 * 20 + 7]), (0, 1));
    }

    #[test]
    fn a_dark_picture_has_no_usable_pixel() {
        assert!(usable(&gray(9, 9, |_, _| 0), 9, 6.0, 252.0).iter().all(|&m| m == 0));
        assert_eq!(usable(&gray(1, 1, |_, _| 0), 1, 6.0, 252.0), [0]);
        assert_eq!(usable(&gray(1, 1, |_, _| 9), 1, 6.0, 252.0), [1]);
    }
}
