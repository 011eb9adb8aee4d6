//! Random numbers as functions of uniform ones, so that a test can hand in those of a reference.

/// A number from `low` to below `high`.
#[inline]
pub(super) fn between(u: u32, low: f64, high: f64) -> f64 {
    low + (high - low) * (f64::from(u) / 4_294_967_296.0)
}

/// Thresholds of a Poisson distribution: the number drawn by `u` is that of thresholds that are not above it.
pub(super) struct Poisson(Vec<u32>);

impl Poisson {
    /// The distribution of mean `mean`, 0 to 700 (beyond, the chance of 0 underflows).
    pub(super) fn new(mean: f64) -> Self {
        let mut chance = libm::exp(-mean);
        let mut sum = chance;
        let mut thresholds = vec![];
        for k in 1.. {
            let threshold = sum * 4_294_967_296.0;
            if threshold >= 4_294_967_295.5 || (k as f64 > mean && chance < 1e-12) {
                break;
            }
            thresholds.push(threshold as u32);
            chance *= mean / f64::from(k);
            sum += chance;
        }
        Self(thresholds)
    }

    pub(super) fn draw(&self, u: u32) -> u32 {
        self.0.partition_point(|threshold| *threshold <= u) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_between() {
        assert_eq!(between(0, -45.0, 45.0), -45.0);
        assert_eq!(between(1 << 31, -45.0, 45.0), 0.0);
        assert!(between(u32::MAX, -45.0, 45.0) < 45.0);
    }

    #[test]
    fn poisson_numbers_have_their_probabilities() {
        // P(0) = e^-1, P(1) = e^-1, P(2) = e^-1 / 2.
        let one = Poisson::new(1.0);
        let share = |p: f64| (p * 4_294_967_296.0) as u32;
        assert_eq!((one.draw(0), one.draw(share(0.3678)), one.draw(share(0.3679))), (0, 0, 1));
        assert_eq!((one.draw(share(0.7357)), one.draw(share(0.7358))), (1, 2));
        assert_eq!((one.draw(share(0.9196)), one.draw(share(0.9197))), (2, 3));
        assert_eq!(Poisson::new(0.0).draw(u32::MAX), 0);
        let large = Poisson::new(700.0);
        assert!((690..=710).contains(&large.draw(1 << 31)), "{}", large.draw(1 << 31));
    }
}
