use indicia_core::{Error, Result};
use serde::Serialize;
use serde::ser::SerializeMap;

use super::catalogue::{METRICS, MetricInfo};
use super::curve::{PrecisionRecallCurve, RocCurve};
use super::resample::{Layout, Sample, Values, interval, method, prepare, shift};
use super::{Confusion, ReliabilityBin, ScoreKind};
use crate::stats::{Bootstrap, Estimate, Groups};

/// What a detector says of every item.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// One score per item, higher is more suspicious.
    pub scores: &'a [f64],
    /// What the scores mean.
    pub kind: ScoreKind,
    /// The detector's own decision per item; without it, scores of at least the threshold are positive.
    pub decisions: Option<&'a [bool]>,
    /// Threshold of decisions; without it 0.5 for probabilities and 0 for log likelihood ratios.
    pub threshold: Option<f64>,
}

/// How detectors are measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Probability of the positive class that probabilities assume, and at which likelihood ratios are
    /// turned into probabilities.
    pub prior: f64,
    /// Resampling for intervals.
    pub bootstrap: Bootstrap,
    /// Most points of a curve.
    pub curve_points: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { prior: 0.5, bootstrap: Bootstrap::default(), curve_points: 1000 }
    }
}

/// How many there are of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items labelled positive.
    pub positives: usize,
    /// Items labelled negative.
    pub negatives: usize,
    /// Groups that are drawn together; as many as items where no groups are given.
    pub groups: usize,
}

/// Every metric of [`METRICS`] in its order, with its value or the reason why there is none.
#[derive(Debug, Clone)]
pub struct Metrics(Vec<(&'static MetricInfo, Result<Estimate, String>)>);

impl Metrics {
    /// All metrics in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static MetricInfo, Result<&Estimate, &str>)> {
        self.0.iter().map(|(info, result)| (*info, result.as_ref().map_err(String::as_str)))
    }

    /// The value of the metric of this id, where there is one.
    pub fn get(&self, id: &str) -> Option<&Estimate> {
        self.0.iter().find(|(info, _)| info.id == id)?.1.as_ref().ok()
    }

    /// Why the metric of this id has no value.
    pub fn reason_of_absence(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(info, _)| info.id == id)?.1.as_ref().err().map(String::as_str)
    }
}

/// As a map from id to estimate, or to null where there is none.
impl Serialize for Metrics {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (info, result) in &self.0 {
            map.serialize_entry(info.id, &result.as_ref().ok())?;
        }
        map.end()
    }
}

fn with_reasons<S: serde::Serializer>(metrics: &Metrics, serializer: S) -> Result<S::Ok, S::Error> {
    struct Reasons<'a>(&'a Metrics);
    impl Serialize for Reasons<'_> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(
                self.0.iter().filter_map(|(info, result)| result.err().map(|reason| (info.id, reason))),
            )
        }
    }
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("metrics", metrics)?;
    map.serialize_entry("absent", &Reasons(metrics))?;
    map.end()
}

/// Curves of one detector; absent where a class is, or without probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curves {
    /// Receiver operating characteristic.
    pub roc: Option<RocCurve>,
    /// Precision over recall.
    pub precision_recall: Option<PrecisionRecallCurve>,
    /// Share of positives over probability.
    pub reliability: Option<Vec<ReliabilityBin>>,
}

/// All that is measured of one detector.
#[derive(Debug, Clone, Serialize)]
pub struct BinaryReport {
    /// How many items and groups.
    pub counts: Counts,
    /// What the scores mean.
    pub kind: ScoreKind,
    /// The threshold of the decisions; absent where they were given or could not be made.
    pub threshold: Option<f64>,
    /// Outcomes of the decisions.
    pub confusion: Option<Confusion>,
    /// Values and intervals; in JSON a map `metrics`, and a map `absent` with the reasons.
    #[serde(flatten, serialize_with = "with_reasons")]
    pub metrics: Metrics,
    /// Resamples, and the seed of their random streams.
    pub bootstrap: Bootstrap,
    /// Whether the resamples are of neighbouring scores merged into some thousand cells, each interval moved
    /// by the difference that merging makes to its value; values and curves are always exact.
    pub bootstrap_merged: bool,
    /// Curves.
    pub curves: Curves,
}

/// Groups for resampling; `None` where every item is one of its own.
pub(super) fn groups_of(ids: Option<&[u32]>, items: usize) -> Result<Option<Groups>> {
    let Some(ids) = ids else { return Ok(None) };
    if ids.len() != items {
        return Err(Error::input(format!("expected as many groups as scores ({items}), got {}", ids.len())));
    }
    Ok(Some(Groups::from_ids(ids)?).filter(|groups| groups.len() < items))
}

/// Measures a detector on items with these labels (true: positive). Items of one group are resampled
/// together; without groups every item stands for itself.
///
/// Intervals are of the percentile bootstrap over groups: a resample changes the weights of the cells of the
/// ranking, which is not sorted again. The classes are not drawn apart; resamples without one of the classes are left out of the metrics that
/// need it. A metric that is infinite has no value, with this reason.
///
/// # Errors
///
/// `Input` for lengths that differ, for NaN and for probabilities outside 0 to 1, naming the item;
/// `Configuration` for a NaN threshold or a prior not between 0 and 1; `Limits` from 2³² items on.
pub fn evaluate(
    predictions: &Predictions<'_>,
    labels: &[bool],
    groups: Option<&[u32]>,
    options: &Options,
) -> Result<BinaryReport> {
    let (sample, layout) = prepare(predictions, labels, options)?;
    let groups = groups_of(groups, labels.len())?;
    let group_count = groups.as_ref().map_or(labels.len(), Groups::len);
    let curves = Curves {
        roc: sample.ranking.roc_curve(options.curve_points),
        precision_recall: sample.ranking.precision_recall_curve(options.curve_points),
        reliability: sample.calibration.as_ref().map(|calibration| calibration.bins.clone()),
    };
    let replicates = if group_count < 2 {
        Vec::new()
    } else {
        replicate(&layout, groups.as_ref(), labels.len(), options.bootstrap)?
    };
    let threshold = match predictions.decisions {
        Some(_) => None,
        None => predictions.threshold.or(predictions.kind.natural_threshold()),
    };
    Ok(BinaryReport {
        counts: Counts {
            positives: sample.ranking.positives() as usize,
            negatives: sample.ranking.negatives() as usize,
            groups: group_count,
        },
        kind: predictions.kind,
        threshold,
        confusion: sample.confusion,
        metrics: estimates(&sample, &layout.values(), &replicates),
        bootstrap: options.bootstrap,
        bootstrap_merged: layout.merged,
        curves,
    })
}

/// The metrics of every resample.
fn replicate(
    layout: &Layout,
    groups: Option<&Groups>,
    items: usize,
    bootstrap: Bootstrap,
) -> Result<Vec<Values>> {
    // Items on their own are alike within a stratum. One binomial a stratum costs about as much as eight draws.
    if groups.is_none() && items > 8 * layout.sizes().len() {
        return Ok(bootstrap.run_kinds(
            layout.sizes(),
            || layout.scratch(),
            |(_, sample), weights| {
                layout.fill(weights, sample);
                sample.values()
            },
        ));
    }
    let singles;
    let groups = match groups {
        Some(groups) => groups,
        None => {
            singles = Groups::of_single_items(items)?;
            &singles
        }
    };
    let spread = layout.spread(groups);
    Ok(bootstrap.run(
        groups.len(),
        || layout.scratch(),
        |(weights, sample), draws| {
            spread.weigh(draws, weights);
            layout.fill(weights, sample);
            sample.values()
        },
    ))
}

fn estimates(sample: &Sample, resampled: &Values, replicates: &[Values]) -> Metrics {
    let exact = sample.values();
    let metrics = METRICS.iter().enumerate().map(|(index, info)| {
        let Some(value) = exact[index].filter(|value| value.is_finite()) else {
            return (info, Err(reason(info, sample, exact[index])));
        };
        let column = || replicates.iter().map(|values| values[index]);
        let shift = shift(value, resampled[index].unwrap_or(value), info.centred, column());
        let range = [info.least, info.greatest.unwrap_or(f64::INFINITY)];
        let ci95 = interval(column(), shift, range);
        (info, Ok(Estimate::new(value, ci95, method(info.centred))))
    });
    Metrics(metrics.collect())
}

fn reason(info: &MetricInfo, sample: &Sample, value: Option<f64>) -> String {
    let unmet = info.needs.iter().find_map(|need| need.unmet_by(sample));
    match (unmet, value) {
        (Some(unmet), _) => unmet.to_owned(),
        (None, Some(_)) => "infinite: a score that is certain is wrong".to_owned(),
        (None, None) if sample.ranking.cells().is_empty() => "there are no items".to_owned(),
        (None, None) => "nothing is called positive".to_owned(),
    }
}
