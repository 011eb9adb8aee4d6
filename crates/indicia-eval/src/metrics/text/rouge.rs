use std::collections::HashMap;

use indicia_core::{Error, Result};

use super::ngrams::{ngrams, shared};
use super::tokens::rouge_words;

/// Most words of a text: the longest common subsequence takes a step for every 64 pairs of words.
pub const MAX_WORDS: usize = 1 << 19;

/// How much of an answer is in its reference and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Match {
    /// Share of the answer, 0 to 1.
    pub precision: f64,
    /// Share of the reference, 0 to 1.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Match {
    /// Of counts: 0 where there is nothing to count.
    pub(super) fn of(both: usize, answer: usize, reference: usize) -> Self {
        let precision = both as f64 / answer.max(1) as f64;
        let recall = both as f64 / reference.max(1) as f64;
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// ROUGE of single words, pairs of words and the longest common subsequence.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rouge {
    /// ROUGE-1.
    pub one: Match,
    /// ROUGE-2.
    pub two: Match,
    /// ROUGE-L over the whole text.
    pub longest: Match,
}

/// ROUGE of an answer (Lin, 2004), as rouge_score computes it: words are runs of ASCII letters and digits in
/// lower case, stemmed on request; of several references each figure takes the one with the highest F1.
///
/// # Errors
/// `Limits` for a text of more than [`MAX_WORDS`] words.
pub fn rouge(answer: &str, references: &[&str], stemmed: bool) -> Result<Rouge> {
    let words = |text: &str| {
        let words = rouge_words(text, stemmed);
        match words.len() {
            0..=MAX_WORDS => Ok(words),
            more => Err(Error::limits(format!("expected a text of at most {MAX_WORDS} words, got {more}"))),
        }
    };
    let answer = words(answer)?;
    let mut best = Rouge::default();
    for reference in references {
        let reference = words(reference)?;
        let runs = |order: usize| {
            let both = shared(&ngrams(&answer, order), &ngrams(&reference, order)) as usize;
            let count = |words: &[String]| (words.len() + 1).saturating_sub(order);
            Match::of(both, count(&answer), count(&reference))
        };
        let longest = Match::of(common(&answer, &reference), answer.len(), reference.len());
        for (best, new) in [(&mut best.one, runs(1)), (&mut best.two, runs(2)), (&mut best.longest, longest)]
        {
            if new.f1 > best.f1 {
                *best = new;
            }
        }
    }
    Ok(best)
}

/// Length of the longest common subsequence, 64 words at a time (Hyyrö, AWOCA 2004).
fn common(a: &[String], b: &[String]) -> usize {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    a.iter().enumerate().for_each(|(place, word)| places.entry(word).or_default().push(place));
    let mut row = vec![u64::MAX; a.len().div_ceil(64)];
    let mut same = vec![0_u64; row.len()];
    for places in b.iter().filter_map(|word| places.get(word.as_str())) {
        places.iter().for_each(|place| same[place / 64] |= 1 << (place % 64));
        let mut carry = false;
        for (row, same) in row.iter_mut().zip(&mut same) {
            let (sum, over) = row.overflowing_add(*row & *same);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *row = sum | (*row & !*same);
            *same = 0;
        }
    }
    // Each 0 among the bits of `a` is a word of the subsequence.
    (0..a.len()).filter(|place| row[place / 64] >> (place % 64) & 1 == 0).count()
}
