//! Sobel's gradient of luma, row by row.

use indicia_ops::{Luma8, mirrored};

use crate::picture::{Lines, sampled_rows};

/// Writes the gradient of row `y` in levels a pixel: along the row (brighter to the right is positive) and down
/// the columns (brighter downward is positive). Borders are mirrored with the end sample repeated.
pub(super) fn gradient(luma: &Luma8, y: usize, along: &mut [f32], down: &mut [f32]) {
    let (width, height) = (luma.width, luma.height);
    let row = |d: isize| &luma.samples[mirrored(y as isize + d, height) * width..][..width];
    let (above, here, below) = (row(-1), row(0), row(1));
    let columns = along.iter_mut().zip(down.iter_mut()).enumerate();
    for (x, (along, down)) in columns {
        let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
        let at = |row: &[u8], x: usize| i32::from(row[x]);
        let side = |x: usize| at(above, x) + 2 * at(here, x) + at(below, x);
        let slope = |x: usize| at(below, x) - at(above, x);
        *along = (side(right) - side(left)) as f32 / 8.0;
        *down = (slope(left) + 2 * slope(x) + slope(right)) as f32 / 8.0;
    }
}

/// Mean size of the gradient over a few rows, in levels a pixel.
pub(super) fn typical_strength(luma: &Luma8) -> f32 {
    let (mut along, mut down) = (vec![0.0; luma.width], vec![0.0; luma.width]);
    let (mut sum, mut count) = (0.0_f64, 0_usize);
    for y in sampled_rows(luma.height) {
        gradient(luma, y, &mut along, &mut down);
        sum += along.iter().zip(&down).map(|(a, d)| f64::from((a * a + d * d).sqrt())).sum::<f64>();
        count += luma.width;
    }
    (sum / count.max(1) as f64) as f32
}

/// Colours of row `y`, 0 to 255: a slope s shows as `s / (typical + |s|)` around the middle in red (along) and
/// green (down), and blue is the gradient's size in the same measure. `typical` is above 0.
pub(super) fn colours(luma: &Luma8, y: usize, typical: f32, [red, green, blue]: &mut Lines) {
    gradient(luma, y, red, green);
    for ((r, g), b) in red.iter_mut().zip(green.iter_mut()).zip(blue.iter_mut()) {
        let size = (*r * *r + *g * *g).sqrt();
        let scale = 127.5 / (typical + size);
        *b = 2.0 * scale * size;
        *r = 127.5 + scale * *r;
        *g = 127.5 + scale * *g;
    }
}
