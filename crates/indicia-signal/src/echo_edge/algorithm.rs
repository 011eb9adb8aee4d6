//! The Laplacian over 5 by 5 pixels: second derivatives `[1 0 -2 0 1]`, smoothed across by `[1 4 6 4 1]`.

use indicia_ops::{Rgb8, mirrored};

use crate::picture::{Lines, quantile, sampled_rows};

/// Sum of the smoothing weights: divides the Laplacian, so that it is in levels.
const SMOOTHING: f32 = 16.0;

/// Share of the samples above which a channel is shown white.
const WHITE: f64 = 0.02;

/// Writes the size of the Laplacian of row `y` of each channel, in levels: a slope gives 0, and `a x²` gives 8 a.
/// Borders are mirrored with the end sample repeated.
pub(super) fn laplacian(rgb: &Rgb8, y: usize, lines: &mut Lines) {
    let (width, height) = (rgb.width, rgb.height);
    let rows: [&[u8]; 5] = std::array::from_fn(|i| {
        let from = mirrored(y as isize + i as isize - 2, height) * width;
        &rgb.samples[3 * from..3 * (from + width)]
    });
    // Down the columns, with two mirrored samples on either side of the row.
    let (mut smooth, mut second) = (vec![0_i32; width + 4], vec![0_i32; width + 4]);
    for (channel, line) in lines.iter_mut().enumerate() {
        let [a, b, c, d, e] = rows.map(|row| row[channel..].iter().step_by(3).map(|&v| i32::from(v)));
        let columns = a.zip(b).zip(c).zip(d).zip(e);
        let sums = smooth[2..].iter_mut().zip(&mut second[2..]);
        for (((((a, b), c), d), e), (smooth, second)) in columns.zip(sums) {
            *second = a + e - 2 * c;
            *smooth = a + e + 4 * (b + d) + 6 * c;
        }
        for padded in [&mut smooth, &mut second] {
            for x in [0, 1, width + 2, width + 3] {
                padded[x] = padded[2 + mirrored(x as isize - 2, width)];
            }
        }
        for (x, out) in line.iter_mut().enumerate() {
            let (s, d) = (&smooth[x..x + 5], &second[x..x + 5]);
            let value = s[0] + s[4] - 2 * s[2] + d[0] + d[4] + 4 * (d[1] + d[3]) + 6 * d[2];
            *out = value.unsigned_abs() as f32 / SMOOTHING;
        }
    }
}

/// By channel, the size that one pixel in fifty of a few rows exceeds, in levels.
pub(super) fn white(rgb: &Rgb8) -> [f32; 3] {
    let mut lines: Lines = std::array::from_fn(|_| vec![0.0; rgb.width]);
    let mut values: [Vec<f32>; 3] = Default::default();
    for y in sampled_rows(rgb.height) {
        laplacian(rgb, y, &mut lines);
        values.iter_mut().zip(&lines).for_each(|(all, line)| all.extend_from_slice(line));
    }
    values.map(|mut all| quantile(&mut all, 1.0 - WHITE))
}
