//! ZERO: the origin of the JPEG grid from the number of DCT zeros, and regions that follow another grid.
//!
//! **What it detects.** JPEG sets most DCT coefficients of its 8x8 blocks to zero. A window of 8x8 pixels
//! that lies on a block has many coefficients near zero, a shifted window has few. Each pixel votes for the
//! grid of the window around it that has the most zeros; a grid with more votes than chance explains is that
//! of the picture, and a region with too many votes for another grid was compressed elsewhere and pasted.
//!
//! **Assumptions.** The picture or the pasted part went through JPEG before, and was neither scaled,
//! rotated nor compressed so strongly afterwards that its own grid is lost.
//!
//! **Steps.** Of the paper: grid votes (algorithm 2), main grid (algorithm 3), region growing, NFA and
//! closing (algorithm 4). Window zeros are in `zeros.rs`, votes in `votes.rs`, regions in `regions.rs`, and
//! what is made of them in `algorithm.rs`.
//!
//! **Deviations.** Coefficients are computed in single precision with differences of pixels taken first, so
//! that a coefficient of exactly 1/2 is never counted; in the reference code rounding decides. Regions come
//! from a union-find that gives exactly the regions of pixelwise growing. The NFA of a region uses
//! `P[X >= k]` throughout.
//!
//! **References.** T. Nikoukhah, J. Anger, M. Colom, J.-M. Morel, R. Grompone von Gioi, "ZERO: a Local JPEG
//! Grid Origin Detector Based on the Number of DCT Zeros and its Applications in Image Forensics", Image
//! Processing On Line 11, 2021, doi 10.5201/ipol.2021.390.

pub mod algorithm;
mod contradiction;
mod regions;
#[cfg(test)]
mod tests;
mod votes;
mod zeros;

use std::sync::Arc;

use indicia_codec::jpeg::{Subsampling, recompress};
use indicia_core::{
    BuildContext, Claim, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map,
    Mask, Method, MethodInfo, Parameter, RankedBy, Region, Result, Score, Source, Standing, Status, Topic,
    ViewNeed,
};
use indicia_ops::a_contrario::by_chance;
use indicia_ops::{Luma8, Rgb8, luma_of_rgb};
use ndarray::{Array2, s};

use Contradiction::{Everywhere, NoRest, OneGrid, Pasted};
use algorithm::{
    BORDER, ClosedMask, Detection, ForeignRegion, MainGrid, VoteRegions, closed_mask, detect, grid_votes,
    meaningful_regions, missing_grid_votes, smallest_region, vote_regions,
};
use contradiction::{Contradiction, judge};

/// Name of the statistic.
const STATISTIC: &str = "log10 NFA";

/// Regions that get a finding of their own. More than these come as one finding, so that a picture full of
/// regions needs no mask for each.
const REGIONS_APART: usize = 6;

/// Pixels on the side of a cell of the exhibit of votes.
const CELL: usize = 8;

/// Registration of `signal.zero`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.zero",
    title: "ZERO: JPEG grid",
    summary: "Finds the JPEG grid of the picture and regions that follow another one",
    applies: "Pictures in any format that went through JPEG at least once, whole or in part; of 33x33 pixels \
              or more",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "T. Nikoukhah, J. Anger, M. Colom, J.-M. Morel, R. Grompone von Gioi, \"ZERO: a Local JPEG \
                   Grid Origin Detector Based on the Number of DCT Zeros and its Applications in Image \
                   Forensics\", Image Processing On Line 11, 2021",
        url: "https://doi.org/10.5201/ipol.2021.390",
        fidelity: Fidelity::Faithful,
    }],
    status: Status::Stable,
    topic: Topic::Compression,
    ranked_by: RankedBy::Claims,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[
        Parameter {
            name: "max_nfa_vote",
            description: "false alarms expected in one image up to which a region counts for the verdict; \
                      regions from there to 1 are shown only",
            unit: "false alarms an image",
            min: 0.0,
            max: 1.0,
            default: 0.01,
            integer: false,
        },
        Parameter {
            name: "missing_grid",
            description: "1 to look also for regions without the picture's own grid, after compressing it anew \
                      with quality 99; 0 not to",
            unit: "1",
            min: 0.0,
            max: 1.0,
            default: 0.0,
            integer: true,
        },
    ],
    build: |context| Ok(Box::new(Zero::build(context)?)),
};

struct Zero {
    /// log10 of the parameter.
    max_log10_nfa_vote: f64,
    missing_grid: bool,
}

/// The regions that one pass over a map of votes found.
struct Pass<'a> {
    votes: &'a [u8],
    found: &'a VoteRegions,
    regions: &'a [ForeignRegion],
    size: (usize, usize),
}

impl Pass<'_> {
    fn mask(&self, regions: &[ForeignRegion]) -> ClosedMask {
        closed_mask(self.votes, self.found, regions, self.size)
    }

    /// The strongest regions each with its mask, and the others together.
    fn groups(&self) -> impl Iterator<Item = (&[ForeignRegion], Mask)> {
        let apart = if self.regions.len() > REGIONS_APART { REGIONS_APART - 1 } else { self.regions.len() };
        let (apart, together) = self.regions.split_at(apart);
        let groups = apart.chunks(1).chain(together.chunks(together.len().max(1)));
        groups.map(|group| (group, full_mask(&self.mask(group), self.size.0, self.size.1)))
    }
}

impl Zero {
    fn build(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        Ok(Self {
            max_log10_nfa_vote: values.number("max_nfa_vote").log10(),
            missing_grid: values.count("missing_grid") == 1,
        })
    }

    /// `rgb` is only needed for the pass for missing grids.
    fn examine_luma(&self, luma: &Luma8, rgb: Option<&[u8]>) -> Examination {
        let size @ (width, height) = (luma.width, luma.height);
        let voters = width.saturating_sub(2 * BORDER) * height.saturating_sub(2 * BORDER);
        let least = smallest_region(width * height);
        if (voters as u64) < least {
            return Examination::not_applicable(format!(
                "needs {least} pixels that can vote, {width}x{height} has {voters}"
            ));
        }
        let detection = detect(&luma.samples, width);
        let judged = judge(&detection, width);
        let Detection { votes, main, found, foreign } = detection;
        let mut marked = Array2::zeros((height, width));
        let mut findings = vec![];
        for kind in [Pasted, OneGrid, Everywhere, NoRest] {
            let of_kind = |r: &&ForeignRegion| judged[usize::from(r.region.grid)] == Some(kind);
            let regions: Vec<ForeignRegion> = foreign.iter().filter(of_kind).copied().collect();
            let pass = Pass { votes: &votes, found: &found, regions: &regions, size };
            paste(&pass.mask(&regions), &mut marked, 1.0);
            for (group, mask) in pass.groups() {
                let votes = kind == Pasted && group[0].log10_nfa <= self.max_log10_nfa_vote;
                let standing = if votes { Standing::Vote } else { Standing::Exhibit };
                let statement = region_statement(group, main.as_ref(), kind);
                let claim = if kind == Pasted { Claim::Manipulated } else { Claim::Observation };
                findings.push(Finding { claim, ..finding(group, statement, mask, standing) });
            }
        }
        if let (Some(main), Some(rgb)) = (main, rgb) {
            let again = recompress(rgb, width, height, 99, Subsampling::S444);
            let again = grid_votes(&luma_of_rgb(&again), width);
            let votes = missing_grid_votes(&votes, main.grid, &again);
            let found = vote_regions(&votes, width, &std::array::from_fn(|grid| grid == 0));
            let missing = meaningful_regions(&found, width * height);
            let pass = Pass { votes: &votes, found: &found, regions: &missing, size };
            paste(&pass.mask(&missing), &mut marked, 1.0);
            for (group, mask) in pass.groups() {
                findings.push(finding(group, missing_statement(group), mask, Standing::Exhibit));
            }
        }
        let mut overview = overview(&main, foreign.len(), Map::per_pixel(marked, 0.0, 1.0));
        if let Some(main) = main {
            overview.exhibits.push(votes_exhibit(&votes, main.grid, width, height));
        }
        findings.insert(0, overview);
        Examination::Findings(findings)
    }
}

impl Method for Zero {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let luma = evidence.view::<Luma8>(())?;
        let rgb = if self.missing_grid { Some(evidence.view::<Rgb8>(())?) } else { None };
        Ok(self.examine_luma(&luma, rgb.as_deref().map(|rgb| &rgb.samples[..])))
    }
}

/// A finding about regions of one pass, the strongest first.
fn finding(regions: &[ForeignRegion], statement: String, mask: Mask, standing: Standing) -> Finding {
    Finding {
        method: INFO.id.to_owned(),
        topic: INFO.topic,
        claim: Claim::Manipulated,
        standing,
        score: Some(score(regions[0].log10_nfa)),
        region: Region::Mask(mask),
        statement,
        exhibits: vec![],
    }
}

fn score(log10_nfa: f64) -> Score {
    Score { log10_nfa: Some(log10_nfa), ..Score::raw(STATISTIC, log10_nfa) }
}

/// Column and row, modulo 8, at which the blocks of a grid begin.
fn offset(grid: u8) -> (u8, u8) {
    (grid % 8, grid / 8)
}

fn missing_statement(regions: &[ForeignRegion]) -> String {
    let what = match regions {
        [one] => format!("{} pixels lack", one.region.size),
        many => format!("{} further regions lack", many.len()),
    };
    format!(
        "{what} the JPEG grid that the picture carries elsewhere, as pasted material that never was a JPEG \
         does, and also areas without texture. {}",
        by_chance(regions[0].log10_nfa)
    )
}

fn region_statement(regions: &[ForeignRegion], main: Option<&MainGrid>, kind: Contradiction) -> String {
    let ForeignRegion { region: r, log10_nfa, .. } = &regions[0];
    let (wide, high) = (r.x1 - r.x0 + 1, r.y1 - r.y0 + 1);
    let within = format!("{wide}x{high} pixels at ({}, {})", r.x0, r.y0);
    match kind {
        Pasted => {}
        OneGrid => {
            return format!(
                "Only parts of the picture, such as the {within}, carry a JPEG grid, all the same one; the rest is \
                 too smooth, saturated or damaged to carry any, so no part contradicts another."
            );
        }
        Everywhere => {
            return format!(
                "Parts of the picture, such as the {within}, follow another JPEG grid than the picture's own, and \
                 traces of that grid run through the rest, too, as in a picture that was cropped and saved again."
            );
        }
        NoRest => {
            return format!(
                "Parts of the picture, such as the {within}, follow another JPEG grid than most of its votes, but \
                 what lies outside them is too little to follow a grid of its own."
            );
        }
    }
    if regions.len() > 1 {
        return format!(
            "{} further regions follow JPEG grids other than that of the rest of the picture. {}",
            regions.len(),
            by_chance(*log10_nfa)
        );
    }
    let (x, y) = offset(r.grid);
    let rest = match main.map(|main| offset(main.grid)) {
        Some((x, y)) => format!("the rest of the picture follows the grid at ({x}, {y})"),
        None => "the picture as a whole follows none".to_owned(),
    };
    format!(
        "A region within the {within} follows a JPEG grid at offset ({x}, {y}) while {rest}, as material pasted \
         from another JPEG does. {}",
        by_chance(*log10_nfa)
    )
}

/// What is said of the whole picture, with the map.
fn overview(main: &Option<MainGrid>, foreign: usize, map: Map) -> Finding {
    let regions = match foreign {
        0 => "no region follows another grid".to_owned(),
        1 => "one region follows another grid".to_owned(),
        n => format!("{n} regions follow other grids"),
    };
    let statement = match main {
        None if foreign == 0 => "No JPEG grid was found in the picture or a part of it.".to_owned(),
        None => format!("The picture as a whole carries no JPEG grid, but {foreign} of its regions do."),
        Some(MainGrid { grid: 0, .. }) => format!(
            "The picture carries a JPEG grid at offset (0, 0): its pixels are or once were those of a JPEG, \
             not cropped since but by multiples of 8; {regions}."
        ),
        Some(MainGrid { grid, .. }) => {
            let (x, y) = offset(*grid);
            format!(
                "The picture carries a JPEG grid at offset ({x}, {y}): it was cropped or moved after a JPEG \
                 compression; {regions}."
            )
        }
    };
    Finding {
        score: main.map(|main| score(main.log10_nfa)),
        exhibits: vec![Exhibit {
            id: "map".to_owned(),
            title: "Regions on another JPEG grid".to_owned(),
            legend: "1 where a region follows another JPEG grid than the picture with less than one false \
                     alarm expected in an image, 0 elsewhere."
                .to_owned(),
            data: ExhibitData::Map(Arc::new(map)),
        }],
        ..Finding::observation(INFO.id, statement)
    }
}

fn full_mask(mask: &ClosedMask, width: usize, height: usize) -> Mask {
    let mut set = Array2::from_elem((height, width), false);
    paste(mask, &mut set, true);
    Mask::new(set)
}

/// Writes `value` where the mask is set.
fn paste<T: Copy>(mask: &ClosedMask, onto: &mut Array2<T>, value: T) {
    if mask.set.is_empty() {
        return;
    }
    for (dy, row) in mask.set.chunks_exact(mask.width).enumerate() {
        let mut onto = onto.slice_mut(s![mask.y + dy, mask.x..mask.x + mask.width]);
        onto.iter_mut().zip(row).filter(|(_, set)| **set).for_each(|(onto, _)| *onto = value);
    }
}

/// Of each cell's pixels, the share that vote for another grid than the main one.
fn votes_exhibit(votes: &[u8], main: u8, width: usize, height: usize) -> Exhibit {
    let mut values = Array2::<f32>::zeros((height.div_ceil(CELL), width.div_ceil(CELL)));
    for (row, votes) in votes.chunks(CELL * width).enumerate() {
        let lines = votes.len() / width;
        for line in votes.chunks_exact(width) {
            for (votes, value) in line.chunks(CELL).zip(values.row_mut(row)) {
                *value += votes.iter().filter(|&&vote| vote < 64 && vote != main).count() as f32;
            }
        }
        for (column, value) in values.row_mut(row).iter_mut().enumerate() {
            *value /= (lines * CELL.min(width - column * CELL)) as f32;
        }
    }
    let map = Map {
        values,
        cell: CELL,
        width,
        height,
        outside: 0.0,
        low: 0.0,
        high: 1.0,
        direction: Direction::Contrast,
    };
    Exhibit {
        id: "votes".to_owned(),
        title: "Votes for other JPEG grids".to_owned(),
        legend: "Share of the pixels in each 8x8 cell that vote for another grid than the picture's. Single \
                 cells mean nothing; look for an area that differs from others alike in texture"
            .to_owned(),
        data: ExhibitData::Map(Arc::new(map)),
    }
}
