//! Dequantisation and inverse DCT, equal to libjpeg's `jpeg_idct_islow` (Loeffler, Ligtenberg and
//! Moschytz 1989, 13-bit constants), and to its SIMD forms where damaged data leave the range of 16 bits.

use multiversion::multiversion;

use super::lanes::{Lanes, Native};
use super::scan::{Block, is_flat};

/// Constants of the rotations, scaled by 2^13. Two more fractional bits are kept between the passes, so that
/// the first descales by 11 bits and the second by 18, an eighth included.
pub(super) const F_0_298: i32 = 2446;
pub(super) const F_0_390: i32 = 3196;
pub(super) const F_0_541: i32 = 4433;
pub(super) const F_0_765: i32 = 6270;
pub(super) const F_0_899: i32 = 7373;
pub(super) const F_1_175: i32 = 9633;
pub(super) const F_1_501: i32 = 12299;
pub(super) const F_1_847: i32 = 15137;
pub(super) const F_1_961: i32 = 16069;
pub(super) const F_2_053: i32 = 16819;
pub(super) const F_2_562: i32 = 20995;
pub(super) const F_3_072: i32 = 25172;

/// One pass over all columns, descaled by `SHIFT`.
#[inline(always)]
fn pass<L: Lanes, const SHIFT: i32>(rows: [L; 8]) -> [L; 8] {
    let [in0, in1, in2, in3, in4, in5, in6, in7] = rows;

    // Even part.
    let even2 = in2.rotate(in6, F_0_541, F_0_541 - F_1_847);
    let even3 = in2.rotate(in6, F_0_541 + F_0_765, F_0_541);
    let (even0, even1) = (in0.add(in4).widen_13(), in0.sub(in4).widen_13());
    let (t10, t13) = (L::add_wide(even0, even3), L::sub_wide(even0, even3));
    let (t11, t12) = (L::add_wide(even1, even2), L::sub_wide(even1, even2));

    // Odd part.
    let (z3, z4) = (in7.add(in3), in5.add(in1));
    let odd3 = z3.rotate(z4, F_1_175 - F_1_961, F_1_175);
    let odd4 = z3.rotate(z4, F_1_175, F_1_175 - F_0_390);
    let t0 = L::add_wide(in7.rotate(in1, F_0_298 - F_0_899, -F_0_899), odd3);
    let t1 = L::add_wide(in5.rotate(in3, F_2_053 - F_2_562, -F_2_562), odd4);
    let t2 = L::add_wide(in5.rotate(in3, -F_2_562, F_3_072 - F_2_562), odd3);
    let t3 = L::add_wide(in7.rotate(in1, -F_0_899, F_1_501 - F_0_899), odd4);

    [
        L::descale::<SHIFT>(L::add_wide(t10, t3)),
        L::descale::<SHIFT>(L::add_wide(t11, t2)),
        L::descale::<SHIFT>(L::add_wide(t12, t1)),
        L::descale::<SHIFT>(L::add_wide(t13, t0)),
        L::descale::<SHIFT>(L::sub_wide(t13, t0)),
        L::descale::<SHIFT>(L::sub_wide(t12, t1)),
        L::descale::<SHIFT>(L::sub_wide(t11, t2)),
        L::descale::<SHIFT>(L::sub_wide(t10, t3)),
    ]
}

/// Samples of a row of blocks: `plane` takes 8 rows of `8 * blocks.len()` samples.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn idct_row(blocks: &[Block], steps: &[u16; 64], plane: &mut [u8]) {
    let stride = blocks.len() * 8;
    let first = steps[0] as i16;
    let (steps, _) = steps.as_chunks::<8>();
    let steps: [Native; 8] = std::array::from_fn(|i| Native::load(&steps[i].map(|v| v as i16)));
    for (column, block) in blocks.iter().enumerate() {
        let at = column * 8;
        if is_flat(block) {
            // The pass over columns shifts in 16 bits, the pass over rows rounds.
            let dc = block[0].wrapping_mul(first) << 2;
            let value = ((i32::from(dc) + 16) >> 5).clamp(-128, 127) + 128;
            for row in plane.chunks_exact_mut(stride) {
                row[at..at + 8].fill(value as u8);
            }
            continue;
        }
        let (rows, _) = block.as_chunks::<8>();
        // 16 bits, as in libjpeg's SIMD code: only damaged data exceed them.
        let rows = std::array::from_fn(|i| Native::load(&rows[i]).mul(steps[i]));
        let columns = Native::transpose(pass::<_, 11>(rows));
        let samples = Native::transpose(pass::<_, 18>(columns));
        for (i, rows) in plane.chunks_exact_mut(2 * stride).enumerate() {
            let pair = Native::samples(samples[2 * i], samples[2 * i + 1]);
            rows[at..at + 8].copy_from_slice(&pair[..8]);
            rows[stride + at..stride + at + 8].copy_from_slice(&pair[8..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idct(block: &Block, steps: &[u16; 64]) -> [u8; 64] {
        let mut out = [0; 64];
        idct_row(std::slice::from_ref(block), steps, &mut out);
        out
    }

    #[test]
    fn a_dc_coefficient_is_an_eighth_of_a_level_rounded_and_limited() {
        for (dc, sample) in [(0, 128), (8, 129), (-8, 127), (3, 128), (4, 129), (-4, 128), (-5, 127)] {
            let mut block = [0; 64];
            block[0] = dc;
            assert_eq!(idct(&block, &[1; 64]), [sample; 64], "{dc}");
        }
        let mut block = [0; 64];
        block[0] = 1016;
        assert_eq!(idct(&block, &[1; 64]), [255; 64]);
        block[0] = -1500;
        assert_eq!(idct(&block, &[1; 64]), [0; 64]);
        block[0] = 5;
        assert_eq!(idct(&block, &[16; 64]), [138; 64]);
    }

    #[test]
    fn every_basis_function_is_within_one_level_of_the_real_transform() {
        use std::f64::consts::PI;
        let scale = |k: usize| if k == 0 { (0.125f64).sqrt() } else { 0.5 };
        for (u, v) in (0..64).map(|i| (i % 8, i / 8)) {
            let mut block = [0; 64];
            block[0] = 40;
            block[8 * v + u] += 300;
            let out = idct(&block, &[1; 64]);
            for (x, y) in (0..64).map(|i| (i % 8, i / 8)) {
                let wave = |k: usize, t: usize| scale(k) * (PI * (2 * t + 1) as f64 * k as f64 / 16.0).cos();
                let expected = 128.0 + 40.0 / 8.0 + 300.0 * wave(u, x) * wave(v, y);
                let got = f64::from(out[8 * y + x]);
                assert!((got - expected).abs() < 1.0, "u {u} v {v} at {x},{y}: {got} for {expected}");
            }
        }
    }
}
