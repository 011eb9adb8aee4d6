//! Double quantisation (DQ): finds parts of a JPEG that were compressed once where the rest was compressed
//! twice.
//!
//! When a JPEG is decoded, changed and saved again with other tables, the histograms of its quantised DCT
//! coefficients show periodic peaks and gaps. A part that was pasted from elsewhere has not been quantised
//! on the same grid with the first table and does not follow that period. Lin et al. estimate the period of
//! each frequency's histogram and give every block the posterior that it does not follow it.
//!
//! Assumptions: the picture is a JPEG that was saved at least twice on the same 8 by 8 grid, first with the
//! larger steps; the pasted part is the smaller one and lost its first grid (other source, resized, shifted,
//! synthesised).
//!
//! Steps, with the equations of the paper as the photoholmes library releases them: histogram of each of the
//! first K zig-zag frequencies; period as the smaller of the comb period and the spectral period; posterior
//! `P_t / (P_u + P_t)` of each value; mean over frequencies and components. Not done: the paper's final
//! features and SVM, which give a decision for the whole picture.
//!
//! Deviations: see `page.md`. The reference indexes the half spectrum without its offset; parameter
//! `spectrum_index` chooses how much of that is put right.
//!
//! Reference: Z. Lin, J. He, X. Tang, C.-K. Tang, Pattern Recognition 42(11), 2009,
//! doi 10.1016/j.patcog.2009.03.019.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_codec::jpeg::{Component, Jpeg};
use indicia_core::{
    BuildContext, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Map,
    Method, MethodInfo, Parameter, RankedBy, Result, Score, Source, Status, Table, Topic, ViewNeed,
};
use ndarray::{Array2, Zip};

use algorithm::{Cover, Frequency, SpectrumIndex, ZIGZAG};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.double-quantization",
    title: "Double quantisation (DQ)",
    summary: "Parts of a JPEG that were compressed once where the rest was compressed twice.",
    applies: "Any JPEG; it can show something only if the picture was saved at least twice as JPEG without \
              cropping or resizing between.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "Z. Lin, J. He, X. Tang, C.-K. Tang, Fast, automatic and fine-grained tampered JPEG \
                       image detection via DCT coefficient analysis, Pattern Recognition 42(11), 2009",
            url: "https://doi.org/10.1016/j.patcog.2009.03.019",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "photoholmes, a library of image forgery detection methods (its DQ)",
            url: "https://github.com/photoholmes/photoholmes",
            fidelity: Fidelity::Adapted,
        },
    ],
    status: Status::Stable,
    topic: Topic::Compression,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Jpeg>()],
    parameters: &[
        Parameter {
            name: "frequencies",
            description: "DCT frequencies that are read, in zig-zag order from DC",
            unit: "1",
            min: 1.0,
            max: ZIGZAG.len() as f64,
            default: 8.0,
            integer: true,
        },
        Parameter {
            name: "alpha",
            description: "exponent of the histogram in the search for a period",
            unit: "1",
            min: 0.1,
            max: 4.0,
            default: 1.0,
            integer: false,
        },
        Parameter {
            name: "spectrum_index",
            description: "0 as released by photoholmes, 1 frequencies counted from DC, 2 heights read at the peaks too",
            unit: "1",
            min: 0.0,
            max: 2.0,
            default: 1.0,
            integer: true,
        },
    ],
    build: |context| Ok(Box::new(DoubleQuantization::new(context)?)),
};

/// Side of a cell of the map: one DCT block at full resolution.
const CELL: usize = 8;

#[derive(Debug, Clone, Copy)]
struct DoubleQuantization {
    frequencies: usize,
    alpha: f64,
    index: SpectrumIndex,
}

/// What one component contributes.
struct ComponentMap {
    cover: Cover,
    /// Sum over the read frequencies of the posterior, by block.
    sums: Vec<f64>,
    frequencies: Vec<Frequency>,
}

impl DoubleQuantization {
    fn new(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        let index = match values.count("spectrum_index") {
            0 => SpectrumIndex::Released,
            1 => SpectrumIndex::Frequency,
            _ => SpectrumIndex::Corrected,
        };
        Ok(Self { frequencies: values.count("frequencies"), alpha: values.number("alpha"), index })
    }

    fn component(&self, component: &Component, cells: (usize, usize), most: (u8, u8)) -> ComponentMap {
        let size = (component.blocks_wide, component.blocks_high);
        let cover = Cover::new(cells, size, (component.h, component.v), most);
        let weights = cover.weights(size);
        let mut sums = vec![0.0; component.blocks.len()];
        let mut values = vec![0_i16; component.blocks.len()];
        let mut frequencies = vec![];
        for &position in &ZIGZAG[..self.frequencies] {
            for (value, block) in values.iter_mut().zip(&component.blocks) {
                *value = block[position];
            }
            let frequency = algorithm::analyse(&values, &weights, self.alpha, self.index);
            if !frequency.posterior.is_empty() {
                let low = i32::from(frequency.range.0);
                for (sum, &value) in sums.iter_mut().zip(&values) {
                    *sum += frequency.posterior[(i32::from(value) - low) as usize];
                }
            }
            frequencies.push(frequency);
        }
        ComponentMap { cover, sums, frequencies }
    }

    fn examine_jpeg(&self, jpeg: &Jpeg) -> Vec<Finding> {
        let cells = (jpeg.width.div_ceil(CELL), jpeg.height.div_ceil(CELL));
        let most = jpeg.components.iter().fold((1, 1), |most, c| (most.0.max(c.h), most.1.max(c.v)));
        let usable = |c: &&Component| !c.blocks.is_empty() && c.blocks.len() == c.blocks_wide * c.blocks_high;
        let mut sum = Array2::<f64>::zeros((cells.1, cells.0));
        let (mut periodic, mut parts) = (0, vec![]);
        for component in jpeg.components.iter().filter(usable) {
            let part = self.component(component, cells, most);
            for (mut row, &block_row) in sum.outer_iter_mut().zip(&part.cover.rows) {
                let blocks = &part.sums[block_row * component.blocks_wide..][..component.blocks_wide];
                for (cell, &column) in row.iter_mut().zip(&part.cover.columns) {
                    *cell += blocks[column];
                }
            }
            periodic += part.frequencies.iter().filter(|f| f.period() > 1).count();
            parts.push((component.id, part.frequencies));
        }
        let read = parts.len() * self.frequencies;
        // Where histograms have no period nothing contradicts one, so the share is counted over those with.
        let threshold = 0.5 * periodic as f64;
        let above = sum.iter().filter(|&&s| periodic > 0 && s > threshold).count();
        let share = above as f64 / sum.len().max(1) as f64;
        let mut values = Array2::zeros(sum.dim());
        Zip::from(&mut values).and(&sum).for_each(|v, &s| *v = (s / read.max(1) as f64) as f32);
        let map = Map {
            values,
            cell: CELL,
            width: jpeg.width,
            height: jpeg.height,
            outside: 0.0,
            low: 0.0,
            high: 1.0,
            direction: Direction::HigherIsSuspicious,
        };
        vec![finding(map, share, periodic, read, &parts)]
    }
}

fn finding(map: Map, share: f64, periodic: usize, read: usize, parts: &[(u8, Vec<Frequency>)]) -> Finding {
    let statement = if periodic == 0 {
        format!(
            "None of {read} coefficient histograms has a period, so no trace of a second compression was looked up block by block."
        )
    } else {
        format!(
            "{periodic} of {read} coefficient histograms have a period, and {:.1} % of the blocks depart from it; \
             a connected region that stands out may have been pasted, but the map is not calibrated and \
             textured or clipped parts stand out too.",
            100.0 * share
        )
    };
    let table = Table {
        columns: ["component", "frequency (v,u)", "values", "comb period", "spectral period", "period"]
            .map(str::to_owned)
            .to_vec(),
        rows: parts.iter().flat_map(|(id, frequencies)| rows(*id, frequencies)).collect(),
    };
    Finding {
        score: Some(Score::raw("share of blocks whose mean posterior is above 0.5", share)),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Posterior of single compression".into(),
                legend: "Mean over frequencies and components of the posterior that a block does not follow \
                         the period of a first compression, from 0 to 1. Higher is more suspicious where a \
                         connected region stands out from its surroundings."
                    .into(),
                data: ExhibitData::Map(Arc::new(map)),
            },
            Exhibit {
                id: "periods".into(),
                title: "Periods of the coefficient histograms".into(),
                legend: "Periods in quantisation steps; 1 means none was found. Short histograms give \
                         unreliable periods."
                    .into(),
                data: ExhibitData::Table(table),
            },
        ],
        ..Finding::observation(INFO.id, statement)
    }
}

fn rows(id: u8, frequencies: &[Frequency]) -> impl Iterator<Item = Vec<String>> + '_ {
    frequencies.iter().zip(ZIGZAG).map(move |(f, position)| {
        vec![
            id.to_string(),
            format!("{},{}", position / 8, position % 8),
            format!("{} to {}", f.range.0, f.range.1),
            f.histogram_period.to_string(),
            f.spectrum_period.to_string(),
            f.period().to_string(),
        ]
    })
}

impl Method for DoubleQuantization {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        if evidence.kind() != Kind::Jpeg {
            return Ok(Examination::not_applicable(format!("needs a JPEG, this is a {}", evidence.kind())));
        }
        let jpeg = evidence.view::<Jpeg>(())?;
        Ok(Examination::Findings(self.examine_jpeg(&jpeg)))
    }
}
