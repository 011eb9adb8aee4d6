use super::ngrams::{ngrams, shared};
use super::rouge::Match;
use super::tokens::by_space;

/// A text as SQuAD's scorer compares it: lower case, without ASCII punctuation, without the words a, an and
/// the, one space between words.
pub fn normalise(text: &str) -> String {
    let lower = text.to_lowercase();
    let letters: String = lower.chars().filter(|c| !c.is_ascii_punctuation()).collect();
    let mut kept = String::with_capacity(letters.len());
    let mut rest = letters.as_str();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        kept.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        let gap = after.find(char::is_alphanumeric).unwrap_or(after.len());
        kept.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    by_space(&kept).join(" ")
}

/// Whether an answer is the same as any of its references once both are [normalised](normalise).
pub fn exact_match(answer: &str, references: &[&str]) -> bool {
    let answer = normalise(answer);
    references.iter().any(|reference| normalise(reference) == answer)
}

/// Highest F1 of the words (counted as often as they occur) of an answer and a reference, both
/// [normalised](normalise) (Rajpurkar et al., EMNLP 2016). Where one of the two has no words it is 1 if the
/// other has none either and else 0, as in SQuAD 2.0.
pub fn token_f1(answer: &str, references: &[&str]) -> f64 {
    let answer = by_space(&normalise(answer));
    let of = |reference: &&str| {
        let reference = by_space(&normalise(reference));
        if answer.is_empty() || reference.is_empty() {
            return f64::from(u8::from(answer.is_empty() && reference.is_empty()));
        }
        let both = shared(&ngrams(&answer, 1), &ngrams(&reference, 1)) as usize;
        Match::of(both, answer.len(), reference.len()).f1
    };
    references.iter().map(of).fold(0.0, f64::max)
}
