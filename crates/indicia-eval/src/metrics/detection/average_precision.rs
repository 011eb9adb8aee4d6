use super::{Step, THRESHOLDS};

/// Where a precision-recall curve is read. Precision at a recall is the highest at that recall or above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// At the recalls 0, 0.01, ..., 1 (COCO).
    Points101,
    /// At every recall that occurs: the area below the curve (PASCAL VOC from 2010 on, ActivityNet).
    Area,
}

/// Average precision at every IoU threshold, of `positives` true objects.
pub fn average_precision(
    steps: &[Step],
    positives: f64,
    interpolation: Interpolation,
    points: &mut Vec<(f64, f64)>,
) -> [f64; THRESHOLDS] {
    std::array::from_fn(|place| {
        curve(steps, place, points);
        match interpolation {
            Interpolation::Points101 => points_101(points, positives),
            Interpolation::Area => area(points, positives),
        }
    })
}

/// Right predictions and precision wherever the former grow: elsewhere precision only falls.
fn curve(steps: &[Step], place: usize, points: &mut Vec<(f64, f64)>) {
    points.clear();
    let (mut right, mut counted, mut before) = (0_u64, 0_u64, 0_u64);
    for step in steps {
        right += u64::from(step.right >> place & 1) * u64::from(step.weight);
        counted += u64::from(step.counted >> place & 1) * u64::from(step.weight);
        if step.last && right > before {
            points.push((right as f64, right as f64 / counted as f64));
            before = right;
        }
    }
}

fn points_101(points: &[(f64, f64)], positives: f64) -> f64 {
    let (mut best, mut sum) = (0.0_f64, 0.0);
    let mut left = points.iter().rev().peekable();
    for hundredth in (0..=100).rev() {
        // The last is 1, as in numpy.linspace(0, 1, 101).
        let recall = if hundredth == 100 { 1.0 } else { f64::from(hundredth) * 0.01 };
        while let Some((_, precision)) = left.next_if(|(right, _)| right / positives >= recall) {
            best = best.max(*precision);
        }
        sum += best;
    }
    sum / 101.0
}

fn area(points: &[(f64, f64)], positives: f64) -> f64 {
    let (mut best, mut sum) = (0.0_f64, 0.0);
    for (place, (right, precision)) in points.iter().enumerate().rev() {
        let before = if place == 0 { 0.0 } else { points[place - 1].0 };
        best = best.max(*precision);
        sum += (right - before) * best;
    }
    sum / positives
}
