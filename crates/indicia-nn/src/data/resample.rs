//! Cutting, scaling, flipping and turning in one pass.

use indicia_core::{Error, Result};

/// A part of a picture and how it is brought to a square.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// Left edge, pixels.
    pub left: f64,
    /// Upper edge, pixels.
    pub top: f64,
    /// Side of the part, pixels, above 0.
    pub side: f64,
    /// Side of the square that it becomes.
    pub size: usize,
    /// How it is flipped and turned.
    pub turn: Turn,
}

/// A flip from left to right, then quarter turns clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// Whether left and right are exchanged.
    pub flip: bool,
    /// Quarter turns clockwise, 0 to 3.
    pub quarters: u8,
}

impl Turn {
    /// Where column and row of a square of side `size` come to lie.
    fn place(self, column: usize, row: usize, size: usize) -> (usize, usize) {
        let last = size - 1;
        let column = if self.flip { last - column } else { column };
        match self.quarters % 4 {
            0 => (column, row),
            1 => (last - row, column),
            2 => (last - column, last - row),
            _ => (row, last - column),
        }
    }
}

/// Weights of the samples that one place is made of.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// A triangle as wide as the reduction, as Pillow's bilinear filter. At the size that it has, a part at whole
/// pixels comes out as it is.
fn taps(from: f64, side: f64, size: usize, input: usize) -> Vec<Taps> {
    let scale = side / size as f64;
    let wide = scale.max(1.0);
    let of = |i: usize| {
        let centre = from + (i as f64 + 0.5) * scale;
        let first = ((centre - wide + 0.5).max(0.0) as usize).min(input - 1);
        let end = ((centre + wide + 0.5).max(0.0) as usize).min(input).max(first + 1);
        let raw: Vec<f64> =
            (first..end).map(|x| (1.0 - ((x as f64 + 0.5 - centre) / wide).abs()).max(0.0)).collect();
        let sum: f64 = raw.iter().sum();
        // Beyond the edge the nearest sample stands for all.
        let weights = if sum > 0.0 {
            raw.iter().map(|w| (w / sum) as f32).collect()
        } else {
            raw.iter().enumerate().map(|(i, _)| if i == 0 { 1.0 } else { 0.0 }).collect()
        };
        Taps { first, weights }
    };
    (0..size).map(of).collect()
}

/// The part of a picture of interleaved 8-bit samples that `cut` describes, `size * size * channels` samples.
///
/// # Errors
/// `Input` for a picture without pixels, samples that do not fit its size, or a part without area.
pub fn cut(samples: &[u8], width: usize, height: usize, channels: usize, cut: Cut) -> Result<Vec<u8>> {
    if width == 0 || height == 0 || samples.len() != width * height * channels {
        return Err(Error::input(format!(
            "expected {width}x{height} pixels of {channels} samples, at least one, got {}",
            samples.len()
        )));
    }
    if cut.side.is_nan() || cut.side <= 0.0 || cut.size == 0 {
        return Err(Error::input(format!("a part of side {} cannot become one of {}", cut.side, cut.size)));
    }
    let size = cut.size;
    let columns = taps(cut.left, cut.side, size, width);
    let rows = taps(cut.top, cut.side, size, height);
    let first = rows.iter().map(|t| t.first).min().unwrap_or(0);
    let end = rows.iter().map(|t| t.first + t.weights.len()).max().unwrap_or(0);
    // Rows of the part, brought to their width.
    let mut across = vec![0.0_f32; (end - first) * size * channels];
    for (y, out) in (first..end).zip(across.chunks_exact_mut(size * channels)) {
        let line = &samples[y * width * channels..(y + 1) * width * channels];
        for (tap, out) in columns.iter().zip(out.chunks_exact_mut(channels)) {
            for (i, weight) in tap.weights.iter().enumerate() {
                let pixel = &line[(tap.first + i) * channels..][..channels];
                out.iter_mut().zip(pixel).for_each(|(out, v)| *out += weight * f32::from(*v));
            }
        }
    }
    let mut out = vec![0; size * size * channels];
    let mut line = vec![0.0_f32; size * channels];
    for (row, tap) in rows.iter().enumerate() {
        line.fill(0.0);
        for (i, weight) in tap.weights.iter().enumerate() {
            let source = &across[(tap.first + i - first) * size * channels..][..size * channels];
            line.iter_mut().zip(source).for_each(|(out, v)| *out += weight * v);
        }
        for (column, pixel) in line.chunks_exact(channels).enumerate() {
            let (x, y) = cut.turn.place(column, row, size);
            let target = &mut out[(y * size + x) * channels..][..channels];
            target.iter_mut().zip(pixel).for_each(|(out, v)| *out = (v + 0.5).clamp(0.0, 255.0) as u8);
        }
    }
    Ok(out)
}
