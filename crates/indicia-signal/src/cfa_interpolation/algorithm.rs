//! Votes of cells for the phase of a Bayer mosaic, and windows that vote against the rest.

use indicia_ops::a_contrario::log10_binomial_tail;
use multiversion::multiversion;
use ndarray::Array2;
use rayon::prelude::*;

/// Pixels on the side of a voting cell: as many of them are of each phase, and JPEG's blocks are as large.
pub(super) const CELL: usize = 8;

/// Cells with fewer votes than this say nothing of a window.
const LEAST_VOTES: u64 = 16;

/// What each cell says, 1 or -1, 0 for no vote.
pub(super) struct Votes {
    /// 1: green was recorded where x + y is even, -1: where it is odd.
    pub(super) green: Array2<i8>,
    /// 1: red was recorded at the first of the two other places of a square of 2 by 2 and blue at the second,
    /// -1: the reverse. First for green on odd places, (0, 0) before (1, 1); then for green on even ones,
    /// (1, 0) before (0, 1), x before y.
    pub(super) chroma: [Array2<i8>; 2],
}

/// Sums of prediction errors in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Errors {
    /// Squared, by the parity of x + y.
    green: [u64; 2],
    /// Absolute, by parity of y (major) and of x.
    red: [u64; 4],
    blue: [u64; 4],
    /// A green sample, a red or blue one is 0 or 255.
    saturated: [bool; 2],
}

/// The votes of an interleaved 8-bit RGB picture of `width` columns. Cells at the border and cells with saturated
/// samples do not vote.
///
/// A recorded sample is predicted from neighbours that were interpolated, and an interpolated one from those
/// it was made of: recorded samples are the ones that are predicted worse (P. Ferrara and others, 2012,
/// equations 3 to 9).
pub(super) fn votes(rgb: &[u8], width: usize) -> Votes {
    let height = (rgb.len() / 3).checked_div(width).unwrap_or(0);
    let shape = (height / CELL, width / CELL);
    let empty = || Array2::zeros(shape);
    let mut out = Votes { green: empty(), chroma: [empty(), empty()] };
    if shape.0 < 3 || shape.1 < 3 {
        return out;
    }
    let rows: Vec<Vec<[i8; 3]>> = (1..shape.0 - 1)
        .into_par_iter()
        .map_init(
            || Strip::new(width, shape.1),
            |strip, row| {
                let top = row * CELL;
                strip.load(&rgb[3 * (top - 1) * width..3 * (top + CELL + 1) * width]);
                strip.cells.iter().map(vote).collect()
            },
        )
        .collect();
    for (row, votes) in rows.iter().enumerate() {
        for (column, vote) in votes.iter().enumerate().skip(1).take(shape.1 - 2) {
            let at = (row + 1, column);
            out.green[at] = vote[0];
            out.chroma[0][at] = vote[1];
            out.chroma[1][at] = vote[2];
        }
    }
    out
}

fn vote(errors: &Errors) -> [i8; 3] {
    let sign = |a: u64, b: u64| i8::from(a > b) - i8::from(a < b);
    let Errors { green, red, blue, saturated } = errors;
    let chroma = |first: usize, second: usize| sign(red[first] + blue[second], red[second] + blue[first]);
    [
        if saturated[0] { 0 } else { sign(green[0], green[1]) },
        if saturated[1] { 0 } else { chroma(0, 3) },
        if saturated[1] { 0 } else { chroma(1, 2) },
    ]
}

/// Work space for one row of cells.
struct Strip {
    width: usize,
    /// Ten rows of red, green and blue.
    planes: [Vec<i16>; 3],
    /// Magnitudes of the error of one row's predictions, four times.
    errors: [Vec<u16>; 3],
    cells: Vec<Errors>,
}

impl Strip {
    fn new(width: usize, columns: usize) -> Self {
        Self {
            width,
            planes: std::array::from_fn(|_| vec![0; (CELL + 2) * width]),
            errors: std::array::from_fn(|_| vec![0; width]),
            cells: vec![Errors::default(); columns],
        }
    }

    fn load(&mut self, rgb: &[u8]) {
        let width = self.width;
        for (c, plane) in self.planes.iter_mut().enumerate() {
            pick(rgb, c, plane);
        }
        self.cells.fill(Errors::default());
        for y in 0..CELL {
            for (c, errors) in self.errors.iter_mut().enumerate() {
                let row = |y: usize| &self.planes[c][y * width..(y + 1) * width];
                // Green is predicted from the four nearest, red and blue from the four diagonal neighbours.
                predict([row(y), row(y + 1), row(y + 2)], c == 1, &mut errors[1..width - 1]);
            }
            let row = (y + 1) * width..(y + 2) * width;
            let [red, green, blue] = self.planes.each_ref().map(|plane| &plane[row.clone()]);
            for (column, cell) in self.cells.iter_mut().enumerate() {
                let at = column * CELL..(column + 1) * CELL;
                let extreme = |v: &i16| *v == 0 || *v == 255;
                cell.saturated[0] |= green[at.clone()].iter().any(extreme);
                cell.saturated[1] |= red[at.clone()].iter().chain(&blue[at.clone()]).any(extreme);
                for x in at {
                    let (odd_x, odd_y) = (x % 2, y % 2);
                    let [red, green, blue] = self.errors.each_ref().map(|errors| u64::from(errors[x]));
                    cell.green[(odd_x + odd_y) % 2] += green * green;
                    cell.red[2 * odd_y + odd_x] += red;
                    cell.blue[2 * odd_y + odd_x] += blue;
                }
            }
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn pick(rgb: &[u8], channel: usize, out: &mut [i16]) {
    for (out, pixel) in out.iter_mut().zip(rgb.as_chunks::<3>().0) {
        *out = i16::from(pixel[channel]);
    }
}

/// Magnitude of four times a sample less its four nearest or its four diagonal neighbours, for the inner columns.
#[multiversion(targets("x86_64+avx2"))]
fn predict(rows: [&[i16]; 3], nearest: bool, out: &mut [u16]) {
    let n = out.len();
    let [above, here, below] = rows.map(|row| &row[..n + 2]);
    if nearest {
        for x in 0..n {
            let sum = above[x + 1] + below[x + 1] + here[x] + here[x + 2];
            out[x] = (4 * here[x + 1] - sum).unsigned_abs();
        }
    } else {
        for x in 0..n {
            let sum = above[x] + above[x + 2] + below[x] + below[x + 2];
            out[x] = (4 * here[x + 1] - sum).unsigned_abs();
        }
    }
}

/// What most of the picture votes for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Phase {
    /// 1 or -1.
    pub(super) sign: i8,
    /// Share of the votes for it, above 0.5.
    pub(super) share: f64,
    /// log10 of the number of false alarms.
    pub(super) log10_nfa: f64,
}

/// The phase that the majority votes for, among `tests` choices of two; `None` without votes.
pub(super) fn main_phase(votes: &Array2<i8>, tests: f64) -> Option<Phase> {
    let (mut plus, mut minus) = (0_u64, 0_u64);
    for vote in votes {
        plus += u64::from(*vote > 0);
        minus += u64::from(*vote < 0);
    }
    let (n, k) = (plus + minus, plus.max(minus));
    (n > 0).then(|| Phase {
        sign: if plus >= minus { 1 } else { -1 },
        share: k as f64 / n as f64,
        log10_nfa: (2.0 * tests).log10() + log10_binomial_tail(n, k, 0.5),
    })
}

/// Sums over rectangles of cells: votes for the picture's phase and votes against it.
pub(super) struct Sums {
    stride: usize,
    totals: Vec<[u32; 2]>,
}

impl Sums {
    pub(super) fn of(votes: &Array2<i8>, sign: i8) -> Self {
        let (rows, columns) = votes.dim();
        let stride = columns + 1;
        let mut totals = vec![[0; 2]; (rows + 1) * stride];
        for ((row, column), &vote) in votes.indexed_iter() {
            let at = (row + 1) * stride + column + 1;
            for i in 0..2 {
                totals[at][i] = totals[at - 1][i] + totals[at - stride][i] - totals[at - stride - 1][i];
            }
            totals[at][0] += u32::from(vote == sign);
            totals[at][1] += u32::from(vote == -sign);
        }
        Self { stride, totals }
    }

    /// Votes for and against in rows `top..bottom` and columns `left..right`.
    pub(super) fn within(&self, (top, bottom): (usize, usize), (left, right): (usize, usize)) -> [u64; 2] {
        let at = |row: usize, column: usize| self.totals[row * self.stride + column];
        let (a, b, c, d) = (at(top, left), at(top, right), at(bottom, left), at(bottom, right));
        std::array::from_fn(|i| u64::from(d[i] + a[i] - b[i] - c[i]))
    }
}

/// A square window that votes against the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    /// First row and column of cells, side in cells.
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) side: usize,
    /// Votes and those against the rest.
    pub(super) votes: u64,
    pub(super) against: u64,
    /// log10 of the number of false alarms.
    pub(super) log10_nfa: f64,
}

/// Sides of the windows in cells: 64 to 512 pixels.
const SIDES: [usize; 4] = [8, 16, 32, 64];

fn places(shape: (usize, usize)) -> impl Iterator<Item = (usize, usize, usize)> {
    SIDES.into_iter().filter(move |&side| side <= shape.0.min(shape.1)).flat_map(move |side| {
        let rows = (0..=shape.0 - side).step_by(side / 2);
        rows.flat_map(move |row| {
            (0..=shape.1 - side).step_by(side / 2).map(move |column| (row, column, side))
        })
    })
}

/// Windows of which more than the share `allowance` votes against the rest, the most meaningful first, and log10
/// of the number of tests, `kinds` a window. A vote is against by chance with the probability `allowance`.
pub(super) fn contradictions(
    sums: &Sums,
    shape: (usize, usize),
    kinds: usize,
    allowance: f64,
) -> (Vec<Window>, f64) {
    let tests = ((places(shape).count() * kinds).max(1) as f64).log10();
    let mut out: Vec<Window> = places(shape)
        .filter_map(|(row, column, side)| {
            let [support, against] = sums.within((row, row + side), (column, column + side));
            let votes = support + against;
            let enough = votes >= LEAST_VOTES && against as f64 > allowance * votes as f64;
            enough.then(|| Window {
                row,
                column,
                side,
                votes,
                against,
                log10_nfa: tests + log10_binomial_tail(votes, against, allowance),
            })
        })
        .collect();
    out.sort_by(|a, b| a.log10_nfa.total_cmp(&b.log10_nfa));
    (out, tests)
}

/// For each cell, the natural logarithm of how much better another phase explains the votes around it (`reach`
/// cells to each side) than the picture's: of green, or of red and blue alone. `green` and `chroma` are the
/// votes' sums with the shares of the picture's phase, absent where the picture has none.
pub(super) fn foreign_evidence(
    shape: (usize, usize),
    reach: usize,
    green: Option<(&Sums, f64)>,
    chroma: Option<(&Sums, f64)>,
) -> Array2<f32> {
    // A share of one would let a single vote decide.
    let odds = |share: f64| share.clamp(0.5, 0.95);
    Array2::from_shape_fn(shape, |(row, column)| {
        let span = |at: usize, n: usize| (at.saturating_sub(reach), (at + reach + 1).min(n));
        let (rows, columns) = (span(row, shape.0), span(column, shape.1));
        let counts = |sums: &Sums| sums.within(rows, columns).map(|n| n as f64);
        let mut best = f64::NEG_INFINITY;
        let chroma = chroma.map(|(sums, share)| (counts(sums), odds(share)));
        if let Some(([support, against], share)) = chroma {
            best = best.max((against - support) * (share / (1.0 - share)).ln());
        }
        if let Some((sums, share)) = green {
            let ([support, against], share) = (counts(sums), odds(share));
            let mut evidence = (against - support) * (share / (1.0 - share)).ln();
            if let Some(([support, against], share)) = chroma {
                // With green elsewhere, red and blue vote at random here.
                evidence += support * (0.5 / share).ln() + against * (0.5 / (1.0 - share)).ln();
            }
            best = best.max(evidence);
        }
        if best.is_finite() { best as f32 } else { 0.0 }
    })
}
