//! Sampling between pixels with the cubic kernel of R. G. Keys, "Cubic convolution interpolation for digital
//! image processing", IEEE Trans. ASSP 29, 1981, a = -1/2; masks at other sizes.

use indicia_core::Picture;

use super::mask::Mask;
use crate::resample::Filter;

/// A mask resized to its nearest pixels.
pub(super) fn resize_nearest(mask: &Mask, width: usize, height: usize) -> Mask {
    let nearest = |i: usize, from: usize, to: usize| ((2 * i + 1) * from / (2 * to)).min(from - 1);
    let columns: Vec<usize> = (0..width).map(|x| nearest(x, mask.width, width)).collect();
    let rows = (0..height).map(|y| nearest(y, mask.height, height) * mask.width);
    let samples = rows.flat_map(|row| columns.iter().map(move |x| mask.samples[row + x])).collect();
    Mask { width, height, samples }
}

/// Colour at a place between pixels, whole numbers being the middles of pixels; past the border the last
/// pixel is repeated. At whole numbers the pixel itself.
pub(super) fn sample(picture: &Picture, x: f64, y: f64) -> [u8; 3] {
    let pixels = picture.rgb.as_chunks::<3>().0;
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    let inside = |v: f64, size: usize| (v.max(0.0) as usize).min(size - 1);
    if fx == 0.0 && fy == 0.0 {
        return pixels[inside(y0, picture.height) * picture.width + inside(x0, picture.width)];
    }
    let taps = [-1.0, 0.0, 1.0, 2.0];
    let weights = |at: f64| taps.map(|t| Filter::Bicubic.at(t - at));
    let (wx, wy) = (weights(fx), weights(fy));
    let columns = taps.map(|t| inside(x0 + t, picture.width));
    let mut sum = [0.5; 3];
    for (weight_y, t) in wy.iter().zip(taps) {
        let row = inside(y0 + t, picture.height) * picture.width;
        for (weight_x, column) in wx.iter().zip(columns) {
            let weight = weight_x * weight_y;
            sum.iter_mut().zip(pixels[row + column]).for_each(|(sum, v)| *sum += weight * f64::from(v));
        }
    }
    sum.map(|v| v as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: usize, values: &[u8]) -> Picture {
        let rgb = values.iter().flat_map(|v| [*v; 3]).collect();
        Picture { width, height: values.len() / width, rgb }
    }

    #[test]
    fn sampling_is_exact_at_pixels_and_half_way_between() {
        let picture = gray(4, &[0, 100, 200, 40]);
        assert_eq!(sample(&picture, 2.0, 0.0), [200; 3]);
        assert_eq!(sample(&picture, -5.0, 9.0), [0; 3]);
        // Half way, Keys' weights are -1/16, 9/16, 9/16, -1/16: (9 * 300 - 40) / 16 = 166.25.
        assert_eq!(sample(&picture, 1.5, 0.0), [166; 3]);
    }

    #[test]
    fn masks_keep_their_two_values() {
        let mask = Mask { width: 4, height: 1, samples: vec![0, 255, 0, 255] };
        assert_eq!(resize_nearest(&mask, 8, 1).samples, [0, 0, 255, 255, 0, 0, 255, 255]);
        assert_eq!(resize_nearest(&mask, 2, 1).samples, [255, 255]);
        assert_eq!(resize_nearest(&mask, 1, 2).samples, [0, 0]);
    }
}
