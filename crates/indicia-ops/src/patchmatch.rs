//! PatchMatch: an approximate nearest neighbour for descriptors of a picture's pixels within the same picture.
//!
//! C. Barnes, E. Shechtman, A. Finkelstein, D. B. Goldman, "PatchMatch: a randomized correspondence algorithm
//! for structural image editing", ACM TOG 28(3), 2009, with the predictors of D. Cozzolino, G. Poggi, L.
//! Verdoliva, "Efficient dense-field copy-move forgery detection", IEEE TIFS 10(11), 2015: beside "the same
//! offset as my neighbour" a pixel tries "the offset that continues my two neighbours linearly", which follows
//! turned, scaled and mirrored regions. Two things differ. Only pixels on a grid are matched, with all pixels.
//! Pixels whose descriptors are neighbours in a sorted order are tried at first, and the random search looks
//! around the match alone: in a large picture a random place all but never hits a small copy, and costs the
//! most, as it lies in no cache.

use rayon::prelude::*;

/// Rows of the grid that one thread sweeps. It is fixed, so that results do not depend on the number of threads.
const STRIPE: usize = 32;
/// Neighbours in each order that a pixel tries, on either side.
const ORDER_REACH: usize = 4;
/// Places that a pixel tries at random at first.
const PLACES: usize = 2;

/// A descriptor of a pixel. Descriptors are compared by the sum of absolute differences.
pub type Descriptor = [u8; 16];

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Sweeps over the grid, alternately from its first and from its last pixel.
    pub iterations: usize,
    /// Least distance of a pixel to its match, in pixels.
    pub apart: usize,
    /// How far around its match a pixel looks for a better one, in pixels.
    pub around: usize,
    /// Every how many rows and columns there is a pixel that is matched, at least 1.
    pub step: usize,
    /// Seed of the random search.
    pub seed: u64,
}

/// Matches of the pixels on a grid: those whose row and column are multiples of `step`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Columns of the grid.
    pub width: usize,
    /// Distance of the grid's columns, and of its rows, in pixels.
    pub step: usize,
    /// Column and row in the picture of each match.
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
/// If slices differ in length, are no whole number of rows, a side is longer than 32,767, or the step is 0.
pub fn nearest_field(descriptors: &[Descriptor], active: &[bool], width: usize, search: Search) -> Field {
    let count = descriptors.len();
    assert_eq!(count, active.len(), "a flag a descriptor");
    assert!(search.step > 0, "a grid has a step");
    if count == 0 {
        return Field { width: 0, step: search.step, target: vec![], cost: vec![] };
    }
    assert_eq!(count % width, 0, "{count} descriptors in rows of {width}");
    let height = count / width;
    assert!(width.max(height) <= i16::MAX as usize, "{width}x{height} is too large");
    let across = width.div_ceil(search.step);
    let cells = across * height.div_ceil(search.step);
    let mut field = Field {
        width: across,
        step: search.step,
        target: vec![[0; 2]; cells],
        cost: vec![Field::NONE; cells],
    };
    let picture = Picture {
        descriptors,
        active,
        width,
        height,
        apart: (search.apart * search.apart) as i64,
        across,
        step: search.step,
        around: search.around,
    };
    for iteration in 0..=search.iterations {
        // What stripes see of each other.
        let before = field.clone();
        let targets = field.target.par_chunks_mut(STRIPE * across);
        targets.zip(field.cost.par_chunks_mut(STRIPE * across)).enumerate().for_each(
            |(stripe, (target, cost))| {
                let seed = search.seed ^ ((iteration as u64) << 32 | stripe as u64);
                let mut sweep = Sweep {
                    picture: &picture,
                    before: &before,
                    first: stripe * STRIPE * across,
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

/// Tries pixels whose descriptors lie next to each other when all are sorted. Equal descriptors are neighbours in
/// every order, and alike ones in an order of coarse values for some pixels of a region, from which the sweeps
/// spread.
fn start_from_orders(picture: &Picture<'_>, field: &mut Field) {
    let pack = |d: &Descriptor, from: usize, bits: usize, drop: usize| {
        (0..64 / bits).fold(0_u64, |key, k| key << bits | u64::from(d[1 + (from + k) % 15] >> drop))
    };
    let orders: [&(dyn Fn(&Descriptor) -> u64 + Sync); 3] =
        [&|d| pack(d, 0, 8, 0), &|d| pack(d, 0, 5, 3), &|d| pack(d, 3, 4, 4)];
    let mut sorted: Vec<(u64, u32)> = vec![];
    for key in orders {
        sorted.clear();
        let keys = picture.descriptors.iter().zip(picture.active).enumerate();
        sorted.extend(keys.filter(|(_, (_, active))| **active).map(|(i, (d, _))| (key(d), i as u32)));
        sorted.par_sort_unstable();
        let better: Vec<(usize, u16, usize)> = (0..sorted.len())
            .into_par_iter()
            .filter_map(|k| {
                let i = sorted[k].1;
                let from = picture.place(i);
                let cell = picture.cell(from)?;
                let near = &sorted[k.saturating_sub(ORDER_REACH)..(k + ORDER_REACH + 1).min(sorted.len())];
                let best = near
                    .iter()
                    .filter_map(|&(_, j)| {
                        let [x, y] = picture.place(j);
                        picture.allowed(from, x, y)
                    })
                    .map(|j| (difference(&picture.descriptors[i as usize], &picture.descriptors[j]), j))
                    .min()?;
                (best.0 < field.cost[cell]).then_some((cell, best.0, best.1))
            })
            .collect();
        for (cell, cost, j) in better {
            field.cost[cell] = cost;
            field.target[cell] = [(j % picture.width) as i16, (j / picture.width) as i16];
        }
    }
}

/// Lets every match, or the pixel of the grid next to it by the same offset, try the pixel that found it.
fn mirror(picture: &Picture<'_>, field: &mut Field) {
    for cell in 0..field.cost.len() {
        if field.cost[cell] == Field::NONE {
            continue;
        }
        let step = picture.step as i32;
        let (x, y) = ((cell % picture.across) as i32 * step, (cell / picture.across) as i32 * step);
        let [u, v] = wide(field.target[cell]);
        let (right, down) = (u % step, v % step);
        let other = (v / step) as usize * picture.across + (u / step) as usize;
        let from = picture.pixel(other);
        if !picture.active[from] {
            continue;
        }
        let back = [x - right, y - down];
        let Some(j) = picture.allowed([u - right, v - down], back[0], back[1]) else { continue };
        let cost = difference(&picture.descriptors[from], &picture.descriptors[j]);
        if cost < field.cost[other] {
            field.cost[other] = cost;
            field.target[other] = back.map(|v| v as i16);
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
    /// Columns of the grid.
    across: usize,
    step: usize,
    around: usize,
}

impl Picture<'_> {
    /// Index of pixel `(x, y)` if it may be a match of the pixel `from`.
    fn allowed(&self, from: [i32; 2], x: i32, y: i32) -> Option<usize> {
        if x < 0 || y < 0 || x as usize >= self.width || y as usize >= self.height {
            return None;
        }
        let (dx, dy) = (i64::from(x - from[0]), i64::from(y - from[1]));
        let j = y as usize * self.width + x as usize;
        (dx * dx + dy * dy >= self.apart && self.active[j]).then_some(j)
    }

    /// Column and row of pixel `i`. Divisions of 32 bits are several times as fast as those of 64.
    fn place(&self, i: u32) -> [i32; 2] {
        let width = self.width as u32;
        [(i % width) as i32, (i / width) as i32]
    }

    /// The cell of the grid that is the pixel at a place, if one is.
    fn cell(&self, [x, y]: [i32; 2]) -> Option<usize> {
        let (x, y) = (x as usize, y as usize);
        (x % self.step == 0 && y % self.step == 0).then(|| y / self.step * self.across + x / self.step)
    }

    /// The pixel that is a cell of the grid.
    fn pixel(&self, cell: usize) -> usize {
        (cell / self.across * self.width + cell % self.across) * self.step
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
    /// First cell of the stripe.
    first: usize,
    target: &'a mut [[i16; 2]],
    cost: &'a mut [u16],
    random: Random,
}

impl Sweep<'_> {
    fn start(&mut self) {
        let Picture { width, height, .. } = *self.picture;
        for i in 0..self.cost.len() {
            let pixel = self.picture.pixel(self.first + i);
            if self.picture.active[pixel] {
                let from = self.picture.place(pixel as u32);
                for _ in 0..PLACES {
                    let (x, y) = (self.random.below(width), self.random.below(height));
                    self.offer(i, from, x as i32, y as i32);
                }
            }
        }
    }

    fn run(&mut self, forward: bool) {
        let count = self.cost.len();
        let across = self.picture.across;
        let grid = self.picture.step as i32;
        let back = if forward { -1 } else { 1 };
        for k in 0..count {
            let i = if forward { k } else { count - 1 - k };
            let pixel = self.picture.pixel(self.first + i);
            if !self.picture.active[pixel] {
                continue;
            }
            let (x, y) = (((self.first + i) % across) as i32, ((self.first + i) / across) as i32);
            let from = [x * grid, y * grid];
            for (ex, ey) in [(back, 0), (0, back), (back, back), (-back, back)] {
                let Some(near) = self.match_of(x + ex, y + ey) else { continue };
                self.offer(i, from, near[0] - grid * ex, near[1] - grid * ey);
                if let Some(far) = self.match_of(x + 2 * ex, y + 2 * ey) {
                    let ahead = [2 * near[0] - far[0], 2 * near[1] - far[1]];
                    // The same place as before for regions that are only shifted.
                    if ahead != [near[0] - grid * ex, near[1] - grid * ey] {
                        self.offer(i, from, ahead[0], ahead[1]);
                    }
                }
            }
            // An exact match needs no better one, and a pixel without any has no place to look around.
            let searched = self.cost[i] > 0 && self.cost[i] != Field::NONE;
            let mut radius = if searched { self.picture.around } else { 0 };
            while radius > 0 {
                let near = wide(self.target[i]);
                let jump = |random: &mut Random| random.below(2 * radius + 1) as i32 - radius as i32;
                let (dx, dy) = (jump(&mut self.random), jump(&mut self.random));
                self.offer(i, from, near[0] + dx, near[1] + dy);
                radius /= 2;
            }
        }
    }

    /// Match of the cell in column `x` and row `y` of the grid.
    fn match_of(&self, x: i32, y: i32) -> Option<[i32; 2]> {
        let across = self.picture.across;
        if x < 0 || y < 0 || x as usize >= across {
            return None;
        }
        let at = y as usize * across + x as usize;
        let inside = at.checked_sub(self.first).filter(|&i| i < self.cost.len());
        let (target, cost) = match inside {
            Some(i) => (self.target[i], self.cost[i]),
            None => (*self.before.target.get(at)?, self.before.cost[at]),
        };
        (cost != Field::NONE).then_some(wide(target))
    }

    /// Takes `(x, y)` as match of the stripe's cell `i`, which is the pixel `from`, if it is better.
    fn offer(&mut self, i: usize, from: [i32; 2], x: i32, y: i32) {
        let Some(j) = self.picture.allowed(from, x, y) else { return };
        let at = from[1] as usize * self.picture.width + from[0] as usize;
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
    fn share_found(step: usize, map: impl Fn(usize, usize) -> (usize, usize)) -> f64 {
        let width = 120;
        let mut descriptors = noise(width * 60);
        for y in 0..40 {
            for x in 0..40 {
                let (fx, fy) = map(x, y);
                descriptors[(y + 10) * width + x + 70] = descriptors[(fy + 5) * width + fx + 8];
            }
        }
        let active = vec![true; descriptors.len()];
        let search = Search { iterations: 6, apart: 10, around: 16, step, seed: 1 };
        let field = nearest_field(&descriptors, &active, width, search);
        assert_eq!(field, nearest_field(&descriptors, &active, width, search));
        assert_eq!((field.width, field.cost.len()), (120 / step, 120 * 60 / (step * step)));
        let cells: Vec<_> = (0..1600).filter(|i| i % 40 % step == 0 && i / 40 % step == 0).collect();
        let found = cells.iter().filter(|&i| {
            let (x, y) = (i % 40, i / 40);
            let (fx, fy) = map(x, y);
            field.target[(y + 10) / step * field.width + (x + 70) / step] == [fx as i16 + 8, fy as i16 + 5]
        });
        found.count() as f64 / cells.len() as f64
    }

    #[test]
    fn finds_shifted_turned_and_mirrored_regions() {
        for step in [1, 2] {
            assert!(share_found(step, |x, y| (x, y)) > 0.98);
            assert!(share_found(step, |x, y| (39 - y, x)) > 0.98);
            assert!(share_found(step, |x, y| (39 - x, y)) > 0.98);
        }
    }

    #[test]
    fn pixels_that_are_not_active_have_no_part() {
        let descriptors = noise(400);
        let active: Vec<bool> = (0..400).map(|i| i % 20 < 10).collect();
        let field = nearest_field(
            &descriptors,
            &active,
            20,
            Search { iterations: 3, apart: 5, around: 4, step: 1, seed: 1 },
        );
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
        let search = Search { iterations: 2, apart: 5, around: 4, step: 2, seed: 1 };
        assert_eq!(nearest_field(&noise(1), &[true], 1, search).cost, [Field::NONE]);
        assert!(nearest_field(&[], &[], 0, search).cost.is_empty());
        assert_eq!(nearest_field(&noise(3), &[true; 3], 3, search).cost, [Field::NONE; 2]);
    }
}
