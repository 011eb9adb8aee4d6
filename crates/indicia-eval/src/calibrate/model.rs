use std::collections::BTreeMap;

use indicia_core::{CalibrationUse, Error, KindRate, ParameterValues, Result};
use serde::{Deserialize, Serialize};

use super::{Curve, Fusion, Locator};

/// Name and version of the form of calibrations.
pub const SCHEMA: &str = "indicia.calibration/1";

/// What the methods' scores are worth, for one or more populations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Always `indicia.calibration/1`.
    pub schema: String,
    /// Populations; the first that fits a picture is used for it.
    pub populations: Vec<Population>,
}

/// Pictures that a calibration was learned from, and what was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Its name, such as `photographs`.
    pub name: String,
    /// Where the pictures come from and what was done to them, in a sentence or two.
    pub description: String,
    /// Pictures belong to it only if this method applies to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_applies: Option<String>,
    /// Pictures belong to it only if this method does not apply to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless_applies: Option<String>,
    /// It tells where to look, and nothing of what that is worth: its pictures stand in for others that could not
    /// be had, and ratios and rates learned from them do not hold there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locates_only: bool,
    /// Authentic pictures that it was learned from.
    pub authentic: Sources,
    /// Altered pictures that it was learned from.
    pub altered: Sources,
    /// Methods by id.
    pub methods: BTreeMap<String, MethodModel>,
    /// How their ratios are put together.
    pub fusion: Fusion,
    /// From the fused score to a log10 likelihood ratio.
    pub curve: Curve,
    /// Where evidence is called strong enough.
    pub operating_point: OperatingPoint,
    /// Cllr of the fused ratio in bits, on sources that it was not learned from.
    pub cllr: f64,
    /// Part of [`Population::cllr`] that discrimination alone loses; the rest is lost by calibration.
    pub min_cllr: f64,
    /// Kinds of alteration and how many of each reach the operating point.
    pub kinds: Vec<KindRate>,
    /// How maps are put together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locator: Option<Locator>,
}

/// How many pictures there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Pictures.
    pub items: u64,
    /// Independent sources that they were made from.
    pub sources: u64,
}

/// What is known of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodModel {
    /// The parameters that it ran with. With others the calibration does not hold.
    pub parameters: ParameterValues,
    /// From its strength to a log10 likelihood ratio.
    pub curve: Curve,
}

/// Where fused evidence is called strong enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatingPoint {
    /// Lowest fused score that is called.
    pub threshold: f64,
    /// Authentic sources of which a picture reached it, when its fold had no part in the learning.
    pub false_alarms: u64,
    /// Upper 95 % bound of the share of authentic sources that reach it.
    pub false_alarm_bound: f64,
}

impl Calibration {
    /// Reads a calibration from JSON.
    ///
    /// # Errors
    /// `Input` if it is none, with the place.
    pub fn from_json(text: &str) -> Result<Self> {
        let read: Self =
            serde_json::from_str(text).map_err(|e| Error::input(format!("no calibration: {e}")))?;
        if read.schema != SCHEMA {
            return Err(Error::input(format!("expected a calibration {SCHEMA}, got {:?}", read.schema)));
        }
        Ok(read)
    }

    /// The population that a picture belongs to, by the methods that apply to it.
    pub fn population(&self, applies: impl Fn(&str) -> bool) -> Option<&Population> {
        self.populations.iter().find(|population| {
            population.if_applies.as_deref().is_none_or(&applies)
                && !population.unless_applies.as_deref().is_some_and(&applies)
        })
    }
}

impl Population {
    /// What a report tells of it.
    pub fn summary(&self) -> CalibrationUse {
        CalibrationUse {
            population: self.name.clone(),
            description: self.description.clone(),
            authentic_items: self.authentic.items,
            authentic_sources: self.authentic.sources,
            altered_items: self.altered.items,
            altered_sources: self.altered.sources,
            threshold: self.operating_point.threshold,
            false_alarms: self.operating_point.false_alarms,
            false_alarm_bound: self.operating_point.false_alarm_bound,
            cllr: self.cllr,
            min_cllr: self.min_cllr,
            kinds: self.kinds.clone(),
        }
    }
}
