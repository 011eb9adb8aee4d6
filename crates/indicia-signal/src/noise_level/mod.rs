//! Local noise level: finds parts that are noisier than the rest of the picture and than their own texture
//! explains.
//!
//! A camera's noise is much alike over a picture. A part from another picture, or one to which noise was
//! added, carries another level. The level is read where content has least power, in the diagonal details of
//! the finest scale, as Mahdian and Saic do with a wavelet. Texture has details there too; it has more of them
//! one and two octaves lower, where white noise has as much. The bulk of a picture's cells follows a straight
//! line between the logarithms of the levels; a part that lies above it, and above the picture's median, is
//! suspicious. So is one whose colours differ from pixel to pixel where the rest's do not.
//!
//! Assumptions: the picture's noise is alike, or varies with texture the way it does in the rest; the noisier
//! part is the smaller one; the last compression left the finest scale.
//!
//! Steps, deviations from the papers and limits: see `page.md`.
//!
//! References: B. Mahdian, S. Saic, Image and Vision Computing 27(10), 2009; S. Pyatykh, J. Hesser, L. Zheng,
//! IEEE TIP 22(2), 2013; J. Immerkær, CVIU 64(2), 1996 (the filter).

mod algorithm;
mod bands;
mod components;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method, MethodInfo,
    RankedBy, Result, Score, Source, Status, Table, Topic, ViewNeed,
};
use indicia_ops::wavelet::{Daubechies, analyse};
use indicia_ops::{Luma8, Plane, Rgb8, filter};
use ndarray::Array2;

use crate::exhibit::too_small;
use algorithm::{NORMAL_MAD, Peak, TILE};
use bands::{CELL, Cell};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.noise-level",
    title: "Local noise level",
    summary: "Parts that are noisier than the rest of the picture and than their texture explains.",
    applies: "Any picture of at least 64 by 64 pixels whose finest details were not removed by compression or \
              enlargement.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "B. Mahdian, S. Saic, Using noise inconsistencies for blind image forensics, Image and \
                       Vision Computing 27(10), 2009",
            url: "https://doi.org/10.1016/j.imavis.2009.02.001",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "S. Pyatykh, J. Hesser, L. Zheng, Image noise level estimation by principal component \
                       analysis, IEEE Transactions on Image Processing 22(2), 2013",
            url: "https://doi.org/10.1109/TIP.2012.2221728",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "J. Immerkær, Fast noise variance estimation, Computer Vision and Image Understanding \
                       64(2), 1996",
            url: "https://doi.org/10.1006/cviu.1996.0060",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Sensor,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>(), ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(NoiseLevel))
    },
};

/// Smallest side of a picture that is looked at, in pixels.
const SMALLEST: usize = 64;

/// Share of usable cells without detail at the finest scale above which nothing is said.
const SILENT: f64 = 0.8;

/// Level below which a cell is without detail. Rounding to whole numbers alone gives 0.3.
const SILENT_LEVEL: f32 = 0.02;

/// Standard deviation of the smoothing of the map, in cells.
const SMOOTHING: f32 = 3.0;

/// Values at the ends of the map's colours: the line's own level, and e² times as much.
const COLOURS: (f32, f32) = (0.0, 2.0);

struct NoiseLevel;

/// A rectangle of pixels.
struct Part {
    xs: Range<usize>,
    ys: Range<usize>,
}

impl Part {
    /// The square of `side` tiles around a peak's tile, cut at the picture's edge.
    fn around(peak: Peak, side: usize, luma: &Luma8) -> Self {
        let span = |tile: usize, len: usize| {
            let from = tile.saturating_sub(side / 2) * TILE * CELL;
            from..((tile + side / 2 + 1) * TILE * CELL).min(len)
        };
        Self { xs: span(peak.column, luma.width), ys: span(peak.row, luma.height) }
    }

    fn holds(&self, x: usize, y: usize) -> bool {
        self.xs.contains(&x) && self.ys.contains(&y)
    }
}

/// Noise level inside and outside of a part by the median of the finest diagonal band of Daubechies' wavelet.
fn wavelet_levels(luma: &Luma8, part: &Part) -> [Option<f64>; 2] {
    let wavelet = Daubechies::Four;
    let (_, details) = analyse(&Plane::from_bytes(luma.width, luma.height, &luma.samples), wavelet);
    let band = details.diagonal;
    // Coefficient k reads samples 2 k + 2 - taps to 2 k + 1; this is the middle of them.
    let centre = |k: usize| (2 * k + 2).saturating_sub(wavelet.scaling().len() / 2);
    let (mut inside, mut outside) = (vec![], vec![]);
    for (y, row) in band.samples.chunks_exact(band.width).enumerate() {
        for (x, value) in row.iter().enumerate() {
            let size = f64::from(value.abs());
            if part.holds(centre(x), centre(y)) { inside.push(size) } else { outside.push(size) }
        }
    }
    [inside, outside]
        .map(|mut sizes| algorithm::quantile(&mut sizes, 0.5).map(|middle| middle / f64::from(NORMAL_MAD)))
}

fn examine_picture(luma: &Luma8, rgb: &Rgb8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    let cells = bands::measure(&luma.samples, &rgb.samples, width);
    let usable = cells.iter().filter(|c| c.usable()).count();
    if 4 * usable < cells.len() {
        return Examination::not_applicable("more than three quarters of the picture are black or white");
    }
    let silent = cells.iter().filter(|c| c.usable() && c.fine < SILENT_LEVEL).count();
    if silent as f64 > SILENT * usable as f64 {
        return Examination::not_applicable(
            "compression or drawing left nothing at the finest scale in most of the picture",
        );
    }
    let (Some(line), Some(colours)) = (algorithm::fit(&cells), algorithm::colours(&cells)) else {
        return Examination::not_applicable("hardly a cell that is neither black nor white");
    };
    let departures = algorithm::departures(&cells, line, colours);
    let tiles = algorithm::tiles(&departures);
    let side = algorithm::square_side(tiles.len());
    let peak = algorithm::peak(&tiles, side).expect("there are cells");
    let part = Part::around(peak, side, luma);
    let map = smoothed(&algorithm::suspicion(&departures), width, height);
    Examination::Findings(vec![finding(luma, &cells, map, peak, &part)])
}

fn smoothed(values: &Array2<f32>, width: usize, height: usize) -> Map {
    let (rows, columns) = values.dim();
    let plane = Plane { width: columns, height: rows, samples: values.iter().copied().collect() };
    let samples = filter::gaussian(&plane, SMOOTHING).samples;
    Map {
        values: Array2::from_shape_vec((rows, columns), samples).expect("as many values as cells"),
        cell: CELL,
        width,
        height,
        outside: COLOURS.0,
        low: COLOURS.0,
        high: COLOURS.1,
        direction: Direction::HigherIsSuspicious,
    }
}

fn finding(luma: &Luma8, cells: &Array2<Cell>, map: Map, peak: Peak, part: &Part) -> Finding {
    let wavelet = wavelet_levels(luma, part);
    let components = [true, false]
        .map(|inside| components::level(&luma.samples, luma.width, |x, y| part.holds(x, y) == inside));
    let median = |of: fn(&Cell) -> f32, inside: bool| {
        let chosen = cells.indexed_iter().filter(|((row, column), cell)| {
            cell.usable() && (!inside || part.holds(column * CELL, row * CELL))
        });
        let mut levels: Vec<f64> = chosen.map(|(_, cell)| f64::from(of(cell))).collect();
        algorithm::quantile(&mut levels, 0.5).unwrap_or(0.0)
    };
    let (all, own) = (median(|c| c.fine, false), median(|c| c.fine, true));
    let place = format!(
        "the {} by {} pixels around column {}, row {}",
        part.xs.len(),
        part.ys.len(),
        part.xs.start.midpoint(part.xs.end),
        part.ys.start.midpoint(part.ys.end)
    );
    let colours = if peak.colour > 0.0 {
        let (all, own) = (median(|c| c.colour, false), median(|c| c.colour, true));
        format!(", and in its colour differences {own:.1} against {all:.1}")
    } else {
        String::new()
    };
    let statement = if peak.score() > 0.0 {
        format!(
            "The noise is {all:.1} of 255 in the median and {own:.1} in {place}, the part that departs most \
             from what its texture lets expect, by a factor of {:.1}{colours}; a part from another picture or \
             with noise added looks like this, and fine texture can.",
            peak.excess.exp()
        )
    } else {
        format!(
            "The noise is {all:.1} of 255 in the median, and no part departs upward from what its texture lets expect."
        )
    };
    let number = |level: Option<f64>| level.map_or("too few pixels".to_owned(), |v| format!("{v:.2}"));
    let row = |name: String, i: usize| vec![name, number(wavelet[i]), number(components[i])];
    let table = Table {
        columns: ["part", "wavelet", "principal components"].map(str::to_owned).to_vec(),
        rows: vec![row(place, 0), row("all else".to_owned(), 1)],
    };
    Finding {
        score: Some(Score::raw("excess of noise over what texture explains, natural logarithm, and of noise in colours", f64::from(peak.score()))),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Excess of noise".into(),
                legend: "How far the noise of each cell of 4 by 4 pixels lies above what its texture lets \
                         expect, plus half of how far it lies above the picture's median, in natural \
                         logarithms, plus what stands out in the colour differences: 0 is as expected, 0.7 \
                         twice as much. Higher is more suspicious where a \
                         connected part stands out with sharp borders that are not those of an object's texture."
                    .into(),
                data: ExhibitData::Map(Arc::new(map)),
            },
            Exhibit {
                id: "levels".into(),
                title: "Noise levels".into(),
                legend: "Standard deviation of the noise, of 255, inside the part that departs most and \
                         outside, by two estimates. Both are raised by texture, the second less; a part of \
                         which both say more than of the rest is noisier indeed."
                    .into(),
                data: ExhibitData::Table(table),
            },
        ],
        ..Finding::observation(INFO.id, statement)
    }
}

impl Method for NoiseLevel {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_picture(&*evidence.view::<Luma8>(())?, &*evidence.view::<Rgb8>(())?))
    }
}
