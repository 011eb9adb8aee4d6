//! What was learned, in words and numbers.

use std::fmt::Write as _;

use indicia_eval::calibrate::{Learned, upper_bound};
use indicia_eval::stats::Estimate;

/// Authentic sources from which on a rate of 1 in 1,000 can be measured.
const ENOUGH_FOR_ONE_IN_A_THOUSAND: u64 = 3000;

/// A summary for people.
pub fn summary(learned: &Learned) -> String {
    let population = &learned.population;
    let mut out = String::new();
    let (authentic, altered) = (population.authentic, population.altered);
    let _ = writeln!(
        out,
        "{}: {} authentic pictures of {} sources, {} altered ones of {} sources",
        population.name, authentic.items, authentic.sources, altered.items, altered.sources
    );
    let _ = writeln!(out, "On sources that each part had not seen (five folds):");
    let metric = |id: &str| learned.report.metrics.get(id);
    for (id, name) in [
        ("auc", "AUC"),
        ("cllr", "Cllr (bits)"),
        ("min_cllr", "  lost by discrimination"),
        ("cllr_calibration", "  lost by calibration"),
        ("tpr_at_fpr_0.01", "TPR at 1 % FPR"),
    ] {
        let _ = writeln!(out, "  {name:26} {}", metric(id).map_or_else(|| "not known".to_owned(), estimate));
    }
    let sources = authentic.sources;
    let rare = if sources >= ENOUGH_FOR_ONE_IN_A_THOUSAND {
        metric("tpr_at_fpr_0.001").map_or_else(|| "not known".to_owned(), estimate)
    } else {
        format!(
            "not measurable: no alarm in {sources} authentic sources still allows {:.2} % (95 %)",
            100.0 * upper_bound(0, sources)
        )
    };
    let _ = writeln!(out, "  {:26} {rare}", "TPR at 0.1 % FPR");
    let point = &population.operating_point;
    let _ = writeln!(
        out,
        "Called altered from a fused score of {} on: {} of {sources} authentic sources, at most {:.2} % (95 %)",
        point.threshold,
        point.false_alarms,
        100.0 * point.false_alarm_bound
    );
    for kind in &population.kinds {
        let [low, high] = kind.ci95.map(|share| 100.0 * share);
        let share = 100.0 * kind.called as f64 / kind.items.max(1) as f64;
        let _ = writeln!(
            out,
            "  {:26} {:4} of {:4}  {share:5.1} % [{low:.1}, {high:.1}]",
            kind.kind, kind.called, kind.items
        );
    }
    let _ = writeln!(out, "Weights of methods in the fused score, and in the fused map (always; by ratio):");
    let locator = population.locator.as_ref();
    for id in population.methods.keys() {
        let weight = population.fusion.weights.get(id).copied().unwrap_or(0.0);
        let map = locator.and_then(|locator| locator.methods.get(id));
        if weight > 0.0 || map.is_some() {
            let map = map.map_or_else(|| "-".to_owned(), |m| format!("{:.3}; {:.3}", m.always, m.by_ratio));
            let _ = writeln!(out, "  {id:36} {weight:8.3}   {map}");
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn estimate(estimate: &Estimate) -> String {
    match estimate.ci95 {
        Some([low, high]) => format!("{:.3} [{low:.3}, {high:.3}]", estimate.value),
        None => format!("{:.3}", estimate.value),
    }
}
