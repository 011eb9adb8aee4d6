//! The views that ForgeryVCR shows its reasoner: error level, frequencies, and a box to look closer.
//!
//! Y. Wang and others, "ForgeryVCR: Visual-Centric Reasoning via Efficient Forensic Tools in MLLMs for Image
//! Forgery Detection and Localization", 2026, arXiv 2602.14098, as its released tools compute them with
//! OpenCV: a gray map, contrast-limited equalisation (CLAHE) of clip limit 4 in 8 by 8 tiles, the colours of
//! JET. Tests hold ELA to OpenCV's bytes; the frequency view may differ by one level where the rounding of
//! another Fourier transform decides.

use indicia_codec::jpeg::{Subsampling, recompress};
use rayon::prelude::*;
use rustfft::FftPlanner;
use rustfft::num_complex::Complex64;

/// Quality of the second save.
pub const ELA_QUALITY: u8 = 90;
/// Factor of the difference in the released class.
pub const ELA_SCALE: f32 = 15.0;
/// Factor of the difference in the released service.
pub const ELA_SERVICE_SCALE: f32 = 50.0;
/// Frequencies up to this distance from zero are removed, in periods a picture.
pub const FFT_RADIUS: usize = 30;
/// Clip limit and tiles of the equalisation.
pub const CLAHE: (f64, usize) = (4.0, 8);

/// A view in its steps, each of width times height pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolView {
    /// The gray map.
    pub raw: Vec<u8>,
    /// Equalised.
    pub enhanced: Vec<u8>,
    /// In colours, interleaved RGB: blue is low, red is high.
    pub heat: Vec<u8>,
}

impl ToolView {
    fn of(raw: Vec<u8>, width: usize) -> Self {
        let enhanced = clahe(&raw, width, CLAHE.0, CLAHE.1);
        let heat = jet(&enhanced);
        Self { raw, enhanced, heat }
    }
}

/// Error level: the difference to the picture saved again as JPEG of `quality` (4:2:0), gray, times `scale`, cut
/// at 255. `rgb` is interleaved, `width` columns.
///
/// # Panics
/// If `rgb` does not hold whole rows.
pub fn ela(rgb: &[u8], width: usize, quality: u8, scale: f32) -> ToolView {
    ToolView::of(ela_gray(rgb, width, quality, scale), width)
}

/// [`ela`]'s gray map alone.
///
/// # Panics
/// If `rgb` does not hold whole rows.
pub fn ela_gray(rgb: &[u8], width: usize, quality: u8, scale: f32) -> Vec<u8> {
    let height = (rgb.len() / 3).checked_div(width).unwrap_or(0);
    let again = recompress(rgb, width, height, quality, Subsampling::S420);
    rgb.par_chunks_exact(3)
        .zip(again.par_chunks_exact(3))
        .map(|(a, b)| {
            (f32::from(gray(std::array::from_fn(|c| a[c].abs_diff(b[c])))) * scale).min(255.0) as u8
        })
        .collect()
}

/// Frequencies: each channel without those up to `radius` periods a picture from zero, magnitudes stretched to 0
/// to 255, gray. `rgb` is interleaved, `width` columns.
pub fn fft_high_pass(rgb: &[u8], width: usize, radius: usize) -> ToolView {
    let pixels = rgb.len() / 3;
    let mut channels = vec![vec![]; 3];
    for (c, out) in channels.iter_mut().enumerate() {
        let plane: Vec<f64> = rgb.iter().skip(c).step_by(3).take(pixels).map(|&v| f64::from(v)).collect();
        let magnitudes: Vec<f64> = high_pass(&plane, width, radius).iter().map(|v| v.abs()).collect();
        let low = magnitudes.iter().copied().fold(f64::INFINITY, f64::min);
        let high = magnitudes.iter().copied().fold(0.0, f64::max);
        // What rounding leaves of a flat channel is no range.
        let scale = if high - low > 1e-9 { 255.0 / (high - low) } else { 0.0 };
        *out = magnitudes.iter().map(|m| ((m - low) * scale) as u8).collect();
    }
    let raw = (0..pixels).map(|i| gray([channels[0][i], channels[1][i], channels[2][i]])).collect();
    ToolView::of(raw, width)
}

/// A plane without the frequencies `(u, v)` with `u² + v² <= radius²`, in periods a picture. Their part is
/// transformed alone: the rows, then the few columns that hold them.
fn high_pass(plane: &[f64], width: usize, radius: usize) -> Vec<f64> {
    if plane.is_empty() || width == 0 {
        return vec![];
    }
    let height = plane.len() / width;
    let mut planner = FftPlanner::new();
    let signed = |k: usize, n: usize| if k < n.div_ceil(2) { k } else { n - k };
    let kept: Vec<usize> = (0..width).filter(|&k| signed(k, width) <= radius).collect();
    let (rows, rows_back) = (planner.plan_fft_forward(width), planner.plan_fft_inverse(width));
    let (columns, columns_back) = (planner.plan_fft_forward(height), planner.plan_fft_inverse(height));
    let spectra: Vec<Vec<Complex64>> = plane
        .par_chunks_exact(width)
        .map(|row| {
            let mut line: Vec<_> = row.iter().map(|&v| Complex64::new(v, 0.0)).collect();
            rows.process(&mut line);
            kept.iter().map(|&k| line[k]).collect()
        })
        .collect();
    let low: Vec<Vec<Complex64>> = kept
        .par_iter()
        .enumerate()
        .map(|(at, &u)| {
            let mut line: Vec<_> = spectra.iter().map(|row| row[at]).collect();
            columns.process(&mut line);
            for (v, value) in line.iter_mut().enumerate() {
                if signed(u, width).pow(2) + signed(v, height).pow(2) > radius * radius {
                    *value = Complex64::ZERO;
                }
            }
            columns_back.process(&mut line);
            line
        })
        .collect();
    let scale = 1.0 / plane.len() as f64;
    let mut out = plane.to_vec();
    out.par_chunks_exact_mut(width).enumerate().for_each(|(y, out)| {
        let mut line = vec![Complex64::ZERO; width];
        kept.iter().zip(&low).for_each(|(&k, column)| line[k] = column[y]);
        rows_back.process(&mut line);
        out.iter_mut().zip(line).for_each(|(out, low)| *out -= low.re * scale);
    });
    out
}

/// OpenCV's gray value of an RGB pixel: BT.601 in units of 1/32768, rounded.
fn gray([r, g, b]: [u8; 3]) -> u8 {
    ((9798 * u32::from(r) + 19_235 * u32::from(g) + 3735 * u32::from(b) + 16_384) >> 15) as u8
}

/// Contrast-limited adaptive histogram equalisation in `tiles` by `tiles` tiles, as OpenCV computes it: a
/// picture that does not divide is continued by reflection; counts above `limit` times the mean are spread
/// evenly; each pixel blends the curves of the four nearest tiles.
pub fn clahe(gray: &[u8], width: usize, limit: f64, tiles: usize) -> Vec<u8> {
    if gray.is_empty() || width == 0 || tiles == 0 {
        return gray.to_vec();
    }
    let height = gray.len() / width;
    // Where one side does not divide, OpenCV lengthens both, a side that divides by a whole row of pixels a tile.
    let divides = width.is_multiple_of(tiles) && height.is_multiple_of(tiles);
    let padded = |side: usize| if divides { side } else { side + tiles - side % tiles };
    let (tile_width, tile_height) = (padded(width) / tiles, padded(height) / tiles);
    let area = tile_width * tile_height;
    let limit = ((limit * area as f64 / 256.0) as usize).max(1);
    let curves: Vec<[u8; 256]> = (0..tiles * tiles)
        .into_par_iter()
        .map(|tile| {
            let (top, left) = (tile / tiles * tile_height, tile % tiles * tile_width);
            let mut counts = [0; 256];
            for y in top..top + tile_height {
                let row = &gray[reflect(y, height) * width..][..width];
                (left..left + tile_width).for_each(|x| counts[usize::from(row[reflect(x, width)])] += 1);
            }
            curve(counts, limit, area)
        })
        .collect();
    let (scale_x, scale_y) = (1.0 / tile_width as f32, 1.0 / tile_height as f32);
    let near = |at: usize, scale: f32| {
        let place = at as f32 * scale - 0.5;
        let first = place.floor();
        let clamp = |i: f32| (i.max(0.0) as usize).min(tiles - 1);
        (clamp(first), clamp(first + 1.0), place - first)
    };
    let columns: Vec<_> = (0..width).map(|x| near(x, scale_x)).collect();
    let mut out = vec![0; gray.len()];
    out.par_chunks_exact_mut(width).zip(gray.par_chunks_exact(width)).enumerate().for_each(
        |(y, (out, gray))| {
            let (above, below, dy) = near(y, scale_y);
            for ((out, &v), &(left, right, dx)) in out.iter_mut().zip(gray).zip(&columns) {
                let at = |row: usize, column: usize| f32::from(curves[row * tiles + column][usize::from(v)]);
                let upper = at(above, left) * (1.0 - dx) + at(above, right) * dx;
                let lower = at(below, left) * (1.0 - dx) + at(below, right) * dx;
                *out = (upper * (1.0 - dy) + lower * dy).round_ties_even() as u8;
            }
        },
    );
    out
}

/// A place beyond the end of `n` samples, mirrored at the last one.
fn reflect(at: usize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let at = at % (2 * n - 2);
    if at < n { at } else { 2 * n - 2 - at }
}

/// A tile's curve: cumulated counts after the excess over `limit` was spread.
fn curve(mut counts: [usize; 256], limit: usize, area: usize) -> [u8; 256] {
    let excess: usize = counts.iter().map(|&c| c.saturating_sub(limit)).sum();
    counts.iter_mut().for_each(|c| *c = (*c).min(limit) + excess / 256);
    let rest = excess % 256;
    if let Some(step) = 256_usize.checked_div(rest) {
        (0..256).step_by(step).take(rest).for_each(|i| counts[i] += 1);
    }
    let scale = 255.0 / area as f32;
    let mut sum = 0;
    counts.map(|count| {
        sum += count;
        (sum as f32 * scale).round_ties_even().min(255.0) as u8
    })
}

/// OpenCV's colours JET, interleaved RGB.
pub fn jet(gray: &[u8]) -> Vec<u8> {
    gray.iter().flat_map(|&v| jet_color(v)).collect()
}

fn jet_color(value: u8) -> [u8; 3] {
    let v = 4 * i32::from(value);
    let red = (v - 382).min(1148 - v);
    let green = (v - 128).min(892 - v);
    // OpenCV's table has 1 where the line has 2.
    let blue = if value == 159 { 1 } else { (v + 128).min(638 - v) };
    [red, green, blue].map(|c| c.clamp(0, 255) as u8)
}

/// The part of a picture that `zoom_in` shows: the box `[x1, y1, x2, y2]` in pixels if it lies inside, is not
/// empty and no side is more than 200 times the other, else the middle half of the picture. The flag tells that
/// the box was replaced.
pub fn zoom_box(asked: [i64; 4], width: usize, height: usize) -> ([usize; 4], bool) {
    let [x1, y1, x2, y2] = asked;
    let inside = x1 >= 0 && y1 >= 0 && x2 <= width as i64 && y2 <= height as i64;
    if inside && x2 > x1 && y2 > y1 {
        let (w, h) = ((x2 - x1) as f64, (y2 - y1) as f64);
        if (w / h).max(h / w) <= 200.0 {
            return (asked.map(|v| v as usize), false);
        }
    }
    let middle = |side: usize| {
        let (centre, half) = (side / 2, (side / 4).max(1));
        (centre.saturating_sub(half), (centre + half).min(side))
    };
    let ((left, right), (top, bottom)) = (middle(width), middle(height));
    ([left, top, right, bottom], true)
}

#[cfg(test)]
#[path = "forgery_vcr_tests.rs"]
mod tests;
