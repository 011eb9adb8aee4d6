//! Outlines of masks as SVG paths.

use std::fmt::Write as _;

use indicia_core::Mask;
use ndarray::Array2;

use super::resample::coarse_mask;

/// Paths longer than this are drawn from larger cells: a mask of single pixels must not fill the page.
const MAX_PATH_BYTES: usize = 60_000;

/// The boundary of a mask as an SVG path in pixels of the picture, and the side of the cells, in pixels,
/// that it was drawn from (1 if it is exact).
pub fn outline(mask: &Mask) -> (String, usize) {
    let largest = mask.width().max(mask.height()).max(1);
    let mut cell = 1;
    loop {
        let path = trace(&coarse_mask(mask, cell), cell, mask.width(), mask.height());
        match path {
            Some(path) => return (path, cell),
            None if cell >= largest => return (String::new(), cell),
            None => cell *= 2,
        }
    }
}

/// Traces the boundary between set and unset cells. Every boundary edge is walked once with the set cell on
/// its right, in loops; only corners are written. `None` if the path grows too long.
fn trace(set: &Array2<bool>, cell: usize, width: usize, height: usize) -> Option<String> {
    let (rows, columns) = set.dim();
    let at = |y: isize, x: isize| {
        y >= 0 && x >= 0 && (y as usize) < rows && (x as usize) < columns && set[[y as usize, x as usize]]
    };
    // Right-going edges along the top of set cells whose upper neighbour is unset: every loop has one.
    let mut seen = Array2::from_elem((rows, columns), false);
    let mut path = String::new();
    for y in 0..rows {
        for x in 0..columns {
            let starts = set[[y, x]] && !at(y as isize - 1, x as isize) && !seen[[y, x]];
            if !starts {
                continue;
            }
            let (mut corner, mut step) = ((y as isize, x as isize), (0_isize, 1_isize));
            let mut command = 'M';
            loop {
                let (py, px) =
                    ((corner.0 as usize * cell).min(height), (corner.1 as usize * cell).min(width));
                let _ = write!(path, "{command}{px} {py}");
                command = 'L';
                if path.len() > MAX_PATH_BYTES {
                    return None;
                }
                // Straight on while the cell ahead on the right is set and the one on the left is not.
                let turn = loop {
                    if step == (0, 1) {
                        seen[[corner.0 as usize, corner.1 as usize]] = true;
                    }
                    corner = (corner.0 + step.0, corner.1 + step.1);
                    let (ahead_left, ahead_right) = ahead(corner, step);
                    if !at(ahead_right.0, ahead_right.1) {
                        break (step.1, -step.0);
                    }
                    if at(ahead_left.0, ahead_left.1) {
                        break (-step.1, step.0);
                    }
                };
                step = turn;
                if corner == (y as isize, x as isize) && step == (0, 1) {
                    break;
                }
            }
            path.push('Z');
        }
    }
    Some(path)
}

/// The cells ahead of a corner, left and right of the direction of travel.
fn ahead((y, x): (isize, isize), step: (isize, isize)) -> ((isize, isize), (isize, isize)) {
    match step {
        (0, 1) => ((y - 1, x), (y, x)),
        (1, 0) => ((y, x), (y, x - 1)),
        (0, -1) => ((y, x - 1), (y - 1, x - 1)),
        _ => ((y - 1, x - 1), (y - 1, x)),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rectangle_has_four_corners_and_a_hole_its_own_loop() {
        let mut set = Array2::from_elem((5, 6), false);
        set.slice_mut(ndarray::s![1..4, 1..5]).fill(true);
        assert_eq!(outline(&Mask::new(set.clone())), ("M1 1L5 1L5 4L1 4Z".to_owned(), 1));
        set[[2, 2]] = false;
        let (path, _) = outline(&Mask::new(set));
        assert_eq!(path, "M1 1L5 1L5 4L1 4ZM2 3L3 3L3 2L2 2Z");
    }

    #[test]
    fn empty_full_and_touching_masks() {
        assert_eq!(outline(&Mask::new(Array2::from_elem((2, 2), false))).0, "");
        assert_eq!(outline(&Mask::new(Array2::from_elem((0, 0), true))).0, "");
        assert_eq!(outline(&Mask::new(Array2::from_elem((1, 1), true))).0, "M0 0L1 0L1 1L0 1Z");
        let (path, _) = outline(&Mask::new(array![[true, false], [false, true]]));
        assert_eq!(path, "M0 0L1 0L1 1L0 1ZM1 1L2 1L2 2L1 2Z");
    }

    #[test]
    fn a_mask_of_dust_is_drawn_coarsely_and_within_the_picture() {
        let dust = Array2::from_shape_fn((401, 401), |(y, x)| y % 2 == 0 && x % 2 == 0);
        let (path, cell) = outline(&Mask::new(dust));
        assert!(cell > 1 && !path.is_empty() && path.len() < MAX_PATH_BYTES);
        assert_eq!(path, "M0 0L401 0L401 401L0 401Z");
    }

    /// Set cells by the even-odd rule along each row, from the path alone.
    fn filled(path: &str, rows: usize, columns: usize) -> Array2<bool> {
        let mut out = Array2::from_elem((rows, columns), false);
        for ring in path.split('Z').filter(|ring| !ring.is_empty()) {
            let corners: Vec<(usize, usize)> = ring[1..]
                .split('L')
                .map(|corner| {
                    let (x, y) = corner.split_once(' ').unwrap();
                    (x.parse().unwrap(), y.parse().unwrap())
                })
                .collect();
            for (i, (x, y)) in corners.iter().enumerate() {
                let (x1, y1) = corners[(i + 1) % corners.len()];
                if x1 == *x {
                    for y in *y.min(&y1)..*y.max(&y1) {
                        out.slice_mut(ndarray::s![y, *x..]).mapv_inplace(|set| !set);
                    }
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn the_path_encloses_exactly_the_set_pixels(
            (rows, columns, bits) in (1..9_usize, 1..9_usize).prop_flat_map(|(r, c)| {
                (Just(r), Just(c), proptest::collection::vec(any::<bool>(), r * c))
            })
        ) {
            let set = Array2::from_shape_vec((rows, columns), bits).unwrap();
            let (path, cell) = outline(&Mask::new(set.clone()));
            prop_assert_eq!(cell, 1);
            prop_assert_eq!(filled(&path, rows, columns), set);
        }
    }
}
