//! Linear algebra of small dense matrices, row by row in slices.

/// Eigenvalues, largest first, and eigenvectors of a symmetric matrix of side `n` (only read as symmetric;
/// both triangles must be filled). `vectors[k * n..][..n]` is the unit vector of the k-th value; its largest
/// component is positive, so that the result does not depend on how rotations happened to turn it.
///
/// Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, algorithm 8.4.3), which are accurate to
/// rounding for the small and nearly singular matrices that covariances are.
///
/// # Panics
/// If `matrix` has another length than `n * n`.
pub fn symmetric_eigen(matrix: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    assert_eq!(matrix.len(), n * n, "a matrix of side {n}");
    let mut a = matrix.to_vec();
    // Rows of `v` become the eigenvectors.
    let mut v = vec![0.0; n * n];
    (0..n).for_each(|i| v[i * n + i] = 1.0);
    let total: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..60 {
        let off: f64 =
            (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j].powi(2)).sum();
        if off.is_nan() || off <= total * 1e-30 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut v, n, p, q);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[j * n + j].total_cmp(&a[i * n + i]));
    let values = order.iter().map(|&i| a[i * n + i]).collect();
    let vectors = order
        .iter()
        .flat_map(|&i| {
            let row = &v[i * n..(i + 1) * n];
            let largest = row.iter().copied().fold(0.0, |m: f64, x| if x.abs() > m.abs() { x } else { m });
            let sign = if largest < 0.0 { -1.0 } else { 1.0 };
            row.iter().map(move |x| sign * x).collect::<Vec<_>>()
        })
        .collect();
    (values, vectors)
}

/// One rotation in the plane of `p` and `q` that makes `a[p][q]` zero.
fn rotate(a: &mut [f64], v: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
    for rows in [a, v] {
        for k in 0..n {
            let (x, y) = (rows[p * n + k], rows[q * n + k]);
            (rows[p * n + k], rows[q * n + k]) = (c * x - s * y, s * x + c * y);
        }
    }
}

/// The lower triangle L of `matrix = L Lᵀ`, side `n`, zeros above the diagonal; `None` if the matrix is not
/// positive definite. Only the lower triangle of `matrix` is read.
///
/// # Panics
/// If `matrix` has another length than `n * n`.
pub fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    assert_eq!(matrix.len(), n * n, "a matrix of side {n}");
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = matrix[i * n + j] - sum;
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                l[i * n + i] = rest.sqrt();
            } else {
                l[i * n + j] = rest / l[j * n + j];
            }
        }
    }
    Some(l)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_two_by_two_are_as_by_hand() {
        // [[2, 1], [1, 2]] has 3 along (1, 1) and 1 along (1, -1).
        let (values, vectors) = symmetric_eigen(&[2.0, 1.0, 1.0, 2.0], 2);
        assert!((values[0] - 3.0).abs() < 1e-15 && (values[1] - 1.0).abs() < 1e-15, "{values:?}");
        let half = 0.5_f64.sqrt();
        assert!((vectors[0] - half).abs() < 1e-15 && (vectors[1] - half).abs() < 1e-15, "{vectors:?}");
        assert!((vectors[2] + vectors[3]).abs() < 1e-15);
    }

    #[test]
    fn eigenvectors_rebuild_the_matrix() {
        let n = 12;
        let entry = |i: usize, j: usize| ((i * j + i + j) % 7) as f64 - if i == j { 9.0 } else { 2.5 };
        let a: Vec<f64> = (0..n * n).map(|k| entry(k / n, k % n)).collect();
        let (values, vectors) = symmetric_eigen(&a, n);
        assert!(values.windows(2).all(|w| w[0] >= w[1]));
        for i in 0..n {
            for j in 0..n {
                let sum: f64 = (0..n).map(|k| values[k] * vectors[k * n + i] * vectors[k * n + j]).sum();
                assert!((sum - a[i * n + j]).abs() < 1e-12, "{i},{j}: {sum}");
            }
        }
    }

    #[test]
    fn degenerate_matrices_end() {
        assert_eq!(symmetric_eigen(&[], 0), (vec![], vec![]));
        assert_eq!(symmetric_eigen(&[0.0; 9], 3).0, [0.0; 3]);
        assert_eq!(symmetric_eigen(&[f64::NAN; 4], 2).0.len(), 2);
    }

    #[test]
    fn cholesky_is_as_by_hand_and_refuses_the_rest() {
        // [[4, 2], [2, 10]] = L Lᵀ with L = [[2, 0], [1, 3]].
        assert_eq!(cholesky(&[4.0, 2.0, 2.0, 10.0], 2), Some(vec![2.0, 0.0, 1.0, 3.0]));
        assert_eq!(cholesky(&[1.0, 2.0, 2.0, 1.0], 2), None);
        assert_eq!(cholesky(&[0.0], 1), None);
        assert_eq!(cholesky(&[f64::NAN], 1), None);
    }
}
