use super::*;

fn options(texts: &[&str]) -> Vec<(char, String)> {
    ('A'..).zip(texts.iter().map(|text| (*text).to_owned())).collect()
}

fn told(answer: &str, texts: &[&str], rules: &Rules) -> (char, How) {
    let found = extract(answer, &options(texts), rules);
    (found.chosen.letter(), found.how)
}

#[test]
fn the_only_lone_letter_wins_then_a_refusal_then_the_only_contained_text() {
    let of = |answer: &str| told(answer, &["real", "fake"], &Rules::default());
    assert_eq!(of("B"), ('B', How::Letter));
    assert_eq!(of("(B)."), ('B', How::Letter));
    assert_eq!(of("**Answer:** {B}"), ('B', How::Letter));
    assert_eq!(of("I see B; it is real"), ('B', How::Letter));
    // A small letter is none, a letter in a word is none, and C is no option here.
    assert_eq!(of("b"), ('Z', How::Untold));
    assert_eq!(of("optionB"), ('Z', How::Untold));
    assert_eq!(of("C"), ('Z', How::Untold));
    assert_eq!(of("A or B"), ('Z', How::Untold));
    assert_eq!(of("A or B: FAKE"), ('B', How::Text));
    assert_eq!(of("It is Real."), ('A', How::Text));
    assert_eq!(of("real, not fake"), ('Z', How::Untold));
    assert_eq!(of("Z"), ('Z', How::Refusal));
    assert_eq!(of("Cannot determine the answer, perhaps B"), ('Z', How::Refusal));
    // Hyphens and quotes are not taken away.
    assert_eq!(of("B-"), ('Z', How::Untold));
    assert_eq!(of(""), ('Z', How::Untold));
    assert_eq!(of("Failed to obtain answer via API. B"), ('Z', How::Untold));
    assert_eq!(of("Failed to obtain answer via API: fake"), ('B', How::Text));
}

#[test]
fn published_rules_differ_where_they_say_so() {
    let both = |answer: &str, texts: &[&str], other: Rules| {
        (told(answer, texts, &Rules::FORENSICS_BENCH).0, told(answer, texts, &other).0)
    };
    let texts = ["real", "fake"];
    let described = Rules::DESCRIBED;
    assert_eq!(both("Cannot determine the answer, perhaps B", &texts, described), ('Z', 'B'));
    assert_eq!(both("Z, it is fake", &texts, described), ('Z', 'B'));
    assert_eq!(both("B", &["real", "None"], described), ('Z', 'B'));
    let article = Rules { article: true, ..Rules::FORENSICS_BENCH };
    assert_eq!(both("A face that is fake", &texts, article), ('A', 'B'));
    assert_eq!(both("A is right", &texts, article), ('A', 'A'));
    // VLMEvalKit: the letter must stand before the last five words, and texts are for short answers.
    let kit = Rules::VLMEVALKIT;
    assert_eq!(both("B", &texts, kit), ('B', 'Z'));
    assert_eq!(both("B: it is fake", &texts, kit), ('B', 'B'));
    assert_eq!(both("B since the edges do look wrong", &texts, kit), ('B', 'B'));
    assert_eq!(told("B since the edges do look wrong", &texts, &kit).1, How::Letter);
    assert_eq!(both("to my eyes this one must be fake", &texts, kit), ('B', 'Z'));
    for name in Rules::NAMES {
        Rules::named(name).unwrap();
    }
    assert!(Rules::named("x").unwrap_err().to_string().contains("forensics-bench, vlmevalkit"));
}

#[test]
fn the_released_code_tells_the_same_of_made_answers() {
    let fixture: serde_json::Value = serde_json::from_str(include_str!("../fixtures/exam.json")).unwrap();
    let rows = fixture["rows"].as_array().unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for (row, expected) in rows.iter().zip(fixture["extracted"].as_array().unwrap()) {
        let option = |letter: char| {
            let text = row[letter.to_string()].as_str().unwrap();
            (!text.is_empty()).then(|| (letter, text.to_owned()))
        };
        let options: Vec<_> = ('A'..='E').filter_map(option).collect();
        let found = super::super::extract(row["prediction"].as_str().unwrap(), &options, &Rules::default());
        assert_eq!(found.chosen.letter().to_string(), expected.as_str().unwrap(), "{row}");
        kinds.insert(found.how);
    }
    assert_eq!((rows.len(), kinds.len()), (120, 4));
}
