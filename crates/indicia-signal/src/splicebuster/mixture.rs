//! One Gaussian and a constant for what does not belong to it, fitted by expectation maximisation.

use indicia_ops::linear::cholesky;
use rayon::prelude::*;

use super::samples::Samples;

/// How the fit is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// Minus the logarithm of the density of outliers.
    pub(super) outlier: f64,
    /// Share of outliers at the start.
    pub(super) prior: f64,
    /// Starts, each from one sample as mean.
    pub(super) starts: usize,
    /// Most iterations of a start.
    pub(super) iterations: usize,
    /// Relative gain of the log-likelihood below which a start ends.
    pub(super) tolerance: f64,
    /// Seed of the choice of starts.
    pub(super) seed: u32,
    /// Samples that starts are tried on; of more, evenly spaced ones are taken and the best start goes on
    /// with all.
    pub(super) sample: usize,
}

/// A fitted Gaussian.
#[derive(Debug, Clone)]
pub(super) struct Gaussian {
    pub(super) mean: Vec<f64>,
    pub(super) covariance: Vec<f64>,
    /// Lower Cholesky factor of the covariance.
    pub(super) lower: Vec<f64>,
    /// Share of the samples that belong to it.
    pub(super) share: f64,
    /// Mean log-likelihood of the samples.
    pub(super) likelihood: f64,
}

/// The best of several starts; `None` if every start fails (fewer than two samples, or no spread).
pub(super) fn fit(samples: &Samples, how: &Fit) -> Option<Gaussian> {
    if samples.count < 2 {
        return None;
    }
    let stride = samples.count.div_ceil(how.sample.max(2));
    if stride == 1 {
        return best_start(samples, how);
    }
    let some: Vec<usize> = (0..samples.count).step_by(stride).collect();
    let best = best_start(&samples.pick(&some), how)?;
    Some(improve(samples, best.clone(), how).unwrap_or(best))
}

fn best_start(samples: &Samples, how: &Fit) -> Option<Gaussian> {
    let spread = samples.moments(&samples.vector(0), &vec![1.0; samples.count])?;
    let d = samples.dims;
    let mut diagonal = vec![0.0; d * d];
    (0..d).for_each(|i| diagonal[i * d + i] = spread.covariance[i * d + i]);
    let lower = cholesky(&diagonal, d)?;
    let mut random = Mersenne::new(how.seed);
    // As published the last sample is never a start.
    let starts: Vec<usize> =
        (0..how.starts).map(|_| random.below(samples.count as u32 - 1) as usize).collect();
    let ends: Vec<Option<Gaussian>> = starts
        .into_par_iter()
        .map(|start| {
            let first = Gaussian {
                mean: samples.vector(start),
                covariance: diagonal.clone(),
                lower: lower.clone(),
                share: 1.0 - how.prior,
                likelihood: f64::NEG_INFINITY,
            };
            improve(samples, first, how)
        })
        .collect();
    // The first of equals, as a sequential search would take.
    ends.into_iter()
        .flatten()
        .reduce(|best, next| if next.likelihood > best.likelihood { next } else { best })
}

/// Iterates until the likelihood gains less than the tolerance. `None` if the Gaussian degenerates.
fn improve(samples: &Samples, first: Gaussian, how: &Fit) -> Option<Gaussian> {
    let (mut state, d) = (first, samples.dims);
    let mut distances = Vec::new();
    let mut belongs = expect(samples, &mut state, how, &mut distances)?;
    let mut last = f64::INFINITY;
    for _ in 0..how.iterations {
        let moments = samples.moments(&state.mean, &belongs)?;
        state.share = moments.weight / samples.count as f64;
        let spacing = |v: f64| f64::EPSILON * v.abs();
        let mut covariance = moments.covariance;
        (0..d).for_each(|i| covariance[i * d + i] += spacing(covariance[i * d + i]));
        state.lower = cholesky(&covariance, d)?;
        (state.mean, state.covariance) = (moments.mean, covariance);
        belongs = expect(samples, &mut state, how, &mut distances)?;
        let gain = state.likelihood - last;
        if gain >= 0.0 && gain < how.tolerance * state.likelihood.abs() {
            break;
        }
        last = state.likelihood;
    }
    Some(state)
}

/// Probability of each sample to belong to the Gaussian; sets the likelihood.
fn expect(samples: &Samples, state: &mut Gaussian, how: &Fit, distances: &mut Vec<f64>) -> Option<Vec<f64>> {
    let d = samples.dims;
    let determinant: f64 = (0..d).map(|i| state.lower[i * d + i].ln()).sum();
    let constant = state.share.ln() - determinant - 0.5 * d as f64 * std::f64::consts::TAU.ln();
    // Minus infinity once every sample belongs: then nothing stands out.
    let outlier = (1.0 - state.share).max(0.0).ln() - how.outlier;
    if !constant.is_finite() || outlier.is_nan() {
        return None;
    }
    samples.distances(&state.mean, &state.lower, distances);
    let mut sum = 0.0;
    let belongs = distances
        .iter()
        .map(|distance| {
            let inlier = constant - 0.5 * distance;
            // exp of the smaller minus the larger, which never overflows.
            let ratio = (-(inlier - outlier).abs()).exp();
            sum += inlier.max(outlier) + ratio.ln_1p();
            if inlier > outlier { 1.0 / (1.0 + ratio) } else { ratio / (1.0 + ratio) }
        })
        .collect();
    state.likelihood = sum / samples.count as f64;
    state.likelihood.is_finite().then_some(belongs)
}

/// The generator MT19937 (M. Matsumoto, T. Nishimura, ACM TOMACS 8(1), 1998), whose numbers from seed 0 chose
/// the starts of the released code: local optima are many, and other starts end in other maps.
struct Mersenne {
    state: [u32; 624],
    next: usize,
}

impl Mersenne {
    fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for i in 1..624 {
            let last = state[i - 1];
            state[i] = 1_812_433_253_u32.wrapping_mul(last ^ (last >> 30)).wrapping_add(i as u32);
        }
        Self { state, next: 624 }
    }

    fn number(&mut self) -> u32 {
        if self.next == 624 {
            for i in 0..624 {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
                self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1) * 0x9908_b0df);
            }
            self.next = 0;
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A number below `bound`, at least 1: the first below it whose excess bits are masked.
    fn below(&mut self, bound: u32) -> u32 {
        if bound <= 1 {
            return 0;
        }
        let mask = u32::MAX >> (bound - 1).leading_zeros();
        loop {
            let number = self.number() & mask;
            if number < bound {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOW: Fit = Fit {
        outlier: 42.0,
        prior: 0.01,
        starts: 30,
        iterations: 100,
        tolerance: 1e-5,
        seed: 0,
        sample: 2000,
    };

    #[test]
    fn starts_are_those_of_the_released_code() {
        // numpy 2.4.6: RandomState(0).randint(0, 1055, size=1), ten times.
        let mut random = Mersenne::new(0);
        let got: Vec<_> = (0..10).map(|_| random.below(1055)).collect();
        assert_eq!(got, [684, 559, 835, 763, 1033, 277, 599, 600, 314, 705]);
        // MT19937's own check: the first number of seed 5489.
        assert_eq!(Mersenne::new(5489).number(), 3_499_211_612);
    }

    /// A cloud of spread 1 around (5, -3), by a fixed lattice, and some samples far away.
    fn cloud(outliers: usize) -> Samples {
        Samples::collect(2, 400 + outliers, |i, out| {
            let (x, y) = ((i % 20) as f64, (i / 20) as f64);
            if i < 400 {
                out.copy_from_slice(&[5.0 + (x - 9.5) / 5.766, -3.0 + (y - 9.5) / 5.766]);
            } else {
                out.copy_from_slice(&[500.0 + i as f64, 77.0]);
            }
        })
    }

    #[test]
    fn outliers_do_not_move_the_gaussian() {
        // In two dimensions e^-42 is rarer than any sample: outliers have to be likelier.
        let how = Fit { outlier: 12.0, ..HOW };
        let fitted = fit(&cloud(20), &how).unwrap();
        assert!((fitted.mean[0] - 5.0).abs() < 1e-6 && (fitted.mean[1] + 3.0).abs() < 1e-6, "{fitted:?}");
        assert!((fitted.covariance[0] - 1.0).abs() < 1e-3 && fitted.covariance[1].abs() < 1e-9);
        assert!((fitted.share - 400.0 / 420.0).abs() < 1e-3, "{}", fitted.share);
        // Of a part of the samples, the best start goes on with all.
        let sampled = fit(&cloud(20), &Fit { sample: 150, ..how }).unwrap();
        assert!((sampled.mean[0] - 5.0).abs() < 1e-6 && (sampled.share - fitted.share).abs() < 1e-6);
    }

    #[test]
    fn samples_without_spread_have_no_gaussian() {
        assert!(fit(&Samples::collect(3, 0, |_, _| ()), &HOW).is_none());
        assert!(fit(&Samples::collect(3, 1, |_, _| ()), &HOW).is_none());
        assert!(fit(&Samples::collect(3, 50, |_, out| out.fill(1.0)), &HOW).is_none());
        assert!(fit(&Samples::collect(1, 50, |_, out| out.fill(f64::NAN)), &HOW).is_none());
    }
}
