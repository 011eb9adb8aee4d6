//! What boxes and time segments have in common: predictions with scores are matched with true objects at
//! several thresholds of their intersection over union (IoU), ranked, and resampled without ranking again.

mod average_precision;
mod curve;
mod greedy;
mod resample;

use indicia_core::{Error, ErrorKind};

pub(super) use average_precision::{Interpolation, average_precision};
pub(super) use curve::{Curve, EXACT_ENTRIES, Entry, Step, Ties, falling};
pub(super) use greedy::{Outcome, Target, claim};
pub(super) use resample::{Resampled, estimate, group_of};

/// Number of IoU thresholds; each has a bit of [`ALL_BITS`].
pub(super) const THRESHOLDS: usize = 10;

/// A bit for every threshold.
pub(super) const ALL_BITS: u16 = (1 << THRESHOLDS) - 1;

/// Places of the thresholds 0.5, 0.75 and 0.95.
pub(super) const AT_50: usize = 0;
pub(super) const AT_75: usize = 5;
pub(super) const AT_95: usize = 9;

/// IoU from 0.5 to 0.95 in steps of 0.05, rounded as `numpy.linspace` rounds, so that an IoU that lies on a
/// threshold counts as it does in pycocotools and ActivityNet's evaluation.
pub(super) const IOU: [f64; THRESHOLDS] = {
    let step = (0.95 - 0.5) / (THRESHOLDS - 1) as f64;
    let mut thresholds = [0.95; THRESHOLDS];
    let mut place = 0;
    while place < THRESHOLDS - 1 {
        thresholds[place] = place as f64 * step + 0.5;
        place += 1;
    }
    thresholds
};

/// Most objects of one item on either side: every pair of them is compared.
pub const MAX_OBJECTS: usize = 10_000;

/// Most types: every resample holds the values of all.
pub const MAX_TYPES: usize = 1000;

/// An error in an item, by its number.
pub(super) fn in_item(what: &str, number: usize, error: &Error) -> Error {
    let message = format!("{what} {number}: {error}");
    match error.kind() {
        ErrorKind::Limits => Error::limits(message),
        _ => Error::input(message),
    }
}
