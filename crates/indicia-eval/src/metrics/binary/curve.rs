use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::Serialize;

use super::Ranking;

/// Operating points by falling threshold, from (0, 0) to (1, 1).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RocCurve {
    /// Share of the negatives called positive.
    pub false_positive_rate: Vec<f64>,
    /// Share of the positives called positive.
    pub true_positive_rate: Vec<f64>,
    /// Everything with at least this score is called positive; infinite, in JSON null, at the first point.
    pub threshold: Vec<f64>,
}

/// Operating points by falling threshold, from the first at which anything is called positive to recall 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionRecallCurve {
    /// Share of the positives called positive.
    pub recall: Vec<f64>,
    /// Share of positives among what is called positive.
    pub precision: Vec<f64>,
    /// Everything with at least this score is called positive.
    pub threshold: Vec<f64>,
}

type Point = [f64; 3];

impl Ranking {
    /// The ROC curve in at most `limit` points, corners first; the first and the last are always there.
    pub fn roc_curve(&self, limit: usize) -> Option<RocCurve> {
        self.auc()?;
        let points = self.operating_points().map(|point| {
            let rates = [point.false_positives / self.negatives(), point.true_positives / self.positives()];
            [rates[0], rates[1], point.threshold]
        });
        let points = simplify(points.collect(), limit);
        Some(RocCurve {
            false_positive_rate: points.iter().map(|point| point[0]).collect(),
            true_positive_rate: points.iter().map(|point| point[1]).collect(),
            threshold: points.iter().map(|point| point[2]).collect(),
        })
    }

    /// The precision-recall curve in at most `limit` points, corners first; the first and the last are always
    /// there.
    pub fn precision_recall_curve(&self, limit: usize) -> Option<PrecisionRecallCurve> {
        self.auc()?;
        let points = self.operating_points().skip(1).map(|point| {
            let precision = point.true_positives / (point.true_positives + point.false_positives);
            [point.true_positives / self.positives(), precision, point.threshold]
        });
        let points = simplify(points.collect(), limit);
        Some(PrecisionRecallCurve {
            recall: points.iter().map(|point| point[0]).collect(),
            precision: points.iter().map(|point| point[1]).collect(),
            threshold: points.iter().map(|point| point[2]).collect(),
        })
    }
}

/// A stretch between two kept points, with the point between that is farthest from the line joining them.
struct Stretch {
    distance: f64,
    first: usize,
    farthest: usize,
    last: usize,
}

impl Stretch {
    fn new(points: &[Point], first: usize, last: usize) -> Option<Self> {
        let ([ax, ay, _], [bx, by, _]) = (points[first], points[last]);
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx.hypot(dy);
        let mut stretch = Self { distance: 0.0, first, farthest: first, last };
        for (index, point) in points.iter().enumerate().take(last).skip(first + 1) {
            let (x, y) = (point[0] - ax, point[1] - ay);
            let distance = if length > 0.0 { (x * dy - y * dx).abs() / length } else { x.hypot(y) };
            if distance > stretch.distance {
                (stretch.distance, stretch.farthest) = (distance, index);
            }
        }
        // Nearer than rounding: on the line.
        (stretch.distance > 1e-12).then_some(stretch)
    }
}

impl Ord for Stretch {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(other.first.cmp(&self.first))
    }
}

impl PartialOrd for Stretch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stretch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Stretch {}

/// At most `limit` (at least 2) of the points: the ends, then ever the point that is farthest from the curve
/// drawn so far (Ramer, 1972; Douglas and Peucker, 1973, worst deviation first). Points on the curve drawn so
/// far are left out at any limit.
fn simplify(mut points: Vec<Point>, limit: usize) -> Vec<Point> {
    let limit = limit.max(2);
    thin(&mut points, limit.saturating_mul(16));
    if points.len() <= 2 {
        return points;
    }
    let last = points.len() - 1;
    let mut kept = vec![0, last];
    let mut stretches: BinaryHeap<Stretch> = Stretch::new(&points, 0, last).into_iter().collect();
    while kept.len() < limit {
        let Some(Stretch { first, farthest, last, .. }) = stretches.pop() else { break };
        kept.push(farthest);
        stretches.extend(Stretch::new(&points, first, farthest));
        stretches.extend(Stretch::new(&points, farthest, last));
    }
    kept.sort_unstable();
    kept.into_iter().map(|index| points[index]).collect()
}

/// Leaves about `count` points, evenly along the curve, so that the work of the search for corners is bound;
/// no point left out is farther along the curve from a kept one than its length over `count`.
fn thin(points: &mut Vec<Point>, count: usize) {
    if points.len() <= count {
        return;
    }
    let step = |a: &Point, b: &Point| (a[0] - b[0]).abs() + (a[1] - b[1]).abs();
    let length: f64 = points.windows(2).map(|pair| step(&pair[0], &pair[1])).sum();
    let (mut since, mut before, last) = (0.0, points[0], points.len() - 1);
    let mut index = 0;
    points.retain(|point| {
        since += step(&before, point);
        before = *point;
        let keep = index == 0 || index == last || since * count as f64 >= length;
        if keep {
            since = 0.0;
        }
        index += 1;
        keep
    });
}
