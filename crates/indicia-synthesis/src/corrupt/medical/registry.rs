//! Which corruptions belong to which kind of medical picture, and how strong each severity is there.

use indicia_core::{Error, Result};

use crate::corrupt::endoscopic::{self, OUR_OWN, PUBLISHED};
use crate::corrupt::{Corruption, blur, colour, noise, weather};

const MEDMNIST_C: &str = "medmnistc 0.1.0, corruptions/registry.py";

/// A kind of picture with the corruptions that belong to it.
#[derive(Debug)]
pub struct Modality {
    /// Name, such as `pathmnist`.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Whose table it is.
    pub source: &'static str,
    /// Pictures are gray: the results of corruptions, which change three channels, are made gray again.
    pub gray: bool,
    /// Its corruptions.
    pub conditions: &'static [Condition],
}

/// A corruption at the strengths of a kind of picture.
#[derive(Debug)]
pub struct Condition {
    /// Name in the table that it comes from.
    pub name: &'static str,
    /// [`Corruption::id`](crate::corrupt::Corruption::id) of the corruption that does it.
    pub corruption: &'static str,
    /// The values of severities 1 to 5.
    pub severities: [&'static [f64]; 5],
}

const fn condition(
    name: &'static str,
    corruption: &'static str,
    severities: [&'static [f64]; 5],
) -> Condition {
    Condition { name, corruption, severities }
}

/// A corruption at its own severities, where those are the published ones or our own.
const fn as_it_is(corruption: &Corruption) -> Condition {
    let s = corruption.severities;
    Condition { name: corruption.id, corruption: corruption.id, severities: [s[0], s[1], s[2], s[3], s[4]] }
}

/// The kind of picture of this id.
pub fn modality(id: &str) -> Option<&'static Modality> {
    MODALITIES.iter().find(|m| m.id == id)
}

/// Replaces steps `MODALITY/CONDITION@SEVERITY` of a recipe, such as `chestmnist/gaussian_noise@2`, by the steps
/// that they stand for. Severity 3 if none is given, as with other steps.
///
/// # Errors
/// `Configuration` with what there is instead of an unknown name.
pub(in crate::corrupt) fn expand(text: &str) -> Result<String> {
    let step = |step: &str| {
        let step = step.trim();
        let Some((id, rest)) = step.split_once('/') else { return Ok(step.to_owned()) };
        let wrong = |what: &str, all: Vec<&str>| {
            Error::configuration(format!(
                "step {step:.60?}: there is no {what}; there are {}",
                all.join(", ")
            ))
        };
        let kind = modality(id)
            .ok_or_else(|| wrong("such kind of picture", MODALITIES.iter().map(|m| m.id).collect()))?;
        let (name, severity) = rest.split_once('@').unwrap_or((rest, "3"));
        let condition = kind
            .condition(name)
            .ok_or_else(|| wrong("such condition", kind.conditions.iter().map(|c| c.name).collect()))?;
        let severity = severity.parse().ok().and_then(|severity| kind.recipe(condition, severity));
        severity
            .ok_or_else(|| Error::configuration(format!("step {step:.60?}: expected a severity of 1 to 5")))
    };
    Ok(text.split('+').map(step).collect::<Result<Vec<_>>>()?.join("+"))
}

impl Modality {
    /// The condition of this name.
    pub fn condition(&self, name: &str) -> Option<&'static Condition> {
        self.conditions.iter().find(|c| c.name == name)
    }

    /// The recipe, as [`Recipe::parse`](crate::corrupt::Recipe::parse) reads it, of a condition at a severity
    /// of 1 to 5; `None` beyond.
    pub fn recipe(&self, condition: &Condition, severity: usize) -> Option<String> {
        let values = condition.severities.get(severity.checked_sub(1)?)?;
        let values: Vec<_> = values.iter().map(f64::to_string).collect();
        let gray = if self.gray { "+grayscale" } else { "" };
        Some(format!("{}:{}{gray}", condition.corruption, values.join(",")))
    }
}

/// All kinds of pictures: the twelve data sets of MedMNIST, and endoscopy.
// A table reads best with one condition a line.
#[rustfmt::skip]
pub static MODALITIES: &[Modality] = &[
    Modality {
        id: "pathmnist",
        title: "Colon pathology, haematoxylin and eosin",
        source: MEDMNIST_C,
        gray: false,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.8], &[0.6], &[0.4], &[0.3], &[0.25]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("defocus_blur", "defocus_blur", [&[3.0, 0.1], &[4.0, 0.1], &[5.0, 0.2], &[6.0, 0.2], &[7.0, 0.3]]),
            condition("motion_blur", "motion_blur", [&[5.0, 5.0], &[10.0, 5.0], &[15.0, 5.0], &[15.0, 8.0], &[15.0, 12.0]]),
            condition("brightness_up", "brightness_up", [&[1.1], &[1.15], &[1.2], &[1.22], &[1.25]]),
            condition("brightness_down", "brightness_down", [&[0.85], &[0.8], &[0.75], &[0.72], &[0.7]]),
            condition("contrast_up", "contrast_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("contrast_down", "contrast_down", [&[0.8], &[0.7], &[0.6], &[0.55], &[0.5]]),
            condition("saturate", "saturate", [&[1.0, 0.05], &[1.0, 0.1], &[1.0, 0.15], &[1.0, 0.2], &[1.0, 0.25]]),
            condition("stain_deposit", "stain_deposit", [&[1.0, 24.0], &[2.0, 24.0], &[3.0, 24.0], &[4.0, 24.0], &[5.0, 32.0]]),
            condition("bubble", "bubble", [&[7.0, 15.0], &[10.0, 15.0], &[12.0, 15.0], &[15.0, 20.0], &[17.0, 25.0]]),
        ],
    },
    Modality {
        id: "bloodmnist",
        title: "Blood cells under the microscope",
        source: MEDMNIST_C,
        gray: false,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.6], &[0.5], &[0.4], &[0.3], &[0.25]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("defocus_blur", "defocus_blur", [&[2.0, 0.01], &[3.0, 0.1], &[4.0, 0.1], &[5.0, 0.1], &[6.0, 0.1]]),
            condition("motion_blur", "motion_blur", [&[3.0, 3.0], &[5.0, 5.0], &[10.0, 5.0], &[10.0, 7.0], &[10.0, 9.0]]),
            condition("brightness_up", "brightness_up", [&[1.1], &[1.2], &[1.3], &[1.35], &[1.4]]),
            condition("brightness_down", "brightness_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]]),
            condition("contrast_up", "contrast_up", [&[1.1], &[1.15], &[1.2], &[1.25], &[1.3]]),
            condition("contrast_down", "contrast_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]]),
            condition("saturate", "saturate", [&[1.0, 0.05], &[1.0, 0.1], &[1.0, 0.15], &[1.0, 0.17], &[1.0, 0.2]]),
            condition("stain_deposit", "stain_deposit", [&[1.0, 24.0], &[2.0, 24.0], &[3.0, 24.0], &[3.0, 24.0], &[3.0, 32.0]]),
            condition("bubble", "bubble", [&[5.0, 10.0], &[7.0, 10.0], &[10.0, 10.0], &[12.0, 12.0], &[15.0, 12.0]]),
        ],
    },
    Modality {
        id: "dermamnist",
        title: "Skin lesions, dermatoscope",
        source: MEDMNIST_C,
        gray: false,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.7], &[0.5], &[0.4], &[0.3], &[0.25]]),
            condition("jpeg_compression", "jpeg", [&[30.0, 420.0], &[20.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.08], &[0.12], &[0.18], &[0.26]]),
            condition("speckle_noise", "speckle_noise", [&[0.05], &[0.15], &[0.2], &[0.35], &[0.45]]),
            condition("impulse_noise", "impulse_noise", [&[0.01], &[0.03], &[0.06], &[0.09], &[0.17]]),
            condition("shot_noise", "shot_noise", [&[60.0], &[25.0], &[18.0], &[10.0], &[5.0]]),
            condition("defocus_blur", "defocus_blur", [&[4.0, 0.1], &[5.0, 0.2], &[6.0, 0.3], &[7.0, 0.4], &[8.0, 0.5]]),
            condition("motion_blur", "motion_blur", [&[10.0, 5.0], &[15.0, 5.0], &[15.0, 8.0], &[15.0, 12.0], &[20.0, 15.0]]),
            condition("zoom_blur", "zoom_blur_centred", [&[12.0, 0.01], &[16.0, 0.01], &[11.0, 0.02], &[13.0, 0.02], &[11.0, 0.03]]),
            condition("brightness_up", "brightness_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.5]]),
            condition("brightness_down", "brightness_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]]),
            condition("contrast_up", "contrast_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("contrast_down", "contrast_down", [&[0.8], &[0.7], &[0.6], &[0.5], &[0.4]]),
            condition("black_corner", "black_corner", [&[1.1], &[1.05], &[1.0], &[0.9], &[0.95]]),
            condition("characters", "characters", [&[1.0, 6.0, 0.14], &[2.0, 7.0, 0.15], &[3.0, 8.0, 0.16], &[4.0, 9.0, 0.17], &[6.0, 10.0, 0.18]]),
        ],
    },
    Modality {
        id: "retinamnist",
        title: "Retina, fundus camera",
        source: MEDMNIST_C,
        gray: false,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.8], &[0.6], &[0.5], &[0.4], &[0.35]]),
            condition("jpeg_compression", "jpeg", [&[30.0, 420.0], &[25.0, 420.0], &[20.0, 420.0], &[10.0, 420.0], &[5.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.08], &[0.12], &[0.16], &[0.2]]),
            condition("speckle_noise", "speckle_noise", [&[0.1], &[0.15], &[0.2], &[0.25], &[0.3]]),
            condition("defocus_blur", "defocus_blur", [&[4.0, 0.1], &[5.0, 0.2], &[6.0, 0.3], &[7.0, 0.4], &[8.0, 0.5]]),
            condition("motion_blur", "motion_blur", [&[8.0, 5.0], &[15.0, 5.0], &[15.0, 8.0], &[15.0, 12.0], &[20.0, 15.0]]),
            condition("brightness_down", "brightness_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]]),
            condition("contrast_down", "contrast_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "tissuemnist",
        title: "Kidney cortex cells, microscope",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.4], &[0.3], &[0.2], &[0.15], &[0.1]]),
            condition("jpeg_compression", "jpeg", [&[25.0, 420.0], &[20.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("impulse_noise", "impulse_noise", [&[0.01], &[0.015], &[0.02], &[0.025], &[0.03]]),
            condition("gaussian_blur", "gaussian_blur_window", [&[13.0], &[15.0], &[17.0], &[21.0], &[25.0]]),
            condition("brightness_up", "brightness_up", [&[1.3], &[1.4], &[1.5], &[1.6], &[1.7]]),
            condition("brightness_down", "brightness_down", [&[0.8], &[0.7], &[0.6], &[0.5], &[0.4]]),
            condition("contrast_up", "contrast_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("contrast_down", "contrast_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "octmnist",
        title: "Retina, optical coherence tomography",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.3], &[0.25], &[0.2], &[0.15], &[0.1]]),
            condition("jpeg_compression", "jpeg", [&[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0], &[5.0, 420.0]]),
            condition("speckle_noise", "speckle_noise", [&[0.15], &[0.3], &[0.4], &[0.5], &[0.6]]),
            condition("defocus_blur", "defocus_blur", [&[0.5, 0.6], &[1.0, 0.5], &[1.5, 0.1], &[2.0, 0.5], &[2.5, 0.1]]),
            condition("motion_blur", "motion_blur", [&[10.0, 3.0], &[15.0, 5.0], &[15.0, 8.0], &[15.0, 12.0], &[20.0, 15.0]]),
            condition("contrast_down", "contrast_down", [&[0.6], &[0.4], &[0.3], &[0.2], &[0.15]]),
        ],
    },
    Modality {
        id: "breastmnist",
        title: "Breast, ultrasound",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.3], &[0.25], &[0.2], &[0.15], &[0.1]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("speckle_noise", "speckle_noise", [&[0.1], &[0.15], &[0.2], &[0.25], &[0.3]]),
            condition("motion_blur", "motion_blur", [&[5.0, 5.0], &[9.0, 7.0], &[9.0, 10.0], &[13.0, 10.0], &[17.0, 12.0]]),
            condition("brightness_up", "brightness_up", [&[1.4], &[1.5], &[1.6], &[1.8], &[2.0]]),
            condition("brightness_down", "brightness_down", [&[0.55], &[0.5], &[0.45], &[0.4], &[0.3]]),
            condition("contrast_down", "contrast_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "chestmnist",
        title: "Chest X-ray",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.3], &[0.25], &[0.2], &[0.15], &[0.1]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.08], &[0.12], &[0.18], &[0.26]]),
            condition("speckle_noise", "speckle_noise", [&[0.05], &[0.15], &[0.2], &[0.35], &[0.45]]),
            condition("impulse_noise", "impulse_noise", [&[0.01], &[0.03], &[0.06], &[0.09], &[0.17]]),
            condition("shot_noise", "shot_noise", [&[60.0], &[25.0], &[18.0], &[10.0], &[5.0]]),
            condition("gaussian_blur", "gaussian_blur_window", [&[3.0], &[5.0], &[7.0], &[9.0], &[11.0]]),
            condition("brightness_up", "brightness_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.5]]),
            condition("brightness_down", "brightness_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]]),
            condition("contrast_up", "contrast_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("contrast_down", "contrast_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
            condition("gamma_corr_up", "gamma_corr_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("gamma_corr_down", "gamma_corr_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "pneumoniamnist",
        title: "Paediatric chest X-ray",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.8], &[0.7], &[0.6], &[0.5], &[0.4]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.05], &[0.06], &[0.07], &[0.08]]),
            condition("speckle_noise", "speckle_noise", [&[0.05], &[0.07], &[0.1], &[0.15], &[0.2]]),
            condition("impulse_noise", "impulse_noise", [&[0.005], &[0.01], &[0.013], &[0.017], &[0.02]]),
            condition("shot_noise", "shot_noise", [&[300.0], &[200.0], &[150.0], &[100.0], &[80.0]]),
            condition("gaussian_blur", "gaussian_blur_window", [&[3.0], &[5.0], &[7.0], &[9.0], &[11.0]]),
            condition("brightness_up", "brightness_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.5]]),
            condition("brightness_down", "brightness_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.5]]),
            condition("contrast_up", "contrast_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("contrast_down", "contrast_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
            condition("gamma_corr_up", "gamma_corr_up", [&[1.1], &[1.2], &[1.3], &[1.4], &[1.6]]),
            condition("gamma_corr_down", "gamma_corr_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "organamnist",
        title: "Abdominal CT, axial",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.7], &[0.6], &[0.5], &[0.4], &[0.35]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.08], &[0.12], &[0.16], &[0.2]]),
            condition("speckle_noise", "speckle_noise", [&[0.05], &[0.1], &[0.2], &[0.3], &[0.4]]),
            condition("impulse_noise", "impulse_noise", [&[0.01], &[0.02], &[0.03], &[0.05], &[0.08]]),
            condition("shot_noise", "shot_noise", [&[200.0], &[100.0], &[50.0], &[25.0], &[15.0]]),
            condition("gaussian_blur", "gaussian_blur_window", [&[11.0], &[13.0], &[15.0], &[17.0], &[21.0]]),
            condition("brightness_up", "brightness_up", [&[1.2], &[1.3], &[1.4], &[1.5], &[1.6]]),
            condition("brightness_down", "brightness_down", [&[0.8], &[0.75], &[0.7], &[0.65], &[0.6]]),
            condition("contrast_up", "contrast_up", [&[1.3], &[1.4], &[1.6], &[1.7], &[1.8]]),
            condition("contrast_down", "contrast_down", [&[0.8], &[0.7], &[0.6], &[0.55], &[0.5]]),
            condition("gamma_corr_up", "gamma_corr_up", [&[1.3], &[1.4], &[1.6], &[1.8], &[2.0]]),
            condition("gamma_corr_down", "gamma_corr_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "organcmnist",
        title: "Abdominal CT, coronal",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.7], &[0.6], &[0.5], &[0.4], &[0.35]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.08], &[0.12], &[0.16], &[0.2]]),
            condition("speckle_noise", "speckle_noise", [&[0.05], &[0.1], &[0.2], &[0.3], &[0.4]]),
            condition("impulse_noise", "impulse_noise", [&[0.01], &[0.02], &[0.03], &[0.05], &[0.08]]),
            condition("shot_noise", "shot_noise", [&[200.0], &[100.0], &[50.0], &[25.0], &[15.0]]),
            condition("gaussian_blur", "gaussian_blur_window", [&[11.0], &[13.0], &[15.0], &[17.0], &[21.0]]),
            condition("brightness_up", "brightness_up", [&[1.2], &[1.3], &[1.4], &[1.5], &[1.6]]),
            condition("brightness_down", "brightness_down", [&[0.8], &[0.75], &[0.7], &[0.65], &[0.6]]),
            condition("contrast_up", "contrast_up", [&[1.3], &[1.4], &[1.6], &[1.7], &[1.8]]),
            condition("contrast_down", "contrast_down", [&[0.8], &[0.7], &[0.6], &[0.55], &[0.5]]),
            condition("gamma_corr_up", "gamma_corr_up", [&[1.3], &[1.4], &[1.6], &[1.8], &[2.0]]),
            condition("gamma_corr_down", "gamma_corr_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "organsmnist",
        title: "Abdominal CT, sagittal",
        source: MEDMNIST_C,
        gray: true,
        conditions: &[
            condition("pixelate", "pixelate_box", [&[0.7], &[0.6], &[0.5], &[0.4], &[0.35]]),
            condition("jpeg_compression", "jpeg", [&[50.0, 420.0], &[30.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.04], &[0.08], &[0.12], &[0.16], &[0.2]]),
            condition("speckle_noise", "speckle_noise", [&[0.05], &[0.1], &[0.2], &[0.3], &[0.4]]),
            condition("impulse_noise", "impulse_noise", [&[0.01], &[0.02], &[0.03], &[0.05], &[0.08]]),
            condition("shot_noise", "shot_noise", [&[200.0], &[100.0], &[50.0], &[25.0], &[15.0]]),
            condition("gaussian_blur", "gaussian_blur_window", [&[11.0], &[13.0], &[15.0], &[17.0], &[21.0]]),
            condition("brightness_up", "brightness_up", [&[1.2], &[1.3], &[1.4], &[1.5], &[1.6]]),
            condition("brightness_down", "brightness_down", [&[0.8], &[0.75], &[0.7], &[0.65], &[0.6]]),
            condition("contrast_up", "contrast_up", [&[1.3], &[1.4], &[1.6], &[1.7], &[1.8]]),
            condition("contrast_down", "contrast_down", [&[0.8], &[0.7], &[0.6], &[0.55], &[0.5]]),
            condition("gamma_corr_up", "gamma_corr_up", [&[1.3], &[1.4], &[1.6], &[1.8], &[2.0]]),
            condition("gamma_corr_down", "gamma_corr_down", [&[0.9], &[0.8], &[0.7], &[0.6], &[0.4]]),
        ],
    },
    Modality {
        id: "endoscopic",
        title: "Endoscopy, the published corruptions",
        source: PUBLISHED,
        gray: false,
        conditions: &[
            as_it_is(&colour::BRIGHTNESS),
            condition("darkness", "brightness", [&[-0.1], &[-0.2], &[-0.3], &[-0.4], &[-0.5]]),
            as_it_is(&colour::CONTRAST),
            as_it_is(&weather::FOG),
            as_it_is(&blur::DEFOCUS_BLUR),
            as_it_is(&blur::GLASS_BLUR),
            as_it_is(&blur::MOTION_BLUR),
            as_it_is(&blur::ZOOM_BLUR),
            as_it_is(&noise::GAUSSIAN_NOISE),
            as_it_is(&noise::IMPULSE_NOISE),
            as_it_is(&noise::SHOT_NOISE),
            as_it_is(&endoscopic::ISO_NOISE),
            as_it_is(&endoscopic::LENS_DISTORTION),
            as_it_is(&endoscopic::RESOLUTION_CHANGE),
            as_it_is(&endoscopic::SPECULAR_REFLECTION),
            as_it_is(&endoscopic::COLOR_CHANGES),
        ],
    },
    Modality {
        id: "endoscopic_scene",
        title: "Endoscopy, what gets between the lens and the tissue",
        source: OUR_OWN,
        gray: false,
        conditions: &[
            as_it_is(&endoscopic::SMOKE),
            as_it_is(&endoscopic::SPECULAR_FLASHES),
            as_it_is(&endoscopic::BLOOD_TINT),
            as_it_is(&endoscopic::BUBBLES),
            as_it_is(&endoscopic::DEBRIS),
            as_it_is(&endoscopic::LENS_FOGGING),
            as_it_is(&endoscopic::VIGNETTING),
            as_it_is(&endoscopic::INSTRUMENT_SHADOW),
            as_it_is(&endoscopic::OVER_EXPOSURE),
            as_it_is(&endoscopic::UNDER_EXPOSURE),
            as_it_is(&endoscopic::INTERLACING),
        ],
    },
];
