/// Tokens of a text as ranges of characters: runs of letters and digits (Unicode alphanumerics), and every
/// other character that is no white space by itself.
pub fn tokenise(text: &str) -> Vec<(u32, u32)> {
    let mut tokens: Vec<(u32, u32)> = vec![];
    let mut in_word = false;
    for (place, character) in (0..).zip(text.chars()) {
        let word = character.is_alphanumeric();
        match tokens.last_mut() {
            Some(token) if word && in_word => token.1 = place + 1,
            _ if !character.is_whitespace() => tokens.push((place, place + 1)),
            _ => {}
        }
        in_word = word;
    }
    tokens
}
