//! Texts of any kind: no panic, values between 0 and 1, and 1 against themselves.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn values_are_fractions(answer in "(\\PC|[a-d .,\\-\n0-9&]){0,30}", reference in "[a-d .,0-9]{0,20}") {
        let answers = [(answer.as_str(), &[reference.as_str()][..]), (&answer, &[&answer])];
        let section = measure(&answers);
        for (info, estimate) in &section.metrics {
            let value = estimate.map_or(0.0, |estimate| estimate.value);
            prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{} is {value}", info.id);
        }
        let same = [answer.as_str()];
        prop_assert!(exact_match(&answer, &same) && token_f1(&answer, &same) == 1.0);
        let own = ChrfCounts::of(&answer, &same).chrf();
        prop_assert!(own.is_none_or(|own| (own - 1.0).abs() < 1e-12));
        let bleu = BleuCounts::of(&answer, &same, BleuTokens::Mteval13a).bleu(4, true);
        prop_assert!(bleu.is_none_or(|bleu| (bleu - 1.0).abs() < 1e-12));
    }

    #[test]
    fn stems_never_panic(word in "\\PC{0,12}|[a-z]{0,12}|[yaelsi]{0,8}") {
        prop_assert!(stem(&word).len() <= word.len() + 1);
    }
}
