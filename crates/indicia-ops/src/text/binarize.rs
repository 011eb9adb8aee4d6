use rayon::prelude::*;

/// Weight of the local contrast in Sauvola's threshold.
const K: f32 = 0.2;
/// Largest standard deviation of 8-bit luma, as published.
const R: f32 = 128.0;
/// Rows that are worked on together.
const BAND: usize = 128;

/// True where luma lies below `m (1 + k (s / 128 - 1))`, with mean m and standard deviation s of the square
/// window around the pixel, clipped at the picture's edges, and k = 0.2. The window's radius is a fortieth of the picture's
/// shorter side, from 12 to 60 pixels, so that it holds a letter with its paper.
///
/// # Panics
/// If `width` is 0 and there are samples.
pub fn sauvola(luma: &[u8], width: usize) -> Vec<bool> {
    let mut ink = vec![false; luma.len()];
    if luma.is_empty() {
        return ink;
    }
    let height = luma.len() / width;
    let radius = (width.min(height) / 40).clamp(12, 60);
    ink.par_chunks_mut(BAND * width).enumerate().for_each(|(band, ink)| {
        // Sums over the window's rows, a column each: of luma, and of its square.
        let mut columns = vec![(0_u32, 0_u32); width];
        let row = |y: usize| &luma[y * width..(y + 1) * width];
        let first = band * BAND;
        let add = |columns: &mut [(u32, u32)], y: usize| {
            for (sums, &v) in columns.iter_mut().zip(row(y)) {
                sums.0 += u32::from(v);
                sums.1 += u32::from(v) * u32::from(v);
            }
        };
        for y in first.saturating_sub(radius)..(first + radius).min(height) {
            add(&mut columns, y);
        }
        for (y, out) in (first..).zip(ink.chunks_mut(width)) {
            if y + radius < height {
                add(&mut columns, y + radius);
            }
            if y > first && y > radius {
                for (sums, &v) in columns.iter_mut().zip(row(y - radius - 1)) {
                    sums.0 -= u32::from(v);
                    sums.1 -= u32::from(v) * u32::from(v);
                }
            }
            let rows = (y + radius + 1).min(height) - y.saturating_sub(radius);
            threshold_row(row(y), &columns, rows, radius, out);
        }
    });
    ink
}

/// A row of [`sauvola`] from the sums of `rows` rows a column.
fn threshold_row(luma: &[u8], columns: &[(u32, u32)], rows: usize, radius: usize, out: &mut [bool]) {
    let width = luma.len();
    let (mut sum, mut squares) = (0_u32, 0_u32);
    for &(s, q) in &columns[..radius.min(width)] {
        (sum, squares) = (sum + s, squares + q);
    }
    for x in 0..width {
        if x + radius < width {
            let (s, q) = columns[x + radius];
            (sum, squares) = (sum + s, squares + q);
        }
        if x > radius {
            let (s, q) = columns[x - radius - 1];
            (sum, squares) = (sum - s, squares - q);
        }
        let count = (rows * ((x + radius + 1).min(width) - x.saturating_sub(radius))) as f32;
        let mean = sum as f32 / count;
        let deviation = (squares as f32 / count - mean * mean).max(0.0).sqrt();
        out[x] = f32::from(luma[x]) < mean * (1.0 + K * (deviation / R - 1.0));
    }
}
