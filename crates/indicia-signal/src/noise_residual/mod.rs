//! Noise residuals: what three denoisers take away from the picture, to look at.
//!
//! A residual shows noise without most of the content. A part of another origin, one that was smoothed or
//! painted, and edges that were pasted often show by another grain. The median keeps edges and takes single
//! pixels; the wavelet denoiser is that of camera fingerprints; non-local means keep repeated texture.
//!
//! Luma is read. A residual is shown by its size: each pixel of the view is the root mean square over the
//! pixels that it stands for, so that a reduced view still shows how strong the noise is where.
//!
//! References: `page.md` and `INFO`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Exhibit, Fidelity, Finding, Method, MethodInfo, Picture, RankedBy, Result, Source,
    Status, Topic, ViewNeed,
};
use indicia_ops::wavelet::{Daubechies, noise_deviation};
use indicia_ops::{Luma8, Plane, filter};

use crate::exhibit::{self, too_small};
use crate::picture::{reduced, reduction};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.noise-residual",
    title: "Noise residuals",
    summary: "The grain that a median, a wavelet and a non-local denoiser take away; to look at, not a test.",
    applies: "Any picture of at least 16 by 16 pixels.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "J. Lukas, J. Fridrich, M. Goljan, Digital camera identification from sensor pattern \
                       noise, IEEE Transactions on Information Forensics and Security 1(2), 2006",
            url: "https://doi.org/10.1109/TIFS.2006.873602",
            fidelity: Fidelity::Faithful,
        },
        Source {
            citation: "A. Buades, B. Coll, J.-M. Morel, A non-local algorithm for image denoising, CVPR, 2005",
            url: "https://doi.org/10.1109/CVPR.2005.38",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "sherloq, a digital photo forensic toolset (its noise separation)",
            url: "https://github.com/GuidoBartoli/sherloq",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(NoiseResidual))
    },
};

/// Smallest side of a picture that is looked at, in pixels.
const SMALLEST: usize = 16;

/// Levels and noise deviation of the wavelet denoiser, those of camera fingerprints.
const LEVELS: usize = 4;
const FINGERPRINT_SIGMA: f32 = 5.0;

/// Least noise deviation that non-local means are told, of 255: rounding alone leaves less.
const LEAST_SIGMA: f32 = 1.0;

struct NoiseResidual;

/// The residual by its size, scaled so that three times its root mean square is white.
fn shown(residual: &Plane) -> (Picture, f32) {
    let squares: f64 = residual.samples.iter().map(|&v| f64::from(v * v)).sum();
    let size = (squares / residual.samples.len().max(1) as f64).sqrt() as f32;
    let gain = 255.0 / (3.0 * size).max(1.0);
    let square = |i: usize| [residual.samples[i] * residual.samples[i]; 3];
    (reduced(residual.width, residual.height, square, |mean| gain * mean.sqrt()), size)
}

fn exhibit(id: &str, title: &str, how: &str, residual: &Plane) -> Exhibit {
    let (picture, size) = shown(residual);
    let side = reduction(residual.width, residual.height);
    let each = if side == 1 {
        "Each pixel shows its own".to_owned()
    } else {
        format!("Each pixel shows the root mean square of {side} by {side}")
    };
    let legend = format!(
        "{how} {each}; black is 0, white {:.1} of 255 and more. Parts of like texture and brightness should show \
         like grain.",
        (3.0 * size).max(1.0)
    );
    exhibit::shown(id, title, legend, picture)
}

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    let plane = Plane::from_bytes(width, height, &luma.samples);
    let sigma = noise_deviation(&plane);
    let mut exhibits = vec![exhibit(
        "median",
        "Residual of the median",
        "Luma minus the median of 3 by 3 pixels.",
        &algorithm::median_residual(&luma.samples, width, height),
    )];
    let residual = filter::residual(&plane, Daubechies::Eight, LEVELS, FINGERPRINT_SIGMA);
    exhibits.push(exhibit(
        "wavelet",
        "Residual of the wavelet denoiser",
        "Luma minus its wavelet Wiener estimate for a noise of 5 of 255, as camera fingerprints use it.",
        &residual,
    ));
    drop(residual);
    let told = sigma.max(LEAST_SIGMA);
    exhibits.push(exhibit(
        "non-local-means",
        "Residual of non-local means",
        &format!("Luma minus the mean of pixels with like surroundings, for a noise of {told:.1} of 255."),
        &algorithm::non_local_residual(&plane, told),
    ));
    let statement = format!(
        "The picture's grain is about {sigma:.1} of 255; compare it between parts of like texture in the views."
    );
    Examination::Findings(vec![Finding { exhibits, ..Finding::observation(INFO.id, statement) }])
}

impl Method for NoiseResidual {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}
