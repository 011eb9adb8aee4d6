//! Blockiness of pixels by phase of the grid, on arrays.

use indicia_ops::box_sum;
use ndarray::{Array2, Zip};
use rayon::prelude::*;

/// Period of the grid in pixels, and side of a cell.
pub(crate) const PERIOD: usize = 8;

/// Sum of the three neighbouring differences from which a place is an edge of the scene and says nothing;
/// Li et al. drop second differences above 50.
const EDGE: f32 = 60.0;

/// Added to the sum of differences that a step is compared with, so that noise of one level counts less.
const SOFT: f32 = 2.0;

/// Added to the energy of a window, so that a few places do not make a strong statement.
const PRIOR: f32 = 3.0;

/// Radii of the windows, in cells: 5 by 5 and 9 by 9.
pub(crate) const RADII: [usize; 2] = [2, 4];

/// How much the step between two neighbours exceeds the steps beside it: `(b - (a + c) / 2) / (a + b + c + 2)`
/// for absolute differences a, b, c, from about -1/2 to 1; 0 at edges.
#[inline(always)]
fn excess(v: [f32; 4]) -> f32 {
    let (a, b, c) = ((v[1] - v[0]).abs(), (v[2] - v[1]).abs(), (v[3] - v[2]).abs());
    let sum = a + b + c;
    if sum > EDGE { 0.0 } else { (b - 0.5 * (a + c)) / (sum + SOFT) }
}

/// Excesses of one direction, added up in cells of 8 by 8 pixels.
pub(crate) struct Phases {
    /// For each phase, the sum over the cell of the excess at boundaries before columns (or rows) of that phase.
    pub sums: [Array2<f32>; PERIOD],
    /// Mean over phases of the sum of squared excesses.
    pub energy: Array2<f32>,
}

/// Phases across (boundaries before columns) and down (before rows) of 8-bit luma of `width` columns. Cells are
/// whole; pixels beyond the last whole cell are not read, nor are boundaries within two pixels of the border.
///
/// # Panics
/// If the length of `luma` is not a multiple of `width`.
pub(crate) fn phases(luma: &[u8], width: usize) -> [Phases; 2] {
    assert_eq!(luma.len() % width.max(1), 0, "{} samples in rows of {width}", luma.len());
    let height = luma.len() / width.max(1);
    let (wide, high) = (width / PERIOD, height / PERIOD);
    let row = |y: usize| &luma[y * width..(y + 1) * width];
    // For each row of cells: eight sums and the energy, of each direction, by column of cells.
    let bands: Vec<[[Vec<f32>; PERIOD + 1]; 2]> = (0..high)
        .into_par_iter()
        .map(|band| {
            let mut out: [[Vec<f32>; PERIOD + 1]; 2] =
                std::array::from_fn(|_| std::array::from_fn(|_| vec![0.0; wide]));
            let [across, down] = &mut out;
            let (mut sums, mut squares) = (vec![0.0_f32; wide * PERIOD], vec![0.0_f32; wide * PERIOD]);
            for y in band * PERIOD..(band + 1) * PERIOD {
                let line = row(y);
                let last = (wide * PERIOD).min(width.saturating_sub(1));
                for x in 2..last.max(2) {
                    let e = excess([line[x - 2], line[x - 1], line[x], line[x + 1]].map(f32::from));
                    sums[x] += e;
                    squares[x] += e * e;
                }
            }
            for (x, (sum, square)) in sums.iter().zip(&squares).enumerate() {
                across[x % PERIOD][x / PERIOD] += sum;
                across[PERIOD][x / PERIOD] += square / PERIOD as f32;
            }
            for y in (band * PERIOD).max(2)..((band + 1) * PERIOD).min(height.saturating_sub(1)) {
                let lines = [row(y - 2), row(y - 1), row(y), row(y + 1)];
                let values = sums.iter_mut().zip(squares.iter_mut()).enumerate();
                for (x, (sum, square)) in values {
                    *sum = excess(lines.map(|line| f32::from(line[x])));
                    *square = *sum * *sum;
                }
                for (cell, (sums, squares)) in
                    sums.chunks_exact(PERIOD).zip(squares.chunks_exact(PERIOD)).enumerate()
                {
                    down[y % PERIOD][cell] += sums.iter().sum::<f32>();
                    down[PERIOD][cell] += squares.iter().sum::<f32>() / PERIOD as f32;
                }
            }
            out
        })
        .collect();
    std::array::from_fn(|direction| {
        let collect = |part: usize| {
            let values = bands.iter().flat_map(|band| band[direction][part].iter().copied()).collect();
            Array2::from_shape_vec((high, wide), values).expect("every band has a value a cell")
        };
        Phases { sums: std::array::from_fn(collect), energy: collect(PERIOD) }
    })
}

/// The phase that a whole picture follows in one direction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Main {
    /// 0 to 7: blocks begin at columns (or rows) of this remainder.
    pub phase: usize,
    /// Its sum above the median of all phases, over the root of the energy: about a normal deviate.
    pub clarity: f64,
    /// Sums by phase.
    pub sums: [f64; PERIOD],
}

impl Phases {
    /// The strongest phase of the picture.
    pub fn main(&self) -> Main {
        let sums: [f64; PERIOD] =
            std::array::from_fn(|i| self.sums[i].iter().map(|v| f64::from(*v)).sum::<f64>());
        let energy: f64 = self.energy.iter().map(|v| f64::from(*v)).sum();
        let phase = (0..PERIOD).fold(0, |best, i| if sums[i] > sums[best] { i } else { best });
        let mut sorted = sums;
        sorted.sort_by(f64::total_cmp);
        let clarity = (sums[phase] - 0.5 * (sorted[3] + sorted[4])) / (energy + f64::from(PRIOR)).sqrt();
        Main { phase, clarity, sums }
    }

    /// In windows of a radius: how far the main phase, and the strongest of the others, lie above the median of
    /// all phases; how far the strongest of all lies above the second; and the energy.
    fn leads(&self, main: usize, radius: usize) -> Leads {
        let sums: Vec<_> = self.sums.iter().map(|s| box_sum(s, radius)).collect();
        let mut own = Array2::zeros(self.energy.dim());
        let mut other = Array2::zeros(self.energy.dim());
        let mut gap = Array2::zeros(self.energy.dim());
        Zip::indexed(&mut own).and(&mut other).and(&mut gap).for_each(|at, own, other, gap| {
            let values: [f32; PERIOD] = std::array::from_fn(|i| sums[i][at]);
            let mut sorted = values;
            sorted.sort_by(f32::total_cmp);
            let median = 0.5 * (sorted[3] + sorted[4]);
            let best =
                (0..PERIOD).filter(|i| *i != main).map(|i| values[i]).fold(f32::NEG_INFINITY, f32::max);
            (*own, *other, *gap) = (values[main] - median, best - median, sorted[7] - sorted[6]);
        });
        Leads { own, other, gap, energy: box_sum(&self.energy, radius) }
    }
}

/// What windows of one size say of one direction.
struct Leads {
    own: Array2<f32>,
    other: Array2<f32>,
    gap: Array2<f32>,
    energy: Array2<f32>,
}

/// What the windows say.
pub(crate) struct Outcome {
    /// By cell: how much another grid is seen rather than the main one, mean over both window sizes.
    pub map: Array2<f32>,
    /// The largest lead of one other grid over the main grid (or over none, where that is not there), in any
    /// window.
    pub score: f64,
}

/// Compares in every window the main grid with the strongest other one. `present` says whether the picture has a
/// main grid at all; if not, the strongest grid of a window is compared with the second.
pub(crate) fn compare(phases: &[Phases; 2], main: [Main; 2], present: bool) -> Outcome {
    let mut map = Array2::<f32>::zeros(phases[0].energy.dim());
    let mut score = 0.0_f32;
    for radius in RADII {
        let [a, b] = [0, 1].map(|i| phases[i].leads(main[i].phase, radius));
        for (at, value) in map.indexed_iter_mut() {
            let scale = (a.energy[at].max(0.0) + b.energy[at].max(0.0) + PRIOR).sqrt();
            let own = a.own[at] + b.own[at];
            let (x, y) = (a.other[at] - a.own[at], b.other[at] - b.own[at]);
            // Both directions must speak for another grid: texture seldom steps every 8 pixels both ways. A grid
            // that shares its columns or rows with the main one is given up for that.
            let (departure, lead) = if !present {
                (a.gap[at] + b.gap[at], 2.0 * a.gap[at].min(b.gap[at]))
            } else if x > 0.0 && y > 0.0 {
                (x + y, a.other[at] + b.other[at] - own.max(0.0))
            } else {
                (x + y, 0.0)
            };
            *value += departure / scale / RADII.len() as f32;
            score = score.max(lead / scale);
        }
    }
    Outcome { map, score: f64::from(score) }
}
