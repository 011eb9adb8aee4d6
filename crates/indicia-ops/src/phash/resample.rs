/// Bits behind the point of the weights: 8-bit samples leave 32 - 8 and two for overshoot and sign.
const PRECISION: u32 = 22;
/// Half width of the kernel in source pixels of equal scale.
const LOBES: f64 = 3.0;

/// Which source samples make a target sample, and their weights.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// Lanczos kernel of three lobes.
fn kernel(x: f64) -> f64 {
    let sinc = |x: f64| {
        let x = x * std::f64::consts::PI;
        if x == 0.0 { 1.0 } else { x.sin() / x }
    };
    if (-LOBES..LOBES).contains(&x) { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

fn taps(source: usize, target: usize) -> Vec<Taps> {
    let scale = source as f64 / target as f64;
    // When enlarging, the kernel keeps its width.
    let stretch = scale.max(1.0);
    let support = LOBES * stretch;
    let taps = |place: usize| {
        let center = (place as f64 + 0.5) * scale;
        let first = (center - support + 0.5).max(0.0) as usize;
        let end = ((center + support + 0.5) as usize).min(source);
        let weights: Vec<f64> =
            (first..end).map(|i| kernel((i as f64 - center + 0.5) * (1.0 / stretch))).collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: &f64| {
            let scaled = if sum == 0.0 { *weight } else { weight / sum } * f64::from(1_u32 << PRECISION);
            (if scaled < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
        };
        Taps { first, weights: weights.iter().map(fixed).collect() }
    };
    (0..target).map(taps).collect()
}

/// Rounds a sum of weighted samples to 8 bits.
fn rounded(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// A gray picture brought to another size as Pillow's `Image.LANCZOS` does. All sides are at least 1.
pub(super) fn lanczos(
    gray: &[u8],
    width: usize,
    height: usize,
    new_width: usize,
    new_height: usize,
) -> Vec<u8> {
    const HALF: i32 = 1 << (PRECISION - 1);
    let across: Vec<u8> = if width == new_width {
        gray.to_vec()
    } else {
        let taps = taps(width, new_width);
        let sample = |row: &[u8], tap: &Taps| {
            let weighted = row[tap.first..].iter().zip(&tap.weights).map(|(v, w)| i32::from(*v) * w);
            rounded(weighted.fold(HALF, i32::wrapping_add))
        };
        gray.chunks_exact(width).flat_map(|row| taps.iter().map(move |tap| sample(row, tap))).collect()
    };
    if height == new_height {
        return across;
    }
    let mut out = Vec::with_capacity(new_width * new_height);
    let mut sums = vec![0_i32; new_width];
    for tap in taps(height, new_height) {
        sums.fill(HALF);
        for (row, weight) in across.chunks_exact(new_width).skip(tap.first).zip(&tap.weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(i32::from(*value) * weight);
            }
        }
        out.extend(sums.iter().map(|sum| rounded(*sum)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_flat_pictures_stay_flat() {
        for (source, target) in [(1, 32), (31, 32), (32, 32), (33, 32), (1000, 32), (7, 3)] {
            for tap in taps(source, target) {
                assert!(tap.first + tap.weights.len() <= source && !tap.weights.is_empty());
                let sum: i32 = tap.weights.iter().sum();
                assert!((sum - (1 << PRECISION)).unsigned_abs() as usize <= tap.weights.len());
            }
        }
        assert_eq!(lanczos(&[200; 77], 11, 7, 32, 32), vec![200; 1024]);
    }

    #[test]
    fn the_kernel_is_one_in_the_middle_and_zero_at_whole_places() {
        assert_eq!((kernel(0.0), kernel(3.0), kernel(-3.5)), (1.0, 0.0, 0.0));
        assert!([1.0, 2.0, -1.0].iter().all(|x| kernel(*x).abs() < 1e-15));
        // sin(pi/2) / (pi/2) * sin(pi/6) / (pi/6) = 6 / pi^2
        assert!((kernel(0.5) - 6.0 / std::f64::consts::PI.powi(2)).abs() < 1e-15);
    }

    #[test]
    fn half_the_size_of_two_columns_is_their_mean() {
        // Two pixels onto one: both lie half a pixel from the centre and weigh the same.
        assert_eq!(lanczos(&[10, 21], 2, 1, 1, 1), [16]);
    }
}
