//! Error level analysis (ELA): the difference between a picture and itself saved again as JPEG.
//!
//! A part that was compressed before changes little when it is compressed again with like tables; a part
//! that comes from a less compressed source changes more. Edges and texture change more than flat parts
//! whatever their history, which is why the map is shown for an eye that compares alike parts and claims
//! nothing.
//!
//! Steps: 8-bit RGB; saved at `quality` with libjpeg's standard tables and 4:2:0 chroma and read back;
//! per pixel the largest absolute difference over red, green and blue. The scale touches the display only.
//!
//! Reference: N. Krawetz, A picture's worth: digital image analysis and forensics, Black Hat USA 2007.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_codec::jpeg::{Subsampling, recompress};
use indicia_core::{
    BuildContext, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method,
    MethodInfo, Parameter, RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Rgb8;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.error-level",
    title: "Error level analysis (ELA)",
    summary: "How much each pixel changes when the picture is saved again as JPEG; to look at, not a test.",
    applies: "Any picture. It says most of pictures that were saved once as JPEG at a high quality.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "N. Krawetz, A picture's worth: digital image analysis and forensics, Black Hat USA, 2007",
        url: "https://www.hackerfactor.com/papers/bh-usa-07-krawetz-wp.pdf",
        fidelity: Fidelity::Adapted,
    }],
    status: Status::Stable,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[Parameter {
        name: "quality",
        description: "libjpeg quality of the second save",
        unit: "quality",
        min: 1.0,
        max: 100.0,
        default: 90.0,
        integer: true,
    }],
    build: |context| Ok(Box::new(ErrorLevel::new(context)?)),
};

/// Share of pixels that may lie above the upper end of the colour scale.
const CLIPPED: f64 = 0.001;

#[derive(Debug, Clone, Copy)]
struct ErrorLevel {
    quality: u8,
}

impl ErrorLevel {
    fn new(context: &BuildContext) -> Result<Self> {
        Ok(Self { quality: INFO.parameter_values(context)?.count("quality") as u8 })
    }

    fn examine_rgb(self, rgb: &Rgb8) -> Finding {
        let (width, height) = (rgb.width, rgb.height);
        let again = recompress(&rgb.samples, width, height, self.quality, Subsampling::S420);
        let values = algorithm::difference(&rgb.samples, &again, width, height);
        drop(again);
        let counts = algorithm::counts(&values);
        let sum: u64 = counts.iter().zip(0..).map(|(count, value)| count * value).sum();
        let mean = sum as f64 / values.len().max(1) as f64;
        let high = algorithm::exceeded_by(&counts, CLIPPED).max(1);
        let map = Map { direction: Direction::Contrast, ..Map::per_pixel(values, 0.0, f32::from(high)) };
        let statement = format!(
            "Saved again as JPEG of quality {}, the picture changes by {mean:.1} of 255 on average; compare parts \
             of like texture, for edges always change more.",
            self.quality
        );
        Finding {
            score: Some(Score::raw("mean difference, of 255", mean)),
            exhibits: vec![Exhibit {
                id: "map".into(),
                title: format!("Error level at quality {}", self.quality),
                legend: format!(
                    "Largest absolute difference over red, green and blue after saving again, 0 to 255; the \
                     colours end at {high}. A part that differs from alike parts may have another history; \
                     edges and texture are bright in every picture."
                ),
                data: ExhibitData::Map(Arc::new(map)),
            }],
            ..Finding::observation(INFO.id, statement)
        }
    }
}

impl Method for ErrorLevel {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let rgb = evidence.view::<Rgb8>(())?;
        Ok(Examination::Findings(vec![self.examine_rgb(&rgb)]))
    }
}
