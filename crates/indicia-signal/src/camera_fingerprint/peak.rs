//! Where a picture lies in a fingerprint, and how far the correlation there stands out.

use indicia_ops::Plane;
use indicia_ops::fft::Spectrum;
use rayon::prelude::*;

/// Half the side of the square around the peak that is left out of the floor: 11 by 11 places.
const EXCLUDED: isize = 5;

/// The best place of a picture in a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Column and row of the fingerprint at which the picture's left upper corner lies.
    pub place: (usize, usize),
    /// Peak-to-correlation energy with the sign of the correlation: its square over the mean square at all
    /// places but those around it.
    pub pce: f64,
    /// Correlation coefficient of the weighted residual and the fingerprint under it, -1 to 1.
    pub correlation: f64,
    /// Places that were searched.
    pub searched: usize,
}

impl Peak {
    /// log10 of the probability that chance gives such a peak ([`log10_p`]).
    pub fn log10_p(&self) -> f64 {
        log10_p(self.pce, self.searched)
    }
}

/// Finds `weighted` (the cleaned residual times the intensity) in `fingerprint`, whose spectrum is `spectrum`.
/// The picture must lie within the fingerprint. `None` if it is larger, or nothing varies.
pub fn find(weighted: &Plane, fingerprint: &Plane, spectrum: &Spectrum) -> Option<Peak> {
    let (width, height) = (fingerprint.width, fingerprint.height);
    let (wide, high) = (weighted.width, weighted.height);
    if wide > width || high > height || weighted.samples.is_empty() {
        return None;
    }
    let mean = sum(weighted, |v| v) / weighted.samples.len() as f64;
    let energy = sum(weighted, |v| v * v) - mean * mean * weighted.samples.len() as f64;
    let mut padded = Plane::zeros(width, height);
    for (out, row) in padded.samples.chunks_exact_mut(width).zip(weighted.samples.chunks_exact(wide)) {
        out.iter_mut().zip(row).for_each(|(out, value)| *out = value - mean as f32);
    }
    let mut product = Spectrum::forward(&padded);
    drop(padded);
    product.multiply_conjugate(spectrum);
    // Its value at column s and row t belongs to the place -s, -t.
    let found = product.inverse();
    let value = |(x, y): (usize, usize)| found.samples[(height - y) % height * width + (width - x) % width];
    let places = (0..=height - high).flat_map(|y| (0..=width - wide).map(move |x| (x, y)));
    let place = places.max_by(|&a, &b| value(a).total_cmp(&value(b)))?;
    let peak = f64::from(value(place));
    let (mut around, mut left_out) = (0.0, 0);
    for dy in distinct(height) {
        for dx in distinct(width) {
            let x = (place.0 as isize + dx).rem_euclid(width as isize) as usize;
            let y = (place.1 as isize + dy).rem_euclid(height as isize) as usize;
            around += f64::from(value((x, y))).powi(2);
            left_out += 1;
        }
    }
    let floor = (sum(&found, |v| v * v) - around) / (width * height - left_out).max(1) as f64;
    let under: f64 = (place.1..place.1 + high)
        .flat_map(|y| &fingerprint.row(y)[place.0..place.0 + wide])
        .map(|&v| f64::from(v).powi(2))
        .sum();
    if floor <= 0.0 || energy <= 0.0 || under <= 0.0 {
        return None;
    }
    Some(Peak {
        place,
        pce: peak * peak.abs() / floor,
        correlation: peak / (energy * under).sqrt(),
        searched: (width - wide + 1) * (height - high + 1),
    })
}

/// Offsets of the excluded square along a side, each place once however short the side.
fn distinct(side: usize) -> std::ops::Range<isize> {
    let span = (2 * EXCLUDED + 1).min(side as isize);
    -(span / 2)..span - span / 2
}

/// Sum over all samples, row by row so that it does not depend on the threads.
fn sum(plane: &Plane, of: impl Fn(f64) -> f64 + Sync) -> f64 {
    let rows: Vec<f64> = plane
        .samples
        .par_chunks(plane.width.max(1))
        .map(|row| row.iter().map(|&v| of(f64::from(v))).sum())
        .collect();
    rows.iter().sum()
}

/// log10 of the probability that the largest of `searched` independent correlations, each normal with the mean
/// 0 and the floor's variance, gives at least this PCE: `1 - (1 - Q(sqrt(pce)))^searched`, where Q is the
/// normal distribution's upper tail (M. Goljan, J. Fridrich, T. Filler, 2009). The tail of real pictures is
/// heavier: the number orders, and is no promise of a rate far out.
pub fn log10_p(pce: f64, searched: usize) -> f64 {
    let z = pce.abs().sqrt().copysign(pce);
    let (tail, count) = (log10_tail(z), searched as f64);
    if tail + count.log10() < -8.0 {
        return tail + count.log10();
    }
    let q = 10_f64.powf(tail);
    (-f64::exp_m1(count * f64::ln_1p(-q))).max(f64::MIN_POSITIVE).log10()
}

/// log10 of the upper tail of the standard normal distribution.
fn log10_tail(z: f64) -> f64 {
    if z < 30.0 {
        return (libm::erfc(z / std::f64::consts::SQRT_2) / 2.0).log10();
    }
    // First terms of the asymptotic series, exact to 1e-8 here.
    let series = 1.0 - 1.0 / (z * z) + 3.0 / z.powi(4);
    (series / (z * (2.0 * std::f64::consts::PI).sqrt())).log10() - z * z / 2.0 * std::f64::consts::LOG10_E
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_of_tables() {
        // Q(1.6449) = 0.05, Q(3.0902) = 0.001, Q(7) = 1.2798e-12, log10 Q(30) = -197.3091, Q(40) = 3.66e-350.
        for (z, expected) in [
            (1.644_853_6, -1.301_03),
            (3.090_232_3, -3.0),
            (7.0, -11.892_857),
            (30.0, -197.309_1),
            (40.0, -349.437),
        ] {
            assert!((log10_tail(z) - expected).abs() < 1e-3, "{z}: {}", log10_tail(z));
        }
        assert!((log10_tail(29.999_999) - log10_tail(30.000_001)).abs() < 1e-3);
        // A thousand tries of 0.001 give 1 - 0.999^1000 = 0.6323.
        assert!((log10_p(3.090_232_3_f64.powi(2), 1000) - 0.6323_f64.log10()).abs() < 1e-3);
        assert!((log10_p(49.0, 100) + 9.892_857).abs() < 1e-3);
        assert!(log10_p(-4.0, 1) > -0.02 && log10_p(-4.0, 1) <= 0.0);
    }

    #[test]
    fn the_excluded_square_has_eleven_places_or_the_whole_side() {
        assert_eq!(distinct(100), -5..6);
        assert_eq!(distinct(4), -2..2);
        assert_eq!(distinct(1), 0..1);
    }

    #[test]
    fn a_hand_made_peak_has_its_ratio() {
        // A single 1 in a fingerprint of 20 x 20, a picture with 2 at its corner among zeros but one.
        let mut fingerprint = Plane::zeros(20, 20);
        fingerprint.samples[7 * 20 + 9] = 1.0;
        let mut picture = Plane::zeros(10, 12);
        picture.samples[0] = 2.0;
        picture.samples[6 * 10 + 7] = -2.0;
        let peak = find(&picture, &fingerprint, &Spectrum::forward(&fingerprint)).unwrap();
        assert_eq!((peak.place, peak.searched), ((9, 7), 11 * 9));
        // Its square is 4; the one other value, -2 at another place, lies outside the excluded square.
        let expected = 4.0 / (4.0 / (400.0 - 121.0));
        assert!((peak.pce / expected - 1.0).abs() < 1e-4, "{}", peak.pce);
        assert!((peak.correlation - 2.0 / 8_f64.sqrt()).abs() < 1e-5);
        assert!(find(&Plane::zeros(21, 3), &fingerprint, &Spectrum::forward(&fingerprint)).is_none());
        assert!(find(&Plane::zeros(5, 3), &fingerprint, &Spectrum::forward(&fingerprint)).is_none());
    }
}
