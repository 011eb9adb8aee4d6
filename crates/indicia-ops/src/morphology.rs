//! Binary morphology with square structuring elements.

/// Closing of a picture of `width` columns by a square of side `2 * radius + 1`, with the border rule of the
/// reference code of ZERO (IPOL 2021): squares are only placed where they fit inside the picture, in the
/// dilation and in the erosion. A set pixel closer than `radius` to the border therefore stays only if an
/// inner one's square covers it.
///
/// `inside(x, y)` may narrow the places where squares are centred further; it lets a crop of a larger picture
/// keep that picture's borders.
///
/// # Panics
/// If the length of `set` is not a multiple of `width`.
pub fn close_square(
    set: &[bool],
    width: usize,
    radius: usize,
    inside: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    if set.is_empty() {
        return vec![];
    }
    assert_eq!(set.len() % width, 0, "{} samples in rows of {width}", set.len());
    let place = |keep: &dyn Fn(usize) -> bool| {
        let centres: Vec<bool> = (0..set.len()).map(|i| keep(i) && inside(i % width, i / width)).collect();
        dilate_square(&centres, width, radius)
    };
    let mut closed = place(&|i| set[i]);
    let cleared = place(&|i| !closed[i]);
    closed.iter_mut().zip(&cleared).for_each(|(keep, &clear)| *keep &= !clear);
    closed
}

/// Every pixel of a picture of `width` columns, at least 1, whose Chebyshev distance to a set pixel is at most
/// `radius`.
pub fn dilate_square(set: &[bool], width: usize, radius: usize) -> Vec<bool> {
    let height = set.len() / width;
    let mut rows = vec![false; set.len()];
    for (row, out) in set.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        let mut done = 0;
        for x in (0..width).filter(|&x| row[x]) {
            let end = (x + radius + 1).min(width);
            out[x.saturating_sub(radius).max(done).min(end)..end].fill(true);
            done = end;
        }
    }
    // How many set pixels of a column lie within `radius` rows of the current one.
    let mut near = vec![0_u32; width];
    let mut out = vec![false; set.len()];
    let row = |y: usize| &rows[y * width..(y + 1) * width];
    for y in 0..radius.min(height) {
        near.iter_mut().zip(row(y)).for_each(|(n, &set)| *n += u32::from(set));
    }
    for y in 0..height {
        if y + radius < height {
            near.iter_mut().zip(row(y + radius)).for_each(|(n, &set)| *n += u32::from(set));
        }
        if y > radius {
            near.iter_mut().zip(row(y - radius - 1)).for_each(|(n, &set)| *n -= u32::from(set));
        }
        let out = &mut out[y * width..(y + 1) * width];
        out.iter_mut().zip(&near).for_each(|(out, &n)| *out = n > 0);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn picture(rows: &[&str]) -> (Vec<bool>, usize) {
        (rows.iter().flat_map(|r| r.bytes().map(|b| b == b'#')).collect(), rows[0].len())
    }

    fn fits(width: usize, height: usize, r: usize) -> impl Fn(usize, usize) -> bool {
        move |x, y| x >= r && y >= r && x + r < width && y + r < height
    }

    #[test]
    fn a_gap_of_two_closes_and_a_gap_of_three_stays_open() {
        let empty = ".".repeat(15);
        let line = |middle| [&*empty, &empty, &empty, middle, &empty, &empty, &empty];
        let (set, width) = picture(&line("...#..#...#...."));
        let (expected, _) = picture(&line("...####...#...."));
        assert_eq!(close_square(&set, width, 1, fits(width, 7, 1)), expected);
    }

    #[test]
    fn a_pixel_at_the_border_needs_an_inner_one() {
        let (set, width) = picture(&["#....", ".....", ".....", "....#", "...#."]);
        assert_eq!(close_square(&set, width, 1, fits(width, 5, 1)), vec![false; 25]);
    }

    #[test]
    fn empty_and_tiny_pictures_close_to_nothing() {
        assert!(close_square(&[], 0, 9, |_, _| true).is_empty());
        assert_eq!(close_square(&[true], 1, 9, fits(1, 1, 9)), [false]);
        assert_eq!(close_square(&[true], 1, 9, |_, _| true), [true]);
        assert_eq!(close_square(&[true, false, true], 3, 9, fits(3, 1, 9)), [false; 3]);
    }

    /// The definition, square by square.
    fn naive(set: &[bool], width: usize, radius: usize) -> Vec<bool> {
        let height = set.len() / width;
        let inside = fits(width, height, radius);
        let paint = |from: &[bool], when: bool, onto: &mut [bool], value: bool| {
            for i in (0..from.len()).filter(|&i| from[i] == when && inside(i % width, i / width)) {
                for y in i / width - radius..=i / width + radius {
                    let row = y * width + i % width;
                    onto[row - radius..=row + radius].fill(value);
                }
            }
        };
        let mut dilated = vec![false; set.len()];
        paint(set, true, &mut dilated, true);
        let mut out = dilated.clone();
        paint(&dilated, false, &mut out, false);
        out
    }

    proptest! {
        #[test]
        fn closing_equals_its_definition(
            width in 1_usize..30, radius in 0_usize..5, density in 0.0..1.0_f64,
            noise in proptest::collection::vec(0.0..1.0_f64, 0..700),
        ) {
            let set: Vec<bool> = noise[..noise.len() / width * width].iter().map(|n| *n < density * density).collect();
            let expected = naive(&set, width, radius);
            prop_assert_eq!(close_square(&set, width, radius, fits(width, set.len() / width, radius)), expected);
        }
    }
}
