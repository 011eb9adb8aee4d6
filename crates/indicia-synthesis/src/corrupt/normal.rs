//! Numbers of the normal distribution, the same on every machine: arithmetic alone, and `libm` for the
//! logarithm of the tails.

/// The normal deviate below which a share `(u + 1/2) / 2^32` of the distribution lies, with a relative error
/// below 1e-6. Wichura, Algorithm AS 241, PPND7 (Applied Statistics 37, 1988), in single precision where the
/// body of the distribution allows it.
#[inline]
pub(crate) fn normal(u: u32) -> f32 {
    // Signed distance from the median, -1/2 to 1/2.
    let q = (f64::from(u) + 0.5) * (1.0 / 4_294_967_296.0) - 0.5;
    if q.abs() > 0.425 {
        return tail(q);
    }
    let q = q as f32;
    let r = 0.180_625 - q * q;
    let above = ((59.109_375 * r + 159.291_13) * r + 50.434_27) * r + 3.387_132_7;
    let below = ((67.187_56 * r + 78.757_76) * r + 17.895_17) * r + 1.0;
    q * above / below
}

#[cold]
fn tail(q: f64) -> f32 {
    let r = libm::sqrt(-libm::log(0.5 - q.abs()));
    let size = if r <= 5.0 {
        let r = r - 1.6;
        let above = ((1.702_382_110_3e-1 * r + 1.306_728_481_6) * r + 2.756_815_39) * r + 1.423_437_277_7;
        let below = (1.202_113_297_5e-1 * r + 7.370_016_425e-1) * r + 1.0;
        above / below
    } else {
        let r = r - 5.0;
        let above = ((1.733_720_399_7e-2 * r + 4.286_829_433_7e-1) * r + 3.081_226_386) * r + 6.657_905_115;
        let below = (1.225_820_263_5e-2 * r + 2.419_789_422_5e-1) * r + 1.0;
        above / below
    };
    if q < 0.0 { -size as f32 } else { size as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_those_of_the_normal_distribution() {
        // Quantiles from scipy.stats.norm.ppf((u + 0.5) / 2**32), SciPy 1.11.4.
        let cases = [
            (0, -6.337_957_754_554),
            (42_949_673, -2.326_347_869_323),
            (644_245_094, -1.036_433_389_394),
            (2_147_483_648, 2.918_099e-10),
            (3_221_225_472, 0.674_489_750_563),
            (4_252_017_623, 2.326_347_878_059),
            (u32::MAX, 6.337_957_754_554),
        ];
        for (u, expected) in cases {
            let got = f64::from(normal(u));
            assert!(
                (got - expected).abs() <= 2e-6 * expected.abs().max(0.1),
                "{u}: {got}, expected {expected}"
            );
        }
    }
}
