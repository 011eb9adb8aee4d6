//! A picture against the fingerprint of a camera.

use indicia_core::Result;
use indicia_ops::fft::Spectrum;
use indicia_ops::{Plane, Rgb8};
use ndarray::Array2;

use super::file::{self, About};
use super::local::{Placed, Windows, windows};
use super::peak::{self, Peak};
use super::residual::{Traces, clean};
use super::{LEAST, MATCH, UNDECIDED};

/// Bounds of the predictor's relative error as the map takes it. The lower one is what a fit to the camera's
/// own pictures cannot see.
const RELATIVE_ERROR: (f64, f64) = (0.3, 1.0);

/// The same where nothing is known but the picture's own median.
const UNTAUGHT: f64 = 0.6;

/// Mean square of a residual, in gray levels squared, below which it is what rounding leaves of a flat picture.
const SILENT: f64 = 1e-4;

/// An enrolled camera, ready to compare pictures with.
pub struct Camera {
    /// The fingerprint.
    pub fingerprint: Plane,
    /// What it was made of.
    pub about: Option<About>,
    spectrum: Spectrum,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The picture carries the fingerprint.
    Match,
    /// More than chance would give, less than what decides.
    Undecided,
    /// The fingerprint is not seen.
    NoMatch,
}

impl Outcome {
    /// In words, for tables.
    pub fn words(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Undecided => "undecided",
            Self::NoMatch => "no match",
        }
    }

    fn of(peak: &Peak) -> Self {
        if peak.pce >= MATCH {
            Self::Match
        } else if peak.log10_p() < UNDECIDED {
            Self::Undecided
        } else {
            Self::NoMatch
        }
    }
}

/// A picture against a camera.
pub struct Comparison {
    /// Where it fits best, and how well.
    pub peak: Peak,
    /// What that says.
    pub outcome: Outcome,
    /// For each cell the log likelihood ratio, in nats, that its window lacks the fingerprint.
    pub missing: Array2<f32>,
    /// Factor by which correlations in this picture lie below those of the enrolled ones.
    pub gain: f32,
}

impl Camera {
    /// A camera from a fingerprint alone.
    pub fn of(fingerprint: Plane) -> Self {
        let spectrum = Spectrum::forward(&fingerprint);
        Self { fingerprint, about: None, spectrum }
    }

    /// A camera with what its fingerprint was made of.
    pub fn enrolled(fingerprint: Plane, about: About) -> Self {
        Self { about: Some(about), ..Self::of(fingerprint) }
    }

    /// A camera from the bytes of its file.
    ///
    /// # Errors
    /// `Configuration` if they are no fingerprint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (fingerprint, about) = file::read(bytes)?;
        Ok(Self::enrolled(fingerprint, about))
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// `Internal` if it was not enrolled, or the archive cannot be made.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let about = self.about.as_ref();
        let about = about.ok_or_else(|| indicia_core::Error::internal("the camera was not enrolled"))?;
        file::write(&self.fingerprint, about)
    }

    /// The fingerprint's spectrum.
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Compares a picture, or says in a phrase why it cannot be.
    ///
    /// # Errors
    /// The reason, for people.
    pub fn compare(&self, rgb: &Rgb8) -> std::result::Result<Comparison, String> {
        let (width, height) = (rgb.width, rgb.height);
        let print = &self.fingerprint;
        if width.min(height) < LEAST {
            return Err(format!("needs {LEAST} pixels in both directions, this is {width}x{height}"));
        }
        if width > print.width || height > print.height {
            let turned = if height <= print.width && width <= print.height { ", or turned" } else { "" };
            return Err(format!(
                "this is {width}x{height}, larger than the camera's pictures ({}x{}){turned}",
                print.width, print.height
            ));
        }
        let Some((peak, windows)) = locate(&Traces::of(rgb), print, &self.spectrum) else {
            return Err("nothing varies: the picture is flat or saturated".to_owned());
        };
        let outcome = Outcome::of(&peak);
        let (missing, gain) = self.missing(&windows, outcome == Outcome::Match);
        Ok(Comparison { peak, outcome, missing, gain })
    }

    /// Log likelihood ratios that windows lack the fingerprint, and the gain. Correlations are normal around 0
    /// where it is missing, around the predicted one where it is there, with one variance for both: that of
    /// chance and of the prediction's error. A window that predicts nothing says nothing.
    fn missing(&self, windows: &Windows, matches: bool) -> (Array2<f32>, f32) {
        let predictor = self.about.as_ref().and_then(|about| about.predictor.as_ref());
        let predicted = windows.features.mapv(|f| predictor.map_or(1.0, |p| p.predict(&f)));
        let gain = match (matches, predictor) {
            (true, _) => gain(&windows.correlation, &predicted),
            (false, Some(_)) => 1.0,
            (false, None) => 0.0,
        };
        let (low, high) = RELATIVE_ERROR;
        let relative = predictor.map_or(UNTAUGHT, |p| (p.error / p.mean).clamp(low, high)) as f32;
        let count = windows.chance.len().max(1) as f32;
        let squares = windows.chance.iter().zip(&windows.share).map(|(c, share)| c * c * share);
        let chance = (squares.sum::<f32>() / count).max(1e-12);
        let missing = Array2::from_shape_fn(predicted.dim(), |at| {
            let expected = gain * predicted[at];
            // More than expected is no less present.
            let seen = windows.correlation[at].min(expected);
            let variance = chance / windows.share[at].max(1e-3) + (relative * expected).powi(2);
            expected * (expected - 2.0 * seen) / (2.0 * variance)
        });
        (missing, gain)
    }
}

/// The median of correlation over prediction, weighted by the prediction: what most of the picture says, so
/// that a part without the fingerprint, up to half, does not count.
fn gain(correlation: &Array2<f32>, predicted: &Array2<f32>) -> f32 {
    let mut ratios: Vec<(f32, f32)> =
        correlation.iter().zip(predicted).filter(|(_, p)| **p > 0.0).map(|(c, p)| (c / p, *p)).collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = ratios.iter().map(|(_, weight)| f64::from(*weight)).sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let median = ratios.iter().find(|(_, weight)| {
        sum += f64::from(*weight);
        sum >= half
    });
    median.map_or(0.0, |(ratio, _)| ratio.clamp(0.0, 2.0))
}

/// The best place of a picture in a fingerprint, and its windows there. `None` if it is larger than the
/// fingerprint, or nothing varies.
pub fn locate(traces: &Traces, fingerprint: &Plane, spectrum: &Spectrum) -> Option<(Peak, Windows)> {
    let (raw, intensity) = (traces.raw(), traces.intensity());
    let power: f64 = raw.samples.iter().map(|&v| f64::from(v).powi(2)).sum();
    if power < SILENT * raw.samples.len() as f64 {
        return None;
    }
    let residual = clean(raw.clone());
    let mut weighted = residual.clone();
    weighted.samples.iter_mut().zip(&intensity.samples).for_each(|(w, i)| *w *= i);
    let peak = peak::find(&weighted, fingerprint, spectrum)?;
    drop(weighted);
    let placed =
        Placed { raw: &raw, residual: &residual, intensity: &intensity, fingerprint, place: peak.place };
    Some((peak, windows(&placed)))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::gain;

    #[test]
    fn the_gain_is_the_weighted_median() {
        let predicted = array![[0.1, 0.1, 0.2], [0.2, 0.0, 0.4]];
        let correlation = array![[0.0, 0.0, 0.1], [0.1, 0.7, 0.32]];
        // Ratios 0 and 0 (weight 0.2), 0.5 and 0.5 (0.4), 0.8 (0.4): half of 1.0 is reached at 0.5.
        assert!((gain(&correlation, &predicted) - 0.5).abs() < 1e-6);
        assert_eq!(gain(&correlation, &array![[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), 0.0);
    }
}
