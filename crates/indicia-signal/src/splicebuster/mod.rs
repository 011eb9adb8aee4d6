//! Splicebuster: windows whose fine residual has other statistics than those of most of the picture.
//!
//! **What it detects.** Sensor, in-camera processing and compression shape how small differences between
//! neighbouring pixels follow each other. A part with another history stands out by the frequencies of such
//! patterns.
//!
//! **Assumptions.** Most of the picture has one history. Texture shapes the same frequencies, so that content
//! of its own kind stands out too, in authentic pictures as well.
//!
//! **Steps.** Third differences of the luma along rows and columns, quantised to three levels; co-occurrences
//! of four in blocks, along and across (`codes.rs`); frequencies in windows, square roots, principal
//! directions, whitening; distance from a Gaussian. The published Gaussian comes from a mixture with outliers
//! (`mixture.rs`), from windows of 128 pixels in 25 dimensions; the exhibit `published` shows it. The map and
//! the score come from small windows, few dimensions and a robust covariance (`algorithm.rs`).
//!
//! **Deviations.** The list of codes is fixed, where the released code numbers the codes that occur. On
//! pictures with more windows than `SAMPLE` the starts of the mixture run on a part of them.
//!
//! **References.** D. Cozzolino, G. Poggi, L. Verdoliva, "Splicebuster: a New Blind Image Splicing Detector",
//! WIFS 2015, doi 10.1109/WIFS.2015.7368565.

mod algorithm;
mod codes;
mod mixture;
mod samples;
mod saturation;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    BuildContext, Direction, Error, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map,
    Method, MethodInfo, Parameter, RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Rgb8;
use ndarray::Array2;

use algorithm::{mixture_distances, nearest_window, quantile, stretch, trimmed_distances, whiten, windows};
use codes::{BlockCounts, count_codes};
use mixture::Fit;

/// Sides of the published windows, in blocks.
const PUBLISHED_SIDE: usize = 16;
/// Principal directions of the publication.
const PUBLISHED_DIMENSIONS: usize = 25;
/// Pixels up to which the publication halves blocks and windows.
const SMALL: usize = 20_000;
/// Share of a window's pixels that must not be saturated.
const LEAST_USABLE: f64 = 0.85;
/// Luma below and above which a region is saturated, of 255.
const LIMITS: (f32, f32) = (6.0, 252.0);
/// Windows that the starts of the mixture are tried on.
const SAMPLE: usize = 1200;
/// Rounds in which the robust covariance settles.
const ROUNDS: usize = 5;

/// Registration of `signal.splicebuster`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.splicebuster",
    title: "Splicebuster",
    summary: "Finds parts whose fine residual has other statistics than most of the picture",
    applies: "Pictures of more than 40 pixels a side that are not flat or saturated; the published statistic \
              needs 136",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "D. Cozzolino, G. Poggi, L. Verdoliva, \"Splicebuster: a New Blind Image Splicing Detector\", \
                   IEEE International Workshop on Information Forensics and Security (WIFS), 2015",
        url: "https://doi.org/10.1109/WIFS.2015.7368565",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Preview,
    topic: Topic::Sensor,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[
        Parameter {
            name: "step",
            description: "step of the quantiser of the residual (q), in 3/256 of the full range",
            unit: "1",
            min: 0.25,
            max: 16.0,
            default: 2.0,
            integer: false,
        },
        Parameter {
            name: "window",
            description: "side of the windows of the map, a multiple of 8",
            unit: "px",
            min: 16.0,
            max: 256.0,
            default: 32.0,
            integer: true,
        },
        Parameter {
            name: "dimensions",
            description: "principal directions that the map uses",
            unit: "1",
            min: 1.0,
            max: 50.0,
            default: 6.0,
            integer: true,
        },
        Parameter {
            name: "core",
            description: "share of the windows that the robust covariance of the map is made of",
            unit: "1",
            min: 0.5,
            max: 1.0,
            default: 0.75,
            integer: false,
        },
        Parameter {
            name: "starts",
            description: "starts of the published mixture; 0 leaves the published map out",
            unit: "1",
            min: 0.0,
            max: 1000.0,
            default: 30.0,
            integer: true,
        },
    ],
    build: |context| Ok(Box::new(Splicebuster::build(context)?)),
};

struct Splicebuster {
    step: f64,
    /// Side of the map's windows in blocks of 8 pixels.
    side: usize,
    dimensions: usize,
    core: f64,
    starts: usize,
}

impl Splicebuster {
    fn build(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        let window = values.count("window");
        if window % 8 != 0 {
            return Err(Error::configuration(format!(
                "{}.window is {window}, expected a multiple of 8 (px)",
                INFO.id
            )));
        }
        Ok(Self {
            step: values.number("step"),
            side: window / 8,
            dimensions: values.count("dimensions"),
            core: values.number("core"),
            starts: values.count("starts"),
        })
    }

    fn examine_rgb(&self, rgb: &Rgb8) -> Examination {
        let (width, height) = (rgb.width, rgb.height);
        let least = 8 * (self.side + 1) + 2 * codes::BORDER;
        let blocks = count_codes(&rgb.samples, width, 8, self.step, LIMITS);
        let Some((blocks, local)) = blocks.and_then(|b| windows(&b, self.side).map(|w| (b, w))) else {
            return Examination::not_applicable(format!(
                "needs {least} pixels on each side, this is {width}x{height}"
            ));
        };
        let which = local.valid(LEAST_USABLE);
        // As many windows as their overlap makes one, several times the dimensions.
        let apart = which.len() / (self.side * self.side);
        if apart < 2 * self.dimensions {
            return Examination::not_applicable(format!(
                "the picture is too small or too much of it is saturated: {} windows of {} pixels can be \
                 measured, {} are needed",
                which.len(),
                8 * self.side,
                2 * self.dimensions * self.side * self.side
            ));
        }
        let Some(samples) = whiten(&local, &which, self.dimensions) else {
            return Examination::not_applicable("no residual can be measured: the picture is flat");
        };
        let dimensions = samples.dims as f64;
        let distances = trimmed_distances(&samples, self.core, ROUNDS);
        let median = quantile(&distances, 0.5);
        // Single far windows, such as a caption's, should not decide alone.
        let capped = distances.iter().map(|d| d.min(20.0 * median)).sum::<f64>();
        let spread = if median > 0.0 { capped / distances.len() as f64 / median } else { 1.0 };
        let values: Vec<f64> = distances.iter().map(|d| d / (d + 4.0 * dimensions)).collect();
        let far = distances.iter().filter(|&&d| d > 4.0 * dimensions).count();
        let values = local.spread(&which, &values).map(|v| v.unwrap_or(0.0) as f32);
        let map = aligned(&values, self.side, width, height);
        let share = 100.0 * far as f64 / distances.len() as f64;
        let statement = format!(
            "{share:.1} % of the picture has a fine residual unlike that of most of it; content of its own kind, \
             such as the only smooth or the only rough part, does this too."
        );
        let mut exhibits = vec![Exhibit {
            id: "map".into(),
            title: "Departure of the residual".into(),
            legend: format!(
                "Squared distance d of each window of {0} pixels from most windows, as d / (d + {1}); about 0.2 \
                 is usual, above 0.5 lies farther than twice the usual. Parts of like texture should be \
                 compared.",
                8 * self.side,
                4.0 * dimensions
            ),
            data: ExhibitData::Map(Arc::new(map)),
        }];
        exhibits.extend(self.published(&blocks, rgb));
        Examination::Findings(vec![Finding {
            score: Some(Score::raw("mean over median squared distance", spread)),
            exhibits,
            ..Finding::observation(INFO.id, statement)
        }])
    }

    /// The map as published, if a window fits.
    fn published(&self, blocks: &BlockCounts, rgb: &Rgb8) -> Option<Exhibit> {
        let (width, height) = (rgb.width, rgb.height);
        if self.starts == 0 {
            return None;
        }
        let small = width * height <= SMALL;
        let fine = if small { count_codes(&rgb.samples, width, 4, self.step, LIMITS) } else { None };
        let blocks = fine.as_ref().unwrap_or(blocks);
        let windows = windows(blocks, PUBLISHED_SIDE)?;
        let which = windows.valid(LEAST_USABLE);
        let how = Fit {
            outlier: 42.0,
            prior: 0.01,
            starts: self.starts,
            iterations: 100,
            tolerance: 1e-5,
            seed: 0,
            sample: SAMPLE,
        };
        let (distances, outliers) = match whiten(&windows, &which, PUBLISHED_DIMENSIONS) {
            Some(samples) => mixture_distances(&samples, &how),
            None => (vec![0.0; which.len()], 0.0),
        };
        let values = stretch(&windows.spread(&which, &distances));
        let map = if small { pixels(&values, width, height) } else { aligned(&values, 16, width, height) };
        Some(Exhibit {
            id: "published".into(),
            title: "Splicebuster as published".into(),
            legend: format!(
                "Squared distance of each window of {} pixels from the Gaussian of most windows, stretched to 0 \
                 to 1; {:.0} % of the windows count as outliers of the fit. In small pictures it follows the \
                 place in the picture more than its parts.",
                blocks.stride * PUBLISHED_SIDE,
                100.0 * outliers
            ),
            data: ExhibitData::Map(Arc::new(Map { direction: Direction::Contrast, ..map })),
        })
    }
}

impl Method for Splicebuster {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(self.examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}

/// A map in cells of 8 pixels, each with the value of the window whose centre is nearest.
fn aligned(values: &Array2<f32>, side: usize, width: usize, height: usize) -> Map {
    let (rows, columns) = values.dim();
    let cells = Array2::from_shape_fn((height.div_ceil(8), width.div_ceil(8)), |(y, x)| {
        // A cell's pixels share their nearest window, as centres lie in the middle of cells.
        values[(nearest_window(8 * y, rows, side, 8), nearest_window(8 * x, columns, side, 8))]
    });
    let direction = Direction::HigherIsSuspicious;
    Map { values: cells, cell: 8, width, height, outside: 0.0, low: 0.0, high: 1.0, direction }
}

/// The same with a value a pixel, for windows of 16 blocks of 4 pixels.
fn pixels(values: &Array2<f32>, width: usize, height: usize) -> Map {
    let (rows, columns) = values.dim();
    let near = |at, count| nearest_window(at, count, PUBLISHED_SIDE, 4);
    let values = Array2::from_shape_fn((height, width), |(y, x)| values[(near(y, rows), near(x, columns))]);
    Map::per_pixel(values, 0.0, 1.0)
}
