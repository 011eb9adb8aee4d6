//! Porter's stemmer (Program 14(3), 1980) with the changes that NLTK made to it, which rouge_score uses. They
//! are: a list of irregular words, `ies` and `ied` of four-letter words, `y` to `i` after a consonant of a
//! stem of two letters or more, `alli` before the other suffixes of step 2, `bli`, `fulli` and `logi`, and
//! vowel and consonant as a short syllable. Snowball's "English" (Porter2) is another algorithm.

/// Words that follow no rule.
const IRREGULAR: [(&str, &str); 16] = [
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// Suffixes of step 2, which go where the stem has a measure above 0.
const STEP_2: [(&str, &str); 21] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

/// Suffixes of step 3, as those of step 2.
const STEP_3: [(&str, &str); 7] = [
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

/// Suffixes of step 4, which go where the stem has a measure above 1; `ion` only after s or t.
const STEP_4: [&str; 19] = [
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism",
    "ate", "iti", "ous", "ive", "ize",
];

/// The stem of a word of ASCII letters and digits. Other characters count as consonants.
pub fn stem(word: &str) -> String {
    let word = word.to_ascii_lowercase();
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_owned();
    }
    if word.chars().count() <= 2 {
        return word;
    }
    let word = step_1c(step_1b(step_1a(word)));
    let word = replace(step_2(word), &STEP_3);
    step_5(step_4(word))
}

/// Whether each letter is a consonant: no vowel, and a y only at the start and after a vowel.
fn consonants(word: &str) -> Vec<bool> {
    let mut flags: Vec<bool> = Vec::with_capacity(word.len());
    for letter in word.chars() {
        let consonant = match letter {
            'a' | 'e' | 'i' | 'o' | 'u' => false,
            'y' => flags.last().is_none_or(|before| !before),
            _ => true,
        };
        flags.push(consonant);
    }
    flags
}

/// How often a vowel is followed by a consonant.
fn measure(word: &str) -> usize {
    consonants(word).windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

fn ends_in_consonant(word: &str) -> bool {
    consonants(word).last().is_some_and(|flag| *flag)
}

fn ends_in_double_consonant(word: &str) -> bool {
    let mut letters = word.chars().rev();
    letters.next().is_some_and(|last| letters.next() == Some(last)) && ends_in_consonant(word)
}

/// Consonant, vowel, consonant other than w, x and y at the end, or no more than vowel and consonant.
fn is_short(word: &str) -> bool {
    match consonants(word)[..] {
        [false, true] => true,
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        _ => false,
    }
}

/// Applies the first rule whose suffix the word has, if the stem has a measure above 0.
fn replace(word: String, rules: &[(&str, &str)]) -> String {
    for (suffix, with) in rules {
        if let Some(stem) = word.strip_suffix(suffix) {
            return if measure(stem) > 0 { format!("{stem}{with}") } else { word };
        }
    }
    word
}

/// Plurals.
fn step_1a(mut word: String) -> String {
    if word.ends_with("sses") || (word.ends_with("ies") && word.len() > 4) {
        word.truncate(word.len() - 2);
    } else if word.ends_with("ies") || (word.ends_with('s') && !word.ends_with("ss")) {
        word.truncate(word.len() - 1);
    }
    word
}

/// Past tenses and participles.
fn step_1b(mut word: String) -> String {
    if word.ends_with("ied") {
        word.truncate(word.len() - if word.len() == 4 { 1 } else { 2 });
        return word;
    }
    if let Some(stem) = word.strip_suffix("eed") {
        if measure(stem) > 0 {
            word.truncate(word.len() - 1);
        }
        return word;
    }
    let cut = word.strip_suffix("ed").or_else(|| word.strip_suffix("ing"));
    let Some(stem) = cut.filter(|stem| consonants(stem).contains(&false)) else { return word };
    let mut stem = stem.to_owned();
    if ["at", "bl", "iz"].iter().any(|end| stem.ends_with(end)) {
        stem.push('e');
    } else if ends_in_double_consonant(&stem) {
        if !stem.ends_with(['l', 's', 'z']) {
            stem.pop();
        }
    } else if measure(&stem) == 1 && is_short(&stem) {
        stem.push('e');
    }
    stem
}

fn step_1c(word: String) -> String {
    match word.strip_suffix('y') {
        Some(stem) if stem.chars().count() > 1 && ends_in_consonant(stem) => format!("{stem}i"),
        _ => word,
    }
}

fn step_2(mut word: String) -> String {
    // `alli` first, and again on what is left.
    while let Some(stem) = word.strip_suffix("alli").filter(|stem| measure(stem) > 0) {
        word = format!("{stem}al");
    }
    // The l of `logi` belongs to the stem.
    match word.strip_suffix("ogi") {
        Some(stem) if stem.ends_with('l') && measure(stem) > 0 => format!("{stem}og"),
        _ => replace(word, &STEP_2),
    }
}

fn step_4(word: String) -> String {
    for suffix in STEP_4 {
        if let Some(stem) = word.strip_suffix(suffix) {
            let goes = measure(stem) > 1 && (suffix != "ion" || stem.ends_with(['s', 't']));
            return if goes { stem.to_owned() } else { word };
        }
    }
    word
}

/// A final e, and one of two l.
fn step_5(mut word: String) -> String {
    if let Some(stem) = word.strip_suffix('e') {
        let count = measure(stem);
        if count > 1 || (count == 1 && !is_short(stem)) {
            word.pop();
        }
    }
    if word.ends_with("ll") && measure(&word[..word.len() - 1]) > 1 {
        word.pop();
    }
    word
}
