mod properties;

use serde_json::Value;

use super::cover::Cover;
use super::*;
use crate::metrics::Section;
use crate::stats::Bootstrap;

const QUICK: Bootstrap = Bootstrap { replicates: 40, seed: 1 };

fn span(kind: u32, start: u32, end: u32) -> Span {
    Span { kind, start, end }
}

fn measure(documents: &[Document], types: &[&str]) -> Section {
    let types: Vec<String> = types.iter().map(|name| (*name).to_owned()).collect();
    let groups: Vec<u32> = (0..documents.len() as u32).collect();
    evaluate(documents, &types, &groups, QUICK).unwrap()
}

fn value(section: &Section, id: &str) -> Option<f64> {
    section.get(id).map(|estimate| estimate.value)
}

fn close(section: &Section, id: &str, expected: f64) {
    let got = value(section, id).unwrap_or_else(|| panic!("{id} has no value"));
    assert!((got - expected).abs() < 1e-12, "{id}: expected {expected}, got {got}");
}

#[test]
fn tokens_are_words_and_single_symbols() {
    assert_eq!(
        tokenise("Dr. Müller-Lee 3,5"),
        [(0, 2), (2, 3), (4, 10), (10, 11), (11, 14), (15, 16), (16, 17), (17, 18)]
    );
    assert_eq!(tokenise("患者A 🙂"), [(0, 3), (4, 5)]);
    assert_eq!(tokenise(" \n\t"), []);
    assert_eq!(tokenise(""), []);
}

#[test]
fn covers_are_unions() {
    let cover = Cover::of([(8, 9), (1, 4), (3, 5), (5, 6), (7, 7)]);
    assert_eq!(cover.len(), 6);
    assert_eq!([cover.within((0, 10)), cover.within((2, 8)), cover.within((6, 8))], [6, 4, 0]);
    assert_eq!(cover.shared(&Cover::of([(0, 2), (5, 100)])), 3);
    assert_eq!(cover.tokens(&[(0, 1), (2, 4), (5, 6), (6, 8), (8, 20)]).len(), 3);
    assert_eq!(Cover::of([]).shared(&cover), 0);
}

/// "Mr. John Smith saw Dr. Lee on 03/04/2015." with tokens matched as in i2b2 2014.
fn letter() -> Document {
    let text = "Mr. John Smith saw Dr. Lee on 03/04/2015.";
    Document {
        // John Smith, Lee, 03/04/2015 (five tokens).
        truth: vec![span(0, 4, 14), span(0, 23, 26), span(1, 30, 40)],
        // Smith, "Dr. Lee" as another type, 03/04/2015 exactly, "saw" for nothing.
        predicted: vec![span(0, 9, 14), span(2, 19, 26), span(1, 30, 40), span(0, 15, 18)],
        tokens: Some(tokenise(text)),
    }
}

#[test]
fn a_letter_by_hand() {
    let section = measure(&[letter()], &["NAME", "DATE", "STAFF"]);
    // Exact: the date alone. Overlap: John Smith and the date; right are Smith and the date.
    close(&section, "exact_precision", 1.0 / 4.0);
    close(&section, "exact_recall", 1.0 / 3.0);
    close(&section, "exact_f1", 2.0 / 7.0);
    close(&section, "exact_f2", 5.0 * (1.0 / 12.0) / (4.0 / 4.0 + 1.0 / 3.0));
    close(&section, "overlap_precision", 2.0 / 4.0);
    close(&section, "overlap_recall", 2.0 / 3.0);
    // Tokens: true John Smith Lee + 5; predicted Smith saw, Dr . Lee, 5; both Smith + 5.
    close(&section, "token_precision", 6.0 / 10.0);
    close(&section, "token_recall", 6.0 / 8.0);
    close(&section, "token_f1", 12.0 / 18.0);
    // Without types Lee is found as well.
    close(&section, "binary_exact_recall", 1.0 / 3.0);
    close(&section, "binary_overlap_recall", 1.0);
    close(&section, "binary_overlap_precision", 3.0 / 4.0);
    close(&section, "binary_token_recall", 7.0 / 8.0);
    close(&section, "binary_token_precision", 7.0 / 10.0);
    // Characters: 5 of John Smith's 10, Lee, the date. At least 80 % covered: Lee and the date.
    close(&section, "char_recall", 18.0 / 23.0);
    close(&section, "covered_recall", 2.0 / 3.0);
    close(&section, "covered_f2", 5.0 * (3.0 / 4.0) * (2.0 / 3.0) / (4.0 * (3.0 / 4.0) + 2.0 / 3.0));
    // Types: NAME 0 of 2 and 0 of 2, DATE all, STAFF only predicted (0).
    close(&section, "macro_exact_f1", 1.0 / 3.0);
    close(&section, "macro_overlap_recall", (0.5 + 1.0 + 0.0) / 3.0);
    assert_eq!(section.counts, [("documents", 1), ("groups", 1), ("true_spans", 3), ("predicted_spans", 4)]);
    let [name, date, staff] = &section.by_type[..] else { panic!("three types") };
    assert_eq!([&name.of, &date.of, &staff.of], ["NAME", "DATE", "STAFF"]);
    close(name, "token_f1", 2.0 * (1.0 / 2.0) * (1.0 / 3.0) / (1.0 / 2.0 + 1.0 / 3.0));
    close(name, "binary_overlap_recall", 1.0);
    close(name, "covered_recall", 0.5);
    close(date, "exact_f1", 1.0);
    assert_eq!((value(staff, "exact_recall"), value(staff, "exact_f1")), (None, Some(0.0)));
    assert!(section.get("exact_f1").unwrap().ci95.is_none());
}

#[test]
fn the_covered_share_is_of_all_predicted_spans_together() {
    let of = |predicted: &[(u32, u32)]| {
        let predicted = predicted.iter().map(|(start, end)| span(1, *start, *end)).collect();
        let document = Document { truth: vec![span(0, 0, 10)], predicted, tokens: None };
        value(&measure(&[document], &["A", "B"]), "covered_recall")
    };
    assert_eq!(of(&[(0, 8)]), Some(1.0));
    assert_eq!(of(&[(0, 7)]), Some(0.0));
    assert_eq!(of(&[(0, 4), (3, 6), (8, 30)]), Some(1.0));
    assert_eq!(of(&[]), Some(0.0));
}

#[test]
fn repeated_and_overlapping_spans() {
    // The same twice counts once; nested true spans are both found by one prediction.
    let document = Document {
        truth: vec![span(0, 0, 4), span(0, 0, 9), span(0, 0, 4)],
        predicted: vec![span(0, 0, 4), span(0, 0, 4)],
        tokens: None,
    };
    let section = measure(&[document], &["A"]);
    close(&section, "exact_precision", 1.0);
    close(&section, "exact_recall", 0.5);
    close(&section, "overlap_recall", 1.0);
    close(&section, "char_recall", 4.0 / 9.0);
    assert_eq!(value(&section, "token_f1"), None);
    assert!(section.protocol.contains("no token metrics, since 1 of 1 documents"), "{}", section.protocol);
    // Touching is not overlapping.
    let touching =
        Document { truth: vec![span(0, 0, 4)], predicted: vec![span(0, 4, 6)], tokens: Some(vec![]) };
    close(&measure(&[touching], &["A"]), "overlap_f1", 0.0);
}

#[test]
fn nothing_there() {
    let empty = || Document { tokens: Some(vec![]), ..Document::default() };
    let section = measure(&[empty(), empty()], &[]);
    assert!(section.metrics.iter().all(|(_, estimate)| estimate.is_none()));
    let section = measure(&[], &["A"]);
    assert!(section.metrics.iter().all(|(_, estimate)| estimate.is_none()) && section.by_type.is_empty());
    let alarm = Document { predicted: vec![span(0, 0, 2)], ..empty() };
    let section = measure(&[alarm, empty()], &["A"]);
    assert_eq!(value(&section, "exact_recall"), None);
    assert_eq!(value(&section, "exact_precision"), Some(0.0));
    assert_eq!(value(&section, "exact_f1"), Some(0.0));
}

#[test]
fn intervals_are_of_groups() {
    let right = || Document { truth: vec![span(0, 0, 3)], predicted: vec![span(0, 0, 3)], tokens: None };
    let missed = || Document { truth: vec![span(0, 0, 3)], ..Document::default() };
    let documents: Vec<Document> = (0..20).map(|i| if i % 2 == 0 { right() } else { missed() }).collect();
    let types = ["A".to_owned()];
    let recall = |groups: &[u32]| {
        evaluate(&documents, &types, groups, QUICK).unwrap().get("exact_recall").unwrap().ci95
    };
    let single: Vec<u32> = (0..20).collect();
    let [low, high] = recall(&single).unwrap();
    assert!(low < 0.5 && high > 0.5 && low > 0.1 && high < 0.9, "{low} {high}");
    // Each pair has one of both: no resample differs.
    let pairs: Vec<u32> = (0..20).map(|i| i / 2).collect();
    assert_eq!(recall(&pairs), Some([0.5, 0.5]));
    assert_eq!(recall(&[0; 20]), None);
}

#[test]
fn faults_are_named() {
    let fault = |document: Document, types: usize, groups: &[u32]| {
        let types = vec!["A".to_owned(); types];
        evaluate(&[document], &types, groups, QUICK).unwrap_err().to_string()
    };
    let with = |truth: Vec<Span>| Document { truth, ..Document::default() };
    assert!(
        fault(with(vec![span(0, 3, 3)]), 1, &[0]).contains("document 0: expected a span that ends after")
    );
    assert!(fault(with(vec![span(1, 3, 4)]), 1, &[0]).contains("expected a type below 1, got 1"));
    assert!(fault(with(vec![]), 1, &[]).contains("expected as many groups as documents (1), got 0"));
    assert!(fault(with(vec![]), 1001, &[0]).contains("at most 1000 types"));
    let tokens = Document { tokens: Some(vec![(0, 3), (2, 4)]), ..Document::default() };
    assert!(fault(tokens, 1, &[0]).contains("expected tokens in order"));
}

#[test]
fn tags_are_repaired_or_refused() {
    let of = |tags: &str, scheme| {
        let tags: Vec<&str> = tags.split(' ').collect();
        let spans = spans_from_tags(&tags, scheme).unwrap();
        spans.iter().map(|s| format!("{}:{}-{}", s.kind, s.start, s.end)).collect::<Vec<_>>().join(" ")
    };
    let tags = "I-A I-A B-A I-B O E-B S-A I-A B-A";
    assert_eq!(of(tags, Scheme::Repaired), "A:0-2 A:2-3 B:3-4 B:5-6 A:6-7 A:7-8 A:8-9");
    assert_eq!(of(tags, Scheme::Bioes), "A:6-7");
    assert_eq!(of("I-A B-A I-A I-B B-B", Scheme::Iob2), "A:1-3 B:4-5");
    assert_eq!(of("B-A I-A L-A U-B B-A", Scheme::Bilou), "A:0-3 B:3-4");
    assert_eq!(of("B-A L-A U-B", Scheme::Repaired), "A:0-2 B:2-3");
    assert_eq!(of("B I O B-", Scheme::Iob2), "_:0-2 _:3-4");
    assert_eq!(spans_from_tags(&[], Scheme::Bioes).unwrap(), []);
    let fault = |tag, scheme| spans_from_tags(&["O", tag], scheme).unwrap_err().to_string();
    assert!(fault("E-A", Scheme::Iob2).contains("tag 1: expected O or a type after B- or I-, got \"E-A\""));
    assert!(fault("S-A", Scheme::Bilou).contains("got \"S-A\""));
    assert!(fault("", Scheme::Repaired).contains("got \"\""));
    assert!(fault("OUT", Scheme::Repaired).contains("got \"OUT\""));
}

#[test]
fn parity_with_seqeval() {
    let reference: Value = serde_json::from_str(include_str!("fixtures/seqeval.json")).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 16);
    let types = ["DATE", "ID", "NAME"];
    for case in cases {
        let scheme = match case["scheme"].as_str().unwrap() {
            "repaired" => Scheme::Repaired,
            "iob2" => Scheme::Iob2,
            "bioes" => Scheme::Bioes,
            _ => Scheme::Bilou,
        };
        let spans = |tags: &Value| {
            let tags: Vec<&str> = tags.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
            let spans = spans_from_tags(&tags, scheme).unwrap();
            let typed = |s: &TaggedSpan<'_>| {
                let kind = types.iter().position(|name| *name == s.kind).unwrap();
                span(kind as u32, s.start as u32, s.end as u32)
            };
            spans.iter().map(typed).collect::<Vec<Span>>()
        };
        let list = |name: &str| case[name].as_array().unwrap();
        let mut documents = vec![];
        for ((truth, predicted), entities) in
            list("truth").iter().zip(list("predicted")).zip(list("entities"))
        {
            let expected: Vec<(u64, u64, &str)> =
                serde_json::from_value::<Vec<(u64, u64, String)>>(entities.clone())
                    .unwrap()
                    .into_iter()
                    .map(|(start, end, name)| (start, end, *types.iter().find(|t| **t == name).unwrap()))
                    .collect();
            let predicted = spans(predicted);
            let got: Vec<_> = predicted
                .iter()
                .map(|s| (u64::from(s.start), u64::from(s.end), types[s.kind as usize]))
                .collect();
            assert_eq!(got, expected);
            documents.push(Document { truth: spans(truth), predicted, tokens: None });
        }
        let section = measure(&documents, &types);
        let four = ["precision", "recall", "f1", "f2"];
        for (at, name) in four.iter().enumerate() {
            close(&section, &format!("exact_{name}"), case["micro"][at].as_f64().unwrap());
            close(&section, &format!("macro_exact_{name}"), case["macro"][at].as_f64().unwrap());
        }
        assert_eq!(section.by_type.len(), list("by_type").len());
        for ((own, expected), support) in section.by_type.iter().zip(list("by_type")).zip(list("support")) {
            assert_eq!(own.counts[0].1, support.as_u64().unwrap());
            for (at, name) in four.iter().enumerate() {
                // seqeval says 0 where there is nothing to divide by.
                let got = value(own, &format!("exact_{name}")).unwrap_or(0.0);
                assert!((got - expected[at].as_f64().unwrap()).abs() < 1e-12);
            }
        }
    }
}
