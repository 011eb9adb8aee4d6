use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Augment, Balance};

/// A range of numbers, `[from, to]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range(pub f64, pub f64);

impl Range {
    /// Checks that the range is in order and within bounds.
    ///
    /// # Errors
    /// `Configuration` that names `key`.
    pub fn check(self, key: &str, low: f64, high: f64) -> Result<()> {
        let Self(from, to) = self;
        if !(low..=high).contains(&from) || !(low..=high).contains(&to) || from > to {
            return Err(Error::configuration(format!(
                "{key} is [{from}, {to}], expected two numbers in order from {low} to {high}"
            )));
        }
        Ok(())
    }

    /// The number a share `u` of the way.
    pub fn at(self, u: f64) -> f64 {
        self.0 + (self.1 - self.0) * u
    }
}

/// How a picture comes to the size of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Sizing {
    /// A square is cut out of it at its own scale: traces of pixels stay. Smaller pictures are enlarged.
    #[default]
    Cut,
    /// Its largest square is scaled.
    Fit,
}

/// What is made alike between the classes, so that it cannot be learned in place of the content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Equalise {
    /// Whether pictures are compressed by the law below. Off, files stay as they are and whatever their format
    /// and compression tell of the label is learned too.
    pub enabled: bool,
    /// Quality of the JPEG that every picture is saved as once more, drawn evenly and without regard to the
    /// label: of a training picture anew each time, of another one once.
    pub quality: Range,
}

impl Default for Equalise {
    fn default() -> Self {
        Self { enabled: true, quality: Range(60.0, 95.0) }
    }
}

/// How pictures of a table become samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageConfig {
    /// Side of the squares that the network sees, pixels.
    pub size: usize,
    /// How pictures come to that size.
    pub sizing: Sizing,
    /// Share of each class of the training split that becomes the validation split, by groups, if the table has
    /// none.
    pub validation: f64,
    /// What batches hold equal numbers of.
    pub balance: Balance,
    /// Unreadable pictures that are left out before training stops.
    pub max_unreadable: usize,
    /// Whether altered pictures without a mask are left out, of methods that need one. Off, they are an error.
    pub skip_missing_masks: bool,
    /// What is made alike between the classes.
    pub equalise: Equalise,
    /// How training pictures are changed.
    pub augment: Augment,
}

impl Default for ImageConfig {
    fn default() -> Self {
        Self {
            size: 64,
            sizing: Sizing::default(),
            validation: 0.1,
            balance: Balance::default(),
            max_unreadable: 10,
            skip_missing_masks: false,
            equalise: Equalise::default(),
            augment: Augment::default(),
        }
    }
}

impl ImageConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// `Configuration` that names the key.
    pub fn check(&self) -> Result<()> {
        if !(1..=4096).contains(&self.size) {
            let got = self.size;
            return Err(Error::configuration(format!("data.size is {got}, expected 1 to 4096 pixels")));
        }
        if !(0.0..=0.9).contains(&self.validation) {
            let got = self.validation;
            return Err(Error::configuration(format!(
                "data.validation is {got}, expected a share from 0 to 0.9"
            )));
        }
        self.equalise.quality.check("data.equalise.quality", 1.0, 100.0)?;
        self.augment.check()
    }
}
