//! One level of Haar's wavelet transform in two dimensions.

use burn::tensor::Tensor;

/// The four bands of `[batch, rows, columns, channels]` with even rows and columns:
/// `[batch, 4, rows / 2, columns / 2, channels]`.
///
/// Of each square `a b / c d`: low-low `(a + b + c + d) / 2`, low along rows and high along columns
/// `(a + b - c - d) / 2`, high along rows and low along columns `(a - b + c - d) / 2`, high-high
/// `(a - b - c + d) / 2`. The transform is orthonormal; order and signs are those of `pytorch_wavelets`.
///
/// # Panics
/// If rows or columns are odd.
pub fn haar(grid: Tensor<4>) -> Tensor<5> {
    let [batch, rows, columns, channels] = grid.dims();
    assert!(
        rows.is_multiple_of(2) && columns.is_multiple_of(2),
        "a grid of {rows} x {columns} has no level of wavelets: both must be even"
    );
    let squares: Tensor<6> = grid.reshape([batch, rows / 2, 2, columns / 2, 2, channels]);
    let [above, below] = halves::<6, 5>(squares, 2);
    let bands = [above.clone() + below.clone(), above - below].map(|part| {
        // `[batch, rows / 2, columns / 2, 2, channels]`
        let [left, right] = halves::<5, 4>(part, 3);
        [(left.clone() + right.clone()).mul_scalar(0.5), (left - right).mul_scalar(0.5)]
    });
    let [[low_low, low_high], [high_low, high_high]] = bands;
    // Of `bands`, the first index is the filter down the columns, the second that along the rows.
    Tensor::stack(vec![low_low, high_low, low_high, high_high], 1)
}

/// The grid whose bands these are: `[batch, 4, rows, columns, channels]` to
/// `[batch, 2 rows, 2 columns, channels]`.
pub fn inverse_haar(bands: Tensor<5>) -> Tensor<4> {
    let [batch, _, rows, columns, channels] = bands.dims();
    let [low, high] = halves::<5, 4>(bands.reshape([batch, 2, 2, rows * columns, channels]), 2);
    // Each `[batch, 2, rows * columns, channels]`, the two by the filter along the rows.
    let [above, below] = [low.clone() + high.clone(), low - high].map(|part| {
        let [even, odd] = halves::<4, 3>(part, 1);
        let sides = [(even.clone() + odd.clone()).mul_scalar(0.5), (even - odd).mul_scalar(0.5)];
        let sides: Tensor<4> = Tensor::stack(sides.to_vec(), 2);
        sides.reshape([batch, rows, 2 * columns, channels])
    });
    let both: Tensor<5> = Tensor::stack(vec![above, below], 2);
    both.reshape([batch, 2 * rows, 2 * columns, channels])
}

/// Both entries of an axis of length two, without it.
fn halves<const D: usize, const E: usize>(tensor: Tensor<D>, axis: usize) -> [Tensor<E>; 2] {
    [0, 1].map(|at| tensor.clone().narrow(axis, at, 1).squeeze_dim(axis))
}
