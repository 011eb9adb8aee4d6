//! The example quantisation tables of T.81 annex K and libjpeg's quality scale over them.

use super::types::{Jpeg, QualityEstimate, StandardTable};

/// T.81, table K.1 (luminance), natural order.
const LUMINANCE: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
/// T.81, table K.2 (chrominance), natural order.
const CHROMINANCE: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// libjpeg's luminance and chrominance tables for a quality from 1 to 100 (limited to that range), in natural
/// order, with steps limited to 1 to 255 as baseline files need.
///
/// The example tables are scaled by `5000 / quality` percent below 50 and `200 - 2 quality` percent from
/// there on (libjpeg, `jpeg_quality_scaling` and `jpeg_add_quant_table`).
pub fn standard_tables(quality: u8) -> [[u16; 64]; 2] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let scale = |base: u8| ((u32::from(base) * percent + 50) / 100).clamp(1, 255) as u16;
    [LUMINANCE.map(scale), CHROMINANCE.map(scale)]
}

/// The quality whose standard table is nearest to `steps` (natural order). Of equally near ones the highest.
pub fn estimate_quality(steps: &[u16; 64], table: StandardTable) -> QualityEstimate {
    let mut best = QualityEstimate { quality: 0, distance: f64::INFINITY, exact: false };
    for quality in (1..=100).rev() {
        let standard = standard_tables(quality)[table as usize];
        let total: u32 = steps.iter().zip(&standard).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        let distance = f64::from(total) / 64.0;
        if distance < best.distance {
            best = QualityEstimate { quality, distance, exact: total == 0 };
        }
    }
    best
}

impl Jpeg {
    /// Nearest standard qualities: of the first component's steps against the luminance table, and of the
    /// second's against the chrominance table if the picture has three components.
    pub fn quality(&self) -> (Option<QualityEstimate>, Option<QualityEstimate>) {
        let luma = self.components.first().map(|c| estimate_quality(&c.steps, StandardTable::Luminance));
        let chroma = match &self.components[..] {
            [_, second, _] => Some(estimate_quality(&second.steps, StandardTable::Chrominance)),
            _ => None,
        };
        (luma, chroma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_scale_as_libjpegs_do() {
        let [luma, chroma] = standard_tables(50);
        assert_eq!((luma[0], luma[63], chroma[0], chroma[63]), (16, 99, 17, 99));
        assert_eq!(standard_tables(100), [[1; 64]; 2]);
        // 75: 50 percent, (16 * 50 + 50) / 100 = 8 and (11 * 50 + 50) / 100 = 6.
        assert_eq!(standard_tables(75)[0][..2], [8, 6]);
        // 10: 500 percent, limited to 255.
        assert_eq!(standard_tables(10)[0][..8], [80, 55, 50, 80, 120, 200, 255, 255]);
        assert_eq!(standard_tables(0), standard_tables(1));
        assert_eq!(standard_tables(255), standard_tables(100));
    }

    #[test]
    fn every_quality_is_found_again_and_a_near_table_says_how_near() {
        for quality in 1..=100 {
            for (steps, table) in
                standard_tables(quality).iter().zip([StandardTable::Luminance, StandardTable::Chrominance])
            {
                let estimate = estimate_quality(steps, table);
                assert!(estimate.exact && estimate.distance == 0.0);
                assert_eq!(standard_tables(estimate.quality)[table as usize], *steps);
            }
        }
        let mut steps = standard_tables(80)[0];
        steps[5] += 3;
        steps[9] -= 1;
        let estimate = estimate_quality(&steps, StandardTable::Luminance);
        assert_eq!(estimate, QualityEstimate { quality: 80, distance: 4.0 / 64.0, exact: false });
    }
}
