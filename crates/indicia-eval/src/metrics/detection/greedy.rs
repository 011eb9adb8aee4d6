use super::{ALL_BITS, IOU};

/// A true object, as a prediction meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Predictions that match it are neither right nor wrong.
    pub ignored: bool,
    /// Any number of predictions may match it: a crowd.
    pub shared: bool,
}

/// What became of a prediction, a bit for every IoU threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// It matched an object.
    pub matched: u16,
    /// It matched one that is ignored.
    pub ignored: u16,
}

/// Matches one prediction at every threshold with the free target of the highest IoU (the later one of
/// equals), an ignored one only if there is no other: COCO's rule for predictions that come in the order of
/// falling scores. `candidates` are targets in their order with their IoU; `taken` has the bits of the
/// thresholds at which a target is no longer free.
pub fn claim(candidates: &[(u32, f64)], targets: &[Target], taken: &mut [u16]) -> Outcome {
    let highest = candidates.iter().map(|(_, iou)| *iou).fold(0.0, f64::max);
    let mut outcome = Outcome::default();
    for (place, &threshold) in IOU.iter().enumerate() {
        let bit = 1 << place;
        if highest < threshold {
            break;
        }
        let best = |ignored: bool| {
            let (mut best, mut iou) = (None, threshold);
            for &(target, candidate) in candidates {
                let of = targets[target as usize];
                let free = of.shared || taken[target as usize] & bit == 0;
                if of.ignored == ignored && free && candidate >= iou {
                    (best, iou) = (Some(target as usize), candidate);
                }
            }
            best
        };
        if let Some(target) = best(false).or_else(|| best(true)) {
            taken[target] |= bit;
            outcome.matched |= bit;
            outcome.ignored |= if targets[target].ignored { bit } else { 0 };
        }
    }
    outcome
}

impl Outcome {
    /// Thresholds at which the prediction is right.
    pub fn right(self) -> u16 {
        self.matched & !self.ignored
    }

    /// Thresholds at which it counts, right or wrong; `outside` if it is ignored where it matches nothing.
    pub fn counted(self, outside: bool) -> u16 {
        let unmatched = if outside { ALL_BITS & !self.matched } else { 0 };
        ALL_BITS & !self.ignored & !unmatched
    }
}
