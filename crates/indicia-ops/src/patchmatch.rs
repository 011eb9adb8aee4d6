//! PatchMatch: an approximate nearest neighbour for the descriptor of every pixel of a picture within the same
//! picture.
//!
//! C. Barnes, E. Shechtman, A. Finkelstein, D. B. Goldman, "PatchMatch: a randomized correspondence algorithm
//! for structural image editing", ACM TOG 28(3), 2009, with the predictors of D. Cozzolino, G. Poggi, L.
//! Verdoliva, "Efficient dense-field copy-move forgery detection", IEEE TIFS 10(11), 2015: beside "the same
//! offset as my neighbour" a pixel tries "the offset that continues my two neighbours linearly", which follows
//! turned, scaled and mirrored regions. Pixels whose descriptors are neighbours in a sorted order are tried at first.

use rayon::prelude::*;

/// Rows that one thread sweeps. It is fixed, so that results do not depend on the number of threads.
const STRIPE: usize = 48;

/// A descriptor of a pixel. Descriptors are compared by the sum of absolute differences.
pub type Descriptor = [u8; 16];

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Sweeps over the picture, alternately from its first and from its last pixel.
    pub iterations: usize,
    /// Least distance of a pixel to its match, in pixels.
    pub apart: usize,
    /// Seed of the random search.
    pub seed: u64,
}

/// Matches of all pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Column and row of each pixel's match.
    pub target: Vec<[i16; 2]>,
    /// Sum of absolute differences to the match, [`Field::NONE`] for pixels that were not searched.
    pub cost: Vec<u16>,
}

impl Field {
    /// Cost of a pixel without a match.
    pub const NONE: u16 = u16::MAX;
}

/// The field of `descriptors` of a picture of `width` columns. Pixels that are not `active`, such as flat
/// ones, are neither searched nor matched.
///
/// # Panics
/// If slices differ in length, are no whole number of rows, or a side is longer than 32,767.
pub fn nearest_field(descriptors: &[Descriptor], active: &[bool], width: usize, search: Search) -> Field {
    let count = descriptors.len();
    assert_eq!(count, active.len(), "a flag a descriptor");
    let mut field = Field { target: vec![[0; 2]; count], cost: vec![Field::NONE; count] };
    if count == 0 {
        return field;
    }
    assert_eq!(count % width, 0, "{count} descriptors in rows of {width}");
    let height = count / width;
    assert!(width.max(height) <= i16::MAX as usize, "{width}x{height} is too large");
    let picture = Picture { descriptors, active, width, height, apart: (search.apart * search.apart) as i64 };
    for iteration in 0..=search.iterations {
        let before = field.clone();
        let targets = field.target.par_chunks_mut(STRIPE * width);
        targets.zip(field.cost.par_chunks_mut(STRIPE * width)).enumerate().for_each(
            |(stripe, (target, cost))| {
                let seed = search.seed ^ ((iteration as u64) << 32 | stripe as u64);
                let mut sweep = Sweep {
                    picture: &picture,
                    before: &before,
                    first: stripe * STRIPE * width,
                    target,
                    cost,
                    random: Random::new(seed),
                };
                if iteration == 0 { sweep.start() } else { sweep.run(iteration % 2 == 1) }
            },
        );
        if iteration == 0 {
            start_from_orders(&picture, &mut field);
        }
        mirror(&picture, &mut field);
    }
    field
}

/// Neighbours in each order that a pixel tries, on either side.
const ORDER_REACH: usize = 5;

/// Tries pixels whose descriptors lie next to each other when all are sorted. A chance hit on a small copy in a
/// large picture is rare; equal descriptors are neighbours in every order, and alike ones in an order of coarse
/// values for some pixels of a region, from which the sweeps spread.
fn start_from_orders(picture: &Picture<'_>, field: &mut Field) {
    let pack = |d: &Descriptor, from: usize, bits: usize, drop: usize| {
        (0..64 / bits).fold(0_u64, |key, k| key << bits | u64::from(d[1 + (from + k) % 15] >> drop))
    };
    let orders: [&(dyn Fn(&Descriptor) -> u64 + Sync); 4] =
        [&|d| pack(d, 0, 8, 0), &|d| pack(d, 7, 8, 0), &|d| pack(d, 0, 5, 3), &|d| pack(d, 3, 4, 4)];
    for key in orders {
        let mut sorted: Vec<(u64, u32)> = (0..field.cost.len())
            .filter(|&i| picture.active[i])
            .map(|i| (key(&picture.descriptors[i]), i as u32))
            .collect();
        sorted.par_sort_unstable();
        let best: Vec<(u16, u32)> = (0..sorted.len())
            .into_par_iter()
            .map(|k| {
                let i = sorted[k].1 as usize;
                let near = &sorted[k.saturating_sub(ORDER_REACH)..(k + ORDER_REACH + 1).min(sorted.len())];
                near.iter()
                    .filter_map(|&(_, j)| {
                        let (x, y) = (j as usize % picture.width, j as usize / picture.width);
                        picture.allowed(i, x as i32, y as i32)
                    })
                    .map(|j| (difference(&picture.descriptors[i], &picture.descriptors[j]), j as u32))
                    .min()
                    .unwrap_or((Field::NONE, 0))
            })
            .collect();
        for (&(_, i), (cost, j)) in sorted.iter().zip(best) {
            let (i, j) = (i as usize, j as usize);
            if cost < field.cost[i] {
                field.cost[i] = cost;
                field.target[i] = [(j % picture.width) as i16, (j / picture.width) as i16];
            }
        }
    }
}

/// Lets every match try the pixel that found it.
fn mirror(picture: &Picture<'_>, field: &mut Field) {
    for i in 0..field.cost.len() {
        let cost = field.cost[i];
        if cost == Field::NONE {
            continue;
        }
        let [x, y] = field.target[i];
        let j = y as usize * picture.width + x as usize;
        if cost < field.cost[j] {
            field.cost[j] = cost;
            field.target[j] = [(i % picture.width) as i16, (i / picture.width) as i16];
        }
    }
}

struct Picture<'a> {
    descriptors: &'a [Descriptor],
    active: &'a [bool],
    width: usize,
    height: usize,
    /// Square of the least distance.
    apart: i64,
}

impl Picture<'_> {
    /// Index of pixel `(x, y)` if it may be a match of pixel `i`.
    fn allowed(&self, i: usize, x: i32, y: i32) -> Option<usize> {
        if x < 0 || y < 0 || x as usize >= self.width || y as usize >= self.height {
            return None;
        }
        let (dx, dy) = (i64::from(x) - (i % self.width) as i64, i64::from(y) - (i / self.width) as i64);
        let j = y as usize * self.width + x as usize;
        (dx * dx + dy * dy >= self.apart && self.active[j]).then_some(j)
    }
}

/// Sum of absolute differences of two descriptors.
pub fn difference(a: &Descriptor, b: &Descriptor) -> u16 {
    a.iter().zip(b).map(|(a, b)| u16::from(a.abs_diff(*b))).sum()
}

/// Marsaglia's xorshift64: a short sequence that depends on its seed alone.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number from 0 to `below - 1`, `below` at most 2^32.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (((self.0 >> 32) * below as u64) >> 32) as usize
    }
}

/// One sweep over one stripe. Other stripes are seen as they were before the sweep.
struct Sweep<'a> {
    picture: &'a Picture<'a>,
    before: &'a Field,
    first: usize,
    target: &'a mut [[i16; 2]],
    cost: &'a mut [u16],
    random: Random,
}

impl Sweep<'_> {
    fn start(&mut self) {
        let Picture { width, height, .. } = *self.picture;
        for i in 0..self.cost.len() {
            if self.picture.active[self.first + i] {
                for _ in 0..4 {
                    let (x, y) = (self.random.below(width), self.random.below(height));
                    self.offer(i, x as i32, y as i32);
                }
            }
        }
    }

    fn run(&mut self, forward: bool) {
        let count = self.cost.len();
        let Picture { width, height, .. } = *self.picture;
        let step = if forward { -1 } else { 1 };
        for k in 0..count {
            let i = if forward { k } else { count - 1 - k };
            let at = self.first + i;
            if !self.picture.active[at] {
                continue;
            }
            let (x, y) = ((at % width) as i32, (at / width) as i32);
            for (ex, ey) in [(step, 0), (0, step), (step, step), (-step, step)] {
                let Some(near) = self.match_of(x + ex, y + ey) else { continue };
                self.offer(i, near[0] - ex, near[1] - ey);
                if let Some(far) = self.match_of(x + 2 * ex, y + 2 * ey) {
                    self.offer(i, 2 * near[0] - far[0], 2 * near[1] - far[1]);
                }
            }
            // An exact match needs no better one.
            let mut radius = if self.cost[i] == 0 { 0 } else { width.max(height) / 4 };
            while radius > 0 {
                let near = if self.cost[i] == Field::NONE { [x, y] } else { wide(self.target[i]) };
                let jump = |random: &mut Random| random.below(2 * radius + 1) as i32 - radius as i32;
                let (dx, dy) = (jump(&mut self.random), jump(&mut self.random));
                self.offer(i, near[0] + dx, near[1] + dy);
                radius /= 2;
            }
        }
    }

    /// Match of the pixel at `(x, y)`.
    fn match_of(&self, x: i32, y: i32) -> Option<[i32; 2]> {
        let Picture { width, height, .. } = *self.picture;
        if x < 0 || y < 0 || x as usize >= width || y as usize >= height {
            return None;
        }
        let at = y as usize * width + x as usize;
        let inside = at.checked_sub(self.first).filter(|&i| i < self.cost.len());
        let (target, cost) = match inside {
            Some(i) => (self.target[i], self.cost[i]),
            None => (self.before.target[at], self.before.cost[at]),
        };
        (cost != Field::NONE).then_some(wide(target))
    }

    /// Takes `(x, y)` as match of the stripe's pixel `i` if it is better.
    fn offer(&mut self, i: usize, x: i32, y: i32) {
        let at = self.first + i;
        let Some(j) = self.picture.allowed(at, x, y) else { return };
        let cost = difference(&self.picture.descriptors[at], &self.picture.descriptors[j]);
        if cost < self.cost[i] {
            self.cost[i] = cost;
            self.target[i] = [x as i16, y as i16];
        }
    }
}

fn wide([x, y]: [i16; 2]) -> [i32; 2] {
    [i32::from(x), i32::from(y)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<Descriptor> {
        let mut random = Random::new(99);
        (0..count).map(|_| std::array::from_fn(|_| random.below(256) as u8)).collect()
    }

    #[test]
    fn difference_is_the_sum_of_absolute_differences() {
        let (mut a, b) = ([7; 16], [7; 16]);
        assert_eq!(difference(&a, &b), 0);
        (a[0], a[15]) = (0, 17);
        assert_eq!(difference(&a, &b), 17);
        assert_eq!(difference(&[0; 16], &[255; 16]), 4080);
    }

    /// `map` says where in a picture of 120 columns the pixel of a square of 40 came from.
    fn share_found(map: impl Fn(usize, usize) -> (usize, usize)) -> f64 {
        let width = 120;
        let mut descriptors = noise(width * 60);
        for y in 0..40 {
            for x in 0..40 {
                let (fx, fy) = map(x, y);
                descriptors[(y + 10) * width + x + 70] = descriptors[(fy + 5) * width + fx + 8];
            }
        }
        let active = vec![true; descriptors.len()];
        let search = Search { iterations: 6, apart: 10, seed: 1 };
        let field = nearest_field(&descriptors, &active, width, search);
        assert_eq!(field, nearest_field(&descriptors, &active, width, search));
        let found = (0..1600).filter(|i| {
            let (x, y) = (i % 40, i / 40);
            let (fx, fy) = map(x, y);
            field.target[(y + 10) * width + x + 70] == [fx as i16 + 8, fy as i16 + 5]
        });
        found.count() as f64 / 1600.0
    }

    #[test]
    fn finds_shifted_turned_and_mirrored_regions() {
        assert!(share_found(|x, y| (x, y)) > 0.98);
        assert!(share_found(|x, y| (39 - y, x)) > 0.98);
        assert!(share_found(|x, y| (39 - x, y)) > 0.98);
    }

    #[test]
    fn pixels_that_are_not_active_have_no_part() {
        let descriptors = noise(400);
        let active: Vec<bool> = (0..400).map(|i| i % 20 < 10).collect();
        let field = nearest_field(&descriptors, &active, 20, Search { iterations: 3, apart: 5, seed: 1 });
        for (i, &active) in active.iter().enumerate() {
            assert_eq!(active, field.cost[i] != Field::NONE);
            if active {
                let [x, y] = field.target[i].map(i32::from);
                assert!(x < 10);
                let (dx, dy) = (x - (i % 20) as i32, y - (i / 20) as i32);
                assert!(dx * dx + dy * dy >= 25);
            }
        }
    }

    #[test]
    fn tiny_pictures_have_no_match() {
        let search = Search { iterations: 2, apart: 5, seed: 1 };
        assert_eq!(nearest_field(&noise(1), &[true], 1, search).cost, [Field::NONE]);
        assert!(nearest_field(&[], &[], 0, search).cost.is_empty());
        assert_eq!(nearest_field(&noise(3), &[true; 3], 3, search).cost, [Field::NONE; 3]);
    }
}
