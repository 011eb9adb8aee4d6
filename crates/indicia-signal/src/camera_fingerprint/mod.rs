//! Camera fingerprint: tells whether a picture was recorded by an enrolled camera, and which parts were not.
//!
//! The pixels of a sensor differ in how strongly they answer to light, by a per cent or so, for as long as it
//! lives (photo-response non-uniformity). Averaged over pictures of one camera, what a denoiser takes for noise
//! shows this pattern; a further picture of the camera correlates with it, one of another camera does not.
//!
//! Assumptions: the fingerprint was enrolled from pictures as the camera wrote them, and the picture is as the
//! camera wrote it or a crop of that, saved again perhaps, not resized, turned or stabilised.
//!
//! Steps: the wavelet denoiser's residual of each channel; means of rows and columns and peaks of the spectrum
//! taken from it; its circular cross-correlation, weighted by intensity, with the fingerprint; the peak over
//! all places that the picture may have in the fingerprint, as peak-to-correlation energy; in windows of
//! 112 x 112 pixels the correlation at that place against the one that a polynomial in intensity, texture and
//! flatness, fitted at enrolment, predicts.
//!
//! Deviations from the publications are on `page.md`.
//!
//! References: M. Chen, J. Fridrich, M. Goljan, J. Lukas, IEEE TIFS 3(1), 2008, doi 10.1109/TIFS.2007.916285;
//! M. Goljan, J. Fridrich, T. Filler, SPIE 7254, 2009, doi 10.1117/12.805701.

mod compare;
mod enrol;
mod file;
mod local;
mod peak;
mod predictor;
mod residual;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    Digest, Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method,
    MethodInfo, RankedBy, Result, Score, Source as Publication, Status, Table, Topic, ViewNeed,
};
use indicia_ops::Rgb8;

pub use compare::{Camera, Comparison, Outcome};
pub use enrol::{FEW, enrol, steps};
pub use file::{About, LeftOut, SCHEMA, Source};
pub use peak::{Peak, log10_p};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.camera-fingerprint",
    title: "Camera fingerprint",
    summary: "Whether the enrolled camera's sensor recorded the picture, and which parts it did not.",
    applies: "Pictures no larger than those of the camera, at least 128 pixels in both directions, once a camera \
              is enrolled; not to pictures that were resized or turned.",
    page: include_str!("page.md"),
    sources: &[
        Publication {
            citation: "M. Chen, J. Fridrich, M. Goljan, J. Lukas, Determining image origin and integrity using \
                       sensor noise, IEEE Transactions on Information Forensics and Security 3(1), 2008",
            url: "https://doi.org/10.1109/TIFS.2007.916285",
            fidelity: Fidelity::Adapted,
        },
        Publication {
            citation: "M. Goljan, J. Fridrich, T. Filler, Large scale test of sensor fingerprint camera \
                       identification, Proc. SPIE 7254, 2009",
            url: "https://doi.org/10.1117/12.805701",
            fidelity: Fidelity::Faithful,
        },
        Publication {
            citation: "L. Bondi, P. Bestagini, N. Bonettini, prnu-python, Politecnico di Milano, 2018",
            url: "https://github.com/polimi-ispl/prnu-python",
            fidelity: Fidelity::Adapted,
        },
    ],
    status: Status::Preview,
    topic: Topic::Sensor,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        let read = |file: &Arc<indicia_core::CameraFile>| {
            Ok::<_, indicia_core::Error>((Camera::from_bytes(file.bytes())?, file.digest()))
        };
        Ok(Box::new(CameraFingerprint { camera: context.camera.as_ref().map(read).transpose()? }))
    },
};

/// Least width and height in pixels.
const LEAST: usize = 128;

/// Peak-to-correlation energy from which on a picture carries the fingerprint: 24 false alarms in a million
/// pairs of picture and camera in the test of Goljan, Fridrich and Filler (2009).
pub const MATCH: f64 = 60.0;

/// log10 of the p-value below which chance is an unlikely reason, though a match is not safe.
const UNDECIDED: f64 = -3.0;

/// Ends of the map's colour scale, in nats.
const COLOURS: f32 = 4.0;

struct CameraFingerprint {
    camera: Option<(Camera, Digest)>,
}

impl Method for CameraFingerprint {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let Some((camera, digest)) = &self.camera else {
            return Ok(Examination::not_applicable(
                "no camera is enrolled: make one with indicia camera enrol",
            ));
        };
        let rgb = evidence.view::<Rgb8>(())?;
        Ok(match camera.compare(&rgb) {
            Ok(comparison) => {
                Examination::Findings(vec![finding(comparison, camera, *digest, rgb.width, rgb.height)])
            }
            Err(why) => Examination::not_applicable(why),
        })
    }
}

impl Comparison {
    /// The strongest evidence, in nats, that a window lacks the fingerprint.
    pub fn strongest(&self) -> f64 {
        self.missing.iter().copied().fold(f32::MIN, f32::max).into()
    }

    /// The map of where the fingerprint is missing, for a picture of this size.
    pub fn map(&self, width: usize, height: usize) -> Map {
        Map {
            values: self.missing.clone(),
            cell: local::CELL,
            width,
            height,
            outside: 0.0,
            low: -COLOURS,
            high: COLOURS,
            direction: Direction::HigherIsSuspicious,
        }
    }
}

fn finding(found: Comparison, camera: &Camera, digest: Digest, width: usize, height: usize) -> Finding {
    let map = found.map(width, height);
    Finding {
        score: Some(Score::raw(
            "largest log likelihood ratio (nats) of a window that the fingerprint is missing",
            found.strongest(),
        )),
        exhibits: vec![
            Exhibit {
                id: "map".into(),
                title: "Fingerprint missing".into(),
                legend: "Log likelihood ratio that the window of 112 x 112 pixels around each cell lacks the \
                         camera's fingerprint: positive where it should be seen and is not, negative where it \
                         is. Near 0 nothing can be seen, as in dark, saturated or strongly textured parts."
                    .into(),
                data: ExhibitData::Map(Arc::new(map)),
            },
            Exhibit {
                id: "comparison".into(),
                title: "Comparison with the camera".into(),
                legend: "The p-value takes the correlation at each searched place for normal with the variance \
                         of all others; real pictures have heavier tails."
                    .into(),
                data: ExhibitData::Table(table(&found, camera, digest)),
            },
        ],
        ..Finding::observation(INFO.id, statement(&found))
    }
}

fn statement(found: &Comparison) -> String {
    let Peak { pce, .. } = found.peak;
    match found.outcome {
        Outcome::Match => {
            let missing = found.missing.iter().filter(|v| **v > 1.0).count();
            let share = 100.0 * missing as f64 / found.missing.len() as f64;
            format!(
                "The picture carries the fingerprint of the enrolled camera (PCE {pce:.0}, {MATCH:.0} decides); \
                 it is missing where it should be seen in {share:.1} % of the picture."
            )
        }
        Outcome::Undecided => format!(
            "The picture follows the fingerprint of the enrolled camera more than chance would, but less than \
             what decides (PCE {pce:.0} of {MATCH:.0})."
        ),
        Outcome::NoMatch => format!(
            "The fingerprint of the enrolled camera is not seen (PCE {pce:.1}, {MATCH:.0} decides): another camera \
             recorded the picture, or it was resized, turned or strongly compressed since."
        ),
    }
}

fn table(found: &Comparison, camera: &Camera, digest: Digest) -> Table {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let Peak { place, pce, correlation, searched } = found.peak;
    let print = &camera.fingerprint;
    let mut rows = vec![
        row("outcome", found.outcome.words().to_owned()),
        row("peak-to-correlation energy", format!("{pce:.1}")),
        row("log10 of the p-value", format!("{:.1}", found.peak.log10_p())),
        row("correlation", format!("{correlation:.5}")),
        row("place in the camera's picture (x,y)", format!("{},{}", place.0, place.1)),
        row("places searched", searched.to_string()),
        row("correlation, as a share of that in enrolled pictures", format!("{:.2}", found.gain)),
        row("fingerprint", digest.to_string()),
        row("size of the camera's pictures", format!("{}x{}", print.width, print.height)),
    ];
    if let Some(about) = &camera.about {
        rows.push(row("enrolled pictures", about.pictures.len().to_string()));
    }
    Table { columns: ["what", "value"].map(str::to_owned).to_vec(), rows }
}
