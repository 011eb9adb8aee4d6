use std::collections::{BTreeMap, BTreeSet};

use indicia_core::{Digest, Error, KindRate, ParameterValues, Result};

use super::curve::rounded;
use super::fusion::logistic;
use super::{
    Bounds, Curve, Fusion, Locator, MethodModel, OperatingPoint, Population, Sample, Sources, Weighted,
    upper_bound,
};
use crate::metrics::binary::{self, BinaryReport, ScoreKind};
use crate::stats::Estimate;

/// How a population is learned.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its name.
    pub name: String,
    /// What its pictures are.
    pub description: String,
    /// See [`Population::if_applies`].
    pub if_applies: Option<String>,
    /// See [`Population::unless_applies`].
    pub unless_applies: Option<String>,
    /// See [`Population::locates_only`].
    pub locates_only: bool,
    /// Methods with the parameters that they ran with; others are left out.
    pub methods: BTreeMap<String, ParameterValues>,
    /// Share of authentic sources that may reach the operating point.
    pub false_alarms: f64,
    /// Resampling for the intervals of what is measured.
    pub bootstrap: crate::stats::Bootstrap,
}

/// What was learned, and how it did on sources that it was not learned from.
#[derive(Debug, Clone)]
pub struct Learned {
    /// The population.
    pub population: Population,
    /// Metrics of the fused log10 likelihood ratio, by cross-validation over sources.
    pub report: BinaryReport,
    /// By sample, the fused log10 likelihood ratio by the model that its fold had no part in.
    pub held_out: Vec<f64>,
}

/// Parts that sources are divided into.
const FOLDS: u64 = 5;

/// Ridge of the fusion, an independent source.
const RIDGE: f64 = 0.01;

/// Sources of each class below which nothing is learned.
const LEAST_SOURCES: usize = 5;

/// Learns a population from samples of authentic and altered pictures.
///
/// # Errors
/// `Input` if a class has fewer than five sources, or a strength is not a number.
pub fn learn(samples: &[Sample], options: &Options) -> Result<Learned> {
    let all: Vec<&Sample> = samples.iter().filter(|s| belongs(s, options)).collect();
    for (altered, name) in [(false, "authentic"), (true, "altered")] {
        let found = sources(&all, altered).sources;
        if (found as usize) < LEAST_SOURCES {
            return Err(Error::input(format!(
                "expected {name} pictures of at least {LEAST_SOURCES} sources in the population {:?}, got {found} (the column group tells sources apart)",
                options.name
            )));
        }
    }
    let mut held_out = vec![(0.0, 0.0); all.len()];
    for fold in 0..FOLDS {
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            (0..all.len()).partition(|&i| fold_of(&all[i].group, 0) == fold);
        if inside.is_empty() {
            continue;
        }
        let rest: Vec<&Sample> = outside.iter().map(|&i| all[i]).collect();
        let model = Fitted::new(&rest, options)?;
        for i in inside {
            held_out[i] = model.judge(all[i]);
        }
    }
    let fitted = Fitted::new(&all, options)?;
    let operating_point = operating_point(&all, &held_out, options.false_alarms);
    let ratios: Vec<BTreeMap<String, f64>> = all.iter().map(|s| fitted.ratios(s)).collect();
    let ratio_scores: Vec<f64> = held_out.iter().map(|h| h.1).collect();
    let report = measure(&all, &ratio_scores, options)?;
    let value = |id: &str| report.metrics.get(id).map_or(f64::NAN, |e| rounded(e.value));
    let population = Population {
        name: options.name.clone(),
        description: options.description.clone(),
        if_applies: options.if_applies.clone(),
        unless_applies: options.unless_applies.clone(),
        locates_only: options.locates_only,
        authentic: sources(&all, false),
        altered: sources(&all, true),
        operating_point,
        cllr: value("cllr"),
        min_cllr: value("min_cllr"),
        kinds: kinds(&all, &held_out, operating_point.threshold),
        locator: Locator::learn(&all, &ratios)?,
        methods: fitted.methods(options),
        fusion: fitted.fusion,
        curve: fitted.curve,
    };
    Ok(Learned { population, report, held_out: ratio_scores })
}

fn belongs(sample: &Sample, options: &Options) -> bool {
    let applies = |id: &String| sample.strengths.contains_key(id);
    options.if_applies.as_ref().is_none_or(applies) && !options.unless_applies.as_ref().is_some_and(applies)
}

/// The part that a source belongs to; another `salt` gives another division.
fn fold_of(group: &str, salt: u8) -> u64 {
    let digest = Digest::of(&[&[salt], group.as_bytes()].concat()).to_string();
    let digits: String = digest.chars().rev().take(8).collect();
    u64::from_str_radix(&digits, 16).unwrap_or(0) % FOLDS
}

fn sources(samples: &[&Sample], altered: bool) -> Sources {
    let of_class = samples.iter().filter(|s| s.altered == altered);
    let groups: BTreeSet<&str> = of_class.clone().map(|s| s.group.as_str()).collect();
    Sources { items: of_class.count() as u64, sources: groups.len() as u64 }
}

/// One weight a sample, so that each source of a class counts 1 whatever the number of its pictures.
fn weights(samples: &[&Sample]) -> Vec<f64> {
    let mut counts: BTreeMap<(bool, &str), f64> = BTreeMap::new();
    for sample in samples {
        *counts.entry((sample.altered, &sample.group)).or_default() += 1.0;
    }
    samples.iter().map(|s| 1.0 / counts[&(s.altered, s.group.as_str())]).collect()
}

/// Curves, weights of the fusion and its curve.
struct Fitted {
    curves: BTreeMap<String, Curve>,
    fusion: Fusion,
    curve: Curve,
}

impl Fitted {
    fn new(samples: &[&Sample], options: &Options) -> Result<Self> {
        let ids: Vec<&String> = options.methods.keys().collect();
        let weight = weights(samples);
        let bounds = Bounds::of_sources(sources(samples, false).sources, sources(samples, true).sources);
        let curves_of = |keep: &dyn Fn(&Sample) -> bool| -> Result<BTreeMap<String, Curve>> {
            let curve = |id: &String| {
                let kept = samples.iter().zip(&weight).filter(|(s, _)| keep(s));
                let scores = kept.filter_map(|(s, &weight)| {
                    Some(Weighted { score: *s.strengths.get(id)?, altered: s.altered, weight })
                });
                Ok((id.clone(), Curve::learn(scores, bounds)?))
            };
            ids.iter().map(|id| curve(id)).collect()
        };
        // The fusion is fitted to ratios whose curves did not see the source, or it would trust most those
        // methods that fit chance best.
        let mut columns = vec![vec![0.0_f32; samples.len()]; ids.len()];
        for fold in 0..FOLDS {
            let curves = curves_of(&|s| fold_of(&s.group, 1) != fold)?;
            for (i, sample) in samples.iter().enumerate().filter(|(_, s)| fold_of(&s.group, 1) == fold) {
                for (column, id) in columns.iter_mut().zip(&ids) {
                    let strength = sample.strengths.get(*id);
                    column[i] = strength.map_or(0.0, |&s| curves[*id].at(s).max(0.0) as f32);
                }
            }
        }
        let altered: Vec<bool> = samples.iter().map(|s| s.altered).collect();
        let totals = [false, true].map(|class| {
            weight.iter().zip(&altered).filter(|(_, a)| **a == class).map(|(w, _)| w).sum::<f64>()
        });
        let total = totals[0] + totals[1];
        let balanced: Vec<f64> = weight
            .iter()
            .zip(&altered)
            .map(|(w, &altered)| w * total / (2.0 * totals[usize::from(altered)].max(f64::MIN_POSITIVE)))
            .collect();
        let (_, solution) = logistic(&columns, &altered, &balanced, RIDGE * total);
        let scores: Vec<f64> = (0..samples.len())
            .map(|i| columns.iter().zip(&solution).map(|(column, w)| w * f64::from(column[i])).sum())
            .collect();
        let pairs = scores.iter().zip(&altered).zip(&weight);
        let curve = Curve::learn(
            pairs.map(|((&score, &altered), &weight)| Weighted { score, altered, weight }),
            bounds,
        )?;
        let kept = ids.iter().zip(&solution).filter(|(_, w)| **w > 0.0);
        let fusion = Fusion { weights: kept.map(|(id, w)| ((*id).clone(), rounded(*w))).collect() };
        Ok(Self { curves: curves_of(&|_| true)?, fusion, curve })
    }

    fn ratios(&self, sample: &Sample) -> BTreeMap<String, f64> {
        let known =
            sample.strengths.iter().filter_map(|(id, &s)| Some((id.clone(), self.curves.get(id)?.at(s))));
        known.collect()
    }

    /// The fused score and its log10 likelihood ratio.
    fn judge(&self, sample: &Sample) -> (f64, f64) {
        let ratios = self.ratios(sample);
        let score = self.fusion.score(ratios.iter().map(|(id, ratio)| (id.as_str(), *ratio)));
        (score, self.curve.at(score))
    }

    fn methods(&self, options: &Options) -> BTreeMap<String, MethodModel> {
        let model = |(id, curve): (&String, &Curve)| {
            let parameters = options.methods[id].clone();
            (id.clone(), MethodModel { parameters, curve: curve.clone() })
        };
        self.curves.iter().map(model).collect()
    }
}

/// The lowest threshold that at most the allowed share of authentic sources reaches. It lies just above the
/// strongest score of a source that must stay below.
fn operating_point(samples: &[&Sample], held_out: &[(f64, f64)], allowed: f64) -> OperatingPoint {
    let mut strongest: BTreeMap<&str, f64> = BTreeMap::new();
    for (sample, &(score, _)) in samples.iter().zip(held_out).filter(|(s, _)| !s.altered) {
        let most = strongest.entry(&sample.group).or_insert(score);
        *most = most.max(score);
    }
    let mut scores: Vec<f64> = strongest.into_values().collect();
    scores.sort_unstable_by(|a, b| b.total_cmp(a));
    let sources = scores.len() as u64;
    let false_alarms = ((allowed * sources as f64) as u64).min(sources.saturating_sub(1));
    let below = scores[false_alarms as usize];
    // The next number of six digits above.
    let threshold = match rounded(below) {
        near if near > below => near,
        near => rounded(near + near.abs().max(1e-6) * 1e-5),
    };
    let false_alarms = scores.iter().filter(|&&s| s >= threshold).count() as u64;
    let false_alarm_bound = rounded(upper_bound(false_alarms, sources));
    OperatingPoint { threshold, false_alarms, false_alarm_bound }
}

fn kinds(samples: &[&Sample], held_out: &[(f64, f64)], threshold: f64) -> Vec<KindRate> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (sample, &(score, _)) in samples.iter().zip(held_out).filter(|(s, _)| s.altered) {
        let count = counts.entry(sample.kind.as_deref().unwrap_or("not stated")).or_default();
        count.0 += u64::from(score >= threshold);
        count.1 += 1;
    }
    let rate = |(kind, (called, items)): (&str, (u64, u64))| {
        let ci95 = Estimate::proportion(called, items).and_then(|e| e.ci95).unwrap_or([0.0, 1.0]);
        KindRate { kind: kind.to_owned(), items, called, ci95: ci95.map(rounded) }
    };
    counts.into_iter().map(rate).collect()
}

fn measure(samples: &[&Sample], ratios: &[f64], options: &Options) -> Result<BinaryReport> {
    let labels: Vec<bool> = samples.iter().map(|s| s.altered).collect();
    let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
    for sample in samples {
        let next = ids.len() as u32;
        ids.entry(&sample.group).or_insert(next);
    }
    let groups: Vec<u32> = samples.iter().map(|s| ids[s.group.as_str()]).collect();
    let natural: Vec<f64> = ratios.iter().map(|ratio| ratio * std::f64::consts::LN_10).collect();
    let predictions = binary::Predictions {
        scores: &natural,
        kind: ScoreKind::LogLikelihoodRatio,
        decisions: None,
        threshold: None,
    };
    let options = binary::Options { bootstrap: options.bootstrap, ..binary::Options::default() };
    binary::evaluate(&predictions, &labels, Some(&groups), &options)
}
