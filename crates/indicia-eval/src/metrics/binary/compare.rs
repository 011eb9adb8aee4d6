use indicia_core::{Error, Result};
use serde::Serialize;
use serde::ser::SerializeMap;

use super::catalogue::{METRICS, MetricInfo};
use super::evaluate::groups_of;
use super::resample::{interval, method, prepare, shift};
use super::{Options, Predictions};
use crate::stats::{DeLong, DeLongDifference, Estimate, Groups, shifted_p_value};

/// A metric of two detectors over the same items.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// Value of the first detector.
    pub first: f64,
    /// Value of the second detector.
    pub second: f64,
    /// First less second, with the interval of the paired bootstrap.
    pub difference: Estimate,
    /// Two-sided p-value of the paired bootstrap against no difference.
    pub p_value: Option<f64>,
}

/// Two detectors over the same items.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Every metric of [`METRICS`] in its order, where both detectors have it.
    pub metrics: Vec<(&'static MetricInfo, Option<Difference>)>,
    /// DeLong's test of the areas under the ROC curves; it takes items as independent, so that with groups
    /// the bootstrap is to be read. Absent where a class has fewer than two items.
    pub delong: Option<DeLongDifference>,
}

impl Comparison {
    /// The difference in the metric of this id, where both detectors have it.
    pub fn get(&self, id: &str) -> Option<&Difference> {
        self.metrics.iter().find(|(info, _)| info.id == id)?.1.as_ref()
    }
}

/// As an object of a map `metrics` from id to difference or null, and `delong`.
impl Serialize for Comparison {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Map<'a>(&'a [(&'static MetricInfo, Option<Difference>)]);
        impl Serialize for Map<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(info, difference)| (info.id, difference)))
            }
        }
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("metrics", &Map(&self.metrics))?;
        map.serialize_entry("delong", &self.delong)?;
        map.end()
    }
}

/// Compares two detectors that scored the same items: every resample of the groups is measured for both.
///
/// # Errors
///
/// As [`evaluate`](super::evaluate), for either detector, and `Input` where they scored different numbers of
/// items.
pub fn compare(
    first: &Predictions<'_>,
    second: &Predictions<'_>,
    labels: &[bool],
    groups: Option<&[u32]>,
    options: &Options,
) -> Result<Comparison> {
    if first.scores.len() != second.scores.len() {
        return Err(Error::input(format!(
            "expected scores of the same items, got {} and {}",
            first.scores.len(),
            second.scores.len()
        )));
    }
    let delong = DeLong::compare(first.scores, second.scores, labels)?;
    let (exact_first, layout_first) = prepare(first, labels, options)?;
    let (exact_second, layout_second) = prepare(second, labels, options)?;
    let groups = match groups_of(groups, labels.len())? {
        Some(groups) => groups,
        None => Groups::of_single_items(labels.len())?,
    };
    let spread_first = layout_first.spread(&groups);
    let spread_second = layout_second.spread(&groups);
    let replicates = if groups.len() < 2 {
        Vec::new()
    } else {
        options.bootstrap.run(
            groups.len(),
            || (layout_first.scratch(), layout_second.scratch()),
            |((weights_first, sample_first), (weights_second, sample_second)), draws| {
                spread_first.weigh(draws, weights_first);
                layout_first.fill(weights_first, sample_first);
                spread_second.weigh(draws, weights_second);
                layout_second.fill(weights_second, sample_second);
                (sample_first.values(), sample_second.values())
            },
        )
    };

    let (first, second) = (exact_first.values(), exact_second.values());
    let (resampled_first, resampled_second) = (layout_first.values(), layout_second.values());
    let metrics = METRICS.iter().enumerate().map(|(index, info)| {
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        let difference = || {
            let (first, second) = (finite(first[index])?, finite(second[index])?);
            let value = first - second;
            let column = || replicates.iter().map(|(a, b)| Some(a[index]? - b[index]?));
            let resampled = resampled_first[index]? - resampled_second[index]?;
            let shift = shift(value, resampled, info.centred, column());
            let width = info.greatest.map_or(f64::INFINITY, |greatest| greatest - info.least);
            let ci95 = interval(column(), shift, [-width, width]);
            let moved = column().map(|replicate| replicate.map(|replicate| replicate + shift));
            let p_value = ci95.and_then(|_| shifted_p_value(value, moved));
            Some(Difference {
                first,
                second,
                difference: Estimate::new(value, ci95, method(info.centred)),
                p_value,
            })
        };
        (info, difference())
    });
    Ok(Comparison { metrics: metrics.collect(), delong })
}
