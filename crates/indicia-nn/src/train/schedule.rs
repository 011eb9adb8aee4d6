//! Learning rates over the steps of a run.

use std::f64::consts::PI;

use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

/// How the learning rate goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// It does not.
    Constant,
    /// `floor + (1 - floor) (1 + cos(pi t)) / 2` (Loshchilov and Hutter, ICLR 2017, without restarts).
    #[default]
    Cosine,
    /// `floor + (1 - floor) (1 - t)^power`.
    Poly,
    /// `factor^k` after `k` times `every` steps.
    Step,
}

/// The learning rate over the steps of a run, as a factor. `t` runs from 0 after the warm-up to 1 at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// How it goes down.
    pub kind: ScheduleKind,
    /// Steps over which it goes up evenly: the first of `w` has `1 / w`, the last the whole rate.
    pub warmup: u64,
    /// Share of the rate that remains at the end, of `cosine` and `poly`.
    pub floor: f64,
    /// Exponent of `poly`.
    pub power: f64,
    /// Steps between reductions of `step`, counted from the end of the warm-up.
    pub every: u64,
    /// What `step` multiplies by.
    pub factor: f64,
}

impl Default for Schedule {
    fn default() -> Self {
        let kind = ScheduleKind::default();
        Self { kind, warmup: 0, floor: 0.0, power: 0.9, every: 1000, factor: 0.1 }
    }
}

impl Schedule {
    /// Checks every value.
    ///
    /// # Errors
    /// `Configuration` that names the key.
    pub fn check(&self) -> Result<()> {
        let wrong = |key: &str, got: f64, expected: &str| {
            Err(Error::configuration(format!("train.schedule.{key} is {got}, expected {expected}")))
        };
        if !(0.0..=1.0).contains(&self.floor) {
            return wrong("floor", self.floor, "a share from 0 to 1");
        }
        if !(self.power > 0.0 && self.power.is_finite()) {
            return wrong("power", self.power, "a number above 0");
        }
        if self.every == 0 {
            return wrong("every", 0.0, "at least 1 step");
        }
        if !(self.factor > 0.0 && self.factor <= 1.0) {
            return wrong("factor", self.factor, "a number above 0, at most 1");
        }
        Ok(())
    }

    /// The factor of step `step`, from 0, of `total`.
    pub fn factor(&self, step: u64, total: u64) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / self.warmup as f64;
        }
        let (past, rest) = (step - self.warmup, total.saturating_sub(self.warmup).max(1));
        let t = (past as f64 / rest as f64).min(1.0);
        let shaped = |share: f64| self.floor + (1.0 - self.floor) * share;
        match self.kind {
            ScheduleKind::Constant => 1.0,
            ScheduleKind::Cosine => shaped(0.5 * (1.0 + (PI * t).cos())),
            ScheduleKind::Poly => shaped((1.0 - t).powf(self.power)),
            ScheduleKind::Step => self.factor.powi(i32::try_from(past / self.every).unwrap_or(i32::MAX)),
        }
    }
}
