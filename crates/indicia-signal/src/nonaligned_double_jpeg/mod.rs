//! Non-aligned double JPEG compression: finds a part that was compressed before on another grid of 8x8
//! blocks than the rest.
//!
//! A region that is cut from a JPEG and pasted into another picture keeps its grid, which in seven of eight
//! directions, and 63 of 64 places, does not meet the grid of the last save. Blocks cut on the region's own
//! grid have DCT coefficients near multiples of the region's first quantisation steps, blurred by the error
//! of the last save; at the other 63 shifts they have not.
//!
//! Assumptions: the part was saved with larger steps than the whole was the last time, and was pasted without
//! resizing. The picture is a JPEG, or another file whose pixels come from one.
//!
//! Steps: coefficients of the 8x8 windows at all shifts; log likelihood ratio of each coefficient for each of
//! 32 first steps against none, from a Laplacian whose scale is that of the surroundings at all shifts and
//! from the error that the last table leaves at that shift; sums over blocks; the history (shift and steps)
//! that most of the picture shares; the best one among the blocks that it does not explain; the difference of
//! both, block by block.
//!
//! Deviations from the publications are on `page.md`.
//!
//! References: T. Bianchi, A. Piva, IEEE TIFS 7(3), 2012, doi 10.1109/TIFS.2012.2187516; T. Bianchi, A. Piva,
//! IEEE TIFS 7(2), 2012, doi 10.1109/TIFS.2011.2170836.

mod algorithm;
mod field;
mod likelihood;
mod search;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_codec::jpeg::{Jpeg, standard_tables};
use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Map, Method, MethodInfo,
    RankedBy, Result, Score, Source, Status, Table, Topic, ViewNeed,
};
use indicia_ops::Luma8;
use ndarray::Array2;

use algorithm::{Analysis, analyse};
use field::CELL;
use likelihood::{FREQUENCIES, STEPS};
use search::History;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.nonaligned-double-jpeg",
    title: "Non-aligned double JPEG compression",
    summary: "A part that was compressed before on another grid of blocks than the rest.",
    applies: "JPEG whose last save was finer than the one before, and other pictures whose pixels come from \
              a JPEG; at least 64 pixels in both directions. It can show something only if the part was not \
              resized.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "T. Bianchi, A. Piva, Image forgery localization via block-grained analysis of JPEG \
                       artifacts, IEEE Transactions on Information Forensics and Security 7(3), 2012",
            url: "https://doi.org/10.1109/TIFS.2012.2187516",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "T. Bianchi, A. Piva, Detection of nonaligned double JPEG compression based on integer \
                       periodicity maps, IEEE Transactions on Information Forensics and Security 7(2), 2012",
            url: "https://doi.org/10.1109/TIFS.2011.2170836",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Compression,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>(), ViewNeed::of::<Jpeg>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(NonalignedDoubleJpeg))
    },
};

/// Least width and height in pixels: fewer blocks say nothing.
const LEAST: usize = 64;

/// Steps of the last save from which on nothing below the largest tried step can survive it.
const COARSE: u16 = 40;

/// Contradiction from which on the statement speaks of a part; below, chance reaches it.
const SPEAKS: f64 = 120.0;

/// Ends of the map's colour scale, in natural units of the log likelihood ratio.
const COLOURS: f32 = 15.0;

struct NonalignedDoubleJpeg;

/// The last save of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    /// It is this file, with these luma steps.
    File([u16; 64]),
    /// It was a JPEG of this standard quality before the pixels came into this file, on the grid shifted by
    /// `8 * y + x`.
    Before { quality: u8, shift: usize },
    /// No JPEG is known to have come last.
    Unknown,
}

impl Method for NonalignedDoubleJpeg {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let last = match evidence.kind() {
            Kind::Jpeg => match luma_steps(&*evidence.view::<Jpeg>(())?) {
                Ok(steps) => Last::File(steps),
                Err(why) => return Ok(Examination::not_applicable(why)),
            },
            _ => Last::Unknown,
        };
        let luma = evidence.view::<Luma8>(())?;
        Ok(examine(&luma.samples, luma.width, luma.height, last))
    }
}

/// The luma steps of a JPEG, or why its luma cannot be read.
fn luma_steps(jpeg: &Jpeg) -> std::result::Result<[u16; 64], String> {
    let Some(luma) = jpeg.components.first() else { return Err("the JPEG has no component".into()) };
    let full = jpeg.components.iter().all(|c| c.h <= luma.h && c.v <= luma.v);
    let rgb = jpeg.components.len() == 3 && jpeg.adobe_transform == Some(0);
    if rgb || !full || !matches!(jpeg.components.len(), 1 | 3) {
        return Err("needs a JPEG in YCbCr or gray with luma at full resolution".into());
    }
    if FREQUENCIES.iter().all(|&k| luma.steps[k] >= COARSE) {
        return Err("the last save was too coarse for traces of an earlier one".into());
    }
    Ok(luma.steps)
}

fn examine(luma: &[u8], width: usize, height: usize, last: Last) -> Examination {
    if width.min(height) < LEAST {
        return Examination::not_applicable(format!(
            "needs {LEAST} pixels in both directions, this is {width}x{height}"
        ));
    }
    let second = match &last {
        Last::File(steps) => Some(steps),
        _ => None,
    };
    let Some(analysis) = analyse(luma, width, height, second) else {
        return Examination::not_applicable("next to nothing varies: the picture is flat or saturated");
    };
    let mut found = (analysis, last);
    if last == Last::Unknown
        && let Some(inner) = inner_save(luma, width, height, &found.0)
    {
        found = inner;
    }
    Examination::Findings(vec![finding(found.0, found.1, width, height)])
}

/// A picture in another format that was a JPEG before: the common history is its last save. What came before
/// that is looked for once more, with that save's errors, on its grid.
fn inner_save(luma: &[u8], width: usize, height: usize, first: &Analysis) -> Option<(Analysis, Last)> {
    let common = first.common.as_ref()?;
    let (quality, shift) = (common.quality?, common.shift);
    let (top, left) = (shift / 8, shift % 8);
    let cropped: Vec<u8> = luma.chunks_exact(width).skip(top).flat_map(|row| &row[left..]).copied().collect();
    let mut inner = analyse(&cropped, width - left, height - top, Some(&standard_tables(quality)[0]))?;
    // Cells of the cropped picture, on the grid of this one.
    let whole = (width.div_ceil(CELL), height.div_ceil(CELL));
    inner.uncrop(shift, whole);
    (inner.contradiction() > first.contradiction()).then_some((inner, Last::Before { quality, shift }))
}

fn finding(analysis: Analysis, last: Last, width: usize, height: usize) -> Finding {
    let contradiction = analysis.contradiction();
    let statement = statement(&analysis, last);
    let table = table(&analysis, last);
    let values =
        Array2::from_shape_vec((analysis.contrast.len() / analysis.wide, analysis.wide), analysis.contrast)
            .expect("whole rows of cells");
    let map = Map {
        values,
        cell: CELL,
        width,
        height,
        outside: 0.0,
        low: -COLOURS,
        high: COLOURS,
        direction: Direction::HigherIsSuspicious,
    };
    Finding {
        score: Some(Score::raw(
            "log10 of 1 + the evidence (nats) that a part kept another grid than the rest",
            (1.0 + contradiction).log10(),
        )),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Another grid than the rest".into(),
                legend: "Log likelihood ratio a block, smoothed over 3x3: positive where coefficients follow \
                         the part's earlier grid and steps, negative where they follow those of the rest. \
                         Without a part, high where the common history is missing. Near 0 nothing can be \
                         seen, as in flat areas."
                    .into(),
                data: ExhibitData::Map(Arc::new(map)),
            },
            Exhibit {
                id: "histories".into(),
                title: "Earlier saves that were looked for".into(),
                legend: "Grid shifts count from the grid of the last save (of the file's corner if that is no \
                         JPEG). The quality is that of libjpeg's standard table that explains the steps; steps \
                         of the frequencies (v,u) with u + v up to 4, - where none is supported."
                    .into(),
                data: ExhibitData::Table(table),
            },
        ],
        ..Finding::observation(INFO.id, statement)
    }
}

/// A grid in words, and the quality if a standard table fits.
fn words(history: &History) -> String {
    let grid = match history.shift {
        0 => "on the final grid of blocks".to_owned(),
        shift => format!("on a grid of blocks shifted by ({}, {}) pixels", shift % 8, shift / 8),
    };
    match history.quality {
        Some(quality) => format!("{grid}, as by standard quality {quality}"),
        None => format!("{grid}, with steps of no standard table"),
    }
}

fn statement(analysis: &Analysis, last: Last) -> String {
    let mut out = String::new();
    if let Last::Before { quality, .. } = last {
        out += &format!("The pixels come from a JPEG of about quality {quality}. ");
    }
    match (&analysis.common, &analysis.part) {
        (common, Some(part)) if analysis.contradiction() > SPEAKS => {
            out += &format!(
                "A part of {:.1} % of the picture was compressed before {}; the rest was ",
                100.0 * analysis.share(),
                words(part)
            );
            out += &match common {
                Some(common) => format!("compressed before {}.", words(common)),
                None => "not.".to_owned(),
            };
        }
        (Some(common), _) if common.shift != 0 => {
            out += &format!(
                "The whole picture was compressed before {}, as after cropping; no part is seen to depart \
                 from it with a grid of its own.",
                words(common)
            );
        }
        (Some(common), _) => {
            out += &format!(
                "The whole picture was compressed before {}; no part is seen to have kept another grid.",
                words(common)
            );
        }
        (None, _) => out += "No earlier JPEG compression is seen, neither of the whole nor of a part.",
    }
    out
}

fn table(analysis: &Analysis, last: Last) -> Table {
    let row = |what: &str, history: &History, evidence: f64| {
        let steps = history.steps.map(|step| step.map_or("-".to_owned(), |i| STEPS[i].to_string()));
        let quality = history.quality.map_or("none fits".to_owned(), |quality| quality.to_string());
        let shift = format!("{},{}", history.shift % 8, history.shift / 8);
        vec![what.to_owned(), shift, quality, format!("{evidence:.0}"), steps.join(" ")]
    };
    let mut rows = vec![];
    if let Last::Before { quality, shift } = last {
        let shift = format!("{},{}", shift % 8, shift / 8);
        rows.push(vec!["last JPEG save".into(), shift, quality.to_string(), String::new(), String::new()]);
    }
    if let Some(common) = &analysis.common {
        rows.push(row("most of the picture", common, common.evidence));
    }
    if let Some(part) = &analysis.part {
        let what = if analysis.contradiction() > SPEAKS { "a part" } else { "a part (not above chance)" };
        rows.push(row(what, part, analysis.inside - analysis.rival));
    }
    let columns = ["what", "grid shift (x,y)", "quality", "evidence (nats)", "steps"].map(str::to_owned);
    Table { columns: columns.to_vec(), rows }
}
