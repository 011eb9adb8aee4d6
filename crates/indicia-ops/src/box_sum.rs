//! Sums over square windows of a grid.

use ndarray::Array2;

/// Sum of every square window of side `2 * radius + 1` around each cell; windows are cut at the border.
pub fn box_sum(values: &Array2<f32>, radius: usize) -> Array2<f32> {
    let (high, wide) = values.dim();
    let mut rows = Array2::zeros((high, wide));
    for (line, mut out) in values.outer_iter().zip(rows.outer_iter_mut()) {
        // Sums in f64 keep a running sum from drifting.
        let mut sum: f64 = line.iter().take(radius).map(|v| f64::from(*v)).sum();
        for x in 0..wide {
            if x + radius < wide {
                sum += f64::from(line[x + radius]);
            }
            if x > radius {
                sum -= f64::from(line[x - radius - 1]);
            }
            out[x] = sum as f32;
        }
    }
    let mut sums = vec![0.0_f64; wide];
    let mut out = Array2::zeros((high, wide));
    for y in 0..high + radius {
        if y < high {
            sums.iter_mut().zip(rows.row(y)).for_each(|(sum, v)| *sum += f64::from(*v));
        }
        if y > 2 * radius {
            sums.iter_mut().zip(rows.row(y - 2 * radius - 1)).for_each(|(sum, v)| *sum -= f64::from(*v));
        }
        if y >= radius {
            out.row_mut(y - radius).iter_mut().zip(&sums).for_each(|(out, sum)| *out = *sum as f32);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::box_sum;

    #[test]
    fn windows_are_summed_and_cut_at_the_border() {
        let values = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        assert_eq!(box_sum(&values, 0), values);
        assert_eq!(box_sum(&values, 1), array![[12.0, 21.0, 16.0], [12.0, 21.0, 16.0]]);
        assert_eq!(box_sum(&values, 9), Array2::from_elem((2, 3), 21.0));
        assert_eq!(box_sum(&array![[7.0]], 2), array![[7.0]]);
        assert_eq!(box_sum(&Array2::zeros((0, 4)), 2).dim(), (0, 4));
        let column = array![[1.0], [2.0], [4.0], [8.0]];
        assert_eq!(box_sum(&column, 1), array![[3.0], [7.0], [14.0], [12.0]]);
    }
}
