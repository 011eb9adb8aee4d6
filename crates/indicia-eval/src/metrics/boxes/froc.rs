use super::catalogue::FPPI;
use crate::metrics::detection::Step;

/// Sensitivity at each rate of false positives a picture: linear between the points of the curve, which begins
/// without any; after its last point it stays, and where several points have a rate the highest counts
/// (LUNA16's evaluation).
pub fn sensitivities(steps: &[Step], positives: f64, pictures: f64) -> [f64; FPPI.len()] {
    let mut at = [0.0; FPPI.len()];
    let mut place = 0;
    let (mut hits, mut alarms, mut before) = (0_u64, 0_u64, (0.0, 0.0));
    for step in steps {
        if step.right != 0 {
            hits += u64::from(step.weight);
        } else {
            alarms += u64::from(step.weight);
        }
        if !step.last {
            continue;
        }
        let point = (alarms as f64, hits as f64);
        while let Some(wanted) = FPPI.get(place).map(|rate| rate * pictures).filter(|rate| *rate < point.0) {
            let share = (wanted - before.0) / (point.0 - before.0);
            at[place] = before.1 + (point.1 - before.1) * share;
            place += 1;
        }
        before = point;
    }
    at[place..].fill(before.1);
    at.map(|hits| hits / positives)
}
