//! High-pass views: the residuals of steganalysis and the views that ForgeryVCR shows.
//!
//! **What it shows.** What is left of a picture when its content is predicted from neighbouring pixels, and when
//! its low frequencies are removed. Noise, grids of compression and traces of resampling, smoothing and pasting
//! are seen better there. It is a picture to look at and claims nothing.
//!
//! **Steps.** Luma under the square kernels of 3 by 3 and 5 by 5 and the second-order kernel of the spatial rich
//! model ([`indicia_ops::srm`]); error level and frequencies as in [`indicia_ops::forgery_vcr`]. Of a picture
//! larger than 1600 pixels, residuals and error level are computed at full size and averaged, the frequencies
//! computed of the averaged picture.
//!
//! **References.** J. Fridrich, J. Kodovsky, "Rich Models for Steganalysis of Digital Images", IEEE TIFS 7(3),
//! 2012, doi 10.1109/TIFS.2012.2190402; Y. Wang and others, "ForgeryVCR", 2026, arXiv 2602.14098.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    BuildContext, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method,
    MethodInfo, Parameter, Picture, RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::forgery_vcr::{CLAHE, ELA_QUALITY, clahe, ela_gray, fft_high_pass, jet};
use indicia_ops::srm::{Kernel, SECOND_HORIZONTAL, SQUARE_3, SQUARE_5, residual};
use indicia_ops::{Luma8, Rgb8};
use ndarray::Array2;
use rayon::prelude::*;

/// Longest side of a picture to look at.
const LONGEST: usize = 1600;
/// Pixels on the side of a cell of the map.
const CELL: usize = 8;

/// Registration of `signal.high-pass`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.high-pass",
    title: "High-pass views",
    summary: "What is left of the picture without its content: residuals, error level, high frequencies",
    applies: "Any picture; to look at, not a test",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "J. Fridrich, J. Kodovský, \"Rich Models for Steganalysis of Digital Images\", IEEE \
                       Transactions on Information Forensics and Security 7(3), 2012",
            url: "https://doi.org/10.1109/TIFS.2012.2190402",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "Y. Wang et al., \"ForgeryVCR: Visual-Centric Reasoning via Efficient Forensic Tools in \
                       MLLMs for Image Forgery Detection and Localization\", 2026",
            url: "https://arxiv.org/abs/2602.14098",
            fidelity: Fidelity::Adapted,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>(), ViewNeed::of::<Rgb8>()],
    parameters: &[
        Parameter {
            name: "gain",
            description: "factor of the residuals in the pictures",
            unit: "1",
            min: 1.0,
            max: 100.0,
            default: 15.0,
            integer: false,
        },
        Parameter {
            name: "error_scale",
            description: "factor of the error level: 15 or 50 in the released tools",
            unit: "1",
            min: 1.0,
            max: 255.0,
            default: 15.0,
            integer: false,
        },
        Parameter {
            name: "radius",
            description: "frequencies up to this are removed",
            unit: "periods a picture",
            min: 0.0,
            max: 400.0,
            default: 30.0,
            integer: true,
        },
    ],
    build: |context| Ok(Box::new(HighPass::build(context)?)),
};

struct HighPass {
    gain: f32,
    error_scale: f32,
    radius: usize,
}

impl HighPass {
    fn build(context: &BuildContext) -> Result<Self> {
        let values = INFO.parameter_values(context)?;
        Ok(Self {
            gain: values.number("gain") as f32,
            error_scale: values.number("error_scale") as f32,
            radius: values.count("radius"),
        })
    }

    fn examine_views(&self, luma: &Luma8, rgb: &Rgb8) -> Finding {
        let (width, height) = (rgb.width, rgb.height);
        let factor = width.max(height).div_ceil(LONGEST).max(1);
        let (small_width, small_height) = (width.div_ceil(factor), height.div_ceil(factor));
        let picture = |id: &str, title: &str, legend: String, rgb: Vec<u8>| Exhibit {
            id: id.to_owned(),
            title: title.to_owned(),
            legend,
            data: ExhibitData::Picture(Arc::new(Picture { width: small_width, height: small_height, rgb })),
        };
        let plane: Vec<f32> = luma.samples.iter().map(|&v| f32::from(v)).collect();
        let magnitudes = |kernel: &Kernel| {
            let mut plane = residual(&plane, width, kernel);
            plane.par_iter_mut().for_each(|v| *v = v.abs());
            // Beyond the border the kernels see black, which is no residual of the picture.
            clear_border(&mut plane, width, 2);
            plane
        };
        let shown = |plane: &[f32]| -> Vec<u8> {
            let levels = reduce(plane, width, factor).into_iter().map(|v| (self.gain * v).min(255.0) as u8);
            levels.flat_map(|v| [v; 3]).collect()
        };
        let legend = |what: &str| {
            format!(
                "Magnitude of the luma's residual under the {what}, {} levels of gray a level. Compare parts of \
                 like texture: noise that is stronger, weaker or of another grain than beside it is worth a \
                 question.",
                self.gain
            )
        };
        let square = magnitudes(&SQUARE_5);
        let mean = square.par_iter().map(|&v| f64::from(v)).sum::<f64>() / square.len().max(1) as f64;
        let cells = Array2::from_shape_vec(
            (height.div_ceil(CELL), width.div_ceil(CELL)),
            reduce(&square, width, CELL),
        )
        .expect("a value a cell");
        let high = cells.iter().copied().fold(1.0, f32::max);
        let direction = Direction::Contrast;
        let map = Map { values: cells, cell: CELL, width, height, outside: 0.0, low: 0.0, high, direction };
        let mut exhibits = vec![
            Exhibit {
                id: "map".into(),
                title: "Strength of the residual".into(),
                legend: format!(
                    "Mean magnitude of the residual under the square kernel of 5 by 5 in cells of {CELL} pixels, \
                     in levels. Texture is strong and smooth parts are weak in every picture."
                ),
                data: ExhibitData::Map(Arc::new(map)),
            },
            picture(
                "square-5",
                "Residual, square kernel of 5 by 5",
                legend("square kernel of 5 by 5"),
                shown(&square),
            ),
        ];
        drop(square);
        for (id, what, kernel) in [
            ("square-3", "square kernel of 3 by 3", &SQUARE_3),
            ("second-order", "second-order kernel along rows", &SECOND_HORIZONTAL),
        ] {
            exhibits.push(picture(
                id,
                &format!("Residual, {what}"),
                legend(what),
                shown(&magnitudes(kernel)),
            ));
        }
        drop(plane);
        let levels = ela_gray(&rgb.samples, width, ELA_QUALITY, self.error_scale);
        let levels: Vec<f32> = levels.into_iter().map(f32::from).collect();
        let levels: Vec<u8> = reduce(&levels, width, factor).into_iter().map(|v| v as u8).collect();
        let equalised = |gray: &[u8]| jet(&clahe(gray, small_width, CLAHE.0, CLAHE.1));
        exhibits.push(picture(
            "error-level",
            "Error level, equalised",
            format!(
                "Difference to the picture saved again as JPEG of quality {ELA_QUALITY}, times {}, equalised in \
                 tiles; blue is low, red is high. Equalising brings out differences within a tile and hides \
                 those between tiles.",
                self.error_scale
            ),
            equalised(&levels),
        ));
        let small: Vec<u8> = if factor == 1 {
            rgb.samples.clone()
        } else {
            let channel = |c: usize| {
                let plane: Vec<f32> = rgb.samples.iter().skip(c).step_by(3).map(|&v| f32::from(v)).collect();
                reduce(&plane, width, factor)
            };
            let [r, g, b] = [channel(0), channel(1), channel(2)];
            (0..r.len()).flat_map(|i| [r[i], g[i], b[i]]).map(|v| v.round() as u8).collect()
        };
        exhibits.push(picture(
            "frequencies",
            "High frequencies, equalised",
            format!(
                "The picture without frequencies of up to {} periods, magnitudes equalised in tiles; blue is \
                 low, red is high.",
                self.radius
            ),
            fft_high_pass(&small, small_width, self.radius).heat,
        ));
        let statement = format!(
            "Without its content the picture keeps {mean:.1} levels of residual on average; views to compare \
             parts of like texture in."
        );
        Finding {
            score: Some(Score::raw("mean residual, levels", mean)),
            exhibits,
            ..Finding::observation(INFO.id, statement)
        }
    }
}

impl Method for HighPass {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let (luma, rgb) = (evidence.view::<Luma8>(())?, evidence.view::<Rgb8>(())?);
        if rgb.width == 0 || rgb.height == 0 {
            return Ok(Examination::not_applicable("the picture has no pixels"));
        }
        Ok(Examination::Findings(vec![self.examine_views(&luma, &rgb)]))
    }
}

/// Zeros within `reach` pixels of the border.
fn clear_border(plane: &mut [f32], width: usize, reach: usize) {
    let height = plane.len() / width;
    for (y, row) in plane.chunks_exact_mut(width).enumerate() {
        if y < reach || y + reach >= height {
            row.fill(0.0);
        } else {
            row[..reach.min(width)].fill(0.0);
            row[width.saturating_sub(reach)..].fill(0.0);
        }
    }
}

/// Means of cells of `factor` by `factor` pixels; the last ones may be smaller.
fn reduce(plane: &[f32], width: usize, factor: usize) -> Vec<f32> {
    let columns = width.div_ceil(factor);
    plane
        .par_chunks(width * factor)
        .flat_map_iter(|rows| {
            let mut sums = vec![0.0; columns];
            for row in rows.chunks_exact(width) {
                row.chunks(factor).zip(&mut sums).for_each(|(cell, sum)| *sum += cell.iter().sum::<f32>());
            }
            let high = rows.len() / width;
            sums.into_iter().enumerate().map(move |(column, sum)| {
                let wide = factor.min(width - column * factor);
                sum / (wide * high) as f32
            })
        })
        .collect()
}
