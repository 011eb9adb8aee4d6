use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Texts, each kept once, one after the other: some 13 bytes a text besides its own.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: HashTable<u32>,
    hasher: DefaultHashBuilder,
    bytes: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

/// Code of "nothing there".
pub(crate) const NONE: u32 = u32::MAX;

impl Interner {
    /// Code of a text.
    pub(crate) fn code(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return NONE };
        let Self { codes, hasher, bytes, ends } = self;
        let hash = hasher.hash_one(text);
        let same = |code: &u32| span(bytes, ends, *code as usize) == Some(text);
        if let Some(&code) = codes.find(hash, same) {
            return code;
        }
        let code = ends.len() as u32;
        bytes.push_str(text);
        ends.push(bytes.len());
        codes.insert_unique(hash, code, |code| {
            hasher.hash_one(span(bytes, ends, *code as usize).unwrap_or_default())
        });
        code
    }

    /// Text of a code.
    pub(crate) fn text(&self, code: u32) -> Option<&str> {
        span(&self.bytes, &self.ends, code as usize)
    }

    /// How many texts there are: the first number that is no code.
    pub(crate) fn len(&self) -> u32 {
        self.ends.len() as u32
    }
}

fn span<'a>(bytes: &'a str, ends: &[usize], code: usize) -> Option<&'a str> {
    let start = code.checked_sub(1).map_or(0, |before| ends.get(before).copied().unwrap_or_default());
    bytes.get(start..*ends.get(code)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_code_and_a_code_its_text() {
        let mut texts = Interner::default();
        let words: Vec<String> = (0..5000).map(|i| "x".repeat(i % 7) + &i.to_string()).collect();
        let codes: Vec<u32> = words.iter().map(|w| texts.code(Some(w))).collect();
        assert_eq!(codes, (0..5000).collect::<Vec<_>>());
        assert_eq!(texts.code(Some("")), 5000);
        assert_eq!(texts.code(Some(&words[17])), 17);
        assert_eq!(texts.text(17), Some(&*words[17]));
        assert_eq!((texts.text(5000), texts.text(5001), texts.text(NONE)), (Some(""), None, None));
        assert_eq!((texts.code(None), texts.len()), (NONE, 5001));
    }
}
