use serde::Serialize;

use super::wilson_interval;

/// How an interval was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntervalMethod {
    /// From the 2.5 % to the 97.5 % quantile of the value on resampled groups.
    Bootstrap,
    /// The same, moved by the mean difference between resamples and value: for values that resampling pushes
    /// to one side, such as calibration errors and best thresholds.
    CentredBootstrap,
    /// DeLong's variance of the area under the ROC curve.
    #[serde(rename = "delong")]
    DeLong,
    /// Wilson's score interval of a proportion.
    Wilson,
}

/// A measured value with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The value on all items.
    pub value: f64,
    /// Lower and upper end of the 95 % confidence interval; absent where none can be found, as from one group.
    pub ci95: Option<[f64; 2]>,
    /// How the interval was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<IntervalMethod>,
}

impl Estimate {
    /// A value with an interval, where there is one.
    pub fn new(value: f64, ci95: Option<[f64; 2]>, method: IntervalMethod) -> Self {
        Self { value, ci95, interval: ci95.map(|_| method) }
    }

    /// A proportion of independent trials with Wilson's interval; `None` without trials.
    pub fn proportion(successes: u64, trials: u64) -> Option<Self> {
        let ci95 = wilson_interval(successes, trials)?;
        Some(Self::new(successes as f64 / trials as f64, Some(ci95), IntervalMethod::Wilson))
    }
}
