//! JPEG ghosts: a part that was compressed at another quality than the rest, or not compressed where the rest
//! was.
//!
//! A picture that was once saved with one table hardly changes when it is saved with that table again: its
//! difference to the recompressed version has a local minimum there, a ghost (Farid 2009). Where part of a
//! picture has a ghost that the rest lacks, or lacks the one that the rest has, the parts have different
//! histories.
//!
//! Assumptions: the earlier compression used tables like libjpeg's and was coarser than the last one; the
//! blocks of the earlier compression lie on the grid that is looked at (the file's own, or with `shifts` any of
//! the 64).
//!
//! Steps: the differences are computed in the DCT domain (Parseval), so that a quality costs one quantisation of
//! known coefficients and no encode. They are averaged over windows and scaled as in the paper for the exhibit.
//! The map and score ask the question of the ghost coefficient by coefficient: with the table of a quality, is
//! the value near a multiple of the step, as a ghost demands, or off all of them? Counts of both, against the
//! share that chance gives, add up to evidence in nats. See `page.md` for each step and deviation.
//!
//! Limits: see `page.md`.
//!
//! Reference: H. Farid, IEEE TIFS 4(1), 2009, doi 10.1109/TIFS.2008.2012215.

mod algorithm;
mod sheet;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_codec::jpeg::{Jpeg, standard_tables};
use indicia_core::{
    BuildContext, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Map,
    Method, MethodInfo, Parameter, RankedBy, Result, Score, Source, Status, Table, Topic, ViewNeed,
};
use indicia_ops::{BlockGrid, Luma8, Rgb8};
use ndarray::Array2;
use rayon::prelude::*;

use algorithm::{Lattice, MOST_EVIDENCE, Sparse};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.jpeg-ghosts",
    title: "JPEG ghosts",
    summary: "Parts that were saved before at another JPEG quality than the rest, or not saved where the rest was.",
    applies: "Any picture of at least 64 blocks of 8 by 8 pixels. It can show something only if the picture or a \
              part was saved before as JPEG with larger steps than the last time.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "H. Farid, Exposing digital forgeries from JPEG ghosts, IEEE Transactions on Information \
                   Forensics and Security 4(1), 2009",
        url: "https://doi.org/10.1109/TIFS.2008.2012215",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Preview,
    topic: Topic::Compression,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<Luma8>(), ViewNeed::of::<Jpeg>()],
    parameters: &[
        Parameter {
            name: "first",
            description: "lowest libjpeg quality that is tried",
            unit: "quality",
            min: 5.0,
            max: 90.0,
            default: 30.0,
            integer: true,
        },
        Parameter {
            name: "last",
            description: "highest libjpeg quality that is tried",
            unit: "quality",
            min: 10.0,
            max: 99.0,
            default: 95.0,
            integer: true,
        },
        Parameter {
            name: "step",
            description: "distance of the qualities on the sheet of differences",
            unit: "quality",
            min: 1.0,
            max: 50.0,
            default: 5.0,
            integer: true,
        },
        Parameter {
            name: "shifts",
            description: "0 looks at the file's own grid, 1 at all 64 grids",
            unit: "1",
            min: 0.0,
            max: 1.0,
            default: 0.0,
            integer: true,
        },
    ],
    build: |context| Ok(Box::new(JpegGhosts::new(context)?)),
};

/// Side of a cell of the map: one DCT block.
const CELL: usize = 8;

/// Blocks that a picture must have.
const LEAST_BLOCKS: usize = 64;

/// A block is left out of the search if more of its pixels are clipped in any channel: clipping moves
/// coefficients off every lattice.
const MOST_CLIPPED: usize = 4;

/// [`Lattice::clarity`] from which the whole picture is said to have a ghost. `page.md` has what was measured
/// on pictures of known history.
const CLEAR: f64 = 10.0;

/// Radius, in blocks, of the windows over which differences are averaged: 3 by 3 blocks.
const SHEET_WINDOW: usize = 1;

/// Most panels on the sheet of differences.
const MOST_PANELS: usize = 40;

#[derive(Debug, Clone, Copy)]
struct JpegGhosts {
    first: u8,
    last: u8,
    step: u8,
    shifts: bool,
}

/// What one quality says on one grid.
#[derive(Debug, Clone, Copy)]
struct Reading {
    quality: u8,
    origin: (usize, usize),
    share: f64,
    chance: f64,
    clarity: f64,
    /// Strongest evidence that a region follows the lattice, as [`algorithm::strongest`] has it.
    ghost: (f64, f64),
}

/// What the whole search says.
struct Outcome {
    readings: Vec<Reading>,
    /// The reading that the map comes from.
    chosen: Reading,
    /// True if the picture has the ghost and the map shows what departs from it.
    whole: bool,
    score: f64,
    map: Map,
}

impl JpegGhosts {
    fn new(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        let (first, last) = (values.count("first") as u8, values.count("last") as u8);
        if first > last {
            return Err(indicia_core::Error::configuration(format!(
                "{}.first is {first}, expected at most last, which is {last}",
                INFO.id
            )));
        }
        Ok(Self { first, last, step: values.count("step") as u8, shifts: values.count("shifts") == 1 })
    }

    /// Reads every quality on one grid.
    fn read(&self, sparse: &Sparse, origin: (usize, usize)) -> Vec<Reading> {
        (self.first..=self.last)
            .into_par_iter()
            .filter_map(|quality| {
                let lattice = algorithm::lattice(sparse, quality)?;
                Some(Reading {
                    quality,
                    origin,
                    share: lattice.share,
                    chance: lattice.chance,
                    clarity: lattice.clarity(),
                    ghost: algorithm::strongest(&lattice.ghost()),
                })
            })
            .collect()
    }

    /// Searches the picture; `None` if no quality can be read on its own grid.
    ///
    /// Pixels of a file that is no JPEG may show the ghost of the last compression everywhere, which hides an
    /// earlier one. With that taken for what a JPEG's own steps are, the search is made once more, and the stronger
    /// outcome counts.
    fn search(&self, own: &BlockGrid<'_>, rgb: &Rgb8, luma: &Luma8) -> Option<Outcome> {
        let first = self.search_grid(own, rgb, luma)?;
        if !first.whole || own.steps != [1; 64] {
            return Some(first);
        }
        let last = own.quantised(&standard_tables(first.chosen.quality)[0]);
        match self.search_grid(&last, rgb, luma) {
            Some(second) if second.score > first.score => Some(second),
            _ => Some(first),
        }
    }

    /// Searches the own grid and, with `shifts`, the others; `None` if no quality can be read on the own grid.
    fn search_grid(&self, own: &BlockGrid<'_>, rgb: &Rgb8, luma: &Luma8) -> Option<Outcome> {
        let sparse = Sparse::new(own, &clipped(rgb, own));
        let mut readings = self.read(&sparse, own.origin);
        let clearest = *readings.iter().max_by(|a, b| a.clarity.total_cmp(&b.clarity))?;
        let mut whole = clearest.clarity >= CLEAR;
        let pick = |readings: &[Reading]| {
            let order = |r: &Reading, s: &Reading| {
                r.ghost.0.total_cmp(&s.ghost.0).then(r.ghost.1.total_cmp(&s.ghost.1))
            };
            readings.iter().copied().max_by(order)
        };
        let mut chosen = if whole { clearest } else { pick(&readings)? };
        let lattice = algorithm::lattice(&sparse, chosen.quality)?;
        // A ghost that most windows show is the picture's, however few coefficients it was seen in.
        whole |= lattice.prevails();
        let evidence = if whole { lattice.departure() } else { lattice.ghost() };
        let mut score = algorithm::strongest(&evidence).0;
        let mut map = cells(&lattice, own, whole, luma)?;
        let mut of_whole = whole;
        if self.shifts {
            drop((sparse, lattice, evidence));
            for origin in (0..64).map(|i| (i % 8, i / 8)).filter(|origin| *origin != own.origin) {
                let grid = BlockGrid::of_luma(luma, origin);
                let sparse = Sparse::new(&grid, &clipped(rgb, &grid));
                let shifted = self.read(&sparse, origin);
                if let Some(best) = pick(&shifted).filter(|best| best.ghost.0 > score) {
                    let Some(lattice) = algorithm::lattice(&sparse, best.quality) else { continue };
                    (chosen, score, of_whole) = (best, best.ghost.0, false);
                    map = cells(&lattice, &grid, false, luma).unwrap_or(map);
                }
                readings.extend(pick(&shifted));
            }
        }
        Some(Outcome { readings, chosen, whole: of_whole, score, map })
    }

    fn finding(&self, outcome: Outcome, own: &BlockGrid<'_>) -> Finding {
        let Outcome { readings, chosen, whole, score, map } = outcome;
        let Reading { quality, origin, .. } = chosen;
        let strength = match score / MOST_EVIDENCE {
            s if s >= 0.8 => "clearly",
            s if s >= 0.5 => "perhaps",
            _ => "nowhere clearly",
        };
        let grid = match origin {
            (0, 0) => String::new(),
            (x, y) => format!(" on a grid of blocks shifted by {x},{y} pixels"),
        };
        let statement = if whole {
            format!(
                "The picture looks as if it was saved before as JPEG of quality {quality}{grid}; a region departs \
                 from that {strength} ({score:.0} of at most {MOST_EVIDENCE:.0} nats in 40 by 40 pixels)."
            )
        } else {
            format!(
                "The picture as a whole has no ghost of an earlier JPEG compression; a region looks {strength} as if \
                 it had one, at quality {quality}{grid} ({score:.0} of at most {MOST_EVIDENCE:.0} nats in 40 by 40 \
                 pixels)."
            )
        };
        let legend = if whole {
            "How much each block departs from the earlier compression that the picture shows: coefficients off the \
             multiples of its steps. Around 0 and below for blocks that follow it, or say nothing."
        } else {
            "How much each block looks as after an earlier compression that the picture as a whole does not show: \
             coefficients near the multiples of its steps."
        };
        let panels: Vec<u8> =
            (self.first..=self.last).step_by(usize::from(self.step)).take(MOST_PANELS).collect();
        let tables: Vec<_> = panels.iter().map(|&quality| standard_tables(quality)[0]).collect();
        let differences = algorithm::differences(own, &tables, SHEET_WINDOW);
        let names: Vec<_> = panels.iter().map(u8::to_string).collect();
        Finding {
            score: Some(Score::raw("evidence of a region with another ghost, nats in 5 by 5 blocks", score)),
            exhibits: vec![
                Exhibit {
                    id: "map".into(),
                    title: format!("Ghost of quality {quality}"),
                    legend: legend.into(),
                    data: ExhibitData::Map(Arc::new(map)),
                },
                Exhibit {
                    id: "sheet".into(),
                    title: "Differences to recompressed versions".into(),
                    legend: format!(
                        "Qualities {} from left to right and top to bottom; each block is scaled from its least (black) \
                         to its largest difference (white). A part that is dark in another panel than the rest has \
                         another history; every picture is dark near its own last quality.",
                        names.join(", ")
                    ),
                    data: ExhibitData::Picture(Arc::new(sheet::contact_sheet(&differences))),
                },
                qualities(&readings),
            ],
            ..Finding::observation(INFO.id, statement)
        }
    }
}

/// The table of what each quality says.
fn qualities(readings: &[Reading]) -> Exhibit {
    let columns = ["quality", "grid", "off its multiples", "by chance", "clarity", "region, nats"];
    let rows = readings.iter().map(|r| {
        vec![
            r.quality.to_string(),
            format!("{},{}", r.origin.0, r.origin.1),
            format!("{:.1} %", 100.0 * r.share),
            format!("{:.1} %", 100.0 * r.chance),
            format!("{:.1}", r.clarity),
            format!("{:.0}", r.ghost.0),
        ]
    });
    Exhibit {
        id: "qualities".into(),
        title: "Qualities".into(),
        legend: format!(
            "Share of the coefficients off the multiples of each quality's steps, and the share expected by chance. \
             From a clarity of {CLEAR} the picture is said to have the ghost. Of a shifted grid only the quality \
             with the strongest region is listed."
        ),
        data: ExhibitData::Table(Table {
            columns: columns.map(str::to_owned).to_vec(),
            rows: rows.collect(),
        }),
    }
}

/// Blocks of the grid with more than [`MOST_CLIPPED`] pixels near an end of the range in any channel.
fn clipped(rgb: &Rgb8, grid: &BlockGrid<'_>) -> Vec<bool> {
    let mut out = vec![false; grid.wide * grid.high];
    out.par_chunks_mut(grid.wide.max(1)).enumerate().for_each(|(row, out)| {
        let mut counts = vec![0; grid.wide];
        let top = grid.origin.1 + row * CELL;
        for line in rgb.samples.chunks_exact(3 * rgb.width.max(1)).skip(top).take(CELL) {
            for (count, pixels) in counts.iter_mut().zip(line[3 * grid.origin.0..].chunks(3 * CELL)) {
                let near = |p: &&[u8]| p.iter().any(|v| !(3..=252).contains(v));
                *count += pixels.chunks_exact(3).filter(near).count();
            }
        }
        out.iter_mut().zip(&counts).for_each(|(out, &count)| *out = count > MOST_CLIPPED);
    });
    out
}

/// The map on cells that begin at the picture's corner, from a grid that may be shifted: each cell takes the
/// block that covers its middle. Clipped blocks are shown too, judged by the shares of the others.
fn cells(clean: &Lattice, grid: &BlockGrid<'_>, whole: bool, luma: &Luma8) -> Option<Map> {
    let all = algorithm::lattice(&Sparse::new(grid, &[]), clean.quality)?;
    let all = Lattice { share: clean.share, chance: clean.chance, ..all };
    // Texture outside a small region speaks against its ghost much more than the region for it; cut, a window on
    // the border shows which has more blocks.
    let mut blocks = all.map(&if whole { all.departure() } else { algorithm::cut(&all.ghost()) });
    if !whole {
        // That a part of a picture without ghosts has none is nothing against the rest.
        blocks.mapv_inplace(|v| v.max(0.0));
    }
    let (high, wide) = blocks.dim();
    let origin = grid.origin;
    let at = |cell: usize, origin: usize| (cell * CELL + CELL / 2).saturating_sub(origin) / CELL;
    let size = (luma.height.div_ceil(CELL), luma.width.div_ceil(CELL));
    let values = Array2::from_shape_fn(size, |(y, x)| {
        blocks[(at(y, origin.1).min(high - 1), at(x, origin.0).min(wide - 1))]
    });
    Some(Map {
        values,
        cell: CELL,
        width: luma.width,
        height: luma.height,
        outside: 0.0,
        low: 0.0,
        high: 4.0,
        direction: Direction::HigherIsSuspicious,
    })
}

impl Method for JpegGhosts {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let rgb = evidence.view::<Rgb8>(())?;
        let luma = evidence.view::<Luma8>(())?;
        let jpeg = (evidence.kind() == Kind::Jpeg).then(|| evidence.view::<Jpeg>(())).transpose()?;
        let own = jpeg.as_deref().and_then(BlockGrid::of_jpeg);
        let own = own.unwrap_or_else(|| BlockGrid::of_luma(&luma, (0, 0)));
        if own.blocks.len() < LEAST_BLOCKS {
            let (width, height) = (luma.width, luma.height);
            return Ok(Examination::not_applicable(format!(
                "needs {LEAST_BLOCKS} blocks of 8 by 8 pixels, this picture has {width}x{height} pixels"
            )));
        }
        Ok(match self.search(&own, &rgb, &luma) {
            Some(outcome) => Examination::Findings(vec![self.finding(outcome, &own)]),
            None => Examination::not_applicable(
                "no quality can be read: too little texture, or the last compression was too strong",
            ),
        })
    }
}
