//! Planes of blocks to interleaved samples, a band of rows at a time on all threads.

use indicia_core::Result;
use rayon::prelude::*;

use super::color::{self, ColorSpace};
use super::idct::idct_row;
use super::types::Jpeg;
use super::upsample::{Filter, Plane, upsample_row};
use crate::{ColorModel, Pixels, Samples};

/// Samples of a band that should stay in a core's cache.
const BAND_SAMPLES: usize = 1 << 19;

/// Pixels from coefficients, equal to libjpeg's default decoding.
///
/// Where libjpeg refuses sampling factors that are no whole fraction of the largest (2 of 3), columns and
/// rows are replicated by position. CMYK is taken as inverted, which is how Adobe's programs write it,
/// whether or not the file has their marker; so do Pillow and the browsers. Of two components, which no
/// program is known to write, the first is taken as gray.
///
/// # Errors
/// None at present: what is not decodable is refused by [`super::parse`].
pub(crate) fn decode_pixels(jpeg: &Jpeg) -> Result<Pixels> {
    let max = jpeg.max_sampling();
    let space = color::color_space(jpeg);
    let used = if space == ColorSpace::Gray { 1 } else { jpeg.components.len() };
    let planes: Vec<Plane> = jpeg.components[..used]
        .iter()
        .map(|c| Plane::new(jpeg.width, jpeg.height, (c.h, c.v), max))
        .collect();
    let picture = Picture { width: jpeg.width, height: jpeg.height, space, planes };
    let samples = picture.render(|component, row, (): &mut (), out| {
        let component = &jpeg.components[component];
        let start = row * component.blocks_wide;
        idct_row(&component.blocks[start..start + component.blocks_wide], &component.steps, out);
    });
    let model = match space {
        ColorSpace::Gray => ColorModel::Gray,
        ColorSpace::YCbCr | ColorSpace::Rgb => ColorModel::Rgb,
        ColorSpace::Cmyk | ColorSpace::Ycck => ColorModel::Cmyk,
    };
    let mut warnings = jpeg.warnings.clone();
    if jpeg.components.len() == 2 {
        warnings.push("of two components the first is taken as gray and the second is left out".into());
    }
    Ok(Pixels {
        width: jpeg.width,
        height: jpeg.height,
        model,
        samples: Samples::U8(samples),
        shown: None,
        frames: 1,
        warnings,
    })
}

/// A picture to be rendered.
pub(super) struct Picture {
    pub width: usize,
    pub height: usize,
    pub space: ColorSpace,
    pub planes: Vec<Plane>,
}

/// Buffers of one thread.
#[derive(Default)]
pub(super) struct Scratch<S> {
    planes: Vec<Vec<u8>>,
    rows: Vec<Vec<u8>>,
    sums: Vec<u16>,
    /// What the source of blocks needs.
    source: S,
}

impl Picture {
    fn channels(&self) -> usize {
        self.planes.len()
    }

    /// Rows of a band: whole MCUs, and a size that stays in the cache.
    fn band_rows(&self) -> usize {
        let mcu = 8 * self.planes.iter().map(|p| p.v_max).max().unwrap_or(1);
        let fitting = BAND_SAMPLES / (self.width * self.channels()).max(1) / mcu;
        // Fewer would decode too many rows of blocks twice, for the rows next to the band.
        fitting.max(4) * mcu
    }

    /// Interleaved samples. `fill(component, row, scratch, out)` gives a row of blocks as 8 rows of samples.
    pub(super) fn render<S: Default + Send>(
        &self,
        fill: impl Fn(usize, usize, &mut S, &mut [u8]) + Sync,
    ) -> Vec<u8> {
        let row_bytes = self.width * self.channels();
        let mut out = vec![0; row_bytes * self.height];
        let rows = self.band_rows();
        out.par_chunks_mut(row_bytes * rows)
            .enumerate()
            .for_each_init(Scratch::default, |scratch, (band, out)| {
                self.band(band * rows, out, scratch, &fill)
            });
        out
    }

    fn band<S>(
        &self,
        top: usize,
        out: &mut [u8],
        scratch: &mut Scratch<S>,
        fill: &impl Fn(usize, usize, &mut S, &mut [u8]),
    ) {
        let row_bytes = self.width * self.channels();
        let bottom = top + out.len() / row_bytes;
        scratch.planes.resize(self.channels(), Vec::new());
        scratch.rows.resize(self.channels(), Vec::new());
        let mut first_rows = [0; 4];
        for (index, plane) in self.planes.iter().enumerate() {
            // Rows of the plane that the band reads, those next to it included.
            let first = plane.rows(top).1.min(plane.rows(top).0) / 8;
            let last = plane.rows(bottom - 1).1.max(plane.rows(bottom - 1).0) / 8;
            first_rows[index] = first * 8;
            let row_samples = plane.blocks_wide * 64;
            let buffer = &mut scratch.planes[index];
            buffer.resize((last - first + 1) * row_samples, 0);
            for (row, out) in (first..=last).zip(buffer.chunks_exact_mut(row_samples)) {
                fill(index, row, &mut scratch.source, out);
            }
            // Two samples for each of the plane, which may be one more than the picture is wide.
            scratch.rows[index].resize(self.width.max(2 * plane.width), 0);
        }
        for (y, out) in (top..bottom).zip(out.chunks_exact_mut(row_bytes)) {
            let mut rows: [&[u8]; 4] = [&[]; 4];
            let parts = self.planes.iter().zip(&scratch.planes).zip(&mut scratch.rows);
            for ((((plane, buffer), row), first), slot) in parts.zip(first_rows).zip(&mut rows) {
                let line = |y: usize| &buffer[(y - first) * plane.blocks_wide * 8..][..plane.blocks_wide * 8];
                let (near, far) = plane.rows(y);
                *slot = if plane.filter() == Filter::Full {
                    &line(near)[..self.width]
                } else {
                    upsample_row(plane, line(near), line(far), y % 2 == 1, &mut scratch.sums, row);
                    &row[..self.width]
                };
            }
            let [a, b, c, d] = rows;
            match self.space {
                ColorSpace::Gray => out.copy_from_slice(a),
                ColorSpace::YCbCr => color::ycc_to_rgb(a, b, c, out),
                ColorSpace::Rgb => color::interleave(&[a, b, c], 0, out),
                ColorSpace::Cmyk => color::interleave(&[a, b, c, d], 0xFF, out),
                ColorSpace::Ycck => color::ycck_to_cmyk(a, b, c, d, out),
            }
        }
    }
}
