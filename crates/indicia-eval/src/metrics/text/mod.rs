//! Metrics of written answers against reference texts: BLEU, ROUGE, chrF, exact match and token F1.
//!
//! Values are fractions: sacrebleu's divided by 100. Each item has one reference or several.

mod bleu;
mod catalogue;
mod chrf;
mod evaluate;
mod ngrams;
mod porter;
mod rouge;
mod squad;
#[cfg(test)]
mod tests;
mod tokens;

pub use bleu::{BleuCounts, BleuTokens};
pub use catalogue::METRICS;
pub use chrf::ChrfCounts;
pub use evaluate::{Answer, evaluate};
pub use porter::stem;
pub use rouge::{MAX_WORDS, Match, Rouge, rouge};
pub use squad::{exact_match, normalise, token_f1};
