/// Pillow's luma of interleaved RGB: BT.601 weights in 16-bit fixed point, rounded half up.
pub(super) fn pillow_luma(rgb: &[u8]) -> Vec<u8> {
    let luma = |&[r, g, b]: &[u8; 3]| {
        ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 0x8000) >> 16) as u8
    };
    rgb.as_chunks::<3>().0.iter().map(luma).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn weights_sum_to_one() {
        assert_eq!(super::pillow_luma(&[255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255]), [255, 76, 150, 29]);
    }
}
