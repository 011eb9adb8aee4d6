//! Magnitudes of Zernike moments around every pixel: descriptors that neither rotation nor mirroring changes.
//!
//! The moment of order `n` and repetition `m` is the inner product of the pixels of a disc with
//! `R_nm(rho) exp(-i m theta)`, where `R_nm` is Zernike's radial polynomial (M. R. Teague, "Image analysis via
//! the general theory of moments", J. Opt. Soc. Am. 70(8), 1980). Turning the disc multiplies it by a phase and
//! mirroring conjugates it, so that its magnitude stays.

use multiversion::multiversion;
use rayon::prelude::*;

/// Pixels of a row that are worked on together, so that all sums stay in the nearest cache.
const TILE: usize = 64;

/// One filter: the real or the imaginary part of a Zernike function, sampled on a quarter of the disc. The
/// other quarters follow from its symmetry.
struct Filter {
    /// One weight a point of [`ZernikeBank::points`].
    weights: Vec<f32>,
    /// Whether it changes its sign when columns, and when rows, are mirrored: `x + 2 * y`.
    parity: usize,
}

/// The filters of all moments up to an order on one disc. On a grid of pixels the functions are not quite
/// orthogonal to a constant; all but the first are made so. Each filter has unit energy: white noise of standard
/// deviation s adds a component of standard deviation s to each.
pub struct ZernikeBank {
    radius: usize,
    /// Points `(dx, dy)` of the disc with neither coordinate negative.
    points: Vec<(usize, usize)>,
    filters: Vec<Filter>,
    /// Order and repetition of each moment, and the indices of its filters.
    moments: Vec<Moment>,
}

struct Moment {
    order: usize,
    repetition: usize,
    first: usize,
    second: Option<usize>,
}

impl ZernikeBank {
    /// Moments of orders 0 to `order` on a disc of `2 * radius + 1` pixels across, sorted by order and then by
    /// repetition.
    pub fn new(radius: usize, order: usize) -> Self {
        // The disc ends half a pixel beyond the last pixel's centre.
        let outer = radius as f64 + 0.5;
        let points: Vec<(usize, usize)> = (0..=radius)
            .flat_map(|y| (0..=radius).map(move |x| (x, y)))
            .filter(|&(x, y)| ((x * x + y * y) as f64) < outer * outer)
            .collect();
        let (mut filters, mut moments) = (vec![], vec![]);
        for n in 0..=order {
            for m in (n % 2..=n).step_by(2) {
                let sample = |sine: bool| {
                    let parity = match (sine, m % 2) {
                        (false, 0) => 0,
                        (false, _) => 1,
                        (true, 0) => 3,
                        (true, _) => 2,
                    };
                    let mut weights: Vec<f32> = points
                        .iter()
                        .map(|&(x, y)| {
                            let (x, y) = (x as f64, y as f64);
                            let angle = m as f64 * y.atan2(x);
                            let wave = if sine { angle.sin() } else { angle.cos() };
                            (radial(n, m, x.hypot(y) / outer) * wave) as f32
                        })
                        .collect();
                    if n > 0 && parity == 0 {
                        let weight = |&p| copies(p) as f32;
                        let mean = points.iter().zip(&weights).map(|(p, w)| weight(p) * w).sum::<f32>()
                            / points.iter().map(weight).sum::<f32>();
                        weights.iter_mut().for_each(|w| *w -= mean);
                    }
                    let energy: f32 =
                        points.iter().zip(&weights).map(|(&p, w)| copies(p) as f32 * w * w).sum();
                    if energy > 0.0 {
                        weights.iter_mut().for_each(|w| *w /= energy.sqrt());
                    }
                    Filter { weights, parity }
                };
                filters.push(sample(false));
                let first = filters.len() - 1;
                let second = (m > 0).then(|| {
                    filters.push(sample(true));
                    filters.len() - 1
                });
                moments.push(Moment { order: n, repetition: m, first, second });
            }
        }
        Self { radius, points, filters, moments }
    }

    /// Order and repetition of each moment, in the order of the magnitudes.
    pub fn moments(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.moments.iter().map(|m| (m.order, m.repetition))
    }

    /// What `describe` makes of the magnitudes of the moments around each pixel of a picture of `width`
    /// columns. Beyond the border the nearest pixel counts.
    ///
    /// # Panics
    /// If `image` is no whole number of rows.
    pub fn describe<T: Copy + Default + Send>(
        &self,
        image: &[f32],
        width: usize,
        describe: impl Fn(&[f32]) -> T + Sync,
    ) -> Vec<T> {
        let mut out = vec![T::default(); image.len()];
        if image.is_empty() {
            return out;
        }
        assert_eq!(image.len() % width, 0, "{} samples in rows of {width}", image.len());
        let height = image.len() / width;
        let (radius, padded) = (self.radius, width + 2 * self.radius);
        let mut wide = Vec::with_capacity(padded * (height + 2 * radius));
        for y in 0..height + 2 * radius {
            let y = y.saturating_sub(radius).min(height - 1);
            let row = &image[y * width..(y + 1) * width];
            wide.extend(std::iter::repeat_n(row[0], radius));
            wide.extend_from_slice(row);
            wide.extend(std::iter::repeat_n(row[width - 1], radius));
        }
        out.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
            let mut sums = vec![[0.0; TILE]; self.filters.len()];
            let mut magnitudes = vec![0.0; self.moments.len()];
            for (tile, out) in row.chunks_mut(TILE).enumerate() {
                let centre = (y + radius) * padded + radius + tile * TILE;
                sums.fill([0.0; TILE]);
                self.filter(&wide, padded, centre, out.len(), &mut sums);
                for (x, out) in out.iter_mut().enumerate() {
                    for (magnitude, moment) in magnitudes.iter_mut().zip(&self.moments) {
                        let real = sums[moment.first][x];
                        *magnitude = moment.second.map_or(real.abs(), |i| {
                            let imaginary = sums[i][x];
                            (real * real + imaginary * imaginary).sqrt()
                        });
                    }
                    *out = describe(&magnitudes);
                }
            }
        });
        out
    }

    /// Adds the filters' answers at the `count` pixels from `centre` on to `sums`.
    fn filter(&self, wide: &[f32], stride: usize, centre: usize, count: usize, sums: &mut [[f32; TILE]]) {
        let mut folded = [[0.0; TILE]; 4];
        for (i, &(dx, dy)) in self.points.iter().enumerate() {
            let at = |x: usize, y: usize| &wide[x + y - stride * self.radius..][..count];
            let (left, right) = (centre - dx, centre + dx);
            let (up, down) = (stride * (self.radius - dy), stride * (self.radius + dy));
            fold([at(right, down), at(left, down), at(right, up), at(left, up)], (dx, dy), &mut folded);
            for (filter, sums) in self.filters.iter().zip(sums.iter_mut()) {
                add(sums, &folded[filter.parity], filter.weights[i]);
            }
        }
    }
}

/// How many points of the disc a point of its quarter stands for.
fn copies((x, y): (usize, usize)) -> usize {
    (1 + usize::from(x > 0)) * (1 + usize::from(y > 0))
}

/// Sums and differences of a point and its mirror images, by parity (see [`Filter::parity`]). Points on an
/// axis coincide with their mirror images and count once.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn fold([a, b, c, d]: [&[f32]; 4], (dx, dy): (usize, usize), out: &mut [[f32; TILE]; 4]) {
    let share = 1.0 / ((1 + usize::from(dx == 0)) * (1 + usize::from(dy == 0))) as f32;
    let [even, odd_x, odd_y, odd] = out;
    for i in 0..a.len().min(TILE) {
        let (down, down_odd, up, up_odd) = (a[i] + b[i], a[i] - b[i], c[i] + d[i], c[i] - d[i]);
        even[i] = share * (down + up);
        odd_x[i] = share * (down_odd + up_odd);
        odd_y[i] = share * (down - up);
        odd[i] = share * (down_odd - up_odd);
    }
}

#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn add(sums: &mut [f32; TILE], values: &[f32; TILE], weight: f32) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
}

/// Zernike's radial polynomial of order `n` and repetition `m`, `n - m` even and not negative.
fn radial(n: usize, m: usize, rho: f64) -> f64 {
    let factorial = |k: usize| (1..=k).map(|i| i as f64).product::<f64>();
    (0..=(n - m) / 2)
        .map(|s| {
            let sign = if s % 2 == 0 { 1.0 } else { -1.0 };
            sign * factorial(n - s) * rho.powi((n - 2 * s) as i32)
                / (factorial(s) * factorial((n + m) / 2 - s) * factorial((n - m) / 2 - s))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radial_polynomials_are_the_published_ones() {
        for rho in [0.0_f64, 0.3, 0.7, 1.0] {
            assert!((radial(2, 0, rho) - (2.0 * rho * rho - 1.0)).abs() < 1e-12);
            assert!((radial(3, 1, rho) - (3.0 * rho.powi(3) - 2.0 * rho)).abs() < 1e-12);
            assert!((radial(4, 2, rho) - (4.0 * rho.powi(4) - 3.0 * rho * rho)).abs() < 1e-12);
            let five = 10.0 * rho.powi(5) - 12.0 * rho.powi(3) + 3.0 * rho;
            assert!((radial(5, 1, rho) - five).abs() < 1e-12);
        }
    }

    /// The definition, point by point.
    fn naive(image: &[f32], width: usize, (cx, cy): (usize, usize), bank: &ZernikeBank) -> Vec<f32> {
        let (r, outer) = (bank.radius as isize, bank.radius as f64 + 0.5);
        bank.moments()
            .map(|(n, m)| {
                let mut total = 0.0;
                for sine in [false, true] {
                    let mut disc = vec![];
                    for dy in -r..=r {
                        for dx in -r..=r {
                            let (x, y) = (dx as f64, dy as f64);
                            if x.hypot(y) >= outer {
                                continue;
                            }
                            let angle = m as f64 * y.atan2(x);
                            let wave = if sine { angle.sin() } else { angle.cos() };
                            let i = (cy as isize + dy) as usize * width + (cx as isize + dx) as usize;
                            disc.push((radial(n, m, x.hypot(y) / outer) * wave, f64::from(image[i])));
                        }
                    }
                    let mean = disc.iter().map(|p| p.0).sum::<f64>() / disc.len() as f64;
                    let mean = if n > 0 { mean } else { 0.0 };
                    let sum: f64 = disc.iter().map(|p| (p.0 - mean) * p.1).sum();
                    let energy: f64 = disc.iter().map(|p| (p.0 - mean).powi(2)).sum();
                    if energy > 1e-9 {
                        total += sum * sum / energy;
                    }
                }
                total.sqrt() as f32
            })
            .collect()
    }

    fn texture(width: usize, height: usize) -> Vec<f32> {
        let value = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 24) as f32;
        (0..width * height).map(value).collect()
    }

    #[test]
    fn magnitudes_equal_their_definition_and_stand_turning_and_mirroring() {
        let (width, height) = (83, 21);
        let image = texture(width, height);
        let bank = ZernikeBank::new(4, 5);
        let names: Vec<_> = bank.moments().collect();
        assert_eq!(names[..6], [(0, 0), (1, 1), (2, 0), (2, 2), (3, 1), (3, 3)]);
        let all = |image: &[f32], width| bank.describe(image, width, |m| <[f32; 12]>::try_from(m).unwrap());
        let field = all(&image, width);
        for (x, y) in [(4, 4), (40, 10), (78, 16)] {
            for (a, b) in field[y * width + x].iter().zip(naive(&image, width, (x, y), &bank)) {
                assert!((a - b).abs() < 0.02, "{a} {b}");
            }
        }
        // A quarter turn and a mirror image move pixels exactly.
        let turned: Vec<f32> =
            (0..width * height).map(|i| image[(i % height) * width + width - 1 - i / height]).collect();
        let mirrored: Vec<f32> =
            (0..width * height).map(|i| image[i / width * width + width - 1 - i % width]).collect();
        let (turned, mirrored) = (all(&turned, height), all(&mirrored, width));
        for (x, y) in [(4, 4), (40, 10), (30, 8)] {
            let here = field[y * width + x];
            for other in [turned[(width - 1 - x) * height + y], mirrored[y * width + width - 1 - x]] {
                assert!(here.iter().zip(other).all(|(a, b)| (a - b).abs() < 0.02), "{here:?} {other:?}");
            }
        }
    }

    #[test]
    fn flat_and_tiny_pictures_have_only_a_mean() {
        let bank = ZernikeBank::new(3, 4);
        for (width, height) in [(1, 1), (1, 9), (9, 1), (5, 5)] {
            for rest in bank.describe(&vec![100.0; width * height], width, |m| m[1..].iter().sum::<f32>()) {
                assert!(rest < 0.01, "{rest}");
            }
        }
        assert!(bank.describe(&[], 0, |_| 0_u8).is_empty());
    }
}
