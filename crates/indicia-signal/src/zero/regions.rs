//! Regions of pixels that vote for the same grid.
//!
//! Two pixels of the same vote belong together if both coordinates differ by at most [`REACH`]; a region is a
//! set of pixels connected by such links, which is what growing it pixel by pixel through 19x19
//! neighbourhoods gives. Looking at 361 neighbours of each pixel is avoided: the picture is cut into cells of
//! 10x10 pixels, and all pixels of one vote in one cell are linked, whatever their places, so that they form
//! one node. Nodes of cells that do not touch are never linked. Between touching cells one test on the
//! nodes' pixels decides: across an edge, whether the largest coordinate of the one exceeds the smallest of
//! the other; across a corner, whether any pair of pixels does so in both coordinates. A union-find over
//! the nodes gives the regions.

use super::votes::NO_VOTE;

/// Largest difference of a coordinate of linked pixels (W of the paper).
pub const REACH: usize = 9;

/// Side of a cell: the largest within which all pixels are linked.
const CELL: usize = REACH + 1;

/// A set of pixels of one vote, all linked with each other through pixels of the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoteRegion {
    /// The common vote.
    pub grid: u8,
    /// Number of pixels.
    pub size: u64,
    /// Smallest column.
    pub x0: u32,
    /// Smallest row.
    pub y0: u32,
    /// Largest column.
    pub x1: u32,
    /// Largest row.
    pub y1: u32,
}

impl VoteRegion {
    /// Pixels of the smallest rectangle around the region.
    pub fn box_area(&self) -> u64 {
        u64::from(self.x1 - self.x0 + 1) * u64::from(self.y1 - self.y0 + 1)
    }
}

/// Pixels of one vote in a cell: bit `10 * row + column`, rows 0 to 4 in the first word, 5 to 9 in the second.
type Pixels = [u64; 2];

const HALF: u32 = 50;

/// The votes that occur in a cell, and the number of its first node. Nodes are numbered cell by cell, in the
/// order of votes.
#[derive(Clone, Copy, Default)]
struct Cell {
    grids: u64,
    first: u32,
}

impl Cell {
    #[inline]
    fn node(self, grid: u32) -> Option<u32> {
        let below = self.grids & ((1 << grid) - 1);
        (self.grids >> grid & 1 == 1).then(|| self.first + below.count_ones())
    }
}

/// All regions of a map of votes, and which pixels they hold.
pub struct VoteRegions {
    /// The regions, in the order of the first cell that they reach.
    pub regions: Vec<VoteRegion>,
    width: usize,
    cells: Vec<Cell>,
    /// The region of each node.
    region_of: Vec<u32>,
}

/// Finds the regions of the votes for which `wanted` is true; of a map of `width` columns.
///
/// # Panics
/// If the length of `votes` is not a multiple of `width`, or `votes` has more than 2^32 pixels.
pub fn vote_regions(votes: &[u8], width: usize, wanted: &[bool; 64]) -> VoteRegions {
    assert!(u32::try_from(votes.len()).is_ok(), "{} votes, expected less than 2^32", votes.len());
    let mut found = VoteRegions { regions: vec![], width, cells: vec![], region_of: vec![] };
    if votes.is_empty() {
        return found;
    }
    assert_eq!(votes.len() % width, 0, "{} votes in rows of {width}", votes.len());
    let mut lookup = [0xFF_u8; 256];
    for (grid, entry) in lookup.iter_mut().take(64).enumerate() {
        *entry = if wanted[grid] { grid as u8 } else { NO_VOTE };
    }
    let columns = width.div_ceil(CELL);
    let mut links = Links::default();
    let mut row_above: Vec<Pixels> = vec![];
    let mut first_above = 0;
    for (row, votes) in votes.chunks(CELL * width).enumerate() {
        let mut nodes: Vec<Pixels> = vec![];
        let first_here = links.parent.len() as u32;
        for column in 0..columns {
            let mut table = [[0_u64; 2]; 64];
            let mut cell = Cell { grids: 0, first: links.parent.len() as u32 };
            let x = column * CELL;
            for (y, line) in votes.chunks_exact(width).enumerate() {
                let (half, shift) = (y / 5, (y % 5 * CELL) as u32);
                for (i, &vote) in line[x..width.min(x + CELL)].iter().enumerate() {
                    let grid = lookup[usize::from(vote)];
                    if grid != NO_VOTE {
                        table[usize::from(grid & 63)][half] |= 1 << (shift + i as u32);
                        cell.grids |= 1 << grid;
                    }
                }
            }
            // Cells before this one that touch it: left, and three above.
            let above = (row > 0).then(|| found.cells.len() - columns);
            let left = if column > 0 { found.cells[found.cells.len() - 1] } else { Cell::default() };
            let neighbour = |dx: usize| {
                let inside = column + dx >= 1 && column + dx <= columns;
                above.filter(|_| inside).map(|i| found.cells[i + dx - 1]).unwrap_or_default()
            };
            let (above_left, above, above_right) = (neighbour(0), neighbour(1), neighbour(2));
            let mut grids = cell.grids;
            while grids != 0 {
                let grid = grids.trailing_zeros();
                grids &= grids - 1;
                let pixels = table[grid as usize];
                let extent = Extent::of(pixels);
                let node = links.add(extent);
                if let Some(other) = left.node(grid)
                    && extent.x0() < links.extent[other as usize].x1()
                {
                    links.join(node, other);
                }
                if let Some(other) = above.node(grid)
                    && extent.y0() < links.extent[other as usize].y1()
                {
                    links.join(node, other);
                }
                for (cell, reached) in [
                    (above_left, down_right as fn(Pixels) -> u128),
                    (above_right, down_left as fn(Pixels) -> u128),
                ] {
                    if let Some(other) = cell.node(grid)
                        && links.root(node) != links.root(other)
                        && reached(pixels) & joined(row_above[(other - first_above) as usize]) != 0
                    {
                        links.join(node, other);
                    }
                }
                nodes.push(pixels);
            }
            found.cells.push(cell);
        }
        (row_above, first_above) = (nodes, first_here);
    }
    found.collect(links);
    found
}

impl VoteRegions {
    /// Names the sets of `links` regions and measures them.
    fn collect(&mut self, mut links: Links) {
        let columns = self.width.div_ceil(CELL);
        for (index, cell) in self.cells.iter().enumerate() {
            let (x, y) = ((index % columns * CELL) as u32, (index / columns * CELL) as u32);
            let mut grids = cell.grids;
            for node in cell.first..cell.first + cell.grids.count_ones() {
                let grid = grids.trailing_zeros() as u8;
                grids &= grids - 1;
                let extent = links.extent[node as usize];
                let here = VoteRegion {
                    grid,
                    size: extent.size(),
                    x0: x + extent.x0(),
                    y0: y + extent.y0(),
                    x1: x + extent.x1(),
                    y1: y + extent.y1(),
                };
                // A parent is never larger than its child, so it holds its region's number already.
                let parent = links.parent[node as usize];
                if parent == node {
                    links.parent[node as usize] = self.regions.len() as u32;
                    self.regions.push(here);
                } else {
                    let name = links.parent[parent as usize];
                    links.parent[node as usize] = name;
                    self.regions[name as usize].take_in(&here);
                }
            }
        }
        self.region_of = links.parent;
    }

    /// Calls `f(region, x, y)` for every pixel of every region for which `wanted` is true; `votes` are those
    /// that the regions were found in.
    pub fn for_each_pixel(&self, votes: &[u8], wanted: &[bool], mut f: impl FnMut(usize, usize, usize)) {
        let columns = self.width.div_ceil(CELL);
        for (index, cell) in self.cells.iter().enumerate() {
            let nodes = cell.first as usize..(cell.first + cell.grids.count_ones()) as usize;
            if !self.region_of[nodes].iter().any(|&region| wanted[region as usize]) {
                continue;
            }
            let (x0, y0) = (index % columns * CELL, index / columns * CELL);
            for (y, line) in votes.chunks_exact(self.width).enumerate().skip(y0).take(CELL) {
                for (x, &vote) in line.iter().enumerate().skip(x0).take(CELL) {
                    let node = (vote < 64).then(|| cell.node(u32::from(vote))).flatten();
                    if let Some(region) = node.map(|node| self.region_of[node as usize] as usize)
                        && wanted[region]
                    {
                        f(region, x, y);
                    }
                }
            }
        }
    }
}

impl VoteRegion {
    fn take_in(&mut self, other: &Self) {
        self.size += other.size;
        (self.x0, self.y0) = (self.x0.min(other.x0), self.y0.min(other.y0));
        (self.x1, self.y1) = (self.x1.max(other.x1), self.y1.max(other.y1));
    }
}

/// Union-find over nodes. The root of a set is its smallest node.
#[derive(Default)]
struct Links {
    parent: Vec<u32>,
    extent: Vec<Extent>,
}

impl Links {
    fn add(&mut self, extent: Extent) -> u32 {
        let node = self.parent.len() as u32;
        self.parent.push(node);
        self.extent.push(extent);
        node
    }

    fn root(&mut self, mut node: u32) -> u32 {
        loop {
            let parent = self.parent[node as usize];
            if parent == node {
                return node;
            }
            let grandparent = self.parent[parent as usize];
            self.parent[node as usize] = grandparent;
            node = grandparent;
        }
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }
}

/// Number of a node's pixels and the rectangle around them inside its cell, in one word.
#[derive(Clone, Copy)]
struct Extent(u32);

impl Extent {
    fn of(pixels: Pixels) -> Self {
        let all = joined(pixels);
        let columns = (0..CELL).fold(0, |columns, y| columns | (all >> (CELL * y)) as u32) & 0x3FF;
        let (x0, x1) = (columns.trailing_zeros(), columns.ilog2());
        let (y0, y1) = (all.trailing_zeros() / CELL as u32, all.ilog2() / CELL as u32);
        Self(x0 | x1 << 4 | y0 << 8 | y1 << 12 | all.count_ones() << 16)
    }

    fn x0(self) -> u32 {
        self.0 & 15
    }

    fn x1(self) -> u32 {
        self.0 >> 4 & 15
    }

    fn y0(self) -> u32 {
        self.0 >> 8 & 15
    }

    fn y1(self) -> u32 {
        self.0 >> 12 & 15
    }

    fn size(self) -> u64 {
        u64::from(self.0 >> 16)
    }
}

fn joined(pixels: Pixels) -> u128 {
    u128::from(pixels[0]) | u128::from(pixels[1]) << HALF
}

/// A cell's row of pixels from column `from` to column `to`, in all of its rows.
const fn columns(from: u32, to: u32) -> u128 {
    let mut mask = 0;
    let mut bit = 0;
    while bit < 100 {
        if bit % 10 >= from && bit % 10 <= to {
            mask |= 1 << bit;
        }
        bit += 1;
    }
    mask
}

/// The pixels of a cell that lie right of and below a pixel of the set, both by one or more.
fn down_right(pixels: Pixels) -> u128 {
    const SHIFTS: [(u32, u128); 5] =
        [(1, columns(0, 8)), (1, columns(0, 8)), (2, columns(0, 7)), (4, columns(0, 5)), (1, columns(0, 8))];
    let mut set = (joined(pixels) & SHIFTS[0].1) << 1;
    for (by, mask) in &SHIFTS[1..] {
        set |= (set & mask) << by;
    }
    down(set)
}

/// The pixels of a cell that lie left of and below a pixel of the set, both by one or more.
fn down_left(pixels: Pixels) -> u128 {
    const SHIFTS: [(u32, u128); 5] =
        [(1, columns(1, 9)), (1, columns(1, 9)), (2, columns(2, 9)), (4, columns(4, 9)), (1, columns(1, 9))];
    let mut set = (joined(pixels) & SHIFTS[0].1) >> 1;
    for (by, mask) in &SHIFTS[1..] {
        set |= (set & mask) >> by;
    }
    down(set)
}

/// The pixels one or more rows below a pixel of the set.
fn down(set: u128) -> u128 {
    let mut set = set << 10;
    for by in [10, 20, 40, 10] {
        set |= set << by;
    }
    set & columns(0, 9)
}
