//! Noisesniffer: regions whose noise is lower than that of the rest of the picture at the same brightness.
//!
//! **What it detects.** Camera noise depends on brightness. Among the flattest blocks of one brightness the
//! least noisy ones should lie anywhere; a region that holds too many of them came from elsewhere or was
//! smoothed.
//!
//! **Assumptions.** One noise model for the whole picture: a single camera, no strong local denoising, no
//! large flat or saturated areas, and no compression strong enough to replace noise by block artefacts.
//!
//! **Steps.** Of the publication: valid blocks (algorithm 1), means and bins (2 to 5), energy in low and
//! medium frequencies (6, 7), selection (8 to 10), cells, region growing and NFA. Blocks are in `blocks.rs`,
//! cells and regions in `algorithm.rs`.
//!
//! **Deviations.** Means, energies (for blocks of side 3) and variances are compared as whole numbers, and
//! of equal blocks the one further up and left goes first; the reference code leaves the order of equals to
//! its sorting routine. Tails are exact at any size. Bins with too many flat blocks are left out as
//! published.
//!
//! **References.** M. Gardella, P. Muse, J.-M. Morel, M. Colom, "Noisesniffer: a Fully Automatic Image
//! Forgery Detector Based on Noise Analysis", IWBF 2021, doi 10.1109/IWBF50991.2021.9465095; M. Gardella, P.
//! Muse, M. Colom, J.-M. Morel, "Image Forgery Detection Based on Noise Inspection: Analysis and Refinement
//! of the Noisesniffer Method", Image Processing On Line 14, 2024, doi 10.5201/ipol.2024.462.

pub mod algorithm;
mod blocks;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    BuildContext, Claim, Direction, Error, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding,
    Map, Mask, Method, MethodInfo, Parameter, RankedBy, Region, Result, Score, Source, Standing, Status,
    Topic, ViewNeed,
};
use indicia_ops::Rgb8;
use indicia_ops::a_contrario::by_chance;
use ndarray::{Array2, s};

use algorithm::{CellCounts, NoiseRegion, Parameters, count_blocks, frequency_bound, noise_regions};

/// Regions that get a finding of their own. More than these come as one finding, so that a picture full of
/// regions needs no mask for each.
const REGIONS_APART: usize = 6;

/// Registration of `signal.noisesniffer`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.noisesniffer",
    title: "Noisesniffer",
    summary: "Finds regions whose flattest blocks are quieter than chance allows",
    applies: "Pictures larger than one cell that are not flat or saturated all over; best on large camera \
              pictures of little compression",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "M. Gardella, P. Musé, J.-M. Morel, M. Colom, \"Noisesniffer: a Fully Automatic Image \
                       Forgery Detector Based on Noise Analysis\", IEEE International Workshop on Biometrics \
                       and Forensics (IWBF), 2021",
            url: "https://doi.org/10.1109/IWBF50991.2021.9465095",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "M. Gardella, P. Musé, M. Colom, J.-M. Morel, \"Image Forgery Detection Based on Noise \
                       Inspection: Analysis and Refinement of the Noisesniffer Method\", Image Processing On \
                       Line 14, 2024",
            url: "https://doi.org/10.5201/ipol.2024.462",
            fidelity: Fidelity::Faithful,
        },
    ],
    status: Status::Preview,
    topic: Topic::Sensor,
    ranked_by: RankedBy::Claims,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[
        Parameter {
            name: "block",
            description: "side of a block (w): 3, 5, 7 or 8",
            unit: "px",
            min: 3.0,
            max: 8.0,
            default: 3.0,
            integer: true,
        },
        Parameter {
            name: "bin",
            description: "blocks in a bin of like means (b)",
            unit: "blocks",
            min: 100.0,
            max: 10_000_000.0,
            default: 20_000.0,
            integer: true,
        },
        Parameter {
            name: "homogeneous",
            description: "share of a bin's blocks kept for their low energy in low frequencies (n)",
            unit: "1",
            min: 0.001,
            max: 1.0,
            default: 0.1,
            integer: false,
        },
        Parameter {
            name: "quiet",
            description: "share of the kept blocks marked for their low standard deviation (m)",
            unit: "1",
            min: 0.01,
            max: 0.99,
            default: 0.5,
            integer: false,
        },
        Parameter {
            name: "cell",
            description: "side of a cell (W)",
            unit: "px",
            min: 16.0,
            max: 1000.0,
            default: 100.0,
            integer: true,
        },
    ],
    build: |context| Ok(Box::new(Noisesniffer::build(context)?)),
};

struct Noisesniffer {
    parameters: Parameters,
}

impl Noisesniffer {
    fn build(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        let block = values.count("block");
        if frequency_bound(block).is_none() {
            return Err(Error::configuration(format!(
                "{}.block is {block}, expected 3, 5, 7 or 8 (px)",
                INFO.id
            )));
        }
        let parameters = Parameters {
            block,
            bin: values.count("bin"),
            homogeneous: values.number("homogeneous"),
            quiet: values.number("quiet"),
            cell: values.count("cell"),
        };
        Ok(Self { parameters })
    }

    fn examine_rgb(&self, rgb: &Rgb8) -> Examination {
        let (width, height) = (rgb.width, rgb.height);
        let Parameters { cell, block, .. } = self.parameters;
        if width.min(height) < block || width.max(height) <= cell {
            return Examination::not_applicable(format!(
                "needs more than one cell of {cell}x{cell} pixels, this is {width}x{height}"
            ));
        }
        let counts = count_blocks(&rgb.samples, width, &self.parameters);
        if counts.kept.iter().all(|&kept| kept == 0) {
            return Examination::not_applicable("no noise can be measured: the picture is flat or saturated");
        }
        let mut regions = noise_regions(&counts, (width, height), &self.parameters);
        regions.sort_by(|a, b| a.log10_nfa.total_cmp(&b.log10_nfa));
        let mut findings = vec![overview(&counts, &regions, self.parameters.quiet, width, height)];
        let (apart, together) = if regions.len() > REGIONS_APART {
            regions.split_at(REGIONS_APART - 1)
        } else {
            (&regions[..], &regions[..0])
        };
        for region in apart {
            let statement = format!(
                "A region of {} {cell}x{cell} pixels is quieter than the rest of the picture at the same \
                 brightness: {:.0} % of its flattest blocks are among the least noisy, {:.0} % would be \
                 expected. {} Smooth areas in authentic pictures reach this too.",
                if region.cells.len() == 1 {
                    "one cell of".to_owned()
                } else {
                    format!("{} cells of", region.cells.len())
                },
                100.0 * region.marked as f64 / region.kept as f64,
                100.0 * self.parameters.quiet,
                by_chance(region.log10_nfa)
            );
            findings.push(finding(std::slice::from_ref(region), statement, cell, width, height));
        }
        if !together.is_empty() {
            let statement = format!(
                "{} further regions are quieter than the rest of the picture at the same brightness. {}",
                together.len(),
                by_chance(together[0].log10_nfa)
            );
            findings.push(finding(together, statement, cell, width, height));
        }
        Examination::Findings(findings)
    }
}

impl Method for Noisesniffer {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(self.examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}

/// A finding about `regions`, the strongest first, in a picture of `width` by `height`.
fn finding(regions: &[NoiseRegion], statement: String, cell: usize, width: usize, height: usize) -> Finding {
    let log10_nfa = regions[0].log10_nfa;
    let mask = paint(regions, cell, Array2::from_elem((height, width), false), true);
    Finding {
        method: INFO.id.to_owned(),
        topic: INFO.topic,
        claim: Claim::Manipulated,
        standing: Standing::Exhibit,
        score: Some(Score { log10_nfa: Some(log10_nfa), ..Score::raw("log10 NFA", log10_nfa) }),
        region: Region::Mask(Mask::new(mask)),
        statement,
        exhibits: vec![],
    }
}

/// Sets the pixels of the regions' cells to `value`.
fn paint<T: Copy>(regions: &[NoiseRegion], cell: usize, mut onto: Array2<T>, value: T) -> Array2<T> {
    let (height, width) = onto.dim();
    for &(row, column) in regions.iter().flat_map(|region| &region.cells) {
        let (y, x) = ((row * cell).min(height), (column * cell).min(width));
        onto.slice_mut(s![y..(y + cell).min(height), x..(x + cell).min(width)]).fill(value);
    }
    onto
}

/// What is said of the whole picture, with the map.
fn overview(
    counts: &CellCounts,
    regions: &[NoiseRegion],
    quiet: f64,
    width: usize,
    height: usize,
) -> Finding {
    let statement = match regions.len() {
        0 => "The least noisy blocks lie all over the picture, as chance would have it.".to_owned(),
        1 => "One region holds more of the least noisy blocks than chance explains; smooth areas in authentic pictures often do.".to_owned(),
        n => format!("{n} regions hold more of the least noisy blocks than chance explains; smooth areas in authentic pictures often do."),
    };
    let map = Map::per_pixel(paint(regions, counts.cell, Array2::zeros((height, width)), 1.0), 0.0, 1.0);
    let share = |(&marked, &kept): (&u64, &u64)| if kept == 0 { quiet } else { marked as f64 / kept as f64 };
    let shares = counts.marked.iter().zip(&counts.kept).map(|pair| share(pair) as f32).collect();
    let shares = Array2::from_shape_vec((counts.rows, counts.columns), shares).expect("a share a cell");
    let shares = Map {
        values: shares,
        cell: counts.cell,
        width,
        height,
        outside: quiet as f32,
        low: 0.0,
        high: 1.0,
        direction: Direction::HigherIsSuspicious,
    };
    let exhibit = |id: &str, title: &str, legend: String, map| Exhibit {
        id: id.to_owned(),
        title: title.to_owned(),
        legend,
        data: ExhibitData::Map(Arc::new(map)),
    };
    Finding {
        exhibits: vec![
            exhibit(
                "map",
                "Quiet regions",
                "1 where a region holds more of the least noisy blocks than chance explains, with less than \
                 one false alarm expected in an image under the method's model; 0 elsewhere"
                    .to_owned(),
                map,
            ),
            exhibit(
                "share",
                "Share of quiet blocks",
                format!(
                    "Of the flattest blocks of each cell, the share that are among the least noisy of their \
                     brightness; {quiet} is expected everywhere, and cells without flat blocks show it"
                ),
                shares,
            ),
        ],
        ..Finding::observation(INFO.id, statement)
    }
}
