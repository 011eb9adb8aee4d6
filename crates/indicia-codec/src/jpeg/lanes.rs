//! Eight 16-bit lanes, as the transforms use them: SSE2, which every x86-64 processor has, and plain arrays
//! elsewhere. Compilers do not find the shuffles of a transform in loops over arrays.

/// Eight 16-bit numbers; arithmetic wraps.
pub(super) trait Lanes: Copy {
    /// Eight 32-bit numbers.
    type Wide: Copy;

    fn load(from: &[i16; 8]) -> Self;
    fn store(self) -> [i16; 8];
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// `self << 2`.
    fn shift_left_2(self) -> Self;
    /// `(self + 2) >> 2`.
    fn descale_2(self) -> Self;
    /// `self * p + other * q`, half of a rotation.
    fn rotate(self, other: Self, p: i32, q: i32) -> Self::Wide;
    /// `self << 13`.
    fn widen_13(self) -> Self::Wide;
    fn add_wide(a: Self::Wide, b: Self::Wide) -> Self::Wide;
    fn sub_wide(a: Self::Wide, b: Self::Wide) -> Self::Wide;
    /// `wide / 2^SHIFT` rounded, saturated to 16 bits.
    fn descale<const SHIFT: i32>(wide: Self::Wide) -> Self;
    fn transpose(rows: [Self; 8]) -> [Self; 8];
    /// Two rows plus 128, limited to 0 to 255.
    fn samples(first: Self, second: Self) -> [u8; 16];
}

/// The fastest lanes of this processor family.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(super) type Native = sse2::Sse2;
/// The fastest lanes of this processor family.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
pub(super) type Native = portable::Portable;

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod portable {
    use super::Lanes;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Portable([i16; 8]);

    impl Portable {
        #[inline(always)]
        fn zip(self, other: Self, f: impl Fn(i16, i16) -> i16) -> Self {
            Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
        }
    }

    impl Lanes for Portable {
        type Wide = [i32; 8];

        #[inline(always)]
        fn load(from: &[i16; 8]) -> Self {
            Self(*from)
        }

        #[inline(always)]
        fn store(self) -> [i16; 8] {
            self.0
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            self.zip(other, i16::wrapping_add)
        }

        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            self.zip(other, i16::wrapping_sub)
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            self.zip(other, i16::wrapping_mul)
        }

        #[inline(always)]
        fn shift_left_2(self) -> Self {
            Self(self.0.map(|v| v << 2))
        }

        #[inline(always)]
        fn descale_2(self) -> Self {
            Self(self.0.map(|v| v.wrapping_add(2) >> 2))
        }

        #[inline(always)]
        fn rotate(self, other: Self, p: i32, q: i32) -> [i32; 8] {
            std::array::from_fn(|i| {
                (i32::from(self.0[i]) * p).wrapping_add(i32::from(other.0[i]).wrapping_mul(q))
            })
        }

        #[inline(always)]
        fn widen_13(self) -> [i32; 8] {
            self.0.map(|v| i32::from(v) << 13)
        }

        #[inline(always)]
        fn add_wide(a: [i32; 8], b: [i32; 8]) -> [i32; 8] {
            std::array::from_fn(|i| a[i].wrapping_add(b[i]))
        }

        #[inline(always)]
        fn sub_wide(a: [i32; 8], b: [i32; 8]) -> [i32; 8] {
            std::array::from_fn(|i| a[i].wrapping_sub(b[i]))
        }

        #[inline(always)]
        fn descale<const SHIFT: i32>(wide: [i32; 8]) -> Self {
            Self(wide.map(|v| {
                let v = v.wrapping_add(1 << (SHIFT - 1)) >> SHIFT;
                v.clamp(i16::MIN.into(), i16::MAX.into()) as i16
            }))
        }

        #[inline(always)]
        fn transpose(rows: [Self; 8]) -> [Self; 8] {
            std::array::from_fn(|i| Self(std::array::from_fn(|j| rows[j].0[i])))
        }

        #[inline(always)]
        fn samples(first: Self, second: Self) -> [u8; 16] {
            std::array::from_fn(|i| {
                let v = if i < 8 { first.0[i] } else { second.0[i - 8] };
                (v.clamp(-128, 127) + 128) as u8
            })
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2 {
    use safe_arch::*;

    use super::Lanes;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Sse2(m128i);

    impl Lanes for Sse2 {
        type Wide = (m128i, m128i);

        #[inline(always)]
        fn load(from: &[i16; 8]) -> Self {
            Self(m128i::from(*from))
        }

        #[inline(always)]
        fn store(self) -> [i16; 8] {
            self.0.into()
        }

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(add_i16_m128i(self.0, other.0))
        }

        #[inline(always)]
        fn sub(self, other: Self) -> Self {
            Self(sub_i16_m128i(self.0, other.0))
        }

        #[inline(always)]
        fn mul(self, other: Self) -> Self {
            Self(mul_i16_keep_low_m128i(self.0, other.0))
        }

        #[inline(always)]
        fn shift_left_2(self) -> Self {
            Self(shl_imm_u16_m128i::<2>(self.0))
        }

        #[inline(always)]
        fn descale_2(self) -> Self {
            Self(shr_imm_i16_m128i::<2>(add_i16_m128i(self.0, set_splat_i16_m128i(2))))
        }

        #[inline(always)]
        fn rotate(self, other: Self, p: i32, q: i32) -> Self::Wide {
            let factors = set_splat_i32_m128i(q << 16 | p & 0xFFFF);
            let low = mul_i16_horizontal_add_m128i(unpack_low_i16_m128i(self.0, other.0), factors);
            (low, mul_i16_horizontal_add_m128i(unpack_high_i16_m128i(self.0, other.0), factors))
        }

        #[inline(always)]
        fn widen_13(self) -> Self::Wide {
            // Into the upper half of 32 bits, and down from 16 to 13.
            let zero = zeroed_m128i();
            let low = shr_imm_i32_m128i::<3>(unpack_low_i16_m128i(zero, self.0));
            (low, shr_imm_i32_m128i::<3>(unpack_high_i16_m128i(zero, self.0)))
        }

        #[inline(always)]
        fn add_wide(a: Self::Wide, b: Self::Wide) -> Self::Wide {
            (add_i32_m128i(a.0, b.0), add_i32_m128i(a.1, b.1))
        }

        #[inline(always)]
        fn sub_wide(a: Self::Wide, b: Self::Wide) -> Self::Wide {
            (sub_i32_m128i(a.0, b.0), sub_i32_m128i(a.1, b.1))
        }

        #[inline(always)]
        fn descale<const SHIFT: i32>(wide: Self::Wide) -> Self {
            let half = set_splat_i32_m128i(1 << (SHIFT - 1));
            let low = shr_imm_i32_m128i::<SHIFT>(add_i32_m128i(wide.0, half));
            let high = shr_imm_i32_m128i::<SHIFT>(add_i32_m128i(wide.1, half));
            Self(pack_i32_to_i16_m128i(low, high))
        }

        #[inline(always)]
        fn transpose(rows: [Self; 8]) -> [Self; 8] {
            let [a, b, c, d, e, f, g, h] = rows.map(|row| row.0);
            // Pairs of rows, then fours, then eights.
            let pair = |a, b| (unpack_low_i16_m128i(a, b), unpack_high_i16_m128i(a, b));
            let four = |a, b| (unpack_low_i32_m128i(a, b), unpack_high_i32_m128i(a, b));
            let eight = |a, b| [unpack_low_i64_m128i(a, b), unpack_high_i64_m128i(a, b)].map(Self);
            let ((ab0, ab1), (cd0, cd1)) = (pair(a, b), pair(c, d));
            let ((ef0, ef1), (gh0, gh1)) = (pair(e, f), pair(g, h));
            let ((ad0, ad1), (ad2, ad3)) = (four(ab0, cd0), four(ab1, cd1));
            let ((eh0, eh1), (eh2, eh3)) = (four(ef0, gh0), four(ef1, gh1));
            let ([r0, r1], [r2, r3]) = (eight(ad0, eh0), eight(ad1, eh1));
            let ([r4, r5], [r6, r7]) = (eight(ad2, eh2), eight(ad3, eh3));
            [r0, r1, r2, r3, r4, r5, r6, r7]
        }

        #[inline(always)]
        fn samples(first: Self, second: Self) -> [u8; 16] {
            let packed = pack_i16_to_i8_m128i(first.0, second.0);
            bitxor_m128i(packed, set_splat_i8_m128i(-128)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::portable::Portable;
    use super::*;

    /// Everything that lanes can do, on one block.
    fn all<L: Lanes>(block: &[[i16; 8]; 8]) -> Vec<i16> {
        let rows = block.map(|row| L::load(&row));
        let mut out = Vec::new();
        for pair in rows.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let wide = a.rotate(b, 25172 - 20995, -20995);
            let both = [a.add(b), a.sub(b), a.mul(b), a.shift_left_2(), a.descale_2()];
            let wides = [L::add_wide(wide, a.widen_13()), L::sub_wide(wide, b.widen_13())];
            let narrow = [L::descale::<11>(wides[0]), L::descale::<18>(wides[1])];
            out.extend(both.into_iter().chain(narrow).flat_map(|v| v.store()));
            out.extend(L::samples(a, b).map(i16::from));
        }
        out.extend(L::transpose(rows).into_iter().flat_map(|v| v.store()));
        out
    }

    #[test]
    fn native_and_portable_lanes_agree() {
        let mut state = 1u32;
        for range in [200, 3000, 65536] {
            for _ in 0..200 {
                let block = [(); 8].map(|()| {
                    [(); 8].map(|()| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        ((state >> 8) % range) as i16
                    })
                });
                assert_eq!(all::<Native>(&block), all::<Portable>(&block));
            }
        }
    }
}
