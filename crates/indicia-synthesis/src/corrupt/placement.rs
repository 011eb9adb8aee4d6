use ndarray::Array2;

/// Where the pixels of a changed picture lie in the one it was made of: a projective map of coordinates in
/// which the first pixel reaches from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Columns of the changed picture.
    pub width: usize,
    /// Rows of the changed picture.
    pub height: usize,
    /// Row-major 3x3 matrix that takes `(x, y, 1)` of the changed picture to the old one.
    pub to_source: [f64; 9],
}

impl Placement {
    /// Nothing moved.
    pub fn same(width: usize, height: usize) -> Self {
        Self { width, height, to_source: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0] }
    }

    /// The whole picture of size `from` at another size.
    pub fn scaled(from: (usize, usize), width: usize, height: usize) -> Self {
        let [x, y] = [from.0 as f64 / width as f64, from.1 as f64 / height as f64];
        Self { width, height, to_source: [x, 0.0, 0.0, 0.0, y, 0.0, 0.0, 0.0, 1.0] }
    }

    /// A part of the picture that begins at column `x` and row `y`.
    pub fn part(x: f64, y: f64, width: usize, height: usize) -> Self {
        Self { width, height, to_source: [1.0, 0.0, x, 0.0, 1.0, y, 0.0, 0.0, 1.0] }
    }

    /// This change and then `next`.
    pub fn then(&self, next: &Self) -> Self {
        let (a, b) = (&self.to_source, &next.to_source);
        let to_source =
            std::array::from_fn(|i| (0..3).map(|k| a[i / 3 * 3 + k] * b[k * 3 + i % 3]).sum::<f64>());
        Self { width: next.width, height: next.height, to_source }
    }

    /// Where a point of the changed picture lies in the old one; `None` at the horizon.
    pub fn source(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let m = &self.to_source;
        let [u, v, w] = [0, 3, 6].map(|row| m[row] * x + m[row + 1] * y + m[row + 2]);
        (w.abs() > 1e-12).then(|| (u / w, v / w))
    }

    /// Takes a mask of the old picture along, by nearest neighbour. Pixels from outside are not set.
    pub fn mask(&self, mask: &Array2<bool>) -> Array2<bool> {
        let (rows, columns) = mask.dim();
        Array2::from_shape_fn((self.height, self.width), |(y, x)| {
            let Some((x, y)) = self.source(x as f64 + 0.5, y as f64 + 0.5) else { return false };
            let inside = x >= 0.0 && y >= 0.0 && x < columns as f64 && y < rows as f64;
            inside && mask[[y as usize, x as usize]]
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn masks_follow_crops_scalings_and_both() {
        let mask = array![[false, true, false, false], [false, false, true, false]];
        assert_eq!(Placement::same(4, 2).mask(&mask), mask);
        assert_eq!(Placement::part(1.0, 0.0, 2, 2).mask(&mask), array![[true, false], [false, true]]);
        // Columns 0.5 and 1.5 of two lie at 1.0 and 3.0 of four: pixels 1 and 3.
        assert_eq!(Placement::scaled((4, 2), 2, 2).mask(&mask), array![[true, false], [false, false]]);
        let both = Placement::part(1.0, 0.0, 2, 2).then(&Placement::scaled((2, 2), 4, 4));
        let expected = array![
            [true, true, false, false],
            [true, true, false, false],
            [false, false, true, true],
            [false, false, true, true]
        ];
        assert_eq!((both.width, both.height, both.mask(&mask)), (4, 4, expected));
    }

    #[test]
    fn what_lies_outside_is_not_set() {
        assert_eq!(Placement::part(-1.0, 0.0, 2, 1).mask(&array![[true]]), array![[false, true]]);
        let mut horizon = Placement::same(1, 1);
        horizon.to_source[6..].copy_from_slice(&[0.0, 0.0, 0.0]);
        assert_eq!(horizon.mask(&array![[true]]), array![[false]]);
    }
}
