use super::porter::stem;

/// What Python's `str.split` splits at: Unicode white space and four separators of ASCII.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// Tokens between white space.
pub(super) fn by_space(text: &str) -> Vec<String> {
    text.split(is_space).filter(|token| !token.is_empty()).map(str::to_owned).collect()
}

/// Tokens of mteval-v13a, as sacrebleu's `13a` makes them: ASCII punctuation stands alone, but for
/// apostrophes, full stops and commas between digits, and hyphens that follow no digit.
pub(super) fn mteval_13a(text: &str) -> Vec<String> {
    let mut line =
        text.trim_end_matches(is_space).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        line = line.replace(entity, character);
    }
    let mut spaced = vec![' '];
    for character in line.chars() {
        if character.is_ascii_punctuation() && !matches!(character, '\'' | ',' | '-' | '.') {
            spaced.extend([' ', character, ' ']);
        } else {
            spaced.push(character);
        }
    }
    spaced.push(' ');
    let stop = |c: char| c == '.' || c == ',';
    let digit = |c: char| c.is_ascii_digit();
    // Three passes over pairs of characters, from left to right; a pair that was taken is not looked at again.
    let spaced = replace_pairs(&spaced, |a, b| !digit(a) && stop(b), |a, b| [a, ' ', b, ' ']);
    let spaced = replace_pairs(&spaced, |a, b| stop(a) && !digit(b), |a, b| [' ', a, ' ', b]);
    let spaced = replace_pairs(&spaced, |a, b| digit(a) && b == '-', |a, b| [a, ' ', b, ' ']);
    by_space(&spaced.into_iter().collect::<String>())
}

fn replace_pairs(
    text: &[char],
    wanted: impl Fn(char, char) -> bool,
    with: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    let mut at = 0;
    while at < text.len() {
        match text.get(at + 1) {
            Some(&next) if wanted(text[at], next) => {
                out.extend(with(text[at], next));
                at += 2;
            }
            _ => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}

/// Words as rouge_score makes them: lower case, runs of a to z and digits; with `stemmed`, words of more than
/// three letters are stemmed.
pub(super) fn rouge_words(text: &str, stemmed: bool) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    let words = words.filter(|word| !word.is_empty());
    words.map(|word| if stemmed && word.len() > 3 { stem(word) } else { word.to_owned() }).collect()
}
