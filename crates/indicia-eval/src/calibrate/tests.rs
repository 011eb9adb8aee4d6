use std::collections::BTreeMap;
use std::sync::Arc;

use indicia_core::{Direction, Map, ParameterValues};
use ndarray::{Array2, array};

use super::fusion::logistic;
use super::*;
use crate::stats::Bootstrap;

const WIDE: Bounds = Bounds { low: -3.0, high: 3.0 };

fn weighted(rows: &[(f64, bool)]) -> Vec<Weighted> {
    rows.iter().map(|&(score, altered)| Weighted { score, altered, weight: 1.0 }).collect()
}

#[test]
fn a_curve_has_the_ratios_of_its_pooled_steps() {
    // Scores 0 (three authentic, one altered) and 1 (one authentic, three altered), 4 of each class.
    let rows = [
        (0.0, false),
        (0.0, false),
        (0.0, false),
        (0.0, true),
        (1.0, true),
        (1.0, true),
        (1.0, true),
        (1.0, false),
    ];
    let curve = Curve::learn(weighted(&rows), WIDE).unwrap();
    // (3 + 0.5) / 5 against (1 + 0.5) / 5.
    let ratio = (3.5_f64 / 1.5).log10();
    assert!((curve.at(1.0) - ratio).abs() < 1e-5 && (curve.at(0.0) + ratio).abs() < 1e-5);
    assert!(curve.at(0.5).abs() < 1e-12, "straight between the knots");
    assert_eq!((curve.at(9.0), curve.at(-9.0)), (curve.at(1.0), curve.at(0.0)));
}

#[test]
fn a_curve_rises_even_where_the_scores_do_not() {
    let rows = [(0.0, true), (0.0, true), (1.0, false), (1.0, false)];
    let curve = Curve::learn(weighted(&rows), WIDE).unwrap();
    assert_eq!([curve.at(0.0), curve.at(0.5), curve.at(1.0)], [0.0; 3]);
    assert!(curve.is_flat());
    assert_eq!(Curve::learn([], WIDE).unwrap().at(1.0), 0.0);
    assert!(Curve::learn(weighted(&[(f64::NAN, true)]), WIDE).is_err());
}

#[test]
fn a_curve_says_no_more_than_its_sources_support() {
    let rows: Vec<_> = (0..1000).map(|i| (f64::from(i), i >= 500)).collect();
    // 29 authentic sources, none of which reaches a score, allow a rate of 1 - 0.05^(1/29) = 0.0981.
    let curve = Curve::learn(weighted(&rows), Bounds::of_sources(29, 10)).unwrap();
    assert!((curve.at(999.0) - 1.008_3).abs() < 1e-3, "{}", curve.at(999.0));
    assert!((curve.at(0.0) + 0.586_6).abs() < 1e-3, "{}", curve.at(0.0));
}

#[test]
fn the_logistic_regression_finds_known_log_odds_and_no_negative_weight() {
    // Feature 1 in 3 of 4 altered and 1 of 4 authentic; without it the other way round: log odds +-ln 3.
    let column = vec![1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    let against: Vec<f32> = column.iter().map(|x| 1.0 - x).collect();
    let altered: Vec<bool> = (0..8).map(|i| i < 4).collect();
    let (intercept, weights) = logistic(&[column, against], &altered, &[1.0; 8], 1e-9);
    assert!((weights[0] - 2.0 * 3_f64.ln()).abs() < 1e-3, "{weights:?}");
    assert!((intercept + 3_f64.ln()).abs() < 1e-3, "{intercept}");
    assert_eq!(weights[1], 0.0);
}

#[test]
fn fused_scores_ignore_absent_methods_and_absent_traces() {
    let fusion = Fusion { weights: [("a".to_owned(), 2.0), ("b".to_owned(), 1.0)].into() };
    assert_eq!(fusion.score([("a", 0.5), ("b", 0.25)]), 1.25);
    assert_eq!(fusion.score([("a", 0.5), ("b", -2.0), ("c", 9.0)]), 1.0);
    assert_eq!(fusion.score([]), 0.0);
}

fn map(values: Array2<f32>) -> Map {
    Map::per_pixel(values, 0.0, 1.0)
}

#[test]
fn ranks_share_the_middle_of_ties() {
    let grid = Grid::of(2, 2);
    assert_eq!(grid.cell, 1);
    assert_eq!(grid.ranks(&map(array![[5.0, 1.0], [1.0, 9.0]])), [0.625, 0.25, 0.25, 0.875]);
    assert_eq!(grid.ranks(&map(array![[0.0, -0.0], [0.0, 0.0]])), [0.5; 4]);
}

#[test]
fn grids_are_bounded_for_every_shape() {
    for (width, height) in [(1, 1), (1, 5_000_000), (4000, 3000), (481, 321)] {
        let grid = Grid::of(width, height);
        assert!(grid.columns() * grid.rows() <= 1 << 18);
        let (x, y) = grid.pixel(grid.columns() - 1, grid.rows() - 1);
        assert!(x < width && y < height);
    }
    assert_eq!(Grid::of(481, 321).cell, 1);
    assert_eq!(Grid::of(4000, 3000).cell, 7);
}

/// A picture of 20 by 20 whose left quarter was altered; `good` maps show it, others show the lower half.
fn readings(strength: f64, good: bool) -> Readings {
    let values =
        Array2::from_shape_fn((20, 20), |(y, x)| if good { f32::from(x < 5) } else { f32::from(y > 9) });
    let reading = Reading { strength, map: Some(Arc::new(map(values))) };
    [("a".to_owned(), reading)].into()
}

fn mask() -> Array2<bool> {
    Array2::from_shape_fn((20, 20), |(_, x)| x < 5)
}

#[test]
fn pixels_are_drawn_in_equal_numbers_from_both_sides_of_the_mask() {
    let sample = PixelSample::of(&readings(1.0, true), &mask()).unwrap();
    assert_eq!(sample.each, 100);
    let ranks = &sample.ranks["a"];
    assert!(ranks[..100].iter().all(|&r| r == 223) && ranks[100..].iter().all(|&r| r == 96), "{ranks:?}");
    assert!(PixelSample::of(&readings(1.0, true), &mask().mapv(|_| true)).is_none());
    let other_size = PixelSample::of(&readings(1.0, true), &Array2::from_elem((3, 4), true)).is_none();
    assert!(other_size);
}

/// Method `a` has score `i` mod 10 in authentic pictures and 5 more in altered ones; `b` repeats it; `c` says
/// nothing; `d` applies to few.
fn samples(sources: usize) -> Vec<Sample> {
    let mut samples = vec![];
    for i in 0..sources {
        for altered in [false, true] {
            let strength = (i % 10) as f64 + if altered { 5.0 } else { 0.0 };
            let c = (i * 7 % 11) as f64;
            let mut strengths: BTreeMap<_, _> =
                [("a", strength), ("b", strength), ("c", c)].map(|(id, s)| (id.to_owned(), s)).into();
            if i % 9 == 0 {
                strengths.insert("d".into(), 1.0);
            }
            let pixels = altered.then(|| PixelSample::of(&readings(strength, true), &mask()).unwrap());
            samples.push(Sample {
                item: format!("{i}{altered}"),
                altered,
                group: format!("g{i}"),
                kind: altered.then(|| ["splice", "copy_move"][i % 2].to_owned()),
                strengths,
                failed: vec![],
                pixels,
            });
        }
    }
    samples
}

fn options() -> Options {
    Options {
        name: "made".into(),
        description: "made in a test".into(),
        if_applies: None,
        unless_applies: None,
        locates_only: false,
        methods: ["a", "b", "c", "d"].map(|id| (id.to_owned(), ParameterValues::default())).into(),
        false_alarms: 0.01,
        bootstrap: Bootstrap { replicates: 50, seed: 1 },
    }
}

#[test]
fn a_population_is_learned_with_rates_of_sources_that_it_did_not_see() {
    let learned = learn(&samples(200), &options()).unwrap();
    let population = &learned.population;
    assert_eq!(population.authentic, Sources { items: 200, sources: 200 });
    // Two copies of one method share the weight that it has alone (a little more: two smaller weights cost less ridge).
    let weights = &population.fusion.weights;
    let sum = weights["a"] + weights["b"];
    let mut alone = options();
    alone.methods.remove("b");
    let alone = learn(&samples(200), &alone).unwrap().population;
    assert!((sum - alone.fusion.weights["a"]).abs() < 0.25 * sum, "{weights:?} {:?}", alone.fusion.weights);
    assert!(weights.get("c").copied().unwrap_or(0.0) < 0.2 * sum);
    // Half of the altered ones score above every authentic one; of authentic ones at most 1 % is called.
    assert!(population.operating_point.false_alarms <= 2);
    assert!(population.operating_point.false_alarm_bound >= 0.0148);
    for kind in &population.kinds {
        let share = kind.called as f64 / kind.items as f64;
        assert!((0.35..0.65).contains(&share), "{kind:?}");
    }
    assert!(learned.report.metrics.get("auc").unwrap().value > 0.8);
    assert!(population.cllr < 0.8 && population.min_cllr <= population.cllr);
    // A ratio is bounded by 200 sources: 1 / (1 - 0.05^(1/200)) = 67.
    let strong = population.assess(&readings(14.0, true), 20, 20);
    assert!(strong.called && strong.log10_likelihood_ratio <= 67.3_f64.log10());
    let weak = population.assess(&readings(0.0, true), 20, 20);
    assert!(!weak.called && weak.log10_likelihood_ratio < 0.0);
}

#[test]
fn the_fused_map_follows_a_method_that_speaks_and_stays_low_where_none_does() {
    let population = learn(&samples(60), &options()).unwrap().population;
    let located = |strength| population.assess(&readings(strength, true), 20, 20).located.unwrap();
    let (loud, silent) = (located(14.0), located(0.0));
    assert!(loud.map.at(2, 2) > 0.8 && loud.map.at(15, 15) < 0.3, "{:?}", loud.map.values);
    assert!(silent.map.at(2, 2) < loud.map.at(2, 2));
    assert!(loud.parts["a"] > 0.0);
    assert_eq!(loud.map.direction, Direction::HigherIsSuspicious);
}

#[test]
fn a_population_that_only_locates_calls_nothing_and_has_the_same_map() {
    let full = learn(&samples(60), &options()).unwrap().population;
    let only = learn(&samples(60), &Options { locates_only: true, ..options() }).unwrap().population;
    let [full, only] = [&full, &only].map(|p| p.assess(&readings(14.0, true), 20, 20));
    assert!(full.called && full.log10_likelihood_ratio > 0.0);
    assert!(!only.called && only.log10_likelihood_ratio == 0.0);
    assert_eq!(full.located.unwrap().map.values, only.located.unwrap().map.values);
}

#[test]
fn too_few_sources_are_refused_and_populations_keep_apart() {
    let error = learn(&samples(4), &options()).unwrap_err().to_string();
    assert!(error.contains("at least 5 sources") && error.contains("got 4"), "{error}");
    let few = Options { if_applies: Some("d".into()), ..options() };
    assert_eq!(learn(&samples(90), &few).unwrap().population.authentic.sources, 10);
    let rest = Options { unless_applies: Some("d".into()), ..options() };
    let calibration = Calibration {
        schema: SCHEMA.into(),
        populations: vec![
            learn(&samples(90), &few).unwrap().population,
            learn(&samples(90), &rest).unwrap().population,
        ],
    };
    assert_eq!(calibration.population(|id| id == "d").unwrap().if_applies.as_deref(), Some("d"));
    assert_eq!(calibration.population(|_| false).unwrap().unless_applies.as_deref(), Some("d"));
}

#[test]
fn calibrations_survive_json_and_others_are_refused() {
    let population = learn(&samples(30), &options()).unwrap().population;
    let calibration = Calibration { schema: SCHEMA.into(), populations: vec![population] };
    let text = serde_json::to_string(&calibration).unwrap();
    let read = Calibration::from_json(&text).unwrap();
    assert_eq!(read, calibration);
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let (a, b) = (&calibration.populations[0], &read.populations[0]);
    for strength in [0.0, 6.5, 14.0] {
        let [a, b] = [a, b].map(|p| p.assess(&readings(strength, true), 20, 20));
        assert!((a.log10_likelihood_ratio - b.log10_likelihood_ratio).abs() < 1e-9);
        assert_eq!(a.called, b.called);
    }
    for bad in ["", "{}", r#"{"schema":"other/1","populations":[]}"#] {
        assert!(Calibration::from_json(bad).is_err());
    }
}
