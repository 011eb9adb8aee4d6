//! The picture at the size at which copies are verified, and its fine detail.

use rayon::prelude::*;

/// A single-channel picture, rows from the top.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` values.
    pub values: Vec<f32>,
}

impl Plane {
    /// Luma with pixels `factor` times as large, the means of whole squares; rows and columns that fill no square
    /// are left out.
    pub fn reduced(samples: &[u8], width: usize, factor: usize) -> Self {
        let (w, h) = (width / factor, samples.len() / width.max(1) / factor);
        let mut values = vec![0.0; w * h];
        let scale = 1.0 / (factor * factor) as f32;
        values.par_chunks_mut(w.max(1)).enumerate().for_each(|(y, row)| {
            for line in samples[y * factor * width..].chunks(width).take(factor) {
                for (out, square) in row.iter_mut().zip(line.chunks_exact(factor)) {
                    *out += square.iter().map(|&v| u32::from(v)).sum::<u32>() as f32;
                }
            }
            row.iter_mut().for_each(|v| *v *= scale);
        });
        Self { width: w, height: h, values }
    }

    /// This plane with pixels `factor` times as large.
    pub fn coarser(&self, factor: usize) -> Self {
        let (w, h) = (self.width / factor, self.height / factor);
        let mut values = vec![0.0; w * h];
        for (y, row) in values.chunks_exact_mut(w.max(1)).enumerate() {
            for line in self.values[y * factor * self.width..].chunks(self.width).take(factor) {
                for (out, square) in row.iter_mut().zip(line.chunks_exact(factor)) {
                    *out += square.iter().sum::<f32>();
                }
            }
            row.iter_mut().for_each(|v| *v /= (factor * factor) as f32);
        }
        Self { width: w, height: h, values }
    }

    /// Means over squares of side `2 * radius + 1`; beyond the border nothing counts.
    pub fn box_mean(&self, radius: usize) -> Self {
        let mut values = self.values.clone();
        box_sum(&mut values, self.width, radius);
        let span = |i: usize, n: usize| (i + radius + 1).min(n) - i.saturating_sub(radius);
        for (y, row) in values.chunks_exact_mut(self.width.max(1)).enumerate() {
            let rows = span(y, self.height);
            for (x, v) in row.iter_mut().enumerate() {
                *v /= (rows * span(x, self.width)) as f32;
            }
        }
        Self { values, ..*self }
    }

    /// Detail: what two box means of `radius` take away.
    pub fn fine(&self, radius: usize) -> Self {
        let mut out = self.box_mean(radius).box_mean(radius);
        out.values.iter_mut().zip(&self.values).for_each(|(smooth, v)| *smooth = v - *smooth);
        out
    }

    /// Value at a pixel if `whole`, at a place between pixels as by [`Plane::cubic`] otherwise; `None` outside.
    pub fn between(&self, x: f64, y: f64, whole: bool) -> Option<f32> {
        if !whole {
            return self.cubic(x, y);
        }
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f64 && y < self.height as f64;
        inside.then(|| self.values[y as usize * self.width + x as usize])
    }

    /// Value at a place between pixels by Catmull and Rom's cubic; `None` within two pixels of the border.
    pub fn cubic(&self, x: f64, y: f64) -> Option<f32> {
        let (fx, fy) = (x.floor(), y.floor());
        let inside =
            fx >= 1.0 && fy >= 1.0 && fx + 3.0 <= self.width as f64 && fy + 3.0 <= self.height as f64;
        if !inside {
            return None;
        }
        let (ix, iy) = (fx as usize - 1, fy as usize - 1);
        let (wx, wy) = (weights((x - fx) as f32), weights((y - fy) as f32));
        let mut sum = 0.0;
        for (dy, wy) in wy.iter().enumerate() {
            let row = &self.values[(iy + dy) * self.width + ix..][..4];
            sum += wy * (row[0] * wx[0] + row[1] * wx[1] + row[2] * wx[2] + row[3] * wx[3]);
        }
        Some(sum)
    }
}

/// Weights of the four samples around a place `t` behind the second.
fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        0.5 * (-t3 + 2.0 * t2 - t),
        0.5 * (3.0 * t3 - 5.0 * t2 + 2.0),
        0.5 * (-3.0 * t3 + 4.0 * t2 + t),
        0.5 * (t3 - t2),
    ]
}

/// Replaces each value by the sum over the square of side `2 * radius + 1` around it, as far as it lies inside.
pub fn box_sum(values: &mut [f32], width: usize, radius: usize) {
    if values.is_empty() {
        return;
    }
    let height = values.len() / width;
    let mut line = vec![0.0_f64; width + 1];
    for row in values.chunks_exact_mut(width) {
        for x in 0..width {
            line[x + 1] = line[x] + f64::from(row[x]);
        }
        for (x, v) in row.iter_mut().enumerate() {
            *v = (line[(x + radius + 1).min(width)] - line[x.saturating_sub(radius)]) as f32;
        }
    }
    // Columns: a running sum a column, over a copy of the rows that are still needed.
    let mut sums = vec![0.0_f64; width];
    let mut kept = std::collections::VecDeque::with_capacity(2 * radius + 2);
    let mut next = 0;
    for y in 0..height {
        while next < height && next <= y + radius {
            let row = values[next * width..(next + 1) * width].to_vec();
            sums.iter_mut().zip(&row).for_each(|(s, v)| *s += f64::from(*v));
            kept.push_back(row);
            next += 1;
        }
        if y > radius {
            let row = kept.pop_front().expect("a row leaves after it came");
            sums.iter_mut().zip(&row).for_each(|(s, v)| *s -= f64::from(*v));
        }
        let out = &mut values[y * width..(y + 1) * width];
        out.iter_mut().zip(&sums).for_each(|(v, s)| *v = *s as f32);
    }
}
