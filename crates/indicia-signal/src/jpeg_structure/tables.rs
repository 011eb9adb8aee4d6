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
    /// `libjpeg` or `mozjpeg`.
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
pub(crate) fn libjpeg_luma(quality: u8) -> [u16; 64] {
    standard_tables(quality)[0]
}

/// The nearest table of libjpeg, or of mozjpeg where that is nearer. Of equal tables the higher quality.
pub(crate) fn nearest(steps: &[u16; 64], role: Role) -> Nearest {
    let mut best = Nearest { family: "libjpeg", quality: 100, distance: f64::INFINITY };
    for family in ["libjpeg", "mozjpeg"] {
        for quality in (1..=100).rev() {
            let table = match family {
                "mozjpeg" => scaled(&MOZJPEG, quality),
                _ => standard_tables(quality)[role as usize],
            };
            let sum: u32 = table.iter().zip(steps).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
            let distance = f64::from(sum) / 64.0;
            if distance < best.distance {
                best = Nearest { family, quality, distance };
            }
        }
    }
    best
}

/// SHA-256 over the 64 steps in natural order, two bytes each, high byte first.
pub(crate) fn digest(steps: &[u16; 64]) -> Digest {
    let bytes: Vec<u8> = steps.iter().flat_map(|step| step.to_be_bytes()).collect();
    Digest::of(&bytes)
}

/// What is known of this very table.
pub(crate) fn known(steps: &[u16; 64]) -> Vec<&'static str> {
    static ENTRIES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
        KNOWN.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
    });
    let digest = digest(steps).to_string();
    ENTRIES.iter().filter(|(known, _)| *known == digest).map(|(_, name)| *name).collect()
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
