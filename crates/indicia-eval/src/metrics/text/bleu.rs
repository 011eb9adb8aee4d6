use std::collections::HashMap;

use super::ngrams::ngrams;
use super::tokens::{by_space, mteval_13a};

/// Highest order of n-grams.
pub(super) const ORDERS: usize = 4;

/// How texts are split for BLEU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BleuTokens {
    /// mteval-v13a: sacrebleu's default.
    Mteval13a,
    /// At white space only.
    WhiteSpace,
}

/// What BLEU needs of one answer; corpus BLEU sums it over answers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BleuCounts {
    /// Tokens of the answer.
    pub answer: f64,
    /// Tokens of the reference that is nearest in length, the shorter of two.
    pub reference: f64,
    /// N-grams of each order that a reference has too, at most as often as the reference that has it most often.
    pub matched: [f64; ORDERS],
    /// N-grams of each order.
    pub total: [f64; ORDERS],
}

impl BleuCounts {
    /// Counts an answer against its references (Papineni et al., ACL 2002).
    pub fn of(answer: &str, references: &[&str], tokens: BleuTokens) -> Self {
        let split = |text: &str| match tokens {
            BleuTokens::Mteval13a => mteval_13a(text),
            BleuTokens::WhiteSpace => by_space(text),
        };
        let answer = split(answer);
        let references: Vec<Vec<String>> = references.iter().map(|text| split(text)).collect();
        let lengths = references.iter().map(Vec::len);
        let nearest = lengths.min_by_key(|length| (length.abs_diff(answer.len()), *length));
        let mut counts =
            Self { answer: answer.len() as f64, reference: nearest.unwrap_or(0) as f64, ..Self::default() };
        for order in 1..=ORDERS {
            let mut most: HashMap<&[String], u32> = HashMap::new();
            for (ngram, count) in references.iter().flat_map(|reference| ngrams(reference, order)) {
                let known = most.entry(ngram).or_insert(0);
                *known = count.max(*known);
            }
            for (ngram, count) in ngrams(&answer, order) {
                counts.total[order - 1] += f64::from(count);
                let matched = most.get(ngram).map_or(0, |most| count.min(*most));
                counts.matched[order - 1] += f64::from(matched);
            }
        }
        counts
    }

    /// BLEU of n-grams up to `order` (1 to 4), from 0 to 1, as sacrebleu computes it with its smoothing `exp`:
    /// each order without a match counts as a half, a quarter, ... of a match. Orders of which the answer has
    /// no n-grams make it 0; with `effective` they are left out, as for single sentences. `None` without any
    /// reference token.
    pub fn bleu(&self, order: usize, effective: bool) -> Option<f64> {
        if self.reference <= 0.0 {
            return None;
        }
        let order = order.clamp(1, ORDERS);
        if self.matched[..order].iter().all(|matched| *matched <= 0.0) {
            return Some(0.0);
        }
        let (mut logs, mut used, mut half) = (0.0, 0, 1.0);
        for (matched, total) in self.matched[..order].iter().zip(&self.total) {
            if *total <= 0.0 {
                break;
            }
            used += 1;
            let matched = if *matched > 0.0 {
                *matched
            } else {
                half /= 2.0;
                half
            };
            logs += (matched / total).ln();
        }
        if used < order && !effective {
            return Some(0.0);
        }
        let brevity = (1.0 - self.reference / self.answer).min(0.0);
        Some((brevity + logs / f64::from(used as u32)).exp())
    }
}
