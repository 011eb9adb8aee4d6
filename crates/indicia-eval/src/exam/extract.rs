use indicia_core::{Error, Result};
use serde::Serialize;

/// Characters that are taken for spaces before an answer is split into words.
const PUNCTUATION: &str = ".()[],:;!*#{}";

/// Sentences of models that do not answer; looked for as they are, in this case.
const REFUSALS: [&str; 4] = [
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
];

/// What the released runner writes where no answer came.
const NO_ANSWER: &str = "Failed to obtain answer via API";

/// The option that a model chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Chosen {
    /// This letter.
    Option(char),
    /// None: a refusal, or nothing that can be told. Scored as wrong, shown as `Z`.
    None,
}

impl Chosen {
    /// The letter, `Z` for none.
    pub fn letter(self) -> char {
        match self {
            Self::Option(letter) => letter,
            Self::None => 'Z',
        }
    }
}

/// What told the option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The only option letter that stands alone.
    Letter,
    /// The only option whose text the answer contains.
    Text,
    /// A sentence of refusal, or a lone `Z`.
    Refusal,
    /// Nothing: no option or several.
    Untold,
}

/// A chosen option with what told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extraction {
    /// The option.
    pub chosen: Chosen,
    /// What told it.
    pub how: How,
}

/// How options are told from free text. The three published sets of rules differ in these points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rules {
    /// Refusals are looked for before letters, so that a refusal that names an option is none the less one.
    pub refusals_first: bool,
    /// A lone `Z` where no option letter stands alone is a refusal.
    pub lone_z: bool,
    /// In an answer of more than three words with a lone `A` no letter counts, as `A` may be an article. The
    /// released code does so where the environment variable `VERBOSE` is set, and not by default.
    pub article: bool,
    /// A letter counts only if more than this many words follow the one after it: VLMEvalKit since 2025, which so
    /// finds no letter in short answers and leaves them to the texts of options.
    pub letter_before_last: Option<usize>,
    /// Texts of options are looked for only in answers of at most twice their length together: VLMEvalKit
    /// since 2025.
    pub short_texts_only: bool,
    /// Options that say `None`, `NA`, `null`, `nan` and so on are no options, since pandas reads them as
    /// missing. An answer that is that option is then never right, and its letter no letter.
    pub missing_words: bool,
}

impl Rules {
    /// The code that Forensics-Bench released, without the environment variable `VERBOSE`.
    pub const FORENSICS_BENCH: Self = Self {
        refusals_first: true,
        lone_z: true,
        article: false,
        letter_before_last: None,
        short_texts_only: false,
        missing_words: true,
    };
    /// VLMEvalKit at commit 134b4ea.
    pub const VLMEVALKIT: Self =
        Self { letter_before_last: Some(5), short_texts_only: true, ..Self::FORENSICS_BENCH };
    /// As the benchmark is usually described: the only lone letter, else a refusal, else the only contained
    /// text. `Z` has no meaning and every written option is one.
    pub const DESCRIBED: Self =
        Self { refusals_first: false, lone_z: false, missing_words: false, ..Self::FORENSICS_BENCH };

    /// Names of the sets.
    pub const NAMES: [&'static str; 3] = ["forensics-bench", "vlmevalkit", "described"];

    /// A set by its name.
    ///
    /// # Errors
    /// `Configuration` that lists the names.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "forensics-bench" => Ok(Self::FORENSICS_BENCH),
            "vlmevalkit" => Ok(Self::VLMEVALKIT),
            "described" => Ok(Self::DESCRIBED),
            _ => Err(Error::configuration(format!(
                "expected one of the rules {}, got {name:?}",
                Self::NAMES.join(", ")
            ))),
        }
    }

    /// True if an option with this text is one.
    pub fn is_option(&self, text: &str) -> bool {
        !(self.missing_words && MISSING.contains(&text))
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::FORENSICS_BENCH
    }
}

/// What pandas (2.x) reads as missing, besides nothing at all.
const MISSING: [&str; 18] = [
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
    "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
];

/// Tells the option that an answer chooses. Options are letters with their texts, in the order of letters.
pub fn extract(answer: &str, options: &[(char, String)], rules: &Rules) -> Extraction {
    let options: Vec<(char, &str)> = options
        .iter()
        .map(|(letter, text)| (*letter, text.as_str()))
        .filter(|o| rules.is_option(o.1))
        .collect();
    let none = |how| Extraction { chosen: Chosen::None, how };
    let of = |letter, how| Extraction { chosen: Chosen::Option(letter), how };
    // An error message of the runner is not searched for letters, but for texts.
    let refuses = !answer.contains(NO_ANSWER) && REFUSALS.iter().any(|r| answer.contains(r));
    if refuses && rules.refusals_first {
        return none(How::Refusal);
    }
    if !answer.contains(NO_ANSWER) {
        let words: Vec<&str> = answer
            .split(|c| is_space(c) || PUNCTUATION.contains(c))
            .filter(|word| !word.is_empty())
            .collect();
        let mut alone = options.iter().filter_map(|(letter, _)| {
            let place = words.iter().position(|word| is_letter(word, *letter))?;
            Some((*letter, place))
        });
        match (alone.next(), alone.next()) {
            (Some((letter, place)), None) => {
                let article = rules.article && words.len() > 3 && words.contains(&"A");
                let far = rules.letter_before_last.is_none_or(|last| place + last < words.len());
                if !article && far {
                    return of(letter, How::Letter);
                }
            }
            (None, None) if rules.lone_z && words.contains(&"Z") => return none(How::Refusal),
            _ => {}
        }
    }
    if refuses {
        return none(How::Refusal);
    }
    let answer = answer.to_lowercase();
    let together: usize = options.iter().map(|(_, text)| text.chars().count()).sum();
    if rules.short_texts_only && answer.chars().count() > 2 * together {
        return none(How::Untold);
    }
    let mut contained = options.iter().filter(|(_, text)| answer.contains(&text.to_lowercase()));
    match (contained.next(), contained.next()) {
        (Some((letter, _)), None) => of(*letter, How::Text),
        _ => none(How::Untold),
    }
}

fn is_letter(word: &str, letter: char) -> bool {
    let mut chars = word.chars();
    chars.next() == Some(letter) && chars.next().is_none()
}

/// What Python splits at: Unicode spaces, and four control characters that Rust does not count among them.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
