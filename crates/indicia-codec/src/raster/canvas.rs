//! The canvas that frames of an animation are drawn on, one over the other.

use indicia_core::Result;

use crate::bytes::zeros;
use crate::{ColorModel, Pixels, Samples};

/// Where a frame lies on its canvas, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// Red, green, blue and alpha, not multiplied; transparent black at first.
#[derive(Clone)]
pub(super) struct Canvas {
    width: usize,
    height: usize,
    samples: Vec<u8>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize) -> Result<Self> {
        Ok(Self { width, height, samples: zeros::<u8>(width * height * 4)? })
    }

    /// The part of each row of `place` that lies on the canvas.
    fn rows(&mut self, place: Place) -> impl Iterator<Item = &mut [u8]> {
        let (left, right) = (place.left.min(self.width), (place.left + place.width).min(self.width));
        let rows = self.samples.chunks_exact_mut(self.width * 4).skip(place.top).take(place.height);
        rows.map(move |row| &mut row[left * 4..right * 4])
    }

    /// Draws a frame of RGBA samples. With `over`, pixels that are not opaque let the canvas through; without,
    /// they replace it.
    pub(super) fn draw(&mut self, place: Place, rgba: &[u8], over: bool) {
        for (row, source) in self.rows(place).zip(rgba.chunks_exact(place.width.max(1) * 4)) {
            for (pixel, source) in row.as_chunks_mut::<4>().0.iter_mut().zip(source.as_chunks::<4>().0) {
                *pixel = if over { blend(*source, *pixel) } else { *source };
            }
        }
    }

    /// Makes a frame's place transparent.
    pub(super) fn clear(&mut self, place: Place) {
        self.rows(place).for_each(|row| row.fill(0));
    }

    /// The canvas as a picture, without alpha where it is opaque.
    pub(super) fn into_pixels(self) -> Pixels {
        let opaque = self.samples.as_chunks::<4>().0.iter().all(|p| p[3] == 255);
        let (model, samples) = if opaque {
            (
                ColorModel::Rgb,
                self.samples.as_chunks::<4>().0.iter().flat_map(|p| [p[0], p[1], p[2]]).collect(),
            )
        } else {
            (ColorModel::Rgba, self.samples)
        };
        Pixels {
            width: self.width,
            height: self.height,
            model,
            samples: Samples::U8(samples),
            shown: None,
            frames: 1,
            warnings: vec![],
        }
    }
}

/// `source` over `below`, both not multiplied by alpha.
fn blend(source: [u8; 4], below: [u8; 4]) -> [u8; 4] {
    match (source[3], below[3]) {
        (255, _) => source,
        (0, _) => below,
        (_, 0) => source,
        (alpha, under) => {
            let (alpha, under) = (u32::from(alpha), u32::from(under));
            // In units of 1/255 of 1/255.
            let through = under * (255 - alpha);
            let sum = alpha * 255 + through;
            let mix = |i: usize| {
                let weighted = u32::from(source[i]) * alpha * 255 + u32::from(below[i]) * through;
                ((weighted + sum / 2) / sum) as u8
            };
            [mix(0), mix(1), mix(2), ((sum + 127) / 255) as u8]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_transparent_colours_mix_by_their_weights() {
        assert_eq!(blend([10, 20, 30, 255], [1, 2, 3, 4]), [10, 20, 30, 255]);
        assert_eq!(blend([10, 20, 30, 0], [1, 2, 3, 4]), [1, 2, 3, 4]);
        // 128/255 of 255 over opaque black: 128.
        assert_eq!(blend([255, 0, 0, 128], [0, 0, 0, 255]), [128, 0, 0, 255]);
    }

    #[test]
    fn what_leaves_the_canvas_is_cut() {
        let mut canvas = Canvas::new(2, 2).unwrap();
        let place = Place { left: 1, top: 1, width: 2, height: 2 };
        let frame: Vec<u8> = (0..4).flat_map(|i| [i, i, i, 255]).collect();
        canvas.draw(place, &frame, true);
        assert_eq!(canvas.samples[12..], [0, 0, 0, 255]);
        assert!(canvas.samples[..12].iter().all(|v| *v == 0));
        canvas.clear(place);
        assert!(canvas.samples.iter().all(|v| *v == 0));
    }
}
