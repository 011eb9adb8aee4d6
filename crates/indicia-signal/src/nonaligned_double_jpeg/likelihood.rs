//! What a coefficient says for or against a first quantisation, after a second one on another grid.

use std::array;

use indicia_ops::dct8;

/// Frequencies `8 * v + u` that are read: those with `1 <= u + v <= 4`, where steps are small enough to be
/// met several times and large enough to survive the second quantisation.
pub(super) const FREQUENCIES: [usize; 14] = [1, 2, 3, 4, 8, 9, 10, 11, 16, 17, 18, 24, 25, 32];

/// The index in [`STEPS`] of what comes next to a step; `None` if it is smaller or larger than what is tried.
pub(super) fn nearest_step(step: u16) -> Option<usize> {
    let (first, last) = (STEPS[0], STEPS[STEPS.len() - 1]);
    let nearest = (0..STEPS.len()).min_by_key(|&i| STEPS[i].abs_diff(step));
    nearest.filter(|_| (first..=last + 2).contains(&step))
}

/// Number of [`FREQUENCIES`].
pub(super) const READ: usize = FREQUENCIES.len();

/// Vertical frequencies that hold the [`FREQUENCIES`].
pub(super) const ROWS: usize = 5;

/// First steps that are tried. From 26 up they are spaced: the multiples that occur are few, and the second
/// quantisation's error hides the difference.
pub(super) const STEPS: [u16; 32] = [
    2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 29, 31, 33,
    36, 39, 43, 47,
];

/// One number a step of [`STEPS`].
pub(super) type PerStep = [f32; STEPS.len()];

/// Share of coefficients that may follow neither model (clipping, editing): bounds the evidence against a
/// step.
const OUTLIERS: f64 = 0.03;

/// Variance of the coefficients from rounding to 8 bits, in colour and in luma.
const ROUNDING: f64 = 0.15;

/// Standard deviation of a coefficient between two saves on the same grid: the rounding of the pixels in
/// between and colour conversion.
const ALIGNED_ROUNDING: f64 = 0.45;

/// Coefficients are told apart by halves, up to [`MOST`]; larger ones are not read.
const RESOLUTION: f32 = 2.0;
/// Largest magnitude that is read.
const MOST: usize = 64;
/// Magnitudes that are told apart.
const MAGNITUDES: usize = 2 * MOST + 1;

/// Local scales (mean magnitudes) are told apart by factors of this.
const SCALE_RATIO: f32 = 1.12;
/// Scale of level 0.
const SCALE_LOW: f32 = 0.1;
/// Levels of the local scale.
const LEVELS: usize = 64;

/// Table rows: scales of Laplace's density, by factors of 1.5 from 0.25 up.
const DENSITIES: usize = 16;
const DENSITY_LOW: f64 = 0.25;
const DENSITY_RATIO: f64 = 1.5;

/// Standard deviations of one frequency's errors are rounded to factors of exp(0.2), so that few tables do.
const ERROR_GROUP: f64 = 0.2;

/// Level of a local mean magnitude.
pub(super) fn level(mean: f32) -> u8 {
    ((mean.max(SCALE_LOW) / SCALE_LOW).ln() / SCALE_RATIO.ln()).round().min(LEVELS as f32 - 1.0) as u8
}

/// Log likelihood ratios of every step, by magnitude and local scale.
pub(super) struct Evidence {
    /// Table row of each level: the scale without the part that is the second quantisation's error.
    rows: [u8; LEVELS],
    /// Entry `row * MAGNITUDES + magnitude`.
    table: Vec<PerStep>,
}

impl Evidence {
    /// Log likelihood ratios of a coefficient against no first quantisation, by step; `None` for one that is
    /// too large to be read.
    #[inline(always)]
    pub fn of(&self, coefficient: f32, level: u8) -> Option<&PerStep> {
        let magnitude = (coefficient.abs() * RESOLUTION + 0.5) as usize;
        if magnitude >= MAGNITUDES {
            return None;
        }
        Some(&self.table[usize::from(self.rows[usize::from(level)]) * MAGNITUDES + magnitude])
    }

    /// Of a coefficient that carries an error of standard deviation `error`, as after a second quantisation
    /// on another grid: the density of a quantised Laplacian plus a Gaussian, over that of the Laplacian plus
    /// the Gaussian.
    fn shifted(error: f64) -> Self {
        let gauss = |d: f64| (-0.5 * (d / error).powi(2)).exp() / (error * SQRT_TAU);
        Self::new(
            error,
            1.0,
            6.0 * error,
            |x, multiple| gauss(x - multiple),
            |x, scale| laplace_gauss(x, scale, error),
        )
    }

    /// Of a coefficient that was quantised again with `second` on the same grid: the probability of its
    /// multiple of `second`, with and without a first quantisation. A first step that is not above `second`
    /// leaves nothing to see and gets 0.
    fn aligned(second: f64) -> Self {
        let normal = |x: f64| 0.5 * libm::erfc(-x / (ALIGNED_ROUNDING * std::f64::consts::SQRT_2));
        let ends = |x: f64| {
            let n = (x / second).round();
            ((n - 0.5) * second, (n + 0.5) * second)
        };
        Self::new(
            ALIGNED_ROUNDING,
            second,
            second + 6.0 * ALIGNED_ROUNDING,
            |x, multiple| {
                let (low, high) = ends(x);
                normal(high - multiple) - normal(low - multiple)
            },
            |x, scale| {
                let (low, high) = ends(x);
                laplace_mass(low, high, scale)
            },
        )
    }

    /// For steps above `least`. `spread(x, multiple)` is the density at magnitude x of a coefficient that
    /// was quantised to `multiple`, no further than `reach` away; `without(x, scale)` the density of one that
    /// was not quantised before.
    fn new(
        error: f64,
        least: f64,
        reach: f64,
        spread: impl Fn(f64, f64) -> f64,
        without: impl Fn(f64, f64) -> f64,
    ) -> Self {
        let rows = array::from_fn(|level| {
            let mean = f64::from(SCALE_LOW) * f64::from(SCALE_RATIO).powi(level as i32);
            // The mean magnitude of a Gaussian is sqrt(2 / pi) of its standard deviation.
            let own = (mean * mean - error * error * std::f64::consts::FRAC_2_PI).max(0.01).sqrt();
            ((own / DENSITY_LOW).ln() / DENSITY_RATIO.ln()).round().clamp(0.0, DENSITIES as f64 - 1.0) as u8
        });
        let scales: [f64; DENSITIES] = array::from_fn(|i| DENSITY_LOW * DENSITY_RATIO.powi(i as i32));
        let magnitude = |i: usize| i as f64 / f64::from(RESOLUTION);
        let plain: Vec<f64> = (0..DENSITIES * MAGNITUDES)
            .map(|i| without(magnitude(i % MAGNITUDES), scales[i / MAGNITUDES]))
            .collect();
        let mut table = vec![[0.0; STEPS.len()]; DENSITIES * MAGNITUDES];
        for (s, step) in
            STEPS.iter().map(|&step| f64::from(step)).enumerate().filter(|(_, step)| *step > least)
        {
            // Probability of each multiple under each scale; negative multiples are as likely.
            let most = ((MOST as f64 + reach) / step) as usize;
            let masses: Vec<[f64; DENSITIES]> = (0..=most)
                .map(|m| {
                    scales.map(|scale| laplace_mass((m as f64 - 0.5) * step, (m as f64 + 0.5) * step, scale))
                })
                .collect();
            for i in 0..MAGNITUDES {
                let x = magnitude(i);
                let mut sums = [0.0; DENSITIES];
                for m in ((x - reach) / step).ceil() as i32..=((x + reach) / step).floor() as i32 {
                    let density = spread(x, f64::from(m) * step);
                    for (sum, mass) in sums.iter_mut().zip(&masses[m.unsigned_abs() as usize]) {
                        *sum += density * mass;
                    }
                }
                for (density, with) in sums.into_iter().enumerate() {
                    let ratio = (with + TINY) / (plain[density * MAGNITUDES + i] + TINY);
                    table[density * MAGNITUDES + i][s] = (((1.0 - OUTLIERS) * ratio + OUTLIERS) as f32).ln();
                }
            }
        }
        Self { rows, table }
    }
}

const SQRT_TAU: f64 = 2.506_628_274_631_000_2;
/// Keeps the ratio of two vanishing densities at one.
const TINY: f64 = 1e-30;

/// Probability of `low..high` under Laplace's density of the given scale (mean magnitude) around 0.
fn laplace_mass(low: f64, high: f64, scale: f64) -> f64 {
    if low >= 0.0 {
        0.5 * ((-low / scale).exp() - (-high / scale).exp())
    } else if high <= 0.0 {
        0.5 * ((high / scale).exp() - (low / scale).exp())
    } else {
        1.0 - 0.5 * ((low / scale).exp() + (-high / scale).exp())
    }
}

/// Density at `x` of the sum of a Laplacian of the given scale and a Gaussian of standard deviation `error`.
fn laplace_gauss(x: f64, scale: f64, error: f64) -> f64 {
    // exp(s^2/2b^2 +- x/b) erfc((s/b +- x/s) / sqrt 2), where large exponents meet vanishing tails: the
    // product is written with the scaled tail where the argument is positive.
    let part = |x: f64| {
        let t = (error / scale + x / error) / std::f64::consts::SQRT_2;
        let exponent = 0.5 * (error / scale).powi(2) + x / scale;
        if t < 5.0 {
            exponent.exp() * libm::erfc(t)
        } else {
            // erfc(t) = exp(-t^2) / (t sqrt pi) (1 - 1/2t^2 + 3/4t^4 - ...), exponents joined.
            let s = 1.0 / (2.0 * t * t);
            (exponent - t * t).exp() / (t * std::f64::consts::PI.sqrt()) * (1.0 - s + 3.0 * s * s)
        }
    };
    (part(x) + part(-x)) / (4.0 * scale)
}

/// Evidence of every frequency and shift after a second quantisation.
pub(super) struct Model {
    /// By frequency, the distinct tables.
    tables: Vec<Vec<Evidence>>,
    /// By frequency and shift `8 * y + x`, which table.
    index: Vec<[u8; 64]>,
}

impl Model {
    /// For a picture whose last save used the steps `second` (natural order), or for one whose samples were
    /// only rounded.
    pub fn new(second: Option<&[u16; 64]>) -> Self {
        let variance = second.map_or([0.0; 64], |steps| steps.map(|step| f64::from(step).powi(2) / 12.0));
        let deviations = deviations(&variance);
        let mut model = Self { tables: vec![], index: vec![] };
        for (k, deviation) in deviations.iter().enumerate() {
            let group = |shift: usize| (deviation[shift].ln() / ERROR_GROUP).round() as i32;
            let aligned = second.map(|steps| f64::from(steps[FREQUENCIES[k]]));
            let mut groups: Vec<i32> = vec![];
            let mut tables = vec![];
            let mut index = [0; 64];
            for (shift, slot) in index.iter_mut().enumerate() {
                if let (0, Some(second)) = (shift, aligned) {
                    groups.push(i32::MIN);
                    tables.push(Evidence::aligned(second));
                    continue;
                }
                let group = group(shift);
                let known = groups.iter().position(|&g| g == group);
                *slot = known.unwrap_or_else(|| {
                    groups.push(group);
                    tables.push(Evidence::shifted((f64::from(group) * ERROR_GROUP).exp()));
                    groups.len() - 1
                }) as u8;
            }
            model.tables.push(tables);
            model.index.push(index);
        }
        model
    }

    /// Tables of a frequency, an index into [`FREQUENCIES`], at each shift `8 * y + x`.
    pub fn at(&self, frequency: usize, shift: usize) -> &Evidence {
        &self.tables[frequency][usize::from(self.index[frequency][shift])]
    }
}

/// Standard deviation of the error that each read frequency has at each shift `8 * y + x`, when the
/// coefficients on the final grid carry errors of the given variances, and pixels are rounded.
///
/// A shifted block covers parts of two blocks in each direction, whose errors are independent: a coefficient
/// takes up the squared inner products of its wave with the waves of both.
fn deviations(variance: &[f64; 64]) -> [[f64; 64]; READ] {
    let taken: Vec<[[f64; 8]; 8]> = (0..8)
        .map(|shift| {
            array::from_fn(|k| {
                array::from_fn(|j| {
                    let product = |samples: std::ops::Range<usize>, offset: usize| {
                        let wave = |i: usize| dct8::basis(k, i) * dct8::basis(j, i + shift - offset);
                        samples.map(wave).sum::<f64>().powi(2)
                    };
                    product(0..8 - shift, 0) + product(8 - shift..8, 8)
                })
            })
        })
        .collect();
    FREQUENCIES.map(|frequency| {
        array::from_fn(|shift| {
            let (rows, columns) = (&taken[shift / 8][frequency / 8], &taken[shift % 8][frequency % 8]);
            let sum: f64 = (0..64).map(|j| rows[j / 8] * columns[j % 8] * variance[j]).sum();
            (sum + ROUNDING).sqrt()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_shift_keeps_its_energy() {
        // White errors stay white at every shift.
        for row in deviations(&[4.0; 64]) {
            for deviation in row {
                assert!((deviation - (4.0 + ROUNDING).sqrt()).abs() < 1e-9, "{deviation}");
            }
        }
        // On the final grid itself every coefficient has its own.
        let own = deviations(&array::from_fn(|k| k as f64));
        for (k, row) in own.iter().enumerate() {
            assert!((row[0] - (FREQUENCIES[k] as f64 + ROUNDING).sqrt()).abs() < 1e-9);
        }
    }

    #[test]
    fn densities_are_densities() {
        for (scale, error) in [(0.25, 0.5), (0.25, 3.0), (4.0, 0.5), (100.0, 1.0)] {
            let reach: f64 = 30.0 * (scale + error);
            let step = error.min(scale) / 20.0;
            let n = (reach / step) as i32;
            let sum: f64 = (-n..=n).map(|i| laplace_gauss(f64::from(i) * step, scale, error) * step).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{scale} {error}: {sum}");
        }
        assert!((laplace_mass(-1.0, 1.0, 1.0) - (1.0 - (-1.0_f64).exp())).abs() < 1e-12);
        assert!((laplace_mass(0.0, f64::INFINITY, 3.0) - 0.5).abs() < 1e-12);
        assert!((laplace_mass(-2.0, -1.0, 1.0) - laplace_mass(1.0, 2.0, 1.0)).abs() < 1e-12);
    }

    #[test]
    fn multiples_speak_for_a_step_and_halves_against_it() {
        let shifted = Evidence::shifted(0.7);
        let step = STEPS.iter().position(|&s| s == 12).expect("12 is tried");
        let at = |x: f32| shifted.of(x, level(12.0)).expect("read")[step];
        assert!(at(12.0) > 1.0 && at(-24.0) > 1.0, "{} {}", at(12.0), at(-24.0));
        assert!(at(6.0) < -3.0 && at(18.5) < -3.0 && at(6.0) >= (OUTLIERS as f32).ln() - 1e-3);
        // Where everything is near 0 anyway, a 0 says nothing.
        assert!(shifted.of(0.0, level(0.1)).expect("read")[step].abs() < 0.1);
        assert!(shifted.of(65.0, level(12.0)).is_none() && shifted.of(f32::INFINITY, 0).is_none());
    }

    #[test]
    fn on_the_final_grid_only_larger_steps_can_be_seen() {
        let aligned = Evidence::aligned(4.0);
        let at = |x: f32, step: u16| {
            aligned.of(x, level(20.0)).expect("read")[STEPS.iter().position(|&s| s == step).expect("tried")]
        };
        assert_eq!((at(8.0, 4), at(12.0, 3)), (0.0, 0.0));
        // 9 lies within 8 +- 2 and 18 within 16 or 20 +- 2; 4 and 12 hold no multiple of 9.
        assert!(at(8.0, 9) > 0.5 && at(4.0, 9) < -2.5 && at(12.0, 9) < -2.5);
    }
}
