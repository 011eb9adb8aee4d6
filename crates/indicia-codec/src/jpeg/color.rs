//! Colour spaces of a JPEG and their conversion in libjpeg's fixed point.

use multiversion::multiversion;

use super::types::Jpeg;

/// What the components of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColorSpace {
    /// Luma alone.
    Gray,
    /// Luma and two colour differences (ITU-R BT.601, full range).
    YCbCr,
    /// Red, green, blue.
    Rgb,
    /// Inks, inverted as Adobe writes them.
    Cmyk,
    /// Inks as inverted YCbCr, and black.
    Ycck,
}

/// libjpeg's guess at the colour space. Two components, which it does not convert, are taken as luma and
/// something that is left out.
pub(crate) fn color_space(jpeg: &Jpeg) -> ColorSpace {
    let ids: Vec<u8> = jpeg.components.iter().map(|c| c.id).collect();
    match (ids.len(), jpeg.adobe_transform) {
        (1 | 2, _) => ColorSpace::Gray,
        (3, _) if jpeg.jfif.is_some() => ColorSpace::YCbCr,
        (3, Some(0)) => ColorSpace::Rgb,
        (3, None) if ids == *b"RGB" => ColorSpace::Rgb,
        (3, _) => ColorSpace::YCbCr,
        (_, Some(0) | None) => ColorSpace::Cmyk,
        _ => ColorSpace::Ycck,
    }
}

/// 16-bit fixed point.
const fn fix(x: f64) -> i32 {
    (x * 65536.0 + 0.5) as i32
}

const HALF: i32 = 1 << 15;

/// Red, green and blue of one pixel, not limited to 8 bits.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [i32; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    [
        y + ((fix(1.402) * cr + HALF) >> 16),
        y + ((-fix(0.34414) * cb - fix(0.71414) * cr + HALF) >> 16),
        y + ((fix(1.772) * cb + HALF) >> 16),
    ]
}

/// One row of YCbCr to interleaved RGB.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn ycc_to_rgb(y: &[u8], cb: &[u8], cr: &[u8], out: &mut [u8]) {
    for (((y, cb), cr), out) in y.iter().zip(cb).zip(cr).zip(out.chunks_exact_mut(3)) {
        let [r, g, b] = rgb(*y, *cb, *cr);
        out[0] = r.clamp(0, 255) as u8;
        out[1] = g.clamp(0, 255) as u8;
        out[2] = b.clamp(0, 255) as u8;
    }
}

/// One row of YCCK to interleaved CMYK, 255 full ink: the file's inks are inverted once more.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn ycck_to_cmyk(y: &[u8], cb: &[u8], cr: &[u8], k: &[u8], out: &mut [u8]) {
    for ((((y, cb), cr), k), out) in y.iter().zip(cb).zip(cr).zip(k).zip(out.chunks_exact_mut(4)) {
        let [r, g, b] = rgb(*y, *cb, *cr);
        // YCCK holds 255 minus the stored inks, and those are inverted: the two cancel.
        out[0] = r.clamp(0, 255) as u8;
        out[1] = g.clamp(0, 255) as u8;
        out[2] = b.clamp(0, 255) as u8;
        out[3] = 255 - k;
    }
}

/// Rows of planes to interleaved samples, each `flip`ped (XOR).
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn interleave(planes: &[&[u8]], flip: u8, out: &mut [u8]) {
    for (i, plane) in planes.iter().enumerate() {
        for (pixel, v) in out.chunks_exact_mut(planes.len()).zip(*plane) {
            pixel[i] = v ^ flip;
        }
    }
}

/// One component (0 Y, 1 Cb, 2 Cr) of a row of interleaved RGB.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn rgb_to_component(component: usize, rgb: &[u8], out: &mut [u8]) {
    // The offset of the colour differences ends in a half less one, so that 255.5 stays 255.
    const CENTER: i32 = (128 << 16) + HALF - 1;
    let (r, g, b, offset) = match component {
        0 => (fix(0.299), fix(0.587), fix(0.114), HALF),
        1 => (-fix(0.16874), -fix(0.33126), fix(0.5), CENTER),
        _ => (fix(0.5), -fix(0.41869), -fix(0.08131), CENTER),
    };
    for (pixel, out) in rgb.chunks_exact(3).zip(out) {
        let sum = r * i32::from(pixel[0]) + g * i32::from(pixel[1]) + b * i32::from(pixel[2]);
        *out = ((sum + offset) >> 16) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_colours() {
        let mut out = [0; 3];
        for (ycc, expected) in [
            ([0, 128, 128], [0, 0, 0]),
            ([255, 128, 128], [255, 255, 255]),
            // 76 + 1.402 * 127 = 254.05; 76 - 0.34414 * -43 - 0.71414 * 127 = 0.1; 76 + 1.772 * -43 = -0.2.
            ([76, 85, 255], [254, 0, 0]),
            // 100 + 1.402 * 10 = 114.02; 100 + 0.34414 * 10 - 7.1414 = 96.3; 100 - 17.72 = 82.28.
            ([100, 118, 138], [114, 96, 82]),
        ] {
            ycc_to_rgb(&[ycc[0]], &[ycc[1]], &[ycc[2]], &mut out);
            assert_eq!(out, expected, "{ycc:?}");
        }
        // Red: 0.299 * 255 = 76.2; 128 - 0.16874 * 255 = 84.97; 128 + 127.5 stays 255.
        let component = |c| {
            let mut out = [0];
            rgb_to_component(c, &[255, 0, 0], &mut out);
            out[0]
        };
        assert_eq!([component(0), component(1), component(2)], [76, 85, 255]);
    }
}
