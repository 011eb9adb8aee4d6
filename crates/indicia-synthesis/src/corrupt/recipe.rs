use indicia_codec::Pixels;
use indicia_core::{Digest, Error, Geometry, Limits, Picture, Result};
use serde_json::{Value, json};

use super::{CORRUPTIONS, Context, Corruption, Output, Placement, Seed, find, medical};
use crate::encode;

/// Most steps of a recipe.
const MOST_STEPS: usize = 32;
/// Most recipes that one text may stand for.
const MOST_RECIPES: usize = 4096;
/// Severity of a step that gives neither a severity nor values.
const USUAL_SEVERITY: usize = 3;

/// Corruptions done one after the other, as conditions of a protocol write them: steps joined with `+`, each
/// `id` (severity 3), `id@SEVERITY` or `id:VALUES`, or `MODALITY/CONDITION@SEVERITY` of
/// [`MODALITIES`](super::medical::MODALITIES). `clean` alone is no step at all.
#[derive(Debug, Clone)]
pub struct Recipe {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
struct Step {
    corruption: &'static Corruption,
    severity: Option<usize>,
    values: Vec<f64>,
    /// As it was written.
    name: String,
}

/// The file that a recipe made.
#[derive(Debug, Clone, PartialEq)]
pub struct Corrupted {
    /// The file: PNG if the last step gives pixels, else the file of the last step.
    pub bytes: Vec<u8>,
    /// Columns and rows of the source.
    pub source: (usize, usize),
    /// Where its pixels lie in the source; `None` if that cannot be said.
    pub placement: Option<Placement>,
}

impl Recipe {
    /// Reads one recipe.
    ///
    /// # Errors
    /// `Configuration` that names the unknown id with the nearest known one, or the range of a value; also if
    /// the text stands for several recipes.
    pub fn parse(text: &str) -> Result<Self> {
        let mut all = Self::parse_all(text)?;
        match (all.pop(), all.len()) {
            (Some(one), 0) => Ok(one),
            (_, more) => {
                Err(Error::configuration(format!("{text:?} stands for {} recipes, expected one", more + 1)))
            }
        }
    }

    /// Reads the recipes that a text stands for: usually one; `occlude:4x4` is one for each cell.
    ///
    /// # Errors
    /// As [`Recipe::parse`].
    pub fn parse_all(text: &str) -> Result<Vec<Self>> {
        if text.trim() == "clean" {
            return Ok(vec![Self { steps: vec![] }]);
        }
        let mut recipes = vec![Self { steps: vec![] }];
        let expanded =
            medical::expand(text).map_err(|e| Error::configuration(format!("recipe {text:.60?}: {e}")))?;
        for step in expanded.split('+') {
            let variants = Step::parse(step.trim())
                .map_err(|e| Error::configuration(format!("recipe {text:?}: {e}")))?;
            if recipes[0].steps.len() == MOST_STEPS || recipes.len() * variants.len() > MOST_RECIPES {
                return Err(Error::configuration(format!(
                    "recipe {text:.60?} has more than {MOST_STEPS} steps or stands for more than {MOST_RECIPES} recipes"
                )));
            }
            recipes = recipes
                .iter()
                .flat_map(|recipe| {
                    variants.iter().map(|step| {
                        let mut steps = recipe.steps.clone();
                        steps.push(step.clone());
                        Self { steps }
                    })
                })
                .collect();
        }
        Ok(recipes)
    }

    /// The recipe as it is written; [`Recipe::parse`] reads it back.
    pub fn name(&self) -> String {
        if self.steps.is_empty() {
            return "clean".to_owned();
        }
        self.steps.iter().map(|step| &*step.name).collect::<Vec<_>>().join("+")
    }

    /// Everything that decides what it does, its steps with their values by name.
    pub fn describe(&self) -> Value {
        let step = |step: &Step| {
            let named = step.corruption.parameters.iter().zip(&step.values);
            let values: serde_json::Map<_, _> =
                named.map(|(p, value)| (p.name.to_owned(), json!(value))).collect();
            let mut out = json!({ "id": step.corruption.id, "values": values });
            if let Some(severity) = step.severity {
                out["severity"] = json!(severity);
            }
            out
        };
        json!({
            "name": self.name(),
            "version": env!("CARGO_PKG_VERSION"),
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
        })
    }

    /// Where pixels lie afterwards.
    pub fn geometry(&self) -> Geometry {
        let all = |g| self.steps.iter().any(|step| step.corruption.geometry == g);
        if all(Geometry::Moved) {
            Geometry::Moved
        } else if all(Geometry::Scaled) {
            Geometry::Scaled
        } else {
            Geometry::Same
        }
    }

    /// Makes the changed file. Whatever is random follows from `digest`, that of `bytes`, from `seed`, and
    /// from the step and its strength: the same input gives the same output on every machine and any number
    /// of threads. The file is read by its pixels alone: 16-bit samples keep their upper byte, alpha is
    /// dropped, gray becomes RGB; metadata, a stored rotation and colour profiles are not carried over.
    ///
    /// # Errors
    /// If the file cannot be decoded, if the changed picture exceeds `limits`, or if a step cannot be done to
    /// a picture of that size.
    pub fn apply(&self, bytes: Vec<u8>, digest: Digest, seed: u64, limits: &Limits) -> Result<Corrupted> {
        if self.steps.is_empty() {
            let Picture { width, height, .. } = decode(bytes.clone(), limits)?;
            let placement = Some(Placement::same(width, height));
            return Ok(Corrupted { bytes, source: (width, height), placement });
        }
        let mut picture = decode(bytes, limits)?;
        let source = (picture.width, picture.height);
        let mut placement = Some(Placement::same(source.0, source.1));
        let last = self.steps.len() - 1;
        for (i, step) in self.steps.iter().enumerate() {
            let context = Context { seed: Seed::of(digest, seed, i, &step.strength()), limits };
            let before = (picture.width, picture.height);
            let named = |e: Error| step_failed(&step.name, before, &e);
            let output = (step.corruption.run)(picture, &step.values, &context).map_err(named)?;
            let file = match output {
                Output::Picture(changed) => {
                    picture = changed;
                    None
                }
                Output::File(bytes) if i == last => {
                    let (width, height) = match step.corruption.geometry {
                        Geometry::Same => before,
                        _ => decode(bytes.clone(), limits).map(|p| (p.width, p.height))?,
                    };
                    picture = Picture { width, height, rgb: vec![] };
                    Some(bytes)
                }
                Output::File(bytes) => {
                    picture = decode(bytes, limits)?;
                    None
                }
            };
            let next = match (step.corruption.geometry, step.corruption.place) {
                (Geometry::Same, _) => Some(Placement::same(picture.width, picture.height)),
                (Geometry::Scaled, _) => Some(Placement::scaled(before, picture.width, picture.height)),
                (Geometry::Moved, Some(place)) => Some(place(before, &step.values, &context).map_err(named)?),
                (Geometry::Moved, None) => None,
            };
            placement = placement.zip(next).map(|(so_far, next)| so_far.then(&next));
            if let Some(bytes) = file {
                return Ok(Corrupted { bytes, source, placement });
            }
        }
        Ok(Corrupted { bytes: encode::png(&picture)?, source, placement })
    }
}

fn step_failed(step: &str, (width, height): (usize, usize), error: &Error) -> Error {
    let message = format!("{step} on {width}x{height} pixels: {error}");
    match error {
        Error::Limits(_) => Error::limits(message),
        Error::Internal(_) => Error::internal(message),
        _ => Error::input(message),
    }
}

/// The 8-bit RGB pixels of a file of any kind that is read.
pub(super) fn decode(bytes: Vec<u8>, limits: &Limits) -> Result<Picture> {
    let evidence = indicia_codec::open(bytes, limits.clone())?;
    let pixels = evidence.view::<Pixels>(())?;
    Ok(Picture { width: pixels.width, height: pixels.height, rgb: pixels.to_rgb8() })
}

impl Step {
    /// The steps that a text stands for.
    fn parse(text: &str) -> Result<Vec<Self>> {
        let id = text.split(['@', ':']).next().unwrap_or_default();
        let corruption = find(id).ok_or_else(|| unknown(id))?;
        let in_step = |e: Error| Error::configuration(format!("step {text:?}: {e}"));
        let step = |severity, values| Self { corruption, severity, values, name: text.to_owned() };
        let rest = &text[id.len()..];
        if let Some(values) = rest.strip_prefix(':') {
            let mut all = corruption.values(values).map_err(in_step)?;
            if let [_] = all[..] {
                return Ok(all.pop().map(|values| step(None, values)).into_iter().collect());
            }
            let spread = |values| {
                let mut step = step(None, values);
                step.name = step.strength();
                step
            };
            return Ok(all.into_iter().map(spread).collect());
        }
        if corruption.severities.is_empty() {
            return match rest {
                "" => Ok(vec![step(None, vec![])]),
                _ => Err(in_step(Error::configuration("it has no severities"))),
            };
        }
        let severity = match rest.strip_prefix('@') {
            Some(digits) => digits.parse().ok().filter(|s| (1..=5).contains(s)).ok_or_else(|| {
                in_step(Error::configuration(format!("expected a severity of 1 to 5, got {digits:?}")))
            })?,
            None => USUAL_SEVERITY,
        };
        Ok(vec![step(Some(severity), corruption.severities[severity - 1].to_vec())])
    }

    /// The step with all of its values, the same however it was written.
    fn strength(&self) -> String {
        let values: Vec<_> = self.values.iter().map(f64::to_string).collect();
        format!("{}:{}", self.corruption.id, values.join(","))
    }
}

impl Corruption {
    /// Reads `VALUES` of `id:VALUES`: numbers between commas (or `x`, as in `4x4`).
    fn values(&self, text: &str) -> Result<Vec<Vec<f64>>> {
        let number = |text: &str| {
            let wrong = || Error::configuration(format!("expected a number, got {text:?}"));
            text.trim().parse::<f64>().map_err(|_| wrong())
        };
        let mut values = text.split([',', 'x']).map(number).collect::<Result<Vec<_>>>()?;
        let names = || self.parameters.iter().map(|p| p.name).collect::<Vec<_>>().join(",");
        if values.len() > self.parameters.len() {
            return Err(Error::configuration(match self.parameters {
                [] => "it takes no values".to_owned(),
                _ => format!(
                    "expected at most {} values ({}), got {}",
                    self.parameters.len(),
                    names(),
                    values.len()
                ),
            }));
        }
        for (parameter, value) in self.parameters.iter().zip(&values) {
            parameter.check(*value)?;
        }
        if let Some(all) = self.spread.and_then(|spread| spread(&values)) {
            return Ok(all);
        }
        for parameter in &self.parameters[values.len()..] {
            values.push(parameter.default.ok_or_else(|| {
                Error::configuration(format!("expected a value for {} ({})", parameter.name, names()))
            })?);
        }
        Ok(vec![values])
    }
}

fn unknown(id: &str) -> Error {
    let nearest = CORRUPTIONS.iter().map(|c| (distance(id, c.id), c.id)).min();
    let hint = match nearest {
        Some((off, near)) if off <= near.len() / 2 => format!("did you mean {near:?}?"),
        _ => "`indicia corrupt --list` shows all".to_owned(),
    };
    Error::configuration(format!("there is no corruption {id:.40?}; {hint}"))
}

/// Fewest single letters to insert, remove or replace between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.chars().take(64).enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, b) in b.iter().enumerate() {
            let replaced = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Recipe::parse_all(text).unwrap().iter().map(Recipe::name).collect()
    }

    fn refused(text: &str) -> String {
        Recipe::parse_all(text).unwrap_err().to_string()
    }

    #[test]
    fn recipes_are_read_and_written_back() {
        assert_eq!(names("clean"), ["clean"]);
        assert_eq!(names(" jpeg:70 + gaussian_noise@2"), ["jpeg:70+gaussian_noise@2"]);
        assert_eq!(names("gaussian_noise"), ["gaussian_noise"]);
        assert_eq!(names("gaussian_noise:0.05"), ["gaussian_noise:0.05"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(refused("gausian_noise@2").contains("did you mean \"gaussian_noise\"?"));
        assert!(refused("zzzzzzzzzzzzzzzzzz").contains("--list"));
        assert!(refused("").contains("there is no corruption \"\""));
        assert!(refused("gaussian_noise@6").contains("severity of 1 to 5, got \"6\""));
        assert!(refused("gaussian_noise@").contains("got \"\""));
        assert!(refused("jpeg:0").contains("quality as a whole number from 1 to 100, got 0"));
        assert!(refused("jpeg:70.5").contains("a whole number"));
        assert!(refused("jpeg:NaN").contains("got NaN"));
        assert!(refused("jpeg:").contains("expected a number, got \"\""));
        assert!(refused("jpeg:70,420,3").contains("expected at most 2 values"));
        assert!(refused(&["jpeg:70"; 40].join("+")).contains("more than 32 steps"));
    }

    #[test]
    fn distances_of_words() {
        assert_eq!(
            [("", "abc"), ("abc", "abc"), ("abd", "abc"), ("kitten", "sitting")].map(|(a, b)| distance(a, b)),
            [3, 0, 1, 3]
        );
    }

    fn flat_png() -> Vec<u8> {
        encode::png(&Picture { width: 20, height: 10, rgb: vec![100; 600] }).unwrap()
    }

    fn apply(text: &str, seed: u64) -> Corrupted {
        let bytes = flat_png();
        let digest = Digest::of(&bytes);
        Recipe::parse(text).unwrap().apply(bytes, digest, seed, &Limits::default()).unwrap()
    }

    #[test]
    fn the_last_step_decides_the_kind_of_file() {
        assert_eq!(apply("clean", 0).bytes, flat_png());
        assert!(apply("jpeg:70+gaussian_noise@1", 0).bytes.starts_with(b"\x89PNG"));
        assert!(apply("gaussian_noise@1+jpeg:70", 0).bytes.starts_with(b"\xFF\xD8"));
        assert!(apply("webp:70", 0).bytes.starts_with(b"RIFF"));
        assert_eq!(apply("webp:70", 0).placement, Some(Placement::same(20, 10)));
    }

    #[test]
    fn randomness_follows_from_item_seed_and_step() {
        let noisy = |text, seed| apply(text, seed).bytes;
        assert_eq!(noisy("gaussian_noise@1", 1), noisy("gaussian_noise@1", 1));
        assert_ne!(noisy("gaussian_noise@1", 1), noisy("gaussian_noise@1", 2));
        assert_eq!(noisy("gaussian_noise", 1), noisy("gaussian_noise:0.18", 1));
        let twice = noisy("gaussian_noise:0.2+gaussian_noise:0.2", 1);
        assert_ne!(twice, noisy("gaussian_noise:0.4", 1));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(|| noisy("gaussian_noise@1", 1)), noisy("gaussian_noise@1", 1));
    }

    #[test]
    fn files_that_are_no_pictures_are_refused() {
        let bytes = b"Dear colleague".to_vec();
        let digest = Digest::of(&bytes);
        let recipe = Recipe::parse("jpeg:70").unwrap();
        assert!(recipe.apply(bytes, digest, 0, &Limits::default()).is_err());
        let small = Limits { pixels: 100, ..Limits::default() };
        let error = recipe.apply(flat_png(), digest, 0, &small).unwrap_err();
        assert_eq!(error.kind(), indicia_core::ErrorKind::Limits);
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_recipes_that_are_read_back_or_an_error(
            text in "(jpeg|crop|occlude|resize|horizontal_flip|clean|x)?[:@]?[0-9.,x+-]{0,9}[+]?(webp|fog)?[@:]?[0-9a-z.]{0,3}",
        ) {
            for recipe in Recipe::parse_all(&text).unwrap_or_default() {
                let again = Recipe::parse(&recipe.name()).unwrap();
                proptest::prop_assert_eq!(again.describe(), recipe.describe());
            }
        }

        #[test]
        fn any_characters_are_read_or_refused(text in ".{0,40}") {
            let _ = Recipe::parse_all(&text);
        }
    }
}
