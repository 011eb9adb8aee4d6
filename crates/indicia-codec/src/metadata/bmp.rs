//! Header fields of a Windows bitmap (BITMAPINFOHEADER and its successors).

use super::collect::Collector;
use super::icc;
use crate::bytes::{u16_le, u32_le};

/// Reads the metadata of a bitmap.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    let Some(header) = u32_le(data, 14) else {
        return out.warn(format!("bitmap has {} bytes, expected a header", data.len()));
    };
    let version = match header {
        12 => "OS/2 1 (12 bytes)".to_owned(),
        40 => "Windows 3 (40 bytes)".to_owned(),
        64 => "OS/2 2 (64 bytes)".to_owned(),
        108 => "Windows 4 (108 bytes)".to_owned(),
        124 => "Windows 5 (124 bytes)".to_owned(),
        other => format!("{other} bytes"),
    };
    out.fact("BMP", "Header", version);
    if header < 40 {
        return;
    }
    if let Some(bits) = u16_le(data, 28) {
        out.fact("BMP", "BitsPerPixel", bits.to_string());
    }
    if let (Some(x), Some(y)) = (u32_le(data, 38), u32_le(data, 42))
        && (x, y) != (0, 0)
    {
        out.fact("BMP", "Resolution", format!("{}x{} pixels per metre", x as i32, y as i32));
    }
    // A version 5 header may point to an embedded profile, counted from the header's beginning.
    if header >= 124 && data.get(70..74) == Some(b"DEBM") {
        let (Some(offset), Some(length)) = (u32_le(data, 14 + 112), u32_le(data, 14 + 116)) else { return };
        let start = 14_usize.saturating_add(offset as usize);
        match data.get(start..start.saturating_add(length as usize)) {
            Some(profile) => icc::read(profile, out),
            None => {
                out.warn(format!("ICC profile ({length} bytes at {start}) lies beyond the end of the bitmap"))
            }
        }
    }
}
