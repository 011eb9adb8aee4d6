//! Local noise level by cells, and how far each departs from what its texture lets expect.

use indicia_ops::mirrored;
use multiversion::multiversion;
use ndarray::Array2;
use rayon::prelude::*;

/// Side of a cell in pixels.
pub(super) const CELL: usize = 8;

/// Side of the window, centred on a cell, over which its level is measured, in pixels.
const WINDOW: usize = 16;

/// Second difference at the finest scale: `[1 -2 1]`, of norm √6.
const FINE: [i32; 3] = [1, -2, 1];

/// Second difference one octave lower: `[1 2 1] * [1 0 -2 0 1]`, of norm √28.
const COARSE: [i32; 7] = [1, 2, -1, -4, -1, 2, 1];

/// Norms of the two-dimensional (outer product) filters: white noise of deviation s gives values of deviation
/// `norm * s`.
const NORMS: [f32; 2] = [6.0, 28.0];

/// Median of the absolute value of a standard normal variable.
pub(super) const NORMAL_MAD: f32 = 0.674_489_75;

/// Added to the levels before their logarithm: about the deviation that rounding to whole numbers gives, at
/// the finest scale and one lower, where a pixel's rounding error meets twice the picture's own.
const ROUNDING: [f32; 2] = [0.3, 0.6];

/// Luma from which, or up to which, a pixel counts as clipped.
const CLIPPED: [u8; 2] = [4, 251];

/// What was measured in a cell's window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    /// Noise level at the finest diagonal scale: median absolute value over the filter's norm and 0.6745.
    pub(super) fine: f32,
    /// The same one octave lower.
    pub(super) coarse: f32,
    /// Share of clipped pixels.
    pub(super) clipped: f32,
}

impl Cell {
    /// Whether noise can be seen in it: at most half its pixels are clipped.
    pub(super) fn usable(self) -> bool {
        self.clipped <= 0.5
    }
}

/// Absolute values of a separable filter along both axes, borders mirrored with the end sample repeated.
pub(super) fn filtered(samples: &[u8], width: usize, kernel: &[i32]) -> Vec<u16> {
    let mut out = vec![0; samples.len()];
    if samples.is_empty() {
        return out;
    }
    let height = samples.len() / width;
    let reach = kernel.len() / 2;
    out.par_chunks_mut(width).enumerate().for_each_init(
        || vec![0_i32; width + 2 * reach],
        |line, (y, row)| {
            line.fill(0);
            for (i, &weight) in kernel.iter().enumerate() {
                let from = mirrored((y + i) as isize - reach as isize, height) * width;
                add(&mut line[reach..reach + width], &samples[from..from + width], weight);
            }
            for x in 0..reach {
                line[x] = line[reach + mirrored(x as isize - reach as isize, width)];
                line[reach + width + x] = line[reach + mirrored((width + x) as isize, width)];
            }
            along(row, line, kernel);
        },
    );
    out
}

#[multiversion(targets("x86_64+avx2"))]
fn add(line: &mut [i32], samples: &[u8], weight: i32) {
    for (sum, &sample) in line.iter_mut().zip(samples) {
        *sum += weight * i32::from(sample);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn along(row: &mut [u16], line: &[i32], kernel: &[i32]) {
    const LANES: usize = 16;
    for (block, at) in row.chunks_mut(LANES).zip((0..).step_by(LANES)) {
        let mut sums = [0_i32; LANES];
        for (i, weight) in kernel.iter().enumerate() {
            sums.iter_mut().zip(&line[at + i..]).for_each(|(sum, value)| *sum += weight * value);
        }
        block.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum.unsigned_abs() as u16);
    }
}

/// Measures every cell of a picture of 8-bit luma, rows from the top.
pub(super) fn measure(samples: &[u8], width: usize) -> Array2<Cell> {
    let height = samples.len().checked_div(width).unwrap_or(0);
    let (rows, columns) = (height.div_ceil(CELL), width.div_ceil(CELL));
    let bands = [filtered(samples, width, &FINE), filtered(samples, width, &COARSE)];
    let margin = (WINDOW - CELL) / 2;
    let span = |cell: usize, len: usize| {
        (cell * CELL).saturating_sub(margin)..(cell * CELL + CELL + margin).min(len)
    };
    let cells: Vec<Cell> = (0..rows)
        .into_par_iter()
        .flat_map_iter(|row| {
            let (bands, ys) = (&bands, span(row, height));
            let mut values = Vec::with_capacity(WINDOW * WINDOW);
            (0..columns).map(move |column| {
                let xs = span(column, width);
                let [fine, coarse] = [0, 1].map(|band: usize| {
                    values.clear();
                    for y in ys.clone() {
                        values.extend_from_slice(&bands[band][y * width..][xs.clone()]);
                    }
                    f32::from(middle(&mut values)) / (NORMS[band] * NORMAL_MAD)
                });
                let clipped = ys
                    .clone()
                    .flat_map(|y| &samples[y * width..][xs.clone()])
                    .filter(|&&v| v < CLIPPED[0] || v > CLIPPED[1])
                    .count();
                Cell { fine, coarse, clipped: clipped as f32 / (ys.len() * xs.len()) as f32 }
            })
        })
        .collect();
    Array2::from_shape_vec((rows, columns), cells).expect("one value a cell")
}

/// The upper median; 0 of nothing.
fn middle(values: &mut [u16]) -> u16 {
    if values.is_empty() {
        return 0;
    }
    let at = values.len() / 2;
    *values.select_nth_unstable(at).1
}

/// The straight line that the bulk of a picture's cells follows: logarithm of the fine level over that of the
/// coarse one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) offset: f32,
    pub(super) slope: f32,
    /// Median logarithm of the fine level.
    pub(super) level: f32,
}

/// Logarithms of a cell's levels, coarse and fine.
fn logarithms(cell: Cell) -> (f32, f32) {
    ((cell.coarse + ROUNDING[1]).ln(), (cell.fine + ROUNDING[0]).ln())
}

/// Largest slope of the line. Noise has slope 1; a steeper line would explain a noisy part by its own cells.
const STEEPEST: f64 = 1.3;

/// Least slope of the scale below which residuals are not told from rounding.
const SCALE_FLOOR: f64 = 0.02;

/// Fits the line by iterated least squares with Tukey's biweight at 3 robust deviations. Cells above the line
/// weigh a fifth less, for what is searched lies above. `None` without a usable cell.
pub(super) fn fit(cells: &Array2<Cell>) -> Option<Line> {
    let points: Vec<(f64, f64)> = cells
        .iter()
        .filter(|c| c.usable())
        .map(|&c| logarithms(c))
        .map(|(x, y)| (f64::from(x), f64::from(y)))
        .collect();
    let mut levels: Vec<f64> = points.iter().map(|p| p.1).collect();
    let level = quantile(&mut levels, 0.5)? as f32;
    let mut weights = vec![1.0; points.len()];
    let (mut offset, mut slope) = (0.0, 0.0);
    for _ in 0..12 {
        let sum: f64 = weights.iter().sum();
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| {
            points.iter().zip(&weights).map(|(p, w)| w * of(p)).sum::<f64>() / sum
        };
        let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
        let covariance = sum * mean(&|p| (p.0 - x) * (p.1 - y));
        slope = (covariance / (sum * mean(&|p| (p.0 - x).powi(2)) + 1e-3)).clamp(0.0, STEEPEST);
        offset = y - slope * x;
        let residuals: Vec<f64> = points.iter().map(|p| p.1 - offset - slope * p.0).collect();
        let mut sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
        let reach = 3.0 * (quantile(&mut sizes, 0.5)? / f64::from(NORMAL_MAD) + SCALE_FLOOR);
        for (weight, r) in weights.iter_mut().zip(&residuals) {
            let inside = if r.abs() < reach { (1.0 - (r / reach).powi(2)).powi(2) } else { 1e-6 };
            *weight = if *r > 0.0 { 0.8 * inside } else { inside };
        }
    }
    Some(Line { offset: offset as f32, slope: slope as f32, level })
}

/// The value below which `share` of the values lie, by the nearest rank. Reorders them.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let at = (share * values.len() as f64) as usize;
    if values.is_empty() {
        return None;
    }
    let at = at.min(values.len() - 1);
    Some(*values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// How far a cell lies above the line, and above the picture's median level, in natural logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Departure {
    /// Above what its texture lets expect.
    pub(super) unexplained: f32,
    /// Above the median level.
    pub(super) above: f32,
}

/// Value of a cell in which no noise can be seen.
const SILENT: Departure = Departure { unexplained: -1.0, above: -1.0 };

/// The departures of all cells.
pub(super) fn departures(cells: &Array2<Cell>, line: Line) -> Array2<Departure> {
    cells.map(|&cell| {
        if !cell.usable() {
            return SILENT;
        }
        let (x, y) = logarithms(cell);
        Departure { unexplained: y - line.offset - line.slope * x, above: y - line.level }
    })
}

/// Weight of the level itself beside what texture does not explain of it. The first marks the region, the
/// second keeps texture out.
const LEVEL_WEIGHT: f32 = 0.5;

/// Suspicion by cell, before it is smoothed: `unexplained + above / 2`.
pub(super) fn suspicion(departures: &Array2<Departure>) -> Array2<f32> {
    departures.map(|d| d.unexplained + LEVEL_WEIGHT * d.above)
}

/// Side in cells of the square whose quietest quarter is looked at for the score: 5 in a picture of 2400
/// cells, growing with the fourth root of their number, odd. Larger pictures have more squares to choose the
/// largest from; larger squares keep that choice from raising the score.
pub(super) fn square_side(cells: usize) -> usize {
    let side = 5.0 * (cells as f64 / 2400.0).powf(0.25);
    (2 * (side / 2.0).floor() as usize + 1).max(5)
}

/// A square of cells and how far its quietest quarter departs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Peak {
    /// The lesser of `unexplained` and 0.7 of `above`, each the lower quartile over the square.
    pub(super) score: f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// Share of the level's departure that counts: a part must be louder and louder than its texture explains.
const ABOVE_WEIGHT: f32 = 0.7;

/// The square that departs most: `side` cells, centred on each cell in turn and cut at the picture's edge.
/// Quartiles over the square ask that three quarters of it depart, so that an edge or a leaf does not count.
pub(super) fn peak(departures: &Array2<Departure>, side: usize) -> Option<Peak> {
    let (rows, columns) = departures.dim();
    let reach = side / 2;
    let step = (side / 5).max(1);
    (0..rows.div_ceil(step))
        .into_par_iter()
        .filter_map(|r| {
            let row = r * step;
            let mut best: Option<Peak> = None;
            let (mut a, mut b) = (vec![], vec![]);
            for column in (0..columns).step_by(step) {
                a.clear();
                b.clear();
                for y in row.saturating_sub(reach)..(row + reach + 1).min(rows) {
                    for x in column.saturating_sub(reach)..(column + reach + 1).min(columns) {
                        a.push(departures[(y, x)].unexplained);
                        b.push(departures[(y, x)].above);
                    }
                }
                let score = quarter(&mut a).min(ABOVE_WEIGHT * quarter(&mut b));
                if best.is_none_or(|p| score > p.score) {
                    best = Some(Peak { score, row, column });
                }
            }
            best
        })
        .reduce_with(|a, b| if b.score > a.score || (b.score == a.score && b.row < a.row) { b } else { a })
}

/// Lower quartile of a list that is not empty.
fn quarter(values: &mut [f32]) -> f32 {
    let at = values.len() / 4;
    *values.select_nth_unstable_by(at, f32::total_cmp).1
}
