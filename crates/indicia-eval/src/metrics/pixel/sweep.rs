/// What the order of a picture's pixels tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Order {
    pub auc: f64,
    pub average_precision: f64,
    pub best_f1: f64,
}

/// Sweeps a threshold down over the keys of altered and authentic pixels, both falling. The same definitions
/// as [`crate::metrics::binary::Ranking`], without making cells of millions of pixels; a test holds the two
/// together.
pub(super) fn sweep(
    altered: impl ExactSizeIterator<Item = u32>,
    authentic: impl ExactSizeIterator<Item = u32>,
) -> Order {
    let (positives, negatives) = (altered.len() as f64, authentic.len() as f64);
    let (mut altered, mut authentic) = (altered.peekable(), authentic.peekable());
    let (mut tp, mut fp) = (0_u64, 0_u64);
    let (mut area, mut precision, mut best) = (0.0_f64, 0.0_f64, 0.0_f64);
    while let Some(key) = altered.peek().copied().max(authentic.peek().copied()) {
        let (mut p, mut n) = (0_u64, 0_u64);
        while altered.next_if_eq(&key).is_some() {
            p += 1;
        }
        while authentic.next_if_eq(&key).is_some() {
            n += 1;
        }
        if n > 0 {
            area += n as f64 * (tp as f64 + p as f64 / 2.0);
        }
        tp += p;
        fp += n;
        if p > 0 {
            let called = (tp + fp) as f64;
            precision += p as f64 * (tp as f64 / called);
            best = best.max(2.0 * tp as f64 / (called + positives));
        }
    }
    Order { auc: area / (positives * negatives), average_precision: precision / positives, best_f1: best }
}
