mod properties;

use serde_json::Value;

use super::tokens::mteval_13a;
use super::*;
use crate::metrics::Section;
use crate::stats::Bootstrap;

const QUICK: Bootstrap = Bootstrap { replicates: 40, seed: 1 };

#[track_caller]
fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "expected {expected}, got {got}");
}

fn measure(items: &[(&str, &[&str])]) -> Section {
    let answers: Vec<Answer<'_>> =
        items.iter().map(|(text, references)| Answer { text, references }).collect();
    let groups: Vec<u32> = (0..items.len() as u32).collect();
    evaluate(&answers, &groups, QUICK).unwrap()
}

#[test]
fn bleu_by_hand() {
    // Words of the answer: 4 of 6 are matched (the twice, cat, mat: "the" at most twice), pairs: "the cat".
    let counts = BleuCounts::of("the the the cat mat x", &["the cat on the mat"], BleuTokens::WhiteSpace);
    assert_eq!((counts.answer, counts.reference), (6.0, 5.0));
    assert_eq!((counts.matched, counts.total), ([4.0, 1.0, 0.0, 0.0], [6.0, 5.0, 4.0, 3.0]));
    close(counts.bleu(1, false).unwrap(), 4.0 / 6.0);
    close(counts.bleu(2, false).unwrap(), (4.0_f64 / 6.0 * 1.0 / 5.0).sqrt());
    // Without matches: half a match of four, then a quarter of one of three.
    let product: f64 = 4.0 / 6.0 * (1.0 / 5.0) * (0.5 / 4.0) * (0.25 / 3.0);
    close(counts.bleu(4, false).unwrap(), product.powf(0.25));
    // Too short by half: exp(1 - 2).
    let short = BleuCounts::of("a b", &["a b c d"], BleuTokens::WhiteSpace);
    close(short.bleu(2, false).unwrap(), (-1.0_f64).exp());
    assert_eq!(short.bleu(4, false), Some(0.0));
    close(short.bleu(4, true).unwrap(), (-1.0_f64).exp());
    assert_eq!(BleuCounts::of("a", &[""], BleuTokens::WhiteSpace).bleu(1, true), None);
    assert_eq!(BleuCounts::of("", &["a"], BleuTokens::WhiteSpace).bleu(1, true), Some(0.0));
}

#[test]
fn rouge_and_squad_by_hand() {
    let r = rouge("the cat sat", &["the fat cat sat"], false).unwrap();
    assert_eq!((r.one.precision, r.one.recall), (1.0, 0.75));
    assert_eq!((r.two.precision, r.two.recall), (0.5, 1.0 / 3.0));
    assert_eq!((r.longest.precision, r.longest.recall), (1.0, 0.75));
    assert_eq!(rouge("", &[""], false).unwrap(), Rouge::default());
    // The best reference for each figure.
    assert_eq!(rouge("a b", &["c", "b a"], false).unwrap().one.f1, 1.0);
    assert_eq!(normalise(" The  cat, a DOG—an; o'clock_x theme"), "cat dog— oclockx theme");
    assert!(exact_match("The Answer!", &["no", "answer"]) && !exact_match("answers", &["answer"]));
    // Two of three words, two of two.
    close(token_f1("left lower lobe", &["the left lobe"]), 0.8);
    assert_eq!((token_f1("a", &["the"]), token_f1("", &["x"]), token_f1("x", &["the"])), (1.0, 0.0, 0.0));
}

#[test]
fn long_subsequences_cross_words_of_bits() {
    // Against the plain table.
    let table = |a: &[&str], b: &[&str]| {
        let mut row = vec![0; a.len() + 1];
        for y in b {
            let mut corner = 0;
            for (x, word) in a.iter().enumerate() {
                let above = row[x + 1];
                row[x + 1] = if word == y { corner + 1 } else { above.max(row[x]) };
                corner = above;
            }
        }
        row[a.len()]
    };
    let mut state = 1_u64;
    for length in [1, 63, 64, 65, 130, 200] {
        let mut text = |count: usize| {
            let words = (0..count).map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                ["a", "b", "c", "d", "e"][(state >> 60) as usize % 5]
            });
            words.collect::<Vec<_>>()
        };
        let (a, b) = (text(length), text(150));
        let r = rouge(&b.join(" "), &[&a.join(" ")], false).unwrap();
        close(r.longest.recall * length as f64, f64::from(table(&a, &b)));
    }
}

#[test]
fn tokens_of_mteval() {
    let of = |text: &str| mteval_13a(text).join(" ");
    assert_eq!(of("2.5 mg, 5,000 IU."), "2.5 mg , 5,000 IU .");
    assert_eq!(of("10-12 twice-daily -5"), "10 - 12 twice-daily -5");
    assert_eq!(of("a..b ...,"), "a . . b . . . ,");
    assert_eq!(of("&quot;x&quot; it's -\ny"), "\" x \" it's y");
    assert_eq!(of("  "), "");
}

#[test]
fn one_item_none_and_faults() {
    let section = measure(&[("No effusion.", &["No effusion."])]);
    for id in ["bleu_1", "chrf", "rouge_1", "rouge_l_stem", "exact_match", "token_f1", "sentence_bleu_4"] {
        close(section.get(id).unwrap().value, 1.0);
    }
    // Three tokens have no run of four.
    assert_eq!(section.get("bleu_4").unwrap().value, 0.0);
    assert!(section.get("bleu_1").unwrap().ci95.is_none());
    assert!(measure(&[]).metrics.iter().all(|(_, estimate)| estimate.is_none()));
    let none = Answer { text: "x", references: &[] };
    assert!(evaluate(&[none], &[0], QUICK).unwrap_err().to_string().contains("expected a reference"));
    let long = "a ".repeat(MAX_WORDS + 1);
    assert!(rouge("a", &[&long], false).unwrap_err().to_string().contains("at most 524288 words"));
    let section = measure(&[("x y", &["x y"]), ("x", &["y"]), ("x z", &["x y"])]);
    close(section.get("exact_match").unwrap().value, 1.0 / 3.0);
    let [low, high] = section.get("bleu_1").unwrap().ci95.unwrap();
    assert!(low < 0.6 && high > 0.6);
}

#[test]
fn parity_with_sacrebleu_and_rouge_score() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/reference.json")).unwrap();
    let texts: Vec<(String, Vec<String>)> = reference["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let references = serde_json::from_value(item["references"].clone()).unwrap();
            (item["answer"].as_str().unwrap().to_owned(), references)
        })
        .collect();
    assert_eq!(texts.len(), 32);
    let references: Vec<Vec<&str>> =
        texts.iter().map(|(_, list)| list.iter().map(String::as_str).collect()).collect();
    let items: Vec<(&str, &[&str])> = texts
        .iter()
        .zip(&references)
        .map(|((text, _), references)| (text.as_str(), &references[..]))
        .collect();
    for ((text, references), expected) in items.iter().zip(reference["items"].as_array().unwrap()) {
        let number = |value: &Value| value.as_f64().unwrap();
        let bleu = BleuCounts::of(text, references, BleuTokens::Mteval13a);
        for order in 1..=4 {
            let expected = number(&expected["sentence_bleu"][order - 1]) / 100.0;
            close(bleu.bleu(order, true).unwrap(), expected);
        }
        let chrf = ChrfCounts::of(text, references).chrf().unwrap();
        close(chrf, number(&expected["chrf"]) / 100.0);
        for (key, stemmed) in [("rouge", false), ("rouge_stem", true)] {
            let got = rouge(text, references, stemmed).unwrap();
            for (at, got) in [got.one, got.two, got.longest].iter().enumerate() {
                let expected = &expected[key][at];
                close(got.f1, number(&expected[2]));
                close(got.precision, number(&expected[0]));
                close(got.recall, number(&expected[1]));
            }
        }
    }
    for (name, items) in [("all", &items[..]), ("second_half", &items[10..]), ("short", &items[9..12])] {
        let section = measure(items);
        let expected = &reference["corpora"][name];
        for order in 1..=4 {
            for (id, key) in [("bleu", "bleu"), ("space_bleu", "space_bleu")] {
                let got = section.get(&format!("{id}_{order}")).unwrap().value;
                close(got, expected[key][order - 1].as_f64().unwrap() / 100.0);
            }
        }
        close(section.get("chrf").unwrap().value, expected["chrf"].as_f64().unwrap() / 100.0);
    }
}

#[test]
fn stems_are_those_of_nltk() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/reference.json")).unwrap();
    let stems: Vec<(String, String)> = serde_json::from_value(reference["stems"].clone()).unwrap();
    assert!(stems.len() > 1500);
    for (word, expected) in stems {
        assert_eq!(stem(&word), expected, "{word}");
    }
    // Other letters and nothing at all do no harm.
    assert_eq!((stem(""), stem("größen")), (String::new(), "größen".to_owned()));
}
