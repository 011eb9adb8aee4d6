//! Random fields that look like clouds: sums of gradient noise (Perlin, 1985 and 2002) at doubling
//! frequencies.

use indicia_core::Picture;
use rayon::prelude::*;

/// Most points of a field along the shorter side; between them it is interpolated.
const FINEST: usize = 512;

/// A field of a picture's size. Frequencies are in waves over the shorter side.
pub(super) struct Field {
    columns: usize,
    rows: usize,
    /// Pixels between points.
    step: usize,
    values: Vec<f32>,
}

impl Field {
    /// Computes `value` of a place, in lengths of the shorter side, at every point.
    pub(super) fn new(picture: &Picture, value: impl Fn(f32, f32) -> f32 + Sync) -> Self {
        let side = picture.width.min(picture.height).max(1);
        let step = side.div_ceil(FINEST);
        // One more than fits, so that every pixel lies between points.
        let [columns, rows] = [picture.width, picture.height].map(|n| n / step + 2);
        let unit = step as f32 / side as f32;
        let mut values = vec![0.0; columns * rows];
        values.par_chunks_mut(columns).enumerate().for_each(|(y, row)| {
            for (x, place) in row.iter_mut().enumerate() {
                *place = value(x as f32 * unit, y as f32 * unit);
            }
        });
        Self { columns, rows, step, values }
    }

    /// The value at a pixel of the picture.
    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        let (left, top) = ((x / self.step).min(self.columns - 2), (y / self.step).min(self.rows - 2));
        let part = |i: usize, first: usize| (i - first * self.step) as f32 / self.step as f32;
        let (fx, fy) = (part(x, left), part(y, top));
        let row = |y: usize| {
            let [a, b] = [0, 1].map(|i| self.values[y * self.columns + left + i]);
            a + fx * (b - a)
        };
        let (above, below) = (row(top), row(top + 1));
        above + fy * (below - above)
    }

    /// The value above which a share of the field lies.
    pub(super) fn above(&self, share: f64) -> f32 {
        let mut sorted = self.values.clone();
        let place = ((1.0 - share) * (sorted.len() - 1) as f64).round().max(0.0) as usize;
        let (_, value, _) = sorted.select_nth_unstable_by(place, f32::total_cmp);
        *value
    }
}

/// Sum of `octaves` of gradient noise from `frequency` on, each of half the size of the one before; about -1
/// to 1, mean 0.
pub(super) fn clouds(seed: u64, x: f32, y: f32, frequency: f32, octaves: u32) -> f32 {
    let (mut sum, mut size, mut frequency) = (0.0, 1.0, frequency);
    for octave in 0..octaves {
        // Turned by a pythagorean angle each time, so that lattices do not fall together.
        let (u, v) = if octave % 2 == 0 { (x, y) } else { (0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y) };
        sum += size * gradient_noise(seed.wrapping_add(u64::from(octave)), u * frequency, v * frequency);
        size *= 0.5;
        frequency *= 2.03;
    }
    sum
}

/// Gradient noise on the lattice of whole numbers, about -0.7 to 0.7.
fn gradient_noise(seed: u64, x: f32, y: f32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let (left, top) = (left as i64, top as i64);
    let corner = |dx: i64, dy: i64| {
        let [gx, gy] = DIRECTIONS[(hash(seed, left + dx, top + dy) >> 60) as usize];
        gx * (fx - dx as f32) + gy * (fy - dy as f32)
    };
    let smooth = |t: f32| t * t * t * (t * (t * 6.0 - 15.0) + 10.0);
    let (sx, sy) = (smooth(fx), smooth(fy));
    let mix = |a: f32, b: f32, t: f32| a + t * (b - a);
    mix(mix(corner(0, 0), corner(1, 0), sx), mix(corner(0, 1), corner(1, 1), sx), sy)
}

/// Sixteen directions.
const DIRECTIONS: [[f32; 2]; 16] = {
    const C: f32 = 0.923_88;
    const S: f32 = 0.382_68;
    const D: f32 = std::f32::consts::FRAC_1_SQRT_2;
    [
        [1.0, 0.0],
        [C, S],
        [D, D],
        [S, C],
        [0.0, 1.0],
        [-S, C],
        [-D, D],
        [-C, S],
        [-1.0, 0.0],
        [-C, -S],
        [-D, -D],
        [-S, -C],
        [0.0, -1.0],
        [S, -C],
        [D, -D],
        [C, -S],
    ]
};

/// A number of a lattice point: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn hash(seed: u64, x: i64, y: i64) -> u64 {
    let mut z = seed
        .wrapping_add((x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add((y as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(width: usize, height: usize, value: impl Fn(f32, f32) -> f32 + Sync) -> Field {
        Field::new(&Picture { width, height, rgb: vec![] }, value)
    }

    #[test]
    fn fields_are_in_lengths_of_the_shorter_side() {
        let field = of(4, 2, |x, y| x + 10.0 * y);
        assert_eq!([(0, 0), (1, 0), (3, 1)].map(|(x, y)| field.at(x, y)), [0.0, 0.5, 6.5]);
        // Every third pixel is computed, the others lie between.
        let large = of(1200, 1200, |x, _| x * 1200.0);
        assert_eq!([0, 1, 2, 3, 1199].map(|x| large.at(x, 5).round()), [0.0, 1.0, 2.0, 3.0, 1199.0]);
    }

    #[test]
    fn noise_vanishes_at_lattice_points_and_has_mean_zero() {
        assert_eq!(gradient_noise(7, 3.0, -2.0), 0.0);
        let values: Vec<f32> = (0..10_000)
            .map(|i| clouds(5, (i % 100) as f32 * 0.37, (i / 100) as f32 * 0.37, 1.0, 4))
            .collect();
        let mean = values.iter().sum::<f32>() / 1e4;
        let deviation = (values.iter().map(|v| v * v).sum::<f32>() / 1e4).sqrt();
        assert!(mean.abs() < 0.02 && (0.2..0.4).contains(&deviation), "{mean} {deviation}");
    }

    #[test]
    fn shares_lie_above_their_threshold() {
        let field = of(99, 99, |x, y| clouds(1, x, y, 3.0, 4));
        let threshold = field.above(0.1);
        let above =
            field.values.iter().filter(|v| **v > threshold).count() as f64 / field.values.len() as f64;
        assert!((above - 0.1).abs() < 1e-3, "{above}");
    }
}
