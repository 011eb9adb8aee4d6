//! ZERO on arrays: from luma to the main grid and the regions that follow another one.

use indicia_ops::a_contrario::log10_binomial_tail;
use indicia_ops::morphology::close_square;

pub use super::regions::{REACH, VoteRegion, VoteRegions, vote_regions};
pub use super::votes::{BORDER, NO_VOTE, grid_votes};

/// Probability that a pixel votes for a given grid by chance: there are 64.
pub(super) const CHANCE: f64 = 1.0 / 64.0;

/// Pixels that count as one independent vote: a window's.
pub(super) const PIXELS_PER_VOTE: u64 = 64;

/// log10 of the number of tests in a picture of so many pixels: `(64 X Y)^2`, for every rectangle by its four
/// coordinates in units of the square root, and every grid.
pub fn log10_tests(pixels: usize) -> f64 {
    2.0 * (64.0 * pixels as f64).log10()
}

/// The smallest number of pixels that can make a region meaningful: with fewer, even a rectangle full of
/// equal votes has an NFA of 1 or more.
pub fn smallest_region(pixels: usize) -> u64 {
    (64.0 * log10_tests(pixels) / 64_f64.log10()).ceil().max(1.0) as u64
}

/// A grid that a whole picture follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MainGrid {
    /// The grid, `x + 8 y` of its offset.
    pub grid: u8,
    /// Pixels that vote for it.
    pub votes: u64,
    /// log10 of its number of false alarms.
    pub log10_nfa: f64,
}

/// Number of pixels that vote for each grid.
pub fn count_votes(votes: &[u8]) -> [u64; 64] {
    // Four tables, so that equal neighbours do not wait for each other.
    let mut tables = [[0_u64; 256]; 4];
    let (fours, rest) = votes.as_chunks::<4>();
    for four in fours {
        for (table, &vote) in tables.iter_mut().zip(four) {
            table[usize::from(vote)] += 1;
        }
    }
    for &vote in rest {
        tables[0][usize::from(vote)] += 1;
    }
    std::array::from_fn(|grid| tables.iter().map(|t| t[grid]).sum())
}

/// The grid with the most votes (the first of several), whether meaningful or not: the caller compares its
/// NFA with 1. `pixels` is the size of the picture. Votes of 64 pixels count as one.
pub fn most_voted_grid(counts: &[u64; 64], pixels: usize) -> MainGrid {
    let mut grid = 0;
    for other in 1..64 {
        if counts[other] > counts[grid] {
            grid = other;
        }
    }
    let trials = (pixels as u64).div_ceil(PIXELS_PER_VOTE);
    let tail = log10_binomial_tail(trials, counts[grid] / PIXELS_PER_VOTE, CHANCE);
    MainGrid { grid: grid as u8, votes: counts[grid], log10_nfa: log10_tests(pixels) + tail }
}

/// A region that follows a grid, and how often chance alone would give it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForeignRegion {
    /// Its votes.
    pub region: VoteRegion,
    /// Index into [`VoteRegions::regions`].
    pub index: usize,
    /// log10 of its number of false alarms.
    pub log10_nfa: f64,
}

/// The regions with a number of false alarms below 1, the strongest first.
pub fn meaningful_regions(found: &VoteRegions, pixels: usize) -> Vec<ForeignRegion> {
    let (tests, least) = (log10_tests(pixels), smallest_region(pixels));
    let mut meaningful: Vec<_> = found
        .regions
        .iter()
        .enumerate()
        .filter(|(_, region)| region.size >= least)
        .map(|(index, &region)| {
            let trials = region.box_area() / PIXELS_PER_VOTE;
            let tail = log10_binomial_tail(trials, region.size / PIXELS_PER_VOTE, CHANCE);
            ForeignRegion { region, index, log10_nfa: tests + tail }
        })
        .filter(|region| region.log10_nfa < 0.0)
        .collect();
    meaningful.sort_by(|a, b| a.log10_nfa.total_cmp(&b.log10_nfa).then(a.index.cmp(&b.index)));
    meaningful
}

/// What ZERO finds in a picture.
pub struct Detection {
    /// Votes of the pixels.
    pub votes: Vec<u8>,
    /// The grid of the whole picture, if there is a meaningful one.
    pub main: Option<MainGrid>,
    /// Regions of one vote other than the main grid's.
    pub found: VoteRegions,
    /// Those that are meaningful, the strongest first.
    pub foreign: Vec<ForeignRegion>,
}

/// Runs ZERO on a picture of `width` columns.
///
/// # Panics
/// If the length of `luma` is not a multiple of `width`.
pub fn detect(luma: &[u8], width: usize) -> Detection {
    let votes = grid_votes(luma, width);
    let counts = count_votes(&votes);
    let main = Some(most_voted_grid(&counts, luma.len())).filter(|main| main.log10_nfa < 0.0);
    let least = smallest_region(luma.len());
    let wanted = std::array::from_fn(|grid| {
        counts[grid] >= least && main.is_none_or(|main| usize::from(main.grid) != grid)
    });
    let found = vote_regions(&votes, width, &wanted);
    let foreign = meaningful_regions(&found, luma.len());
    Detection { votes, main, found, foreign }
}

/// Votes for the pass that looks for regions without the main grid: of the votes `again` of the same picture
/// compressed anew as JPEG of quality 99 without subsampling, those for the grid at (0, 0) where the
/// picture itself does not vote for its main grid; no vote elsewhere.
pub fn missing_grid_votes(votes: &[u8], main: u8, again: &[u8]) -> Vec<u8> {
    votes
        .iter()
        .zip(again)
        .map(|(&vote, &again)| if again == 0 && vote != main { 0 } else { NO_VOTE })
        .collect()
}

/// The pixels of meaningful regions in a part of the picture, closed by squares of side 19.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedMask {
    /// First column of the part.
    pub x: usize,
    /// First row of the part.
    pub y: usize,
    /// Columns of the part.
    pub width: usize,
    /// The part's pixels, by row.
    pub set: Vec<bool>,
}

/// The closed union of some meaningful regions (indices into `foreign`) of a picture of `width` by `height`.
pub fn closed_mask(
    votes: &[u8],
    found: &VoteRegions,
    foreign: &[ForeignRegion],
    (width, height): (usize, usize),
) -> ClosedMask {
    let mut mask = ClosedMask { x: 0, y: 0, width: 0, set: vec![] };
    let mut wanted = vec![false; found.regions.len()];
    let mut bounds: Option<(usize, usize, usize, usize)> = None;
    for one in foreign {
        wanted[one.index] = true;
        let r = &one.region;
        let (x0, y0, x1, y1) = bounds.unwrap_or((usize::MAX, usize::MAX, 0, 0));
        bounds = Some((
            x0.min(r.x0 as usize),
            y0.min(r.y0 as usize),
            x1.max(r.x1 as usize + 1),
            y1.max(r.y1 as usize + 1),
        ));
    }
    let Some((x0, y0, x1, y1)) = bounds else { return mask };
    // The dilation reaches REACH pixels out, and the erosion looks as far again.
    let margin = 2 * REACH;
    (mask.x, mask.y) = (x0.saturating_sub(margin), y0.saturating_sub(margin));
    mask.width = (x1 + margin).min(width) - mask.x;
    let rows = (y1 + margin).min(height) - mask.y;
    mask.set = vec![false; mask.width * rows];
    found.for_each_pixel(votes, &wanted, |_, x, y| {
        mask.set[(y - mask.y) * mask.width + x - mask.x] = true;
    });
    let (left, top) = (mask.x, mask.y);
    mask.set = close_square(&mask.set, mask.width, REACH, |x, y| {
        let (x, y) = (x + left, y + top);
        x >= REACH && y >= REACH && x + REACH < width && y + REACH < height
    });
    mask
}
