use indicia_core::{Error, Result};

use super::catalogue::PROPOSALS;
use super::{MAX_OBJECTS, PredictedSegment, TrueSegment, Video};
use crate::metrics::detection::{ALL_BITS, Entry, IOU, THRESHOLDS, Target, claim, falling};

/// Latest time, so that differences are finite.
pub(crate) const HIGHEST: f64 = 1e12;

/// What is counted of one type, or of all, in one video.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub group: u32,
    /// True segments.
    pub positives: u32,
    /// True segments reached by the first proposals, summed over thresholds; then by shares of them.
    pub reached: [u32; 2 * PROPOSALS.len()],
}

/// One type in one video.
pub(super) struct Compared {
    pub kind: u32,
    pub tally: Tally,
    pub entries: Vec<Entry>,
}

/// At which rank every true segment is first reached, at every threshold.
pub(super) type Ranks = Vec<[u32; THRESHOLDS]>;

impl Video {
    /// Checks times, scores and types.
    pub(super) fn check(&self, types: usize) -> Result<()> {
        for (what, count) in [("true", self.truth.len()), ("predicted", self.predicted.len())] {
            if count > MAX_OBJECTS {
                return Err(Error::limits(format!(
                    "expected at most {MAX_OBJECTS} {what} segments, got {count}"
                )));
            }
        }
        let kind = |what: &str, kind: u32| {
            let known = (kind as usize) < types;
            let fault = || Error::input(format!("expected a type below {types} of a {what}, got {kind}"));
            if known { Ok(()) } else { Err(fault()) }
        };
        for truth in &self.truth {
            truth.check()?;
            kind("true segment", truth.kind)?;
        }
        for predicted in &self.predicted {
            predicted.check()?;
            kind("predicted segment", predicted.kind)?;
        }
        Ok(())
    }
}

fn check_times(start: f64, end: f64) -> Result<()> {
    for (what, time) in [("start", start), ("end", end)] {
        if !(-HIGHEST..=HIGHEST).contains(&time) {
            return Err(Error::input(format!(
                "expected the {what} between {} and {HIGHEST}, got {time}",
                -HIGHEST
            )));
        }
    }
    Ok(())
}

impl TrueSegment {
    /// Checks that it ends after its start.
    ///
    /// # Errors
    /// `Input` that names the number.
    pub fn check(&self) -> Result<()> {
        check_times(self.start, self.end)?;
        if self.end > self.start {
            return Ok(());
        }
        Err(Error::input(format!("expected an end after the start {}, got {}", self.start, self.end)))
    }
}

impl PredictedSegment {
    /// Checks that it does not end before its start, and that its score is a number.
    ///
    /// # Errors
    /// `Input` that names the number.
    pub fn check(&self) -> Result<()> {
        check_times(self.start, self.end)?;
        if self.end < self.start {
            let (start, end) = (self.start, self.end);
            return Err(Error::input(format!("expected an end not before the start {start}, got {end}")));
        }
        if self.score.is_nan() {
            return Err(Error::input("expected a number as score, got NaN"));
        }
        Ok(())
    }
}

/// Compares the segments of one video type by type, and then all, types aside.
pub(super) fn compare(video: &Video, group: u32) -> (Vec<Compared>, Ranks) {
    let mut predicted: Vec<&PredictedSegment> = video.predicted.iter().collect();
    predicted.sort_by(|a, b| falling(a.score, b.score));
    let truth: Vec<&TrueSegment> = video.truth.iter().collect();
    let ranks = ranks(&truth, &predicted);
    let mut kinds: Vec<u32> = truth.iter().map(|s| s.kind).chain(predicted.iter().map(|s| s.kind)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let of_kind = |kind: u32| {
        if let [_] = kinds[..] {
            return one_kind(kind, &truth, &predicted, group);
        }
        let truth: Vec<_> = truth.iter().copied().filter(|s| s.kind == kind).collect();
        let predicted: Vec<_> = predicted.iter().copied().filter(|s| s.kind == kind).collect();
        one_kind(kind, &truth, &predicted, group)
    };
    (kinds.iter().map(|kind| of_kind(*kind)).collect(), ranks)
}

fn one_kind(kind: u32, truth: &[&TrueSegment], predicted: &[&PredictedSegment], group: u32) -> Compared {
    let targets = vec![Target { ignored: false, shared: false }; truth.len()];
    let mut taken = vec![0; truth.len()];
    let mut candidates: Vec<(u32, f64)> = vec![];
    let entry = |segment: &&PredictedSegment| {
        candidates.clear();
        let ious = truth.iter().zip(0..).map(|(of_truth, place)| (place, of_truth.iou(segment)));
        candidates.extend(ious.filter(|(_, iou)| *iou >= IOU[0]));
        let right = claim(&candidates, &targets, &mut taken).right();
        Entry { score: segment.score, group, right, counted: ALL_BITS }
    };
    let entries = predicted.iter().map(entry).collect();
    let ranks = ranks(truth, predicted);
    let mut tally = Tally { group, positives: truth.len() as u32, ..Tally::default() };
    for (place, count) in PROPOSALS.into_iter().enumerate() {
        tally.reached[place] = reached(&ranks, count);
    }
    Compared { kind, tally, entries }
}

/// Ranks from 0; one that no video has stands for never. Predictions come in the order of falling scores.
fn ranks(truth: &[&TrueSegment], predicted: &[&PredictedSegment]) -> Ranks {
    let of = |segment: &&TrueSegment| {
        let mut ranks = [u32::MAX; THRESHOLDS];
        let mut highest = 0.0;
        for (prediction, rank) in predicted.iter().zip(0..) {
            let iou = segment.iou(prediction);
            if iou > highest {
                highest = iou;
                let reached = ranks.iter_mut().zip(IOU).filter(|(_, threshold)| iou >= *threshold);
                reached.for_each(|(at, _)| *at = (*at).min(rank));
            }
        }
        ranks
    };
    truth.iter().map(of).collect()
}

/// How many segments the first `count` predictions reach, summed over thresholds.
pub(super) fn reached(ranks: &Ranks, count: usize) -> u32 {
    ranks.iter().flatten().filter(|rank| (**rank as usize) < count).count() as u32
}
