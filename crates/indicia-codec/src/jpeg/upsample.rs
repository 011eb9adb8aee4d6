//! Upsampling of colour planes as libjpeg does it by default: triangle filters where a plane has half the
//! rows or columns ("fancy upsampling"), replication elsewhere.

use multiversion::multiversion;

/// Geometry of one component in samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    /// Columns and rows that hold picture.
    pub width: usize,
    pub height: usize,
    /// Columns of blocks.
    pub blocks_wide: usize,
    /// Sampling factors, and the largest of the picture.
    pub h: usize,
    pub v: usize,
    pub h_max: usize,
    pub v_max: usize,
}

/// How a plane is brought to full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Full,
    H2V1,
    H1V2,
    H2V2,
    Replicate,
}

impl Plane {
    /// The plane of a component in a picture of `width` by `height`.
    pub(super) fn new(width: usize, height: usize, (h, v): (u8, u8), (h_max, v_max): (u8, u8)) -> Self {
        let [h, v, h_max, v_max] = [h, v, h_max, v_max].map(usize::from);
        let (width, height) = ((width * h).div_ceil(h_max), (height * v).div_ceil(v_max));
        Self { width, height, blocks_wide: width.div_ceil(8), h, v, h_max, v_max }
    }

    pub(super) fn filter(&self) -> Filter {
        let half_wide = 2 * self.h == self.h_max;
        // The triangle filter across needs three columns in libjpeg.
        match (self.h == self.h_max, self.v == self.v_max) {
            (true, true) => Filter::Full,
            (true, false) if 2 * self.v == self.v_max => Filter::H1V2,
            (false, true) if half_wide && self.width > 2 => Filter::H2V1,
            (false, false) if half_wide && 2 * self.v == self.v_max && self.width > 2 => Filter::H2V2,
            _ => Filter::Replicate,
        }
    }

    /// Rows of the plane that output row `y` reads: the nearest and the next nearest.
    pub(super) fn rows(&self, y: usize) -> (usize, usize) {
        let near = (y * self.v / self.v_max).min(self.height - 1);
        match self.filter() {
            Filter::H1V2 | Filter::H2V2 if y.is_multiple_of(2) => (near, near.saturating_sub(1)),
            Filter::H1V2 | Filter::H2V2 => (near, (near + 1).min(self.height - 1)),
            _ => (near, near),
        }
    }
}

/// One output row from the two rows of a plane that it reads. `odd` is the output row's parity; `out` has
/// room for two samples per sample of the plane. `sums` is scratch.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn upsample_row(
    plane: &Plane,
    near: &[u8],
    far: &[u8],
    odd: bool,
    sums: &mut Vec<u16>,
    out: &mut [u8],
) {
    let width = plane.width;
    let (near, far) = (&near[..width], &far[..width]);
    match plane.filter() {
        Filter::Full => out[..width].copy_from_slice(near),
        Filter::H1V2 => {
            let bias = if odd { 2 } else { 1 };
            for ((out, a), b) in out.iter_mut().zip(near).zip(far) {
                *out = ((3 * u16::from(*a) + u16::from(*b) + bias) >> 2) as u8;
            }
        }
        Filter::H2V1 => {
            sums.clear();
            sums.push(u16::from(near[0]));
            sums.extend(near.iter().map(|v| u16::from(*v)));
            sums.push(u16::from(near[width - 1]));
            spread::<2>(sums, 1, 2, out);
        }
        Filter::H2V2 => {
            sums.clear();
            sums.push(0);
            sums.extend(near.iter().zip(far).map(|(a, b)| 3 * u16::from(*a) + u16::from(*b)));
            sums[0] = sums[1];
            sums.push(sums[width]);
            spread::<4>(sums, 8, 7, out);
        }
        Filter::Replicate => {
            for (x, out) in out.iter_mut().enumerate() {
                *out = near[(x * plane.h / plane.h_max).min(width - 1)];
            }
        }
    }
}

/// Two outputs per column: three parts of it and one of its left or right neighbour. `sums` has its first
/// and last column repeated, which makes the ends of the row what libjpeg's special cases make them.
#[inline(always)]
fn spread<const SHIFT: u32>(sums: &[u16], left_bias: u16, right_bias: u16, out: &mut [u8]) {
    let width = sums.len() - 2;
    let (left, middle, right) = (&sums[..width], &sums[1..=width], &sums[2..]);
    for (((out, l), m), r) in out.chunks_exact_mut(2).zip(left).zip(middle).zip(right) {
        out[0] = ((3 * m + l + left_bias) >> SHIFT) as u8;
        out[1] = ((3 * m + r + right_bias) >> SHIFT) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up(plane: &Plane, near: &[u8], far: &[u8], odd: bool) -> Vec<u8> {
        let mut out = vec![0; 2 * plane.width];
        upsample_row(plane, near, far, odd, &mut Vec::new(), &mut out);
        out
    }

    #[test]
    fn triangle_filters_by_hand() {
        let plane = Plane::new(6, 2, (1, 1), (2, 1));
        // 10; (30+20+2)/4=13; (60+10+1)/4=17; (60+40+2)/4=25; (120+20+1)/4=35; 40.
        assert_eq!(up(&plane, &[10, 20, 40], &[0; 3], false), [10, 13, 17, 25, 35, 40]);
        let plane = Plane::new(3, 4, (1, 1), (1, 2));
        // (30+20+1)/4=12, and with bias 2 (30+20+2)/4=13.
        assert_eq!(up(&plane, &[10, 10, 10], &[20, 20, 20], false)[0], 12);
        assert_eq!(up(&plane, &[10, 10, 10], &[20, 20, 20], true)[0], 13);
        let plane = Plane::new(6, 4, (1, 1), (2, 2));
        // Sums 3*near+far: 50, 80, 120. (200+8)/16=13; (150+80+7)/16=14; (240+50+8)/16=18; (240+120+7)/16=22;
        // (360+80+8)/16=28; (480+7)/16=30.
        assert_eq!(up(&plane, &[10, 20, 30], &[20, 20, 30], false), [13, 14, 18, 22, 28, 30]);
    }

    #[test]
    fn narrow_planes_and_odd_factors_are_replicated() {
        let plane = Plane::new(4, 1, (1, 1), (2, 1));
        assert_eq!(plane.filter(), Filter::Replicate);
        assert_eq!(up(&plane, &[7, 9], &[0, 0], false), [7, 7, 9, 9]);
        let plane = Plane::new(9, 9, (1, 1), (4, 2));
        assert_eq!((plane.filter(), plane.width, plane.height), (Filter::Replicate, 3, 5));
        assert_eq!([plane.rows(0), plane.rows(1), plane.rows(8)], [(0, 0), (0, 0), (4, 4)]);
    }

    #[test]
    fn rows_at_the_edges_have_themselves_as_neighbours() {
        let plane = Plane::new(6, 5, (1, 1), (2, 2));
        let rows: Vec<_> = (0..5).map(|y| plane.rows(y)).collect();
        assert_eq!(rows, [(0, 0), (0, 1), (1, 0), (1, 2), (2, 1)]);
    }
}
