//! What a file's metadata says, and where it contradicts itself.
//!
//! **Detects** names of image generators and their prompts, names of editors, edit histories, dates in an
//! impossible order, sizes that the picture does not have, makers that do not fit their models, colour
//! profiles that do not fit the picture.
//!
//! **Assumes** nothing: metadata is neither signed nor calibrated, so every finding is an exhibit and none
//! votes. A declared generator claims synthesis by the file's own account; an editor's trace is only an
//! observation, because editors write it at every save.
//!
//! **Steps.** Each check in [`algorithm`] reads the typed fields of [`Metadata`] and gives at most a few
//! findings, each with the fields and their values. Names of programs, makers and profiles are recognised by
//! the tables in [`software`]. Statements never quote fields that may identify a person.
//!
//! **Limits.** Fields can be removed, copied or forged with common tools. Dates have no time zone in most
//! files, and a difference that a time zone could explain is either not reported or said to be so. No clock
//! is read, so that reports can be repeated: "future" means after a year that is a parameter.
//!
//! **References.** Exif 3.0 (CIPA DC-008-2023); XMP (ISO 16684-1:2019); IPTC Photo Metadata Standard 2023.1
//! and its digital source types; IIM 4.2; ICC.1:2022; PNG (W3C, third edition).

pub mod algorithm;
pub mod software;

#[cfg(test)]
mod tests;

use indicia_codec::{ColorModel, Metadata, Pixels};
use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Kind, Method, MethodInfo, Parameter, RankedBy, Result,
    Source, Status, Topic, ViewNeed,
};

/// The method's entry in the registry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.metadata",
    title: "Metadata",
    summary: "Traces of generators and editors in metadata, and fields that contradict each other or the picture",
    applies: "Every picture; a file without metadata gets the plain fact that it has none",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "CIPA DC-008-2023, Exchangeable image file format for digital still cameras: Exif Version 3.0, 2023",
            url: "https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "ISO 16684-1:2019, Extensible metadata platform (XMP), part 1",
            url: "https://www.iso.org/standard/75163.html",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "IPTC, Digital Source Type NewsCodes",
            url: "https://cv.iptc.org/newscodes/digitalsourcetype/",
            fidelity: Fidelity::Faithful,
        },
    ],
    status: Status::Preview,
    topic: Topic::Origin,
    ranked_by: RankedBy::Claims,
    needs: &[ViewNeed::of::<Metadata>(), ViewNeed::of::<Pixels>()],
    parameters: &[
        parameter("earliest_year", "Dates before this year are pointed out", "year", 1800.0, 2100.0, 1990.0),
        parameter("latest_year", "Dates after this year are pointed out", "year", 1990.0, 9999.0, 2030.0),
        parameter("tolerance", "Dates that differ by no more than this agree", "s", 0.0, 86_400.0, 60.0),
        parameter("gps_hours", "GPS time and camera clock may differ by this much", "h", 0.0, 1000.0, 26.0),
    ],
    build: |context| build(context),
};

const fn parameter(
    name: &'static str,
    description: &'static str,
    unit: &'static str,
    min: f64,
    max: f64,
    default: f64,
) -> Parameter {
    Parameter { name, description, unit, min, max, default, integer: true }
}

/// Bounds of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checks {
    /// First year that is not pointed out.
    pub earliest_year: i64,
    /// Last year that is not pointed out.
    pub latest_year: i64,
    /// Seconds by which dates may differ and still agree.
    pub tolerance: i64,
    /// Seconds by which GPS time and the camera's clock may differ.
    pub gps_seconds: i64,
}

/// What the checks need to know of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureShape {
    /// Columns as stored.
    pub width: usize,
    /// Rows as stored.
    pub height: usize,
    /// Colour channels without alpha: 1, 3 or 4.
    pub colors: usize,
}

struct MetadataMethod(Checks);

fn build(context: &BuildContext) -> Result<Box<dyn Method>> {
    let values = INFO.parameter_values(context)?;
    let whole = |name| values.number(name) as i64;
    Ok(Box::new(MetadataMethod(Checks {
        earliest_year: whole("earliest_year"),
        latest_year: whole("latest_year"),
        tolerance: whole("tolerance"),
        gps_seconds: whole("gps_hours") * 3600,
    })))
}

impl Method for MetadataMethod {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let kind = evidence.kind();
        if matches!(kind, Kind::Dicom | Kind::Pdf) {
            return Ok(Examination::not_applicable(format!("needs a picture, this is a {kind}")));
        }
        if kind == Kind::Frame {
            return Ok(Examination::not_applicable("what is said of a frame stands in its file's metadata"));
        }
        let metadata = evidence.view::<Metadata>(())?;
        let pixels = evidence.view::<Pixels>(())?;
        let colors = match pixels.model {
            ColorModel::Gray | ColorModel::GrayAlpha => 1,
            ColorModel::Rgb | ColorModel::Rgba => 3,
            ColorModel::Cmyk => 4,
        };
        let picture = PictureShape { width: pixels.width, height: pixels.height, colors };
        Ok(Examination::Findings(algorithm::examine(&metadata, &picture, &self.0)))
    }
}
