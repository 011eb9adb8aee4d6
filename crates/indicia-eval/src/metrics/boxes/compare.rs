use super::hungarian::highest_sum;
use super::{BoxProtocol, Picture, PredictedBox, TrueBox};
use crate::metrics::detection::{AT_50, Entry, IOU, Outcome, Target, claim, falling};

/// Predictions a picture and type that count for COCO's metrics.
const MOST: usize = 100;

/// Ranges of area in square pixels, ends included (COCO): all, small, medium, large. COCO leaves out what is
/// larger than 10^10; here nothing is too large.
pub(super) const AREAS: [[f64; 2]; 4] =
    [[0.0, f64::INFINITY], [0.0, 1024.0], [1024.0, 9216.0], [9216.0, f64::INFINITY]];

/// A prediction with what became of it in every range of sizes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Detection {
    pub score: f64,
    pub group: u32,
    pub right: [u16; AREAS.len()],
    pub counted: [u16; AREAS.len()],
}

/// What is counted of one type in one picture: of at most [`MAX_OBJECTS`](super::MAX_OBJECTS) true boxes and
/// [`MOST`] predictions.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub group: u32,
    /// True boxes in every range of sizes.
    pub positives: [u16; AREAS.len()],
    /// Matches, summed over thresholds: with 1 and 10 predictions, then with all in every range of sizes.
    pub matches: [u16; 2 + AREAS.len()],
    /// Predictions from the score threshold on that are right at IoU 0.5.
    pub right: u16,
    /// Those that are wrong.
    pub wrong: u16,
}

/// One type in one picture.
pub(super) struct Compared {
    pub kind: u32,
    pub tally: Tally,
    pub detections: Vec<Detection>,
    /// True boxes by the highest score that hits them, and false positives.
    pub marks: Vec<Entry>,
}

/// Compares the boxes of one picture, type by type.
pub(super) fn compare(picture: &Picture, group: u32, protocol: &BoxProtocol) -> Vec<Compared> {
    let mut truth: Vec<&TrueBox> = picture.truth.iter().collect();
    truth.sort_by_key(|b| b.kind);
    let mut predicted: Vec<&PredictedBox> = picture.predicted.iter().collect();
    predicted.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| falling(a.score, b.score)));
    let (mut truth, mut predicted) = (&truth[..], &predicted[..]);
    let mut found = vec![];
    while let Some(kind) =
        truth.first().map(|b| b.kind).into_iter().chain(predicted.first().map(|b| b.kind)).min()
    {
        let (own, rest) = truth.split_at(truth.partition_point(|b| b.kind == kind));
        let (own_predicted, rest_predicted) =
            predicted.split_at(predicted.partition_point(|b| b.kind == kind));
        (truth, predicted) = (rest, rest_predicted);
        found.push(of_kind(kind, own, own_predicted, group, protocol));
    }
    found
}

fn of_kind(
    kind: u32,
    truth: &[&TrueBox],
    predicted: &[&PredictedBox],
    group: u32,
    protocol: &BoxProtocol,
) -> Compared {
    let mut tally = Tally { group, ..Tally::default() };
    let within = |range: usize, area: f64| (AREAS[range][0]..=AREAS[range][1]).contains(&area);
    let targets: [Vec<Target>; AREAS.len()] = std::array::from_fn(|range| {
        let target = |b: &&TrueBox| Target { ignored: b.crowd || !within(range, b.area), shared: b.crowd };
        let targets: Vec<Target> = truth.iter().map(target).collect();
        tally.positives[range] = targets.iter().filter(|target| !target.ignored).count() as u16;
        targets
    });
    let mut taken: [Vec<u16>; AREAS.len()] = std::array::from_fn(|_| vec![0; truth.len()]);
    // Highest score that hits a true box.
    let mut hit_by: Vec<Option<f64>> = vec![None; truth.len()];
    let mut detections = Vec::with_capacity(predicted.len().min(MOST));
    let mut marks = vec![];
    let mut candidates: Vec<(u32, f64)> = vec![];
    for (rank, prediction) in predicted.iter().enumerate() {
        candidates.clear();
        let mut hits_any = false;
        for (place, b) in truth.iter().enumerate() {
            let iou = b.iou(&prediction.rect);
            if iou >= IOU[AT_50] {
                candidates.push((place as u32, iou));
            }
            if protocol.hit.hits(b, &prediction.rect) {
                hits_any = true;
                hit_by[place].get_or_insert(prediction.score);
            }
        }
        if !hits_any {
            marks.push(Entry { score: prediction.score, group, right: 0, counted: 1 });
        }
        if rank >= MOST {
            continue;
        }
        let outcomes: [Outcome; AREAS.len()] =
            std::array::from_fn(|range| claim(&candidates, &targets[range], &mut taken[range]));
        let area = prediction.rect.area();
        let detection = Detection {
            score: prediction.score,
            group,
            right: outcomes.map(Outcome::right),
            counted: std::array::from_fn(|range| outcomes[range].counted(!within(range, area))),
        };
        let matches = |range: usize| detection.right[range].count_ones() as u16;
        tally.matches[0] += if rank < 1 { matches(0) } else { 0 };
        tally.matches[1] += if rank < 10 { matches(0) } else { 0 };
        for range in 0..AREAS.len() {
            tally.matches[2 + range] += matches(range);
        }
        if prediction.score >= protocol.threshold {
            let right = detection.right[0] >> AT_50 & 1;
            tally.right += right;
            tally.wrong += detection.counted[0] >> AT_50 & 1 & !right;
        }
        detections.push(detection);
    }
    let hits = truth.iter().zip(&hit_by).filter(|(b, _)| !b.crowd).filter_map(|(_, score)| *score);
    marks.extend(hits.map(|score| Entry { score, group, right: 1, counted: 1 }));
    Compared { kind, tally, detections, marks }
}

/// Hungarian IoU of one picture; `None` where there are neither true nor predicted boxes.
pub(super) fn hungarian_iou(picture: &Picture, threshold: f64) -> Option<f64> {
    let truth: Vec<&TrueBox> = picture.truth.iter().filter(|b| !b.crowd).collect();
    let mut predicted: Vec<&PredictedBox> =
        picture.predicted.iter().filter(|b| b.score >= threshold).collect();
    if predicted.len() > MOST {
        predicted.sort_by(|a, b| falling(a.score, b.score));
        predicted.truncate(MOST);
    }
    let more = truth.len().max(predicted.len());
    let sum = highest_sum(truth.len(), predicted.len(), &|t, p| predicted[p].rect.iou(&truth[t].rect));
    (more > 0).then(|| sum / more as f64)
}
