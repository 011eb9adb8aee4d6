use std::collections::HashMap;
use std::hash::Hash;

/// How often each run of `order` things occurs.
pub(super) fn ngrams<T: Eq + Hash>(things: &[T], order: usize) -> HashMap<&[T], u32> {
    let mut counts = HashMap::new();
    things.windows(order).for_each(|window| *counts.entry(window).or_insert(0) += 1);
    counts
}

/// Occurrences that both have.
pub(super) fn shared<T: Eq + Hash>(a: &HashMap<&[T], u32>, b: &HashMap<&[T], u32>) -> u32 {
    a.iter().map(|(ngram, count)| b.get(ngram).map_or(0, |other| *other.min(count))).sum()
}
