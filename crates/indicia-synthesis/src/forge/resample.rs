//! Resizing and sampling between pixels with the cubic kernel of R. G. Keys, "Cubic convolution
//! interpolation for digital image processing", IEEE Trans. ASSP 29, 1981, a = -1/2.

use indicia_core::Picture;
use rayon::prelude::*;

use super::mask::Mask;

/// Keys' kernel, eq. 15.
fn keys(t: f64) -> f64 {
    let t = t.abs();
    if t <= 1.0 {
        (1.5 * t - 2.5) * t * t + 1.0
    } else if t < 2.0 {
        ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0
    } else {
        0.0
    }
}

/// Where each new sample begins to read, and with which weights.
fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let step = from as f64 / to as f64;
    // A wider kernel than the pixels' distance when reducing, so that nothing is undersampled.
    let stretch = step.max(1.0);
    (0..to)
        .map(|i| {
            let centre = (i as f64 + 0.5) * step;
            let first = (centre - 2.0 * stretch).floor().max(0.0) as usize;
            let last = ((centre + 2.0 * stretch).ceil() as usize).min(from);
            let raw: Vec<f64> = (first..last).map(|j| keys((j as f64 + 0.5 - centre) / stretch)).collect();
            let total: f64 = raw.iter().sum();
            (first, raw.iter().map(|w| (w / total) as f32).collect())
        })
        .collect()
}

/// Resized to `width` x `height` pixels, at least 1 each, from a picture that has some. The kernel widens
/// with the reduction.
pub(super) fn resize(picture: &Picture, width: usize, height: usize) -> Picture {
    if (picture.width, picture.height) == (width, height) {
        return picture.clone();
    }
    let across = weights(picture.width, width);
    let mut narrow = vec![0_f32; width * picture.height * 3];
    narrow.par_chunks_mut(width * 3).zip(picture.rgb.par_chunks(picture.width * 3)).for_each(|(out, row)| {
        let (row, out) = (row.as_chunks::<3>().0, out.as_chunks_mut::<3>().0);
        for (out, (first, weights)) in out.iter_mut().zip(&across) {
            for (weight, pixel) in weights.iter().zip(&row[*first..]) {
                for (out, v) in out.iter_mut().zip(pixel) {
                    *out += weight * f32::from(*v);
                }
            }
        }
    });
    let down = weights(picture.height, height);
    let mut rgb = vec![0; width * height * 3];
    rgb.par_chunks_mut(width * 3).zip(&down).for_each_init(
        || vec![0_f32; width * 3],
        |sum, (out, (first, weights))| {
            sum.fill(0.0);
            for (weight, row) in weights.iter().zip(narrow.chunks_exact(width * 3).skip(*first)) {
                sum.iter_mut().zip(row).for_each(|(sum, v)| *sum += weight * v);
            }
            // Conversion saturates at 0 and 255.
            out.iter_mut().zip(sum).for_each(|(out, sum)| *out = (*sum + 0.5) as u8);
        },
    );
    Picture { width, height, rgb }
}

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
    let (wx, wy) = (taps.map(|t| keys(t - fx)), taps.map(|t| keys(t - fy)));
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
    fn halving_a_step_gives_the_kernels_sums() {
        let out = resize(&gray(8, &[0, 0, 0, 0, 200, 200, 200, 200]), 4, 1);
        // The second sample has its middle at 3 edges; the pixels from 0 to 6 lie at these distances from it,
        // halved: 1.25, 0.75, 0.25, 0.25, 0.75, 1.25, 1.75. The step begins with the fifth.
        let [a, b, c, d] = [0.25, 0.75, 1.25, 1.75].map(keys);
        let second = 200.0 * (b + c + d) / (2.0 * (a + b + c) + d);
        assert_eq!(out.rgb[3], (second + 0.5) as u8);
        // The third is its mirror image.
        assert_eq!(out.rgb[6], (200.0 - second + 0.5) as u8);
    }

    #[test]
    fn flat_stays_flat_and_size_stays_equal() {
        let flat = gray(7, &[90; 35]);
        assert_eq!(resize(&flat, 20, 3), gray(20, &[90; 60]));
        assert_eq!(resize(&flat, 7, 5), flat);
        assert_eq!(resize(&gray(1, &[9]), 3, 2), gray(3, &[9; 6]));
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
