//! Counts by ranges against counts character by character, and tags of any kind.

use proptest::prelude::*;

use super::*;

const LENGTH: u32 = 24;

fn spans() -> impl Strategy<Value = Vec<Span>> {
    let one = (0..3_u32, 0..LENGTH, 1..8_u32);
    let one = one.prop_map(|(kind, start, length)| span(kind, start, (start + length).min(LENGTH)));
    proptest::collection::vec(one, 0..7)
}

/// Kinds that hold a place, as bits.
fn marks(spans: &[Span], (start, end): (u32, u32)) -> u32 {
    let touching = spans.iter().filter(|s| s.start < end && start < s.end);
    touching.fold(0, |bits, s| bits | 1 << s.kind)
}

fn share(part: u32, whole: u32) -> Option<f64> {
    (whole > 0).then(|| f64::from(part) / f64::from(whole))
}

proptest! {
    #[test]
    fn counts_are_those_of_characters(truth in spans(), predicted in spans(), words in "[a ]{24}") {
        let tokens = tokenise(&words);
        let document =
            Document { truth: truth.clone(), predicted: predicted.clone(), tokens: Some(tokens.clone()) };
        let section = measure(&[document], &["A", "B", "C"]);
        let distinct = |spans: &[Span]| {
            let mut spans = spans.to_vec();
            spans.sort();
            spans.dedup();
            spans
        };
        let (truth, predicted) = (distinct(&truth), distinct(&predicted));
        let count = truth.len() as u32;
        let exact = truth.iter().filter(|s| predicted.contains(s)).count() as u32;
        prop_assert_eq!(value(&section, "exact_recall"), share(exact, count));
        let meets = |s: &&Span| marks(&predicted, (s.start, s.end)) >> s.kind & 1 == 1;
        let overlap = truth.iter().filter(meets).count() as u32;
        prop_assert_eq!(value(&section, "overlap_recall"), share(overlap, count));
        let any = truth.iter().filter(|s| marks(&predicted, (s.start, s.end)) > 0).count() as u32;
        let sides: Vec<(u32, u32)> = {
            let mut sides: Vec<_> = truth.iter().map(|s| (s.start, s.end)).collect();
            sides.sort_unstable();
            sides.dedup();
            sides
        };
        let blind = sides.iter().filter(|range| marks(&predicted, **range) > 0).count() as u32;
        prop_assert_eq!(value(&section, "binary_overlap_recall"), share(blind, sides.len() as u32));
        prop_assert!(any >= overlap);
        let covered = truth.iter().filter(|s| {
            let chars = (s.start..s.end).filter(|c| marks(&predicted, (*c, c + 1)) > 0).count() as u32;
            chars * 5 >= (s.end - s.start) * 4
        });
        prop_assert_eq!(value(&section, "covered_recall"), share(covered.count() as u32, count));
        let chars = |wanted: fn(u32, u32) -> bool| {
            let at = |c: &u32| wanted(marks(&truth, (*c, c + 1)), marks(&predicted, (*c, c + 1)));
            (0..LENGTH).filter(at).count() as u32
        };
        let recall = share(chars(|t, p| t > 0 && p > 0), chars(|t, _| t > 0));
        prop_assert_eq!(value(&section, "char_recall"), recall);
        let of_tokens = |wanted: fn(u32, u32) -> u32| {
            let at = |token: &(u32, u32)| wanted(marks(&truth, *token), marks(&predicted, *token)).count_ones();
            tokens.iter().map(at).sum::<u32>()
        };
        let (both, true_ones) = (of_tokens(|t, p| t & p), of_tokens(|t, _| t));
        prop_assert_eq!(value(&section, "token_recall"), share(both, true_ones));
        prop_assert_eq!(value(&section, "token_precision"), share(both, of_tokens(|_, p| p)));
    }

    #[test]
    fn tags_never_panic(tags in proptest::collection::vec("[BIESLUO]?(-?[AB])?|\\PC{0,3}", 0..12)) {
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        for scheme in [Scheme::Repaired, Scheme::Iob2, Scheme::Bioes, Scheme::Bilou] {
            if let Ok(spans) = spans_from_tags(&tags, scheme) {
                let inside = spans.iter().all(|s| s.start < s.end && s.end <= tags.len());
                prop_assert!(inside && spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
        }
    }

    #[test]
    fn tokens_are_rising_and_disjoint(text in "\\PC{0,20}") {
        let tokens = tokenise(&text);
        prop_assert!(tokens.iter().all(|(start, end)| start < end && *end as usize <= text.chars().count()));
        prop_assert!(tokens.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }
}
