//! The way of pixels through a JPEG and back, without entropy coding, equal to libjpeg-turbo's.

use multiversion::multiversion;

use super::color::{self, ColorSpace};
use super::idct::{
    F_0_298, F_0_390, F_0_541, F_0_765, F_0_899, F_1_175, F_1_501, F_1_847, F_1_961, F_2_053, F_2_562,
    F_3_072, idct_row,
};
use super::lanes::{Lanes, Native};
use super::quality::standard_tables;
use super::render::Picture;
use super::scan::Block;
use super::types::Subsampling;
use super::upsample::Plane;

/// Interleaved RGB after saving as JPEG with libjpeg's `quality` (1 to 100) and reading back, `width * height * 3`
/// bytes in and out. Rounding is libjpeg-turbo's default throughout (slow integer transforms, triangle
/// upsampling). A picture without pixels comes back as it is.
///
/// # Panics
/// If `rgb` has another length than `width * height * 3`.
pub fn recompress(rgb: &[u8], width: usize, height: usize, quality: u8, subsampling: Subsampling) -> Vec<u8> {
    assert_eq!(Some(rgb.len()), width.checked_mul(height).and_then(|n| n.checked_mul(3)), "{width}x{height}");
    if rgb.is_empty() {
        return Vec::new();
    }
    let max = subsampling.factors();
    let planes = [max, (1, 1), (1, 1)].map(|factors| Plane::new(width, height, factors, max));
    let tables = standard_tables(quality);
    let inverse = tables.map(|steps| steps.map(|step| 0.125 / f32::from(step)));
    let source = Source { rgb, width, height };
    let picture = Picture { width, height, space: ColorSpace::YCbCr, planes: planes.to_vec() };
    picture.render(|component, row, scratch: &mut Scratch, out| {
        let table = component.min(1);
        source.component_rows(&planes[component], component, row * 8, scratch, out);
        scratch.blocks.resize(planes[component].blocks_wide, [0; 64]);
        forward_row(out, &inverse[table], &mut scratch.blocks);
        idct_row(&scratch.blocks, &tables[table], out);
    })
}

/// Buffers of one thread.
#[derive(Default)]
pub(super) struct Scratch {
    blocks: Vec<Block>,
    /// Two rows of a component at full size.
    full: [Vec<u8>; 2],
}

pub(super) struct Source<'a> {
    pub(super) rgb: &'a [u8],
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Source<'_> {
    /// Eight rows of a component's samples from row `top` of its plane, padded to whole blocks as libjpeg pads
    /// them: at the right the last pixel is repeated before averaging, at the bottom the last average.
    pub(super) fn component_rows(
        &self,
        plane: &Plane,
        component: usize,
        top: usize,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) {
        let stride = plane.blocks_wide * 8;
        let (across, down) = (plane.h_max / plane.h, plane.v_max / plane.v);
        for y in 0..8 {
            if top + y >= plane.height {
                out.copy_within((y - 1) * stride..y * stride, y * stride);
                continue;
            }
            let row = &mut out[y * stride..(y + 1) * stride];
            if across == 1 {
                self.full_row(component, top + y, row);
                continue;
            }
            for (i, full) in scratch.full.iter_mut().take(down).enumerate() {
                full.resize(stride * across, 0);
                self.full_row(component, (top + y) * down + i, full);
            }
            let [first, second] = &scratch.full;
            match down {
                1 => halve_across(first, row),
                _ => halve_both(first, second, row),
            }
        }
    }

    /// Row `y` (the last one, past the bottom) of a component at full size, its last sample repeated.
    fn full_row(&self, component: usize, y: usize, out: &mut [u8]) {
        let start = y.min(self.height - 1) * self.width * 3;
        let (real, padding) = out.split_at_mut(self.width);
        color::rgb_to_component(component, &self.rgb[start..start + self.width * 3], real);
        padding.fill(real[self.width - 1]);
    }
}

/// Means of two columns; halves are rounded down and up in turn.
#[multiversion(targets("x86_64+avx2"))]
fn halve_across(row: &[u8], out: &mut [u8]) {
    for (pair, out) in row.chunks_exact(4).zip(out.chunks_exact_mut(2)) {
        let [a, b, c, d] = [0, 1, 2, 3].map(|i| u16::from(pair[i]));
        out[0] = ((a + b) >> 1) as u8;
        out[1] = ((c + d + 1) >> 1) as u8;
    }
}

/// Means of two columns and rows; 1 and 2 are added before the division in turn.
#[multiversion(targets("x86_64+avx2"))]
fn halve_both(first: &[u8], second: &[u8], out: &mut [u8]) {
    for ((a, b), out) in first.chunks_exact(4).zip(second.chunks_exact(4)).zip(out.chunks_exact_mut(2)) {
        let [p, q, r, s] = [0, 1, 2, 3].map(|i| u16::from(a[i]) + u16::from(b[i]));
        out[0] = ((p + q + 1) >> 2) as u8;
        out[1] = ((r + s + 2) >> 2) as u8;
    }
}

/// Quantised coefficients of a row of blocks. `inverse` holds `1 / (8 * step)`: the transform's results are
/// scaled up by 8.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn forward_row(samples: &[u8], inverse: &[f32; 64], blocks: &mut [Block]) {
    let stride = blocks.len() * 8;
    for (column, block) in blocks.iter_mut().enumerate() {
        let mut rows = [[0; 8]; 8];
        for (row, line) in rows.iter_mut().zip(samples.chunks_exact(stride)) {
            for (v, sample) in row.iter_mut().zip(&line[column * 8..column * 8 + 8]) {
                *v = i16::from(*sample) - 128;
            }
        }
        let rows = Native::transpose(rows.map(|row| Native::load(&row)));
        let rows = Native::transpose(pass::<_, true, 11>(rows));
        let coefficients = pass::<_, false, 15>(rows);
        let (block, _) = block.as_chunks_mut::<8>();
        let (inverse, _) = inverse.as_chunks::<8>();
        for ((out, row), inverse) in block.iter_mut().zip(coefficients).zip(inverse) {
            let row = row.store();
            *out = std::array::from_fn(|i| divide(row[i], inverse[i]));
        }
    }
}

/// `value / divisor` rounded to the nearest, halves away from zero, for a divisor of 8 to 2,040.
///
/// A quarter added to the magnitude breaks ties upwards and changes nothing else, since quotients are
/// multiples of `1 / divisor`; adding 2^23 rounds to an integer in the low bits. The errors of single precision
/// (under 0.01 / divisor) stay below that quarter.
#[inline(always)]
fn divide(value: i16, inverse: f32) -> i16 {
    let magnitude = i32::from(value).abs() as f32 + 0.25;
    let quotient = (magnitude * inverse + 8_388_608.0).to_bits() as i16;
    if value < 0 { -quotient } else { quotient }
}

/// One pass of the forward transform (libjpeg's `jpeg_fdct_islow`) over all columns. The first keeps two
/// fractional bits, the other takes them off.
#[inline(always)]
fn pass<L: Lanes, const FIRST: bool, const SHIFT: i32>(rows: [L; 8]) -> [L; 8] {
    let [in0, in1, in2, in3, in4, in5, in6, in7] = rows;
    let (t0, t1, t2, t3) = (in0.add(in7), in1.add(in6), in2.add(in5), in3.add(in4));
    let (t7, t6, t5, t4) = (in0.sub(in7), in1.sub(in6), in2.sub(in5), in3.sub(in4));

    // Even part.
    let (t10, t13) = (t0.add(t3), t0.sub(t3));
    let (t11, t12) = (t1.add(t2), t1.sub(t2));
    let scale = |v: L| if FIRST { v.shift_left_2() } else { v.descale_2() };
    let (out0, out4) = (scale(t10.add(t11)), scale(t10.sub(t11)));
    let out2 = L::descale::<SHIFT>(t13.rotate(t12, F_0_541 + F_0_765, F_0_541));
    let out6 = L::descale::<SHIFT>(t13.rotate(t12, F_0_541, F_0_541 - F_1_847));

    // Odd part.
    let (z3, z4) = (t4.add(t6), t5.add(t7));
    let odd3 = z3.rotate(z4, F_1_175 - F_1_961, F_1_175);
    let odd4 = z3.rotate(z4, F_1_175, F_1_175 - F_0_390);
    let odd = |a: L, b: L, p, q, sum| L::descale::<SHIFT>(L::add_wide(a.rotate(b, p, q), sum));
    let out7 = odd(t4, t7, F_0_298 - F_0_899, -F_0_899, odd3);
    let out5 = odd(t5, t6, F_2_053 - F_2_562, -F_2_562, odd4);
    let out3 = odd(t5, t6, -F_2_562, F_3_072 - F_2_562, odd3);
    let out1 = odd(t4, t7, -F_0_899, F_1_501 - F_0_899, odd4);
    [out0, out1, out2, out3, out4, out5, out6, out7]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_is_exact_for_every_step_and_value() {
        for step in 1..=255i32 {
            let (divisor, inverse) = (8 * step, 0.125 / step as f32);
            for value in 0..=i16::MAX {
                let expected = ((i32::from(value) + divisor / 2) / divisor) as i16;
                assert_eq!(divide(value, inverse), expected, "{value} / {divisor}");
                assert_eq!(divide(-value, inverse), -expected, "-{value} / {divisor}");
            }
        }
    }

    #[test]
    fn a_flat_picture_stays_but_for_the_rounding_of_its_mean() {
        for subsampling in [Subsampling::S444, Subsampling::S422, Subsampling::S420] {
            // Gray 100: 8 * (100 - 128) = -224; at quality 50 the DC step is 16, -224 / 16 = -14 exactly.
            let out = recompress(&[100; 13 * 9 * 3], 13, 9, 50, subsampling);
            assert_eq!(out, [100; 13 * 9 * 3]);
            // Gray 101: -216 / 16 = -13.5, away from zero -14: again 100.
            assert_eq!(recompress(&[101; 13 * 9 * 3], 13, 9, 50, subsampling), [100; 13 * 9 * 3]);
            assert!(recompress(&[], 0, 7, 50, subsampling).is_empty());
        }
    }

    #[test]
    fn the_inverse_undoes_the_forward_transform_at_full_quality() {
        let samples: Vec<u8> = (0..64u32).map(|i| (i * i * 37 % 251) as u8).collect();
        let mut blocks = [[0; 64]];
        forward_row(&samples, &[0.125; 64], &mut blocks);
        let mut back = vec![0; 64];
        idct_row(&blocks, &[1; 64], &mut back);
        let worst = samples.iter().zip(&back).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{worst:?}");
        // The mean is exact by hand: DC is the sum of samples - 128, over 8.
        let sum: i32 = samples.iter().map(|v| i32::from(*v) - 128).sum();
        assert!((f64::from(blocks[0][0]) - f64::from(sum) / 8.0).abs() <= 0.51);
    }
}
