use super::ngrams::{ngrams, shared};
use super::tokens::is_space;

/// Highest order of character n-grams.
pub(super) const ORDERS: usize = 6;

/// Weight of recall.
const BETA: f64 = 2.0;

/// What chrF needs of one answer: n-grams of the answer, of the reference and of both, by order.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ChrfCounts(pub [[f64; 3]; ORDERS]);

impl ChrfCounts {
    /// Counts an answer against the reference that it has the highest chrF with (Popović, WMT 2015). White space
    /// is left out.
    pub fn of(answer: &str, references: &[&str]) -> Self {
        let letters = |text: &str| text.chars().filter(|c| !is_space(*c)).collect::<Vec<char>>();
        let answer = letters(answer);
        let mut best: Option<(f64, Self)> = None;
        for reference in references {
            let reference = letters(reference);
            let counts = Self(std::array::from_fn(|order| {
                let (own, other) = (ngrams(&answer, order + 1), ngrams(&reference, order + 1));
                let sum = |counts: &std::collections::HashMap<&[char], u32>| counts.values().sum::<u32>();
                // N-grams of an order that the reference does not have are no fault, as in sacrebleu.
                let of_answer = if other.is_empty() { 0 } else { sum(&own) };
                [of_answer, sum(&other), shared(&own, &other)].map(f64::from)
            }));
            let score = counts.chrf().unwrap_or(0.0);
            if best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, counts));
            }
        }
        best.map_or(Self::default(), |(_, counts)| counts)
    }

    /// chrF2 from 0 to 1, as sacrebleu computes it with its defaults: precision and recall are averaged over
    /// the orders that answer and reference both have. `None` without any reference character.
    pub fn chrf(&self) -> Option<f64> {
        if self.0[0][1] <= 0.0 {
            return None;
        }
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
        for [answer, reference, both] in self.0.iter().filter(|order| order[0] > 0.0 && order[1] > 0.0) {
            precision += both / answer;
            recall += both / reference;
            orders += 1.0;
        }
        if precision + recall <= 0.0 {
            return Some(0.0);
        }
        let (precision, recall) = (precision / orders, recall / orders);
        Some((1.0 + BETA * BETA) * precision * recall / (BETA * BETA * precision + recall))
    }
}
