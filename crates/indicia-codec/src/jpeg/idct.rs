//! Dequantisation and inverse DCT, equal to libjpeg's `jpeg_idct_islow` (Loeffler, Ligtenberg and
//! Moschytz 1989, 13-bit constants), and to its SIMD forms where damaged data leave the range of 16 bits.

use multiversion::multiversion;

use super::scan::{Block, is_flat};

/// Fractional bits of the constants.
const CONST_BITS: u32 = 13;
/// Fractional bits kept between the passes.
const PASS1_BITS: u32 = 2;

/// Constants of the rotations, scaled by 2^13.
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

/// Eight lanes: one row of a block, each lane a column.
pub(super) type Lanes = [i16; 8];
type Wide = [i32; 8];

#[inline(always)]
pub(super) fn lanes<T: Copy, U: Copy + Default>(a: &[T; 8], b: &[T; 8], f: impl Fn(T, T) -> U) -> [U; 8] {
    let mut out = [U::default(); 8];
    for i in 0..8 {
        out[i] = f(a[i], b[i]);
    }
    out
}

/// `a * p + b * q`, a rotation's half.
#[inline(always)]
pub(super) fn rotate(a: &Lanes, b: &Lanes, p: i32, q: i32) -> Wide {
    lanes(a, b, |a, b| i32::from(a) * p + i32::from(b) * q)
}

#[inline(always)]
pub(super) fn transpose(rows: &[Lanes; 8]) -> [Lanes; 8] {
    let mut out = [[0; 8]; 8];
    for i in 0..8 {
        for j in 0..8 {
            out[i][j] = rows[j][i];
        }
    }
    out
}

/// One pass over all columns, descaled by `SHIFT`, limited to `LOW..=HIGH`, plus `OFFSET`.
#[inline(always)]
fn pass<const SHIFT: u32, const LOW: i32, const HIGH: i32, const OFFSET: i32>(
    rows: &[Lanes; 8],
) -> [Lanes; 8] {
    let [in0, in1, in2, in3, in4, in5, in6, in7] = rows;
    let add = |a: &Wide, b: &Wide| lanes(a, b, i32::wrapping_add);
    let descale = |a: &Wide, b: &Wide, op: fn(i32, i32) -> i32| {
        lanes(a, b, |a, b| {
            let v = op(a, b).wrapping_add(1 << (SHIFT - 1)) >> SHIFT;
            (v.clamp(LOW, HIGH) + OFFSET) as i16
        })
    };

    // Even part.
    let even2 = rotate(in2, in6, F_0_541, F_0_541 - F_1_847);
    let even3 = rotate(in2, in6, F_0_541 + F_0_765, F_0_541);
    let even0 = lanes(in0, in4, |a, b| i32::from(a.wrapping_add(b)) << CONST_BITS);
    let even1 = lanes(in0, in4, |a, b| i32::from(a.wrapping_sub(b)) << CONST_BITS);
    let sub = |a: &Wide, b: &Wide| lanes(a, b, i32::wrapping_sub);
    let (t10, t13) = (add(&even0, &even3), sub(&even0, &even3));
    let (t11, t12) = (add(&even1, &even2), sub(&even1, &even2));

    // Odd part.
    let z3 = lanes(in7, in3, i16::wrapping_add);
    let z4 = lanes(in5, in1, i16::wrapping_add);
    let odd3 = rotate(&z3, &z4, F_1_175 - F_1_961, F_1_175);
    let odd4 = rotate(&z3, &z4, F_1_175, F_1_175 - F_0_390);
    let t0 = add(&rotate(in7, in1, F_0_298 - F_0_899, -F_0_899), &odd3);
    let t1 = add(&rotate(in5, in3, F_2_053 - F_2_562, -F_2_562), &odd4);
    let t2 = add(&rotate(in5, in3, -F_2_562, F_3_072 - F_2_562), &odd3);
    let t3 = add(&rotate(in7, in1, -F_0_899, F_1_501 - F_0_899), &odd4);

    [
        descale(&t10, &t3, i32::wrapping_add),
        descale(&t11, &t2, i32::wrapping_add),
        descale(&t12, &t1, i32::wrapping_add),
        descale(&t13, &t0, i32::wrapping_add),
        descale(&t13, &t0, i32::wrapping_sub),
        descale(&t12, &t1, i32::wrapping_sub),
        descale(&t11, &t2, i32::wrapping_sub),
        descale(&t10, &t3, i32::wrapping_sub),
    ]
}

/// Samples of a row of blocks: `plane` takes 8 rows of `8 * blocks.len()` samples.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn idct_row(blocks: &[Block], steps: &[u16; 64], plane: &mut [u8]) {
    let stride = blocks.len() * 8;
    for (column, block) in blocks.iter().enumerate() {
        let at = column * 8;
        if is_flat(block) {
            // The pass over columns shifts in 16 bits, the pass over rows rounds.
            let dc = block[0].wrapping_mul(steps[0] as i16).wrapping_shl(PASS1_BITS);
            let value = ((i32::from(dc) + 16) >> 5).clamp(-128, 127) + 128;
            for row in plane.chunks_exact_mut(stride) {
                row[at..at + 8].fill(value as u8);
            }
            continue;
        }
        let mut rows = [[0; 8]; 8];
        for (i, row) in rows.iter_mut().enumerate() {
            for (j, v) in row.iter_mut().enumerate() {
                // 16 bits, as in libjpeg's SIMD code: only damaged data exceed them.
                *v = block[8 * i + j].wrapping_mul(steps[8 * i + j] as i16);
            }
        }
        let columns = pass::<{ CONST_BITS - PASS1_BITS }, -32768, 32767, 0>(&rows);
        let samples = pass::<{ CONST_BITS + PASS1_BITS + 3 }, -128, 127, 128>(&transpose(&columns));
        for (row, samples) in plane.chunks_exact_mut(stride).zip(&transpose(&samples)) {
            row[at..at + 8].copy_from_slice(&samples.map(|v| v as u8));
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
