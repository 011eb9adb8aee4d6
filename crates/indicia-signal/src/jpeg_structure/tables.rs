//! Quantisation tables: nearest table of known encoders, and known tables by digest.

use std::sync::LazyLock;

use indicia_codec::jpeg::standard_tables;
use indicia_core::Digest;

/// mozjpeg's default for luma and chroma (its table 3, by N. Robidoux for ImageMagick), natural order.
const MOZJPEG: [u16; 64] = [
    16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75, 16, 20, 24, 31, 43, 62, 91, 135, 18, 27,
    31, 40, 53, 74, 106, 156, 25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238, 56, 53,
    91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418,
];

/// mozjpeg's table 2, tuned for MS-SSIM, luma.
const MS_SSIM: [u16; 64] = [
    12, 17, 20, 21, 30, 34, 56, 63, 18, 20, 20, 26, 28, 51, 61, 55, 19, 20, 21, 26, 33, 58, 69, 55, 26, 26,
    26, 30, 46, 87, 86, 66, 31, 33, 36, 40, 46, 96, 100, 73, 40, 35, 46, 62, 81, 100, 111, 91, 46, 66, 76,
    86, 102, 121, 120, 101, 68, 90, 90, 96, 113, 102, 105, 103,
];
/// mozjpeg's table 2, tuned for MS-SSIM, chroma.
const MS_SSIM_CHROMA: [u16; 64] = [
    8, 12, 15, 15, 86, 96, 96, 98, 13, 13, 15, 26, 90, 96, 99, 98, 12, 15, 18, 96, 99, 99, 99, 99, 17, 16,
    90, 96, 99, 99, 99, 99, 96, 96, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];
/// mozjpeg's table 4, tuned for PSNR-HVS, luma.
const PSNR_HVS: [u16; 64] = [
    9, 10, 12, 14, 27, 32, 51, 62, 11, 12, 14, 19, 27, 44, 59, 73, 12, 14, 18, 25, 42, 59, 79, 78, 17, 18,
    25, 42, 61, 92, 87, 92, 23, 28, 42, 75, 79, 112, 112, 99, 40, 42, 59, 84, 88, 124, 132, 111, 42, 64, 78,
    95, 105, 126, 125, 99, 70, 75, 100, 102, 116, 100, 107, 98,
];
/// mozjpeg's table 4, tuned for PSNR-HVS, chroma.
const PSNR_HVS_CHROMA: [u16; 64] = [
    9, 10, 17, 19, 62, 89, 91, 97, 12, 13, 18, 29, 84, 91, 88, 98, 14, 19, 29, 93, 95, 95, 98, 97, 20, 26,
    84, 88, 95, 95, 98, 94, 26, 86, 91, 93, 97, 99, 98, 99, 99, 100, 98, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 97, 97, 99, 99, 99, 99, 97, 99,
];
/// mozjpeg's table 5 (Klein, Silverstein, Carney 1992), luma and chroma.
const KLEIN: [u16; 64] = [
    10, 12, 14, 19, 26, 38, 57, 86, 12, 18, 21, 28, 35, 41, 54, 76, 14, 21, 25, 32, 44, 63, 92, 136, 19, 28,
    32, 41, 54, 75, 107, 157, 26, 35, 44, 54, 70, 95, 132, 190, 38, 41, 63, 75, 95, 125, 170, 239, 57, 54,
    92, 107, 132, 170, 227, 312, 86, 76, 136, 157, 190, 239, 312, 419,
];
/// mozjpeg's table 6 (Watson, Taylor, Borthwick 1997), luma and chroma.
const WATSON: [u16; 64] = [
    7, 8, 10, 14, 23, 44, 95, 241, 8, 8, 11, 15, 25, 47, 102, 255, 10, 11, 13, 19, 31, 58, 127, 255, 14, 15,
    19, 27, 44, 83, 181, 255, 23, 25, 31, 44, 72, 136, 255, 255, 44, 47, 58, 83, 136, 255, 255, 255, 95, 102,
    127, 181, 255, 255, 255, 255, 241, 255, 255, 255, 255, 255, 255, 255,
];
/// mozjpeg's table 7 (Ahumada, Watson, Peterson 1993), luma and chroma.
const AHUMADA: [u16; 64] = [
    15, 11, 11, 12, 15, 19, 25, 32, 11, 13, 10, 10, 12, 15, 19, 24, 11, 10, 14, 14, 16, 18, 22, 27, 12, 10,
    14, 18, 21, 24, 28, 33, 15, 12, 16, 21, 26, 31, 36, 42, 19, 15, 18, 24, 31, 38, 45, 53, 25, 19, 22, 28,
    36, 45, 55, 65, 32, 24, 27, 33, 42, 53, 65, 77,
];
/// mozjpeg's table 8 (Peterson, Ahumada, Watson 1993), luma and chroma.
const PETERSON: [u16; 64] = [
    14, 10, 11, 14, 19, 25, 34, 45, 10, 11, 11, 12, 15, 20, 26, 33, 11, 11, 15, 18, 21, 25, 31, 38, 14, 12,
    18, 24, 28, 33, 39, 47, 19, 15, 21, 28, 36, 43, 51, 59, 25, 20, 25, 33, 43, 54, 64, 74, 34, 26, 31, 39,
    51, 64, 77, 91, 45, 33, 38, 47, 59, 74, 91, 108,
];

/// Base tables of mozjpeg's option `-quant-table` by name, luma and chroma (facts from its `jcparam.c`, whose table
/// 0 is libjpeg's). Table 3 is its default.
const MOZJPEG_TABLES: [(&str, [u16; 64], [u16; 64]); 8] = [
    ("mozjpeg", MOZJPEG, MOZJPEG),
    ("mozjpeg (flat table)", [16; 64], [16; 64]),
    ("mozjpeg (MS-SSIM table)", MS_SSIM, MS_SSIM_CHROMA),
    ("mozjpeg (PSNR-HVS table)", PSNR_HVS, PSNR_HVS_CHROMA),
    ("mozjpeg (Klein table)", KLEIN, KLEIN),
    ("mozjpeg (Watson table)", WATSON, WATSON),
    ("mozjpeg (Ahumada table)", AHUMADA, AHUMADA),
    ("mozjpeg (Peterson table)", PETERSON, PETERSON),
];

/// Tables by digest: `digest TAB name` a line, `#` for comments.
const KNOWN: &str = include_str!("known_tables.tsv");

/// What a table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Luma,
    Chroma,
}

/// The nearest table of a family of encoders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nearest {
    /// `libjpeg`, `mozjpeg`, or one of mozjpeg's other tables.
    pub family: &'static str,
    /// Quality setting, 1 to 100.
    pub quality: u8,
    /// Mean absolute difference of the steps; 0 for the very table.
    pub distance: f64,
}

/// libjpeg's scaling of a base table to a quality, kept within 1 to 255 (baseline).
fn scaled(base: &[u16; 64], quality: u8) -> [u16; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    base.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u16)
}

/// libjpeg's luma table of a quality.
#[cfg(test)]
pub(crate) fn libjpeg_luma(quality: u8) -> [u16; 64] {
    standard_tables(quality)[0]
}

/// The nearest table of libjpeg, or one of mozjpeg's where that is nearer. Of equal tables the higher quality.
pub(crate) fn nearest(steps: &[u16; 64], role: Role) -> Nearest {
    let mut best = Nearest { family: "libjpeg", quality: 100, distance: f64::INFINITY };
    let mut compare = |family, quality, table: &[u16; 64]| {
        let sum: u32 = table.iter().zip(steps).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        let distance = f64::from(sum) / 64.0;
        if distance < best.distance {
            best = Nearest { family, quality, distance };
        }
    };
    for quality in (1..=100).rev() {
        compare("libjpeg", quality, &standard_tables(quality)[role as usize]);
    }
    for (family, luma, chroma) in &MOZJPEG_TABLES {
        for quality in (1..=100).rev() {
            compare(family, quality, &scaled(if role == Role::Luma { luma } else { chroma }, quality));
        }
    }
    best
}

/// SHA-256 over the 64 steps in natural order, two bytes each, high byte first.
pub(crate) fn digest(steps: &[u16; 64]) -> Digest {
    let bytes: Vec<u8> = steps.iter().flat_map(|step| step.to_be_bytes()).collect();
    Digest::of(&bytes)
}

/// Known tables: digest and name.
static ENTRIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    KNOWN.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
});

/// What is known of this very table.
pub(crate) fn known(steps: &[u16; 64]) -> Vec<&'static str> {
    let digest = digest(steps).to_string();
    ENTRIES.iter().filter(|(known, _)| *known == digest).map(|(_, name)| *name).collect()
}

/// Names of all known tables.
pub(crate) fn all_known() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozjpegs_table_is_scaled_as_libjpeg_scales() {
        assert_eq!(scaled(&MOZJPEG, 50)[..63], MOZJPEG.map(|step| step.min(255))[..63]);
        // Quality 75: 50 percent; (16 * 50 + 50) / 100 = 8, (17 * 50 + 50) / 100 = 9.
        assert_eq!((scaled(&MOZJPEG, 75)[0], scaled(&MOZJPEG, 75)[9]), (8, 9));
        assert_eq!(scaled(&MOZJPEG, 100), [1; 64]);
        assert_eq!(scaled(&MOZJPEG, 10)[63], 255);
    }

    #[test]
    fn the_nearest_table_is_found_with_its_distance() {
        let exact = nearest(&libjpeg_luma(83), Role::Luma);
        assert_eq!((exact.family, exact.quality, exact.distance), ("libjpeg", 83, 0.0));
        let mut changed = standard_tables(90)[1];
        changed[5] += 32;
        assert_eq!(nearest(&changed, Role::Chroma).quality, 90);
        assert_eq!(nearest(&changed, Role::Chroma).distance, 0.5);
        assert_eq!(nearest(&scaled(&MOZJPEG, 80), Role::Luma).family, "mozjpeg");
        for (family, luma, chroma) in MOZJPEG_TABLES {
            for (base, role) in [(luma, Role::Luma), (chroma, Role::Chroma)] {
                let found = nearest(&scaled(&base, 77), role);
                assert_eq!((found.family, found.distance), (family, 0.0), "{role:?}");
            }
        }
    }

    #[test]
    fn the_list_of_known_tables_is_well_formed_and_found_again() {
        let lines: Vec<_> = KNOWN.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(!lines.is_empty());
        for line in lines {
            let (digest, name) = line.split_once('\t').expect("digest, tab, name");
            assert!(digest.starts_with("sha256:") && digest.len() == 71, "{line}");
            assert!(!name.trim().is_empty(), "{line}");
        }
        // Pillow's preset `web_low`, luma.
        let web_low = [
            20, 16, 25, 39, 50, 46, 62, 68, 16, 18, 23, 38, 38, 53, 65, 68, 25, 23, 31, 38, 53, 65, 68, 68,
            39, 38, 38, 53, 65, 68, 68, 68, 50, 38, 53, 65, 68, 68, 68, 68, 46, 53, 65, 68, 68, 68, 68, 68,
            62, 65, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 68,
        ];
        assert!(known(&web_low).iter().any(|name| name.contains("web_low")), "{:?}", known(&web_low));
        assert!(known(&[3; 64]).is_empty());
    }
}
