//! Which corruptions belong to which kind of medical picture, and how strong each severity is there.

use crate::corrupt::endoscopic::{OUR_OWN, PUBLISHED};

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

/// The kind of picture of this id.
pub fn modality(id: &str) -> Option<&'static Modality> {
    MODALITIES.iter().find(|m| m.id == id)
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
            condition("brightness", "brightness", [&[0.1], &[0.2], &[0.3], &[0.4], &[0.5]]),
            condition("darkness", "brightness", [&[-0.1], &[-0.2], &[-0.3], &[-0.4], &[-0.5]]),
            condition("contrast", "contrast", [&[0.4], &[0.3], &[0.2], &[0.1], &[0.05]]),
            condition("fog", "fog", [&[1.5, 2.0], &[2.0, 2.0], &[2.5, 1.7], &[2.5, 1.5], &[3.0, 1.4]]),
            condition("defocus_blur", "defocus_blur", [&[3.0, 0.1], &[4.0, 0.5], &[6.0, 0.5], &[8.0, 0.5], &[10.0, 0.5]]),
            condition("glass_blur", "glass_blur", [&[0.7, 1.0, 2.0], &[0.9, 2.0, 1.0], &[1.0, 2.0, 3.0], &[1.1, 3.0, 2.0], &[1.5, 4.0, 2.0]]),
            condition("motion_blur", "motion_blur", [&[10.0, 3.0], &[15.0, 5.0], &[15.0, 8.0], &[15.0, 12.0], &[20.0, 15.0]]),
            condition("zoom_blur", "zoom_blur", [&[12.0, 0.01], &[16.0, 0.01], &[11.0, 0.02], &[13.0, 0.02], &[11.0, 0.03]]),
            condition("gaussian_noise", "gaussian_noise", [&[0.08], &[0.12], &[0.18], &[0.26], &[0.38]]),
            condition("impulse_noise", "impulse_noise", [&[0.03], &[0.06], &[0.09], &[0.17], &[0.27]]),
            condition("shot_noise", "shot_noise", [&[60.0], &[25.0], &[12.0], &[5.0], &[3.0]]),
            condition("iso_noise", "iso_noise", [&[0.01, 0.01], &[0.02, 0.02], &[0.03, 0.03], &[0.04, 0.04], &[0.05, 0.05]]),
            condition("lens_distortion", "lens_distortion", [&[0.01], &[0.02], &[0.03], &[0.04], &[0.05]]),
            condition("resolution_change", "resolution_change", [&[0.5], &[0.4], &[0.3], &[0.2], &[0.1]]),
            condition("specular_reflection", "specular_reflection", [&[0.3, 1.5], &[0.35, 1.5], &[0.4, 1.2], &[0.45, 1.2], &[0.5, 1.0]]),
            condition("color_changes", "color_changes", [&[0.1], &[0.2], &[0.3], &[0.4], &[0.5]]),
        ],
    },
    Modality {
        id: "endoscopic_scene",
        title: "Endoscopy, what gets between the lens and the tissue",
        source: OUR_OWN,
        gray: false,
        conditions: &[
            condition("smoke", "smoke", [&[0.2], &[0.4], &[0.7], &[1.1], &[1.8]]),
            condition("specular_flashes", "specular_flashes", [&[0.003], &[0.008], &[0.018], &[0.035], &[0.07]]),
            condition("blood_tint", "blood_tint", [&[0.25], &[0.5], &[0.9], &[1.5], &[2.5]]),
            condition("bubbles", "bubbles", [&[0.03], &[0.07], &[0.12], &[0.20], &[0.30]]),
            condition("debris", "debris", [&[0.015], &[0.04], &[0.08], &[0.15], &[0.25]]),
            condition("lens_fogging", "lens_fogging", [&[0.25], &[0.45], &[0.6], &[0.8], &[1.0]]),
            condition("vignetting", "vignetting", [&[0.4], &[0.6], &[0.8], &[0.9], &[0.97]]),
            condition("instrument_shadow", "instrument_shadow", [&[0.10, 0.5], &[0.15, 0.65], &[0.20, 0.75], &[0.27, 0.85], &[0.36, 0.93]]),
            condition("over_exposure", "over_exposure", [&[0.5], &[1.0], &[1.5], &[2.0], &[3.0]]),
            condition("under_exposure", "under_exposure", [&[0.7], &[1.4], &[2.1], &[3.0], &[4.0]]),
            condition("interlacing", "interlacing", [&[0.004], &[0.008], &[0.015], &[0.025], &[0.04]]),
        ],
    },
];
