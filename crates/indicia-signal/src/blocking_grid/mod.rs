//! Block artefact grid: where the 8 by 8 blocking of JPEG lies elsewhere than in the rest, or is missing.
//!
//! JPEG codes blocks apart, and decoded pixels step a little at the borders of blocks, every 8 pixels. A part
//! that was compressed before it was pasted brings its own grid along, at another offset in seven of eight
//! places each way; a part that was filtered or painted has none. The grid is read from pixels and so survives
//! in PNG files.
//!
//! Assumptions: the picture, or the pasted part, was compressed strongly enough for its blocking to survive the
//! last save.
//!
//! Steps, after Li, Yuan and Yu: differences across each boundary between pixels, strong edges left out; summed
//! along the boundary in windows; what is common to all offsets (texture) taken off; read with a period of 8.
//! Deviations: the step is compared with those beside it and bounded, so that texture counts little; sums are
//! held by phase in cells; windows are scaled by their energy. See `page.md`.
//!
//! Limits: see `page.md`.
//!
//! Reference: W. Li, Y. Yuan, N. Yu, Signal Processing 89(9), 2009, doi 10.1016/j.sigpro.2009.03.025.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    BuildContext, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method,
    MethodInfo, RankedBy, Result, Score, Source, Status, Table, Topic, ViewNeed,
};
use indicia_ops::Luma8;

use algorithm::{Main, Outcome, PERIOD};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.blocking-grid",
    title: "Block artefact grid",
    summary: "Where the 8 by 8 blocking of JPEG lies elsewhere than in the rest of the picture, or is missing.",
    applies: "Any picture of at least 64x64 pixels; it shows something if the picture or a pasted part was once \
              compressed strongly enough to leave blocking, also in files that are no JPEG.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "W. Li, Y. Yuan, N. Yu, Passive detection of doctored JPEG image via block artifact grid \
                   extraction, Signal Processing 89(9), 2009",
        url: "https://doi.org/10.1016/j.sigpro.2009.03.025",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Preview,
    topic: Topic::Compression,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context: &BuildContext| {
        INFO.parameter_values(context)?;
        Ok(Box::new(BlockingGrid))
    },
};

/// Cells that a picture must have each way.
const LEAST_CELLS: usize = 8;

/// Least energy in a picture, over the number of cells, below which it is flat: the excess of a single step of
/// one level is 1/3, so this is a step in every other cell.
const FLAT: f64 = 0.01;

/// [`Main::clarity`] in both directions from which a picture has a main grid.
const CLEAR: f64 = 3.0;

/// Score from which a statement names a region; `page.md` has the scores measured.
const NOTABLE: f64 = 7.0;

struct BlockingGrid;

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if width / PERIOD < LEAST_CELLS || height / PERIOD < LEAST_CELLS {
        return Examination::not_applicable(format!(
            "needs 64x64 pixels, this picture has {width}x{height} pixels"
        ));
    }
    let phases = algorithm::phases(&luma.samples, width);
    let cells = phases[0].energy.len() as f64;
    let energy: f64 = phases.iter().flat_map(|p| &p.energy).map(|v| f64::from(*v)).sum();
    if energy < FLAT * cells {
        return Examination::not_applicable("the picture is flat");
    }
    let main = [phases[0].main(), phases[1].main()];
    let present = main.iter().all(|m| m.clarity >= CLEAR);
    let Outcome { map, score } = algorithm::compare(&phases, main, present);
    let map = Map {
        values: map,
        cell: PERIOD,
        width,
        height,
        outside: 0.0,
        low: -2.0,
        high: 6.0,
        direction: Direction::HigherIsSuspicious,
    };
    Examination::Findings(vec![finding(map, main, present, score)])
}

fn finding(map: Map, main: [Main; 2], present: bool, score: f64) -> Finding {
    let [x, y] = main.map(|m| m.phase);
    let grid = if present {
        format!("The picture follows a grid of 8 by 8 blocks that begin at column {x} and row {y}")
    } else {
        "The picture as a whole follows no grid of 8 by 8 blocks".to_owned()
    };
    let region =
        if score >= NOTABLE { "a region shows another one" } else { "no region clearly shows another one" };
    let rows = (0..PERIOD)
        .map(|i| vec![i.to_string(), format!("{:.1}", main[0].sums[i]), format!("{:.1}", main[1].sums[i])]);
    Finding {
        score: Some(Score::raw("largest lead of another grid in a window, deviations", score)),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Departure from the block grid".into(),
                legend:
                    "How much more the strongest other offset of the blocking is seen around each cell than \
                         the picture's own, in deviations. High where a part brings another grid; around 0 \
                         where no grid is seen, as in flat parts; below 0 where the picture's grid is seen."
                        .into(),
                data: ExhibitData::Map(Arc::new(map)),
            },
            Exhibit {
                id: "offsets".into(),
                title: "Blocking by offset".into(),
                legend: format!(
                    "Excess of the steps between pixels at each offset of the grid, summed over the picture; the \
                     strongest lead by {:.1} and {:.1} deviations across and down (a grid is stated from {CLEAR}).",
                    main[0].clarity, main[1].clarity
                ),
                data: ExhibitData::Table(Table {
                    columns: ["offset", "across", "down"].map(str::to_owned).to_vec(),
                    rows: rows.collect(),
                }),
            },
        ],
        ..Finding::observation(INFO.id, format!("{grid}; {region} (lead {score:.1} deviations)."))
    }
}

impl Method for BlockingGrid {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let luma = evidence.view::<Luma8>(())?;
        Ok(examine_luma(&luma))
    }
}
