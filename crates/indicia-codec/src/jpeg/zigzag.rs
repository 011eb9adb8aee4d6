//! The zig-zag order of coefficients (T.81, figure 5).

/// Natural (row) index of each zig-zag index. Entries past 63 repeat the last coefficient, so that a run
/// that overshoots the block in damaged data needs no test; the length is a power of two, so that a masked
/// index needs no bounds check.
pub(super) const NATURAL: [u8; 128] = {
    const ORDER: [u8; 64] = [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
        6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38,
        31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];
    let mut table = [63; 128];
    let mut k = 0;
    while k < 64 {
        table[k] = ORDER[k];
        k += 1;
    }
    table
};

/// Natural index of zig-zag index `k`; 63 past the end of the block.
#[inline(always)]
pub(super) fn natural(k: usize) -> usize {
    usize::from(NATURAL[k & 127] & 63)
}
